"""One OSM object after another into the columns of `Gathered`, by what its tags say."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import shapely

from taobaogis.clusters import categories
from taobaogis.form import barrier_kinds
from taobaogis.landuse import classes
from taobaogis.loaders import osm_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import osmium
    from shapely.geometry.base import BaseGeometry

    from taobaogis.loaders.osm_frames import Gathered

__all__ = ["area_keys", "is_place", "take"]

_AREA_TYPES = {"multipolygon", "boundary"}
_STOP_ROLES = ("stop", "platform")
# Locations are whole numbers of 1e-7 degrees.
_PER_DEGREE = 1e7
_MOST_X, _MOST_Y = 1_800_000_000, 900_000_000


@cache
def area_keys() -> frozenset[str]:
    """Keys of which an object has one if its area belongs to a layer."""
    uses, places = classes.tag_keys(), categories.tag_keys()
    return frozenset({"building", *uses, *places, *barrier_kinds.water_keys()})


def take(
    found: Gathered,
    item: osmium.osm.Node | osmium.osm.Way | osmium.osm.Relation | osmium.osm.Area,
    outline: Callable[[osmium.osm.Area], str],
) -> None:
    """Add an object to every layer that its tags say.

    Nothing falls away uncounted: what belongs to a layer and cannot be drawn is named in
    ``found.repairs``, or stays in ``found.expected`` until its area comes.

    Parameters
    ----------
    found
        What was gathered so far; added to in place.
    item
        Node, way, relation or area. The area of a way or a relation
        comes after the way, or with the last way of the relation.
    outline
        Gives the shape of an area as hexadecimal WKB, or an empty text if it cannot be drawn.
    """
    tags = dict(item.tags)
    match item.type_str():
        case "a":
            _take_area(found, cast("osmium.osm.Area", item), tags, outline)
        case "n":
            _take_node(found, cast("osmium.osm.Node", item), tags)
        case "w":
            way = cast("osmium.osm.Way", item)
            if not area_keys().isdisjoint(tags):
                _expect_area(found, f"w{way.id}", tags, way.nodes)
            _take_way(found, way, tags)
            _take_barrier(found, way, tags)
        case "r":
            if tags.get("type") in _AREA_TYPES:
                _expect_area(found, f"r{item.id}", tags)
            _take_route(found, cast("osmium.osm.Relation", item), tags)


def is_place(location: osmium.osm.Location) -> bool:
    """Whether it is on the globe; 0 is what programs write that do not know a place."""
    return _on_globe(location.x, location.y)


def _take_node(found: Gathered, node: osmium.osm.Node, tags: Mapping[str, str]) -> None:
    """Add a node that is a stop, a place, or an opening in a wall."""
    if tags.get("barrier") in barrier_kinds.openings_m() and is_place(node.location):
        shape = shapely.Point(node.location.lon, node.location.lat)
        found.areas["barriers"].append(_barrier(f"n{node.id}", tags, shape))
    mode = osm_tags.stop_mode(tags)
    category, tag = categories.category_of(tags)
    if mode and category == categories.TRANSIT:
        category = ""  # a stop is counted once, as a stop
    if not mode and not category:
        return
    if not is_place(node.location):
        found.repairs["places without usable coordinates left out"] += 1
        return
    point = {"osm_id": f"n{node.id}", "lon": node.location.lon, "lat": node.location.lat,
             "name": osm_tags.name(tags)}  # fmt: skip
    if mode:
        found.points["stops"].append({**point, "mode": mode})
    if category:
        found.points["pois"].append({**point, "category": category, "tag": tag})


def _take_way(found: Gathered, way: osmium.osm.Way, tags: Mapping[str, str]) -> None:
    """Add a way that is a street, in as many pieces as its points are at hand."""
    highway = osm_tags.street_class(tags.get("highway", ""))
    if highway not in osm_tags.STREET_CLASSES:
        return
    found.repairs["streets of several classes read as their first"] += highway != tags["highway"]
    nodes = way.nodes
    if tags.get("area") == "yes" or len(nodes) < 2:  # noqa: PLR2004 - a line has two ends
        found.repairs["street areas or single points left out"] += 1
        return
    row = {
        "osm_id": f"w{way.id}",
        "highway": highway,
        "name": osm_tags.name(tags),
        "oneway": osm_tags.oneway(tags),
        "bridge": osm_tags.is_set(tags.get("bridge", "")),
        "tunnel": osm_tags.is_set(tags.get("tunnel", "")),
        "width_tag_m": osm_tags.metres(tags.get("width", "")),
        "est_width_m": osm_tags.metres(tags.get("est_width", "")),
        "width_survey_m": osm_tags.surveyed_width_m(tags),
        "lanes": osm_tags.number(tags.get("lanes", "")),
        "access": tags.get("access", ""),
    }
    runs = _runs(found, nodes)
    found.repairs["streets without two points together left out"] += not runs
    for run in runs:
        found.streets.append(row)
        refs, xs, ys = zip(*run, strict=True)
        found.street_of_vertex.extend([len(found.streets) - 1] * len(run))
        found.vertex.extend(refs)
        found.lon.extend([x / _PER_DEGREE for x in xs])
        found.lat.extend([y / _PER_DEGREE for y in ys])


def _take_barrier(found: Gathered, way: osmium.osm.Way, tags: Mapping[str, str]) -> None:
    """Add a way that is a wall or the like, in as many pieces as its points are at hand."""
    if tags.get("barrier") not in barrier_kinds.thicknesses_m():
        return
    runs = _runs(found, way.nodes)
    found.repairs["walls without two points together left out"] += not runs
    if runs:
        lines = [[(x / _PER_DEGREE, y / _PER_DEGREE) for _, x, y in run] for run in runs]
        shape = shapely.MultiLineString(lines) if len(lines) > 1 else shapely.LineString(lines[0])
        found.areas["barriers"].append(_barrier(f"w{way.id}", tags, shape))


def _barrier(osm_id: str, tags: Mapping[str, str], shape: BaseGeometry) -> dict[str, Any]:
    kind = tags["barrier"]
    return {
        "osm_id": osm_id, "barrier": kind, "tag": f"barrier={kind}", "name": osm_tags.name(tags),
        "width_tag_m": osm_tags.metres(tags.get("maxwidth:physical") or tags.get("width", "")),
        "wkb": shapely.to_wkb(shape, hex=True),
    }  # fmt: skip


def _runs(found: Gathered, nodes: osmium.osm.WayNodeList) -> list[list[tuple[int, int, int]]]:
    """Points of a line, broken wherever one is missing; nothing is drawn across a gap."""
    run: list[tuple[int, int, int]] = []
    runs = [run]
    previous = None
    for member in nodes:
        ref, place = member.ref, member.location
        x, y = place.x, place.y
        if not _on_globe(x, y):
            found.repairs["street points missing from the extract or off the globe"] += 1
            found.missing.add(ref)
            run = []
            runs.append(run)
        elif ref != previous:
            run.append((ref, x, y))
        previous = ref
    return [run for run in runs if len(run) > 1]


def _on_globe(x: int, y: int) -> bool:
    return bool(x and y) and abs(x) <= _MOST_X and abs(y) <= _MOST_Y


def _kinds_of_area(tags: Mapping[str, str]) -> tuple[dict[str, dict[str, Any]], str, str]:
    """Columns by layer that an area with these tags gives, and its category of place."""
    kinds: dict[str, dict[str, Any]] = {}
    building = tags.get("building", "")
    if building not in {"", "no"}:
        kinds["buildings"] = {
            "building": building,
            "levels_tag": osm_tags.number(tags.get("building:levels", "")),
            "height_tag_m": osm_tags.metres(tags.get("height", "")),
        }
    use, tag = classes.use_of(tags)
    if use:
        kinds["landuse"] = {"use": use, "tag": tag}
    water = barrier_kinds.water_of(tags)
    if water:
        kinds["barriers"] = {"barrier": barrier_kinds.WATER, "tag": water}
    # A station or a stop is a place, or rather a stop, as a point only.
    of_areas = {key: value for key, value in tags.items() if key in categories.tag_keys()}
    return kinds, *categories.category_of(of_areas)


def _expect_area(
    found: Gathered,
    osm_id: str,
    tags: Mapping[str, str],
    nodes: osmium.osm.WayNodeList | None = None,
) -> None:
    """Remember what should come back as an area, so that it is counted if it does not."""
    kinds, category, _ = _kinds_of_area(tags)
    what = next(iter(kinds), "places" if category else "")
    # The area of a relation comes with the last of its ways, before the relation itself.
    if not what or osm_id in found.built:
        return
    found.expected[osm_id] = f"{what} whose outline does not close or crosses itself left out"
    if nodes and not is_place(nodes[0].location):
        found.missing.add(nodes[0].ref)


def _take_area(
    found: Gathered,
    area: osmium.osm.Area,
    tags: Mapping[str, str],
    outline: Callable[[osmium.osm.Area], str],
) -> None:
    """Add an area to every layer that its tags say; `outline` gives its shape, or nothing."""
    kinds, category, place_tag = _kinds_of_area(tags)
    if not kinds and not category:
        return
    wkb = outline(area)
    if not wkb:
        return  # stays among the expected, and is counted there
    osm_id = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
    found.expected.pop(osm_id, None)
    found.built.add(osm_id)
    common = {"osm_id": osm_id, "name": osm_tags.name(tags), "wkb": wkb}
    for kind, row in kinds.items():
        found.areas[kind].append({**common, **row})
    if category:
        found.points["pois"].append({**common, "category": category, "tag": place_tag})


def _take_route(found: Gathered, relation: osmium.osm.Relation, tags: Mapping[str, str]) -> None:
    """Add a transit line, whose shape is looked up later."""
    mode = tags.get("route", "")
    if tags.get("type") != "route" or mode not in osm_tags.ROUTE_MODES:
        return
    stops = [
        f"{member.type}{member.ref}"
        for member in relation.members
        if member.role.startswith(_STOP_ROLES) and member.type == "n"
    ]
    ways = [m.ref for m in relation.members if m.type == "w" and not m.role.startswith("platform")]
    found.routes.append(
        {"osm_id": f"r{relation.id}", "mode": mode, "ref": tags.get("ref", ""),
         "name": osm_tags.name(tags), "stops": " ".join(dict.fromkeys(stops)), "ways": ways,
         "colour": tags.get("colour", "")}
    )  # fmt: skip

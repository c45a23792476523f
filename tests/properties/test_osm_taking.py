"""Any OSM objects under any tags: each is in the layers it belongs to, or counted as left out."""

import json
import math
from collections import Counter
from typing import NamedTuple

import osmium
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from support.osm_files import document, node, relation, way

from taobaogis.clusters.categories import TRANSIT, category_of
from taobaogis.form.barrier_kinds import openings_m, thicknesses_m, water_of
from taobaogis.landuse.classes import use_of
from taobaogis.loaders import osm_tags
from taobaogis.loaders.osm_frames import Gathered, extent_of, frames_of
from taobaogis.loaders.osm_taking import area_keys, is_place, take
from taobaogis.loaders.osmnx_graph import features_from_answer, to_osmnx
from taobaogis.schema import validate

GRID = CRS.from_epsg(4547)
WEST, SOUTH, STEP = 113.3, 23.0, 1e-4
EVERYWHERE = (113.0, 22.0, 114.0, 24.0)

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
values = st.sampled_from([
    "yes", "no", "residential", "footway", "primary; service", "house", "clothes", "restaurant",
    "wall", "gate", "water", "forest", "bus", "subway", "stop_position", "station", "bus_stop",
    "multipolygon", "route", "boundary", "3", "4.5 m", "-1", "NaN", "1e400", "<b>", "=1+1",
]) | texts  # fmt: skip
keys = st.sampled_from([
    "building", "highway", "shop", "amenity", "landuse", "natural", "barrier", "type", "route",
    "public_transport", "railway", "area", "name", "width", "oneway", "building:levels",
])  # fmt: skip
# What is common comes often, so that few examples hold many objects that belong somewhere.
usual = st.sampled_from([
    {"highway": "residential"}, {"building": "yes"}, {"shop": "clothes"}, {"barrier": "wall"},
    {"highway": "bus_stop"}, {"landuse": "residential"}, {"barrier": "gate"},
    {"type": "multipolygon", "building": "yes"}, {"type": "route", "route": "bus"}, {},
])  # fmt: skip
tags = st.builds(lambda a, b: {**a, **b}, usual, st.dictionaries(keys, values, max_size=3))


class Drawn(NamedTuple):
    """Objects by their numbers: what a file holds, told without reading it."""

    nodes: dict[int, tuple[tuple[int, int] | None, dict[str, str]]]
    ways: dict[int, tuple[list[int], dict[str, str]]]
    relations: dict[int, tuple[list[tuple[str, int, str]], dict[str, str]]]

    def xml(self) -> bytes:
        return document(
            *(node(n, *_at(place), **_plain(t)) for n, (place, t) in self.nodes.items()),
            *(way(n, refs, **_plain(t)) for n, (refs, t) in self.ways.items()),
            *(relation(n, members, **_plain(t)) for n, (members, t) in self.relations.items()),
        )

    def runs(self, refs: list[int]) -> list[list[int]]:
        """Points of a line that are there, apart wherever one is not."""
        pieces: list[list[int]] = [[]]
        before = None
        for ref in refs:
            if self.nodes.get(ref, (None,))[0] is None:
                pieces.append([])
            elif ref != before:
                pieces[-1].append(ref)
            before = ref
        return [piece for piece in pieces if len(piece) > 1]


def _at(place):
    """Degrees of a place; 0 and 0 where nobody knew it."""
    return (0, 0) if place is None else (
        round(WEST + STEP * place[0], 7), round(SOUTH + STEP * place[1], 7)
    )  # fmt: skip


def _plain(given_tags):
    return {key.replace(":", "__"): value for key, value in given_tags.items()}


@st.composite
def files(draw):
    places = st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9))
    somewhere = st.tuples(st.integers(0, 9), st.integers(0, 9))
    nodes = draw(st.lists(st.tuples(st.one_of(somewhere, somewhere, places), tags),
                          min_size=1, max_size=10))  # fmt: skip
    known = dict(enumerate(nodes, start=1))
    refs = st.lists(st.integers(1, len(known) + 1), min_size=1, max_size=6)
    rings = refs.map(lambda line: [*line, line[0]])
    ways = draw(st.lists(st.tuples(refs | rings, tags), max_size=6))
    numbered = dict(enumerate(ways, start=101))
    members = st.one_of(
        st.tuples(st.just("w"), st.integers(101, 101 + len(ways)),
                  st.sampled_from(["outer", "inner", "", "platform"])),
        st.tuples(st.just("n"), st.integers(1, len(known)), st.sampled_from(["stop", "x"])),
    )  # fmt: skip
    relations = draw(st.lists(st.tuples(st.lists(members, max_size=4), tags), max_size=3))
    told = {n: ([(_KINDS[t], ref, role) for t, ref, role in parts], t_)
            for n, (parts, t_) in enumerate(relations, start=201)}  # fmt: skip
    return Drawn(known, numbered, told)


_KINDS = {"w": "way", "n": "node"}
_WKB = osmium.geom.WKBFactory()


def outline(area):
    try:
        return str(_WKB.create_multipolygon(area))
    except (RuntimeError, osmium.InvalidLocationError):
        return ""


def gathered(file):
    found = Gathered()
    with_areas = osmium.FileProcessor(osmium.io.FileBuffer(file.xml(), "osm")).with_areas(
        osmium.filter.KeyFilter(*sorted(area_keys()))
    )
    for item in with_areas:
        take(found, item, outline)
    return found


def names_of(rows):
    return Counter(row["osm_id"] for row in rows)


@settings(max_examples=40)
@given(file=files())
def test_points_are_stops_and_places_once_or_counted(file):
    found = gathered(file)
    stops, pois, lost = Counter(), Counter(), 0
    for number, (place, given_tags) in file.nodes.items():
        is_stop = bool(osm_tags.stop_mode(given_tags))
        category, _ = category_of(given_tags)
        is_poi = bool(category) and not (is_stop and category == TRANSIT)
        if place is None:
            lost += is_stop or is_poi
        else:
            stops[f"n{number}"] += is_stop
            pois[f"n{number}"] += is_poi
    on_nodes = [row for row in found.points["pois"] if "lon" in row]
    assert names_of(found.points["stops"]) == +stops
    assert names_of(on_nodes) == +pois
    assert found.repairs["places without usable coordinates left out"] == lost
    for row in [*on_nodes, *found.points["stops"]]:
        place, _ = file.nodes[int(row["osm_id"][1:])]
        assert (row["lon"], row["lat"]) == pytest.approx(_at(place), abs=1e-9)
    objects = osmium.FileProcessor(osmium.io.FileBuffer(file.xml(), "osm"))
    placed = [is_place(item.location) for item in objects if item.is_node()]
    assert placed == [place is not None for place, _ in file.nodes.values()]


@settings(max_examples=40)
@given(file=files())
def test_lines_are_streets_and_walls_in_the_pieces_that_are_there_or_counted(file):
    found = gathered(file)
    pieces, walls, flat, torn, torn_walls = [], Counter(), 0, 0, 0
    for number, (refs, given_tags) in file.ways.items():
        runs = file.runs(refs)
        if osm_tags.street_class(given_tags.get("highway", "")) in osm_tags.STREET_CLASSES:
            if given_tags.get("area") == "yes" or len(refs) < 2:
                flat += 1
            else:
                torn += not runs
                pieces += [(f"w{number}", run) for run in runs]
        if given_tags.get("barrier") in thicknesses_m():
            torn_walls += not runs
            walls[f"w{number}"] += bool(runs)
    for number, (place, given_tags) in file.nodes.items():
        walls[f"n{number}"] += place is not None and given_tags.get("barrier") in openings_m()
    assert [row["osm_id"] for row in found.streets] == [name for name, _ in pieces]
    assert found.vertex.tolist() == [ref for _, run in pieces for ref in run]
    assert found.street_of_vertex.tolist() == [i for i, (_, r) in enumerate(pieces) for _ in r]
    where = [_at(file.nodes[ref][0]) for _, run in pieces for ref in run]
    assert list(zip(found.lon, found.lat, strict=True)) == [pytest.approx(w) for w in where]
    drawn = [row for row in found.areas["barriers"] if row["barrier"] != "water"]
    assert names_of(drawn) == +walls
    assert found.repairs["street areas or single points left out"] == flat
    assert found.repairs["streets without two points together left out"] == torn
    assert found.repairs["walls without two points together left out"] == torn_walls


def wanted_layers(given_tags):
    """Layers that an area with these tags belongs to; as an area a station is no place."""
    of_areas = {key: t for key, t in given_tags.items() if key not in {"highway", "railway"}}
    return {
        "buildings": given_tags.get("building", "") not in {"", "no"},
        "landuse": bool(use_of(given_tags)[0]),
        "barriers": bool(water_of(given_tags)),
        "pois": bool(category_of(of_areas)[0]),
    }


@settings(max_examples=40)
@given(file=files())
def test_every_area_is_drawn_in_all_its_layers_or_awaited(file):
    found = gathered(file)
    tagged = {f"w{n}": t for n, (_, t) in file.ways.items()} | {
        f"r{n}": t for n, (_, t) in file.relations.items()
        if t.get("type") in {"multipolygon", "boundary"}
    }  # fmt: skip
    layers = {name: wanted_layers(t) for name, t in tagged.items()}
    belong = {name for name, kinds in layers.items() if any(kinds.values())}
    assert found.built | found.expected.keys() == belong
    assert not found.built & found.expected.keys()
    for kind in ("buildings", "landuse", "barriers", "pois"):
        rows = found.points["pois"] if kind == "pois" else found.areas[kind]
        drawn = [r for r in rows if r["osm_id"] in layers and r.get("barrier", "water") == "water"]
        assert names_of(drawn) == dict.fromkeys((n for n in found.built if layers[n][kind]), 1)
        for row in drawn:
            if "wkb" in row:
                assert shapely.from_wkb(row["wkb"]).area > 0


@settings(max_examples=30)
@given(file=files())
def test_lines_of_transit_keep_their_stops_once_in_order_and_their_ways(file):
    found = gathered(file)
    lines = {
        f"r{number}": members
        for number, (members, t) in file.relations.items()
        if t.get("type") == "route" and t.get("route") in osm_tags.ROUTE_MODES
    }
    assert [row["osm_id"] for row in found.routes] == list(lines)
    for row in found.routes:
        members = lines[row["osm_id"]]
        stops = [f"n{ref}" for kind, ref, role in members if kind == "node" and role == "stop"]
        assert row["stops"].split() == list(dict.fromkeys(stops))
        ways = [ref for kind, ref, role in members if kind == "way" and role != "platform"]
        assert row["ways"] == ways


@settings(max_examples=8)
@given(file=files(), split=st.integers(1, 9))
def test_frames_keep_their_contract_and_two_halves_hold_what_the_whole_holds(file, split):
    middle = WEST + (split - 0.5) * STEP
    halves = ((113.0, 22.0, middle, 24.0), (middle, 22.0, 114.0, 24.0))
    found = gathered(file)
    rows = {**found.areas, **found.points, "routes": found.routes}
    before = found.repairs.total()
    whole = frames_of(found, GRID, wide=None, near=[])
    for kind, frame in whole.items():
        validate(frame, kind)
        assert frame.geometry.is_valid.all() or kind == "streets"
        if kind in rows:
            # A place that is a house too is drawn as both; none is there twice.
            assert frame["osm_id"].is_unique
            assert set(frame["osm_id"]) <= {row["osm_id"] for row in rows[kind]}
    lost = sum(map(len, rows.values())) - sum(len(whole[kind]) for kind in rows)
    assert 0 <= lost <= found.repairs.total() - before
    vertices = shapely.get_num_coordinates(whole["streets"].geometry.to_numpy()).sum()
    assert vertices >= 2 * len(whole["streets"])
    parts = [frames_of(gathered(file), GRID, wide=half, near=[half]) for half in halves]
    for kind, frame in whole.items():
        together = set(parts[0][kind]["osm_id"]) | set(parts[1][kind]["osm_id"])
        assert together == set(frame["osm_id"]), kind


@settings(max_examples=40)
@given(file=files(), stated=st.none() | st.tuples(st.integers(-30, 30), st.integers(1, 9)),
       far=st.booleans())  # fmt: skip
def test_the_extent_holds_all_that_is_drawn_unless_a_box_is_stated_that_can_be_meant(
    file, stated, far
):
    found = gathered(file)
    points = [*zip(found.lon, found.lat, strict=True)]
    points += [(p["lon"], p["lat"]) for p in found.points["stops"]]
    points += [(p["lon"], p["lat"]) for p in found.points["pois"] if "lon" in p]
    for house in found.areas["buildings"]:
        corners = shapely.get_coordinates(shapely.from_wkb(house["wkb"])).tolist()
        points += [(x, y) for x, y in corners if x and y]
    box = None
    if stated is not None:
        x, size = stated
        box = (WEST + x * STEP, SOUTH, WEST + (x + size) * STEP, SOUTH + size * STEP)
    if far and box is not None:
        box = (box[0] + 1, box[1], box[2] + 1, box[3])
    extent = extent_of(found, box, GRID)
    if box is None and not points:
        assert extent is None
        return
    at = shapely.points(points) if points else []
    meant = box is not None and (
        not points or shapely.box(*box).intersects(shapely.multipoints(points).envelope)
    )
    assert found.repairs["stated box without any data in it taken for wrong"] == (
        box is not None and not meant
    )
    expected = shapely.box(*box) if meant else shapely.multipoints(points).envelope
    lonlat = _degrees(extent)
    grown = expected.buffer(1e-5)
    assert grown.covers(lonlat)
    assert lonlat.buffer(1e-6).covers(expected)
    assert math.isfinite(extent.area)
    assert extent.is_valid
    if not meant:
        assert all(lonlat.covers(point) for point in at)
    read = (WEST + 2.5 * STEP, SOUTH - 1, WEST + 4.5 * STEP, SOUTH + 1)
    clipped = extent_of(found, box, GRID, read=read)
    if shapely.box(*read).intersects(expected):
        assert shapely.box(*read).buffer(1e-5).covers(_degrees(clipped))
        assert extent.buffer(0.01).covers(clipped)
    else:
        assert clipped.equals(extent)


def _degrees(shape):
    from geopandas import GeoSeries  # noqa: PLC0415

    return GeoSeries([shape], crs=GRID).to_crs(4326).iloc[0]


# --- for those who go on with OSMnx


@settings(max_examples=12)
@given(file=files())
def test_osmnx_sees_each_street_in_every_direction_of_travel(file):
    streets = frames_of(gathered(file), GRID, wide=None, near=[])["streets"]
    graph = to_osmnx(streets)
    ways_to_go = 1 + (streets["oneway"] == 0)
    assert graph.number_of_edges() == ways_to_go.sum()
    assert set(graph.nodes) == {*streets["u"], *streets["v"]}
    length = sum(edge["length"] for *_, edge in graph.edges(data=True))
    assert length == pytest.approx((streets.length * ways_to_go).sum())
    for u, v, edge in graph.edges(data=True):
        (start, *_, end) = edge["geometry"].coords
        assert start == (graph.nodes[u]["x"], graph.nodes[u]["y"])
        assert end == (graph.nodes[v]["x"], graph.nodes[v]["y"])
        assert edge["geometry"].length == pytest.approx(edge["length"])
    told = Counter(f"w{edge['osmid']}" for *_, edge in graph.edges(data=True))
    assert told == (ways_to_go.groupby(streets["osm_id"]).sum().to_dict() if len(streets) else {})


@settings(max_examples=12)
@given(file=files(), key=st.sampled_from(["highway", "building", "shop"]))
def test_osmnx_sees_the_objects_of_an_answer_that_are_whole_and_tagged(file, key):
    there = {n for n, (place, _) in file.nodes.items() if place is not None}
    elements = [
        *({"type": "node", "id": n, "tags": t, **dict(zip(("lon", "lat"), _at(p), strict=True))}
          for n, (p, t) in file.nodes.items() if p is not None),
        *({"type": "way", "id": n, "nodes": refs, "tags": t} for n, (refs, t) in file.ways.items()),
    ]  # fmt: skip
    dated = {"timestamp_osm_base": "2026-03-28T16:14:00Z"}
    body = json.dumps({"osm3s": dated, "elements": elements}).encode()
    features = features_from_answer(body, {key: True})
    assert {n for kind, n in features.index if kind == "node"} == {
        n for n in there if key in file.nodes[n][1]
    }
    ways = {n: refs for n, (refs, t) in file.ways.items() if key in t and there.issuperset(refs)}
    lines = {n for n, refs in ways.items() if refs[0] != refs[-1]}
    rings = {n for n, refs in ways.items() if n not in lines and _is_ring(file, refs)}
    seen = {n for kind, n in features.index if kind == "way"}
    assert lines | rings <= seen <= set(ways), "what turns back on itself may fall away"
    assert features.index.is_unique
    assert CRS(features.crs).to_epsg() == 4326
    assert not (features.geometry.is_empty | features.geometry.isna()).any()


def _is_ring(file, refs):
    corners = [_at(file.nodes[ref][0]) for ref in refs]
    return len(corners) > 3 and shapely.Polygon(corners).is_valid

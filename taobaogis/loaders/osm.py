"""OpenStreetMap files (``.osm.pbf``, ``.osm``, or the XML of a fetched answer) into layers.

One parser for every way OSM data reaches us, so that a village measured live and one measured
from an extract cannot differ. It survives what real extracts are: members cut off at the edge,
rings that do not close, tags written by other tools.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from pyproj import Transformer

from taobaogis.clusters import categories
from taobaogis.crs import LONLAT
from taobaogis.errors import SourceDataError
from taobaogis.geometry.junctions import split_at_junctions
from taobaogis.landuse import classes
from taobaogis.loaders import osm_tags
from taobaogis.provenance import OSM_ATTRIBUTION, OSM_LICENCE, Provenance, file_digest
from taobaogis.resources import data_file
from taobaogis.schema import LAYERS, conform
from taobaogis.village import Layers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

__all__ = ["LonLatBox", "parser_digest", "read_osm_file", "read_osm_xml", "require_file"]

LonLatBox = tuple[float, float, float, float]
_OsmSource = str | osmium.io.FileBuffer

_STOP_ROLES = ("stop", "platform")


@dataclass
class _Gathered:
    """What one pass over a file collects, as flat columns."""

    streets: list[dict[str, Any]] = field(default_factory=list)
    street_of_vertex: array[int] = field(default_factory=lambda: array("q"))
    vertex: array[int] = field(default_factory=lambda: array("q"))
    lon: array[float] = field(default_factory=lambda: array("d"))
    lat: array[float] = field(default_factory=lambda: array("d"))
    areas: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"buildings": [], "landuse": []}
    )
    points: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"pois": [], "stops": []}
    )
    routes: list[dict[str, Any]] = field(default_factory=list)
    way_line: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    repairs: Counter[str] = field(default_factory=Counter)


def read_osm_file(
    path: Path,
    crs: CRS,
    *,
    wide: LonLatBox | None = None,
    near: Sequence[LonLatBox] = (),
    origin: Provenance | None = None,
) -> Layers:
    """Layers of an OpenStreetMap file.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    crs
        Metric CRS to bring everything to.
    wide
        West, south, east, north in degrees: streets and routes outside are left out.
    near
        Boxes of the same form: buildings, places, land use and stops outside all of them are
        left out. Without boxes nothing is.
    origin
        Provenance to give the layers if the file is not OpenStreetMap's own data.

    Returns
    -------
    layers
        Every kind of `taobaogis.schema.LAYERS`; `extent` is the file's stated box, or else
        the box of all streets in it.

    Raises
    ------
    SourceDataError
        If the file is missing, cut short or no OSM file.
    """
    require_file(path)
    origin = origin or Provenance(
        source=path.name,
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        digest=file_digest(path),
    )
    try:
        header = osmium.io.Reader(str(path)).header()
    except (RuntimeError, OSError) as error:
        raise _broken(path.name, error) from error
    as_of = header.get("osmosis_replication_timestamp") or header.get("timestamp") or ""
    box = header.box()
    stated = None
    if box.valid():
        stated = (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
    return _read(
        str(path), path.name, _dated(origin, as_of), crs, stated=stated, wide=wide, near=near
    )


def read_osm_xml(
    xml: bytes,
    crs: CRS,
    *,
    provenance: Provenance,
    extent: LonLatBox,
    near: Sequence[LonLatBox] = (),
) -> Layers:
    """Layers of OSM XML in memory, e.g. of a fetched answer.

    Parameters
    ----------
    xml
        An ``<osm>`` document.
    crs
        Metric CRS to bring everything to.
    provenance
        Where the document came from.
    extent
        West, south, east, north of the area that was asked for.
    near
        As in `read_osm_file`.

    Returns
    -------
    layers
        As in `read_osm_file`.

    Raises
    ------
    SourceDataError
        If the document is broken.
    """
    buffer = osmium.io.FileBuffer(xml, "osm")
    return _read(buffer, provenance.source, provenance, crs, stated=extent, wide=None, near=near)


def parser_digest() -> str:
    """Digest of this parser and its tables; layers parsed by another one are not the same."""
    code = [Path(__file__), Path(osm_tags.__file__)]
    tables = [data_file("poi_categories.toml"), data_file("landuse_classes.toml")]
    digests = "".join(file_digest(path) for path in (*code, *tables))
    return hashlib.sha256(digests.encode()).hexdigest()


def require_file(path: Path) -> None:
    """Raise `SourceDataError` unless there is a file."""
    if not path.is_file():
        message = f"There is no OSM file '{path.name}' beside the study; check [source] osm."
        raise SourceDataError(message)


def _read(
    source: _OsmSource,
    name: str,
    origin: Provenance,
    crs: CRS,
    *,
    stated: LonLatBox | None,
    wide: LonLatBox | None,
    near: Sequence[LonLatBox],
) -> Layers:
    try:
        gathered = _gather(source)
    except (RuntimeError, OSError, UnicodeDecodeError, ValueError) as error:
        raise _broken(name, error) from error
    project = Transformer.from_crs(LONLAT, crs, always_xy=True).transform
    frames = {
        "streets": _streets(gathered, crs, project, wide),
        **{kind: _areas(rows, kind, crs, near) for kind, rows in gathered.areas.items()},
        **{kind: _points(rows, kind, crs, near) for kind, rows in gathered.points.items()},
        "routes": _routes(gathered, crs, wide),
    }
    note = "; ".join(f"{n} {what}" for what, n in sorted(gathered.repairs.items()) if n)
    provenance = {kind: _noted(origin, note) for kind in LAYERS}
    extent = _extent(gathered, stated, crs)
    return Layers(crs, frames, provenance, extent)


def _gather(source: _OsmSource) -> _Gathered:
    found = _Gathered()
    place_keys = categories.tag_keys()
    area_keys = classes.tag_keys() | place_keys | {"building"}
    wanted = osmium.filter.KeyFilter(
        "highway", "route", "public_transport", "railway", *sorted(area_keys)
    )
    to_wkb = osmium.geom.WKBFactory()
    objects = (
        osmium.FileProcessor(source)
        .with_areas(osmium.filter.KeyFilter(*sorted(area_keys)))
        .with_filter(wanted)
    )
    pending_routes: list[dict[str, Any]] = []
    for item in objects:
        tags = dict(item.tags)
        if isinstance(item, osmium.osm.Node):
            _take_node(found, item, tags)
        elif isinstance(item, osmium.osm.Way):
            _take_way(found, item, tags)
        elif isinstance(item, osmium.osm.Area):
            _take_area(found, item, tags, to_wkb)
        elif isinstance(item, osmium.osm.Relation) and tags.get("type") == "route":
            _take_route(pending_routes, item, tags)
    members = {ref for route in pending_routes for ref in route["ways"]}
    if members:
        _remember_lines(found, source, members)
    found.routes = pending_routes
    return found


def _take_node(found: _Gathered, node: osmium.osm.Node, tags: Mapping[str, str]) -> None:
    point = {"osm_id": f"n{node.id}", "lon": node.location.lon, "lat": node.location.lat,
             "name": osm_tags.name(tags)}  # fmt: skip
    mode = osm_tags.stop_mode(tags)
    if mode:
        found.points["stops"].append({**point, "mode": mode})
    category, tag = categories.category_of(tags)
    if category:
        found.points["pois"].append({**point, "category": category, "tag": tag})


def _take_way(found: _Gathered, way: osmium.osm.Way, tags: Mapping[str, str]) -> None:
    highway = osm_tags.street_class(tags.get("highway", ""))
    if highway not in osm_tags.STREET_CLASSES:
        return
    found.repairs["streets of several classes read as their first"] += highway != tags["highway"]
    if tags.get("area") == "yes" or len(way.nodes) < 2:  # noqa: PLR2004 - a line has two ends
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
        "lanes": osm_tags.number(tags.get("lanes", "")),
        "access": tags.get("access", ""),
    }
    # A member that the extract cut off breaks the line there; nothing is drawn across the gap.
    previous_missing = True
    for member in way.nodes:
        if not member.location.valid():
            found.repairs["street points missing from the extract"] += not previous_missing
            previous_missing = True
            continue
        if previous_missing:
            found.streets.append(row)
            previous_missing = False
        found.street_of_vertex.append(len(found.streets) - 1)
        found.vertex.append(member.ref)
        found.lon.append(member.location.lon)
        found.lat.append(member.location.lat)


def _take_area(
    found: _Gathered,
    area: osmium.osm.Area,
    tags: Mapping[str, str],
    to_wkb: osmium.geom.WKBFactory,
) -> None:
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
    category, place_tag = categories.category_of(tags)
    if not kinds and not category:
        return
    try:
        wkb = to_wkb.create_multipolygon(area)
    except RuntimeError:
        found.repairs["areas with rings that do not close left out"] += 1
        return
    prefix = "w" if area.from_way() else "r"
    common = {"osm_id": f"{prefix}{area.orig_id()}", "name": osm_tags.name(tags), "wkb": wkb}
    for kind, row in kinds.items():
        found.areas[kind].append({**common, **row})
    if category:
        found.points["pois"].append({**common, "category": category, "tag": place_tag})


def _take_route(
    routes: list[dict[str, Any]], relation: osmium.osm.Relation, tags: Mapping[str, str]
) -> None:
    mode = tags.get("route", "")
    if mode not in osm_tags.ROUTE_MODES:
        return
    stops = [
        f"{member.type}{member.ref}"
        for member in relation.members
        if member.role.startswith(_STOP_ROLES) and member.type == "n"
    ]
    ways = [m.ref for m in relation.members if m.type == "w" and not m.role.startswith("platform")]
    routes.append(
        {"osm_id": f"r{relation.id}", "mode": mode, "ref": tags.get("ref", ""),
         "name": osm_tags.name(tags), "stops": " ".join(dict.fromkeys(stops)), "ways": ways}
    )  # fmt: skip


def _remember_lines(found: _Gathered, source: _OsmSource, members: set[int]) -> None:
    """Second look at the file for the lines of route members, which may lack tags of their own."""
    for way in osmium.FileProcessor(source).with_locations():
        if isinstance(way, osmium.osm.Way) and way.id in members:
            line = [(n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
            if len(line) > 1:
                found.way_line[way.id] = line


def _streets(
    found: _Gathered,
    crs: CRS,
    project: Any,  # noqa: ANN401
    wide: LonLatBox | None,
) -> gpd.GeoDataFrame:
    lon, lat = np.asarray(found.lon), np.asarray(found.lat)
    line = np.asarray(found.street_of_vertex, dtype=np.int64)
    if not len(line):
        return conform(gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=crs), "streets")
    numbers = np.asarray(found.vertex, dtype=np.int64)
    if wide is not None:
        inside = (lon >= wide[0]) & (lat >= wide[1]) & (lon <= wide[2]) & (lat <= wide[3])
        touched = np.zeros(len(found.streets), dtype=bool)
        touched[line[inside]] = True
        keep = touched[line]
        lon, lat, line, numbers = lon[keep], lat[keep], line[keep], numbers[keep]
    x, y = project(lon, lat)
    pieces = split_at_junctions(np.column_stack([x, y]), line, numbers)
    attributes = pd.DataFrame.from_records([found.streets[i] for i in pieces.line])
    attributes["u"], attributes["v"] = pieces.u, pieces.v
    return conform(gpd.GeoDataFrame(attributes, geometry=pieces.geometry, crs=crs), "streets")


def _areas(
    rows: list[dict[str, Any]], kind: str, crs: CRS, near: Sequence[LonLatBox]
) -> gpd.GeoDataFrame:
    frame = _near(_from_wkb(rows), near).to_crs(crs)
    invalid = ~frame.geometry.is_valid
    if invalid.any():
        mended = shapely.make_valid(
            frame.geometry.to_numpy()[invalid.to_numpy()], method="structure"
        )
        frame.loc[invalid, frame.geometry.name] = mended
    # A multipolygon of one part is a polygon.
    parts = shapely.get_num_geometries(frame.geometry.to_numpy())
    single = np.where(parts == 1, shapely.get_geometry(frame.geometry.to_numpy(), 0),
                      frame.geometry.to_numpy())  # fmt: skip
    return conform(frame.set_geometry(gpd.GeoSeries(single, index=frame.index, crs=crs)), kind)


def _points(
    rows: list[dict[str, Any]], kind: str, crs: CRS, near: Sequence[LonLatBox]
) -> gpd.GeoDataFrame:
    areas = _from_wkb([row for row in rows if "wkb" in row])
    areas = areas.set_geometry(areas.geometry.representative_point())
    nodes = pd.DataFrame.from_records([row for row in rows if "wkb" not in row])
    geometry = gpd.points_from_xy(nodes.get("lon", ()), nodes.get("lat", ()), crs=LONLAT)
    points = gpd.GeoDataFrame(
        nodes.drop(columns=["lon", "lat"], errors="ignore"), geometry=geometry
    )
    frames = [frame for frame in (points, areas) if len(frame)]
    both = pd.concat(frames, ignore_index=True) if frames else points
    return conform(_near(gpd.GeoDataFrame(both, crs=LONLAT), near).to_crs(crs), kind)


def _routes(found: _Gathered, crs: CRS, wide: LonLatBox | None) -> gpd.GeoDataFrame:
    rows, lines = [], []
    for route in found.routes:
        parts = [found.way_line[ref] for ref in route["ways"] if ref in found.way_line]
        if not parts:
            found.repairs["transit lines without any street left out"] += 1
            continue
        rows.append({key: value for key, value in route.items() if key != "ways"})
        lines.append(
            shapely.MultiLineString(parts) if len(parts) > 1 else shapely.LineString(parts[0])
        )
    frame = gpd.GeoDataFrame(rows, geometry=lines, crs=LONLAT)
    return conform(_near(frame, [] if wide is None else [wide]).to_crs(crs), "routes")


def _from_wkb(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    table = pd.DataFrame.from_records(rows)
    wkb = table.pop("wkb") if rows else ()
    geometry = shapely.from_wkb(np.array(wkb, dtype=object))
    return gpd.GeoDataFrame(table, geometry=geometry, crs=LONLAT)


def _near(frame: gpd.GeoDataFrame, boxes: Sequence[LonLatBox]) -> gpd.GeoDataFrame:
    """Rows that touch any of the boxes; all rows if there are none."""
    if not boxes or frame.empty:
        return frame
    west, south, east, north = shapely.bounds(frame.geometry.to_numpy()).T
    inside = np.zeros(len(frame), dtype=bool)
    for box in boxes:
        inside |= (east >= box[0]) & (north >= box[1]) & (west <= box[2]) & (south <= box[3])
    return frame[inside].reset_index(drop=True)


def _extent(found: _Gathered, stated: LonLatBox | None, crs: CRS) -> BaseGeometry | None:
    if stated is None:
        lons = [
            *found.lon,
            *(p["lon"] for rows in found.points.values() for p in rows if "lon" in p),
        ]
        lats = [
            *found.lat,
            *(p["lat"] for rows in found.points.values() for p in rows if "lat" in p),
        ]
        if not lons:
            return None
        stated = (min(lons), min(lats), max(lons), max(lats))
    box = gpd.GeoSeries([shapely.box(*stated)], crs=LONLAT)
    # Straight in degrees is bent in metres: put points along the edges before projecting.
    return box.segmentize(0.05).to_crs(crs).iloc[0]


def _dated(origin: Provenance, as_of: str) -> Provenance:
    return Provenance(**{**origin.to_dict(), "as_of": as_of})


def _noted(origin: Provenance, note: str) -> Provenance:
    joined = "; ".join(part for part in (origin.note, note) if part)
    return Provenance(**{**origin.to_dict(), "note": joined})


def _broken(name: str, error: Exception) -> SourceDataError:
    return SourceDataError(
        f"'{name}' is not a whole OSM file ({error}); download it again or give another extract."
    )

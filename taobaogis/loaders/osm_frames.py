"""What was gathered from an OSM file as frames of the layers, in metres.

Nothing falls away uncounted: whatever is left out or mended is named in `Gathered.repairs`.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from taobaogis.crs import LONLAT
from taobaogis.geometry.junctions import Stretches, split_at_junctions
from taobaogis.loaders.mending import mended
from taobaogis.schema import LAYERS, conform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

__all__ = ["Gathered", "LonLatBox", "extent_of", "frames_of"]

LonLatBox = tuple[float, float, float, float]

# About a hand's breadth: gives a box around a single point an area.
_LEAST_DEG = 1e-6


@dataclass
class Gathered:
    """What one pass over a file collects, as flat columns."""

    streets: list[dict[str, Any]] = field(default_factory=list)
    street_of_vertex: array[int] = field(default_factory=lambda: array("q"))
    vertex: array[int] = field(default_factory=lambda: array("q"))
    lon: array[float] = field(default_factory=lambda: array("d"))
    lat: array[float] = field(default_factory=lambda: array("d"))
    areas: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"buildings": [], "landuse": [], "barriers": []}
    )
    points: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"pois": [], "stops": []}
    )
    routes: list[dict[str, Any]] = field(default_factory=list)
    way_line: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    repairs: Counter[str] = field(default_factory=Counter)
    # What is lost with each object that should become an area and has not yet.
    expected: dict[str, str] = field(default_factory=dict)
    built: set[str] = field(default_factory=set)
    # Points that lines name and that had no place when the line was read.
    missing: set[int] = field(default_factory=set)

    def note(self) -> str:
        """All repairs in words."""
        return "; ".join(f"{n} {what}" for what, n in sorted(self.repairs.items()) if n)


def frames_of(
    gathered: Gathered, crs: CRS, *, wide: LonLatBox | None, near: Sequence[LonLatBox]
) -> Mapping[str, gpd.GeoDataFrame]:
    """Valid frame of each kind.

    Parameters
    ----------
    gathered
        As collected; what falls away here is added to its `repairs`.
    crs
        Metric CRS to bring everything to.
    wide, near
        As in `taobaogis.loaders.osm.read_osm_file`.

    Returns
    -------
    frames
        By kind of `taobaogis.schema.LAYERS`.
    """
    frames = {
        "streets": _streets(gathered, crs, wide),
        **{kind: _areas(gathered, kind, crs, near) for kind in gathered.areas},
        "pois": _points(gathered, "pois", crs, near),
        "routes": _routes(gathered, crs, wide),
    }
    # A trip may lead to any stop of a line.
    called = {stop for stops in frames["routes"]["stops"] for stop in stops.split()}
    frames["stops"] = _points(gathered, "stops", crs, near, wanted=called)
    return {kind: mended(frames[kind], kind, gathered.repairs) for kind in LAYERS}


def extent_of(
    gathered: Gathered, stated: LonLatBox | None, crs: CRS, *, read: LonLatBox | None = None
) -> BaseGeometry | None:
    """Area over which the file holds data, in metres.

    Parameters
    ----------
    gathered
        As collected.
    stated
        What the file says of itself.
    crs
        Metric CRS.
    read
        Box outside which streets were left out; all were kept by default.

    Returns
    -------
    extent
        The stated box; if none is stated, or nothing lies in it, the box of all streets, points
        and buildings; of either the part that was read, if there is any; None if neither is
        known, or if it reaches farther than can be drawn in `crs`.
    """
    found = _box_of_data(gathered)
    box = found if stated is None else stated
    if stated is not None and found is not None and not _touch(stated, found):
        gathered.repairs["stated box without any data in it taken for wrong"] += 1
        box = found
    if box is None:
        return None
    if read is not None and _touch(read, box):
        box = (max(box[0], read[0]), max(box[1], read[1]),
               min(box[2], read[2]), min(box[3], read[3]))  # fmt: skip
    padded = shapely.box(box[0] - _LEAST_DEG, box[1] - _LEAST_DEG,
                         box[2] + _LEAST_DEG, box[3] + _LEAST_DEG)  # fmt: skip
    # Straight in degrees is bent in metres: put points along the edges before projecting.
    drawn = gpd.GeoSeries([padded], crs=LONLAT).segmentize(0.05).to_crs(crs).iloc[0]
    is_drawn = bool(np.isfinite(shapely.get_coordinates(drawn)).all()) and drawn.is_valid
    return drawn if is_drawn else None


def _box_of_data(gathered: Gathered) -> LonLatBox | None:
    """Box around streets, points and buildings.

    Not around land and water: an extract holds these whole, however far they reach out of it.
    """
    nodes = [p for rows in gathered.points.values() for p in rows if "lon" in p]
    houses = [row["wkb"] for row in gathered.areas["buildings"]]
    corners = shapely.get_coordinates(shapely.from_wkb(np.array(houses, dtype=object)))
    # 0 is what programs write that do not know a place.
    corners = corners[(corners != 0).all(axis=1)]
    lon = np.concatenate([np.asarray(gathered.lon), [p["lon"] for p in nodes], corners[:, 0]])
    lat = np.concatenate([np.asarray(gathered.lat), [p["lat"] for p in nodes], corners[:, 1]])
    if not len(lon):
        return None
    return (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))


def _touch(one: LonLatBox, two: LonLatBox) -> bool:
    return one[0] <= two[2] and two[0] <= one[2] and one[1] <= two[3] and two[1] <= one[3]


def _streets(found: Gathered, crs: CRS, wide: LonLatBox | None) -> gpd.GeoDataFrame:
    lon, lat = np.asarray(found.lon), np.asarray(found.lat)
    line = np.asarray(found.street_of_vertex, dtype=np.int64)
    numbers = np.asarray(found.vertex, dtype=np.int64)
    if not len(line):
        return conform(gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=crs), "streets")
    if wide is not None:
        inside = (lon >= wide[0]) & (lat >= wide[1]) & (lon <= wide[2]) & (lat <= wide[3])
        keep = _of_lines(line, inside, len(found.streets))
        lon, lat, line, numbers = lon[keep], lat[keep], line[keep], numbers[keep]
    x, y = Transformer.from_crs(LONLAT, crs, always_xy=True).transform(lon, lat)
    beyond = _of_lines(line, ~(np.isfinite(x) & np.isfinite(y)), len(found.streets))
    found.repairs["streets too far away to be drawn left out"] += len(np.unique(line[beyond]))
    points = np.column_stack([x, y])[~beyond]
    pieces = _joined(found, split_at_junctions(points, line[~beyond], numbers[~beyond]))
    attributes = pd.DataFrame.from_records([found.streets[i] for i in pieces.line])
    attributes["u"], attributes["v"] = pieces.u, pieces.v
    return conform(gpd.GeoDataFrame(attributes, geometry=pieces.geometry, crs=crs), "streets")


def _of_lines(line: np.ndarray, chosen: np.ndarray, lines: int) -> np.ndarray:
    """Mask of all vertices of the lines that have a chosen one."""
    touched = np.zeros(lines, dtype=bool)
    touched[line[chosen]] = True
    return np.asarray(touched[line])


def _joined(found: Gathered, pieces: Stretches) -> Stretches:
    """Stretches without those of no length; the two ends of each become one junction."""
    nothing = shapely.length(pieces.geometry) == 0
    if not nothing.any():
        return pieces
    found.repairs["street pieces without length left out"] += int(nothing.sum())
    same: dict[int, int] = {}
    for u, v in zip(pieces.u[nothing].tolist(), pieces.v[nothing].tolist(), strict=True):
        one, two = sorted((_root(same, u), _root(same, v)))
        if one != two:
            same[two] = one
    u, v = (
        np.array([_root(same, n) for n in ends[~nothing].tolist()], dtype=np.int64)
        for ends in (pieces.u, pieces.v)
    )
    return Stretches(pieces.geometry[~nothing], pieces.line[~nothing], u, v)


def _root(same: Mapping[int, int], number: int) -> int:
    while number in same:
        number = same[number]
    return number


def _areas(found: Gathered, kind: str, crs: CRS, near: Sequence[LonLatBox]) -> gpd.GeoDataFrame:
    rows = _once(found, found.areas[kind])
    frame = _drawn(found, _near(_from_wkb(found, rows), near).to_crs(crs))
    invalid = ~frame.geometry.is_valid
    if invalid.any():
        mended = shapely.make_valid(
            frame.geometry.to_numpy()[invalid.to_numpy()], method="structure"
        )
        frame.loc[invalid, frame.geometry.name] = mended
    # A shape of one part is a simple one.
    parts = shapely.get_num_geometries(frame.geometry.to_numpy())
    single = np.where(parts == 1, shapely.get_geometry(frame.geometry.to_numpy(), 0),
                      frame.geometry.to_numpy())  # fmt: skip
    layer = conform(frame.set_geometry(gpd.GeoSeries(single, index=frame.index, crs=crs)), kind)
    found.repairs[f"{kind} that are no area left out"] += len(frame) - len(layer)
    return layer


def _points(
    found: Gathered,
    kind: str,
    crs: CRS,
    near: Sequence[LonLatBox],
    *,
    wanted: AbstractSet[str] = frozenset(),
) -> gpd.GeoDataFrame:
    """Points near the villages, and those wanted by their numbers wherever they are."""
    rows = _once(found, found.points[kind])
    areas = _from_wkb(found, [row for row in rows if "wkb" in row])
    areas = areas.set_geometry(areas.geometry.representative_point())
    nodes = pd.DataFrame.from_records([row for row in rows if "wkb" not in row])
    geometry = gpd.points_from_xy(nodes.get("lon", ()), nodes.get("lat", ()), crs=LONLAT)
    points = gpd.GeoDataFrame(
        nodes.drop(columns=["lon", "lat"], errors="ignore"), geometry=geometry
    )
    frames = [frame for frame in (points, areas) if len(frame)]
    both = pd.concat(frames, ignore_index=True) if frames else points
    there = _near(gpd.GeoDataFrame(both, crs=LONLAT), near, wanted=wanted).to_crs(crs)
    return conform(_drawn(found, there), kind)


def _routes(found: Gathered, crs: CRS, wide: LonLatBox | None) -> gpd.GeoDataFrame:
    rows, lines = [], []
    for route in _once(found, found.routes):
        parts = [found.way_line[ref] for ref in route["ways"] if ref in found.way_line]
        if not parts:
            found.repairs["transit lines without any street left out"] += 1
            continue
        rows.append({key: value for key, value in route.items() if key != "ways"})
        lines.append(
            shapely.MultiLineString(parts) if len(parts) > 1 else shapely.LineString(parts[0])
        )
    frame = gpd.GeoDataFrame(rows, geometry=lines, crs=LONLAT)
    there = _near(frame, [] if wide is None else [wide]).to_crs(crs)
    return conform(_drawn(found, there), "routes")


def _once(found: Gathered, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of which none stands twice; the first counts."""
    single: dict[str, dict[str, Any]] = {}
    for row in rows:
        single.setdefault(row["osm_id"], row)
    found.repairs["objects that stand twice left out"] += len(rows) - len(single)
    return list(single.values())


def _drawn(found: Gathered, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows whose coordinates are numbers in the metric CRS."""
    bounds = shapely.bounds(frame.geometry.to_numpy())
    fine = pd.Series(np.isfinite(bounds).all(axis=1), index=frame.index)
    found.repairs["objects too far away to be drawn left out"] += int((~fine).sum())
    return frame if fine.all() else frame.loc[fine].reset_index(drop=True)


def _from_wkb(found: Gathered, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    table = pd.DataFrame.from_records(rows)
    wkb = table.pop("wkb") if rows else ()
    geometry = shapely.from_wkb(np.array(wkb, dtype=object))
    corners, owner = shapely.get_coordinates(geometry, return_index=True)
    # Where 0 is written nobody knew the place; such a corner makes a giant of a house.
    placed = np.ones(len(geometry), dtype=bool)
    placed[owner[(corners == 0).any(axis=1)]] = False
    found.repairs["areas with a corner at 0 degrees left out"] += int((~placed).sum())
    rest = table.loc[placed].reset_index(drop=True)
    return gpd.GeoDataFrame(rest, geometry=geometry[placed], crs=LONLAT)


def _near(
    frame: gpd.GeoDataFrame,
    boxes: Sequence[LonLatBox],
    *,
    wanted: AbstractSet[str] = frozenset(),
) -> gpd.GeoDataFrame:
    """Rows that touch any of the boxes or are wanted; all rows if there are no boxes."""
    if not boxes or frame.empty:
        return frame
    west, south, east, north = shapely.bounds(frame.geometry.to_numpy()).T
    inside = np.zeros(len(frame), dtype=bool)
    if wanted:
        inside |= frame["osm_id"].isin(wanted).to_numpy()
    for box in boxes:
        inside |= (east >= box[0]) & (north >= box[1]) & (west <= box[2]) & (south <= box[3])
    return frame[inside].reset_index(drop=True)

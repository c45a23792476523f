"""Vector layers in which one shape among sound ones is broken or beyond reason."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from hostile.kit.verdicts import Case, Verdict
from pyproj import CRS
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from taobaogis.loaders.vector import read_layer
from taobaogis.schema import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["GRID", "HOUSES", "INF", "NAN", "STREETS", "X", "Y", "case", "frame", "shape_cases"]

GRID = CRS.from_epsg(4547)
X, Y = 432_000.0, 2_544_000.0
NAN, INF = math.nan, math.inf


def house(dx: float = 0.0, dy: float = 0.0, size: float = 10.0) -> Polygon:
    return box(X + dx, Y + dy, X + dx + size, Y + dy + size)


HOUSES = [house(), house(20), house(40)]
STREETS = [
    LineString([(X, Y - 5), (X + 60, Y - 5)]),
    LineString([(X + 30, Y - 30), (X + 30, Y - 5)]),
]


def frame(shapes: list[Any], crs: int = 4547, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def case(
    kind: str, label: str, work: str, *given: Any, may: str = "error repaired unchanged"
) -> Case:
    module, _, function = work.partition(":")
    return Case("vector files", kind, label, f"hostile.kit.{module}:{function}", given,
                may=frozenset(may.split()), seconds=30, memory_mb=3000)  # fmt: skip


def _raw_ring(*corners: tuple[float, float]) -> Any:
    with np.errstate(invalid="ignore"):
        return Polygon([(X + x, Y + y) for x, y in corners])


def _star(points: int) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = np.where(np.arange(points) % 2, 30.0, 29.9)
    return Polygon(np.column_stack([X + 200 + radius * np.cos(angles),
                                    Y + radius * np.sin(angles)]))  # fmt: skip


def _sieve(holes: int) -> Polygon:
    side = math.isqrt(holes)
    rings = [box(X + 100 + i, Y + j, X + 100 + i + 0.5, Y + j + 0.5).exterior.coords
             for i in range(side) for j in range(side)]  # fmt: skip
    return Polygon(box(X + 99, Y - 1, X + 101 + side, Y + 1 + side).exterior.coords, rings)


AREAS: dict[str, Callable[[], Any]] = {
    "crossing itself": lambda: _raw_ring((100, 0), (110, 10), (110, 0), (100, 10)),
    "a hole outside": lambda: Polygon(house(100).exterior.coords, [house(300).exterior.coords]),
    "a hole larger than the house": lambda: Polygon(house(100).exterior.coords,
                                                    [house(90, -10, 40).exterior.coords]),
    "a hole that is the house": lambda: Polygon(house(100).exterior.coords,
                                                [house(100).exterior.coords]),
    "a spike": lambda: _raw_ring((100, 0), (110, 0), (110, 10), (5000, 10), (110, 10), (100, 10)),
    "no area": lambda: _raw_ring((100, 0), (110, 0), (100, 0)),
    "one point": lambda: _raw_ring((100, 0), (100, 0), (100, 0)),
    "a corner of NaN": lambda: _raw_ring((100, 0), (NAN, NAN), (110, 10)),
    "a corner at infinity": lambda: _raw_ring((100, 0), (INF, 0), (110, 10)),
    "a corner beyond the Earth": lambda: _raw_ring((100, 0), (1e300, 0), (110, 10)),
    "empty": Polygon,
    "missing": lambda: None,
    "in space": lambda: shapely.force_3d(house(100), 7.0),
    "in space at NaN": lambda: Polygon([(x, y, NAN) for x, y in house(100).exterior.coords]),
    "a point": lambda: Point(X + 100, Y),
    "a line": lambda: LineString([(X + 100, Y), (X + 120, Y)]),
    "a collection": lambda: GeometryCollection([house(100), Point(X, Y)]),
    "a collection of collections": lambda: GeometryCollection(
        [GeometryCollection([house(100)]), house(120)]),
    "an empty collection": GeometryCollection,
    "parts that overlap": lambda: MultiPolygon([house(100), house(105)]),
    "parts that are the same": lambda: MultiPolygon([house(100), house(100)]),
    "10,000 parts": lambda: MultiPolygon([house(100 + 2 * i, 0, 1) for i in range(10_000)]),
    "no part": MultiPolygon,
    "100,000 corners": lambda: _star(100_000),
    "10,000 holes": lambda: _sieve(10_000),
    "a millimetre": lambda: house(100, 0, 1e-3),
    "a nanometre": lambda: house(100, 0, 1e-9),
    "a hair beside the next": lambda: house(1e-9, 1e-9),
    "the same again": house,
    "half over the next": lambda: house(5),
    "around all others": lambda: box(X - 500, Y - 500, X + 500, Y + 500),
    "the size of China": lambda: box(X - 2e6, Y - 2e6, X + 1e6, Y + 2e6),
    "a ring of three points": lambda: Polygon([(X + 100, Y), (X + 110, Y), (X + 100, Y + 9)]),
}  # fmt: skip

LINES: dict[str, Callable[[], Any]] = {
    "no length": lambda: LineString([(X, Y + 50), (X, Y + 50)]),
    "there and back": lambda: LineString([(X, Y + 50), (X + 9, Y + 50), (X, Y + 50)]),
    "each point twice": lambda: LineString([(X, Y + 50)] * 2 + [(X + 9, Y + 50)] * 2),
    "crossing itself": lambda: LineString(
        [(X, Y + 50), (X + 9, Y + 59), (X + 9, Y + 50), (X, Y + 59)]),
    "a ring": lambda: LineString(house(0, 50).exterior.coords),
    "a point of NaN": lambda: LineString([(X, Y + 50), (NAN, NAN), (X + 9, Y + 50)]),
    "a point at infinity": lambda: LineString([(X, Y + 50), (INF, Y)]),
    "a point beyond the Earth": lambda: LineString([(X, Y + 50), (1e300, Y)]),
    "empty": LineString,
    "missing": lambda: None,
    "a point": lambda: Point(X, Y + 50),
    "an area": lambda: house(0, 50),
    "a collection": lambda: GeometryCollection([LineString([(X, Y + 50), (X + 9, Y + 50)])]),
    "no part": MultiLineString,
    "the same again": lambda: STREETS[0],
    "100,000 points": lambda: LineString(np.column_stack(
        [np.linspace(X, X + 1000, 100_000), np.full(100_000, Y + 50)])),
    "a nanometre": lambda: LineString([(X, Y + 50), (X + 1e-9, Y + 50)]),
    "to the antipodes": lambda: LineString([(X, Y + 50), (X, Y - 1.2e7)]),
}  # fmt: skip

PLACES: dict[str, Callable[[], Any]] = {
    "NaN": lambda: Point(NAN, NAN), "infinity": lambda: Point(INF, Y), "empty": Point,
    "missing": lambda: None, "beyond the Earth": lambda: Point(1e300, 1e300),
    "several": lambda: MultiPoint([(X, Y), (X + 9, Y)]), "an area": house,
    "a line": lambda: STREETS[0], "an area that crosses itself": AREAS["crossing itself"],
    "an empty collection": GeometryCollection, "a collection": AREAS["a collection"],
}  # fmt: skip

_SOUND: dict[str, list[Any]] = {
    "buildings": HOUSES, "streets": STREETS, "pois": [Point(X, Y), Point(X + 9, Y)],
}  # fmt: skip


# There and back between the grid and degrees.
_LARGEST_SHIFT_M = 1e-3


def shape(kind: str, name: str, suffix: str) -> Verdict:
    """A hostile shape among sound ones: the sound ones stay, the other is mended or counted."""
    table = {"buildings": AREAS, "streets": LINES, "pois": PLACES}[kind]
    sound = _SOUND[kind]
    count = len(sound) + 1
    columns: dict[str, Any] = {"osm_id": [f"s{i}" for i in range(count)]}
    if kind == "pois":
        columns["shop"] = ["clothes"] * count
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"shapes{suffix}"
        with np.errstate(invalid="ignore"):
            written = frame([*sound, table[name]()], **columns)
        if suffix == ".parquet":
            written.to_parquet(path)
        else:
            written.to_file(path)
        layer, origin = read_layer(path, kind, GRID)
    return _verdict(layer, kind, origin.note, sound)


def _verdict(layer: gpd.GeoDataFrame, kind: str, note: str, sound: list[Any]) -> Verdict:
    validate(layer, kind)
    shapes = layer.geometry.to_numpy()
    if not np.isfinite(shapely.bounds(shapes)).all():
        return Verdict("wrong", "coordinates that are no numbers")
    if kind == "buildings" and not (layer.geometry.is_valid & (layer.area > 0)).all():
        return Verdict("wrong", "invalid areas, or areas of nothing")
    if kind == "streets" and not (layer.length > 0).all():
        return Verdict("wrong", "streets of no length")
    found = set(layer["osm_id"])
    for i, shape_of_row in enumerate(sound):
        its_own = shapes[(layer["osm_id"] == f"s{i}").to_numpy()]
        if not len(its_own) and "stand twice left out" in note:
            its_own = shapes[shapely.intersects(shapes, shape_of_row)]  # its twin was taken
        read = shapely.union_all(its_own)
        if read.is_empty or read.hausdorff_distance(shape_of_row) > _LARGEST_SHIFT_M:
            return Verdict("wrong", f"the sound row s{i} is lost or moved; {note}")
    if len(found) != len(sound) + 1 and not note:
        return Verdict("silent", "the odd row is lost without a word")
    return Verdict("repaired" if note else "unchanged", note)


def shape_cases() -> Iterator[Case]:
    """Every shape in a database and in a column file."""
    for kind, table in (("buildings", AREAS), ("streets", LINES), ("pois", PLACES)):
        for name in table:
            for suffix in (".gpkg", ".parquet"):
                yield case(
                    f"shapes of {kind}", f"{name} in {suffix}", "shapes:shape", kind, name, suffix
                )

"""Studies of a few houses, drawn by lot: what a file of them holds is known without reading it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import strategies as st
from pyproj import Transformer
from support.osm_files import document, node, way

if TYPE_CHECKING:
    from pathlib import Path

GRID = 4547
TO_DEGREES = Transformer.from_crs(GRID, 4326, always_xy=True)
# The middle of the first village.
CORNER = np.array([430_000.0, 2_550_000.0])
_FAR_M = 8
_KINDS = ("buildings", "streets", "pois", "stops")


@dataclass(frozen=True)
class SmallTown:
    """Houses, lanes between their rows, shops and stops, in metres from `CORNER`.

    Attributes
    ----------
    houses
        South-western corner and edge of each, whole metres.
    lanes
        Northings along which a lane runs from the west end to the east end.
    shops, stops
        Points.
    villages
        Id, middle and half of the edge of each; drawn, or a circle of that radius.
    drawn
        Whether villages have outlines.
    seed
        Decides in which order everything stands in the files.
    """

    houses: list[tuple[int, int, int]]
    lanes: list[int]
    shops: list[tuple[int, int]]
    stops: list[tuple[int, int]]
    villages: list[tuple[str, int, int, int]]
    drawn: bool
    seed: int

    def count(self, kind: str) -> int:
        """How many features of a kind there are."""
        sizes = (len(self.houses), len(self.lanes), len(self.shops), len(self.stops))
        return dict(zip(_KINDS, sizes, strict=True))[kind]

    def shapes(self) -> gpd.GeoSeries:
        """Houses in metres."""
        boxes = [shapely.box(x, y, x + e, y + e) for x, y, e in self.houses]
        moved = [shapely.transform(box, lambda xy: xy + CORNER) for box in boxes]
        return gpd.GeoSeries(moved, crs=GRID)

    def osm(self, *, shuffle: int = 0) -> bytes:
        """The town as an OSM file, in which every object has a name.

        Files are sorted by number; another one for `shuffle` numbers all objects anew.
        """
        lines = []
        for i, (x, y, e) in enumerate(self.houses):
            ring = [(x, y), (x + e, y), (x + e, y + e), (x, y + e), (x, y)]
            lines.append((ring, {"building": "yes", "building__levels": str(2 + i % 5),
                                 "name": f"house {i}"}))  # fmt: skip
        for i, y in enumerate(self.lanes):
            ends = [(-60, y), (20, y), (150, y)]
            lines.append((ends, {"highway": "residential", "name": f"lane {i}"}))
        points = [(xy, {"shop": "clothes", "name": f"shop {i}"}) for i, xy in enumerate(self.shops)]
        points += [(xy, {"highway": "bus_stop", "name": f"stop {i}"})
                   for i, xy in enumerate(self.stops)]  # fmt: skip
        points += [(xy, {}) for xy in dict.fromkeys(xy for line, _ in lines for xy in line)]
        rng = np.random.default_rng([self.seed, shuffle])
        points = [points[i] for i in rng.permutation(len(points))]
        lines = [lines[i] for i in rng.permutation(len(lines))]
        # A shop may stand where a house has a corner.
        number = {xy: n for n, (xy, tags) in enumerate(points, start=1) if not tags}
        return document(
            *(_placed(n, xy, **tags) for n, (xy, tags) in enumerate(points, start=1)),
            *(way(n, [number[xy] for xy in line], **tags)
              for n, (line, tags) in enumerate(lines, start=1001)),
        )  # fmt: skip

    def write(self, folder: Path, *, source: str = 'osm = "town.osm"', shuffle: int = 0) -> Path:
        """Study file with the OSM file and the outlines beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "town.osm").write_bytes(self.osm(shuffle=shuffle))
        rng = np.random.default_rng([self.seed, shuffle, 1])
        outlines = self.outlines()
        ids = list(rng.permutation(list(outlines.index)))
        outlines.loc[ids].reset_index(names="id").to_file(folder / "villages.geojson")
        tables = [f"[study]\nid = 'town'\ncrs = 'EPSG:{GRID}'\n[source]\n{source}\n"]
        for name, x, y, half in self.villages:
            lon, lat = TO_DEGREES.transform(*(CORNER + np.array([x, y])))
            where = f"lon = {lon!r}\nlat = {lat!r}\nradius_m = {half}"
            if self.drawn:
                where = f'boundary = "villages.geojson#{name}"'
            tables.append(f"[[village]]\nid = {json.dumps(name)}\n{where}\n")
        path = folder / "study.toml"
        path.write_text("\n".join(tables), encoding="utf-8")
        return path

    def outlines(self) -> gpd.GeoDataFrame:
        """Squares of the villages in degrees, by id."""
        squares = [
            shapely.transform(shapely.box(x - h, y - h, x + h, y + h), lambda xy: xy + CORNER)
            for _, x, y, h in self.villages
        ]
        frame = gpd.GeoDataFrame(geometry=squares, index=[v[0] for v in self.villages], crs=GRID)
        return frame.to_crs(4326)


def _placed(number: int, xy: tuple[float, float], **tags: str) -> str:
    lon, lat = TO_DEGREES.transform(*(CORNER + xy))
    return node(number, round(lon, 9), round(lat, 9), **tags)


@st.composite
def small_towns(draw: st.DrawFn, *, least_houses: int = 0) -> SmallTown:
    """Towns of up to twenty houses with one or two villages."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(2, 5))
    slots = [(i, j) for i in range(columns) for j in range(rows)]
    here = draw(st.lists(st.sampled_from(slots), min_size=least_houses, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    houses = [(16 * i + int(rng.integers(0, 3)), 18 * j + int(rng.integers(0, 3)),
               int(rng.integers(_FAR_M, 13))) for i, j in here]  # fmt: skip
    points = st.tuples(st.integers(-40, 120), st.integers(-40, 90))
    villages = [("a", 30, 30, draw(st.integers(25, 90)))]
    if draw(st.booleans()):
        villages.append(("b", 110, 60, draw(st.integers(25, 60))))
    return SmallTown(
        houses=houses,
        lanes=sorted(draw(st.sets(st.sampled_from([-4, 15, 33, 51, 75]), max_size=3))),
        shops=draw(st.lists(points, max_size=4, unique=True)),
        stops=draw(st.lists(points, max_size=2, unique=True)),
        villages=villages,
        drawn=draw(st.booleans()),
        seed=draw(st.integers(0, 2**31)),
    )

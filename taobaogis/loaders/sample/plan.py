"""The plan of the sample's city: where roads, canal, villages and markets lie. No real place."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from taobaogis.loaders.sample.carving import beside, line_of
from taobaogis.loaders.sample.draft import Area, Draft, Street

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["CANAL", "ORIGIN", "Skeleton", "draw_skeleton"]

# Of the scene's own frame, in EPSG:4547; about 113.400 E, 22.800 N.
ORIGIN = (438_400.0, 2_522_500.0)

_COLUMNS_M = (-1250.0, -520.0, 480.0, 1120.0, 2080.0, 2760.0)
_ROWS_M = (-2050.0, -1300.0, -520.0, 420.0, 1080.0)
_SLANT = 0.035
_JITTER_M = 16.0

_ROADS = {
    "row0": ("沙堤路", "Shadi Road", "tertiary", 2),
    "row1": ("禾丰大道", "Hefeng Avenue", "primary", 6),
    "row2": ("榕溪路", "Rongxi Road", "secondary", 4),
    "row3": ("白鹭大道", "Bailu Avenue", "primary", 6),
    "row4": ("望潮路", "Wangchao Road", "tertiary", 2),
    "column0": ("石塘路", "Shitang Road", "tertiary", 2),
    "column1": ("云台路", "Yuntai Road", "secondary", 4),
    "column2": ("听榕街", "Tingrong Street", "tertiary", 2),
    "column3": ("青禾路", "Qinghe Road", "secondary", 4),
    "column4": ("学堂路", "Xuetang Road", "tertiary", 2),
    "column5": ("东望路", "Dongwang Road", "secondary", 4),
    "west": ("西环路", "Xihuan Road", "secondary", 4),
    "east": ("东环路", "Donghuan Road", "secondary", 4),
}

CANAL = LineString(
    [(690, 1500), (752, 1080), (768, 640), (742, 300), (772, -120), (748, -520), (812, -900),
     (806, -1300), (868, -1700), (850, -2050), (880, -2500)]
)  # fmt: skip
_WATER_M = 24.0
_BANK_ROAD_M = 38.0
_BANK_PATH_M = -23.0
_HIGH_BRIDGES = (1, 2)
_DAJIE_M = -1672.0
_DAJIE_ENDS = {1: "dajie,w", 2: "dajie,e"}


@dataclass(frozen=True)
class Skeleton:
    """Main roads, canal, and the land between them.

    Attributes
    ----------
    draft
        Main roads, each edge of the grid a street of its own; canal; bank roads.
    nodes
        Crossings of the main roads by name, e.g. ``"2,3"`` for column and row.
    blocks
        Land between main roads by column and row, its edge on the roads' middle.
    """

    draft: Draft
    nodes: dict[str, tuple[float, float]]
    blocks: dict[tuple[int, int], Polygon] = field(default_factory=dict)


def draw_skeleton(rng: Generator) -> Skeleton:
    """Main roads of the city.

    Parameters
    ----------
    rng
        Source of chance; moves each crossing by some metres.

    Returns
    -------
    skeleton
        In the scene's own frame, metres from `ORIGIN`.
    """
    nodes = _nodes(rng)
    draft = Draft()
    for row in range(len(_ROWS_M)):
        for column in range(len(_COLUMNS_M) - 1):
            a, b = nodes[f"{column},{row}"], nodes[f"{column + 1},{row}"]
            _add_road(draft, f"row{row}", a, b, high=row in _HIGH_BRIDGES)
    for column in range(len(_COLUMNS_M)):
        for row in range(len(_ROWS_M) - 1):
            names = [f"{column},{row}", f"{column},{row + 1}"]
            if row == 0 and column in _DAJIE_ENDS:
                names.insert(1, _DAJIE_ENDS[column])
            for near, far in pairwise(names):
                _add_road(draft, f"column{column}", nodes[near], nodes[far])
    for name, near, far in (
        ("row1", "auto", "west,1"), ("row1", "west,1", "0,1"), ("row2", "west,2", "0,2"),
        ("west", "west,1", "west,2"), ("row3", "5,3", "east,3"), ("row3", "east,3", "clothing"),
        ("row2", "5,2", "east,2"), ("east", "east,2", "east,3"),
    ):  # fmt: skip
        _add_road(draft, name, nodes[near], nodes[far])
    _add_canal(draft)
    corners = {
        (c, r): Polygon([nodes[f"{c + i},{r + j}"] for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))])
        for c in range(len(_COLUMNS_M) - 1)
        for r in range(len(_ROWS_M) - 1)
    }
    return Skeleton(draft, nodes, corners)


def _nodes(rng: Generator) -> dict[str, tuple[float, float]]:
    nodes = {
        f"{c},{r}": (
            x - _SLANT * y + float(rng.uniform(-_JITTER_M, _JITTER_M)),
            y + _SLANT * x + float(rng.uniform(-_JITTER_M, _JITTER_M)),
        )
        for c, x in enumerate(_COLUMNS_M)
        for r, y in enumerate(_ROWS_M)
    }
    # Dajie's main street ends on the main roads to both sides of it.
    for column, name in _DAJIE_ENDS.items():
        a, b = np.asarray(nodes[f"{column},0"]), np.asarray(nodes[f"{column},1"])
        at = a + (_DAJIE_M - a[1]) / (b[1] - a[1]) * (b - a)
        nodes[name] = (float(at[0]), float(at[1]))
    return nodes | {
        "west,1": (-2300.0, -1380.0),
        "west,2": (-2260.0, -600.0),
        "auto": (-3420.0, -1500.0),
        "east,2": (3640.0, -380.0),
        "east,3": (3600.0, 560.0),
        "clothing": (4620.0, 660.0),
    }


def _add_road(
    draft: Draft, road: str, a: tuple[float, float], b: tuple[float, float], *, high: bool = False
) -> None:
    name, name_en, highway, lanes = _ROADS[road]
    tags = {"highway": highway, "name": name, "name:en": name_en, "lanes": str(lanes)}
    line = LineString([a, b])
    water = line.intersection(CANAL)
    if water.is_empty:
        draft.streets.append(Street(line, tags=tags))
        return
    # A high bridge also spans the roads on the banks, without a junction.
    before, after = (62.0, 46.0) if high else (17.0, 17.0)
    at = line.project(Point(water.coords[0]))
    ends = (0.0, at - before, at + after, line.length)
    points = [Point(a), line.interpolate(ends[1]), line.interpolate(ends[2]), Point(b)]
    bridge = tags | {"bridge": "yes", "layer": "1"}
    for i, (this, layer) in enumerate(((tags, 0), (bridge, 1), (tags, 0))):
        draft.streets.append(Street(LineString(points[i : i + 2]), tags=this, layer=layer))


def _add_canal(draft: Draft) -> None:
    water = CANAL.buffer(_WATER_M / 2, cap_style="flat", join_style="mitre")
    draft.areas.append(Area(water, {"natural": "water", "water": "canal", "name": "榕溪涌"}))
    road = beside(CANAL, -_BANK_ROAD_M)
    draft.streets.append(
        Street(
            _between(road, 1420.0, -2380.0),
            tags={"highway": "residential", "name": "榕溪堤路", "name:en": "Rongxi Embankment"},
        )
    )
    path = beside(CANAL, -_BANK_PATH_M)
    draft.streets.append(
        Street(
            _between(path, 1300.0, -2300.0),
            tags={"highway": "footway", "name": "榕溪绿道", "name:en": "Rongxi Greenway"},
        )
    )


def _between(line: LineString, north: float, south: float) -> LineString:
    box = shapely.box(-1e5, south, 1e5, north)
    return line_of(line.intersection(box))

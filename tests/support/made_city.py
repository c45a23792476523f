"""A made-up city of any size, the same for the same seed, as the files of a study.

Main streets cross on a grid that is pulled out of shape, so that the fields between them are
turned and stretched each in its own way. A field is an urban village (small houses that nearly
touch, lanes between every third row), an estate (slabs, towers and a school around a court) or
open. All lanes end on main streets; lanes are taken away by lot until the wanted number is left,
but none without which a place would be cut off. Nothing is taken from a real place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MadeCity", "made_city", "write_city"]

CRS = 4547
STREETS_A_BUILDING = 0.22
_WEST_SOUTH = np.array([430_000.0, 2_540_000.0])
_PITCH_M = 280.0
_PULLED_M = 24.0
_VILLAGES, _ESTATES = 0.45, 0.30
# Half of a main street with its pavements.
_KERB_M = 9.0
_LOTS, _LANE_EVERY = 21, 3
_HOUSE_M = (7.0, 14.0)
_ALLEYS_M = (0.9, 1.2, 1.5, 2.0)
_LANES_M = (2.0, 2.5, 3.5, 6.0)
_FULL_SHARE = 0.97
_NOTCHED_SHARE = 0.2
_SLOTS = (6, 4)
_TOWER_M, _SLAB_M, _SCHOOL_M, _COURT_M = (22.0, 22.0), (14.0, 34.0), (36.0, 44.0), (14.0, 20.0)
_STOP_EVERY, _STATION_EVERY = 2, 4
_BUILDINGS_A_PLACE, _BUILDINGS_A_MARKET = 50, 50_000
_PLACES = ("convenience", "restaurant", "clothes", "post_office", "bank", "school", "clinic",
           "supermarket", "marketplace", "hairdresser")  # fmt: skip
_MAIN = ("primary", "secondary", "tertiary")
_LANES, _SERVICE = ("footway", "residential", "living_street", "footway"), ("service",)
_VILLAGE_LEVELS, _ESTATE_LEVELS = (2, 9), (6, 34)
_VILLAGE_LEVELS_KNOWN, _ESTATE_LEVELS_KNOWN = 0.3, 0.7


@dataclass(frozen=True)
class _Field:
    """Ground between four main streets, by its south-western corner.

    Attributes
    ----------
    i, j
        Number of the corner.
    lots
        Of a village, where houses begin and end eastward and northward; empty in an estate.
    lanes
        Where lanes run northward and eastward.
    """

    i: int
    j: int
    lots: tuple[tuple[np.ndarray, np.ndarray], ...]
    lanes: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class MadeCity:
    """Layers of a city in EPSG:4547, with the columns that survey files have.

    Attributes
    ----------
    buildings
        ``building``, ``building:levels`` (known of some) and ``field``: ``village`` or ``estate``.
    streets
        ``highway``; straight from crossing to crossing, all of one network.
    pois
        ``fclass``.
    stops
        ``line``, ``seq``, ``name``, ``mode``: one row a stop and line.
    markets
        Points.
    """

    buildings: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    pois: gpd.GeoDataFrame
    stops: gpd.GeoDataFrame
    markets: gpd.GeoDataFrame


def made_city(buildings: int, streets: int | None = None, *, seed: int = 2019) -> MadeCity:
    """City of exactly so many buildings and stretches of street.

    Parameters
    ----------
    buildings
        400 or more.
    streets
        About 0.22 a building if None, as far as they can be had.
    seed
        Of everything that is drawn by lot.

    Raises
    ------
    ValueError
        If so many streets cannot be had, or so few would not hold together.
    """
    random = np.random.default_rng(seed)
    across, fields = _fields(random, buildings)
    corners = _corners(random, across)
    shapes, village = _buildings(random, fields, corners)
    kept = np.sort(random.permutation(len(shapes))[:buildings])
    shapes, village = shapes[kept], village[kept]
    nodes, edges, classes = _network(random, fields, corners)
    order, least = _by_need(random, len(nodes), edges, np.isin(classes, _MAIN))
    if streets is None:
        streets = min(max(round(STREETS_A_BUILDING * buildings), least), len(edges))
    if not least <= streets <= len(edges):
        message = f"{streets} streets: a city of this size has {least} to {len(edges)}."
        raise ValueError(message)
    left = np.sort(order[:streets])
    edges, classes = edges[left], classes[left]
    return MadeCity(
        _frame(shapes, **_building_columns(random, village)),
        _frame(shapely.linestrings(nodes[edges]), highway=classes),
        _places(random, nodes, edges, max(buildings // _BUILDINGS_A_PLACE, 10)),
        _stops(corners),
        _markets(random, corners, max(buildings // _BUILDINGS_A_MARKET, 2)),
    )


def write_city(city: MadeCity, folder: Path, *, cell_m: float = 500.0) -> Path:
    """Files of a city as GeoParquet in WGS 84 degrees, and the study that names them; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {"buildings": city.buildings, "streets": city.streets, "pois": city.pois,
             "transit": city.stops}  # fmt: skip
    for name, frame in named.items():
        frame.to_crs(4326).to_parquet(folder / f"{name}.parquet", write_covering_bbox=True)
    lines = [
        "[study]", 'id = "made-city"', 'title_en = "Made-up city"', 'title_zh = "虚构城市"',
        "synthetic = true", "", "[source]",
        *(f'{name} = "{name}.parquet"' for name in named),
        "", "[grid]", f"cell_m = {cell_m:g}",
    ]  # fmt: skip
    places = city.markets.to_crs(4326).geometry
    for number, (lon, lat) in enumerate(zip(places.x, places.y, strict=True), start=1):
        lines += [
            "", "[[market]]", f'id = "market-{number}"', f'name_en = "Market {number}"',
            f'name_zh = "市场 {number}"', f"goods = {json.dumps(['clothing'])}",
            f"lon = {lon:.6f}", f"lat = {lat:.6f}",
        ]  # fmt: skip
    path = folder / "study.toml"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def _frame(geometry: np.ndarray, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=np.asarray(geometry, dtype=object), crs=CRS)


def _fields(random: np.random.Generator, buildings: int) -> tuple[int, list[_Field]]:
    """Fields that are built on, and how many fields of any kind make up a side of the city."""
    across = 1
    while True:
        count = across**2
        villages, estates = max(round(_VILLAGES * count), 1), round(_ESTATES * count)
        if villages * _LOTS**2 + estates * _SLOTS[0] * _SLOTS[1] >= buildings / _FULL_SHARE:
            break
        across += 1
    fields = []
    for number, at in enumerate(random.permutation(count)[: villages + estates].tolist()):
        is_village = number < villages
        lots = (_lots(random), _lots(random)) if is_village else ()
        # Those of neighbouring estates do not meet in one point, as nowhere.
        middle = _PITCH_M / 2 + random.uniform(-2.0, 2.0, (2, 1))
        lanes = (_between(lots[0]), _between(lots[1])) if lots else (middle[0], middle[1])
        fields.append(_Field(*divmod(at, across), lots, lanes))
    return across, fields


def _corners(random: np.random.Generator, across: int) -> np.ndarray:
    """Crossings of main streets, shape (n + 1, n + 1, 2)."""
    i, j = np.indices((across + 1, across + 1))
    regular = np.stack([i, j], axis=-1) * _PITCH_M
    pulled = random.uniform(-_PULLED_M, _PULLED_M, regular.shape)
    return np.asarray(regular + pulled + _WEST_SOUTH)


def _stretched(xy: np.ndarray, corners: np.ndarray, i: int, j: int) -> np.ndarray:
    """Points of a square field of `_PITCH_M` on the ground between its four corners."""
    u, v = xy[..., :1] / _PITCH_M, xy[..., 1:] / _PITCH_M
    south = corners[i, j] * (1 - u) + corners[i + 1, j] * u
    north = corners[i, j + 1] * (1 - u) + corners[i + 1, j + 1] * u
    return np.asarray(south * (1 - v) + north * v)


# Buildings


def _buildings(
    random: np.random.Generator, fields: list[_Field], corners: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shapes, and which of them are of a village."""
    shapes, village = [], []
    for field in fields:
        for outer, holes in _village(random, field) if field.lots else _estate(random):
            inner = None
            if holes is not None:
                inner = shapely.linearrings(_stretched(holes, corners, field.i, field.j))[:, None]
            rings = shapely.linearrings(_stretched(outer, corners, field.i, field.j))
            shapes.append(shapely.polygons(rings, inner))
            village.append(np.full(len(outer), bool(field.lots)))
    return np.concatenate(shapes), np.concatenate(village)


def _lots(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Where houses begin and end along a side of a village."""
    size = random.uniform(*_HOUSE_M, _LOTS)
    lane = random.choice(_ALLEYS_M, _LOTS)
    lane[_LANE_EVERY - 1 :: _LANE_EVERY] = random.choice(_LANES_M, _LOTS // _LANE_EVERY)
    end = np.cumsum(size + lane) - lane
    factor = (_PITCH_M - 2 * _KERB_M) / end[-1]
    return _KERB_M + (end - size) * factor, _KERB_M + end * factor


def _between(lots: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Middle of every lane of the network."""
    begin, end = lots
    return np.asarray(((end[:-1] + begin[1:]) / 2)[_LANE_EVERY - 1 :: _LANE_EVERY])


def _village(
    random: np.random.Generator, field: _Field
) -> list[tuple[np.ndarray, np.ndarray | None]]:
    """Houses with six corners; of most, three of them lie on one line."""
    (west, east), (south, north) = field.lots
    x1, y1 = (a.ravel() for a in np.meshgrid(west, south, indexing="ij"))
    x2, y2 = (a.ravel() for a in np.meshgrid(east, north, indexing="ij"))
    # No house fills its lot quite: facades step back by up to 30 cm.
    back = random.uniform(0.0, 0.3, (4, len(x1)))
    x1, y1, x2, y2 = x1 + back[0], y1 + back[1], x2 - back[2], y2 - back[3]
    deep = np.where(random.uniform(size=len(x1)) < _NOTCHED_SHARE, 2.5, 0.0)
    notch_x = np.where(deep > 0, x2 - deep, (x1 + x2) / 2)
    ring = [(x1, y1), (x2, y1), (x2, y2 - deep), (notch_x, y2 - deep), (notch_x, y2), (x1, y2)]
    return [(np.stack([np.column_stack(corner) for corner in [*ring, ring[0]]], axis=1), None)]


def _estate(random: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray | None]]:
    """Towers and slabs in the middle of their slots, and one school around a court."""
    free = (_PITCH_M - 2 * _KERB_M) / np.array(_SLOTS)
    middles = np.stack(np.indices(_SLOTS), axis=-1).reshape(-1, 2) * free + free / 2 + _KERB_M
    order = random.permutation(len(middles))
    towers, slabs, school = np.split(middles[order], [len(order) // 3, len(order) - 1])
    return [
        (_boxes(towers, _TOWER_M), None),
        (_boxes(slabs, _SLAB_M), None),
        (_boxes(school, _SCHOOL_M), _boxes(school, _COURT_M)),
    ]


def _boxes(middles: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """Closed rings."""
    ring = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) * np.array(size) / 2
    return np.asarray(middles[:, None] + ring)


def _building_columns(random: np.random.Generator, village: np.ndarray) -> dict[str, np.ndarray]:
    count = len(village)
    low = random.integers(*_VILLAGE_LEVELS, count)
    high = random.integers(*_ESTATE_LEVELS, count)
    known = np.where(village, _VILLAGE_LEVELS_KNOWN, _ESTATE_LEVELS_KNOWN)
    levels = np.where(village, low, high).astype(float)
    levels[random.uniform(size=count) >= known] = np.nan
    return {
        "building": np.where(village, "house", "apartments"),
        "building:levels": levels,
        "field": np.where(village, "village", "estate"),
    }


# Streets


def _network(
    random: np.random.Generator, fields: list[_Field], corners: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Crossings, which two of them each stretch joins, and its class."""
    side = len(corners)
    nodes, edges, classes = [corners.reshape(-1, 2)], [], []
    # Where lanes end on a main street, by its first corner and direction.
    ends: dict[tuple[int, int, int], list[tuple[float, int]]] = {}
    count = side * side
    for field in fields:
        number, local = _crossings(field, count)
        count += len(local)
        nodes.append(_stretched(local, corners, field.i, field.j))
        edges.append(_lane_stretches(number))
        classes.append(random.choice(_LANES if field.lots else _SERVICE, len(edges[-1])))
        for key, along, numbers in (
            ((field.i, field.j, 0), field.lanes[0], number[1:-1, 0]),
            ((field.i, field.j + 1, 0), field.lanes[0], number[1:-1, -1]),
            ((field.i, field.j, 1), field.lanes[1], number[0, 1:-1]),
            ((field.i + 1, field.j, 1), field.lanes[1], number[-1, 1:-1]),
        ):
            pairs = zip(along.tolist(), numbers.tolist(), strict=True)
            ends.setdefault(key, []).extend(pairs)
    for i, j, direction in np.ndindex(side, side, 2):
        last = (i + 1, j) if direction == 0 else (i, j + 1)
        if max(last) < side:
            between = [number for _, number in sorted(ends.get((i, j, direction), []))]
            chain = np.array([i * side + j, *between, last[0] * side + last[1]])
            edges.append(np.column_stack([chain[:-1], chain[1:]]))
            classes.append(np.full(len(chain) - 1, _main_class(j if direction == 0 else i)))
    return np.concatenate(nodes), np.concatenate(edges), np.concatenate(classes)


def _crossings(field: _Field, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of each crossing of a field by column and row, and where it is in the square."""
    east, north = (np.r_[0.0, lanes, _PITCH_M] for lanes in field.lanes)
    number = np.full((len(east), len(north)), -1)
    is_there = np.ones(number.shape, dtype=bool)
    is_there[np.ix_([0, -1], [0, -1])] = False  # corners have their numbers
    number[is_there] = first + np.arange(is_there.sum())
    at = np.argwhere(is_there)
    return number, np.column_stack([east[at[:, 0]], north[at[:, 1]]])


def _lane_stretches(number: np.ndarray) -> np.ndarray:
    level, upright = number[:, 1:-1], number[1:-1]
    pairs = ((level[:-1], level[1:]), (upright[:, :-1], upright[:, 1:]))
    return np.concatenate([np.column_stack([a.ravel(), b.ravel()]) for a, b in pairs])


def _main_class(line: int) -> str:
    if line % 8 == 0:
        return _MAIN[0]
    return _MAIN[1] if line % 4 == 0 else _MAIN[2]


def _by_need(
    random: np.random.Generator, nodes: int, edges: np.ndarray, is_main: np.ndarray
) -> tuple[np.ndarray, int]:
    """Stretches in order: those that hold the network together and how many, others by lot."""
    order = np.argsort(random.uniform(size=len(edges)) + ~is_main)
    rank = np.empty(len(edges))
    rank[order] = np.arange(1, len(edges) + 1)
    graph = coo_array((rank, (edges[:, 0], edges[:, 1])), shape=(nodes, nodes)).tocsr()
    tree = order[minimum_spanning_tree(graph).data.astype(np.int64) - 1]
    return np.concatenate([tree, order[~np.isin(order, tree)]]), len(tree)


# Places


def _places(
    random: np.random.Generator, nodes: np.ndarray, edges: np.ndarray, count: int
) -> gpd.GeoDataFrame:
    """Shops and services along the streets."""
    drawn = edges[random.integers(0, len(edges), count)]
    share = random.uniform(size=(count, 1))
    at = nodes[drawn[:, 0]] * (1 - share) + nodes[drawn[:, 1]] * share
    points = shapely.points(at + random.uniform(-3.0, 3.0, at.shape))
    return _frame(points, fclass=random.choice(_PLACES, count))


def _stops(corners: np.ndarray) -> gpd.GeoDataFrame:
    """A bus line on every main street, a metro below every eighth."""
    rows, points = [], []
    for line, direction in np.ndindex(len(corners), 2):
        along = corners[:, line] if direction == 0 else corners[line]
        for mode, every, runs in (
            ("bus", _STOP_EVERY, True), ("subway", _STATION_EVERY, line % 8 == 4)
        ):  # fmt: skip
            if runs:
                stops = along[::every]
                points.append(stops)
                name = f"{mode} {'EN'[direction]}{line}"
                rows += [
                    {"line": name, "seq": k, "name": f"{name} stop {k}", "mode": mode}
                    for k in range(1, len(stops) + 1)
                ]
    table = pd.DataFrame(rows)
    return gpd.GeoDataFrame(table, geometry=shapely.points(np.concatenate(points)), crs=CRS)


def _markets(random: np.random.Generator, corners: np.ndarray, count: int) -> gpd.GeoDataFrame:
    flat = corners.reshape(-1, 2)
    drawn = random.permutation(len(flat))[:count]
    return _frame(shapely.points(flat[drawn] + 20.0))

"""Made-up villages and cities of any size, the same for the same seed.

Houses stand in rows that are not quite straight, between lanes of 0.9 to 6 m; blocks of them lie
turned against each other with wider streets around. Nothing is taken from a real place.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely

__all__ = [
    "CRS",
    "HEXAGON_M",
    "SIDE_M",
    "Scene",
    "cell_centres",
    "city",
    "counted_hexagons",
    "footprints_on_raster",
    "gathered",
    "strewn",
    "told_houses",
    "village",
]

# Of the square that `gathered` places lie in.
SIDE_M = 5000.0
HEXAGON_M = 60.0

CRS = 4547
ORIGIN = np.array([430_000.0, 2_550_000.0])
_HOUSE_M = (7.0, 14.0)
_LANES_M = np.array([0.9, 1.2, 1.5, 2.0, 2.5, 3.5])
_STREET_M = 6.0
_STREET_EVERY = 7
_BLOCK = 20
_NOTCHED_SHARE = 0.2
_EMPTY_SHARE = 0.02
_BETWEEN_BLOCKS_M = 14.0


@dataclass(frozen=True)
class Scene:
    """Houses, and a line along every lane between them from crossing to crossing."""

    buildings: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    main_streets: gpd.GeoDataFrame
    boundary: shapely.Polygon


def village(houses: int, *, seed: int = 2019) -> Scene:
    """One block of about a number of houses, with a main street around it."""
    side = max(round(houses**0.5), 2)
    random = np.random.default_rng(seed)
    shapes, lines = _block(random, side, side)
    outline = shapely.box(*shapely.total_bounds(shapes)).buffer(2.0, join_style="mitre")
    return _scene(shapes, lines, _around(outline), outline)


def city(houses: int, *, seed: int = 2019) -> Scene:
    """Blocks of 400 houses, each turned its own way, on a grid of main streets."""
    random = np.random.default_rng(seed)
    across = max(round((houses / _BLOCK**2) ** 0.5), 1)
    blocks = [_block(random, _BLOCK, _BLOCK) for _ in range(across**2)]
    reach = [np.hypot(*(np.array(shapely.total_bounds(s)).reshape(2, 2)[1])) for s, _ in blocks]
    pitch = max(reach) + _BETWEEN_BLOCKS_M
    shapes, lines = [], []
    for number, (block, lanes) in enumerate(blocks):
        middle = np.array(divmod(number, across)) * pitch
        angle = random.uniform(0, np.pi / 2)
        half = np.array(shapely.total_bounds(block)).reshape(2, 2)[1] / 2
        shapes.append(_placed(block, half, angle, middle))
        lines.append(_placed(lanes, half, angle, middle))
    rim = (-pitch / 2, pitch * (across - 0.5))
    grid = [
        shapely.LineString([(low, at), (low + pitch, at)])
        for at in np.arange(across + 1) * pitch - pitch / 2
        for low in np.arange(across) * pitch - pitch / 2
    ]
    upright = [shapely.transform(line, lambda xy: xy[:, ::-1]) for line in grid]
    outline = shapely.box(rim[0], rim[0], rim[1], rim[1])
    return _scene(np.concatenate(shapes), np.concatenate(lines), [*grid, *upright], outline)


def _around(outline: shapely.Polygon) -> list[shapely.LineString]:
    ring = outline.buffer(8.0, join_style="mitre").exterior.coords
    return [shapely.LineString(ring[i : i + 2]) for i in range(len(ring) - 1)]


def _placed(shapes: np.ndarray, half: np.ndarray, angle: float, middle: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    return np.asarray(shapely.transform(shapes, lambda xy: (xy - half) @ turn + middle))


def _block(random: np.random.Generator, columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Houses in rows and columns, and the lanes between them; lower left corner at 0, 0."""
    left, right = _lots(random, columns)
    low, high = _lots(random, rows)
    x1, y1 = (a.ravel() for a in np.meshgrid(left, low, indexing="ij"))
    x2, y2 = (a.ravel() for a in np.meshgrid(right, high, indexing="ij"))
    # No house fills its lot quite: façades step back by up to 30 cm.
    back = random.uniform(0.0, 0.3, (4, len(x1)))
    corners = _corners(random, x1 + back[0], y1 + back[1], x2 - back[2], y2 - back[3])
    houses = np.asarray(shapely.polygons(corners))
    houses = houses[random.uniform(size=len(houses)) >= _EMPTY_SHARE]
    return houses, _lanes(left, right, low, high)


def _lots(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    size = random.uniform(*_HOUSE_M, count)
    lane = random.choice(_LANES_M, count)
    lane[::_STREET_EVERY] = _STREET_M
    low = np.cumsum(size + lane) - size - lane
    return low, low + size


def _corners(
    random: np.random.Generator, x1: np.ndarray, y1: np.ndarray, x2: np.ndarray, y2: np.ndarray
) -> np.ndarray:
    """Six corners of each house; of most, the last three lie on the lines between the first."""
    deep = np.where(random.uniform(size=len(x1)) < _NOTCHED_SHARE, 2.5, 0.0)
    notch_x, notch_y = np.maximum(x2 - deep, x1 + 3.0), np.maximum(y2 - deep, y1 + 3.0)
    plain = deep == 0
    notch_x, notch_y = np.where(plain, (x1 + x2) / 2, notch_x), np.where(plain, y2, notch_y)
    edge_y = np.where(plain, y2, notch_y)
    ring = [(x1, y1), (x2, y1), (x2, edge_y), (notch_x, edge_y), (notch_x, y2), (x1, y2), (x1, y1)]
    return np.stack([np.column_stack(corner) for corner in ring], axis=1)


def _lanes(left: np.ndarray, right: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    across, along = (right[:-1] + left[1:]) / 2, (high[:-1] + low[1:]) / 2
    stops_x, stops_y = np.r_[left[0], across, right[-1]], np.r_[low[0], along, high[-1]]
    upright = [((x, y), (x, z)) for x in across for y, z in pairwise(stops_y)]
    level = [((x, y), (z, y)) for y in along for x, z in pairwise(stops_x)]
    return np.asarray(shapely.linestrings(np.array(upright + level)))


def _scene(
    shapes: np.ndarray, lines: np.ndarray, main: list[shapely.Geometry], outline: shapely.Polygon
) -> Scene:
    def moved(geometry: np.ndarray | list[shapely.Geometry]) -> gpd.GeoDataFrame:
        there = shapely.transform(np.asarray(geometry, dtype=object), lambda xy: xy + ORIGIN)
        return gpd.GeoDataFrame(geometry=np.asarray(there), crs=CRS)

    streets = moved([*lines, *main])
    boundary = shapely.transform(outline, lambda xy: xy + ORIGIN)
    return Scene(moved(shapes), streets, moved(main), boundary)


def gathered(n: int) -> np.ndarray:
    """Places in 40 clusters and a fifth anywhere."""
    rng = np.random.default_rng(n)
    centre = rng.uniform(500, SIDE_M - 500, (40, 2))
    near = centre[rng.integers(0, 40, n - n // 5)] + rng.normal(0, 150, (n - n // 5, 2))
    return np.vstack([near, rng.uniform(0, SIDE_M, (n // 5, 2))]).clip(1, SIDE_M - 1)


def strewn(n: int) -> np.ndarray:
    """Places of even density, about as many to a hectare in any number."""
    return np.random.default_rng(n).uniform(0, 100 * np.sqrt(n / 5), (n, 2))


def cell_centres(cell_m: float) -> np.ndarray:
    """Of the square that `gathered` places lie in, row by row from the north-west."""
    centre = np.arange(cell_m / 2, SIDE_M, cell_m)
    x, y = np.meshgrid(centre, centre[::-1])
    return np.column_stack([x.ravel(), y.ravel()])


def counted_hexagons(n: int) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """About n hexagons of 60 m with counts that gather in the middle."""
    random = np.random.default_rng(n)
    width, side = HEXAGON_M, max(round(n**0.5), 3)
    row, column = (i.ravel() for i in np.indices((side, side)))
    rise = width * 3**0.5 / 2
    centre = np.column_stack([(column + 0.5 * (row % 2)) * width, row * rise])
    angle = np.radians(np.arange(30, 390, 60))
    corner = width / 3**0.5 * np.column_stack([np.cos(angle), np.sin(angle)])
    # Neighbours share their corners to the last bit, which contiguity asks for.
    rings = np.round(centre[:, None] + corner, 6)
    off = np.hypot(*(centre - centre.mean(axis=0)).T) / (side * width)
    counts = random.poisson(0.5 + 6.0 * np.exp(-((off / 0.15) ** 2)))
    return gpd.GeoDataFrame(geometry=shapely.polygons(rings), crs=CRS), counts.astype(np.int64)


def footprints_on_raster(n: int) -> tuple[gpd.GeoDataFrame, np.ndarray, float]:
    """Footprints turned every way, a raster of 10 m cells under them, and the side of both."""
    rng = np.random.default_rng(n)
    side = 10.0 * np.ceil(np.sqrt(n * 300) / 10)
    x, y = rng.uniform(20, side - 20, (2, n))
    wide, deep = rng.uniform(8, 30, (2, n)) / 2
    turn = rng.uniform(0, np.pi, n)
    corner = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    local = corner[None] * np.column_stack([wide, deep])[:, None, :]
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]).transpose(
        2, 0, 1
    )
    shapes = shapely.polygons(local @ spin + np.column_stack([x, y])[:, None, :])
    cells = int(side / 10)
    values = rng.uniform(0, 50, (cells, cells)).astype("float32")
    return gpd.GeoDataFrame(geometry=shapes, crs=CRS), values, float(side)


def told_houses(count: int) -> gpd.GeoDataFrame:
    """Crooked houses, packed as in a village, that know everything a run tells of a house."""
    random = np.random.default_rng(7)
    side = int(np.ceil(np.sqrt(count)))
    places = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)[:count]
    corners = np.array([432_300.0, 2_543_700.0]) + places * 14.0
    corners += random.normal(0, 1, (count, 2))
    size, angle = random.uniform(7, 12, (count, 2)), random.uniform(0, 0.3, count)
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], dtype=float)
    flat = unit[None] * size[:, None]
    turn = np.stack(
        [np.stack([np.cos(angle), -np.sin(angle)], 1), np.stack([np.sin(angle), np.cos(angle)], 1)],
        axis=1,
    )
    rings = np.einsum("nij,nkj->nki", turn, flat) + corners[:, None]
    levels = random.integers(2, 9, count)
    return gpd.GeoDataFrame(
        {
            "building": "residential",
            "name": "",
            "area_m2": size.prod(axis=1),
            "levels": levels,
            "height_m": levels * 3.0,
            "height_source": "levels",
            "orientation_deg": np.degrees(angle),
            "gap_m": random.gamma(2, 1, count),
            "gap_min_m": random.gamma(1, 1, count),
            "gap_facing_m": random.gamma(2, 1, count),
            "facing_share": random.random(count),
            "joined_share": random.random(count) * 0.3,
            "handshake": random.choice([True, False], count),
            "joined_houses": random.integers(1, 5, count),
            "fire_neighbours": random.integers(0, 5, count),
            "fire_gap_m": random.gamma(2, 1, count),
            "frontage_m": size[:, 0],
            "part": random.choice(["old", "new"], count),
            "part_probability": random.random(count),
            "k_complexity": random.integers(1, 6, count),
            "widest_vehicle_m": random.choice([1.2, 2.5, 4.0], count),
            "served_ebike": random.choice([True, False], count),
            "served_fire_engine": random.choice([True, False], count),
        },
        geometry=shapely.polygons(rings),
        crs=CRS,
    )

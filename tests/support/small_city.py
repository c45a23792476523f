"""A city small enough for a test: crooked rows of houses, lanes, a long street, stops, places."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from taobaogis.provenance import Provenance
from taobaogis.schema import LAYERS, conform, empty_layer
from taobaogis.study import Assumptions, MarketSpec, SourceSpec, Study
from taobaogis.village import Layers

CRS_ = CRS.from_epsg(4547)
ORIGIN = np.array([430_020.0, 2_550_030.0])


def layers(*, columns: int = 16, rows: int = 12, seed: int = 7) -> Layers:
    random = np.random.default_rng(seed)
    east = np.cumsum(random.choice([1.0, 2.0, 4.0, 9.0], columns) + 11)
    north = np.cumsum(random.choice([0.8, 1.5, 3.0, 8.0], rows) + 12)
    x, y = (a.ravel() for a in np.meshgrid(east, north))
    size = random.uniform(7, 11, (2, len(x)))
    houses = shapely.box(x, y, x + size[0], y + size[1])
    middle = np.column_stack([x, y]) + 5
    turned = [
        shapely.transform(h, lambda p, c=c, a=a: (p - c) @ _turn(a) + c)
        for h, c, a in zip(houses, middle, random.normal(0, 0.05, len(x)), strict=True)
    ]
    buildings = gpd.GeoDataFrame(
        {
            "osm_id": [f"w{i}" for i in range(len(x))],
            "levels_tag": random.choice([np.nan, 3.0, 6.0], len(x)),
        },
        geometry=[shapely.transform(t, lambda p: p + ORIGIN) for t in turned],
        crs=CRS_,
    )
    return Layers(
        CRS_,
        {
            **{kind: empty_layer(kind, CRS_) for kind in LAYERS},
            "buildings": conform(buildings, "buildings"),
            "streets": conform(_streets(east, north), "streets"),
            "pois": conform(_points(random, 20, east, north, category="shop"), "pois"),
            "stops": conform(_points(random, 3, east, north, mode="bus"), "stops"),
        },
        {kind: Provenance("small city", digest=f"sha256:{seed}") for kind in LAYERS},
    )


def study() -> Study:
    return Study(
        id="small", villages=(), source=SourceSpec(osm=""), assumptions=Assumptions(),
        title_en="Small city", title_zh="小城",
        markets=(MarketSpec("m", "M", "市", (), lon=113.319, lat=23.052),),
    )  # fmt: skip


def _turn(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _streets(east: np.ndarray, north: np.ndarray) -> gpd.GeoDataFrame:
    """Lanes between every other row and column, cut where they meet."""
    xs, ys = east[::2] - 1.0, north[::2] - 0.8
    number = {(i, j): i * len(ys) + j for i in range(len(xs)) for j in range(len(ys))}
    rows = [
        ((i, j), (i + di, j + dj))
        for (i, j) in number
        for di, dj in ((1, 0), (0, 1))
        if (i + di, j + dj) in number
    ]
    lines = [shapely.LineString([(xs[a[0]], ys[a[1]]), (xs[b[0]], ys[b[1]])]) for a, b in rows]
    # One that leads far away on both sides, and belongs to the tile of its middle.
    lines.append(shapely.LineString([(-900, ys[2] + 0.3), (xs[-1] + 1500, ys[2] + 0.3)]))
    u = [number[a] for a, _ in rows] + [9001]
    v = [number[b] for _, b in rows] + [9002]
    moved = [shapely.transform(line, lambda p: p + ORIGIN) for line in lines]
    return gpd.GeoDataFrame(
        {"osm_id": [f"w{1000 + i}" for i in range(len(lines))], "u": u, "v": v,
         "highway": "residential"}, geometry=moved, crs=CRS_,
    )  # fmt: skip


def _points(
    random: np.random.Generator, count: int, east: np.ndarray, north: np.ndarray, **columns: str
) -> gpd.GeoDataFrame:
    x, y = random.uniform(0, east[-1], count), random.uniform(0, north[-1], count)
    points = gpd.points_from_xy(x + ORIGIN[0], y + ORIGIN[1])
    return gpd.GeoDataFrame(columns, index=range(count), geometry=points, crs=CRS_)

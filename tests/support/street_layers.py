"""Streets drawn by hand, in metres."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
from pyproj import CRS
from shapely.geometry import LineString

from taobaogis.schema import conform

METRIC = CRS.from_epsg(4547)
TOWN_BLOCKS, TOWN_STEP_M = 4, 60.0


def streets(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    """Rows with ``line`` and any column of the contract; residential unless they say otherwise."""
    columns = [
        {"highway": "residential"} | {k: v for k, v in r.items() if k != "line"} for r in rows
    ]
    lines = [LineString(row["line"]) for row in rows]
    return conform(gpd.GeoDataFrame(columns, geometry=lines, crs=METRIC), "streets")


def points(*places: tuple[float, float]) -> gpd.GeoSeries:
    x, y = zip(*places, strict=True) if places else ((), ())
    return gpd.GeoSeries(gpd.points_from_xy(x, y), crs=METRIC)


def town_rows(seed: int, *, oneway: float = 0.2, step_m: float = TOWN_STEP_M) -> list[dict]:
    """A grid of streets of which some are missing and some one-way, as rows of `streets`."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(TOWN_BLOCKS + 1):
        for j in range(TOWN_BLOCKS + 1):
            here = i * 10 + j
            for there, x, y in ((here + 10, i + 1, j), (here + 1, i, j + 1)):
                if x <= TOWN_BLOCKS and y <= TOWN_BLOCKS and random.random() < 0.85:
                    way = int(random.random() < oneway) * int(random.choice([-1, 1]))
                    line = [(i * step_m, j * step_m), (x * step_m, y * step_m)]
                    rows.append({"u": here, "v": there, "oneway": way, "line": line})
    return rows


def town(seed: int, *, oneway: float = 0.2, step_m: float = TOWN_STEP_M) -> gpd.GeoDataFrame:
    """The grid of `town_rows` as the layer of streets."""
    return streets(*town_rows(seed, oneway=oneway, step_m=step_m))

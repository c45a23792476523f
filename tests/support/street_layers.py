"""Streets drawn by hand, in metres."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
from pyproj import CRS
from shapely.geometry import LineString

from taobaogis.schema import conform

METRIC = CRS.from_epsg(4547)


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

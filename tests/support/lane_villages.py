"""Villages of square houses and straight lanes, whose widths can be added up in the head."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from shapely.geometry import LineString, box
from shapely.ops import substring

CRS = 4547
HOUSE_M, LANE_M, HOUSES = 10.0, 1.5, 12
PITCH_M = HOUSE_M + LANE_M


def house_grid(*, houses: int = HOUSES, house_m: float = HOUSE_M, lane_m: float = LANE_M):
    """Houses in a square grid; lane centres lie on multiples of house and lane."""
    pitch = house_m + lane_m
    lows = [i * pitch + lane_m / 2 for i in range(houses)]
    return gpd.GeoDataFrame(
        geometry=[box(x, y, x + house_m, y + house_m) for x in lows for y in lows], crs=CRS
    )


def lane_lines(*, houses: int = HOUSES, pitch_m: float = PITCH_M) -> list[LineString]:
    """Centrelines of the lanes between the houses, from edge to edge."""
    length = houses * pitch_m
    across = [LineString([(i * pitch_m, 0), (i * pitch_m, length)]) for i in range(1, houses)]
    along = [LineString([(0, i * pitch_m), (length, i * pitch_m)]) for i in range(1, houses)]
    return across + along


def lane_grid(*, piece_m: float = PITCH_M):
    """Centrelines cut into pieces of a length; by default from crossing to crossing."""
    pieces = [
        substring(line, start, min(start + piece_m, line.length))
        for line in lane_lines()
        for start in np.arange(0, line.length - 1e-6, piece_m)
    ]
    return layer(pieces)


def layer(geometries, **columns):
    """Frame of geometries in the test CRS."""
    return gpd.GeoDataFrame(columns, geometry=list(geometries), crs=CRS)

"""A town on a chessboard, small enough to work its trips out by hand.

Line 1 runs east from A over B to C, 1 km and 2 km; line 2 runs north from B2, 100 m north of B,
to D, 3 km. Buses go 30 km/h (500 m a minute), stand a minute at stops on the way and come every
ten minutes; one walks 6 km/h (100 m a minute), in a straight line.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.access.transit.graph import Walks
from taobaogis.access.transit.services import Range, Service, Walking

GRID = 4547
STOPS = {"A": (0, 0), "B": (1000, 0), "C": (3000, 0), "B2": (1000, 100), "D": (1000, 3100)}
ON_FOOT = Walking(Range(6, 6, 6), Range(1, 1, 1), reach_m=1000, transfer_m=150)


def fixed(number: float) -> Range:
    return Range(number, number, number)


def bus(headway_min: float = 10, speed_kmh: float = 30, dwell_s: float = 60) -> dict[str, Service]:
    return {
        "bus": Service("bus", "公交", fixed(headway_min), fixed(speed_kmh), fixed(dwell_s), 1.0)
    }


def stops(places: dict[str, tuple[float, float]] = STOPS) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"osm_id": list(places), "mode": "bus", "name": list(places)},
        geometry=[shapely.Point(xy) for xy in places.values()], crs=GRID,
    )  # fmt: skip


def routes(*named: tuple[str, str], places=STOPS, track=None) -> gpd.GeoDataFrame:
    """Routes as (ref, stops separated by blanks); their tracks run straight from stop to stop."""
    lines = [track or shapely.LineString([places[s] for s in line.split() if s in places])
             for _, line in named]  # fmt: skip
    return gpd.GeoDataFrame(
        {
            "osm_id": [f"r{n}" for n in range(len(named))], "mode": "bus",
            "ref": [ref for ref, _ in named], "name": [f"Line {ref}" for ref, _ in named],
            "stops": [line for _, line in named],
        },
        geometry=lines, crs=GRID,
    )  # fmt: skip


BOTH_WAYS = (("1", "A B C"), ("1", "C B A"), ("2", "B2 D"), ("2", "D B2"))


def walks(origin, destinations, places=STOPS, *, reach_m: float = 1000, direct=False) -> Walks:
    """Straight walks between points; all the way only if asked for."""
    xy = np.array(list(places.values()), dtype=float)
    ends = np.array(destinations, dtype=float).reshape(-1, 2)
    start = np.array(origin, dtype=float)
    here = np.hypot(*(xy - start).T)
    there = np.hypot(*(xy[None] - ends[:, None]).transpose(2, 0, 1))
    whole = np.hypot(*(ends - start).T)
    return Walks(
        np.where(here <= reach_m, here, np.inf), np.ones(len(xy), bool),
        np.where(there <= reach_m, there, np.inf), np.ones(there.shape, bool),
        whole if direct else np.full(len(ends), np.inf), np.ones(len(ends), bool),
    )  # fmt: skip

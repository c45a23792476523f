"""Ways into a village house by house: the widest vehicle that gets there, and the rest on foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from taobaogis.crs import require_metres
from taobaogis.form.reach import SAME_WIDTH_M, TOUCH_M, open_ground
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.free_space import FreeSpace, Gates, distance_to_m

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["Ways", "last_metres_on_foot_m", "ways_into", "widest_vehicle_m"]

_SPACING_M = 1.0
_NOTHING_M = 1e-9


@dataclass(frozen=True)
class Ways:
    """Gates between the buildings of an area, and what gets to each.

    Attributes
    ----------
    ground
        Free space they lead through.
    gates
        The gates.
    entering_m
        Clear width of what starts at each gate; 0 where nothing does.
    widest_m
        Clear width of the widest that gets to each gate; 0 where nothing does.
    house, gate
        Pairs of a building, by position, and a gate; what gets through it touches the façade.
    index
        Index of the buildings.
    missing
        Buildings without footprint.
    """

    ground: FreeSpace
    gates: Gates
    entering_m: np.ndarray
    widest_m: np.ndarray
    house: np.ndarray
    gate: np.ndarray
    index: pd.Index
    missing: np.ndarray


def ways_into(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    area: BaseGeometry,
    entries: BaseGeometry | None,
    *,
    touch_m: float = TOUCH_M,
    ground: FreeSpace | None = None,
) -> Ways:
    """Ways from the entries to each building.

    Parameters
    ----------
    buildings, area, entries
        As in `taobaogis.form.reach.vehicle_reach`.
    touch_m
        A building is reached from points on walls no farther away than this, in metres.
    ground
        From `taobaogis.form.reach.open_ground` for the same buildings, if at hand.

    Returns
    -------
    ways
        For `widest_vehicle_m`, `last_metres_on_foot_m` and
        `taobaogis.form.pinch.pinch_points`.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    """
    require_metres(buildings, "buildings")
    footprints = geometries(buildings)
    ground = ground or open_ground(buildings, area)
    gates = Gates.of(ground, spacing_m=_SPACING_M)
    entering = gates.at_rim() if entries is None else _entering(ground, gates, entries)
    near = footprints[~shapely.is_missing(footprints)]
    position = np.flatnonzero(~shapely.is_missing(footprints))
    wall = np.flatnonzero(~gates.is_rim)
    site, found = shapely.STRtree(near).query(
        shapely.points(gates.sites[wall]), "dwithin", distance=touch_m
    )
    touches = _incidence(position[found], wall[site], (len(footprints), len(gates.sites)))
    inner = gates.gates_of >= 0
    beside = _incidence(
        np.repeat(gates.corners, inner.sum(axis=1), axis=0).ravel(),
        np.repeat(gates.gates_of[inner], 3),
        (len(gates.sites), len(gates.width_m)),
    )
    house, gate = (touches @ beside).nonzero()
    return Ways(
        ground=ground,
        gates=gates,
        entering_m=entering,
        widest_m=gates.widest(entering),
        house=house,
        gate=gate,
        index=buildings.index,
        missing=np.asarray(shapely.is_missing(footprints)),
    )


def widest_vehicle_m(ways: Ways) -> pd.Series:
    """Clear width of the widest vehicle that gets to each building.

    Parameters
    ----------
    ways
        From `ways_into`.

    Returns
    -------
    widest_vehicle_m
        On the index of the buildings, metres: the narrowest place of the widest way, at most
        30; 0 if no way of 0.4 m or more leads there, NaN without footprint.

    Examples
    --------
    Two houses 3 m apart, and one behind a gate of 1.2 m at the end of the lane:

    >>> import geopandas as gpd
    >>> from shapely import LineString, box
    >>> walls = [box(-40, 0, 0, 20), box(3, 0, 43, 20), box(-1, 20, 0.9, 22), box(2.1, 20, 4, 22)]
    >>> houses = gpd.GeoSeries([*walls, box(-1, 40, 4, 44)], crs=4547)
    >>> road = LineString([(-40, -10), (43, -10)])
    >>> ways = ways_into(houses, box(-40, -20, 43, 60), road)
    >>> round(float(widest_vehicle_m(ways).iloc[4]), 2)
    1.2
    """
    widest = np.zeros(len(ways.index))
    np.maximum.at(widest, ways.house, ways.widest_m[ways.gate])
    widest[ways.missing] = np.nan
    return pd.Series(widest, index=ways.index, name="widest_vehicle_m")


def last_metres_on_foot_m(ways: Ways, *, clear_width_m: float) -> pd.Series:
    """Way on foot from where a vehicle must stop to each building.

    Parameters
    ----------
    ways
        From `ways_into`.
    clear_width_m
        Clear width that the vehicle needs, in metres.

    Returns
    -------
    last_metres_on_foot_m
        On the index of the buildings, metres along the middle of the lanes; 0 where the vehicle
        gets to the façade, NaN where nobody gets or the vehicle gets nowhere.
    """
    reached = ways.widest_m >= clear_width_m - SAME_WIDTH_M
    start = np.flatnonzero(reached)
    length = np.full(len(ways.widest_m), np.inf)
    if len(start):
        # Only those who can walk on: a gate of no width is a wall.
        open_to = ways.widest_m[ways.gates.links].min(axis=1) > 0
        one, other = ways.gates.links[open_to].T
        # The front of the vehicle stands at the first gate that is too narrow. A way of
        # length 0 would be none in a sparse matrix.
        stands = reached[one] | reached[other]
        step = np.where(stands, _NOTHING_M, np.maximum(ways.gates.link_m[open_to], _NOTHING_M))
        graph = coo_array((step, (one, other)), shape=(len(length),) * 2).tocsr()
        length = dijkstra(graph, directed=False, indices=start, min_only=True)
    metres = np.full(len(ways.index), np.inf)
    np.minimum.at(metres, ways.house, length[ways.gate])
    metres = np.where(np.isfinite(metres), np.round(metres, 6), np.nan)
    return pd.Series(metres, index=ways.index, name="last_metres_on_foot_m")


def _incidence(one: np.ndarray, other: np.ndarray, shape: tuple[int, int]) -> csr_array:
    return coo_array((np.ones(len(one)), (one, other)), shape=shape).tocsr()


def _entering(ground: FreeSpace, gates: Gates, entries: BaseGeometry) -> np.ndarray:
    """What starts at each gate from points along the entries."""
    inside = shapely.get_parts(shapely.intersection(entries, ground.space))
    xy = shapely.get_coordinates(shapely.segmentize(inside, _SPACING_M))
    room = 2 * distance_to_m(ground.blocks, np.asarray(shapely.points(xy), dtype=object))
    return gates.at(xy, room)

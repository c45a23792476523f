"""Whether houses stand in order: directions that repeat every quarter turn.

A house turned by 90 degrees stands in the same grid, so directions are compared modulo a
quarter turn: 5 and 85 degrees are 10 degrees apart, +10 and -10 are 20.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.form.shape import area_m2, orientation_deg
from taobaogis.geometry.arrays import geometries

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["neighbour_turn_deg", "orientation_order", "resultant_length"]

_QUARTER_DEG = 90.0


def orientation_order(buildings: gpd.GeoDataFrame | gpd.GeoSeries) -> float:
    """How far all houses follow one rectangular grid.

    ``R = |sum(A * exp(4i * theta))| / sum(A)`` over the directions of the long sides, with the
    footprint area as weight: the mean resultant length of directions modulo a quarter turn.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    order
        From 0 (no common direction) to 1 (one grid); NaN without buildings. A few houses in
        any order have an R well above 0: about 1 / sqrt(n).

    Raises
    ------
    CRSError
        If the CRS is not metric.

    References
    ----------
    Mardia and Jupp 2000, Directional statistics, section 2.3 (after multiplying the angles).

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> houses = gpd.GeoSeries([box(0, 0, 8, 20), box(30, 0, 50, 8)], crs=4547)
    >>> round(orientation_order(houses), 6)
    1.0
    """
    angle, weight = orientation_deg(buildings), area_m2(buildings)
    known = angle.notna() & (weight > 0)
    if not known.any():
        return float("nan")
    return resultant_length(np.column_stack([angle[known], weight[known]]))


def resultant_length(turns: np.ndarray) -> float:
    """Mean resultant length of weighted directions modulo a quarter turn.

    Parameters
    ----------
    turns
        Degrees and weight of each, shape (n, 2).

    Returns
    -------
    length
        From 0 to 1; NaN if the weights add up to nothing.

    Examples
    --------
    Two in one grid, and one halfway between its directions:

    >>> resultant_length(np.array([[5.0, 1.0], [95.0, 1.0]]))
    1.0
    >>> round(resultant_length(np.array([[5.0, 1.0], [50.0, 1.0]])), 6)
    0.0
    """
    angle, weight = turns.T
    total = weight.sum()
    if not total > 0:
        return float("nan")
    return float(np.abs((weight * np.exp(4j * np.radians(angle))).sum()) / total)


def neighbour_turn_deg(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries, *, reach_m: float = 10.0
) -> pd.Series:
    """How far each house is turned against its neighbours.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS, with their surroundings.
    reach_m
        Houses whose outlines are nearer than this are neighbours.

    Returns
    -------
    neighbour_turn_deg
        Mean difference of direction to the neighbours, from 0 to 45 degrees; NaN for a house
        without neighbour. On the index of `buildings`.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    InputError
        If `reach_m` is not above 0.
    """
    require_metres(buildings, "buildings")
    if not reach_m > 0:
        message = f"reach_m is {reach_m:g}; give a distance above 0."
        raise InputError(message)
    angle = orientation_deg(buildings).to_numpy()
    footprints = geometries(buildings)
    one, other = shapely.STRtree(footprints).query(
        footprints, predicate="dwithin", distance=reach_m
    )
    both = (one != other) & np.isfinite(angle[one]) & np.isfinite(angle[other])
    one, other = one[both], other[both]
    apart = (angle[one] - angle[other]) % _QUARTER_DEG
    apart = np.minimum(apart, _QUARTER_DEG - apart)
    count = np.bincount(one, minlength=len(angle))
    total = np.bincount(one, weights=apart, minlength=len(angle))
    mean = np.divide(total, count, out=np.full(len(angle), np.nan), where=count > 0)
    return pd.Series(mean, index=buildings.index, name="neighbour_turn_deg")

"""What houses and streets that are not mapped may make of a median along the streets.

A width is measured between the two houses that face each other. Where both are mapped, no house
that is missing elsewhere changes it. Where one is missing the side is open, or the ray goes on
to the house behind and the street looks wider than it is; never does it look narrower. If the
share c of the houses is mapped and the others are missing at random, both houses are there along
c² of the length that is built on both sides. The rest may be the widest of what was measured,
and nothing is assumed of the streets there but that they are like those of this village: the
bounds are those of contaminated sampling, and come from what was measured and nothing else.

Streets that are not mapped run along lanes, and these are measured.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.weighted import quantile
from taobaogis.trust.completeness import buildings_completeness

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.trust.completeness import Completeness
    from taobaogis.village import Village

__all__ = [
    "bounds_if_unseen",
    "bounds_with_lanes",
    "joined_bounds",
    "lanes_without_street",
    "seen_share",
]

# A street that runs farther from the middle of a lane is another one's.
_ALONG_M = 3.0
# Less than this says that nothing was seen, and the bounds are the ends of what was measured.
_LEAST_SEEN = 1e-6


def seen_share(village: Village, houses: Completeness | None = None) -> float:
    """Of the length built on both sides, the share along which both houses are mapped at least.

    Parameters
    ----------
    village
        Boundary and layers.
    houses
        From `taobaogis.trust.completeness.buildings_completeness`, if at hand.

    Returns
    -------
    share
        Square of the lower bound of the completeness of the houses, from 0 to 1; 1 where that
        cannot be told (the grade says so).
    """
    share = (houses or buildings_completeness(village)).share
    return 1.0 if share is None else share.low**2


def bounds_if_unseen(
    values: np.ndarray,
    lengths: np.ndarray,
    *,
    probability: float,
    seen: float,
    too_great: np.ndarray | bool = False,
    too_small: np.ndarray | bool = False,
) -> tuple[float, float]:
    """Bounds of a quantile along streets, of which a part was not seen as it is.

    Parameters
    ----------
    values
        What was measured, e.g. widths in metres; at least one.
    lengths
        Length that each stands for, in metres, above 0.
    probability
        Quantile wanted, from 0 to 1.
    seen
        Share of the length that was seen as it is, from 0 to 1.
    too_great, too_small
        Which values are greater, or less, than they were if a house is missing there: of each
        value, or of all.

    Returns
    -------
    low, high
        The quantile if all that was not seen as it is were the greatest, or the least, of those
        values, and the streets there were like the others. Both are the quantile itself if
        `seen` is 1.

    References
    ----------
    Horowitz and Manski 1995, Identification and robustness with contaminated and corrupted
    data, Econometrica 63(2), for the bounds of quantiles under contaminated sampling.

    Examples
    --------
    Ten metres each of streets 2 to 10 m wide. If along a fifth of them a house is missing, that
    may be the widest:

    >>> widths = np.array([2.0, 4.0, 6.0, 8.0, 10.0])
    >>> lengths = np.full(5, 10.0)
    >>> found = bounds_if_unseen(widths, lengths, probability=0.5, seen=0.8, too_great=True)
    >>> [round(bound, 6) for bound in found]
    [5.0, 6.0]
    """
    seen = min(max(seen, _LEAST_SEEN), 1.0)
    order = np.argsort(values, kind="stable")
    value, length = values[order], lengths[order]
    great, small = (np.broadcast_to(chosen, len(value))[order] for chosen in (too_great, too_small))
    low = np.where(great, _first(np.where(great, length, 0.0), seen) / seen, length)
    least_last = _first(np.where(small, length, 0.0)[::-1], seen)[::-1]
    high = np.where(small, least_last / seen, length)
    return _quantile(value, low, probability), _quantile(value, high, probability)


def _quantile(value: np.ndarray, weight: np.ndarray, probability: float) -> float:
    """Quantile of the values that have a weight."""
    there = weight > 0.0
    return quantile(value[there], weight[there], probability)


def _first(weight: np.ndarray, share: float) -> np.ndarray:
    """Weights that are left if only the first share of their sum counts."""
    edges = np.cumsum(weight)
    if edges[-1] == 0.0:
        return weight
    left: np.ndarray = np.clip(share * edges[-1] - (edges - weight), 0.0, weight)
    return left


def joined_bounds(
    value: float, *bounds: tuple[float, float], within: tuple[float, float]
) -> tuple[float, float]:
    """Bounds from doubts of different kinds, each of which has bounds of its own.

    Their squares are added on a logarithmic scale, as in `taobaogis.trust.responses.widened`.

    Parameters
    ----------
    value
        At least 0.
    *bounds
        Low and high of each.
    within
        Least and greatest of what was measured; nothing else is known to exist.

    Returns
    -------
    low, high
        They enclose `value`, reach as far from it as each of the bounds that lies within what
        was measured, and never beyond that.

    Examples
    --------
    >>> joined = joined_bounds(8.0, (4.0, 8.0), (4.0, 16.0), within=(1.0, 15.0))
    >>> [round(bound, 2) for bound in joined]
    [3.0, 15.0]
    """
    below = math.hypot(*(_log_ratio(value, low) for low, _ in bounds))
    above = math.hypot(*(_log_ratio(high, value) for _, high in bounds))
    low = max(value * math.exp(-below), float(within[0]))
    high = min(value * math.exp(above), float(within[1]))
    return min(low, value), max(high, value)


def _log_ratio(more: float, less: float) -> float:
    if more <= less:
        return 0.0
    return math.log(more / less) if less > 0.0 else math.inf


def bounds_with_lanes(
    bounds: tuple[float, float],
    values: np.ndarray,
    lengths: np.ndarray,
    *,
    lanes: np.ndarray,
    lanes_m: np.ndarray,
    probability: float = 0.5,
) -> tuple[float, float]:
    """Bounds that enclose the quantile over streets and lanes together.

    Parameters
    ----------
    bounds
        Low and high of the quantile over the streets.
    values, lengths
        What was measured along streets, and the length in metres that each stands for.
    lanes, lanes_m
        The same along lanes without a street.
    probability
        Quantile wanted, from 0 to 1.

    Returns
    -------
    low, high
        `bounds` themselves if there is no lane.

    Examples
    --------
    The median of 100 m of streets 8 m wide and of 300 m of lanes 2 m wide is 2 m:

    >>> streets, lanes = (np.array([8.0]), np.array([100.0])), np.array([2.0])
    >>> bounds_with_lanes((7.0, 9.0), *streets, lanes=lanes, lanes_m=np.array([300.0]))
    (2.0, 9.0)
    """
    both = _quantile(np.r_[values, lanes], np.r_[lengths, lanes_m], probability)
    return min(bounds[0], both), max(bounds[1], both)


def lanes_without_street(
    lanes: gpd.GeoDataFrame, streets: gpd.GeoDataFrame | gpd.GeoSeries
) -> gpd.GeoDataFrame:
    """Lanes between houses along whose middle no street is mapped.

    Parameters
    ----------
    lanes
        From `taobaogis.form.lanes.lanes`.
    streets
        Lines in the CRS of `lanes`.

    Returns
    -------
    lanes
        Those whose middle is more than 3 m away from any street; none in open ground.
    """
    between = lanes[~lanes["open_ground"].astype(bool)] if len(lanes) else lanes
    middle = shapely.line_interpolate_point(geometries(between), 0.5, normalized=True)
    mapped = shapely.STRtree(geometries(streets)).query(
        middle, predicate="dwithin", distance=_ALONG_M
    )[0]
    return between.iloc[np.setdiff1d(np.arange(len(between)), mapped)]

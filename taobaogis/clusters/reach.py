"""How far apart two places of one cluster may be: read from the places' own k-distance curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from taobaogis.crs import require_metres
from taobaogis.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["KDistance", "k_distance"]

_LEAST_POINTS = 3
_FINEST_M = 1.0


@dataclass(frozen=True, eq=False)
class KDistance:
    """Distance of each place to its k-th neighbour, and where the curve turns.

    Attributes
    ----------
    k
        Which neighbour; a core of DBSCAN with ``min_places`` has ``min_places - 1`` of them.
    curve_m
        The distances, ascending: flat over the clusters, steep over the strays.
    eps_m
        Distance at the turn; NaN where there is none.
    """

    k: int
    curve_m: NDArray[np.float64]
    eps_m: float


def k_distance(places: gpd.GeoDataFrame | gpd.GeoSeries, *, min_places: int) -> KDistance:
    """k-distance curve of places, and the reach for DBSCAN at its turn.

    The turn is the point of the curve that lies furthest below the straight line from its first
    to its last point, both axes scaled to one (Satopää et al. 2011), distances by their
    logarithm: strays may be a hundred times as far apart as shops, and would draw the turn to
    themselves. Distances below 1 m count as 1 m, as no map is finer.

    Parameters
    ----------
    places
        Points in a metric CRS; places at one spot count as neighbours at 0 m.
    min_places
        Places that make a cluster, at least 2.

    Returns
    -------
    curve
        ``eps_m`` is NaN if there are too few places for a curve, or all distances are equal.

    Raises
    ------
    CRSError
        If `places` is not in metres.
    InputError
        If `min_places` is below 2.

    References
    ----------
    Ester, Kriegel, Sander and Xu 1996, KDD-96. Satopää, Albrecht, Irwin and Raghavan 2011,
    Finding a "kneedle" in a haystack, ICDCS Workshops.

    Examples
    --------
    Nine places 10 m apart and one stray:

    >>> import geopandas as gpd
    >>> places = gpd.GeoSeries.from_xy([*range(0, 90, 10), 500], [0] * 10, crs=4547)
    >>> k_distance(places, min_places=2).eps_m
    10.0
    """
    require_metres(places, "places")
    if min_places < 2:  # noqa: PLR2004 - one place alone is no cluster
        message = f"min_places is {min_places}; a cluster takes at least 2."
        raise InputError(message)
    k = min_places - 1
    xy = np.column_stack([places.geometry.x, places.geometry.y])
    if len(xy) <= max(k, _LEAST_POINTS):
        return KDistance(k, np.empty(0), math.nan)
    distance = cKDTree(xy).query(xy, k=[k + 1])[0][:, 0]
    curve = np.sort(distance)
    return KDistance(k, curve, _turn(curve))


def _turn(curve: NDArray[np.float64]) -> float:
    height = np.log(np.maximum(curve, _FINEST_M))
    span = height[-1] - height[0]
    if span <= 0:
        return math.nan
    below = np.linspace(0, 1, len(curve)) - (height - height[0]) / span
    return float(max(curve[int(np.argmax(below))], _FINEST_M))

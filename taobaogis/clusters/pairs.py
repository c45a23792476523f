"""Pairs of places and how far apart they are, in a straight line or along the streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from taobaogis.crs import require_metres
from taobaogis.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from taobaogis.clusters.window import Window

__all__ = ["Pairs", "along_streets", "in_window", "places_xy"]

_MOST_PAIRS = 50_000_000


@dataclass(frozen=True, eq=False)
class Pairs:
    """All pairs of different places within a reach, each once, the nearest first.

    Attributes
    ----------
    one, other
        Row numbers of the two places.
    distance_m
        Between them.
    weight
        What a pair stands for: itself, and those that the edge hides.
    n
        Number of places.
    extent
        What they lie in: square metres of the window, or metres of street.
    """

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    distance_m: NDArray[np.float64]
    weight: NDArray[np.float64]
    n: int
    extent: float


def in_window(xy: NDArray[np.float64], window: Window, *, reach_m: float) -> Pairs:
    """Pairs in a straight line, each weighed by the translation correction.

    Parameters
    ----------
    xy
        Places in metres, shape (n, 2), all within the window.
    window
        Area in which all places are known.
    reach_m
        Longest distance of a pair.

    Returns
    -------
    pairs
        Places at one spot are pairs at 0 m.

    Raises
    ------
    InputError
        If there would be more than 50 million.

    References
    ----------
    Ohser and Stoyan 1981 for the translation correction.
    """
    tree = cKDTree(xy)
    expected = tree.count_neighbors(tree, reach_m) if len(xy) else 0
    if expected > 2 * _MOST_PAIRS:
        message = (
            f"{len(xy):,} places have too many pairs within {reach_m:g} m; take a shorter one."
        )
        raise InputError(message)
    pairs = tree.query_pairs(reach_m, output_type="ndarray").astype(np.int64)
    shift = xy[pairs[:, 1]] - xy[pairs[:, 0]]
    distance = np.hypot(*shift.T)
    order = np.argsort(distance, kind="stable")
    one, other = pairs[order].T
    return Pairs(
        one, other, distance[order], window.weights(shift[order]), len(xy), window.area.area
    )


def along_streets(found: pd.DataFrame, *, n: int, length_m: float) -> Pairs:
    """Pairs along the streets, as searched by `taobaogis.access.within.pairs_within`.

    Every pair counts once and for itself: what the ends of the streets hide is hidden from every
    shuffle of the places' kinds as well.

    Parameters
    ----------
    found
        ``origin`` and ``place``, rows of the same n places, and ``distance_m``. Of the two ways
        between two places the shorter one counts.
    n
        Number of places.
    length_m
        Length of all streets.
    """
    apart = found[found["origin"] != found["place"]]
    ends = np.sort(apart[["origin", "place"]].to_numpy(dtype=np.int64), axis=1)
    distance = apart["distance_m"].to_numpy(dtype=float)
    order = np.lexsort((distance, ends[:, 1], ends[:, 0]))
    ends, distance = ends[order], distance[order]
    first = np.ones(len(ends), dtype=bool)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    ends, distance = ends[first], distance[first]
    order = np.argsort(distance, kind="stable")
    one, other = ends[order].T
    return Pairs(one, other, distance[order], np.ones(len(order)), n, length_m)


def places_xy(places: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Coordinates of points in metres, shape (n, 2)."""
    require_metres(places, "places")
    return np.column_stack([places.geometry.x, places.geometry.y])

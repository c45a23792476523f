"""Empty plots between houses: where the pattern of a village has a hole of the size of a house.

Whoever maps a village from the air maps house by house, and leaves out house by house. In the
tight fabric of an urban village each house that is left out leaves a hole of its own size beside
its neighbours. Such holes are looked for by putting a copy of every house next to it, on all
four sides: where the copy neither stands in another house nor on anything known to be open, a
house may be missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["EmptyPlots", "empty_plots", "usual_gap_m"]

_SIDES = 4
# A copy may stand in its neighbours by so much on each side: no two plots are equally large.
_GIVE_SHARE = 0.12
# Streets and open ground must leave its middle free; lanes are drawn metres off.
_CORE_SHARE = 0.25
# The gap to a neighbour that most mapped pairs of a thinned pattern still show.
_TIGHT_QUANTILE = 0.25


@dataclass(frozen=True)
class EmptyPlots:
    """Plots without a house, each beside one.

    Attributes
    ----------
    outlines
        Rectangles of the size of the house beside; they overlap where several houses stand
        around one plot.
    weight
        How many plots each stands for: 1 for one by itself, 1/4 each if four are the same.
    """

    outlines: np.ndarray
    weight: np.ndarray

    def count(self) -> float:
        """How many plots there are."""
        return float(self.weight.sum())


def usual_gap_m(houses: np.ndarray) -> float:
    """Gap that houses of a village keep from their neighbour where both are mapped.

    Parameters
    ----------
    houses
        Footprints in metres, none missing.

    Returns
    -------
    gap_m
        Lower quartile of the distances to the nearest other house. Of houses that are left
        out at random it moves little, as nearly every house keeps a neighbour. 0 for fewer
        than two houses.
    """
    if len(houses) < 2:  # noqa: PLR2004 - a gap is between two
        return 0.0
    _, distance = shapely.STRtree(houses).query_nearest(
        houses, exclusive=True, return_distance=True, all_matches=False
    )
    return float(np.quantile(distance, _TIGHT_QUANTILE)) if len(distance) else 0.0


def empty_plots(
    houses: np.ndarray,
    around: np.ndarray,
    boundary: BaseGeometry,
    *,
    streets: np.ndarray,
    closed: np.ndarray,
) -> EmptyPlots:
    """Plots beside the houses of a village where a house may be missing.

    Parameters
    ----------
    houses
        Footprints of the village in metres, none missing.
    around
        Those and the ones around the village.
    boundary
        Polygon; plots whose middle lies outside are not looked at.
    streets
        Mapped centrelines, on which no house stands.
    closed
        Areas mapped as open ground, on which none stands either.

    Returns
    -------
    plots
        None at all if there is no house.

    Examples
    --------
    A row of three houses whose middle one is not mapped, between two other rows:

    >>> from shapely import box
    >>> row = [box(x, y, x + 10, y + 10) for y in (0, 11, 22) for x in (0, 11, 22)]
    >>> del row[4]
    >>> nothing = np.empty(0, dtype=object)
    >>> found = empty_plots(
    ...     np.array(row), np.array(row), box(-1, -1, 33, 33), streets=nothing, closed=nothing
    ... )
    >>> len(found.outlines), round(found.count(), 3)
    (4, 1.0)
    """
    corners = _corners(houses)
    corners = corners[np.isfinite(corners).all(axis=(1, 2))]
    copies = _copies(corners, usual_gap_m(around))
    middle = copies[:, :_SIDES].mean(axis=1)
    shapely.prepare(boundary)
    copies = copies[shapely.contains_xy(boundary, *middle.T)]
    inner = _polygons(_shrunk(copies, _GIVE_SHARE))
    free = ~_met(inner, around)
    core = _polygons(_shrunk(copies, _CORE_SHARE))
    free[free] = ~_met(core[free], streets)
    free[free] = ~_met(core[free], closed)
    copies = copies[free]
    outlines = _polygons(copies)
    return EmptyPlots(outlines, _weights(outlines))


def _corners(houses: np.ndarray) -> np.ndarray:
    """Corners of the rectangle around each house, closed, shape (n, 5, 2); NaN if it has none."""
    rectangles = shapely.oriented_envelope(houses)
    corners = np.full((len(houses), _SIDES + 1, 2), np.nan)
    good = shapely.area(rectangles) > 0
    corners[good] = shapely.get_coordinates(rectangles[good]).reshape(-1, _SIDES + 1, 2)
    return corners


def _copies(corners: np.ndarray, gap_m: float) -> np.ndarray:
    """Each rectangle put beside itself on its four sides, a gap away."""
    found = []
    for side in (0, 1):
        step = corners[:, side + 1] - corners[:, side]
        length = np.hypot(*step.T)[:, None]
        shift = step * (1 + gap_m / length)
        found += [corners + sign * shift[:, None] for sign in (1, -1)]
    return np.concatenate(found)


def _shrunk(corners: np.ndarray, share: float) -> np.ndarray:
    middle = corners[:, :_SIDES].mean(axis=1, keepdims=True)
    smaller: np.ndarray = middle + (corners - middle) * (1 - 2 * share)
    return smaller


def _polygons(corners: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.polygons(corners), dtype=object)


def _met(shapes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which shapes meet any of the others."""
    met = np.zeros(len(shapes), dtype=bool)
    met[shapely.STRtree(others).query(shapes, predicate="intersects")[0]] = True
    return met


def _weights(outlines: np.ndarray) -> np.ndarray:
    """Share of each outline in what it and those over it take up together."""
    one, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    shared = shapely.area(shapely.intersection(outlines[one], outlines[other]))
    covered = np.bincount(one, weights=shared, minlength=len(outlines))
    weights: np.ndarray = np.minimum(shapely.area(outlines) / np.maximum(covered, 1e-9), 1.0)
    return weights

"""How well one layer sits on another for every shift of it: a surface with a peak, or without.

Random places of the layer are compared with the cells that the reference occupies. Counting the
pairs by their difference gives, in one pass, the agreement for every shift at once: the right
shift stands out of the many wrong ones, which are the measure of chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "NEAR_M",
    "REACH_M",
    "SPACING_M",
    "Cells",
    "Peak",
    "Surface",
    "agreement",
    "best_peak",
    "occupied",
    "peak_near",
]

# How far a layer may be off and still count as standing right.
NEAR_M = 40.0
# Shifts up to this far are tried, east and north; BD-09 lies some 1300 m off.
REACH_M = 1500.0
_CELL_M = 8.0
# How dense the places of a reference have to be, so that hardly a cell is missed.
SPACING_M = _CELL_M / 2.0
_STEPS = int(REACH_M / _CELL_M)
_SIDE = 2 * _STEPS + 1
# Two widths of the bell that forgives inaccuracy: surveyed layers, and layers clicked by hand.
_WIDTHS_M = (10.0, 30.0)
# Slow trends, such as dense centres that match each other, are taken out at five widths.
_TREND = 5.0
_CHUNK = 32

_EAST_M, _NORTH_M = np.meshgrid(*[np.arange(-_STEPS, _STEPS + 1) * _CELL_M] * 2)


class Cells(NamedTuple):
    """Where a reference is, as a sparse grid.

    Attributes
    ----------
    keys
        Numbers of the occupied cells, sorted: row times `columns` plus column.
    corner
        South-west corner of cell 0, in metres.
    columns
        Width of the grid in cells.
    bounds
        West, south, east, north of the reference, in metres.
    """

    keys: np.ndarray
    corner: np.ndarray
    columns: int
    bounds: np.ndarray


class Surface(NamedTuple):
    """Agreement for every shift within reach.

    Attributes
    ----------
    scores
        In standard deviations above the median of all shifts; rows run north, columns east.
    width_m
        Width of the bell that forgives inaccuracy.
    """

    scores: np.ndarray
    width_m: float


class Peak(NamedTuple):
    """What a shift is worth.

    Attributes
    ----------
    strength
        Score of the shift.
    dominance
        The same, divided by the best score elsewhere; above 1 no other shift is better.
    east_m, north_m
        The shift: by how much the layer has to be moved to meet the reference.
    width_m
        Width of the bell.
    """

    strength: float
    dominance: float
    east_m: float
    north_m: float
    width_m: float


def occupied(dense: np.ndarray) -> Cells:
    """Cells that a reference occupies.

    Parameters
    ----------
    dense
        Places of it, coordinates in metres, about `SPACING_M` apart; at least one.

    Returns
    -------
    cells
        Of 8 m.
    """
    bounds = np.concatenate([dense.min(axis=0), dense.max(axis=0)])
    corner = bounds[:2] - 2.0 * REACH_M - _CELL_M
    columns = int((bounds[2] - bounds[0] + 4.0 * REACH_M) / _CELL_M) + 3
    column, row = np.floor((dense - corner) / _CELL_M).astype(np.int64).T
    keys = np.sort(row * columns + column)
    return Cells(keys[np.flatnonzero(np.diff(keys, prepend=-1))], corner, columns, bounds)


def agreement(points: np.ndarray, reference: Cells, *, either_sign: bool) -> tuple[Surface, ...]:
    """How well a layer sits on the reference under every shift of it.

    Parameters
    ----------
    points
        Places of the layer, from `places`, in the metres of the reference.
    reference
        From `occupied`.
    either_sign
        True if avoiding each other is as good as meeting, as buildings and streets do.

    Returns
    -------
    surfaces
        One for each width of the bell; none where no shift is better than another.
    """
    pairs = _pairs(points, reference)
    found = []
    for width_m in _WIDTHS_M:
        width = width_m / _CELL_M
        surface = ndimage.gaussian_filter(pairs, width, truncate=3.0)
        surface -= ndimage.gaussian_filter(surface, _TREND * width, truncate=2.0)
        spread = float(surface.std())
        if spread > 0.0:
            scores = (surface - np.median(surface)) / spread
            found.append(Surface(np.abs(scores) if either_sign else scores, width_m))
    return tuple(found)


def peak_near(surfaces: Sequence[Surface], east_m: float, north_m: float) -> Peak:
    """The best shift near a given one, on the surface where it dominates most.

    Parameters
    ----------
    surfaces
        From `agreement`; at least one.
    east_m, north_m
        Where to look: within `NEAR_M` of it.

    Returns
    -------
    peak
        With its dominance over all shifts clearly beyond.
    """
    return max((_peak(s, east_m, north_m) for s in surfaces), key=lambda peak: peak.dominance)


def best_peak(surfaces: Sequence[Surface]) -> Peak:
    """The best shift within reach, on the surface where it dominates most.

    Parameters
    ----------
    surfaces
        From `agreement`; at least one.

    Returns
    -------
    peak
        With its dominance over all others.
    """
    tops = []
    for surface in surfaces:
        row, column = np.unravel_index(surface.scores.argmax(), surface.scores.shape)
        east_m, north_m = (int(column) - _STEPS) * _CELL_M, (int(row) - _STEPS) * _CELL_M
        tops.append(_peak(surface, east_m, north_m))
    return max(tops, key=lambda peak: peak.dominance)


def _pairs(points: np.ndarray, reference: Cells) -> np.ndarray:
    """Number of pairs of a place and an occupied cell, by the cell's place seen from the other."""
    reach = np.array([-1.0, -1.0, 1.0, 1.0]) * REACH_M + reference.bounds
    near = ((points >= reach[:2]) & (points <= reach[2:])).all(axis=1)
    here = np.floor((points[near] - reference.corner) / _CELL_M).astype(np.int64)
    counts = np.zeros(_SIDE * _SIDE)
    for differences in _differences(here, reference):
        counts += np.bincount(differences, minlength=_SIDE * _SIDE)
    return counts.reshape(_SIDE, _SIDE)


def _differences(here: np.ndarray, reference: Cells) -> Iterator[np.ndarray]:
    """Differences as numbers of a cell of the surface, for a few places at a time.

    The cells within reach of a place are, row by row, a stretch of the sorted keys.
    """
    rows = np.arange(-_STEPS, _STEPS + 1)
    for start in range(0, len(here), _CHUNK):
        column, row = here[start : start + _CHUNK].T
        left = ((row[:, None] + rows) * reference.columns + column[:, None] - _STEPS).ravel()
        first = np.searchsorted(reference.keys, left)
        n = np.searchsorted(reference.keys, left + _SIDE) - first
        each = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        number = np.tile((rows + _STEPS) * _SIDE, len(row))
        yield reference.keys[np.repeat(first, n) + each] + np.repeat(number - left, n)


def _peak(surface: Surface, east_m: float, north_m: float) -> Peak:
    distance = np.hypot(_EAST_M - east_m, _NORTH_M - north_m)
    scores, width_m = surface
    beyond = float(scores[distance > NEAR_M + 4.0 * width_m].max())
    near = np.where(distance <= NEAR_M, scores, -np.inf)
    at = np.unravel_index(near.argmax(), near.shape)
    strength = float(scores[at])
    dominance = strength / beyond if beyond > 0.0 else np.inf
    return Peak(strength, dominance, float(_EAST_M[at]), float(_NORTH_M[at]), width_m)

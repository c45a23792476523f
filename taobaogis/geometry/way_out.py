"""The shortest way out of buildings, sideways from a line that was drawn inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from taobaogis.geometry.walls import Walls

__all__ = ["way_out"]

# A gap narrower than this is no lane that a misplaced line could have been meant to follow.
_NARROWEST_LANE_M = 0.5
_STEP_OUT_M = 1e-3
_LEAVINGS = 8
_SIDES = np.array([1, -1])


def way_out(
    walls: Walls, xy: np.ndarray, left: np.ndarray, shift_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Offset to the left that takes each point out of the buildings.

    Parameters
    ----------
    walls
        Of the buildings.
    xy
        Points in metric coordinates, shape (n, 2).
    left
        Unit vectors, shape (n, 2).
    shift_m
        Longest way out, in metres.

    Returns
    -------
    offset_m
        The shorter of the ways to the left and to the right, which is below 0; 0 where there
        is none.
    nowhere
        True where there is none.
    """
    n = len(xy)
    sign = np.repeat(_SIDES, n)
    start, aside = np.tile(xy, (2, 1)), np.tile(left, (2, 1)) * sign[:, None]
    gone = np.zeros(2 * n)
    lost = np.ones(2 * n, dtype=bool)
    trying = np.arange(2 * n)
    for _ in range(_LEAVINGS):
        if len(trying) == 0:
            break
        at = start[trying] + aside[trying] * gone[trying, None]
        exits = walls.first_hits(at, aside[trying], shift_m)
        # Out of one building may be into the next, or into a sliver between two.
        gone[trying] += exits.distance_m + _STEP_OUT_M
        trying = trying[gone[trying] <= shift_m + _STEP_OUT_M]
        there = start[trying] + aside[trying] * gone[trying, None]
        ahead = walls.first_hits(there, aside[trying], _NARROWEST_LANE_M)
        free = (ahead.edge < 0) & ~walls.contains(there)
        lost[trying[free]] = False
        trying = trying[~free]
    way = np.where(lost, np.inf, gone).reshape(2, n)
    nearest = np.where(way[1] < way[0], -way[1], way[0])
    nowhere = np.asarray(lost.reshape(2, n).all(axis=0))
    return np.where(nowhere, 0.0, nearest), nowhere

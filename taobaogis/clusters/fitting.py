"""Cells as fine as they are wanted, or as an area allows."""

from __future__ import annotations

import math
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["fitting_m"]

# Widths are taken from here times a power of ten, so that two cities are counted alike.
_ROUND = (1, 2, 3, 5)


def fitting_m(least_m: float, cells: Callable[[float], int], most: int) -> float:
    """Width of the finest cells of which an area holds no more than so many.

    Parameters
    ----------
    least_m
        Width that is wanted, above 0.
    cells
        How many cells of a width the area holds; fewer the wider they are.
    most
        Cells that can be dealt with at once.

    Returns
    -------
    width_m
        `least_m`, or where that makes too many cells the next of 1, 2, 3 and 5 times a power of
        ten metres that does not.

    Examples
    --------
    >>> fitting_m(30.0, lambda width_m: round(1e6 / width_m**2), 1000)
    50.0
    """
    if cells(least_m) <= most:
        return least_m
    power = math.floor(math.log10(least_m))
    wider = (step * 10.0**exponent for exponent in count(power) for step in _ROUND)
    return next(w for w in wider if w > least_m and cells(w) <= most)

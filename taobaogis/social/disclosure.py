"""Nothing that tells of fewer than five people: small cells are hidden, and what gives them away.

A cell below five is never shown. That is not enough: 40 in all and 37 men make 3 women. So more
is hidden, until nobody who reads everything that is shown can tell of any cell that it is below
five: for each small cell there are numbers that fit all that is shown and make it five or more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from taobaogis.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAST", "hidden_items", "largest_possible"]

LEAST = 5
_SAME = 1e-6


def hidden_items(
    cells: NDArray[np.integer],
    items: NDArray[np.integer],
    *,
    shown: NDArray[np.bool_] | None = None,
    links: NDArray[np.integer] | None = None,
    worth: NDArray[np.integer] | None = None,
    least: int = LEAST,
) -> NDArray[np.bool_]:
    """Which numbers must not be shown, so that none below a least one can be told.

    Parameters
    ----------
    cells
        People in each of the finest groups, shape (n,).
    items
        What might be shown: each row says by 1 which groups are counted together, shape (m, n).
        What is below `least` is protected, whether it would be shown or not.
    shown
        Which items would be shown; all by default. The others only are protected.
    links
        What every reader knows beforehand: each row times the cells is 0, shape (k, n).
    worth
        How much each item is worth to a reader; of items that give others away, those of little
        worth go first, and the smaller ones among them.
    least
        Smallest number that may be told.

    Returns
    -------
    hidden
        One an item; True for all that are not `shown`.

    Raises
    ------
    InputError
        If a count is negative, the shapes do not fit, or the links do not hold.

    Examples
    --------
    Of 40 people 37 are men; to show the men would tell of the women:

    >>> men_women_all = np.array([[1, 0], [0, 1], [1, 1]])
    >>> hidden_items(np.array([37, 3]), men_women_all).tolist()
    [True, True, False]
    """
    n = len(cells)
    known = np.zeros((0, n), dtype=int) if links is None else links
    if items.shape[1:] != (n,) or known.shape[1:] != (n,) or (cells < 0).any():
        message = "items and links need a column a cell, and no cell is below 0; mend the tables."
        raise InputError(message)
    if (known @ cells).any():
        message = "the links do not hold for the cells; mend the tables."
        raise InputError(message)
    value = items @ cells
    order = np.lexsort((value, np.zeros(len(items)) if worth is None else worth))
    hidden = value < least
    if shown is not None:
        hidden |= ~shown
    for item in np.argsort(value, kind="stable"):
        if value[item] >= least:
            break
        while largest_possible(items[item], cells, items[~hidden], known) < least - _SAME:
            open_ = order[~hidden[order]]
            hidden[_next(items[item], cells, items, open_, (known, least))] = True
    return hidden


def largest_possible(
    item: NDArray[np.integer],
    cells: NDArray[np.integer],
    told: NDArray[np.integer],
    links: NDArray[np.integer],
) -> float:
    """Largest value of an item that fits everything that is told; infinite without a bound.

    Parameters
    ----------
    item
        Which cells are counted together.
    cells
        The true counts.
    told, links
        Rows whose sums a reader knows: those that are shown, and those that are 0.

    Returns
    -------
    largest
        By linear programming.
    """
    from scipy.optimize import linprog  # noqa: PLC0415 - only where something is small

    known = np.vstack([told, links])
    if len(known) == 0:
        return np.inf
    found = linprog(-item, A_eq=known, b_eq=known @ cells, bounds=(0, None), method="highs")
    return float(-found.fun) if found.status == 0 else np.inf


def _next(
    small: NDArray[np.integer],
    cells: NDArray[np.integer],
    items: NDArray[np.integer],
    shown: NDArray[np.integer],
    known: tuple[NDArray[np.integer], int],
) -> int:
    """First item that protects a small one if it is hidden, or else the one that helps most."""
    links, least = known
    gains = []
    for candidate in shown:
        largest = largest_possible(small, cells, items[shown[shown != candidate]], links)
        if largest >= least - _SAME:
            return int(candidate)
        gains.append(largest)
    return int(shown[int(np.argmax(gains))])

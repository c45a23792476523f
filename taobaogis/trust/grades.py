"""Grades: how far a number can be relied on, by one rule for all.

=====  =====================================================================
A      measured on data whose completeness was checked and found good
B      measured; nothing speaks against the data, but nothing proves them whole
C      one thing weakens it: a stand-in boundary, few cases, an assumption
D      two or more do: an indication only
NA     the data cannot give it; the reason says why
=====  =====================================================================

As long as nobody checked how complete a layer is, B is the best a number from it can get.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.indicators import Grade
    from taobaogis.village import Village

__all__ = ["boundary_doubts", "grade", "small_number_doubt"]


def grade(doubts: Sequence[str], *, completeness_checked: bool = False) -> tuple[Grade, str]:
    """Grade and reason from everything that weakens a number.

    Parameters
    ----------
    doubts
        One clause for each thing; empty clauses do not count.
    completeness_checked
        True if the layer was found to be complete.

    Returns
    -------
    grade, reason
        The reason joins the clauses; empty if there is none.

    Examples
    --------
    >>> grade([])
    ('B', '')
    >>> grade(["only 4 streets", ""])
    ('C', 'only 4 streets')
    """
    named = [doubt for doubt in doubts if doubt]
    best: Grade = "A" if completeness_checked else "B"
    if not named:
        return best, ""
    return ("C" if len(named) == 1 else "D"), "; ".join(named)


def boundary_doubts(village: Village) -> list[str]:
    """What the boundary of a village takes from every number that depends on it."""
    if not village.is_circle:
        return []
    clause = f"the boundary is only a {village.spec.radius_m:g} m circle"
    if village.position_doubt_m:
        clause += f", whose centre may be off by {village.position_doubt_m:g} m"
    return [clause]


def small_number_doubt(n: int, enough: int, what: str) -> str:
    """Clause for a number that rests on few cases; empty if there are enough."""
    return f"only {n} {what}" if n < enough else ""

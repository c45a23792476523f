"""How sure a share is: Wilson's interval, and what drawing people by places takes from it."""

from __future__ import annotations

import math

from taobaogis.errors import InputError

__all__ = ["design_effect", "wilson_interval"]

# Two-sided 95 % of the normal distribution.
_Z = 1.959963984540054


def wilson_interval(count: float, n: float, *, effect: float = 1.0) -> tuple[float, float]:
    """Wilson's 95 % interval of a share.

    Parameters
    ----------
    count
        How many of them did, 0 to `n`.
    n
        How many were asked, 0 or more.
    effect
        Design effect: `n` people drawn by places tell as much as `n` / `effect` drawn one by one.

    Returns
    -------
    low, high
        Within [0, 1]; (0, 1) if nobody was asked.

    Raises
    ------
    InputError
        If `count` is not between 0 and `n`, or `effect` is below 1.

    References
    ----------
    Wilson 1927, Probable inference, the law of succession, and statistical inference, Journal of
    the American Statistical Association 22.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson_interval(8, 10)]
    [0.4902, 0.9433]
    """
    if not 0 <= count <= n or not effect >= 1:
        message = (
            f"count is {count:g} of n = {n:g} with a design effect of {effect:g}; give a count "
            "from 0 to n and an effect from 1."
        )
        raise InputError(message)
    if n == 0:
        return 0.0, 1.0
    share, told = count / n, n / effect
    middle = share + _Z**2 / (2 * told)
    half = _Z * math.sqrt(share * (1 - share) / told + _Z**2 / (4 * told**2))
    scale = 1 + _Z**2 / told
    low, high = max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)
    return min(low, share), max(high, share)


def design_effect(n: float, places: int, *, likeness: float) -> float:
    """How much a sample drawn in a few places tells less than one drawn one by one.

    Parameters
    ----------
    n
        How many people answered.
    places
        In how many places they were drawn.
    likeness
        Intraclass correlation: how alike people of one place answer, from 0 (not more than
        others) to 1 (all the same).

    Returns
    -------
    effect
        1 + (m - 1) times the likeness for m people a place; 1 or more.

    Raises
    ------
    InputError
        If there is no place, or the likeness is not between 0 and 1.

    References
    ----------
    Kish 1965, Survey Sampling.

    Examples
    --------
    >>> round(design_effect(283, 3, likeness=0.02), 2)
    2.87
    """
    if places < 1 or not 0 <= likeness <= 1:
        message = (
            f"places is {places} and likeness is {likeness:g}; give one place or more and a "
            "likeness from 0 to 1."
        )
        raise InputError(message)
    return max(1.0, 1 + (n / places - 1) * likeness)

"""How sure a share of a count is."""

from __future__ import annotations

import math

from taobaogis.errors import InputError

__all__ = ["wilson_interval"]

# Two-sided 95 % of the normal distribution.
_Z = 1.959963984540054


def wilson_interval(count: float, n: float, *, effect: float = 1.0) -> tuple[float, float]:
    """Wilson's 95 % interval of a share.

    Parameters
    ----------
    count
        How many of them are meant, 0 to `n`.
    n
        How many were looked at or asked, 0 or more.
    effect
        Design effect: `n` people drawn by places tell as much as `n` / `effect` drawn one by one.

    Returns
    -------
    low, high
        Within [0, 1]; (0, 1) if `n` is 0.

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

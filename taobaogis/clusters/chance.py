"""How likely a number is by chance: from shuffles, and with many asked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["adjusted", "two_sided"]

_ROUNDING = 1e-12


def two_sided(observed: NDArray[np.float64], shuffled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance of a number at least as far out on its side as the observed one, doubled.

    Parameters
    ----------
    observed
        Of any shape.
    shuffled
        The same after each of m shuffles, along the first axis.

    Returns
    -------
    p
        In [2 / (m + 1), 1], of the shape of `observed`: the observed order is one of m + 1.

    Examples
    --------
    >>> two_sided(np.array(9.0), np.arange(9.0)).item()
    0.2
    """
    reach = _ROUNDING * np.abs(observed)
    above = (shuffled >= observed - reach).sum(axis=0)
    below = (shuffled <= observed + reach).sum(axis=0)
    tail = (np.minimum(above, below) + 1) / (len(shuffled) + 1)
    return np.asarray(np.minimum(2 * tail, 1.0))


def adjusted(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """False discoveries of many tests controlled: what is below a level holds so many at most.

    Parameters
    ----------
    p
        Of m tests; NaN for tests that could not be made, which do not count.

    Returns
    -------
    q
        Benjamini and Hochberg 1995: least m p_(j) / j over all ranks j from the own one on.

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.02, 0.9])).round(3).tolist()
    [0.03, 0.03, 0.9]
    """
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1.0)
    return q

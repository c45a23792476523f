"""How far a quantile or a share would move if other streets or houses had been measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array

from taobaogis.geometry.weighted import mean_between, quantile_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["quantile_interval", "share_interval", "statistic_interval"]

_DRAWS = 500
_QUICK_DRAWS = 100
_CONFIDENCE = 0.95
_SEED = 20190
# Counts of draws held at once, of 8 bytes each: what fits the cache of a processor, about.
_MOST_COUNTS = 50_000


def quantile_interval(
    values: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray,
    *,
    probability: float,
    draws: int = _DRAWS,
) -> tuple[float, float]:
    """Interval of 95 % for a weighted quantile, by drawing whole clusters again.

    What was measured along one street is alike, so streets are drawn and not single
    measurements. The draws are the same in every run.

    Parameters
    ----------
    values, weights
        Measurements and how much each counts, length n.
    clusters
        What each measurement belongs to, e.g. the street; integers.
    probability
        Quantile wanted, above 0 and below 1.
    draws
        How often clusters are drawn.

    Returns
    -------
    low, high
        Percentile bootstrap. NaN if there is no value; both the quantile itself
        if there is only one cluster, which is no statement of certainty.

    References
    ----------
    Efron and Tibshirani 1993, An introduction to the bootstrap, chapter 13.
    """
    if len(values) == 0:
        return float("nan"), float("nan")
    order = np.argsort(values, kind="stable")
    value, weight = values[order], weights[order]
    labels, cluster = np.unique(clusters[order], return_inverse=True)
    # Clusters are put in an order that does not depend on their labels, so that the interval
    # does not change when the rows of a layer do.
    total = np.bincount(cluster, weights=weight * value)
    rank = np.empty(len(labels), dtype=np.int64)
    rank[np.argsort(total, kind="stable")] = np.arange(len(labels))
    ranked = rank[cluster]
    # Summed by bands of values first, a draw looks closely at those alone that the quantile is in.
    step = math.isqrt(len(value))
    band = np.arange(len(value)) // step
    bands = coo_array((weight, (band, ranked)), shape=(band[-1] + 1, len(labels))).tocsr()
    drawn = []
    for times in _times_drawn(len(labels), draws):
        edges = np.zeros((len(times), bands.shape[0] + 1))
        np.cumsum((bands @ np.ascontiguousarray(times.T, dtype=float)).T, axis=1, out=edges[:, 1:])
        for edge, time in zip(edges, times, strict=True):
            low, high = quantile_window(edge[-1], probability)
            first = int(edge[:-1].searchsorted(low, side="right")) - 1
            rows = slice(first * step, int(edge[1:].searchsorted(high)) * step + step)
            counts = weight[rows] * time[ranked[rows]]
            drawn.append(mean_between(value[rows], counts, low - edge[first], high - edge[first]))
    return _between(drawn)


def share_interval(chosen: np.ndarray, total: np.ndarray) -> tuple[float, float]:
    """Interval of 95 % for a share of length, by drawing streets again.

    Parameters
    ----------
    chosen, total
        Length of each street that is chosen, and all of it, which is above 0; at least one.

    Returns
    -------
    low, high
        Percentile bootstrap of 500 draws, the same in every run and for any order of the streets.

    Examples
    --------
    >>> share_interval(np.array([0.0, 5.0]), np.array([10.0, 10.0]))
    (0.0, 0.5)
    """
    table = np.column_stack([chosen, total])[np.lexsort((chosen, total))]
    drawn = [times.astype(float) @ table for times in _times_drawn(len(table), _DRAWS)]
    part, whole = np.concatenate(drawn).T
    return _between(part / whole)


def _between(drawn: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Ends of the middle 95 % of what was drawn."""
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _times_drawn(n: int, draws: int) -> Iterator[np.ndarray]:
    """How often each of `n` clusters is drawn, some draws at a time, shape (some, n)."""
    random = np.random.default_rng(_SEED)
    at_once = max(_MOST_COUNTS // n, 1)
    for first in range(0, draws, at_once):
        some = min(at_once, draws - first)
        chosen = random.integers(n, size=(some, n)) + np.arange(some)[:, None] * n
        yield np.bincount(chosen.ravel(), minlength=some * n).reshape(some, n)


def statistic_interval(
    values: np.ndarray, statistic: Callable[[np.ndarray], float]
) -> tuple[float, float]:
    """Interval of 95 % for any statistic of single values, by drawing them again.

    Parameters
    ----------
    values
        Shape (n,) or (n, k); rows are drawn.
    statistic
        Of an array of the same shape.

    Returns
    -------
    low, high
        Percentile bootstrap of 100 draws, the same in every run and for any order of the rows;
        NaN for fewer than two rows, or if no draw has a statistic.

    Examples
    --------
    >>> low, high = statistic_interval(np.arange(100.0), np.mean)
    >>> 40 < low < 49.5 < high < 60
    True
    """
    n = len(values)
    if n < 2:  # noqa: PLR2004 - one value can only be drawn again
        return float("nan"), float("nan")
    order = np.argsort(values, kind="stable") if values.ndim == 1 else np.lexsort(values.T[::-1])
    rows = values[order]
    random = np.random.default_rng(_SEED)
    drawn = np.array([statistic(rows[random.integers(n, size=n)]) for _ in range(_QUICK_DRAWS)])
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) == 0:
        return float("nan"), float("nan")
    return _between(drawn)

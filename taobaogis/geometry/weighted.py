"""Quantiles of weighted values, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "HALF_WINDOW",
    "group_quantiles",
    "mean_between",
    "quantile",
    "quantile_window",
]

# A quantile is the mean over this much of the distribution either side. It makes the quantile
# continuous: where exactly half the length is 2 m wide and half is 6 m, the median is 4 m and
# does not jump with the last bit of a coordinate. Of fewer than 500 equal weights it is the
# usual quantile.
HALF_WINDOW = 1e-3


def group_quantiles(
    values: np.ndarray,
    weights: np.ndarray,
    groups: np.ndarray,
    *,
    count: int,
    probabilities: Sequence[float],
) -> np.ndarray:
    """Weighted quantiles of each group.

    The quantile is the value below which that share of the weight lies, and the mean of two
    values where it falls between them. How a weight is split among equal values makes no
    difference.

    Parameters
    ----------
    values
        Numbers, length n.
    weights
        Positive numbers, length n.
    groups
        Group of each value, from 0 to `count` - 1, length n.
    count
        How many groups there are.
    probabilities
        Quantiles wanted, from 0 (the least value) to 1 (the greatest).

    Returns
    -------
    quantiles
        Shape (`count`, number of probabilities); NaN for groups without values.

    Examples
    --------
    >>> import numpy as np
    >>> widths, lengths = np.array([2.0, 6.0, 9.0]), np.array([10.0, 10.0, 5.0])
    >>> group_quantiles(widths, lengths, np.array([0, 0, 1]), count=2, probabilities=[0, 0.5])
    array([[2., 4.],
           [9., 9.]])
    """
    result = np.full((count, len(probabilities)), np.nan)
    if len(values) == 0:
        return result
    order = np.lexsort((values, groups))
    value, weight, group = values[order], weights[order], groups[order]
    present, first = np.unique(group, return_index=True)
    last = np.r_[first[1:], len(value)] - 1
    edges = np.r_[0.0, np.cumsum(weight)]
    below = np.r_[0.0, np.cumsum(weight * value)]
    start, total = edges[first], edges[last + 1] - edges[first]
    for column, probability in enumerate(probabilities):
        if probability in {0.0, 1.0}:
            result[present, column] = value[first if probability == 0 else last]
            continue
        low, high = (
            start + total * min(max(probability + side, 0.0), 1.0)
            for side in (-HALF_WINDOW, HALF_WINDOW)
        )
        # A window that lies in one value is that value, free of the rounding of long sums.
        at_low = np.clip(np.searchsorted(edges, low, side="right") - 1, first, last)
        at_high = np.clip(np.searchsorted(edges, high, side="left") - 1, first, last)
        mean = np.interp(high, edges, below) - np.interp(low, edges, below)
        mean = np.clip(mean / (high - low), value[at_low], value[at_high])
        result[present, column] = np.where(at_low == at_high, value[at_low], mean)
    return result


def quantile(values: np.ndarray, weights: np.ndarray, probability: float) -> float:
    """Weighted quantile of one group.

    Parameters
    ----------
    values, weights
        As in `group_quantiles`.
    probability
        Quantile wanted, from 0 to 1.

    Returns
    -------
    quantile
        As in `group_quantiles`; NaN without values.

    Examples
    --------
    >>> quantile(np.array([2.0, 6.0]), np.array([10.0, 10.0]), 0.5)
    4.0
    """
    one = np.zeros(len(values), dtype=np.int64)
    return float(group_quantiles(values, weights, one, count=1, probabilities=[probability])[0, 0])


def quantile_window(total: float, probability: float) -> tuple[float, float]:
    """Stretch of the summed weights that a quantile is the mean over.

    Parameters
    ----------
    total
        Sum of the weights.
    probability
        As in `group_quantiles`.

    Returns
    -------
    low, high
        From 0 to `total`.
    """
    sides = (probability - HALF_WINDOW, probability + HALF_WINDOW)
    low, high = (total * min(max(side, 0.0), 1.0) for side in sides)
    return low, high


def mean_between(value: np.ndarray, weight: np.ndarray, low: float, high: float) -> float:
    """Mean of a stretch of values that are laid out one after the other.

    Parameters
    ----------
    value
        Ascending numbers, at least one.
    weight
        How long each is, not below 0.
    low, high
        Where the stretch starts and ends, from the start of the first value.

    Returns
    -------
    mean
        The value itself where the stretch lies in one.
    """
    edges = np.cumsum(weight)
    # Neither end of the window lies in a value of no weight.
    first = int(edges.searchsorted(low, side="right"))
    last = min(int(edges.searchsorted(high, side="left")), len(value) - 1)
    if first >= last:
        return float(value[last])
    share = weight[first : last + 1].astype(float)
    share[0] = edges[first] - low
    share[-1] = high - edges[last - 1]
    return float(share @ value[first : last + 1] / share.sum())

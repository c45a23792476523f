"""How far a quantile would move if other streets or houses had been measured."""

from __future__ import annotations

import numpy as np

from taobaogis.geometry.weighted import sorted_quantile

__all__ = ["quantile_interval"]

_DRAWS = 500
_CONFIDENCE = 0.95
_SEED = 20190


def quantile_interval(
    values: np.ndarray, weights: np.ndarray, clusters: np.ndarray, *, probability: float
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
        Quantile wanted, from 0 to 1.

    Returns
    -------
    low, high
        Percentile bootstrap of 500 draws. NaN if there is no value; both the quantile itself
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
    random = np.random.default_rng(_SEED)
    drawn = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        times = np.bincount(random.integers(len(labels), size=len(labels)), minlength=len(labels))
        drawn[draw] = sorted_quantile(value, weight * times[rank[cluster]], probability)
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)

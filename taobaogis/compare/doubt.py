"""How sure a ranking is: doubtful weights and doubtful data drawn together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Interval", "RankShares", "draw_scores", "draw_weights", "rank_shares"]

_NO_DOUBT = 1e-6  # less moves no weight by more than a thousandth


@dataclass(frozen=True)
class Interval:
    """A value and its bounds, with the fixed points that score it.

    Attributes
    ----------
    low, value, high
        Ascending; all equal where no doubt is stated.
    good, bad
        Values that score 1 and 0.
    """

    low: float
    value: float
    high: float
    good: float
    bad: float


@dataclass(frozen=True)
class RankShares:
    """What came of the draws.

    Attributes
    ----------
    shares
        One row a village: share of draws in which it had rank 1, 2, …; villages that tie share
        the better rank, so a row sums to 1 and a column need not.
    draws
        How many.
    """

    shares: NDArray[np.float64]
    draws: int

    @property
    def first(self) -> NDArray[np.float64]:
        """Chance of each village of being first, alone or with others."""
        return self.shares[:, 0]


def draw_weights(
    weights: Sequence[float], doubt: float, draws: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Weights drawn around the given ones from a Dirichlet distribution.

    Parameters
    ----------
    weights
        Summing to 1; those that are 0 stay 0.
    doubt
        0 for sure weights, 1 for weights that, if equal, might as well be any.
    draws
        How many.
    random
        Source of the draws.

    Returns
    -------
    drawn
        One row a draw, each summing to 1, with the given weights as their mean. The
        concentration is the number of criteria over `doubt`.
    """
    given = np.asarray(weights, dtype=float)
    if doubt < _NO_DOUBT:
        return np.tile(given, (draws, 1))
    drawn = np.zeros((draws, len(given)))
    weighing = given > 0
    drawn[:, weighing] = random.dirichlet(given[weighing] * weighing.sum() / doubt, size=draws)
    return drawn


def draw_scores(
    intervals: Sequence[Sequence[Interval]], draws: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Scores of values drawn within their bounds.

    Parameters
    ----------
    intervals
        One row a village, one column a criterion.
    draws
        How many.
    random
        Source of the draws.

    Returns
    -------
    scores
        Of shape (draws, villages, criteria), in [0, 1]. Half of the draws lie below the value
        and half above, evenly between it and the bound, so that the value stays the median.
        Values are drawn independently of each other.
    """
    part = np.array(
        [[(i.low, i.value, i.high, i.good, i.bad) for i in row] for row in intervals], dtype=float
    )
    low, value, high, good, bad = np.moveaxis(part, -1, 0)
    at = random.random((draws, *low.shape)) * 2.0 - 1.0
    drawn = value + np.where(at < 0, at * (value - low), at * (high - value))
    scores: NDArray[np.float64] = np.clip((drawn - bad) / (good - bad), 0.0, 1.0)
    return scores


def rank_shares(scores: NDArray[np.float64], weights: NDArray[np.float64]) -> RankShares:
    """Share of the draws in which each village has each rank.

    Parameters
    ----------
    scores
        From `draw_scores`.
    weights
        From `draw_weights`, as many draws.

    Returns
    -------
    shares
        One row a village, one column a rank.
    """
    totals = np.einsum("dvc,dc->dv", scores, weights)
    # A hair's breadth of rounding is no lead.
    ahead = totals[:, None, :] > totals[:, :, None] + 1e-12
    ranks = ahead.sum(axis=2)
    count = scores.shape[1]
    shares = np.stack([(ranks == rank).mean(axis=0) for rank in range(count)], axis=1)
    return RankShares(shares, len(scores))

"""Villages ranked by a weighted sum of fixed value functions, with how sure that is.

The points that score 0 and 1 are fixed beforehand, so a village that joins or leaves never
reorders the others, as scaling by the villages' own range would.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from taobaogis.compare.advice import map_first
from taobaogis.compare.doubt import Interval, draw_scores, draw_weights, rank_shares
from taobaogis.compare.scores import Score, require_criteria, score_village, value_score
from taobaogis.compare.topsis import closeness
from taobaogis.compare.turning import turning_points
from taobaogis.compare.weights import Weights, criterion_weights
from taobaogis.indicators import Words
from taobaogis.study import ComparisonSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.indicators import Indicator
    from taobaogis.study import CriterionSpec

__all__ = ["Comparison", "Score", "Turn", "VillageScore", "compare_villages", "value_score"]

_SAME = 1e-12


@dataclass(frozen=True)
class VillageScore:
    """How one village does in all.

    Attributes
    ----------
    village
        Id.
    scores
        One a criterion, in the order of the study.
    total
        Weighted mean in [0, 1]; None if a criterion has no score, so that villages are only
        ever ranked on the same criteria.
    low, high
        Weighted mean when every value takes the worse, or the better, end of its interval.
    rank
        1 for the best; None if there is no total.
    refused
        Why there is no total; empty otherwise.
    map_first
        What to map for there to be one, in this order; empty if mapping is not what it takes.
    rank_shares
        Chance of rank 1, 2, … among those ranked, weights and data being in doubt together.
    first_share, first_share_data
        Chance of being first, with the weights in doubt as well, and with the weights as they
        are; None without rank.
    closeness
        Of TOPSIS among the ranked villages, as a second opinion; None without rank, or if the
        villages are all alike.
    """

    village: str
    scores: tuple[Score, ...]
    total: float | None
    low: float | None
    high: float | None
    rank: int | None
    refused: Words
    map_first: tuple[Words, ...] = ()
    rank_shares: tuple[float, ...] = ()
    first_share: float | None = None
    first_share_data: float | None = None
    closeness: float | None = None


@dataclass(frozen=True)
class Turn:
    """A weight from which another village would come first.

    Attributes
    ----------
    indicator
        Whose weight.
    now, then
        Its share of the weights, and the share beyond which `village` leads.
    village
        Id of that village.
    """

    indicator: str
    now: float
    then: float
    village: str


@dataclass(frozen=True)
class Comparison:
    """The villages of a study, best first, those without a rank at the end.

    Attributes
    ----------
    villages
        Best first.
    weights
        Of the criteria, and where they come from.
    turns
        Weights at which the winner changes, the smallest change first.
    spec
        How doubt was drawn.
    """

    villages: tuple[VillageScore, ...]
    weights: Weights
    turns: tuple[Turn, ...] = ()
    spec: ComparisonSpec = ComparisonSpec()  # noqa: RUF009 - frozen

    @property
    def ranked(self) -> tuple[VillageScore, ...]:
        """Those with a rank, best first."""
        return tuple(village for village in self.villages if village.rank is not None)


def compare_villages(
    indicators: Mapping[str, Mapping[str, Indicator]],
    criteria: Sequence[CriterionSpec],
    spec: ComparisonSpec | None = None,
) -> Comparison:
    """Rank villages that have a value for every criterion; say why the others have no rank.

    Parameters
    ----------
    indicators
        Indicators by key, by village id.
    criteria
        What to judge; weights need not sum to 1.
    spec
        Where the weights come from and how doubt is drawn; the defaults if None.

    Returns
    -------
    comparison
        Best first. Villages with equal totals share a rank.

    Raises
    ------
    StudyError
        If a criterion names an unknown indicator, no weight is above zero, or the weights
        cannot be found.
    """
    spec = spec or ComparisonSpec()
    require_criteria(criteria)
    weights = criterion_weights(criteria, spec)
    judged = [
        _judge(village, values, criteria, weights.shares) for village, values in indicators.items()
    ]
    ranked = [v for v in judged if v.total is not None]
    rest = [v for v in judged if v.total is None]
    ranked = _with_doubt(ranked, indicators, criteria, weights, spec)
    totals = [v.total or 0.0 for v in ranked]
    ranked = [
        replace(v, rank=1 + sum(t > total + _SAME for t in totals))
        for v, total in zip(ranked, totals, strict=True)
    ]
    turns = _turns(ranked, criteria, weights.shares)
    ranked.sort(key=lambda v: v.rank or 0)
    return Comparison((*ranked, *rest), weights, turns, spec)


def _judge(
    village: str,
    values: Mapping[str, Indicator],
    criteria: Sequence[CriterionSpec],
    shares: Sequence[float],
) -> VillageScore:
    scores = score_village(values, criteria, shares)
    missing = [s.refused for s in scores if s.score is None and s.weight > 0]
    if missing:
        refused = Words("; ".join(missing), "；".join(reason.zh for reason in missing))
        steps = map_first(values, criteria)
        return VillageScore(village, scores, None, None, None, None, refused, steps)
    total, low, high = (
        math.fsum(s.weight * (getattr(s, part) or 0.0) for s in scores)
        for part in ("score", "low", "high")
    )
    return VillageScore(village, scores, total, low, high, None, Words(""))


def _with_doubt(
    ranked: list[VillageScore],
    indicators: Mapping[str, Mapping[str, Indicator]],
    criteria: Sequence[CriterionSpec],
    weights: Weights,
    spec: ComparisonSpec,
) -> list[VillageScore]:
    if not ranked:
        return []
    weighing = [i for i, share in enumerate(weights.shares) if share > 0]
    shares = [weights.shares[i] for i in weighing]
    intervals = [
        [_interval(indicators[v.village][criteria[i].indicator], criteria[i]) for i in weighing]
        for v in ranked
    ]
    random = np.random.default_rng(spec.seed)
    drawn = draw_weights(shares, spec.weight_doubt, spec.draws, random)
    scores = draw_scores(intervals, spec.draws, random)
    both = rank_shares(scores, drawn)
    data = rank_shares(scores, np.tile(np.asarray(shares), (spec.draws, 1)))
    near = closeness(
        np.array([[interval.value for interval in row] for row in intervals]),
        shares,
        more_is_better=[criteria[i].good > criteria[i].bad for i in weighing],
    )
    return [
        replace(
            v,
            rank_shares=tuple(float(share) for share in both.shares[i]),
            first_share=float(both.first[i]),
            first_share_data=float(data.first[i]),
            closeness=None if math.isnan(near[i]) else float(near[i]),
        )
        for i, v in enumerate(ranked)
    ]


def _interval(indicator: Indicator, criterion: CriterionSpec) -> Interval:
    value = 0.0 if indicator.value is None else indicator.value
    return Interval(
        low=value if indicator.low is None else min(indicator.low, value),
        value=value,
        high=value if indicator.high is None else max(indicator.high, value),
        good=criterion.good,
        bad=criterion.bad,
    )


def _turns(
    ranked: Sequence[VillageScore], criteria: Sequence[CriterionSpec], shares: Sequence[float]
) -> tuple[Turn, ...]:
    # A criterion without weight may lack values; it could not gain weight without them.
    usable = [j for j in range(len(criteria)) if all(v.scores[j].score is not None for v in ranked)]
    if not ranked or not usable:
        return ()
    scores = np.array([[v.scores[j].score for j in usable] for v in ranked], dtype=float)
    return tuple(
        Turn(criteria[usable[p.criterion]].indicator, p.now, p.then, ranked[p.village].village)
        for p in turning_points(scores, [shares[j] for j in usable])
    )

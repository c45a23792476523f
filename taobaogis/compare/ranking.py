"""Weighted sum of fixed value functions.

The points that score 0 and 1 are fixed beforehand, so a village that joins or leaves never
reorders the others, as scaling by the villages' own range would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taobaogis.compare.advice import map_first
from taobaogis.errors import StudyError, did_you_mean
from taobaogis.indicators import definitions
from taobaogis.trust.grades import GRADES, ranking_floor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.indicators import Indicator, Words
    from taobaogis.study import CriterionSpec

__all__ = ["Comparison", "Score", "VillageScore", "compare_villages", "value_score"]


@dataclass(frozen=True)
class Score:
    """How one village does on one criterion.

    Attributes
    ----------
    criterion
        What is judged.
    weight
        Share of this criterion, all criteria of the study summing to 1.
    score
        In [0, 1], None if the indicator is NA.
    """

    criterion: CriterionSpec
    weight: float
    score: float | None


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
        Weighted mean in [0, 1]; None if a criterion has no value, so that villages are only
        ever ranked on the same criteria.
    low, high
        Weighted mean when every value takes the worse, or the better, end of its interval.
    rank
        1 for the best; None if there is no total.
    refused
        Why there is no total; empty otherwise.
    map_first
        What to map for there to be one, in this order; empty if mapping is not what it takes.
    """

    village: str
    scores: tuple[Score, ...]
    total: float | None
    low: float | None
    high: float | None
    rank: int | None
    refused: str
    map_first: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """The villages of a study, best first, those without a rank at the end."""

    villages: tuple[VillageScore, ...]


def value_score(value: float, *, good: float, bad: float) -> float:
    """Score of a value between two fixed points.

    Parameters
    ----------
    value
        What was measured, finite.
    good, bad
        Values that score 1 and 0; `good` may be the smaller one.

    Returns
    -------
    score
        In [0, 1], linear between the points and flat beyond them.

    Raises
    ------
    StudyError
        If the points coincide.

    Examples
    --------
    >>> value_score(4.5, good=6, bad=3)
    0.5
    >>> value_score(200, good=300, bad=1000)
    1.0
    """
    if good == bad:
        message = f"a criterion's good and bad points are both {good:g}; set them apart."
        raise StudyError(message)
    return min(1.0, max(0.0, (value - bad) / (good - bad)))


def compare_villages(
    indicators: Mapping[str, Mapping[str, Indicator]], criteria: Sequence[CriterionSpec]
) -> Comparison:
    """Rank villages that have a value for every criterion; say why the others have no rank.

    Parameters
    ----------
    indicators
        Indicators by key, by village id.
    criteria
        What to judge; weights need not sum to 1.

    Returns
    -------
    comparison
        Best first. Villages with equal totals share a rank.

    Raises
    ------
    StudyError
        If a criterion names an unknown indicator, or no weight is above zero.
    """
    for criterion in criteria:
        if criterion.indicator not in definitions():
            hint = did_you_mean(criterion.indicator, definitions())
            message = f"criterion '{criterion.indicator}' is not an indicator. {hint}"
            raise StudyError(message)
        if criterion.weight < 0:
            message = f"criterion '{criterion.indicator}' has the weight {criterion.weight:g}; "
            raise StudyError(message + "write 0 or more.")
    total_weight = sum(criterion.weight for criterion in criteria)
    if total_weight <= 0:
        message = "no criterion has a weight above 0; give at least one a weight."
        raise StudyError(message)
    judged = [
        _judge(village, values, criteria, total_weight) for village, values in indicators.items()
    ]
    totals = [v.total for v in judged if v.total is not None]
    ranked = [
        v if v.total is None else _with_rank(v, 1 + sum(t > v.total for t in totals))
        for v in judged
    ]
    ranked.sort(key=lambda v: v.rank if v.rank is not None else len(judged) + 1)
    return Comparison(tuple(ranked))


def _judge(
    village: str,
    values: Mapping[str, Indicator],
    criteria: Sequence[CriterionSpec],
    total_weight: float,
) -> VillageScore:
    scores: list[Score] = []
    totals = [0.0, 0.0, 0.0]
    missing: list[str] = []
    for criterion in criteria:
        weight = criterion.weight / total_weight
        indicator = values.get(criterion.indicator)
        if indicator is None or indicator.value is None or _below_floor(indicator):
            scores.append(Score(criterion, weight, None))
            if weight > 0:
                missing.append(definitions()[criterion.indicator].name_en)
            continue
        middle, *ends = (
            value_score(number, good=criterion.good, bad=criterion.bad)
            for number in (
                indicator.value,
                indicator.value if indicator.low is None else indicator.low,
                indicator.value if indicator.high is None else indicator.high,
            )
        )
        for i, score in enumerate((middle, min(ends), max(ends))):
            totals[i] += weight * score
        scores.append(Score(criterion, weight, middle))
    if missing:
        refused = f"no value for {', '.join(missing)}"
        steps = map_first(values, criteria)
        return VillageScore(village, tuple(scores), None, None, None, None, refused, steps)
    return VillageScore(village, tuple(scores), totals[0], totals[1], totals[2], None, "")


def _below_floor(indicator: Indicator) -> bool:
    return GRADES.index(indicator.grade) > GRADES.index(ranking_floor())


def _with_rank(score: VillageScore, rank: int) -> VillageScore:
    return VillageScore(
        score.village, score.scores, score.total, score.low, score.high, rank, score.refused
    )

"""Scores of villages on criteria by fixed value functions, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taobaogis.errors import StudyError, did_you_mean
from taobaogis.indicators import Words, definitions
from taobaogis.trust.grades import GRADES, ranking_floor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.indicators import Indicator
    from taobaogis.study import CriterionSpec

__all__ = ["Score", "require_criteria", "score_village", "value_score"]


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
        In [0, 1]; None if there is no value, or one below the floor of quality.
    low, high
        Scores of the worse and the better end of the value's interval; None as `score`.
    refused
        Why there is no score; empty if there is one.
    """

    criterion: CriterionSpec
    weight: float
    score: float | None
    low: float | None = None
    high: float | None = None
    refused: Words = Words("")  # noqa: RUF009 - text does not change


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


def require_criteria(criteria: Sequence[CriterionSpec]) -> None:
    """Raise unless villages can be judged by the criteria.

    Parameters
    ----------
    criteria
        What to judge by.

    Raises
    ------
    StudyError
        If one names an unknown indicator, stands twice or weighs less than nothing, or if none
        weighs anything.
    """
    known = definitions()
    seen: set[str] = set()
    for criterion in criteria:
        if criterion.indicator not in known:
            hint = did_you_mean(criterion.indicator, known)
            message = f"criterion '{criterion.indicator}' is not an indicator. {hint}"
            raise StudyError(message)
        if criterion.indicator in seen:
            message = f"criterion '{criterion.indicator}' stands twice; keep one."
            raise StudyError(message)
        seen.add(criterion.indicator)
        if criterion.weight < 0:
            message = f"criterion '{criterion.indicator}' has the weight {criterion.weight:g}; "
            raise StudyError(message + "write 0 or more.")
    if sum(criterion.weight for criterion in criteria) <= 0:
        message = "no criterion has a weight above 0; give at least one a weight."
        raise StudyError(message)


def score_village(
    values: Mapping[str, Indicator],
    criteria: Sequence[CriterionSpec],
    weights: Sequence[float],
) -> tuple[Score, ...]:
    """Scores of a village, one a criterion.

    Parameters
    ----------
    values
        Indicators by key.
    criteria
        What to judge by.
    weights
        Share of each criterion.

    Returns
    -------
    scores
        In the order of the criteria.
    """
    return tuple(
        _score(values.get(criterion.indicator), criterion, weight)
        for criterion, weight in zip(criteria, weights, strict=True)
    )


def _score(indicator: Indicator | None, criterion: CriterionSpec, weight: float) -> Score:
    refused = _refusal(indicator, criterion)
    if refused or indicator is None or indicator.value is None:
        return Score(criterion, weight, None, refused=refused)
    middle, *ends = (
        value_score(number, good=criterion.good, bad=criterion.bad)
        for number in (
            indicator.value,
            indicator.value if indicator.low is None else indicator.low,
            indicator.value if indicator.high is None else indicator.high,
        )
    )
    return Score(criterion, weight, middle, min(middle, *ends), max(middle, *ends))


def _refusal(indicator: Indicator | None, criterion: CriterionSpec) -> Words:
    known = definitions()[criterion.indicator]
    if indicator is None or indicator.value is None:
        return Words(f"no value for {known.name_en}", f"缺少数据：{known.name_zh}")
    floor = criterion.floor or ranking_floor()
    if GRADES.index(indicator.grade) <= GRADES.index(floor):
        return Words("")
    return Words(
        f"{known.name_en} has grade {indicator.grade}, and at least {floor} is asked for",
        f"{known.name_zh}的等级为 {indicator.grade}，低于要求的 {floor}",
    )

"""What people ask for, against what is there: four cases, and two that stay open."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from taobaogis.indicators import Words
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from taobaogis.indicators import Indicator
    from taobaogis.social.codebook import Codebook

__all__ = ["CASES", "NeedGap", "NeedRule", "asked_from_share", "need_gaps", "need_rules",
           "need_weights"]  # fmt: skip

CASES: Mapping[str, Words] = {
    "asked_missing": Words("asked for and missing", "需要且缺乏"),
    "asked_present": Words("asked for, yet there", "需要但已有"),
    "hidden_gap": Words("missing, not asked for", "缺乏但未被提出"),
    "fine": Words("fine", "已满足"),
    "unmeasured": Words("not measured", "有无不详"),
    "unsure": Words("unsure if asked for", "是否需要不确定"),
}


@dataclass(frozen=True)
class NeedRule:
    """When a need counts as met (``data/survey/needs.toml``).

    Attributes
    ----------
    code
        Option of the question what should be improved.
    indicators
        All of them have to reach `least`.
    least
        In the unit of the indicators.
    basis
        Where the figure comes from.
    """

    code: str
    indicators: tuple[str, ...]
    least: float
    basis: str


@dataclass(frozen=True)
class NeedGap:
    """A need of a village.

    Attributes
    ----------
    code, name
        Which it is.
    share, low, high
        Share of the respondents who ask for it, with bounds; None if too few do to be told.
    asked, missing
        ``yes``, ``no`` or ``unknown``.
    case
        Key of `CASES`.
    measured
        What it was held against, by key; those without value are left out.
    """

    code: str
    name: Words
    share: float | None
    low: float | None
    high: float | None
    asked: str
    missing: str
    case: str
    measured: tuple[str, ...]


@cache
def need_rules() -> Mapping[str, NeedRule]:
    """Needs that can be measured, by code of the option."""
    return {
        code: NeedRule(code, tuple(e["indicators"]), float(e["least"]), e["basis"])
        for code, e in _load()["need"].items()
    }


def asked_from_share() -> float:
    """Share of respondents from which on a need counts as asked for."""
    return float(_load()["asked_share"])


def need_gaps(
    table: pd.DataFrame, codebook: Codebook, indicators: Mapping[str, Indicator]
) -> tuple[NeedGap, ...]:
    """Stated needs of a village against its measured gaps.

    Parameters
    ----------
    table
        Rows of one village, as from `taobaogis.social.frequencies.frequencies`.
    codebook
        Of the same questionnaire.
    indicators
        Of the village, by key.

    Returns
    -------
    gaps
        One an option of the question what should be improved, those most asked for first; none
        if it is not asked. A need is asked for if the lower bound reaches the share of
        `asked_from_share`, and not if the upper bound stays below.
    """
    question = codebook.needs
    if question is None:
        return ()
    rows = {row["option"]: row for _, row in table[table["question"] == question.id].iterrows()}
    gaps = []
    for option in question.options:
        row = rows.get(option.code)
        known = row is not None and not row["hidden"]
        share, low, high = (
            (float(row[name]) for name in ("share", "low", "high"))
            if known and row is not None
            else (None, None, None)
        )
        asked = _asked(low, high)
        missing, told = _missing(option.code, indicators)
        words = Words(option.en or option.code, option.zh or option.en or option.code)
        case = _case(asked, missing)
        gaps.append(NeedGap(option.code, words, share, low, high, asked, missing, case, told))
    return tuple(sorted(gaps, key=lambda gap: -1.0 if gap.share is None else -gap.share))


def need_weights(gaps: Sequence[NeedGap]) -> dict[str, tuple[float, float, float]]:
    """Weights of indicators by how many people ask for what they measure.

    Parameters
    ----------
    gaps
        From `need_gaps`.

    Returns
    -------
    weights
        By indicator, the share of respondents who ask for it and its bounds; of a need that
        several indicators measure, each has an equal part. To rank by them, write the shares into
        ``[comparison.needs]`` of a study.
    """
    weights: dict[str, tuple[float, float, float]] = {}
    for gap in gaps:
        rule = need_rules().get(gap.code)
        if rule is None or gap.share is None or gap.low is None or gap.high is None:
            continue
        part = len(rule.indicators)
        for key in rule.indicators:
            weights[key] = (gap.share / part, gap.low / part, gap.high / part)
    return weights


def _asked(low: float | None, high: float | None) -> str:
    least = asked_from_share()
    if low is None or high is None:
        return "unknown"
    if low >= least:
        return "yes"
    return "no" if high < least else "unknown"


def _missing(code: str, indicators: Mapping[str, Indicator]) -> tuple[str, tuple[str, ...]]:
    """Whether a need is surely not met, and what tells it."""
    rule = need_rules().get(code)
    if rule is None:
        return "unknown", ()
    found = [i for key in rule.indicators if (i := indicators.get(key)) and i.value is not None]
    told = tuple(indicator.key for indicator in found)
    lows = [i.value if i.low is None else i.low for i in found]
    highs = [i.value if i.high is None else i.high for i in found]
    if any(high is not None and high < rule.least for high in highs):
        return "yes", told
    if len(found) == len(rule.indicators) and all(
        low is not None and low >= rule.least for low in lows
    ):
        return "no", told
    return "unknown", told


def _case(asked: str, missing: str) -> str:
    if missing == "unknown":
        return "unmeasured"
    if asked == "unknown":
        return "unsure"
    if asked == "yes":
        return "asked_missing" if missing == "yes" else "asked_present"
    return "hidden_gap" if missing == "yes" else "fine"


@cache
def _load() -> Mapping[str, Any]:
    with data_file("survey/needs.toml").open("rb") as stream:
        return tomllib.load(stream)

"""The questionnaire of a study: counted, with what a reader has to know of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.social.answers import pooled
from taobaogis.social.cross import associations
from taobaogis.social.disclosure import hidden_items
from taobaogis.social.frequencies import frequencies, response_share
from taobaogis.social.needs import need_gaps, need_weights
from taobaogis.social.sampling import design_effect
from taobaogis.trust.grades import grade

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from taobaogis.social.answers import Answers
    from taobaogis.social.codebook import Codebook
    from taobaogis.social.needs import NeedGap

__all__ = ["SURVEY_KEYS", "Survey", "asked_shares", "survey_indicators", "survey_of"]

SURVEY_KEYS = ("respondent_count", "top_need_share", "unmet_need_count", "hidden_gap_count")
_FEW = 30
_NO_SURVEY = Words("the study names no questionnaire for it", "研究未提供问卷")
_METHOD = Words("answers to the questionnaire", "问卷回答")


@dataclass(frozen=True, eq=False)
class Survey:
    """What a questionnaire gave, with nothing in it that tells of fewer than five people.

    Attributes
    ----------
    codebook
        Questions and options.
    table
        As from `taobaogis.social.frequencies.frequencies`.
    respondents
        By village, how many answered; None where they are fewer than five. All together under
        ``""``, if there are several villages.
    returned_share
        Of the questionnaires sent; NaN if it is not known how many were.
    warnings
        What speaks against the intervals.
    associations
        As from `taobaogis.social.cross.associations`, over all villages.
    """

    codebook: Codebook
    table: pd.DataFrame
    respondents: Mapping[str, int | None]
    returned_share: float
    warnings: tuple[Words, ...]
    associations: pd.DataFrame

    def of(self, village: str) -> pd.DataFrame:
        """Rows of one village; of all together for ``""``."""
        return self.table[self.table["village"] == village]


def survey_of(samples: Mapping[str, Answers]) -> Survey | None:
    """Count the answers of all villages of a study.

    Parameters
    ----------
    samples
        Answers by village, all by one codebook; villages without questionnaire are left out.

    Returns
    -------
    survey
        None if there is no questionnaire.

    Raises
    ------
    InputError
        If the codebooks differ, or more came back than were sent.
    """
    if not samples:
        return None
    everybody = pooled(samples.values())
    book = everybody.codebook
    respondents = _respondents(samples)
    n = respondents[""] if len(samples) > 1 else next(iter(respondents.values()))
    returned = response_share(n, book.sent) if n is not None else math.nan
    warnings = _warnings(n, len(samples), book.likeness)
    return Survey(
        book, frequencies(samples), respondents, returned, warnings, associations(everybody)
    )


def asked_shares(survey: Survey | None) -> tuple[tuple[str, float], ...]:
    """Share of all respondents who ask for what an indicator measures, to weigh criteria by.

    Parameters
    ----------
    survey
        From `survey_of`.

    Returns
    -------
    shares
        By indicator, as ``[comparison.needs]`` of a study has them; none without questionnaire or
        if nothing can be told.
    """
    if survey is None:
        return ()
    scope = "" if "" in survey.respondents else next(iter(survey.respondents))
    weights = need_weights(need_gaps(survey.of(scope), survey.codebook, {}))
    return tuple((key, share) for key, (share, _, _) in weights.items())


def _respondents(samples: Mapping[str, Answers]) -> dict[str, int | None]:
    """How many answered, where that does not tell of a place where fewer than five did."""
    cells = np.array([sample.n for sample in samples.values()])
    items = np.eye(len(cells), dtype=int)
    names, worth = [*samples], [1] * len(cells)
    if len(samples) > 1:
        items = np.vstack([items, np.ones((1, len(cells)), dtype=int)])
        names, worth = [*names, ""], [*worth, 0]
    hidden = hidden_items(cells, items, worth=np.array(worth))
    value = (items @ cells).tolist()
    return {
        name: None if hide else count
        for name, hide, count in zip(names, hidden, value, strict=True)
    }


def _warnings(n: int | None, places: int, likeness: float) -> tuple[Words, ...]:
    found = []
    if n is not None and places > 1 and likeness > 0:
        effect = design_effect(n, places, likeness=likeness)
        told = n / effect
        found.append(
            Words(
                f"the respondents were drawn in {places} places; if people of one place are "
                f"alike by {likeness:g} (assumed), {n} tell as much as {told:.0f} drawn "
                "one by one, and the wider intervals are the ones to use",
                f"受访者来自 {places} 处；若同地受访者的组内相关为 {likeness:g}（假定），"
                f"{n} 人相当于简单随机抽样 {told:.0f} 人，应采用较宽的区间",
            )
        )
    return tuple(found)


def survey_indicators(
    survey: Survey | None, village: str, indicators: Mapping[str, Indicator]
) -> tuple[list[Indicator], tuple[NeedGap, ...]]:
    """What the questionnaire says of one village.

    Parameters
    ----------
    survey
        From `survey_of`.
    village
        Id.
    indicators
        Measured ones of the village, by key.

    Returns
    -------
    indicators
        Every one of `SURVEY_KEYS`.
    gaps
        Stated needs against measured gaps.
    """
    n = None if survey is None else survey.respondents.get(village)
    if survey is None or n is None:
        why = _NO_SURVEY
        if survey is not None and village in survey.respondents:
            why = Words("fewer than five people answered", "回答者少于 5 人")
        return [not_available(key, why) for key in SURVEY_KEYS], ()
    few = Words(f"only {n} people answered", f"仅 {n} 人回答") if n < _FEW else Words("")
    level, reason = grade([few])
    gaps = need_gaps(survey.of(village), survey.codebook, indicators)
    source = Words(survey.codebook.title_en, survey.codebook.title_zh)
    found = [
        measured(SURVEY_KEYS[0], n, method=_METHOD, source=source, n=n, grade=level, reason=reason)
    ]
    if not gaps or gaps[0].share is None:
        why = Words("no need can be told", "无可报告的需求")
        return [*found, *(not_available(key, why) for key in SURVEY_KEYS[1:])], gaps
    top = gaps[0]
    because = Words(f"{top.name}; {reason}" if reason else top.name, f"{top.name.zh}")
    found.append(
        measured(SURVEY_KEYS[1], top.share or 0.0, low=top.low, high=top.high, method=_METHOD,
                 source=source, n=n, grade=level, reason=because)
    )  # fmt: skip
    for key, case, asked in (
        (SURVEY_KEYS[2], "asked_missing", "yes"), (SURVEY_KEYS[3], "hidden_gap", "no")
    ):  # fmt: skip
        sure = sum(gap.case == case for gap in gaps)
        open_ = sum(
            gap.asked in {asked, "unknown"} and gap.missing in {"yes", "unknown"} for gap in gaps
        )
        found.append(
            measured(key, sure, low=sure, high=open_, method=_METHOD, source=source, n=len(gaps),
                     grade=level, reason=reason)
        )  # fmt: skip
    return found, gaps

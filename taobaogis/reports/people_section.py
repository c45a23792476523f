"""People and e-commerce in words: the Taobao-village test, the questionnaire, needs and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from taobaogis.indicators import definitions
from taobaogis.maps import words
from taobaogis.maps.model import Label
from taobaogis.reports.survey_table import association_words
from taobaogis.social.needs import CASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from taobaogis.compare.taobao_village import TaobaoTest
    from taobaogis.indicators import Indicator
    from taobaogis.results import VillageResult
    from taobaogis.social.needs import NeedGap
    from taobaogis.social.survey import Survey

__all__ = ["Pair", "People", "PeopleVillage", "people_of", "taobao_fact"]

_LEAST_SHOWN = 0.001
_LEVEL = 0.05
_VERDICTS = {
    "pass": Label("is a Taobao village", "符合淘宝村标准"),
    "fail": Label("is not a Taobao village", "不符合淘宝村标准"),
    "undetermined": Label("cannot be told yet", "尚无法判定"),
}
_MARKS = {"pass": Label("met", "满足"), "fail": Label("not met", "不满足"),
          "undetermined": Label("open", "待定")}  # fmt: skip


@dataclass(frozen=True)
class _Condition:
    """A condition of the test."""

    name: Label
    verdict: str
    mark: Label
    found: Label
    missing: Label


@dataclass(frozen=True)
class _Wording:
    """Another wording and what it says."""

    name: Label
    note: Label
    evidence: str
    verdict: str
    mark: Label


@dataclass(frozen=True)
class _Need:
    """A need with the bar of those who ask for it, in percent."""

    name: Label
    share: str
    interval: str
    at: float
    low: float
    high: float
    case: str
    case_words: Label
    measured: Label


@dataclass(frozen=True)
class Pair:
    """Two questions, how strongly they go together, and whether that may be chance."""

    question: Label
    other: Label
    strength: str
    chance: str
    warning: Label
    beyond_chance: bool


@dataclass(frozen=True)
class PeopleVillage:
    """A village as the section shows it."""

    name: Label
    verdict: str
    verdict_words: Label
    conditions: tuple[_Condition, ...]
    others: tuple[_Wording, ...]
    needs: tuple[_Need, ...]
    respondents: Label


@dataclass(frozen=True)
class People:
    """The section.

    Attributes
    ----------
    villages
        In the order in which they are shown.
    title
        Of the questionnaire; empty words if there is none.
    facts
        How many answered, how many of those asked, and what to beware of.
    questions
        Heading, columns and rows of each question, for all villages together.
    pairs
        Questions that go together, the strongest first.
    """

    villages: tuple[PeopleVillage, ...]
    title: Label
    facts: tuple[Label, ...]
    questions: tuple[tuple[Label, tuple[tuple[Label, str, str, str], ...]], ...]
    pairs: tuple[Pair, ...] = ()


def people_of(villages: Sequence[VillageResult], survey: Survey | None) -> People:
    """What a run says of people and e-commerce.

    Parameters
    ----------
    villages
        As measured, in the order in which they are to be shown.
    survey
        The questionnaire of the study; None without.

    Returns
    -------
    people
        With a test of every village; needs and questions only where there is a questionnaire.
    """
    return People(
        villages=tuple(_village(v, survey) for v in villages),
        title=Label(survey.codebook.title_en, survey.codebook.title_zh)
        if survey
        else Label("", ""),
        facts=_facts(survey) if survey else (),
        questions=_questions(survey) if survey else (),
        pairs=tuple(_pairs(survey)) if survey else (),
    )


def taobao_fact(tests: tuple[TaobaoTest, ...]) -> Label:
    """What the default wording says of a village, in one line; empty without tests.

    Parameters
    ----------
    tests
        By every wording, the default first.
    """
    if not tests:
        return Label("", "")
    said = _VERDICTS[tests[0].verdict]
    missing = [c.missing for c in tests[0].conditions if c.missing]
    if not missing:
        return said
    en, zh = "; ".join(missing), "；".join(m.zh for m in missing)
    return Label(f"{said.en}. Missing: {en}", f"{said.zh}。尚缺：{zh}")


def _village(measured: VillageResult, survey: Survey | None) -> PeopleVillage:
    spec, tests = measured.village.spec, measured.taobao
    first = tests[0]
    n = survey.respondents.get(spec.id) if survey else None
    told = Label(f"{n} respondents", f"{n} 位受访者") if n is not None else Label("", "")
    return PeopleVillage(
        name=Label(spec.name_en or spec.id, spec.name_zh or spec.id),
        verdict=first.verdict,
        verdict_words=_VERDICTS[first.verdict],
        conditions=tuple(
            _Condition(
                Label(c.name, c.name.zh), c.verdict, _MARKS[c.verdict], Label(c.found, c.found.zh),
                Label(c.missing, c.missing.zh),
            )
            for c in first.conditions
        ),
        others=tuple(
            _Wording(
                Label(t.criterion.name_en, t.criterion.name_zh),
                Label(t.criterion.note_en, t.criterion.note_zh),
                t.criterion.evidence, t.verdict, _MARKS[t.verdict],
            )
            for t in tests[1:]
        ),
        needs=tuple(_need(gap, measured.indicators) for gap in measured.needs),
        respondents=told,
    )  # fmt: skip


def _need(gap: NeedGap, indicators: Mapping[str, Indicator]) -> _Need:
    share, low, high = (100 * (x or 0.0) for x in (gap.share, gap.low, gap.high))
    known = gap.share is not None
    parts = [(definitions()[key], words.value_text(indicators[key])) for key in gap.measured]
    return _Need(
        name=Label(gap.name, gap.name.zh),
        share=f"{share:.0f}\u2009%" if known else "",
        interval=f"{low:.0f}–{high:.0f}\u2009%" if known else "",
        at=share, low=low, high=high, case=gap.case,
        case_words=Label(CASES[gap.case], CASES[gap.case].zh),
        measured=Label(
            "; ".join(f"{d.name_en} {text}\u2009%" for d, text in parts),
            "；".join(f"{d.name_zh} {text}\u2009%" for d, text in parts),
        ),
    )  # fmt: skip


def _facts(survey: Survey) -> tuple[Label, ...]:
    n = survey.respondents.get("", next(iter(survey.respondents.values())))
    facts = []
    if n is not None:
        facts.append(Label(f"{n} people answered.", f"{n} 人作答。"))
    if pd.notna(survey.returned_share):
        share = f"{100 * survey.returned_share:.1f}\u2009%"
        sent = survey.codebook.sent
        facts.append(
            Label(
                f"Of {sent} questionnaires {share} came back valid.",
                f"发放 {sent} 份，有效率 {share}。",
            )
        )
    facts += [Label(f"{w[0].upper()}{w[1:]}.", f"{w.zh}。") for w in survey.warnings]
    return tuple(facts)


def _pairs(survey: Survey) -> Iterable[Pair]:
    for question, other, strength, chance, warning in association_words(survey):
        said = "< 0.001" if chance < _LEAST_SHOWN else f"{chance:.3f}"
        yield Pair(question, other, f"{strength:.2f}", said, warning, chance < _LEVEL)


def _questions(
    survey: Survey,
) -> tuple[tuple[Label, tuple[tuple[Label, str, str, str], ...]], ...]:
    scope = "" if "" in set(survey.table["village"]) else str(survey.table["village"].iloc[0])
    table = survey.of(scope)
    found = []
    for question in survey.codebook.questions:
        rows = table[table["question"] == question.id].set_index("option")
        lines = []
        for option in question.options:
            row = rows.loc[option.code]
            name = Label(option.en or option.code, option.zh or option.en or option.code)
            if row["hidden"]:
                lines.append((name, "", "", ""))
                continue
            responses = row["response_share"]
            lines.append(
                (
                    name,
                    f"{100 * row['share']:.1f}\u2009%",
                    f"{100 * row['low_places']:.1f}–{100 * row['high_places']:.1f}\u2009%",
                    f"{100 * responses:.1f}\u2009%" if pd.notna(responses) else "",
                )
            )
        found.append((Label(question.name_en, question.name_zh), tuple(lines)))
    return tuple(found)

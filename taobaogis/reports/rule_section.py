"""The rule book in words: a line a rule, a cell a village, read and unread clauses told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taobaogis.compare.rule_book import FAIL, PASS, UNDETERMINED
from taobaogis.maps import words
from taobaogis.maps.model import Label
from taobaogis.rules import EVIDENCE, STATUS, TOPICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.compare.rule_book import RuleFindings, RuleScore
    from taobaogis.rules import PlanningRule

__all__ = ["VERDICTS", "RuleCell", "RuleLine", "RuleTopic", "rule_fact", "rule_topics"]

VERDICTS = {
    PASS: Label("kept", "符合"),
    FAIL: Label("broken", "不符合"),
    UNDETERMINED: Label("open", "存疑"),
}
_THINGS = {
    "lane": Label("lanes", "条巷道"),
    "dead_end": Label("dead ends", "处尽端"),
    "pair": Label("pairs", "对房屋"),
    "row": Label("rows", "处连排"),
    "house": Label("houses", "栋房屋"),
    "street": Label("streets", "条街道"),
    "village": Label("", ""),
}
_UNREAD_LAST = {"V1": 0, "study": 1, "own": 2, "V2": 3, "M": 4}


@dataclass(frozen=True)
class RuleCell:
    """A village on a rule: the verdict, how many, and the worst of them."""

    verdict: str
    word: Label
    count: Label
    worst: Label
    why: Label


@dataclass(frozen=True)
class RuleLine:
    """A rule over all villages."""

    name: Label
    limit: Label
    clause: str
    status: Label
    stands: bool
    evidence: str
    evidence_words: Label
    note: Label
    cells: tuple[RuleCell | None, ...]


@dataclass(frozen=True)
class RuleTopic:
    """Rules of one topic; those whose clause was read come first."""

    title: Label
    lines: tuple[RuleLine, ...]


def rule_topics(books: Sequence[RuleFindings | None]) -> tuple[RuleTopic, ...]:
    """Scorecard of all villages.

    Parameters
    ----------
    books
        Rule book of each village; None for one that was not judged.

    Returns
    -------
    topics
        In the order in which planners use them. A rule that speaks of nothing that any village
        has is left out; a cell of a village without it is None.
    """
    by_village = [{s.rule.key: s for s in b.scores} if b is not None else {} for b in books]
    keys = dict.fromkeys(key for scores in by_village for key in scores)
    topics = []
    for topic, title in TOPICS.items():
        lines = []
        for key in keys:
            found = [scores.get(key) for scores in by_village]
            rule = next(score.rule for score in found if score is not None)
            if rule.topic == topic and any(s is not None and s.applies for s in found):
                lines.append(_line(rule, found))
        lines.sort(key=lambda line: _UNREAD_LAST[line.evidence])
        if lines:
            topics.append(RuleTopic(Label(title, title.zh), tuple(lines)))
    return tuple(topics)


def rule_fact(book: RuleFindings | None) -> Label:
    """How many rules a village breaks, in one line; empty if none could be judged.

    Parameters
    ----------
    book
        Of the village.
    """
    judged = [] if book is None else [s for s in book.scores if s.judged]
    if not judged:
        return Label("", "")
    broken = [score for score in judged if score.verdict == FAIL]
    read = sum(score.rule.is_read for score in broken)
    open_ = sum(score.verdict == UNDETERMINED for score in judged)
    return Label(
        f"{len(broken)} of {len(judged)} planning rules broken ({read} of them read in the "
        f"original), {open_} open",
        f"核对 {len(judged)} 条规范，{len(broken)} 条不符合（其中 {read} 条已核对原文），"
        f"{open_} 条存疑",
    )


def _line(rule: PlanningRule, found: Sequence[RuleScore | None]) -> RuleLine:
    status = STATUS[rule.status]
    by = rule.superseded_by
    return RuleLine(
        name=Label(rule.name_en, rule.name_zh),
        limit=_limit(rule),
        clause=rule.source,
        status=Label(
            f"{status} by {by}" if by else status, f"{status.zh}（{by}）" if by else status.zh
        ),
        stands=rule.status in {"in force", "convention"},
        evidence=rule.evidence,
        evidence_words=Label(EVIDENCE[rule.evidence], EVIDENCE[rule.evidence].zh),
        note=Label(rule.note_en, rule.note_zh),
        cells=tuple(_cell(s) if s is not None and s.applies else None for s in found),
    )


def _limit(rule: PlanningRule) -> Label:
    number, unit = _number(rule.value, rule), words.unit_label(rule.unit)
    sign = "≥" if rule.least else "≤"
    return Label(f"{sign} {number} {unit.en}".strip(), f"{sign} {number} {unit.zh}".strip())


def _number(value: float, rule: PlanningRule) -> str:
    if rule.unit == "share":
        return f"{100 * value:.0f}"
    return f"{value:,.0f}" if rule.unit == "exits" else f"{value:,.1f}".removesuffix(".0")


def _cell(score: RuleScore) -> RuleCell:
    rule, empty = score.rule, Label("", "")
    unit = words.unit_label(rule.unit)
    worst = empty
    if score.worst is not None:
        value = _number(score.worst, rule)
        worst = Label(f"{value} {unit.en}".strip(), f"{value} {unit.zh}".strip())
        if rule.subject != "village":
            worst = Label(f"worst {worst.en}", f"最差 {worst.zh}")
    return RuleCell(
        verdict=score.verdict if score.judged or not score.reason else "none",
        word=VERDICTS[score.verdict]
        if score.judged or not score.reason
        else Label("not judged", "未判定"),
        count=_count(score),
        worst=worst,
        why=Label(score.reason, score.reason.zh),
    )


def _count(score: RuleScore) -> Label:
    thing = _THINGS[score.rule.subject]
    if not thing.en or not score.judged:
        return Label("", "")
    parts = [
        (score.failed, "fail", "不符合"),
        (score.undetermined, "open", "存疑"),
    ]
    told = [(n, en, zh) for n, en, zh in parts if n]
    if not told:
        return Label(f"all {score.judged:,} {thing.en}", f"全部 {score.judged:,} {thing.zh}")
    return Label(
        ", ".join(f"{n:,} {en}" for n, en, _ in told) + f" of {score.judged:,} {thing.en}",
        f"{score.judged:,} {thing.zh}中" + "，".join(f"{n:,} {zh}" for n, _, zh in told),
    )

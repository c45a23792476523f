"""How often a village breaks the rules, in numbers: by topic, and how many rules in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.compare.rule_book import FAIL, PASS
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.compare.rule_book import RuleFindings, RuleScore
    from taobaogis.village import Village

__all__ = ["RULE_KEYS", "rule_indicators"]

_TOPICS = {
    "safety_failure_count": "safety",
    "street_failure_count": "streets",
    "facility_failure_count": "facilities",
}
RULE_KEYS = ("rules_broken_count", *_TOPICS)
_SURE = "things that are on the wrong side of a limit for sure"


def rule_indicators(village: Village, findings: RuleFindings) -> list[Indicator]:
    """Failures of a village by topic, and the rules that it breaks.

    Parameters
    ----------
    village
        Which was judged.
    findings
        From `taobaogis.compare.rule_book.judge_village`.

    Returns
    -------
    indicators
        Every one of `RULE_KEYS`. The upper bound counts what is undetermined as failing. Without
        anything that could be judged all are NA.
    """
    source = village.layers.source("buildings")
    judged = [score for score in findings.scores if score.judged]
    found = [_broken(village, judged, source)]
    for key, topic in _TOPICS.items():
        of_topic = [score for score in judged if score.rule.topic == topic]
        failed = sum(score.failed for score in of_topic)
        open_ = sum(score.undetermined for score in of_topic)
        found.append(_count(village, key, of_topic, (failed, failed + open_), source))
    return found


def _broken(village: Village, judged: Sequence[RuleScore], source: str) -> Indicator:
    broken = sum(score.verdict == FAIL for score in judged)
    not_kept = sum(score.verdict != PASS for score in judged)
    return _count(village, RULE_KEYS[0], judged, (broken, not_kept), source)


def _count(
    village: Village,
    key: str,
    judged: Sequence[RuleScore],
    bounds: tuple[int, int],
    source: str,
) -> Indicator:
    if not judged:
        why = village.outside or Words("nothing could be judged", "无可判定的对象")
        return not_available(key, why, method=_SURE, source=source)
    unread = [score for score in judged if score.failed and not score.rule.is_read]
    failed = sum(score.failed for score in judged)
    share = sum(score.failed for score in unread) / failed if failed else 0.0
    level, reason = grade([*boundary_doubts(village), doubt("clauses_unread", share)])
    return measured(
        key, bounds[0], low=bounds[0], high=bounds[1], method=_SURE, source=source,
        n=sum(score.judged for score in judged), grade=level, reason=reason,
    )  # fmt: skip

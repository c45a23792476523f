"""The rule book as a table: one row a village and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from taobaogis.reports.tables import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from taobaogis.compare.rule_book import RuleFindings, RuleScore

__all__ = ["RULE_COLUMNS", "rule_csv", "rule_table"]

RULE_COLUMNS = (
    "village", "rule", "topic", "subject", "verdict", "judged", "passed", "failed",
    "undetermined", "worst", "worst_thing", "at_least", "at_most", "unit", "code", "clause",
    "status", "superseded_by", "evidence", "name_en", "name_zh", "reason", "reason_zh",
)  # fmt: skip


def rule_table(villages: Iterable[RuleFindings | None]) -> pd.DataFrame:
    """How each village does on each rule that speaks of something it has.

    Parameters
    ----------
    villages
        Rule book of each; one that was not judged has no rows.

    Returns
    -------
    table
        Columns as in `RULE_COLUMNS`. Of ``at_least`` and ``at_most`` one holds the figure; a rule
        that could not be judged has ``judged`` 0 and a reason.
    """
    rows = [
        _row(findings.village, score)
        for findings in villages
        if findings is not None
        for score in findings.scores
        if score.applies
    ]
    return pd.DataFrame(rows, columns=list(RULE_COLUMNS))


def rule_csv(villages: Iterable[RuleFindings | None]) -> str:
    """The same table as CSV text; as `taobaogis.reports.tables.indicator_csv`."""
    return csv_text(rule_table(villages), texts=("worst_thing", "reason", "reason_zh"))


def _row(village: str, score: RuleScore) -> dict[str, object]:
    rule = score.rule
    return {
        "village": village, "rule": rule.key, "topic": rule.topic, "subject": rule.subject,
        "verdict": score.verdict, "judged": score.judged, "passed": score.passed,
        "failed": score.failed, "undetermined": score.undetermined, "worst": score.worst,
        "worst_thing": score.worst_thing, "at_least": rule.value if rule.least else None,
        "at_most": None if rule.least else rule.value, "unit": rule.unit, "code": rule.code,
        "clause": rule.clause, "status": rule.status, "superseded_by": rule.superseded_by,
        "evidence": rule.evidence, "name_en": rule.name_en, "name_zh": rule.name_zh,
        "reason": str(score.reason), "reason_zh": score.reason.zh,
    }  # fmt: skip

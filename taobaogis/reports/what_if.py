"""What the changes of a study would do, in words and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from taobaogis.compare.differences import differences
from taobaogis.compare.ranking import compare_villages
from taobaogis.maps import words
from taobaogis.maps.model import Label
from taobaogis.reports.tables import csv_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.compare.differences import Difference, Verdict
    from taobaogis.compare.ranking import Comparison
    from taobaogis.results import Applied, StudyResult

__all__ = ["CHANGE_COLUMNS", "VERDICTS", "WhatIfReport", "change_text", "changes_csv",
           "changes_record", "what_if_report"]  # fmt: skip

CHANGE_COLUMNS = (
    "village", "indicator", "unit", "before", "low", "high", "after", "change", "verdict",
)  # fmt: skip

VERDICTS: Mapping[Verdict, Label] = {
    "beyond": Label("exceeds the doubt", "超出误差范围"),
    "within": Label("within the doubt", "在误差范围内"),
    "no bounds": Label("no doubt was stated", "未给出误差"),
    "gained": Label("now has a value", "由无到有"),
    "lost": Label("no longer has a value", "由有到无"),
}


@dataclass(frozen=True)
class WhatIfReport:
    """Before and after.

    Attributes
    ----------
    applied
        What became of each change.
    differences
        Every indicator that differs.
    ranks
        Rank and total before and after, by village; None without.
    """

    applied: tuple[Applied, ...]
    differences: tuple[Difference, ...]
    ranks: Mapping[str, tuple[int | None, int | None, float | None, float | None]]

    def of(self, village: str) -> tuple[Difference, ...]:
        """Differences of one village."""
        return tuple(d for d in self.differences if d.village == village)


def what_if_report(result: StudyResult, before: Comparison) -> WhatIfReport | None:
    """Everything that the changes of a study move.

    Parameters
    ----------
    result
        A run.
    before
        Its ranking without the changes.

    Returns
    -------
    report
        None if the study changes nothing.
    """
    if result.what_if is None:
        return None
    old = {v.village.id: v.indicators for v in result.villages}
    after = compare_villages(
        result.what_if.indicators, result.study.criteria, result.study.comparison
    )
    was = {v.village: v for v in before.villages}
    now = {v.village: v for v in after.villages}
    return WhatIfReport(
        applied=result.what_if.applied,
        differences=differences(old, result.what_if.indicators),
        ranks={key: (was[key].rank, now[key].rank, was[key].total, now[key].total) for key in old},
    )


def changes_csv(report: WhatIfReport) -> str:
    """The differences as CSV text, as `taobaogis.reports.tables.indicator_csv`.

    Parameters
    ----------
    report
        From `what_if_report`.
    """
    rows = [
        (
            d.village, d.before.key, d.before.definition.unit, d.before.value, d.before.low,
            d.before.high, d.after.value, d.change, d.verdict,
        )
        for d in report.differences
    ]  # fmt: skip
    return csv_text(pd.DataFrame(rows, columns=list(CHANGE_COLUMNS)), texts=())


def changes_record(report: WhatIfReport) -> dict[str, Any]:
    """The same as plain values, for programs.

    Parameters
    ----------
    report
        From `what_if_report`.
    """
    return {
        "changes": [
            {"do": a.do, "touched": a.touched, "said": str(a.said)} for a in report.applied
        ],
        "differences": [
            {"village": d.village, "indicator": d.before.key, "before": d.before.value,
             "after": d.after.value, "change": d.change, "low": d.before.low,
             "high": d.before.high, "verdict": d.verdict}
            for d in report.differences
        ],
        "ranks": {
            key: {"before": before, "after": after, "total_before": was, "total_after": now}
            for key, (before, after, was, now) in report.ranks.items()
        },
    }  # fmt: skip


def change_text(difference: Difference) -> str:
    """Change with its sign, without its unit; empty if a value is missing."""
    if difference.change is None:
        return ""
    sign = "+" if difference.change > 0 else "\u2212"
    return sign + words.number_text(abs(difference.change), difference.before.definition)

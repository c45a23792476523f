"""Indicators as a table: one row a village and indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from taobaogis.results import StudyResult

__all__ = ["INDICATOR_COLUMNS", "indicator_csv", "indicator_table"]

INDICATOR_COLUMNS = (
    "village", "group", "indicator", "value", "unit", "low", "high", "grade", "n", "method",
    "source", "reason",
)  # fmt: skip

# A spreadsheet takes a cell that starts with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_TEXT_COLUMNS = ("village", "method", "source", "reason")


def indicator_table(result: StudyResult) -> pd.DataFrame:
    """All indicators of all villages.

    Parameters
    ----------
    result
        A finished run.

    Returns
    -------
    table
        Columns as in `INDICATOR_COLUMNS`. A value the data cannot give is NaN with the grade
        ``NA`` and a reason.
    """
    rows = [
        (
            measured.village.id,
            indicator.definition.group,
            indicator.key,
            indicator.value,
            indicator.definition.unit,
            indicator.low,
            indicator.high,
            indicator.grade,
            indicator.n,
            indicator.method,
            indicator.source,
            indicator.reason,
        )
        for measured in result.villages
        for indicator in measured.indicators.values()
    ]
    table = pd.DataFrame(rows, columns=list(INDICATOR_COLUMNS))
    for column in ("value", "low", "high"):
        table[column] = table[column].astype("float64")
    return table


def indicator_csv(result: StudyResult) -> str:
    """The same table as CSV text that spreadsheets open without running anything.

    Parameters
    ----------
    result
        A finished run.

    Returns
    -------
    text
        With a byte-order mark, so that Excel reads Chinese; numbers with ten digits.
    """
    table = indicator_table(result)
    for column in _TEXT_COLUMNS:
        table[column] = table[column].map(_harmless)
    return "\ufeff" + table.to_csv(index=False, float_format="%.10g", lineterminator="\n")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text

"""Indicators as a table: one row a village and indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from taobaogis.compare.advice import advice
from taobaogis.indicators import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.compare.ranking import Comparison
    from taobaogis.results import StudyResult

__all__ = [
    "COMPARISON_COLUMNS",
    "INDICATOR_COLUMNS",
    "comparison_csv",
    "csv_text",
    "indicator_csv",
    "indicator_table",
]

INDICATOR_COLUMNS = (
    "village", "group", "indicator", "value", "unit", "low", "high", "grade", "n", "method",
    "source", "reason", "reason_zh",
)  # fmt: skip

COMPARISON_COLUMNS = (
    "village", "rank", "total", "low", "high", "first_share", "first_share_data", "topsis",
    "refused", "refused_zh", "map_first", "map_first_zh",
)  # fmt: skip

# A spreadsheet takes a cell that starts with one of these for a formula; the wide ones where the
# language of the program has them.
_FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    *map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)),
)
_TEXT_COLUMNS = ("village", "method", "source", "reason", "reason_zh")
_COMPARISON_TEXTS = ("village", "refused", "refused_zh", "map_first", "map_first_zh")


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
            str(indicator.reason),
            Words.of(indicator.reason).zh,
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
    return csv_text(table, texts=_TEXT_COLUMNS)


def comparison_csv(comparison: Comparison) -> str:
    """Ranking as CSV text, best first, with what to map for those without a rank.

    Parameters
    ----------
    comparison
        From `taobaogis.compare.ranking.compare_villages`.

    Returns
    -------
    text
        As `indicator_csv`. ``first_share`` is the chance of being first with weights and data in
        doubt, ``first_share_data`` with the weights as they are, ``topsis`` the second opinion.
    """
    rows = [
        (
            score.village,
            score.rank,
            score.total,
            score.low,
            score.high,
            score.first_share,
            score.first_share_data,
            score.closeness,
            score.refused,
            score.refused.zh,
            advice(score.map_first),
            advice(score.map_first).zh,
        )
        for score in comparison.villages
    ]
    table = pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))
    table["rank"] = table["rank"].astype("Int64")
    return csv_text(table, texts=_COMPARISON_TEXTS)


def csv_text(table: pd.DataFrame, *, texts: Sequence[str] = ()) -> str:
    """CSV text that spreadsheets open without running anything.

    Parameters
    ----------
    table
        Any table.
    texts
        Columns whose words come from outside.

    Returns
    -------
    text
        With a byte-order mark, so that Excel reads Chinese; numbers with ten digits.
    """
    table = table.assign(**{column: table[column].map(_harmless) for column in texts})
    return "\ufeff" + table.to_csv(index=False, float_format="%.10g", lineterminator="\n")


def _harmless(text: str) -> str:
    # A lone carriage return ends a row for readers, and the writer does not put it in quotes.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text

"""Two questions against each other: a table, a test, and how strong it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taobaogis.errors import InputError
from taobaogis.indicators import NO_WORDS, Words
from taobaogis.social.disclosure import LEAST, hidden_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taobaogis.social.answers import Answers

__all__ = ["CrossTable", "association", "cross_table"]

_FEW_EXPECTED, _MOST_FEW_SHARE = 5.0, 0.2


@dataclass(frozen=True, eq=False)
class CrossTable:
    """How two questions go together.

    Attributes
    ----------
    counts
        Options of the one down and of the other across, with ``""`` for their sums; missing
        where a number would tell of fewer than five people.
    n
        How many answered both; None if that is fewer than five.
    chi2, dof, p
        Pearson's test, without correction, on all counts; NaN if a question has one answer only.
    cramers_v
        Strength from 0 to 1.
    warning
        What speaks against the test; empty if nothing does.
    """

    counts: pd.DataFrame
    n: int | None
    chi2: float
    dof: int
    p: float
    cramers_v: float
    warning: Words


def cross_table(answers: Answers, down: str, across: str) -> CrossTable:
    """Cross-table of two questions that take one answer, or of one against each option.

    Parameters
    ----------
    answers
        Of one sample or of several pooled.
    down, across
        Ids of two different single questions.

    Returns
    -------
    table
        Over those who answered both.

    Raises
    ------
    InputError
        If a question is not there, is the same twice, or takes several answers.

    References
    ----------
    Cramér 1946, Mathematical Methods of Statistics.
    """
    known = {question.id: question for question in answers.codebook.questions}
    for name in (down, across):
        if name not in known or known[name].kind != "single" or down == across:
            fit = ", ".join(q.id for q in known.values() if q.kind == "single")
            message = (
                f"a cross-table takes two questions with one answer each, not '{down}' and "
                f"'{across}'; choose among {fit}."
            )
            raise InputError(message)
    both = answers.answered[down] & answers.answered[across]
    one, other = (answers.chosen[name][both].astype(int) for name in (down, across))
    table = one.T @ other
    chi2, dof, p, v, warning = association(table)
    return CrossTable(
        _shown(table, known[down].codes, known[across].codes),
        int(both.sum()) if both.sum() >= LEAST else None,
        chi2, dof, p, v, warning,
    )  # fmt: skip


def association(table: NDArray[np.integer]) -> tuple[float, int, float, float, Words]:
    """Chi-square test and Cramér's V of a table of counts.

    Parameters
    ----------
    table
        Counts; rows and columns without anybody do not matter.

    Returns
    -------
    chi2, dof, p, v, warning
        As in `CrossTable`.

    Examples
    --------
    >>> chi2, dof, p, v, _ = association(np.array([[30, 10], [10, 30]]))
    >>> round(chi2, 2), dof, round(v, 3)
    (20.0, 1, 0.5)
    """
    from scipy.stats import chi2 as chi2_distribution  # noqa: PLC0415 - only where asked for

    counts = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0].astype(float)
    n = counts.sum()
    if min(counts.shape) < 2:  # noqa: PLR2004 - nothing to compare
        why = Words("one of the questions has a single answer", "其中一题只有一种回答")
        return math.nan, 0, math.nan, math.nan, why
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    chi2 = float(((counts - expected) ** 2 / expected).sum())
    dof = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    v = math.sqrt(chi2 / (n * (min(counts.shape) - 1)))
    warning = NO_WORDS
    if (expected < _FEW_EXPECTED).mean() > _MOST_FEW_SHARE:
        warning = Words(
            "more than a fifth of the expected counts are below 5: the test is not to be trusted",
            "逾五分之一的期望频数小于 5，检验不可靠",
        )
    return chi2, dof, float(chi2_distribution.sf(chi2, dof)), min(v, 1.0), warning


def _shown(
    table: NDArray[np.integer], down: tuple[str, ...], across: tuple[str, ...]
) -> pd.DataFrame:
    rows, columns = table.shape
    at = np.arange(table.size).reshape(table.shape)
    groups = [
        *at.ravel()[:, None], *at, *at.T, at.ravel(),
    ]  # fmt: skip
    items = np.zeros((len(groups), table.size), dtype=int)
    for item, group in zip(items, groups, strict=True):
        item[group] = 1
    hidden = hidden_items(table.ravel(), items)
    value = pd.array(items @ table.ravel(), dtype="Int64")
    value[hidden] = pd.NA
    inner = pd.DataFrame(
        np.array(value[: table.size], dtype=object).reshape(rows, columns),
        index=list(down),
        columns=list(across),
    )
    inner[""] = value[table.size : table.size + rows]
    foot = value[table.size + rows :]
    inner.loc[""] = list(foot)
    return inner.astype("Int64")

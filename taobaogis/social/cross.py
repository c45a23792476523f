"""Questions against each other: a table, a test, and how strong it is; and all pairs at once."""

from __future__ import annotations

import itertools
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

__all__ = ["ASSOCIATION_COLUMNS", "CrossTable", "association", "associations", "cross_table"]

ASSOCIATION_COLUMNS = (
    "question", "other", "option", "n", "chi2", "dof", "p", "p_adjusted", "cramers_v", "warning",
    "warning_zh",
)  # fmt: skip

_FEW_EXPECTED, _MOST_FEW_SHARE = 5.0, 0.2
_HIDDEN = Words("not told: a cell has fewer than five people", "不公布：有单元格少于 5 人")


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
        Pearson's test, without correction, on all counts; NaN if a question has one answer only,
        or a cell tells of fewer than five people, as it could be worked out from the test.
    cramers_v
        Strength from 0 to 1; NaN likewise.
    warning
        What speaks against the test, or why there is none; empty if nothing does.
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
    chi2, dof, p, v, warning = _told(table)
    return CrossTable(
        _shown(table, known[down].codes, known[across].codes),
        int(both.sum()) if both.sum() >= LEAST else None,
        chi2, dof, p, v, warning,
    )  # fmt: skip


def associations(answers: Answers) -> pd.DataFrame:
    """How every question goes together with every other, the strongest first.

    Parameters
    ----------
    answers
        Of one sample or of several pooled.

    Returns
    -------
    table
        The columns of `ASSOCIATION_COLUMNS`: a row a pair of questions with one answer each, and
        one a question with one answer and an ``option`` of a question with several, which is
        chosen or not. ``p_adjusted`` controls false discoveries over all tests told (Benjamini and
        Hochberg 1995). A pair in which fewer than five answered both is left out; one with a cell
        of fewer than five has no numbers.
    """
    from scipy.stats import false_discovery_control  # noqa: PLC0415 - only where asked for

    single = [q for q in answers.codebook.questions if q.kind == "single"]
    several = [q for q in answers.codebook.questions if q.kind != "single"]
    pairs = [(a.id, b.id, "", answers.chosen[b.id]) for a, b in itertools.combinations(single, 2)]
    for a, b in itertools.product(single, several):
        for option, chosen in zip(b.codes, answers.chosen[b.id].T, strict=True):
            pairs.append((a.id, b.id, option, np.column_stack([chosen, ~chosen])))
    rows = []
    for down, across, option, columns in pairs:
        both = answers.answered[down] & answers.answered[across]
        if both.sum() < LEAST:
            continue
        table = answers.chosen[down][both].astype(int).T @ columns[both].astype(int)
        chi2, dof, p, v, warning = _told(table)
        rows.append((down, across, option, int(both.sum()), chi2, dof, p, math.nan, v,
                     str(warning), warning.zh))  # fmt: skip
    found = pd.DataFrame(rows, columns=list(ASSOCIATION_COLUMNS))
    tested = found["p"].notna()
    if tested.any():
        found.loc[tested, "p_adjusted"] = false_discovery_control(found.loc[tested, "p"])
    return found.sort_values("cramers_v", ascending=False, kind="stable", ignore_index=True)


def _told(table: NDArray[np.integer]) -> tuple[float, int, float, float, Words]:
    """The test of `association`, unless a small cell could be worked out from it."""
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if kept.size and (kept < LEAST).any():
        return math.nan, 0, math.nan, math.nan, _HIDDEN
    return association(table)


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

"""What respondents answered, held against the codebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taobaogis.errors import InputError, did_you_mean
from taobaogis.social.codebook import RESERVED
from taobaogis.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from taobaogis.social.codebook import Codebook, Question

__all__ = ["Answers", "parse_answers", "pooled"]

_SEVERAL = re.compile(r"[;|,\uff1b\uff0c\u3001]")  # and the Chinese semicolon, comma, list mark
_YES = frozenset({"1", "1.0", "x", "yes", "true", "是", "✓", "√"})
_NO = frozenset({"0", "0.0", "no", "false", "否"})
_BLANK = frozenset({"", "na", "n/a", "-", "."})


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers of one sample. Nothing of a single respondent is ever shown.

    Attributes
    ----------
    codebook
        Questions and options.
    chosen
        By question, whether each respondent chose each option: booleans of shape (respondents,
        options); of a single question no row has two.
    answered
        By question, whether each respondent answered it.
    village
        What each respondent's row says of the village; empty where it says nothing.
    """

    codebook: Codebook
    chosen: Mapping[str, NDArray[np.bool_]]
    answered: Mapping[str, NDArray[np.bool_]]
    village: NDArray[np.object_]

    @property
    def n(self) -> int:
        """How many respondents there are."""
        return len(self.village)

    def of(self, *names: str) -> Answers:
        """Answers of the respondents whose row names one of some spellings of a village."""
        wanted = {name.casefold() for name in names if name}
        rows = np.array([str(v).casefold() in wanted for v in self.village], dtype=bool)
        return Answers(
            self.codebook,
            {name: table[rows] for name, table in self.chosen.items()},
            {name: column[rows] for name, column in self.answered.items()},
            self.village[rows],
        )


def parse_answers(
    rows: Sequence[Mapping[str, str]], codebook: Codebook, *, name: str = "answers"
) -> Answers:
    """Answers from the rows of a table.

    Parameters
    ----------
    rows
        One a respondent: text by column. A column is named as a question, or
        ``question.option`` for one option of a multiple question, with 1 or 0; ``respondent``
        and ``village`` are no questions. A multiple answer in one cell is parted by semicolons
        or commas. An option is written as its code or its words in either language.
    codebook
        What may be answered.
    name
        Stands at the head of error messages.

    Returns
    -------
    answers
        Without respondents who answered nothing.

    Raises
    ------
    InputError
        For a column or an answer that the codebook does not know, two answers where one is
        asked for, or a respondent that stands twice; one sentence with the row.
    """
    columns = _columns(rows, codebook, name)
    chosen = {q.id: np.zeros((len(rows), len(q.options)), dtype=bool) for q in codebook.questions}
    answered = {q.id: np.zeros(len(rows), dtype=bool) for q in codebook.questions}
    village = np.array([""] * len(rows), dtype=object)
    seen: set[str] = set()
    for i, row in enumerate(rows):
        where = f"{plain(name)}, row {i + 2}"
        for column, cell in row.items():
            text = str(cell).strip()
            kind = columns[column]
            if kind == "village":
                village[i] = text
            elif kind == "respondent":
                if text and text in seen:
                    message = f"{where}: the respondent '{plain(text)}' stands twice; keep one row."
                    raise InputError(message)
                seen.add(text)
            elif not isinstance(kind, str):
                at = _chosen(text, kind, f"{where}, column '{plain(column)}'")
                question = kind[0].id
                answered[question][i] |= at is not None
                chosen[question][i, list(at or ())] = True
    valid = np.any([*answered.values()], axis=0) if len(rows) else np.zeros(0, dtype=bool)
    return Answers(
        codebook,
        {key: table[valid] for key, table in chosen.items()},
        {key: column[valid] for key, column in answered.items()},
        village[valid],
    )


def pooled(samples: Iterable[Answers]) -> Answers:
    """Answers of several samples with one codebook.

    Parameters
    ----------
    samples
        At least one.

    Returns
    -------
    answers
        All respondents.

    Raises
    ------
    InputError
        If there is no sample, or the codebooks differ.
    """
    each = list(samples)
    if not each or any(sample.codebook != each[0].codebook for sample in each):
        message = "samples are pooled by one codebook; give all of them the same."
        raise InputError(message)
    book = each[0].codebook
    return Answers(
        book,
        {q.id: np.concatenate([s.chosen[q.id] for s in each]) for q in book.questions},
        {q.id: np.concatenate([s.answered[q.id] for s in each]) for q in book.questions},
        np.concatenate([s.village for s in each]),
    )


_Column = str | tuple["Question", int]


def _columns(
    rows: Sequence[Mapping[str, str]], codebook: Codebook, name: str
) -> dict[str, _Column]:
    known: dict[str, _Column] = {}
    for question in codebook.questions:
        known[question.id.casefold()] = (question, -1)
        if question.kind == "multiple":
            for at, option in enumerate(question.options):
                known[f"{question.id}.{option.code}".casefold()] = (question, at)
    columns: dict[str, _Column] = {}
    for column in rows[0] if rows else ():
        key = column.strip().casefold()
        if key in RESERVED:
            columns[column] = key
        elif key in known:
            columns[column] = known[key]
        else:
            hint = did_you_mean(key[:80], [*known, *RESERVED])
            message = f"{plain(name)}: the codebook has no question '{plain(column)}'. {hint}"
            raise InputError(message)
    return columns


def _chosen(text: str, column: tuple[Question, int], where: str) -> set[int] | None:
    """Options that a cell names; None if it is left blank."""
    question, option = column
    if text.casefold() in _BLANK:
        return None
    if option >= 0:
        if text.casefold() not in _YES | _NO:
            message = f"{where}: '{plain(text)}' is neither 1 nor 0; write one of them."
            raise InputError(message)
        return {option} if text.casefold() in _YES else set()
    parts = [text] if question.kind == "single" else _SEVERAL.split(text)
    spelled = {w.casefold(): i for i, o in enumerate(question.options) for w in o.spellings}
    found = set()
    for part in filter(None, (part.strip() for part in parts)):
        at = spelled.get(part.casefold(), spelled.get(part.casefold().removesuffix(".0")))
        if at is None:
            hint = did_you_mean(part[:80], spelled)
            several = question.kind == "single" and len(_SEVERAL.split(part)) > 1
            what = "more than one answer" if several else "not an answer of the codebook"
            message = f"{where}: '{plain(part)}' is {what}. {hint}"
            raise InputError(message)
        found.add(at)
    return found

"""What a questionnaire asks: questions, options and their words, from a TOML codebook."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from taobaogis.errors import InputError, StudyError, did_you_mean
from taobaogis.resources import data_file
from taobaogis.study_table import array_of_tables, build
from taobaogis.texts import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Codebook", "Option", "Question", "default_codebook", "parse_codebook", "read_codebook"]

KINDS = ("single", "multiple")
_MOST_QUESTIONS, _MOST_OPTIONS = 200, 60
# Columns that are no questions.
RESERVED = ("respondent", "village")


@dataclass(frozen=True)
class Option:
    """One thing that can be answered."""

    code: str
    en: str = ""
    zh: str = ""

    @property
    def spellings(self) -> tuple[str, ...]:
        """What a cell may hold for it."""
        return tuple(dict.fromkeys(word for word in (self.code, self.en, self.zh) if word))


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes
    ----------
    id
        Name of its column.
    kind
        ``single``: one option a respondent; ``multiple``: any number.
    options
        In the order in which they are shown.
    name_en, name_zh
        Words of the question.
    needs
        True for the question what should be improved.
    """

    id: str
    kind: str
    options: tuple[Option, ...]
    name_en: str
    name_zh: str
    needs: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the options."""
        return tuple(option.code for option in self.options)


@dataclass(frozen=True)
class Codebook:
    """All questions of a questionnaire.

    Attributes
    ----------
    questions
        In the order in which they are shown.
    title_en, title_zh, source
        What it is.
    sent
        How many questionnaires were handed out; 0 if that is not known.
    likeness
        Intraclass correlation to reckon with, as in `taobaogis.social.sampling.design_effect`.
    """

    questions: tuple[Question, ...]
    title_en: str = ""
    title_zh: str = ""
    source: str = ""
    sent: int = 0
    likeness: float = 0.02

    def __getitem__(self, name: str) -> Question:
        """Question by its id."""
        for question in self.questions:
            if question.id == name:
                return question
        raise KeyError(name)

    @property
    def needs(self) -> Question | None:
        """Question what should be improved; None if it is not asked."""
        return next((question for question in self.questions if question.needs), None)


@dataclass(frozen=True)
class _Head:
    title_en: str = ""
    title_zh: str = ""
    source: str = ""
    sent: int = 0
    likeness: float = 0.02


@dataclass(frozen=True)
class _QuestionHead:
    id: str
    kind: str = "single"
    name_en: str = ""
    name_zh: str = ""
    needs: bool = False


@cache
def default_codebook() -> Codebook:
    """Codebook after the questionnaire of Lin (2019) (``data/survey/lin2019.toml``).

    Examples
    --------
    >>> default_codebook()["gender"].codes
    ('male', 'female')
    """
    return read_codebook(data_file("survey/lin2019.toml"))


def read_codebook(path: Path) -> Codebook:
    """Codebook from a TOML file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    codebook
        Checked.

    Raises
    ------
    InputError
        With the first thing that is wrong and how to mend it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{plain(path.name)} cannot be read as UTF-8 text ({plain(str(error))}); "
        raise InputError(message + "save it as UTF-8.") from error
    return parse_codebook(text, name=path.name)


def parse_codebook(text: str, *, name: str = "codebook.toml") -> Codebook:
    """Codebook from the text of a TOML file.

    Parameters
    ----------
    text
        TOML, as ``data/survey/lin2019.toml``.
    name
        Stands at the head of error messages.

    Returns
    -------
    codebook
        Checked: every question and option has an id of its own, and no word means two options.

    Raises
    ------
    InputError
        With the first thing that is wrong and how to mend it.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"{plain(name)} is not TOML: {plain(str(error))}; mend that place."
        raise InputError(message) from error
    try:
        return _codebook(table)
    except StudyError as error:
        message = f"{plain(name)}: {error}"
        raise InputError(message) from error


def _codebook(table: Mapping[str, Any]) -> Codebook:
    rest = {key: value for key, value in table.items() if key != "question"}
    head = build(_Head, rest, "the codebook")
    if not (0 <= head.likeness <= 1 and head.sent >= 0):
        message = f"sent is {head.sent} and likeness {head.likeness:g}; write a number of "
        raise StudyError(message + "questionnaires and a likeness from 0 to 1.")
    questions = tuple(_question(entry) for entry in array_of_tables(table, "question"))
    if not 0 < len(questions) <= _MOST_QUESTIONS:
        message = f"it has {len(questions)} [[question]]; write 1 to {_MOST_QUESTIONS}."
        raise StudyError(message)
    _unique([question.id for question in questions], "question id")
    if sum(question.needs for question in questions) > 1:
        message = "two questions have needs = true; keep it at the one what should be improved."
        raise StudyError(message)
    return Codebook(questions, head.title_en, head.title_zh, head.source, head.sent, head.likeness)


def _question(entry: Mapping[str, Any]) -> Question:
    rest = {key: value for key, value in entry.items() if key != "option"}
    head = build(_QuestionHead, rest, "[[question]]")
    where = f"question '{plain(head.id)}'"
    if head.kind not in KINDS:
        message = f"{where}: the kind '{plain(head.kind)}' is not known. "
        raise StudyError(message + did_you_mean(head.kind, KINDS))
    if not head.id or head.id.lower() in RESERVED or "." in head.id:
        message = f"{where}: give another id; 'respondent', 'village' and dots are taken."
        raise StudyError(message)
    options = tuple(
        build(Option, option, f"{where} option") for option in array_of_tables(entry, "option")
    )
    if not 2 <= len(options) <= _MOST_OPTIONS:  # noqa: PLR2004 - one is no question
        message = f"{where} has {len(options)} options; write 2 to {_MOST_OPTIONS}."
        raise StudyError(message)
    _unique([option.code for option in options], f"option code of {where}")
    words = [word for option in options for word in {w.casefold() for w in option.spellings}]
    _unique(words, f"word for an option of {where}")
    if head.needs and head.kind != "multiple":
        message = f"{where} asks for needs but is 'single'; set kind = \"multiple\"."
        raise StudyError(message)
    name_en, name_zh = head.name_en or head.name_zh, head.name_zh or head.name_en
    return Question(head.id, head.kind, options, name_en or head.id, name_zh or head.id, head.needs)


def _unique(names: Sequence[str], what: str) -> None:
    for name in names:
        if not name.strip():
            message = f"a {what} is empty; write one."
            raise StudyError(message)
        if names.count(name) > 1:
            message = f"the {what} '{plain(name)}' stands twice; give each its own."
            raise StudyError(message)

"""What is said in clauses, in both languages: how a number came about, what a source lacks."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from taobaogis.indicators import Words
from taobaogis.resources import data_file

__all__ = ["credit_words", "method_words", "note_words"]

_CLAUSES = "; "
_CREDITS = " · "
_GAP = "{}"
# A note may begin with the file it speaks of.
_OF_A_FILE = re.compile(r"('[^']*'):? (.+)", re.DOTALL)


def method_words(method: str) -> Words:
    """A method with its Chinese words.

    Parameters
    ----------
    method
        One clause or several, parted by semicolons, in English; or words that have their
        Chinese already.

    Returns
    -------
    words
        The same English; the Chinese from ``data/methods.toml`` clause by clause. A clause that
        is not in there stays English.

    Examples
    --------
    >>> method_words("mapped footprints; times storeys").zh
    '已测绘建筑基底；乘以层数'
    """
    words = Words.of(method)
    if words.zh != str(words):
        return words
    return Words(str(words), _chinese(str(words), "methods.toml"))


def note_words(note: str) -> Words:
    """What was put right or left out of a source, with its Chinese words.

    Parameters
    ----------
    note
        As in `method_words`, maybe with the name of a file in quotes before it.

    Returns
    -------
    words
        The same English; the Chinese from ``data/notes.toml``.

    Examples
    --------
    >>> note_words("'a.gpkg': 2 tables without shapes left out").zh
    "'a.gpkg'：2 个无图形的表已略去"
    """
    words = Words.of(note)
    if words.zh != str(words):
        return words
    if found := _OF_A_FILE.fullmatch(str(words)):
        name, said = found.groups()
        return Words(str(words), f"{name}：{_chinese(said, 'notes.toml')}")
    return Words(str(words), _chinese(str(words), "notes.toml"))


def credit_words(credit: str) -> Words:
    """The line that says whose data are shown, with its Chinese words.

    Parameters
    ----------
    credit
        Attribution of each source, with points between them.

    Returns
    -------
    words
        The same English; the Chinese from ``data/notes.toml``. The attribution that a source asks
        for in its own words stays as it is.

    Examples
    --------
    >>> credit_words("© OpenStreetMap contributors, ODbL 1.0 · Data: a.gpkg").zh
    '© OpenStreetMap 贡献者，ODbL 1.0 · 数据：a.gpkg'
    """
    parts = (_clause(part, "notes.toml", "credits") for part in credit.split(_CREDITS))
    return Words(credit, _CREDITS.join(parts))


def _chinese(text: str, table: str) -> str:
    return "；".join(_clause(clause, table) for clause in text.split(_CLAUSES))


def _clause(clause: str, table: str, section: str = "clauses") -> str:
    for pattern, chinese in _patterns(table, section):
        if found := pattern.fullmatch(clause):
            # The pieces of what is to be said, with what differs between them.
            first, *rest = chinese.split(_GAP)
            return first + "".join(g + r for g, r in zip(found.groups(), rest, strict=True))
    return clause


@cache
def _patterns(table: str, section: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    with data_file(table).open("rb") as stream:
        clauses = tomllib.load(stream)[section]
    # What is said word for word goes before what has gaps, and more words before fewer.
    ordered = sorted(clauses.items(), key=lambda p: (p[0].count(_GAP), -len(p[0]), p[0]))
    return tuple(
        (re.compile("(.+)".join(map(re.escape, english.split(_GAP))), re.DOTALL), chinese)
        for english, chinese in ordered
    )

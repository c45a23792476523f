"""Grades: how far a number can be relied on, by one set of rules for all.

The rules stand in ``data/grades.toml``: what each grade means, what lowers it, from which limit
on, and the words for it in both languages. ``docs/trust.md`` explains them.

=====  =====================================================================
A      measured on data whose completeness was checked and found good
B      measured; nothing speaks against the data, but nothing proves them whole
C      one thing weakens it: a stand-in boundary, few cases, an assumption
D      two or more do, or one that weighs as much: an indication only
NA     the data cannot give it; the reason says why
=====  =====================================================================

As long as nobody checked how complete a layer is, B is the best a number from it can get.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Self

from taobaogis.indicators import NO_WORDS, Grade, Words
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.village import Village

__all__ = [
    "GRADES",
    "Doubt",
    "Reason",
    "Rule",
    "boundary_doubts",
    "doubt",
    "grade",
    "grade_words",
    "limit",
    "ranking_floor",
    "rules",
]

GRADES: tuple[Grade, ...] = ("A", "B", "C", "D", "NA")


@dataclass(frozen=True)
class Rule:
    """One thing that lowers a grade (``[rule.*]`` of ``data/grades.toml``).

    Attributes
    ----------
    key
        Its name.
    best
        Best grade of a number that the rule holds against.
    en, zh
        Words beside the number, with places for what was found.
    why
        Where the rule and its limit come from.
    limit, when
        Number that decides and on which side of it the rule holds; None if naming it does.
    """

    key: str
    best: Grade
    en: str
    zh: str
    why: str
    limit: float | None = None
    when: Literal["", "below", "above"] = ""


class Doubt(Words):
    """Words of a rule that holds against a number."""

    __slots__ = ("key",)

    key: str

    def __new__(cls, en: str, zh: str = "", key: str = "") -> Self:
        """Text in both languages and the rule behind it; empty for words without a rule."""
        made = super().__new__(cls, en, zh)
        made.key = key
        return made

    @property
    def best(self) -> Grade:
        """Best grade that it leaves; C for words without a rule."""
        return rules()[self.key].best if self.key else "C"


class Reason(Words):
    """All doubts about a number in one sentence, and each by itself."""

    __slots__ = ("doubts",)

    doubts: tuple[Doubt, ...]

    def __new__(cls, en: str = "", zh: str = "", doubts: tuple[Doubt, ...] = ()) -> Self:
        """Text in both languages and what it was made of."""
        made = super().__new__(cls, en, zh)
        made.doubts = doubts
        return made

    @classmethod
    def joining(cls, doubts: Sequence[Words]) -> Reason:
        """Reason from words; those without a rule stay as they are."""
        each = tuple(_as_doubt(words) for words in doubts if words)
        return cls("; ".join(each), "；".join(d.zh for d in each), each)

    @classmethod
    def of(cls, text: str) -> Reason:
        """The reason itself, or one made of a single clause."""
        return text if isinstance(text, Reason) else cls.joining([Words.of(text)])


def rules() -> Mapping[str, Rule]:
    """All rules by name, in the order of the file."""
    return _load()[0]


def grade_words(level: Grade) -> Words:
    """What a grade means, in a few words."""
    return _load()[1][level]


def ranking_floor() -> Grade:
    """Worst grade that a value may have to be ranked by."""
    return _load()[2]


def limit(key: str) -> float:
    """Limit of a rule.

    Parameters
    ----------
    key
        Name of a rule that has one.
    """
    found = rules()[key].limit
    if found is None:
        message = f"the rule '{key}' of data/grades.toml has no limit"
        raise ValueError(message)
    return found


def doubt(key: str, value: float | None = None, **found: object) -> Words:
    """Words of a rule if it holds, else none.

    Parameters
    ----------
    key
        Name of the rule.
    value
        What its limit is held against; a rule without limit always holds.
    **found
        What else its words speak of. Words that know their Chinese are put in as such.

    Returns
    -------
    words
        A `Doubt`, or empty words.

    Examples
    --------
    >>> doubt("few_buildings", 12)
    'only 12 buildings are mapped'
    >>> doubt("few_buildings", 12).zh
    '仅测绘 12 栋建筑'
    >>> doubt("few_buildings", 120)
    ''
    """
    rule = rules()[key]
    if rule.limit is not None:
        if value is None:
            message = f"the rule '{key}' needs a value to hold its limit against"
            raise ValueError(message)
        holds = value < rule.limit if rule.when == "below" else value > rule.limit
        if not holds:
            return NO_WORDS
    if value is not None:
        found["value"] = value
    zh = {name: part.zh if isinstance(part, Words) else part for name, part in found.items()}
    return Doubt(rule.en.format(**found), rule.zh.format(**zh), key)


def grade(doubts: Sequence[Words], *, completeness_checked: bool = False) -> tuple[Grade, Reason]:
    """Grade and reason from everything that weakens a number.

    Parameters
    ----------
    doubts
        From `doubt`, or a clause in words, which counts once; empty ones do not count.
    completeness_checked
        True if the layer was found to be complete.

    Returns
    -------
    grade, reason
        The worst that a single doubt leaves, and D if two leave C. The reason joins the
        clauses, each once; empty if there is none.

    Examples
    --------
    >>> grade([])
    ('B', '')
    >>> grade([Words("only 4 streets", "仅 4 条街巷"), Words("")])
    ('C', 'only 4 streets')
    >>> grade([doubt("few_buildings", 3), doubt("mostly_open", 0.7)])[0]
    'D'
    """
    reason = Reason.joining(list(dict.fromkeys(doubts)))
    worst = max([0 if completeness_checked else 1, *(GRADES.index(d.best) for d in reason.doubts)])
    weighing = sum(GRADES.index(d.best) >= GRADES.index("C") for d in reason.doubts)
    if weighing > 1:
        worst = max(worst, GRADES.index("D"))
    return GRADES[worst], reason


def boundary_doubts(village: Village) -> list[Words]:
    """What the boundary of a village takes from every number that depends on it."""
    if not village.is_circle:
        return []
    radius_m, doubt_m = village.spec.radius_m, village.position_doubt_m
    if doubt_m:
        return [doubt("circle_off", radius_m=radius_m, doubt_m=doubt_m)]
    return [doubt("circle", radius_m=radius_m)]


def _as_doubt(words: Words) -> Doubt:
    return words if isinstance(words, Doubt) else Doubt(words, Words.of(words).zh)


@cache
def _load() -> tuple[Mapping[str, Rule], Mapping[str, Words], Grade]:
    with data_file("grades.toml").open("rb") as stream:
        table: dict[str, Any] = tomllib.load(stream)
    found = {key: Rule(key=key, **entry) for key, entry in table["rule"].items()}
    words = {key: Words(entry["en"], entry["zh"]) for key, entry in table["grade"].items()}
    return found, words, table["ranking"]["least_grade"]

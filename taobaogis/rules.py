"""The planning figures that villages are held against (``data/rules.toml``), and their standing.

Measures that need a limit ask for it here, and so does the rule book, so that every figure has one
home. A study can change any of them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from taobaogis.errors import StudyError, did_you_mean
from taobaogis.indicators import Words
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.study_spec import RuleSpec

__all__ = ["EVIDENCE", "STATUS", "TOPICS", "PlanningRule", "changed_rules", "planning_rules"]

TOPICS: Mapping[str, Words] = {
    "safety": Words("Safety", "安全"),
    "streets": Words("Streets", "道路"),
    "facilities": Words("Facilities", "设施"),
    "environment": Words("Environment", "环境"),
}
EVIDENCE: Mapping[str, Words] = {
    "V1": Words("read in the original", "已核对原文"),
    "V2": Words("read in a quotation only", "仅见于转引"),
    "M": Words("not looked up", "未核对"),
    "own": Words("our convention", "本项目约定"),
    "study": Words("set by the study", "由研究设定"),
}
STATUS: Mapping[str, Words] = {
    "in force": Words("in force", "现行"),
    "superseded": Words("superseded", "已被取代"),
    "repealed": Words("repealed", "已废止"),
    "guidance": Words("guidance", "指导性"),
    "local": Words("local", "地方规定"),
    "convention": Words("convention", "约定"),
}
# What the layers of form call the evidence.
_STANDING = {"V1": "verified", "V2": "secondary", "M": "memory", "own": "convention",
             "study": "convention"}  # fmt: skip


@dataclass(frozen=True)
class PlanningRule:
    """A figure of a planning text, and how well it is founded.

    Attributes
    ----------
    key
        Name of the entry.
    subject
        What is judged: ``lane``, ``dead_end``, ``pair``, ``row``, ``house``, ``street`` or
        ``village``; ``figure`` for a number that is only used by others.
    topic
        Key of `TOPICS`.
    measure
        What is measured; empty if no layer tells it.
    value, least
        The number, and whether it is the least that is right, or the most.
    unit
        Of the number.
    code, clause
        Where it stands; empty if it is nobody's but ours.
    evidence
        Key of `EVIDENCE`.
    status
        Key of `STATUS`.
    superseded_by
        What took its place.
    name_en, name_zh, note_en, note_zh
        What it is called, and what it asks for and leaves out.
    needs_en, needs_zh
        What would have to be known to judge it.
    between, of_class, of_facility, within_m
        Which pairs, which classes of street, which facility, and which distance it speaks of.
    """

    key: str
    subject: str
    topic: str
    measure: str
    value: float
    least: bool
    unit: str
    code: str
    clause: str
    evidence: str
    status: str
    name_en: str
    name_zh: str
    note_en: str
    note_zh: str
    superseded_by: str = ""
    needs_en: str = ""
    needs_zh: str = ""
    between: str = ""
    of_class: tuple[str, ...] = ()
    of_facility: str = ""
    within_m: float = 0.0

    @property
    def is_read(self) -> bool:
        """Whether the text was read, or nobody but us or the study sets the number."""
        return self.evidence in {"V1", "own", "study"}

    @property
    def standing(self) -> str:
        """``verified``, ``secondary``, ``memory`` or ``convention``."""
        return _STANDING[self.evidence]

    @property
    def source(self) -> str:
        """Text and clause in one; empty if it is ours."""
        return f"{self.code} {self.clause}".strip()

    @property
    def is_judged(self) -> bool:
        """Whether there is a measure to hold against it."""
        return bool(self.measure)


@cache
def planning_rules() -> Mapping[str, PlanningRule]:
    """All rules by key, in the order of the scorecard.

    Examples
    --------
    >>> rule = planning_rules()["fire_lane_width"]
    >>> rule.value, rule.source, rule.evidence, rule.superseded_by
    (4.0, 'GB 50016-2014 (2018) 7.1.8', 'V2', 'GB 55037-2022 3.4.5')
    """
    with data_file("rules.toml").open("rb") as stream:
        return {key: _rule(key, entry) for key, entry in tomllib.load(stream).items()}


def changed_rules(changes: Sequence[RuleSpec]) -> Mapping[str, PlanningRule]:
    """Rules with the figures of a study in place of the shipped ones.

    Parameters
    ----------
    changes
        One a rule, as from ``[rule.<key>]`` of a study.

    Returns
    -------
    rules
        All rules by key. A changed figure has the evidence ``study``, and the clause that the
        study names, or the old one if it names none.

    Raises
    ------
    StudyError
        For a rule that there is not.
    """
    rules = dict(planning_rules())
    for change in changes:
        if change.key not in rules:
            hint = did_you_mean(change.key, rules)
            message = f"[rule.{change.key}] is not a rule of the rule book. {hint}"
            raise StudyError(message)
        old = rules[change.key]
        rules[change.key] = replace(
            old,
            value=change.value,
            evidence="study",
            code=change.code or old.code,
            clause=change.clause if change.code else old.clause,
        )
    return rules


def _rule(key: str, entry: Mapping[str, Any]) -> PlanningRule:
    rest = {name: value for name, value in entry.items() if name not in {"least", "most"}}
    rest["of_class"] = tuple(rest.get("of_class", ()))
    least = "least" in entry
    return PlanningRule(key=key, value=entry["least" if least else "most"], least=least, **rest)

"""Limits that form is held against (``data/standards.toml``), each with its standing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Standard", "standards"]


@dataclass(frozen=True)
class Standard:
    """A limit and how well it is founded.

    Attributes
    ----------
    key
        Name of the entry.
    values, unit
        One number or several that stand side by side.
    clause
        Text and clause it comes from; empty if it is nobody's but ours.
    status
        ``verified`` (read in the primary text), ``secondary`` (read in a quotation),
        ``memory`` (read in neither) or ``convention`` (ours).
    note_en, note_zh
        What it asks for, and what it leaves out.
    """

    key: str
    values: tuple[float, ...]
    unit: str
    clause: str
    status: str
    note_en: str
    note_zh: str

    @property
    def value(self) -> float:
        """The number; the first of several."""
        return self.values[0]

    @property
    def basis(self) -> str:
        """Where the number comes from, in one clause."""
        words = {"verified": "", "secondary": ", quoted, not read", "memory": ", from memory"}
        return f"{self.clause}{words[self.status]}" if self.clause else "a convention"


@cache
def standards() -> Mapping[str, Standard]:
    """All limits by key."""
    with data_file("standards.toml").open("rb") as stream:
        return {key: _standard(key, entry) for key, entry in tomllib.load(stream).items()}


def _standard(key: str, entry: dict[str, Any]) -> Standard:
    values = entry.pop("values", None) or [entry.pop("value")]
    return Standard(key=key, values=tuple(float(v) for v in values), **entry)

"""Limits that form is held against (``data/standards.toml``), each with its standing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

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
    value, unit
        The number.
    clause
        Text and clause it comes from; empty if it is nobody's but ours.
    status
        ``verified`` (read in the primary text), ``secondary`` (read in a quotation),
        ``memory`` (read in neither) or ``convention`` (ours).
    note_en, note_zh
        What it asks for, and what it leaves out.
    """

    key: str
    value: float
    unit: str
    clause: str
    status: str
    note_en: str
    note_zh: str

    @property
    def is_read(self) -> bool:
        """Whether the primary text was read, or nobody but us sets the number."""
        return self.status in {"verified", "convention"}


@cache
def standards() -> Mapping[str, Standard]:
    """All limits by key."""
    with data_file("standards.toml").open("rb") as stream:
        return {key: Standard(key=key, **entry) for key, entry in tomllib.load(stream).items()}

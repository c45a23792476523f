"""What was found about data before any measuring, one thing at a time."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Remark"]


@dataclass(frozen=True)
class Remark:
    """One thing that was found.

    Attributes
    ----------
    code
        What kind of thing; stays the same between versions, for programs.
    level
        ``fact``; ``warning`` if a number will be wrong or missing; ``error`` if the data are
        refused until somebody mends them.
    text
        A sentence, without a full stop.
    text_zh
        The same in Chinese; empty where there is none.
    data
        The figures in it.
    """

    code: str
    level: Literal["fact", "warning", "error"]
    text: str
    text_zh: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain mapping for JSON."""
        return dataclasses.asdict(self)

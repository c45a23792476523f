"""What a measure ends in: a number with unit, doubt, grade and origin, or the reason why not."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, Self

from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "NO_WORDS",
    "Definition",
    "Grade",
    "Indicator",
    "Words",
    "definitions",
    "measured",
    "not_available",
]

Grade = Literal["A", "B", "C", "D", "NA"]


class Words(str):
    """English text that knows what it says in Chinese.

    It is a string like any other; where Chinese is shown, `zh` stands in for it.

    Examples
    --------
    >>> few = Words("only 4 streets are mapped", "仅测绘 4 条街道")
    >>> few, few.zh
    ('only 4 streets are mapped', '仅测绘 4 条街道')
    """

    __slots__ = ("zh",)

    zh: str

    def __new__(cls, en: str, zh: str = "") -> Self:
        """Text in both languages; without Chinese the English stands in."""
        made = super().__new__(cls, en)
        made.zh = zh or en
        return made

    @classmethod
    def of(cls, text: str) -> Words:
        """The text itself if it knows its Chinese, else with the English in its place."""
        return text if isinstance(text, Words) else Words(text)


NO_WORDS = Words("")
_UNDEFINED = Words("the measure is undefined for these data", "该指标对此数据无定义")


@dataclass(frozen=True)
class Definition:
    """What an indicator means, in both languages; kept in ``data/indicators.toml``."""

    key: str
    group: str
    unit: str
    name_en: str
    name_zh: str
    definition_en: str
    definition_zh: str
    decimals: int


@dataclass(frozen=True)
class Indicator:
    """One number about one village.

    Attributes
    ----------
    key
        Name of the indicator; a key of `definitions`.
    value
        The number in the definition's unit; None if the data cannot give it.
    low, high
        Bounds between which the true value is expected; None where no doubt can be stated.
    grade
        From A (measured on data with no known gap) to D (an indication only); NA without value.
    n
        How many things were measured.
    method
        How the value came about, in one clause.
    source
        Where the data came from.
    reason
        Why there is no value, or what lowers the grade, in both languages.
    """

    key: str
    value: float | None
    low: float | None
    high: float | None
    grade: Grade
    n: int
    method: str
    source: str
    reason: Words = NO_WORDS

    def __post_init__(self) -> None:
        """Refuse values that say two things at once."""
        if self.key not in definitions():
            message = f"indicator '{self.key}' has no entry in data/indicators.toml"
            raise ValueError(message)
        if (self.value is None) != (self.grade == "NA"):
            message = f"indicator '{self.key}': no value and grade NA go together"
            raise ValueError(message)
        if self.value is None and not self.reason:
            message = f"indicator '{self.key}': NA needs a reason"
            raise ValueError(message)
        for number in (self.value, self.low, self.high):
            if number is not None and not math.isfinite(number):
                message = f"indicator '{self.key}': {number} is not a number to report"
                raise ValueError(message)

    @property
    def definition(self) -> Definition:
        """Names, unit and meaning."""
        return definitions()[self.key]


def measured(  # noqa: PLR0913 - the fields of an indicator
    key: str,
    value: float,
    *,
    method: str,
    source: str,
    n: int,
    grade: Grade = "B",
    low: float | None = None,
    high: float | None = None,
    reason: Words = NO_WORDS,
) -> Indicator:
    """Indicator with a value; a value that is not finite becomes NA with a reason.

    Parameters
    ----------
    key, value, method, source, n, grade, low, high, reason
        As in `Indicator`.

    Returns
    -------
    indicator
        With the value, or `not_available` if the value is NaN or infinite. Bounds that both
        equal the value state no doubt and are left out.
    """
    if not math.isfinite(value):
        why = reason or _UNDEFINED
        return not_available(key, why, method=method, source=source)
    if low == high == value:
        low = high = None
    return Indicator(key, float(value), low, high, grade, int(n), method, source, reason)


def not_available(key: str, reason: Words, *, method: str = "", source: str = "") -> Indicator:
    """Indicator that the data cannot give.

    Parameters
    ----------
    key
        Name of the indicator.
    reason
        Why there is no value, in words a planner understands.
    method, source
        As in `Indicator`.

    Returns
    -------
    indicator
        Without value, with grade NA.
    """
    return Indicator(key, None, None, None, "NA", 0, method, source, reason)


@cache
def definitions() -> Mapping[str, Definition]:
    """All indicators by key, in the order in which they are shown."""
    with data_file("indicators.toml").open("rb") as stream:
        table = tomllib.load(stream)
    return {key: Definition(key=key, **entry) for key, entry in table.items()}

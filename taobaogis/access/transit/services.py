"""How often and how fast public transport runs: assumptions, each with its range."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from taobaogis.errors import InputError, did_you_mean
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Period", "Range", "Service", "Walking", "mode_words", "periods", "services", "walking"]

Period = Literal["peak", "offpeak", "evening"]
# Entries of the table that are no mode.
_OTHERS = {"walking", "periods"}


@dataclass(frozen=True)
class Range:
    """An assumed number with its least and greatest plausible value.

    Raises
    ------
    InputError
        If the numbers are not positive or not in ascending order.
    """

    low: float
    middle: float
    high: float

    def __post_init__(self) -> None:
        """Refuse what is no range."""
        if not 0 < self.low <= self.middle <= self.high < float("inf"):
            message = (
                f"[{self.low:g}, {self.middle:g}, {self.high:g}] is no range; write low, middle "
                "and high, above 0 and ascending."
            )
            raise InputError(message)

    def draw(self, random: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draws from the triangular distribution over the range."""
        if self.low == self.high:
            return random.uniform(self.low, self.high, count)
        return random.triangular(self.low, self.middle, self.high, count)


@dataclass(frozen=True)
class Walking:
    """To a stop, between stops, and from one.

    Attributes
    ----------
    speed_kmh
        On foot.
    detour
        Length of the way over the straight line, where no walkable street is mapped.
    reach_m
        Longest way to a stop or from one.
    transfer_m
        Greatest straight distance between two stops that one changes between.
    """

    speed_kmh: Range
    detour: Range
    reach_m: float
    transfer_m: float


@dataclass(frozen=True)
class Service:
    """A mode of transport in one period of the day.

    Attributes
    ----------
    name_en, name_zh
        Shown names.
    headway_min
        Between two departures of a line in one direction.
    speed_kmh
        From leaving a stop to reaching the next.
    dwell_s
        Standing at a stop on the way.
    curve
        Length of the way over the straight line where no track is mapped.
    far_speed_kmh
        Instead of `speed_kmh` on lines whose stops are further apart: pairs of metres between
        stops, on the mean of the line, from which on it holds, and the speed; ascending.
    """

    name_en: str
    name_zh: str
    headway_min: Range
    speed_kmh: Range
    dwell_s: Range
    curve: float
    far_speed_kmh: tuple[tuple[float, Range], ...] = ()

    def speed_at(self, spacing_m: float) -> Range:
        """Speed of a line whose stops are so far apart on average.

        Examples
        --------
        >>> services()["subway"].speed_at(1200) == services()["subway"].speed_kmh
        True
        """
        speed = self.speed_kmh
        for from_m, faster in self.far_speed_kmh:
            if spacing_m >= from_m:
                speed = faster
        return speed


def services(period: Period = "offpeak") -> Mapping[str, Service]:
    """Assumed service of each mode (``data/transit_modes.toml``).

    Parameters
    ----------
    period
        ``peak``, ``offpeak`` (daytime) or ``evening``.

    Returns
    -------
    services
        By the mode of a line: ``bus``, ``subway`` …

    Raises
    ------
    InputError
        If there is no such period.
    """
    if period not in get_args(Period):
        message = f"there is no period '{period}'. {did_you_mean(period, get_args(Period))}"
        raise InputError(message)
    return {
        mode: Service(
            name_en=entry["name_en"],
            name_zh=entry["name_zh"],
            headway_min=_range(entry["headway_min"][period]),
            speed_kmh=_range(entry["speed_kmh"]),
            dwell_s=_range(entry["dwell_s"]),
            curve=entry["curve"],
            far_speed_kmh=tuple(
                (float(row["from_m"]), _range(row["speed_kmh"]))
                for row in entry.get("far_speed_kmh", ())
            ),
        )
        for mode, entry in _table().items()
        if mode not in _OTHERS
    }


def periods() -> Mapping[Period, tuple[tuple[float, float], ...]]:
    """Hours of the day of each period (``data/transit_modes.toml``), from and to."""
    return {
        name: tuple((float(first), float(last)) for first, last in _table()["periods"][name])
        for name in get_args(Period)
    }


def walking() -> Walking:
    """Assumed walks to, between and from stops (``data/transit_modes.toml``)."""
    entry = _table()["walking"]
    return Walking(
        speed_kmh=_range(entry["speed_kmh"]),
        detour=_range(entry["detour"]),
        reach_m=float(entry["reach_m"]),
        transfer_m=float(entry["transfer_m"]),
    )


def mode_words() -> Mapping[str, str]:
    """Parts of a line's name, in small letters, and the mode each tells; longer ones first."""
    words = {
        word: mode
        for mode, entry in _table().items()
        if mode not in _OTHERS
        for word in entry["words"]
    }
    return {word: words[word] for word in sorted(words, key=lambda word: (-len(word), word))}


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    with data_file("transit_modes.toml").open("rb") as stream:
        return tomllib.load(stream)


def _range(numbers: Sequence[float]) -> Range:
    return Range(*(float(number) for number in numbers))

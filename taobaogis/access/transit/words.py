"""A trip in words: walk, line, from, to, change, walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from taobaogis.access.transit.graph import Walk
from taobaogis.access.transit.services import services
from taobaogis.indicators import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.access.transit.graph import Ride
    from taobaogis.access.transit.lines import TransitLines

__all__ = ["Told", "itinerary", "short_name", "told_legs"]

# Two platforms of one station are not a walk worth telling.
_TOLD_FROM_M = 30.0
_KM = 1000.0


class Told(NamedTuple):
    """A leg of a trip that is worth telling, in English and in Chinese."""

    leg: Walk | Ride
    en: str
    zh: str


def itinerary(lines: TransitLines, legs: Sequence[Walk | Ride], end: Words) -> tuple[str, str]:
    """A trip in English and in Chinese.

    Parameters
    ----------
    lines, legs, end
        As in `told_legs`.

    Returns
    -------
    en, zh
        One sentence each; empty without legs. A trip of nothing but walks of less than 30 m is
        told as one walk.
    """
    told = told_legs(lines, legs, end)
    if legs and not told:
        far = _distance(sum(leg.metres for leg in legs))
        return f"walk {far} to {end}", f"步行{far}至{end.zh}"
    return "; ".join(leg.en for leg in told), "；".join(leg.zh for leg in told)


def told_legs(lines: TransitLines, legs: Sequence[Walk | Ride], end: Words) -> Sequence[Told]:
    """Legs of a trip in English and in Chinese.

    Parameters
    ----------
    lines
        The legs' lines.
    legs
        From `taobaogis.access.transit.trips.quickest_trips`.
    end
        Name of the destination.

    Returns
    -------
    told
        In order of travel, without walks of less than 30 m.
    """
    served = services()
    names, calls = lines.stops["name"].tolist(), lines.calls
    told = []
    for leg in legs:
        if isinstance(leg, Walk):
            if leg.metres >= _TOLD_FROM_M:
                to = Words(names[leg.to_stop]) if leg.to_stop >= 0 else end
                far = _distance(leg.metres)
                told.append(Told(leg, f"walk {far} to {to}", f"步行{far}至{to.zh}"))
            continue
        pattern = lines.patterns.iloc[leg.pattern]
        mode = served.get(pattern["mode"])
        off = names[int(calls["stop"].iloc[leg.alight])]
        on = names[int(calls["stop"].iloc[leg.board])]
        stops = leg.alight - leg.board
        line = short_name(str(pattern["line"]), str(pattern["mode"]))
        en = (
            f"{mode.name_en if mode else pattern['mode']} {line} from {on} toward "
            f"{pattern['toward']}, {stops} stop{'s' if stops > 1 else ''} to {off}"
        )
        zh = (
            f"{mode.name_zh if mode else ''}{line}（往{pattern['toward']}）{on}上车，"
            f"{stops}站至{off}"
        )
        told.append(Told(leg, en, zh))
    return told


def short_name(line: str, mode: str) -> str:
    """Name of a line without its mode, with which many begin.

    Examples
    --------
    >>> short_name("地铁18号线", "subway")
    '18号线'
    """
    known = services().get(mode)
    return line.removeprefix(known.name_zh) if known else line


def _distance(metres: float) -> str:
    tens = round(metres, -1)
    return f"{metres / _KM:.1f} km" if tens >= _KM else f"{tens:.0f} m"

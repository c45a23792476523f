"""A trip in words: walk, line, from, to, change, walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely
from shapely import LineString

from taobaogis.access.transit.graph import Walk
from taobaogis.access.transit.services import services

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapely import Point

    from taobaogis.access.transit.graph import Ride
    from taobaogis.access.transit.lines import TransitLines

__all__ = ["itinerary", "itinerary_lines"]

# Two platforms of one station are not a walk worth telling.
_TOLD_FROM_M = 30.0
_KM = 1000.0


def itinerary(lines: TransitLines, legs: Sequence[Walk | Ride], end: str) -> tuple[str, str]:
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
    en, zh
        One sentence each; empty without legs.
    """
    served = services()
    names, calls = lines.stops["name"].tolist(), lines.calls
    en, zh = [], []
    for leg in legs:
        if isinstance(leg, Walk):
            if leg.metres < _TOLD_FROM_M:
                continue
            to = names[leg.to_stop] if leg.to_stop >= 0 else end
            en.append(f"walk {_distance(leg.metres)} to {to}")
            zh.append(f"步行{_distance(leg.metres)}至{to}")
            continue
        pattern = lines.patterns.iloc[leg.pattern]
        mode = served.get(pattern["mode"])
        off = names[int(calls["stop"].iloc[leg.alight])]
        on = names[int(calls["stop"].iloc[leg.board])]
        stops = leg.alight - leg.board
        # Many a line's name begins with its mode already: 地铁18号线.
        line = str(pattern["line"]).removeprefix(mode.name_zh if mode else "")
        en.append(
            f"{mode.name_en if mode else pattern['mode']} {line} from {on} toward "
            f"{pattern['toward']}, {stops} stop{'s' if stops > 1 else ''} to {off}"
        )
        zh.append(
            f"{mode.name_zh if mode else ''}{line}（往{pattern['toward']}）{on}上车，"
            f"{stops}站至{off}"
        )
    return "; ".join(en), "；".join(zh)


def itinerary_lines(
    lines: TransitLines, legs: Sequence[Walk | Ride], start: Point, end: Point
) -> Iterator[tuple[str, LineString]]:
    """Mode and shape of each leg, drawn straight from stop to stop.

    Parameters
    ----------
    lines, legs
        As in `itinerary`.
    start, end
        Of the trip, in the CRS of the lines.

    Yields
    ------
    mode, shape
        ``walk`` or the mode of the line.
    """
    places = lines.stops.geometry.to_numpy()
    for leg in legs:
        if isinstance(leg, Walk):
            one = places[leg.from_stop] if leg.from_stop >= 0 else start
            two = places[leg.to_stop] if leg.to_stop >= 0 else end
            if leg.metres >= _TOLD_FROM_M:
                yield "walk", LineString(shapely.get_coordinates([one, two]))
            continue
        rows = lines.calls["stop"].to_numpy()[leg.board : leg.alight + 1]
        yield (
            str(lines.patterns["mode"].iloc[leg.pattern]),
            LineString(shapely.get_coordinates(places[rows])),
        )


def _distance(metres: float) -> str:
    tens = round(metres, -1)
    return f"{metres / _KM:.1f} km" if tens >= _KM else f"{tens:.0f} m"

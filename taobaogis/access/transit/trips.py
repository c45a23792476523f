"""Trips by public transport from one place to others: how long they take, and how sure that is."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from taobaogis.access.transit.graph import Conditions, Ride, Walk, ride_on, trip_graph
from taobaogis.access.transit.services import services, walking
from taobaogis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taobaogis.access.transit.graph import Walks
    from taobaogis.access.transit.lines import TransitLines
    from taobaogis.access.transit.services import Period, Range, Service, Walking

    Floats = NDArray[np.float64]

__all__ = ["SOON_MIN", "Trip", "quickest_trips", "ride_minutes"]

# What Lin (2019) calls near: "about half an hour ... by bus".
SOON_MIN = 30.0
_DRAWS = 1000
# Conditions under which trips are looked for, to find all that may turn out the quickest.
_SEARCHES = 12
_SEED = 20190
_LOW, _HIGH = 0.05, 0.95
_M_PER_MIN_AT_1_KMH = 1000.0 / 60.0


class Trip(NamedTuple):
    """A trip to one destination.

    Attributes
    ----------
    expected_min
        With the middle of all assumptions and half a headway to wait at each boarding; infinite
        if no trip leads there.
    median_min, low_min, high_min
        Of draws from the ranges of all assumptions and of the waits: the middle, and what 5 and
        95 in 100 stay below.
    soon_share
        Share of the draws within 30 minutes.
    legs
        Of the trip with `expected_min`.
    """

    expected_min: float
    median_min: float
    low_min: float
    high_min: float
    soon_share: float
    legs: Sequence[Walk | Ride]


def quickest_trips(
    lines: TransitLines,
    walks: Walks,
    *,
    served: Mapping[str, Service] | None = None,
    on_foot: Walking | None = None,
    period: Period = "offpeak",
) -> list[Trip]:
    """Quickest trip to each destination.

    Parameters
    ----------
    lines
        From `taobaogis.access.transit.lines.transit_lines`.
    walks
        To and from the stops and all the way, for one origin and some destinations.
    served
        Assumed service by mode; `taobaogis.access.transit.services.services` by default. Lines
        of another mode do not run, unless they have a timetable.
    on_foot
        `taobaogis.access.transit.services.walking` by default.
    period
        Of the day; of a timetable, lines without a departure in it do not run.

    Returns
    -------
    trips
        One a destination. A traveller chooses by what is to be expected and then meets the
        waits as they come: nobody knows beforehand which vehicle will be late.

    Notes
    -----
    Vehicles come at random, so that half a headway is waited on average, and up to a whole one.
    Draws belong to the line by its name: they do not change when other lines are added.
    """
    served = services(period) if served is None else served
    on_foot = walking() if on_foot is None else on_foot
    running = np.where(
        lines.patterns["scheduled"],
        lines.patterns[period].notna(),
        lines.patterns["mode"].isin(list(served)),
    ).astype(bool)
    drawn = _draws(lines, served, on_foot, period)
    graph = trip_graph(_only(lines, running), walks, transfer_m=on_foot.transfer_m)
    expected_min, middle = graph.search(_conditions(drawn, 0, running))
    found: list[list[list[Walk | Ride]]] = [[legs] if legs else [] for legs in middle]
    for draw in range(1, _SEARCHES):
        _, trips = graph.search(_conditions(drawn, draw, running))
        for known, legs in zip(found, trips, strict=True):
            if legs and legs not in known:
                known.append(legs)
    judged = (
        _judged(float(minutes), known, drawn, running)
        for minutes, known in zip(expected_min, found, strict=True)
    )
    return [trip._replace(legs=_in_all(trip.legs, lines, running)) for trip in judged]


def ride_minutes(
    lines: TransitLines,
    line: str,
    start: str,
    end: str,
    *,
    served: Mapping[str, Service] | None = None,
) -> tuple[float, float, float]:
    """Running time of one line between two of its stops, without any wait.

    Parameters
    ----------
    lines
        From `taobaogis.access.transit.lines.transit_lines`.
    line, start, end
        Name of the line and of the stops where one gets on and off.
    served
        As in `quickest_trips`.

    Returns
    -------
    low, median, high
        Minutes: 5, 50 and 95 % of draws from the ranges of speed and halts; all the same where
        a timetable tells.

    Raises
    ------
    InputError
        If the line does not run from the one stop to the other.
    """
    calls = lines.calls
    names = lines.stops["name"].to_numpy()[calls["stop"].to_numpy(dtype=np.int64)]
    of = calls["pattern"].to_numpy(dtype=np.int64)
    mine = lines.patterns["line"].to_numpy()[of] == line
    for board in np.flatnonzero(mine & (names == start)):
        onward = np.flatnonzero((of == of[board]) & (names == end) & (np.arange(len(of)) > board))
        if len(onward):
            drawn = _draws(lines, services() if served is None else served, walking(), "offpeak")
            ride = ride_on(lines, int(board), int(onward[0]))
            moving, _, _ = _minutes([ride], drawn, np.arange(len(lines.patterns)))
            low, median, high = np.quantile(moving, [_LOW, 0.5, _HIGH])
            return float(low), float(median), float(high)
    message = f"'{line}' does not run from '{start}' to '{end}' in these data; check the names."
    raise InputError(message)


class _Draws(NamedTuple):
    """Assumptions by draw (rows) and pattern (columns); row 0 holds their middles."""

    headway_min: Floats
    speed_kmh: Floats
    dwell_s: Floats
    wait_share: Floats
    walk_kmh: Floats
    detour: Floats


def _only(lines: TransitLines, running: NDArray[np.bool_]) -> TransitLines:
    if running.all():
        return lines
    number = np.cumsum(running) - 1
    calls = lines.calls[running[lines.calls["pattern"].to_numpy()]]
    return replace(
        lines,
        patterns=lines.patterns[running].reset_index(drop=True),
        calls=calls.assign(pattern=number[calls["pattern"].to_numpy()]).reset_index(drop=True),
        tracks=[track for track, kept in zip(lines.tracks, running, strict=True) if kept],
    )


def _in_all(
    legs: Sequence[Walk | Ride], lines: TransitLines, running: NDArray[np.bool_]
) -> Sequence[Walk | Ride]:
    """Legs of a trip on the running lines, their rows as among all lines."""
    if running.all():
        return legs
    patterns = np.flatnonzero(running)
    calls = np.flatnonzero(running[lines.calls["pattern"].to_numpy()])
    return tuple(
        leg
        if isinstance(leg, Walk)
        else leg._replace(
            pattern=int(patterns[leg.pattern]),
            board=int(calls[leg.board]),
            alight=int(calls[leg.alight]),
        )
        for leg in legs
    )


def _draws(
    lines: TransitLines, served: Mapping[str, Service], on_foot: Walking, period: Period
) -> _Draws:
    patterns = lines.patterns
    shape = (_DRAWS, len(patterns))
    columns: dict[str, Floats] = {
        name: np.ones(shape) for name in ("headway_min", "speed_kmh", "dwell_s", "wait_share")
    }
    spacing_m = lines.spacing_m()
    for row, (line, mode) in enumerate(zip(patterns["line"], patterns["mode"], strict=True)):
        timetable = patterns[period].iloc[row] if patterns["scheduled"].iloc[row] else None
        if mode not in served and timetable is None:
            continue
        random = np.random.default_rng([_SEED, zlib.crc32(f"{mode} {line}".encode())])
        if timetable is None:
            service = served[mode]
            for name, assumed in (
                ("headway_min", service.headway_min),
                ("speed_kmh", service.speed_at(spacing_m[row])),
                ("dwell_s", service.dwell_s),
            ):
                columns[name][:, row] = _with_middle(assumed, random)
        else:
            columns["headway_min"][:, row] = _with_middle(timetable, random)
        columns["wait_share"][:, row] = random.uniform(0, 1, _DRAWS)
    random = np.random.default_rng(_SEED)
    return _Draws(
        **columns,
        walk_kmh=_with_middle(on_foot.speed_kmh, random),
        detour=_with_middle(on_foot.detour, random),
    )


def _with_middle(assumed: Range, random: np.random.Generator) -> Floats:
    drawn = assumed.draw(random, _DRAWS)
    drawn[0] = assumed.middle
    return drawn


def _conditions(drawn: _Draws, draw: int, running: NDArray[np.bool_]) -> Conditions:
    return Conditions(
        drawn.headway_min[draw][running],
        drawn.speed_kmh[draw][running],
        drawn.dwell_s[draw][running],
        float(drawn.walk_kmh[draw]),
        float(drawn.detour[draw]),
    )


def _judged(
    expected_min: float,
    trips: list[list[Walk | Ride]],
    drawn: _Draws,
    running: NDArray[np.bool_],
) -> Trip:
    if not trips:
        return Trip(np.inf, np.inf, np.inf, np.inf, 0.0, ())
    columns = np.flatnonzero(running)
    moving, headways, waits = zip(*(_minutes(legs, drawn, columns) for legs in trips),
                                  strict=True)  # fmt: skip
    chosen = np.argmin(np.add(moving, headways), axis=0)
    every = np.arange(_DRAWS)
    minutes = np.add(moving, waits)[chosen, every]
    low, median, high = np.quantile(minutes, [_LOW, 0.5, _HIGH])
    return Trip(
        expected_min, float(median), float(low), float(high), float((minutes <= SOON_MIN).mean()),
        tuple(trips[0]),
    )  # fmt: skip


def _minutes(
    legs: Sequence[Walk | Ride], drawn: _Draws, columns: NDArray[np.int64]
) -> tuple[Floats, Floats, Floats]:
    """Of each draw: minutes under way, minutes of waiting to be expected, and those that come."""
    moving, expected, waited = np.zeros(_DRAWS), np.zeros(_DRAWS), np.zeros(_DRAWS)
    for leg in legs:
        if isinstance(leg, Walk):
            detour = 1.0 if leg.mapped else drawn.detour
            moving += leg.metres * detour / (drawn.walk_kmh * _M_PER_MIN_AT_1_KMH)
            continue
        of = columns[leg.pattern]
        if np.isfinite(leg.minutes):
            moving += leg.minutes
        else:
            stands = leg.alight - leg.board - 1
            moving += leg.metres / (drawn.speed_kmh[:, of] * _M_PER_MIN_AT_1_KMH)
            moving += stands * drawn.dwell_s[:, of] / 60.0
        expected += drawn.headway_min[:, of] / 2
        waited += drawn.headway_min[:, of] * drawn.wait_share[:, of]
    return moving, expected, waited

"""Stops, vehicles and walks as one graph, in which the quickest expected trip is a shortest way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from taobaogis.access.network import cheapest_links

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from taobaogis.access.transit.lines import TransitLines

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Conditions", "Ride", "TripGraph", "Walk", "Walks", "ride_on", "trip_graph"]

_M_PER_MIN_AT_1_KMH = 1000.0 / 60.0
_S_PER_MIN = 60.0
# Nodes of one stop of a pattern: the vehicle that has come, and the one that is about to leave.
_SIDES = 2


class Walks(NamedTuple):
    """Walks between the two ends of trips and the stops, in metres; infinite where too far.

    Attributes
    ----------
    from_origin_m, from_origin_mapped
        To each stop; whether it is the way along streets or a straight line.
    to_places_m, to_places_mapped
        From each stop (columns) to each destination (rows).
    direct_m, direct_mapped
        All the way to each destination.
    """

    from_origin_m: Floats
    from_origin_mapped: NDArray[np.bool_]
    to_places_m: Floats
    to_places_mapped: NDArray[np.bool_]
    direct_m: Floats
    direct_mapped: NDArray[np.bool_]


class Conditions(NamedTuple):
    """What is assumed for one search.

    Attributes
    ----------
    headway_min, speed_kmh, dwell_s
        Of each pattern.
    walk_kmh, detour
        See `taobaogis.access.transit.services.Walking`.
    """

    headway_min: Floats
    speed_kmh: Floats
    dwell_s: Floats
    walk_kmh: float
    detour: float


class Walk(NamedTuple):
    """A leg on foot; `from_stop` and `to_stop` are -1 at the ends of a trip."""

    metres: float
    mapped: bool
    from_stop: int
    to_stop: int


class Ride(NamedTuple):
    """A leg in a vehicle: rows of the calls where one gets on and off.

    `minutes` is the time of the timetable from leaving to arriving, NaN where there is none.
    """

    pattern: int
    board: int
    alight: int
    metres: float
    minutes: float = math.nan


@dataclass(frozen=True, eq=False)
class TripGraph:
    """Graph of all trips from one origin; made by `trip_graph`.

    Nodes: 0 is the origin, then the destinations, the stops, and two of each call.
    """

    lines: TransitLines
    places: int
    start: Ints
    end: Ints
    walk_m: Floats
    walk_mapped: NDArray[np.bool_]
    ride_m: Floats
    waits: NDArray[np.bool_]
    dwells: NDArray[np.bool_]
    pattern: Ints
    scheduled_min: Floats

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return 1 + self.places + len(self.lines.stops) + _SIDES * len(self.lines.calls)

    def minutes(self, given: Conditions) -> Floats:
        """Expected duration of each link: half a headway to wait, and the ride or walk itself."""
        walk_m = self.walk_m * np.where(self.walk_mapped, 1.0, given.detour)
        minutes = walk_m / (given.walk_kmh * _M_PER_MIN_AT_1_KMH)
        riding = self.pattern >= 0
        of = self.pattern[riding]
        moving = self.ride_m[riding] / (given.speed_kmh[of] * _M_PER_MIN_AT_1_KMH)
        moving += np.where(self.dwells[riding], given.dwell_s[of] / _S_PER_MIN, 0.0)
        timed = self.scheduled_min[riding]
        minutes[riding] += np.where(np.isnan(timed), moving, timed)
        minutes[riding] += np.where(self.waits[riding], given.headway_min[of] / 2, 0.0)
        return minutes

    def search(self, given: Conditions) -> tuple[Floats, list[list[Walk | Ride]]]:
        """Quickest expected trip to each destination.

        Returns
        -------
        minutes
            To each destination; infinite where no trip leads.
        trips
            Legs of each; empty where there is none.
        """
        cost = cheapest_links(self.start, self.end, self.minutes(given), (self.size, self.size))
        minutes, before = dijkstra(cost, indices=0, return_predecessors=True)
        trips = [self._legs(before, 1 + place) for place in range(self.places)]
        return minutes[1 : 1 + self.places], trips

    def _legs(self, before: Ints, node: int) -> list[Walk | Ride]:
        way = [node]
        while before[way[-1]] >= 0:
            way.append(int(before[way[-1]]))
        way.reverse()
        if way[0] != 0:
            return []
        legs: list[Walk | Ride] = []
        board = -1
        first_call = 1 + self.places + len(self.lines.stops)
        for one, two in pairwise(way):
            if one < first_call and two >= first_call:
                board = (two - first_call) // _SIDES
            elif one >= first_call and two < first_call:
                legs.append(ride_on(self.lines, board, (one - first_call) // _SIDES))
            elif one < first_call:
                legs.append(self._walk(one, two))
        return legs

    def _walk(self, one: int, two: int) -> Walk:
        link = np.flatnonzero((self.start == one) & (self.end == two))
        link = link[np.argmin(self.walk_m[link])]
        stops = (one - 1 - self.places, two - 1 - self.places)
        return Walk(
            float(self.walk_m[link]), bool(self.walk_mapped[link]), *(max(s, -1) for s in stops)
        )


def ride_on(lines: TransitLines, board: int, alight: int) -> Ride:
    """Ride between two calls of one pattern, by their rows."""
    calls = lines.calls
    metres = float(calls["hop_m"].to_numpy()[board + 1 : alight + 1].sum())
    minutes = calls["hop_min"].to_numpy()[board + 1 : alight + 1].sum()
    minutes += calls["halt_min"].to_numpy()[board + 1 : alight].sum()
    pattern = int(calls["pattern"].to_numpy()[board])
    # The one NaN that equals itself in comparisons of rides.
    known = float(minutes) if np.isfinite(minutes) else math.nan
    return Ride(pattern, board, alight, metres, known)


def trip_graph(lines: TransitLines, walks: Walks, *, transfer_m: float) -> TripGraph:
    """Graph of all trips from one origin to some destinations.

    Parameters
    ----------
    lines
        From `taobaogis.access.transit.lines.transit_lines`.
    walks
        To the stops, from them, and all the way.
    transfer_m
        Greatest straight distance of a change between two stops.

    Returns
    -------
    graph
        One may get on and off at every stop of a pattern. A vehicle that one stays in stands at
        each stop on the way; nobody waits to get off.
    """
    stops, calls = len(lines.stops), lines.calls
    places = len(walks.direct_m)
    stop0 = 1 + places
    came = stop0 + stops + _SIDES * np.arange(len(calls))
    leaves = came + 1
    at = stop0 + calls["stop"].to_numpy(dtype=np.int64)
    pattern = calls["pattern"].to_numpy(dtype=np.int64)
    hop_m = calls["hop_m"].to_numpy(dtype=float)
    first = np.r_[True, np.diff(pattern) != 0][: len(calls)]
    last = np.r_[np.diff(pattern) != 0, True][: len(calls)]
    on, off, inner = ~last, ~first, ~first & ~last
    near = np.flatnonzero(np.isfinite(walks.from_origin_m))
    place, stop = np.nonzero(np.isfinite(walks.to_places_m))
    direct = np.flatnonzero(np.isfinite(walks.direct_m))
    change = _changes(lines, transfer_m)
    parts = [
        # start, end, walk_m, walk_mapped, ride_m, waits, dwells, pattern, scheduled_min
        _links(0, stop0 + near, walks.from_origin_m[near], walks.from_origin_mapped[near]),
        _links(stop0 + stop, 1 + place, walks.to_places_m[place, stop],
               walks.to_places_mapped[place, stop]),
        _links(0, 1 + direct, walks.direct_m[direct], walks.direct_mapped[direct]),
        _links(stop0 + change[0], stop0 + change[1], change[2], np.zeros(len(change[2]), bool)),
        _links(at[on], leaves[on], waits=True, pattern=pattern[on]),
        _links(leaves[:-1][on[:-1]], came[1:][off[1:]], ride_m=hop_m[off], pattern=pattern[off],
               scheduled_min=calls["hop_min"].to_numpy()[off]),
        _links(came[inner], leaves[inner], dwells=True, pattern=pattern[inner],
               scheduled_min=calls["halt_min"].to_numpy()[inner]),
        _links(came[off], at[off], pattern=pattern[off]),
    ]  # fmt: skip
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    start, end, walk_m, mapped, ride_m, waits, dwells, of, scheduled_min = columns
    return TripGraph(
        lines, places, start.astype(np.int64), end.astype(np.int64), walk_m, mapped.astype(bool),
        ride_m, waits.astype(bool), dwells.astype(bool), of.astype(np.int64), scheduled_min,
    )  # fmt: skip


def _links(  # noqa: PLR0913 - the columns of a link
    start: Ints | int,
    end: Ints,
    walk_m: Floats | float = 0.0,
    walk_mapped: NDArray[np.bool_] | bool = True,  # noqa: FBT001, FBT002 - a column
    *,
    ride_m: Floats | float = 0.0,
    waits: bool = False,
    dwells: bool = False,
    pattern: Ints | int = -1,
    scheduled_min: Floats | float = math.nan,
) -> Sequence[NDArray[np.generic]]:
    columns = (
        start, end, walk_m, walk_mapped, ride_m, waits, dwells, pattern, scheduled_min,
    )  # fmt: skip
    return [np.broadcast_to(column, end.shape) for column in columns]


def _changes(lines: TransitLines, transfer_m: float) -> tuple[Ints, Ints, Floats]:
    """Walks between the stops that lines call at."""
    used = np.unique(lines.calls["stop"].to_numpy(dtype=np.int64))
    xy = shapely.get_coordinates(lines.stops.geometry.to_numpy())[used]
    if not len(used):
        return used, used, np.zeros(0)
    pairs = cKDTree(xy).query_pairs(transfer_m, output_type="ndarray")
    metres = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    one, two = used[pairs].T
    return np.r_[one, two], np.r_[two, one], np.r_[metres, metres]

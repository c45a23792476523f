"""Lines of public transport: which stops in which order, how far apart, and what is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString
from shapely.ops import substring

from taobaogis.access.transit.services import Range, periods, services
from taobaogis.geometry.arrays import geometries
from taobaogis.schema import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Floats = NDArray[np.float64]

__all__ = ["Hop", "TransitLines", "transit_lines"]

# A stop further from a track is not on it: platforms of wide roads lie tens of metres aside.
_ON_TRACK_M = 150.0
# Along its track, a hop is not shorter than straight, nor a loop through half the town.
_SHORTEST, _LONGEST, _LONGEST_EXTRA_M = 0.97, 2.5, 1000.0
# Two patterns are each other's way back if their ends meet, here at the latest.
_SAME_END_M = 600.0
_FEWEST_STOPS = 2
_EXACT_M = 1e-6
_S_PER_MIN = 60.0
_HEX = re.compile(r"[0-9a-f]{6}")


class Hop(NamedTuple):
    """Way from one stop to the next, and whether it follows a mapped track."""

    shape: LineString
    mapped: bool


@dataclass(frozen=True, eq=False)
class TransitLines:
    """Lines and stops in one metric CRS.

    Attributes
    ----------
    stops
        Points with ``name``; index 0, 1, ….
    patterns
        One row a line in one direction, index 0, 1, …: ``line`` (name of the line, the same for
        both directions), ``mode``, ``toward`` (name of its last stop), ``assumed`` (the way back
        of a line that is mapped in one direction only), ``source`` (osm_id of its relation),
        ``scheduled`` (whether its times are of a timetable) and, of such lines, the range of
        minutes between departures in each period, ``peak``, ``offpeak`` and ``evening``; None if
        none leaves then.
    calls
        One row a stop of a pattern, in order of travel: ``pattern``, ``stop`` (row of `stops`)
        and ``hop_m`` (way from the stop before, 0 at the first); of a
        timetable also ``hop_min`` (minutes from the stop before) and ``halt_min``, else NaN.
    health
        One row a line: ``line``, ``mode``, ``patterns``, ``missing_stops`` (named by the line
        but not in the data), ``straight_hops`` and ``hops`` (how many run where no track is
        mapped, of how many), ``one_direction``.
    tracks
        Of each pattern, as mapped; None where none is known.
    """

    stops: gpd.GeoDataFrame
    patterns: pd.DataFrame
    calls: pd.DataFrame
    health: pd.DataFrame
    tracks: Sequence[BaseGeometry | None]

    def spacing_m(self) -> Floats:
        """Mean way between neighbouring stops of each pattern."""
        of = self.calls["pattern"].to_numpy(dtype=np.int64)
        way_m = np.bincount(of, weights=self.calls["hop_m"], minlength=len(self.patterns))
        hops = np.bincount(of, minlength=len(self.patterns)) - 1
        return np.asarray(way_m / np.maximum(hops, 1), dtype=float)

    def hop_shapes(self, pattern: int, board: int, alight: int) -> Sequence[Hop]:
        """How a vehicle runs between two calls of a pattern, hop by hop.

        Parameters
        ----------
        pattern, board, alight
            Row of the pattern, and rows of the calls where one gets on and off.

        Returns
        -------
        hops
            Along the track from beside the one stop to beside the next, or straight from stop to
            stop where no track fits both.
        """
        rows = self.calls["stop"].to_numpy(dtype=np.int64)[board : alight + 1]
        places = shapely.get_coordinates(self.stops.geometry.to_numpy()[rows])
        return list(_hop_shapes(places, self.tracks[pattern]))


def transit_lines(stops: gpd.GeoDataFrame, routes: gpd.GeoDataFrame) -> TransitLines:
    """Lines from the layers ``stops`` and ``routes``.

    Parameters
    ----------
    stops, routes
        Layers of `taobaogis.schema.LAYERS` in the same CRS. A route names its stops in order of
        travel; its geometry is the track, whole or in pieces, in any order, unless a column
        ``straight`` says that it only joins the stops. Columns of
        `taobaogis.loaders.gtfs.read_gtfs` give it a timetable.

    Returns
    -------
    lines
        Routes of one mode with the same ``ref`` (or, without one, the same name up to a colon
        or bracket) are one line. A line that runs in one direction only gets the way back,
        unless it is a ring. Routes with fewer than two known stops are counted in `health` and
        left out. Empty layers give no lines.

    Raises
    ------
    SchemaError, CRSError
        If a layer does not keep its contract.
    """
    validate(stops, "stops")
    validate(routes, "routes")
    known = services()
    number = {name: row for row, name in enumerate(stops["osm_id"])}
    xy = np.asarray(shapely.get_coordinates(stops.geometry.to_numpy()))
    drafts = []
    tracks = geometries(routes)
    if "straight" in routes:
        tracks[routes["straight"].to_numpy(dtype=bool)] = None
    for route, track in zip(routes.itertuples(), tracks, strict=True):
        names = str(route.stops).split()
        rows = np.array([number[name] for name in names if name in number], dtype=np.int64)
        rows = rows[np.r_[True, np.diff(rows) != 0]] if len(rows) else rows
        mode = str(route.mode)
        curve = known[mode].curve if mode in known else known["bus"].curve
        hops_m, mapped = _hops(xy[rows], track, curve)
        timetable = _timetable(route, len(rows))
        drafts.append(
            _Draft(
                line=_line_name(str(route.ref), str(route.name)),
                mode=mode,
                source=str(route.osm_id),
                stops=rows,
                hops_m=hops_m,
                # How long a way is does not matter where its minutes are known.
                straight_hops=0 if timetable else int((~mapped).sum()),
                missing_stops=len(names) - sum(name in number for name in names),
                timetable=timetable,
                track=track,
                colour=_colour(getattr(route, "colour", "")),
            )
        )
    complete, health = [], []
    for (line, mode), group in _by_line(drafts):
        usable = [draft for draft in group if len(draft.stops) >= _FEWEST_STOPS]
        back = [draft.reversed() for draft in usable if _needs_way_back(draft, usable, xy)]
        complete += [*usable, *back]
        health.append(
            {
                "line": line, "mode": mode, "patterns": len(usable),
                "missing_stops": sum(draft.missing_stops for draft in group),
                "straight_hops": sum(draft.straight_hops for draft in usable),
                "hops": sum(len(draft.hops_m) for draft in usable),
                "one_direction": bool(back),
            }
        )  # fmt: skip
    return _assembled(stops, complete, health)


class _Timetable(NamedTuple):
    """Minutes to each stop from the one before, at each stop, and between departures."""

    hop_min: Floats
    halt_min: Floats
    headways: Mapping[str, Range | None]


@dataclass(frozen=True, eq=False)
class _Draft:
    """A route in one direction."""

    line: str
    mode: str
    source: str
    stops: NDArray[np.int64]
    hops_m: Floats
    straight_hops: int
    missing_stops: int
    assumed: bool = False
    timetable: _Timetable | None = None
    track: BaseGeometry | None = None
    colour: str = ""

    def reversed(self) -> _Draft:
        return replace(self, stops=self.stops[::-1], hops_m=self.hops_m[::-1], assumed=True)


def _colour(text: object) -> str:
    """A colour as ``#rrggbb``; nothing if it is written in any other way."""
    found = str(text).strip().lower().removeprefix("#")
    return f"#{found}" if _HEX.fullmatch(found) else ""


def _line_name(ref: str, name: str) -> str:
    if ref:
        return ref
    for mark in ("：", ":", "（", "("):
        name = name.partition(mark)[0]
    return name.strip()


def _by_line(drafts: list[_Draft]) -> Iterator[tuple[tuple[str, str], list[_Draft]]]:
    groups: dict[tuple[str, str], list[_Draft]] = {}
    for draft in drafts:
        # Lines without any name are not the same line.
        key = (draft.line or draft.source, draft.mode)
        groups.setdefault(key, []).append(draft)
    yield from groups.items()


def _timetable(route: Any, stops: int) -> _Timetable | None:  # noqa: ANN401 - a row of a frame
    """Times of a route that has them for all its stops."""
    run = _numbers(getattr(route, "run_s", ""))
    halt = _numbers(getattr(route, "halt_s", ""))
    if len(run) + 1 != stops or len(halt) != stops:
        return None
    gaps = {name: _numbers(getattr(route, f"{name}_min", "")) for name in periods()}
    return _Timetable(
        np.r_[0.0, run] / _S_PER_MIN,
        halt / _S_PER_MIN,
        {name: Range(*found) if len(found) == len(Range.__annotations__) else None
         for name, found in gaps.items()},
    )  # fmt: skip


def _numbers(text: object) -> Floats:
    words = text.split() if isinstance(text, str) else []
    return np.array([float(word) for word in words])


def _needs_way_back(draft: _Draft, group: list[_Draft], xy: Floats) -> bool:
    if draft.timetable:
        return False  # a timetable that names no way back has none
    first, last = xy[draft.stops[0]], xy[draft.stops[-1]]
    if np.hypot(*(first - last)) <= min(_SAME_END_M, draft.hops_m.sum() / 4):
        return False  # a ring
    return not any(
        np.hypot(*(xy[other.stops[0]] - last)) <= _SAME_END_M
        and np.hypot(*(xy[other.stops[-1]] - first)) <= _SAME_END_M
        for other in group
        if other is not draft
    )


def _hops(
    places: Floats, track: BaseGeometry | None, curve: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Way between neighbouring stops, and whether a track is mapped for it."""
    if len(places) < _FEWEST_STOPS:
        return np.zeros(0), np.zeros(0, dtype=bool)
    straight_m = np.hypot(*np.diff(places, axis=0).T)
    if track is None:
        return curve * straight_m, np.zeros(len(straight_m), dtype=bool)
    _, _, way_m = _fitting(places, track)
    best_m = way_m.min(axis=0, initial=np.inf)
    mapped = np.isfinite(best_m)
    return np.where(mapped, np.maximum(best_m, straight_m), curve * straight_m), mapped


def _fitting(places: Floats, track: BaseGeometry) -> tuple[NDArray[np.object_], Floats, Floats]:
    """Pieces of a track, where each stop is along them, and the way of each hop on them.

    The way is infinite on a piece that does not fit both stops.
    """
    straight_m = np.hypot(*np.diff(places, axis=0).T)
    pieces = shapely.get_parts(shapely.line_merge(track))
    points = np.asarray(shapely.points(places), dtype=object)
    along = np.asarray(shapely.line_locate_point(pieces[:, None], points[None, :]))
    beside = np.asarray(shapely.distance(pieces[:, None], points[None, :]))
    # On one piece, both stops on it; a ring may be gone round either way.
    way_m = np.abs(np.diff(along, axis=1))
    ring = shapely.is_closed(pieces)
    length_m = shapely.length(pieces)
    way_m = np.where(ring[:, None], np.minimum(way_m, length_m[:, None] - way_m), way_m)
    fits = (
        (np.maximum(beside[:, 1:], beside[:, :-1]) <= _ON_TRACK_M)
        & (way_m >= _SHORTEST * straight_m - beside[:, 1:] - beside[:, :-1])
        & (way_m <= np.maximum(_LONGEST * straight_m, straight_m + _LONGEST_EXTRA_M))
    )
    return pieces, along, np.where(fits, way_m, np.inf)


def _hop_shapes(places: Floats, track: BaseGeometry | None) -> Iterator[Hop]:
    """Line of each hop between neighbouring stops."""
    pieces, along, way_m = np.empty(0, dtype=object), np.empty((0, 0)), np.empty((0, 0))
    if track is not None and len(places) >= _FEWEST_STOPS:
        pieces, along, way_m = _fitting(places, track)
    for hop, ends in enumerate(pairwise(places)):
        best = int(np.argmin(way_m[:, hop])) if len(pieces) else -1
        if best < 0 or not np.isfinite(way_m[best, hop]):
            yield Hop(LineString(ends), mapped=False)
            continue
        piece, (from_m, to_m) = pieces[best], along[best, hop : hop + 2]
        parts = [substring(piece, from_m, to_m)]
        if abs(to_m - from_m) > way_m[best, hop] + _EXACT_M:  # the other way round the ring
            last_m, first_m = (piece.length, 0.0) if from_m > to_m else (0.0, piece.length)
            parts = [substring(piece, from_m, last_m), substring(piece, first_m, to_m)]
        corners = np.concatenate([shapely.get_coordinates(part) for part in parts])
        # Two stops beside one end of a track are one place on it.
        yield Hop(LineString(corners if len(corners) > 1 else ends), mapped=True)


def _times(draft: _Draft, name: str) -> Floats:
    if draft.timetable is None:
        return np.full(len(draft.stops), np.nan)
    found: Floats = getattr(draft.timetable, name)
    return found


def _assembled(
    stops: gpd.GeoDataFrame, drafts: list[_Draft], health: list[dict[str, object]]
) -> TransitLines:
    names = stops["name"].astype(str).tolist()
    headways: dict[str, pd.Series] = {
        name: pd.Series(
            [d.timetable.headways[name] if d.timetable else None for d in drafts], dtype=object
        )
        for name in periods()
    }
    patterns = pd.DataFrame(
        {
            "line": [draft.line for draft in drafts],
            "colour": [draft.colour for draft in drafts],
            "mode": [draft.mode for draft in drafts],
            "toward": [names[draft.stops[-1]] for draft in drafts],
            "assumed": [draft.assumed for draft in drafts],
            "source": [draft.source for draft in drafts],
            "scheduled": np.array([draft.timetable is not None for draft in drafts], dtype=bool),
            **headways,
        }
    )
    counts = [len(draft.stops) for draft in drafts]
    calls = pd.DataFrame(
        {
            "pattern": np.repeat(np.arange(len(drafts)), counts),
            "stop": np.concatenate([np.zeros(0, np.int64), *(draft.stops for draft in drafts)]),
            "hop_m": np.concatenate([np.zeros(0), *(np.r_[0.0, d.hops_m] for d in drafts)]),
            "hop_min": np.concatenate([np.zeros(0), *(_times(d, "hop_min") for d in drafts)]),
            "halt_min": np.concatenate([np.zeros(0), *(_times(d, "halt_min") for d in drafts)]),
        }
    )
    columns = ["line", "mode", "patterns", "missing_stops", "straight_hops", "hops",
               "one_direction"]  # fmt: skip
    points = gpd.GeoDataFrame({"name": names}, geometry=stops.geometry.to_numpy(), crs=stops.crs)
    table = pd.DataFrame(health, columns=columns)
    return TransitLines(points, patterns, calls, table, [draft.track for draft in drafts])

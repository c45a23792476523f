"""Streets drawn one by one become a network: ends meet streets, and meeting points are shared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Point, STRtree

from taobaogis.loaders.sample.carving import longest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from taobaogis.loaders.sample.draft import Street

__all__ = ["forget_some", "knit", "reach_out"]

_TOUCH_M = 0.01
_ONE_JUNCTION_M = 0.5
_JOINED_M = 0.15
_SAME_M = 0.1
_MOUTH_M = 5.0


def reach_out(streets: Sequence[Street]) -> tuple[list[Street], list[set[int]]]:
    """Draw the ends of streets out to the earlier street that lies straight ahead.

    Parameters
    ----------
    streets
        In an order in which each ends on earlier ones. An end looks as far as `reach_m`; where
        the first thing ahead is a slit, the street is a dead end.

    Returns
    -------
    streets
        As given, some lines longer.
    parents
        For each street the numbers of those it ends on.
    """
    drawn = list(streets)
    parents: list[set[int]] = [set() for _ in streets]
    seekers = [(n, at) for n, s in enumerate(streets) if s.reach_m > 0 for at in (0, -1)]
    found = _ahead(streets, seekers)
    for (number, at), met in zip(seekers, found, strict=True):
        if met is not None:
            xy = shapely.get_coordinates(drawn[number].line)
            xy[at] = met[1]
            drawn[number] = replace(drawn[number], line=LineString(xy))
            parents[number].add(met[0])
    ends_here = shapely.MultiPoint([met[1] for met in found if met is not None])
    for (number, at), met in zip(seekers, found, strict=True):
        if met is None and streets[number].kind in {"lane", "slit"}:
            drawn[number] = _shut(drawn[number], at, ends_here)
    return drawn, parents


def _shut(lane: Street, at: int, ends_here: shapely.MultiPoint) -> Street:
    """Dead end: the lane's middle stops half a width before the house that shuts it."""
    near = shapely.get_point(lane.line, at).buffer(lane.width_m / 2)
    clear = None if lane.clear is None else longest(lane.clear.difference(near))
    # Another lane that opens from the very end still has to reach this one.
    open_end = near.buffer(_TOUCH_M).intersects(ends_here)
    line = lane.line if open_end else longest(lane.line.difference(near))
    return lane if line is None else replace(lane, line=line, clear=clear)


def _ahead(
    streets: Sequence[Street], seekers: Sequence[tuple[int, int]]
) -> list[tuple[int, NDArray[np.float64]] | None]:
    """First earlier street straight ahead of each end, and the point where it is met."""
    ends, ahead = [], []
    for number, at in seekers:
        xy = shapely.get_coordinates(streets[number].line)
        way = xy[at] - xy[1 if at == 0 else -2]
        way /= np.hypot(*way)
        ends.append(xy[at])
        ahead.append([xy[at] - _TOUCH_M * way, xy[at] + streets[number].reach_m * way])
    rays = np.asarray(shapely.linestrings(np.array(ahead)))
    lines = np.array([street.line for street in streets])
    ray, other = STRtree(lines).query(rays, predicate="intersects")
    number = np.array([number for number, _ in seekers])[ray]
    layer = np.array([street.layer for street in streets])
    kept = (other < number) & (layer[other] == layer[number])
    ray, other = ray[kept], other[kept]
    points, hit = shapely.get_coordinates(
        shapely.intersection(rays[ray], lines[other]), return_index=True
    )
    away = np.hypot(*(points - np.array(ends)[ray[hit]]).T)
    found: list[tuple[int, NDArray[np.float64]] | None] = [None] * len(seekers)
    for nth in np.lexsort((-away, ray[hit])):
        street = int(other[hit[nth]])
        found[ray[hit[nth]]] = None if streets[street].kind == "slit" else (street, points[nth])
    return found


def forget_some(
    streets: Sequence[Street], parents: Sequence[set[int]], share: float, rng: Generator
) -> list[Street]:
    """Leave a share of the old lanes off the map, never one that a mapped lane hangs on.

    Parameters
    ----------
    streets, parents
        From `reach_out`.
    share
        Of the lanes of old parts with a clear width, by number.
    rng
        Source of chance.

    Returns
    -------
    streets
        As given, some with `mapped` False; the mapped rest hangs together as before.
    """
    mapped = [street.mapped and street.kind != "slit" for street in streets]
    for number, street in enumerate(streets):
        # Nobody maps a lane that can be reached from no other.
        if street.kind == "lane" and not any(mapped[parent] for parent in parents[number]):
            mapped[number] = False
    hanging: Counter[int] = Counter()
    for number, ends_on in enumerate(parents):
        if mapped[number]:
            hanging.update(ends_on)
    old = [n for n, s in enumerate(streets) if s.kind == "lane" and s.part in {"old", "other"}]
    # A path across open ground that leads to no lane is nothing a mapper would draw.
    for number in reversed(old):
        if streets[number].clear is None and not hanging[number]:
            mapped[number] = False
            hanging.subtract(parents[number])
    true = [number for number in old if streets[number].clear is not None]
    left = round(share * len(true))
    while left > 0:
        loose = [n for n in true if mapped[n] and not hanging[n]]
        if not loose:
            break
        for number in rng.permutation(loose)[: max(1, left // 2)]:
            mapped[number] = False
            hanging.subtract(parents[number])
            left -= 1
    return [
        street if street.mapped == still else replace(street, mapped=still)
        for street, still in zip(streets, mapped, strict=True)
    ]


@dataclass
class _Knot:
    """A street with the points that others have put into it."""

    xy: NDArray[np.float64]
    line: LineString
    clear: LineString | None
    put: list[tuple[float, NDArray[np.float64]]] = field(default_factory=list)

    def nearest(self, point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Distance to, and place of, the nearest corner or point already put in."""
        known = np.vstack([self.xy, *(p[None, :] for _, p in self.put)])
        away = np.hypot(*(known - point).T)
        at = int(np.argmin(away))
        return float(away[at]), known[at]

    def insert(self, point: NDArray[np.float64]) -> None:
        """Put a point into the street, at its place along it."""
        self.put.append((float(self.line.project(Point(point))), point))

    def finished(self) -> LineString:
        """Line through the street's own corners and all points put in."""
        steps = np.hypot(*np.diff(self.xy, axis=0).T)
        own = zip(np.concatenate([[0.0], np.cumsum(steps)]).tolist(), self.xy, strict=True)
        ordered = sorted([*own, *self.put], key=lambda pair: pair[0])
        return LineString([point for _, point in ordered])


def knit(streets: Sequence[Street]) -> list[Street]:
    """Give streets that meet a common point, to the last bit.

    Parameters
    ----------
    streets
        Mapped ones only, in order. Where one ends on another on whatever layer, or two of one
        layer cross, both get the same coordinate; a bridge over a street gets none.

    Returns
    -------
    streets
        As given, with the junctions among their coordinates.
    """
    knots = [_Knot(shapely.get_coordinates(s.line), s.line, s.clear) for s in streets]
    layers = [street.layer for street in streets]
    _tie_ends(knots)
    _tie_crossings(knots, layers)
    lines = _merged([knot.finished() for knot in knots], layers)
    return [replace(street, line=line) for street, line in zip(streets, lines, strict=True)]


def _merged(lines: Sequence[LineString], layers: Sequence[int]) -> list[LineString]:
    """Make corners of one layer that all but coincide the same."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    layer = np.asarray(layers)[owner]
    points = np.asarray(shapely.points(xy))
    one, two = STRtree(points).query(points, predicate="dwithin", distance=_SAME_M)
    for a, b in sorted(zip(one.tolist(), two.tolist(), strict=True)):
        if a < b and layer[a] == layer[b]:
            xy[b] = xy[a]
    merged = []
    for part in np.split(xy, np.flatnonzero(np.diff(owner)) + 1):
        moves = np.r_[True, np.any(np.diff(part, axis=0) != 0, axis=1)]
        merged.append(LineString(part[moves]))
    return merged


def _tie_ends(knots: list[_Knot]) -> None:
    open_ends = [
        (number, at)
        for number, knot in enumerate(knots)
        if not knot.line.is_closed
        for at in (0, -1)
    ]
    points = shapely.points(np.array([knots[number].xy[at] for number, at in open_ends]))
    near = STRtree([knot.line for knot in knots]).query(
        points, predicate="dwithin", distance=_TOUCH_M
    )
    for nth, other in sorted(zip(*near.tolist(), strict=True)):
        number, at = open_ends[nth]
        if other == number:
            continue
        end = knots[number].xy[at]
        away, known = knots[other].nearest(end)
        if away > _ONE_JUNCTION_M:
            knots[other].insert(end)
        elif away > 0 and other < number:
            # Between two ends that all but meet, the later one gives way.
            _move_end(knots[number], at, known)


def _move_end(knot: _Knot, at: int, to: NDArray[np.float64]) -> None:
    """Move an end onto a junction; the stretch that has the clear width stays where it is."""
    kept = knot.xy.copy()
    if knot.clear is not None and np.hypot(*(kept[at] - to)) > _TOUCH_M:
        mouths = shapely.get_coordinates(knot.clear)[[0, -1]]
        away = np.hypot(*(mouths - kept[at]).T)
        if away.min() < _MOUTH_M:
            mouth = mouths[int(np.argmin(away))]
            kept = np.insert(kept, 1 if at == 0 else len(kept) - 1, mouth, axis=0)
    kept[at] = to
    knot.xy, knot.line = kept, LineString(kept)


def _tie_crossings(knots: list[_Knot], layers: list[int]) -> None:
    lines = [knot.line for knot in knots]
    first, second = STRtree(lines).query(lines, predicate="intersects")
    order = np.lexsort((second, first))
    for a, b in zip(first[order].tolist(), second[order].tolist(), strict=True):
        if a >= b or layers[a] != layers[b]:
            continue
        for point in _points(lines[a], lines[b]):
            (away_a, at_a), (away_b, at_b) = knots[a].nearest(point), knots[b].nearest(point)
            node = at_a if away_a <= _JOINED_M else at_b if away_b <= _JOINED_M else point
            for knot, known in ((knots[a], at_a), (knots[b], at_b)):
                if not np.array_equal(known, node):
                    knot.insert(node)


def _points(a: LineString, b: LineString) -> Iterator[NDArray[np.float64]]:
    for part in shapely.get_parts(a.intersection(b)):
        if isinstance(part, Point):
            yield np.array([part.x, part.y])

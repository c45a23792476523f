"""Old village cores: land cut again and again by bending lanes until a house is left.

Long lanes are cut first and are the wider ones; later lanes end on them, so the pattern has
T-junctions, turns from one quarter to the next, and dead ends, as a village has that nobody drew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from taobaogis.loaders.sample.carving import (
    along,
    axes,
    carve,
    line_through,
    longest,
    polygon_of,
)
from taobaogis.loaders.sample.draft import Fabric, Street

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

__all__ = ["blob", "built_up", "grow_core", "notched"]

_HOUSE_M = 10.4
_LARGEST_SIDE_M = 13.2
_LONG_SIDE_M = 15.0
_LARGEST_M2 = 130.0
_LEAST_AREA_M2 = 42.0
_LEAST_SIDE_M = 5.5
_LEAST_LANE_M = 1.0
_REACH_M = 6.0
_SHORTEST_CLEAR_M = 3.0
_SQUARE_M2 = (230.0, 430.0)
_SQUARES_APART_M = 55.0
_RUIN_SHARE = 0.02


def blob(
    centre: tuple[float, float], radius_m: float, rng: Generator, *, squash: float = 1.0
) -> Polygon:
    """Rounded irregular outline of an old core.

    Parameters
    ----------
    centre
        In metres.
    radius_m
        Mean radius.
    rng
        Source of chance.
    squash
        North-south extent over east-west extent.

    Returns
    -------
    outline
        Polygon of 48 corners.
    """
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.full_like(angle, radius_m)
    for wave, share in ((2, 0.08), (3, 0.07), (5, 0.035)):
        radius += radius_m * share * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    xy = np.column_stack([radius * np.cos(angle), radius * np.sin(angle) * squash])
    return Polygon(xy + np.asarray(centre))


def grow_core(
    land: Polygon,
    keep: Polygon,
    rng: Generator,
    *,
    first_cuts: Sequence[tuple[LineString, float]] = (),
    reserved: Sequence[Point] = (),
    squares: int = 0,
) -> Fabric:
    """Houses and lanes of an old core.

    Parameters
    ----------
    land
        What is cut up, in metres; its edge is the near side of the street around it.
    keep
        Houses are built where their middle lies in it; the rest of the land stays open, so
        that the core has a ragged edge.
    rng
        Source of chance.
    first_cuts
        Centreline and clear width of the lanes to begin with.
    reserved
        The piece around each of these stays whole after the first cuts.
    squares
        How many small squares to leave open, where there is room.

    Returns
    -------
    fabric
        Houses of mostly four corners and 8 to 13 m, free-standing or wall to wall; lanes in the
        order they were cut, so that each ends on earlier ones; squares.
    """
    grower = _Grower(rng, keep)
    regions = [land]
    for line, width in first_cuts:
        regions = [piece for region in regions for piece in grower.cut(region, line, width)]
    for region in regions:
        if any(region.intersects(point) for point in reserved):
            grower.reserved.append(region)
        else:
            grower.settle(region)
    return grower.finish(squares)


def built_up(shapes: Sequence[Polygon]) -> Polygon:
    """Outline of what is built up: footprints with the lanes and yards between them."""
    grown = shapely.union_all(shapely.buffer(np.array(shapes), 3.2, join_style="mitre"))
    # A mitre ends before the tip of a very acute corner.
    town = shapely.union_all([polygon_of(grown.buffer(-3.0, join_style="mitre")), *shapes])
    return Polygon(polygon_of(town).exterior)


def notched(shape: Polygon, rng: Generator) -> Polygon:
    """Footprint with a corner or a light well cut out; never larger than before.

    Parameters
    ----------
    shape
        Four-cornered footprint in metres; any other is returned as it is.
    rng
        Source of chance.

    Returns
    -------
    footprint
        Polygon with two or four more corners.
    """
    ring = shapely.get_coordinates(shape)[:-1]
    sides = np.roll(ring, -1, axis=0) - ring
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    if len(ring) != 4 or lengths.min() < 7.0:  # noqa: PLR2004 - four corners, room for a cut
        return shape
    unit = sides / lengths[:, None]
    at = int(rng.integers(0, 4))
    into, out = -unit[at - 1], unit[at]
    if rng.random() < 0.65:  # noqa: PLR2004
        a, b = rng.uniform(1.6, 3.4, 2)
        corner = ring[at]
        cut = [corner + a * into, corner + a * into + b * out, corner + b * out]
        return Polygon([*ring[:at], *cut, *ring[at + 1 :]])
    start = float(rng.uniform(0.3, 0.5)) * lengths[at]
    wide, deep = float(rng.uniform(1.4, 2.2)), float(rng.uniform(1.2, 2.4))
    foot = [ring[at] + start * out, ring[at] + (start + wide) * out]
    well = [foot[0], foot[0] + deep * into, foot[1] + deep * into, foot[1]]
    return Polygon([*ring[: at + 1], *well, *ring[at + 1 :]])


class _Grower:
    """Fabric that grows while land is cut up; kept apart so that cutting can call itself."""

    def __init__(self, rng: Generator, keep: Polygon) -> None:
        self.rng = rng
        self.keep = keep
        self.houses: list[Polygon] = []
        self.lanes: list[Street] = []
        self.reserved: list[Polygon] = []
        self.squares: list[tuple[Polygon, range, range]] = []
        shapely.prepare(keep)

    def settle(self, region: Polygon) -> None:
        """Cut a piece of land down to houses."""
        centre, long, short = axes(region)
        length, breadth = 2 * float(np.hypot(*long)), 2 * float(np.hypot(*short))
        if length <= _LARGEST_SIDE_M or (length < _LONG_SIDE_M and region.area < _LARGEST_M2):
            if region.area >= _LEAST_AREA_M2 and breadth >= _LEAST_SIDE_M:
                self.houses.append(region)
            return
        houses, lanes = len(self.houses), len(self.lanes)
        along, across = round(length / _HOUSE_M), round(breadth / _HOUSE_M)
        if along in {3, 4} and across == 2 and self.rng.random() < 0.45:  # noqa: PLR2004
            pieces = self._dead_end(region, centre, long, short)
        else:
            pieces = self._halves(region, centre, long, short)
        for piece in pieces:
            self.settle(piece)
        if _SQUARE_M2[0] < region.area < _SQUARE_M2[1]:
            inside = range(houses, len(self.houses)), range(lanes, len(self.lanes))
            self.squares.append((region, *inside))

    def cut(self, region: Polygon, line: LineString, width: float) -> list[Polygon]:
        """Cut one lane, slit or (at width 0) party wall, and remember it."""
        pieces, stretches = carve(region, line, width)
        kind = "lane" if width >= _LEAST_LANE_M else "slit"
        if width > 0:
            self.lanes += [Street(s, width_m=width, kind=kind, reach_m=_REACH_M) for s in stretches]
        return pieces

    def _halves(
        self, region: Polygon, centre: Vector, long: Vector, short: Vector
    ) -> list[Polygon]:
        rng = self.rng
        length, breadth = 2 * float(np.hypot(*long)), 2 * float(np.hypot(*short))
        cells = max(2, round(length / _HOUSE_M))
        nth = cells // 2 + (cells % 2) * int(rng.integers(0, 2))
        if cells >= 6:  # noqa: PLR2004 - long enough not to be cut in the very middle
            nth += int(rng.integers(-1, 2))
        at = self._to_corner(region, centre, long, 2 * nth / cells - 1, 0.28 * length / cells)
        line = self._bending(centre + at * long, long, short)
        return self.cut(region, line, self._width(breadth, cells))

    def _dead_end(
        self, region: Polygon, centre: Vector, long: Vector, short: Vector
    ) -> list[Polygon]:
        """Shut the far end off with a row of houses, so that the lane between the others ends."""
        cells = round(2 * float(np.hypot(*long)) / _HOUSE_M)
        side = 1 if self.rng.random() < 0.5 else -1  # noqa: PLR2004
        wall = centre + side * (1 - 2 / cells) * long
        across = line_through([wall - 1.4 * short, wall + 1.4 * short])
        lengthwise = line_through([centre - 1.4 * long, centre + 1.4 * long])
        width = round(float(self.rng.uniform(1.0, 1.6)), 2)
        pieces: list[Polygon] = []
        for piece in self.cut(region, across, self._slit()):
            beyond = along(np.asarray(piece.centroid.coords[0]) - wall, long) * side > 0
            pieces += [piece] if beyond else self.cut(piece, lengthwise, width)
        return pieces

    def _slit(self) -> float:
        return round(float(self.rng.uniform(0.4, 0.75)), 2)

    def _width(self, lane_length: float, cells: int) -> float:
        for least_length, narrow, wide in ((70, 2.0, 2.5), (30, 1.4, 2.2), (15, 1.0, 1.7)):
            if lane_length > least_length:
                return round(float(self.rng.uniform(narrow, wide)), 2)
        chance = self.rng.random()
        if cells <= 2 and chance < 0.12:  # noqa: PLR2004 - the last cut, between two houses
            return 0.0
        if cells <= 2 and chance < 0.5:  # noqa: PLR2004
            return self._slit()
        return round(float(self.rng.uniform(1.0, 1.4)), 2)

    def _to_corner(
        self, region: Polygon, centre: Vector, long: Vector, at: float, reach_m: float
    ) -> float:
        """Move a cut to a bend of the land's edge nearby, so that houses keep four corners."""
        half = float(np.hypot(*long))
        here = along(shapely.get_coordinates(region)[:-1] - centre, long) / half**2
        away = np.abs(here - at) * half
        nearest = int(np.argmin(away))
        if away[nearest] < reach_m:
            return float(here[nearest])
        return at + float(self.rng.uniform(-0.06, 0.06)) * reach_m / half

    def _bending(self, through: Vector, long: Vector, short: Vector) -> LineString:
        rng = self.rng
        length = 2 * float(np.hypot(*short))
        aside = long / np.hypot(*long)
        stops = [-1.3, -0.5, 0.0, 0.5, 1.3] if length > 70 else [-1.4, 0.1, 1.4]  # noqa: PLR2004
        lean = float(np.clip(rng.normal(0, 0.06), -0.13, 0.13))
        if length < 24:  # noqa: PLR2004 - two houses: straight
            stops, lean = [-1.5, 1.5], float(rng.normal(0, 0.02))
        bow = rng.normal(0, 0.045) * length
        points = []
        for t in stops:
            kink = rng.normal(0, 0.018) * length if abs(t) < 1 else 0.0
            off = bow * (1 - t * t / 1.7) + kink + lean * t * length / 2
            points.append(through + t * short + off * aside)
        return line_through(points, beyond_m=3.0)

    def finish(self, squares: int) -> Fabric:
        """Leave squares and ruins open, drop what lies outside, shape the houses."""
        opened, no_house, no_lane = self._open_squares(squares)
        houses = []
        for number, shape in enumerate(self.houses):
            centre = shape.centroid
            ruin = self.rng.random() < _RUIN_SHARE
            if number in no_house or ruin or not shapely.contains_xy(self.keep, centre.x, centre.y):
                continue
            houses.append(notched(shape, self.rng) if self.rng.random() < 0.3 else shape)  # noqa: PLR2004
        town = built_up([*houses, *self.reserved])
        lanes = []
        for number, lane in enumerate(self.lanes):
            if number not in no_lane:
                clear = longest(lane.line.intersection(town))
                sure = clear is not None and clear.length >= _SHORTEST_CLEAR_M
                lanes.append(replace(lane, clear=clear if sure else None))
        return Fabric(houses, lanes, opened, self.reserved)

    def _open_squares(self, wanted: int) -> tuple[list[Polygon], set[int], set[int]]:
        chosen: list[Polygon] = []
        no_house: set[int] = set()
        no_lane: set[int] = set()
        for at in self.rng.permutation(len(self.squares)):
            region, houses, lanes = self.squares[at]
            inner = self.keep.buffer(-12)
            if len(chosen) == wanted:
                break
            if inner.contains(region) and all(
                region.distance(c) > _SQUARES_APART_M for c in chosen
            ):
                chosen.append(region)
                no_house.update(houses)
                no_lane.update(lanes)
        return chosen, no_house, no_lane

"""Ribbons: shophouses wall to wall along a main street, with side lanes and rows behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from shapely import LineString, Polygon

from taobaogis.loaders.sample.carving import axes, beside, carve, stretch
from taobaogis.loaders.sample.draft import Fabric, Street
from taobaogis.loaders.sample.oldcore import grow_core

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

__all__ = ["Ribbon", "plan_ribbon"]

_FRONT_M = 15.0
_BEHIND_M = 23.5
_SHED_SHARE = 0.4
_JOINED_SHARE = 0.75
_MOST_JOINED = 4
_EMPTY_SHARE = 0.03
_LANE_M = 2.4
_RIM_M = 3.0
_STEP_M = 6.0
_REACH_M = 6.0
_SIDE_LANE_EVERY_M = 58.0


@dataclass(frozen=True)
class Ribbon:
    """A ribbon along a main street.

    Attributes
    ----------
    fabric
        Houses; streets and lanes in an order in which each ends on earlier ones.
    main
        The stretches of the main street, each with its own clear width.
    sheds
        Land behind the shophouses for workshops and market halls.
    rims
        The roads behind the last row, to the left and the right of the main street.
    """

    fabric: Fabric
    main: list[Street]
    sheds: list[Polygon]
    rims: list[Street]


def plan_ribbon(
    street: LineString, stretches: Sequence[tuple[float, float, float]], rng: Generator
) -> Ribbon:
    """Houses on both sides of a main street.

    Parameters
    ----------
    street
        Centreline in metres.
    stretches
        From, to (metres along `street`) and clear width of each stretch; side lanes part them.
    rng
        Source of chance.

    Returns
    -------
    ribbon
        Each side: a row of shophouses on the street, a lane, houses or a shed, a road.
    """
    ribbon = Ribbon(Fabric(), [], [], [])
    start, end = stretches[0][0], stretches[-1][1]
    widest = max(width for _, _, width in stretches)
    far = widest / 2 + _FRONT_M + _LANE_M + _BEHIND_M
    for begin, stop, width in stretches:
        line = stretch(street, begin, stop)
        # At the ends the façades step in or out, behind the mouths of the side lanes there.
        clear = stretch(line, _STEP_M, line.length - _STEP_M)
        ribbon.main.append(Street(line, width_m=width, kind="street", clear=clear))
    for side in (1.0, -1.0):
        rim = beside(stretch(street, start - 16, end + 16), side * (far + _RIM_M))
        ribbon.rims.append(Street(rim, kind="street", tags={"highway": "unclassified"}))
    for side in (1.0, -1.0):
        land = []
        for begin, stop, width in stretches:
            line = stretch(street, begin, stop)
            inner, outer = (beside(line, side * away) for away in (width / 2, far))
            land.append(Polygon([*inner.coords, *reversed(outer.coords)]))
        for at, lane_width in _side_lanes(stretches, rng):
            lane = _side_lane(street, at, side, lane_width, (widest / 2, far))
            outermost = at in {start, end}
            ribbon.fabric.lanes.append(replace(lane, clear=None) if outermost else lane)
            land = [piece for block in land for piece in carve(block, lane.line, lane_width)[0]]
        for block in land:
            _settle_block(ribbon, block, street, side, rng)
    return ribbon


def _settle_block(
    ribbon: Ribbon, block: Polygon, street: LineString, side: float, rng: Generator
) -> None:
    """Row of shophouses on the street; behind it a lane, and small houses or one big shed."""
    lane_at = block.distance(street) + _FRONT_M + _LANE_M / 2
    width = round(float(rng.uniform(2.0, 2.8)), 2)
    shed = rng.random() < _SHED_SHARE
    for land in _cut_all(ribbon.fabric, [block], beside(street, side * lane_at), width):
        if land.distance(street) < lane_at - 3:
            _settle_row(ribbon.fabric, land, rng)
        elif shed:
            ribbon.sheds.append(land)
        else:
            behind = grow_core(land, land, rng)
            ribbon.fabric.houses.extend(behind.houses)
            ribbon.fabric.lanes.extend(behind.lanes)


def _side_lane(
    street: LineString, at: float, side: float, width: float, reach: tuple[float, float]
) -> Street:
    """Lane square to the street, from its middle to the road behind the houses."""
    here = np.asarray(street.interpolate(at).coords[0])
    before, after = (np.asarray(street.interpolate(at + d).coords[0]) for d in (-2.0, 2.0))
    along = (after - before) / np.hypot(*(after - before))
    normal = side * np.array([-along[1], along[0]])
    line = LineString([here, here + (reach[1] + _RIM_M) * normal])
    return Street(line, width_m=width, kind="lane", clear=stretch(line, *reach), reach_m=_REACH_M)


def _side_lanes(
    stretches: Sequence[tuple[float, float, float]], rng: Generator
) -> list[tuple[float, float]]:
    """Where side lanes leave the street, and their clear widths; wider ones between stretches."""
    ends = sorted({at for begin, stop, _ in stretches for at in (begin, stop)})
    lanes = [(at, round(float(rng.uniform(3.6, 4.6)), 2)) for at in ends]
    for begin, stop in pairwise(ends):
        number = max(1, round((stop - begin) / _SIDE_LANE_EVERY_M))
        inner = np.linspace(begin, stop, number + 1)[1:-1] + rng.uniform(-7, 7, number - 1)
        lanes += [(float(at), round(float(rng.uniform(2.4, 3.6)), 2)) for at in inner]
    return sorted(lanes)


def _cut_all(
    fabric: Fabric, land: Sequence[Polygon], line: LineString, width: float
) -> list[Polygon]:
    left: list[Polygon] = []
    for region in land:
        pieces, inner = carve(region, line, width)
        left += pieces
        if width > 0:
            kind = "lane" if width >= 1 else "slit"
            fabric.lanes.extend(
                Street(s, width_m=width, kind=kind, clear=s, reach_m=_REACH_M) for s in inner
            )
    return left


def _settle_row(fabric: Fabric, row: Polygon, rng: Generator) -> None:
    centre, long, short = axes(row)
    number = max(1, round(2 * float(np.hypot(*long)) / float(rng.uniform(6.8, 8.8))))
    land, joined = [row], 0
    for nth in range(1, number):
        at = centre + (2 * nth / number - 1 + float(rng.uniform(-0.12, 0.12)) / number) * long
        wall = joined < _MOST_JOINED and rng.random() < _JOINED_SHARE
        joined = joined + 1 if wall else 0
        gap = 0.0 if wall else round(float(rng.uniform(0.4, 0.8)), 2)
        land = _cut_all(fabric, land, LineString([at - 1.6 * short, at + 1.6 * short]), gap)
    fabric.houses.extend(plot for plot in land if rng.random() >= _EMPTY_SHARE)

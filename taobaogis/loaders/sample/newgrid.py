"""Planned new villages: plots of one size in double rows, on streets at right angles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from shapely import LineString, Polygon

from taobaogis.loaders.sample.carving import rectangle
from taobaogis.loaders.sample.draft import Fabric, Street

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["Grid", "plan_grid"]

_FRONT_M = 10.0
_DEPTH_M = 12.0
_BACK_LANE_M = 2.4
_PLOTS = 6
_GAPS_M = 6.0
_EMPTY_SHARE = 0.035
_BACK_LANES_MAPPED = 0.6

# Clear widths between the blocks, from west to east and from south to north; the outer ones have
# houses on one side only.
_NS_M = (7.0, 6.0, 7.0, 7.0)
_EW_M = (7.0, 4.0, 5.0, 5.0, 8.0, 5.0, 4.0, 5.0, 7.0)
_MAIN_M = 8.0
_TWO_WAY_M = 4.5
_PAVEMENTS_M = 1.0
_CIVIC = (1, 3)

# How many plots of a row stand wall to wall; the rest of the row's length is shared out between.
_GROUPS = (
    (1, 1, 1, 1, 1, 1), (1, 1, 1, 1, 1, 1), (1, 1, 1, 1, 1, 1), (2, 1, 1, 1, 1),
    (1, 1, 2, 1, 1), (1, 1, 1, 1, 2), (2, 1, 2, 1), (1, 3, 1, 1),
)  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """A planned new village in its own frame, its south-western street corner at (0, 0).

    Attributes
    ----------
    fabric
        Houses; streets and lanes in an order in which each ends on earlier ones.
    civic
        The block that is kept for the village committee.
    outline
        Middle of the outer streets.
    main
        Number of the main street among the lanes of `fabric`.
    """

    fabric: Fabric
    civic: Polygon
    outline: Polygon
    main: int


def plan_grid(rng: Generator) -> Grid:
    """Planned new village of 23 blocks of up to twelve houses.

    Parameters
    ----------
    rng
        Source of chance: which houses are joined, which plots are empty.

    Returns
    -------
    grid
        Every house is 10 m by 12 m; façades stand exactly on the lines that give the streets
        their clear width.
    """
    block = (_PLOTS * _FRONT_M + _GAPS_M, 2 * _DEPTH_M + _BACK_LANE_M)
    xs, ys = _centres(_NS_M, block[0]), _centres(_EW_M, block[1])
    fabric = Fabric()
    west, south, east, north = xs[0], ys[0], xs[-1], ys[-1]
    fabric.lanes.extend(
        _street(LineString([(x, south), (x, north)]), width, outer=x in {west, east})
        for x, width in zip(xs, _NS_M, strict=True)
    )
    for y, width in zip(ys, _EW_M, strict=True):
        fabric.lanes.append(
            _street(LineString([(west, y), (east, y)]), width, outer=y in {south, north})
        )
    main = len(_NS_M) + _EW_M.index(_MAIN_M)
    civic = Polygon()
    for column, x in enumerate(xs[:-1]):
        for row, y in enumerate(ys[:-1]):
            left, low = x + _NS_M[column] / 2, y + _EW_M[row] / 2
            if (column, row) == _CIVIC:
                civic = rectangle(left, low, left + block[0], low + block[1])
            else:
                _add_block(fabric, left, low, rng)
    return Grid(fabric, civic, rectangle(west, south, east, north), main)


def _centres(widths: tuple[float, ...], block: float) -> list[float]:
    at = [0.0]
    for before, after in pairwise(widths):
        at.append(at[-1] + before / 2 + block + after / 2)
    return at


def _street(line: LineString, width: float, *, outer: bool) -> Street:
    if outer:
        return Street(line, kind="street", tags={"highway": "residential"})
    # The clear width holds between the first and the last house, not at the crossings outside.
    inset = max(_NS_M[0], _EW_M[0]) / 2
    (x0, y0), (x1, y1) = line.coords
    dx, dy = (x1 - x0) / line.length * inset, (y1 - y0) / line.length * inset
    clear = LineString([(x0 + dx, y0 + dy), (x1 - dx, y1 - dy)])
    # The narrow streets are one-way; of the others every one has its carriageway tagged.
    narrow = {"highway": "living_street", "oneway": "yes"}
    wide = {"highway": "residential", "width": f"{width - _PAVEMENTS_M:g}"}
    tags = narrow if width < _TWO_WAY_M else wide
    return Street(line, width_m=width, kind="street", tags=tags, clear=clear)


def _add_block(fabric: Fabric, left: float, low: float, rng: Generator) -> None:
    width = _PLOTS * _FRONT_M + _GAPS_M
    middle = low + _DEPTH_M + _BACK_LANE_M / 2
    back = LineString([(left, middle), (left + width, middle)])
    mapped = bool(rng.random() < _BACK_LANES_MAPPED)
    tags = {"highway": "service", "service": "alley"}
    fabric.lanes.append(
        Street(back, _BACK_LANE_M, kind="lane", clear=back, tags=tags, mapped=mapped, reach_m=5.0)
    )
    for bottom in (low, low + _DEPTH_M + _BACK_LANE_M):
        _add_row(fabric, left, bottom, rng)


def _add_row(fabric: Fabric, left: float, bottom: float, rng: Generator) -> None:
    groups = _GROUPS[int(rng.integers(0, len(_GROUPS)))]
    gap = _GAPS_M / (len(groups) - 1)
    west, built_before = left, False
    for number, plots in enumerate(groups):
        built = [bool(rng.random() >= _EMPTY_SHARE) for _ in range(plots)]
        if built_before and built[0]:
            at = west - gap / 2
            line = LineString([(at, bottom), (at, bottom + _DEPTH_M)])
            fabric.lanes.append(Street(line, width_m=gap, kind="lane", clear=line, mapped=False))
        for here in built:
            if here:
                fabric.houses.append(rectangle(west, bottom, west + _FRONT_M, bottom + _DEPTH_M))
            west += _FRONT_M
        built_before = built[-1]
        west += gap if number < len(groups) - 1 else 0.0

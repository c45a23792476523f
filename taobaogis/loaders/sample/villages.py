"""The three villages of the sample, each an urban village of its own kind. None is a real place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from taobaogis.loaders.sample.carving import (
    line_of,
    local_to_world,
    polygon_of,
    rectangle,
    stretch,
)
from taobaogis.loaders.sample.draft import Area, Draft, Front, Street, placed
from taobaogis.loaders.sample.dressing import (
    RING_M,
    SQUARE,
    add_fringe,
    add_hall,
    add_sheds,
    add_works,
    civic_block,
    hall_cuts,
    settled,
    shop_rows,
)
from taobaogis.loaders.sample.newgrid import plan_grid
from taobaogis.loaders.sample.oldcore import blob, built_up, grow_core
from taobaogis.loaders.sample.ribbon import plan_ribbon

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.random import Generator
    from shapely import LinearRing
    from shapely.geometry.base import BaseGeometry

__all__ = ["VillagePlan", "make_dajie", "make_laocun", "make_xincun"]

_RING = {"highway": "residential", "name": "环村路", "name:en": "Huancun Road"}


@dataclass(frozen=True)
class VillagePlan:
    """A village of the sample.

    Attributes
    ----------
    id, name_en, name_zh
        Names.
    draft
        All that stands in it.
    boundary
        Its outline.
    parts
        Old, new and other part as the makers meant them, by name; together the boundary.
    """

    id: str
    name_en: str
    name_zh: str
    draft: Draft
    boundary: Polygon
    parts: Mapping[str, BaseGeometry]


def make_laocun(centre: tuple[float, float], rng: Generator) -> VillagePlan:
    """Old village: only an organic core, with hall, forecourt and pond on its sunny side.

    Parameters
    ----------
    centre
        In the scene's frame, metres.
    rng
        Source of chance.

    Returns
    -------
    village
        About 450 houses.
    """
    turn, south = 7.0, -102.0
    open_side = rectangle(-500, south, 500, 500)
    outline = blob((0.0, 0.0), 137.0, rng, squash=0.96)
    land = polygon_of(outline.buffer(4).intersection(open_side))
    keep = polygon_of(outline.intersection(open_side))
    cuts = [
        (LineString([(-400, -46), (-70, -58), (60, -62), (400, -50)]), 2.4),
        (LineString([(-13, south - 9), (-13.5, -60.5)]), 1.9),
        (LineString([(13.5, south - 9), (13, -60.5)]), 1.7),
    ]
    fabric = grow_core(land, keep, rng, first_cuts=cuts, reserved=[Point(0, south + 15)], squares=5)
    draft = settled(fabric, "laocun", "old", rng)
    market = draft.streets[0].line
    ring = Street(
        LineString(_around(land).coords), kind="street", village="laocun", part="other", tags=_RING
    )
    draft.streets.insert(0, ring)
    add_fringe(draft, ring.line, "laocun", shapely.box(-60, -300, 60, south + 20), rng)
    add_hall(draft, fabric.reserved, "laocun", "陈氏宗祠(虚构)")
    court = rectangle(-46, south - 27, 46, south - 6)
    angle = np.linspace(np.pi, 2 * np.pi, 21)
    arc = np.column_stack([44 * np.cos(angle), south - 31 + 34 * np.sin(angle)])
    pond = Polygon(arc)
    draft.areas += [Area(court, SQUARE), Area(pond, {"natural": "water", "water": "pond"})]
    grove = Polygon(pond.buffer(7).exterior, [pond.exterior.coords])
    draft.areas.append(Area(grove, {"leisure": "park", "name": "风水林(虚构)"}))
    # The village market: the middle of the first lane behind the hall, and the forecourt.
    middle = stretch(market, 0.3 * market.length, 0.7 * market.length)
    draft.fronts.append(Front(middle, 2.4, 7.0, "old"))
    draft.fronts.append(Front(LineString([(-60, south - 2.5), (60, south - 2.5)]), 3.6, 9.0, "old"))
    town = built_up([house.shape for house in draft.houses if house.part == "old"])
    outer = [land.buffer(9), pond.buffer(8), court.buffer(8)]
    names = ("laocun", "Laocun", "老村(虚构)")
    return _finished(names, draft, outer, {"old": town}, (centre, turn))


def make_xincun(centre: tuple[float, float], rng: Generator) -> VillagePlan:
    """Old core with a planned new village beside it, turned by 12 degrees.

    Parameters
    ----------
    centre
        In the scene's frame, metres.
    rng
        Source of chance.

    Returns
    -------
    village
        About 250 old and 260 new houses.
    """
    grid = plan_grid(rng)
    turn = 12.0
    middle = np.array([grid.outline.centroid.coords[0]])
    corner = -local_to_world(middle, (0.0, 0.0), turn)[0] + np.array([122.0, 4.0])
    at = (float(corner[0]), float(corner[1]))
    new = placed(settled(grid.fabric, "xincun", "new", rng), at, turn)
    new.add(placed(civic_block(grid.civic), at, turn))
    west = new.streets[0].line
    # The new village's first street cut the old core off; the old houses there line it.
    beyond = Polygon(
        local_to_world(np.array([[-3.5, -400], [-3.5, 700], [-800, 700], [-800, -400]]), at, turn)
    )
    outline = blob((-72.0, -4.0), 101.0, rng)
    land = polygon_of(outline.buffer(4).intersection(beyond))
    keep = polygon_of(outline.intersection(beyond))
    old = grow_core(land, keep, rng, squares=3, first_cuts=hall_cuts(land),
                    reserved=[Point(land.centroid.x, land.bounds[1] + 30)])  # fmt: skip
    core = settled(old, "xincun", "old", rng)
    add_hall(core, old.reserved, "xincun", "梁氏宗祠(虚构)")
    ring = line_of(_around(land).difference(west.buffer(9, cap_style="square")))
    draft = Draft()
    draft.add(new)
    draft.streets.append(
        Street(ring, kind="street", village="xincun", part="other", tags=_RING, reach_m=25.0)
    )
    draft.add(core)
    add_fringe(draft, ring, "xincun", Polygon(west.buffer(30).exterior), rng)
    main = (("新村大街", "Xincun Main Street"), ("创业路", "Chuangye Road"))
    for number, (name, name_en) in zip((grid.main, 1), main, strict=True):
        street = draft.streets[number]
        draft.streets[number] = replace(
            street, tags={**street.tags, "name": name, "name:en": name_en}
        )
        draft.fronts.append(Front(street.line, street.width_m / 2 + 1.5, 7.5, "new"))
    mains = [draft.streets[number] for number in (grid.main, 1)]
    civic = local_to_world(shapely.get_coordinates(grid.civic), at, turn)
    draft.areas += shop_rows(mains, 12.0, free=[Polygon(civic)])
    block = Polygon(shapely.transform(grid.outline, lambda xy: local_to_world(xy, at, turn)))
    town = built_up([house.shape for house in core.houses if house.part == "old"])
    outer = [land.buffer(9), block.buffer(6, join_style="mitre")]
    parts = {"old": town, "new": block.difference(town)}
    names = ("xincun", "Xincun", "新村(虚构)")
    return _finished(names, draft, outer, parts, (centre, 0.0))


def make_dajie(street: LineString, rng: Generator) -> VillagePlan:
    """Ribbon along a main street, with works and market sheds behind.

    Parameters
    ----------
    street
        The main street in the scene's frame, from main road to main road.
    rng
        Source of chance.

    Returns
    -------
    village
        About 250 houses.
    """
    begin = street.length / 2 - 300
    stretches = [(begin, begin + 205, 16.0), (begin + 205, begin + 400, 14.0),
                 (begin + 400, begin + 590, 18.0)]  # fmt: skip
    ribbon = plan_ribbon(street, stretches, rng)
    main = {"highway": "tertiary", "name": "大街", "name:en": "Dajie Main Street", "lanes": "2"}
    draft = Draft()
    for number, piece in enumerate(ribbon.main):
        width = {"width": f"{piece.width_m:g}"} if number != 1 else {}
        draft.streets.append(replace(piece, village="dajie", part="other", tags=main | width))
        draft.fronts.append(Front(piece.line, piece.width_m / 2 + 1.5, 8.0, "main"))
    draft.areas += shop_rows(ribbon.main, 15.0)
    for ends in ((0.0, begin), (stretches[-1][1], street.length)):
        draft.streets.append(Street(stretch(street, *ends), tags=main))
    for rim, oneway in zip(ribbon.rims, ("yes", "-1"), strict=True):
        tags = {**rim.tags, "oneway": oneway, "maxheight": "3.5"}
        draft.streets.append(replace(rim, village="dajie", part="other", tags=tags))
    draft.add(settled(ribbon.fabric, "dajie", "other", rng))
    add_sheds(draft, ribbon.sheds, rng)
    add_works(draft, [rim.line for rim in ribbon.rims], street, rng)
    outer = [rim.line.buffer(52, cap_style="flat") for rim in ribbon.rims]
    names = ("dajie", "Dajie", "大街村(虚构)")
    return _finished(names, draft, outer, {}, ((0.0, 0.0), 0.0))


def _around(land: Polygon) -> LinearRing:
    """Middle of the road around a core."""
    return polygon_of(land.buffer(RING_M / 2, join_style="mitre").simplify(0.3)).exterior


def _finished(
    names: tuple[str, str, str],
    draft: Draft,
    outer: Sequence[Polygon],
    parts: Mapping[str, BaseGeometry],
    place: tuple[tuple[float, float], float],
) -> VillagePlan:
    """Village with a boundary round all that stands in it, put in its place."""
    yards = shapely.buffer(np.array([house.shape for house in draft.houses]), 6.5, quad_segs=2)
    all_land = shapely.union_all([*outer, *yards])
    smooth = all_land.buffer(18, quad_segs=3).buffer(-18, quad_segs=3).simplify(0.5)
    boundary = Polygon(polygon_of(smooth).exterior)
    named = {key: shape.intersection(boundary) for key, shape in parts.items()}
    named["other"] = boundary.difference(shapely.union_all(list(named.values())))

    def move(shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda xy: local_to_world(xy, *place))

    moved = {key: move(shape) for key, shape in named.items()}
    return VillagePlan(*names, placed(draft, *place), polygon_of(move(boundary)), moved)

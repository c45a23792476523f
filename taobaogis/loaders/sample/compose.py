"""Villages, markets and the city between them put together on the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Point, Polygon, STRtree

from taobaogis.loaders.sample.carving import opened, parts_of
from taobaogis.loaders.sample.city import fill_land, lots
from taobaogis.loaders.sample.draft import Area, Draft, Front, Spot, Street
from taobaogis.loaders.sample.markets import make_markets
from taobaogis.loaders.sample.network import forget_some, knit, reach_out
from taobaogis.loaders.sample.places import settle_places
from taobaogis.loaders.sample.plan import CANAL, draw_skeleton
from taobaogis.loaders.sample.villages import make_dajie, make_laocun, make_xincun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator

    from taobaogis.loaders.sample.plan import Skeleton
    from taobaogis.loaders.sample.villages import VillagePlan

__all__ = ["Composition", "compose"]

_LAOCUN, _XINCUN = (-250.0, -110.0), (1490.0, -70.0)
_DAJIE_BENDS = ((-330.0, -1672.0), (-150.0, -1654.0), (40.0, -1668.0), (220.0, -1656.0))
_UNMAPPED_SHARE = 0.25
_ROAD_MARGIN_M = 21.0
_VILLAGE_MARGIN_M = 9.0
_APPROACH_MARGIN_M = 8.0
_CANAL_MARGIN_M = 46.0
_SHOP_LANE_M = 2.0
_WORKS_M2 = 500.0
_ROAD_FREE_M = 3.0
_OUTSKIRTS_FARTHER_M = 120.0

# From where and in which direction, in degrees from east, a road leads out of a village.
_APPROACHES = {
    "laocun": (((0.0, 0.0), 4.0), ((0.0, 20.0), 176.0), ((0.0, 0.0), 84.0), ((60.0, -60.0), -50.0)),
    "xincun": (((-80.0, 10.0), 178.0), ((120.0, 4.0), 12.0), ((120.0, 4.0), -78.0)),
    "dajie": (((40.0, 0.0), 92.0), ((-120.0, 0.0), -88.0)),
}
_OUTSKIRTS = (
    ((3680, 60), (330, 420), 4, "works"), ((4060, 180), (420, 370), 5, "estate"),
    ((3640, 660), (380, 320), 5, "ponds"), ((2860, 640), (680, 340), 9, "ponds"),
    ((2850, -330), (330, 640), 3, "ponds"), ((3230, -300), (330, 700), 3, "works"),
    ((-3330, -1420), (420, 300), 6, "works"), ((-2880, -1370), (520, 330), 6, "ponds"),
    ((-2800, -1760), (420, 330), 6, "ponds"), ((-2200, -1320), (400, 620), 3, "ponds"),
    ((-1760, -1290), (400, 660), 3, "works"), ((-2180, -1740), (420, 330), 3, "estate"),
)  # fmt: skip

_USES = ("estate", "school", "estate", "towers", "office", "estate", "park", "estate", "works",
         "towers", "estate", "office", "ponds", "estate", "towers", "works")  # fmt: skip
_NAMES = (
    ("锦荷", "Jinhe"), ("云汐", "Yunxi"), ("青禾", "Qinghe"), ("望潮", "Wangchao"),
    ("榕岸", "Rongan"), ("石塘", "Shitang"), ("白鹭", "Bailu"), ("东望", "Dongwang"),
    ("禾丰", "Hefeng"), ("听榕", "Tingrong"), ("沙堤", "Shadi"), ("学堂", "Xuetang"),
    ("南浦", "Nanpu"), ("翠堤", "Cuidi"), ("嘉禾", "Jiahe"),
)  # fmt: skip
_KINDS = {
    "estate": ("花园", "Garden"), "towers": ("名庭", "Court"), "office": ("商务中心", "Centre"),
    "works": ("工业园", "Industrial Park"), "school": ("学校", "School"), "park": ("公园", "Park"),
    "ponds": ("果园", "Orchard"),
}  # fmt: skip


@dataclass(frozen=True)
class Composition:
    """The scene before it is numbered.

    Attributes
    ----------
    draft
        Houses, areas and spots; its streets are as drawn, before they were joined.
    streets
        Streets on the map, joined, and the unmapped rest as drawn.
    villages
        Laocun, Xincun, Dajie.
    skeleton
        Plan of the main roads.
    """

    draft: Draft
    streets: list[Street]
    villages: tuple[VillagePlan, ...]
    skeleton: Skeleton


def compose(rng: Generator) -> Composition:
    """Everything in the scene but public transport.

    Parameters
    ----------
    rng
        Source of chance.

    Returns
    -------
    composition
        In the scene's frame, metres; mapped streets first.
    """
    skeleton = draw_skeleton(rng)
    west, east = skeleton.nodes["dajie,w"], skeleton.nodes["dajie,e"]
    villages = (
        make_laocun(_LAOCUN, rng),
        make_xincun(_XINCUN, rng),
        make_dajie(LineString([west, *_DAJIE_BENDS, east]), rng),
    )
    draft = Draft()
    draft.add(skeleton.draft)
    for village in villages:
        draft.add(village.draft)
        _add_village_land(draft, village)
    draft.add(make_markets(skeleton.nodes, rng))
    approaches = [street for village in villages for street in _approaches(village, skeleton)]
    draft.streets.extend(approaches)
    _fill_city(draft, villages, approaches, skeleton, rng)
    drawn, parents = reach_out(draft.streets)
    streets = forget_some(drawn, parents, _UNMAPPED_SHARE, rng)
    _clear(draft, [street for street in streets if street.kind == "road"])
    fronts = [*draft.fronts, *_lane_fronts(streets)]
    # A lot's edge may pass close to a village, but its shops do not open there.
    for city in (True, False):
        own = [front for front in fronts if (front.mix == "city") is city]
        holders = [house for house in draft.houses if not (city and house.village)]
        draft.spots.extend(settle_places(own, holders, rng))
    mapped = knit([street for street in streets if street.mapped])
    unmapped = [street for street in streets if not street.mapped]
    return Composition(draft, mapped + unmapped, villages, skeleton)


def _add_village_land(draft: Draft, village: VillagePlan) -> None:
    works = shapely.union_all(
        [
            house.shape.buffer(7, join_style="mitre")
            for house in village.draft.houses
            if house.tags["building"] in {"industrial", "warehouse"}
            and house.shape.area > _WORKS_M2
        ]
    ).intersection(village.boundary)
    name = {"name": village.name_zh, "name:en": village.name_en}
    for shape, tags in (
        (village.boundary.difference(works), {"landuse": "residential", **name}),
        (works, {"landuse": "industrial"}),
    ):
        draft.areas.extend(Area(part, tags) for part in opened(shape))
    draft.spots.append(Spot(village.boundary.centroid, {"place": "neighbourhood", **name}))


def _approaches(village: VillagePlan, skeleton: Skeleton) -> Iterator[Street]:
    """Roads from the outermost street of a village to the nearest main road ahead."""
    own = shapely.union_all([s.line for s in village.draft.streets if s.kind == "street"])
    roads = shapely.union_all([s.line for s in skeleton.draft.streets if not s.layer])
    centre = {"laocun": _LAOCUN, "xincun": _XINCUN, "dajie": (0.0, -1664.0)}[village.id]
    for offset, degrees in _APPROACHES[village.id]:
        start = np.add(centre, offset)
        way = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        ray = LineString([start, start + 1500 * way])
        leaves, meets = max(_along(ray, own)), min(_along(ray, roads))
        ends = [ray.interpolate(leaves), ray.interpolate(meets)]
        tags = {"highway": "residential", "name": f"{village.name_zh[:2]}村道"}
        yield Street(LineString(ends), tags=tags, reach_m=1.0)


def _clear(draft: Draft, roads: Sequence[Street]) -> None:
    """Take away loose buildings that stand in the way of a road."""
    tree = STRtree([road.line for road in roads])
    shapes = [house.shape for house in draft.houses]
    hit = set(tree.query(shapes, predicate="dwithin", distance=_ROAD_FREE_M)[0].tolist())
    draft.houses[:] = [
        house
        for number, house in enumerate(draft.houses)
        if number not in hit or house.part in {"old", "new"}
    ]


def _fill_city(
    draft: Draft,
    villages: Sequence[VillagePlan],
    approaches: Sequence[Street],
    skeleton: Skeleton,
    rng: Generator,
) -> None:
    leads = [s.line for v in villages for s in v.draft.streets if s.kind == "road"]
    taken = shapely.union_all(
        [
            *(v.boundary.buffer(_VILLAGE_MARGIN_M) for v in villages),
            *(line.buffer(_APPROACH_MARGIN_M) for line in leads),
            *(a.line.buffer(_APPROACH_MARGIN_M) for a in approaches),
            CANAL.buffer(_CANAL_MARGIN_M),
        ]
    )
    uses, names = cycle(_USES), cycle(_NAMES)
    for block in skeleton.blocks.values():
        free = block.buffer(-_ROAD_MARGIN_M, join_style="mitre").difference(taken)
        for piece in _polygons(free.buffer(-8).buffer(8, join_style="mitre").intersection(free)):
            pieces, streets = lots(piece, rng)
            for street in streets:
                name = next(names)
                tags = {**street.tags, "name": f"{name[0]}街", "name:en": f"{name[1]} Street"}
                draft.streets.append(Street(street.line, tags=tags, reach_m=street.reach_m))
            for lot in pieces:
                _add_lot(draft, lot, next(uses), next(names), rng)
    for corner, size, turn, use in _OUTSKIRTS:
        box = shapely.affinity.rotate(
            shapely.box(*corner, corner[0] + size[0], corner[1] + size[1]), turn, origin=corner
        )
        _add_lot(draft, box, use, next(names), rng, farther_m=_OUTSKIRTS_FARTHER_M)


def _add_lot(
    draft: Draft,
    lot: Polygon,
    use: str,
    name: tuple[str, str],
    rng: Generator,
    *,
    farther_m: float = 0.0,
) -> None:
    """Fill a lot; its gates look for a road, by so much farther than usual."""
    kind = _KINDS[use]
    made = fill_land(lot, use, (name[0] + kind[0], f"{name[1]} {kind[1]}"), rng)
    for number, street in enumerate(made.streets):
        if street.reach_m > 0:
            made.streets[number] = replace(street, reach_m=street.reach_m + farther_m)
    draft.add(made)
    if use in {"estate", "towers", "office"}:
        draft.fronts.append(Front(LineString(lot.exterior.coords), 17.0, 24.0, "city"))


def _lane_fronts(streets: Sequence[Street]) -> Iterator[Front]:
    """Wider lanes of old parts have a shop here and there."""
    for street in streets:
        wide = street.kind == "lane" and street.part == "old" and street.width_m >= _SHOP_LANE_M
        if wide and street.clear is not None:
            yield Front(street.clear, street.width_m / 2 + 1.2, 130.0, "lane")


def _polygons(shape: shapely.Geometry) -> list[Polygon]:
    return [part for part in parts_of(shape) if isinstance(part, Polygon)]


def _along(ray: LineString, lines: shapely.Geometry) -> list[float]:
    """How far along a ray it crosses other lines."""
    crossings = shapely.get_coordinates(shapely.intersection(ray, lines))
    return [float(ray.project(Point(xy))) for xy in crossings]

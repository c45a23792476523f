"""What turns a village's fabric into houses and lanes on a map: storeys, tags, public buildings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LinearRing, LineString, Polygon

from taobaogis.loaders.sample.carving import beside, carve, opened, polygon_of, rectangle
from taobaogis.loaders.sample.draft import Area, Draft, Fabric, House, Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.random import Generator

    from taobaogis.loaders.sample.draft import Street

__all__ = [
    "RING_M",
    "SQUARE",
    "add_fringe",
    "add_hall",
    "add_sheds",
    "add_works",
    "civic_block",
    "hall_cuts",
    "settled",
    "shop_rows",
]

RING_M = 5.0
SQUARE = {"highway": "pedestrian", "area": "yes"}

_LEVELS = {"old": (2, 3, 3, 3, 4, 4, 5), "new": (5, 6, 6, 7, 7), "other": (3, 4, 4, 5, 6)}
_LEAST_SHED_M2 = 300.0
_STOREY_M = 3.1
_LEVELS_MAPPED = 0.4
_HEIGHT_MAPPED = 0.03
_NAMED_LANE_M = (2.0, 55.0)
_LANE_NAMES = (
    ("福安巷", "Fu'an Lane"), ("仁寿里", "Renshou Li"), ("聚龙巷", "Julong Lane"),
    ("水井头", "Shuijingtou"), ("石板街", "Shiban Street"), ("书房巷", "Shufang Lane"),
    ("榕树头", "Rongshutou"), ("东便街", "Dongbian Street"), ("西闸里", "Xizha Li"),
)  # fmt: skip

_HALL = {"building": "temple", "building:levels": "1", "historic": "building"}


def settled(fabric: Fabric, village: str, part: str, rng: Generator) -> Draft:
    """Fabric with storeys, tags and a belonging."""
    draft = Draft()
    for shape in fabric.houses:
        levels = int(rng.choice(_LEVELS[part]))
        draft.houses.append(House(shape, levels, village, part, _house_tags(part, levels, rng)))
    names = iter(_LANE_NAMES)
    for lane in fabric.lanes:
        tags = dict(lane.tags or _lane_tags(lane.width_m, rng))
        if lane.width_m >= _NAMED_LANE_M[0] and lane.line.length > _NAMED_LANE_M[1]:
            name, name_en = next(names, ("", ""))
            tags |= {"name": name, "name:en": name_en} if name else {}
        draft.streets.append(replace(lane, village=village, part=part, tags=tags))
    for square in fabric.squares:
        draft.areas.append(Area(square, SQUARE))
        draft.spots.append(Spot(square.centroid, {"natural": "tree", "species:zh": "榕树"}))
    return draft


def _house_tags(part: str, levels: int, rng: Generator) -> dict[str, str]:
    kinds = {"old": ("yes", "yes", "yes", "house"), "new": ("yes", "residential", "apartments"),
             "other": ("yes", "yes", "residential", "commercial")}  # fmt: skip
    tags = {"building": str(rng.choice(kinds[part]))}
    if rng.random() < _LEVELS_MAPPED:
        tags["building:levels"] = str(levels)
    if rng.random() < _HEIGHT_MAPPED:
        tags["height"] = f"{levels * _STOREY_M + float(rng.uniform(-0.4, 0.8)):.1f}"
    return tags


def _lane_tags(width: float, rng: Generator) -> dict[str, str]:
    if width >= 2.4:  # noqa: PLR2004 - a tricycle, and with luck a van
        tags = {"highway": "service", "service": "alley"}
    else:
        tags = {"highway": "footway" if rng.random() < 0.75 else "path"}  # noqa: PLR2004
    if rng.random() < 0.12:  # noqa: PLR2004 - a mapper paced it out, to half a metre
        tags["width"] = f"{max(1.0, round(width * 2) / 2):g}"
    return tags


def shop_rows(
    streets: Sequence[Street], depth_m: float, *, free: Sequence[Polygon] = ()
) -> list[Area]:
    """Land of the shops on both sides of main streets, as deep as their houses.

    Parameters
    ----------
    streets
        With a clear width.
    depth_m
        From the façade backwards.
    free
        Land that is not for shops; the streets themselves are not either.

    Returns
    -------
    areas
        Retail land.
    """
    known = [(street.clear, street.width_m / 2) for street in streets if street.clear is not None]
    bands, taken = [], list(free)
    for line, half in known:
        bands.append(line.buffer(half + depth_m, cap_style="flat", join_style="mitre"))
        taken.append(line.buffer(half, cap_style="square", join_style="mitre"))
    land = opened(shapely.union_all(bands).difference(shapely.union_all(taken)))
    return [Area(part, {"landuse": "retail"}) for part in land]


def hall_cuts(land: Polygon) -> list[tuple[LineString, float]]:
    """Lanes that part a piece for the hall off the southern edge of a core."""
    x, y = land.centroid.x, land.bounds[1]
    return [
        (LineString([(x - 300, y + 50), (x, y + 46), (x + 300, y + 54)]), 2.2),
        (LineString([(x - 11, y - 20), (x - 11.5, y + 46.5)]), 1.6),
        (LineString([(x + 11, y - 20), (x + 11.5, y + 46.5)]), 1.8),
    ]


def add_hall(draft: Draft, cells: Iterable[Polygon], village: str, name: str) -> None:
    """Ancestral hall with two courts, the first behind the gate."""
    for cell in cells:
        west, south, east, north = cell.bounds
        x, deep = (west + east) / 2, north - south
        courts = [
            rectangle(x - 5.5, south + deep * at - 3, x + 5.5, south + deep * at + 3)
            for at in (0.36, 0.68)
        ]
        inside = [court.exterior.coords for court in courts if cell.buffer(-2).contains(court)]
        shape = Polygon(cell.exterior, inside)
        draft.houses.append(House(shape, 1, village, "old", _HALL | {"name": name}))


def civic_block(block: Polygon) -> Draft:
    """Village committee, kindergarten and a ball court in place of a block of houses."""
    west, south, east, north = block.bounds
    committee = rectangle(west + 3, south + 7, west + 29, south + 19)
    court = rectangle(west + 32, south + 1.5, west + 45, north - 1.5)
    kindergarten = rectangle(east - 19, south + 3, east - 3, south + 13)
    garden = rectangle(east - 19, south + 14, east - 3, north - 1.5)
    tags = {"building": "public", "building:levels": "4", "name": "新村村民委员会"}
    school = {"building": "kindergarten", "building:levels": "3", "amenity": "kindergarten",
              "name": "新村幼儿园"}  # fmt: skip
    return Draft(
        houses=[
            House(committee, 4, "xincun", "new", tags),
            House(kindergarten, 3, "xincun", "new", school),
        ],
        areas=[
            Area(garden, {"leisure": "playground"}),
            Area(court, {"leisure": "pitch", "sport": "basketball"}),
        ],
    )


def add_fringe(draft: Draft, ring: LineString, village: str, free: Polygon, rng: Generator) -> None:
    """Newer houses here and there on the outer side of the road around an old core."""
    at = 8.0
    while at < ring.length - 14:
        front, deep = float(rng.uniform(9.5, 13)), float(rng.uniform(9.5, 13))
        here, ahead = (np.asarray(ring.interpolate(at + d).coords[0]) for d in (0.0, front))
        along = (ahead - here) / np.hypot(*(ahead - here))
        out = np.array([along[1], -along[0]]) * (1.0 if not _clockwise(ring) else -1.0)
        foot = here + (RING_M / 2 + float(rng.uniform(1.2, 2.5))) * out
        shape = Polygon([foot, foot + front * along, foot + front * along + deep * out,
                         foot + deep * out])  # fmt: skip
        others = [free, *(house.shape for house in draft.houses[-2:])]
        clear = ring.distance(shape) > RING_M / 2 and shapely.distance(shape, others).min() > 1
        if clear and rng.random() < 0.85:  # noqa: PLR2004
            levels = int(rng.integers(4, 7))
            tags = _house_tags("other", levels, rng)
            draft.houses.append(House(shape, levels, village, "other", tags))
        at += front + (float(rng.uniform(1.5, 5)) if rng.random() < 0.85 else 16.0)  # noqa: PLR2004


def _clockwise(ring: LineString) -> bool:
    return not LinearRing(ring.coords).is_ccw


def add_sheds(draft: Draft, lands: Iterable[Polygon], rng: Generator) -> None:
    """Workshops and stores behind the shophouses; the largest is the market hall."""
    roomy = [land for land in lands if land.area > _LEAST_SHED_M2]
    for number, land in enumerate(sorted(roomy, key=lambda piece: -piece.area)):
        shape = polygon_of(land.buffer(-2.0, join_style="mitre"))
        tags = {"building": str(rng.choice(["industrial", "warehouse", "retail"]))}
        if number == 0:
            tags = {"building": "retail", "amenity": "marketplace", "name": "大街农贸市场"}
        draft.houses.append(House(shape, int(rng.integers(1, 4)), "dajie", "other", tags))


def add_works(draft: Draft, rims: Iterable[LineString], street: LineString, rng: Generator) -> None:
    """Factories on the far side of the roads behind the ribbon."""
    for rim in rims:
        side = 1.0 if rim.centroid.y > street.centroid.y else -1.0
        near, far = (beside(rim, side * d) for d in (9.0, 50.0))
        land = [Polygon([*near.coords, *reversed(far.coords)])]
        at = 40.0
        while at < rim.length - 30:
            here, ahead = (np.asarray(rim.interpolate(at + d).coords[0]) for d in (0.0, 1.0))
            normal = np.array([-(ahead - here)[1], (ahead - here)[0]])
            cut = LineString([here - 80 * normal, here + 80 * normal])
            land = [p for piece in land for p in carve(piece, cut, float(rng.uniform(8, 16)))[0]]
            at += float(rng.uniform(42, 78))
        for piece in land:
            if piece.area > 500 and rng.random() < 0.72:  # noqa: PLR2004
                tags = {"building": str(rng.choice(["industrial", "industrial", "warehouse"]))}
                draft.houses.append(House(piece, int(rng.integers(1, 5)), "dajie", "other", tags))

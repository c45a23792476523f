"""Groups of houses that stand as in a village, and the ground that each takes.

Houses count if they are small and stand close (`village_houses`); those within sight of each
other across a street are one settlement; one that reaches farther than a walk is parted, along
its streets, into pieces that do not (`settlements`). The ground of a piece is its houses with all
between them and half of the way to what stands around (`grounds`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from scipy.cluster.vq import kmeans2
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from taobaogis.screening.criteria import Limits

__all__ = ["Settlements", "grounds", "settlements", "village_houses"]

# A hole in a settlement, a square or a pond, is its own up to this share of the ground around it.
_HOLE_SHARE = 0.5
_FACADE_STEP_M = 3.0
# Below a fire separation of six metres houses are one block, with no street between them.
_BLOCK_M = 6.0
_ARC = 4


class Settlements(NamedTuple):
    """Which footprints make up which settlement.

    Attributes
    ----------
    settlement, piece
        Number of the settlement and of the piece of it that each footprint belongs to, pieces
        numbered throughout; -1 for what belongs to none.
    """

    settlement: np.ndarray
    piece: np.ndarray


def village_houses(footprints: np.ndarray, area_m2: np.ndarray, limits: Limits) -> np.ndarray:
    """Whether each footprint is as small as a village house and stands as close.

    Parameters
    ----------
    footprints
        Valid Polygons or MultiPolygons, ``object`` array, metric coordinates, none missing.
    area_m2
        Of each.
    limits
        See `taobaogis.screening.criteria.Limits`.
    """
    small = (area_m2 >= limits.house_least_m2) & (area_m2 <= limits.house_most_m2)
    one, other = shapely.STRtree(footprints).query(
        footprints[small], predicate="dwithin", distance=limits.close_m
    )
    house = np.flatnonzero(small)[one]
    close = np.zeros(len(footprints), dtype=bool)
    close[house[house != other]] = True
    return np.asarray(small & close)


def settlements(footprints: np.ndarray, area_m2: np.ndarray, limits: Limits) -> Settlements:
    """Settlements and their pieces.

    Parameters
    ----------
    footprints, area_m2, limits
        As in `village_houses`.

    Returns
    -------
    settlements
        Numbered from west to east, so that the order of the footprints does not matter.
    """
    n = len(footprints)
    settlement, piece = np.full(n, -1), np.full(n, -1)
    houses = np.flatnonzero(village_houses(footprints, area_m2, limits))
    one, other = _pairs(footprints[houses], limits.join_m)
    around = np.bincount(np.r_[one, other], minlength=len(houses))
    core = around >= limits.neighbours_least
    linked = core[one] & core[other]
    group = _groups(one[linked], other[linked], len(houses))
    group[~core] = -1
    centres = shapely.get_coordinates(shapely.centroid(footprints))
    tree = shapely.STRtree(np.asarray(shapely.points(centres), dtype=object))
    many = np.flatnonzero(np.bincount(group[core], minlength=1) >= limits.houses_least)
    west = [centres[houses[group == g]].min(axis=0).tolist() for g in many]
    may_belong = (area_m2 >= limits.house_least_m2) & (area_m2 <= limits.member_most_m2)
    pieces = 0
    for number, at in enumerate(sorted(range(len(many)), key=west.__getitem__)):
        own = houses[group == many[at]]
        inside = tree.query(_closed(footprints[own], limits.join_m), predicate="contains")
        members = np.union1d(own, inside[may_belong[inside]])
        members = members[settlement[members] < 0]
        members = members[np.lexsort(centres[members].T)]
        settlement[members] = number
        parts = _within_a_walk(footprints[members], area_m2[members], centres[members], limits)
        piece[members] = pieces + parts
        pieces += int(parts.max()) + 1 if len(parts) else 0
    return Settlements(settlement, piece)


def grounds(
    footprints: np.ndarray, found: Settlements, limits: Limits
) -> list[tuple[int, BaseGeometry, BaseGeometry]]:
    """Ground of each piece.

    Parameters
    ----------
    footprints, limits
        As in `village_houses`.
    found
        From `settlements`.

    Returns
    -------
    grounds
        Number of the piece, its built ground (houses and what lies between them), and its whole
        ground, which reaches half of ``join_m`` beyond; Polygons or MultiPolygons, of one
        settlement without overlap.
    """
    others = shapely.STRtree(footprints[found.piece < 0])
    made = []
    for number in range(int(found.settlement.max(initial=-1)) + 1):
        members = np.flatnonzero(found.settlement == number)
        pieces = found.piece[members]
        built = _closed(footprints[members], limits.join_m)
        whole: BaseGeometry = shapely.buffer(built, limits.join_m / 2, quad_segs=_ARC)
        beside = others.geometries[others.query(whole, predicate="intersects")]
        beside = beside[~shapely.within(shapely.centroid(beside), built)]
        # Where footprints overlap, the ground of a house is its own.
        beyond = shapely.difference(
            shapely.union_all(beside), shapely.union_all(footprints[members])
        )
        whole = shapely.difference(whole, beyond)
        for piece in np.unique(pieces):
            own = whole
            if len(np.unique(pieces)) > 1:
                own = shapely.intersection(
                    whole, _nearest_ground(footprints[members], pieces, piece)
                )
            houses = footprints[members[pieces == piece]]
            own_built = _with_houses(shapely.intersection(built, own), houses)
            made.append((int(piece), own_built, _with_houses(own, houses)))
    return made


def _pairs(footprints: np.ndarray, distance_m: float) -> tuple[np.ndarray, np.ndarray]:
    one, other = shapely.STRtree(footprints).query(
        footprints, predicate="dwithin", distance=distance_m
    )
    return one[one < other], other[one < other]


def _groups(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
    links = coo_array((np.ones(len(one)), (one, other)), shape=(count, count))
    label: np.ndarray = connected_components(links, directed=False)[1]
    return label.astype(np.int64)


def _closed(footprints: np.ndarray, reach_m: float) -> BaseGeometry:
    """Footprints with the ground between and amid them."""
    grown = shapely.union_all(shapely.buffer(footprints, reach_m, quad_segs=_ARC))
    parts = shapely.get_parts(shapely.buffer(grown, -reach_m, quad_segs=_ARC))
    filled = [
        shapely.Polygon(
            part.exterior,
            [h for h in part.interiors if shapely.Polygon(h).area > _HOLE_SHARE * part.area],
        )
        for part in parts
    ]
    return shapely.union_all(filled)


def _within_a_walk(
    footprints: np.ndarray, area_m2: np.ndarray, centres: np.ndarray, limits: Limits
) -> np.ndarray:
    """Number of the piece of each house; blocks between streets stay whole if they can."""
    one, other = _pairs(footprints, _BLOCK_M)
    block = _groups(one, other, len(footprints))
    piece = np.zeros(len(footprints), dtype=np.int64)
    waiting, last = [0], 0
    while waiting:
        here = np.flatnonzero(piece == waiting.pop())
        circle = shapely.minimum_bounding_radius(shapely.multipoints(centres[here]))
        if circle <= limits.walk_m:
            continue
        side = _halves(centres[here], area_m2[here], block[here])
        if side.all() or not side.any():  # no street leads through
            side = _halves(centres[here], area_m2[here], np.arange(len(here)))
        last += 1
        waiting += [int(piece[here[0]]), last]
        piece[here[side]] = last
    return piece


def _halves(centres: np.ndarray, area_m2: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Which houses lie in the second of two compact halves of about one size."""
    local = centres - centres.mean(axis=0)
    along = local @ np.linalg.svd(local, full_matrices=False)[2][0]
    ends = local[[along.argmin(), along.argmax()]]
    _, side = kmeans2(local, ends[np.lexsort(ends.T)], minit="matrix")
    votes = np.bincount(block, weights=np.where(side == 1, area_m2, -area_m2))
    return np.asarray(votes[block] > 0)


def _nearest_ground(footprints: np.ndarray, pieces: np.ndarray, piece: int) -> BaseGeometry:
    """All ground that is nearest to a house of one piece."""
    facades, owner = shapely.get_coordinates(
        shapely.segmentize(shapely.boundary(footprints), _FACADE_STEP_M), return_index=True
    )
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(facades)))
    nearest = KDTree(facades).query(shapely.get_coordinates(shapely.point_on_surface(cells)))[1]
    return shapely.union_all(cells[pieces[owner[nearest]] == piece])


def _with_houses(ground: BaseGeometry, houses: np.ndarray) -> BaseGeometry:
    """Parts of a ground that hold a house."""
    parts = shapely.get_parts(ground)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    inner = shapely.point_on_surface(houses)
    held = np.unique(shapely.STRtree(parts).query(inner, predicate="intersects")[1])
    return shapely.union_all(parts[held])

"""How near houses stand: what a window looks at, façade by façade.

The distance between centres or the least distance between two outlines says little of houses
in rows: two that touch at a corner have the distance 0 and all the air in the world. A gap is
therefore measured square to the façade, from points all along it, to the first other building.
Where outlines touch or overlap there is no façade but a shared wall, which does not count as a
gap of 0 m.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.box_grid import BoxGrid
from taobaogis.geometry.walls import Walls
from taobaogis.geometry.weighted import HALF_WINDOW, group_quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

__all__ = ["building_gaps", "handshake_share"]

HANDSHAKE_M = 1.5

_STEP_OUT_M = 1e-3
_CHUNK_POINTS = 2_000_000
_LOOK_ROUND_M = (4.0, 20.0)
# About the size of a house, and more neighbours than most houses have.
_BOX_CELL_M = 24.0
_USUAL_PAIRS = 6


def building_gaps(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    reach_m: float = 15.0,
    spacing_m: float = 2.0,
    joined_m: float = 0.1,
    handshake_m: float = HANDSHAKE_M,
) -> pd.DataFrame:
    """Gaps between the façades of each building and the buildings that they face.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS, with their surroundings.
    reach_m
        A building farther away than this is not faced, in metres.
    spacing_m
        Longest distance between two points on a façade, in metres.
    joined_m
        Outlines nearer than this were meant to touch, in metres; those nearer than 1 mm always.
    handshake_m
        Gap below which two houses "shake hands" (握手楼), in metres. The literature describes
        them without a number; this one is a convention.

    Returns
    -------
    gaps
        On the index of `buildings`.

        ==============  ====================================================================
        gap_m           median gap over the façade that faces another building; NaN if none
        gap_min_m       distance to the nearest other building, whether it is faced or not;
                        0 if they touch, NaN if there is no other
        gap_facing_m    least gap over the façade that faces another building; NaN if none
        facing_share    share of the façade that faces another building within reach, 0 to 1
        joined_share    share of the façade that is a shared wall, 0 to 1
        handshake       whether ``gap_facing_m`` is below `handshake_m`
        ==============  ====================================================================

        A footprint that stands in the layer twice is its own neighbour in none of them. Rows
        without footprint are NaN and no handshake.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    InputError
        If a distance is not above 0 (`joined_m`: below 0).

    Examples
    --------
    Two houses 1 m apart, facing each other over half the length of the second:

    >>> import geopandas as gpd
    >>> from shapely import box
    >>> houses = gpd.GeoSeries([box(0, 0, 10, 10), box(11, 0, 21, 20)], crs=4547)
    >>> building_gaps(houses)[["gap_m", "gap_min_m", "facing_share", "handshake"]].round(3)
       gap_m  gap_min_m  facing_share  handshake
    0    1.0        1.0         0.250       True
    1    1.0        1.0         0.167       True
    """
    require_metres(buildings, "buildings")
    if not (reach_m > 0 and spacing_m > 0 and handshake_m > 0 and joined_m >= 0):
        message = (
            f"reach_m is {reach_m:g}, spacing_m is {spacing_m:g}, handshake_m is {handshake_m:g} "
            f"and joined_m is {joined_m:g}; give distances above 0 (joined_m may be 0)."
        )
        raise InputError(message)
    walls = Walls.of(geometries(buildings))
    pairs = _neighbours(walls, np.arange(len(buildings)), _LOOK_ROUND_M[0])
    touching = _touching(walls, pairs, joined_m)
    if walls.is_large:
        seen = _compiled(walls, touching, reach_m, spacing_m, joined_m)
    else:
        seen = _by_points(walls, touching, reach_m, spacing_m, joined_m)
    gap, least, faced, joined, whole = seen.T
    whole = np.where(whole > 0, whole, np.nan)
    return pd.DataFrame(
        {
            "gap_m": gap,
            "gap_min_m": _nearest_m(walls, pairs),
            "gap_facing_m": least,
            "facing_share": faced / whole,
            "joined_share": joined / whole,
            "handshake": least < handshake_m,
        },
        index=buildings.index,
    )


def handshake_share(
    gaps: pd.DataFrame, thresholds_m: Sequence[float] = (1.0, 1.5, 2.0)
) -> pd.Series:
    """Share of buildings with a facing neighbour nearer than each threshold.

    Parameters
    ----------
    gaps
        From `building_gaps`.
    thresholds_m
        Gaps below which houses shake hands, in metres. Always read more than one: no source
        defines the number.

    Returns
    -------
    handshake_share
        From 0 to 1, by threshold; NaN without buildings.
    """
    measured = gaps[gaps["facing_share"].notna()]
    shares = [
        float((measured["gap_facing_m"] < limit).mean()) if len(measured) else float("nan")
        for limit in thresholds_m
    ]
    return pd.Series(
        shares, index=pd.Index(thresholds_m, name="threshold_m"), name="handshake_share"
    )


class _Pairs(NamedTuple):
    """Positions of footprints and of others, and how far apart they are."""

    one: np.ndarray
    other: np.ndarray
    distance_m: np.ndarray


def _by_points(
    walls: Walls, touching: _Pairs, reach_m: float, spacing_m: float, joined_m: float
) -> np.ndarray:
    """Median and least gap, façade that faces a building, shared wall, and façade in all."""
    n = len(walls.polygons)
    crowded = np.zeros(n, dtype=bool)
    crowded[touching.one] = crowded[touching.other] = True
    facade = _facades(walls, crowded, reach_m=reach_m, spacing_m=spacing_m)
    joined = facade["joined"] | (facade["gap_m"] <= joined_m)
    facing = facade[~joined & np.isfinite(facade["gap_m"])]
    gaps = group_quantiles(
        facing["gap_m"].to_numpy(), facing["length_m"].to_numpy(), facing["owner"].to_numpy(),
        count=n, probabilities=[0.5, 0.0],
    )  # fmt: skip
    lengths = [
        np.bincount(some["owner"], weights=some["length_m"], minlength=n)
        for some in (facing, facade[joined], facade)
    ]
    return np.column_stack([gaps, *lengths])


def _compiled(
    walls: Walls, touching: _Pairs, reach_m: float, spacing_m: float, joined_m: float
) -> np.ndarray:
    """`_by_points` without an array of all points."""
    from taobaogis.geometry.kernels.facing import facing_gaps  # noqa: PLC0415 - heavy

    n = len(walls.polygons)
    one, other, _ = touching
    crowded = np.unique(np.r_[one, other])
    # A notch can be so narrow that before its wall one is in the building again.
    of, close = np.r_[one, other, crowded], np.r_[other, one, crowded]
    order = np.argsort(of, kind="stable")
    first = np.searchsorted(of[order], np.arange(n + 1))
    lengths = np.array([reach_m, spacing_m, joined_m, _STEP_OUT_M])
    found = np.empty((n, 5))
    facing_gaps(
        *walls.grid.tables, walls.grid.corner, walls.start, walls.end, walls.owner, walls.first,
        walls.bounds, first, close[order], lengths, HALF_WINDOW, found,
    )  # fmt: skip
    return found


def _facades(
    walls: Walls, crowded: np.ndarray, *, reach_m: float, spacing_m: float
) -> pd.DataFrame:
    """Points along all façades: whose, how much they stand for, and the gap before them."""
    length = np.hypot(*(walls.end - walls.start).T)
    count = np.maximum(np.ceil(length / spacing_m).astype(np.int64), 1)
    # A city has tens of millions of points; only what is asked of them is kept.
    parts = np.cumsum(count) // _CHUNK_POINTS
    found = [
        _gaps_before(walls, np.flatnonzero(parts == part), count, crowded, reach_m)
        for part in range(int(parts[-1]) + 1 if len(parts) else 0)
    ]
    columns = {"owner": np.int64, "length_m": float, "gap_m": float, "joined": bool}
    nothing = pd.DataFrame({name: np.empty(0, dtype) for name, dtype in columns.items()})
    return pd.concat(found, ignore_index=True) if found else nothing


def _gaps_before(
    walls: Walls, edges: np.ndarray, count: np.ndarray, crowded: np.ndarray, reach_m: float
) -> pd.DataFrame:
    edge = np.repeat(edges, count[edges])
    step = walls.end[edge] - walls.start[edge]
    length = np.hypot(*step.T)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(count[edges]) - count[edges], count[edges])
    outward = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None]
    start = walls.start[edge] + step * ((number + 0.5) / count[edge])[:, None]
    start += outward * _STEP_OUT_M
    hits = walls.first_hits(start, outward, reach_m - _STEP_OUT_M)
    owner = walls.owner[edge]
    own = (hits.edge >= 0) & (walls.owner[hits.edge] == owner)
    # Just outside its own wall, a point of a shared wall is inside the other building.
    joined = np.zeros(len(edge), dtype=bool)
    close = np.flatnonzero(crowded[owner])
    joined[close] = walls.contains(start[close])
    return pd.DataFrame(
        {
            "owner": owner,
            "length_m": length / count[edge],
            # What looks at a wing of its own building faces nobody.
            "gap_m": np.where(own, np.inf, hits.distance_m + _STEP_OUT_M),
            "joined": joined,
        }
    )


def _neighbours(walls: Walls, footprints: np.ndarray, reach_m: float) -> _Pairs:
    """Pairs of footprints and others that may be within reach, with their distances."""
    one, other = _box_pairs(walls, footprints, reach_m)
    return _Pairs(one, other, _distances_m(walls, one, other))


def _box_pairs(
    walls: Walls, footprints: np.ndarray, reach_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Each pair once whose boxes are within reach along both axes."""
    bounds = walls.bounds
    if walls.is_large and len(footprints) == len(bounds):
        from taobaogis.geometry.kernels.outlines import box_pairs  # noqa: PLC0415 - heavy

        around = np.array([-1, -1, 1, 1]) * reach_m / 2
        boxes = BoxGrid.of(bounds + around, cell_m=_BOX_CELL_M)
        pairs = np.empty((_USUAL_PAIRS * len(bounds), 2), dtype=np.int64)
        count = box_pairs(*boxes.tables, pairs)
        if count > len(pairs):
            pairs = np.empty((count, 2), dtype=np.int64)
            box_pairs(*boxes.tables, pairs)
        one, other = pairs[:count].T.copy()
        return one, other
    around = np.array([-1, -1, 1, 1]) * reach_m
    one, other = walls.polygon_tree.query(shapely.box(*(bounds[footprints] + around).T))
    one = footprints[one]
    # Each pair is measured once, if both are asked about.
    asked = np.zeros(len(bounds), dtype=bool)
    asked[footprints] = True
    once = (one < other) | ((one != other) & ~asked[other])
    return one[once], other[once]


def _distances_m(walls: Walls, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    if not walls.is_large:
        return np.asarray(shapely.distance(walls.polygons[one], walls.polygons[other]))
    from taobaogis.geometry.kernels.outlines import outline_distances  # noqa: PLC0415 - heavy

    distance = np.empty(len(one))
    outline_distances(walls.start, walls.end, walls.first, walls.bounds, one, other, distance)
    return distance


def _touching(walls: Walls, pairs: _Pairs, joined_m: float) -> _Pairs:
    """Pairs that touch or overlap, or nearly so."""
    if joined_m > _LOOK_ROUND_M[0]:
        pairs = _neighbours(walls, np.arange(len(walls.polygons)), joined_m)
    # From before a wall one is in the house across a narrower gap.
    close = pairs.distance_m <= max(joined_m, _STEP_OUT_M)
    return _Pairs(*(column[close] for column in pairs))


def _nearest_m(walls: Walls, pairs: _Pairs) -> np.ndarray:
    """Distance to the nearest other footprint; NaN if there is none."""
    footprints = walls.polygons
    nearest = np.full(len(footprints), np.inf)
    there = ~shapely.is_missing(footprints)
    # Most have a neighbour close by, which is quicker found by looking there only.
    for reach_m in _LOOK_ROUND_M:
        if reach_m > _LOOK_ROUND_M[0]:
            pairs = _neighbours(walls, np.flatnonzero(there & np.isinf(nearest)), reach_m)
        one, other, distance = pairs
        touching = np.flatnonzero(distance == 0)
        same = shapely.equals(footprints[one[touching]], footprints[other[touching]])
        distance = np.where(distance <= reach_m, distance, np.inf)
        distance[touching[same]] = np.inf
        np.minimum.at(nearest, one, distance)
        np.minimum.at(nearest, other, distance)
    waiting = np.flatnonzero(there & np.isinf(nearest))
    alone, distance = walls.polygon_tree.query_nearest(
        footprints[waiting], exclusive=True, return_distance=True, all_matches=False
    )
    nearest[waiting[alone[0]]] = distance
    return np.where(np.isinf(nearest), np.nan, nearest)

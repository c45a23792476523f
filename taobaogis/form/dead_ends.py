"""Dead ends of the lanes: where one has to come back the way one went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.crs import require_metres, require_same_crs
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.junctions import number_vertices

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["dead_end_lanes"]

# The middle line of a dead end stops about as far from the end as the lane is wide.
_AHEAD = 1.3
_SAME_PLACE_M = 0.05
# Lanes are cut within this of the boundary.
_CUT_M = 2.0


def dead_end_lanes(
    lanes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    boundary: BaseGeometry | None = None,
    *,
    longer_than_m: float = 0.0,
    obstacles: np.ndarray | None = None,
) -> gpd.GeoDataFrame:
    """Lanes from which the only way out leads back.

    A lane that ends at a wall is one, and so is a lane that leads to nothing but such lanes:
    the length of a dead end is the way from the edge of the last lane that leads through to
    the wall, however many corners and branches lie between. A lane that ends where the ground
    opens, or that is cut at the boundary, leads out.

    Parameters
    ----------
    lanes
        From `taobaogis.form.lanes.lanes`.
    buildings
        Footprints that the lanes were made from.
    boundary
        Where the lanes were cut; if None, nowhere.
    longer_than_m
        Dead ends no longer than this are left out, in metres.
    obstacles
        Walls and water that the lanes were made from as well.

    Returns
    -------
    dead_ends
        Rows of `lanes` with ``dead_end_m``, the length of the longest dead end that the lane is
        part of, and ``ends_here``, whether the wall is at its end. Each dead end has one lane
        with ``ends_here``, so their number is its sum.

    Raises
    ------
    CRSError
        If the layers are not in one CRS in metres.

    Examples
    --------
    A yard 4 m wide and 60 m deep, open at one end only:

    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from taobaogis.form.lanes import lanes
    >>> walls = [box(0, 0, 20, 60), box(24, 0, 44, 60), box(0, 60, 44, 70)]
    >>> houses = gpd.GeoSeries(walls, crs=4547)
    >>> found = dead_end_lanes(lanes(houses, box(-50, -50, 100, 100)), houses)
    >>> found["dead_end_m"].round().tolist()
    [60.0]
    """
    require_metres(lanes, "lanes")
    require_same_crs(lanes=lanes, buildings=buildings)
    lines = geometries(lanes)
    if len(lines) == 0:
        return lanes.assign(dead_end_m=np.empty(0), ends_here=np.empty(0, dtype=bool))
    ends = np.stack([shapely.get_point(lines, at) for at in (0, -1)], axis=1)
    node = _nodes(lines, ends)
    count = np.bincount(node.ravel())
    width = lanes["clear_width_median_m"].to_numpy(dtype=float)
    loose = count[node] == 1
    cut = np.zeros_like(loose)
    if boundary is not None:
        cut = loose & shapely.dwithin(ends, shapely.boundary(boundary), _CUT_M)
    footprints = geometries(buildings)
    if obstacles is not None:
        footprints = np.r_[footprints, obstacles]
    blind = loose & ~cut & _at_a_wall(lines, width, footprints)
    mouth = loose & ~cut & ~blind
    leads_out = cut | mouth | lanes["open_ground"].to_numpy(dtype=bool)[:, None]
    # The middle line stops a width before the wall, and half a width beyond the mouth.
    length = lanes["length_m"].to_numpy(dtype=float)
    length = length + width * (blind.sum(axis=1) - mouth.sum(axis=1) / 2)
    length = np.maximum(length, 0.0)
    aside = _aside_m(node, ends, width, footprints, len(count))
    total = _dead_end_m(node, length, np.unique(node[leads_out]), aside)
    long = total > longer_than_m
    found = lanes.loc[long]
    return found.assign(dead_end_m=total[long], ends_here=blind.any(axis=1)[long])


def _nodes(lines: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Numbers of the places where each line starts and ends; shape (n, 2)."""
    places = ends.ravel()
    node = number_vertices(shapely.get_coordinates(places), precision_m=_SAME_PLACE_M)
    # A closed line may start anywhere on itself, and not where another one meets it.
    closed = np.flatnonzero(node[::2] == node[1::2])
    end, loop = shapely.STRtree(lines[closed]).query(
        places, predicate="dwithin", distance=_SAME_PLACE_M
    )
    node[end] = node[2 * closed[loop]]
    return node.reshape(-1, 2)


def _at_a_wall(lines: np.ndarray, width_m: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """Whether a wall lies ahead of each end of each line; shape (n, 2)."""
    tree = shapely.STRtree(footprints[~shapely.is_missing(footprints)])
    walls = np.zeros((len(lines), 2), dtype=bool)
    xy, of = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(of, np.arange(len(lines) + 1))
    for side, (end, inward) in enumerate(((first[:-1], 1), (first[1:] - 1, -1))):
        at = xy[end]
        step = at - xy[end + inward]
        ahead = at + step / np.hypot(*step.T)[:, None] * width_m[:, None] * _AHEAD
        rays = shapely.linestrings(np.stack([at, ahead], axis=1))
        walls[tree.query(rays, "intersects")[0], side] = True
    return walls


def _aside_m(
    node: np.ndarray, ends: np.ndarray, width_m: np.ndarray, footprints: np.ndarray, count: int
) -> np.ndarray:
    """How far the edge of the lane that leads through is from its middle, at each junction."""
    widest, lanes_at = np.zeros(count), np.bincount(node.ravel(), minlength=count)
    np.maximum.at(widest, node.ravel(), np.repeat(width_m, 2))
    place = np.zeros(count, dtype=np.int64)
    place[node.ravel()] = np.arange(node.size)
    clear = np.full(count, np.inf)
    tree = shapely.STRtree(footprints[~shapely.is_missing(footprints)])
    found, distance = tree.query_nearest(
        ends.ravel()[place], return_distance=True, all_matches=False
    )
    clear[found[0]] = distance
    return np.where(lanes_at > 1, np.minimum(clear, widest / 2), 0.0)


def _dead_end_m(
    node: np.ndarray, length: np.ndarray, out: np.ndarray, aside: np.ndarray
) -> np.ndarray:
    """Length of the longest dead end that each lane is part of; 0 for a lane that leads through.

    Ends that lead nowhere are taken off again and again; what falls are trees, whose roots are
    on lanes that lead through.
    """
    nodes = len(aside)
    lanes_at: list[set[int]] = [set() for _ in range(nodes)]
    ends = node.tolist()
    for lane, (one, other) in enumerate(ends):
        lanes_at[one].add(lane)
        lanes_at[other].add(lane)
    loops = set(np.flatnonzero(node[:, 0] == node[:, 1]).tolist())
    leads_out = set(out.tolist())
    deepest = np.zeros(nodes)
    fallen: list[tuple[int, int, int]] = []
    waiting = [place for place in range(nodes) if len(lanes_at[place]) == 1]
    while waiting:
        place = waiting.pop()
        if place in leads_out or len(lanes_at[place]) != 1:
            continue
        (lane,) = lanes_at[place]
        if lane in loops:
            continue
        one, other = ends[lane]
        root = other if place == one else one
        lanes_at[place].clear()
        lanes_at[root].discard(lane)
        deepest[root] = max(deepest[root], deepest[place] + length[lane])
        fallen.append((lane, place, root))
        waiting.append(root)
    total, way_in = np.zeros(len(length)), -aside
    for lane, place, root in reversed(fallen):
        way_in[place] = way_in[root] + length[lane]
        total[lane] = max(way_in[place] + deepest[place], 0.0)
    return total

"""Space between buildings, and the gates through which one gets from one place in it to another.

A gate is the straight way from one wall to another. The gates come from a Delaunay triangulation
of points on all walls: a disc that gets from one place to another must cross the sides of the
triangles on its way, and it gets through a side if the walls at its two ends are far enough
apart. So the narrowest gate of a way is the widest thing that can take it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from taobaogis.geometry.box_grid import BoxGrid
from taobaogis.geometry.closing import closed_blocks
from taobaogis.geometry.overlay import intersection
from taobaogis.geometry.voronoi import triangles

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["WIDEST_M", "FreeSpace", "Gates", "distance_to_m", "free_space"]

# What is wider than this is as good as open.
WIDEST_M = 30.0
_RIM_SPACING_M = (0.25, 2.0)
_RIM_PARTS = 8
_ON_RIM_M = 1e-3
_SAGITTA_M = 0.003
_CELL_M = 8.0


@dataclass(frozen=True)
class FreeSpace:
    """Area without its buildings.

    Attributes
    ----------
    area
        Polygon that was looked at.
    blocks
        Buildings with the gaps between them that count as closed, Polygons, ``object`` array.
    space
        What is left of `area` and connected to its rim.
    yards
        The rest of what is left: Polygons without a way out, ``object`` array.
    """

    area: BaseGeometry
    blocks: np.ndarray
    space: BaseGeometry
    yards: np.ndarray

    def eroded(self, radius_m: float) -> np.ndarray:
        """Where the centre of a disc can be: Polygons, one for each connected part.

        Arcs are drawn so finely that a corner leaves 3 mm too much room at most.
        """
        segments = math.ceil(math.pi / 4 / math.acos(1 - _SAGITTA_M / max(radius_m, 0.1)))
        # The rim is no wall: the space goes on a little, so that it is not eroded from there.
        around = shapely.buffer(self.area, radius_m + 0.1, join_style="mitre")
        space = shapely.difference(around, shapely.MultiPolygon(list(self.blocks)))
        left = intersection(space.buffer(-radius_m, quad_segs=segments), self.area)
        parts = np.asarray(shapely.get_parts(left), dtype=object)
        found: np.ndarray = parts[shapely.get_dimensions(parts) == 2]  # noqa: PLR2004 - areas
        corner = shapely.get_point(shapely.get_exterior_ring(found), 0)
        in_yard = shapely.STRtree(self.yards).query(corner, predicate="intersects")[0]
        return np.delete(found, in_yard)


def free_space(footprints: np.ndarray, area: BaseGeometry, *, closed_below_m: float) -> FreeSpace:
    """Space between buildings.

    Parameters
    ----------
    footprints
        Valid Polygons or MultiPolygons, None where missing, metric coordinates; they may touch
        and overlap.
    area
        Polygon to look at, with the surroundings that matter.
    closed_below_m
        Gaps narrower than this are closed: slivers between outlines that were meant to meet.

    Returns
    -------
    found
        Its `space` is empty if no free space touches the rim of `area`.
    """
    near = footprints[shapely.intersects(footprints, area)]
    blocks = closed_blocks(near, gap_m=closed_below_m)
    left = shapely.difference(area, shapely.MultiPolygon(list(blocks)))
    parts = np.asarray(shapely.get_parts(left), dtype=object)
    open_ = shapely.dwithin(parts, shapely.boundary(area), _ON_RIM_M)
    return FreeSpace(area, blocks, shapely.MultiPolygon(list(parts[open_])), parts[~open_])


@dataclass(frozen=True)
class Gates:
    """Gates of a free space and how they follow each other.

    Attributes
    ----------
    sites
        Points on the walls and on the rim, shape (s, 2).
    is_rim
        True for points on the rim only.
    ends
        Sites at both ends of each gate, shape (n, 2).
    width_m
        Diameter of the largest disc that gets through each gate, at most `WIDEST_M`.
    links
        Pairs of gates that follow each other directly, each once, the lower number first,
        shape (m, 2).
    corners
        Sites at the corners of the triangles between the gates, shape (t, 3).
    gates_of
        Gates on the sides of each triangle, -1 where there is a wall, shape (t, 3). What gets
        through a gate touches all three corners.
    """

    sites: np.ndarray
    is_rim: np.ndarray
    ends: np.ndarray
    width_m: np.ndarray
    links: np.ndarray
    corners: np.ndarray
    gates_of: np.ndarray

    @classmethod
    def of(cls, free: FreeSpace, *, spacing_m: float) -> Gates:
        """Gates of a free space.

        Parameters
        ----------
        free
            The space.
        spacing_m
            Longest distance between two points on a wall; not much more than the narrowest
            gap that matters.
        """
        walls = _Outline.of(free, spacing_m)
        corners = np.zeros((0, 3), dtype=np.int64)
        across = corners
        if len(walls.sites) > 2:  # noqa: PLR2004 - what a triangle takes
            mesh = triangles(walls.sites)
            corners, across = mesh.simplices, mesh.neighbors
        shapely.prepare(free.space)
        is_free = shapely.contains_xy(free.space, *walls.sites[corners].mean(axis=1).T)
        inner = is_free[:, None] & (across >= 0) & is_free[across]
        triangle, side = np.nonzero(inner & (np.arange(len(corners))[:, None] < across))
        ends = np.column_stack([corners[triangle, (side + k) % 3] for k in (1, 2)])
        gates_of = np.full(corners.shape, -1, dtype=np.int64)
        gates_of[triangle, side] = np.arange(len(ends))
        other = across[triangle, side]
        back = (across[other] == triangle[:, None]).argmax(axis=1)
        gates_of[other, back] = np.arange(len(ends))
        pairs = np.concatenate([gates_of[:, [0, 1]], gates_of[:, [1, 2]], gates_of[:, [0, 2]]])
        pairs = np.sort(pairs[(pairs >= 0).all(axis=1)], axis=1)
        # Two gates can follow each other on both sides.
        _, once = np.unique(pairs @ [len(ends), 1], return_index=True)
        return cls(
            sites=walls.sites,
            is_rim=walls.is_rim,
            ends=ends,
            width_m=np.minimum(walls.width_m(ends), WIDEST_M),
            links=pairs[once],
            corners=corners[is_free],
            gates_of=gates_of[is_free],
        )

    @cached_property
    def middle(self) -> np.ndarray:
        """Middle of each gate, shape (n, 2)."""
        middle: np.ndarray = self.sites[self.ends].mean(axis=1)
        return middle

    @cached_property
    def link_m(self) -> np.ndarray:
        """Way between two gates that follow each other, from middle to middle."""
        step = self.middle[self.links[:, 0]] - self.middle[self.links[:, 1]]
        length: np.ndarray = np.hypot(*step.T)
        return length

    def at(self, points: np.ndarray, width_m: np.ndarray) -> np.ndarray:
        """What can come in at each gate if discs of a diameter may start at points.

        Parameters
        ----------
        points
            Shape (k, 2).
        width_m
            Diameter of the largest disc that has room at each, length k.

        Returns
        -------
        width_m
            For each gate; 0 where nothing starts.
        """
        entering = np.zeros(len(self.width_m))
        xy = self.sites[self.corners]
        # Few triangles lie where something starts; only they are made into shapes.
        boxes = BoxGrid.of(np.column_stack([xy.min(axis=1), xy.max(axis=1)]), cell_m=_CELL_M)
        point, triangle = boxes.pairs(points)
        touches = shapely.intersects(shapely.polygons(xy[triangle]), shapely.points(points[point]))
        point, triangle = point[touches], triangle[touches]
        gate = self.gates_of[triangle]
        start = np.broadcast_to(width_m[point, None], gate.shape)
        np.maximum.at(entering, gate[gate >= 0], start[gate >= 0])
        np.minimum(entering, self.width_m, out=entering)
        return entering

    def at_rim(self) -> np.ndarray:
        """What can come in at each gate from anywhere on the rim."""
        entering: np.ndarray = np.where(self.is_rim[self.ends].any(axis=1), self.width_m, 0.0)
        return entering

    def widest(self, entering_m: np.ndarray) -> np.ndarray:
        """Widest disc that gets to each gate (maximin over all ways).

        Parameters
        ----------
        entering_m
            From `at` or `at_rim`.

        Returns
        -------
        width_m
            0 where nothing gets.

        References
        ----------
        Hu 1961, The maximum capacity route problem, Operations Research 9(6): the ways along a
        maximum spanning tree are the widest.
        """
        n = len(self.width_m)
        seeds = np.flatnonzero(entering_m > 0)
        one, other = self.links.T
        width = np.minimum(self.width_m[one], self.width_m[other])
        low, high = np.r_[one, seeds], np.r_[other, np.full(len(seeds), n)]
        cost = 2 * WIDEST_M - np.r_[width, entering_m[seeds]]
        graph = coo_array((cost, (low, high)), shape=(n + 1, n + 1)).tocsr()
        tree = minimum_spanning_tree(graph)
        order, parent = breadth_first_order(tree, n, directed=False)
        best = np.zeros(n + 1)
        best[order] = np.r_[self.width_m, WIDEST_M][order]
        best[seeds] = np.where(
            parent[seeds] == n, np.minimum(best[seeds], entering_m[seeds]), best[seeds]
        )
        up = np.where(parent < 0, np.arange(n + 1), parent)
        while (up[up] != up).any():
            best = np.minimum(best, best[up])
            up = up[up]
        widest: np.ndarray = np.minimum(best, best[up])[:n]
        return widest


@dataclass(frozen=True)
class _Outline:
    """Points along the rings of a free space; each starts a piece of wall or of the rim."""

    sites: np.ndarray
    following: np.ndarray
    before: np.ndarray
    rim_piece: np.ndarray
    is_rim: np.ndarray
    room_m: np.ndarray  # from a point on the rim to the nearest wall

    @classmethod
    def of(cls, free: FreeSpace, spacing_m: float) -> _Outline:
        rings = shapely.get_rings(shapely.get_parts(free.space))
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        edge = np.flatnonzero(ring[1:] == ring[:-1])
        step = xy[edge + 1] - xy[edge]
        length = np.hypot(*step.T)
        edge, step, length = edge[length > 0], step[length > 0], length[length > 0]
        on_rim = _on_rim(free.area, xy[edge] + step / 2) & _on_rim(free.area, xy[edge])
        spacing = np.where(on_rim, np.clip(length / _RIM_PARTS, *_RIM_SPACING_M), spacing_m)
        # An even number of parts has a point in the middle of the mouth of a lane.
        count = 2 * np.maximum(np.ceil(length / spacing / 2).astype(np.int64), 1)
        count = np.where(~on_rim & (length <= spacing_m), 1, count)
        of = np.repeat(np.arange(len(edge)), count)
        number = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
        sites = xy[edge][of] + step[of] * (number / count[of])[:, None]
        site_ring = ring[edge][of]
        following = np.arange(1, len(of) + 1)
        turn = site_ring[1:] != site_ring[:-1]
        last = np.flatnonzero(np.r_[turn, True][: len(of)])
        following[last] = np.flatnonzero(np.r_[True, turn][: len(of)])
        before = np.empty_like(following)
        before[following] = np.arange(len(of))
        is_rim = on_rim[of] & on_rim[of][before]
        room = np.zeros(len(of))
        room[is_rim] = distance_to_m(free.blocks, shapely.points(sites[is_rim]))
        return cls(sites, following, before, on_rim[of], is_rim, room)

    def width_m(self, ends: np.ndarray) -> np.ndarray:
        """How wide the ways between pairs of sites are."""
        p, q = ends.T
        width = np.minimum(self._to_walls_m(p, q), self._to_walls_m(q, p))
        # On the rim a centre may stand; nothing is known of what is beyond.
        rim = self.is_rim[ends]
        room = 2 * np.where(rim, self.room_m[ends], 0.0).max(axis=1)
        between: np.ndarray = np.where(rim.any(axis=1), room, width)
        return between

    def _to_walls_m(self, point: np.ndarray, of: np.ndarray) -> np.ndarray:
        """Distance from one site to the pieces of wall on both sides of another."""
        nearest = np.full(len(point), np.inf)
        for start in (of, self.before[of]):
            piece = self.sites[self.following[start]] - self.sites[start]
            offset = self.sites[point] - self.sites[start]
            square = (piece**2).sum(axis=1)
            # A piece too short for its square to be a number is as good as its start.
            is_long = square > np.finfo(float).tiny
            share = np.zeros(len(point))
            np.divide((offset * piece).sum(axis=1), square, out=share, where=is_long)
            along = np.clip(share, 0.0, 1.0)
            distance = np.hypot(*(offset - piece * along[:, None]).T)
            nearest = np.where(self.rim_piece[start], nearest, np.minimum(nearest, distance))
        return nearest


def _on_rim(area: BaseGeometry, points: np.ndarray) -> np.ndarray:
    """Whether each point of an area lies on its rim."""
    rim = shapely.boundary(area)
    inner = shapely.buffer(area, -2 * _ON_RIM_M, join_style="mitre")
    shapely.prepare([rim, inner])
    # Most lie far inside, which needs no shape for each of them.
    on_rim = ~shapely.contains_xy(inner, *points.T)
    on_rim[on_rim] = shapely.dwithin(shapely.points(points[on_rim]), rim, _ON_RIM_M)
    return np.asarray(on_rim)


def distance_to_m(blocks: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Distance from points to the nearest block; infinite without blocks."""
    distance = np.full(len(points), np.inf)
    if len(blocks) and len(points):
        which, found = shapely.STRtree(blocks).query_nearest(
            points, all_matches=False, return_distance=True
        )
        distance[which[0]] = found
    return distance

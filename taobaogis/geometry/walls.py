"""Edges of polygons as walls that rays can hit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from taobaogis.geometry.arrays import single_parts
from taobaogis.geometry.box_grid import BoxGrid
from taobaogis.geometry.edge_grid import EdgeGrid

__all__ = ["Hits", "Walls"]

# What fits the cache of a processor, about; where rays are cast one by one it does not matter.
_CHUNK_RAYS = 50_000
# About the size of a house.
_BOX_CELL_M = 12.0


@dataclass(frozen=True)
class Hits:
    """First wall each ray meets.

    Attributes
    ----------
    distance_m
        Along the ray; infinite if no wall is within reach.
    edge
        Position of the wall among the edges; -1 if there is none.
    from_behind
        True if the ray meets the wall from inside the polygon it belongs to.
    """

    distance_m: np.ndarray
    edge: np.ndarray
    from_behind: np.ndarray


@dataclass(frozen=True)
class Walls:
    """Edges of polygons, each with the solid side on its left.

    Attributes
    ----------
    polygons
        Polygons or MultiPolygons, ``object`` array; missing and empty ones have no walls.
    start, end
        Ends of the edges, shape (n, 2). Exterior rings run counter-clockwise and holes
        clockwise, so that the outside is on the right.
    owner
        Position of the polygon each edge belongs to.
    """

    polygons: np.ndarray
    start: np.ndarray
    end: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, polygons: np.ndarray) -> Walls:
        """Edges of polygons, those of no length left out.

        Parameters
        ----------
        polygons
            Polygons or MultiPolygons, ``object`` array, metric coordinates.

        Returns
        -------
        walls
            In the order of the polygons.
        """
        parts, part_owner = single_parts(polygons)
        xy, part = shapely.get_coordinates(parts, return_index=True)
        first, is_exterior = _ring_starts(parts, part)
        ring = np.zeros(len(xy), dtype=np.int64)
        ring[first[1:]] = 1
        ring = np.cumsum(ring)
        # Rings that run the wrong way are read from their end.
        last = np.r_[first[1:], len(xy)] - 1
        turned = (_areas_m2(xy, ring, first) > 0) != is_exterior
        at = np.arange(len(xy))
        backward = turned[ring] if len(ring) else np.zeros(0, dtype=bool)
        at[backward] = (first + last)[ring[backward]] - at[backward]
        xy = xy[at]
        moved = (xy[1:, 0] != xy[:-1, 0]) | (xy[1:, 1] != xy[:-1, 1])
        edge = np.flatnonzero((ring[1:] == ring[:-1]) & moved)
        owner = part_owner[part[edge]]
        return cls(np.asarray(polygons, dtype=object), xy[edge], xy[edge + 1], owner)

    @cached_property
    def first(self) -> np.ndarray:
        """Where the edges of each polygon start; one entry more than polygons."""
        return np.searchsorted(self.owner, np.arange(len(self.polygons) + 1))

    @cached_property
    def grid(self) -> EdgeGrid:
        """Edges by the cells they pass."""
        return EdgeGrid.of(self.start, self.end)

    @property
    def is_large(self) -> bool:
        """Whether there are so many edges that compiled loops pay."""
        return len(self.start) > 0 and self.grid.is_large

    @cached_property
    def bounds(self) -> np.ndarray:
        """``xmin, ymin, xmax, ymax`` of each polygon, shape (n, 4); NaN if it is missing."""
        return np.asarray(shapely.bounds(self.polygons))

    @cached_property
    def boxes(self) -> BoxGrid:
        """Boxes around the polygons by the cells they touch."""
        return BoxGrid.of(self.bounds, cell_m=_BOX_CELL_M)

    @cached_property
    def polygon_tree(self) -> shapely.STRtree:
        """Index of the polygons."""
        return shapely.STRtree(self.polygons)

    def first_hits(self, origin: np.ndarray, direction: np.ndarray, reach_m: float) -> Hits:
        """First wall that each ray meets.

        Parameters
        ----------
        origin
            Starts of the rays, shape (n, 2).
        direction
            Unit vectors, shape (n, 2).
        reach_m
            Length of the rays.

        Returns
        -------
        hits
            One a ray. A ray through the end of an edge hits it.
        """
        n = len(origin)
        distance = np.full(n, np.inf)
        edge = np.full(n, -1, dtype=np.int64)
        chunk = n if n and self.is_large else _CHUNK_RAYS
        for first in range(0, n if len(self.start) else 0, chunk):
            part = slice(first, first + chunk)
            distance[part], edge[part] = self.grid.first_hits(
                origin[part], direction[part], reach_m
            )
        along = self.end[edge] - self.start[edge] if len(self.start) else np.zeros((n, 2))
        # The solid side is on the left of an edge: coming from the right, the ray turns left.
        turn = direction[:, 0] * along[:, 1] - direction[:, 1] * along[:, 0]
        return Hits(distance, edge, (edge >= 0) & (turn > 0))

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Whether each point lies inside a polygon, not on its edge.

        Parameters
        ----------
        points
            Shape (n, 2).

        Returns
        -------
        inside
            ``bool`` array of length n.
        """
        if self.is_large:
            from taobaogis.geometry.kernels.outlines import points_inside  # noqa: PLC0415 - heavy

            inside = np.empty(len(points), dtype=bool)
            tables = (self.start, self.end, self.first)
            points_inside(np.ascontiguousarray(points), *self.boxes.tables, *tables, inside)
            return inside
        point, polygon = self.boxes.pairs(points)
        within = shapely.contains_xy(self.polygons[polygon], *points[point].T)
        inside = np.zeros(len(points), dtype=bool)
        inside[point[within]] = True
        return inside


def _ring_starts(parts: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First vertex of each ring of polygons, and whether the ring is an exterior one."""
    of_part = np.flatnonzero(np.r_[True, part[1:] != part[:-1]]) if len(part) else part
    holes = shapely.get_num_interior_rings(parts)
    if not holes.any():
        return of_part, np.ones(len(of_part), dtype=bool)
    # Only polygons with holes are taken apart.
    with_holes = np.flatnonzero(holes)
    rings, whose = shapely.get_rings(parts[with_holes], return_index=True)
    size = shapely.get_num_coordinates(rings)
    inner = np.r_[False, whose[1:] == whose[:-1]]
    before = np.cumsum(size) - size
    exterior = np.flatnonzero(~inner)
    within = before - before[exterior][whose]
    start = of_part[np.searchsorted(part[of_part], with_holes)][whose] + within
    first = np.r_[of_part, start[inner]]
    order = np.argsort(first, kind="stable")
    is_exterior = np.r_[np.ones(len(of_part), dtype=bool), np.zeros(inner.sum(), dtype=bool)]
    return first[order], is_exterior[order]


def _areas_m2(xy: np.ndarray, ring: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Area of each ring, above 0 if it runs counter-clockwise."""
    if len(xy) == 0:
        return np.zeros(0)
    x, y = (xy - xy[first][ring]).T
    twice = np.zeros(len(xy))
    twice[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    twice[np.r_[first[1:], len(xy)] - 1] = 0.0
    area: np.ndarray = np.add.reduceat(twice, first) / 2
    return area

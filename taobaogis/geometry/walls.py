"""Edges of polygons as walls that rays can hit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from taobaogis.geometry.box_grid import BoxGrid
from taobaogis.geometry.edge_grid import EdgeGrid

__all__ = ["Hits", "Walls"]

# What fits the cache of a processor, about.
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
        parts, part_owner = shapely.get_parts(polygons, return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        is_exterior = np.ones(len(rings), dtype=bool)
        is_exterior[1:] = ring_part[1:] != ring_part[:-1]
        turned = shapely.is_ccw(rings) != is_exterior
        rings[turned] = shapely.reverse(rings[turned])
        xy, vertex_ring = shapely.get_coordinates(rings, return_index=True)
        same_ring = vertex_ring[1:] == vertex_ring[:-1]
        edge = np.flatnonzero(same_ring & (xy[1:] != xy[:-1]).any(axis=1))
        owner = part_owner[ring_part[vertex_ring[edge]]]
        return cls(np.asarray(polygons, dtype=object), xy[edge], xy[edge + 1], owner)

    @cached_property
    def grid(self) -> EdgeGrid:
        """Edges by the cells they pass."""
        return EdgeGrid.of(self.start, self.end)

    @cached_property
    def boxes(self) -> BoxGrid:
        """Boxes around the polygons by the cells they touch."""
        return BoxGrid.of(shapely.bounds(self.polygons), cell_m=_BOX_CELL_M)

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
        for first in range(0, n if len(self.start) else 0, _CHUNK_RAYS):
            part = slice(first, first + _CHUNK_RAYS)
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
        point, polygon = self.boxes.pairs(points)
        within = shapely.contains_xy(self.polygons[polygon], *points[point].T)
        inside = np.zeros(len(points), dtype=bool)
        inside[point[within]] = True
        return inside

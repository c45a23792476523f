"""Edges sorted into square cells, and rays that walk from cell to cell until they hit one.

In a dense village a façade stands a few metres away. A ray that looks only into the cells it
passes, nearest first, is done after one or two of them, and needs no geometry object of its
own; all rays take each step together. Of many edges, `taobaogis.geometry.kernels.rays` does the
same ray by ray.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["EdgeGrid"]

# From about 10,000 houses on, compiled loops save more than it takes to load them.
_COMPILED_FROM_EDGES = 60_000

_CELL_M = 7.0
# Cells are kept in square blocks, and only of blocks with an edge in them: most of the
# rectangle around a city is empty.
_BLOCK = 64
# Slower than this along an axis, a ray does not move along it.
_STANDSTILL = 1e-12
# A ray that starts on a wall, up to rounding, hits it at once.
_ON_THE_WALL_M = 1e-6


@dataclass(frozen=True)
class EdgeGrid:
    """Edges by the cells they pass.

    Attributes
    ----------
    corner
        Lower left corner of the grid.
    shape
        Number of columns and rows of cells.
    block
        Number of each block; 0 is the block of all that are empty. Shape (rows, columns).
    first
        For each cell, block by block, where its edges start in `edge`; one entry more than
        cells.
    edge
        Positions of edges.
    coordinates
        ``x1, y1, x2, y2`` of each edge, shape (4, n), from `corner`.
    """

    corner: np.ndarray
    shape: tuple[int, int]
    block: np.ndarray
    first: np.ndarray
    edge: np.ndarray
    coordinates: np.ndarray

    @classmethod
    def of(cls, start: np.ndarray, end: np.ndarray) -> EdgeGrid:
        """Sort edges into cells.

        Parameters
        ----------
        start, end
            Ends of the edges, shape (n, 2), at least one.

        Returns
        -------
        grid
            Covers all edges.
        """
        # One column after the other, which is much faster than both along the first axis.
        corner = np.array([min(start[:, k].min(), end[:, k].min()) for k in (0, 1)])
        size = np.array([max(start[:, k].max(), end[:, k].max()) for k in (0, 1)]) - corner
        columns, rows = (int(side // _CELL_M) + 1 for side in size)
        a, b = start - corner, end - corner
        coordinates = np.ascontiguousarray(np.concatenate([a, b], axis=1).T)
        if len(a) >= _COMPILED_FROM_EDGES:
            from taobaogis.geometry.kernels.rays import sort_edges  # noqa: PLC0415 - heavy

            cells = sort_edges(np.ascontiguousarray(coordinates.T), columns, rows)
            return cls(corner, (columns, rows), *cells, coordinates)
        low = np.floor(np.minimum(a, b) / _CELL_M).astype(np.int64)
        count = np.floor(np.maximum(a, b) / _CELL_M).astype(np.int64) - low + 1
        edge = np.repeat(np.arange(len(a)), count.prod(axis=1))
        number = _count_up(count.prod(axis=1))
        column = low[edge, 0] + number % count[edge, 0]
        row = low[edge, 1] + number // count[edge, 0]
        # Of the cells in its box, an edge passes those whose middle is near enough to its line.
        along = b - a
        middle = np.column_stack([column + 0.5, row + 0.5]) * _CELL_M - a[edge]
        aside = np.abs(along[edge, 0] * middle[:, 1] - along[edge, 1] * middle[:, 0])
        passed = aside <= (_CELL_M / 2 + _ON_THE_WALL_M) * np.abs(along).sum(axis=1)[edge]
        edge, column, row = edge[passed], column[passed], row[passed]
        block = np.zeros((rows // _BLOCK + 1, columns // _BLOCK + 1), dtype=np.int64)
        block[row // _BLOCK, column // _BLOCK] = 1
        block[block > 0] = np.arange(1, block.sum() + 1)
        cell = _cell_number(block, column, row)
        order = np.argsort(cell, kind="stable")
        per_cell = np.bincount(cell, minlength=(int(block.max()) + 1) * _BLOCK**2)
        first = np.r_[0, np.cumsum(per_cell)]
        return cls(corner, (columns, rows), block, first, edge[order], coordinates)

    @property
    def is_large(self) -> bool:
        """Whether there are so many edges that compiled loops pay."""
        return int(self.coordinates.shape[1]) >= _COMPILED_FROM_EDGES

    @cached_property
    def tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int, int]:
        """What the kernels take of a grid."""
        edges = np.ascontiguousarray(self.coordinates.T)
        return self.block, self.first, self.edge, edges, *self.shape

    def first_hits(
        self, origin: np.ndarray, direction: np.ndarray, reach_m: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Distance to the first edge on each ray, and which it is.

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
        distance_m, edge
            Infinite and -1 where there is none. A ray through the end of an edge hits it.
        """
        if self.is_large:
            from taobaogis.geometry.kernels.rays import cast_rays  # noqa: PLC0415 - heavy

            distance, edge = np.empty(len(origin)), np.empty(len(origin), dtype=np.int64)
            away = np.ascontiguousarray(origin - self.corner)
            ahead = np.ascontiguousarray(direction, dtype=float)
            cast_rays(*self.tables, away, ahead, float(reach_m), distance, edge)
            return distance, edge
        walk = _Walk(self, origin, direction, reach_m)
        while len(walk.ray):
            walk.look()
            walk.step()
        return walk.distance, walk.edge


class _Walk:
    """Rays on their way; those that arrive drop out."""

    def __init__(
        self, grid: EdgeGrid, origin: np.ndarray, direction: np.ndarray, reach_m: float
    ) -> None:
        self.grid, self.reach_m = grid, reach_m
        n = len(origin)
        self.distance, self.edge = np.full(n, np.inf), np.full(n, -1, dtype=np.int64)
        self.ray = np.arange(n)
        self.x, self.y = (origin - grid.corner).T.copy()
        self.dx, self.dy = direction.T.copy()
        # Rays that start left of or below the grid walk in from outside it.
        self.column = np.floor(self.x / _CELL_M).astype(np.int64)
        self.row = np.floor(self.y / _CELL_M).astype(np.int64)
        self.next_x, self.gap_x = self._crossings(self.x, self.dx, self.column)
        self.next_y, self.gap_y = self._crossings(self.y, self.dy, self.row)

    def _crossings(
        self, at: np.ndarray, speed: np.ndarray, cell: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """How far each ray goes until it leaves its column or row, and from one to the next."""
        moving = np.abs(speed) > _STANDSTILL
        gap, first = np.full(len(at), np.inf), np.full(len(at), np.inf)
        np.divide(_CELL_M, np.abs(speed), out=gap, where=moving)
        border = (cell + (speed > 0)) * _CELL_M
        np.divide(border - at, speed, out=first, where=moving)
        return first, gap

    def look(self) -> None:
        """Hit the edges of the cells that the rays are in."""
        columns, rows = self.grid.shape
        on_grid = (self.column >= 0) & (self.column < columns)
        on_grid &= (self.row >= 0) & (self.row < rows)
        cell = np.zeros(len(self.ray), dtype=np.int64)  # in the empty block
        cell[on_grid] = _cell_number(self.grid.block, self.column[on_grid], self.row[on_grid])
        first = self.grid.first.take(cell)
        count = self.grid.first.take(cell + 1) - first
        who = np.repeat(np.arange(len(count)), count)
        edge = self.grid.edge.take(_count_up(count) + first.take(who))
        who, edge, distance = self._meet(who, edge)
        order = np.lexsort((edge, distance, who))
        who, edge, distance = who[order], edge[order], distance[order]
        nearest = np.ones(len(who), dtype=bool)
        nearest[1:] = who[1:] != who[:-1]
        ray = self.ray.take(who[nearest])
        nearer = distance[nearest] < self.distance[ray]
        self.distance[ray[nearer]] = distance[nearest][nearer]
        self.edge[ray[nearer]] = edge[nearest][nearer]

    def _meet(self, who: np.ndarray, edge: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which pairs of ray and edge meet within reach, and how far along the ray."""
        x1, y1, x2, y2 = self.grid.coordinates
        dx, dy, x, y = self.dx.take(who), self.dy.take(who), self.x.take(who), self.y.take(who)
        start_x, start_y = x1.take(edge) - x, y1.take(edge) - y
        end_x, end_y = x2.take(edge) - x, y2.take(edge) - y
        start_side = dx * start_y - dy * start_x
        end_side = dx * end_y - dy * end_x
        # Edges that run along the ray are met through their neighbours at the corners.
        crossed = np.flatnonzero((start_side * end_side <= 0) & (start_side != end_side))
        start_side, end_side = start_side.take(crossed), end_side.take(crossed)
        dx, dy = dx.take(crossed), dy.take(crossed)
        ahead = dx * start_x.take(crossed) + dy * start_y.take(crossed)
        ahead_end = dx * end_x.take(crossed) + dy * end_y.take(crossed)
        distance = ahead + start_side / (start_side - end_side) * (ahead_end - ahead)
        met = (distance >= -_ON_THE_WALL_M) & (distance <= self.reach_m)
        crossed = crossed[met]
        return who.take(crossed), edge.take(crossed), np.maximum(distance[met], 0.0)

    def step(self) -> None:
        """Go to the next cell; rays that hit something in this one, or are at their end, stop."""
        leave = np.minimum(self.next_x, self.next_y)
        going = np.flatnonzero(
            (leave <= self.reach_m) & (self.distance.take(self.ray) > leave - _ON_THE_WALL_M)
        )
        for name in ("ray", "x", "y", "dx", "dy", "column", "row",
                     "next_x", "next_y", "gap_x", "gap_y"):  # fmt: skip
            setattr(self, name, getattr(self, name).take(going))
        across = self.next_x <= self.next_y
        self.column += np.where(across, np.where(self.dx > 0, 1, -1), 0)
        self.row += np.where(across, 0, np.where(self.dy > 0, 1, -1))
        self.next_x += np.where(across, self.gap_x, 0.0)
        self.next_y += np.where(across, 0.0, self.gap_y)


def _cell_number(block: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Number of the cell, block by block."""
    number: np.ndarray = block[row // _BLOCK, column // _BLOCK] * _BLOCK
    number += row % _BLOCK
    number *= _BLOCK
    number += column % _BLOCK
    return number


def _count_up(count: np.ndarray) -> np.ndarray:
    """``0 … count - 1`` for each count, one after another."""
    total = np.cumsum(count)
    numbers: np.ndarray = np.arange(total[-1] if len(total) else 0)
    numbers -= np.repeat(total - count, count)
    return numbers

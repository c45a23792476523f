"""Boxes sorted into square cells, for asking which of them many points lie in.

A tree of boxes wants a geometry object for every point that is asked about; here the points stay
two numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["BoxGrid"]

# A box over more cells than this is looked at by itself.
_MOST_CELLS = 4096


@dataclass(frozen=True)
class BoxGrid:
    """Boxes by the cells they touch.

    Attributes
    ----------
    cell_m
        Side of the cells.
    corner
        Lower left corner of all boxes.
    rows
        Number of rows of cells, and one more.
    bounds
        ``west, south, east, north`` of each box, shape (n, 4).
    large
        Boxes that are not sorted into cells.
    cells
        Numbers of the cells with a box in them, ascending.
    first
        Where the boxes of each of them start in `box`; one entry more than cells.
    box
        Positions of boxes.
    """

    cell_m: float
    corner: np.ndarray
    rows: int
    bounds: np.ndarray
    large: np.ndarray
    cells: np.ndarray
    first: np.ndarray
    box: np.ndarray

    @classmethod
    def of(cls, bounds: np.ndarray, *, cell_m: float) -> BoxGrid:
        """Sort boxes into cells.

        Parameters
        ----------
        bounds
            ``west, south, east, north``, shape (n, 4); NaN for a box that is nowhere.
        cell_m
            Side of the cells; best about as long as the boxes are.

        Returns
        -------
        grid
            Covers all boxes.
        """
        there = np.flatnonzero(np.isfinite(bounds).all(axis=1))
        known = bounds[there]
        corner = known[:, :2].min(axis=0, initial=np.inf)
        low = ((known[:, :2] - corner) // cell_m).astype(np.int64)
        high = ((known[:, 2:] - corner) // cell_m).astype(np.int64)
        rows = int(high[:, 1].max(initial=0)) + 2
        count = (high - low + 1).prod(axis=1)
        small = count <= _MOST_CELLS
        low, high, count, box = low[small], high[small], count[small], there[small]
        of = np.repeat(np.arange(len(box)), count)
        number = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
        high_cells = (high - low + 1)[of, 1]
        cell = (low[of, 0] + number // high_cells) * rows + low[of, 1] + number % high_cells
        order = np.argsort(cell, kind="stable")
        cells, first = np.unique(cell[order], return_index=True)
        return cls(
            cell_m, corner, rows, bounds, there[~small], cells, np.r_[first, len(cell)],
            box[of[order]],
        )  # fmt: skip

    @property
    def tables(
        self,
    ) -> tuple[float, np.ndarray, int, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """What the kernels take of a grid."""
        return (
            self.cell_m, self.corner, self.rows, self.cells, self.first, self.box, self.large,
            self.bounds,
        )  # fmt: skip

    def pairs(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points and the boxes they lie in, edges included.

        Parameters
        ----------
        points
            Shape (k, 2).

        Returns
        -------
        point, box
            Positions, a pair each, in no particular order.
        """
        found = self._cell(points)
        there = np.flatnonzero(found >= 0)
        first = self.first[found[there]]
        count = self.first[found[there] + 1] - first
        point = np.repeat(there, count)
        number = np.arange(len(point)) - np.repeat(np.cumsum(count) - count, count)
        box = self.box[np.repeat(first, count) + number]
        inside = self._inside(points[point], box)
        pairs = [(point[inside], box[inside])]
        for large in self.large:
            of_large = np.flatnonzero(self._inside(points, np.full(len(points), large)))
            pairs.append((of_large, np.full(len(of_large), large)))
        return np.concatenate([p for p, _ in pairs]), np.concatenate([b for _, b in pairs])

    def any_near(self, points: np.ndarray) -> np.ndarray:
        """Whether a box touches the cell of each point; true wherever one holds the point."""
        near = self._cell(points) >= 0
        for large in self.large:
            near |= self._inside(points, np.full(len(points), large))
        return near

    def _cell(self, points: np.ndarray) -> np.ndarray:
        """Place of each point's cell among those with a box, -1 if it is not one of them."""
        if len(self.cells) == 0:
            return np.full(len(points), -1, dtype=np.int64)
        column, row = np.floor_divide((points - self.corner).T, self.cell_m)
        on_grid = (row >= 0) & (row < self.rows - 1) & (column >= 0)
        number = np.where(on_grid, column * self.rows + row, -1).astype(np.int64)
        place = np.minimum(np.searchsorted(self.cells, number), len(self.cells) - 1)
        return np.where(self.cells[place] == number, place, -1)

    def _inside(self, points: np.ndarray, box: np.ndarray) -> np.ndarray:
        west, south, east, north = self.bounds[box].T
        x, y = points.T
        inside: np.ndarray = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        return inside

"""Rays that walk from cell to cell of a grid of edges, one by one."""

from __future__ import annotations

import numpy as np

from taobaogis.compiled import compiled

__all__ = ["BLOCK", "CELL_M", "ON_THE_WALL_M", "cast_rays", "cell_number", "sort_edges"]

CELL_M = 7.0
# Cells are kept in square blocks, and only of blocks with an edge in them: most of the
# rectangle around a city is empty.
BLOCK = 64
# Slower than this along an axis, a ray does not move along it.
STANDSTILL = 1e-12
# A ray that starts on a wall, up to rounding, hits it at once.
ON_THE_WALL_M = 1e-6


@compiled("int64(int64[:,::1], int64, int64)")
def cell_number(block: np.ndarray, column: int, row: int) -> int:
    """Number of the cell, block by block; cells of block 0 are empty."""
    number: int = block[row // BLOCK, column // BLOCK] * BLOCK + row % BLOCK
    return number * BLOCK + column % BLOCK


@compiled("boolean(float64[:,::1], int64, int64, int64)")
def _passes(edges: np.ndarray, k: int, column: int, row: int) -> bool:
    """Whether an edge passes a cell of the box around it: its line is near enough its middle."""
    ax, ay = edges[k, 0], edges[k, 1]
    along_x, along_y = edges[k, 2] - ax, edges[k, 3] - ay
    aside = along_x * ((row + 0.5) * CELL_M - ay) - along_y * ((column + 0.5) * CELL_M - ax)
    passes: bool = abs(aside) <= (CELL_M / 2 + ON_THE_WALL_M) * (abs(along_x) + abs(along_y))
    return passes


@compiled("Tuple((int64[:,::1], int64[::1], int64[::1]))(float64[:,::1], int64, int64)")
def sort_edges(
    edges: np.ndarray, columns: int, rows: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort edges, ``x1, y1, x2, y2`` each, from the corner of the grid, into its cells.

    Gives what `taobaogis.geometry.edge_grid.EdgeGrid` keeps: ``block``, ``first``, ``edge``.
    """
    n = len(edges)
    block = np.zeros((rows // BLOCK + 1, columns // BLOCK + 1), dtype=np.int64)
    low, high = np.empty((n, 2), dtype=np.int64), np.empty((n, 2), dtype=np.int64)
    for k in range(n):
        for axis in range(2):
            a, b = edges[k, axis], edges[k, axis + 2]
            low[k, axis] = int(np.floor(min(a, b) / CELL_M))
            high[k, axis] = int(np.floor(max(a, b) / CELL_M))
        for column in range(low[k, 0], high[k, 0] + 1):
            for row in range(low[k, 1], high[k, 1] + 1):
                if _passes(edges, k, column, row):
                    block[row // BLOCK, column // BLOCK] = 1
    blocks = 0
    for i in range(block.shape[0]):
        for j in range(block.shape[1]):
            if block[i, j]:
                blocks += 1
                block[i, j] = blocks
    first = np.zeros((blocks + 1) * BLOCK**2 + 1, dtype=np.int64)
    for k in range(n):
        for column in range(low[k, 0], high[k, 0] + 1):
            for row in range(low[k, 1], high[k, 1] + 1):
                if _passes(edges, k, column, row):
                    first[cell_number(block, column, row) + 1] += 1
    for cell in range(1, len(first)):
        first[cell] += first[cell - 1]
    edge = np.empty(first[-1], dtype=np.int64)
    filled = first[:-1].copy()
    for k in range(n):
        for column in range(low[k, 0], high[k, 0] + 1):
            for row in range(low[k, 1], high[k, 1] + 1):
                if _passes(edges, k, column, row):
                    cell = cell_number(block, column, row)
                    edge[filled[cell]] = k
                    filled[cell] += 1
    return block, first, edge


@compiled(
    "Tuple((float64, int64))(int64[:,::1], int64[::1], int64[::1], float64[:,::1], int64, int64,"
    "float64, float64, float64, float64, float64)"
)
def _cast_ray(
    block: np.ndarray, first: np.ndarray, edge: np.ndarray, edges: np.ndarray,
    columns: int, rows: int, x: float, y: float, dx: float, dy: float, reach_m: float,
) -> tuple[float, int]:  # fmt: skip
    """Distance to the first edge on a ray and which it is; infinite and -1 if there is none.

    The ray starts at ``x, y`` from the corner of the grid and runs along the unit vector
    ``dx, dy``.
    """
    column, row = int(np.floor(x / CELL_M)), int(np.floor(y / CELL_M))
    gap_x = gap_y = next_x = next_y = np.inf
    if abs(dx) > STANDSTILL:
        gap_x = CELL_M / abs(dx)
        next_x = ((column + (1 if dx > 0 else 0)) * CELL_M - x) / dx
    if abs(dy) > STANDSTILL:
        gap_y = CELL_M / abs(dy)
        next_y = ((row + (1 if dy > 0 else 0)) * CELL_M - y) / dy
    nearest, found = np.inf, -1
    while True:
        if 0 <= column < columns and 0 <= row < rows:
            cell = cell_number(block, column, row)
            for at in range(first[cell], first[cell + 1]):
                k = edge[at]
                start_x, start_y = edges[k, 0] - x, edges[k, 1] - y
                end_x, end_y = edges[k, 2] - x, edges[k, 3] - y
                start_side = dx * start_y - dy * start_x
                end_side = dx * end_y - dy * end_x
                # Edges that run along the ray are met through their neighbours at the corners.
                if start_side * end_side > 0 or start_side == end_side:
                    continue
                ahead = dx * start_x + dy * start_y
                ahead_end = dx * end_x + dy * end_y
                distance = ahead + start_side / (start_side - end_side) * (ahead_end - ahead)
                if -ON_THE_WALL_M <= distance <= reach_m and max(distance, 0.0) < nearest:
                    nearest, found = max(distance, 0.0), k
        leave = min(next_x, next_y)
        if not (leave <= reach_m and nearest > leave - ON_THE_WALL_M):
            return nearest, found
        if next_x <= next_y:
            column += 1 if dx > 0 else -1
            next_x += gap_x
        else:
            row += 1 if dy > 0 else -1
            next_y += gap_y


@compiled(
    "void(int64[:,::1], int64[::1], int64[::1], float64[:,::1], int64, int64,"
    "float64[:,::1], float64[:,::1], float64, float64[::1], int64[::1])"
)
def cast_rays(
    block: np.ndarray, first: np.ndarray, edge: np.ndarray, edges: np.ndarray,
    columns: int, rows: int, origin: np.ndarray, direction: np.ndarray, reach_m: float,
    distance_m: np.ndarray, found: np.ndarray,
) -> None:  # fmt: skip
    """`_cast_ray` for many rays, whose starts are given from the corner; fills the last two."""
    for ray in range(len(origin)):
        distance_m[ray], found[ray] = _cast_ray(
            block, first, edge, edges, columns, rows, origin[ray, 0], origin[ray, 1],
            direction[ray, 0], direction[ray, 1], reach_m,
        )  # fmt: skip

"""What the façades of each building look at, building by building."""

from __future__ import annotations

import numpy as np

from taobaogis.compiled import compiled
from taobaogis.geometry.kernels.outlines import is_inside
from taobaogis.geometry.kernels.rays import CELL_M, ON_THE_WALL_M, cell_number

__all__ = ["facing_gaps"]

_FEW = 64
# Points along a façade that look out together. Many more, and the box around what they look
# at, which is square to the grid, holds mostly what they do not see.
_POINTS_AT_ONCE = 8
# So far they look first, and so much farther each time that one has met nothing.
_LOOK_FIRST_M, _LOOK_ON_M = 3.0, 4.0


@compiled("void(float64[::1], float64[::1], int64)")
def _sort(values: np.ndarray, weights: np.ndarray, n: int) -> None:
    """Sort the first `n` values and their weights; most buildings have few."""
    if n > _FEW:
        order = np.argsort(values[:n])
        values[:n] = values[:n][order]
        weights[:n] = weights[:n][order]
        return
    for i in range(1, n):
        value, weight, k = values[i], weights[i], i
        while k > 0 and values[k - 1] > value:
            values[k], weights[k] = values[k - 1], weights[k - 1]
            k -= 1
        values[k], weights[k] = value, weight


@compiled("float64(float64[::1], float64[::1], int64, float64)")
def _median(values: np.ndarray, weights: np.ndarray, n: int, half_window: float) -> float:
    """Median of sorted values as `taobaogis.geometry.weighted.group_quantiles` has it."""
    total = 0.0
    for k in range(n):
        total += weights[k]
    low, high = total * (0.5 - half_window), total * (0.5 + half_window)
    sum_, before, used, last = 0.0, 0.0, 0, 0.0
    for k in range(n):
        after = before + weights[k]
        part = min(after, high) - max(before, low)
        if part > 0.0:
            sum_ += part * values[k]
            used += 1
            last = values[k]
        before = after
    return last if used == 1 else sum_ / (high - low)


@compiled("void(float64[:,::1], int64[::1], int64, int64, float64[::1], int64[::1])", inlined=True)
def _keep_nearest(
    seen: np.ndarray,
    which: np.ndarray,
    n: int,
    points: int,
    distance_m: np.ndarray,
    hit: np.ndarray,
) -> None:
    """Take the first `n` walls seen into account; rows of `seen` are made by `_look_out`."""
    for row in range(n):
        begin, end = seen[row, 0], seen[row, 1]
        slope = (seen[row, 3] - seen[row, 2]) / (end - begin)
        for k in range(max(int(np.ceil(end)), 0), min(int(np.floor(begin)), points - 1) + 1):
            ahead = seen[row, 2] + (k - begin) * slope
            if ahead < -ON_THE_WALL_M or ahead > distance_m[k]:
                continue
            ahead = max(ahead, 0.0)
            # Of walls that meet in what is seen, the one that comes first in the layer.
            if ahead < distance_m[k] or which[row] < hit[k]:
                distance_m[k], hit[k] = ahead, which[row]


@compiled("UniTuple(int64, 2)(float64, float64, float64, int64)")
def _cells(one: float, other: float, far: float, cells: int) -> tuple[int, int]:
    """First and last cell of a grid along one axis that a row of points looks at."""
    low = min(one, other) + min(far, 0.0) - ON_THE_WALL_M
    high = max(one, other) + max(far, 0.0) + ON_THE_WALL_M
    return max(int(np.floor(low / CELL_M)), 0), min(int(np.floor(high / CELL_M)), cells - 1)


@compiled(
    "void(int64[:,::1], int64[::1], int64[::1], float64[:,::1], int64, int64, float64, float64,"
    "float64, float64, float64, int64, float64, float64[:,::1], int64[::1], float64[::1],"
    "int64[::1])",
    inlined=True,
)
def _look_out(
    block: np.ndarray, first: np.ndarray, edge: np.ndarray, edges: np.ndarray,
    columns: int, rows: int, x: float, y: float, along_x: float, along_y: float,
    spacing_m: float, points: int, reach_m: float, seen: np.ndarray, which: np.ndarray,
    distance_m: np.ndarray, hit: np.ndarray,
) -> None:  # fmt: skip
    """First wall before each of a row of points of a façade that look out side by side.

    The row starts at ``x, y`` from the corner of the grid and runs along the unit vector
    ``along_x, along_y``; the points look to its right. Only walls that show their outside are
    met: what starts outside all buildings meets no other first, and what starts inside one is
    at a shared wall. Fills the first `points` of `distance_m`, infinite where there is none,
    and of `hit`; `seen` and `which` are room to work in.
    """
    out_x, out_y, per_m = along_y, -along_x, 1.0 / spacing_m
    for k in range(points):
        distance_m[k], hit[k] = np.inf, -1
    last_x, last_y = x + (points - 1) * spacing_m * along_x, y + (points - 1) * spacing_m * along_y
    # Columns and rows that were looked at before.
    west, east, south, north = 0, -1, 0, -1
    depth_m = min(_LOOK_FIRST_M, reach_m)
    while True:
        from_column, to_column = _cells(x, last_x, out_x * depth_m, columns)
        from_row, to_row = _cells(y, last_y, out_y * depth_m, rows)
        n = 0
        for row in range(from_row, to_row + 1):
            for column in range(from_column, to_column + 1):
                if south <= row <= north and west <= column <= east:
                    continue
                cell = cell_number(block, column, row)
                for at in range(first[cell], first[cell + 1]):
                    if n == len(seen):
                        _keep_nearest(seen, which, n, points, distance_m, hit)
                        n = 0
                    k = edge[at]
                    start_x, start_y = edges[k, 0] - x, edges[k, 1] - y
                    end_x, end_y = edges[k, 2] - x, edges[k, 3] - y
                    begin = (along_x * start_x + along_y * start_y) * per_m
                    end = (along_x * end_x + along_y * end_y) * per_m
                    ahead = out_x * start_x + out_y * start_y
                    ahead_end = out_x * end_x + out_y * end_y
                    # Written down in any case, and kept by the counter only if it is before
                    # the points: no processor can foresee which are.
                    seen[n, 0], seen[n, 1] = begin, end
                    seen[n, 2], seen[n, 3] = ahead, ahead_end
                    which[n] = k
                    n += (
                        ((ahead >= -ON_THE_WALL_M) | (ahead_end >= -ON_THE_WALL_M))
                        & ((ahead <= reach_m) | (ahead_end <= reach_m))
                        & (begin > end) & (begin >= 0.0) & (end <= points - 1)
                    )  # fmt: skip
        _keep_nearest(seen, which, n, points, distance_m, hit)
        farthest = 0.0
        for k in range(points):
            farthest = max(farthest, distance_m[k])
        if farthest <= depth_m or depth_m >= reach_m:
            break
        west, east, south, north = from_column, to_column, from_row, to_row
        depth_m = min(depth_m + _LOOK_ON_M, reach_m)
    for k in range(points):
        if distance_m[k] > reach_m:
            distance_m[k], hit[k] = np.inf, -1


@compiled(
    "boolean(float64[:,::1], float64[:,::1], int64[::1], float64[:,::1], int64[::1], float64,"
    "float64)",
    inlined=True,
)
def _stands_in_another(
    start: np.ndarray, end: np.ndarray, of_owner: np.ndarray, bounds: np.ndarray,
    close: np.ndarray, x: float, y: float,
) -> bool:  # fmt: skip
    """Whether a point just outside its own wall, of a shared one then, is inside another."""
    for k in close:
        in_box = bounds[k, 0] < x < bounds[k, 2] and bounds[k, 1] < y < bounds[k, 3]
        if in_box and is_inside(start, end, of_owner[k], of_owner[k + 1], x, y):
            return True
    return False


@compiled(
    "void(int64[:,::1], int64[::1], int64[::1], float64[:,::1], int64, int64, float64[::1],"
    "float64[:,::1], float64[:,::1], int64[::1], int64[::1], float64[:,::1], int64[::1],"
    "int64[::1], float64[::1], float64, float64[:,::1])"
)
def facing_gaps(
    block: np.ndarray, first: np.ndarray, edge: np.ndarray, edges: np.ndarray,
    columns: int, rows: int, corner: np.ndarray,
    start: np.ndarray, end: np.ndarray, owner: np.ndarray, of_owner: np.ndarray,
    bounds: np.ndarray, first_close: np.ndarray, close: np.ndarray, lengths_m: np.ndarray,
    half_window: float, found: np.ndarray,
) -> None:  # fmt: skip
    """Median and least gap, façade that faces a building, shared wall, and façade in all.

    `first` to `corner` are an `EdgeGrid` of the edges; `of_owner` says where the edges of each
    building start, `first_close` and `close` which others it touches. `lengths_m` holds reach,
    spacing, what counts as joined, and how far before the wall one looks from. Fills a row of
    `found` for each building.
    """
    reach_m, spacing_m, joined_m, step_out_m = lengths_m
    size = 64
    gaps, stands_for = np.empty(size), np.empty(size)
    seen, which = np.empty((256, 4)), np.empty(256, dtype=np.int64)
    distance, hit = np.empty(_POINTS_AT_ONCE), np.empty(_POINTS_AT_ONCE, dtype=np.int64)
    for house in range(len(of_owner) - 1):
        n, joined, whole = 0, 0.0, 0.0
        for k in range(of_owner[house], of_owner[house + 1]):
            step_x, step_y = end[k, 0] - start[k, 0], end[k, 1] - start[k, 1]
            length = np.hypot(step_x, step_y)
            along_x, along_y = step_x / length, step_y / length
            count = max(int(np.ceil(length / spacing_m)), 1)
            part = length / count
            for before in range(0, count, _POINTS_AT_ONCE):
                points = min(_POINTS_AT_ONCE, count - before)
                x = start[k, 0] + step_x * ((before + 0.5) / count) + along_y * step_out_m
                y = start[k, 1] + step_y * ((before + 0.5) / count) - along_x * step_out_m
                _look_out(
                    block, first, edge, edges, columns, rows, x - corner[0], y - corner[1],
                    along_x, along_y, part, points, reach_m - step_out_m, seen, which,
                    distance, hit,
                )  # fmt: skip
                for number in range(points):
                    is_own = hit[number] >= 0 and owner[hit[number]] == house
                    # What looks at a wing of its own building faces nobody.
                    gap = np.inf if is_own else distance[number] + step_out_m
                    whole += part
                    is_joined = gap <= joined_m or _stands_in_another(
                        start, end, of_owner, bounds,
                        close[first_close[house] : first_close[house + 1]],
                        x + number * part * along_x, y + number * part * along_y,
                    )  # fmt: skip
                    if is_joined:
                        joined += part
                    elif gap < np.inf:
                        if n == size:
                            gaps = np.concatenate((gaps, np.empty(size)))
                            stands_for = np.concatenate((stands_for, np.empty(size)))
                            size *= 2
                        gaps[n], stands_for[n] = gap, part
                        n += 1
        faced = 0.0
        for k in range(n):
            faced += stands_for[k]
        _sort(gaps, stands_for, n)
        found[house, 0] = _median(gaps, stands_for, n, half_window) if n else np.nan
        found[house, 1] = gaps[0] if n else np.nan
        found[house, 2], found[house, 3], found[house, 4] = faced, joined, whole

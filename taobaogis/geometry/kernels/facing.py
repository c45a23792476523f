"""What the façades of each building look at, building by building."""

from __future__ import annotations

import numpy as np

from taobaogis.compiled import compiled
from taobaogis.geometry.kernels.outlines import is_inside
from taobaogis.geometry.kernels.rays import cast_ray

__all__ = ["facing_gaps"]

_FEW = 64


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


@compiled(
    "void(int64[:,::1], int64[::1], int64[::1], float64[:,::1], int64, int64, float64[::1],"
    "float64[:,::1], float64[:,::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    "float64[::1], float64, float64[:,::1])"
)
def facing_gaps(
    block: np.ndarray, first: np.ndarray, edge: np.ndarray, edges: np.ndarray,
    columns: int, rows: int, corner: np.ndarray,
    start: np.ndarray, end: np.ndarray, owner: np.ndarray, of_owner: np.ndarray,
    first_close: np.ndarray, close: np.ndarray, lengths_m: np.ndarray, half_window: float,
    found: np.ndarray,
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
    for house in range(len(of_owner) - 1):
        n, joined, whole = 0, 0.0, 0.0
        for k in range(of_owner[house], of_owner[house + 1]):
            step_x, step_y = end[k, 0] - start[k, 0], end[k, 1] - start[k, 1]
            length = np.hypot(step_x, step_y)
            out_x, out_y = step_y / length, -step_x / length
            count = max(int(np.ceil(length / spacing_m)), 1)
            part = length / count
            for number in range(count):
                at = (number + 0.5) / count
                x = start[k, 0] + step_x * at + out_x * step_out_m
                y = start[k, 1] + step_y * at + out_y * step_out_m
                distance, hit = cast_ray(
                    block, first, edge, edges, columns, rows, x - corner[0], y - corner[1],
                    out_x, out_y, reach_m - step_out_m,
                )  # fmt: skip
                # What looks at a wing of its own building faces nobody.
                gap = np.inf if hit >= 0 and owner[hit] == house else distance + step_out_m
                whole += part
                is_joined = gap <= joined_m
                # Just outside its own wall, a point of a shared wall is inside the other one.
                for other in range(first_close[house], first_close[house + 1]):
                    if is_joined:
                        break
                    low, high = of_owner[close[other]], of_owner[close[other] + 1]
                    is_joined = is_inside(start, end, low, high, x, y)
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

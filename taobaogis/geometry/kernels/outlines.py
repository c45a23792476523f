"""Points in outlines and distances between outlines, without a geometry object for any of them.

An outline is a run of edges, ``start[first[k]:first[k + 1]]`` to ``end[…]``, with all rings of its
polygons.
"""

from __future__ import annotations

import numpy as np

from taobaogis.compiled import compiled

__all__ = ["box_pairs", "is_inside", "outline_distances", "points_inside"]


@compiled("boolean(float64[:,::1], float64[:,::1], int64, int64, float64, float64)")
def is_inside(start: np.ndarray, end: np.ndarray, low: int, high: int, x: float, y: float) -> bool:
    """Whether a point lies inside the outline of edges `low` to `high`, not on its edge."""
    inside = False
    for k in range(low, high):
        ax, ay = start[k, 0] - x, start[k, 1] - y
        bx, by = end[k, 0] - x, end[k, 1] - y
        turn = ax * by - ay * bx
        if turn == 0.0 and ax * bx <= 0.0 and ay * by <= 0.0:
            return False
        if (ay > 0.0) != (by > 0.0) and (turn > 0.0) == (by > ay):
            inside = not inside
    return inside


@compiled(
    "void(float64[:,::1], float64, float64[::1], int64, int64[::1], int64[::1], int64[::1],"
    "int64[::1], float64[:,::1], float64[:,::1], float64[:,::1], int64[::1], boolean[::1])"
)
def points_inside(
    points: np.ndarray, cell_m: float, corner: np.ndarray, rows: int, cells: np.ndarray,
    first_box: np.ndarray, box: np.ndarray, large: np.ndarray, bounds: np.ndarray,
    start: np.ndarray, end: np.ndarray, first: np.ndarray, inside: np.ndarray,
) -> None:  # fmt: skip
    """Which points lie inside an outline; `corner` to `bounds` are a `BoxGrid` of them."""
    for point in range(len(points)):
        x, y = points[point, 0], points[point, 1]
        column, row = (x - corner[0]) // cell_m, (y - corner[1]) // cell_m
        found = False
        if column >= 0 and 0 <= row < rows - 1:
            number = int(column) * rows + int(row)
            place = np.searchsorted(cells, number)
            if place < len(cells) and cells[place] == number:
                for at in range(first_box[place], first_box[place + 1]):
                    k = box[at]
                    if bounds[k, 0] <= x <= bounds[k, 2] and bounds[k, 1] <= y <= bounds[k, 3]:
                        found = found or is_inside(start, end, first[k], first[k + 1], x, y)
        for k in large:
            if bounds[k, 0] <= x <= bounds[k, 2] and bounds[k, 1] <= y <= bounds[k, 3]:
                found = found or is_inside(start, end, first[k], first[k + 1], x, y)
        inside[point] = found


@compiled("float64(float64, float64, float64, float64, float64, float64)")
def _square_to_edge(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Square of the distance from a point to an edge."""
    along_x, along_y = bx - ax, by - ay
    off_x, off_y = x - ax, y - ay
    at = (off_x * along_x + off_y * along_y) / (along_x * along_x + along_y * along_y)
    at = min(max(at, 0.0), 1.0)
    off_x -= at * along_x
    off_y -= at * along_y
    return off_x * off_x + off_y * off_y


@compiled("boolean(float64[:,::1], float64[:,::1], int64, int64)")
def _cross(start: np.ndarray, end: np.ndarray, k: int, m: int) -> bool:
    """Whether two edges cross each other; what touches has the distance 0 anyhow."""
    ax, ay = end[k, 0] - start[k, 0], end[k, 1] - start[k, 1]
    bx, by = end[m, 0] - start[m, 0], end[m, 1] - start[m, 1]
    ox, oy = start[m, 0] - start[k, 0], start[m, 1] - start[k, 1]
    one = ax * oy - ay * ox
    other = one + ax * by - ay * bx
    if one * other > 0.0:
        return False
    one = -(bx * oy - by * ox)
    other = one + bx * ay - by * ax
    crosses: bool = one * other <= 0.0 and ax * by != ay * bx
    return crosses


@compiled("boolean(float64[:,::1], float64[:,::1], int64, int64, int64, int64)")
def _begins_inside(
    start: np.ndarray, end: np.ndarray, low: int, high: int, other_low: int, other_high: int
) -> bool:
    """Whether a ring of an outline begins inside another outline."""
    for k in range(low, high):
        x, y = start[k, 0], start[k, 1]
        # Of a building of several blocks one can stand inside what the others keep off.
        begins = k == low or x != end[k - 1, 0] or y != end[k - 1, 1]
        if begins and is_inside(start, end, other_low, other_high, x, y):
            return True
    return False


@compiled(
    "void(float64[:,::1], float64[:,::1], int64[::1], float64[:,::1], int64[::1], int64[::1],"
    "float64[::1])"
)
def outline_distances(
    start: np.ndarray, end: np.ndarray, first: np.ndarray, bounds: np.ndarray,
    one: np.ndarray, other: np.ndarray, distance_m: np.ndarray,
) -> None:  # fmt: skip
    """Distances between the polygons of pairs of outlines: 0 if they touch or overlap."""
    for pair in range(len(one)):
        p, q = one[pair], other[pair]
        meet = (
            bounds[p, 0] <= bounds[q, 2] and bounds[q, 0] <= bounds[p, 2]
            and bounds[p, 1] <= bounds[q, 3] and bounds[q, 1] <= bounds[p, 3]
        )  # fmt: skip
        least = np.inf
        if meet and (
            _begins_inside(start, end, first[p], first[p + 1], first[q], first[q + 1])
            or _begins_inside(start, end, first[q], first[q + 1], first[p], first[p + 1])
        ):
            least = 0.0
        for a, b in ((p, q), (q, p)):
            west, south, east, north = bounds[b, 0], bounds[b, 1], bounds[b, 2], bounds[b, 3]
            for k in range(first[a], first[a + 1]):
                if least == 0.0:
                    break
                x, y = start[k, 0], start[k, 1]
                off_x = max(west - x, x - east, 0.0)
                off_y = max(south - y, y - north, 0.0)
                if off_x * off_x + off_y * off_y < least:
                    for m in range(first[b], first[b + 1]):
                        square = _square_to_edge(
                            x, y, start[m, 0], start[m, 1], end[m, 0], end[m, 1]
                        )
                        least = min(least, square)
                if meet and a == p:
                    for m in range(first[b], first[b + 1]):
                        if _cross(start, end, k, m):
                            least = 0.0
        distance_m[pair] = np.sqrt(least)


@compiled(
    "int64(float64, float64[::1], int64, int64[::1], int64[::1], int64[::1], int64[::1],"
    "float64[:,::1], int64[:,::1])"
)
def box_pairs(
    cell_m: float, corner: np.ndarray, rows: int, cells: np.ndarray, first: np.ndarray,
    box: np.ndarray, large: np.ndarray, bounds: np.ndarray, pairs: np.ndarray,
) -> int:  # fmt: skip
    """Number of pairs of boxes of a `BoxGrid` that meet; fills `pairs` as far as it has rows."""
    count = 0
    for place in range(len(cells)):
        column, row = cells[place] // rows, cells[place] % rows
        for at in range(first[place], first[place + 1]):
            p = box[at]
            for other in range(at + 1, first[place + 1]):
                q = box[other]
                west, south = max(bounds[p, 0], bounds[q, 0]), max(bounds[p, 1], bounds[q, 1])
                if west > min(bounds[p, 2], bounds[q, 2]) or south > min(
                    bounds[p, 3], bounds[q, 3]
                ):
                    continue
                # Boxes that meet in several cells count in the lower left one.
                if (west - corner[0]) // cell_m != column or (south - corner[1]) // cell_m != row:
                    continue
                if count < len(pairs):
                    pairs[count, 0], pairs[count, 1] = min(p, q), max(p, q)
                count += 1
    for at in range(len(large)):
        p = large[at]
        for q in range(len(bounds)):
            is_earlier = False
            for before in range(at + 1):
                is_earlier = is_earlier or large[before] == q
            if is_earlier or not (
                bounds[p, 0] <= bounds[q, 2] and bounds[q, 0] <= bounds[p, 2]
                and bounds[p, 1] <= bounds[q, 3] and bounds[q, 1] <= bounds[p, 3]
            ):  # fmt: skip
                continue
            if count < len(pairs):
                pairs[count, 0], pairs[count, 1] = min(p, q), max(p, q)
            count += 1
    return count

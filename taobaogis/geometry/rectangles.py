"""Smallest rectangles around shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

__all__ = ["Rectangles", "smallest_rectangles"]

_CHUNK_PAIRS = 4_000_000
_SAME_AREA = 1e-9
_QUAD_COORDINATES = 5


@dataclass(frozen=True)
class Rectangles:
    """Rectangle of least area around each shape.

    Of several rectangles of the same area it is the longest.

    Attributes
    ----------
    direction
        Unit vector along the long side, shape (n, 2).
    long_m, short_m
        Sides; NaN for a shape without area.
    """

    direction: np.ndarray
    long_m: np.ndarray
    short_m: np.ndarray


def smallest_rectangles(shapes: np.ndarray) -> Rectangles:
    """Rectangle of least area around each shape, in any direction.

    One side of it lies along the convex hull, so each side of the hull is tried. Coordinates
    are taken from a corner of the hull: with northings of millions of metres, products of
    them would cost the fourth digit of a side.

    Parameters
    ----------
    shapes
        Polygons or MultiPolygons, ``object`` array; missing ones have no rectangle.

    Returns
    -------
    rectangles
        In the order of the shapes.

    References
    ----------
    Freeman and Shapira 1975, Determining the minimum-area encasing rectangle for an arbitrary
    closed curve, Communications of the ACM 18(7).
    """
    n = len(shapes)
    direction = np.zeros((n, 2))
    long_m, short_m = np.full(n, np.nan), np.full(n, np.nan)
    hulls = _hulls(shapes)
    solid = np.flatnonzero(shapely.get_type_id(hulls) == shapely.GeometryType.POLYGON)
    corners = shapely.get_num_coordinates(hulls[solid]) - 1
    # Hulls with as many corners are worked on together, as dense arrays.
    for count in np.unique(corners):
        same = solid[corners == count]
        step = max(1, _CHUNK_PAIRS // int(count) ** 2)
        for part in np.split(same, range(step, len(same), step)):
            closed = shapely.get_coordinates(hulls[part]).reshape(len(part), count + 1, 2)
            side, length, width = _calipers(closed - closed[:, :1])
            turned = width > length
            direction[part] = np.where(turned[:, None], side[:, ::-1] * [-1, 1], side)
            long_m[part] = np.maximum(length, width)
            short_m[part] = np.minimum(length, width)
    return Rectangles(direction, long_m, short_m)


def _hulls(shapes: np.ndarray) -> np.ndarray:
    """Convex hulls; most houses have four corners and are their own."""
    hulls = np.array(shapes, dtype=object)
    quads = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    quads &= shapely.get_num_coordinates(shapes) == _QUAD_COORDINATES
    corners = shapely.get_coordinates(shapes[quads]).reshape(-1, _QUAD_COORDINATES, 2)
    sides = np.diff(corners, axis=1)
    following = np.roll(sides, -1, axis=1)
    turns = sides[..., 0] * following[..., 1] - sides[..., 1] * following[..., 0]
    quads[quads] = (turns > 0).all(axis=1) | (turns < 0).all(axis=1)
    hulls[~quads] = shapely.convex_hull(shapes[~quads])
    return hulls


def _calipers(closed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Side of each hull that the least rectangle lies along, its length and its width."""
    sides = np.diff(closed, axis=1)
    length = np.hypot(sides[..., 0], sides[..., 1])[..., None]
    # Corners closer than a double can tell make a side without direction; it stays (0, 0) and
    # must not be chosen.
    sides = np.divide(sides, length, out=np.zeros_like(sides), where=length > 0)
    along = np.einsum("nsk,nck->nsc", sides, closed)
    across = np.einsum("nsk,nck->nsc", sides[..., ::-1] * [-1, 1], closed)
    lengths, widths = np.ptp(along, axis=2), np.ptp(across, axis=2)
    areas = np.where(length[..., 0] > 0, lengths * widths, np.inf)
    # All three rectangles of a triangle have the same area: of equals the longest one is it,
    # whichever side the outline starts with.
    least = areas <= areas.min(axis=1, keepdims=True) * (1 + _SAME_AREA)
    best = np.argmax(np.where(least, np.maximum(lengths, widths), 0.0), axis=1)
    row = np.arange(len(closed))
    return sides[row, best], lengths[row, best], widths[row, best]

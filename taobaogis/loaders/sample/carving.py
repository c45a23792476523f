"""Cutting land by lanes of a given clear width: what remains on both sides is built up.

A lane takes away exactly the points nearer than half its width to its centreline, with mitred
corners. So where the lane runs straight the façades on its sides face each other at the stated
width, and at a bend each leg keeps it, measured square to that leg; across the bend's own corner
the lane is wider by the mitre, never narrower. (A bend flatter than a hundredth of half the width
is taken as straight.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.ops import substring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "along",
    "axes",
    "beside",
    "carve",
    "line_of",
    "line_through",
    "local_to_world",
    "longest",
    "opened",
    "parts_of",
    "polygon_of",
    "rectangle",
    "stretch",
    "turned",
]

_MITRE_LIMIT = 5.0
_CRUMB_M2 = 1.0
_CRUMB_M = 1.0


def carve(
    region: Polygon, line: LineString, width_m: float
) -> tuple[list[Polygon], list[LineString]]:
    """Cut a lane out of a piece of land.

    Parameters
    ----------
    region
        The land, in metres.
    line
        Centreline of the lane; what lies outside the land does nothing.
    width_m
        Clear width in metres; 0 parts the land by a wall that both sides share.

    Returns
    -------
    pieces
        What is left of the land.
    stretches
        The centreline within the land, from mouth to mouth.
    """
    rest: shapely.Geometry
    if width_m > 0:
        strip = line.buffer(
            width_m / 2, cap_style="flat", join_style="mitre", mitre_limit=_MITRE_LIMIT
        )
        rest = region.difference(strip)
    else:
        noded = shapely.get_parts(shapely.union_all([region.exterior, line]))
        rest = shapely.GeometryCollection(parts_of(shapely.polygonize([*noded])))
    pieces = [
        piece
        for piece in parts_of(rest)
        if isinstance(piece, Polygon)
        and piece.area > _CRUMB_M2
        and (width_m > 0 or region.contains(piece.representative_point()))
    ]
    inner = parts_of(line.intersection(region))
    return pieces, [s for s in inner if isinstance(s, LineString) and s.length > _CRUMB_M]


def parts_of(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Single geometries that a geometry is made of; none of an empty one."""
    return [part for part in shapely.get_parts(shape) if not part.is_empty]


def longest(shape: shapely.Geometry) -> LineString | None:
    """Longest line of a geometry; None if there is no line in it."""
    lines = [part for part in parts_of(shape) if isinstance(part, LineString) and part.length > 0]
    return max(lines, key=lambda line: float(line.length), default=None)


def line_of(shape: shapely.Geometry) -> LineString:
    """Longest line of a geometry that is known to have one; ValueError if it has none."""
    line = longest(shape)
    if line is None:
        message = f"no line in {shape}"
        raise ValueError(message)
    return line


def polygon_of(shape: shapely.Geometry) -> Polygon:
    """Largest polygon of a geometry that is known to have one; ValueError if it has none."""
    polygons = [part for part in parts_of(shape) if isinstance(part, Polygon)]
    return max(polygons, key=lambda polygon: float(polygon.area))


def opened(shape: BaseGeometry) -> list[Polygon]:
    """Polygons of a shape without slivers, none of whose corners touches another's edge."""
    # Shrunk by more than it is grown again, so that what met in a point keeps apart.
    clear = shape.buffer(-0.4, join_style="mitre").buffer(0.2, join_style="mitre")
    return [part for part in parts_of(clear) if isinstance(part, Polygon)]


def stretch(line: LineString, begin_m: float, end_m: float) -> LineString:
    """The part of a line between two distances along it, in metres."""
    return line_of(substring(line, begin_m, end_m))


def beside(line: LineString, left_m: float) -> LineString:
    """Parallel of a line, to its left (negative: right), with mitred corners."""
    return line_of(line.offset_curve(left_m, join_style="mitre", mitre_limit=_MITRE_LIMIT))


def axes(region: Polygon) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Centre of the smallest rectangle around a piece of land, and its two half-axes.

    Parameters
    ----------
    region
        Any polygon with an area.

    Returns
    -------
    centre, long_axis, short_axis
        Points and vectors in metres; the axes reach from the centre to the sides.
    """
    corners = shapely.get_coordinates(shapely.oriented_envelope(region))[:4]
    a, b = (corners[1] - corners[0]) / 2, (corners[2] - corners[1]) / 2
    centre = corners[[0, 2]].mean(axis=0)
    if np.hypot(*a) < np.hypot(*b):
        a, b = b, a
    # The sign is an accident of the ring's start; fixed, so that equal land is cut alike.
    a, b = (v if (v[0], v[1]) > (0.0, 0.0) else -v for v in (a, b))
    return centre, a, b


def line_through(points: Iterable[NDArray[np.float64]], *, beyond_m: float = 0.0) -> LineString:
    """Line through points, both ends drawn out straight by a length in metres."""
    xy = np.asarray(list(points), dtype=np.float64)
    if beyond_m:
        first, last = xy[0] - xy[1], xy[-1] - xy[-2]
        xy[0] += first / np.hypot(*first) * beyond_m
        xy[-1] += last / np.hypot(*last) * beyond_m
    return LineString(xy)


def local_to_world(
    xy: NDArray[np.float64], origin: tuple[float, float], turn_deg: float
) -> NDArray[np.float64]:
    """Turn points anticlockwise about (0, 0) and shift them to an origin, in metres."""
    shifted: NDArray[np.float64] = turned(xy, turn_deg) + np.asarray(origin)
    return shifted


def along(xy: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far points or steps lie along a direction, times its length; written out as `turned`."""
    far: NDArray[np.float64] = xy[..., 0] * direction[0] + xy[..., 1] * direction[1]
    return far


def turned(xy: NDArray[np.float64], turn_deg: float) -> NDArray[np.float64]:
    """Turn points anticlockwise about (0, 0).

    Written out, as the last digits of a product of matrices depend on the processor, and houses
    that fit by a hair on one would not on another.
    """
    x, y = np.moveaxis(np.asarray(xy, dtype=float), -1, 0)
    angle = np.radians(turn_deg)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1)


def rectangle(
    west: float, south: float, east: float, north: float,
    *, origin: tuple[float, float] = (0.0, 0.0), turn_deg: float = 0.0,
) -> Polygon:  # fmt: skip
    """Rectangle given in a local frame, turned and shifted as in `local_to_world`."""
    corners = np.array([[west, south], [east, south], [east, north], [west, north]])
    return Polygon(local_to_world(corners, origin, turn_deg))

"""Blocks: the ground that streets and a boundary enclose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["enclosed_blocks"]

# Lines that meet within a millimetre meet.
_GRID_M = 0.001
_SLIVER_M2 = 1.0


def enclosed_blocks(lines: NDArray[np.object_], boundary: BaseGeometry) -> NDArray[np.object_]:
    """Pieces into which lines cut an area.

    A line that ends within a block cuts nothing off. Pieces below 1 m² go to no one: they lie
    between lines that were meant to meet.

    Parameters
    ----------
    lines
        Centrelines of streets in metres, ``object`` array; missing ones are left out.
    boundary
        Polygon in the same CRS.

    Returns
    -------
    blocks
        Polygons from the south-west, row by row of their lowest points; disjoint, together the
        boundary but for slivers. The boundary itself if no line crosses it.

    Examples
    --------
    >>> from shapely import LineString, box
    >>> cross = [LineString([(-5, 4), (25, 4)]), LineString([(10, -5), (10, 25)])]
    >>> [b.area for b in enclosed_blocks(np.array(cross), box(0, 0, 20, 20))]
    [40.0, 40.0, 160.0, 160.0]
    """
    there = lines[~(shapely.is_missing(lines) | shapely.is_empty(lines))]
    inside = shapely.intersection(there, boundary, grid_size=_GRID_M)
    border = shapely.boundary(shapely.set_precision(boundary, _GRID_M))
    noded = shapely.union_all([*inside, border], grid_size=_GRID_M)
    faces = np.asarray(shapely.get_parts(shapely.polygonize([noded])), dtype=object)
    shapely.prepare(boundary)
    kept = shapely.contains(boundary, shapely.point_on_surface(faces))
    faces = faces[kept & (shapely.area(faces) >= _SLIVER_M2)]
    west, south, *_ = shapely.bounds(faces).T if len(faces) else (np.empty(0), np.empty(0))
    return faces[np.lexsort((west, south))]

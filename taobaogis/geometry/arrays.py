"""Geometries of a layer as the array that shapely works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["geometries", "single_parts"]


def geometries(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> np.ndarray:
    """Geometries in the order of the rows, without heights; empty ones count as missing.

    Parameters
    ----------
    layer
        Frame or series with geometry.

    Returns
    -------
    geometries
        ``object`` array, None where there is no geometry.
    """
    flat = np.array(layer.geometry.array, dtype=object)
    high = shapely.has_z(flat)
    flat[high] = shapely.force_2d(flat[high])
    flat[shapely.is_empty(flat)] = None
    return flat


def single_parts(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points, lines and polygons one by one, and where each comes from.

    Where there is nothing to take apart, as in most layers, no geometry is made anew.

    Parameters
    ----------
    shapes
        ``object`` array; missing and empty ones have no parts.

    Returns
    -------
    parts, position
        ``object`` array and the place in `shapes` of each.
    """
    kind = shapely.get_type_id(shapes)
    if (kind > shapely.GeometryType.POLYGON).any():
        parts, position = shapely.get_parts(shapes, return_index=True)
        held = ~shapely.is_empty(parts)  # an empty one is its own part
        return parts[held], position[held]
    there = np.flatnonzero((kind >= 0) & ~shapely.is_empty(shapes))
    return shapes[there], there

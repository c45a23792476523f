"""Geometries of a layer as the array that shapely works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["geometries"]


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

"""Small GeoTIFFs with known contents, written for one test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import rasterio
from rasterio.transform import from_origin

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

__all__ = ["degrees_of", "write_tif"]


def write_tif(
    path: Path,
    values: np.ndarray,
    *,
    west: float,
    north: float,
    cell: float | tuple[float, float],
    epsg: int | None,
    nodata: float | None = None,
    **more: object,
) -> Path:
    """A one-band GeoTIFF; `more` goes to its profile."""
    cell_x, cell_y = cell if isinstance(cell, tuple) else (cell, cell)
    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": values.dtype,
        "transform": from_origin(west, north, cell_x, cell_y),
        "nodata": nodata,
        **more,
    }
    if epsg is not None:
        profile["crs"] = f"EPSG:{epsg}"
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(values, 1)
    return path


def degrees_of(shape, crs) -> tuple[float, float, float, float]:
    """Bounds of a shape in degrees: west, south, east, north."""
    return tuple(gpd.GeoSeries([shape], crs=crs).segmentize(50).to_crs(4326).total_bounds)

"""Surfaces as cloud-optimised GeoTIFF."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from taobaogis.errors import ExportError

if TYPE_CHECKING:
    from pathlib import Path

    from pyproj import CRS

    from taobaogis.results import Surface

__all__ = ["write_surface"]


def write_surface(surface: Surface, crs: CRS, attribution: str, path: Path) -> None:
    """Write a surface.

    Parameters
    ----------
    surface
        Values and where they lie.
    crs
        CRS of its coordinates.
    attribution
        Stands in the file's metadata.
    path
        File to make.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    rows, columns = surface.values.shape
    try:
        # A COG takes shape only when it is closed, where GDAL's errors are not those of a file.
        with MemoryFile() as memory:
            with memory.open(
                driver="COG",
                height=rows,
                width=columns,
                count=1,
                dtype="float32",
                crs=crs.to_wkt(),
                transform=from_origin(
                    surface.left_m, surface.top_m, surface.cell_m, surface.cell_m
                ),
                nodata=float("nan"),
                compress="deflate",
                # The mean of cells is a density too; the usual cubic falls below 0.
                overview_resampling="average",
            ) as raster:
                raster.write(surface.values.astype(np.float32), 1)
                raster.set_band_description(1, surface.description)
                raster.update_tags(unit=surface.unit, attribution=attribution)
            path.write_bytes(memory.read())
    except (rasterio.errors.RasterioError, OSError) as error:
        message = f"'{path.name}' could not be written ({error}); check the disk and the folder."
        raise ExportError(message) from error

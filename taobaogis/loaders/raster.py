"""Rasters from files, window by window; the one door to rasterio for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import rasterio
from pyproj import CRS
from rasterio.windows import Window, from_bounds

from taobaogis.crs import require_metres
from taobaogis.errors import CRSError, InputError
from taobaogis.geometry.grid import Grid
from taobaogis.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rasterio.io import DatasetReader

__all__ = ["raster_provenance", "read_raster"]

# 800 MB in memory; no village needs more.
_LARGEST_WINDOW = 100_000_000
# Cells around the area, so that its outermost cells are whole.
_MARGIN_CELLS = 2
_SEGMENT_M = 100.0
_NOT_TURNED = 1e-9


def read_raster(
    path: Path, area: gpd.GeoSeries, *, band: int = 1, nodata: float | None = None
) -> Grid | None:
    """Cells of a raster under an area, nothing else of the file.

    Parameters
    ----------
    path
        Any single-file raster that GDAL reads, north up, in any CRS.
    area
        Geometries in a metric CRS; their bounding box is read.
    band
        From 1.
    nodata
        Value that stands for no data, if the file does not say so itself.

    Returns
    -------
    grid
        In the raster's own CRS, cells where they are: nothing is resampled. Scale and offset of
        the file are applied. Cells that the file masks are not valid, nor are those that are not
        finite. None if the raster does not touch the area.

    Raises
    ------
    InputError
        If there is no such file or band, it cannot be read, it is turned or has no CRS.
    CRSError
        If `area` is not in metres.
    """
    require_metres(area, "area")
    if not path.is_file():
        message = f"There is no raster '{path.name}'; check the path in the study."
        raise InputError(message)
    try:
        with rasterio.open(path) as raster:
            _check(raster, path, band)
            return _read(raster, path, area, band, nodata)
    except (rasterio.errors.RasterioError, OSError) as error:
        message = f"'{path.name}' cannot be read as a raster ({error}); save it as GeoTIFF."
        raise InputError(message) from error


def raster_provenance(path: Path) -> Provenance:
    """Where a raster came from: its file, and the licence and date that its tags tell.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        with rasterio.open(path) as raster:
            tags: Mapping[str, str] = raster.tags()
    except (rasterio.errors.RasterioError, OSError) as error:
        message = f"'{path.name}' cannot be read as a raster ({error}); save it as GeoTIFF."
        raise InputError(message) from error
    known = {key.lower(): value for key, value in tags.items()}
    return Provenance(
        source=path.name,
        licence=known.get("licence", known.get("license", "")),
        attribution=known.get("attribution", known.get("copyright", "")),
        as_of=known.get("tifftag_datetime", known.get("date", "")),
    )


def _check(raster: DatasetReader, path: Path, band: int) -> None:
    if not 1 <= band <= raster.count:
        message = f"'{path.name}' has no band {band}; it has {raster.count}."
        raise InputError(message)
    if raster.crs is None:
        message = (
            f"'{path.name}' does not say in which CRS it is; "
            "write it in, e.g. with `rio edit-info --crs`."
        )
        raise CRSError(message)
    turn = raster.transform
    if abs(turn.b) > _NOT_TURNED or abs(turn.d) > _NOT_TURNED or turn.a <= 0 or turn.e >= 0:
        message = f"'{path.name}' is not north up; warp it first, e.g. with `gdalwarp`."
        raise InputError(message)


def _read(
    raster: DatasetReader, path: Path, area: gpd.GeoSeries, band: int, nodata: float | None
) -> Grid | None:
    crs = CRS.from_wkt(raster.crs.to_wkt())
    corners = gpd.GeoSeries.from_wkt([area.geometry.union_all().envelope.wkt], crs=area.crs)
    west, south, east, north = corners.segmentize(_SEGMENT_M).to_crs(crs).total_bounds
    turn = raster.transform
    whole = Window(0, 0, raster.width, raster.height)
    asked = from_bounds(west, south, east, north, turn)
    first_column, first_row = np.floor([asked.col_off, asked.row_off]) - _MARGIN_CELLS
    last_column = np.ceil(asked.col_off + asked.width) + _MARGIN_CELLS
    last_row = np.ceil(asked.row_off + asked.height) + _MARGIN_CELLS
    left, top = max(0, int(first_column)), max(0, int(first_row))
    wide = min(whole.width, int(last_column)) - left
    high = min(whole.height, int(last_row)) - top
    if wide <= 0 or high <= 0:
        return None
    if wide * high > _LARGEST_WINDOW:
        message = (
            f"'{path.name}' has {wide:,} x {high:,} cells under the villages, more than fit; "
            "take a coarser raster or split the study."
        )
        raise InputError(message)
    found = raster.read(band, window=Window(left, top, wide, high), masked=True)
    valid = ~np.ma.getmaskarray(found)
    values = np.asarray(found.data)
    if nodata is not None:
        valid &= values != nodata
    if np.issubdtype(values.dtype, np.floating):
        valid &= np.isfinite(values)
    scale, offset = raster.scales[band - 1], raster.offsets[band - 1]
    if (scale, offset) != (1.0, 0.0):
        values = values * scale + offset
    return Grid(
        data=values,
        valid=valid,
        west=turn.c + left * turn.a,
        north=turn.f + top * turn.e,
        cell_x=turn.a,
        cell_y=-turn.e,
        crs=crs,
    )

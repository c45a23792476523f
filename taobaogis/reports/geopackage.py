"""All measured layers in one GeoPackage, each with its style for QGIS."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio
import pyogrio.errors

from taobaogis.errors import ExportError
from taobaogis.loaders.quotes import plain
from taobaogis.reports.qgis_styles import write_styles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from taobaogis.maps.model import MapSpec
    from taobaogis.results import StudyResult

__all__ = ["collect_layers", "write_geopackage"]

# GDAL stamps the time of writing into the file; a fixed one keeps equal runs equal.
_STAMP = "1970-01-01T00:00:00.000Z"


def collect_layers(result: StudyResult) -> dict[str, gpd.GeoDataFrame]:
    """Measured layers of all villages, one frame a kind.

    Parameters
    ----------
    result
        A finished run.

    Returns
    -------
    layers
        By name, each with the column ``village`` in front; layers without a row are left out.
        A feature near two villages stands once for each.
    """
    kinds = dict.fromkeys(kind for village in result.villages for kind in village.layers)
    layers: dict[str, gpd.GeoDataFrame] = {}
    for kind in kinds:
        frames = []
        for measured in result.villages:
            frame = measured.layers.get(kind)
            if frame is None or frame.empty:
                continue
            rest = frame.drop(columns="village", errors="ignore")
            frames.append(rest.assign(village=measured.village.id))
        if frames:
            joined = pd.concat(frames, ignore_index=True)
            front = ["village", *[c for c in joined.columns if c != "village"]]
            layers[kind] = gpd.GeoDataFrame(joined[front], crs=result.crs)
    return layers


def write_geopackage(result: StudyResult, path: Path, maps: Sequence[MapSpec] = ()) -> None:
    """Write all measured layers.

    Parameters
    ----------
    result
        A finished run.
    path
        File to make; must not exist yet.
    maps
        From `taobaogis.maps.spec.village_maps`: QGIS opens the layers in their colours.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    # The last step writes the whole file anew and waits until it is on the disk; until then it
    # is nobody's, and to wait after each layer is most of the time.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STAMP, "OGR_SQLITE_SYNCHRONOUS": "OFF"})
    try:
        frames = collect_layers(result)
        for name, frame in frames.items():
            pyogrio.write_dataframe(
                frame, path, layer=name, driver="GPKG", append=path.exists(),
                layer_metadata={"ATTRIBUTION": result.attribution},
            )  # fmt: skip
        if path.exists():
            write_styles(path, frames, maps, stamp=_STAMP)
            _compact(path)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        sqlite3.Error,
        OSError,
    ) as error:
        reason = plain(str(error))
        message = f"'{path.name}' could not be written ({reason}); check the disk and the folder."
        raise ExportError(message) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None, "OGR_SQLITE_SYNCHRONOUS": None})


def _compact(path: Path) -> None:
    """Give back what the database does not use; equal content makes equal bytes then."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("VACUUM")

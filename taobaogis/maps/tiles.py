"""Layers of a map as vector tiles, for maps with more features than a page can hold at once.

GDAL, which pyogrio brings along, cuts the tiles and packs them into one PMTiles archive a layer.
Equal layers give equal bytes.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from taobaogis.crs import LONLAT
from taobaogis.maps.packing import columns
from taobaogis.maps.values import name_pairs

if TYPE_CHECKING:
    from taobaogis.maps.model import MapLayer, MapSpec

__all__ = ["TILED_ABOVE", "Archive", "archives", "is_tiled"]

TILED_ABOVE = 50_000
# Beyond it a tile is drawn larger. A tile is 1.1 km wide there, a step of its grid 0.14 m.
_FINEST = 15
_STEPS = 8192
# A house is 2 px wide at 12; farther off there is nothing to see of single ones.
_COARSEST_OF_CROWDS = 12
_CROWD = 5_000
_EQUATOR_M = 2 * math.pi * 6_378_137
_TILE_PX = 512
_SCREEN_PX = 900
# GDAL thins out tiles above half a megabyte; a page that holds them all anyway wants them whole.
_MOST_BYTES = 50_000_000
_MOST_FEATURES = 2_000_000


class Archive(NamedTuple):
    """Tiles of one layer.

    Attributes
    ----------
    tiles
        PMTiles archive. Its one layer is named like the map's; a feature bears its class as
        ``c``, the place of its name among those of the layer as ``n`` if it has one, and what
        the fields tell as ``f0``, ``f1`` and on.
    names
        English and Chinese name of each that differs, and where the first feature that bears it
        lies, in degrees.
    fields
        What each of these is, as `taobaogis.maps.packing.columns` says it, without the values.
    zooms
        Least and greatest zoom of tiles.
    """

    tiles: bytes
    names: list[tuple[str, str, float, float]]
    fields: list[dict[str, Any]]
    zooms: tuple[int, int]


def is_tiled(spec: MapSpec) -> bool:
    """Whether a map has so many features that its page wants company by one of tiles."""
    return sum(len(layer.features) for layer in spec.layers) > TILED_ABOVE


def archives(spec: MapSpec) -> dict[str, Archive]:
    """Tiles of each layer of a map that has any feature, by its key.

    Parameters
    ----------
    spec
        Map to cut; its geometry is brought to WGS 84 here.

    Returns
    -------
    archives
        In the order of the layers. Corners lie within 0.1 m, farther off within half of what is
        a quarter of a pixel there.
    """
    return {layer.key: _archive(layer, spec) for layer in spec.layers if len(layer.features)}


def _archive(layer: MapLayer, spec: MapSpec) -> Archive:
    told = columns(layer)
    frame = layer.features
    cells = {f"f{k}": pd.Series(column.pop("values")) for k, column in enumerate(told)}
    for name, values in cells.items():
        whole = values.dropna()
        if len(whole) and (whole == whole.round()).all():
            cells[name] = values.astype("Int64")
    shapes = frame.geometry.to_crs(LONLAT).reset_index(drop=True)
    names, borne = _names(layer)
    if names:
        cells["n"] = borne
    coded = gpd.GeoDataFrame({"c": layer.scale.codes(frame), **cells}, geometry=shapes)
    least = _least_zoom(spec, len(frame))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.pmtiles"
        pyogrio.write_dataframe(
            coded, path, driver="PMTiles", layer=layer.key,
            dataset_options={
                "NAME": layer.key, "MINZOOM": least, "MAXZOOM": _FINEST, "EXTENT": _STEPS,
                "MAX_SIZE": _MOST_BYTES, "MAX_FEATURES": _MOST_FEATURES,
            },
        )  # fmt: skip
        return Archive(path.read_bytes(), names, told, (least, _FINEST))


def _names(layer: MapLayer) -> tuple[list[tuple[str, str, float, float]], pd.Series]:
    """Names that differ, where they lie, and which one each feature bears."""
    pairs = name_pairs(layer)
    first: dict[tuple[str, str], int] = {}
    for row, pair in enumerate(pairs):
        if any(pair):
            first.setdefault(pair, row)
    rows = layer.features.iloc[list(first.values())]
    points = gpd.GeoSeries(rows.geometry).representative_point()
    lonlat = shapely.get_coordinates(points.to_crs(LONLAT)).round(7).tolist()
    names = [(*pair, lon, lat) for pair, (lon, lat) in zip(first, lonlat, strict=True)]
    places = {pair: i for i, pair in enumerate(first)}
    return names, pd.Series([places.get(pair) for pair in pairs], dtype="Int64")


def _least_zoom(spec: MapSpec, count: int) -> int:
    """From where on a layer is drawn: from where all of it fits on a screen, if it is no crowd."""
    west, south, east, north = (
        gpd.GeoSeries([spec.boundary], crs=spec.crs).to_crs(3857).total_bounds
    )
    widest_m = max(east - west, north - south, 1.0)
    whole = math.floor(math.log2(_SCREEN_PX / _TILE_PX * _EQUATOR_M / widest_m)) - 1
    if count > _CROWD:
        whole = max(whole, _COARSEST_OF_CROWDS)
    return min(max(whole, 0), _FINEST - 1)

"""The only judge of coordinates: which metric CRS to work in, and guards against the others.

Inside China work is done in CGCS2000 / 3-degree Gauss-Krüger, the grid of Chinese planners; the
central meridian is the multiple of three nearest to the data. Elsewhere it is UTM. Web Mercator
calls itself metric and overstates areas by 18 % in Guangzhou, so it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjCRSError

from taobaogis.errors import CRSError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np

__all__ = [
    "LONLAT",
    "choose_metric_crs",
    "parse_metric_crs",
    "require_metres",
    "require_same_crs",
    "swap_xy",
]

LONLAT = CRS.from_epsg(4326)

# CGCS2000 / 3-degree Gauss-Kruger CM 75E … CM 135E are EPSG:4534 … EPSG:4554, one a meridian.
_FIRST_MERIDIAN_DEG = 75
_LAST_MERIDIAN_DEG = 135
_FIRST_EPSG = 4534
_ZONE_WIDTH_DEG = 3

# Where the CGCS2000 zones are in use (EPSG area of use of EPSG:4490, rounded outwards).
_CHINA_LON = (73.0, 135.1)
_CHINA_LAT = (16.0, 54.0)

_MERCATOR_METHODS = ("popular visualisation pseudo mercator", "mercator (variant", "mercator (sphe")


def choose_metric_crs(lon: float, lat: float) -> CRS:
    """Projected CRS in metres to measure in around a point.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees.

    Returns
    -------
    crs
        CGCS2000 / 3-degree Gauss-Krüger of the nearest central meridian in China,
        WGS 84 / UTM elsewhere. Lengths are true to 1:10,000 or better in the former,
        1:1,000 in the latter.

    Raises
    ------
    CRSError
        If the point is not on the globe, or beyond the latitudes of UTM (80° S to 84° N).

    References
    ----------
    EPSG dataset, CRS 4534 to 4554 and 32601 to 32760.

    Examples
    --------
    >>> choose_metric_crs(113.34, 22.99).to_epsg()
    4547
    >>> choose_metric_crs(24.94, 60.17).to_epsg()
    32635
    """
    if not (-180 <= lon <= 180 and -80 <= lat <= 84):  # noqa: PLR2004 - the limits of UTM
        message = (
            f"Longitude {lon:g}, latitude {lat:g} is not a place that can be measured in metres; "
            "give WGS 84 degrees, longitude first."
        )
        raise CRSError(message)
    if _CHINA_LON[0] <= lon <= _CHINA_LON[1] and _CHINA_LAT[0] <= lat <= _CHINA_LAT[1]:
        meridian = round(lon / _ZONE_WIDTH_DEG) * _ZONE_WIDTH_DEG
        meridian = min(max(meridian, _FIRST_MERIDIAN_DEG), _LAST_MERIDIAN_DEG)
        return CRS.from_epsg(_FIRST_EPSG + (meridian - _FIRST_MERIDIAN_DEG) // _ZONE_WIDTH_DEG)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def parse_metric_crs(text: str) -> CRS:
    """CRS from what a user wrote, accepted only if lengths and areas can be measured in it.

    Parameters
    ----------
    text
        Anything pyproj understands, e.g. ``"EPSG:4547"``.

    Returns
    -------
    crs
        A projected CRS with metres on both axes that is not a Mercator for web tiles.

    Raises
    ------
    CRSError
        If the text is no CRS, or one in which metres cannot be measured.
    """
    try:
        crs = CRS.from_user_input(text)
    except ProjCRSError as error:
        message = f"'{text}' is not a CRS; write an EPSG code such as 'EPSG:4547'."
        raise CRSError(message) from error
    _require_metric(crs, "crs")
    return crs


def require_metres(layer: gpd.GeoDataFrame | gpd.GeoSeries, name: str) -> CRS:
    """CRS of a layer, once it is certain that lengths in it are metres.

    Parameters
    ----------
    layer
        Any frame or series with geometry.
    name
        What the caller calls the layer; stands in the message.

    Returns
    -------
    crs
        The layer's CRS.

    Raises
    ------
    CRSError
        If there is none, it is in degrees or feet, or it is a web Mercator.
    """
    if layer.crs is None:
        message = f"`{name}` has no CRS; say which it is with `{name}.set_crs(...)`."
        raise CRSError(message)
    crs = CRS.from_user_input(layer.crs)
    _require_metric(crs, name)
    return crs


def require_same_crs(**layers: gpd.GeoDataFrame | gpd.GeoSeries) -> CRS:
    """CRS that several layers share, in metres.

    Parameters
    ----------
    **layers
        Frames or series by the name the caller gives them; at least one.

    Returns
    -------
    crs
        The CRS of all of them.

    Raises
    ------
    CRSError
        If one is not metric, or two differ.
    """
    named = list(layers.items())
    first_name, first = named[0]
    crs = require_metres(first, first_name)
    for name, layer in named[1:]:
        other = require_metres(layer, name)
        if not other.equals(crs):
            message = (
                f"`{name}` is in '{other.name}' but `{first_name}` is in '{crs.name}'; "
                f"bring them together with `{name}.to_crs({first_name}.crs)`."
            )
            raise CRSError(message)
    return crs


def swap_xy(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Layer whose first and second coordinates are exchanged.

    Chinese survey files write X for north and Y for east, and some programs write latitude
    before longitude; here and in all files of a run the easting or longitude comes first.

    Parameters
    ----------
    layer
        In the CRS its coordinates are in once they are exchanged. Third coordinates are kept.

    Returns
    -------
    layer
        A copy; missing and empty geometries stay so.
    """

    def exchanged(xyz: np.ndarray) -> np.ndarray:
        return xyz[:, [1, 0, *range(2, xyz.shape[1])]]

    geometry = layer.geometry.to_numpy()
    has_z = bool(shapely.has_z(geometry).any())
    return layer.set_geometry(
        shapely.transform(geometry, exchanged, include_z=has_z), crs=layer.crs
    )


def _require_metric(crs: CRS, name: str) -> None:
    if not crs.is_projected or {axis.unit_name for axis in crs.axis_info[:2]} != {"metre"}:
        message = (
            f"`{name}` is in '{crs.name}'; a projected CRS in metres is needed, "
            "e.g. the one from `taobaogis.crs.choose_metric_crs(lon, lat)`."
        )
        raise CRSError(message)
    operation = crs.coordinate_operation
    method = operation.method_name.lower() if operation else ""
    if method.startswith(_MERCATOR_METHODS):
        message = (
            f"`{name}` is in '{crs.name}', a Mercator that stretches lengths away from the "
            "equator (areas by 18 % in Guangzhou); use the CRS from "
            "`taobaogis.crs.choose_metric_crs(lon, lat)`."
        )
        raise CRSError(message)

"""China's shifted datums: GCJ-02 and BD-09, forth and back, for whole arrays.

Maps published in mainland China stand on GCJ-02, a smooth obfuscation of
WGS 84 by some 600 m in Guangzhou; Baidu adds a second one, BD-09. The forward formulas are the
ones in public circulation since 2010; whether every provider serves them to the metre is not
verified. The inverse has no closed form and is found by iteration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import shapely

from taobaogis.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Datum", "from_wgs84", "layer_to_wgs84", "to_wgs84"]

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]

# Krasovsky 1940, the ellipsoid of the distortion.
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_ANGLE = np.pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.006

# West, south, east, north: where the distortion applies, and where inside that it does not.
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_HONG_KONG = (113.82, 22.13, 114.45, 22.505)
_MACAU = (113.527, 22.10, 113.60, 22.217)
_NOT_SHIFTED = (_HONG_KONG, _MACAU)

# The distortion shrinks errors by a factor of about 1e-4 a step; four steps reach the limit of
# double precision, the rest is margin.
_STEPS = 10


def from_wgs84(lon: np.ndarray, lat: np.ndarray, datum: Datum) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates in a datum, from WGS 84.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees, any equal shape. NaN stays NaN.
    datum
        Where to. CGCS2000 agrees with WGS 84 to better than a metre and changes nothing.

    Returns
    -------
    lon, lat
        Degrees in `datum`. Points outside mainland China, Hong Kong and Macau among them,
        are not distorted.

    Raises
    ------
    InputError
        If the datum is not known.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    if _require(datum) in {"wgs84", "cgcs2000"}:
        return lon, lat
    shift_lon, shift_lat = _gcj02_shift(lon, lat)
    inside = _in_mainland(lon, lat)
    lon = np.where(inside, lon + shift_lon, lon)
    lat = np.where(inside, lat + shift_lat, lat)
    if datum == "gcj02":
        return lon, lat
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_ANGLE)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_ANGLE)
    return (
        np.where(inside, radius * np.cos(angle) + _BD_LON, lon),
        np.where(inside, radius * np.sin(angle) + _BD_LAT, lat),
    )


def to_wgs84(lon: np.ndarray, lat: np.ndarray, datum: Datum) -> tuple[np.ndarray, np.ndarray]:
    """WGS 84 coordinates, from a datum; the inverse of `from_wgs84`.

    Parameters
    ----------
    lon, lat
        Degrees in `datum`, any equal shape. NaN stays NaN.
    datum
        Where from.

    Returns
    -------
    lon, lat
        WGS 84 degrees; forth and back again is exact to 1e-6 m.

    Raises
    ------
    InputError
        If the datum is not known.

    Examples
    --------
    >>> lon, lat = to_wgs84(*from_wgs84([113.34], [22.99], "bd09"), "bd09")
    >>> bool(abs(lon[0] - 113.34) < 1e-11 and abs(lat[0] - 22.99) < 1e-11)
    True
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    if _require(datum) in {"wgs84", "cgcs2000"}:
        return lon, lat
    guess_lon, guess_lat = lon.copy(), lat.copy()
    for _ in range(_STEPS):
        there_lon, there_lat = from_wgs84(guess_lon, guess_lat, datum)
        guess_lon = guess_lon + (lon - there_lon)
        guess_lat = guess_lat + (lat - there_lat)
    return guess_lon, guess_lat


def layer_to_wgs84(layer: gpd.GeoDataFrame, datum: Datum) -> gpd.GeoDataFrame:
    """Layer with its shifted coordinates put right.

    Parameters
    ----------
    layer
        Geometry in degrees of `datum`, whatever CRS it claims. Third coordinates are dropped.
    datum
        Where from.

    Returns
    -------
    layer
        A copy in EPSG:4326; an empty layer stays empty.
    """
    if _require(datum) in {"wgs84", "cgcs2000"}:
        return layer

    def convert(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(to_wgs84(coordinates[:, 0], coordinates[:, 1], datum))

    geometry = shapely.transform(shapely.force_2d(layer.geometry.to_numpy()), convert)
    return layer.set_geometry(geometry, crs="EPSG:4326")


def _require(datum: str) -> str:
    if datum not in get_args(Datum):
        message = f"'{datum}' is not a datum. {did_you_mean(datum, get_args(Datum))}"
        raise InputError(message)
    return datum


def _gcj02_shift(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Degrees by which GCJ-02 displaces a point."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m = north_m + (2.0 / 3.0) * (
        wave
        + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)
        + 160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)
    )  # fmt: skip
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m = east_m + (2.0 / 3.0) * (
        wave
        + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)
        + 150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)
    )  # fmt: skip
    phi = np.radians(lat)
    flattening = 1.0 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / flattening**1.5
    parallel_m = _SEMI_MAJOR_M / np.sqrt(flattening) * np.cos(phi)
    return np.degrees(east_m / parallel_m), np.degrees(north_m / meridian_m)


def _in_mainland(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Whether the distortion applies: the usual rectangle without Hong Kong and Macau.

    Their outlines are coarse boxes; the shift is close to continuous nowhere along them, so a
    point within a kilometre of the border may be judged wrongly.
    """
    china, *elsewhere = (
        (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        for west, south, east, north in (_CHINA, *_NOT_SHIFTED)
    )
    return np.asarray(china & ~np.logical_or.reduce(elsewhere))

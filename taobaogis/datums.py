"""China's shifted datums: GCJ-02 and BD-09, forth and back, for whole arrays.

Maps published in mainland China stand on GCJ-02, a smooth obfuscation of
WGS 84 by some 600 m in Guangzhou; Baidu adds a second one, BD-09. The forward formulas are the
ones in public circulation since 2010; whether every provider serves them to the metre is not
verified. The inverse has no closed form and is found by iteration.

Hong Kong and Macau are mapped without the shift, so the forward mapping tears along their
borders: where Shenzhen is moved across the river it covers some 600 m of Hong Kong, and at the
eastern end of the border a strip of the map belongs to no place at all. `to_wgs84` says what it
makes of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import shapely

from taobaogis.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike

__all__ = ["Datum", "from_wgs84", "layer_to_wgs84", "to_wgs84"]

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]

_UNSHIFTED = {"wgs84", "cgcs2000"}

# Krasovsky 1940, the ellipsoid of the distortion.
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_ANGLE = np.pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.006

# West, south, east, north of the rectangle that comes with the public formulas. It reaches far
# into the neighbouring countries, which no map shifts; there the formulas mean nothing.
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)
# Where coordinates may be images of places in it.
_AROUND_CHINA = (71.0, 0.0, 139.0, 57.0)

# Borders as longitude, latitude, drawn for this module. The corners at Sha Tau Kok, Pak Kung Au
# and in Deep Bay are those of State Council Order 221 of 1997; the Shenzhen river between them
# was drawn between the named buildings of its two banks and is good to about 100 m, the lines
# through the sea to about 1 km. Shenzhen Bay Port lies on the mainland and counts as such.
_HONG_KONG = (
    (114.2263, 22.5437), (114.2257, 22.5460), (114.2269, 22.5479), (114.2255, 22.5487),
    (114.2245, 22.5501), (114.2235, 22.5507), (114.2220, 22.5512), (114.2200, 22.5520),
    (114.2175, 22.5530), (114.2150, 22.5545), (114.2100, 22.5557), (114.2067, 22.5565),
    (114.2000, 22.5558), (114.1920, 22.5550), (114.1850, 22.5548), (114.1800, 22.5551),
    (114.1785, 22.5556), (114.1777, 22.5570), (114.1765, 22.5583), (114.1735, 22.5590),
    (114.1680, 22.5593), (114.1600, 22.5590), (114.1575, 22.5571), (114.1556, 22.5553),
    (114.1535, 22.5547), (114.1518, 22.5540), (114.1516, 22.5525), (114.1512, 22.5513),
    (114.1499, 22.5503), (114.1498, 22.5485), (114.1500, 22.5465), (114.1497, 22.5450),
    (114.1485, 22.5441), (114.1455, 22.5429), (114.1417, 22.5420), (114.1370, 22.5420),
    (114.1340, 22.5413), (114.1320, 22.5396), (114.1300, 22.5387), (114.1250, 22.5378),
    (114.1220, 22.5362), (114.1195, 22.5340), (114.1180, 22.5325), (114.1165, 22.5312),
    (114.1145, 22.5303), (114.1125, 22.5299), (114.1100, 22.5302), (114.1085, 22.5312),
    (114.1060, 22.5327), (114.1020, 22.5335), (114.0960, 22.5335), (114.0900, 22.5312),
    (114.0850, 22.5288), (114.0810, 22.5276), (114.0777, 22.5264), (114.0760, 22.5230),
    (114.0748, 22.5205), (114.0732, 22.5185), (114.0705, 22.5168), (114.0640, 22.5163),
    (114.0610, 22.5150), (114.0590, 22.5120), (114.0575, 22.5090), (114.0565, 22.5060),
    (114.0540, 22.5035), (114.0500, 22.5020), (114.0450, 22.5030), (114.0380, 22.5048),
    (114.0300, 22.5045), (114.0200, 22.5050), (114.0080, 22.5078), (113.9951, 22.5101),
    (113.9478, 22.4724), (113.8691, 22.4288), (113.8691, 22.3340), (113.8470, 22.2730),
    (113.8264, 22.2390), (113.8264, 22.2170), (113.8600, 22.1700), (113.9000, 22.1485),
    (114.5024, 22.1485), (114.5024, 22.3651), (114.4549, 22.4687), (114.4549, 22.5600),
    (114.3800, 22.5660), (114.3200, 22.5640), (114.3000, 22.5580), (114.2700, 22.5540),
    (114.2520, 22.5490), (114.2400, 22.5445), (114.2300, 22.5425),
)  # fmt: skip
_MACAU = (
    (113.5492, 22.2172), (113.5465, 22.2158), (113.5425, 22.2145), (113.5385, 22.2140),
    (113.5355, 22.2125), (113.5325, 22.2080), (113.5315, 22.2000), (113.5305, 22.1900),
    (113.5310, 22.1800), (113.5385, 22.1680), (113.5435, 22.1580), (113.5470, 22.1500),
    (113.5495, 22.1400), (113.5500, 22.1280), (113.5490, 22.1180), (113.5470, 22.1080),
    (113.5450, 22.0770), (113.6300, 22.0770), (113.6300, 22.1600), (113.6000, 22.1900),
    (113.5850, 22.2100), (113.5700, 22.2110), (113.5600, 22.2130), (113.5530, 22.2150),
)  # fmt: skip
_NOT_SHIFTED = shapely.MultiPolygon([shapely.Polygon(_HONG_KONG), shapely.Polygon(_MACAU)])
# Smaller by a tenth of a millimetre, more than the inverse may miss a place on the border by.
_SLACK_DEG = 1e-9
_SURELY_NOT_SHIFTED = shapely.buffer(_NOT_SHIFTED, -_SLACK_DEG)
shapely.prepare([_NOT_SHIFTED, _SURELY_NOT_SHIFTED])

# Each step shrinks the error at least to 0.4 % (GCJ-02) or 2 % (BD-09) of what it was, because
# that is how much the shift changes over its own length; 1300 m * 0.02**7 is below 1e-8 m.
_STEPS = {"gcj02": 5, "bd09": 7}


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[np.ndarray, np.ndarray]:
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
        Degrees in `datum`. Points in Hong Kong, in Macau, or outside 72.004 to 137.8347 E,
        0.8293 to 55.8271 N stay as they are.

    Raises
    ------
    InputError
        If the datum is not known.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    if _require(datum) in _UNSHIFTED:
        return lon, lat
    inside = _in_mainland(lon, lat)
    there_lon, there_lat = _shifted(*_harmless(inside, lon, lat), datum)
    return np.where(inside, there_lon, lon), np.where(inside, there_lat, lat)


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[np.ndarray, np.ndarray]:
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
        WGS 84 degrees; forth and back again is exact to 1e-6 m for every place of the mainland,
        up to its very border, and for every place farther than the shift (0.7 km, BD-09 1.4 km)
        from it. A coordinate that two places share, one on either side of the border, is
        taken for the one on the mainland; one that belongs to no place is moved like its
        neighbours on the mainland.

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
    if _require(datum) in _UNSHIFTED:
        return lon, lat
    near = _within(_AROUND_CHINA, lon, lat)
    wanted_lon, wanted_lat = _harmless(near, lon, lat)
    back_lon, back_lat = wanted_lon, wanted_lat
    for _ in range(_STEPS[datum]):
        there_lon, there_lat = _shifted(back_lon, back_lat, datum)
        back_lon = back_lon + (wanted_lon - there_lon)
        back_lat = back_lat + (wanted_lat - there_lat)
    moved = near & (_in_mainland(back_lon, back_lat, _SLACK_DEG) | _in_mainland(lon, lat))
    return np.where(moved, back_lon, lon), np.where(moved, back_lat, lat)


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
    if _require(datum) in _UNSHIFTED:
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


def _shifted(lon: np.ndarray, lat: np.ndarray, datum: str) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates as the formulas distort them, wherever they lie."""
    shift_lon, shift_lat = _gcj02_shift(lon, lat)
    lon, lat = lon + shift_lon, lat + shift_lat
    if datum == "gcj02":
        return lon, lat
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_ANGLE)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_ANGLE)
    return radius * np.cos(angle) + _BD_LON, radius * np.sin(angle) + _BD_LAT


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


def _in_mainland(lon: np.ndarray, lat: np.ndarray, slack_deg: float = 0.0) -> np.ndarray:
    """Whether the distortion applies: in the rectangle, but not in Hong Kong or Macau."""
    west, south, east, north = _CHINA
    rectangle = (west - slack_deg, south - slack_deg, east + slack_deg, north + slack_deg)
    inside = _within(rectangle, lon, lat)
    near = _within(_NOT_SHIFTED.bounds, lon, lat)
    if near.any():
        elsewhere = _SURELY_NOT_SHIFTED if slack_deg else _NOT_SHIFTED
        inside[near] = ~shapely.contains_xy(elsewhere, lon[near], lat[near])
    return inside


def _within(box: tuple[float, float, float, float], lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    west, south, east, north = box
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _harmless(
    wanted: np.ndarray, lon: np.ndarray, lat: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates in which those that are not wanted are some place of China."""
    return np.where(wanted, lon, 110.0), np.where(wanted, lat, 30.0)

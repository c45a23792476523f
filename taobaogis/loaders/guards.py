"""Guards at the door against coordinates that cannot mean what their file says of them.

A CRS that is wrong, or axes that are exchanged, put a layer on another continent; nothing that is
measured there is worth a warning. Each case that files from Chinese offices bring is recognised
by where the coordinates would lie if they were meant, and named together with its mend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from pyproj import CRS, Transformer

from taobaogis.crs import LONLAT, choose_metric_crs
from taobaogis.errors import CRSError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

__all__ = ["CoordinateFault", "coordinate_fault", "require_plausible_coordinates"]

_Box = tuple[float, float, float, float]

_LARGEST_DEG = 180.0
_WORLD: _Box = (-180.0, -90.0, 180.0, 90.0)
_CHINA: _Box = (73.0, 3.0, 136.0, 54.0)
# How far beside the area its CRS is made for a layer may lie before another reading of its
# coordinates is looked for, and before it is refused if there is none; of numbers as small as
# those of a drawing with its own origin the former is enough.
_BESIDE_DEG = 6.0
_NOWHERE_DEG = 25.0
_DRAWING_M = 1e5
# Where another reading has to put it to be believed: in that area, or near the study.
_MEANT_DEG = 1.5
_NEAR_DEG = 1.0
_FAR_DEG = 10.0

# A place in the Gulf of Guinea where only missing numbers lie: a kilometre around 0° N, 0° E.
_NULL_ISLAND_DEG = 0.01
# On a grid, missing numbers are those at its origin while the rest is far away.
_ORIGIN_M = 1.0
_FAR_FROM_ORIGIN_M = 1e5

_WEB_MERCATOR = CRS.from_epsg(3857)
_MILLION = 1e6
# CGCS2000 / Gauss-Krüger with the zone in front of the easting: zones of 6 and of 3 degrees, and
# how much higher the code of the same grid without it is.
_ZONES = {zone: (4491 + zone - 13, 11) for zone in range(13, 24)} | {
    zone: (4513 + zone - 25, 21) for zone in range(25, 46)
}
_SWAP = "exchange x and y, e.g. with `taobaogis.crs.swap_xy`"
# Without the zone: eastings around 500 km, northings of 16° to 54° N.
_GRID_EASTING = (1e5, 9e5)
_GRID_NORTHING = (1.75e6, 6e6)


class CoordinateFault(NamedTuple):
    """What is wrong with coordinates.

    Attributes
    ----------
    code
        ``not_finite``, ``null_island``, ``axes_swapped``, ``metres_as_degrees``,
        ``degrees_as_metres``, ``web_mercator``, ``other_grid``, ``zone_prefix``,
        ``zone_missing`` or ``nowhere``.
    message
        One sentence: the culprit, then the mend.
    """

    code: str
    message: str


class _Reading(NamedTuple):
    """Another meaning of the same two numbers."""

    code: str
    lon: float
    lat: float
    what: str
    mend: str


def coordinate_fault(
    layer: gpd.GeoDataFrame, name: str, *, near: tuple[float, float] | None = None
) -> CoordinateFault | None:
    """What makes a layer's coordinates impossible in the CRS it claims.

    Parameters
    ----------
    layer
        With a CRS. Missing and empty geometries are nobody's fault and left out.
    name
        What the caller calls the layer; stands in the message.
    near
        Longitude and latitude of where it should lie, if that is known; then exchanged axes are
        recognised wherever on earth that is, and not only in China.

    Returns
    -------
    fault
        The first that is found, or None.
    """
    geometry = layer.geometry.to_numpy()
    xy, feature = shapely.get_coordinates(geometry, return_index=True)
    broken = ~np.isfinite(xy).all(axis=1)
    if broken.any():
        n = len(np.unique(feature[broken]))
        return CoordinateFault(
            "not_finite",
            f"'{name}' has {_features(n)} with NaN or infinite coordinates; delete or fill them.",
        )
    if not len(xy):
        return None
    _, first = np.unique(feature, return_index=True)
    points = xy[first]
    crs = CRS.from_user_input(layer.crs)
    zero = _at_zero(points, geographic=crs.is_geographic)
    if zero.any():
        return CoordinateFault(
            "null_island",
            f"'{name}' has {_features(int(zero.sum()))} at 0, 0, where missing coordinates "
            "end up; delete or fill them.",
        )
    lonlat = _to_lonlat(points, crs)
    area = _area(crs)
    island = _at_zero(lonlat, geographic=True)
    odd = ~_within(lonlat, _widened(area, _BESIDE_DEG)) | island
    if area != _WORLD or crs == _WEB_MERCATOR:
        odd |= (np.abs(points) <= _LARGEST_DEG).all(axis=1)
    if odd.any():
        nowhere = ~_within(lonlat, _widened(area, _NOWHERE_DEG)) | island
        nowhere |= (np.abs(points) < _DRAWING_M).all(axis=1)
        return _explained(
            points[odd], len(points), crs, name, near, refuse=bool(nowhere[odd].any())
        )
    if near is not None and not _within(lonlat, _around(near, _FAR_DEG)).any():
        return _explained(points, len(points), crs, name, near, refuse=False)
    return None


def require_plausible_coordinates(
    layer: gpd.GeoDataFrame, name: str, *, near: tuple[float, float] | None = None
) -> None:
    """Raise if `coordinate_fault` finds one.

    Raises
    ------
    CRSError
        With the culprit and the mend.
    """
    fault = coordinate_fault(layer, name, near=near)
    if fault is not None:
        raise CRSError(fault.message)


def _explained(
    points: np.ndarray,
    total: int,
    crs: CRS,
    name: str,
    near: tuple[float, float] | None,
    *,
    refuse: bool,
) -> CoordinateFault | None:
    """Fault of points that do not lie where their CRS is used, by the first reading that fits."""
    x, y = (float(v) for v in np.median(points, axis=0))
    if near is not None:
        meant = _around(near, _NEAR_DEG)
    elif crs.is_geographic:
        meant = _CHINA
    else:
        meant = _widened(_area(crs), _MEANT_DEG)
    some = "" if len(points) == total else f"{len(points)} of {total} features of "
    start = f"{some}'{name}' {'say' if some else 'says'} {_called(crs)}, but"
    for reading in _readings(x, y, crs, near):
        if _within(np.array([[reading.lon, reading.lat]]), meant).all():
            return CoordinateFault(reading.code, f"{start} {reading.what}; {reading.mend}.")
    if not refuse:
        return None
    return CoordinateFault(
        "nowhere",
        f"{start} {_pair(x, y)} lies nowhere that CRS is used; find out which one the file is "
        "in, or georeference the drawing.",
    )


def _readings(x: float, y: float, crs: CRS, near: tuple[float, float] | None) -> Iterator[_Reading]:
    """What the numbers could mean instead, the likeliest first."""
    pair = _pair(x, y)
    if crs.is_geographic:
        yield _Reading("axes_swapped", y, x, f"{pair} is latitude before longitude", _SWAP)
        yield from _grid_readings(x, y, near, degrees=True)
    else:
        degrees = f"{pair} are degrees, not metres"
        yield _Reading("degrees_as_metres", x, y, degrees, "set its CRS to EPSG:4326")
        yield _Reading(
            "degrees_as_metres", y, x, f"{degrees}, and latitude comes first",
            f"set its CRS to EPSG:4326 and {_SWAP}",
        )  # fmt: skip
        lon, lat = _lonlat_of(y, x, crs)
        yield _Reading("axes_swapped", lon, lat, f"{pair} is northing before easting", _SWAP)
        yield from _shorter_eastings(x, y, crs)
        if near is not None:
            yield from _grid_readings(x, y, near, degrees=False)
    lon, lat = _lonlat_of(x, y, _WEB_MERCATOR)
    yield _Reading(
        "web_mercator", lon, lat, f"{pair} are metres of web Mercator", "set its CRS to EPSG:3857"
    )
    for code, east, north in (("zone_prefix", x, y), ("axes_swapped", y, x)):
        zone = int(east // _MILLION)
        if zone in _ZONES:
            epsg, _ = _ZONES[zone]
            lon, lat = _lonlat_of(east, north, CRS.from_epsg(epsg))
            what = f"{pair} has the zone {zone} in front of the easting"
            mend = f"set its CRS to EPSG:{epsg}"
            if code == "axes_swapped":
                what, mend = f"{what}, and the northing comes first", f"{mend} and {_SWAP}"
            yield _Reading(code, lon, lat, what, mend)


def _grid_readings(
    x: float, y: float, near: tuple[float, float] | None, *, degrees: bool
) -> Iterator[_Reading]:
    """Metres of a Gauss-Krüger grid whose central meridian the numbers do not tell."""
    which = "the one it was drawn in, e.g. EPSG:4547 (CGCS2000, meridian 114° E)"
    grids = [CRS.from_epsg(4547)]
    if near is not None:
        grids = [choose_metric_crs(*near), CRS.from_epsg(32601 + int((near[0] + 180) // 6) % 60)]
    for grid in grids:
        for east, north, order in ((x, y, ""), (y, x, ", and the northing comes first")):
            if _between(east, _GRID_EASTING) and _between(north, _GRID_NORTHING):
                lon, lat = _lonlat_of(east, north, grid)
                mend = f"set its CRS to {which if near is None else f'EPSG:{grid.to_epsg()}'}"
                yield _Reading(
                    "metres_as_degrees" if degrees else "other_grid", lon, lat,
                    f"{_pair(x, y)} are metres of {'a' if degrees else 'another'} grid{order}",
                    f"{mend} and {_SWAP}" if order else mend,
                )  # fmt: skip


def _shorter_eastings(x: float, y: float, crs: CRS) -> Iterator[_Reading]:
    """The same grid without the zone that the CRS expects in front of the easting."""
    code = crs.to_epsg()
    for zone, (epsg, without) in _ZONES.items():
        if epsg == code and _between(x, _GRID_EASTING):
            lon, lat = _lonlat_of(x + zone * _MILLION, y, crs)
            what = f"{_pair(x, y)} lacks the zone {zone} in front of the easting"
            mend = f"set its CRS to EPSG:{epsg + without}"
            yield _Reading("zone_missing", lon, lat, what, mend)


def _at_zero(points: np.ndarray, *, geographic: bool) -> np.ndarray:
    if geographic:
        return np.asarray((np.abs(points) < _NULL_ISLAND_DEG).all(axis=1))
    zero = np.asarray((np.abs(points) < _ORIGIN_M).all(axis=1))
    rest = np.abs(points[~zero])
    return zero if len(rest) and np.median(rest.max(axis=1)) > _FAR_FROM_ORIGIN_M else zero & False


def _to_lonlat(points: np.ndarray, crs: CRS) -> np.ndarray:
    """Degrees as the CRS means them; infinite where it means nothing."""
    if crs.is_geographic:
        return points
    transformer = Transformer.from_crs(crs, LONLAT, always_xy=True)
    return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))


def _lonlat_of(x: float, y: float, crs: CRS) -> tuple[float, float]:
    lon, lat = _to_lonlat(np.array([[x, y]]), crs)[0]
    return float(lon), float(lat)


def _within(lonlat: np.ndarray, box: _Box) -> np.ndarray:
    west, south, east, north = box
    lon, lat = lonlat.T
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _area(crs: CRS) -> _Box:
    """Where a CRS is used; degrees, and grids that do not say it, anywhere."""
    area = crs.area_of_use
    if crs.is_geographic or area is None or area.west > area.east:
        return _WORLD
    return area.west, area.south, area.east, area.north


def _widened(box: _Box, by_deg: float) -> _Box:
    west, south, east, north = box
    return (
        max(west - by_deg, -180.0),
        max(south - by_deg, -90.0),
        min(east + by_deg, 180.0),
        min(north + by_deg, 90.0),
    )


def _around(place: tuple[float, float], by_deg: float) -> _Box:
    return _widened((place[0], place[1], place[0], place[1]), by_deg)


def _between(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _called(crs: CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code} ({crs.name})" if code else f"'{crs.name}'"


def _pair(x: float, y: float) -> str:
    return f"{x:.10g}, {y:.10g}"


def _features(n: int) -> str:
    return "1 feature" if n == 1 else f"{n} features"

"""Size and shape of single buildings: one pure function a measure, one value a building.

All take footprints as valid Polygons or MultiPolygons in a metric CRS and give a Series named
as the function, on the index of the footprints. A missing or empty footprint is NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.rectangles import smallest_rectangles

if TYPE_CHECKING:
    import geopandas as gpd

    Footprints = gpd.GeoDataFrame | gpd.GeoSeries

__all__ = [
    "area_m2",
    "circular_compactness_ratio",
    "convexity_ratio",
    "courtyard_area_m2",
    "elongation_ratio",
    "equivalent_rectangular_index",
    "orientation_deg",
    "perimeter_m",
    "rectangularity_ratio",
    "square_compactness_ratio",
]

# The rectangle of a square can lie either way; below this difference of its sides, the sides
# are equal but for rounding.
_EQUAL_SIDES_M = 1e-6


def area_m2(buildings: Footprints) -> pd.Series:
    """Footprint area in square metres; courtyards do not count.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    area_m2
        Above 0.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    footprints = _footprints(buildings)
    return _series(buildings, footprints, shapely.area(footprints), "area_m2")


def perimeter_m(buildings: Footprints) -> pd.Series:
    """Length of all outlines in metres, courtyards included.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    perimeter_m
        Above 0.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    footprints = _footprints(buildings)
    return _series(buildings, footprints, shapely.length(footprints), "perimeter_m")


def courtyard_area_m2(buildings: Footprints) -> pd.Series:
    """Area of the holes in a footprint in square metres.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    courtyard_area_m2
        0 for a building without courtyard.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    footprints = _footprints(buildings)
    parts, owner = shapely.get_parts(footprints, return_index=True)
    filled = shapely.area(shapely.polygons(shapely.get_exterior_ring(parts)))
    holes = np.bincount(owner, weights=filled - shapely.area(parts), minlength=len(footprints))
    return _series(buildings, footprints, np.maximum(holes, 0.0), "courtyard_area_m2")


def elongation_ratio(buildings: Footprints) -> pd.Series:
    """Short over long side of the smallest rectangle around a footprint.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    elongation_ratio
        From 0 to 1; 1 is a square.

    Raises
    ------
    CRSError
        If the CRS is not metric.

    References
    ----------
    Gil, Montenegro, Beirão and Duarte 2012, On the discovery of urban typologies: data mining
    the many dimensions of urban form, Urban Morphology 16(1).
    """
    footprints = _footprints(buildings)
    rectangle = smallest_rectangles(footprints)
    return _series(buildings, footprints, rectangle.short_m / rectangle.long_m, "elongation_ratio")


def orientation_deg(buildings: Footprints) -> pd.Series:
    """Compass direction of the long side of the smallest rectangle around a footprint.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    orientation_deg
        Degrees from grid north, clockwise, from 0 up to but not including 180. Of a square,
        where no side is longer, the direction below 90.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    footprints = _footprints(buildings)
    rectangle = smallest_rectangles(footprints)
    azimuth = np.degrees(np.arctan2(*rectangle.direction.T)) % 180.0
    square = rectangle.long_m - rectangle.short_m < _EQUAL_SIDES_M
    azimuth = np.where(square, azimuth % 90.0, azimuth)
    # Rounding can leave 180 from a remainder just below it.
    return _series(
        buildings, footprints, np.where(azimuth >= 180.0 - 1e-9, 0.0, azimuth), "orientation_deg"
    )


def equivalent_rectangular_index(buildings: Footprints) -> pd.Series:
    """How near a footprint comes to a rectangle, by area and perimeter together.

    ``sqrt(A / A_r) * P_r / P``, with the smallest rectangle around the footprint.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    equivalent_rectangular_index
        1 for a rectangle, less for anything indented.

    Raises
    ------
    CRSError
        If the CRS is not metric.

    References
    ----------
    Basaraner and Cetinkaya 2017, Performance of shape indices and classification schemes for
    characterising perceptual shape complexity of building footprints in GIS, IJGIS 31(10).
    """
    footprints = _footprints(buildings)
    rectangle = smallest_rectangles(footprints)
    by_area = np.sqrt(shapely.area(footprints) / (rectangle.long_m * rectangle.short_m))
    around = 2.0 * (rectangle.long_m + rectangle.short_m)
    index = by_area * around / shapely.length(footprints)
    return _series(buildings, footprints, index, "equivalent_rectangular_index")


def rectangularity_ratio(buildings: Footprints) -> pd.Series:
    """Footprint area over the area of the smallest rectangle around it.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    rectangularity_ratio
        From 0 to 1; 1 is a rectangle.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    footprints = _footprints(buildings)
    rectangle = smallest_rectangles(footprints)
    ratio = shapely.area(footprints) / (rectangle.long_m * rectangle.short_m)
    return _series(buildings, footprints, ratio, "rectangularity_ratio")


def circular_compactness_ratio(buildings: Footprints) -> pd.Series:
    """Footprint area over the area of the smallest circle around it.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    circular_compactness_ratio
        From 0 to 1; 1 is a circle, a square is 0.64.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    footprints = _footprints(buildings)
    circle = np.pi * shapely.minimum_bounding_radius(footprints) ** 2
    return _series(
        buildings, footprints, shapely.area(footprints) / circle, "circular_compactness_ratio"
    )


def square_compactness_ratio(buildings: Footprints) -> pd.Series:
    """Footprint area over the area of the square with the same perimeter.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    square_compactness_ratio
        Above 0; 1 is a square, a circle is 1.27.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    footprints = _footprints(buildings)
    ratio = 16.0 * shapely.area(footprints) / shapely.length(footprints) ** 2
    return _series(buildings, footprints, ratio, "square_compactness_ratio")


def convexity_ratio(buildings: Footprints) -> pd.Series:
    """Footprint area over the area of its convex hull.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.

    Returns
    -------
    convexity_ratio
        From 0 to 1; 1 has no indentation.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    footprints = _footprints(buildings)
    hull = shapely.area(shapely.convex_hull(footprints))
    return _series(buildings, footprints, shapely.area(footprints) / hull, "convexity_ratio")


def _footprints(buildings: Footprints) -> np.ndarray:
    require_metres(buildings, "buildings")
    return geometries(buildings)


def _series(
    buildings: Footprints, footprints: np.ndarray, values: np.ndarray, name: str
) -> pd.Series:
    values = np.where(shapely.is_missing(footprints), np.nan, values)
    return pd.Series(values, index=buildings.index, name=name)

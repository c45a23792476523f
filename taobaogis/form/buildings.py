"""How high buildings are, and how much of an area they cover and fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.geometry.arrays import geometries

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["FloorSpace", "building_coverage_ratio", "floor_space_index", "storeys"]

TAGGED, FROM_LEVELS, ASSUMED = "tagged", "levels", "assumed"

# Outlines that were meant to meet overlap by slivers smaller than this.
_OVERLAP_M2 = 1e-6


class FloorSpace(NamedTuple):
    """Floor-space index of an area.

    Attributes
    ----------
    value, low, high
        Floor area over plan area, with the middle, the least and the most storeys that each
        building may have.
    known_share
        Share of the footprint area in buildings whose storeys or height are mapped, 0 to 1.
    """

    value: float
    low: float
    high: float
    known_share: float


def storeys(
    buildings: gpd.GeoDataFrame,
    *,
    storeys_low: float = 3.0,
    storeys_high: float = 7.0,
    storey_height_m: float = 3.0,
) -> pd.DataFrame:
    """Storeys and height of each building, and where they are known from.

    The storeys are the mapped ones; else the mapped height over the height of a storey,
    rounded; else assumed, the middle of the range standing in.

    Parameters
    ----------
    buildings
        With the columns ``levels_tag`` and ``height_tag_m``; NaN, 0 and less are unknown.
    storeys_low, storeys_high
        Range to assume where nothing is mapped.
    storey_height_m
        Height of a storey.

    Returns
    -------
    storeys
        On the index of `buildings`: ``levels``, ``levels_low``, ``levels_high`` (equal where
        storeys are mapped), ``height_m`` and ``height_source``: ``tagged`` (the height itself
        is mapped), ``levels`` (storeys are) or ``assumed``.

    Raises
    ------
    InputError
        If the range is empty or a number in it is not above 0.

    Examples
    --------
    >>> import geopandas as gpd
    >>> houses = gpd.GeoDataFrame({"levels_tag": [6, None], "height_tag_m": [None, 10.0]})
    >>> storeys(houses)[["levels", "levels_low", "levels_high", "height_m", "height_source"]]
       levels  levels_low  levels_high  height_m height_source
    0     6.0         6.0          6.0      18.0        levels
    1     3.0         3.0          4.0      10.0        tagged
    """
    if not 0 < storeys_low <= storeys_high or not storey_height_m > 0:
        message = (
            f"storeys_low is {storeys_low:g}, storeys_high is {storeys_high:g} and "
            f"storey_height_m is {storey_height_m:g}; give numbers above 0, the low one first."
        )
        raise InputError(message)
    levels = _above_zero(buildings["levels_tag"])
    height = _above_zero(buildings["height_tag_m"])
    by_height = height / storey_height_m
    value = levels.fillna(by_height.round().clip(lower=1.0))
    low = levels.fillna((by_height // 1).clip(lower=1.0)).fillna(storeys_low)
    high = levels.fillna((-(-by_height // 1)).clip(lower=1.0)).fillna(storeys_high)
    value = value.fillna((storeys_low + storeys_high) / 2)
    return pd.DataFrame(
        {
            "levels": value,
            "levels_low": low,
            "levels_high": high,
            "height_m": height.fillna(value * storey_height_m),
            "height_source": np.select(
                [height.notna(), levels.notna()], [TAGGED, FROM_LEVELS], ASSUMED
            ),
        },
        index=buildings.index,
    )


def building_coverage_ratio(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries, area: BaseGeometry
) -> float:
    """Share of an area that lies under a building (GSI, 建筑密度).

    A building that the boundary cuts counts with the part inside; what two footprints both
    cover counts once.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS.
    area
        Polygon in the CRS of `buildings`.

    Returns
    -------
    ratio
        From 0 to 1. NaN if `buildings` is empty, since then nothing is mapped, or if the area
        is 0.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.

    References
    ----------
    Berghauser Pont and Haupt 2010, Spacematrix: space, density and urban form.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> houses = gpd.GeoSeries([box(0, 0, 10, 10), box(5, 0, 15, 10)], crs=4547)
    >>> building_coverage_ratio(houses, box(0, 0, 20, 20))
    0.375
    """
    require_metres(buildings, "buildings")
    if len(buildings) == 0 or area.area == 0:
        return float("nan")
    inside, _ = _parts_inside(buildings, area)
    return float(_own_areas(inside, np.ones(len(inside))).sum() / area.area)


def floor_space_index(
    buildings: gpd.GeoDataFrame,
    area: BaseGeometry,
    *,
    storeys_low: float = 3.0,
    storeys_high: float = 7.0,
    storey_height_m: float = 3.0,
) -> FloorSpace:
    """Gross floor area over plan area (FSI, 容积率), between bounds.

    Cut and overlapping footprints as in `building_coverage_ratio`; of two that overlap the
    higher one counts. Storeys as in `storeys`.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS, with ``levels_tag`` and ``height_tag_m``.
    area
        Polygon in the CRS of `buildings`.
    storeys_low, storeys_high, storey_height_m
        As in `storeys`.

    Returns
    -------
    floor_space
        All NaN if `buildings` is empty or the area is 0.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    InputError
        As in `storeys`.

    References
    ----------
    Berghauser Pont and Haupt 2010, Spacematrix: space, density and urban form.

    Examples
    --------
    Two houses of 100 m², one with 4 storeys, one unknown, on 400 m²:

    >>> import geopandas as gpd
    >>> from shapely import box
    >>> houses = gpd.GeoDataFrame(
    ...     {"levels_tag": [4, None], "height_tag_m": [None, None]},
    ...     geometry=[box(0, 0, 10, 10), box(10, 0, 20, 10)],
    ...     crs=4547,
    ... )
    >>> floor_space_index(houses, box(0, 0, 20, 20))
    FloorSpace(value=2.25, low=1.75, high=2.75, known_share=0.5)
    """
    require_metres(buildings, "buildings")
    levels = storeys(
        buildings,
        storeys_low=storeys_low,
        storeys_high=storeys_high,
        storey_height_m=storey_height_m,
    )
    if len(buildings) == 0 or area.area == 0:
        nothing = float("nan")
        return FloorSpace(nothing, nothing, nothing, nothing)
    inside, position = _parts_inside(buildings, area)
    levels = levels.iloc[position]
    own_m2 = _own_areas(inside, levels["levels"].to_numpy())
    known = (levels["height_source"] != ASSUMED).to_numpy()
    value, low, high = (
        float((own_m2 * levels[column].to_numpy()).sum() / area.area)
        for column in ("levels", "levels_low", "levels_high")
    )
    total_m2 = float(own_m2.sum())
    known_share = float(own_m2[known].sum()) / total_m2 if total_m2 > 0 else float("nan")
    return FloorSpace(value, low, high, known_share)


def _above_zero(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    return numbers.where(numbers > 0)


def _parts_inside(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries, area: BaseGeometry
) -> tuple[np.ndarray, np.ndarray]:
    """Part of each footprint within an area, and the position of those that have one."""
    footprints = geometries(buildings)
    shapely.prepare(area)
    touching = np.flatnonzero(shapely.intersects(area, footprints))
    inside = footprints[touching]
    cut = ~shapely.covers(area, inside)
    inside[cut] = shapely.intersection(inside[cut], area)
    solid = shapely.area(inside) > 0
    return inside[solid], touching[solid]


def _own_areas(footprints: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Area of each footprint that no higher one covers; of equals, the first one keeps it."""
    own = shapely.area(footprints)
    first, second = shapely.STRtree(footprints).query(footprints, predicate="intersects")
    rank = np.empty(len(footprints), dtype=np.int64)
    rank[np.argsort(-levels, kind="stable")] = np.arange(len(footprints))
    under = rank[first] > rank[second]
    first, second = first[under], second[under]
    shared = shapely.intersection(footprints[first], footprints[second])
    solid = shapely.area(shared) > _OVERLAP_M2
    first, shared = first[solid], shared[solid]
    for lower in np.unique(first):
        own[lower] -= shapely.area(shapely.union_all(shared[first == lower]))
    return np.maximum(own, 0.0)

"""Footprints that look like several houses drawn as one.

A mapper who sees a roofscape without gaps may draw one outline around twenty houses. Counts,
areas, gaps and regularity of the village are then those of the mapper. A footprint is suspected
if it is far larger than the houses around it and shaped like many of them; a building that is
large by nature, by its tag or its height, is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from taobaogis.crs import require_metres
from taobaogis.form.shape import (
    area_m2,
    convexity_ratio,
    elongation_ratio,
    equivalent_rectangular_index,
)
from taobaogis.geometry.arrays import geometries
from taobaogis.rules import planning_rules

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["merged_footprints"]

_AROUND = 30
_TIMES_LARGER = 4.0
# Where houses are larger than this many plots, nobody lives in village houses.
_AMONG_PLOTS = 2.0
# Absolutely larger than one house by this many plots, whatever the shape.
_PLOTS = 10.0
_RAGGED_INDEX, _RAGGED_HULL = 0.6, 0.6
_COURTYARDS = 2
# A row: as deep as a house, and as long as several.
_ROW_DEPTHS = 1.5
_ROW_ELONGATION = 0.25
_TALL_STOREYS, _TALL_M = 10.0, 30.0
_HOUSES = frozenset({"house", "detached", "semidetached_house", "terrace", "bungalow", "farm"})
_MAYBE_HOUSES = _HOUSES | {"", "yes", "residential"}


def merged_footprints(buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Which footprints may be several houses, why, and how many.

    A footprint is suspected if it stands among houses (the median of the 30 footprints nearest
    to it covers no more than two plots), is at least four times as large as they are and larger
    than two plots, is no tower (10 storeys or 30 m) and not tagged as anything but a house, and
    one of these holds:

    ==============  =====================================================================
    merged_reason   what speaks for several houses
    ==============  =====================================================================
    ``courtyards``  two holes or more
    ``ragged``      an equivalent rectangular index below 0.6, yet more than 0.6 of its hull:
                    many small wings
    ``row``         as deep as one house (1.5 times the side of a square one) and at least
                    four times as long
    ``large``       tagged as one house, and larger than ten plots; whatever stands around
    ==============  =====================================================================

    The numbers are conventions, tried on the real footprints of Shenzhen.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS with their surroundings, maybe with the columns
        ``building``, ``levels_tag`` and ``height_tag_m``.

    Returns
    -------
    merged
        On the index of `buildings`: ``merged_suspect``; ``merged_reason``, the first that holds,
        empty for no suspect; ``merged_houses``, how many houses of the size around would cover
        as much ground, NaN for no suspect. A missing footprint is no suspect.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.

    Examples
    --------
    Sixteen houses of 100 m², and a row of six drawn as one:

    >>> import geopandas as gpd
    >>> from shapely import box
    >>> grid = [box(x, y, x + 10, y + 10) for x in range(0, 48, 12) for y in range(0, 48, 12)]
    >>> houses = gpd.GeoDataFrame(geometry=[*grid, box(0, 50, 60, 60)], crs=4547)
    >>> merged_footprints(houses).tail(1)
        merged_suspect merged_reason  merged_houses
    16            True           row            6.0
    """
    require_metres(buildings, "buildings")
    plot_m2 = planning_rules()["house_plot"].value
    area = area_m2(buildings).to_numpy()
    around = _around(buildings, area)
    house = np.minimum(around, plot_m2)
    with np.errstate(invalid="ignore"):
        large = (area >= _TIMES_LARGER * house) & (area > _AMONG_PLOTS * plot_m2)
        large &= (around <= _AMONG_PLOTS * plot_m2) | (area >= _PLOTS * plot_m2)
    large &= _text(buildings, "building").isin(_MAYBE_HOUSES).to_numpy()
    large &= ~(_number(buildings, "levels_tag") >= _TALL_STOREYS)
    large &= ~(_number(buildings, "height_tag_m") >= _TALL_M)
    reason = np.full(len(buildings), "", dtype=object)
    few = buildings.loc[large]
    reason[large] = _reasons(few, area[large], around[large], plot_m2)
    suspect = reason != ""
    return pd.DataFrame(
        {
            "merged_suspect": suspect,
            "merged_reason": pd.Series(reason, index=buildings.index, dtype="str"),
            "merged_houses": np.where(suspect, np.round(area / house), np.nan),
        },
        index=buildings.index,
    )


def _reasons(
    large: gpd.GeoDataFrame, area: np.ndarray, around: np.ndarray, plot_m2: float
) -> np.ndarray:
    among = around <= _AMONG_PLOTS * plot_m2
    house = np.minimum(around, plot_m2)
    footprints = geometries(large)
    parts, owner = shapely.get_parts(footprints, return_index=True)
    holes = np.bincount(
        owner, weights=shapely.get_num_interior_rings(parts), minlength=len(footprints)
    )
    elongation = elongation_ratio(large).to_numpy()
    depth = np.sqrt(area * elongation)
    is_row = (elongation <= _ROW_ELONGATION) & (depth <= _ROW_DEPTHS * np.sqrt(house))
    index = equivalent_rectangular_index(large).to_numpy()
    hull = convexity_ratio(large).to_numpy()
    tagged = _text(large, "building").isin(_HOUSES).to_numpy()
    return np.select(
        [
            among & (holes >= _COURTYARDS),
            among & (index < _RAGGED_INDEX) & (hull > _RAGGED_HULL),
            among & is_row,
            tagged & (area >= _PLOTS * plot_m2),
        ],
        ["courtyards", "ragged", "row", "large"],
        "",
    )


def _around(buildings: gpd.GeoDataFrame, area: np.ndarray) -> np.ndarray:
    """Median area of the footprints nearest to each one; infinite without any."""
    median = np.full(len(area), np.inf)
    known = np.flatnonzero(np.isfinite(area) & (area > 0))
    if len(known) < 2:  # noqa: PLR2004 - itself and another one
        return median
    xy = shapely.get_coordinates(shapely.centroid(geometries(buildings)[known]))
    k = min(_AROUND, len(known) - 1)
    _, near = KDTree(xy).query(xy, k=range(2, k + 2))
    median[known] = np.median(area[known][near], axis=1)
    return median


def _text(buildings: gpd.GeoDataFrame, column: str) -> pd.Series:
    if column not in buildings:
        return pd.Series("", index=buildings.index)
    return buildings[column].fillna("").astype("str")


def _number(buildings: gpd.GeoDataFrame, column: str) -> np.ndarray:
    if column not in buildings:
        return np.full(len(buildings), np.nan)
    return pd.to_numeric(buildings[column], errors="coerce").to_numpy(dtype=float)

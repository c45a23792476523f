"""Completeness against a second source: footprints of another set, or what another map shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.geometry.zonal import coverage
from taobaogis.trust.pattern import Share
from taobaogis.trust.shares import wilson_interval

if TYPE_CHECKING:
    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

    from taobaogis.geometry.grid import Grid

__all__ = ["built_share", "covered_share", "reference_share"]

# Two sets draw one house some metres apart; a third of it in common is the same house.
_SAME_HOUSE_SHARE = 1 / 3
# Where a raster ends within the village, what lies beyond is not to be guessed.
_KNOWN_SHARE = 0.9


def reference_share(mapped: np.ndarray, reference: np.ndarray) -> Share:
    """Share of another set's houses that are mapped.

    What both sets have and lack alike is not seen; if they were drawn from the same images,
    the share is too high.

    Parameters
    ----------
    mapped
        Footprints in metres, none missing.
    reference
        Footprints of the other set in the same CRS, at least one.

    Returns
    -------
    share
        By footprint area, with `taobaogis.trust.shares.wilson_interval` for the number of houses.

    Examples
    --------
    >>> from shapely import box
    >>> theirs = np.array([box(x, 0, x + 10, 10) for x in (0, 20, 40, 60)])
    >>> ours = np.array([box(x + 2, 1, x + 12, 11) for x in (0, 20, 40)])
    >>> [round(bound, 2) for bound in reference_share(ours, theirs)]
    [0.75, 0.3, 0.95]
    """
    one, other = shapely.STRtree(mapped).query(reference, predicate="intersects")
    shared = shapely.area(shapely.intersection(reference[one], mapped[other]))
    area = shapely.area(reference)
    covered = np.bincount(one, weights=shared, minlength=len(reference))
    found = covered >= _SAME_HOUSE_SHARE * area
    value = float(area[found].sum() / area.sum())
    n = len(reference)
    return Share(value, *wilson_interval(value * n, n))


def built_share(grid: Grid, boundary: BaseGeometry, crs: CRS) -> float:
    """Share of an area that a built-up raster shows as built on.

    Parameters
    ----------
    grid
        Square metres of built-up surface per cell, as of GHS-BUILT-S (Pesaresi and Politis
        2023), or a share of each cell; no cell above 1 is taken for shares.
    boundary
        Polygon in `crs`.
    crs
        Metric CRS.

    Returns
    -------
    share
        From 0 to 1; NaN if the raster knows less than nine tenths of the area.

    Examples
    --------
    Two cells of 10 m, of which 60 and 20 square metres are built on:

    >>> from pyproj import CRS
    >>> from shapely import box
    >>> from taobaogis.geometry.grid import Grid
    >>> crs = CRS.from_epsg(4547)
    >>> cells = np.array([[60, 20]])
    >>> grid = Grid(cells, cells >= 0, 0, 10, 10, 10, crs)
    >>> round(built_share(grid, box(0, 0, 20, 10), crs), 3)
    0.4
    """
    covered = coverage(gpd.GeoSeries([boundary], crs=crs), grid)
    if not float(covered.known_share().iloc[0]) >= _KNOWN_SHARE:
        return float("nan")
    if grid.numbers()[grid.valid].max() <= 1.0:
        return float(covered.means().iloc[0])
    return min(float(covered.sums().iloc[0] / boundary.area), 1.0)


def covered_share(footprints: np.ndarray, boundary: BaseGeometry) -> float:
    """Share of an area under footprints, those that overlap counted once."""
    inside = shapely.intersection(shapely.union_all(footprints), boundary)
    return float(inside.area / boundary.area)

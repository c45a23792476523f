"""How much street there is, and how it joins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from taobaogis.crs import require_metres
from taobaogis.geometry.arrays import geometries

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["StreetEnds", "dead_end_share", "junction_density_per_ha", "street_density_km_per_km2",
           "street_ends", "street_length_m"]  # fmt: skip

_JUNCTION_STREETS = 3


class StreetEnds(NamedTuple):
    """Where streets meet and end within an area.

    Attributes
    ----------
    junctions
        Nodes where at least three streets meet; a street that comes back to where it started
        counts twice there.
    dead_ends
        Nodes where one street ends.
    """

    junctions: int
    dead_ends: int


def street_length_m(streets: gpd.GeoDataFrame | gpd.GeoSeries, area: BaseGeometry) -> float:
    """Length of street within an area, in metres; each mapped carriageway counts.

    Parameters
    ----------
    streets
        Lines in a metric CRS.
    area
        Polygon in the CRS of `streets`.

    Returns
    -------
    length_m
        0 if no street crosses the area.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    require_metres(streets, "streets")
    lines = geometries(streets)
    return float(np.nansum(shapely.length(shapely.intersection(lines, area))))


def street_density_km_per_km2(
    streets: gpd.GeoDataFrame | gpd.GeoSeries, area: BaseGeometry
) -> float:
    """Length of street over area.

    Parameters
    ----------
    streets
        Lines in a metric CRS.
    area
        Polygon in the CRS of `streets`.

    Returns
    -------
    density
        Kilometres a square kilometre; NaN if the area is 0 or `streets` is empty.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    if len(streets) == 0 or area.area == 0:
        require_metres(streets, "streets")
        return float("nan")
    return street_length_m(streets, area) / area.area * 1e3


def street_ends(streets: gpd.GeoDataFrame, area: BaseGeometry) -> StreetEnds:
    """Junctions and dead ends strictly within an area.

    Give the streets whole, not cut at the area, so that a street that leaves it is no dead
    end.

    Parameters
    ----------
    streets
        LineStrings in a metric CRS with the columns ``u`` and ``v``, the numbers of the nodes
        they start and end at.
    area
        Polygon in the CRS of `streets`.

    Returns
    -------
    ends
        A node between two streets is neither.

    Raises
    ------
    CRSError
        If the CRS is not metric.

    Examples
    --------
    A crossing with one arm that ends inside the area:

    >>> import geopandas as gpd
    >>> from shapely import LineString, box
    >>> arms = [LineString([(0, 0), end]) for end in [(99, 0), (-99, 0), (0, 99), (0, -20)]]
    >>> streets = gpd.GeoDataFrame({"u": 0, "v": [1, 2, 3, 4]}, geometry=arms, crs=4547)
    >>> street_ends(streets, box(-50, -50, 50, 50))
    StreetEnds(junctions=1, dead_ends=1)
    """
    require_metres(streets, "streets")
    lines = geometries(streets)
    nodes = np.r_[streets["u"].to_numpy(), streets["v"].to_numpy()]
    places = np.r_[shapely.get_point(lines, 0), shapely.get_point(lines, -1)]
    _, first, degree = np.unique(nodes, return_index=True, return_counts=True)
    shapely.prepare(area)
    degree = degree[shapely.contains_properly(area, places[first])]
    return StreetEnds(int((degree >= _JUNCTION_STREETS).sum()), int((degree == 1).sum()))


def junction_density_per_ha(streets: gpd.GeoDataFrame, area: BaseGeometry) -> float:
    """Junctions of three or more streets over area.

    Parameters
    ----------
    streets, area
        As in `street_ends`.

    Returns
    -------
    density
        Junctions a hectare; NaN if the area is 0 or `streets` is empty.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    if len(streets) == 0 or area.area == 0:
        require_metres(streets, "streets")
        return float("nan")
    return street_ends(streets, area).junctions / (area.area / 1e4)


def dead_end_share(streets: gpd.GeoDataFrame, area: BaseGeometry) -> float:
    """Dead ends among dead ends and junctions.

    Parameters
    ----------
    streets, area
        As in `street_ends`.

    Returns
    -------
    share
        From 0 to 1; NaN if there is neither.

    Raises
    ------
    CRSError
        If the CRS is not metric.
    """
    ends = street_ends(streets, area)
    count = ends.junctions + ends.dead_ends
    return ends.dead_ends / count if count else float("nan")

"""Houses that a file holds twice: the same footprint, or one drawn over it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["without_twins"]

# Two surveys of one house put its middle this near, and share this much of what both cover;
# a house in the court of another one shares its middle and no ground.
_MIDDLE_M = 0.5
_SHARED = 0.9


def without_twins(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings of which none stands twice.

    Footprints are the same house if their middles are at most 0.5 m apart and at least 90 % of the
    ground under either is under both. The one of which more storeys and heights are known stays;
    of equal ones that whose shape comes first in the order of its bytes, so that the order of the
    rows does not matter.

    Parameters
    ----------
    buildings
        Layer by `taobaogis.schema.LAYERS` in metres.

    Returns
    -------
    buildings
        Rows that stay, in their order and under their old index.
    """
    if len(buildings) < 2:  # noqa: PLR2004 - what can be the same
        return buildings
    buildings = _without_copies(buildings)
    shapes = buildings.geometry.to_numpy()
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    one, other = KDTree(middles).query_pairs(_MIDDLE_M, output_type="ndarray").T
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    either = shapely.area(shapes[one]) + shapely.area(shapes[other]) - shared
    same = shared >= _SHARED * either
    if not same.any():
        return buildings
    links = coo_array((np.ones(same.sum()), (one[same], other[same])), shape=(len(shapes),) * 2)
    house = connected_components(links, directed=False)[1]
    unknown = _unknown(buildings)
    twins = np.unique(np.r_[one[same], other[same]])
    best = twins[np.lexsort((shapely.to_wkb(shapes[twins]), unknown[twins], house[twins]))]
    again = np.r_[False, house[best][1:] == house[best][:-1]]
    kept = np.ones(len(shapes), dtype=bool)
    kept[best[again]] = False
    return buildings[kept]


def _without_copies(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows of which no two have one shape; thousands of these would give millions of pairs."""
    middles = buildings.geometry.centroid
    twice = pd.DataFrame({"x": middles.x, "y": middles.y}).duplicated(keep=False).to_numpy()
    at = np.flatnonzero(twice)
    if not len(at):
        return buildings
    drawn = shapely.to_wkb(buildings.geometry.to_numpy()[at])
    order = np.lexsort((_unknown(buildings)[at], drawn))
    again = np.r_[False, drawn[order][1:] == drawn[order][:-1]]
    kept = np.ones(len(buildings), dtype=bool)
    kept[at[order][again]] = False
    return buildings[kept]


def _unknown(buildings: gpd.GeoDataFrame) -> np.ndarray:
    """How many of storeys and height are not known of each."""
    missing = buildings[["levels_tag", "height_tag_m"]].isna().sum(axis=1)
    return np.asarray(missing, dtype=np.int64)

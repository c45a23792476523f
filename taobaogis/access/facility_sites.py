"""Where a facility is lacking most in a village, and where one more of it would serve most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csc_array

from taobaogis.access.siting import best_sites
from taobaogis.access.snapping import snap
from taobaogis.access.within import pairs_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from taobaogis.access.facilities import Facility
    from taobaogis.access.facility_reach import FacilityReach
    from taobaogis.access.network import Network

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

__all__ = ["candidate_sites", "next_sites", "worst_served"]

# A ground floor faces a street if the middle of the house is no further from it.
_AT_STREET_M = 15.0
# Two candidates in one cell of this size are one.
_CELL_M = 25.0
_MAX_SNAP_M = 250.0
# Houses so near to each other are of one part.
_TOGETHER_M = 12.0

_SITE_COLUMNS = {
    "facility": "str", "name_en": "str", "name_zh": "str", "within_m": "float64",
    "gain_houses": "float64", "gain_floor_area_m2": "float64", "share_before": "float64",
    "share_after": "float64",
}  # fmt: skip


def candidate_sites(origins: gpd.GeoSeries, drive: Network) -> Rows:
    """Origins where something could be opened: ground floors along streets that a van can use.

    Parameters
    ----------
    origins
        Inner points of houses, or points along streets.
    drive
        Streets open to cars.

    Returns
    -------
    rows
        Of origins, cell by cell of 25 m the one nearest to its middle; all origins thinned so if
        none faces such a street.
    """
    if not len(origins):
        return np.empty(0, dtype=np.int64)
    at_street = (snap(origins, drive, max_snap_m=_AT_STREET_M)["edge"] >= 0).to_numpy()
    rows = np.flatnonzero(at_street) if at_street.any() else np.arange(len(origins))
    xy = shapely.get_coordinates(origins.to_numpy()[rows])
    # Cells are counted from the place itself, so that moving the map moves the candidates.
    at = (xy - xy.min(axis=0)) / _CELL_M
    cell = np.floor(at)
    off_middle = np.hypot(*(at - cell - 0.5).T)
    order = np.lexsort((at[:, 1], at[:, 0], off_middle, cell[:, 1], cell[:, 0]))
    _, first = np.unique(cell[order], axis=0, return_index=True)
    return np.asarray(rows[order[first]], dtype=np.int64)


def next_sites(
    reach: FacilityReach,
    wanted: Sequence[Facility],
    candidates: Rows,
    walk: Network,
    *,
    count: int = 1,
) -> gpd.GeoDataFrame:
    """Best places for one more of each facility, and what it gains.

    Parameters
    ----------
    reach
        From `taobaogis.access.facility_reach.facility_reach`.
    wanted
        Facilities of which something can be said.
    candidates
        From `candidate_sites`.
    walk
        Streets to walk on.
    count
        How many more of each.

    Returns
    -------
    sites
        Points with ``facility``, its names, ``within_m``, ``gain_houses`` and
        ``gain_floor_area_m2`` (served newly, by all sites of the facility together; the floor
        area is NaN where no house is known), ``share_before`` and ``share_after`` of the houses.
        Facilities that all houses have within reach, or that no site brings nearer, are left
        out.
    """
    rows: list[dict[str, object]] = []
    points = []
    places = reach.origins.to_numpy()
    far = [f for f in wanted if (reach.nearest_m[f.key] > f.within_m).any()]
    if far and len(candidates):
        spots = gpd.GeoSeries(places[candidates], crs=reach.origins.crs)
        limit = max(facility.within_m for facility in far)
        pairs = pairs_within(
            reach.origins, spots, walk, limit_m=limit, max_snap_m=_MAX_SNAP_M, connected=True
        )
        origin, spot, metres = (pairs[name].to_numpy() for name in pairs)
        for facility in far:
            lacking = reach.nearest_m[facility.key] > facility.within_m
            near = lacking[origin] & (metres <= facility.within_m)
            covers = csc_array(
                (near[near], (origin[near], spot[near])), shape=(len(places), len(candidates))
            )
            siting = best_sites(covers, np.where(lacking, _weights(reach), 0.0), count=count)
            if not siting.sites:
                continue
            newly = np.unique(covers[:, list(siting.sites)].indices)
            floor = np.nan_to_num(reach.floor_area_m2[newly]).sum()
            served = int((~lacking).sum())
            for site in siting.sites:
                points.append(spots.iloc[site])
                rows.append(
                    {
                        "facility": facility.key,
                        "name_en": facility.name_en,
                        "name_zh": facility.name_zh,
                        "within_m": facility.within_m,
                        "gain_houses": len(newly),
                        "gain_floor_area_m2": floor if floor > 0 else np.nan,
                        "share_before": served / len(places),
                        "share_after": (served + len(newly)) / len(places),
                    }
                )
    table = pd.DataFrame(rows, columns=list(_SITE_COLUMNS)).astype(_SITE_COLUMNS)
    crs = reach.origins.crs
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(points, crs=crs), crs=crs)


def worst_served(
    houses: gpd.GeoDataFrame, lacking: pd.DataFrame, names: pd.DataFrame
) -> gpd.GeoDataFrame:
    """The part of a village that lacks most.

    Parameters
    ----------
    houses
        Footprints.
    lacking
        On the index of `houses`, one boolean column a facility that can be judged.
    names
        On the columns of `lacking`: ``name_en``, ``name_zh``.

    Returns
    -------
    part
        One row at most: the largest group, by houses, of neighbouring houses that lack as many
        facilities as any; ``houses``, ``lacking`` (how many of how many judged),
        ``of``, ``names_en``, ``names_zh`` of what most of them lack. Empty if none lacks
        anything.
    """
    columns = ["houses", "lacking", "of", "names_en", "names_zh"]
    nothing = gpd.GeoDataFrame(
        pd.DataFrame(columns=columns), geometry=gpd.GeoSeries([], crs=houses.crs), crs=houses.crs
    )
    unmet = lacking.sum(axis=1).to_numpy()
    if not len(unmet) or unmet.max() == 0:
        return nothing
    rows = np.flatnonzero(unmet == unmet.max())
    shapes = houses.geometry.to_numpy()[rows]
    merged = shapely.union_all(shapely.buffer(shapes, _TOGETHER_M / 2))
    parts = shapely.get_parts(merged)
    house, part = shapely.STRtree(parts).query(
        shapely.point_on_surface(shapes), predicate="intersects"
    )
    counts = np.bincount(part, minlength=len(parts))
    best = int(np.argmax(counts))
    mine = lacking.iloc[rows[house[part == best]]]
    common = mine.columns[mine.mean() > 0.5]  # noqa: PLR2004 - most of them
    told = names.loc[common]
    table = pd.DataFrame(
        {
            "houses": [int(counts[best])],
            "lacking": [int(unmet.max())],
            "of": [lacking.shape[1]],
            "names_en": [", ".join(told["name_en"].str.lower())],
            "names_zh": ["、".join(told["name_zh"])],
        }
    )
    shape = shapely.buffer(parts[best], -_TOGETHER_M / 4)
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([shape], crs=houses.crs), crs=houses.crs)


def _weights(reach: FacilityReach) -> Floats:
    """Floor area where it is known of all, else each origin as one."""
    area = reach.floor_area_m2
    return area if len(area) and np.isfinite(area).all() else np.ones(len(reach.origins))

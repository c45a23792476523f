"""How far the facilities people ask for are from the houses of a village, and what is lacking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.access.facilities import STOP, circles, facilities
from taobaogis.access.within import pairs_within
from taobaogis.indicators import Words
from taobaogis.trust.grades import doubt

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from taobaogis.access.facilities import Facility
    from taobaogis.access.network import Network
    from taobaogis.trust.completeness import Completeness

    Floats = NDArray[np.float64]

__all__ = ["LIMIT_M", "FacilityReach", "coverage_row", "facility_reach", "shares", "standing"]

# Ways on foot are followed so far; places are read 1.5 km around a village.
LIMIT_M = 2000.0
# Walkers start this far from a mapped street at most; further off the map lacks the lanes.
_MAX_SNAP_M = 250.0


@dataclass(frozen=True, eq=False)
class FacilityReach:
    """Ways on foot from each house to the facilities.

    Attributes
    ----------
    origins
        Points that people start from.
    floor_area_m2
        Of each origin; NaN where no house is known.
    places
        From `taobaogis.access.facilities.facility_places`, those near enough to matter.
    pairs
        ``origin``, ``place`` (rows) and ``distance_m``, up to `LIMIT_M`.
    nearest_m
        By facility, the way from each origin to the nearest; infinite beyond the limit.
    """

    origins: gpd.GeoSeries
    floor_area_m2: Floats
    places: gpd.GeoDataFrame
    pairs: pd.DataFrame
    nearest_m: Mapping[str, Floats]

    def count(self, facility: str) -> int:
        """How many places of a facility are mapped near enough to matter."""
        return int((self.places["facility"] == facility).sum())


def facility_reach(
    origins: gpd.GeoSeries, floor_area_m2: Floats, places: gpd.GeoDataFrame, walk: Network
) -> FacilityReach:
    """Ways on foot from houses to all facilities.

    Parameters
    ----------
    origins
        Points in the CRS of the network.
    floor_area_m2
        One number an origin.
    places
        From `taobaogis.access.facilities.facility_places`.
    walk
        Streets to walk on.

    Returns
    -------
    reach
        See `FacilityReach`. Places further than the limit from all origins, as the crow flies,
        are left out.
    """
    if len(origins):
        around = shapely.box(*origins.total_bounds)
        near = shapely.dwithin(places.geometry.to_numpy(), around, LIMIT_M)
        places = places[near].reset_index(drop=True)
    pairs = pairs_within(
        origins, places, walk, limit_m=LIMIT_M, max_snap_m=_MAX_SNAP_M, connected=True
    )
    kind = places["facility"].to_numpy()[pairs["place"]]
    nearest: dict[str, Floats] = {}
    for key in facilities():
        mine = pairs[kind == key]
        metres = np.full(len(origins), np.inf)
        np.minimum.at(metres, mine["origin"].to_numpy(), mine["distance_m"].to_numpy())
        nearest[key] = metres
    return FacilityReach(origins, floor_area_m2, places, pairs, nearest)


def standing(
    reach: FacilityReach, facility: Facility, completeness: Mapping[str, Completeness], source: str
) -> tuple[Words, Words]:
    """Whether it can be said who has a facility within reach.

    Parameters
    ----------
    reach
        From `facility_reach`.
    facility
        Asked for.
    completeness
        Of the village's layers; that of the places decides what silence means.
    source
        Where places, or stops, are from; empty if nobody was asked.

    Returns
    -------
    why_not, doubt
        Why it cannot, empty if it can; and what weakens what is said. Where none is mapped near
        any house although most places are mapped, that is taken for a gap, and said to be weak.
    """
    name, nothing = Words(facility.name_en.lower(), facility.name_zh), Words("")
    if not len(reach.origins):
        return Words(
            "neither a house nor a street is mapped within the boundary", "村界内未测绘房屋或街道"
        ), nothing
    if not source:
        return Words(
            f"no source was asked for places such as {name}", f"未查询{name.zh}的数据来源"
        ), nothing
    own_layer = facility.key == STOP
    if (reach.nearest_m[facility.key] <= facility.within_m).any() or (
        own_layer and reach.count(facility.key)
    ):
        return nothing, nothing
    found = None if own_layer else completeness.get("pois")
    share = found.share if found is not None else None
    within_m = facility.within_m
    if share is None:
        return Words(
            f"no {name} is mapped within {within_m:,.0f} m on foot of any place in the village, "
            "and how many are missing from the map cannot be told: not mapped is not missing",
            f"村内各处步行 {within_m:,.0f} 米内均未测绘{name.zh}，且无法判断有多少未测绘，"
            "未测绘不等于没有",
        ), nothing
    unseen = doubt("facility_unmapped", share.low, what=name, high=share.high, within_m=within_m)
    if unseen:
        return unseen, nothing
    return nothing, doubt("facility_absent", what=name, low=share.low, within_m=within_m)


def shares(metres: Floats, within_m: float, weights: Floats | None = None) -> float:
    """Share of the origins, or of their weights, within a way of so many metres.

    NaN without origins, or where no weight is known.
    """
    weight = np.ones(len(metres)) if weights is None else np.nan_to_num(weights)
    total = weight.sum()
    return float(weight[metres <= within_m].sum() / total) if total > 0 else float("nan")


def coverage_row(reach: FacilityReach, facility: Facility) -> dict[str, object]:
    """Numbers of one facility: nearest, and shares of houses and floor area within each circle."""
    metres = reach.nearest_m[facility.key]
    row: dict[str, object] = {
        "facility": facility.key,
        "name_en": facility.name_en,
        "name_zh": facility.name_zh,
        "within_m": facility.within_m,
        "clause": facility.clause,
        "status": facility.status,
        "mapped": reach.count(facility.key),
        "walk_m": float(np.median(metres)) if len(metres) else float("nan"),
        "houses_share": shares(metres, facility.within_m),
        "floor_area_share": shares(metres, facility.within_m, reach.floor_area_m2),
    }
    for circle in circles():
        row[f"houses_{circle.minutes}min_share"] = shares(metres, circle.within_m)
        row[f"floor_area_{circle.minutes}min_share"] = shares(
            metres, circle.within_m, reach.floor_area_m2
        )
    return row

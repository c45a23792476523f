"""Facility gaps of a village: indicators, and layers for maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from taobaogis.access.catchments import two_step_access
from taobaogis.access.facilities import STOP, facilities, facility_places
from taobaogis.access.facility_reach import LIMIT_M, coverage_row, facility_reach, standing
from taobaogis.access.facility_sites import candidate_sites, next_sites, worst_served
from taobaogis.access.network import travel_modes
from taobaogis.access.stops import village_origins
from taobaogis.indicators import NO_WORDS, Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taobaogis.access.facilities import Facility
    from taobaogis.access.facility_reach import FacilityReach
    from taobaogis.access.network import Mode, Network
    from taobaogis.access.stops import Origins
    from taobaogis.trust.completeness import Completeness
    from taobaogis.village import Layers, Village

    Floats = NDArray[np.float64]

__all__ = ["NEEDS_KEY", "VillageFacilities", "village_facilities"]

NEEDS_KEY = "needs_met_share"

_NOBODY = Words(
    "neither a house nor a street is mapped within the boundary", "村界内未测绘房屋或街道"
)
_M_PER_MIN_AT_1_KMH = 1000.0 / 60.0
_WHAT = {
    "houses": Words("houses", "住宅"),
    "points along the streets": Words("points along the streets", "街巷沿线点"),
}


class VillageFacilities(NamedTuple):
    """What people of a village have within reach, and what they lack.

    Attributes
    ----------
    indicators
        Group ``facilities`` of the definitions.
    layers
        ``facility_coverage`` (one row a facility, the village as its geometry),
        ``facilities`` (places on the map), ``facility_sites`` (best place for one more of each)
        and ``worst_served`` (the part that lacks most).
    columns
        On the index of the buildings: ``needs_unmet`` (how many of the facilities that can be
        judged are out of reach) and ``needs_judged``. No row without houses.
    """

    indicators: Sequence[Indicator]
    layers: Mapping[str, gpd.GeoDataFrame]
    columns: pd.DataFrame


def village_facilities(
    village: Village,
    layers: Layers,
    networks: Mapping[Mode, Network],
    *,
    buildings: gpd.GeoDataFrame,
    completeness: Mapping[str, Completeness],
) -> VillageFacilities:
    """Nearest facilities, who has them within reach, where they lack, and where to add one.

    Parameters
    ----------
    village
        Whose houses.
    layers
        Of the whole study; places and stops outside the boundary count.
    networks
        From `taobaogis.access.network.study_networks`.
    buildings
        Houses of the village with ``area_m2`` and ``levels``; may be empty.
    completeness
        Of the village's layers; decides between a gap and not knowing.

    Returns
    -------
    facilities
        See `VillageFacilities`.
    """
    origins = village_origins(village)
    floor_m2 = _floor_area(origins, buildings)
    places = facility_places(layers["pois"], layers["stops"])
    reach = facility_reach(origins.points, floor_m2, places, networks["walk"])
    rows: list[dict[str, object]] = []
    indicators: list[Indicator] = []
    judged = []
    for key, facility in facilities().items():
        source = "" if village.outside else layers.source("stops" if key == STOP else "pois")
        why, weak = standing(reach, facility, completeness, source)
        why = Words.of(village.outside) if village.outside else why
        told = why or weak
        rows.append(
            {
                **coverage_row(reach, facility),
                **_capacity(reach, facility),
                "reason": str(told),
                "reason_zh": told.zh,
            }
        )
        common = [*boundary_doubts(village), origins.doubt, _few(origins)]
        indicators += _walk(reach, facility, common, why, source)
        indicators.append(_share(reach, facility, [*common, weak], why, source))
        if not why:
            judged.append(facility)
    lacking = pd.DataFrame(
        {f.key: reach.nearest_m[f.key] > f.within_m for f in judged}, index=origins.points.index
    )
    indicators.append(_needs_met(village, origins, lacking, layers.source("pois")))
    sites = next_sites(reach, judged, candidate_sites(origins.points, networks["drive"]),
                       networks["walk"])  # fmt: skip
    coverage = gpd.GeoDataFrame(
        pd.DataFrame(rows), geometry=[village.boundary] * len(rows), crs=layers.crs
    )
    named = coverage.set_index("facility")[["name_en", "name_zh"]]
    houses = buildings if len(buildings) else buildings[:0]
    at_houses = lacking if len(buildings) else lacking[:0]
    made = {
        "facility_coverage": coverage,
        "facilities": _told_places(reach),
        "facility_sites": sites,
        "worst_served": worst_served(houses, at_houses, named),
    }
    columns = pd.DataFrame(
        {"needs_unmet": at_houses.sum(axis=1).astype(float), "needs_judged": float(len(judged))},
        index=houses.index,
    )
    return VillageFacilities(
        indicators, {name: frame.assign(village=village.id) for name, frame in made.items()},
        columns,
    )  # fmt: skip


def _floor_area(origins: Origins, buildings: gpd.GeoDataFrame) -> Floats:
    """Floor area of each house; NaN for points along streets."""
    if buildings.empty or not {"area_m2", "levels"} <= set(buildings.columns):
        return np.full(len(origins.points), np.nan)
    area = (buildings["area_m2"] * buildings["levels"]).reindex(origins.points.index)
    return area.to_numpy(dtype=float)


def _few(origins: Origins) -> Words:
    return doubt("few_origins", len(origins.points), what=_WHAT[origins.what])


def _walk(
    reach: FacilityReach, facility: Facility, doubts: list[Words], why: Words, source: str
) -> list[Indicator]:
    """Median way to the nearest; that to stops is an indicator of its own already."""
    if facility.key == STOP:
        return []
    key = f"{facility.key}_walk_m"
    method = Words("median way on foot to the nearest on the map", "步行至最近已测绘者的中位距离")
    metres = reach.nearest_m[facility.key]
    value = float(np.median(metres)) if len(metres) else np.inf
    if not np.isfinite(value):
        if not why:
            why = Words(
                f"for most houses none is mapped within {LIMIT_M:,.0f} m on foot",
                f"多数住宅步行 {LIMIT_M:,.0f} 米内未测绘该设施",
            )
        return [not_available(key, why, method=method, source=source)]
    level, reason = grade(doubts)
    return [
        measured(
            key, value, method=method, source=source, n=len(metres), grade=level, reason=reason
        )
    ]


def _share(
    reach: FacilityReach, facility: Facility, doubts: list[Words], why: Words, source: str
) -> Indicator:
    """Share of the houses within reach."""
    key = f"{facility.key}_near_share"
    clause = Words(facility.clause, facility.clause_zh)
    of = Words(f" ({clause})", f"（{clause.zh}）") if clause else NO_WORDS
    method = Words(
        f"ways on foot to the nearest on the map{of}", f"步行至最近已测绘者的距离{of.zh}"
    )
    if why:
        return not_available(key, why, method=method, source=source)
    if facility.status == "convention":
        doubts = [*doubts, doubt("radius_convention", within_m=facility.within_m)]
    elif facility.status != "verified":
        unread = doubt("radius_unread", within_m=facility.within_m, clause=clause)
        doubts = [*doubts, unread]
    metres = reach.nearest_m[facility.key]
    level, reason = grade(doubts)
    return measured(
        key,
        float((metres <= facility.within_m).mean()),
        method=method,
        source=source,
        n=len(metres),
        grade=level,
        reason=reason,
    )


def _needs_met(village: Village, origins: Origins, lacking: pd.DataFrame, source: str) -> Indicator:
    """Mean over the houses of the share of the judged facilities within reach.

    Those that cannot be judged may all be within reach or all be out of it; that bounds the share
    of all facilities. Of too few judged ones no share is told.
    """
    every, judged = len(facilities()), lacking.shape[1]
    method = Words(
        f"{judged} of {every} facilities can be judged, each within its own way on foot; bounds: "
        "none and all of the others within reach",
        f"{every} 类设施中可判断 {judged} 类，各按其步行距离；"
        "上下限按其余设施全部可达与全部不可达计",
    )
    few = doubt("few_facilities", judged / every, judged=judged, every=every)
    refused = doubt("too_few_facilities", judged / every, judged=judged, every=every)
    if refused or lacking.empty:
        why = village.outside or refused or _NOBODY
        return not_available(NEEDS_KEY, Words.of(why), method=method, source=source)
    value = float(1.0 - lacking.to_numpy().mean())
    open_share = (every - judged) / every
    low = value * (1.0 - open_share)
    level, reason = grade([*boundary_doubts(village), origins.doubt, few, doubt("radii_unread")])
    return measured(
        NEEDS_KEY,
        value,
        low=low,
        high=low + open_share,
        method=method,
        source=source,
        n=len(lacking),
        grade=level,
        reason=reason,
    )


def _capacity(reach: FacilityReach, facility: Facility) -> dict[str, float]:
    """Places per house within reach (E2SFCA), where the map knows what the facility can take."""
    mine = (reach.places["facility"] == facility.key).to_numpy()
    known = mine & reach.places["capacity"].notna().to_numpy()
    if not known.any():
        return {"capacity": np.nan, "capacity_per_house": np.nan}
    pace = travel_modes()["walk"].speed_kmh["*"] * _M_PER_MIN_AT_1_KMH
    pairs = reach.pairs[known[reach.pairs["place"].to_numpy()]]
    pairs = pairs.assign(minutes=pairs["distance_m"] / pace)
    capacity = np.where(known, reach.places["capacity"].to_numpy(), np.nan)
    access = two_step_access(pairs, np.ones(len(reach.origins)), capacity)
    return {
        "capacity": float(np.nansum(capacity)),
        "capacity_per_house": float(np.median(access)) if len(access) else np.nan,
    }


def _told_places(reach: FacilityReach) -> gpd.GeoDataFrame:
    """Places with the names of what they are."""
    kinds = facilities()
    return reach.places.assign(
        kind_en=[kinds[key].name_en for key in reach.places["facility"]],
        kind_zh=[kinds[key].name_zh for key in reach.places["facility"]],
    ).astype({"kind_en": "str", "kind_zh": "str"})

"""Who can pass in numbers: houses and floor area served, and what remains on foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taobaogis.form.buildings import ASSUMED, storeys
from taobaogis.form.judging import blocked, graded
from taobaogis.form.reach import SAME_WIDTH_M
from taobaogis.form.shape import area_m2
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from taobaogis.study import Assumptions, VehicleSpec
    from taobaogis.village import Village

__all__ = ["PASSING_KEYS", "floor_areas", "passing_indicators"]

# Key of the share of houses, and of that of floor area, of vehicles that planners ask about.
_SERVED = {
    "tricycle": ("served_tricycle_share", ""),
    "van": ("served_van_share", "served_van_floor_share"),
    "fire_engine": ("served_fire_engine_share", "served_fire_engine_floor_share"),
}
_ON_FOOT, _WIDEST = "on_foot_house_share", "widest_vehicle_median_m"
PASSING_KEYS = (*(key for keys in _SERVED.values() for key in keys if key), _ON_FOOT, _WIDEST)
_METHOD = "free space between footprints, eroded by half the clear width, connected to main roads"


def floor_areas(buildings: gpd.GeoDataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Floor area of each house: footprint times storeys.

    Parameters
    ----------
    buildings
        Footprints with ``levels_tag`` and ``height_tag_m`` in a metric CRS.
    assumptions
        For storeys that are not mapped.

    Returns
    -------
    floors
        On the index of `buildings`: ``floor_area_m2``, ``floor_area_low_m2``,
        ``floor_area_high_m2`` and ``assumed``, whether the storeys are not mapped. NaN without
        footprint.
    """
    levels = storeys(
        buildings, storeys_low=assumptions.storeys_low, storeys_high=assumptions.storeys_high,
        storey_height_m=assumptions.storey_height_m,
    )  # fmt: skip
    area = area_m2(buildings)
    return pd.DataFrame(
        {
            "floor_area_m2": area * levels["levels"],
            "floor_area_low_m2": area * levels["levels_low"],
            "floor_area_high_m2": area * levels["levels_high"],
            "assumed": levels["height_source"] == ASSUMED,
        }
    )


def passing_indicators(
    village: Village,
    vehicles: Sequence[VehicleSpec],
    table: pd.DataFrame,
    floors: pd.DataFrame,
    assumptions: Assumptions,
) -> list[Indicator]:
    """Houses and floor area that vehicles get to, and what remains on foot.

    Parameters
    ----------
    village
        Boundary and layers.
    vehicles
        Who wants to pass.
    table
        ``served_<vehicle>`` and ``widest_vehicle_m`` of the village's buildings.
    floors
        From `floor_areas`, on the same index.
    assumptions
        For how far façades may be off, and for storeys that are not mapped.

    Returns
    -------
    indicators
        Every one of `PASSING_KEYS`. The bounds let all façades stand farther in, or farther
        out, by ``facade_error_m``; those of floor area let unmapped storeys be at their worst
        and at their best as well.
    """
    source = village.layers.source("buildings")
    why = blocked(village, table)
    if why:
        return [not_available(key, why, source=source) for key in PASSING_KEYS]
    doubts = [*boundary_doubts(village), doubt("few_buildings", len(table))]
    by_id = {vehicle.id: vehicle for vehicle in vehicles}
    error_m = 2 * assumptions.facade_error_m
    widest = table["widest_vehicle_m"].to_numpy()
    found = []
    for name, (houses, floor) in _SERVED.items():
        if name not in by_id:
            why = Words(
                f"the study has no vehicle with the id '{name}'",
                f"研究文件中没有编号为“{name}”的车辆",
            )
            keys = [key for key in (houses, floor) if key]
            found += [not_available(k, why, method=_METHOD, source=source) for k in keys]
            continue
        # All façades farther out by the error make every way narrower by twice that.
        needed = by_id[name].clear_width_m - SAME_WIDTH_M
        gets = table[f"served_{name}"].to_numpy(dtype=bool)
        least, most = gets & (widest >= needed + error_m), gets | (widest >= needed - error_m)
        found.append(
            measured(
                houses, float(gets.mean()), low=float(least.mean()), high=float(most.mean()),
                method=_METHOD, source=source, n=len(table), **graded(doubts),
            )
        )  # fmt: skip
        if floor:
            found.append(_floor_share(floor, (least, gets, most), floors, doubts, source=source,
                                      assumptions=assumptions))  # fmt: skip
    found.append(_on_foot(table, vehicles, error_m, doubts, source))
    median = float(np.nanmedian(widest))
    found.append(
        measured(
            _WIDEST, median, low=max(median - error_m, 0.0), high=median + error_m,
            method="widest way through the gates between footprints", source=source,
            n=len(table), **graded(doubts),
        )
    )  # fmt: skip
    return found


def _floor_share(
    key: str,
    served: tuple[np.ndarray, np.ndarray, np.ndarray],
    floors: pd.DataFrame,
    doubts: list[Words],
    *,
    source: str,
    assumptions: Assumptions,
) -> Indicator:
    middle, low, high = (
        np.nan_to_num(floors[f"floor_area{side}_m2"].to_numpy()) for side in ("", "_low", "_high")
    )
    least, gets, most = served
    mapped = 1 - float(middle[floors["assumed"]].sum() / middle.sum())
    assumed = doubt(
        "storeys_assumed", mapped, low=assumptions.storeys_low, high=assumptions.storeys_high
    )
    return measured(
        key, _share(middle, gets, middle), low=_share(low, least, high),
        high=_share(high, most, low), method=f"{_METHOD}; footprint times storeys",
        source=source, n=len(floors), **graded([*doubts, assumed]),
    )  # fmt: skip


def _share(of_served: np.ndarray, served: np.ndarray, of_others: np.ndarray) -> float:
    reached = float(of_served[served].sum())
    whole = reached + float(of_others[~served].sum())
    return reached / whole if whole > 0 else 0.0


def _on_foot(
    table: pd.DataFrame,
    vehicles: Sequence[VehicleSpec],
    error_m: float,
    doubts: list[Words],
    source: str,
) -> Indicator:
    """Share of the houses that nothing wider than the narrowest of the study gets to."""
    wheeled = sorted(vehicles, key=lambda vehicle: vehicle.clear_width_m)[1:]
    if not wheeled:
        why = Words(
            "the study has no vehicle that is wider than a walker", "研究文件中没有宽于行人的车辆"
        )
        return not_available(_ON_FOOT, why, method=_METHOD, source=source)
    gets = table[f"served_{wheeled[0].id}"].to_numpy(dtype=bool)
    widest = table["widest_vehicle_m"].to_numpy()
    needed = wheeled[0].clear_width_m - SAME_WIDTH_M
    least = ~gets & ~(widest >= needed - error_m)
    most = ~gets | ~(widest >= needed + error_m)
    return measured(
        _ON_FOOT, float((~gets).mean()), low=float(least.mean()), high=float(most.mean()),
        method=f"{_METHOD}; nothing of {wheeled[0].clear_width_m:g} m or more gets there",
        source=source, n=len(table), **graded(doubts),
    )  # fmt: skip

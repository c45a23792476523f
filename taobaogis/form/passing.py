"""Who can pass in a village: columns of the buildings, layers and indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from taobaogis.form.ground import Ground
from taobaogis.form.judging import blocked
from taobaogis.form.pinch import pinch_points
from taobaogis.form.reach import SAME_WIDTH_M, served
from taobaogis.form.ways import last_metres_on_foot_m, widest_vehicle_m
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.study import Assumptions, VehicleSpec
    from taobaogis.village import Village

__all__ = ["PASSING_KEYS", "Passing", "who_can_pass"]

PASSING_KEYS = (
    "served_tricycle_share",
    "served_van_share",
    "served_fire_engine_share",
    "widest_vehicle_median_m",
)
_METHOD = "free space between footprints, eroded by half the clear width, connected to main roads"


class Passing(NamedTuple):
    """What `who_can_pass` finds.

    Attributes
    ----------
    columns
        On the index of the village's buildings: ``served_<vehicle>``, ``widest_vehicle_m`` and
        ``on_foot_<vehicle>_m``.
    lanes
        As from `taobaogis.form.lanes.lanes`, with ``village``.
    reach
        A polygon for each vehicle, the narrowest first: ``vehicle``, ``name_en``, ``name_zh``,
        ``clear_width_m``, ``served_share``, ``village``.
    pinch_points
        As from `taobaogis.form.pinch.pinch_points`, with ``village``.
    indicators
        Every one of `PASSING_KEYS`.
    """

    columns: pd.DataFrame
    lanes: gpd.GeoDataFrame
    reach: gpd.GeoDataFrame
    pinch_points: gpd.GeoDataFrame
    indicators: list[Indicator]


def who_can_pass(
    village: Village, vehicles: Sequence[VehicleSpec], assumptions: Assumptions
) -> Passing:
    """Where the vehicles of a study get to in a village, and to which houses.

    Parameters
    ----------
    village
        Boundary and layers with their surroundings.
    vehicles
        Who wants to pass.
    assumptions
        For the ring of surroundings that is seen, and for how far façades may be off.

    Returns
    -------
    passing
        The bounds of an indicator let all façades stand farther out, or farther in, by
        ``facade_error_m``: every way narrower, or wider, by twice that. Without buildings all
        indicators are NA and all layers empty.
    """
    inside = village.inside("buildings")
    asked = sorted(vehicles, key=lambda v: v.clear_width_m) if len(inside) else []
    ground = Ground.of(village, assumptions, [v.clear_width_m for v in asked])
    columns = {"widest_vehicle_m": widest_vehicle_m(ground.ways).loc[inside.index]}
    rows = []
    for vehicle in asked:
        width_m = vehicle.clear_width_m
        reach = ground.reach[width_m]
        gets = columns[f"served_{vehicle.id}"] = served(inside, reach)
        foot = last_metres_on_foot_m(ground.ways, clear_width_m=width_m).loc[inside.index]
        columns[f"on_foot_{vehicle.id}_m"] = foot.where(~gets, 0.0)
        rows.append(
            {
                "vehicle": vehicle.id, "name_en": vehicle.name_en, "name_zh": vehicle.name_zh,
                "clear_width_m": width_m, "served_share": float(gets.mean()),
                "village": village.id, "geometry": reach,
            }
        )  # fmt: skip
    names = ["vehicle", "name_en", "name_zh", "clear_width_m", "served_share", "village"]
    table = pd.DataFrame(columns, index=inside.index)
    return Passing(
        table,
        ground.lanes.assign(village=village.id),
        gpd.GeoDataFrame(
            pd.DataFrame(rows, columns=[*names, "geometry"]), geometry="geometry", crs=inside.crs
        ),
        pinch_points(ground.ways, ground.lanes, vehicles, counted=inside.index).assign(
            village=village.id
        ),
        _indicators(village, vehicles, table, assumptions.facade_error_m),
    )


def _indicators(
    village: Village, vehicles: Sequence[VehicleSpec], table: pd.DataFrame, error_m: float
) -> list[Indicator]:
    source = village.layers.source("buildings")
    why = blocked(village, table)
    if why:
        return [not_available(key, why, source=source) for key in PASSING_KEYS]
    few = doubt("few_buildings", len(table))
    level, reason = grade([*boundary_doubts(village), few])
    widest = table["widest_vehicle_m"].to_numpy()
    known = {f"served_{v.id}_share": v for v in vehicles}
    found = []
    for key in PASSING_KEYS[:-1]:
        if key not in known:
            missing = key.removeprefix("served_").removesuffix("_share")
            reason_na = Words(
                f"the study has no vehicle with the id '{missing}'",
                f"研究文件中没有编号为“{missing}”的车辆",
            )
            found.append(not_available(key, reason_na, method=_METHOD, source=source))
            continue
        vehicle = known[key]
        share = float(table[f"served_{vehicle.id}"].mean())
        # All façades farther out by the error make every way narrower by twice that.
        needed = vehicle.clear_width_m - SAME_WIDTH_M
        low, high = (float((widest >= needed + side * 2 * error_m).mean()) for side in (1, -1))
        found.append(
            measured(
                key, share, low=min(low, share), high=max(high, share), method=_METHOD,
                source=source, n=len(table), grade=level, reason=reason,
            )
        )  # fmt: skip
    median = float(np.nanmedian(widest))
    found.append(
        measured(
            PASSING_KEYS[-1], median, low=max(median - 2 * error_m, 0.0),
            high=median + 2 * error_m, method="widest way through the gates between footprints",
            source=source, n=len(table), grade=level, reason=reason,
        )
    )  # fmt: skip
    return found

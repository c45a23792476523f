"""Who can pass in a village: columns of the buildings, layers and indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import pandas as pd

from taobaogis.form.ground import Ground
from taobaogis.form.passing_indicators import floor_areas, passing_indicators
from taobaogis.form.pinch import pinch_points
from taobaogis.form.reach import served
from taobaogis.form.ways import last_metres_on_foot_m, widest_vehicle_m

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.indicators import Indicator
    from taobaogis.study import Assumptions, VehicleSpec
    from taobaogis.village import Village

__all__ = ["Passing", "who_can_pass"]


class Passing(NamedTuple):
    """What `who_can_pass` finds.

    Attributes
    ----------
    columns
        On the index of the village's buildings: ``served_<vehicle>``, ``widest_vehicle_m`` and
        ``on_foot_<vehicle>_m``.
    reach
        A polygon for each vehicle, the narrowest first: ``vehicle``, ``name_en``, ``name_zh``,
        ``clear_width_m``, ``served_share`` (of the houses), ``served_floor_share`` (of the floor
        area), ``village``.
    pinch_points
        As from `taobaogis.form.pinch.pinch_points`, with ``village``.
    indicators
        Every one of `taobaogis.form.passing_indicators.PASSING_KEYS`.
    """

    columns: pd.DataFrame
    reach: gpd.GeoDataFrame
    pinch_points: gpd.GeoDataFrame
    indicators: list[Indicator]


def who_can_pass(
    village: Village,
    lanes: gpd.GeoDataFrame,
    vehicles: Sequence[VehicleSpec],
    assumptions: Assumptions,
) -> Passing:
    """Where the vehicles of a study get to in a village, and to which houses.

    Parameters
    ----------
    village
        Boundary and layers with their surroundings.
    lanes
        Of the village, from `taobaogis.form.measures.measured_lanes`; the narrow places are told
        by them.
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
    floors = floor_areas(inside, assumptions)
    floor_m2 = floors["floor_area_m2"]
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
                "served_floor_share": float(floor_m2[gets].sum() / floor_m2.sum()),
                "village": village.id, "geometry": reach,
            }
        )  # fmt: skip
    names = [
        "vehicle",
        "name_en",
        "name_zh",
        "clear_width_m",
        "served_share",
        "served_floor_share",
        "village",
    ]
    table = pd.DataFrame(columns, index=inside.index)
    return Passing(
        table,
        gpd.GeoDataFrame(
            pd.DataFrame(rows, columns=[*names, "geometry"]), geometry="geometry", crs=inside.crs
        ),
        pinch_points(
            ground.ways, lanes, vehicles, floor_area_m2=floor_m2, counted=inside.index
        ).assign(village=village.id),
        passing_indicators(village, vehicles, table, floors, assumptions),
    )

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
from taobaogis.workers import aside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor, Future

    from shapely.geometry.base import BaseGeometry

    from taobaogis.form.ways import Ways
    from taobaogis.indicators import Indicator
    from taobaogis.study import Assumptions, VehicleSpec
    from taobaogis.village import Village

__all__ = ["BegunPassing", "Passing", "begin_passing", "who_can_pass"]

_REACH = ("vehicle", "name_en", "name_zh", "clear_width_m", "served_share", "served_floor_share",
          "on_foot_median_m", "on_foot_max_m", "village")  # fmt: skip


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
        area), ``on_foot_median_m`` and ``on_foot_max_m`` (way on foot to the houses that it does
        not get to, in metres; NaN where it gets to all, or nobody gets to the others),
        ``village``.
    pinch_points
        As from `taobaogis.form.pinch.pinch_points`, with ``village``.
    indicators
        Every one of `taobaogis.form.passing_indicators.PASSING_KEYS`.
    """

    columns: pd.DataFrame
    reach: gpd.GeoDataFrame
    pinch_points: gpd.GeoDataFrame
    indicators: list[Indicator]


class BegunPassing(NamedTuple):
    """What `who_can_pass` needs that needs no lanes, perhaps still under way.

    Attributes
    ----------
    ways
        Ways to every building of the village's layer.
    reaches
        Vehicles, the narrowest first, with the ground that each reaches; none without buildings.
    """

    ways: Future[Ways]
    reaches: list[tuple[VehicleSpec, Future[BaseGeometry]]]


def begin_passing(
    village: Village,
    vehicles: Sequence[VehicleSpec],
    assumptions: Assumptions,
    executor: Executor,
) -> BegunPassing:
    """Begin what takes longest of `who_can_pass`.

    Parameters
    ----------
    village, vehicles, assumptions
        As in `who_can_pass`.
    executor
        Who does the work, for instance threads: it is done in libraries that let others run
        meanwhile.

    Returns
    -------
    begun
        Results are there once the executor has come to them.
    """
    ground = Ground.of(village, assumptions)
    asked = (
        sorted(vehicles, key=lambda v: v.clear_width_m) if len(village.inside("buildings")) else []
    )
    ways = executor.submit(ground.ways)
    return BegunPassing(
        ways, [(who, executor.submit(ground.reach, who.clear_width_m)) for who in asked]
    )


def who_can_pass(
    village: Village,
    lanes: gpd.GeoDataFrame,
    vehicles: Sequence[VehicleSpec],
    assumptions: Assumptions,
    *,
    begun: BegunPassing | None = None,
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
    begun
        From `begin_passing` for the same village, vehicles and assumptions, if at hand.

    Returns
    -------
    passing
        The bounds of an indicator let all façades stand farther out, or farther in, by
        ``facade_error_m``: every way narrower, or wider, by twice that. Without buildings all
        indicators are NA and all layers empty.
    """
    if begun is None:
        with aside() as thread:
            begun = begin_passing(village, vehicles, assumptions, thread)
            return who_can_pass(village, lanes, vehicles, assumptions, begun=begun)
    inside = village.inside("buildings")
    floors = floor_areas(inside, assumptions)
    floor_m2 = floors["floor_area_m2"]
    ways = begun.ways.result()
    pinched = pinch_points(
        ways, lanes, vehicles, floor_area_m2=floor_m2, counted=inside.index
    ).assign(village=village.id)
    columns = {"widest_vehicle_m": widest_vehicle_m(ways).loc[inside.index]}
    rows = []
    for vehicle, task in begun.reaches:
        width_m, reach = vehicle.clear_width_m, task.result()
        gets = columns[f"served_{vehicle.id}"] = served(inside, reach)
        foot = last_metres_on_foot_m(ways, clear_width_m=width_m).loc[inside.index]
        columns[f"on_foot_{vehicle.id}_m"] = foot.where(~gets, 0.0)
        left = foot[~gets]
        floor_share = float(floor_m2[gets].sum() / floor_m2.sum())
        row = (
            vehicle.id, vehicle.name_en, vehicle.name_zh, width_m, float(gets.mean()),
            floor_share, float(left.median()), float(left.max()), village.id, reach,
        )  # fmt: skip
        rows.append(row)
    table = pd.DataFrame(columns, index=inside.index)
    reached = pd.DataFrame(rows, columns=[*_REACH, "geometry"])
    return Passing(
        table,
        gpd.GeoDataFrame(reached, geometry="geometry", crs=inside.crs),
        pinched,
        passing_indicators(village, vehicles, table, floors, assumptions),
    )

"""All layers and indicators of the form of one village: what one process is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import shapely

from taobaogis.form.building_pattern import building_pattern
from taobaogis.form.indicators import form_indicators
from taobaogis.form.lane_indicators import lane_form
from taobaogis.form.measures import measured_buildings, measured_lanes, measured_streets
from taobaogis.form.parts_indicators import parts_form
from taobaogis.form.passing import begin_passing, who_can_pass
from taobaogis.form.section import street_sections
from taobaogis.form.spacematrix import spacematrix
from taobaogis.form.street_indicators import street_form
from taobaogis.trust.completeness import buildings_completeness, village_completeness
from taobaogis.workers import aside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from taobaogis.indicators import Indicator
    from taobaogis.rules import PlanningRule
    from taobaogis.study import Assumptions, VehicleSpec
    from taobaogis.trust.completeness import Completeness
    from taobaogis.village import Village

__all__ = ["VillageForm", "measure_form"]


class VillageForm(NamedTuple):
    """Form of a village.

    Attributes
    ----------
    layers
        ``streets``, ``buildings``, ``lanes``, ``reach``, ``pinch_points``, ``fire_pairs``,
        ``dead_ends``, ``barriers`` and ``parts``, in the CRS of the village; a layer without
        data is empty.
    indicators
        Groups ``data`` (without places, completeness and age) and ``form`` of the definitions.
    completeness
        How complete houses, streets and places are, by layer.
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    indicators: Sequence[Indicator]
    completeness: Mapping[str, Completeness]


def measure_form(
    village: Village,
    *,
    vehicles: Sequence[VehicleSpec],
    assumptions: Assumptions,
    rules: Mapping[str, PlanningRule] | None = None,
) -> VillageForm:
    """Measure the form of one village.

    Parameters
    ----------
    village
        Boundary and layers with their surroundings; no other village matters.
    vehicles
        Who wants to pass.
    assumptions
        Of the study.
    rules
        Limits to hold the form against; the shipped ones by default.

    Returns
    -------
    form
        See `VillageForm`. What the data cannot give is NA with its reason. Three
        threads share the work; the result is that of one.
    """
    # What takes longest comes first, so that no core waits at the end.
    with aside(2) as threads:
        lanes_found = threads.submit(measured_lanes, _of_its_own(village))
        buildings = measured_buildings(village, assumptions)
        parts_found = threads.submit(parts_form, _of_its_own(village), buildings)
        begun = begin_passing(village, vehicles, assumptions, threads)
        sections = street_sections(village, assumptions)
        streets = measured_streets(village, assumptions, sections)
        pattern = building_pattern(village, buildings, assumptions, rules)
        found = form_indicators(village, streets, buildings, assumptions, sections)
        houses = buildings_completeness(village)
        lanes = lanes_found.result()
        along_streets = street_form(
            village, streets, buildings, assumptions,
            sections=sections, lanes=lanes, houses=houses,
        )  # fmt: skip
        along_lanes = lane_form(village, lanes, buildings, assumptions, rules)
        completeness = village_completeness(village, lanes, assumptions, houses)
        passing = who_can_pass(village, lanes, vehicles, assumptions, begun=begun)
        parts = parts_found.result()
    buildings = buildings.join([pattern.columns, passing.columns, parts.columns])
    return VillageForm(
        layers={
            "streets": streets,
            "buildings": buildings,
            "lanes": along_lanes.lanes,
            "reach": passing.reach,
            "pinch_points": passing.pinch_points,
            "fire_pairs": pattern.fire_pairs,
            "dead_ends": along_lanes.dead_ends,
            "barriers": village.inside("barriers"),
            "parts": parts.parts,
        },
        indicators=[
            *found,
            *along_streets,
            *spacematrix(found),
            *pattern.indicators,
            *passing.indicators,
            *along_lanes.indicators,
            *parts.indicators,
        ],
        completeness=completeness,
    )


def _of_its_own(village: Village) -> Village:
    """Village with a boundary of its own: what one thread prepares no other may ask."""
    return replace(village, boundary=shapely.transform(village.boundary, lambda xy: xy))

"""Streets, lanes and buildings of a village with everything that was measured on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from taobaogis.form.buildings import storeys
from taobaogis.form.gaps import building_gaps
from taobaogis.form.lanes import lanes
from taobaogis.form.merged import merged_footprints
from taobaogis.form.obstacles import obstacles
from taobaogis.form.orientation import neighbour_turn_deg
from taobaogis.form.pattern import frontages
from taobaogis.form.section import street_sections, summarise_sections
from taobaogis.form.shape import area_m2, orientation_deg
from taobaogis.form.width import street_widths

if TYPE_CHECKING:
    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = ["measured_buildings", "measured_lanes", "measured_streets"]


def measured_streets(
    village: Village, assumptions: Assumptions, sections: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """Streets of a village with their widths.

    Parameters
    ----------
    village
        Whose streets they are; buildings around it are seen as well.
    assumptions
        For the line of sight, and for storeys that are not mapped.
    sections
        From `taobaogis.form.section.street_sections` for the same village, if at hand.

    Returns
    -------
    streets
        Streets that touch the village, whole, with ``village`` (its id) and the columns of
        `taobaogis.form.width.street_widths` and `taobaogis.form.section.summarise_sections`.
    """
    streets = village.inside("streets")
    if sections is None:
        sections = street_sections(village, assumptions)
    widths = street_widths(streets, village.layers["buildings"], profile=sections)
    return _joined(streets, [widths, summarise_sections(sections, streets.index)], village)


def measured_buildings(village: Village, assumptions: Assumptions) -> gpd.GeoDataFrame:
    """Buildings of a village with their size, storeys, direction and gaps.

    Parameters
    ----------
    village
        Whose buildings they are.
    assumptions
        For storeys that are not mapped.

    Returns
    -------
    buildings
        Buildings whose inner point lies in the village, with ``village`` (its id),
        ``area_m2``, ``orientation_deg``, ``neighbour_turn_deg``, and the columns of
        `taobaogis.form.buildings.storeys`, `taobaogis.form.gaps.building_gaps`,
        `taobaogis.form.pattern.frontages` and `taobaogis.form.merged.merged_footprints`.
    """
    buildings = village.inside("buildings")
    height = storeys(
        buildings,
        storeys_low=assumptions.storeys_low,
        storeys_high=assumptions.storeys_high,
        storey_height_m=assumptions.storey_height_m,
    )
    # Houses on the edge of the village face those beyond it.
    around = village.layers["buildings"]
    gaps = building_gaps(around).loc[buildings.index]
    columns: list[pd.DataFrame | pd.Series] = [
        area_m2(buildings),
        height,
        orientation_deg(buildings),
        gaps,
        *(
            measure(around).loc[buildings.index]
            for measure in (neighbour_turn_deg, frontages, merged_footprints)
        ),
    ]
    return _joined(buildings, columns, village)


def measured_lanes(village: Village) -> gpd.GeoDataFrame:
    """Lanes between the houses of a village, whether the map has a street there or not.

    Parameters
    ----------
    village
        Whose lanes they are; houses, walls and water around it are seen as well.

    Returns
    -------
    lanes
        From `taobaogis.form.lanes.lanes`, with ``village`` (its id).
    """
    barred = obstacles(village.layers["barriers"], village.layers["streets"])
    found = lanes(village.layers["buildings"], village.boundary, obstacles=barred)
    found["village"] = village.id
    return found


def _joined(
    layer: gpd.GeoDataFrame, measures: list[pd.DataFrame | pd.Series], village: Village
) -> gpd.GeoDataFrame:
    table = pd.concat([layer.drop(columns=layer.geometry.name), *measures], axis=1)
    table["village"] = village.id
    return gpd.GeoDataFrame(table, geometry=layer.geometry.array, crs=layer.crs)

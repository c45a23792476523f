"""All layers and indicators of the form of one village: what one process is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from taobaogis.form.indicators import form_indicators
from taobaogis.form.measures import measured_buildings, measured_streets
from taobaogis.form.passing import who_can_pass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from taobaogis.indicators import Indicator
    from taobaogis.study import Assumptions, VehicleSpec
    from taobaogis.village import Village

__all__ = ["VillageForm", "measure_form"]


class VillageForm(NamedTuple):
    """Form of a village.

    Attributes
    ----------
    layers
        ``streets``, ``buildings``, ``lanes``, ``reach`` and ``pinch_points``, in the CRS of the
        village; a layer without data is empty.
    indicators
        Groups ``data`` (without places) and ``form`` of the definitions.
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    indicators: Sequence[Indicator]


def measure_form(
    village: Village, *, vehicles: Sequence[VehicleSpec], assumptions: Assumptions
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

    Returns
    -------
    form
        See `VillageForm`. What the data cannot give is NA with its reason.
    """
    streets = measured_streets(village, assumptions)
    buildings = measured_buildings(village, assumptions)
    passing = who_can_pass(village, vehicles, assumptions)
    buildings = buildings.join(passing.columns)
    return VillageForm(
        layers={
            "streets": streets,
            "buildings": buildings,
            "lanes": passing.lanes,
            "reach": passing.reach,
            "pinch_points": passing.pinch_points,
        },
        indicators=[
            *form_indicators(village, streets, buildings, assumptions),
            *passing.indicators,
        ],
    )

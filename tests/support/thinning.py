"""Villages from which houses were taken away at random, and what is then said of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from taobaogis.access.network import street_network
from taobaogis.access.stops import stop_indicators
from taobaogis.compare.ranking import compare_villages
from taobaogis.form.indicators import form_indicators
from taobaogis.form.lanes import lanes
from taobaogis.form.measures import measured_buildings, measured_streets
from taobaogis.form.street_indicators import street_form
from taobaogis.form.whole import measure_form
from taobaogis.landuse.shares import landuse_indicators, landuse_pieces
from taobaogis.trust.completeness import village_completeness
from taobaogis.trust.indicators import completeness_indicators
from taobaogis.trust.responses import carried, response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from taobaogis.access.network import Network
    from taobaogis.indicators import Indicator
    from taobaogis.study import Study
    from taobaogis.trust.completeness import Completeness
    from taobaogis.village import Village


@dataclass(frozen=True)
class Setting:
    """A village with all its houses, and what it takes to measure it."""

    village: Village
    study: Study
    walk: Network
    lanes: gpd.GeoDataFrame


class Measured(NamedTuple):
    """What was measured in a village, before anything is said about how far to trust it."""

    indicators: Sequence[Indicator]
    completeness: Mapping[str, Completeness]


def thinned(village: Village, *, kept: float, seed: int) -> Village:
    """Village with each house, inside or around, kept with a probability."""
    houses = village.layers["buildings"]
    chosen = np.random.default_rng(seed).random(len(houses)) < kept
    frames = {**village.layers.frames, "buildings": houses[chosen]}
    return replace(village, layers=replace(village.layers, frames=frames))


def setting_of(village: Village, study: Study) -> Setting:
    """What is the same in every draw."""
    walk = street_network(village.layers["streets"], mode="walk")
    return Setting(village, study, walk, lanes(village.layers["buildings"], village.boundary))


def measures_of(setting: Setting, village: Village, *, all_of_it: bool) -> Measured:
    """Measure what houses have a part in, as a run does.

    Without `all_of_it` those of the houses and of the streets between them, which take a
    tenth of the time; the bounds of widths then leave out the lanes and are closer than those
    of a run.
    """
    assumptions = setting.study.assumptions
    if not all_of_it:
        streets = measured_streets(village, assumptions)
        houses = measured_buildings(village, assumptions)
        measured = [
            *form_indicators(village, streets, houses, assumptions),
            *street_form(village, streets, houses, assumptions),
        ]
        return Measured(measured, village_completeness(village, setting.lanes, assumptions))
    form = measure_form(village, vehicles=setting.study.vehicles, assumptions=assumptions)
    pieces = landuse_pieces(
        village.layers["landuse"], village.layers["buildings"], village.boundary
    )
    measured = [
        *form.indicators,
        *landuse_indicators(village, pieces),
        *stop_indicators(village, village.layers, walk=setting.walk),
    ]
    return Measured(measured, form.completeness)


def said_of(village: Village, measures: Measured) -> Mapping[str, Indicator]:
    """Indicators as a run reports them: with bounds and grades that allow for what is missing."""
    measured, completeness = measures
    found = [*carried(measured, completeness), *completeness_indicators(village, completeness)]
    return {indicator.key: indicator for indicator in found}


def answers_to_houses(key: str) -> bool:
    """Whether houses that are missing have a part in an indicator."""
    return "buildings" in response(key).powers


def within(indicator: Indicator, truth: Indicator) -> bool:
    """Whether the true value lies between the bounds, or nothing was claimed."""
    if indicator.value is None or truth.value is None:
        return indicator.value is None
    low = indicator.value if indicator.low is None else indicator.low
    high = indicator.value if indicator.high is None else indicator.high
    slack = 1e-9 * max(abs(truth.value), 1.0)
    return low - slack <= truth.value <= high + slack


def is_ranked(setting: Setting, found: Mapping[str, Indicator], whole: Mapping[str, Indicator]):
    """Whether a village is ranked by those default criteria that houses have a part in."""
    criteria = [
        criterion
        for criterion in setting.study.criteria
        if criterion.indicator in whole and whole[criterion.indicator].value is not None
    ]
    return compare_villages({"v": found}, criteria).villages[0].rank is not None

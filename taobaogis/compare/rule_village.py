"""What the rule book measures of a village as a whole: density, ways out, cover of stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.compare.rule_measures import NO_HOUSE, NO_STREET, Things, vehicle_streets
from taobaogis.geometry.arrays import geometries
from taobaogis.indicators import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from taobaogis.compare.rule_measures import Place
    from taobaogis.rules import PlanningRule

__all__ = ["MEASURES_OF_VILLAGES", "indicator_thing"]

_ONE_EXIT_M = 20.0
_MAPPED_STREETS_SHARE = 0.9


def indicator_thing(place: Place, rule: PlanningRule) -> Things | Words:
    """Village as a thing to judge by one of its indicators, with the indicator's bounds."""
    found = place.indicators.get(rule.measure)
    if found is None or found.value is None:
        reason = found.reason if found is not None else ""
        return Words.of(reason or Words("not measured", "未测算"))
    low = found.value if found.low is None else found.low
    high = found.value if found.high is None else found.high
    return _village(place, found.value, low, high)


def _exits(place: Place, _: PlanningRule) -> Things | Words:
    streets = vehicle_streets(place.village.layers["streets"])
    if streets.empty:
        return NO_STREET
    edge = shapely.boundary(place.village.boundary)
    crossings = shapely.intersection(geometries(streets), edge)
    crossings = crossings[~shapely.is_empty(crossings)]
    near = shapely.union_all(shapely.buffer(crossings, _ONE_EXIT_M / 2))
    count = float(len(shapely.get_parts(near))) if not shapely.is_empty(near) else 0.0
    # Streets that nobody mapped may lead out, too.
    mapped = place.indicators.get("streets_completeness_share")
    whole = mapped is not None and (mapped.value or 0.0) >= _MAPPED_STREETS_SHARE
    return _village(place, count, count, count if whole else np.inf)


def _stops(place: Place, rule: PlanningRule) -> Things | Words:
    houses, stops = place.layers["buildings"], place.village.layers["stops"]
    if len(houses) == 0:
        return NO_HOUSE
    if stops.empty:
        return Words(
            "no stop is mapped nearby, which is not to say that there is none",
            "附近未测绘站点，并不表示没有",
        )
    near = shapely.dwithin(
        shapely.centroid(geometries(houses)),
        shapely.union_all(geometries(stops)),
        rule.within_m,
    )
    area = houses["area_m2"].to_numpy(dtype=float)
    middle, few, many = (
        area * houses[name].to_numpy(dtype=float)
        for name in ("levels", "levels_low", "levels_high")
    )
    # At worst all houses near a stop are low and all others high; at best the other way round.
    share = middle[near].sum() / middle.sum()
    low = few[near].sum() / (few[near].sum() + many[~near].sum())
    high = many[near].sum() / (many[near].sum() + few[~near].sum())
    return _village(place, share, low, high)


def _facility(place: Place, rule: PlanningRule) -> Things | Words:
    houses, places = place.layers["buildings"], place.layers.get("facilities")
    if len(houses) == 0:
        return NO_HOUSE
    on_foot = place.indicators.get(f"{rule.of_facility}_near_share")
    if places is None or on_foot is None:
        return Words("not measured", "未测算")
    if on_foot.value is None:
        return Words.of(on_foot.reason)
    spots = geometries(places[places["facility"] == rule.of_facility])
    middle = shapely.centroid(geometries(houses))
    share = float(shapely.dwithin(middle, shapely.union_all(spots), rule.within_m).mean())
    # What the map lacks may serve the same part of the houses without one as it may on foot.
    served, most = on_foot.value, on_foot.value if on_foot.high is None else on_foot.high
    hidden = (most - served) / (1 - served) if served < 1 else 0.0
    return _village(place, share, share, share + (1 - share) * hidden)


def _village(place: Place, value: float, low: float, high: float) -> Things:
    name = np.array([place.village.id], dtype=object)
    shape = np.array([place.village.boundary], dtype=object)
    return Things(name, np.array([value]), np.array([low]), np.array([high]), shape)


MEASURES_OF_VILLAGES: Mapping[str, Callable[[Place, PlanningRule], Things | Words]] = {
    "vehicle_exit_count": _exits,
    "stop_cover_share": _stops,
    "facility_cover_share": _facility,
}

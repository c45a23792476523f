"""What the rule book measures: lanes, dead ends, pairs, rows, houses and streets, with bounds.

Each measure gives one row a thing that is judged, with the value and the bounds between which the
true one lies; or words that say why there is nothing to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from taobaogis.form.pairs import close_pairs
from taobaogis.geometry.arrays import geometries
from taobaogis.indicators import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd

    from taobaogis.indicators import Indicator
    from taobaogis.rules import PlanningRule
    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = [
    "MEASURES_OF_THINGS",
    "NO_HOUSE",
    "NO_STREET",
    "NothingSuch",
    "Place",
    "Things",
    "vehicle_streets",
]

NO_HOUSE = Words("no house is mapped", "未测绘房屋")
NO_STREET = Words("no street for vehicles is mapped", "未测绘车行街道")
_FIRE_ENGINE = "fire_engine"
# What a car may use; a lane for walkers makes no street.
_VEHICLE_CLASSES = frozenset(
    f"{name}{link}"
    for name in ("motorway", "trunk", "primary", "secondary", "tertiary")
    for link in ("", "_link")
) | {"unclassified", "residential", "living_street", "service", "road"}
_ALONG_M = 1.0


class Place(NamedTuple):
    """What is judged, and with which limits.

    Attributes
    ----------
    village
        Boundary and layers with their surroundings.
    layers
        Measured layers by name, as from `taobaogis.form.whole.measure_form`.
    indicators
        Of the village, by key.
    assumptions
        For how far façades may be off, and the height of a storey.
    rules
        All rules by key.
    """

    village: Village
    layers: Mapping[str, gpd.GeoDataFrame]
    indicators: Mapping[str, Indicator]
    assumptions: Assumptions
    rules: Mapping[str, PlanningRule]

    @property
    def slack_m(self) -> float:
        """How much wider or narrower a gap may be than its footprints have it."""
        return 2 * self.assumptions.facade_error_m


class Things(NamedTuple):
    """Things to judge.

    Attributes
    ----------
    names
        What each is called, in letters and digits.
    value, low, high
        What was measured and its bounds; NaN if it was not.
    shapes
        Geometry of each, in the CRS of the village.
    exempt
        ``yes`` for a thing that is right whatever its value, ``unknown`` if it may be; None if
        there is no such thing.
    """

    names: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    shapes: np.ndarray
    exempt: np.ndarray | None = None


class NothingSuch(Words):
    """Why a rule does not apply: there is nothing that it speaks of."""

    __slots__ = ()


def vehicle_streets(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Streets that cars may use, by their class."""
    return streets[streets["highway"].isin(_VEHICLE_CLASSES)]


def _lanes(place: Place, _: PlanningRule) -> Things | Words:
    lanes = place.layers["lanes"]
    if len(place.layers["buildings"]) == 0:
        return NO_HOUSE
    between = lanes[~lanes["open_ground"].astype(bool)]
    width = between["clear_width_m"].to_numpy(dtype=float)
    low, high = np.maximum(width - place.slack_m, 0.0), width + place.slack_m
    return Things(between.index.to_numpy(), width, low, high, geometries(between))


def _dead_ends(place: Place, _: PlanningRule) -> Things | Words:
    lanes, around = place.layers["lanes"], place.village.layers["buildings"]
    if len(place.layers["buildings"]) == 0:
        return NO_HOUSE
    ends = lanes[lanes["ends_here"].astype(bool)]
    length = ends["dead_end_m"].to_numpy(dtype=float)
    room = _room_m(geometries(ends), geometries(around))
    side = place.rules["turning_place"].value
    # A square has room in a disc as wide as its diagonal, and none in one narrower than its side.
    exempt = np.where(
        room - place.slack_m >= side * np.sqrt(2),
        "yes",
        np.where(room + place.slack_m < side, "no", "unknown"),
    )
    low, high = np.maximum(length - place.slack_m, 0.0), length + place.slack_m
    return Things(ends.index.to_numpy(), length, low, high, geometries(ends), exempt)


def _room_m(lines: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """Diameter of the largest disc that has room on each line."""
    if len(lines) == 0:
        return np.empty(0)
    count = np.maximum(np.ceil(shapely.length(lines) / _ALONG_M).astype(int), 1) + 1
    line = np.repeat(np.arange(len(lines)), count)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    points = shapely.line_interpolate_point(lines[line], nth / (count[line] - 1), normalized=True)
    found, distance = shapely.STRtree(footprints).query_nearest(
        points, return_distance=True, all_matches=False
    )
    widest = np.zeros(len(lines))
    np.maximum.at(widest, line[found[0]], 2 * distance)
    return widest


def _pairs(place: Place, rule: PlanningRule) -> Things | Words:
    if len(place.layers["buildings"]) == 0:
        return NO_HOUSE
    around = place.village.layers["buildings"]
    kind = _kinds(around, place)
    sides = sorted(rule.between.split("+"))
    inside = place.layers["buildings"].index
    if not (set(sides) <= set(kind) and set(sides) & set(kind.loc[inside])):
        return NothingSuch("no such pair is known", "没有已知的此类房屋")
    # Pairs farther apart are right, and nobody asks for them one by one.
    pairs = close_pairs(around, closer_than_m=rule.value + place.slack_m)
    one, other = pairs["one"].to_numpy(), pairs["other"].to_numpy()
    kinds = np.sort(np.column_stack([kind.loc[one], kind.loc[other]]).astype(str), axis=1)
    chosen = ~pairs["joined"].to_numpy() & (kinds == sides).all(axis=1)
    chosen &= np.isin(one, inside) | np.isin(other, inside)
    distance = pairs["distance_m"].to_numpy(dtype=float)[chosen]
    names = _ids(around)
    first, last = names.loc[one[chosen]], names.loc[other[chosen]]
    called = np.array([f"{a} – {b}" for a, b in zip(first, last, strict=True)], dtype=object)
    low, high = np.maximum(distance - place.slack_m, 0.0), distance + place.slack_m
    return Things(called, distance, low, high, geometries(pairs)[chosen])


def _kinds(around: gpd.GeoDataFrame, place: Place) -> pd.Series:
    """``high`` for a high-rise, else the fire rating, where ``2`` is 1, 2 or not known."""
    storey_m = place.assumptions.storey_height_m
    height = around["height_tag_m"].fillna(around["levels_tag"] * storey_m)
    grade = pd.Series("2", index=around.index)
    if "fire_grade" in around:
        told = pd.to_numeric(around["fire_grade"], errors="coerce")
        grade = grade.mask(told == 3, "3").mask(told == 4, "4")  # noqa: PLR2004 - fire ratings
    return grade.mask(height > place.rules["high_rise"].value, "high")


def _rows(place: Place, _: PlanningRule) -> Things | Words:
    houses = place.layers["buildings"]
    if len(houses) == 0:
        return NO_HOUSE
    joined = houses[houses["joined_group"] > 0]
    if joined.empty:
        return NothingSuch("no houses share a wall", "没有毗连房屋")
    order = np.argsort(joined["joined_group"].to_numpy(), kind="stable")
    number, first = np.unique(joined["joined_group"].to_numpy()[order], return_index=True)
    houses_of = np.split(geometries(joined)[order], first[1:])
    rows = np.array([shapely.union_all(part) for part in houses_of], dtype=object)
    boxes = shapely.oriented_envelope(rows)
    corners = shapely.get_coordinates(shapely.get_exterior_ring(boxes)).reshape(len(rows), 5, 2)
    sides = np.hypot(*np.moveaxis(np.diff(corners, axis=1), -1, 0))
    length = sides.max(axis=1)
    return Things(number, length, length - place.slack_m, length + place.slack_m, rows)


def _fire_engine(place: Place, _: PlanningRule) -> Things | Words:
    houses, reach = place.layers["buildings"], place.layers["reach"]
    if len(houses) == 0:
        return NO_HOUSE
    engine = reach[reach["vehicle"] == _FIRE_ENGINE]
    if engine.empty:
        return Words("the study has no vehicle 'fire_engine'", "研究中没有 fire_engine 车辆")
    shapes, widest = geometries(houses), houses["widest_vehicle_m"].to_numpy(dtype=float)
    value = _distance_m(shapes, geometries(engine))
    needs_m = float(engine["clear_width_m"].iloc[0])
    # If all ways are wider, or narrower, by the slack, it stops at other houses.
    best, worst = (
        _distance_m(shapes, shapes[widest >= needs_m + side * place.slack_m]) for side in (-1, 1)
    )
    low, high = np.fmin(value, best), np.fmax(value, worst)
    return Things(_ids(houses).to_numpy(), value, low, high, shapes)


def _to_street(place: Place, _: PlanningRule) -> Things | Words:
    houses = place.layers["buildings"]
    streets = vehicle_streets(place.village.layers["streets"])
    if len(houses) == 0:
        return NO_HOUSE
    if streets.empty:
        return NO_STREET
    shapes = geometries(houses)
    value = _distance_m(shapes, geometries(streets))
    return Things(_ids(houses).to_numpy(), value, value, value, shapes)


def _distance_m(shapes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distance from each to the nearest of the others; infinite if there is none."""
    others = others[~(shapely.is_missing(others) | shapely.is_empty(others))]
    found = np.full(len(shapes), np.inf)
    if len(others):
        near, distance = shapely.STRtree(others).query_nearest(
            shapes, return_distance=True, all_matches=False
        )
        found[near[0]] = distance
    return found


def _street_widths(place: Place, rule: PlanningRule) -> Things | Words:
    streets = _of_class(place, rule)
    if isinstance(streets, Words):
        return streets
    value, low, high = (
        streets[name].to_numpy(dtype=float) for name in ("width_m", "width_low_m", "width_high_m")
    )
    # Between façades there is room for a carriageway, but how much of it is one nobody knows.
    low = np.where(streets["width_source"] == "measured", 0.0, low)
    return Things(_street_names(streets), value, low, high, geometries(streets))


def _street_facades(place: Place, rule: PlanningRule) -> Things | Words:
    streets = _of_class(place, rule)
    if isinstance(streets, Words):
        return streets
    value = streets["facade_width_m"].to_numpy(dtype=float)
    low, high = np.zeros_like(value), value + place.slack_m
    return Things(_street_names(streets), value, low, high, geometries(streets))


def _of_class(place: Place, rule: PlanningRule) -> gpd.GeoDataFrame | Words:
    streets = place.layers["streets"]
    if streets.empty:
        return NO_STREET
    chosen = streets[streets["highway"].isin(rule.of_class)]
    if chosen.empty:
        return NothingSuch("no street of this class is mapped", "没有此级街道")
    return chosen


def _ids(layer: gpd.GeoDataFrame) -> pd.Series:
    """What each house or street is called: its id on the map, or its place in the layer."""
    ids = layer["osm_id"].astype(str)
    return ids.where(ids != "", pd.Series(layer.index.astype(str), index=layer.index))


def _street_names(streets: gpd.GeoDataFrame) -> np.ndarray:
    named = streets["name"].to_numpy(dtype=object)
    return np.where(named != "", named, _ids(streets).to_numpy(dtype=object))


MEASURES_OF_THINGS: Mapping[str, Callable[[Place, PlanningRule], Things | Words]] = {
    "lane_clear_width_m": _lanes,
    "dead_end_m": _dead_ends,
    "pair_distance_m": _pairs,
    "row_length_m": _rows,
    "house_fire_engine_m": _fire_engine,
    "house_street_m": _to_street,
    "street_width_m": _street_widths,
    "street_facade_m": _street_facades,
}

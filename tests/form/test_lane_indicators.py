import pytest
from shapely.geometry import box
from support.form_villages import by_key, form_village, measured_layers, no_bound_is_crossed
from support.lane_villages import house_grid, layer

from taobaogis.form.lane_indicators import LANE_KEYS, lane_form
from taobaogis.form.lanes import lanes
from taobaogis.rules import planning_rules
from taobaogis.study import Assumptions

EXACT = Assumptions(facade_error_m=0.0)
# A lane of 2 m and 60 m between two rows, closed at its end.
DEAD_END = [box(20, 20, 60, 80), box(62, 20, 102, 80), box(20, 80, 102, 90)]


def found(buildings, assumptions=EXACT, **changes):
    place = form_village(buildings=buildings, **changes)
    _, houses = measured_layers(place, assumptions)
    around = place.layers["buildings"]
    return lane_form(place, lanes(around, place.boundary), houses, assumptions)


def test_lanes_of_a_lattice_are_as_wide_as_the_space_between_the_houses():
    indicators = by_key(found(house_grid(lane_m=1.5)).indicators)
    assert tuple(indicators) == LANE_KEYS
    assert indicators["lane_clear_width_median_m"].value == pytest.approx(1.5, abs=0.01)
    assert indicators["lane_clear_width_p10_m"].value == pytest.approx(1.5, abs=0.01)
    assert indicators["lane_under_2_5m_share"].value == 1
    assert indicators["dead_end_lane_share"].value == 0
    assert indicators["long_dead_end_count"].value == 0
    # Eleven lanes each way of 138 m, less the half lane at the edge of the ground.
    assert indicators["lane_length_km"].value == pytest.approx(22 * 0.138, rel=0.02)


def test_facades_that_are_off_make_the_bounds_of_widths_and_shares():
    indicators = by_key(found(house_grid(lane_m=2.2), Assumptions(facade_error_m=0.3)).indicators)
    assert no_bound_is_crossed(indicators.values())
    median = indicators["lane_clear_width_median_m"]
    assert (median.low, median.high) == pytest.approx((1.6, 2.8), abs=0.01)
    share = indicators["lane_under_2_5m_share"]
    assert (share.low, share.value, share.high) == (0, 1, 1)


def test_a_long_dead_end_is_counted_drawn_and_held_against_its_clause():
    form = found(layer(DEAD_END))
    limit = planning_rules()["long_dead_end"]
    assert form.dead_ends["dead_end_m"].tolist() == pytest.approx([60], abs=1)
    assert set(form.dead_ends["limit_m"]) == {limit.value}
    indicators = by_key(form.indicators)
    assert indicators["long_dead_end_count"].value == 1
    assert limit.source in indicators["long_dead_end_count"].reason
    assert indicators["dead_end_lane_share"].value > 0.9


def test_a_short_dead_end_is_a_share_and_no_count():
    short = [box(20, 20, 60, 50), box(62, 20, 102, 50), box(20, 50, 102, 60)]
    form = found(layer(short))
    assert form.dead_ends.empty
    indicators = by_key(form.indicators)
    assert indicators["long_dead_end_count"].value == 0
    assert indicators["dead_end_lane_share"].value > 0


def test_where_no_lane_lies_between_houses_the_reason_is_said():
    indicators = by_key(found(layer([box(10, 10, 20, 20)])).indicators)
    assert {i.value for i in indicators.values()} == {None}
    assert "no lane lies between the mapped houses" in indicators["lane_length_km"].reason


def test_without_buildings_nothing_is_available():
    form = found(layer([]))
    assert {i.grade for i in form.indicators} == {"NA"}
    assert form.dead_ends.empty
    assert {i.reason for i in found(house_grid(), outside="elsewhere").indicators} == {"elsewhere"}


def test_few_lanes_lower_the_grade():
    indicators = by_key(found(layer(DEAD_END)).indicators)
    assert "only 1 lanes lie between the houses" in indicators["lane_length_km"].reason

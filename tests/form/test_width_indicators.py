import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box
from support.form_villages import by_key, form_village, measured_layers
from support.lane_villages import LANE_M, house_grid, lane_grid, layer

from taobaogis.form.section import street_sections
from taobaogis.form.unmapped import seen_share
from taobaogis.form.width_indicators import (
    WIDTH_KEYS,
    no_widths,
    open_sides,
    uncovered_pieces,
    width_indicators,
)
from taobaogis.study import Assumptions

STREET = layer([LineString([(0, 50), (100, 50)])])
SIX_METRES = layer([box(0, 53, 100, 70), box(0, 30, 100, 47)])


def widths(streets=None, buildings=None, *, seen=1.0, lanes=None, **changes):
    place = form_village(streets=streets, buildings=buildings, **changes)
    return widths_of(place, seen=seen, lanes=lanes)


def widths_of(place, *, seen=1.0, lanes=None):
    assumptions = Assumptions()
    measured, _ = measured_layers(place, assumptions)
    return by_key(width_indicators(place, measured, assumptions, seen=seen, lanes=lanes))


def test_every_lane_of_a_grid_is_as_wide_as_it_was_drawn():
    found = widths(lane_grid(), house_grid())
    assert tuple(found) == WIDTH_KEYS
    assert [i.value for i in found.values()] == pytest.approx([LANE_M, LANE_M], abs=2e-3)


def test_without_buildings_or_streets_the_reason_names_what_is_missing():
    for found in (widths(lane_grid()), widths(buildings=house_grid())):
        assert {i.value for i in found.values()} == {None}
    assert "no buildings are mapped in Lane Village" in widths(lane_grid())[WIDTH_KEYS[0]].reason
    assert "no streets are mapped" in widths(buildings=house_grid())[WIDTH_KEYS[0]].reason
    beyond = widths(lane_grid(), house_grid(), outside="elsewhere")
    assert {i.reason for i in beyond.values()} == {"elsewhere"}


def test_streets_built_on_one_side_have_no_width():
    found = widths(STREET, layer([box(0, 55, 100, 70)]))
    why = "no street in Lane Village has mapped buildings on both sides"
    assert all(why in i.reason for i in found.values())


def test_few_streets_lower_the_grade():
    width = widths(STREET, SIX_METRES)["street_width_median_m"]
    assert width.value == pytest.approx(6)
    assert (width.grade, width.reason) == ("C", "only 1 streets could be measured")


def test_mostly_open_streets_and_a_circle_lower_the_grade():
    same = layer([LineString([(0, 50 + i / 1e3), (100, 50 + i / 1e3)]) for i in range(30)])
    built_40 = layer([box(0, 53, 40, 70), box(0, 30, 40, 47)])
    width = widths(same, built_40)["street_width_median_m"]
    assert (width.grade, width.reason) == ("C", "60% of the street length is open on a side")
    circle = dataclasses.replace(form_village(streets=STREET, buildings=SIX_METRES), is_circle=True)
    assert widths_of(circle)["street_width_median_m"].grade == "D"


def test_buildings_beyond_the_boundary_are_seen():
    street = layer([LineString([(0, 2), (100, 2)])])
    houses = layer([box(0, 5, 100, 15), box(0, -15, 100, -1)])
    assert widths(street, houses)["street_width_median_m"].value == pytest.approx(6)


def test_a_house_that_is_missing_elsewhere_does_not_change_a_street_built_on_both_sides():
    # All of the street is 6 m wide; none is known to be narrower or wider.
    width = widths(STREET, SIX_METRES, seen=0.25)["street_width_median_m"]
    assert (width.low, width.high) == (None, None)


def test_missing_houses_may_be_those_of_the_widest_streets_and_never_make_one_narrower():
    # Forty streets of 100 m, 4 to 12 m wide.
    middles = range(50, 50 + 40 * 80, 80)
    half_m = np.tile([2, 3, 4, 5, 6], 8)
    lines = [LineString([(0, y), (100, y)]) for y in middles]
    sides = [
        box(0, y + sign * half, 100, y + sign * (half + 9))
        for half, y in zip(half_m, middles, strict=True)
        for sign in (-1, 1)
    ]
    place = form_village(
        streets=layer(lines), buildings=layer(sides), boundary=box(-10, 0, 110, 3300)
    )
    whole, lacking = (widths_of(place, seen=seen)["street_width_median_m"] for seen in (1.0, 0.5))
    assert (whole.value, lacking.value) == pytest.approx((8, 8))
    # Of half of the length seen as it is, the 4 m streets alone make more than a third.
    assert whole.low == pytest.approx(6)
    assert 4 <= lacking.low < whole.low
    assert lacking.high == pytest.approx(whole.high)


def test_lanes_without_a_street_are_within_the_bounds():
    line = LineString([(0, 10), (300, 10)])
    lanes = layer([line], clear_width_median_m=[1.5], length_m=[300.0])
    found = widths(STREET, SIX_METRES, seen=0.25, lanes=lanes)["street_width_median_m"]
    assert (found.value, found.low, found.high) == pytest.approx((6, 1.5, 6))
    # Shorter than the street, lanes do not turn the median over, but the narrowest tenth.
    short = lanes.assign(length_m=90.0)
    found = widths(STREET, SIX_METRES, lanes=short)
    assert found["street_width_median_m"].low is None
    assert found["street_width_p10_m"].low == pytest.approx(1.5)


def test_of_a_grid_with_holes_the_true_width_is_within_the_bounds():
    for seed in range(5):
        kept = house_grid()[np.random.default_rng(seed).random(144) < 0.9]
        place = form_village(streets=lane_grid(), buildings=kept)
        for indicator in widths_of(place, seen=seen_share(place)).values():
            low = indicator.value if indicator.low is None else indicator.low
            assert low - 1e-6 <= LANE_M <= (indicator.high or indicator.value) + 1e-6


@given(
    half_m=st.lists(st.floats(0.6, 12.0), min_size=1, max_size=4),
    built_m=st.floats(0.5, 100.0),
    seen=st.floats(0.05, 1.0),
)
@hypothesis_settings(max_examples=15, deadline=None)
def test_widths_of_random_streets_lie_within_what_was_drawn(half_m, built_m, seen):
    middles = np.arange(len(half_m)) * 80.0 + 40
    lines = [LineString([(0, y), (100, y)]) for y in middles]
    sides = [
        box(0, min(y + sign * half, y + sign * (half + 9)), built_m,
            max(y + sign * half, y + sign * (half + 9)))
        for half, y in zip(half_m, middles, strict=True)
        for sign in (-1, 1)
    ]  # fmt: skip
    place = form_village(
        streets=layer(lines), buildings=layer(sides), boundary=box(-5, 0, 105, 400)
    )
    measured, _ = measured_layers(place)
    sections = street_sections(place, Assumptions())
    pieces = uncovered_pieces(place, sections)
    opened = open_sides(pieces)
    assert (opened == pieces["width_m"].isna()).all()
    assert pieces.loc[opened, "length_m"].sum() == pytest.approx(
        (100 - built_m) * len(lines), abs=0.2 * len(lines)
    )
    found = by_key(width_indicators(place, measured, Assumptions(), seen=seen, sections=sections))
    why = no_widths(place, measured)
    for indicator in found.values():
        if indicator.value is None:
            assert indicator.reason
            assert why or opened.all()
            continue
        low, high = 2 * min(half_m) - 1e-6, 2 * max(half_m) + 1e-6
        assert low <= indicator.value <= high
        assert indicator.low is None or low <= indicator.low <= indicator.value
        assert indicator.high is None or indicator.value <= indicator.high <= high

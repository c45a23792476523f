import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import LineString, box
from support.form_villages import form_village
from support.lane_villages import house_grid, layer

from taobaogis.form.unmapped import (
    bounds_if_unseen,
    bounds_with_lanes,
    joined_bounds,
    lanes_without_street,
    seen_share,
)

WIDTHS, LENGTHS = np.array([2.0, 4.0, 6.0, 8.0, 10.0]), np.full(5, 10.0)
MEDIAN = {"probability": 0.5}
shares = st.floats(0.01, 1.0)
some_widths = st.lists(st.floats(0.5, 50.0), min_size=1, max_size=12).map(np.array)


def test_where_every_house_is_mapped_nothing_is_doubtful():
    both = bounds_if_unseen(WIDTHS, LENGTHS, **MEDIAN, seen=1.0, too_great=True, too_small=True)
    assert both == pytest.approx((6.0, 6.0))


def test_what_was_not_seen_may_be_the_widest_and_no_more():
    # Along two fifths a house is missing: 30 m are left, of which 15 m are 2 and 4 m wide.
    found = bounds_if_unseen(WIDTHS, LENGTHS, **MEDIAN, seen=0.6, too_great=True)
    assert found == pytest.approx((4.0, 6.0))
    turned = bounds_if_unseen(WIDTHS, LENGTHS, **MEDIAN, seen=0.6, too_small=True)
    assert turned == pytest.approx((6.0, 8.0))


def test_hardly_anything_seen_leaves_the_ends_of_what_was_measured():
    found = bounds_if_unseen(WIDTHS, LENGTHS, **MEDIAN, seen=0, too_great=True, too_small=True)
    assert found == pytest.approx((2.0, 10.0))


def test_a_value_that_needs_no_house_stays():
    # Of 20 m that houses tell, the wider half may be wrong: 10 m of 8 m count twice.
    surveyed = np.array([False, False, False, True, True])
    found = bounds_if_unseen(WIDTHS, LENGTHS, **MEDIAN, seen=0.5, too_great=surveyed)
    assert found == pytest.approx((6.0, 6.0))
    narrow = bounds_if_unseen(WIDTHS, LENGTHS, probability=0.9, seen=0.5, too_great=surveyed)
    assert narrow == pytest.approx((8.0, 10.0))


@given(values=some_widths, seen=shares, probability=st.floats(0.05, 0.95))
def test_the_bounds_are_among_what_was_measured_and_enclose_the_quantile(values, seen, probability):
    lengths = np.linspace(1, 3, len(values))
    asked = {"probability": probability, "too_great": True, "too_small": True}
    low, high = bounds_if_unseen(values, lengths, seen=seen, **asked)
    value, same = bounds_if_unseen(values, lengths, seen=1.0, **asked)
    assert value == pytest.approx(same)
    slack = 1e-9 * values.max()
    assert values.min() - slack <= low <= value + slack
    assert value - slack <= high <= values.max() + slack
    turned = bounds_if_unseen(values[::-1], lengths[::-1], seen=seen, **asked)
    assert turned == pytest.approx((low, high))


@given(values=some_widths, seen=shares, more=shares)
def test_the_fewer_houses_are_mapped_the_wider_the_bounds(values, seen, more):
    lengths = np.ones(len(values))
    less, most = sorted((seen, more))
    wide = bounds_if_unseen(values, lengths, **MEDIAN, seen=less, too_great=True, too_small=True)
    close = bounds_if_unseen(values, lengths, **MEDIAN, seen=most, too_great=True, too_small=True)
    assert wide[0] <= close[0] * (1 + 1e-9)
    assert wide[1] >= close[1] * (1 - 1e-9)


def test_the_bounds_hold_whatever_was_wrong_along_a_share_of_the_length():
    # The definition of contaminated sampling, tried on random streets: a share of the length
    # looks wider than it is, and the quantile of the others stays within.
    random = np.random.default_rng(7)
    for _ in range(200):
        true = random.gamma(2.0, 2.0, 400)
        wrong = random.random(400) < 0.3
        measured = np.where(wrong, true + random.gamma(2.0, 5.0, 400), true)
        seen = 1 - wrong.mean()
        low, _ = bounds_if_unseen(measured, np.ones(400), **MEDIAN, seen=seen, too_great=True)
        assert low <= np.median(true[~wrong]) + 1e-9


def test_doubts_of_two_kinds_are_squared_and_added():
    low, high = joined_bounds(8.0, (4.0, 8.0), (4.0, 16.0), within=(0.1, 100.0))
    assert (low, high) == pytest.approx((8 * 2 ** -(2**0.5), 16.0))
    assert joined_bounds(8.0, (4.0, 16.0), within=(5.0, 9.0)) == pytest.approx((5.0, 9.0))
    assert joined_bounds(8.0, (8.0, 8.0), within=(9.0, 7.0)) == (8.0, 8.0)
    assert joined_bounds(8.0, (0.0, 8.0), within=(0.0, 9.0)) == (0.0, 8.0)


def test_lanes_pull_a_bound_towards_themselves_and_no_further():
    streets = np.array([8.0]), np.array([100.0])
    few = {"lanes": np.array([2.0]), "lanes_m": np.array([80.0])}
    assert bounds_with_lanes((7.0, 9.0), *streets, **few) == (7.0, 9.0)
    many = {"lanes": np.array([2.0]), "lanes_m": np.array([120.0])}
    assert bounds_with_lanes((7.0, 9.0), *streets, **many) == (2.0, 9.0)
    none = {"lanes": np.empty(0), "lanes_m": np.empty(0)}
    assert bounds_with_lanes((7.0, 9.0), *streets, **none) == (7.0, 9.0)


def test_a_lane_along_whose_middle_a_street_runs_is_mapped():
    lines = [LineString([(0, y), (100, y)]) for y in (0, 10, 20)]
    lanes = layer(lines, open_ground=[False, False, True])
    street = layer([LineString([(0, 2.9), (100, 2.9)])])
    assert list(lanes_without_street(lanes, street).index) == [1]
    assert list(lanes_without_street(lanes, layer([])).index) == [0, 1]
    assert len(lanes_without_street(layer([], open_ground=[]), street)) == 0


def test_both_houses_are_there_along_the_square_of_what_is_mapped():
    whole = form_village(buildings=house_grid())
    assert seen_share(whole) == pytest.approx(1.0, abs=0.05)
    holes = house_grid().drop(index=[13, 40, 66, 79, 100, 118])
    assert seen_share(form_village(buildings=holes)) < seen_share(whole)
    assert seen_share(form_village(buildings=layer([box(0, 0, 9, 9)]))) == 1.0


@given(
    value=st.floats(0.1, 50.0),
    spread=st.lists(st.tuples(st.floats(0.2, 1.0), st.floats(1.0, 5.0)), min_size=1, max_size=3),
    within=st.tuples(st.floats(0.01, 50.0), st.floats(0.01, 300.0)),
)
def test_joined_bounds_enclose_the_value_and_each_doubt_within_what_was_measured(
    value, spread, within
):
    bounds = [(value * less, value * more) for less, more in spread]
    low, high = joined_bounds(value, *bounds, within=within)
    assert low <= value <= high
    for one, other in bounds:
        assert low <= max(one, within[0]) * (1 + 1e-9)
        assert high >= min(other, within[1]) * (1 - 1e-9)


@given(
    widths=some_widths,
    lane=st.floats(0.5, 50.0),
    lane_m=st.floats(0.1, 99.0),
    probability=st.floats(0.05, 0.95),
)
def test_bounds_with_lanes_only_ever_widen(widths, lane, lane_m, probability):
    both = bounds_with_lanes(
        (4.0, 6.0), widths, np.ones(len(widths)), lanes=np.array([lane]),
        lanes_m=np.array([lane_m]), probability=probability,
    )  # fmt: skip
    assert both[0] <= 4.0
    assert both[1] >= 6.0
    everything = np.r_[widths, lane, 4.0, 6.0]
    assert both[0] >= everything.min() * (1 - 1e-9)
    assert both[1] <= everything.max() * (1 + 1e-9)


@given(away_m=st.floats(0.0, 9.0), angle=st.floats(0, 360))
def test_a_street_beside_a_lane_counts_up_to_three_metres_at_any_angle(away_m, angle):
    lane, street = (
        rotate(LineString([(0, y), (100, y)]), angle, origin=(3, 4)) for y in (0, away_m)
    )
    left = lanes_without_street(layer([lane], open_ground=[False]), layer([street]))
    if abs(away_m - 3) > 1e-6:
        assert len(left) == int(away_m > 3)


@given(gone=st.sets(st.integers(0, 35), max_size=20))
@hypothesis_settings(max_examples=15, deadline=None)
def test_what_is_seen_is_a_share_and_less_of_a_grid_with_holes(gone):
    houses = house_grid(houses=6)
    area = box(0, 0, 69, 69)
    whole = seen_share(form_village(buildings=houses, boundary=area))
    found = seen_share(form_village(buildings=houses.drop(index=sorted(gone)), boundary=area))
    assert 0 <= found <= whole <= 1

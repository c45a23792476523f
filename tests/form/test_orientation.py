import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import box
from support.lane_villages import layer

from taobaogis.errors import CRSError, InputError
from taobaogis.form.orientation import neighbour_turn_deg, orientation_order


def row(*angles):
    """Houses of 8 by 10 m in a row, 16 m apart, turned clockwise."""
    return layer([rotate(box(16 * i, 0, 16 * i + 8, 10), -angle) for i, angle in enumerate(angles)])


def test_neighbours_turned_ten_degrees_either_way_are_twenty_apart():
    turn = neighbour_turn_deg(row(10, -10, 10, -10, 10))
    assert turn.to_numpy() == pytest.approx(20, abs=1e-6)


def test_a_quarter_turn_is_no_turn():
    assert neighbour_turn_deg(row(0, 90, 0)).to_numpy() == pytest.approx(0, abs=1e-6)
    assert orientation_order(row(0, 90, 0)) == pytest.approx(1)


def test_half_a_quarter_turn_is_as_far_apart_as_houses_can_be():
    assert neighbour_turn_deg(row(0, 45)).to_numpy() == pytest.approx(45, abs=1e-6)
    assert orientation_order(row(0, 45)) == pytest.approx(0, abs=1e-6)


def test_directions_all_round_have_no_order():
    assert orientation_order(row(*np.arange(0, 90, 10))) == pytest.approx(0, abs=1e-6)


@given(st.lists(st.floats(0, 180), min_size=1, max_size=8), st.floats(0, 360))
def test_order_lies_between_none_and_full_and_turns_with_the_village(angles, turn):
    still = orientation_order(row(*angles))
    assert 0 <= still <= 1 + 1e-12
    turned = row(*angles).rotate(turn, origin=(0, 0))
    assert orientation_order(turned) == pytest.approx(still, abs=1e-6)


def test_a_large_house_counts_more_than_a_small_one():
    big, small = box(0, 0, 100, 200), rotate(box(300, 0, 301, 2), 45)
    assert orientation_order(layer([big, small])) > 0.999


def test_a_house_alone_has_no_neighbour_to_be_turned_against():
    assert np.isnan(neighbour_turn_deg(row(0)).iloc[0])
    assert np.isnan(orientation_order(layer([])))
    assert np.isnan(orientation_order(layer([None])))


def test_a_reach_that_cannot_be_meant_is_refused():
    with pytest.raises(InputError, match="reach_m is 0"):
        neighbour_turn_deg(row(0), reach_m=0)


@pytest.mark.parametrize("measure", [orientation_order, neighbour_turn_deg])
def test_degrees_are_refused(measure):
    with pytest.raises(CRSError, match="`buildings` is in 'WGS 84'"):
        measure(row(0).set_crs(4326, allow_override=True))

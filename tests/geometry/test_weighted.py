import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taobaogis.geometry.weighted import (
    HALF_WINDOW,
    group_quantiles,
    mean_between,
    quantile_window,
)


def quantiles(values, weights, probabilities):
    one = np.zeros(len(values), dtype=int)
    return group_quantiles(
        np.array(values, float), np.array(weights, float), one, count=1,
        probabilities=probabilities,
    )[0]  # fmt: skip


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=200))
def test_of_equal_weights_the_median_is_the_usual_one(values):
    found = quantiles(values, np.ones(len(values)), [0.5])[0]
    assert found == pytest.approx(np.median(values), abs=1e-6)


def test_a_value_counts_by_its_weight():
    assert quantiles([1, 2, 9], [1, 1, 8], [0, 0.05, 0.15, 0.5, 1]).tolist() == [1, 1, 2, 9, 9]


def test_splitting_a_weight_makes_no_difference():
    whole = quantiles([1.5, 13], [3, 3], [0.5])
    split = quantiles([1.5, 1.5, 13, 13], [0.1, 2.9, 2.5, 0.5], [0.5])
    assert whole[0] == pytest.approx(7.25)
    assert split[0] == pytest.approx(7.25)


def test_groups_do_not_mix_and_empty_ones_have_nothing():
    found = group_quantiles(
        np.array([5.0, 1, 3, 2]), np.ones(4), np.array([2, 0, 0, 0]), count=3,
        probabilities=[0.5, 1.0],
    )  # fmt: skip
    assert found[[0, 2]].tolist() == [[2, 3], [5, 5]]
    assert np.isnan(found[1]).all()


def test_nothing_has_no_quantile():
    assert np.isnan(quantiles([], [], [0.5])).all()


def test_a_stretch_in_one_value_is_that_value_and_over_two_their_mean():
    value, weight = np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.0, 3.0])
    assert mean_between(value, weight, 0.2, 0.9) == 1
    assert mean_between(value, weight, 1.0, 2.0) == 4
    assert mean_between(value, weight, 0.5, 2.0) == pytest.approx((0.5 * 1 + 1 * 4) / 1.5)


def test_the_window_of_a_quantile_stays_within_the_weights():
    assert quantile_window(50.0, 0.0) == (0.0, 50.0 * HALF_WINDOW)
    assert quantile_window(50.0, 1.0) == (50.0 * (1 - HALF_WINDOW), 50.0)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taobaogis.form.bootstrap import quantile_interval, share_interval
from taobaogis.geometry.weighted import mean_between, quantile_window


def test_one_cluster_says_nothing_about_others():
    low, high = quantile_interval(np.array([1.0, 2, 3]), np.ones(3), np.zeros(3), probability=0.5)
    assert low == high == pytest.approx(2)


def test_the_interval_narrows_with_more_streets():
    random = np.random.default_rng(0)

    def spread(streets):
        values = random.normal(5, 1, streets)
        low, high = quantile_interval(values, np.ones(streets), np.arange(streets), probability=0.5)
        return high - low

    assert spread(400) < spread(25) / 2


def test_pieces_of_one_street_are_not_taken_for_many_streets():
    widths, streets = np.repeat([2.0, 4.0, 6.0, 8.0], 100), np.repeat(np.arange(4), 100)
    low, high = quantile_interval(widths, np.ones(400), streets, probability=0.5)
    assert low <= 3
    assert high >= 7


def test_the_order_of_the_measurements_does_not_matter():
    random = np.random.default_rng(1)
    values, weights, streets = random.random(60), random.random(60) + 0.1, np.arange(60) // 3
    mixed = random.permutation(60)
    assert quantile_interval(values, weights, streets, probability=0.1) == pytest.approx(
        quantile_interval(values[mixed], weights[mixed], 19 - streets[mixed], probability=0.1)
    )


def test_nothing_has_no_interval():
    nothing = np.zeros(0)
    assert np.isnan(quantile_interval(nothing, nothing, nothing, probability=0.5)).all()


@pytest.mark.parametrize("n", [7, 40, 900])
@pytest.mark.parametrize("probability", [0.1, 0.5])
def test_drawing_by_bands_is_drawing_row_by_row(n, probability):
    random = np.random.default_rng(n)
    values, weights = np.sort(random.integers(0, 30, n) / 4), random.random(n) + 0.01
    streets = random.integers(0, max(n // 3, 1), n)
    total = np.bincount(streets, weights=values * weights)
    there = np.unique(streets)
    again, drawn = np.random.default_rng(20190), []
    for _ in range(60):
        chosen = there[np.argsort(total[there], kind="stable")]
        times = np.bincount(again.integers(len(there), size=len(there)), minlength=len(there))
        by_street = dict(zip(chosen, times, strict=True))
        weight = weights * np.array([by_street[street] for street in streets])
        low, high = quantile_window(weight.sum(), probability)
        drawn.append(mean_between(values, weight, low, high))
    found = quantile_interval(values, weights, streets, probability=probability, draws=60)
    assert found == pytest.approx(np.quantile(drawn, [0.025, 0.975]))


@settings(max_examples=20)
@given(seed=st.integers(0, 999), n=st.integers(1, 40))
def test_a_share_lies_within_those_of_its_streets_whatever_their_order_or_unit(seed, n):
    random = np.random.default_rng(seed)
    total = random.random(n) + 0.1
    chosen = total * random.random(n)
    low, high = share_interval(chosen, total)
    shares = chosen / total
    assert shares.min() - 1e-9 <= low <= high <= shares.max() + 1e-9
    mixed = random.permutation(n)
    found = share_interval(7 * chosen[mixed], 7 * total[mixed])
    assert found == pytest.approx((low, high))
    assert share_interval(total - chosen, total) == pytest.approx((1 - high, 1 - low), abs=0.05)


def test_the_share_of_many_streets_lies_within_its_interval():
    random = np.random.default_rng(5)
    held = 0
    for _ in range(100):
        chosen = (random.random(200) < 0.3).astype(float)
        low, high = share_interval(chosen, np.ones(200))
        held += low <= 0.3 <= high
    assert held >= 88

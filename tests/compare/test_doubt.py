import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from taobaogis.compare.doubt import Interval, draw_scores, draw_weights, rank_shares
from taobaogis.compare.ranking import compare_villages
from taobaogis.compare.turning import turning_points
from taobaogis.indicators import measured
from taobaogis.study import ComparisonSpec, CriterionSpec

WIDTH = CriterionSpec("street_width_median_m", good=6, bad=2, weight=3)
STOP = CriterionSpec("stop_straight_m", good=300, bad=1100, weight=1)
SURE = ComparisonSpec(weight_doubt=0, draws=500)


def village(width_m, stop_m, **bounds):
    return {
        "street_width_median_m": measured(
            "street_width_median_m", width_m, method="", source="", n=9, **bounds
        ),
        "stop_straight_m": measured("stop_straight_m", stop_m, method="", source="", n=9),
    }


numbers = st.tuples(st.floats(0.5, 12), st.floats(0, 3000))


@given(st.lists(numbers, min_size=1, max_size=6))
def test_without_any_doubt_every_share_is_0_or_1_and_sits_at_the_rank(villages):
    values = {f"v{i}": village(*v) for i, v in enumerate(villages)}
    for found in compare_villages(values, [WIDTH, STOP], SURE).villages:
        assert set(found.rank_shares) <= {0.0, 1.0}
        assert found.rank_shares[found.rank - 1] == 1.0
        assert found.first_share == found.first_share_data == float(found.rank == 1)


@given(st.lists(numbers, min_size=2, max_size=5), st.floats(0.01, 1))
def test_the_shares_of_a_village_sum_to_one_and_its_bounds_hold_its_score(villages, doubt):
    values = {
        f"v{i}": village(w, s, low=w * 0.7, high=w * 1.4) for i, (w, s) in enumerate(villages)
    }
    spec = ComparisonSpec(weight_doubt=doubt, draws=200)
    for found in compare_villages(values, [WIDTH, STOP], spec).villages:
        assert sum(found.rank_shares) == pytest.approx(1)
        assert found.low - 1e-12 <= found.total <= found.high + 1e-12


def test_the_chance_of_being_first_is_what_a_hand_computes():
    # b stands at 4 m for sure, a at 4 m give or take: half of its draws lie above.
    values = {"a": village(4, 700, low=3, high=5), "b": village(4, 700)}
    spec = ComparisonSpec(weight_doubt=0, draws=20_000)
    by_id = {v.village: v for v in compare_villages(values, [WIDTH, STOP], spec).villages}
    assert by_id["a"].first_share == pytest.approx(0.5, abs=0.015)
    assert by_id["b"].first_share == pytest.approx(0.5, abs=0.015)
    # Uneven bounds do not tilt it: the value stays the median.
    values["a"] = village(4, 700, low=3.9, high=6)
    tilted = {v.village: v for v in compare_villages(values, [WIDTH, STOP], spec).villages}
    assert tilted["a"].first_share == pytest.approx(0.5, abs=0.015)


def test_doubtful_weights_alone_unsettle_villages_that_are_good_at_different_things():
    values = {"wide": village(6, 1100), "near": village(2, 300)}
    half = [
        CriterionSpec("street_width_median_m", 6, 2),
        CriterionSpec("stop_straight_m", 300, 1100),
    ]
    spec = ComparisonSpec(weight_doubt=1, draws=20_000)
    by_id = {v.village: v for v in compare_villages(values, half, spec).villages}
    assert by_id["wide"].first_share == pytest.approx(0.5, abs=0.015)
    assert by_id["wide"].first_share_data == 1.0, "they tie when the weights are sure"
    # Weights 3 to 1 with doubt d: P(w > 1/2) of Beta(1.5 / d, 0.5 / d).
    found = compare_villages(values, [WIDTH, STOP], spec).villages[0]
    assert found.first_share == pytest.approx(beta(1.5, 0.5).sf(0.5), abs=0.015)


def test_drawn_weights_have_the_given_ones_as_mean_and_keep_zero_at_zero():
    drawn = draw_weights([0.5, 0.0, 0.3, 0.2], 0.25, 40_000, np.random.default_rng(1))
    assert drawn.sum(axis=1) == pytest.approx(1)
    assert drawn.mean(axis=0) == pytest.approx([0.5, 0, 0.3, 0.2], abs=0.005)
    assert (drawn[:, 1] == 0).all()
    # Dirichlet of concentration 3 / 0.25 = 12: variance w (1 - w) / 13.
    assert drawn[:, 0].var() == pytest.approx(0.25 / 13, rel=0.05)
    flat = draw_weights([1 / 3] * 3, 1, 40_000, np.random.default_rng(2))
    assert (flat[:, 0] < 0.5).mean() == pytest.approx(0.75, abs=0.01), "uniform on the triangle"


def test_drawn_values_stay_within_their_bounds_with_the_value_as_median():
    interval = Interval(2.0, 3.0, 8.0, good=10.0, bad=0.0)
    scores = draw_scores([[interval]], 20_000, np.random.default_rng(1))[:, 0, 0]
    assert scores.min() >= 0.2
    assert scores.max() <= 0.8
    assert np.median(scores) == pytest.approx(0.3, abs=0.005)


def test_rank_shares_of_two_draws_are_counted():
    scores = np.array([[[1.0], [0.5], [0.0]], [[0.2], [0.5], [0.5]]])
    found = rank_shares(scores, np.ones((2, 1)))
    assert found.shares.tolist() == [[0.5, 0, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5]]
    assert found.first.tolist() == [0.5, 0.5, 0.5]


def test_equal_runs_draw_alike_and_another_seed_otherwise():
    values = {"a": village(4, 700, low=2, high=6), "b": village(4.5, 700, low=3, high=5)}
    first, again = (compare_villages(values, [WIDTH, STOP]) for _ in range(2))
    assert first == again
    other = compare_villages(values, [WIDTH, STOP], ComparisonSpec(seed=7))
    assert other.villages[0].first_share != first.villages[0].first_share


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=5),
    st.lists(st.floats(0.05, 1), min_size=3, max_size=3),
)
def test_beyond_a_turning_point_the_named_village_leads_and_before_it_the_first_does(rows, raw):
    scores, weights = np.array(rows), np.array(raw) / sum(raw)
    best = int(np.argmax(scores @ weights))
    for point in turning_points(scores, weights):
        for share in np.linspace(point.now, point.then, 7)[1:-1]:
            assert (scores @ moved(weights, point.criterion, share)).argmax() == best
        at = scores @ moved(weights, point.criterion, point.then)
        assert at[point.village] == pytest.approx(at[best], abs=1e-6)


def moved(weights, j, share):
    """Weights with one set and the others in proportion."""
    out = weights * (1 - share) / (1 - weights[j])
    out[j] = share
    return out


def test_a_village_that_is_better_at_everything_never_loses_its_place():
    assert turning_points(np.array([[0.9, 0.8], [0.5, 0.7]]), [0.4, 0.6]) == ()


def test_the_turning_weight_stands_in_the_comparison_by_name():
    values = {"wide": village(6, 1100), "near": village(2, 300)}
    found = compare_villages(values, [WIDTH, STOP], SURE)
    assert found.turns[0].village == "near"
    assert {t.indicator: (t.now, round(t.then, 9)) for t in found.turns} == {
        "street_width_median_m": (0.75, 0.5), "stop_straight_m": (0.25, 0.5),
    }  # fmt: skip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymcdm.methods import TOPSIS
from pymcdm.normalizations import vector_normalization
from pymcdm.weights.subjective import AHP

from taobaogis.compare.topsis import closeness
from taobaogis.compare.weights import ahp_weights, criterion_weights, needs_weights, pair_matrix
from taobaogis.errors import StudyError
from taobaogis.study import ComparisonSpec, CriterionSpec, PairSpec

KEYS = ("market_straight_m", "stop_straight_m", "street_width_median_m")
CRITERIA = tuple(
    CriterionSpec(key, good=1, bad=0, weight=w) for key, w in zip(KEYS, (2, 1, 1), strict=True)
)
# Phones of five makers by price, storage, camera, looks: the vector that several packages agree on.
PHONES = np.array(
    [
        [250, 16, 12, 5],
        [200, 16, 8, 3],
        [300, 32, 16, 4],
        [275, 32, 8, 4],
        [225, 16, 16, 2],
    ],
    dtype=float,
)


def test_topsis_equals_what_three_packages_and_a_hand_give():
    found = closeness(PHONES, [0.25] * 4, more_is_better=[False, True, True, True])
    expected = [0.534277, 0.308368, 0.691632, 0.534737, 0.401046]
    assert found == pytest.approx(expected, abs=1e-6)


tables = st.integers(2, 6).flatmap(
    lambda m: st.tuples(
        st.lists(st.lists(st.floats(0.1, 1e4), min_size=m, max_size=m), min_size=2, max_size=7),
        st.lists(st.floats(0.01, 1), min_size=m, max_size=m),
        st.lists(st.booleans(), min_size=m, max_size=m),
    )
)


@given(tables)
def test_topsis_equals_pymcdm(table):
    values, weights, directions = (np.array(part) for part in table)
    weights = weights / weights.sum()
    found = closeness(values, weights, more_is_better=directions)
    if np.isnan(found).any() or (np.ptp(values, axis=0) < 1e-6 * values.max(axis=0)).all():
        return
    oracle = TOPSIS(normalization_function=vector_normalization)
    types = np.where(directions, 1, -1)
    assert found == pytest.approx(oracle(values, weights, types, validation=False), abs=1e-6)


def test_villages_that_are_all_alike_have_no_closeness():
    assert np.isnan(closeness(np.ones((3, 2)), [0.5, 0.5], more_is_better=[True, False])).all()
    assert np.isnan(closeness(np.zeros((2, 1)), [1.0], more_is_better=[True])).all()


@given(st.lists(st.sampled_from([1 / 5, 1 / 2, 1, 2, 3, 7, 9]), min_size=6, max_size=6))
def test_weights_from_pairs_and_their_consistency_equal_pymcdm(judgements):
    matrix = np.ones((4, 4))
    above = np.argwhere(np.triu(np.ones((4, 4)), 1))
    for (i, j), by in zip(above, judgements, strict=True):
        matrix[i, j], matrix[j, i] = by, 1 / by
    weights, ratio = ahp_weights(matrix)
    oracle = AHP(matrix=matrix)
    assert weights == pytest.approx(oracle(), abs=1e-9)
    assert ratio == pytest.approx(max(oracle.get_cr(), 0), abs=1e-9)


def test_consistent_pairs_give_their_weights_and_no_contradiction():
    pairs = [PairSpec(KEYS[0], KEYS[1], 2), PairSpec(KEYS[0], KEYS[2], 6),
             PairSpec(KEYS[1], KEYS[2], 3)]  # fmt: skip
    weights = criterion_weights(CRITERIA, ComparisonSpec(weights="ahp", pairs=tuple(pairs)))
    assert weights.shares == pytest.approx((0.6, 0.3, 0.1))
    assert weights.consistency_ratio == pytest.approx(0, abs=1e-9)
    assert "0.00" in weights.basis


def test_pairs_that_go_round_in_circles_are_called_contradictory():
    pairs = [PairSpec(KEYS[0], KEYS[1], 9), PairSpec(KEYS[1], KEYS[2], 9),
             PairSpec(KEYS[2], KEYS[0], 9)]  # fmt: skip
    weights = criterion_weights(CRITERIA, ComparisonSpec(weights="ahp", pairs=tuple(pairs)))
    assert weights.consistency_ratio > 1
    assert "contradict each other" in weights.basis
    assert "相互矛盾" in weights.basis.zh


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([(KEYS[0], KEYS[1])], "3 pairs are needed, 2 are missing"),
        ([(KEYS[0], KEYS[1]), (KEYS[1], KEYS[0])], "are paired twice"),
        ([(KEYS[0], KEYS[0])], "held against itself"),
        ([("stop_strait_m", KEYS[0])], "Did you mean 'stop_straight_m'"),
    ],
)
def test_pairs_that_say_too_little_or_too_much_are_refused(pairs, says):
    with pytest.raises(StudyError, match=says):
        pair_matrix(KEYS, [PairSpec(more, than, 2) for more, than in pairs])


def test_too_many_criteria_for_pairs_are_refused():
    with pytest.raises(StudyError, match="at most 15 criteria"):
        ahp_weights(np.ones((16, 16)))


def test_equal_weights_leave_out_criteria_without_weight():
    criteria = (*CRITERIA, CriterionSpec("floor_space_index", good=1, bad=2, weight=0))
    weights = criterion_weights(criteria, ComparisonSpec(weights="equal"))
    assert weights.shares == pytest.approx((1 / 3, 1 / 3, 1 / 3, 0))


def test_weights_as_given_sum_to_one():
    assert criterion_weights(CRITERIA, ComparisonSpec()).shares == (0.5, 0.25, 0.25)


def test_weights_from_needs_follow_the_shares_and_name_what_nobody_asks_for():
    weights = needs_weights(CRITERIA, {KEYS[1]: 0.6, KEYS[2]: 0.2, "floor_space_index": 0.9})
    assert weights.shares == pytest.approx((0, 0.75, 0.25))
    assert "criteria that nobody asks for (1) weigh nothing" in weights.basis
    with pytest.raises(StudyError, match="no need above 0"):
        needs_weights(CRITERIA, {})

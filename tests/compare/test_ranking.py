import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymcdm.methods import WSM

from taobaogis.compare.ranking import compare_villages, value_score
from taobaogis.errors import StudyError
from taobaogis.indicators import measured, not_available
from taobaogis.study import ComparisonSpec, CriterionSpec

WIDTH = CriterionSpec("street_width_median_m", good=6, bad=2, weight=3)
STOP = CriterionSpec("stop_straight_m", good=300, bad=1100, weight=1)
QUICK = ComparisonSpec(draws=100)


def values(width_m, stop_m, **bounds):
    known = {
        "street_width_median_m": measured("street_width_median_m", width_m, method="", source="",
                                          n=9, **bounds),
        "stop_straight_m": measured("stop_straight_m", stop_m, method="", source="", n=9),
    }  # fmt: skip
    if stop_m is None:
        known["stop_straight_m"] = not_available("stop_straight_m", "no stop is mapped")
    return known


def test_the_weighted_sum_is_what_a_hand_computes():
    result = compare_villages({"a": values(4, 700), "b": values(5, 1100)}, [WIDTH, STOP])
    by_id = {v.village: v for v in result.villages}
    assert by_id["a"].total == pytest.approx(0.75 * 0.5 + 0.25 * 0.5)
    assert by_id["b"].total == pytest.approx(0.75 * 0.75 + 0.25 * 0.0)
    assert [v.village for v in result.villages] == ["b", "a"]
    assert [v.rank for v in result.villages] == [1, 2]


def test_bounds_of_a_value_become_bounds_of_the_total():
    score = compare_villages({"a": values(4, 700, low=2, high=6)}, [WIDTH, STOP]).villages[0]
    assert (score.low, score.high) == pytest.approx((0.125, 0.875))
    assert score.low < score.total < score.high


numbers = st.tuples(st.floats(0.5, 12), st.floats(0, 3000))


@given(villages=st.lists(numbers, min_size=2, max_size=6), newcomer=numbers)
def test_a_village_that_joins_never_reorders_the_others(villages, newcomer):
    before = {f"v{i}": values(*v) for i, v in enumerate(villages)}
    after = before | {"new": values(*newcomer)}
    order = [v.village for v in compare_villages(before, [WIDTH, STOP], QUICK).villages]
    again = [v.village for v in compare_villages(after, [WIDTH, STOP], QUICK).villages]
    assert [v for v in again if v != "new"] == order


def test_a_village_without_a_value_is_shown_at_the_end_and_not_ranked():
    missing = values(6, 100)
    missing["stop_straight_m"] = not_available("stop_straight_m", "no stop is mapped")
    result = compare_villages({"gap": missing, "whole": values(2, 1100)}, [WIDTH, STOP])
    assert [(v.village, v.rank) for v in result.villages] == [("whole", 1), ("gap", None)]
    assert result.villages[1].refused == "no value for Transit stop, straight line"
    assert result.villages[1].total is None


def test_a_criterion_without_weight_needs_no_value():
    missing = values(6, 100)
    missing["stop_straight_m"] = not_available("stop_straight_m", "no stop is mapped")
    idle = CriterionSpec("stop_straight_m", good=300, bad=1100, weight=0)
    assert compare_villages({"gap": missing}, [WIDTH, idle]).villages[0].rank == 1


def test_equal_totals_share_a_rank():
    same = {"a": values(4, 700), "b": values(4, 700), "c": values(2, 1100)}
    assert [v.rank for v in compare_villages(same, [WIDTH, STOP]).villages] == [1, 1, 3]


@given(value=st.floats(-1e6, 1e6), good=st.floats(-100, 100), bad=st.floats(-100, 100))
def test_a_score_lies_between_0_and_1_and_rises_towards_good(value, good, bad):
    if good == bad:
        with pytest.raises(StudyError, match="set them apart"):
            value_score(value, good=good, bad=bad)
        return
    score = value_score(value, good=good, bad=bad)
    assert 0 <= score <= 1
    nearer = value + (good - value) / 2
    assert (
        value_score(nearer, good=good, bad=bad) >= score - 1e-9
        or abs(value - good) < abs(nearer - good)
        or (value - good) * (good - bad) > 0
    )


def test_an_unknown_indicator_is_refused_with_the_nearest():
    with pytest.raises(StudyError, match="Did you mean 'stop_straight_m'"):
        compare_villages({}, [CriterionSpec("stop_strait_m", good=1, bad=2)])


def test_weights_that_weigh_nothing_are_refused():
    with pytest.raises(StudyError, match="no criterion has a weight above 0"):
        compare_villages({}, [CriterionSpec("stop_straight_m", good=1, bad=2, weight=0)])
    with pytest.raises(StudyError, match="write 0 or more"):
        compare_villages({}, [CriterionSpec("stop_straight_m", good=1, bad=2, weight=-1)])


@given(st.lists(numbers, min_size=2, max_size=6))
def test_the_weighted_sum_equals_pymcdm_on_scores(villages):
    found = compare_villages(
        {f"v{i}": values(*v) for i, v in enumerate(villages)}, [WIDTH, STOP], QUICK
    )
    by_id = {v.village: v for v in found.villages}
    scores = np.array([[s.score for s in by_id[f"v{i}"].scores] for i in range(len(villages))])
    oracle = WSM(normalization_function=lambda column, cost=False: column)  # noqa: ARG005
    totals = oracle(scores, np.array([0.75, 0.25]), np.array([1, 1]), validation=False)
    assert [by_id[f"v{i}"].total for i in range(len(villages))] == pytest.approx(totals.tolist())


def test_a_value_below_the_floor_of_its_criterion_is_shown_and_not_ranked():
    strict = CriterionSpec("street_width_median_m", good=6, bad=2, floor="B")
    weak = compare_villages({"a": values(4, 700, grade="C")}, [strict, STOP]).villages[0]
    assert weak.rank is None
    assert weak.refused == "Street width, median has grade C, and at least B is asked for"
    assert weak.refused.zh == "街巷宽度（中位数）的等级为 C，低于要求的 B"
    good = compare_villages({"a": values(4, 700, grade="B")}, [strict, STOP]).villages[0]
    assert good.rank == 1


def test_a_criterion_that_stands_twice_is_refused():
    with pytest.raises(StudyError, match="'stop_straight_m' stands twice"):
        compare_villages({}, [STOP, STOP])

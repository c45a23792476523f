from pathlib import Path

import pytest

from taobaogis.errors import StudyError
from taobaogis.study import default_criteria, parse_study

VILLAGE = "[[village]]\nid = 'lirendong'\n"


def parsed(text):
    return parse_study(VILLAGE + text, folder=Path())


def test_every_default_criterion_says_where_its_points_come_from_in_both_languages():
    for criterion in default_criteria():
        assert criterion.basis
        assert criterion.basis_zh
        assert criterion.basis != criterion.basis_zh


def test_a_criterion_of_the_study_needs_only_what_differs_from_the_default():
    criterion = parsed("[[criterion]]\nindicator = 'market_straight_m'\nweight = 5\n").criteria[0]
    default = next(c for c in default_criteria() if c.indicator == "market_straight_m")
    assert (criterion.good, criterion.bad, criterion.weight) == (default.good, default.bad, 5)
    assert criterion.basis == default.basis
    moved = parsed("[[criterion]]\nindicator = 'market_straight_m'\ngood = 500\n").criteria[0]
    assert (moved.good, moved.basis) == (500, "")


def test_a_study_without_comparison_is_compared_by_the_defaults():
    spec = parsed("").comparison
    assert (spec.weights, spec.weight_doubt, spec.draws, spec.seed) == ("given", 0.25, 4000, 2019)


def test_pairs_and_needs_are_read():
    text = """
[comparison]
weights = "ahp"
weight_doubt = 0.5
[[comparison.pair]]
more = "market_straight_m"
than = "stop_straight_m"
by = 3
[comparison.needs]
stop_straight_m = 0.42
"""
    spec = parsed(text).comparison
    assert (spec.pairs[0].more, spec.pairs[0].by) == ("market_straight_m", 3.0)
    assert spec.needs == (("stop_straight_m", 0.42),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[criterion]]\nindicator = 'stop_strait_m'", "Did you mean 'stop_straight_m'"),
        ("[[criterion]]\nindicator = 'area_ha'\ngood = 1", "lacks 'bad'"),
        ("[[criterion]]\nindicator = 'stop_straight_m'\nlayer = 'from'", "Did you mean 'form'"),
        ("[[criterion]]\nindicator = 'stop_straight_m'\nfloor = 'E'", "write A, B, C or D"),
        ("[[criterion]]\nindicator = 'stop_straight_m'\ngood = 1000", "set them apart"),
        ("[[criterion]]\nindicator = 'stop_straight_m'\nweight = -1", "from 0 to"),
        ("[[criterion]]\nindicator = 'stop_straight_m'\nwieght = 1", "Did you mean 'weight'"),
        ("[[criterion]]\nindicator = 'stop_straight_m'\n" * 2, "stands twice"),
        ("[comparison]\nweights = 'ahb'", "Did you mean 'ahp'"),
        ("[comparison]\nweigths = 'ahp'", "Did you mean 'weights'"),
        ("[comparison]\npairs = 3", "Did you mean \\[\\[comparison.pair\\]\\]"),
        ("[comparison]\nweight_doubt = 2", "weight_doubt is 2"),
        ("[comparison]\ndraws = 5", "draws is 5"),
        ("[[comparison.pair]]\nmore = 'stop_strait_m'\nthan = 'area_ha'\nby = 3",
         "Did you mean 'stop_straight_m'"),
        ("[[comparison.pair]]\nmore = 'stop_straight_m'\nthan = 'area_ha'\nby = 30", "by is 30"),
        ("[comparison.needs]\nstop_strait_m = 0.2", "Did you mean 'stop_straight_m'"),
        ("[comparison.needs]\nstop_straight_m = 42", "stop_straight_m is 42"),
        ("[comparison.needs]\nstop_straight_m = 'many'", "write a share"),
        ("[comparison]\nneeds = 3", "must be a table"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_the_culprit(text, says):
    with pytest.raises(StudyError, match=says):
        parsed(text)

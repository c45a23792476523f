import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.respondents import respondents

from taobaogis.errors import InputError
from taobaogis.indicators import Words, measured, not_available
from taobaogis.reports.survey_table import survey_csv, survey_table
from taobaogis.social.answers import parse_answers
from taobaogis.social.codebook import default_codebook
from taobaogis.social.needs import CASES, need_gaps, need_rules, need_weights
from taobaogis.social.survey import SURVEY_KEYS, survey_indicators, survey_of

BOOK = default_codebook()


def indicator(key, value, low=None, high=None):
    return measured(key, value, method="", source="", n=1, low=low, high=high)


def survey(asking: int, n: int = 100, option: str = "transit"):
    rows = [{"needs": option}] * asking + [{"needs": "website"}] * (n - asking)
    return survey_of({"v": parse_answers(rows, BOOK)})


def case_of(asking, value, low=None, high=None):
    found = {"stop_near_share": indicator("stop_near_share", value, low, high)}
    gaps = need_gaps(survey(asking).of("v"), BOOK, found)
    return next(gap for gap in gaps if gap.code == "transit").case


@pytest.mark.parametrize(
    ("asking", "near", "case"),
    [
        (60, (0.2, 0.1, 0.3), "asked_missing"),
        (60, (0.95, 0.92, 0.98), "asked_present"),
        (8, (0.2, 0.1, 0.3), "hidden_gap"),
        (8, (0.95, 0.92, 0.98), "fine"),
        (60, (0.9, 0.8, 0.95), "unmeasured"),
        (20, (0.2, 0.1, 0.3), "unsure"),
        (3, (0.2, 0.1, 0.3), "unsure"),  # too few to be told
    ],
)
def test_a_need_is_held_against_what_is_there(asking, near, case):
    assert case_of(asking, *near) == case


def test_two_indicators_meet_a_need_together_and_one_alone_can_miss_it():
    table = survey(60, option="sanitation").of("v")
    near, far = indicator("toilet_near_share", 0.9), indicator("waste_near_share", 0.1)
    gone = not_available("waste_near_share", Words("no", "无"))
    for second, case in ((far, "asked_missing"), (gone, "unmeasured")):
        found = {near.key: near, "waste_near_share": second}
        gaps = need_gaps(table, BOOK, found)
        assert next(g for g in gaps if g.code == "sanitation").case == case


@settings(max_examples=25)
@given(
    asking=st.integers(0, 60), near=st.floats(0, 1), doubt=st.floats(0, 0.3)
)  # fmt: skip
def test_every_need_has_a_case_and_its_weight_lies_within_bounds(asking, near, doubt):
    found = {
        "stop_near_share": indicator(
            "stop_near_share", near, max(near - doubt, 0), min(near + doubt, 1)
        )
    }
    counted = survey(asking, 60)
    gaps = need_gaps(counted.of("v"), BOOK, found)
    assert {gap.code for gap in gaps} == set(BOOK.needs.codes)
    assert all(gap.case in CASES for gap in gaps)
    for key, (share, low, high) in need_weights(gaps).items():
        assert 0 <= low <= share <= high <= 1
        assert any(key in rule.indicators for rule in need_rules().values())
    text = survey_csv(counted)
    assert text.count("\n") == 1 + len(survey_table(counted))
    indicators, told = survey_indicators(counted, "v", found)
    assert tuple(i.key for i in indicators) == SURVEY_KEYS
    assert told == gaps
    assert all(i.low is None or i.low <= i.value <= i.high for i in indicators)


def test_three_places_give_a_warning_and_wider_intervals():
    rows = respondents(3, ("a", "b", "c"))
    every = parse_answers(rows, BOOK)
    found = survey_of({name: every.of(name) for name in "abc"})
    assert "283 tell as much as 99" in found.warnings[0]
    assert found.warnings[0].zh
    assert found.respondents[""] == 283
    # Table 1 stays whole over all places; what is small in one place is hidden there.
    table = found.of("").set_index(["question", "option"])
    assert round(100 * float(table.loc[("education", "primary"), "share"]), 1) == 6.5
    assert found.table["hidden"].any()


def test_a_place_with_few_respondents_is_not_told_by_the_sum():
    rows = [{"gender": "male"}] * 40
    few = [{"gender": "female"}] * 3
    found = survey_of({"a": parse_answers(rows, BOOK), "b": parse_answers(few, BOOK)})
    assert found.respondents["b"] is None
    assert [found.respondents["a"], found.respondents[""]].count(None) == 1
    indicators, gaps = survey_indicators(found, "b", {})
    assert {i.reason for i in indicators} == {"fewer than five people answered"}
    assert gaps == ()


def test_without_a_questionnaire_there_are_reasons():
    assert survey_of({}) is None
    indicators, gaps = survey_indicators(None, "v", {})
    assert all(i.value is None and i.reason.zh for i in indicators)
    assert gaps == ()


def test_more_answers_than_questionnaires_sent_are_refused():
    book = dataclasses.replace(BOOK, sent=50)
    with pytest.raises(InputError, match="raise sent"):
        survey_of({"v": parse_answers([{"gender": "male"}] * 60, book)})
    found = survey_of({"v": parse_answers([{"gender": "male"}] * 49, book)})
    assert found.returned_share == pytest.approx(0.98)
    assert np.isnan(survey(10).returned_share)

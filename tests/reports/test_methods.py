"""Every number says in Chinese how it came about."""

import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sample_run import sample_run

from taobaogis.indicators import Words
from taobaogis.reports.methods import method_words
from taobaogis.resources import data_file

CHINESE = re.compile("[\u4e00-\u9fff]")
with data_file("methods.toml").open("rb") as stream:
    CLAUSES = tomllib.load(stream)["clauses"]


def test_every_method_of_the_sample_is_told_in_chinese_clause_by_clause():
    missing = {
        clause
        for village in sample_run("laocun").villages
        for indicator in village.indicators.values()
        if Words.of(indicator.method).zh == str(indicator.method)
        for clause in str(indicator.method).split("; ")
        if clause and method_words(clause).zh == clause
    }
    assert not missing, "add to data/methods.toml"


@given(st.sampled_from(sorted(CLAUSES)), st.lists(st.text("abc1.5（) ", min_size=1), min_size=9))
def test_what_differs_is_carried_over_in_order(english, values):
    assert english.count("{}") == CLAUSES[english].count("{}")
    assert CHINESE.search(CLAUSES[english])
    shown = english.format(*values)
    told = method_words(shown)
    assert told == shown
    assert CHINESE.search(told.zh)
    for value in values[: english.count("{}")]:
        assert value in told.zh


@given(st.text("xyz; "))
def test_what_is_not_known_stays_as_it_is(text):
    assert method_words(text) == text
    assert method_words(text).zh == "；".join(text.split("; "))


def test_words_that_have_their_chinese_keep_it():
    assert method_words(Words("mapped footprints", "甲")).zh == "甲"


@pytest.mark.parametrize("clause", sorted(CLAUSES))
def test_no_clause_has_a_semicolon_that_would_part_it(clause):
    assert ";" not in clause

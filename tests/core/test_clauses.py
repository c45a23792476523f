"""Every number says in Chinese how it came about."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sample_run import sample_run

import taobaogis
from taobaogis.clauses import credit_words, method_words, note_words
from taobaogis.indicators import Words
from taobaogis.loaders.columns import CALLED
from taobaogis.resources import data_file

CHINESE = re.compile("[\u4e00-\u9fff]")
with data_file("methods.toml").open("rb") as stream:
    CLAUSES = tomllib.load(stream)["clauses"]
with data_file("notes.toml").open("rb") as stream:
    NOTES = tomllib.load(stream)


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


@given(
    st.sampled_from(sorted(NOTES["clauses"])),
    st.lists(st.text("abc1.5（)", min_size=1), min_size=9),
    st.booleans(),
)
def test_notes_carry_over_what_differs_and_the_file_they_speak_of(english, values, of_a_file):
    chinese = NOTES["clauses"][english]
    assert english.count("{}") == chinese.count("{}")
    shown = english.format(*values)
    told = note_words(f"'own.gpkg': {shown}" if of_a_file else shown)
    assert CHINESE.search(told.zh)
    assert told.zh.startswith("'own.gpkg'：") == of_a_file
    for value in values[: english.count("{}")]:
        assert value in told.zh


@given(st.lists(st.sampled_from(["Data: a.gpkg", "© OpenStreetMap contributors, ODbL 1.0", "© Me"]),
                min_size=1))  # fmt: skip
def test_every_credit_is_told_in_chinese_but_those_of_others_stay_as_they_are(lines):
    told = credit_words(" · ".join(lines))
    assert told == " · ".join(lines)
    parts = told.zh.split(" · ")
    assert [part == line for part, line in zip(parts, lines, strict=True)] == [
        line == "© Me" for line in lines
    ]


# In the source: what loaders count, and what of it differs.
SAID = re.compile(r'repairs\[\s*f?"([^"]+)"\s*\]')


def test_whatever_loaders_count_has_its_chinese():
    sources = Path(taobaogis.__file__).parent.glob("loaders/*.py")
    counted = {said for path in sources for said in SAID.findall(path.read_text(encoding="utf-8"))}
    assert len(counted) > 15
    shown = {f"3 {re.sub(r'{[^}]*}', 'buildings', said)}" for said in counted}
    spoken = {f"3 {what} that cannot be {how}, such as '9x', taken for unknown"
              for what in CALLED.values() for how in ("read", "meant")}  # fmt: skip
    untold = {note for note in shown | spoken if note_words(note).zh == note}
    assert untold <= {"3 buildings, taken for unknown"}, "add to data/notes.toml"


@pytest.mark.parametrize("clause", sorted({**CLAUSES, **NOTES["clauses"]}))
def test_no_clause_has_a_semicolon_that_would_part_it(clause):
    assert ";" not in clause

"""What holds for tables of anything: no cell is code, no number is lost, nothing counts as 0."""

import csv
import dataclasses
import io
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sample_run import sample_run

from taobaogis.cli.outcome import score_record
from taobaogis.compare.ranking import compare_villages
from taobaogis.indicators import Words, definitions, measured, not_available
from taobaogis.reports.sheets import number_pattern, sheet_name
from taobaogis.reports.tables import comparison_csv, csv_text, indicator_csv, indicator_table
from taobaogis.study import CriterionSpec

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
starts = st.sampled_from([*FORMULAS, "", "a", "，", '"', "<b>", "\u202e"])
texts = st.builds("{}{}".format, starts, st.text(st.characters(codec="utf-8"), max_size=9))
few = settings(max_examples=15)


def read(text):
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


@given(
    rows=st.lists(
        st.tuples(texts, st.one_of(st.just(math.nan), st.floats(-1e300, 1e300))), max_size=9
    )
)
def test_words_from_outside_are_text_and_numbers_keep_ten_digits(rows):
    table = pd.DataFrame(rows, columns=["name", "value"]).astype({"name": object, "value": float})
    found = read(csv_text(table, texts=["name"]))
    assert len(found) == len(rows)
    for row, (name, value) in zip(found, rows, strict=True):
        assert not row["name"].startswith(FORMULAS)
        lines = name.replace("\r\n", "\n").replace("\r", "\n")
        assert row["name"] == (f"'{lines}" if lines.startswith(FORMULAS) else lines)
        if math.isnan(value):
            assert row["value"] == ""
        else:
            assert float(row["value"]) == pytest.approx(value, rel=1e-9)


@few
@given(reason=texts.map("{}.".format), share=st.floats(0, 1))
def test_the_table_of_a_run_says_what_is_not_known_and_why(reason, share):
    run = sample_run("laocun")
    (village,) = run.villages
    found = {
        "building_count": not_available("building_count", Words(reason, reason)),
        "levels_known_share": measured("levels_known_share", share, method="=1+1", source=reason,
                                       n=3),
    }  # fmt: skip
    other = dataclasses.replace(run, villages=(dataclasses.replace(village, indicators=found),))
    table = indicator_table(other).set_index("indicator")
    assert math.isnan(table.loc["building_count", "value"])
    assert table.loc["building_count", "grade"] == "NA"
    assert table.loc["levels_known_share", "value"] == share
    rows = read(indicator_csv(other))
    assert [row["indicator"] for row in rows] == list(found)
    assert rows[0]["value"] == ""
    for row in rows:
        assert not any((cell or "").startswith(FORMULAS) for cell in row.values())


@few
@given(values=st.lists(st.one_of(st.none(), st.floats(0, 50)), min_size=1, max_size=5), name=texts)
def test_a_ranking_is_a_table_without_code_and_a_record_without_gaps(values, name):
    criteria = [CriterionSpec("street_width_median_m", good=6, bad=1.5)]
    key = "street_width_median_m"
    villages = {
        f"v{i}": {
            key: not_available(key, Words(f"{name} lies outside", name)) if v is None
            else measured(key, v, method="", source="", n=50)
        }
        for i, v in enumerate(values)
    }  # fmt: skip
    comparison = compare_villages(villages, criteria)
    rows = read(comparison_csv(comparison))
    assert sorted(r["village"] for r in rows) == sorted(villages)
    for row, score in zip(rows, comparison.villages, strict=True):
        assert not any((cell or "").startswith(FORMULAS) for cell in row.values())
        assert (row["total"] == "") == (score.total is None) == bool(row["refused"])
        record = score_record(score)
        assert record["total"] == score.total
        assert bool(record["refused"]) == (record["rank"] is None)


@given(st.sampled_from(sorted(definitions())))
def test_a_number_in_a_workbook_has_the_digits_of_its_definition(key):
    definition = definitions()[key]
    pattern = number_pattern(definition)
    decimals = len(pattern.rstrip("%").partition(".")[2])
    is_share = definition.unit == "share"
    assert pattern.endswith("%") == is_share
    assert decimals == max(definition.decimals - 2 * is_share, 0)


@given(name=st.one_of(texts, st.text(max_size=60)), place=st.integers(1, 999))
def test_a_sheet_has_a_name_that_the_format_allows(name, place):
    found = sheet_name(name, place)
    assert found.startswith(str(place))
    assert len(found.encode("utf-16-le")) <= 62
    assert not set(found) & set("[]:*?/\\'")
    assert sheet_name(name, place + 1) != found

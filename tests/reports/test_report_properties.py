"""What holds of the tables and words of a report whatever a run found."""

import csv
import io
import json
from types import SimpleNamespace

import geopandas as gpd
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from taobaogis.compare.differences import differences
from taobaogis.compare.ranking import compare_villages
from taobaogis.compare.taobao_village import taobao_tests
from taobaogis.indicators import definitions, measured
from taobaogis.maps.model import Label
from taobaogis.pipeline import write_comparison
from taobaogis.provenance import file_digest
from taobaogis.reports.content import Report, ReportVillage
from taobaogis.reports.findings import findings
from taobaogis.reports.finished import finished_report, read_runs
from taobaogis.reports.manifest import comparison_manifest_json
from taobaogis.reports.people_section import people_of
from taobaogis.reports.rule_section import RuleCell, RuleLine, RuleTopic
from taobaogis.reports.sheets import Sheets, number_pattern
from taobaogis.reports.survey_table import association_csv, association_words
from taobaogis.reports.tables import INDICATOR_COLUMNS
from taobaogis.reports.what_if import WhatIfReport
from taobaogis.reports.workbook_sections import change_sheet, people_sheets, rule_sheet
from taobaogis.social.answers import parse_answers
from taobaogis.social.codebook import default_codebook
from taobaogis.social.survey import asked_shares, survey_of
from taobaogis.study import CriterionSpec, VillageSpec, default_criteria

hostile = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12) | st.sampled_from(
    ["=1+1", "@x", "<script>", "\u202eabc", "http://a.example/", "+86"]
)
widths = st.floats(0.5, 30)


def run_folder(folder, values, names):
    """A finished run of villages that have nothing but a street width."""
    folder.mkdir()
    with (folder / "indicators.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.DictWriter(stream, INDICATOR_COLUMNS, restval="")
        table.writeheader()
        for village, value in values.items():
            table.writerow(
                {"village": village, "indicator": "street_width_median_m", "value": value,
                 "grade": "B", "n": 9}
            )  # fmt: skip
    criterion = {
        "indicator": "street_width_median_m", "good": 6.0, "bad": 1.5, "weight": 1.0,
        "layer": "form", "floor": "", "basis": "", "basis_zh": "", "verified": False,
    }  # fmt: skip
    record = {
        "synthetic": False, "attribution": "A", "notes": [], "sources": {}, "files": [],
        "study": {
            "title_en": "T", "title_zh": "题", "criteria": [criterion],
            "villages": [{"id": v, "name_en": names[v], "name_zh": ""} for v in values],
            "comparison": {"weights": "given", "weight_doubt": 0.25, "draws": 100, "seed": 1,
                           "pairs": [], "needs": []},
        },
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(record), "utf-8")
    return folder


@settings(max_examples=6)
@given(st.lists(st.tuples(widths, hostile), min_size=1, max_size=4))
def test_finished_runs_rank_as_their_values_do(tmp_path_factory, villages):
    base = tmp_path_factory.mktemp("runs")
    values = {f"v{i}": value for i, (value, _) in enumerate(villages)}
    names = {f"v{i}": name for i, (_, name) in enumerate(villages)}
    folder = run_folder(base / "run", values, names)
    runs = read_runs([folder])
    assert runs.agreed
    comparison = compare_villages(runs.indicators, runs.criteria, runs.spec)
    # Below the bad end, and above the good one, all are alike.
    told = [min(max(values[v.village], 1.5), 6.0) for v in comparison.ranked]
    assert told == sorted(told, reverse=True)
    report = finished_report(runs, comparison)
    assert list(report.villages) == [v.village for v in comparison.villages]
    for key, village in report.villages.items():
        assert village.name.en == (names[key] or key)
    write_comparison(runs, comparison, [folder], base / "out")
    record = json.loads((base / "out" / "manifest.json").read_text("utf-8"))
    listed = [entry["path"] for entry in record["files"]]
    assert {"index.html", "comparison.csv", "comparison.xlsx"} <= set(listed)
    again = json.loads(comparison_manifest_json([folder], base / "out", listed, record["created"]))
    assert again == record
    for entry in record["files"]:
        assert file_digest(base / "out" / entry["path"]) == entry["digest"]


def test_runs_that_were_judged_alike_keep_their_criteria_and_others_take_the_defaults(tmp_path):
    one = run_folder(tmp_path / "one", {"a": 3.0}, {"a": "A"})
    two = run_folder(tmp_path / "two", {"a": 4.0}, {"a": "B"})
    both = read_runs([one, two])
    assert both.agreed
    assert set(both.indicators) == {"one/a", "two/a"}
    record = json.loads((two / "manifest.json").read_text("utf-8"))
    record["study"]["criteria"][0]["good"] = 9.0
    (two / "manifest.json").write_text(json.dumps(record), "utf-8")
    unlike = read_runs([one, two])
    assert not unlike.agreed
    assert unlike.criteria == default_criteria()


def layer(rows, **columns):
    frame = {name: [value] * rows for name, value in columns.items()}
    return gpd.GeoDataFrame(frame, geometry=[Point(0, 0)] * rows, crs=4547)


LAYERS = {
    "markets": {"right_goods": True, "name_en": "M", "name_zh": "市", "distance_m": 2000.0,
                "walk_min": 30.0, "ebike_min": float("nan"), "drive_min": 5.0,
                "transit_min": 20.0, "transit_en": "bus 1", "transit_zh": "公交1"},
    "main_streets": {"name": "", "length_m": 90.0, "places": 7, "main_category": "food"},
    "facility_sites": {"name_en": "School", "name_zh": "学校", "gain_houses": 9,
                       "share_before": 0.1, "share_after": 0.9},
    "worst_served": {"houses": 4, "lacking": 3, "of": 5, "names_en": "x", "names_zh": "某"},
    "parts": {"part": "old", "name_en": "Core", "name_zh": "老村", "area_ha": 1.0,
              "n_buildings": 9, "features_en": "a; b; c", "features_zh": "甲；乙；丙"},
    "reach": {"vehicle": "van", "name_en": "Van", "name_zh": "货车", "served_share": 0.5,
              "on_foot_median_m": 9.0, "on_foot_max_m": 21.0},
    "pinch_points": {"vehicle": "van", "clear_width_m": 1.0, "houses_cut_off": 4, "rank": 1},
}  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(LAYERS)), st.integers(0, 3)))
def test_findings_are_whole_sentences_in_both_languages(counts):
    layers = {name: layer(rows, **LAYERS[name]) for name, rows in counts.items()}
    found = findings(SimpleNamespace(layers=layers))
    assert len(found) <= len([n for n in counts.values() if n])
    for title, text in found:
        assert title.en
        assert title.zh
        assert text.en.endswith(".")
        assert text.zh.endswith("。")
        assert "nan" not in text.en + text.zh


@given(st.sampled_from(sorted(definitions())))
def test_the_number_format_of_an_indicator_has_its_decimals(key):
    known = definitions()[key]
    pattern = number_pattern(known)
    _, _, decimals = pattern.rstrip("%").partition(".")
    shown = max(known.decimals - 2, 0) if known.unit == "share" else known.decimals
    assert len(decimals) == shown
    assert pattern.endswith("%") == (known.unit == "share")


@settings(max_examples=8)
@given(hostile, hostile, st.booleans(), st.booleans(), st.booleans())
def test_sheets_that_a_run_lacks_are_not_there_and_none_holds_a_formula(
    a, b, rules, people, change
):
    words = Label(a, b)
    cell = RuleCell("fail", words, words, words, words)
    line = RuleLine(words, words, a, words, True, "V1", words, words, (cell,))
    spec = VillageSpec("v", a or "V", b)
    village = SimpleNamespace(
        village=SimpleNamespace(spec=spec), taobao=taobao_tests(spec), needs=(), indicators={}
    )
    before, after = (
        {"v": {"street_width_median_m": measured("street_width_median_m", w, method="", source="",
                                                 n=1)}}
        for w in (2.0, 3.0)
    )  # fmt: skip
    what_if = WhatIfReport((), differences(before, after), {"v": (None, None, None, None)})
    report = Report(
        title=words,
        villages={"v": ReportVillage("v", words, before["v"])},
        comparison=compare_villages(before, [CriterionSpec("street_width_median_m", 6, 1.5)]),
        rules=(RuleTopic(words, (line,)),) if rules else (),
        people=people_of([village], None) if people else None,
        what_if=what_if if change else None,
    )
    sheets = Sheets(a, b)
    sheets.table("All", ("x",), [], (9,))
    rule_sheet(sheets, report, "")
    people_sheets(sheets, report, "")
    change_sheet(sheets, report)
    book = openpyxl.load_workbook(io.BytesIO(sheets.content()))
    assert ("Rules 规范" in book.sheetnames) == rules
    assert ("Taobao village 淘宝村" in book.sheetnames) == people
    assert ("What if 情景" in book.sheetnames) == change
    for sheet in book:
        assert all(c.data_type != "f" and not c.hyperlink for row in sheet.iter_rows() for c in row)


answers = st.lists(
    st.fixed_dictionaries(
        {
            "gender": st.sampled_from(["male", "female", ""]),
            "smartphone": st.sampled_from(["yes", "no"]),
            "needs": st.sampled_from(["roads", "transit", "roads;transit", ""]),
        }
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=15)
@given(answers)
def test_what_is_told_of_answers_is_a_share_or_a_test_within_its_range(rows):
    survey = survey_of({"v": parse_answers(rows, default_codebook())})
    told = list(association_words(survey))
    table = list(csv.DictReader(io.StringIO(association_csv(survey).lstrip("\ufeff"))))
    assert sum(row["p"] != "" for row in table) == len(told)
    for question, other, strength, chance, _ in told:
        assert question.en
        assert other.zh
        assert 0 <= strength <= 1
        assert 0 <= chance <= 1
    assert [pair[2] for pair in told] == sorted((pair[2] for pair in told), reverse=True)
    shares = dict(asked_shares(survey))
    assert all(0 <= share <= 1 for share in shares.values())
    if "served_van_share" in shares:
        asked = [row["needs"] for row in rows if row["needs"]]
        expected = sum("roads" in needs for needs in asked) / len(asked)
        assert shares["served_van_share"] == pytest.approx(expected)


def test_without_questionnaire_nobody_asks():
    assert asked_shares(None) == ()

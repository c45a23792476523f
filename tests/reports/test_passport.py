from __future__ import annotations

import importlib.util
import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from taobaogis.compare.differences import differences
from taobaogis.compare.ranking import compare_villages
from taobaogis.indicators import Words, measured
from taobaogis.maps.model import Label
from taobaogis.reports import files, pdf
from taobaogis.reports.content import Report, report_of
from taobaogis.reports.files import report_files
from taobaogis.reports.passport import passport_of, passport_record, render_passport
from taobaogis.reports.pdf import passport_pdf
from taobaogis.reports.what_if import WhatIfReport
from taobaogis.reports.workbook import comparison_xlsx
from taobaogis.results import Applied

HOSTILE = "=cmd|' /C calc'!A0"


def _report() -> Report:
    path = Path(__file__).parents[1] / "maps" / "scene.py"
    spec = importlib.util.spec_from_file_location("taobaogis_scene", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    result = module.scene()
    values = {v.village.id: v.indicators for v in result.villages}
    return report_of(result, compare_villages(values, result.study.criteria))


@pytest.fixture(scope="module")
def report() -> Report:
    return _report()


def _sheet(report: Report, name: str) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(comparison_xlsx(report)))
    return [tuple(cell.value for cell in row) for row in book[name].iter_rows()]


def test_the_workbook_has_a_sheet_a_village_and_equal_bytes(report: Report) -> None:
    book = openpyxl.load_workbook(io.BytesIO(comparison_xlsx(report)))
    assert book.sheetnames == [
        "Comparison 比较", "Criteria 准则", "Indicators 指标", "Markets 市场", "1 Alder Lane",
        "2 Birch Ford <b>", "3 Cedar Hill", "Definitions 定义", "Sources 来源",
    ]  # fmt: skip
    assert comparison_xlsx(report) == comparison_xlsx(_report())


def test_numbers_are_numbers_with_bounds_grade_and_reason(report: Report) -> None:
    rows = {row[1]: row for row in _sheet(report, "1 Alder Lane")}
    width = rows["Street width, median"]
    assert width[3:9] == (3.4, "m", 2.9, 4.1, "B", 84)
    assert rows["Open street sides"][3] == 0.12
    birch = {row[1]: row for row in _sheet(report, "2 Birch Ford <b>")}
    missing = birch["Street width, median"]
    assert (missing[3], missing[7]) == (None, "NA")
    assert "was not measured" in str(missing[9])


def test_no_text_becomes_a_formula_or_a_link(report: Report) -> None:
    village = replace(report.villages["alder"], name=Label(HOSTILE, "http://example.org/"))
    hostile = replace(report, villages={**report.villages, "alder": village}, notes=(HOSTILE,))
    book = openpyxl.load_workbook(io.BytesIO(comparison_xlsx(hostile)))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.value
                assert cell.hyperlink is None
    assert book["Comparison 比较"]["A3"].value == HOSTILE


def test_every_number_of_the_workbook_says_that_the_data_are_made_up(report: Report) -> None:
    assert "SYNTHETIC" in str(_sheet(report, "Comparison 比较")[0][0])
    assert "SYNTHETIC" in str(_sheet(report, "Indicators 指标")[0][0])


def test_the_passport_says_rank_value_range_grade_and_source_in_both_languages(
    report: Report,
) -> None:
    page = render_passport(passport_of(report, "alder"))
    for text in ("Rank 1 of 1", "在 1 个可排序村庄中居第 1 位", "6\u2009240",
                 "5\u2009640–6\u2009840",
                 "scene.osm.pbf", "SYNTHETIC", "<svg", "taobaogis[report]"):  # fmt: skip
        assert text in page
    assert "passport-alder-en.pdf" in render_passport(passport_of(report, "alder"), has_pdf=True)
    assert not re.search(r'(?:src|href)="(?!data:|[\w.-]+\.(?:html|pdf)")', page)


def test_a_village_without_rank_says_why_and_what_to_map(report: Report) -> None:
    record = passport_record(passport_of(report, "birch"), "en")
    assert record["standing"].startswith("Not ranked: no value for: Street width, median")
    assert "To lift it, map first" in record["standing"]
    narrow = next(j for j in record["judged"] if j["name"] == "Street width, median")
    assert (narrow["score"], narrow["grade"], narrow["value"]) == (None, "NA", "")
    assert "was not measured" in narrow["why"]


def test_the_record_of_the_chinese_passport_is_chinese(report: Report) -> None:
    record = passport_record(passport_of(report, "alder"), "zh")
    assert record["name"] == "桤木巷村"
    assert {s["title"] for s in record["sections"]} >= {"城市形态与土地利用", "信息技术与生产网络"}
    assert all(re.search("[一-鿿]", j["name"]) for j in record["judged"])


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("village", ["alder", "birch", "cedar"])
def test_the_pdf_has_two_pages_whatever_is_missing(
    report: Report, tmp_path: Path, village: str, lang: str
) -> None:
    pytest.importorskip("typst")
    record = passport_record(passport_of(report, village), lang)
    made = passport_pdf(record)
    assert made.startswith(b"%PDF")
    assert made == passport_pdf(record), "equal passports, equal bytes"
    assert made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") in {0, 2}
    if shutil.which("pdfinfo"):
        path = tmp_path / "p.pdf"
        path.write_bytes(made)
        told = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout  # noqa: S607
        assert re.search(r"Pages:\s+2\b", told)


def test_markup_in_names_is_set_as_text(report: Report) -> None:
    pytest.importorskip("typst")
    village = replace(report.villages["alder"], name=Label('#panic("x") <a> $', "#import"))
    hostile = replace(report, villages={**report.villages, "alder": village})
    assert passport_pdf(passport_record(passport_of(hostile, "alder"), "en")).startswith(b"%PDF")


def test_without_typst_there_are_pages_and_no_pdf(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "can_write_pdf", lambda: False)
    names = [name for name, _ in report_files(report, {})]
    assert names == [
        "SOURCES.txt", "comparison.csv", "comparison.xlsx",
        "passport-alder.html", "passport-birch.html",
        "index.html",
    ]  # fmt: skip
    assert "pip install 'taobaogis[report]'" in pdf.HOW_TO_GET_PDF


def test_tables_have_their_attribution_and_sources_beside_them(report: Report) -> None:
    told = dict(report_files(report, {}))["SOURCES.txt"].decode()
    assert told.startswith(f"{report.attribution}\n")
    assert all(s.source in told and s.licence in told for s in report.sources)


def test_a_value_that_is_a_count_keeps_its_digits(report: Report) -> None:
    alder = report.villages["alder"]
    many = measured("building_count", 1234.0, method="", source="", n=1)
    village = replace(alder, indicators={**alder.indicators, "building_count": many})
    changed = replace(report, villages={**report.villages, "alder": village})
    record = passport_record(passport_of(changed, "alder"), "en")
    shown = {f["name"]: f["value"] for s in record["sections"] for f in s["figures"]}
    assert shown["Buildings on the map"] == "1\u2009234 buildings"


def test_what_the_changes_do_stands_in_the_passport(report: Report) -> None:
    before = {"alder": report.villages["alder"].indicators}
    width = before["alder"]["street_width_median_m"]
    wider = replace(width, value=9.0, low=8.0, high=10.0)
    after = {"alder": {**before["alder"], width.key: wider}}
    applied = (Applied("widen_lane", 1, Words("a lane widened to 9 m", "巷道拓宽至 9 米")),)
    ranks = {"alder": (None, None, None, None)}
    changed = replace(report, what_if=WhatIfReport(applied, differences(before, after), ranks))
    facts = {name.en: text for name, text in passport_of(changed, "alder").facts}
    assert facts["What if"].en == (
        "a lane widened to 9 m: 1 indicator differs, 1 by more than the doubt: Street width, median"
    )
    assert facts["What if"].zh.startswith("巷道拓宽至 9 米：1 项指标变化")
    untouched = {name.en: text.en for name, text in passport_of(changed, "birch").facts}
    assert untouched["What if"].endswith("changes no indicator")
    assert "What if" not in {name.en for name, _ in passport_of(report, "alder").facts}

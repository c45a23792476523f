"""Sheets of the workbook that only some runs have."""

import io
from dataclasses import replace
from types import SimpleNamespace

import openpyxl
import pytest
from support.planted_village import EXACT, measured_planted
from support.respondents import respondents

from taobaogis.compare.differences import differences
from taobaogis.compare.ranking import compare_villages
from taobaogis.compare.rule_book import judge_village
from taobaogis.compare.taobao_village import taobao_tests
from taobaogis.indicators import Words, measured
from taobaogis.maps.model import Label
from taobaogis.reports.content import Report, ReportVillage
from taobaogis.reports.people_section import people_of
from taobaogis.reports.rule_section import rule_topics
from taobaogis.reports.what_if import WhatIfReport
from taobaogis.reports.workbook import comparison_xlsx
from taobaogis.results import Applied
from taobaogis.social.answers import parse_answers
from taobaogis.social.codebook import default_codebook
from taobaogis.social.survey import survey_indicators, survey_of
from taobaogis.study import CriterionSpec, VillageSpec

SPEC = VillageSpec("v", "=V", "村", shops=(120.0, 150.0), sales=(2e7, 3e7))


def width(value, **bounds):
    return measured("street_width_median_m", value, method="", source="", n=9, **bounds)


@pytest.fixture(scope="module")
def report():
    survey = survey_of({"v": parse_answers(respondents(), default_codebook())})
    before = {"v": {"street_width_median_m": width(3.0, low=2.5, high=3.5)}}
    after = {"v": {"street_width_median_m": width(4.0, low=3.5, high=4.5)}}
    _, gaps = survey_indicators(survey, "v", before["v"])
    village = SimpleNamespace(
        village=SimpleNamespace(spec=SPEC), taobao=taobao_tests(SPEC), needs=gaps,
        indicators=before["v"],
    )  # fmt: skip
    return Report(
        title=Label("T", "题"),
        villages={"v": ReportVillage("v", Label("=V", "村"), before["v"])},
        comparison=compare_villages(before, [CriterionSpec("street_width_median_m", 6, 1.5)]),
        rules=rule_topics([judge_village(*measured_planted(), EXACT)]),
        people=people_of([village], survey),
        what_if=WhatIfReport(
            (Applied("widen_lane", 2, Words("a lane widened to 4 m", "巷道拓宽至 4 米")),),
            differences(before, after),
            {"v": (1, 1, 0.3, 0.5)},
        ),
    )


@pytest.fixture(scope="module")
def book(report):
    return openpyxl.load_workbook(io.BytesIO(comparison_xlsx(report)))


def rows(sheet):
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


def test_there_is_a_sheet_for_each_part_that_the_run_has(book, report):
    assert book.sheetnames == [
        "Comparison 比较", "Criteria 准则", "Indicators 指标", "Rules 规范",
        "Taobao village 淘宝村", "Needs 需求", "Questionnaire 问卷", "Associations 关联",
        "What if 情景", "1 =V", "Definitions 定义", "Sources 来源",
    ]  # fmt: skip
    bare = replace(report, rules=(), people=None, what_if=None)
    names = openpyxl.load_workbook(io.BytesIO(comparison_xlsx(bare))).sheetnames
    assert not {"Rules 规范", "Needs 需求", "What if 情景"} & set(names)


def test_the_rules_tell_what_is_broken_with_its_clause(book):
    lane = next(row for row in rows(book["Rules 规范"]) if row[2] == "Clear width of a fire lane")
    assert "GB 50016-2014 (2018) 7.1.8" in lane[5]
    assert lane[10].startswith("broken; 9 fail of ")
    assert lane[11].startswith("不符合")


def test_the_test_of_the_village_and_the_answers_stand_in_words(book):
    told = rows(book["Taobao village 淘宝村"])
    assert told[1][:6] == ("=V", "村", "in all", "总体", "is a Taobao village", "符合淘宝村标准")
    answers = {(row[0], row[2]): row[4] for row in rows(book["Questionnaire 问卷"])}
    assert answers["Gender", "Male"] == "60.1\u2009%"
    assert len(rows(book["Needs 需求"])) == 1 + 10


def test_a_change_is_told_as_numbers(book):
    change = rows(book["What if 情景"])[-1]
    assert change[5:10] == (3.0, 2.5, 3.5, 4.0, 1.0)
    assert change[10] == "exceeds the doubt"


def test_no_cell_of_these_sheets_is_a_formula(book):
    for sheet in book:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)

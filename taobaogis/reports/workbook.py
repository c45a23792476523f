"""The comparison as an Excel workbook: definitions, sources and a sheet a village."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.clauses import method_words
from taobaogis.compare.advice import advice
from taobaogis.indicators import Words, definitions
from taobaogis.maps import words
from taobaogis.reports import summary
from taobaogis.reports.layers import indicator_layer, paper_layers
from taobaogis.reports.sheets import Sheets, number_pattern, sheet_name
from taobaogis.reports.workbook_sections import (
    access_sheets,
    change_sheet,
    people_sheets,
    rule_sheet,
)
from taobaogis.texts import showable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.indicators import Definition, Indicator
    from taobaogis.reports.content import Report, ReportVillage
    from taobaogis.reports.sheets import Cell, Row

__all__ = ["comparison_xlsx"]


def comparison_xlsx(report: Report) -> bytes:
    """Workbook of a comparison.

    Parameters
    ----------
    report
        What is to be told.

    Returns
    -------
    xlsx
        Sheets: the ranking, the criteria, all indicators side by side; the rule book, the
        Taobao-village test, the questionnaire and the changes of a what-if where there are any;
        a sheet a village, the definitions and the sources. Shares are numbers shown in percent;
        a value the data cannot give is an empty cell with the grade ``NA``.
    """
    sheets = Sheets(report.title.en, report.attribution)
    _ranking(sheets, report)
    _criteria(sheets, report)
    _side_by_side(sheets, report)
    access_sheets(sheets, report, _banner(report))
    rule_sheet(sheets, report, _banner(report))
    people_sheets(sheets, report, _banner(report))
    change_sheet(sheets, report)
    for i, village in enumerate(report.villages.values(), start=1):
        _village(sheets, village, i)
    _definitions(sheets, report)
    _sources(sheets, report)
    return sheets.content()


def _ranking(sheets: Sheets, report: Report) -> None:
    said = summary.sentences(report.comparison, report.names)
    head = ("Village", "村庄", "Rank 排名", "Score 得分", "Low 下限", "High 上限",
            "First in, of draws 居首比例", "The same, weights sure 权重确定时", "TOPSIS",
            "Why there is no rank", "未排序原因", "Map first", "请先测绘")  # fmt: skip
    rows: list[Row] = []
    for score, village in report.best_first:
        why = summary.why_unranked(score, village.outside)
        first = advice(score.map_first)
        rows.append(
            (village.name.en, village.name.zh, score.rank, score.total, score.low, score.high,
             score.first_share, score.first_share_data, score.closeness, why.en, why.zh,
             str(first), first.zh)
        )  # fmt: skip
    two, share = "0.00", "0%"
    sheet = sheets.table(
        "Comparison 比较", head, rows, (18, 14, 8, 9, 9, 9, 14, 14, 9, 40, 40, 40, 40),
        patterns=("", "", "0", two, two, two, share, share, two),
        note=_banner(report),
    )  # fmt: skip
    below = len(rows) + 3
    for i, label in enumerate(said):
        sheet.write_string(below + 2 * i, 0, showable(label.en))
        sheet.write_string(below + 2 * i + 1, 0, showable(label.zh))


def _criteria(sheets: Sheets, report: Report) -> None:
    head = ("Criterion", "准则", "Weight 权重", "Bad (0)", "Good (1)", "Unit 单位", "Layer",
            "层面", "Where the points come from", "依据", "Verified 已核实")  # fmt: skip
    scores = report.comparison.villages[0].scores if report.comparison.villages else ()
    rows: list[Row] = []
    for score in scores:
        criterion, known = score.criterion, definitions()[score.criterion.indicator]
        layer = paper_layers()[criterion.layer].name
        rows.append(
            (known.name_en, known.name_zh, score.weight, criterion.bad, criterion.good,
             known.unit, layer.en, layer.zh, criterion.basis or "set in the study",
             criterion.basis_zh or "由本研究设定", "yes 是" if criterion.verified else "no 否")
        )  # fmt: skip
    sheets.table(
        "Criteria 准则", head, rows, (30, 22, 10, 10, 10, 12, 26, 20, 60, 50, 12),
        patterns=("", "", "0.0%"), note=_banner(report),
    )  # fmt: skip


def _side_by_side(sheets: Sheets, report: Report) -> None:
    villages = list(report.villages.values())
    known = [d for d in _in_order() if any(d.key in v.indicators for v in villages)]
    head = ["Layer 层面", "Indicator", "指标", "Unit 单位"]
    widths, patterns = [20, 34, 26, 12], ["", "", "", ""]
    per_row: list[str | Sequence[str]] = [*patterns]
    numbers = [number_pattern(d) for d in known]
    for village in villages:
        head += [village.name.en, "low", "high", "grade 等级"]
        widths += [14, 10, 10, 8]
        per_row += [numbers, numbers, numbers, ""]
    rows: list[Row] = []
    for definition in known:
        layer = paper_layers()[indicator_layer(definition.key)].name
        row: list[Cell] = [f"{layer.en} {layer.zh}", definition.name_en, definition.name_zh]
        row.append(words.unit_label(definition.unit).en)
        for village in villages:
            found = village.indicators.get(definition.key)
            row += [None, None, None, "NA"] if found is None else _reading(found)
        rows.append(tuple(row))
    sheets.table("Indicators 指标", head, rows, widths, patterns=per_row, note=_banner(report))


def _village(sheets: Sheets, village: ReportVillage, place: int) -> None:
    known = [d for d in _in_order() if d.key in village.indicators]
    head = ("Layer 层面", "Indicator", "指标", "Value 数值", "Unit 单位", "Low 下限", "High 上限",
            "Grade 等级", "n", "Why", "原因", "Method", "方法", "Source 来源")  # fmt: skip
    numbers = [number_pattern(d) for d in known]
    rows: list[Row] = []
    for definition in known:
        found = village.indicators[definition.key]
        layer = paper_layers()[indicator_layer(definition.key)].name
        value, low, high, grade = _reading(found)
        reason, method = Words.of(found.reason), method_words(found.method)
        rows.append(
            (f"{layer.en} {layer.zh}", definition.name_en, definition.name_zh, value,
             words.unit_label(definition.unit).en, low, high, grade, found.n, str(reason),
             reason.zh, str(method), method.zh, found.source)
        )  # fmt: skip
    title = f"{village.name.en} {village.name.zh}".strip()
    sheets.table(
        sheet_name(village.name.en, place), head, rows,
        (20, 34, 26, 11, 11, 10, 10, 8, 8, 44, 36, 40, 30, 30),
        patterns=("", "", "", numbers, "", numbers, numbers), note=title,
    )  # fmt: skip


def _definitions(sheets: Sheets, report: Report) -> None:
    shown = [d for d in _in_order() if any(d.key in v.indicators for v in report.villages.values())]
    rows = [(d.key, d.name_en, d.name_zh, d.unit, d.definition_en, d.definition_zh) for d in shown]
    grades = [
        (grade, "grade", "等级", "", meaning.en, meaning.zh)
        for grade, meaning in words.GRADES.items()
    ]
    head = ("Key", "Name", "名称", "Unit 单位", "Definition", "定义")
    sheets.table("Definitions 定义", head, [*rows, *grades], (28, 34, 26, 12, 80, 60))


def _sources(sheets: Sheets, report: Report) -> None:
    head = ("Layers", "图层", "Source 来源", "Date 日期", "Licence 许可", "Note 说明")
    rows: list[Row] = [
        (s.layers.en, s.layers.zh, s.source, s.as_of, s.licence, s.note) for s in report.sources
    ]
    rows += [("Note", "说明", note, "", "", "") for note in report.notes]
    rows.append(("Attribution", "署名", report.attribution, "", "", ""))
    sheets.table("Sources 来源", head, rows, (30, 24, 60, 14, 20, 60))


def _reading(found: Indicator) -> list[Cell]:
    return [found.value, found.low, found.high, found.grade]


def _in_order() -> list[Definition]:
    """Definitions by the layers of the paper, and within a layer in their own order."""
    order = {key: i for i, key in enumerate(paper_layers())}
    return sorted(definitions().values(), key=lambda d: order[indicator_layer(d.key)])


def _banner(report: Report) -> str:
    return f"{words.SYNTHETIC.en} · {words.SYNTHETIC.zh}" if report.synthetic else ""

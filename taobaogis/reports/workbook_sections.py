"""Sheets of the workbook that a run may lack: rule book, people and e-commerce, what if."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps import words
from taobaogis.maps.model import Label
from taobaogis.reports.sheets import number_pattern
from taobaogis.reports.what_if import VERDICTS

if TYPE_CHECKING:
    from taobaogis.reports.content import Report
    from taobaogis.reports.people_section import People
    from taobaogis.reports.sheets import Cell, Row, Sheets

__all__ = ["access_sheets", "change_sheet", "people_sheets", "rule_sheet"]


def access_sheets(sheets: Sheets, report: Report, note: str) -> None:
    """Markets with minutes by mode, and the lines near by with what their data lack."""
    names = report.names
    yes, no = ("yes", "是"), ("no", "否")
    if report.access.markets:
        head = ["Village", "村庄", "Market", "市场", "Right goods", "对口", "Straight line, m 直线",
                "Along streets, m 路网", "Detour 绕行系数"]  # fmt: skip
        for way in (
            "On foot 步行",
            "E-bike 电动自行车",
            "Car or van 驾车",
            "By bus or rail 公交",
        ):
            head += [f"{way}, min", "Low 下限", "High 上限"]
        head += ["Within half an hour 半小时内", "Trip by public transport", "公交出行"]
        markets: list[Row] = [
            (
                names[m.village].en, names[m.village].zh, m.name_en, m.name_zh,
                *(yes if m.right else no), m.distance_m, m.network_m, m.detour_ratio, *m.minutes,
                m.half_hour_share, m.trip_en, m.trip_zh,
            )
            for m in report.access.markets
        ]  # fmt: skip
        sheets.table(
            "Markets 市场", head, markets,
            (18, 14, 34, 26, 9, 7, 11, 11, 9, *(10, 8, 8) * 4, 11, 70, 60),
            patterns=("", "", "", "", "", "", "0", "0", "0.00", *["0"] * 12, "0%"),
            note=note,
        )  # fmt: skip
    if report.access.lines:
        lines: list[Row] = [
            (
                names[r.village].en, names[r.village].zh, r.mode_en, r.mode_zh, r.line, r.stops,
                r.stops_near, r.missing_stops, r.hops, r.straight_hops,
                *(yes if r.one_direction else no), r.state_en, r.state_zh,
            )
            for r in report.access.lines
        ]  # fmt: skip
        sheets.table(
            "Lines 线路",
            ("Village", "村庄", "Mode", "方式", "Line 线路", "Stops 站点", "Near 村边站点",
             "Stops missing 缺失站点", "Stretches 站间段", "Without a track 无轨迹",
             "One direction only", "仅单方向", "Data", "数据"),
            lines, (18, 14, 12, 10, 22, 9, 9, 9, 9, 9, 10, 8, 50, 40), note=note,
        )  # fmt: skip


def rule_sheet(sheets: Sheets, report: Report, note: str) -> None:
    """Every rule over all villages; no sheet without a rule book."""
    if not report.rules:
        return
    head = ["Topic", "主题", "Rule", "条文", "Limit 限值", "Clause 条款", "Standing", "效力",
            "Read in", "核对情况"]  # fmt: skip
    widths = [14, 10, 34, 26, 14, 26, 24, 24, 22, 16]
    for village in report.villages.values():
        head += [village.name.en, village.name.zh]
        widths += [34, 26]
    rows: list[Row] = []
    for topic in report.rules:
        for line in topic.lines:
            row: list[Cell] = [
                topic.title.en, topic.title.zh, line.name.en, line.name.zh, line.limit.en,
                line.clause, line.status.en, line.status.zh, line.evidence_words.en,
                line.evidence_words.zh,
            ]  # fmt: skip
            for cell in line.cells:
                said = (Label("nothing such", "无此类对象"),) if cell is None else (
                    cell.word, cell.count, cell.worst, cell.why
                )  # fmt: skip
                row.append("; ".join(part.en for part in said if part.en))
                row.append("；".join(part.zh for part in said if part.zh))
            rows.append(tuple(row))
    sheets.table("Rules 规范", head, rows, widths, note=note)


def people_sheets(sheets: Sheets, report: Report, note: str) -> None:
    """The Taobao-village test, and needs and answers where there is a questionnaire."""
    people = report.people
    if people is None:
        return
    head = ("Village", "村庄", "Condition", "条件", "Verdict", "判定", "Found", "所见", "Missing",
            "尚缺")  # fmt: skip
    rows: list[Row] = []
    for village in people.villages:
        verdict = village.verdict_words
        rows.append((village.name.en, village.name.zh, "in all", "总体", verdict.en, verdict.zh))
        rows += [
            (village.name.en, village.name.zh, c.name.en, c.name.zh, c.mark.en, c.mark.zh,
             c.found.en, c.found.zh, c.missing.en, c.missing.zh)
            for c in village.conditions
        ]  # fmt: skip
        rows += [
            (village.name.en, village.name.zh, o.name.en, o.name.zh, o.mark.en, o.mark.zh,
             o.note.en, o.note.zh)
            for o in village.others
        ]  # fmt: skip
    widths = (18, 14, 40, 34, 20, 14, 40, 34, 34, 26)
    sheets.table("Taobao village 淘宝村", head, rows, widths, note=note)
    if people.title.en:
        _questionnaire(sheets, people, note)


def _questionnaire(sheets: Sheets, people: People, banner: str) -> None:
    head = ("Village", "村庄", "Need", "需求", "Asked for by 提出比例", "Interval 区间", "Case",
            "情形", "Measured", "实测")  # fmt: skip
    rows: list[Row] = [
        (v.name.en, v.name.zh, n.name.en, n.name.zh, n.share or "too few 人数过少", n.interval,
         n.case_words.en, n.case_words.zh, n.measured.en, n.measured.zh)
        for v in people.villages
        for n in v.needs
    ]  # fmt: skip
    if rows:
        widths = (18, 14, 30, 24, 14, 14, 26, 18, 60, 50)
        sheets.table("Needs 需求", head, rows, widths, note=banner)
    answers: list[Row] = [
        (name.en, name.zh, option.en, option.zh, share or "too few 人数过少", interval, responses)
        for name, lines in people.questions
        for option, share, interval, responses in lines
    ]
    pairs: list[Row] = [
        (p.question.en, p.question.zh, p.other.en, p.other.zh, p.strength, p.chance, p.warning.en,
         p.warning.zh)
        for p in people.pairs
    ]  # fmt: skip
    said = " ".join(fact.en for fact in people.facts) + " " + "".join(f.zh for f in people.facts)
    sheets.table(
        "Questionnaire 问卷",
        ("Question", "问题", "Answer", "选项", "Of those who answered 占作答者", "Interval 区间",
         "Of all answers 占全部选择"),
        answers, (34, 26, 34, 26, 16, 16, 16), note=said,
    )  # fmt: skip
    if pairs:
        sheets.table(
            "Associations 关联",
            ("Question", "问题", "Goes with", "相关问题", "Cramér's V", "Chance 概率", "Beware",
             "注意"),
            pairs, (34, 26, 44, 34, 12, 12, 40, 34), note=banner,
        )  # fmt: skip


def change_sheet(sheets: Sheets, report: Report) -> None:
    """Indicators before and after the changes of the study; no sheet if it has none."""
    if report.what_if is None:
        return
    head = ("Village", "村庄", "Indicator", "指标", "Unit 单位", "Before 变化前", "Low 下限",
            "High 上限", "After 变化后", "Change 变化", "Against the doubt",
            "与误差相比")  # fmt: skip
    rows: list[Row] = []
    numbers = []
    for d in report.what_if.differences:
        known, name, verdict = d.before.definition, report.names[d.village], VERDICTS[d.verdict]
        numbers.append(number_pattern(known))
        rows.append(
            (name.en, name.zh, known.name_en, known.name_zh, words.unit_label(known.unit).en,
             d.before.value, d.before.low, d.before.high, d.after.value, d.change, verdict.en,
             verdict.zh)
        )  # fmt: skip
    said = " ".join(f"{a.said}." for a in report.what_if.applied)
    sheets.table(
        "What if 情景", head, rows, (18, 14, 34, 26, 11, 11, 10, 10, 11, 11, 24, 18),
        patterns=("", "", "", "", "", *[numbers] * 5), note=said,
    )  # fmt: skip

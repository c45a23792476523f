"""What a run found, on stdout: in words, or as JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from taobaogis.indicators import definitions

if TYPE_CHECKING:
    from pathlib import Path

    from taobaogis.compare.ranking import Comparison, VillageScore
    from taobaogis.reports.what_if import WhatIfReport
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["print_score", "score_record", "show_comparison", "show_measures"]

# What is told of each village on the terminal; all of it stands in indicators.csv.
_FORM = (
    "area_ha", "building_count", "buildings_completeness_share", "street_width_median_m",
    "height_to_width_ratio", "lane_clear_width_median_m", "lane_under_4m_share",
    "long_dead_end_count", "served_van_share", "served_fire_engine_share", "on_foot_house_share",
    "building_gap_median_m", "handshake_1_5m_share", "fire_gap_share", "building_coverage_ratio",
    "floor_space_index", "core_area_share", "new_part_area_share",
)  # fmt: skip
_MEASURED = ("data", "form")


def show_comparison(
    result: StudyResult, comparison: Comparison, folder: Path, *, as_json: bool
) -> None:
    """Print what came out, for people or for programs."""
    from taobaogis.reports.what_if import changes_record, what_if_report  # noqa: PLC0415

    what_if = what_if_report(result, comparison)
    if as_json:
        record = _record(result, comparison, folder)
        if what_if is not None:
            record["what_if"] = changes_record(what_if)
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    if result.study.synthetic:
        print("SYNTHETIC: these villages do not exist.")
    _print_scores(result, comparison)
    if what_if is not None:
        _print_changes(what_if)
    _print_end(result, folder)


def show_measures(
    result: StudyResult, comparison: Comparison, folder: Path, *, as_json: bool
) -> None:
    """Print what was measured of each village, and their order if there are several."""
    from taobaogis.trust.grades import limit  # noqa: PLC0415 - --help answers at once

    if as_json:
        record = _record(result, comparison, folder)
        figures = {found.village.id: _figures(found) for found in result.villages}
        for village in record["villages"]:
            village["figures"] = figures[village["id"]]
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    for found in result.villages:
        print(_name(found))
        _print_figures(found)
        share = found.indicators["buildings_completeness_share"].value
        if share is not None and share < limit("buildings_gaps"):
            print("  If no house is missing from the file, say --whole.")
    if len(result.villages) > 1:
        names = "; ".join(definitions()[c.indicator].name_en for c in result.study.criteria)
        print(f"Compared by: {names}")
        _print_scores(result, comparison)
    _print_end(result, folder)


def _record(result: StudyResult, comparison: Comparison, folder: Path) -> dict[str, Any]:
    return {
        "out": str(folder),
        "synthetic": result.study.synthetic,
        "villages": [{"id": v.village, **score_record(v)} for v in comparison.villages],
        "notes": list(result.notes),
    }


def _figures(found: VillageResult) -> dict[str, dict[str, Any]]:
    """What was measured on the map, for programs."""
    return {
        key: {
            "value": indicator.value, "unit": indicator.definition.unit, "low": indicator.low,
            "high": indicator.high, "grade": indicator.grade, "reason": str(indicator.reason),
        }
        for key, indicator in found.indicators.items()
        if indicator.definition.group in _MEASURED
    }  # fmt: skip


def _print_figures(found: VillageResult) -> None:
    from taobaogis.maps.words import shown  # noqa: PLC0415 - --help answers at once
    from taobaogis.trust.indicators import is_stated  # noqa: PLC0415

    told = [shown(found.indicators[key]) for key in _FORM]
    width = max(len(figure.name.en) for figure in told)
    unknown: dict[str, list[str]] = {}
    for figure in told:
        if figure.is_na:
            unknown.setdefault(figure.reason.en, []).append(figure.name.en)
            continue
        unit = figure.unit.en and f" {figure.unit.en}"
        bounds = f" ({figure.interval})" if figure.interval else ""
        if is_stated(found.indicators[figure.key]):
            bounds = " as stated by the user"
        value = f"{figure.value}{unit}{bounds}".replace("\N{THIN SPACE}", " ")
        print(f"  {figure.name.en:{width}}  {value}  {figure.grade}")
    for reason, names in unknown.items():
        print(f"  not known: {'; '.join(names)}\n    ({reason})")


def _name(found: VillageResult) -> str:
    spec = found.village.spec
    return " ".join(dict.fromkeys((spec.name_en, spec.name_zh)))


def _print_scores(result: StudyResult, comparison: Comparison) -> None:
    names = {found.village.id: _name(found) for found in result.villages}
    for score in comparison.villages:
        print_score(score, names[score.village])


def _print_end(result: StudyResult, folder: Path) -> None:
    for note in result.notes:
        print(f"Note: {note}.")
    print(f"Open {folder / 'index.html'}")


def score_record(score: VillageScore) -> dict[str, Any]:
    """Score of a village for programs, without its name."""
    return {
        "rank": score.rank,
        "total": score.total,
        "low": score.low,
        "high": score.high,
        "first_share": score.first_share,
        "first_share_data": score.first_share_data,
        "rank_shares": list(score.rank_shares),
        "topsis": score.closeness,
        "refused": score.refused,
        "map_first": list(score.map_first),
    }


def print_score(score: VillageScore, name: str) -> None:
    """Place and score of a village, or why it has none and what would help."""
    from taobaogis.compare.advice import advice  # noqa: PLC0415 - --help answers at once

    if score.total is not None:
        first = f"; first in {score.first_share:.0%}" if score.first_share is not None else ""
        between = f"{score.low:.2f} to {score.high:.2f}"
        print(f"  {score.rank}. {name}: {score.total:.2f} ({between}){first}")
        return
    print(f"  not ranked  {name}: {score.refused}")
    if score.map_first:
        print(f"              {advice(score.map_first)}")


def _print_changes(what_if: WhatIfReport) -> None:
    from taobaogis.reports.what_if import VERDICTS, change_text  # noqa: PLC0415

    print("What the changes would do:")
    for applied in what_if.applied:
        print(f"  {applied.said}")
    if not what_if.differences:
        print("  No indicator differs.")
    for d in what_if.differences:
        change = change_text(d) or f"{d.before.value} to {d.after.value}"
        print(f"    {d.village} {d.before.key}: {change} ({VERDICTS[d.verdict].en})")

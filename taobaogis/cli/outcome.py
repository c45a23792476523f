"""What a run found, on stdout: in words, or as JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from taobaogis.compare.ranking import Comparison, VillageScore
    from taobaogis.reports.what_if import WhatIfReport
    from taobaogis.results import StudyResult

__all__ = ["print_score", "score_record", "show_comparison"]


def show_comparison(
    result: StudyResult, comparison: Comparison, folder: Path, *, as_json: bool
) -> None:
    """Print what came out, for people or for programs."""
    from taobaogis.reports.what_if import changes_record, what_if_report  # noqa: PLC0415

    what_if = what_if_report(result, comparison)
    if as_json:
        record: dict[str, Any] = {
            "out": str(folder),
            "synthetic": result.study.synthetic,
            "villages": [{"id": v.village, **score_record(v)} for v in comparison.villages],
            "notes": list(result.notes),
        }
        if what_if is not None:
            record["what_if"] = changes_record(what_if)
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    if result.study.synthetic:
        print("SYNTHETIC: these villages do not exist.")
    specs = {v.village.id: v.village.spec for v in result.villages}
    for score in comparison.villages:
        names = dict.fromkeys((specs[score.village].name_en, specs[score.village].name_zh))
        print_score(score, " ".join(names))
    if what_if is not None:
        _print_changes(what_if)
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

"""``taobaogis compare``: villages of finished runs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from taobaogis.cli.outcome import print_score, score_record

__all__ = ["command"]


def command(
    folders: Annotated[list[Path], typer.Argument(help="Folders of finished runs.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Rank the villages of finished runs by the default criteria."""
    from taobaogis.compare.ranking import compare_villages  # noqa: PLC0415 - --help answers at once
    from taobaogis.reports.finished import read_indicators  # noqa: PLC0415
    from taobaogis.study import default_criteria  # noqa: PLC0415

    comparison = compare_villages(read_indicators(folders), default_criteria())
    if as_json:
        rows = [{"village": v.village, **score_record(v)} for v in comparison.villages]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for score in comparison.villages:
        print_score(score, score.village)

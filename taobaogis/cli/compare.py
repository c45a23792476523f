"""``taobaogis compare``: villages of finished runs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["command"]


def command(
    folders: Annotated[list[Path], typer.Argument(help="Folders of finished runs.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Rank the villages of finished runs by the default criteria."""
    from taobaogis.compare.advice import advice  # noqa: PLC0415 - --help answers at once
    from taobaogis.compare.ranking import compare_villages  # noqa: PLC0415 - --help answers at once
    from taobaogis.reports.finished import read_indicators  # noqa: PLC0415
    from taobaogis.study import default_criteria  # noqa: PLC0415

    comparison = compare_villages(read_indicators(folders), default_criteria())
    if as_json:
        rows = [
            {"village": v.village, "rank": v.rank, "total": v.total, "low": v.low, "high": v.high,
             "refused": v.refused, "map_first": list(v.map_first)}
            for v in comparison.villages
        ]  # fmt: skip
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for score in comparison.villages:
        if score.total is None:
            print(f"  not ranked  {score.village}: {score.refused}")
            if score.map_first:
                print(f"              {advice(score.map_first)}")
        else:
            print(f"  {score.rank}. {score.village}: {score.total:.2f} "
                  f"({score.low:.2f} to {score.high:.2f})")  # fmt: skip

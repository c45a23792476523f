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
    study: Annotated[
        str,
        typer.Option(
            help="Study whose criteria and weights to judge by. [default: those of the runs]",
            show_default=False,
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder for the page and the tables of the comparison.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Rank the villages of finished runs, by the criteria they were made with or by a study's."""
    from taobaogis.compare.ranking import compare_villages  # noqa: PLC0415 - --help answers at once
    from taobaogis.reports.bundle import require_replaceable  # noqa: PLC0415
    from taobaogis.reports.finished import read_runs  # noqa: PLC0415
    from taobaogis.reports.summary import sentences  # noqa: PLC0415
    from taobaogis.study import load_study  # noqa: PLC0415

    if out is not None:
        require_replaceable(out)
    runs = read_runs(folders)
    criteria, spec = runs.criteria, runs.spec
    if study:
        judging = load_study(study)
        criteria, spec = judging.criteria, judging.comparison
    comparison = compare_villages(runs.indicators, criteria, spec)
    said = [sentence.en for sentence in sentences(comparison, runs.names)]
    if not study and not runs.agreed:
        said.append("The runs were judged by different criteria; the default ones are used here.")
    if out is not None:
        from taobaogis.pipeline import write_comparison  # noqa: PLC0415 - heavy

        write_comparison(runs, comparison, folders, out)
    if as_json:
        rows = [{"village": v.village, **score_record(v)} for v in comparison.villages]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    print(" ".join(said))
    for score in comparison.villages:
        name = runs.names[score.village]
        names = " ".join(dict.fromkeys((name.en, name.zh)))
        print_score(score, names if len(folders) == 1 else f"{names} ({score.village})")
    if out is not None:
        print(f"Open {out / 'index.html'}")

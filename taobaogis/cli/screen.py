"""``taobaogis screen``: find likely urban villages, and write a study of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from taobaogis.cli.progress import teller

__all__ = ["command"]

_SHOWN = 10


def command(
    source: Annotated[Path, typer.Argument(help="OSM extract, or vector file of footprints.")],
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    streets: Annotated[
        Path | None, typer.Option(help="Vector file of street lines, beside footprints.")
    ] = None,
    datum: Annotated[
        str, typer.Option(help="Datum of vector files: wgs84, cgcs2000, gcj02 or bd09.")
    ] = "wgs84",
    least_score: Annotated[
        float, typer.Option(min=0, max=1, help="Score from which a candidate is in the study.")
    ] = 0.5,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on stdout.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Find likely urban villages in an extract, and write a study of them."""
    from taobaogis.errors import InputError, did_you_mean  # noqa: PLC0415 - so that --help answers at once
    from taobaogis.reports.bundle import require_replaceable  # noqa: PLC0415
    from taobaogis.settings import Settings  # noqa: PLC0415
    from taobaogis.study import DATUMS  # noqa: PLC0415

    if datum not in DATUMS:
        message = f"--datum '{datum}' is not known. {did_you_mean(datum, DATUMS)}"
        raise InputError(message)
    require_replaceable(out)  # before minutes of work, not after
    from taobaogis.city.candidates import screen_source, write_candidates  # noqa: PLC0415

    tell = teller(quiet=quiet)
    settings = Settings.from_environment(offline=True)
    study, layers, found = screen_source(source, settings, tell, streets=streets, datum=datum)
    write_candidates(study, layers, found, out, least_score=least_score)
    chosen = found[found["score"] >= least_score]
    if as_json:
        columns = [c for c in found if c != found.geometry.name]
        record = {
            "out": str(out),
            "in_study": len(chosen),
            "candidates": json.loads(found[columns].to_json(orient="records", force_ascii=False)),
        }
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    print(f"{len(found)} candidates among {len(layers['buildings']):,} buildings, "
          f"{len(chosen)} with a score of {least_score:g} or more")  # fmt: skip
    for row in chosen.head(_SHOWN).itertuples():
        print(f"  {row.id}  {row.score:.2f}  {row.n_houses} houses: {row.reasons_en}")
    if len(chosen) > _SHOWN:
        print(f"  and {len(chosen) - _SHOWN} more in {out / 'candidates.geojson'}")
    print(f"Look at {out / 'candidates.png'}, then: taobaogis run {out / 'study.toml'}")

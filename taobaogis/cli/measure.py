"""``taobaogis measure``: the same measures on anyone's files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taobaogis.cli.outcome import show_measures
from taobaogis.cli.pictures import BasemapOption, FiguresOption, warn_of
from taobaogis.cli.progress import teller

__all__ = ["command"]


def command(
    buildings: Annotated[Path, typer.Option(help="Vector file of building footprints.")],
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    streets: Annotated[Path | None, typer.Option(help="Vector file of street lines.")] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="Vector file of village outlines; without it, one round the buildings."),
    ] = None,
    pois: Annotated[Path | None, typer.Option(help="Vector file of places.")] = None,
    barriers: Annotated[
        Path | None, typer.Option(help="Vector file of walls, fences, gates and water.")
    ] = None,
    datum: Annotated[
        str, typer.Option(help="Datum of the files: wgs84, cgcs2000, gcj02 or bd09.")
    ] = "wgs84",
    whole: Annotated[
        bool, typer.Option("--whole", help="The buildings are a whole survey: none is missing.")
    ] = False,
    figures: FiguresOption = "png",
    basemap: BasemapOption = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on stdout.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Measure footprints and streets from your own files."""
    from taobaogis import pipeline  # noqa: PLC0415 - so that --help answers at once
    from taobaogis.loaders.survey import load_survey_data  # noqa: PLC0415
    from taobaogis.maps.output import Output  # noqa: PLC0415
    from taobaogis.reports.bundle import require_replaceable  # noqa: PLC0415
    from taobaogis.settings import Settings  # noqa: PLC0415

    key = Settings.from_environment().basemap_key
    output = Output.asked(figures=figures, basemap=basemap, basemap_key=key)
    require_replaceable(out)  # before minutes of work, not after
    tell = teller(quiet=quiet)
    warn_of(output.backdrop)
    files = {"buildings": buildings, "streets": streets, "pois": pois, "barriers": barriers}
    given = {kind: path for kind, path in files.items() if path is not None}
    study, data = load_survey_data(
        given, boundary=boundary, datum=datum, whole=whole, progress=tell
    )
    result = pipeline.measure_data(study, data, tell)
    comparison = pipeline.write_run(result, out, tell, output=output)
    show_measures(result, comparison, out, as_json=as_json)

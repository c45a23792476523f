"""``taobaogis run``: measure the villages of a study and write maps, tables and a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taobaogis.cli.outcome import show_comparison
from taobaogis.cli.pictures import BasemapOption, FiguresOption, warn_of
from taobaogis.cli.progress import teller

__all__ = ["command"]


def command(
    study: Annotated[str, typer.Argument(help="sample, guangzhou, or the path of a study.toml")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results. [default: runs/STUDY]")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="OpenStreetMap data instead of the study's: a file, or 'overpass'."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Open no connection; use files and the cache.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that share the work. [default: one a core]"),
    ] = None,
    figures: FiguresOption = "png",
    basemap: BasemapOption = "",
    grid: Annotated[
        float | None,
        typer.Option(
            metavar="METRES",
            help="Measure all that the sources hold, in cells of this size, instead of villages.",
        ),
    ] = None,
    scheduler: Annotated[
        str, typer.Option(help="Dask scheduler that shares a --grid run, e.g. tcp://host:8786.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on stdout.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Measure the villages of a study, or a whole city in cells, and write what comes out."""
    # Imported here so that --help and mistyped studies answer at once.
    import dataclasses  # noqa: PLC0415

    from taobaogis.errors import InputError  # noqa: PLC0415
    from taobaogis.settings import Settings  # noqa: PLC0415
    from taobaogis.study import load_study  # noqa: PLC0415
    from taobaogis.workers import cores, processes  # noqa: PLC0415

    loaded = load_study(study)
    if source is not None:
        osm = source if source in {"overpass", "sample"} else str(Path(source).absolute())
        loaded = dataclasses.replace(loaded, source=dataclasses.replace(loaded.source, osm=osm))
    folder = out or Path("runs") / loaded.id

    from taobaogis.maps.output import Output  # noqa: PLC0415
    from taobaogis.reports.bundle import require_replaceable  # noqa: PLC0415

    settings = Settings.from_environment(offline=True if offline else None)
    output = Output.asked(figures=figures, basemap=basemap, basemap_key=settings.basemap_key)
    require_replaceable(folder)  # before minutes of work, not after
    tell = teller(quiet=quiet)
    warn_of(output.backdrop)
    wanted = settings.workers if workers is None else workers
    if grid is not None or loaded.grid is not None:
        from taobaogis.cli.city import run_grid  # noqa: PLC0415

        count = wanted or cores()
        run_grid(loaded, grid, settings, folder, tell, workers=count, scheduler=scheduler,
                 as_json=as_json)  # fmt: skip
        return
    if scheduler:
        message = "--scheduler shares the tiles of a grid; add --grid METRES, or leave it out."
        raise InputError(message)
    count = min(wanted or cores(), len(loaded.villages))
    # They start while this process imports and loads.
    with processes(count, warm=["taobaogis.form.whole", "taobaogis.maps.static"]) as each:
        from taobaogis import pipeline  # noqa: PLC0415

        result = pipeline.measure_study(loaded, settings, tell, each=each)
        comparison = pipeline.write_run(result, folder, tell, each=each, output=output)
    show_comparison(result, comparison, folder, as_json=as_json)

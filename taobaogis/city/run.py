"""A city in one run: cut, measured tile by tile by whoever is there, summed up, put in place."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from taobaogis.city.cluster import on_cluster
from taobaogis.city.jobs import code_digest, measure_tile
from taobaogis.city.ledger import Ledger, key_of, work_folder
from taobaogis.city.summary import write_summary
from taobaogis.city.tiles import City
from taobaogis.city.whole import whole_columns
from taobaogis.errors import InputError
from taobaogis.loaders.whole import load_whole_layers
from taobaogis.reports.bundle import replacing_folder
from taobaogis.rules import changed_rules
from taobaogis.workers import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from taobaogis.city.grid import Grid
    from taobaogis.city.jobs import Job, Results
    from taobaogis.settings import Settings
    from taobaogis.study import Study
    from taobaogis.village import Layers

    Progress = Callable[[str], None]
    Engine = Callable[[Callable[[Job], Results], Iterable[Job]], Iterator[Results]]

__all__ = ["CityRun", "measure_city", "run_city"]


class CityRun(NamedTuple):
    """What a run over a city came to.

    Attributes
    ----------
    tiles, kept
        Tiles that hold anything, and how many of them an earlier run had done.
    houses, streets, cells
        Rows that were measured.
    """

    tiles: int
    kept: int
    houses: int
    streets: int
    cells: int


def run_city(
    study: Study,
    grid: Grid,
    settings: Settings,
    out: Path,
    progress: Progress | None = None,
    *,
    workers: int = 1,
    scheduler: str = "",
) -> CityRun:
    """Measure all that the sources of a study hold, tile by tile, and write it.

    Parameters
    ----------
    study
        Names the sources; what it says of villages does not matter.
    grid
        Cells and tiles.
    settings
        Names the cache.
    out
        Folder; an earlier run in it is replaced once all is done. Until then the tiles that are
        done lie beside it, and a run with the same data, settings and version goes on there.
    progress
        Told what is under way, with an estimate of what is left.
    workers
        Processes that share the tiles.
    scheduler
        Address of a Dask scheduler to send them to instead.

    Returns
    -------
    run
        Counts.

    Raises
    ------
    InputError
        If the study names no such source, or `out` holds something else.
    SourceError
        If a source or the scheduler fails.
    ExportError
        If something cannot be written.
    """
    tell = progress or (lambda _: None)
    layers = load_whole_layers(study, settings, tell)
    engine: Engine = partial(on_cluster, scheduler) if scheduler else partial(patiently, workers)
    return measure_city(study, layers, grid, out, engine=engine, tell=tell)


def measure_city(
    study: Study, layers: Layers, grid: Grid, out: Path, *, engine: Engine, tell: Progress
) -> CityRun:
    """Measure layers that are at hand, as `run_city` does.

    Parameters
    ----------
    study, grid, out
        As in `run_city`.
    layers
        Of the whole city.
    engine
        Does the jobs, each once, in any order.
    tell
        Told what is under way.

    Returns
    -------
    run
        Counts.

    Raises
    ------
    InputError, ExportError
        As in `run_city`.
    """
    if layers["buildings"].empty and layers["streets"].empty:
        message = "the sources hold neither a building nor a street; name others."
        raise InputError(message)
    apart_m = changed_rules(study.rules)["fire_separation"].value
    key = key_of(
        {
            "code": code_digest(),
            "crs": layers.crs.to_string(),
            "grid": asdict(grid),
            "assumptions": asdict(study.assumptions),
            "fire_separation_m": apart_m,
            "markets": [asdict(market) for market in study.markets],
            "sources": {kind: origin.digest for kind, origin in layers.provenance.items()},
            "rows": {kind: len(frame) for kind, frame in layers.frames.items()},
        }
    )
    ledger = Ledger(work_folder(out, key))
    done = ledger.done()
    city = City(layers, {}, grid, study.assumptions, apart_m)
    left = {tile: size for tile, size in city.tiles.items() if tile not in done}
    kept = len(city.tiles) - len(left)
    if kept:
        tell(f"{kept} of {len(city.tiles)} tiles are done already")
    if left:
        tell("measuring what reaches over the whole city")
        city = replace(city, columns=whole_columns(layers, study.markets))
        clock = _Clock(left, len(city.tiles), tell)
        for results in engine(measure_tile, city.jobs(left)):
            ledger.put(results)
            clock.done(results.tile)
    tell("summing up")
    with replacing_folder(out) as folder:
        for name in ("buildings", "streets", "cells"):
            if (ledger.folder / name).is_dir():
                shutil.copytree(ledger.folder / name, folder / name, copy_function=_linked)
        counts = write_summary(folder, study, layers, grid)
    ledger.forget()
    return CityRun(len(city.tiles), kept, *counts)


class _Clock:
    """Says how many tiles are done, and about how long the rest takes."""

    def __init__(self, left: dict[tuple[int, int], int], tiles: int, tell: Progress) -> None:
        self.left, self.tiles, self.tell = dict(left), tiles, tell
        self.whole, self.start = sum(left.values()), time.monotonic()

    def done(self, tile: tuple[int, int]) -> None:
        """Take note of a tile."""
        del self.left[tile]
        rest = sum(self.left.values())
        seconds = (time.monotonic() - self.start) * rest / max(self.whole - rest, 1)
        about = dt.timedelta(seconds=round(seconds))
        self.tell(f"tile {self.tiles - len(self.left)} of {self.tiles} done, about {about} left")


def _linked(source: str, target: str) -> str:
    """The same file under another name; a copy where the disk cannot do that."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target

"""``taobaogis run --grid``: a whole city in cells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from taobaogis.settings import Settings
from taobaogis.study import Study

__all__ = ["run_grid"]


def run_grid(
    study: Study,
    cell_m: float | None,
    settings: Settings,
    out: Path,
    tell: Callable[[str], None],
    *,
    workers: int,
    scheduler: str,
    as_json: bool,
) -> None:
    """Measure a city and say what came out."""
    from taobaogis.city.grid import Grid  # noqa: PLC0415 - so that --help answers at once
    from taobaogis.study_spec import GridSpec  # noqa: PLC0415

    spec = study.grid or GridSpec()
    grid = Grid(spec.cell_m if cell_m is None else cell_m, spec.tile_cells)
    from taobaogis.city.run import run_city  # noqa: PLC0415

    done = run_city(study, grid, settings, out, tell, workers=workers, scheduler=scheduler)
    if as_json:
        print(json.dumps({"out": str(out), "synthetic": study.synthetic, **done._asdict()}))
        return
    if study.synthetic:
        print("SYNTHETIC: this city does not exist.")
    print(f"{done.houses:,} buildings and {done.streets:,} stretches of street in {done.cells:,} "
          f"cells of {grid.cell_m:g} m, {done.tiles} tiles")  # fmt: skip
    if study.villages and not study.synthetic:
        print("Note: the villages of the study are not measured by a grid; run it without.")
    print(f"Open {out / 'index.html'}")

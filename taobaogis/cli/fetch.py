"""``taobaogis fetch``: bring the data of a study into the cache, without measuring."""

from __future__ import annotations

from typing import Annotated

import typer

from taobaogis.cli.progress import teller

__all__ = ["command"]


def command(
    names: Annotated[
        list[str], typer.Argument(help="Studies (name or file) or villages of the gazetteer.")
    ],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Download and cache OpenStreetMap for studies or villages."""
    from pathlib import Path  # noqa: PLC0415 - so that --help answers at once

    from taobaogis import gazetteer  # noqa: PLC0415
    from taobaogis.errors import PlaceNotFoundError  # noqa: PLC0415
    from taobaogis.settings import Settings  # noqa: PLC0415
    from taobaogis.study import load_study, parse_study  # noqa: PLC0415

    studies = []
    for name in names:
        try:
            known = gazetteer.find_village(name)
        except PlaceNotFoundError:
            studies.append(load_study(name))
        else:
            text = f'[study]\nid = "{known.id}"\n[[village]]\nid = "{known.id}"\n'
            studies.append(parse_study(text, folder=Path()))

    from taobaogis.loaders.assemble import load_study_data  # noqa: PLC0415

    tell = teller(quiet=quiet)
    settings = Settings.from_environment()
    for study in studies:
        data = load_study_data(study, settings, tell)
        counts = ", ".join(f"{len(frame)} {kind}" for kind, frame in data.layers.frames.items())
        print(f"{study.id}: {counts}")

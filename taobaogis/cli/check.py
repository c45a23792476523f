"""``taobaogis check``: what is missing or wrong in the data, in words, before any measuring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from taobaogis.cli.progress import teller

__all__ = ["command"]

_MARKS = {"fact": "", "warning": "! ", "error": "refused: "}


def command(
    names: Annotated[list[str], typer.Argument(help="Studies (name or file) or vector files.")],
    offline: Annotated[
        bool, typer.Option("--offline", help="Open no connection; use files and the cache.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Say what is missing or wrong in studies and files.

    Ends with 2 if there is something that a run would refuse.
    """
    from taobaogis.loaders.inspect import (  # noqa: PLC0415 - so that --help answers at once
        inspect_file,
        inspect_study,
    )
    from taobaogis.loaders.remarks import Remark  # noqa: PLC0415
    from taobaogis.settings import Settings  # noqa: PLC0415
    from taobaogis.study import BUILT_IN_STUDIES  # noqa: PLC0415

    settings = Settings.from_environment(offline=True if offline else None)
    tell = teller(quiet=quiet)
    remarks: dict[str, list[Remark]] = {}
    for name in names:
        is_study = name in BUILT_IN_STUDIES or Path(name).suffix == ".toml" or Path(name).is_dir()
        remarks[name] = (
            inspect_study(name, settings, tell) if is_study else inspect_file(Path(name))
        )
    if as_json:
        plain = {name: [remark.to_dict() for remark in found] for name, found in remarks.items()}
        print(json.dumps(plain, ensure_ascii=False, indent=2))
    else:
        for name, found in remarks.items():
            print(name)
            for remark in found:
                print(f"  {_MARKS[remark.level]}{remark.text}")
    if any(remark.level == "error" for found in remarks.values() for remark in found):
        raise typer.Exit(2)

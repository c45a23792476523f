"""``taobaogis check``: what is missing or wrong in the data, in words, before any measuring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from taobaogis.cli.progress import teller

__all__ = ["command"]


def command(
    names: Annotated[list[str], typer.Argument(help="Studies (name or file) or vector files.")],
    offline: Annotated[
        bool, typer.Option("--offline", help="Open no connection; use files and the cache.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Say what is missing or wrong in studies and files."""
    from taobaogis.settings import Settings  # noqa: PLC0415 - so that --help answers at once
    from taobaogis.study import BUILT_IN_STUDIES  # noqa: PLC0415

    settings = Settings.from_environment(offline=True if offline else None)
    tell = teller(quiet=quiet)
    findings: dict[str, list[str]] = {}
    for name in names:
        is_study = name in BUILT_IN_STUDIES or Path(name).suffix == ".toml" or Path(name).is_dir()
        if is_study:
            from taobaogis.loaders.inspect import inspect_study  # noqa: PLC0415

            findings[name] = inspect_study(name, settings, tell)
        else:
            from taobaogis.loaders.inspect import inspect_file  # noqa: PLC0415

            findings[name] = inspect_file(Path(name))
    if as_json:
        print(json.dumps(findings, ensure_ascii=False, indent=2))
        return
    for name, lines in findings.items():
        print(name)
        for line in lines:
            print(f"  {line}")

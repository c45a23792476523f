"""The command line: one thin command a file, and the only place that prints.

Exit codes: 0 done, 2 the caller can fix it, 3 the outside world failed, 4 could not write.
Progress and messages go to stderr, results to stdout.
"""

from __future__ import annotations

import sys
import warnings

import typer

from taobaogis.cli import check, compare, doctor, fetch, measure, run, villages
from taobaogis.errors import TaobaoGISError

__all__ = ["app", "main"]

app = typer.Typer(
    name="taobaogis",
    help="GIS for China's urban villages: from OpenStreetMap to maps, tables and a comparison.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (run, measure, fetch, compare, check, villages, doctor):
    app.command(name=module.__name__.rpartition(".")[2])(module.command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    warnings.showwarning = _show_warning
    try:
        app()
    except TaobaoGISError as error:
        print(f"taobaogis: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"note: {message}", file=sys.stderr)

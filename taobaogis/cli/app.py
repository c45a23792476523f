"""All commands, and what each kind of error ends with."""

from __future__ import annotations

import os
import sys
import warnings

import typer

from taobaogis.cli import check, compare, doctor, fetch, measure, run, screen, villages
from taobaogis.cli.stopping import Stopped
from taobaogis.errors import ExportError, TaobaoGISError
from taobaogis.loaders.quotes import showable

__all__ = ["app", "exit_code", "explained"]

app = typer.Typer(
    name="taobaogis",
    help="GIS for China's urban villages: from OpenStreetMap to maps, tables and a comparison.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (run, measure, screen, fetch, compare, check, villages, doctor):
    app.command(name=module.__name__.rpartition(".")[2])(module.command)

_LONGEST_SENTENCE = 1200


def exit_code() -> int:
    """Run the command that was typed; what it ends with if no error stops it."""
    warnings.showwarning = _show_warning
    try:
        app()
    except Stopped:
        raise
    except SystemExit as leave:
        return _flushed(leave.code if isinstance(leave.code, int) else int(bool(leave.code)))
    return _flushed(0)


def explained(error: Exception) -> int:
    """Say what was wrong in a sentence; what to end with. Raises what is no fault of a user."""
    if isinstance(error, TaobaoGISError):
        _say(str(error))
        return error.exit_code
    if isinstance(error, OSError):
        return _flushed(_refused(error))
    raise error


def _flushed(code: int) -> int:
    """The same code, once all that was printed has gone out."""
    if sys.stdout is None:  # closed by the caller
        return code
    try:
        sys.stdout.flush()
    except OSError as error:
        # The interpreter would try once more at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1 if isinstance(error, BrokenPipeError) else _refused(error)
    return code


def _refused(error: OSError) -> int:
    what = f" ('{error.filename}')" if error.filename else ""
    _say(f"the system refuses to go on: {error.strerror or error}{what}.")
    return ExportError.exit_code


def _say(sentence: str) -> None:
    shown = showable(sentence)
    if len(shown) > _LONGEST_SENTENCE:  # it quotes what somebody gave
        half = _LONGEST_SENTENCE // 2
        shown = f"{shown[:half]} … {shown[-half:]}"
    print(f"taobaogis: {shown}", file=sys.stderr)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"note: {showable(str(message))}", file=sys.stderr)

"""The command line: one thin command a file, and the only place that prints.

Exit codes: 0 done, 1 nobody read what was printed, 2 the caller can fix it, 3 the outside world
failed, 4 could not write, 130 stopped by Ctrl-C.
Progress and messages go to stderr, results to stdout.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from taobaogis.cli import check, compare, doctor, fetch, measure, run, screen, villages
from taobaogis.errors import ExportError, TaobaoGISError
from taobaogis.loaders.quotes import showable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["app", "main"]

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


class _Stopped(SystemExit):
    """The caller has asked to stop."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    warnings.showwarning = _show_warning
    for stream in (sys.stdout, sys.stderr):
        # Where a terminal lacks Chinese letters, their codes are shown, not an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with _stoppable():
        code = _run()
    sys.exit(code)


def _run() -> int:
    """Run a command; what it ends with."""
    try:
        app()
    except _Stopped as stopped:
        _say("stopped; nothing half-written is left.")
        return int(str(stopped.code))
    except SystemExit as leave:
        return _flushed(leave.code if isinstance(leave.code, int) else int(bool(leave.code)))
    except TaobaoGISError as error:
        _say(str(error))
        return error.exit_code
    except OSError as error:
        return _flushed(_refused(error))
    return _flushed(0)


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


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C, or the end of a session, undo what is half done before it ends the program."""

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # the undoing is not to be stopped in its turn
        raise _Stopped(128 + number)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # Whoever starts a program in the background may have chosen to have it ignore Ctrl-C.
    ours = [n for n, handler in before.items() if handler not in {signal.SIG_IGN, None}]
    if threading.current_thread() is not threading.main_thread():
        ours = []
    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


def _say(sentence: str) -> None:
    shown = showable(sentence)
    if len(shown) > _LONGEST_SENTENCE:  # it quotes what somebody gave
        half = _LONGEST_SENTENCE // 2
        shown = f"{shown[:half]} … {shown[-half:]}"
    print(f"taobaogis: {shown}", file=sys.stderr)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"note: {showable(str(message))}", file=sys.stderr)

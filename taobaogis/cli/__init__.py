"""The command line: one thin command a file, and the only place that prints.

Exit codes: 0 done, 1 nobody read what was printed, 2 the caller can fix it, 3 the outside world
failed, 4 could not write, 130 stopped by Ctrl-C, 143 stopped by the end of a session.
Progress and messages go to stderr, results to stdout.
"""

from __future__ import annotations

import io
import sys

from taobaogis.cli.stopping import Wish

__all__ = ["command_line", "main"]


def main() -> None:
    """Run the command that was typed and leave with its exit code, as a program of its own."""
    wish = Wish()
    code = _code(wish, is_own_program=True)
    wish.be_done()
    sys.exit(code)


def command_line() -> int:
    """Run the command that was typed inside another program; its exit code."""
    wish = Wish()
    try:
        return _code(wish, is_own_program=False)
    finally:
        wish.close()


def _code(wish: Wish, *, is_own_program: bool) -> int:
    try:
        wish.listen()
        for stream in (sys.stdout, sys.stderr):
            # Where a terminal lacks Chinese letters, their codes are shown, not an error.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        # Loaded only now, when signals are heard.
        from taobaogis.cli.app import exit_code, explained  # noqa: PLC0415
        from taobaogis.collecting import look_seldom  # noqa: PLC0415

        if is_own_program:
            look_seldom()
        try:
            return exit_code()
        except Exception as error:
            if wish.number:  # a library has made another error of it
                raise
            return explained(error)
    except BaseException as error:
        if not (wish.number or isinstance(error, KeyboardInterrupt)):
            raise
        code = wish.heed()
        print("taobaogis: stopped; nothing half-written is left.", file=sys.stderr)
        return code

"""The command line, called in this process, with what it printed and how it ended."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from unittest import mock

from taobaogis.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def taobaogis(*words: object) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        mock.patch.object(sys, "argv", ["taobaogis", *map(str, words)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    return Outcome(code, out.getvalue(), err.getvalue())

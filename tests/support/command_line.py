"""The command line, called in this process, with what it printed and how it ended."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from unittest import mock

from taobaogis.cli import command_line


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def taobaogis(*words: object) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["taobaogis", *map(str, words)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = command_line()
    return Outcome(code, out.getvalue(), err.getvalue())

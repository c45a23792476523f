"""The command line on a small study, run in a process of its own that may be cut off."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hostile.kit.osm_files import small_document

from taobaogis.cli import main
from taobaogis.provenance import file_digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Ended", "defects_of_run", "run_apart", "small_study", "start_apart", "wait_for"]

STUDY = """
[study]
id = "small"
title_en = "A small study"

[source]
osm = "small.osm"

[[village]]
id = "lane"
name_en = "Lane village"
name_zh = "里村"
lon = 113.3012
lat = 23.0012
radius_m = 150
goods = ["clothing"]

[[market]]
id = "market"
name_en = "Market"
goods = ["clothing"]
lon = 113.3024
lat = 23.0024
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def small_study(folder: Path, text: str = STUDY) -> Path:
    """Study file in a folder, with its OSM file beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small.osm").write_bytes(small_document())
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    return path


def start_apart(
    words: list[str], printed: Path, *, cache: Path, prepare: Callable[[], object] | None = None
) -> int:
    """Start a command in a child; its number. What it prints goes into a folder."""
    printed.mkdir(parents=True, exist_ok=True)
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.setpgid(0, 0)
        for descriptor, name in ((1, "out"), (2, "err")):
            opened = os.open(printed / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o666)
            os.dup2(opened, descriptor)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        os.environ["TAOBAOGIS_CACHE_DIR"] = str(cache)
        os.environ["TAOBAOGIS_OFFLINE"] = "1"
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _warn_as_usual()
        if prepare is not None:
            prepare()
        sys.argv = ["taobaogis", *words]
        code = _code_of(main)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _warn_as_usual() -> None:
    """Show what the interpreter shows to users; the cases themselves take warnings for errors."""
    warnings.resetwarnings()
    for unseen in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", unseen)


def _code_of(command: Callable[[], None]) -> int:
    """Exit code as the interpreter would give it."""
    try:
        command()
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except BaseException:  # noqa: BLE001 - printed as the interpreter would
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def wait_for(child: int, printed: Path, *, kill_after_s: float | None = None,
             with_signal: int = signal.SIGKILL) -> Ended:  # fmt: skip
    """End of a command, which may be sent a signal after a while."""
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, with_signal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Ended(status, *((printed / n).read_text("utf-8", "replace") for n in ("out", "err")))


def run_apart(words: list[str], printed: Path, *, cache: Path,
              prepare: Callable[[], object] | None = None) -> Ended:  # fmt: skip
    """A command from start to end."""
    return wait_for(start_apart(words, printed, cache=cache, prepare=prepare), printed)


def defects_of_run(out: Path) -> str:
    """What is wrong with the folder of a run; empty if every file is what its manifest says."""
    try:
        record = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return f"no manifest: {error}"
    for entry in record["files"]:
        path = out / entry["path"]
        if not path.is_file() or file_digest(path) != entry["digest"]:
            return f"{entry['path']} is not what the manifest says"
    return ""

"""The command line where it cannot write, cannot print, or is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hostile.kit.persons import become_nobody
from hostile.kit.runs import Ended, defects_of_run, run_apart, small_study
from hostile.kit.verdicts import Case, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["command_cases", "loading_cases"]

_TOOL = (sys.executable, "-m", "taobaogis")
# Three a power of ten, up to when everything is loaded.
_CALLS = tuple(round(10 ** (i / 3)) for i in range(7, 20))


# --- where results should go


def _file(folder: Path) -> Path:
    (folder / "taken").write_text("text")
    return folder / "taken"


def _below_file(folder: Path) -> Path:
    return _file(folder) / "below"


def _full(folder: Path) -> Path:
    (folder / "full").mkdir()
    (folder / "full" / "thesis.txt").write_text("years")
    return folder / "full"


def _here(folder: Path) -> Path:
    (folder / "here").mkdir()
    os.chdir(folder / "here")
    return Path()


def _above(folder: Path) -> Path:
    (folder / "a" / "b").mkdir(parents=True)
    os.chdir(folder / "a" / "b")
    return Path("..")


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def _closed(folder: Path) -> Path:
    (folder / "closed").mkdir(mode=0)
    return folder / "closed" / "out"


def _read_only(folder: Path) -> Path:
    (folder / "closed").mkdir(mode=0o555)
    return folder / "closed" / "out"


def _link_to_itself(folder: Path) -> Path:
    (folder / "loop").symlink_to(folder / "loop")
    return folder / "loop"


def _link_to_nothing(folder: Path) -> Path:
    (folder / "dangling").symlink_to(folder / "gone")
    return folder / "dangling"


def _broken_manifest(folder: Path) -> Path:
    (folder / "broken").mkdir()
    (folder / "broken" / "manifest.json").write_text("[" * 100_000)
    return folder / "broken"


def _pipe_within(folder: Path) -> Path:
    (folder / "odd").mkdir()
    (folder / "odd" / "manifest.json").write_text('{"files": []}')
    os.mkfifo(folder / "odd" / "pipe")
    return folder / "odd"


def _odd_bytes(folder: Path) -> Path:
    return folder / "\udcff\udcfe"


def _newline(folder: Path) -> Path:
    return folder / "a\nb \x1b[31m"


NO_PLACES: dict[str, Callable[[Path], Path]] = {
    "a file": _file, "below a file": _below_file, "a folder of something else": _full,
    "the current folder": _here, "the folder above": _above, "the root": lambda _: Path("/"),
    "a pipe": _pipe, "a device": lambda _: Path("/dev/null"),
    "below a device": lambda _: Path("/dev/null/x"),
    "the folder of processes": lambda _: Path("/proc/taobaogis"), "a closed folder": _closed,
    "a read-only folder": _read_only, "a link to itself": _link_to_itself,
    "a link to nothing": _link_to_nothing, "a name of 300 letters": lambda f: f / ("x" * 300),
    "a path of 10,000 letters": lambda f: f / "/".join(["x" * 99] * 100),
    "a name of odd bytes": _odd_bytes, "a name with a line break": _newline,
    "a broken manifest": _broken_manifest, "a pipe among the results": _pipe_within,
}  # fmt: skip


def nowhere_to_write(name: str) -> Verdict:
    """A place where no results can be put: said before the work, and nothing is lost."""
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        folder.chmod(0o777)
        study = small_study(folder / "study")
        (folder / "printed").mkdir(mode=0o777)
        (folder / "printed").chmod(0o777)
        out = NO_PLACES[name](folder)
        before = _listing(folder)
        ended = run_apart(["run", str(study), "--out", str(out), "-q"], folder / "printed",
                          cache=folder / "cache", prepare=become_nobody)  # fmt: skip
        os.chdir("/")
        wrong = _unfit(ended, {2, 4})
        left = [p for p in _listing(folder) if p not in before and "printed" not in p]
        if not wrong and [p for p in left if "/cache" not in p]:
            wrong = f"left behind: {left}"
        if not wrong and set(before) - set(_listing(folder)):
            wrong = f"lost: {set(before) - set(_listing(folder))}"
        return Verdict("wrong", wrong) if wrong else Verdict("error", ended.err.strip())


def _listing(folder: Path) -> list[str]:
    return sorted(str(p) for p in folder.rglob("*"))


def _unfit(ended: Ended, codes: set[int]) -> str:
    """What is wrong with how a command failed; empty if it is one sentence and a right code."""
    if "Traceback" in ended.err or "Traceback" in ended.out:
        return ended.err[-700:]
    if ended.code not in codes:
        return f"ended with {ended.code}: {ended.err[-400:]}"
    said = [line for line in ended.err.splitlines() if line.startswith("taobaogis: ")]
    return "" if len(said) == 1 else f"said {len(said)} sentences: {ended.err[-400:]!r}"


def _linked(folder: Path) -> Path:
    (folder / "real").mkdir()
    (folder / "linked").symlink_to(folder / "real")
    return folder / "linked"


def _chinese(folder: Path) -> Path:
    return folder / "结果 里仁洞"


def _dash(folder: Path) -> Path:
    os.chdir(folder)
    return Path("./-rf")


PLACES: dict[str, Callable[[Path], Path]] = {
    "a link to a folder": _linked, "a Chinese name": _chinese, "a name like an option": _dash,
    "a deep place": lambda f: f / "a" / "b" / "c", "brackets and stars": lambda f: f / "[x]*?",
}  # fmt: skip


def somewhere_to_write(name: str) -> Verdict:
    """An unusual place that can be written: twice, and the second replaces the first."""
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        study = small_study(folder / "study")
        out = PLACES[name](folder)
        for _ in range(2):
            ended = run_apart(["run", str(study), "--out", str(out), "-q"], folder / "printed",
                              cache=folder / "cache")  # fmt: skip
            if ended.code or "Traceback" in ended.err:
                return Verdict("wrong", f"{ended.code}: {ended.err[-500:]}")
            if defects_of_run(out):
                return Verdict("wrong", defects_of_run(out))
        left = [p.name for p in out.parent.iterdir() if p.name.startswith(".")]
        if left or (name == "a link to a folder" and not out.is_symlink()):
            return Verdict("wrong", f"left behind: {left}")
        return Verdict("unchanged")


# --- what surrounds a command


@dataclass(frozen=True)
class Surroundings:
    """How a command is started, and what may come of it."""

    words: tuple[str, ...] = ("villages",)
    environment: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    line: str = ""
    codes: tuple[int, ...] = (0,)
    says: str = ""


_C = {"LANG": "C", "LC_ALL": "C"}
_LATIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
_NARROW = {"COLUMNS": "20", "TERMINAL_WIDTH": "20"}
_COMMANDS = ("run", "measure", "fetch", "compare", "check", "villages", "doctor")

SURROUNDINGS: dict[str, Surroundings] = {
    "LANG=C": Surroundings(environment=_C, says="Lirendong"),
    "a locale without UTF-8": Surroundings(environment=_LATIN, says="Lirendong"),
    "ASCII output": Surroundings(environment={"PYTHONIOENCODING": "ascii"}, says="\\u91cc"),
    "ASCII output as JSON": Surroundings(("villages", "--json"),
                                         {"PYTHONIOENCODING": "ascii"}, says='"lirendong"'),
    "GBK output": Surroundings(environment={"PYTHONIOENCODING": "gbk"}, says="Lirendong"),
    "no environment": Surroundings(without=("HOME", "PATH", "USER", "LANG", "TMPDIR")),
    **{f"20 columns: {c} --help": Surroundings((c, "--help"), _NARROW, says="Usage")
       for c in _COMMANDS},
    "0 columns": Surroundings(("run", "--help"), {"COLUMNS": "0"}, says="Usage"),
    "columns of words": Surroundings(("run", "--help"), {"COLUMNS": "wide"}, says="Usage"),
    "no standard input": Surroundings(line="{tool} villages <&-", says="Lirendong"),
    "no standard output": Surroundings(line="{tool} villages >&-"),
    "no standard error": Surroundings(line="{tool} run nowhere 2>&-", codes=(2,)),
    "nothing to print to": Surroundings(line="{tool} run nowhere <&- >&- 2>&-", codes=(2,)),
    "a reader who leaves at once": Surroundings(line="{tool} villages | true"),
    "a reader who leaves after a line": Surroundings(line="{tool} villages --json | head -1"),
    "a reader who leaves, and its code": Surroundings(
        line="set -o pipefail; {tool} villages --json | true", codes=(0, 1)),
    "a full disk to print to": Surroundings(line="{tool} villages > /dev/full", codes=(4,)),
    "a full disk for messages": Surroundings(line="{tool} run nowhere 2> /dev/full",
                                             codes=(1, 2, 4)),
    "an unknown command": Surroundings(("fly",), codes=(2,)),
    "an unknown option": Surroundings(("run", "--fly"), codes=(2,)),
    "no command": Surroundings((), codes=(0, 2)),
    "an empty study": Surroundings(("run", ""), codes=(2,)),
    "a study of 100,000 letters": Surroundings(("run", "x" * 100_000), codes=(2,)),
    "a study that moves the cursor": Surroundings(("run", "\x1b[2J\x1b]0;x\x07"), codes=(2,)),
    "a study of odd bytes": Surroundings(("run", "\udcff\udcfe"), codes=(2,)),
    "a study that is a device": Surroundings(("run", "/dev/zero"), codes=(2,)),
    "a study that is the root": Surroundings(("run", "/"), codes=(2,)),
    "a village of odd bytes": Surroundings(("fetch", "\udcff"), codes=(2,)),
    "results that are a device": Surroundings(("compare", "/dev/zero"), codes=(2,)),
    "results that are the root": Surroundings(("compare", "/"), codes=(2,)),
    "a file that is a device": Surroundings(("check", "/dev/zero"), codes=(2,)),
    "a file that is the root": Surroundings(("check", "/"), codes=(2, 3)),
    "a file of odd bytes": Surroundings(("check", "\udcff.gpkg"), codes=(2,)),
    "an address in place of a file": Surroundings(
        ("run", "guangzhou", "--source", "http://127.0.0.1:9/x.osm.pbf"), codes=(2, 3)),
    "houses at an address": Surroundings(
        ("measure", "--buildings", "http://127.0.0.1:9/x.gpkg", "--out", "x"), codes=(2, 3)),
    "houses in a remote archive": Surroundings(
        ("measure", "--buildings", "/vsicurl/http://127.0.0.1:9/x.gpkg", "--out", "x"),
        codes=(2, 3)),
    "houses in a database": Surroundings(
        ("measure", "--buildings", "PG:host=127.0.0.1", "--out", "x"), codes=(2, 3)),
    "an unknown datum": Surroundings(
        ("measure", "--buildings", "x.gpkg", "--datum", "mars", "--out", "x"), codes=(2,)),
    "a cache that is a file": Surroundings(
        ("run", "nowhere"), {"TAOBAOGIS_CACHE_DIR": "/dev/null"}, codes=(2,)),
    "a word in place of yes and no": Surroundings(
        ("run", "guangzhou"), {"TAOBAOGIS_OFFLINE": "perhaps"}, codes=(2,)),
    "patience that is no number": Surroundings(
        ("run", "guangzhou"), {"TAOBAOGIS_TOTAL_TIMEOUT_S": "nan"}, codes=(2,)),
    "a server that is no address": Surroundings(
        ("run", "guangzhou"), {"TAOBAOGIS_OVERPASS_URLS": "gopher://x \x1b[2J",
                               "TAOBAOGIS_OFFLINE": "0", "TAOBAOGIS_TOTAL_TIMEOUT_S": "5"},
        codes=(3,)),
}  # fmt: skip


def surrounded(name: str) -> Verdict:
    """A command in unusual surroundings: it does its work, or says why not."""
    how = SURROUNDINGS[name]
    with tempfile.TemporaryDirectory() as folder:
        environment = {k: v for k, v in os.environ.items() if k not in how.without}
        environment |= {"TAOBAOGIS_CACHE_DIR": f"{folder}/cache", "TAOBAOGIS_OFFLINE": "1"}
        environment |= how.environment
        command: tuple[str, ...] = (*_TOOL, *how.words)
        if how.line:
            command = ("bash", "-c", how.line.format(tool=" ".join(_TOOL)))
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True,
                              check=False, timeout=100)  # fmt: skip
    out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    if "Traceback" in err or "Exception ignored" in err:
        return Verdict("traceback", err[-600:])
    if done.returncode not in how.codes:
        return Verdict("wrong", f"ended with {done.returncode}: {err[-400:]}")
    if how.says not in out:
        return Verdict("wrong", f"did not say {how.says!r}: {out[:300]}")
    if any(c in err for c in "\x1b\x07\x00"):
        return Verdict("unclear", f"it moves the cursor: {err[-300:]!r}")
    if max(map(len, err.splitlines()), default=0) > 1500:
        return Verdict("unclear", f"a line of {max(map(len, err.splitlines()))} letters")
    return Verdict("error" if done.returncode else "unchanged", err.strip()[-300:])


def stopped(name: str, after_s: float) -> Verdict:
    """The sample, stopped after a while by a signal: one line, the right code, nothing left."""
    number = getattr(signal, name)
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        started = _started(folder, number, _TOOL)
        time.sleep(after_s)
        was_done = started.poll() is not None
        started.send_signal(number)
        _, said = started.communicate(timeout=100)
        if was_done:
            return Verdict("unchanged", "it was done before")
        err = said.decode("utf-8", "replace")
        # Nobody can say anything before the interpreter has come to the command, which on a busy
        # machine takes seconds: then the signal ends it by itself, or its own modules are named.
        own = "KeyboardInterrupt" in err and f"{os.sep}taobaogis{os.sep}" not in err
        if own or (started.returncode == -number and not err):
            return Verdict("unchanged", "stopped while the interpreter itself was starting")
        return _judged(folder, number, started.returncode, err)


# Sends itself a signal at a step of the work, the same step in every run.
_AT_STEP = """
import os, signal, sys
from pathlib import Path
from taobaogis.cli import main

_, step, number, count, *words = sys.argv
left = int(count)

def look(is_step):
    global left
    left -= is_step
    if is_step and left == 0:
        Path("sent").touch()
        os.kill(os.getpid(), int(number))

sys.argv = ["taobaogis", *words]
if step == "import":
    sys.addaudithook(lambda event, _: look(event == "import"))
else:
    sys.setprofile(lambda frame, event, _: look(event == "call"))
main()
"""


def stopped_at(step: str, count: int, name: str) -> Verdict:
    """The sample, stopped at its n-th import or its n-th call of a function."""
    number = getattr(signal, name)
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        tool = (sys.executable, "-c", _AT_STEP, step, str(int(number)), str(count))
        started = _started(folder, number, tool)
        _, said = started.communicate(timeout=300)
        if not (folder / "sent").exists():
            return Verdict("unchanged", "it was done before")
        return _judged(folder, number, started.returncode, said.decode("utf-8", "replace"))


def _started(folder: Path, number: int, tool: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (*tool, "run", "sample", "-q", "--out", str(folder / "out")), cwd=folder,
        env={**os.environ, "TAOBAOGIS_CACHE_DIR": f"{folder}/cache"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # Whoever started the campaign in the background had it ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509 - one thread
    )  # fmt: skip


def _judged(folder: Path, number: int, code: int, err: str) -> Verdict:
    if code == 0:
        return Verdict("wrong", "the signal was lost and the run went on to its end")
    if code != 128 + number or len(err.strip().splitlines()) != 1:
        return Verdict("wrong", f"ended with {code}: {err[-400:]!r}")
    left = [p.name for p in folder.iterdir() if p.name not in {"cache", "out", "sent"}]
    parts = [p.name for p in folder.rglob(".part-*")]
    if left or parts:
        return Verdict("wrong", f"left behind: {left + parts}")
    return Verdict("error", err.strip())


def command_cases() -> Iterator[Case]:
    """Everything once; the stops at several moments."""
    for name in NO_PLACES:
        yield _case("results cannot go there", name, "nowhere_to_write", name)
    for name in PLACES:
        yield _case("results at an unusual place", name, "somewhere_to_write", name)
    for name in SURROUNDINGS:
        yield _case("unusual surroundings", name, "surrounded", name)
    for name in ("SIGINT", "SIGTERM"):
        for after_s in (0.1, 0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0):
            yield _case("stopped", f"{name} after {after_s:g} s", "stopped", name, after_s)
        yield from loading_cases(name, range(1, 1900, 160), _CALLS)


def loading_cases(name: str, imports: Iterable[int], calls: Iterable[int]) -> Iterator[Case]:
    """Stops by a signal at some imports and some calls of functions."""
    for step, counts in (("import", imports), ("call", calls)):
        for count in counts:
            yield _case("stopped while loading", f"{name} at {step} {count}", "stopped_at",
                        step, count, name)  # fmt: skip


def _case(kind: str, label: str, work: str, *given: object) -> Case:
    return Case("command line", kind, label, f"hostile.kit.commands:{work}", given, seconds=60,
                memory_mb=4000)  # fmt: skip

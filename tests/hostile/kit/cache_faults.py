"""A cache that is altered or cannot be used; runs that are killed, doubled, or out of space."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely
from hostile.kit.damage import DAMAGES, damaged
from hostile.kit.persons import as_nobody, become_nobody
from hostile.kit.runs import (
    STUDY,
    Ended,
    defects_of_run,
    run_apart,
    small_study,
    start_apart,
    wait_for,
)
from hostile.kit.verdicts import Case, Verdict
from pyproj import CRS

from taobaogis.errors import TaobaoGISWarning
from taobaogis.loaders.cache import load_answer, load_layers, store_answer, store_layers
from taobaogis.provenance import Provenance
from taobaogis.schema import conform
from taobaogis.settings import Settings
from taobaogis.village import Layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["cache_cases", "prepare", "prepare_case", "run_cases"]

ORIGIN = Provenance(source="https://a/api", query="里", as_of="2026-03-28T16:14:00Z")
BODY = b"body of the answer " * 20
KEY = "the question"
CRS_M = CRS.from_epsg(4547)
OTHER_STUDY = STUDY.replace("radius_m = 150", "radius_m = 120")


# --- entries of the cache


def _layers() -> Layers:
    houses = [shapely.box(x, 0, x + 9, 9) for x in range(0, 200, 10)]
    frame = conform(gpd.GeoDataFrame(geometry=houses, crs=CRS_M), "buildings")
    return Layers(CRS_M, {"buildings": frame}, {"buildings": ORIGIN}, shapely.box(0, 0, 200, 9))


def altered_entry(which: int, kind: str, seed: int) -> Verdict:
    """One file of the cache comes to harm: the entry is absent, or what it was."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder))
        store_answer(KEY, BODY, ORIGIN, settings)
        store_layers(KEY, _layers(), settings)
        answer, layers = load_answer(KEY, settings), load_layers(KEY, settings)
        assert answer is not None
        assert layers is not None
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        path = files[which % len(files)]
        path.write_bytes(damaged(path.read_bytes(), kind, seed))
        found, read = load_answer(KEY, settings), load_layers(KEY, settings)
        if found is not None and found != answer:
            return Verdict("wrong", f"another answer came back from {path.suffix}")
        if read is not None and not _same(read, layers):
            return Verdict("wrong", f"other layers came back from {path.name[70:]}")
        gone = found is None or read is None
        return Verdict("error" if gone else "unchanged", "the entry counts as absent")


def _same(one: Layers, two: Layers) -> bool:
    return (
        all(one[kind].equals(two[kind]) for kind in two.frames)
        and dict(one.provenance) == dict(two.provenance)
        and one.extent == two.extent
    )


def _entry_files(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def _endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


STRANGE_ENTRIES: dict[str, Callable[[Path], None]] = {
    "a pipe": _pipe, "a folder": _folder, "a link to itself": _loop,
    "a link to a device without end": _endless, "gone": Path.unlink,
    "unreadable": lambda path: path.chmod(0),
}  # fmt: skip


def strange_entry(name: str, which: int) -> Verdict:
    """A file of an entry is something else: the entry is absent, nobody waits."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder))
        store_answer(KEY, BODY, ORIGIN, settings)
        Path(folder).chmod(0o755)
        files = _entry_files(Path(folder))
        STRANGE_ENTRIES[name](files[which % len(files)])
        with as_nobody():
            found = load_answer(KEY, settings)
        return Verdict("error", "absent") if found is None else Verdict("wrong", "it was read")


def _a_file(cache: Path) -> None:
    cache.write_text("text")


def _below_a_file(cache: Path) -> None:
    cache.parent.rmdir()
    cache.parent.write_text("text")


def _read_only(cache: Path) -> None:
    cache.mkdir(mode=0o555)


def _closed(cache: Path) -> None:
    cache.mkdir(mode=0)


def _to_itself(cache: Path) -> None:
    cache.symlink_to(cache)


def _to_nothing(cache: Path) -> None:
    cache.symlink_to("/proc/nothing")


def _a_pipe(cache: Path) -> None:
    os.mkfifo(cache)


def _answers_a_file(cache: Path) -> None:
    cache.mkdir()
    (cache / "answers").write_text("text")


STRANGE_CACHES: dict[str, Callable[[Path], None]] = {
    "a file": _a_file, "below a file": _below_a_file, "read-only": _read_only,
    "closed": _closed, "a link to itself": _to_itself, "a link to nothing": _to_nothing,
    "a pipe": _a_pipe, "a file within": _answers_a_file,
}  # fmt: skip


def strange_cache(name: str) -> Verdict:
    """A cache that cannot be used warns, and costs nothing but time."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        cache = Path(folder) / "x" / "cache"
        cache.parent.mkdir()
        STRANGE_CACHES[name](cache)
        settings = Settings(cache)
        with as_nobody(), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            kept = store_answer(KEY, BODY, ORIGIN, settings)
            found = load_answer(KEY, settings)
        warned = [w for w in caught if issubclass(w.category, TaobaoGISWarning)]
        with contextlib.suppress(OSError):
            cache.chmod(0o755)
        if not warned or found is not None or not kept.digest:
            return Verdict("silent", f"{len(warned)} warnings")
        return Verdict("repaired", str(warned[0].message))


def cache_cases(count: int) -> Iterator[Case]:
    """Entries altered so many times a kind, and entries and caches that are something else."""
    for kind in DAMAGES:
        for seed in range(count):
            yield _case("entry altered", f"{kind} {seed}", "altered_entry", seed, kind, seed,
                        may=frozenset({"error", "unchanged"}))  # fmt: skip
    for name in STRANGE_ENTRIES:
        for which in range(2):
            yield _case("entry is something else", f"{name} {which}", "strange_entry", name, which,
                        may=frozenset({"error"}))  # fmt: skip
    for name in STRANGE_CACHES:
        yield _case("cache cannot be used", name, "strange_cache", name,
                    may=frozenset({"repaired"}))  # fmt: skip


# --- whole runs


def prepare(base: str) -> Verdict:
    """The results that runs should have, and how many steps on the disk a run takes."""
    folder = Path(base)
    folder.chmod(0o755)
    old = small_study(folder / "old")
    new = small_study(folder / "new", OTHER_STUDY)
    for name, study in (("old", old), ("new", new)):
        ended = run_apart(["run", str(study), "--out", str(folder / f"{name}-out")],
                          folder / "printed", cache=folder / f"{name}-cache")  # fmt: skip
        if ended.code:
            return Verdict("wrong", ended.err[-500:])
    steps = folder / "steps"

    def count() -> None:
        _watch(folder, lambda n, _: steps.write_text(str(n)))

    run_apart(["run", str(new), "--out", str(folder / "counted")], folder / "printed",
              cache=folder / "counted-cache", prepare=count)  # fmt: skip
    return Verdict("unchanged", steps.read_text())


def _watch(base: Path, at_step: Callable[[int, str], object]) -> None:
    """Call something at each step of this process that alters what is below a folder."""
    count = 0
    busy = False

    def hook(event: str, given: tuple[object, ...]) -> None:
        nonlocal count, busy
        if busy or not _alters(event, given, str(base)):
            return
        count += 1
        busy = True
        at_step(count, event)
        busy = False

    sys.addaudithook(hook)


def _alters(event: str, given: tuple[object, ...], base: str) -> bool:
    if event == "open":
        path, mode, flags = given[0], given[1], given[2]
        writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (
            isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        )
        return bool(writes) and str(path).startswith(base)
    return event in {"os.rename", "os.mkdir", "os.remove", "os.rmdir"} and any(
        str(item).startswith(base) for item in given
    )


def _results(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def _stage(base: Path, folder: Path) -> tuple[Path, Path, Path]:
    """A folder with the old result in it, the new study, and an empty cache."""
    shutil.copytree(base / "old-out", folder / "out")
    return folder / "out", base / "new" / "study.toml", folder / "cache"


def _judge(base: Path, folder: Path, ended: Ended) -> Verdict | None:
    """What is wrong after a run that was cut off or failed; None if nothing is."""
    out = folder / "out"
    state = _which(base, folder)
    if not state:
        return Verdict("wrong", f"neither the old nor the new result: {defects_of_run(out)}")
    if "Traceback" in ended.err:
        return Verdict("traceback", ended.err[-600:])
    return None


def _which(base: Path, folder: Path) -> str:
    """Which result is in place: ``old``, ``new``, or neither."""
    out = folder / "out"
    hidden = folder / ".out.old"
    place = out if out.exists() else hidden  # between two renames; the next run puts it back
    if defects_of_run(place):
        return ""
    found = _results(place)
    return next((n for n in ("old", "new") if found == _results(base / f"{n}-out")), "")


def _again(base: Path, folder: Path) -> Verdict | None:
    """What is wrong with the run after; None if it is right."""
    out, study, cache = folder / "out", base / "new" / "study.toml", folder / "cache"
    ended = run_apart(["run", str(study), "--out", str(out)], folder / "printed", cache=cache)
    if ended.code or "Traceback" in ended.err:
        return Verdict("wrong", f"the next run ended with {ended.code}: {ended.err[-400:]}")
    if _which(base, folder) != "new" or not out.exists():
        return Verdict("wrong", "the next run did not leave the new result")
    if (folder / ".out.old").exists():
        return Verdict("wrong", "the next run left the old folder beside it")
    return None


def killed_at_moment(base: str, seed: int) -> Verdict:
    """A run that is killed after a while."""
    pause_s = random.Random(f"kill {seed}").uniform(0.05, 3.0)  # noqa: S311 - a fixed fault
    return _killed(Path(base), kill_after_s=pause_s)


def killed_at_step(base: str, step: int) -> Verdict:
    """A run that is killed at the n-th thing it does to the disk."""

    def kill(count: int, _: str) -> None:
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return _killed(Path(base), at_step=kill)


def stopped_at_step(base: str, step: int) -> Verdict:
    """A run that is stopped by Ctrl-C at the n-th thing it does to the disk."""

    def stop(count: int, _: str) -> None:
        if count == step:
            os.kill(os.getpid(), signal.SIGINT)

    return _killed(Path(base), at_step=stop, by=signal.SIGINT)


def _killed(
    base: Path,
    *,
    kill_after_s: float | None = None,
    at_step: Callable[[int, str], object] | None = None,
    by: int = signal.SIGKILL,
) -> Verdict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out, study, cache = _stage(base, folder)
        watch = None if at_step is None else lambda: _watch(folder, at_step)
        child = start_apart(["run", str(study), "--out", str(out), "-q"], folder / "printed",
                            cache=cache, prepare=watch)  # fmt: skip
        ended = wait_for(child, folder / "printed", kill_after_s=kill_after_s, with_signal=by)
        wrong = _judge(base, folder, ended)
        if wrong is None and by == signal.SIGINT:
            wrong = _not_tidy(folder, ended)
        state = _which(base, folder)
        return wrong or _again(base, folder) or Verdict(
            "unchanged", f"{state} result after {ended.code}"
        )  # fmt: skip


def _not_tidy(folder: Path, ended: Ended) -> Verdict | None:
    """What is wrong with how a run took Ctrl-C."""
    left = [p.name for p in folder.iterdir() if p.name not in {"out", "cache", "printed"}]
    if ended.code == 0:
        return None  # it was done already
    if left or not (folder / "out").exists():
        return Verdict("wrong", f"left behind: {left}")
    if ended.code != 130 or len(ended.err.strip().splitlines()) != 1:
        return Verdict("wrong", f"ended with {ended.code}, saying: {ended.err[-300:]!r}")
    return None


def file_size_limit(base: str, size: int) -> Verdict:
    """A disk on which no file can grow beyond a size."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return _unwritable(Path(base), limit)


def full_disk(base: str, size: int) -> Verdict:
    """A real disk that is too small for the new result beside the old one."""
    with tempfile.TemporaryDirectory() as name:
        mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", name]
        done = subprocess.run(mount, check=False, capture_output=True)
        if done.returncode:
            return Verdict("unchanged", "not tried: no disk may be mounted here")
        try:
            folder = Path(name)
            out, study, cache = _stage(Path(base), folder)
            (folder / "printed").mkdir()
            used = sum(p.stat().st_blocks * 512 for p in folder.rglob("*"))
            subprocess.run(["mount", "-o", f"remount,size={used + size}", name], check=True)  # noqa: S607
            return _after_failure(Path(base), folder, out, study, cache, None)
        finally:
            subprocess.run(["umount", "-l", name], check=True)  # noqa: S607


def _unwritable(base: Path, prepare: Callable[[], object]) -> Verdict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out, study, cache = _stage(base, folder)
        return _after_failure(base, folder, out, study, cache, prepare)


def _after_failure(
    base: Path, folder: Path, out: Path, study: Path, cache: Path,
    prepare: Callable[[], object] | None,
) -> Verdict:  # fmt: skip
    with tempfile.TemporaryDirectory() as printed:
        ended = run_apart(["run", str(study), "--out", str(out), "-q"], Path(printed), cache=cache,
                          prepare=prepare)  # fmt: skip
    if ended.code not in {0, 4}:
        return Verdict("wrong", f"ended with {ended.code}: {ended.err[-600:]}")
    if ended.code == 4 and _which(base, folder) != "old":
        return Verdict("wrong", f"the old result is lost: {defects_of_run(out)}")
    left = [p.name for p in folder.iterdir() if p.name.startswith(".out")]
    wrong = _judge(base, folder, ended)
    if wrong is None and left:
        wrong = Verdict("wrong", f"left behind: {left}")
    if wrong is None and ended.code == 4 and len(_said(ended.err)) != 1:
        wrong = Verdict("unclear", ended.err[-600:])
    return wrong or Verdict("error" if ended.code else "repaired", ended.err.strip()[-300:])


def _said(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("taobaogis: ")]


def two_at_once(base: str, seed: int, one_out: bool) -> Verdict:
    """Two runs at the same time with one cache, and maybe into one folder."""
    dice = random.Random(f"two {seed}")  # noqa: S311 - a fixed fault
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out, study, cache = _stage(Path(base), folder)
        outs = [out, out if one_out else folder / "second"]
        children = []
        for i, target in enumerate(outs):
            children.append(start_apart(["run", str(study), "--out", str(target), "-q"],
                                        folder / f"printed{i}", cache=cache))  # fmt: skip
            time.sleep(dice.uniform(0, 0.3))
        ended = [wait_for(c, folder / f"printed{i}") for i, c in enumerate(children)]
        codes = [e.code for e in ended]
        errors = " | ".join(e.err[-300:] for e in ended)
        if "Traceback" in errors or not set(codes) <= ({0, 4} if one_out else {0}):
            return Verdict("wrong", f"{codes}: {errors}")
        if one_out:
            return (
                _judge(Path(base), folder, ended[0])
                or _again(Path(base), folder)
                or Verdict("error" if 4 in codes else "unchanged", f"{codes}: {errors}")
            )
        truth = _results(Path(base) / "new-out")
        if any(defects_of_run(target) or _results(target) != truth for target in outs):
            return Verdict("wrong", "one of the results is not right")
        return Verdict("unchanged")


def without_rights(base: str) -> Verdict:
    """A result in a folder whose owner is somebody else."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out, study, cache = _stage(Path(base), folder)
        # As soon as the run begins to write, and after all modules are loaded.
        rights = lambda: _watch(folder / ".out", lambda *_: become_nobody())  # noqa: E731
        return _after_failure(Path(base), folder, out, study, cache, rights)


def prepare_case(base: str) -> Case:
    """What has to be done before `run_cases`; says how many steps a run takes."""
    return _case("preparation", "", "prepare", base)


def run_cases(
    base: str, *, kills: int, steps: Iterator[int] | list[int], pairs: int
) -> Iterator[Case]:
    """Runs killed so many times, at these steps, and so many pairs at once."""
    for seed in range(kills):
        yield _case("run killed", f"at a moment {seed}", "killed_at_moment", base, seed)
    for step in steps:
        yield _case("run killed", f"at step {step}", "killed_at_step", base, step)
        yield _case("run stopped by Ctrl-C", f"at step {step}", "stopped_at_step", base, step)
    for seed in range(pairs):
        yield _case("two runs at once", f"one cache {seed}", "two_at_once", base, seed, False)
        yield _case("two runs at once", f"one folder {seed}", "two_at_once", base, seed, True)
    for size in (1000, 4096, 10_000, 20_000, 40_000, 60_000, 100_000, 200_000, 400_000):
        yield _case("disk full", f"files of {size} bytes", "file_size_limit", base, size)
        yield _case("disk full", f"{size} bytes left", "full_disk", base, size)
    yield _case("no right to write", "folder of another", "without_rights", base)


def _case(
    kind: str, label: str, work: str, *given: object, may: frozenset[str] | None = None
) -> Case:
    return Case("cache and results", kind, label, f"hostile.kit.cache_faults:{work}", given,
                **({} if may is None else {"may": may}), seconds=60, memory_mb=4000)  # fmt: skip

"""A whole city through the whole command: seconds, memory and growth, beside what is promised.

    python benchmarks/city.py                    # make bench-city: some half an hour on two cores
    python benchmarks/city.py --quick            # sizes for trying, a few minutes
    python benchmarks/city.py --only 500000      # one made-up city
    python benchmarks/city.py --only real        # the footprints of Shenzhen
    python benchmarks/city.py --write            # and put the table into docs/scale.md

Real footprints through all measures of buildings and through screening, and made-up cities of
growing size through form and access. Each command runs as it is typed, with an empty cache and as
many processes as there are cores; what is counted is the whole tree of them. Memory is the greatest
sum of what they hold at one moment, looked at twice a second; a page that several share counts once
(PSS). Loops are compiled beforehand, as they are once on a machine. Real data are left out, and
said so, where they are not beside the checkout.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from measuring import Figures, Told, exponent, installed_like, machine

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.made_city import made_city, write_city  # noqa: E402 - once it can be found

SHENZHEN = ROOT.parent / "shared" / "data" / "shenzhen-buildings.parquet"
SIZES = (62_500, 125_000, 250_000, 500_000)
QUICK = (5_000, 10_000, 20_000)
STREETS_A_BUILDING = 0.22
CELL_M = 500
BOUND_EXPONENT = 1.15
REAL_S, REAL_MB = 180, 4096
MADE_S, MADE_MB = 720, 6144
_LOOK_S = 0.5
_COMPILE = "\n".join(
    f"import taobaogis.geometry.kernels.{name}" for name in ("facing", "outlines", "rays")
)


class Bound(NamedTuple):
    """What is promised of a job; none where it is None."""

    wall_s: float | None = None
    peak_mb: float | None = None


def measured(words: list[str], *, count: int) -> Figures:
    """Figures of a command with all processes that it starts."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {
            **installed_like(), "TAOBAOGIS_CACHE_DIR": cache, "TAOBAOGIS_OFFLINE": "1"
        }  # fmt: skip
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "taobaogis", *words],
            stdout=subprocess.DEVNULL, env=environment,
        )  # fmt: skip
        watch = _Watch(process.pid)
        code = process.wait()
        wall_s, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        peak_mb = watch.ended()
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    note = f"ended with {code}" if code else ""
    return Figures(cpu_s, wall_s, peak_mb=peak_mb, count=count, note=note)


class _Watch:
    """Looks at the memory of a tree of processes until it is told that they have ended."""

    def __init__(self, root: int) -> None:
        self.root, self.peak_kb = root, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def ended(self) -> float:
        """Greatest sum, in MB."""
        self.over.set()
        self.thread.join()
        return self.peak_kb / 1024

    def _look(self) -> None:
        while not self.over.wait(_LOOK_S):
            self.peak_kb = max(self.peak_kb, sum(map(_held_kb, _tree(self.root))))


def _tree(root: int) -> list[int]:
    """A process and all below it that live."""
    found, at = [root], 0
    while at < len(found):
        for path in Path(f"/proc/{found[at]}/task").glob("*/children"):
            try:
                found += map(int, path.read_text().split())
            except OSError:  # it has ended meanwhile
                continue
        at += 1
    return found


def _held_kb(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def real(work: Path) -> list[Figures]:
    """All measures of buildings of the real footprints, and screening."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - only here

    count = pq.read_metadata(SHENZHEN).num_rows
    study = work / "study.toml"
    study.write_text(
        f'[study]\nid = "shenzhen"\n[source]\nbuildings = "{SHENZHEN}"\n'
        f"[grid]\ncell_m = {CELL_M}\n",
        encoding="utf-8",
    )
    measure = ["run", str(study), "--grid", str(CELL_M), "-q", "--out", str(work / "out")]
    screen = ["screen", str(SHENZHEN), "-q", "--out", str(work / "candidates")]
    return [measured(words, count=count) for words in (measure, screen)]


def made(size: int, work: Path) -> Figures:
    """Form and access of a made-up city."""
    study = write_city(made_city(size, round(STREETS_A_BUILDING * size)), work / "city")
    words = ["run", str(study), "--grid", str(CELL_M), "-q", "--out", str(work / "out")]
    return measured(words, count=size)


def row(name: str, figures: Figures, bound: Bound) -> str:
    """Of the table."""
    if figures.note:
        return f"| {name} | {figures.note} | | | | |"
    cells = [
        name, f"{figures.wall_s:.0f}", _shown(bound.wall_s), f"{figures.cpu_s:.0f}",
        f"{figures.peak_mb:,.0f}", _shown(bound.peak_mb),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _shown(bound: float | None) -> str:
    return "" if bound is None else f"{bound:,.0f}"


def main() -> None:
    """Print the table of ``docs/scale.md``."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, without the real data")
    parser.add_argument("--only", help="'real', or the number of buildings of one made-up city")
    parser.add_argument("--write", action="store_true", help="put the table into docs/scale.md")
    given = parser.parse_args()
    tell = Told()
    tell(f"{machine()}, {os.cpu_count()} cores\n")
    tell("| job | s on the clock | at most | s of CPU | MB | at most |")
    tell("|---|--:|--:|--:|--:|--:|")
    subprocess.run([sys.executable, "-c", _COMPILE], check=True, env=installed_like())
    sizes = QUICK if given.quick else SIZES
    if given.only:
        sizes = () if given.only == "real" else (int(given.only),)
    if given.only == "real" or not (given.only or given.quick):
        _tell_real(tell)
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            found.append(made(size, Path(folder)))
        bound = Bound(MADE_S, MADE_MB) if size == SIZES[-1] else Bound()
        streets = round(STREETS_A_BUILDING * size)
        tell(row(f"made-up city: {size:,} buildings, {streets:,} streets", found[-1], bound))
    if len(found) > 1:
        tell(f"\nCPU seconds grow by the power {exponent(found):.2f} of the buildings "
             f"(at most {BOUND_EXPONENT}).")  # fmt: skip
    if given.write:
        tell.put(ROOT / "docs" / "scale.md", "the table of cities")


def _tell_real(tell: Told) -> None:
    if not SHENZHEN.exists():
        tell(f"| Shenzhen | left out: {SHENZHEN.name} is not beside the checkout | | | | |")
        return
    folder = Path(tempfile.mkdtemp())
    try:
        parts = real(folder)
    finally:
        shutil.rmtree(folder)
    name = f"Shenzhen, {parts[0].count:,} footprints"
    for what, figures in zip(("all measures of buildings", "screening"), parts, strict=True):
        tell(row(f"{name}: {what}", figures, Bound()))
    both = Figures(
        sum(f.cpu_s for f in parts), sum(f.wall_s for f in parts),
        peak_mb=max(f.peak_mb for f in parts), count=parts[0].count,
        note="".join(f.note for f in parts),
    )  # fmt: skip
    tell(row(f"{name}: both", both, Bound(REAL_S, REAL_MB)))


if __name__ == "__main__":
    main()

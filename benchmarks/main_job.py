"""How long the main job takes, and how much memory, as whole processes.

Run it with ``make bench``. Each command runs in a process of its own with an empty cache, three
times after one warm-up; the table shows the median. The bounds are the project's promises.
Studies on real data are left out, and said so, where the data are not beside the checkout.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
RUNS = 3


@dataclass(frozen=True)
class Job:
    """A command and its promise."""

    name: str
    command: tuple[str, ...]
    bound_s: float
    bound_mb: float | None = None
    needs: Path | None = None


def jobs(out: Path) -> list[Job]:
    """All jobs, writing below `out`."""
    python = sys.executable
    tool = (python, "-m", "taobaogis")
    futian, panyu = DATA / "futian-study.toml", DATA / "panyu.osm.pbf"
    return [
        Job("import taobaogis", (python, "-c", "import taobaogis"), 0.05),
        Job("python alone", (python, "-c", ""), 0.05),
        Job("taobaogis --help", (str(Path(python).with_name("taobaogis")), "--help"), 0.3),
        Job("run sample", (*tool, "run", "sample", "-q", "--out", str(out / "sample")), 20),
        Job(
            "run Futian (3 villages, 1,853 buildings)",
            (*tool, "run", str(futian), "-q", "--out", str(out / "futian")),
            30,
            needs=futian,
        ),
        Job(
            "run guangzhou on Panyu (36,468 ways)",
            (*tool, "run", "guangzhou", "--source", str(panyu), "-q", "--out", str(out / "panyu")),
            60,
            bound_mb=1500,
            needs=panyu,
        ),
    ]


def measure(command: tuple[str, ...], cache: Path) -> tuple[float, float]:
    """Wall seconds and peak megabytes of one process."""
    environment = {**os.environ, "TAOBAOGIS_CACHE_DIR": str(cache), "TAOBAOGIS_OFFLINE": "1"}
    # An installed package has its bytecode; the warm-up writes that of a checkout.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        message = f"{' '.join(command)} ended with {process.returncode}"
        raise RuntimeError(message)
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'job':44} {'median s':>9} {'bound s':>8} {'peak MB':>8} {'bound MB':>9}")
    for job in jobs(Path(tempfile.mkdtemp())):
        if job.needs is not None and not job.needs.exists():
            print(f"{job.name:44} left out: {job.needs.name} is not at hand")
            continue
        found = []
        for i in range(RUNS + 1):
            with tempfile.TemporaryDirectory() as cache:
                figures = measure(job.command, Path(cache))
            if i:
                found.append(figures)
        seconds = statistics.median(s for s, _ in found)
        megabytes = statistics.median(m for _, m in found)
        bound_mb = "" if job.bound_mb is None else f"{job.bound_mb:.0f}"
        print(f"{job.name:44} {seconds:9.2f} {job.bound_s:8g} {megabytes:8.0f} {bound_mb:>9}")


if __name__ == "__main__":
    main()

"""Seconds, memory and growth of one call at a time, each in a process of its own.

A benchmark is a script with jobs by name. `main` runs one of them, named on the command line, and
prints its figures as JSON; `run` starts that for a job and reads them. What is compared runs in
turn, and ratios are between neighbours, as machines drift and others are at work on them. CPU
seconds count all threads of the process; seconds on the clock stand beside them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "Figures",
    "Ratio",
    "Told",
    "exponent",
    "installed_like",
    "machine",
    "measure",
    "print_figures",
    "ratio",
    "run",
]

_FIRST = '{"cpu_s"'
_MB = 1024.0  # of the kilobytes that Linux counts in


@dataclass(frozen=True)
class Figures:
    """What one call took.

    Attributes
    ----------
    cpu_s, wall_s
        Of the call alone.
    before_mb, peak_mb
        Largest memory of the process before the call, with its input at hand, and after it.
    count
        Size of the input, in what the job counts.
    built_s
        CPU seconds of what was built of the input before the call, once.
    note
        What has to be said of it, e.g. why there are no figures.
    """

    cpu_s: float = float("nan")
    wall_s: float = float("nan")
    before_mb: float = float("nan")
    peak_mb: float = float("nan")
    count: int = 0
    built_s: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Ratio:
    """Medians of ours and of a peer, and how many times as long the peer takes.

    Attributes
    ----------
    ours, peer
        Of the middle run each, by CPU seconds.
    times
        Median of the ratios of neighbours; above 1 ours is faster.
    low, high
        Least and greatest of these ratios.
    """

    ours: Figures
    peer: Figures
    times: float
    low: float
    high: float


def measure(
    call: Callable[[object], object], scene: object, *, count: int, warm: object = None
) -> Figures:
    """Figures of one call in this process.

    Parameters
    ----------
    call
        What is measured.
    scene
        Its only argument.
    count
        Size of `scene`, in what the job counts.
    warm
        A small scene to call it with beforehand, so that imports and compiling are not counted;
        none if None.
    """
    warnings.simplefilter("ignore")
    if warm is not None:
        call(warm)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB
    wall, cpu = time.perf_counter(), time.process_time()
    call(scene)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB
    return Figures(cpu, wall, before, peak, count)


def print_figures(figures: Figures) -> None:
    """One line that `run` reads."""
    print(json.dumps(figures.__dict__), flush=True)


def run(
    script: Path,
    arguments: Sequence[object],
    *,
    python: str = sys.executable,
    patience_s: float = 1800.0,
    environment: Mapping[str, str] | None = None,
) -> Figures:
    """Figures that a script prints, in a process of its own.

    Parameters
    ----------
    script, arguments
        Which ends by `print_figures`.
    python
        Interpreter, e.g. of an environment with the peers in it.
    patience_s
        After which it is given up.
    environment
        Of the process; this one's if None.

    Returns
    -------
    figures
        Without figures, and with the reason in `note`, if it broke or took too long.
    """
    command = [python, str(script), *map(str, arguments)]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=patience_s,
            env=installed_like(environment),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Figures(note=f"not done after {patience_s:.0f} s")
    # Compiled libraries may say something of their own, before it on the same line or after it.
    lines = [line[line.index(_FIRST) :] for line in done.stdout.splitlines() if _FIRST in line]
    if done.returncode or not lines:
        said = done.stderr.strip().splitlines() or ["it ended without a word"]
        return Figures(note=said[-1][:120])
    return Figures(**json.loads(lines[-1]))


def installed_like(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment of a process, this one's if None, in which packages keep their bytecode."""
    return {
        key: value
        for key, value in (os.environ if environment is None else environment).items()
        if key != "PYTHONDONTWRITEBYTECODE"
    }


def ratio(ours: Callable[[], Figures], peer: Callable[[], Figures], *, runs: int = 3) -> Ratio:
    """Ours and a peer in turn."""
    pairs = []
    for _ in range(runs):
        pairs.append((ours(), peer()))
        if pairs[-1][0].note or pairs[-1][1].note:
            break
    each = sorted(p.cpu_s / o.cpu_s for o, p in pairs)
    middle = [
        sorted((pair[side] for pair in pairs), key=lambda f: f.cpu_s)[len(pairs) // 2]
        for side in (0, 1)
    ]
    return Ratio(middle[0], middle[1], statistics.median(each), each[0], each[-1])


class Told:
    """Lines that are printed as they come, and can be put into a page.

    Attributes
    ----------
    lines
        All so far.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str = "") -> None:
        """Print a line and keep it."""
        print(line, flush=True)
        self.lines.append(line)

    def put(self, page: Path, name: str) -> None:
        """Put all lines between the two marks of a name in a page."""
        begin, end = f"<!-- {name} begins -->", f"<!-- {name} ends -->"
        before, found, rest = page.read_text(encoding="utf-8").partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            message = f"'{page.name}' has no place for '{name}'"
            raise ValueError(message)
        text = "\n".join([f"{before}{begin}", "", *self.lines, "", f"{end}{after}"])
        page.write_text(text, encoding="utf-8")


def exponent(found: Sequence[Figures]) -> float:
    """Exponent of a power law of CPU seconds by size; 1 is linear. NaN without two sizes."""
    usable = [f for f in found if f.count > 0 and f.cpu_s > 0]
    if len({f.count for f in usable}) < 2:  # noqa: PLR2004 - a line has two ends
        return float("nan")
    counts, seconds = ([getattr(f, key) for f in usable] for key in ("count", "cpu_s"))
    return float(np.polyfit(np.log(counts), np.log(seconds), 1)[0])


def machine() -> str:
    """Day and machine, for the head of a table."""
    with Path("/proc/loadavg").open() as stream:
        load = stream.read().split()[0]
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {platform.machine()}, Python "
        f"{platform.python_version()}, load {load} at the start"
    )

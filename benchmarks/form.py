"""How fast the measures of form are, beside momepy, and how time and memory grow.

Run it with ``make bench-form``. Each figure comes from a process of its own: it makes a scene from
`scenes`, measures a small one first, and then counts CPU seconds of one call. What is compared
runs in turn, and ratios are between neighbours, because machines drift. Real streets are left
out, and said so, where the data are not beside the checkout.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scenes
from peer_calls import SIGHT_M, SPACING_M, interbuilding_distance, street_profile

from taobaogis.form.gaps import building_gaps
from taobaogis.form.whole import measure_form
from taobaogis.form.width import street_widths
from taobaogis.loaders.assemble import load_study_data
from taobaogis.schema import conform
from taobaogis.settings import Settings
from taobaogis.study import Assumptions, VillageSpec, default_vehicles, load_study
from taobaogis.village import Layers, Village

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RUNS = 3
STREETS_OF, GAPS_OF, VILLAGE_OF = 14_400, 32_400, 2_025
KERNELS = ("rays", "outlines", "facing")
GROWING = (12_500, 25_000, 50_000, 100_000)
GROWING_VILLAGES = (500, 1_000, 2_000, 4_000)


def widths(scene: scenes.Scene) -> object:
    """Street widths as the package measures them."""
    return street_widths(scene.streets, scene.buildings, sight_line_m=SIGHT_M, spacing_m=SPACING_M)


def gaps(scene: scenes.Scene) -> object:
    """Gaps, façade by façade, and the nearest neighbour."""
    return building_gaps(scene.buildings)


def whole_form(scene: scenes.Scene) -> object:
    """All layers and indicators of form of one village, in one process."""
    return measure_form(
        _made_village(scene), vehicles=default_vehicles(), assumptions=Assumptions()
    )


def _made_village(scene: scenes.Scene) -> Village:
    main = scene.streets.index[-len(scene.main_streets) :]
    streets = scene.streets.assign(highway="footway")
    streets.loc[main, "highway"] = "tertiary"
    frames = {
        "buildings": conform(scene.buildings, "buildings"),
        "streets": conform(streets, "streets"),
    }
    return Village(
        spec=VillageSpec("made", "Made Village"),
        boundary=scene.boundary,
        boundary_basis="made up",
        is_circle=False,
        position_doubt_m=0.0,
        layers=Layers(scene.buildings.crs, frames),
    )


def futian(_: int) -> scenes.Scene:
    """All streets and buildings around three villages in Shenzhen."""
    study = load_study(str(DATA / "futian-study.toml"))
    data = load_study_data(study, Settings.from_environment(offline=True))
    streets, buildings = data.layers["streets"], data.layers["buildings"]
    return scenes.Scene(buildings, streets, streets, data.villages[0].boundary)


MAKERS: dict[str, Callable[[int], scenes.Scene]] = {
    "city": scenes.city, "village": scenes.village, "futian": futian,
}  # fmt: skip
MEASURES: dict[str, Callable[[scenes.Scene], object]] = {
    f.__name__: f for f in (widths, street_profile, gaps, interbuilding_distance, whole_form)
}


def load_kernels() -> None:
    """Load the compiled loops, which a process does once; `kernel_times` prints how long it is."""
    for name in KERNELS:
        importlib.import_module(f"taobaogis.geometry.kernels.{name}")


def measure_here(measure: str, maker: str, size: int) -> None:
    """Print the figures of one call."""
    warnings.simplefilter("ignore")
    small = scenes.village(100)
    scene = MAKERS[maker](size)
    load_kernels()
    MEASURES[measure](small)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter(), time.process_time()
    MEASURES[measure](scene)
    figures = {
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "before_mb": before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "streets": len(scene.streets),
        "buildings": len(scene.buildings),
    }
    print(json.dumps(figures))


def figures(measure: str, maker: str, size: int) -> dict[str, float]:
    """Figures of one call in a process of its own."""
    command = [sys.executable, __file__, measure, maker, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(name: str, *, ours: str, peer: str, maker: str, size: int, bound: float) -> None:
    """Print the medians of ours and of the peer, and of their ratio."""
    pairs = [(figures(ours, maker, size), figures(peer, maker, size)) for _ in range(RUNS)]
    a, b = (statistics.median(pair[k]["cpu_s"] for pair in pairs) for k in range(2))
    ratios = sorted(pair[1]["cpu_s"] / pair[0]["cpu_s"] for pair in pairs)
    what = f"{name} ({pairs[0][0]['streets']:.0f} streets, {pairs[0][0]['buildings']:.0f} houses)"
    spread = f"{ratios[0]:.1f} to {ratios[-1]:.1f}"
    print(
        f"{what:62} {a:8.2f} {b:8.2f} {statistics.median(ratios):6.1f} {spread:>13} {bound:6g}",
        flush=True,
    )


def grow(name: str, measure: str, maker: str, sizes: tuple[int, ...]) -> None:
    """Print seconds and memory by size, and the exponent of a power law through them."""
    found = [figures(measure, maker, size) for size in sizes]
    count, seconds = (np.array([f[key] for f in found]) for key in ("buildings", "cpu_s"))
    exponent = np.polyfit(np.log(count), np.log(seconds), 1)[0]
    steps = "  ".join(f"{n / 1000:.1f}k {s:.2f}" for n, s in zip(count, seconds, strict=True))
    last = found[-1]
    print(
        f"{name:16} {steps:48} {exponent:5.2f} {last['peak_mb']:8.0f} {last['before_mb']:8.0f}",
        flush=True,
    )


def main() -> None:
    """Print the tables."""
    print(
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {platform.machine()}, Python "
        f"{platform.python_version()}; CPU seconds, median of {RUNS}"
    )
    print(f"{'':62} {'ours':>8} {'momepy':>8} {'ratio':>6} {'from to':>13} {'bound':>6}")
    width = {"ours": "widths", "peer": "street_profile", "bound": 8.0}
    compare("street widths every 2 m, made city", maker="city", size=STREETS_OF, **width)
    if (DATA / "futian-study.toml").exists():
        compare("street widths every 2 m, Futian", maker="futian", size=0, **width)
    else:
        print("street widths, Futian: left out, as the data are not at hand")
    gap = {"ours": "gaps", "peer": "interbuilding_distance", "bound": 30.0}
    compare("gaps, made city", maker="city", size=GAPS_OF, **gap)
    found = [figures("whole_form", "village", VILLAGE_OF) for _ in range(RUNS)]
    wall, cpu = (statistics.median(f[key] for f in found) for key in ("wall_s", "cpu_s"))
    print(
        f"all form of {found[0]['buildings']:.0f} houses: {wall:.2f} s wall, {cpu:.2f} s CPU, "
        f"{found[0]['peak_mb']:.0f} MB (bound: 5 s wall)",
        flush=True,
    )
    print(f"\n{'':16} {'houses and CPU seconds':48} {'expo.':>5} {'peak MB':>8} {'before':>8}")
    grow("street widths", "widths", "city", GROWING)
    grow("gaps", "gaps", "city", GROWING)
    grow("all form", "whole_form", "village", GROWING_VILLAGES)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure_here(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main()

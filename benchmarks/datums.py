"""How exactly China's datums are converted, and how surely they are recognised.

python benchmarks/datums.py                     # what docs/datums.md tells, some ten minutes
python benchmarks/datums.py --trials 20         # fewer trials
python benchmarks/datums.py --data FOLDER       # real layers elsewhere than beside the checkout

Round trips over the whole of China; the metro of Guangzhou from a provider on GCJ-02 against the
same network on WGS 84 and against streets of OpenStreetMap; random parts of real and made-up
layers, carelessly drawn, that stand right or on a shifted datum.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support import datum_trials  # noqa: E402 - once it can be found

from taobaogis.datums import from_wgs84, layer_to_wgs84, to_wgs84  # noqa: E402
from taobaogis.trust.datum_shift import datum_shift  # noqa: E402

_POINTS = 1_000_000
_M_PER_DEGREE = 111_320.0
_GRID = 4547


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    asked = parser.parse_args()
    _round_trips()
    pairs = datum_trials.sample_pairs()
    if (asked.data / "guangzhou-metro-gcj02.json").is_file():
        pairs = {**pairs, **datum_trials.real_pairs(asked.data)}
        _metro(asked.data)
    for truth, seed in ((["wgs84"], 1), (["gcj02", "bd09"], 2)):
        _trials(pairs, asked.trials, truth, seed)


def _round_trips() -> None:
    random = np.random.default_rng(1)
    lon, lat = random.uniform(74, 134, _POINTS), random.uniform(18.5, 53, _POINTS)
    for datum in ("gcj02", "bd09"):
        start = time.process_time()
        there = from_wgs84(lon, lat, datum)
        between = time.process_time()
        back = to_wgs84(*there, datum)
        end = time.process_time()
        off = np.hypot((back[0] - lon) * np.cos(np.radians(lat)), back[1] - lat) * _M_PER_DEGREE
        moved = (there[0] != lon) | (there[1] != lat)
        print(f"{datum}: {_POINTS:,} points in {between - start:.2f} s and back in "
              f"{end - between:.2f} s, off by at most {off[moved].max():.1e} m")  # fmt: skip


def _metro(folder: Path) -> None:
    theirs = datum_trials.gcj02_stations(folder)
    stations = gpd.read_file(folder / "guangzhou-metro-stations.geojson")
    tracks = gpd.read_file(folder / "guangzhou-metro-line-segments.geojson", columns=["line"])
    streets = datum_trials.real_pairs(folder)["stations on Panyu streets"][1]
    for what, reference, named in (
        ("the other provider's stations, by name", stations, "name"),
        ("the other provider's stations, by place", stations, ""),
        ("the other provider's tracks", tracks, ""),
        ("streets of OpenStreetMap (Panyu)", streets, ""),
    ):
        finding = datum_shift(theirs, reference, name_column=named)
        print(f"metro against {what}: {finding.datum}, {finding.confidence}; "
              f"{finding.evidence_en}")  # fmt: skip
    right = layer_to_wgs84(theirs, "gcj02").to_crs(_GRID).dissolve("name").centroid
    truth = stations.to_crs(_GRID).dissolve("name").centroid
    both = right.index.intersection(truth.index)
    for title, layer in (("before", theirs.to_crs(_GRID).dissolve("name").centroid),
                         ("after", right)):  # fmt: skip
        apart = layer.loc[both].distance(truth.loc[both])
        print(f"{title} conversion, {len(both)} stations of the same name: median "
              f"{apart.median():.0f} m, 95 % within {apart.quantile(0.95):.0f} m, "
              f"{(apart <= 50).mean():.1%} within 50 m, at most {apart.max():.0f} m "  # noqa: PLR2004 - asked for
              f"({apart.idxmax()})")  # fmt: skip
    _shift = right.loc[both], truth.loc[both]
    east = float((_shift[0].x - _shift[1].x).median())
    north = float((_shift[0].y - _shift[1].y).median())
    print(f"what is left of the shift, median of all: {east:+.1f} m east, {north:+.1f} m north")


def _trials(pairs: dict[str, datum_trials.Pair], n: int, truth: list[str], seed: int) -> None:
    start = time.process_time()
    trials = list(datum_trials.run_trials(pairs, n, truth, seed))
    tally = Counter(trial.verdict for trial in trials)
    print(f"{n} layers on {' or '.join(truth)}: {dict(tally)}; "
          f"{time.process_time() - start:.0f} s of computing")  # fmt: skip
    for above, size in itertools.pairwise((0, *datum_trials.SIZES)):
        of_size = Counter(t.verdict for t in trials if above < t.n <= size)
        print(f"  of {above + 1} to {size} features: {dict(of_size)}")
    for trial in trials:
        if trial.verdict == "wrong":
            print(f"  WRONG: {trial}")


if __name__ == "__main__":
    main()

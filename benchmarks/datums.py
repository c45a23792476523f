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
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support import datum_trials, metro_agreement  # noqa: E402 - once they can be found

from taobaogis.datums import from_wgs84, to_wgs84  # noqa: E402
from taobaogis.trust.datum_shift import datum_shift  # noqa: E402

if TYPE_CHECKING:
    import pandas as pd

_POINTS = 1_000_000
_M_PER_DEGREE = 111_320.0


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
    before = metro_agreement.stations_apart(folder, convert=False)
    after = metro_agreement.stations_apart(folder)
    told = f"{len(after)} stations of the same name"
    print(f"before conversion, {told}: {_spread(before['apart_m'])}")
    print(f"after conversion, {told}: {_spread(after['apart_m'])}")
    (east, north), *bounds = metro_agreement.shift_with_interval(after)
    low, high = bounds
    print(f"what is left of the shift, median of all: {east:+.1f} m east "
          f"({low[0]:+.1f} to {high[0]:+.1f}), {north:+.1f} m north "
          f"({low[1]:+.1f} to {high[1]:+.1f})")  # fmt: skip
    _why_apart(before, after)


def _why_apart(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> None:
    """What is common to neighbouring stations is the datum's; the rest is the providers'."""
    for n in (5, 10, 20):
        together = metro_agreement.of_neighbours_m(after, n)
        print(f"the median of each {n} neighbouring stations: {_spread(together)}")
    single = after["n_points"] == 1
    print(
        f"stations that the other provider draws as one point: {_spread(after['apart_m'][single])}"
    )
    print(f"as several: {_spread(after['apart_m'][~single])}")
    print(f"to the nearest point of the same name, all: {_spread(after['nearest_m'])}")
    on_track = after["own_track_m"] < 1
    print(f"to the other's tracks, where its own point stands on them: "
          f"{_spread(after['track_m'][on_track])}")  # fmt: skip
    print(f"the same before conversion: {_spread(before['track_m'][on_track])}")
    known = after["named_m"].notna()
    print(f"to OpenStreetMap's buildings of that name: {_spread(after['named_m'][known])}")
    print(f"the other provider's, never shifted, to the same: "
          f"{_spread(after['own_named_m'][known])}")  # fmt: skip
    far = after["apart_m"] > metro_agreement.ALIKE_M
    named = after[known & far]
    theirs = named["named_m"] > metro_agreement.ALIKE_M
    others = named["own_named_m"] > metro_agreement.ALIKE_M
    print(
        f"of {far.sum()} stations farther apart than {metro_agreement.ALIKE_M:g} m OpenStreetMap "
        f"names {len(named)}: {(theirs & ~others).sum()} times the converted point is the one "
        f"that is off, {(others & ~theirs).sum()} times the other's, "
        f"{(theirs & others).sum()} times both, {(~theirs & ~others).sum()} times neither"
    )


def _spread(apart_m: pd.Series) -> str:
    return (f"n = {len(apart_m)}, median {apart_m.median():.0f} m, 95 % within "
            f"{apart_m.quantile(0.95):.0f} m, {(apart_m <= metro_agreement.ALIKE_M).mean():.1%} "
            f"within {metro_agreement.ALIKE_M:g} m, at most {apart_m.max():.0f} m "
            f"({apart_m.idxmax()})")  # fmt: skip


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

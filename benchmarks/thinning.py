"""What happens to the numbers of a village when houses are left out of the map.

Takes a tenth, and three fifths, of the houses of a village away at random, many times over, and
counts how often the value of the whole village lies within the bounds that are then reported,
and whether a village of which most is missing is still ranked::

    python benchmarks/thinning.py sample laocun
    python benchmarks/thinning.py ../shared/data/futian-study.toml xiasha --draws 200 --all

Measuring takes seconds a draw. What was measured is kept in a folder (``--kept``), so that a run
that was stopped goes on where it ended; bounds and grades are worked out anew each time, so that
another ``data/responses.toml`` is tried on the same draws within a minute. After a change of the
measures themselves, name another folder.
"""

from __future__ import annotations

import argparse
import math
import os
import pickle
import sys
import time
from collections import Counter
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.thinning import (
    Measured,
    Setting,
    answers_to_houses,
    is_ranked,
    measures_of,
    said_of,
    setting_of,
    thinned,
    within,
)

from taobaogis.loaders.assemble import load_study_data
from taobaogis.settings import Settings
from taobaogis.study import load_study

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.indicators import Indicator

_FEW, _MOST = 0.9, 0.4
_DRAWS = 200


class _Verdict(NamedTuple):
    """What was said of one indicator: whether the truth is within, grade, value, breadth."""

    inside: bool
    grade: str
    value: float | None
    breadth: float | None


class _Draw(NamedTuple):
    verdicts: dict[str, _Verdict]
    ranked: bool


class _Bench:
    """What each process holds: the village, and what is said of it as a whole."""

    setting: Setting
    all_of_it: bool
    kept: Path
    whole: Mapping[str, Indicator]


def main() -> None:
    """Run the experiment and print one line an indicator."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study")
    parser.add_argument("village")
    parser.add_argument("--draws", type=int, default=_DRAWS, help="with a tenth gone")
    parser.add_argument("--draws-most", type=int, help="with three fifths gone; else as many")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--kept", type=Path, default=Path("build/thinning"), metavar="FOLDER")
    parser.add_argument(
        "--all", action="store_true", help="lanes, reach, pattern and land use as well"
    )
    asked = parser.parse_args()
    start = time.perf_counter()
    held = (asked.study, asked.village, asked.all, asked.kept)
    _hold(*held)  # a study that cannot be read fails here
    most_draws = asked.draws if asked.draws_most is None else asked.draws_most
    with Pool(asked.processes, _hold, held) as pool:
        few = pool.map(_draw, [(_FEW, seed) for seed in range(asked.draws)], chunksize=1)
        most = pool.map(_draw, [(_MOST, seed) for seed in range(most_draws)], chunksize=1)
    _print(few, most)
    print(f"{asked.village}: {len(few)} and {len(most)} draws, {time.perf_counter() - start:.0f} s")


def _hold(study_name: str, village: str, all_of_it: bool, kept: Path) -> None:  # noqa: FBT001 - sent to processes
    study = load_study(study_name)
    data = load_study_data(study, Settings.from_environment(offline=True))
    chosen = next(v for v in data.villages if v.id == village)
    _Bench.setting, _Bench.all_of_it = setting_of(chosen, study), all_of_it
    _Bench.kept = kept / f"{study.id}-{village}{'-all' * all_of_it}"
    _Bench.kept.mkdir(parents=True, exist_ok=True)
    _Bench.whole = said_of(chosen, measures_of(_Bench.setting, chosen, all_of_it=all_of_it))


def _draw(asked: tuple[float, int]) -> _Draw:
    kept, seed = asked
    village = thinned(_Bench.setting.village, kept=kept, seed=seed)
    found = said_of(village, _measures(kept, seed))
    verdicts = {
        key: _Verdict(
            within(found[key], _Bench.whole[key]),
            found[key].grade,
            found[key].value,
            _breadth(found[key]),
        )
        for key in found
    }
    return _Draw(verdicts, is_ranked(_Bench.setting, found, _Bench.whole))


def _measures(kept: float, seed: int) -> Measured:
    """What was measured in a draw before, or is now."""
    path = _Bench.kept / f"{kept:g}-{seed}.pickle"
    if path.exists():
        return Measured(*pickle.loads(path.read_bytes()))  # noqa: S301 - this script wrote it
    village = thinned(_Bench.setting.village, kept=kept, seed=seed)
    found = measures_of(_Bench.setting, village, all_of_it=_Bench.all_of_it)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(pickle.dumps(tuple(found)))
    part.replace(path)
    return found


def _breadth(indicator: Indicator) -> float | None:
    """Width of the bounds over the value."""
    if not indicator.value or indicator.low is None or indicator.high is None:
        return None
    return (indicator.high - indicator.low) / abs(indicator.value)


def _print(few: list[_Draw], most: list[_Draw]) -> None:
    print(f"{'indicator':32}{'whole':>10} {'within':>7} {'breadth':>7}  "
          "power met       grades with 40 % kept")  # fmt: skip
    for key, truth in _Bench.whole.items():
        if truth.value is None or not answers_to_houses(key):
            continue
        said = [draw.verdicts[key] for draw in few]
        inside = sum(verdict.inside for verdict in said) / len(said)
        gone = sum(verdict.grade == "NA" for verdict in said)
        breadths = sorted(v.breadth for v in said if v.breadth is not None)
        breadth = f"{breadths[len(breadths) // 2]:7.2f}" if breadths else f"{'':7}"
        grades = Counter(draw.verdicts[key].grade for draw in most)
        shown = " ".join(f"{level} {count}" for level, count in sorted(grades.items()))
        powers = _powers([verdict.value for verdict in said], truth.value)
        withheld = f", withheld {gone} times with 90 % kept" if gone else ""
        print(
            f"{key:32}{truth.value:10.3f} {inside:7.1%} {breadth}  {powers:14}  {shown}{withheld}"
        )
    for draws, share in ((few, _FEW), (most, _MOST)):
        together = sum(
            all(v.inside for key, v in draw.verdicts.items() if answers_to_houses(key))
            for draw in draws
        )
        ranked = sum(draw.ranked for draw in draws)
        print(f"{share:.0%} kept: ranked in {ranked} of {len(draws)} draws; in {together} every "
              "true value lies within its bounds")  # fmt: skip


def _powers(values: list[float | None], truth: float) -> str:
    """Powers of the kept share that the values went with, 2.5 % to 97.5 % of the draws."""
    found = sorted(math.log(v / truth) / math.log(_FEW) for v in values if v and truth > 0)
    if not found:
        return ""
    low, high = (found[round(share * (len(found) - 1))] for share in (0.025, 0.975))
    return f"{low:5.2f} to {high:5.2f}"


if __name__ == "__main__":
    main()

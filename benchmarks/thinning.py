"""What happens to the numbers of a village when houses are left out of the map.

Takes a tenth, and three fifths, of the houses of a village away at random, many times over, and
counts how often the value of the whole village lies within the bounds that are then reported,
and whether a village of which most is missing is still ranked::

    python benchmarks/thinning.py sample laocun
    python benchmarks/thinning.py ../shared/data/futian-study.toml xiasha --draws 200
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.thinning import (
    Setting,
    answers_to_houses,
    is_ranked,
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


class _Verdict(NamedTuple):
    """What was said of one indicator: whether the truth is within, the grade, the value."""

    inside: bool
    grade: str
    value: float | None


class _Draw(NamedTuple):
    verdicts: dict[str, _Verdict]
    ranked: bool


class _Bench:
    """What each process holds: the village, and what is said of it as a whole."""

    setting: Setting
    all_of_it: bool
    whole: Mapping[str, Indicator]


def main() -> None:
    """Run the experiment and print one line an indicator."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study")
    parser.add_argument("village")
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument(
        "--all", action="store_true", help="lanes, reach, pattern and land use as well"
    )
    asked = parser.parse_args()
    start = time.perf_counter()
    _hold(asked.study, asked.village, asked.all)  # a study that cannot be read fails here
    with Pool(asked.processes, _hold, (asked.study, asked.village, asked.all)) as pool:
        few = pool.map(_draw, [(_FEW, seed) for seed in range(asked.draws)], chunksize=1)
        most = pool.map(_draw, [(_MOST, seed) for seed in range(asked.draws)], chunksize=1)
    _print(few, most)
    print(f"{asked.village}: {asked.draws} draws each, {time.perf_counter() - start:.0f} s")


def _hold(study_name: str, village: str, all_of_it: bool) -> None:  # noqa: FBT001 - sent to processes
    study = load_study(study_name)
    data = load_study_data(study, Settings.from_environment(offline=True))
    chosen = next(v for v in data.villages if v.id == village)
    _Bench.setting, _Bench.all_of_it = setting_of(chosen, study), all_of_it
    _Bench.whole = said_of(_Bench.setting, chosen, all_of_it=all_of_it)


def _draw(asked: tuple[float, int]) -> _Draw:
    kept, seed = asked
    village = thinned(_Bench.setting.village, kept=kept, seed=seed)
    found = said_of(_Bench.setting, village, all_of_it=_Bench.all_of_it)
    verdicts = {
        key: _Verdict(within(found[key], _Bench.whole[key]), found[key].grade, found[key].value)
        for key in found
    }
    return _Draw(verdicts, is_ranked(_Bench.setting, found, _Bench.whole))


def _print(few: list[_Draw], most: list[_Draw]) -> None:
    print(f"{'indicator':32}{'whole':>10} {'within':>7}  power met       grades with 40 % kept")
    for key, truth in _Bench.whole.items():
        if truth.value is None or not answers_to_houses(key):
            continue
        inside = sum(draw.verdicts[key].inside for draw in few) / len(few)
        gone = sum(draw.verdicts[key].grade == "NA" for draw in few)
        grades = Counter(draw.verdicts[key].grade for draw in most)
        shown = " ".join(f"{level} {count}" for level, count in sorted(grades.items()))
        powers = _powers([draw.verdicts[key].value for draw in few], truth.value)
        withheld = f", withheld {gone} times with 90 % kept" if gone else ""
        print(f"{key:32}{truth.value:10.3f} {inside:7.1%}  {powers:14}  {shown}{withheld}")
    ranked = [sum(draw.ranked for draw in draws) for draws in (few, most)]
    print(f"ranked {ranked[0]} times with 90 % kept, {ranked[1]} times with 40 %")


def _powers(values: list[float | None], truth: float) -> str:
    """Powers of the kept share that the values went with, 2.5 % to 97.5 % of the draws."""
    found = sorted(math.log(v / truth) / math.log(_FEW) for v in values if v and truth > 0)
    if not found:
        return ""
    low, high = (found[round(share * (len(found) - 1))] for share in (0.025, 0.975))
    return f"{low:5.2f} to {high:5.2f}"


if __name__ == "__main__":
    main()

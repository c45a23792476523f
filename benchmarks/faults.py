"""Hurt every input and every exchange, cut off runs, and write down what became of each.

    python benchmarks/faults.py                    # all areas, about an hour on two cores
    python benchmarks/faults.py osm exchanges      # some of them
    python benchmarks/faults.py --write            # and put the table into docs/faults.md

Each case runs in a process of its own with bounds on memory and time. An outcome that may not be
is printed with what was said, and ends the command with 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from hostile.kit.catalogue import AREAS, FULL, cases  # noqa: E402 - once it can be found
from hostile.kit.report import has_bad, merged, table, written  # noqa: E402
from hostile.kit.workshop import Workshop  # noqa: E402

if TYPE_CHECKING:
    from hostile.kit.report import Counts

_FUTIAN = ROOT.parent / "shared" / "data" / "futian.osm.pbf"
_SLOW_S = 10.0


def main() -> int:
    """Run the campaign; 1 if an outcome may not be."""
    given = _arguments()
    found = _kept(given.keep)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Workshop() as workshop:
        for area in given.areas or AREAS:
            found[area] = _tried(area, Path(folder), workshop)
            if given.keep:
                _keep(found, given.keep)
    counts = merged(found[area] for area in AREAS if area in found)
    print(table(counts))
    print(f"{time.monotonic() - start:.0f} s")
    if given.write:
        page = ROOT / "docs" / "faults.md"
        page.write_text(written(page.read_text(encoding="utf-8"), counts), encoding="utf-8")
    return int(has_bad(counts))


def _tried(area: str, folder: Path, workshop: Workshop) -> Counts:
    """What became of each case of an area; what may not be is printed."""
    shared = folder / area
    shared.mkdir()
    futian = _FUTIAN if _FUTIAN.is_file() else None
    counts: Counts = {}
    for case in cases(area, FULL, shared, workshop.verdict, futian):
        began = time.monotonic()
        verdict = workshop.verdict(case)
        took_s = time.monotonic() - began
        counts.setdefault((case.area, case.kind), Counter())[verdict.outcome] += 1
        if not verdict.is_good or took_s > _SLOW_S:
            print(f"{verdict.outcome} after {took_s:.1f} s: {case.kind}, {case.label}: "
                  f"{verdict.said[:600]}", flush=True)  # fmt: skip
    return counts


def _kept(path: Path | None) -> dict[str, Counts]:
    """Counts of areas that were tried before."""
    if path is None or not path.is_file():
        return {}
    areas = json.loads(path.read_text(encoding="utf-8"))
    return {a: {(of, kind): Counter(n) for of, kind, n in rows} for a, rows in areas.items()}


def _keep(found: dict[str, Counts], path: Path) -> None:
    areas = {a: [[*key, n] for key, n in counts.items()] for a, counts in found.items()}
    path.write_text(json.dumps(areas, ensure_ascii=False), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("areas", nargs="*", help=f"of {', '.join(AREAS)}")
    parser.add_argument("--write", action="store_true", help="put the table into docs/faults.md")
    parser.add_argument("--keep", type=Path, help="file for the counts; areas not run stay")
    given = parser.parse_args()
    if unknown := set(given.areas) - set(AREAS):
        parser.error(f"there is no area {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    sys.exit(main())

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from taobaogis.reports.minimap import COLOURS, small_map

if TYPE_CHECKING:
    from taobaogis.results import StudyResult

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def result() -> StudyResult:
    path = Path(__file__).parents[1] / "maps" / "scene.py"
    spec = importlib.util.spec_from_file_location("taobaogis_scene", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.scene()


def drawn(result: StudyResult, village: int, pen_span_m: float = 0.0) -> ET.Element:
    made = small_map(result.villages[village])
    assert made is not None
    return ET.fromstring(made.svg(pen_span_m))  # noqa: S314 - our own text


def test_every_house_is_drawn_once_and_closed(result: StudyResult) -> None:
    houses = [
        path.get("d") or ""
        for path in drawn(result, 0)
        if path.get("fill") in {COLOURS[k] for k in ("served", "unserved", "unknown")}
    ]
    starts = sum(path.count("M") for path in houses)
    assert starts == len(result.villages[0].layers["buildings"])


def test_houses_are_coloured_by_whether_a_van_reaches_them(result: StudyResult) -> None:
    village = result.villages[0]
    houses = village.layers["buildings"]
    known = pd.Series([None] * len(houses), index=houses.index, dtype=object)
    known.iloc[:5], known.iloc[5:12] = True, False
    layers = {**village.layers, "buildings": houses.assign(served_van=known)}
    made = small_map(replace(village, layers=layers))
    assert made is not None
    paths = {p.get("fill"): p.get("d") or "" for p in ET.fromstring(made.svg())}  # noqa: S314
    count = {k: paths[COLOURS[k]].count("M") for k in ("served", "unserved", "unknown")}
    assert count == {"served": 5, "unserved": 7, "unknown": len(houses) - 12}


def test_a_path_ends_where_the_outline_ends(result: StudyResult) -> None:
    boundary = result.villages[0].village.boundary
    outline = next(p for p in drawn(result, 0) if p.get("stroke") == COLOURS["boundary"])
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", outline.get("d") or "")]
    assert sum(numbers[2::2]) == pytest.approx(0, abs=1), "a ring comes back"
    assert numbers[0] >= 0
    width = boundary.bounds[2] - boundary.bounds[0]
    xs = [numbers[0]]
    for step in numbers[2::2]:
        xs.append(xs[-1] + step)
    assert max(xs) - min(xs) == pytest.approx(width, abs=1)


def test_villages_at_one_scale_have_the_same_pens(result: StudyResult) -> None:
    def pens(village: int) -> set[str | None]:
        return {p.get("font-size") for p in drawn(result, village, 900.0) if p.tag == f"{SVG}text"}

    assert pens(0) == pens(1)


def test_a_village_out_of_reach_has_no_map(result: StudyResult) -> None:
    assert small_map(result.villages[2]) is None

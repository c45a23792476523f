"""Which files ``taobaogis measure`` hands on, and what it makes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from shapely.geometry import LineString, box
from support.command_line import taobaogis

from taobaogis.cli import measure
from taobaogis.errors import InputError
from taobaogis.form.obstacles import obstacles
from taobaogis.loaders import survey

if TYPE_CHECKING:
    from pathlib import Path

GRID = 4547


def written(folder: Path, name: str, shapes: list, **columns: list) -> Path:
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=GRID)
    frame.to_crs(4326).to_file(folder / name)
    return folder / name


def test_walls_of_a_file_of_ones_own_bar_the_way(tmp_path, monkeypatch):
    x, y = 432_300.0, 2_543_700.0
    houses = [box(x + 14 * k, y, x + 14 * k + 10, y + 12) for k in range(4)]
    wall = LineString([(x - 5, y - 3), (x + 60, y - 3)])
    files = {
        "buildings": written(tmp_path, "houses.gpkg", houses),
        "barriers": written(tmp_path, "walls.gpkg", [wall], barrier=["fence"]),
    }
    handed = []

    def load(given, **options):
        handed.append(given)
        found.append(load_survey_data(given, **options)[1])
        raise KeyboardInterrupt

    found, load_survey_data = [], survey.load_survey_data
    monkeypatch.setattr(survey, "load_survey_data", load)
    with pytest.raises(KeyboardInterrupt):
        measure.command(out=tmp_path / "out", quiet=True, **files)
    assert handed == [files]
    village = found[0].villages[0]
    assert village.layers["barriers"]["barrier"].tolist() == ["fence"]
    barred = obstacles(village.layers["barriers"], village.layers["streets"])
    assert sum(shape.area for shape in barred) == pytest.approx(6.5, rel=0.01)


X, Y = 432_300.0, 2_543_700.0


def houses(folder: Path, *, columns: int = 6, rows: int = 5, apart: float = 2.0) -> Path:
    step = 10 + apart
    shapes = [
        box(X + step * i, Y + step * j, X + step * i + 10, Y + step * j + 10)
        for i in range(columns)
        for j in range(rows)
    ]
    return written(folder, "houses.gpkg", shapes)


def test_villages_are_called_as_their_outlines_are(tmp_path):
    outlines = [box(X - 5, Y - 5, X + 34, Y + 60), box(X + 34, Y - 5, X + 80, Y + 60)]
    both = written(
        tmp_path, "both.gpkg", outlines, id=["west", "east"], name_en=["West", None],
        name_zh=["西村", "东村"],
    )  # fmt: skip
    study, _ = survey.load_survey_data({"buildings": houses(tmp_path)}, boundary=both)
    named = [(v.id, v.name_en, v.name_zh) for v in study.villages]
    assert named == [("west", "West", "西村"), ("east", "东村", "东村")]
    chinese = written(tmp_path, "chinese.gpkg", outlines, 村名=["西村", "东村"])
    study, _ = survey.load_survey_data({"buildings": houses(tmp_path)}, boundary=chinese)
    named = [(v.id, v.name_en, v.name_zh) for v in study.villages]
    assert named == [("village-1", "西村", "西村"), ("village-2", "东村", "东村")]
    alone, _ = survey.load_survey_data({"buildings": houses(tmp_path)})
    assert [(v.id, v.name_en, v.name_zh) for v in alone.villages] == [
        ("village", "houses", "houses")
    ]


def test_what_lies_elsewhere_is_named_with_its_distance_and_the_mend(tmp_path):
    far = written(tmp_path, "far.gpkg", [box(X + 20_000, Y, X + 20_100, Y + 100)])
    with pytest.raises(InputError) as said:
        survey.load_survey_data({"buildings": houses(tmp_path)}, boundary=far)
    assert str(said.value) == (
        "No building of 'houses.gpkg' lies within an outline of 'far.gpkg'; the nearest is 20 km "
        "away. Give the outlines of these buildings, or leave --boundary out."
    )
    road = LineString([(X, Y - 900), (X + 50, Y - 900)])
    streets = written(tmp_path, "roads.gpkg", [road], highway=["service"])
    with pytest.raises(InputError) as said:
        survey.load_survey_data({"buildings": houses(tmp_path), "streets": streets})
    assert str(said.value) == (
        "Nothing of 'roads.gpkg' lies within 150 m of a village; the nearest is 885 m away. Give "
        "the streets of this place, or leave --streets out."
    )


def test_a_file_without_features_is_told_and_the_rest_measured(tmp_path):
    streets = written(tmp_path, "roads.gpkg", [], highway=[])
    _, data = survey.load_survey_data({"buildings": houses(tmp_path), "streets": streets})
    assert data.notes == ("'roads.gpkg' holds no feature, so no streets were measured",)


def test_villages_are_compared_by_what_the_files_can_tell(tmp_path):
    study, _ = survey.load_survey_data({"buildings": houses(tmp_path)})
    assert [c.indicator for c in study.criteria] == ["floor_space_index"]


def test_what_was_measured_is_told_and_a_whole_survey_taken_at_its_word(tmp_path):
    # Nine metres apart and no street mapped: by their pattern, every second house may be missing.
    own = houses(tmp_path, apart=9.0)
    words = ("measure", "--buildings", own, "--quiet")
    told = taobaogis(*words, "--out", tmp_path / "one")
    assert told.code == 0, told.err
    assert told.out.startswith("houses\n  Area ")
    assert "not ranked" not in told.out
    assert "If no house is missing from the file, say --whole." in told.out
    whole = taobaogis(*words, "--whole", "--json", "--out", tmp_path / "two")
    figures = json.loads(whole.out)["villages"][0]["figures"]
    share = figures["buildings_completeness_share"]
    assert (share["value"], share["low"], share["grade"]) == (1, None, "B")
    assert share["reason"] == "complete as stated by the user, not measured"
    for page in ("index.html", "map-village.html", "passport-village.html"):
        html = (tmp_path / "two" / page).read_text(encoding="utf-8")
        assert "houses 100\N{NO-BREAK SPACE}% as stated by the user" in html, page
        assert "房屋 100\N{NO-BREAK SPACE}%（用户声明）" in html, page
    gap = figures["building_gap_median_m"]
    assert gap["value"] == pytest.approx(9.0, abs=0.01)
    assert gap["unit"] == "m"
    assert figures["building_count"]["high"] in {30, None}, "none may be missing"
    assert figures["street_width_median_m"]["value"] is None

"""From an extract to a study of candidates, on the command line."""

import json

import geopandas as gpd
import pytest
from support.command_line import taobaogis

from taobaogis.study import load_study


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TAOBAOGIS_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def footprints(tmp_path):
    from shapely import box  # noqa: PLC0415

    shapes = [box(12 * i, 12 * j, 12 * i + 10, 12 * j + 10) for i in range(8) for j in range(8)]
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes).translate(430_000, 2_550_000), crs=4547)
    frame.to_file(tmp_path / "houses.gpkg")
    return tmp_path / "houses.gpkg"


def test_footprints_become_a_study_that_loads(footprints, tmp_path):
    out = tmp_path / "found"
    outcome = taobaogis("screen", footprints, "--out", out)
    assert outcome.code == 0, outcome.err
    assert "1 candidates among 64 buildings" in outcome.out
    study = load_study(str(out / "study.toml"))
    assert [v.id for v in study.villages] == ["candidate-001"]
    assert study.path(study.source.buildings).resolve() == footprints.resolve()
    outlines = gpd.read_file(out / "candidates.geojson")
    assert outlines["score"].iloc[0] > 0.5
    assert (out / "candidates.png").read_bytes().startswith(b"\x89PNG")
    assert taobaogis("screen", footprints, "--out", out).code == 0  # takes its own place


def test_a_program_can_read_what_was_found(footprints, tmp_path):
    outcome = taobaogis("screen", footprints, "--out", tmp_path / "found", "--json", "--quiet")
    record = json.loads(outcome.out)
    assert record["in_study"] == 1
    assert record["candidates"][0]["n_houses"] == 64


def test_a_missing_file_and_a_wrong_datum_are_told_in_a_sentence(footprints, tmp_path):
    missing = taobaogis("screen", tmp_path / "none.osm.pbf", "--out", tmp_path / "found")
    assert missing.code == 3
    assert "There is no OSM file 'none.osm.pbf'" in missing.err
    wrong = taobaogis("screen", footprints, "--out", tmp_path / "found", "--datum", "gcj2")
    assert wrong.code == 2
    assert "gcj02" in wrong.err

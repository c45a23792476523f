"""What `taobaogis check` says of files and studies."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, Polygon, box
from support.command_line import taobaogis
from support.datum_trials import shifted

from taobaogis.errors import InputError
from taobaogis.loaders import sample
from taobaogis.loaders.inspect import inspect_file, inspect_study

X, Y = 113.34, 22.99


@pytest.fixture(scope="module")
def scene():
    return sample.make_scene()


@pytest.fixture(scope="module")
def houses(scene):
    areas = scene.areas[scene.areas["tags"].map(lambda tags: "building" in tags)]
    return areas[["geometry"]].to_crs(4326).reset_index(drop=True)


@pytest.fixture(scope="module")
def folder(scene, houses, tmp_path_factory):
    """The sample as somebody's own study: an OSM file, and own files on several datums."""
    folder = tmp_path_factory.mktemp("study")
    sample.write_osm(scene, folder / "city.osm.pbf")
    sample.write_boundaries(scene, folder / "villages.geojson")
    houses.to_file(folder / "right.gpkg")
    shifted(houses, "gcj02").to_file(folder / "gcj02.gpkg")
    lines = scene.lines[scene.lines["tags"].map(lambda tags: "highway" in tags)]
    streets = lines[["geometry"]].to_crs(4326).assign(highway="residential")
    shifted(streets, "bd09").to_file(folder / "streets.gpkg")
    exchanged = shapely.transform(houses.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    houses.set_geometry(exchanged).to_file(folder / "exchanged.gpkg")
    return folder


def study(folder, name, source):
    path = folder / f"{name}.toml"
    path.write_text(
        f'[source]\nosm = "city.osm.pbf"\n{source}\n'
        '[[village]]\nid = "laocun"\nboundary = "villages.geojson#laocun"\n',
        encoding="utf-8",
    )
    return path


def one(remarks, code):
    found = [remark for remark in remarks if remark.code == code]
    assert len(found) == 1, [remark.text for remark in remarks]
    return found[0]


def test_a_file_is_told_by_content_crs_and_place(tmp_path):
    path = tmp_path / "a.parquet"
    bowtie = Polygon([(X, Y), (X + 1e-4, Y + 1e-4), (X + 1e-4, Y), (X, Y + 1e-4)])
    house = box(X, Y, X + 2e-4, Y + 1e-4)
    gpd.GeoDataFrame(geometry=[house, house, bowtie, None, Polygon()], crs=4326).to_parquet(path)
    remarks = inspect_file(path)
    assert one(remarks, "content").data == {"features": 5, "kinds": {"Polygon": 4}}
    assert one(remarks, "crs").text == "CRS WGS 84 (EPSG:4326)"
    assert one(remarks, "bounds").data["bounds"] == pytest.approx([X, Y, X + 2e-4, Y + 1e-4])
    for code in ("invalid", "missing_geometry", "empty_geometry", "duplicate"):
        assert one(remarks, code).data == {"count": 1}
        assert one(remarks, code).level == "warning"


def test_the_place_of_a_file_on_a_grid_is_told_in_degrees(tmp_path):
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame(geometry=[Point(X, Y)], crs=4326).to_crs(4547).to_file(path)
    remarks = inspect_file(path)
    assert "EPSG:4547" in one(remarks, "crs").text
    assert one(remarks, "bounds").data["bounds"] == pytest.approx([X, Y, X, Y], abs=1e-6)


def test_a_file_without_anything_in_it_has_no_place(tmp_path):
    path = tmp_path / "a.parquet"
    gpd.GeoDataFrame(geometry=[], crs=4326).to_parquet(path)
    remarks = inspect_file(path)
    assert [remark.code for remark in remarks] == ["content", "crs"]
    assert "no geometry" in remarks[0].text


def test_impossible_coordinates_are_an_error_beside_the_facts(tmp_path):
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame(geometry=[Point(Y, X), Point(Y, X + 0.1)], crs=4326).to_file(path)
    remarks = inspect_file(path)
    fault = one(remarks, "axes_swapped")
    assert fault.level == "error"
    assert "latitude before longitude" in fault.text
    assert "bounds" not in {remark.code for remark in remarks}
    assert one(remarks, "content").data["features"] == 2


def test_coordinates_that_are_no_numbers_are_told_without_stumbling(tmp_path):
    path = tmp_path / "a.parquet"
    line = shapely.linestrings([[X, Y], [X, np.inf]])
    gpd.GeoDataFrame(geometry=[line, Point(X, Y)], crs=4326).to_parquet(path)
    assert one(inspect_file(path), "not_finite").level == "error"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no file 'none\.gpkg'"):
        inspect_file(tmp_path / "none.gpkg")


def test_buildings_on_gcj02_are_recognised_and_the_mend_is_named(folder, settings):
    remarks = inspect_study(str(study(folder, "a", 'buildings = "gcj02.gpkg"')), settings)
    told = one(remarks, "datum")
    assert told.level == "warning"
    assert told.text.startswith("gcj02.gpkg lies 6")
    assert "south-east of OpenStreetMap's buildings; that is the signature of GCJ-02" in told.text
    assert told.text.endswith('set datum = "gcj02"')
    assert told.text_zh.startswith("gcj02.gpkg 位于 OpenStreetMap 的建筑东南方向约 6")
    assert told.data["datum"] == "gcj02"
    assert told.data["declared"] == "wgs84"
    assert told.data["offset_east_m"] == pytest.approx(558, abs=15)


def test_a_datum_that_is_set_rightly_is_a_fact_and_needs_no_mend(folder, settings):
    text = 'buildings = "gcj02.gpkg"\ndatum = "gcj02"'
    told = one(inspect_study(str(study(folder, "b", text)), settings), "datum")
    assert told.level == "fact"
    assert "set datum" not in told.text + told.text_zh
    right = study(folder, "c", 'buildings = "right.gpkg"\ndatum = "cgcs2000"')
    assert one(inspect_study(str(right), settings), "datum").level == "fact"


def test_a_datum_that_is_set_wrongly_is_a_warning(folder, settings):
    text = 'buildings = "right.gpkg"\ndatum = "bd09"'
    told = one(inspect_study(str(study(folder, "d", text)), settings), "datum")
    assert told.level == "warning"
    assert told.text.endswith('set datum = "wgs84"')


def test_files_on_different_datums_cannot_share_one_setting(folder, settings):
    text = 'buildings = "gcj02.gpkg"\nstreets = "streets.gpkg"'
    remarks = inspect_study(str(study(folder, "e", text)), settings)
    both = [remark.data["datum"] for remark in remarks if remark.code == "datum"]
    assert both == ["gcj02", "bd09"]
    assert one(remarks, "datums_differ").data == {"gcj02.gpkg": "gcj02", "streets.gpkg": "bd09"}


def test_nothing_is_said_of_datums_where_there_are_no_own_files(folder, settings):
    remarks = inspect_study(str(study(folder, "f", "")), settings)
    assert not [r for r in remarks if r.code.startswith("datum")]
    assert one(remarks, "streets").data["village"] == "laocun"


def test_the_command_tells_files_and_studies_and_ends_with_2_if_one_is_refused(
    folder, monkeypatch, tmp_path
):
    monkeypatch.setenv("TAOBAOGIS_CACHE_DIR", str(tmp_path))
    path = study(folder, "g", 'buildings = "exchanged.gpkg"')
    outcome = taobaogis("check", path, folder / "right.gpkg", "--offline", "-q")
    assert outcome.code == 2
    assert "refused: 'exchanged.gpkg' says EPSG:4326" in outcome.out
    assert "exchange x and y" in outcome.out
    assert "3371 features" in outcome.out.partition("right.gpkg\n")[2]
    assert str(folder) not in outcome.out.replace(str(path), "").replace(
        str(folder / "right.gpkg"), ""
    )
    assert outcome.err == ""


def test_a_program_may_read_what_was_found(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("TAOBAOGIS_CACHE_DIR", str(tmp_path))
    path = study(folder, "h", 'buildings = "gcj02.gpkg"')
    outcome = taobaogis("check", path, "--offline", "-q", "--json")
    assert outcome.code == 0, outcome.err
    (remarks,) = json.loads(outcome.out).values()
    assert {"code", "level", "text", "text_zh", "data"} == set(remarks[0])
    (told,) = [remark for remark in remarks if remark["code"] == "datum"]
    assert told["data"]["datum"] == "gcj02"
    assert told["data"]["n"] == 1000


@pytest.mark.shared_data
def test_older_buildings_moved_to_gcj02_are_recognised_against_todays_map(
    shared_data, settings, tmp_path
):
    older = gpd.read_parquet(shared_data / "shenzhen-buildings.parquet")
    part = older.cx[114.0:114.04, 22.517:22.55][["geometry"]]
    shifted(part, "gcj02").to_file(tmp_path / "buildings.gpkg")
    (tmp_path / "s.toml").write_text(
        f'[source]\nosm = "{shared_data / "futian.osm.pbf"}"\nbuildings = "buildings.gpkg"\n'
        '[[village]]\nid = "xiasha"\nlon = 114.0225\nlat = 22.5275\nradius_m = 300\n',
        encoding="utf-8",
    )
    told = one(inspect_study(str(tmp_path / "s.toml"), settings), "datum")
    assert told.data["datum"] == "gcj02"
    assert told.data["reference"] == "buildings"
    assert told.data["confidence"] == "high"


def test_a_file_of_another_place_or_of_nothing_is_told_with_the_mend(folder, houses, settings):
    houses.set_geometry(houses.translate(1.0)).to_file(folder / "away.gpkg")
    houses.iloc[:0].to_file(folder / "none.gpkg")
    away = inspect_study(str(study(folder, "away", 'buildings = "away.gpkg"')), settings)
    told = one(away, "elsewhere")
    assert told.level == "warning"
    assert told.data["away_km"] == pytest.approx(102, abs=3)
    assert "give the file of this place, or set the CRS" in told.text
    none = inspect_study(str(study(folder, "none", 'buildings = "none.gpkg"')), settings)
    assert "none.gpkg holds none of the buildings" in one(none, "empty").text

"""From a study to villages: which source serves which, and what is said of the rest."""

import geopandas as gpd
import pytest
from shapely.geometry import box
from support.osm_files import document, node, way

from taobaogis.errors import StudyError
from taobaogis.loaders.assemble import load_study_data
from taobaogis.study import parse_study

STREETS = document(
    node(1, 113.300, 23.000), node(2, 113.310, 23.000), node(3, 113.310, 23.010),
    node(4, 113.300, 23.010), node(5, 113.300, 23.005), node(6, 113.310, 23.005),
    way(10, [1, 2, 3, 4, 1], highway="residential"), way(11, [5, 6], highway="service"),
)  # fmt: skip


def load(tmp_path, settings, villages, head=""):
    (tmp_path / "town.osm").write_bytes(STREETS)
    text = f'[source]\nosm = "town.osm"\n{head}\n{villages}'
    return load_study_data(parse_study(text, folder=tmp_path), settings)


def village(name, lon, lat, radius_m=100, more=""):
    return f'[[village]]\nid = "{name}"\nlon = {lon}\nlat = {lat}\nradius_m = {radius_m}\n{more}\n'


def test_a_village_within_the_extract_has_its_streets(tmp_path, settings):
    data = load(tmp_path, settings, village("a", 113.305, 23.005))
    [found] = data.villages
    assert found.outside == ""
    assert len(found.inside("streets")) == 1
    assert found.inside("streets").iloc[0]["osm_id"] == "w11"
    assert found.is_circle
    assert found.area_ha == pytest.approx(3.14, abs=0.01)
    assert data.notes == ()
    assert data.layers.crs.to_epsg() == 4547


def test_a_village_beyond_the_extract_says_how_far(tmp_path, settings):
    data = load(tmp_path, settings, village("a", 113.305, 23.0) + village("b", 113.4, 23.0))
    assert data.villages[0].outside == ""
    assert data.villages[1].outside == "b lies 9.1 km outside town.osm"


def test_a_village_of_houses_away_from_every_street_lies_within_the_file(tmp_path, settings):
    corners = [(113.3, 23.001), (113.3001, 23.001), (113.3001, 23.0011), (113.3, 23.0011)]
    (tmp_path / "far.osm").write_bytes(document(
        *(node(n, *xy) for n, xy in enumerate(corners, start=1)),
        node(8, 113.3, 23.0), node(9, 113.31, 23.0),
        way(10, [1, 2, 3, 4, 1], building="yes"), way(11, [8, 9], highway="service"),
    ))  # fmt: skip
    text = f'[source]\nosm = "far.osm"\n{village("a", 113.30005, 23.00105, radius_m=20)}'
    [found] = load_study_data(parse_study(text, folder=tmp_path), settings).villages
    assert not found.outside
    assert len(found.inside("buildings")) == 1
    assert found.inside("streets").empty


def test_a_village_cut_by_the_extract_is_noted_with_its_share(tmp_path, settings):
    data = load(tmp_path, settings, village("a", 113.300, 23.005))
    assert "a lies only to 50% within town.osm" in data.notes[0]


def test_a_boundary_file_takes_the_place_of_the_circle(tmp_path, settings):
    outline = gpd.GeoDataFrame(
        {"id": ["x"]}, geometry=[box(113.3, 23.0, 113.301, 23.001)], crs=4326
    )
    outline.to_file(tmp_path / "v.geojson")
    data = load(tmp_path, settings, '[[village]]\nid = "a"\nboundary = "v.geojson#x"\n')
    [found] = data.villages
    assert not found.is_circle
    assert found.boundary_basis == "boundary from v.geojson"
    assert found.area_ha == pytest.approx(1.14, abs=0.01)


def test_the_user_s_buildings_take_the_place_of_openstreetmap_s(tmp_path, settings):
    house = gpd.GeoDataFrame(geometry=[box(113.305, 23.0, 113.3051, 23.0001)], crs=4326)
    house.to_file(tmp_path / "survey.gpkg")
    head = 'buildings = "survey.gpkg"'
    data = load(tmp_path, settings, village("a", 113.305, 23.0), head)
    assert len(data.villages[0].inside("buildings")) == 1
    assert data.layers.source("buildings") == "survey.gpkg"
    assert data.layers.source("streets") == "town.osm"


def test_the_second_time_everything_comes_from_the_cache_and_is_the_same(tmp_path, settings):
    steps = []
    study = f'[source]\nosm = "town.osm"\n{village("a", 113.305, 23.0)}'
    (tmp_path / "town.osm").write_bytes(STREETS)
    parsed = parse_study(study, folder=tmp_path)
    first = load_study_data(parsed, settings, steps.append)
    second = load_study_data(parsed, settings, steps.append)
    assert steps == ["reading town.osm", "taking town.osm from the cache"]
    for kind, frame in first.layers.frames.items():
        assert second.layers[kind].equals(frame), kind
    assert second.layers.provenance == first.layers.provenance


def test_villages_a_continent_apart_are_refused(tmp_path, settings):
    with pytest.raises(StudyError, match=r"span .* km; split it into studies"):
        load(tmp_path, settings, village("a", 113.3, 23.0) + village("b", 87.6, 43.8))

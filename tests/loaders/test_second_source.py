"""Footprints and built-up maps of a second source, from the study file to the grade."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import affinity
from support.lane_villages import house_grid
from support.osm_files import document, node, way
from support.rasters import write_tif

from taobaogis.errors import InputError, StudyError
from taobaogis.loaders.assemble import load_study_data
from taobaogis.loaders.inspect import inspect_file, inspect_study
from taobaogis.pipeline import measure_data
from taobaogis.study import parse_study

X, Y = 428_300.0, 2_544_500.0
STREETS = document(
    node(1, 113.29, 22.99), node(2, 113.315, 22.99), node(3, 113.315, 23.01),
    way(10, [1, 2, 3], highway="residential"),
)  # fmt: skip
EVERY = [affinity.translate(house, X, Y) for house in house_grid().geometry]
SIDE = 12 * 11.5


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "town.osm").write_bytes(STREETS)
    area = shapely.box(X, Y, X + SIDE, Y + SIDE)
    save(tmp_path / "area.gpkg", [area])
    save(tmp_path / "ours.gpkg", EVERY)
    save(tmp_path / "half.gpkg", EVERY[: len(EVERY) // 2])
    # Another set draws the same houses a metre off.
    save(tmp_path / "theirs.gpkg", [affinity.translate(h, 0.7, -0.7) for h in EVERY])
    return tmp_path


def save(path, shapes):
    gpd.GeoDataFrame(geometry=list(shapes), crs=4547).to_crs(4326).to_file(path)


def text(source):
    return (
        f'[study]\ncrs = "EPSG:4547"\n[source]\nosm = "town.osm"\n{source}\n'
        '[[village]]\nid = "v"\nboundary = "area.gpkg"\n'
    )


def measured(folder, settings, source):
    study = parse_study(text(source), folder=folder)
    data = load_study_data(study, settings)
    return measure_data(study, data).villages[0].indicators, data


def test_footprints_of_another_source_that_agree_give_an_a(folder, settings):
    source = 'buildings = "ours.gpkg"\nreference_buildings = "theirs.gpkg"'
    found, data = measured(folder, settings, source)
    share = found["buildings_completeness_share"]
    assert share.value == pytest.approx(1, abs=1e-9)
    assert share.grade == "A"
    assert share.method == "144 footprints of theirs.gpkg looked up on the map"
    assert found["building_coverage_ratio"].grade == "A"
    origin = data.layers.provenance["reference_buildings"]
    assert origin.source == "theirs.gpkg"
    assert origin.digest.startswith("sha256:")
    # What the second source draws is looked at, not measured.
    assert found["building_count"].value == len(EVERY)
    alone, _ = measured(folder, settings, 'buildings = "ours.gpkg"')
    assert alone["building_coverage_ratio"].grade == "B"
    assert alone["building_coverage_ratio"].value == found["building_coverage_ratio"].value


def test_every_second_house_of_theirs_missing_is_found_where_the_pattern_sees_open_ground(
    folder, settings
):
    source = 'buildings = "half.gpkg"\nreference_buildings = "theirs.gpkg"'
    found, _ = measured(folder, settings, source)
    share = found["buildings_completeness_share"]
    assert (share.low, share.value, share.high) == pytest.approx((0.42, 0.5, 0.58), abs=0.01)
    alone, _ = measured(folder, settings, 'buildings = "half.gpkg"')
    assert alone["buildings_completeness_share"].high > share.high


def test_a_second_source_that_says_nothing_is_refused_or_noted(folder, settings):
    with pytest.raises(StudyError, match=r"reference_buildings: ours\.gpkg is the file that the"):
        measured(folder, settings, 'buildings = "ours.gpkg"\nreference_buildings = "ours.gpkg"')
    save(folder / "far.gpkg", [affinity.translate(h, 5e3, 0) for h in EVERY])
    with pytest.raises(StudyError, match=r"far\.gpkg has no footprint in any of the villages"):
        measured(folder, settings, 'buildings = "ours.gpkg"\nreference_buildings = "far.gpkg"')
    with pytest.raises(InputError, match=r"no file 'their\.gpkg'.*'theirs\.gpkg'"):
        measured(folder, settings, 'buildings = "ours.gpkg"\nreference_buildings = "their.gpkg"')


@pytest.mark.parametrize("unit", ["square metres", "shares"])
def test_a_built_up_raster_tells_how_much_is_missing(folder, settings, unit):
    # The raster shows half of the ground built on.
    cell = {"square metres": np.uint16(50), "shares": np.float32(0.5)}[unit]
    write_tif(
        folder / "built.tif", np.full((200, 200), cell), west=X - 1000, north=Y + 1000, cell=10,
        epsg=4547,
    )  # fmt: skip
    source = 'buildings = "half.gpkg"\n[raster]\nbuilt = "built.tif"'
    found, data = measured(folder, settings, source)
    share = found["buildings_completeness_share"]
    covered = sum(h.area for h in EVERY[:72]) / SIDE**2
    assert share.value == pytest.approx(covered / 0.5, rel=1e-6)
    assert share.low < share.value < share.high
    assert "built.tif" in share.method
    assert share.grade == "C"
    assert data.layers.provenance["built"].source == "built.tif"


def test_a_built_up_raster_that_ends_within_the_village_is_not_asked(folder, settings):
    write_tif(
        folder / "built.tif", np.full((200, 200), np.float32(0.5)), west=X + SIDE / 2,
        north=Y + 1000, cell=10, epsg=4547,
    )  # fmt: skip
    found, _ = measured(folder, settings, 'buildings = "ours.gpkg"\n[raster]\nbuilt = "built.tif"')
    assert "built.tif" not in found["buildings_completeness_share"].method


def test_check_says_of_a_whole_survey_that_its_user_states_it(folder, settings):
    study = folder / "study.toml"
    stated = 'buildings = "half.gpkg"\nwhole_buildings = true'
    study.write_text(text(stated), encoding="utf-8")
    told = {remark.code: remark for remark in inspect_study(str(study), settings)}
    remark = told["buildings_completeness"]
    assert remark.text.startswith("v: all houses are on the map, as stated by the user; from the ")
    assert remark.text_zh.startswith("v：房屋全部已测绘：系用户声明；仅据房屋格局推断则为 ")
    assert (remark.level, remark.data["share"]) == ("fact", 1.0)
    # A second source is believed before the statement.
    study.write_text(text(f'{stated}\nreference_buildings = "theirs.gpkg"'), encoding="utf-8")
    told = {remark.code: remark for remark in inspect_study(str(study), settings)}
    assert "stated" not in told["buildings_completeness"].text


def test_check_tells_completeness_and_age_before_any_measuring(folder, settings):
    study = folder / "study.toml"
    source = 'buildings = "half.gpkg"\nreference_buildings = "theirs.gpkg"'
    study.write_text(text(source), encoding="utf-8")
    remarks = {remark.code: remark for remark in inspect_study(str(study), settings)}
    told = remarks["buildings_completeness"]
    assert told.data["share"] == pytest.approx(0.5)
    assert told.data["checked"]
    assert told.text.startswith("v: about 50% of the houses are on the map (42% to 58%)")
    assert "72 features" not in told.text
    assert remarks["data_undated"].level == "warning"
    save(folder / "third.gpkg", EVERY[:48])
    study.write_text(text(source.replace("half", "third")), encoding="utf-8")
    remarks = {remark.code: remark for remark in inspect_study(str(study), settings)}
    assert "no rank" in remarks["buildings_completeness"].text
    assert "不参与排序" in remarks["buildings_completeness"].text_zh


def test_check_reads_every_layer_of_a_file_of_several(folder):
    path = folder / "layers.gpkg"
    gpd.GeoDataFrame(geometry=EVERY, crs=4547).to_file(path, layer="buildings")
    lines = [shapely.LineString([(X, Y), (X + 50, Y)])]
    gpd.GeoDataFrame(geometry=lines, crs=4547).to_file(path, layer="streets")
    swapped = gpd.GeoDataFrame(geometry=[shapely.Point(23.0, 113.3)], crs=4326)
    told = [remark.text for remark in inspect_file(path)]
    assert "buildings: 144 features: 144 Polygon" in told
    assert "streets: 1 features: 1 LineString" in told
    swapped.to_file(path, layer="places")
    fault = [remark for remark in inspect_file(path) if remark.level == "error"]
    assert [remark.data["layer"] for remark in fault] == ["places"]

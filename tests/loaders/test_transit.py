"""Lines and stops from vector files: a metro as somebody publishes it."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import LineString, Point

from taobaogis.access.transit.lines import transit_lines
from taobaogis.errors import InputError, SchemaError
from taobaogis.loaders.transit import merge_transit, read_transit
from taobaogis.schema import conform, empty_layer, validate

GRID = CRS.from_epsg(4547)
LON, LAT = 113.34, 23.0


def stations(**columns):
    table = {"line": ["地铁1号线"] * 3, "seq": [2, 0, 1], "name": ["C", "A", "B"], **columns}
    return gpd.GeoDataFrame(
        table, geometry=[Point(LON + 0.02, LAT), Point(LON, LAT), Point(LON + 0.01, LAT)], crs=4326
    )


def written(folder, frame, name="stations.geojson"):
    path = folder / name
    frame.to_file(path, driver="GeoJSON")
    return path


def test_a_line_runs_in_the_order_of_its_stops_not_of_the_rows(tmp_path):
    stops, routes, origin = read_transit(written(tmp_path, stations()), GRID)
    validate(stops, "stops")
    validate(routes, "routes")
    assert stops["name"].tolist() == ["A", "B", "C"]
    [route] = routes.to_dict("records")
    assert route["stops"].split() == stops["osm_id"].tolist()
    assert (route["mode"], route["name"], route["straight"]) == ("subway", "地铁1号线", True)
    assert origin.note == "mode of 1 lines taken from their names; 1 of 1 lines have no track"
    assert origin.digest.startswith("sha256:")


def test_without_a_track_distances_are_stretched_straight_lines(tmp_path):
    stops, routes, _ = read_transit(written(tmp_path, stations()), GRID)
    lines = transit_lines(stops, routes)
    straight_m = stops.distance(stops.geometry.iloc[0]).iloc[1]
    assert lines.calls["hop_m"].iloc[1] == pytest.approx(1.1 * straight_m)
    assert lines.health["straight_hops"].tolist() == [2]


def test_tracks_from_a_second_file_give_the_way(tmp_path):
    bend = LineString(
        [(LON, LAT), (LON + 0.005, LAT + 0.004), (LON + 0.01, LAT), (LON + 0.02, LAT)]
    )
    track = gpd.GeoDataFrame({"line": ["地铁1号线"]}, geometry=[bend], crs=4326)
    path = written(tmp_path, stations())
    stops, routes, _ = read_transit(path, GRID, tracks=written(tmp_path, track, "tracks.geojson"))
    lines = transit_lines(stops, routes)
    assert not routes["straight"].any()
    assert lines.calls["hop_m"].iloc[1] > 1.2 * stops.distance(stops.geometry.iloc[0]).iloc[1]
    assert lines.health["straight_hops"].tolist() == [0]


def test_columns_are_found_by_chinese_names_and_stated_modes_are_kept(tmp_path):
    frame = stations(mode=["ferry"] * 3).rename(
        columns={"line": "线路", "seq": "站序", "name": "站名"}
    )
    stops, routes, origin = read_transit(written(tmp_path, frame), GRID)
    assert stops["name"].tolist() == ["A", "B", "C"]
    assert routes["mode"].tolist() == ["ferry"]
    assert "mode of" not in origin.note


@pytest.mark.parametrize(
    ("name", "mode"),
    [("有轨电车1号线", "tram"), ("Intercity 5", "train"), ("APM线", "light_rail"), ("B25路", "bus"),
     ("广佛线", "bus")],
)  # fmt: skip
def test_a_mode_is_taken_from_the_words_of_the_name(tmp_path, name, mode):
    _, routes, _ = read_transit(written(tmp_path, stations(line=[name] * 3)), GRID)
    assert routes["mode"].tolist() == [mode]


def test_a_name_without_such_a_word_goes_with_most_lines_of_the_file(tmp_path):
    both = pd.concat([stations(), stations(line=["广佛线"] * 3)], ignore_index=True)
    _, routes, _ = read_transit(written(tmp_path, both), GRID)
    assert set(routes["mode"]) == {"subway"}


def test_rows_without_a_line_or_an_order_are_counted(tmp_path):
    frame = stations(line=["地铁1号线", "", "地铁1号线"])
    stops, routes, origin = read_transit(written(tmp_path, frame), GRID)
    assert len(stops) == 2
    assert len(routes) == 1
    assert origin.note.startswith("1 rows without a place, a line or an order left out")


@pytest.mark.parametrize("missing", ["line", "seq"])
def test_a_file_that_does_not_say_the_order_of_stops_is_refused(tmp_path, missing):
    path = written(tmp_path, stations().drop(columns=missing))
    with pytest.raises(SchemaError, match=rf"'stations\.geojson'.*no column `{missing}`"):
        read_transit(path, GRID)


def test_a_file_without_points_and_a_missing_file_are_named(tmp_path):
    lines = gpd.GeoDataFrame(
        {"line": ["1"]}, geometry=[LineString([(LON, LAT), (LON, 23.1)])], crs=4326
    )
    with pytest.raises(SchemaError, match=r"'lines\.geojson'.*holds no points"):
        read_transit(written(tmp_path, lines, "lines.geojson"), GRID)
    with pytest.raises(InputError, match=r"none\.geojson"):
        read_transit(tmp_path / "none.geojson", GRID)


def test_a_file_takes_the_place_of_its_own_modes_only(tmp_path):
    stops, routes, _ = read_transit(written(tmp_path, stations()), GRID)
    old_stops = conform(gpd.GeoDataFrame(
        {"osm_id": ["n1", "n2"], "mode": ["bus", "subway"], "name": ["x", "y"]},
        geometry=[Point(0, 0), Point(1, 1)], crs=GRID), "stops")  # fmt: skip
    merged, lines = merge_transit((old_stops, empty_layer("routes", GRID)), (stops, routes))
    assert sorted(merged["osm_id"]) == ["n1", "t0", "t1", "t2"]
    assert transit_lines(merged, lines).calls["stop"].nunique() == 3


@given(dx=st.floats(-0.3, 0.3), dy=st.floats(-0.3, 0.3), order=st.permutations(range(3)))
def test_shifting_the_town_or_shuffling_the_rows_changes_no_line(tmp_path_factory, dx, dy, order):
    frame = stations().iloc[order]
    frame = frame.set_geometry(frame.geometry.translate(dx, dy))
    path = written(tmp_path_factory.mktemp("moved"), frame)
    stops, routes, _ = read_transit(path, GRID)
    assert stops["name"].tolist() == ["A", "B", "C"]
    assert routes["stops"].tolist() == ["t0 t1 t2"]


@pytest.mark.shared_data
def test_guangzhou_s_metro_has_its_lines_and_believable_running_times(shared_data):
    stops, routes, _ = read_transit(
        shared_data / "guangzhou-metro-stations.geojson", GRID,
        tracks=shared_data / "guangzhou-metro-line-segments.geojson",
    )  # fmt: skip
    assert (len(stops), len(routes)) == (382, 23)
    lines = transit_lines(stops, routes)
    assert lines.health["missing_stops"].sum() == 0
    # Line 3 from Panyu Square to Tiyu Xilu: about 26 km of track.
    names = lines.stops["name"].to_numpy()
    pattern = lines.patterns.index[lines.patterns["line"] == "地铁3号线"][0]
    calls = lines.calls[lines.calls["pattern"] == pattern]
    called = names[calls["stop"]].tolist()
    between = calls["hop_m"].to_numpy()[called.index("体育西路") + 1 : called.index("番禺广场") + 1]
    assert between.sum() == pytest.approx(26_000, abs=1000)
    assert shapely.is_valid(routes.geometry.to_numpy()).all()

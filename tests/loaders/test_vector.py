import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS
from shapely.affinity import translate
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box

from taobaogis.datums import from_wgs84
from taobaogis.errors import CRSError, InputError, SchemaError
from taobaogis.loaders import columns, survey
from taobaogis.loaders.vector import read_boundary, read_layer, read_lonlat

GRID = CRS.from_epsg(4547)
X, Y = 432000.0, 2544000.0


def save(tmp_path, geometry, name="f.gpkg", crs=GRID, **columns):
    path = tmp_path / name
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=crs)
    if name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    return path


@pytest.mark.parametrize("name", ["f.gpkg", "f.geojson", "f.shp", "f.fgb", "f.parquet"])
def test_every_usual_format_gives_the_same_houses(tmp_path, name):
    path = save(tmp_path, [box(X, Y, X + 10, Y + 12)], name, floors=[5])
    layer, origin = read_layer(path, "buildings", GRID)
    assert layer.area.tolist() == pytest.approx([120], abs=0.01)
    assert layer["levels_tag"].tolist() == [5.0]
    assert layer["building"].tolist() == ["yes"]
    assert origin.source == name
    assert origin.digest.startswith("sha256:")


@pytest.mark.parametrize("column", ["building:levels", "levels", "Floor", "层数", "num_floors"])
def test_storeys_are_found_under_their_usual_names(tmp_path, column):
    path = save(tmp_path, [box(X, Y, X + 9, Y + 9)], **{column: [4]})
    assert read_layer(path, "buildings", GRID)[0]["levels_tag"].tolist() == [4.0]


def test_every_column_that_is_read_stands_in_the_documents():
    page = Path(__file__).parents[2] / "docs" / "files.md"
    rows = [line.split("|")[1:] for line in page.read_text(encoding="utf-8").splitlines()]
    told: dict[str, set[str]] = {}
    kind = ""
    for row in (row for row in rows if len(row) > 3):
        kind = row[0].strip(" `") or kind
        told.setdefault(kind, set()).update(re.findall(r"`([^`]+)`", row[3]))
    for layer, wanted in columns._ALIASES.items():
        for aliases in wanted.values():
            assert told[layer] >= set(aliases), layer
    assert told["buildings"] >= set(columns._IN_FEET["height_tag_m"])
    assert told["all of them"] == set(columns._NAMES)
    names = {*survey._IDS, *survey._ENGLISH, *survey._CHINESE}
    assert told["outlines of `measure"] == names


def test_shifted_coordinates_are_put_right(tmp_path):
    corners = np.array([(113.30, 23.0), (113.3001, 23.0), (113.3001, 23.0001), (113.30, 23.0001)])
    shifted = Polygon(np.column_stack(from_wgs84(*corners.T, "gcj02")))
    path = save(tmp_path, [shifted], crs=4326)
    right = gpd.GeoSeries([Polygon(corners)], crs=4326).to_crs(GRID)[0]
    wrong, _ = read_layer(path, "buildings", GRID)
    mended, _ = read_layer(path, "buildings", GRID, datum="gcj02")
    assert wrong.geometry[0].distance(right) > 500
    assert mended.geometry[0].centroid.distance(right.centroid) < 1e-3


def test_lines_are_cut_where_they_share_a_vertex_and_a_bridge_is_not(tmp_path):
    lines = [
        LineString([(X, Y), (X + 50, Y), (X + 100, Y)]),
        MultiLineString([[(X + 50, Y), (X + 50, Y + 80)], [(X + 70, Y - 50), (X + 70, Y + 50)]]),
    ]
    path = save(tmp_path, lines, fclass=["residential", "['primary', 'trunk']"], oneway=["F", "B"])
    streets, _ = read_layer(path, "streets", GRID)
    assert len(streets) == 4
    assert streets["highway"].tolist() == ["residential", "residential", "primary", "primary"]
    assert streets["oneway"].tolist() == [1, 1, 0, 0]
    assert streets["v"][0] == streets["u"][1] == streets["u"][2]
    assert not {streets["u"][3], streets["v"][3]} & set(streets["u"][:3])


def test_places_are_classed_by_tags_or_by_geofabriks_column(tmp_path):
    path = save(tmp_path, [Point(X, Y)] * 4, fclass=["bank", "toilet", "wildness", "clothes"])
    places, origin = read_layer(path, "pois", GRID)
    assert places["category"].tolist() == ["finance", "sanitation", "retail"]
    assert "1 rows" in origin.note
    tagged = save(tmp_path, [Point(X, Y)] * 2, "t.gpkg", shop=["photo", None],
                  amenity=[None, "cafe"])  # fmt: skip
    assert read_layer(tagged, "pois", GRID)[0]["category"].tolist() == ["photo", "food"]


def test_broken_outlines_are_mended_and_empty_ones_left_out(tmp_path):
    bowtie = Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])
    path = save(tmp_path, [bowtie, None, Polygon()], "b.parquet")
    layer, origin = read_layer(path, "buildings", GRID)
    assert len(layer) == 1
    assert layer.geometry.is_valid.all()
    assert origin.note == (
        "1 outlines that cross themselves mended; 2 rows without a usable shape or class left out"
    )


def test_heights_in_space_are_flattened(tmp_path):
    path = save(tmp_path, [Polygon([(X, Y, 5), (X + 9, Y, 5), (X + 9, Y + 9, 5)])])
    assert not read_layer(path, "buildings", GRID)[0].has_z.any()


def test_lines_given_as_buildings_are_refused(tmp_path):
    path = save(tmp_path, [LineString([(X, Y), (X + 9, Y)])])
    with pytest.raises(SchemaError, match="given as buildings but holds LineString"):
        read_layer(path, "buildings", GRID)


def test_a_missing_file_is_named_with_the_nearest(tmp_path):
    save(tmp_path, [Point(X, Y)], "houses.gpkg")
    with pytest.raises(InputError, match=r"no file 'house\.gpkg'.*Did you mean 'houses\.gpkg'"):
        read_lonlat(tmp_path / "house.gpkg")
    with pytest.raises(InputError) as said:
        read_lonlat(tmp_path / "t.csv")
    assert str(said.value) == (
        "There is no file 't.csv'. Check its name and folder; files of a study are looked for from "
        "the study's own folder on."
    )


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "t.csv").touch()
    with pytest.raises(InputError, match=r"^'t\.csv' is an empty file; save it anew\.$"):
        read_lonlat(tmp_path / "t.csv")


def test_a_text_file_is_no_vector_file(tmp_path):
    (tmp_path / "notes.gpkg").write_text("not a layer")
    with pytest.raises(InputError, match=r"'notes\.gpkg' cannot be read as a vector file") as said:
        read_lonlat(tmp_path / "notes.gpkg")
    assert "driver" not in str(said.value), "advice to programmers"


def test_a_table_without_shapes_is_refused(tmp_path):
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match=r"a table without shapes; save the outlines"):
        read_lonlat(tmp_path / "t.csv")


def test_a_layer_that_does_not_say_its_crs_is_refused(tmp_path):
    path = save(tmp_path, [Point(X, Y)], "n.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(CRSError, match=r"'n\.shp' does not say its CRS"):
        read_lonlat(path)


def test_a_boundary_is_found_by_its_id(tmp_path):
    path = save(tmp_path, [box(X, Y, X + 9, Y + 9), box(X, Y, X + 50, Y + 9)], id=["a", "b"])
    wide = read_boundary(path, "b")
    assert wide.bounds[2] - wide.bounds[0] == pytest.approx(50 / 102_600, rel=0.01)
    with pytest.raises(InputError, match="no feature with the id 'c'; it has: a, b"):
        read_boundary(path, "c")
    with pytest.raises(InputError, match="holds 2 features"):
        read_boundary(path, "")


def test_a_boundary_that_is_no_area_is_refused(tmp_path):
    path = save(tmp_path, [LineString([(X, Y), (X + 9, Y)])], id=["a"])
    with pytest.raises(InputError, match="is no area"):
        read_boundary(path, "a")


@pytest.mark.shared_data
def test_the_city_s_footprints_and_places_are_read_whole(shared_data):
    houses, origin = read_layer(shared_data / "shenzhen-buildings.parquet", "buildings", GRID)
    assert len(houses) == 109_042  # eight of 109,050 stand twice
    assert houses.geometry.is_valid.all()
    assert houses["levels_tag"].notna().sum() == 30_691
    assert "310 storeys that cannot be meant, such as " in origin.note
    places, _ = read_layer(shared_data / "guangzhou-pois.gpkg", "pois", GRID)
    assert len(places) > 7_000


def test_outlines_that_cross_themselves_are_mended_and_counted(tmp_path):
    bow = Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])
    path = save(tmp_path, [bow, box(X + 20, Y, X + 29, Y + 9)], "b.gpkg")
    layer, origin = read_layer(path, "buildings", GRID)
    assert layer.geometry.is_valid.all()
    assert "1 outlines that cross themselves mended" in origin.note


def test_lines_are_walls_unless_they_say_otherwise_and_unknown_areas_are_left_out(tmp_path):
    shapes = [LineString([(0, 0), (9, 0)]), LineString([(0, 5), (9, 5)]), box(20, 0, 30, 9),
              box(40, 0, 50, 9), Point(3, 0)]  # fmt: skip
    shapes = [translate(shape, X, Y) for shape in shapes]
    kinds = [None, "fence", "water", "lawn", "gate"]
    path = save(tmp_path, shapes, "walls.geojson", barrier=kinds, width=[None, 0.2, None, 1, 3.5])
    layer, origin = read_layer(path, "barriers", GRID)
    assert layer["barrier"].tolist() == ["wall", "fence", "water", "gate"]
    assert layer["width_tag_m"].fillna(-1).tolist() == [-1, 0.2, -1, 3.5]
    assert "1 rows without a usable shape or class left out" in origin.note

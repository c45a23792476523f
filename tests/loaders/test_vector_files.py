"""What a vector file claims is looked at before it is believed."""

import json
import math
import sqlite3
import zipfile

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box

from taobaogis.errors import CRSError, InputError, SchemaError
from taobaogis.loaders import osm_tags
from taobaogis.loaders.columns import storeys
from taobaogis.loaders.dbf import dbf_encoding
from taobaogis.loaders.vector import read_boundary, read_layer
from taobaogis.loaders.vector_files import open_vector_file

X, Y = 432000.0, 2544000.0
NAMES = ["里仁洞商铺", "犀牛角村委会"]


def houses(**columns):
    return gpd.GeoDataFrame(
        columns, geometry=[box(X, Y, X + 9, Y + 9), box(X + 20, Y, X + 29, Y + 9)], crs=4547
    )


def save(path, frame, **how):
    pyogrio.write_dataframe(frame, path, **how)
    return path


@pytest.mark.parametrize("says", [None, "UTF-8", "ISO-8859-1", "GBK", "KLINGON"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("field", ["name", "名称"])
def test_names_of_a_shapefile_are_read_whatever_it_says_of_itself(tmp_path, encoding, says, field):
    path = save(tmp_path / "h.shp", houses(**{field: NAMES}), encoding=encoding)
    path.with_suffix(".cpg").unlink()
    if says:
        path.with_suffix(".cpg").write_text(says)
    layer, _ = read_layer(path, "buildings", houses().crs)
    assert layer["name"].tolist() == NAMES


def test_western_names_stay_western(tmp_path):
    path = save(tmp_path / "h.shp", houses(name=["Café", "Straße"]), encoding="cp1252")
    path.with_suffix(".cpg").unlink()
    assert open_vector_file(path).frame["name"].tolist() == ["Café", "Straße"]


chinese = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x7FFF, codec="gb2312"),
    min_size=2, max_size=20,
)  # fmt: skip


def dbf(texts):
    """Table of one text field."""
    width = 80
    head = bytearray(32)
    head[8:10] = (32 + 32 + 1).to_bytes(2, "little")
    head[10:12] = (width + 1).to_bytes(2, "little")
    field = bytearray(32)
    field[:4], field[11:12], field[16] = b"NAME", b"C", width
    rows = b"".join(b" " + text.ljust(width) for text in texts)
    return bytes(head) + bytes(field) + b"\r" + rows


def test_a_letter_cut_at_the_end_of_its_field_does_not_change_the_encoding():
    long = "a" + "里" * 60
    for encoding in ("gb18030", "utf-8"):
        cut = long.encode(encoding)[:80]
        with pytest.raises(UnicodeDecodeError):
            cut.decode(encoding)
        assert dbf_encoding(dbf([cut])) == encoding


@given(st.lists(chinese, min_size=1, max_size=5))
def test_chinese_texts_tell_their_encoding(texts):
    assert dbf_encoding(dbf([t.encode("utf-8") for t in texts])) == "utf-8"
    found = dbf_encoding(dbf([t.encode("gbk") for t in texts]))
    # A few letters of GBK are letters of UTF-8, too; three in a row are not by chance.
    assert found == "gb18030" or max(map(len, texts)) < 3 or _is_utf_8(texts)


def _is_utf_8(texts):
    try:
        return bool([t.encode("gbk").decode("utf-8") for t in texts])
    except UnicodeDecodeError:
        return False


@given(st.binary(max_size=400))
def test_any_bytes_have_an_encoding(table):
    assert dbf_encoding(table) in {"utf-8", "gb18030", "cp1252"}


@given(st.integers(1, 200), st.sampled_from(["", "层", " F", "f", " floors", ";4", " 楼"]))
def test_storeys_are_read_with_their_usual_units(count, unit):
    assert storeys(f" {count}{unit} ") == count


@given(st.integers(1, 99), st.sampled_from(["层", "層", "楼", ""]))
def test_storeys_are_read_in_chinese_numerals(count, unit):
    digits = "一二三四五六七八九"
    tens, ones = divmod(count, 10)
    said = ("" if tens < 2 else digits[tens - 1]) + ("十" if tens else "")
    assert storeys(said + (digits[ones - 1] if ones else "") + unit) == count


@pytest.mark.parametrize("text", ["", "层", " ", "二三层", "十十层", "一般", "六层以上"])
def test_what_is_no_numeral_is_no_storey(text):
    assert math.isnan(storeys(text))


def test_storeys_in_texts_are_read_and_the_rest_is_counted(tmp_path):
    frame = houses(levels=["5层", "about six"], height=["9,5 m", "tall"])
    layer, origin = read_layer(save(tmp_path / "h.gpkg", frame), "buildings", frame.crs)
    assert layer["levels_tag"].fillna(-1).tolist() == [5, -1]
    assert layer["height_tag_m"].fillna(-1).tolist() == [9.5, -1]
    assert "1 storeys that cannot be read, such as 'about six'" in origin.note
    assert "1 heights that cannot be read, such as 'tall'" in origin.note


@given(st.integers(1, 300), st.integers(0, 11), st.sampled_from(["'", " ft", "feet", "英尺"]))
def test_feet_and_inches_are_read_as_metres(feet, inches, unit):
    assert osm_tags.metres(f" {feet}{unit} ") == pytest.approx(feet * 0.3048)
    exact = pytest.approx((12 * feet + inches) * 0.0254)
    assert osm_tags.metres(f'{feet}{unit} {inches}"') == exact


def of_five_storeys(tmp_path, **columns):
    corners = [(X + 14 * i, Y) for i in range(12)]
    shapes = [box(x, y, x + 10, y + 10) for x, y in corners]
    return save(tmp_path / "f.gpkg", gpd.GeoDataFrame(columns, geometry=shapes, crs=4547))


def test_heights_in_feet_are_told_by_the_storeys_and_read_by_the_name_of_their_column(tmp_path):
    feet = [15 / 0.3048] * 12
    path = of_five_storeys(tmp_path, floors=[5] * 12, Height=feet)
    with pytest.raises(SchemaError, match=r"^'f\.gpkg' makes a storey 9\.8 m high with its column "
                       r"'Height'; call the column 'height_ft' if it is in feet, or give heights "
                       r"above the ground in metres\.$"):  # fmt: skip
        read_layer(path, "buildings", CRS.from_epsg(4547))
    path = of_five_storeys(tmp_path, floors=[5] * 12, height_ft=feet)
    layer, _ = read_layer(path, "buildings", CRS.from_epsg(4547))
    assert layer["height_tag_m"].tolist() == pytest.approx([15.0] * 12)
    # A hall of one storey may be as high as it likes.
    path = of_five_storeys(tmp_path, floors=[1] * 12, height=[12.0] * 12)
    layer, _ = read_layer(path, "buildings", CRS.from_epsg(4547))
    assert layer["height_tag_m"].tolist() == [12.0] * 12


def test_storeys_beyond_belief_are_unknown_and_counted(tmp_path):
    frame = houses(levels=[0, 9999])
    layer, origin = read_layer(save(tmp_path / "h.gpkg", frame), "buildings", frame.crs)
    assert layer["levels_tag"].isna().all()
    assert origin.note == "2 storeys that cannot be meant, such as 0, taken for unknown"


def test_names_that_a_terminal_obeys_are_cleaned_and_counted(tmp_path):
    frame = houses(name=["a\x1b[2J", "\u202egnp.exe"])
    path = tmp_path / "h.parquet"
    frame.to_parquet(path)
    layer, origin = read_layer(path, "buildings", frame.crs)
    assert layer["name"].tolist() == ["a [2J", "gnp.exe"]
    assert "2 texts with control characters cleaned" in origin.note


def test_streets_that_are_left_out_are_counted_and_doubled_points_are_not_streets(tmp_path):
    lines = [
        LineString([(X, Y), (X, Y), (X + 9, Y), (X + 9, Y)]),
        LineString([(X, Y + 50), (X, Y + 50)]),
        MultiLineString([[(X, Y + 70), (X + 5, Y + 70)], [(X, Y + 80), (X + 5, Y + 80)]]),
        None,
        Point(X, Y),
    ]
    path = tmp_path / "s.parquet"
    gpd.GeoDataFrame({"osm_id": list("abcde")}, geometry=lines, crs=4547).to_parquet(path)
    streets, origin = read_layer(path, "streets", houses().crs)
    assert sorted(streets["osm_id"]) == ["a", "c", "c"]
    assert streets.length.min() > 4.99
    assert origin.note == "3 rows without a usable shape or class left out"


def test_a_corner_beyond_the_earth_is_left_out_and_counted(tmp_path):
    far = Polygon([(X, Y), (1e300, Y), (X, Y + 9)])
    frame = gpd.GeoDataFrame(geometry=[*houses().geometry, far], crs=4547)
    path = tmp_path / "h.parquet"
    frame.to_parquet(path)
    layer, origin = read_layer(path, "buildings", frame.crs)
    assert len(layer) == 2
    assert origin.note == "1 rows too far away to be drawn left out"


def test_of_several_layers_none_is_guessed(tmp_path):
    path = save(tmp_path / "m.gpkg", houses(), layer="old")
    save(path, houses(), layer="new", append=True)
    with pytest.raises(InputError, match=r"holds 2 layers \(old, new\); save the one"):
        open_vector_file(path)


def test_a_table_beside_the_only_layer_does_no_harm(tmp_path):
    path = save(tmp_path / "m.gpkg", pd.DataFrame({"a": [1]}), layer="notes")
    save(path, houses(), layer="houses", append=True)
    opened = open_vector_file(path)
    assert len(opened.frame) == 2
    assert opened.notes == ("1 tables without shapes left out",)


def test_a_view_that_never_ends_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("taobaogis.loaders.vector_files._LONGEST_COUNT_S", 0.05)
    path = save(tmp_path / "v.gpkg", houses(), layer="houses")
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL "
            "SELECT fid + 1 FROM n) SELECT fid, NULL AS geom FROM n"
        )
        database.execute("UPDATE gpkg_contents SET table_name = 'endless'")
        database.execute("UPDATE gpkg_geometry_columns SET table_name = 'endless'")
    database.close()
    with pytest.raises(InputError, match="a view 'endless' that does not end or fails"):
        open_vector_file(path)


def test_a_view_that_ends_is_read(tmp_path):
    path = save(tmp_path / "v.gpkg", houses(), layer="houses")
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIEW first AS SELECT fid AS OGC_FID, fid, geom FROM houses")
        database.execute("UPDATE gpkg_contents SET table_name = 'first'")
        database.execute("UPDATE gpkg_geometry_columns SET table_name = 'first'")
    database.close()
    assert len(open_vector_file(path).frame) == 2


@pytest.mark.parametrize("named", ["urn:ogc:def:crs:EPSG::99999", "Klingon"])
def test_a_geojson_in_a_crs_that_nobody_knows_is_refused(tmp_path, named):
    crs = {"type": "name", "properties": {"name": named}}
    path = geojson(tmp_path, crs)
    with pytest.raises(CRSError, match=f"names a CRS that is not known \\({named}\\)"):
        open_vector_file(path)


@pytest.mark.parametrize("crs", [None, {"type": "name", "properties": {"name": "EPSG:4490"}}])
def test_a_geojson_in_a_known_crs_is_read(tmp_path, crs):
    assert len(open_vector_file(geojson(tmp_path, crs)).frame) == 1


def geojson(folder, crs):
    point = {"type": "Point", "coordinates": [113.3, 23.0]}
    feature = {"type": "Feature", "properties": {"crs": "x"}, "geometry": point}
    path = folder / "x.geojson"
    path.write_text(
        json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}),
        encoding="utf-8",
    )
    return path


def test_a_ring_of_nan_is_an_error_and_no_warning(tmp_path):
    path = tmp_path / "x.geojson"
    path.write_text(
        '{"type":"Feature","properties":{},"geometry":{"type":"Polygon",'
        '"coordinates":[[[NaN,23],[113,23],[113,24],[NaN,23]]]}}'
    )
    with pytest.raises(InputError, match="cannot be read as a vector file"):
        open_vector_file(path)


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.shp", bytes(300 << 20))
    with pytest.raises(InputError, match=r"unpacks to 0\.3 GB"):
        open_vector_file(path)


def test_a_damaged_archive_is_refused(tmp_path):
    shapefile = save(tmp_path / "h.shp", houses())
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for part in tmp_path.glob("h.*"):
            archive.write(part, part.name)
    body = path.read_bytes()
    at = body.index(shapefile.read_bytes()[100:140])
    path.write_bytes(body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])
    with pytest.raises(InputError, match=r"x\.zip.*not what was packed"):
        open_vector_file(path)


def test_a_file_that_only_points_elsewhere_is_refused(tmp_path):
    path = tmp_path / "x.vrt"
    path.write_text("<OGRVRTDataSource></OGRVRTDataSource>")
    with pytest.raises(InputError, match="only points to data elsewhere"):
        open_vector_file(path)


def test_a_file_cut_short_is_refused(tmp_path):
    frame = gpd.GeoDataFrame(
        geometry=[box(X + i, Y, X + i + 1, Y + 1) for i in range(300)], crs=4547
    )
    path = save(tmp_path / "h.fgb", frame, SPATIAL_INDEX="NO")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InputError, match="cannot be read as a vector file"):
        open_vector_file(path)


def test_a_folder_and_a_device_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "zero.parquet"):
        if path != tmp_path:
            path.symlink_to("/dev/zero")
        with pytest.raises(InputError, match="is a folder or a device"):
            open_vector_file(path)


def test_outlines_that_cross_themselves_make_one_boundary(tmp_path):
    bow = Polygon([(X, Y), (X + 90, Y + 90), (X + 90, Y), (X, Y + 90)])
    frame = gpd.GeoDataFrame(
        {"id": ["a", "a"]}, geometry=[bow, box(X + 10, Y, X + 80, Y + 90)], crs=4547
    )
    path = tmp_path / "b.gpkg"
    frame.to_file(path)
    assert read_boundary(path, "a").is_valid


def test_a_shapefile_whose_table_is_cut_short_is_refused(tmp_path):
    table = save(tmp_path / "h.shp", houses(name=NAMES)).with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-100])
    with pytest.raises(InputError, match="its attribute table is cut short"):
        open_vector_file(tmp_path / "h.shp")

import errno
import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from taobaogis.errors import TaobaoGISWarning
from taobaogis.loaders.cache import load_answer, load_layers, store_answer, store_layers
from taobaogis.provenance import Provenance
from taobaogis.schema import LAYERS, conform
from taobaogis.settings import Settings
from taobaogis.village import Layers

CRS_M = CRS.from_epsg(4547)
ORIGIN = Provenance(source="https://a/api", query='way["name"="里"];', as_of="2026-03-28T16:14:00Z")
SQUARE = shapely.box(0, 0, 10, 10)
SHAPES = {
    "streets": [shapely.LineString([(0, 0), (5, 5)]), shapely.LineString([(5, 5), (9, 5)])],
    "buildings": [SQUARE, shapely.MultiPolygon([SQUARE, shapely.box(20, 0, 30, 10)])],
    "pois": [shapely.Point(1, 2), shapely.Point(1.1, 0.1 + 0.2)],
    "landuse": [SQUARE.difference(shapely.box(2, 2, 3, 3)), SQUARE],
    "barriers": [shapely.LineString([(0, 0), (1, 1)]), SQUARE],
    "stops": [shapely.Point(3, 4), shapely.Point(5, 6)],
    "routes": [shapely.LineString([(0, 0), (1, 1)]),
               shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]])],
}  # fmt: skip
VALUES = {"str": ["", "里仁洞 'x' \"y\"\n"], "int64": [-1, 1 << 62], "float64": [math.nan, 0.1],
          "bool": [True, False]}  # fmt: skip


def layer(kind):
    columns = {name: VALUES[dtype] for name, dtype in LAYERS[kind].columns.items()}
    return conform(gpd.GeoDataFrame(columns, geometry=SHAPES[kind], crs=CRS_M), kind)


def filled(**changes):
    parts = {
        "crs": CRS_M,
        "frames": {kind: layer(kind) for kind in LAYERS},
        "provenance": {"streets": ORIGIN},
        "extent": shapely.box(0.1, 0.2, 100.3, 100.4),
    }
    return Layers(**{**parts, **changes})


def assert_same(one, two):
    assert one.crs == two.crs
    assert dict(one.provenance) == dict(two.provenance)
    assert one.extent == two.extent
    assert set(one.frames) == set(two.frames)
    for kind in one.frames:
        pd.testing.assert_frame_equal(one[kind], two[kind], check_exact=True)
        assert list(one[kind].geometry.to_wkb()) == list(two[kind].geometry.to_wkb())
        assert one[kind].crs == two[kind].crs
        assert one[kind].attrs == two[kind].attrs


def files(settings, pattern="*"):
    return sorted(path for path in settings.cache_dir.rglob(pattern) if path.is_file())


# --- answers


def test_an_answer_comes_back_with_its_origin_and_digest(settings):
    kept = store_answer("q", b"\x00body\xff", ORIGIN, settings)
    assert load_answer("q", settings) == (b"\x00body\xff", kept)
    assert kept.digest == f"sha256:{hashlib.sha256(bytes([0, *b'body', 255])).hexdigest()}"
    assert (kept.source, kept.query, kept.as_of) == (ORIGIN.source, ORIGIN.query, ORIGIN.as_of)


def test_the_record_beside_the_body_can_be_read_by_people(settings):
    store_answer("the question", b"body", ORIGIN, settings)
    (record,) = files(settings, "*.json")
    kept = json.loads(record.read_text(encoding="utf-8"))
    assert kept["key"] == "the question"
    assert kept["provenance"]["query"] == 'way["name"="里"];'
    assert "里" in record.read_text(encoding="utf-8")


def test_what_was_never_kept_is_absent(settings):
    store_answer("q", b"body", ORIGIN, settings)
    assert load_answer("q ", settings) is None
    assert load_layers("q", settings) is None


def test_the_last_answer_counts(settings):
    store_answer("q", b"old", ORIGIN, settings)
    store_answer("q", b"new", ORIGIN, settings)
    assert load_answer("q", settings)[0] == b"new"


def test_two_questions_with_one_answer_do_not_share_a_fate(settings):
    store_answer("a", b"[]", ORIGIN, settings)
    store_answer("b", b"[]", ORIGIN, settings)
    for path in files(settings, "*.body")[:1]:
        path.unlink()
    assert sorted((load_answer(k, settings) is None) for k in "ab") == [False, True]


def test_any_byte_that_changes_makes_the_entry_absent(settings):
    store_answer("q", b"body of the answer", ORIGIN, settings)
    for path in files(settings):
        whole = path.read_bytes()
        for position in range(len(whole)):
            altered = bytes([whole[position] ^ 0x01])
            path.write_bytes(whole[:position] + altered + whole[position + 1 :])
            assert load_answer("q", settings) is None, (path.suffix, position)
        path.write_bytes(whole)
    assert load_answer("q", settings) is not None


def test_an_entry_cut_short_anywhere_is_absent(settings):
    store_answer("q", b"body of the answer", ORIGIN, settings)
    for path in files(settings):
        whole = path.read_bytes()
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            assert load_answer("q", settings) is None, (path.suffix, length)
        path.write_bytes(whole)


@pytest.mark.parametrize("rubbish", [b"[]", b"3", b"{}", b'{"seal": 1}', b"\xff", b"[" * 200_000])
def test_a_record_of_rubbish_is_absent(settings, rubbish):
    store_answer("q", b"body", ORIGIN, settings)
    files(settings, "*.json")[0].write_bytes(rubbish)
    assert load_answer("q", settings) is None


@given(key=st.text(), body=st.binary(max_size=200), note=st.text(st.characters(codec="utf-8")))
def test_any_answer_to_any_question_comes_back(tmp_path_factory, key, body, note):
    settings = Settings(tmp_path_factory.mktemp("cache"))
    kept = store_answer(key, body, Provenance(source="s", note=note), settings)
    assert load_answer(key, settings) == (body, kept)


def test_a_folder_that_cannot_be_written_warns_and_costs_only_time(tmp_path):
    (tmp_path / "cache").write_text("a file is in the way")
    settings = Settings(tmp_path / "cache")
    with pytest.warns(TaobaoGISWarning, match="cache could not be written .*TAOBAOGIS_CACHE_DIR"):
        kept = store_answer("q", b"body", ORIGIN, settings)
    assert kept.digest
    assert load_answer("q", settings) is None
    with pytest.warns(TaobaoGISWarning, match="cache could not be written"):
        store_layers("q", filled(), settings)
    assert load_layers("q", settings) is None


def test_a_full_disk_warns_and_leaves_what_was_there(settings, monkeypatch):
    store_answer("q", b"old", ORIGIN, settings)
    before = {path: path.read_bytes() for path in files(settings)}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.warns(TaobaoGISWarning, match="No space left on device"):
        store_answer("q", b"new", ORIGIN, settings)
    assert {path: path.read_bytes() for path in files(settings)} == before


WRITER = """
import sys
from pathlib import Path
from taobaogis.loaders.cache import load_answer, store_answer
from taobaogis.provenance import Provenance
from taobaogis.settings import Settings
settings, name = Settings(Path(sys.argv[1])), sys.argv[2]
for i in range(150):
    store_answer("q", f"{name} {i} ".encode() * 1000, Provenance(source=f"{name} {i} "), settings)
    body, origin = load_answer("q", settings)
    assert body == origin.source.encode() * 1000, (body[:20], origin.source)
"""


def test_two_processes_never_mix_their_halves(settings):
    command = [sys.executable, "-c", WRITER, str(settings.cache_dir)]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE) for name in "ab"]
    outcomes = [(writer.communicate()[1].decode(), writer.returncode) for writer in writers]
    assert outcomes == [("", 0), ("", 0)]
    assert not files(settings, ".part-*")
    assert load_answer("q", settings) is not None


# --- layers


def test_layers_come_back_to_the_type_of_each_column(settings):
    layers = filled()
    store_layers("k", layers, settings)
    back = load_layers("k", settings)
    assert back is not None
    assert_same(back, layers)


def test_empty_layers_and_an_unknown_extent_come_back(settings):
    layers = Layers(CRS_M, {}, {}, None)
    store_layers("k", layers, settings)
    back = load_layers("k", settings)
    assert back is not None
    assert_same(back, layers)
    assert back.extent is None


@pytest.mark.parametrize(
    "crs",
    [
        "EPSG:4547",
        "EPSG:32649",
        "EPSG:32649+5773",
        "+proj=tmerc +lat_0=0 +lon_0=113.3 +x_0=41000 +y_0=230000",
    ],
)
def test_the_crs_comes_back_as_it_was(settings, crs):
    metric = CRS.from_user_input(crs)
    frames = {kind: layer(kind).set_crs(metric, allow_override=True) for kind in LAYERS}
    layers = filled(crs=metric, frames=frames)
    store_layers("k", layers, settings)
    back = load_layers("k", settings)
    assert back is not None
    assert_same(back, layers)


def test_further_columns_an_odd_index_and_heights_come_back(settings):
    houses = layer("buildings")
    houses = houses.assign(
        bbox=[1.5, 2.5], when=pd.to_datetime(["2026-01-01", None]), kind=pd.Categorical(["a", "b"])
    )
    houses.geometry = shapely.force_3d(houses.geometry.array, 7.0)
    houses.index = pd.Index([7, 3], name="row")
    houses.attrs["datum"] = "gcj02"
    layers = filled(frames={"buildings": houses, "streets": layer("streets").iloc[[1]]})
    store_layers("k", layers, settings)
    back = load_layers("k", settings)
    assert back is not None
    assert_same(back, layers)


def test_each_file_can_be_read_by_box(settings):
    store_layers("k", filled(), settings)
    (buildings,) = files(settings, "*.buildings.parquet")
    assert "bbox" in pq.read_schema(buildings).names
    assert len(gpd.read_parquet(buildings, bbox=(25, 0, 26, 1))) == 1


def test_layers_of_other_keys_are_absent(settings):
    store_layers("k", filled(), settings)
    assert load_layers("k2", settings) is None


def test_layers_with_one_damaged_or_missing_file_are_absent(settings):
    store_layers("k", filled(), settings)
    for path in files(settings):
        whole = path.read_bytes()
        for damaged in (whole[:-5], b"", bytes([whole[0] ^ 1]) + whole[1:]):
            path.write_bytes(damaged)
            assert load_layers("k", settings) is None, path.name
        path.unlink()
        assert load_layers("k", settings) is None, path.name
        path.write_bytes(whole)
    assert load_layers("k", settings) is not None


def test_layers_that_no_longer_keep_their_contract_are_absent(settings, monkeypatch):
    store_layers("k", filled(), settings)
    wanted = {**LAYERS["streets"].columns, "surface": "str"}
    changed = type(LAYERS["streets"])(LAYERS["streets"].geometry, wanted)
    monkeypatch.setitem(LAYERS, "streets", changed)
    assert load_layers("k", settings) is None


def test_layers_that_parquet_cannot_hold_warn_and_are_not_kept(settings):
    streets = layer("streets").assign(odd=[{1, 2}, object()])
    with pytest.warns(TaobaoGISWarning, match="cache could not be written"):
        store_layers("k", filled(frames={"streets": streets}), settings)
    assert files(settings) == []

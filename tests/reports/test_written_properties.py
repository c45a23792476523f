"""Files of a run of anything: each holds what was found, under any names, once and whole."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import re
import sqlite3
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from support.sample_run import sample_run, shuffled, with_layers

from taobaogis.compare.ranking import compare_villages
from taobaogis.errors import InputError
from taobaogis.indicators import Words
from taobaogis.maps.spec import village_maps
from taobaogis.provenance import file_digest
from taobaogis.reports.bundle import replacing_folder, require_replaceable
from taobaogis.reports.content import report_of
from taobaogis.reports.files import report_files
from taobaogis.reports.geopackage import collect_layers, write_geopackage
from taobaogis.reports.manifest import manifest_json
from taobaogis.reports.minimap import small_map
from taobaogis.reports.page import render_comparison_page
from taobaogis.reports.passport import passport_of, passport_record, render_passport
from taobaogis.reports.pdf import passport_pdf
from taobaogis.reports.qgis_styles import layer_qml, write_styles
from taobaogis.reports.surfaces import write_surface
from taobaogis.reports.what_if import what_if_report
from taobaogis.reports.workbook import comparison_xlsx
from taobaogis.resources import data_file
from taobaogis.results import Applied, Surface, WhatIf

few, heavy = settings(max_examples=12), settings(max_examples=2)
seeds = st.integers(0, 2**31)
shown = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
names = shown | st.sampled_from(["<script>x()</script>", "=1+1", "{{ 7 * 7 }}", "a&b\"'"])
files = st.text("abcdefg", min_size=1, max_size=6)


def named(name_en, name_zh):
    """The run of one village of the sample, under another name."""
    run = sample_run("laocun")
    (measured,) = run.villages
    spec = dataclasses.replace(measured.village.spec, name_en=name_en, name_zh=name_zh)
    village = dataclasses.replace(measured.village, spec=spec)
    return dataclasses.replace(run, villages=(dataclasses.replace(measured, village=village),))


def ranked(run):
    found = {v.village.id: v.indicators for v in run.villages}
    return compare_villages(found, run.study.criteria, run.study.comparison)


@heavy
@given(name_en=names, name_zh=names, seed=seeds)
def test_a_report_tells_the_same_on_every_page_and_in_every_table(name_en, name_zh, seed):
    run = named(name_en, name_zh)
    report = report_of(run, ranked(run))
    # Who sets the PDFs sets none: another test does.
    written = dict(report_files(report, {}, each=lambda *_: iter(())))
    assert written["comparison.xlsx"] == comparison_xlsx(report), "equal reports, equal bytes"
    page = written["index.html"].decode()
    assert page == render_comparison_page(report, figures={})
    book = openpyxl.load_workbook(io.BytesIO(written["comparison.xlsx"]))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not any(cell.data_type == "f" for cell in cells), "no name becomes a formula"
    numbers = [c.value for c in cells if isinstance(c.value, int | float)]
    for key in ("building_count", "street_length_km"):
        value = run.villages[0].indicators[key].value
        assert any(n == pytest.approx(value) for n in numbers)
    passport = passport_of(report, "laocun")
    html = render_passport(passport)
    for text in (html, page):
        assert "<script>x()" not in text
        assert not re.search(r'(?:src|href)="https?://(?!www\.openstreetmap)', text)
    records = [passport_record(passport, lang) for lang in ("en", "zh")]
    said = [json.dumps(record, ensure_ascii=False) for record in records]
    assert json.dumps(name_en, ensure_ascii=False)[1:-1] in said[0]
    assert json.dumps(name_zh, ensure_ascii=False)[1:-1] in said[1]
    drawn = [
        small_map(r.villages[0]).svg() for r in (run, with_layers(run, shuffled(seed)))
    ]  # fmt: skip
    shapes = [sorted(re.findall(r"M[^M\"]+", svg)) for svg in drawn]
    assert shapes[0] == shapes[1], "the order of houses and streets does not matter"


@settings(max_examples=1)
@given(name=names)
def test_a_passport_is_set_on_two_pages_of_equal_bytes(name):
    pytest.importorskip("typst")
    run = named(name, name)
    record = passport_record(passport_of(report_of(run, ranked(run)), "laocun"), "en")
    body = passport_pdf(record)
    assert body.startswith(b"%PDF")
    assert passport_pdf(record) == body


@heavy
@given(seed=seeds, share=st.floats(0.1, 1))
def test_a_geopackage_holds_every_feature_and_a_style_for_what_is_drawn(
    tmp_path_factory, seed, share
):
    run = with_layers(sample_run("laocun"), shuffled(seed, share))
    frames = collect_layers(run)
    counts = {k: len(f) for k, f in run.villages[0].layers.items() if len(f)}
    assert {k: len(f) for k, f in frames.items()} == counts
    assert all((f["village"] == "laocun").all() for f in frames.values())
    folder = tmp_path_factory.mktemp("package")
    maps = village_maps(run)
    write_geopackage(run, folder / "one.gpkg", maps)
    for kind in ("buildings", "streets"):
        back = gpd.read_file(folder / "one.gpkg", layer=kind)
        assert len(back) == counts[kind]
        assert back.length.sum() == pytest.approx(frames[kind].length.sum())
    with contextlib.closing(sqlite3.connect(folder / "one.gpkg")) as database:
        styled = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles"))
        database.execute("DROP TABLE layer_styles")
        database.execute("DELETE FROM gpkg_contents WHERE table_name = 'layer_styles'")
        database.commit()
    assert set(styled) <= set(counts)
    write_styles(folder / "one.gpkg", frames, maps, stamp="1970-01-01T00:00:00.000Z")
    with contextlib.closing(sqlite3.connect(folder / "one.gpkg")) as database:
        assert dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles")) == styled
    for layer in maps[0].layers:
        tree = ET.fromstring(layer_qml(layer))  # noqa: S314 - our own text
        rules = tree.findall(".//rule")
        assert len(rules) == len(layer.scale.classes) or not layer.scale.column
        colours = [o.get("value") for o in tree.iter("Option") if "color" in o.get("name", "")]
        for swatch in layer.scale.swatches:
            red, green, blue = (int(swatch.colour[i : i + 2], 16) for i in (1, 3, 5))
            assert any(c.startswith(f"{red},{green},{blue},") for c in colours)


@few
@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)), seed=seeds, cell=st.floats(1, 50),
    left=st.floats(-1e5, 1e5),
)  # fmt: skip
def test_a_surface_is_read_back_as_it_was_written(tmp_path_factory, shape, seed, cell, left):
    values = np.random.default_rng(seed).normal(size=shape)
    values[values > 1] = np.nan
    surface = Surface("s", values, left, 2.5e6, cell, "per ha", "places per hectare")
    path = tmp_path_factory.mktemp("surface") / "s.tif"
    write_surface(surface, CRS.from_epsg(4547), "© x", path)
    with rasterio.open(path) as raster:
        assert raster.read(1) == pytest.approx(values.astype(np.float32), nan_ok=True)
        assert raster.bounds.left == pytest.approx(left)
        assert raster.bounds.top == pytest.approx(2.5e6)
        assert raster.res == pytest.approx((cell, cell))
        assert raster.tags()["attribution"] == "© x"
        assert raster.crs.to_epsg() == 4547


@few
@given(contents=st.dictionaries(files, st.binary(max_size=50), max_size=5), note=shown)
def test_a_manifest_tells_every_file_by_its_digest(tmp_path_factory, contents, note):
    folder = tmp_path_factory.mktemp("manifest")
    for name, body in contents.items():
        (folder / name).write_bytes(body)
    run = dataclasses.replace(named("a", "甲"), notes=(note,))
    text = manifest_json(run, folder, contents, "2026-01-01")
    record = json.loads(text)
    assert [f["path"] for f in record["files"]] == sorted(contents)
    for entry in record["files"]:
        assert entry["bytes"] == len(contents[entry["path"]])
        assert entry["digest"] == file_digest(folder / entry["path"])
    assert record["notes"] == [note]
    assert [v["id"] for v in record["villages"]] == ["laocun"]
    assert manifest_json(run, folder, list(contents)[::-1], "2026-01-01") == text


@few
@given(
    old=st.dictionaries(files, st.binary(max_size=9), max_size=3),
    own=st.dictionaries(files.map("own-".__add__), st.binary(max_size=9), max_size=3),
    new=st.dictionaries(files, st.binary(max_size=9), max_size=3),
    breaks=st.booleans(), is_run=st.booleans(),
)  # fmt: skip
def test_a_folder_is_replaced_as_a_whole_or_stays_as_it_was(
    tmp_path_factory, old, own, new, breaks, is_run
):
    base = tmp_path_factory.mktemp("bundle")
    out = base / "out"
    out.mkdir()
    manifest = json.dumps({"files": [{"path": name} for name in old]}).encode()
    before = old | own | ({"manifest.json": manifest} if is_run else {})
    for name, body in before.items():
        (out / name).write_bytes(body)

    def there():
        return {p.name: p.read_bytes() for p in out.iterdir()}

    def write():
        with replacing_folder(out) as folder:
            for name, body in new.items():
                (folder / name).write_bytes(body)
            if breaks:
                raise KeyError

    if before and not is_run:
        for refused in (lambda: require_replaceable(out), write):
            with pytest.raises(InputError, match="holds files of something else"):
                refused()
        assert there() == before
    elif breaks:
        with pytest.raises(KeyError):
            write()
        assert there() == before
    else:
        require_replaceable(out)
        write()
        assert there() == new | (own if is_run else {})
    assert [p.name for p in base.iterdir()] == ["out"], "nothing is left beside it"


@few
@given(seed=seeds, by=st.floats(0.5, 2))
def test_what_a_change_would_do_is_every_value_that_differs(seed, by):
    run = named("a", "甲")
    assert what_if_report(run, ranked(run)) is None
    (village,) = run.villages
    random = np.random.default_rng(seed)
    after = {
        key: dataclasses.replace(i, value=i.value * by, low=None, high=None)
        if i.value and random.random() < 0.3 and i.definition.unit != "share" else i
        for key, i in village.indicators.items()
    }  # fmt: skip
    changed = {k for k, i in after.items() if i.value != village.indicators[k].value}
    applied = (Applied("widen", len(changed), Words("x", "某")),)
    what_if = WhatIf(applied=applied, indicators={"laocun": after})
    report = what_if_report(dataclasses.replace(run, what_if=what_if), ranked(run))
    assert report.applied == applied
    assert {d.before.key for d in report.differences} == changed
    for difference in report.differences:
        assert difference.change == pytest.approx(difference.after.value - difference.before.value)
    rank, later, total, then = report.ranks["laocun"]
    assert (rank, total) == (ranked(run).villages[0].rank, ranked(run).villages[0].total)
    assert (later is None) == (then is None)


@given(name=st.text("abc/._", max_size=12))
def test_a_file_that_is_not_shipped_is_named(name):
    assert data_file("facilities.toml").is_file()
    missing = f"no-{name}.toml"
    with pytest.raises(FileNotFoundError) as refused:
        data_file(missing)
    assert missing in str(refused.value)

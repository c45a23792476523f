"""What holds for maps of anything: every feature once, no order, both languages, no code."""

import base64
import hashlib
import json
import math
import re
import zlib
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.sample_run import sample_run, shuffled, with_layers

from taobaogis.errors import InputError
from taobaogis.indicators import Words, definitions, measured, not_available
from taobaogis.landuse.classes import land_uses
from taobaogis.maps import (
    access_layers,
    base_layers,
    cluster_layers,
    facility_layers,
    form_layers,
    landuse_layers,
    parts_layers,
    pattern_layers,
    place_layers,
    reach_layers,
    rule_layers,
)
from taobaogis.maps.backdrops import backdrop
from taobaogis.maps.fields import present, sentence
from taobaogis.maps.fonts import CHINESE_FONTS, chinese_font
from taobaogis.maps.frames import drawable, names_in, trust_in, why_not
from taobaogis.maps.model import Field, Label
from taobaogis.maps.notebook import map_of
from taobaogis.maps.packing import columns, deflated, look, pack, payload
from taobaogis.maps.pages import asset, inline_script, inline_style, picture, policy
from taobaogis.maps.palette import category_scale, landuse_scale, vehicle_scale, width_scale
from taobaogis.maps.spec import village_map, village_maps
from taobaogis.maps.tiles import archives, is_tiled
from taobaogis.maps.values import cell_text, name_pairs, numbers, value_pairs
from taobaogis.maps.web import render_tiled_page, render_village_page
from taobaogis.maps.words import (
    completeness_label,
    interval_text,
    number_text,
    shown,
    unit_label,
    value_text,
)
from taobaogis.reports.package_layers import package_layer
from taobaogis.study import VehicleSpec
from taobaogis.trust.grades import Reason, doubt
from taobaogis.trust.indicators import is_stated

few, heavy = settings(max_examples=15), settings(max_examples=2, phases=(Phase.generate,))
seeds = st.integers(0, 2**31)
words = st.text(max_size=12)
names = st.one_of(
    words, st.sampled_from(["</script><script>x()</script>", "<b>", "\u202eabc", "\x00"])
)
keys = st.sampled_from(sorted(definitions()))
cells = st.one_of(st.none(), words, st.integers(), st.floats(), st.lists(words, max_size=3))

LAYERS = (
    access_layers.markets_layer, access_layers.stops_layer, access_layers.trips_layer,
    base_layers.boundary_layer, cluster_layers.clusters_layer, cluster_layers.hexagons_layer,
    cluster_layers.hdbscan_layer, cluster_layers.main_streets_layer, facility_layers.needs_layer,
    facility_layers.sites_layer,
    facility_layers.worst_served_layer, form_layers.buildings_layer, form_layers.lanes_layer,
    form_layers.streets_layer, landuse_layers.cover_disagreement_layer,
    landuse_layers.landuse_layer, landuse_layers.parcels_layer, landuse_layers.tenure_layer,
    parts_layers.parts_layer,
    pattern_layers.dead_ends_layer, pattern_layers.fire_pairs_layer,
    pattern_layers.handshake_layer, place_layers.places_layer, reach_layers.pinch_points_layer,
    reach_layers.reach_layer, rule_layers.rule_houses_layer, rule_layers.rule_lines_layer,
    base_layers.walls_layer, base_layers.water_layer,
)  # fmt: skip


# --- layers of a map


def class_counts(layer):
    return np.bincount(layer.scale.codes(layer.features), minlength=len(layer.scale.classes))


@pytest.mark.parametrize("make", LAYERS, ids=lambda make: make.__name__)
@heavy
@given(seed=seeds, share=st.floats(0, 1))
def test_a_layer_shows_each_feature_once_whatever_their_order(make, seed, share):
    run = sample_run("laocun")
    some = with_layers(run, shuffled(seed, share))
    again = with_layers(some, shuffled(seed + 1))
    layer, other = (make(r.villages[0], r) for r in (some, again))
    assert len(layer.features) == len(other.features)
    assert class_counts(layer).tolist() == class_counts(other).tolist()
    assert class_counts(layer).sum() == len(layer.features)
    assert not layer.features.geometry.is_empty.any()
    assert layer.name.en
    assert layer.name.zh
    pairs = name_pairs(layer)
    assert len(pairs) == len(layer.features)
    assert all(bool(en) == bool(zh) for en, zh in pairs)
    for line in layer.fields:
        told = value_pairs(line, layer.features[line.column])
        assert all(bool(en) == bool(zh) for en, zh in told)
    nothing = with_layers(run, shuffled(seed, 0.0))
    if make is not base_layers.boundary_layer:
        assert len(make(nothing.villages[0], nothing).features) == 0


@heavy
@given(seed=seeds, share=st.floats(0.05, 1), name=names)
def test_a_page_holds_the_map_and_no_code_of_others(seed, share, name):
    run = with_layers(sample_run("laocun"), shuffled(seed, share))
    village = run.villages[0]
    village.layers["buildings"]["name"] = name
    spec = village_map(village, run)
    assert [m.key for m in village_maps(run)] == [spec.key]
    packed, values = (json.loads(zlib.decompress(base64.b64decode(text))) for text in pack(spec))
    assert packed["backdrop"] is None
    whole = json.loads(json.dumps(payload(spec)["layers"]))
    assert values == [layer.pop("fields") for layer in whole]
    assert packed["layers"] == whole
    assert len(packed["layers"]) == len(spec.layers)
    page = render_village_page(spec)
    assert page == render_village_page(village_map(village, run))
    assert "<script>x()" not in page
    assert not re.search(r"src=.https?:", page)
    alone = map_of(village, run, "buildings")._repr_html_()
    assert "<script>x()" not in alone


@heavy
@given(seed=seeds, share=st.floats(0.05, 1))
def test_houses_and_streets_are_looked_at_and_told_alike_packed_and_tiled(seed, share):
    run = with_layers(sample_run("laocun"), shuffled(seed, share))
    village = run.villages[0]
    for layer in (
        form_layers.houses(village.layers["buildings"]),
        form_layers.streets(village.layers["streets"]),
    ):
        assert len(look(layer)["classes"]) == len(layer.scale.classes)
        told = columns(layer)
        assert len(told) == len(layer.fields)
        assert all(len(line["values"]) == len(layer.features) for line in told)
        packed = deflated(told)
        assert json.loads(zlib.decompress(base64.b64decode(packed))) == told
        assert deflated(told) == packed
    spec = village_map(village, run)
    assert is_tiled(spec) == (sum(len(x.features) for x in spec.layers) > 50_000)


@settings(max_examples=1, phases=(Phase.generate,))
@given(seed=seeds)
def test_tiles_of_a_map_are_the_same_bytes_again_and_stand_in_its_page(seed):
    run = with_layers(sample_run("laocun"), shuffled(seed, 0.2))
    spec = village_map(run.villages[0], run)
    cut = archives(spec)
    assert list(cut) == [layer.key for layer in spec.layers if len(layer.features)]
    page = render_tiled_page(spec, cut)
    assert page == render_tiled_page(spec, archives(spec))
    assert "<script>x()" not in page


@given(rows=st.lists(st.tuples(st.booleans(), cells), max_size=9))
def test_what_cannot_be_drawn_is_left_out_and_what_decides_is_there(rows):
    run = sample_run("laocun")
    shapes = [shapely.Point(i, 0) if there else None for i, (there, _) in enumerate(rows)]
    frame = gpd.GeoDataFrame({"name": [c for _, c in rows]}, geometry=shapes, crs=run.crs)
    one = with_layers(run, lambda key, old: frame if key == "stops" else old)
    found = drawable(one.villages[0], one, "stops", "mode", "name")
    assert len(found) == sum(there for there, _ in rows)
    assert {"mode", "name"} <= set(found.columns)
    assert names_in(found) == ("name", "name")
    assert names_in(found[["geometry"]]) is None
    assert len(drawable(one.villages[0], one, "no such layer")) == 0
    trust = trust_in(one.villages[0], "building_count", ["buildings", "buildings"])
    assert trust.grade in "ABCD"
    assert trust.source.en.count(";") == 0


# --- words and numbers


@given(key=keys, value=st.floats(-1e7, 1e7), spread=st.floats(0, 1e6))
def test_numbers_are_shown_with_the_digits_of_their_definition(key, value, spread):
    definition = definitions()[key]
    text = number_text(value, definition)
    factor = 100 if definition.unit == "share" else 1
    digits = max(definition.decimals - 2, 0) if factor == 100 else definition.decimals
    back = float(text.replace("\u2009", ""))
    assert back == pytest.approx(value * factor, abs=0.51 * 10.0**-digits)
    assert not text.startswith("-0") or back != 0
    assert bool(unit_label(definition.unit).zh) == (definition.unit != "ratio")
    indicator = measured(key, value, low=value - spread, high=value + spread, method="", source="",
                         n=1)  # fmt: skip
    told = shown(indicator)
    assert told.value == value_text(indicator) == text
    assert ("–" in told.interval) == (indicator.low is not None)
    gone = shown(not_available(key, "gone"))
    assert (gone.value, gone.is_na, interval_text(not_available(key, "x"))) == ("NA", True, "")


@given(told=st.lists(st.sampled_from(["as_stated", "no_lanes", "from_pattern"]), unique=True))
def test_only_a_stated_share_is_said_to_be_stated_also_if_read_back(told):
    reason = Reason.joining([doubt(key) for key in told])
    for why in (reason, Words(str(reason), reason.zh)):
        share = measured("buildings_completeness_share", 1, method="", source="", n=9, reason=why)
        assert is_stated(share) == ("as_stated" in told)
        label = completeness_label([share])
        assert ("as stated by the user" in label.en) == ("用户声明" in label.zh) == is_stated(share)


@given(share=st.one_of(st.none(), st.floats(0, 1)), streets=st.booleans())
def test_completeness_is_told_in_both_languages_or_not_at_all(share, streets):
    keys_ = ["buildings_completeness_share", *["streets_completeness_share"] * streets]
    found = [
        not_available(k, "?") if share is None else measured(k, share, method="", source="", n=9)
        for k in keys_
    ]
    label = completeness_label(found)
    assert ("not known" in label.en) == (share is None) == ("不详" in label.zh)
    assert label.en.count(",") == streets
    assert completeness_label([]) == Label("", "")


@given(
    values=st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=9),
    decimals=st.integers(0, 3), factor=st.sampled_from([1.0, 100.0]),
)  # fmt: skip
def test_cells_are_shown_rounded_and_empty_where_there_is_nothing(values, decimals, factor):
    line = Field("x", Label.same("x"), Label("m", "米"), decimals=decimals, factor=factor)
    column = pd.Series(values, dtype=float)
    for value, number, (en, zh) in zip(
        values, numbers(line, column), value_pairs(line, column), strict=True
    ):
        assert (value is None) == (number is None) == (en == "") == (zh == "")
        if value is not None:
            assert number == pytest.approx(value * factor, abs=0.51 * 10.0**-decimals)
            assert en.endswith(" m")
            assert zh.endswith(" 米")


@given(cells)
def test_any_cell_is_a_word(cell):
    assert isinstance(cell_text(cell), str)
    assert cell_text(None) == cell_text(pd.NA) == cell_text(math.nan) == ""


@given(known=st.lists(st.sampled_from("abc"), unique=True), pairs=st.lists(st.tuples(words, words)))
def test_lines_of_a_popup_are_those_that_say_something(known, pairs):
    frame = gpd.GeoDataFrame(
        {"a": [None] * len(pairs), "b": ["x"] * len(pairs), "en": [e for e, _ in pairs],
         "zh": [z for _, z in pairs]},
        geometry=[shapely.Point(0, 0)] * len(pairs), crs=4547,
    )  # fmt: skip
    fields = [Field(name, Label.same(name)) for name in known]
    assert [f.column for f in present(fields, frame)] == ["b"] * ("b" in known and bool(pairs))
    said = sentence("en", "zh", Label.same("s"), frame)
    assert bool(said) == any(en for en, _ in pairs)
    if said:
        assert set(said[0].words) == {en for en, _ in pairs if en}
    assert sentence("en", "none", Label.same("s"), frame) == ()


# --- colours


@given(uses=st.lists(st.one_of(st.sampled_from(sorted(land_uses())), words), max_size=12),
       vehicles=st.lists(st.floats(0.5, 6), min_size=1, max_size=6, unique=True))  # fmt: skip
def test_every_value_has_a_colour_and_no_two_classes_share_a_key(uses, vehicles):
    specs = [VehicleSpec(f"v{i}", f"V{i}", "", w) for i, w in enumerate(sorted(vehicles))]
    for scale, column, values in (
        (landuse_scale(uses), "use", uses), (category_scale(uses), "category", uses),
        (vehicle_scale(specs), "vehicle", [v.id for v in specs]),
        (width_scale(), "facade_width_m", vehicles),
    ):  # fmt: skip
        frame = gpd.GeoDataFrame(
            {column: values}, geometry=[shapely.Point(0, 0)] * len(values), crs=4547
        )
        codes = scale.codes(frame)
        assert len(codes) == len(values)
        assert codes.max(initial=0) < len(scale.classes)
        assert len(set(scale.keys)) == len(scale.keys)
    wide = width_scale().codes(gpd.GeoDataFrame(
        {"facade_width_m": sorted(vehicles)}, geometry=[shapely.Point(0, 0)] * len(vehicles)
    ))  # fmt: skip
    assert (np.diff(wide) >= 0).all()


# --- pages


@given(scripts=st.lists(words, min_size=1, max_size=3), hosts=st.lists(st.just("https://t.cn")))
def test_a_policy_lets_in_exactly_the_scripts_it_was_made_for(scripts, hosts):
    said = policy(*scripts, pictures=hosts)
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in said
    assert said.count("sha256-") == len(scripts)
    assert "unsafe-inline" not in said.split("style-src")[0]
    assert said.count("https://") == len(hosts)


@few
@given(words)
def test_assets_are_those_that_are_shipped(name):
    try:
        text = asset(name)
    except (FileNotFoundError, OSError, ValueError):
        return
    assert isinstance(text, str)


@settings(max_examples=6)
@given(st.sampled_from(["leaflet.js", "page.js", "shapes.js", "leaflet.css", "page.css"]))
def test_what_stands_in_a_page_ends_no_tag_and_fetches_nothing(name):
    text = inline_script(name) if name.endswith("js") else inline_style(name)
    assert "</script" not in text
    assert "sourceMappingURL" not in text
    assert "url(http" not in text
    assert picture("marker-icon").startswith("data:image/png;base64,")
    with pytest.raises(FileNotFoundError):
        picture(f"no {name}")


@given(key=words, access=st.text("ab&<\"' ", max_size=5))
def test_a_base_map_is_known_and_has_its_key_or_is_refused_in_words(key, access):
    for asked in (key, "osm", "amap", "tianditu"):
        try:
            below = backdrop(asked, access_key=access)
        except InputError as error:
            assert str(error).endswith((".", "?"))  # noqa: PT017 - either is right
        else:
            assert below.attribution
            assert below.name.zh
            assert not any(c in "".join(below.tiles) for c in "<\"' ")


@given(installed=st.sets(st.sampled_from([*CHINESE_FONTS, "DejaVu Sans", "Arial"])), wanted=words)
def test_the_font_is_the_wanted_one_or_the_first_that_knows_chinese(installed, wanted):
    expected = next((f for f in CHINESE_FONTS if f in installed), None)
    if expected:
        assert chinese_font(installed) == expected
    if wanted and wanted not in installed:
        with pytest.raises(InputError, match="is not installed"):
            chinese_font(installed, wanted=wanted)
    for font in installed:
        assert chinese_font(installed, wanted=font) == font


@given(key=keys, en=st.text(min_size=1), zh=st.text(min_size=1), value=st.floats(0, 9))
def test_a_layer_is_empty_for_the_reason_of_its_indicator_or_else_its_own(key, en, zh, value):
    result = sample_run("laocun").villages[0]
    own = Label("none", "无")
    missing = not_available(key, Words(en, zh))
    assert why_not(replace(result, indicators={key: missing}), key, own) == Label(en, zh)
    known = measured(key, value, n=1, method="", source="", grade="B")
    assert why_not(replace(result, indicators={key: known}), key, own) == own
    assert why_not(replace(result, indicators={}), key, own) == own


# --- styles of the package


@heavy
@given(seed=seeds, share=st.floats(0, 1), name=st.sampled_from(
    ["barriers", "isochrones", "rule_findings", "facility_coverage", "facilities", "buildings"]
))  # fmt: skip
def test_a_layer_of_the_package_is_drawn_whole_whatever_its_order(seed, share, name):
    frame = with_layers(sample_run("laocun"), shuffled(seed, share)).villages[0].layers[name]
    layer = package_layer(name, frame)
    if name == "buildings":
        assert layer is None
        return
    assert len(layer.features) == len(frame)
    again = package_layer(name, frame.sample(frac=1, random_state=seed))
    assert [s.label for s in again.scale.classes] == [s.label for s in layer.scale.classes]
    assert class_counts(layer).sum() == len(frame)

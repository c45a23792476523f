"""What holds for any input: coordinates, contracts of layers, studies, names and texts."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from taobaogis.clusters import categories
from taobaogis.crs import parse_metric_crs, require_metres, require_same_crs, swap_xy
from taobaogis.datums import layer_to_wgs84, to_wgs84
from taobaogis.errors import CRSError, PlaceNotFoundError, SchemaError, StudyError, did_you_mean
from taobaogis.gazetteer import find_village, villages
from taobaogis.landuse import classes
from taobaogis.provenance import file_digest
from taobaogis.schema import LAYERS, conform, empty_layer, validate
from taobaogis.study import load_study
from taobaogis.study_criteria import read_criterion
from taobaogis.study_entries import (
    gazetteer_markets,
    read_assumptions,
    read_market,
    read_raster_files,
    read_source,
    read_vehicle,
    read_village,
)
from taobaogis.study_spec import SourceSpec, VillageSpec
from taobaogis.study_table import (
    array_of_tables,
    build,
    is_id,
    mapping,
    require_id,
    require_number,
    require_place,
    require_unique,
)
from taobaogis.texts import plain, showable

metric = st.sampled_from([CRS.from_epsg(code) for code in (4547, 4526, 32649, 2326)])
other = st.sampled_from([CRS.from_epsg(code) for code in (4326, 3857, 4490, 2263)])
numbers = st.floats(-1e6, 1e6, allow_nan=False)
places = st.tuples(st.floats(-180, 180), st.floats(-85, 85))
words = st.text(max_size=30)


def points(xy, crs):
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs=crs)


# --- coordinates


@settings(max_examples=10)  # PROJ looks through all its names
@given(st.text(max_size=40))
def test_any_text_is_a_metric_crs_or_refused_in_words(text):
    try:
        crs = parse_metric_crs(text)
    except CRSError as error:
        assert str(error).endswith(".")  # noqa: PT017 - either is right
    else:
        assert crs.is_projected


@given(metric)
def test_a_metric_crs_is_itself_once_parsed(crs):
    assert parse_metric_crs(crs.to_string()).equals(crs)


@given(metric, other, st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5))
def test_layers_share_a_crs_only_if_it_is_one_and_metric(crs, wrong, xy):
    layer = points(xy, crs)
    assert require_metres(layer, "a").equals(crs)
    assert require_same_crs(a=layer, b=layer.geometry).equals(crs)
    with pytest.raises(CRSError, match="`b` is in"):
        require_same_crs(a=layer, b=points(xy, wrong))


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20), metric)
def test_exchanging_axes_twice_changes_nothing(xy, crs):
    layer = points(xy, crs)
    once = swap_xy(layer)
    assert shapely.equals_exact(swap_xy(once).geometry, layer.geometry).all()
    assert np.array_equal(
        shapely.get_coordinates(once.geometry), shapely.get_coordinates(layer.geometry)[:, ::-1]
    )


@given(
    st.lists(st.tuples(st.floats(75, 130), st.floats(20, 50)), min_size=1, max_size=20),
    st.sampled_from(["gcj02", "bd09", "wgs84", "cgcs2000"]),
)
def test_a_layer_is_put_right_point_by_point(xy, datum):
    layer = points(xy, 4326)
    lon, lat = to_wgs84(*np.transpose(xy), datum)
    moved = shapely.get_coordinates(layer_to_wgs84(layer, datum).geometry)
    assert moved == pytest.approx(np.column_stack([lon, lat]), abs=1e-9)
    assert np.abs(moved - np.array(xy)).max() < 0.03


# --- contracts of layers


shapes = st.sampled_from(
    [None, shapely.Point(1, 2), shapely.box(0, 0, 3, 4), shapely.LineString([(0, 0), (5, 5)]),
     shapely.Polygon(), shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])]
)  # fmt: skip
cells = st.one_of(st.none(), words, st.integers(), st.floats(), st.booleans())


@given(st.sampled_from(sorted(LAYERS)), st.lists(st.tuples(shapes, cells), max_size=8), metric)
def test_any_frame_keeps_its_contract_or_is_refused(kind, rows, crs):
    column = next(iter(LAYERS[kind].columns))
    frame = gpd.GeoDataFrame(
        {column: pd.Series([cell for _, cell in rows], dtype=object)},
        geometry=[shape for shape, _ in rows],
        crs=crs,
    )
    layer = conform(frame, kind)
    validate(layer, kind)
    usable = [s for s, _ in rows if s and not s.is_empty and s.geom_type in LAYERS[kind].geometry]
    assert len(layer) == len(usable)
    assert layer.attrs["dropped"] == len(rows) - len(usable)
    assert conform(layer, kind).drop(columns="geometry").equals(layer.drop(columns="geometry"))


@given(st.sampled_from(sorted(LAYERS)), metric)
def test_an_empty_layer_keeps_its_contract(kind, crs):
    layer = empty_layer(kind, crs)
    validate(layer, kind)
    assert layer.empty
    assert layer.crs.equals(crs)


@given(st.sampled_from(sorted(LAYERS)), metric, st.integers(0, 30))
def test_a_layer_that_lacks_a_column_is_told_which(kind, crs, at):
    columns = sorted(LAYERS[kind].columns)
    lost = columns[at % len(columns)]
    with pytest.raises(SchemaError, match=f"lacks the columns {lost}"):
        validate(empty_layer(kind, crs).drop(columns=lost), kind)


# --- studies


values = st.one_of(
    words, st.integers(), st.floats(), st.booleans(), st.lists(words, max_size=2),
    st.dictionaries(words, st.integers(), max_size=1),
)  # fmt: skip
READERS = {
    read_raster_files: ["landcover", "height", "built"],
    read_source: ["osm", "datum", "buildings"],
    read_village: ["id", "lon", "lat", "radius_m", "goods", "boundary", "shops"],
    read_market: ["id", "lon", "lat", "goods", "radius_of_doubt_m"],
    read_vehicle: ["id", "name_en", "clear_width_m"],
    read_criterion: ["indicator", "good", "bad", "weight", "layer"],
    read_assumptions: ["storeys_low", "context_ring_m", "cluster_min_places", "any"],
}


@given(st.data(), st.sampled_from(sorted(READERS, key=lambda reader: reader.__name__)))
def test_any_entry_of_a_study_is_read_or_refused_in_words(data, reader):
    keys = st.sampled_from([*READERS[reader], "nonsense"])
    entry = data.draw(st.dictionaries(keys, values, max_size=5))
    try:
        spec = reader(entry)
    except StudyError as error:
        assert showable(str(error)) == str(error)  # noqa: PT017 - either is right
        assert len(str(error)) < 1200  # noqa: PT017 - either is right
    else:
        assert is_id(getattr(spec, "id", "a"))
        placed = getattr(spec, "lon", math.nan)
        assert math.isnan(placed) or abs(placed) <= 180


@given(st.dictionaries(st.sampled_from(["id", "lon", "goods", "radius_m"]), values, max_size=4))
def test_a_table_is_the_value_it_says_or_refused(entry):
    try:
        spec = build(VillageSpec, entry, "[[village]]")
    except StudyError as error:
        assert "[[village]]" in str(error)  # noqa: PT017 - either is right
    else:
        assert spec.id == entry["id"]
        assert spec.lon == entry.get("lon", spec.lon) or math.isnan(spec.lon)


@given(st.text(max_size=80))
def test_an_id_is_a_file_name_on_every_system(name):
    if is_id(name):
        require_id(name, "[study]")
        assert name.isascii()
        assert name == name.lower()
        assert not set(name) & set("/\\.: \x00")
    else:
        with pytest.raises(StudyError, match="names files"):
            require_id(name, "[study]")


@given(st.lists(st.sampled_from("abcdef"), max_size=6))
def test_names_are_unique_or_one_is_named(names):
    if len(set(names)) == len(names):
        require_unique(names, "village")
    else:
        with pytest.raises(StudyError, match="stands twice"):
            require_unique(names, "village")


@given(st.floats(), st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_a_number_is_within_its_bounds_or_refused(value, low, width):
    if low <= value <= low + width:
        require_number(value, "here", "key", low, low + width)
    else:
        with pytest.raises(StudyError, match="here: key is"):
            require_number(value, "here", "key", low, low + width)


@given(st.floats(), st.floats())
def test_a_place_is_on_the_globe_or_refused(lon, lat):
    try:
        require_place(lon, lat, "here")
    except StudyError as error:
        assert str(error).startswith("here: ")  # noqa: PT017 - either is right
    else:
        assert abs(lon) <= 180
        assert abs(lat) <= 90


@given(values)
def test_what_should_be_a_table_is_one_or_refused(value):
    for read in (lambda: mapping(value, "[x]"), lambda: array_of_tables({"x": value}, "x")):
        try:
            found = read()
        except StudyError as error:
            assert "[x]" in str(error)  # noqa: PT017 - either is right
        else:
            assert found == value


@given(st.lists(st.sampled_from([*villages(), "elsewhere"]), max_size=3))
def test_markets_are_known_where_a_village_is(names):
    found = gazetteer_markets([VillageSpec(id=name) for name in names])
    assert bool(found) == any(name in villages() for name in names)


@given(st.text(max_size=60))
def test_a_study_of_any_name_is_there_or_refused_in_words(name):
    if name in {"sample", "guangzhou"}:
        return
    with pytest.raises(StudyError) as caught:
        load_study(name)
    assert str(caught.value)


@given(st.text(max_size=20))
def test_a_village_of_any_name_is_known_or_the_nearest_is_offered(name):
    try:
        found = find_village(name)
    except PlaceNotFoundError as error:
        assert str(error)  # noqa: PT017 - either is right
    else:
        assert found.id in villages()


@given(st.sampled_from(sorted(villages())), st.sampled_from([str.upper, str.title, str.lower]))
def test_case_and_blanks_do_not_count_in_names(name, written):
    assert find_village(f" {written(villages()[name].name_en)} ").id == name


# --- texts and tags


@given(st.text(max_size=400))
def test_what_is_shown_is_obeyed_by_nothing_and_stays_what_it_was(text):
    shown = showable(text)
    assert showable(shown) == shown
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066" for c in shown)
    line = plain(text)
    assert len(line) <= 160
    assert plain(line) == line
    shown.encode("utf-8")


@given(st.text(alphabet="里仁洞abc قرية-", max_size=40))
def test_plain_letters_are_shown_as_they_are(text):
    assert showable(text) == text


@given(st.text(max_size=20), st.sets(st.text(min_size=1, max_size=8), max_size=5))
def test_an_offer_is_among_what_is_known(word, known):
    offer = did_you_mean(word, known)
    assert bool(offer) == bool(known)
    assert not offer or any(choice in offer for choice in known)


tags = st.dictionaries(
    st.sampled_from(
        ["shop", "amenity", "office", "landuse", "building", "leisure", "natural", "highway"]
    ),
    st.one_of(
        st.sampled_from(["clothes", "bank", "residential", "yes", "park", "no", "bus_stop"]), words
    ),
)


@given(tags)
def test_any_tags_have_one_category_or_none(given_tags):
    category, tag = categories.category_of(given_tags)
    assert category in {"", *categories.categories()}
    assert bool(category) == bool(tag)
    if tag:
        key = tag.partition("=")[0]
        assert key in given_tags
        on_points = category == categories.TRANSIT and key in {"highway", "railway"}
        assert on_points or key in categories.tag_keys() or key == "fclass"


@given(tags)
def test_any_tags_have_one_use_of_land_or_none(given_tags):
    use, tag = classes.use_of(given_tags)
    assert use in {"", *classes.land_uses()}
    assert bool(use) == bool(tag)
    if tag:
        assert tag.partition("=")[0] in classes.tag_keys() | {"fclass"}
    building = given_tags.get("building", "")
    assert classes.use_of_building(building) in {"", *classes.land_uses()}


@given(body=st.binary(max_size=2000), more=st.binary(min_size=1, max_size=9))
def test_digests_tell_contents_apart(tmp_path_factory, body, more):
    folder = tmp_path_factory.mktemp("digest")
    (folder / "a").write_bytes(body)
    (folder / "b").write_bytes(body)
    (folder / "c").write_bytes(body + more)
    assert file_digest(folder / "a") == file_digest(folder / "b")
    assert file_digest(folder / "a") != file_digest(folder / "c")


@given(st.sampled_from(["wgs84", "cgcs2000", "gcj02", "bd09"]), st.text("abc/.", max_size=9))
def test_a_source_keeps_what_it_names(datum, name):
    assert read_source({"datum": datum, "streets": name}) == SourceSpec(datum=datum, streets=name)

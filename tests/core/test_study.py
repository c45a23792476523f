"""Study files: what they may say, and how each thing they may not say is met."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taobaogis import gazetteer
from taobaogis.errors import StudyError
from taobaogis.indicators import definitions
from taobaogis.study import (
    Study,
    default_criteria,
    default_vehicles,
    load_study,
    parse_study,
)

if TYPE_CHECKING:
    from pathlib import Path

PLACED = '[[village]]\nid = "here"\nlon = 113.3\nlat = 23.1\n'


def parse(text: str, folder: Path | None = None) -> Study:
    from pathlib import Path as RealPath  # noqa: PLC0415 - only typed elsewhere

    return parse_study(text, folder=folder or RealPath("somewhere"))


def with_village(lines: str) -> str:
    return PLACED + lines + "\n"


# --- what may be said -------------------------------------------------------------------------


def test_the_guangzhou_study_is_filled_in_from_the_gazetteer() -> None:
    study = load_study("guangzhou")
    assert [v.id for v in study.villages] == ["lirendong", "xiniujiao", "yushatan"]
    for village in study.villages:
        known = gazetteer.villages()[village.id]
        assert (village.lon, village.lat) == (known.lon, known.lat)
        assert village.radius_m == known.radius_m
        assert village.goods == known.goods
    assert {m.id for m in study.markets} == set(gazetteer.markets()), "no market was named"
    assert study.source.osm == "overpass"
    assert study.title_zh == "广州三个淘宝村"
    assert not study.synthetic


@pytest.mark.shared_data
def test_a_study_written_by_a_planner_loads(shared_data: Path) -> None:
    study = load_study(str(shared_data / "futian-study.toml"))
    assert study.id == "futian"
    assert [v.boundary for v in study.villages] == [
        "futian-villages.geojson#xiasha",
        "futian-villages.geojson#shangsha",
        "futian-villages.geojson#shangsha-east",
    ]
    assert [m.id for m in study.markets] == ["shangsha-market", "huaqiangbei"], "none is added"
    assert study.path(study.source.osm).is_file(), "paths start from the study's folder"


def test_a_study_of_one_line_has_a_default_for_everything() -> None:
    study = parse('village = [{id = "里仁洞村"}]')
    assert study.villages[0].id == "lirendong", "an id in Chinese cannot name a file"
    assert study.vehicles == default_vehicles()
    assert study.criteria == default_criteria()
    assert study.assumptions.storeys_low < study.assumptions.storeys_high


def test_default_criteria_judge_indicators_that_exist() -> None:
    assert {c.indicator for c in default_criteria()} <= set(definitions())
    assert all(c.good != c.bad and c.weight > 0 for c in default_criteria())


def test_a_village_of_the_gazetteer_can_be_placed_and_named_anew() -> None:
    study = parse('[[village]]\nid = "lirendong"\nlon = 113.3\nlat = 23.0\nname_zh = "新村"')
    village = study.villages[0]
    assert (village.lon, village.lat, village.name_zh) == (113.3, 23.0, "新村")
    assert village.radius_m == 500, "the circle of the gazetteer belongs to its own point"
    assert village.radius_of_doubt_m == 0, "the user's own point has no doubt from us"
    assert village.name_en == "Lirendong"


def test_a_village_elsewhere_gets_no_markets_of_guangzhou() -> None:
    assert parse(PLACED).markets == ()


def test_another_spelling_of_a_known_village_brings_the_same_markets() -> None:
    study = parse('[[village]]\nid = "yu-sha-tan"')
    assert study.villages[0].id == "yu-sha-tan", "a usable id stays as written"
    assert len(study.markets) == len(gazetteer.markets())


def test_a_market_of_the_gazetteer_needs_only_its_id() -> None:
    market = parse(with_village('[[market]]\nid = "baima-clothing"')).markets[0]
    assert market.name_zh == "白马服装城"
    assert market.goods == ("clothing",)


def test_one_name_stands_in_for_the_other() -> None:
    village = parse(with_village('name_zh = "这里"')).villages[0]
    assert village.name_en == village.name_zh == "这里"
    assert parse(PLACED).villages[0].name_en == "here"


def test_a_single_word_may_stand_for_a_list_of_one() -> None:
    assert parse(with_village('goods = "clothing"')).villages[0].goods == ("clothing",)


def test_words_we_do_not_know_may_be_goods() -> None:
    assert parse(with_village('goods = ["wigs"]')).villages[0].goods == ("wigs",)


def test_whole_numbers_do_for_decimal_ones() -> None:
    assert parse(with_village("radius_m = 300")).villages[0].radius_m == 300.0


def test_the_number_of_a_crs_is_an_epsg_code() -> None:
    assert parse("[study]\ncrs = 4547\n" + PLACED).crs == "EPSG:4547"


def test_assumptions_may_be_grouped_under_any_heading() -> None:
    grouped = "[assumptions.heights]\nstoreys_low = 2\n[assumptions.reach]\nsight_line_m = 30\n"
    study = parse(PLACED + grouped)
    assert (study.assumptions.storeys_low, study.assumptions.sight_line_m) == (2.0, 30.0)


def test_changes_are_read_in_their_order() -> None:
    text = PLACED + '[[change]]\ndo = "remove_house"\nlon = 113.1\nlat = 23.1\n'
    assert [change.do for change in parse(text).changes] == ["remove_house"]
    with pytest.raises(StudyError, match="'fly' is not a change"):
        parse(PLACED + '[[change]]\ndo = "fly"\n')


def test_rasters_are_named_by_what_they_hold_and_nothing_else() -> None:
    study = parse(PLACED + '[raster]\nheight = "h.tif"\n')
    assert (study.raster.height, study.raster.population) == ("h.tif", "")
    with pytest.raises(StudyError, match="height"):
        parse(PLACED + '[raster]\nheights = "h.tif"\n')


def test_the_folder_names_a_study_without_id(tmp_path: Path) -> None:
    good, bad = tmp_path / "liwan_2026", tmp_path / "荔湾 研究"
    assert parse(PLACED, good).id == "liwan_2026"
    assert parse(PLACED, bad).id == "study", "a folder's name is no fault of the file"


def test_a_folder_is_read_by_its_study_file(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(PLACED, encoding="utf-8")
    assert load_study(str(tmp_path)) == load_study(str(tmp_path / "study.toml"))


def test_a_byte_order_mark_does_not_disturb(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(PLACED, encoding="utf-8-sig")
    assert load_study(str(path)).villages[0].id == "here"


# --- what may not be said ---------------------------------------------------------------------

WRONG = {
    "unknown table": (PLACED + "[vilage]\n", r"\[vilage\] is not a table.*Did you mean 'village'"),
    "unknown key": (with_village('nam_en = "x"'), r"'here' has no key 'nam_en'.*'name_en'"),
    "unknown key of the study": (PLACED + "[study]\ntitel_en = ''", r"'titel_en'.*'title_en'"),
    "unknown key of the source": (PLACED + "[source]\nosn = ''", r"no key 'osn'.*'osm'"),
    "unknown assumption": (PLACED + "[assumptions]\nstorey_low = 2", "'storey_low'.*'storeys_low'"),
    "text for a number": (with_village('radius_m = "500"'), "radius_m is '500'; write a number"),
    "truth for a number": (with_village("radius_m = true"), "radius_m is true; write a number"),
    "number for text": (with_village("name_en = 5"), "name_en is 5; write text"),
    "number for truth": (PLACED + "[study]\nsynthetic = 'no'", "synthetic is 'no'; write true"),
    "number for a title": (PLACED + "[study]\ntitle_en = 5", "title_en is 5; write text"),
    "date for text": (with_village("name_en = 2026-01-01"), "name_en is 2026-01-01; write text"),
    "table for text": (with_village("name_en = {a = 1}"), "name_en is a table; write text"),
    "NaN": (with_village("radius_m = nan"), "radius_m is nan; write a number"),
    "infinity": (with_village("sales = inf"), "sales is inf; write a number"),
    "giant number": (with_village(f"radius_m = {10**400}"), "radius_m is a number too large"),
    "several goods in one string": (
        with_village('goods = "clothing, footwear"'),
        r"goods is 'clothing, footwear'; write a list such as",
    ),
    "goods with a Chinese comma": (with_village('goods = "服装、鞋"'), "write a list such as"),
    "goods that are numbers": (with_village("goods = [1]"), "goods is a list; write a list such"),
    "village without a place": ('[[village]]\nid = "nowhere"', "'nowhere'.*neither a boundary nor"),
    "misspelt village": ('[[village]]\nid = "lirendon"', "Did you mean 'lirendong'"),
    "village without id": ("[[village]]\nlon = 1\nlat = 1", r"\[\[village\]\] lacks 'id'; add it"),
    "no village": ("[study]\nid = 'a'", r"at least one \[\[village\]\]"),
    "village as one table": ("[village]\nid = 'a'", r"\[village\] must be written \[\[village\]\]"),
    "study as a list": (PLACED + "[[study]]\nid='a'", r"\[study\] must be a table"),
    "half a place": ('[[village]]\nid = "a"\nlon = 113', "lat is missing; write a number"),
    "exchanged coordinates": (
        '[[village]]\nid = "a"\nlon = 23.1\nlat = 113.3',
        "'a': lon is 23.1 and lat is 113.3; exchange them",
    ),
    "not on the globe": ('[[village]]\nid = "a"\nlon = 500\nlat = 0', "lon is 500; write a number"),
    "id with a path": ('[[village]]\nid = "../x"\nlon = 1\nlat = 1', r"'\.\./x' names files"),
    "id with capitals": ('[[village]]\nid = "X"\nlon = 1\nlat = 1', "'X' names files.*small"),
    "empty id": ('[[village]]\nid = ""\nlon = 1\nlat = 1', "'' names files"),
    "long id": (f'[[village]]\nid = "{"a" * 65}"\nlon = 1\nlat = 1', "at most 64"),
    "study id with a path": (PLACED + "[study]\nid = 'a/b'", "'a/b' names files"),
    "village twice": (PLACED + PLACED, "village id 'here' stands twice"),
    "village twice by alias": ("village = [{id='里仁洞'}, {id='lirendong'}]", "stands twice"),
    "market twice": (
        PLACED + "[[market]]\nid='m'\nlon=1\nlat=1\n" * 2,
        "market id 'm' stands twice",
    ),
    "vehicle twice": (
        PLACED + "[[vehicle]]\nid='v'\nclear_width_m=1\n" * 2,
        "vehicle id 'v' stands twice",
    ),
    "market without a place": (
        PLACED + "[[market]]\nid = 'baima-cloting'",
        "no lon and lat; add them. Did you mean 'baima-clothing'",
    ),
    "vehicle without a width": (PLACED + "[[vehicle]]\nid = 'v'", "clear_width_m is missing"),
    "vehicle with a path": (PLACED + "[[vehicle]]\nid = '/'\nclear_width_m = 1", "names files"),
    "bad datum": (PLACED + "[source]\ndatum = 'gcj2'", "datum 'gcj2' is not known.*'gcj02'"),
    "radius of nothing": (with_village("radius_m = 0"), "radius_m is 0; write a number from 1"),
    "radius of a county": (with_village("radius_m = 1e6"), r"radius_m is 1e\+06; write .* 20000"),
    "negative doubt": (with_village("radius_of_doubt_m = -1"), "radius_of_doubt_m is -1"),
    "negative shops": (with_village("shops = -1"), "shops is -1"),
    "storeys upside down": (
        PLACED + "[assumptions]\nstoreys_low = 8",
        "storeys_low is above storeys_high",
    ),
    "an assumption twice": (
        PLACED + "[assumptions]\nstoreys_low = 2\n[assumptions.a]\nstoreys_low = 3",
        "storeys_low stands twice",
    ),
    "half a cluster": (
        PLACED + "[assumptions]\ncluster_min_places = 2.5",
        "cluster_min_places is 2.5; write a whole number",
    ),
    "unknown indicator": (
        PLACED + "[[criterion]]\nindicator = 'area'\ngood = 1\nbad = 0",
        "'area' is not an indicator.*'area_ha'",
    ),
    "criterion without points": (
        PLACED + "[[criterion]]\nindicator = 'area_ha'\ngood = 1",
        r"\[\[criterion\]\] lacks 'bad'",
    ),
    "criterion that cannot tell": (
        PLACED + "[[criterion]]\nindicator = 'area_ha'\ngood = 1\nbad = 1",
        "good and bad are both 1; set them apart",
    ),
    "criterion of no layer": (
        PLACED + "[[criterion]]\nindicator = 'area_ha'\ngood = 1\nbad = 0\nlayer = 'forms'",
        "layer 'forms' is not known.*'form'",
    ),
    "negative weight": (
        PLACED + "[[criterion]]\nindicator = 'area_ha'\ngood = 1\nbad = 0\nweight = -1",
        "weight is -1",
    ),
    "no weight at all": (
        PLACED + "[[criterion]]\nindicator = 'area_ha'\ngood = 1\nbad = 0\nweight = 0",
        r"every \[\[criterion\]\] has weight 0",
    ),
    "not TOML": ("[study\nid = 1", "is not TOML: .*line 1.*; mend that place"),
    "TOML with a key twice": (with_village("lon = 2"), "is not TOML: .*line 5"),
    "a number of too many digits": (with_village(f"lon2 = {'9' * 5000}"), "is not TOML"),
    "brackets without end": ("a = " + "[" * 20_000, "is not TOML"),
}


@pytest.mark.parametrize(("text", "pattern"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_meant_is_refused_with_culprit_and_mend(text: str, pattern: str) -> None:
    with pytest.raises(StudyError, match=f"(?s)^study.toml.*{pattern}") as caught:
        parse(text)
    message = str(caught.value)
    assert "\n" not in message, "one line can be read in any window"
    assert len(message) < 700, "a message is a sentence or two"


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("guangzou", "no study 'guangzou'.*Did you mean 'guangzhou'"),
        ("nothing/like/it.toml", "give the path of a study.toml.*Known are: guangzhou, sample"),
        ("", "no study ''"),
        ("\0", "no study"),
        ("x" * 5000, "no study"),
        ("~nobody-of-that-name/x.toml", "no study '~nobody"),
    ],
)
def test_a_missing_study_is_named_with_what_there_is(
    name: str, pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match=pattern):
        load_study(name)


def test_a_file_in_another_encoding_is_named_with_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes('[study]\ntitle_zh = "淘宝村"\n'.encode("gbk"))
    with pytest.raises(StudyError, match=r"s\.toml cannot be read as UTF-8.*save it as UTF-8"):
        load_study(str(path))


def test_an_error_names_the_file_it_is_in(tmp_path: Path) -> None:
    path = tmp_path / "liwan.toml"
    path.write_text("[stdy]\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"^liwan\.toml: \[stdy\]"):
        load_study(str(path))


# --- any text at all --------------------------------------------------------------------------

KEYS = st.sampled_from(
    ["id", "lon", "lat", "boundary", "goods", "radius_m", "name_zh", "osm", "datum", "indicator",
     "good", "bad", "weight", "layer", "storeys_low", "cluster_min_places", "clear_width_m",
     "title_en", "crs", "synthetic", "shops"]
) | st.text(max_size=5)  # fmt: skip
SCALARS = (
    st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.sampled_from(["lirendong", "gcj02", "area_ha", "form", "a", "里仁洞", "../x", ""])
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
TABLE_NAMES = st.sampled_from(
    ["study", "source", "village", "market", "vehicle", "assumptions", "criterion", "raster",
     "change"]
) | st.text(max_size=5)  # fmt: skip
ENTRY = st.dictionaries(KEYS, VALUES, max_size=5)
PLACED_ENTRY = ENTRY.map(lambda entry: {"id": "a", "lon": 1.0, "lat": 1.0} | entry)
FILES = st.dictionaries(
    TABLE_NAMES, VALUES | ENTRY | st.lists(ENTRY, max_size=3) | st.lists(PLACED_ENTRY, max_size=2)
)


def toml(value: Any) -> str:
    """Value as TOML; a string of JSON is a basic string of TOML but for lone surrogates."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"


@given(FILES)
def test_any_file_is_either_a_study_or_refused(content: dict[str, Any]) -> None:
    text = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in content.items())
    try:
        study = parse(text)
    except StudyError:
        return
    assert study.villages, "a study has at least one village"
    for village in study.villages:
        assert village.boundary or math.isfinite(village.lon + village.lat)


@given(st.text())
def test_any_text_is_either_a_study_or_refused(text: str) -> None:
    with pytest.raises(StudyError):
        parse(text)


@pytest.mark.parametrize(
    "line",
    [
        'name_en = "a\\u001b[2J"',
        'name_zh = "a\\u202eb"',
        'name_en = """a\nb"""',
        'goods = ["\\u0007"]',
    ],
)
def test_texts_that_a_terminal_or_a_table_would_obey_are_refused(tmp_path, line):
    path = tmp_path / "study.toml"
    path.write_text(f'[[village]]\nid = "a"\nlon = 113.3\nlat = 23.0\n{line}\n', encoding="utf-8")
    with pytest.raises(StudyError, match="cannot be shown; remove them") as caught:
        load_study(str(path))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["a\\u0000b", "a" * 5000])
def test_a_message_about_a_hostile_id_can_be_shown_and_stays_short(tmp_path, name):
    path = tmp_path / "study.toml"
    path.write_text(f'[[village]]\nid = "{name}"\nlon = 113.3\nlat = 23.0\n', encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(str(path))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


def test_a_study_changes_figures_of_the_rule_book():
    study = parse("village = [{id = 'lirendong'}]\n[rule.fire_lane_width]\nvalue = 3.5\n")
    assert [(rule.key, rule.value) for rule in study.rules] == [("fire_lane_width", 3.5)]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[rule.fire_lane_widht]\nvalue = 3.5", "Did you mean 'fire_lane_width'"),
        ("[rule.fire_lane_width]", "lacks 'value'"),
        ("[rule.fire_lane_width]\nvalue = -1", "write a number from 0"),
        ("[rule.fire_lane_width]\nvalue = 3.5\nclause = '7'", "add its code"),
        ("[rule.fire_lane_width]\nvalue = 3.5\nkey = 'x'", "the heading names the rule"),
        ("[rule]\nfire_lane_width = 3.5", "must be a table"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(table, said):
    with pytest.raises(StudyError, match=said):
        parse(f"village = [{{id = 'lirendong'}}]\n{table}\n")

import dataclasses
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import affinity
from shapely.geometry import LineString, box
from support.lane_villages import house_grid, layer

from taobaogis.compare.advice import advice, map_first
from taobaogis.form.lanes import lanes
from taobaogis.indicators import Words, definitions, measured, not_available
from taobaogis.provenance import Provenance
from taobaogis.resources import data_file
from taobaogis.schema import conform
from taobaogis.study import Assumptions, CriterionSpec, VillageSpec
from taobaogis.trust.completeness import Completeness, village_completeness
from taobaogis.trust.grades import GRADES, Reason, doubt, grade, limit, rules
from taobaogis.trust.indicators import completeness_indicators, data_age_years
from taobaogis.trust.pattern import FEWEST_HOUSES, Share, pattern_share
from taobaogis.trust.responses import carried, response, widened
from taobaogis.village import Layers, Village

SIDE = 12 * 11.5
NOTHING = np.empty(0, dtype=object)
EVERY = house_grid().geometry.to_numpy()


def judged(houses, boundary=None, streets=NOTHING, closed=NOTHING):
    area = box(0, 0, SIDE, SIDE) if boundary is None else boundary
    return pattern_share(houses, houses, area, streets=streets, closed=closed)


def village(houses, *, streets=(), **changes):
    frames = {"buildings": conform(layer(houses), "buildings")} if len(houses) else {}
    if len(streets):
        frames["streets"] = conform(layer(streets), "streets")
    origin = {"buildings": Provenance("houses.gpkg", as_of="2024-01-01")}
    made = Village(
        VillageSpec("v", "Lane Village"), box(0, 0, SIDE, SIDE), "drawn",
        is_circle=False, position_doubt_m=0.0,
        layers=Layers(CRS.from_epsg(4547), frames, origin),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def completeness(place):
    paths = lanes(place.layers["buildings"], place.boundary)
    return village_completeness(place, paths, Assumptions())


def test_a_grid_without_a_gap_is_whole():
    assert judged(EVERY) == pytest.approx((1, 1, 1), abs=0.01)


def test_ten_holes_in_a_grid_of_144_are_counted():
    # No two of them are neighbours, so each leaves one empty plot: 134 of 144 are mapped.
    gone = [13, 16, 19, 22, 50, 53, 56, 90, 93, 96]
    share = judged(np.delete(EVERY, gone))
    assert share.low == pytest.approx(134 / 144 - 1.96 * np.sqrt(134 * 10 / 144**3), abs=0.02)
    assert share.value == 1  # a twelfth may stay open on purpose
    assert share.high == 1


@pytest.mark.parametrize("kept", [0.8, 0.6, 0.4])
def test_houses_taken_away_at_random_are_missed(kept):
    for seed in range(5):
        chosen = np.random.default_rng(seed).random(len(EVERY)) < kept
        share = judged(EVERY[chosen])
        assert share.low - 0.02 <= chosen.mean() <= share.high + 0.02
        assert share.value == pytest.approx(chosen.mean(), abs=0.15)


def test_open_ground_that_is_mapped_is_no_gap():
    square = [i for i in range(144) if 3 <= i // 12 <= 8 and 3 <= i % 12 <= 8]
    houses = np.delete(EVERY, square)
    park = box(3 * 11.5, 3 * 11.5, 9 * 11.5, 9 * 11.5)
    assert judged(houses).low < 0.85
    assert judged(houses, closed=np.array([park])).low == pytest.approx(1, abs=0.02)


def test_a_handful_of_houses_is_no_pattern():
    assert judged(EVERY[: FEWEST_HOUSES - 1]) is None
    found = completeness(village(EVERY[:3]))["buildings"]
    assert found.share is None
    assert "cannot be told" in found.why


def test_streets_without_houses_tell_that_most_are_missing():
    streets = np.array([LineString([(-2000, y), (2000, y)]) for y in range(-2000, 2000, 200)])
    share = judged(EVERY[:20], boundary=box(-2000, -2000, 2000, 2000), streets=streets)
    assert share.high < 0.05


@given(angle=st.floats(0, 360), dx=st.floats(-1e4, 1e4), seed=st.integers(0, 99))
@hypothesis_settings(max_examples=10)
def test_turning_shifting_and_reordering_change_nothing(angle, dx, seed):
    random = np.random.default_rng(seed)
    houses = EVERY[random.random(len(EVERY)) < 0.7]
    area = box(0, 0, SIDE, SIDE)
    before = judged(houses, boundary=area)

    def moved(shape):
        return affinity.translate(affinity.rotate(shape, angle, origin=(0, 0)), dx, 0)

    after = judged(
        np.array([moved(h) for h in random.permutation(houses)], dtype=object),
        boundary=moved(area),
    )
    assert after == pytest.approx(before, abs=0.03)


def test_a_second_source_decides_over_the_pattern_and_can_give_an_a():
    theirs = gpd.GeoDataFrame(geometry=list(EVERY), crs=4547)
    whole = village(EVERY, reference=theirs)
    found = completeness(whole)
    assert found["buildings"].share.value == 1
    assert found["buildings"].checked
    coverage = measured("building_coverage_ratio", 0.7, method="", source="", n=144)
    assert carried([coverage], found)[0].grade == "A"
    half = completeness(village(EVERY[:72], reference=theirs))["buildings"]
    assert half.share.value == pytest.approx(0.5)
    assert half.share.low == pytest.approx(0.42, abs=0.01)  # Wilson, 72 of 144


def test_lanes_without_a_street_are_counted():
    # One street along one of the 22 lanes between the houses, and the two beside the edge.
    lane = LineString([(11.5, 0), (11.5, SIDE)])
    found = completeness(village(EVERY, streets=[lane]))["streets"]
    assert found.share.value == pytest.approx(1 / 22 + 21 * 3 / (22 * SIDE), abs=0.05)
    assert completeness(village([]))["streets"].share is None


def test_a_village_outside_the_data_has_no_completeness_but_a_reason():
    found = completeness(village([], outside="elsewhere"))
    assert {c.why for c in found.values()} == {"elsewhere"}


def test_bounds_scale_with_what_is_missing():
    houses = measured("building_count", 100, method="", source="", n=100)
    found = {"buildings": Completeness("buildings", "", share=Share(0.8, 0.5, 1.0))}
    (out,) = carried([houses], found)
    assert (out.low, out.high) == (100, 200)
    assert out.grade == "C"
    assert out.reason.zh == "约 20% 的房屋似未测绘"


@given(
    low=st.floats(0.05, 1), high=st.floats(0.05, 1), power=st.floats(-3, 3), value=st.floats(0, 9)
)
def test_widened_bounds_hold_what_was_measured_on_a_whole_layer(low, high, power, value):
    bounds = sorted((low, high))
    share = Share(bounds[0], bounds[0], 1.0)
    found = widened(value, (value, value), [(share, (min(power, 0), max(power, 0)))])
    assert found[0] <= value * (1 + 1e-9)
    assert found[1] >= value * (1 - 1e-9)


@given(
    spread=st.floats(0, 0.9),
    low=st.floats(0.2, 1),
    value=st.floats(0.1, 9),
    least=st.floats(-2, 2),
    more=st.floats(0, 2),
)
def test_doubts_of_two_kinds_reach_as_far_as_the_greater_and_no_further_than_both(
    spread, low, value, least, more
):
    prior = value * (1 - spread), value * (1 + spread)
    missing = [(Share(low, low, 1.0), (least, least + more))]
    both = widened(value, prior, missing)
    alone = widened(value, (value, value), missing)
    assert both[0] <= min(prior[0], alone[0]) * (1 + 1e-9)
    assert both[1] >= max(prior[1], alone[1]) * (1 - 1e-9)
    assert both[0] >= alone[0] * prior[0] / value * (1 - 1e-9)
    assert both[1] <= alone[1] * prior[1] / value * (1 + 1e-9)
    assert widened(value, prior, [(Share(1.0, 1.0, 1.0), (least, least + more))]) == pytest.approx(
        prior
    )


def test_a_share_that_a_few_houses_turn_over_moves_by_its_slope():
    found = {"buildings": Completeness("buildings", "", share=Share(0.9, 0.8, 1.0))}
    dead_ends = measured("dead_end_lane_share", 0.05, method="", source="", n=90)
    (out,) = carried([dead_ends], found)
    low, high = response("dead_end_lane_share").slope
    assert (out.low, out.high) == pytest.approx((max(0.05 - 0.2 * high, 0), 0.05 - 0.2 * low))


def test_of_what_no_house_shows_three_in_so_many_may_show_it():
    thin = {"buildings": Completeness("buildings", "", share=Share(0.9, 0.8, 1.0))}
    whole = {"buildings": Completeness("buildings", "", share=Share(1.0, 1.0, 1.0))}
    nobody = measured("on_foot_house_share", 0.0, method="", source="", n=90)
    assert carried([nobody], thin)[0].high == pytest.approx(3 / 90)
    assert carried([nobody], whole)[0].high is None
    few = dataclasses.replace(nobody, n=2)
    assert carried([few], thin)[0].high == 1.0
    built = measured("street_width_assumed_share", 0.0, method="", source="", n=90)
    assert carried([built], thin)[0].high is None


def test_below_the_floor_there_is_no_number_but_facts_stay():
    found = {"buildings": Completeness("buildings", "", share=Share(0.4, 0.3, 0.6))}
    count = measured("building_count", 40, method="", source="", n=40)
    index = measured("floor_space_index", 2.0, method="", source="", n=40)
    kept, gone = carried([count, index], found)
    assert (kept.value, kept.grade) == (40, "D")
    assert (gone.value, gone.grade) == (None, "NA")
    assert gone.reason == "about 60% of the houses are missing from the map; map them first"


def test_what_to_map_first_is_said_in_both_languages():
    criteria = [CriterionSpec("floor_space_index", good=2, bad=5)]
    values = {
        "floor_space_index": not_available("floor_space_index", "gone"),
        "building_count": measured("building_count", 40, method="", source="", n=40),
        "buildings_completeness_share": measured(
            "buildings_completeness_share", 0.4, method="", source="", n=40
        ),
        "levels_known_share": measured("levels_known_share", 0.0, method="", source="", n=40),
    }
    said = advice(map_first(values, criteria))
    assert said == (
        "map first the buildings: about 60% are missing; then the storeys: known for 0% of the "
        "houses"
    )
    assert said.zh == "请先测绘建筑：约缺 60%；再测绘层数：已知 0%"
    idle = [dataclasses.replace(criteria[0], weight=0.0)]
    assert map_first(values, idle) == ()


def test_every_indicator_says_how_it_answers_to_what_is_missing():
    for key in definitions():
        answer = response(key)
        assert all(low <= high for low, high in answer.powers.values()), key
        assert not (answer.rest and answer.any), key
    with data_file("responses.toml").open("rb") as stream:
        named = set(tomllib.load(stream)) - {"group"}
    assert named <= set(definitions()), "an entry for an indicator that there is not"


def test_every_rule_has_words_in_both_languages_and_a_grade():
    for rule in rules().values():
        assert rule.en
        assert rule.zh
        assert rule.why
        assert rule.best in GRADES
        assert (rule.limit is None) == (rule.when == ""), rule.key


def test_the_document_names_every_rule_and_its_limit():
    text = (Path(__file__).parents[2] / "docs" / "trust.md").read_text(encoding="utf-8")
    for rule in rules().values():
        line = next((row for row in text.splitlines() if row.startswith(f"| `{rule.key}` |")), "")
        assert f"| {rule.best} |" in line, f"docs/trust.md does not tell of {rule.key}"
        if rule.limit is not None:
            assert f"{rule.when} {rule.limit:g}" in line, rule.key


def test_two_doubts_make_d_and_one_that_weighs_as_much_does_too():
    few, thin = doubt("few_buildings", 3), doubt("buildings_thin", 0.6, missing=0.4)
    assert grade([few])[0] == "C"
    assert grade([few, few])[0] == "C"
    assert grade([few, doubt("mostly_open", 0.6)])[0] == "D"
    assert grade([thin])[0] == "D"
    assert grade([], completeness_checked=True)[0] == "A"
    assert grade([few, thin])[1].zh == "仅测绘 3 栋建筑；约 40% 的房屋似未测绘"


def test_a_rule_asked_without_its_value_is_an_error():
    with pytest.raises(ValueError, match="needs a value"):
        doubt("few_buildings")
    with pytest.raises(ValueError, match="has no limit"):
        limit("circle")


def test_words_keep_their_chinese_when_they_travel():
    import copy  # noqa: PLC0415 - only here
    import pickle  # noqa: PLC0415 - processes send indicators to each other this way

    reason = Reason.joining([doubt("few_buildings", 3), "odd"])
    for again in (pickle.loads(pickle.dumps(reason)), copy.copy(reason)):  # noqa: S301 - our own
        assert again == reason
        assert again.zh == reason.zh
        assert again.doubts[0].best == "C"
    assert Words("plain").zh == "plain"


def test_age_is_that_of_the_oldest_layer():
    import datetime as dt  # noqa: PLC0415 - only here

    day = dt.date(2026, 7, 1)
    origins = {
        "streets": Provenance("a", as_of="2023-07-01T12:00:00Z"),
        "buildings": Provenance("b", as_of="2026"),
        "landuse": Provenance("c", as_of="1999"),
    }
    assert data_age_years(origins, day) == pytest.approx(3.0, abs=0.01)
    assert data_age_years({"streets": Provenance("a", as_of="soon")}, day) is None
    place = village(EVERY)
    found = {i.key: i for i in completeness_indicators(place, completeness(place), today=day)}
    assert found["data_age_years"].value == pytest.approx(2.5, abs=0.01)
    assert found["buildings_completeness_share"].grade == "C"
    assert shapely.area(EVERY[0]) == pytest.approx(100)


def test_nothing_is_to_be_mapped_where_the_data_do_not_reach():
    keys = ("building_count", "street_length_km", "poi_count", "street_width_median_m")
    criteria = [CriterionSpec("street_width_median_m", good=6, bad=1.5)]
    away = {key: not_available(key, "V lies 9 km outside the data") for key in keys}
    assert map_first(away, criteria) == ()
    bare = {key: not_available(key, f"no {key} is mapped") for key in keys}
    assert map_first(bare, criteria)[0] == "the buildings: none is mapped"


def test_no_bound_goes_beyond_what_the_indicator_can_be():
    order = measured("orientation_order_ratio", 0.9, low=0.8, high=0.95, method="", source="", n=90)
    half = Completeness("buildings", "", share=Share(0.8, 0.6, 0.9))
    [found] = carried([order], {"buildings": half})
    assert found.high == 1.0
    assert found.low < 0.8


def test_a_market_that_the_study_does_not_name_is_asked_for():
    criteria = [CriterionSpec("market_straight_m", good=2000, bad=15000)]
    why = Words("no market of the study sells tea", "研究中没有经营茶叶的市场")
    values = {
        "market_straight_m": not_available("market_straight_m", why),
        "building_count": measured("building_count", 40, method="", source="", n=40),
    }
    said = advice(map_first(values, criteria))
    assert said == "map first the wholesale markets: no market of the study sells tea"
    assert said.zh == "请先测绘批发市场：研究中没有经营茶叶的市场"

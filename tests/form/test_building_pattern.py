import geopandas as gpd
import momepy
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box
from support.form_villages import by_key, form_village, measured_layers, no_bound_is_crossed
from support.lane_villages import house_grid, layer

from taobaogis.form.building_pattern import PATTERN_KEYS, building_pattern
from taobaogis.rules import planning_rules
from taobaogis.study import Assumptions

EXACT = Assumptions(facade_error_m=0.0)


def found(buildings, assumptions=EXACT, **changes):
    place = form_village(buildings=buildings, **changes)
    return building_pattern(place, measured_layers(place, assumptions)[1], assumptions)


@pytest.fixture(scope="module")
def lattice():
    return found(house_grid(lane_m=1.5))


def values(pattern):
    return {i.key: i.value for i in pattern.indicators}


def test_the_pattern_of_a_lattice_is_that_added_up_by_hand(lattice):
    expected = {
        "building_gap_median_m": 1.5,
        "handshake_1m_share": 0,
        "handshake_2m_share": 1,
        "fire_gap_share": 1,
        "fire_group_largest_share": 1,
        "joined_house_share": 0,
        "spacing_variation_ratio": 0,
        "frontage_variation_ratio": 0,
        "building_area_variation_ratio": 0,
        "orientation_order_ratio": 1,
        "merged_suspect_share": 0,
    }
    assert {k: v for k, v in values(lattice).items() if k in expected} == pytest.approx(
        expected, abs=1e-6
    )
    # 144 houses on 138 m by 138 m: 11.5 m between centres, where chance would have 5.75 m and
    # a little more for the edge, beyond which nothing is mapped.
    expectation = 5.75 + (0.0514 + 0.041 / 12) * 4 * 138 / 144
    assert values(lattice)["nearest_neighbour_ratio"] == pytest.approx(11.5 / expectation)


def test_all_indicators_are_there_and_their_bounds_enclose_the_value(lattice):
    assert set(by_key(lattice.indicators)) == set(PATTERN_KEYS)
    doubtful = found(house_grid(lane_m=1.7), Assumptions(facade_error_m=0.3))
    assert no_bound_is_crossed(doubtful.indicators)
    handshake = by_key(doubtful.indicators)["handshake_1_5m_share"]
    # Façades 0.3 m farther out leave 1.1 m, farther in 2.3 m.
    assert (handshake.low, handshake.value, handshake.high) == (0, 0, 1)


def test_old_houses_stand_less_in_order_than_new_ones(lattice):
    random = np.random.default_rng(4)
    boxes = [
        box(x, y, x + w, y + d)
        for x, y, w, d in zip(
            *(random.uniform(0, 120, (2, 90))), *(random.uniform(5, 12, (2, 90))), strict=True
        )
    ]
    old, new = values(found(layer(boxes))), values(lattice)
    for key in ("spacing_variation_ratio", "frontage_variation_ratio",
                "building_area_variation_ratio"):  # fmt: skip
        assert old[key] > new[key] + 0.1
    assert old["nearest_neighbour_ratio"] < new["nearest_neighbour_ratio"]


def test_columns_are_those_of_the_village_and_see_houses_beyond_it():
    houses = layer([box(0, 0, 10, 10), box(13, 0, 23, 10), box(-8, 0, 0, 10)])
    pattern = found(houses, boundary=box(0, -5, 40, 40))
    assert pattern.columns.index.tolist() == [0, 1]
    assert pattern.columns["joined_houses"].tolist() == [2, 1]
    assert pattern.columns["fire_neighbours"].tolist() == [1, 1]
    assert pattern.columns["fire_nearest"].tolist() == ["1", "0"]
    assert pattern.columns["spacing_m"].tolist() == pytest.approx([9, 13])


def test_close_pairs_are_a_layer_that_names_both_houses_and_the_clause():
    houses = layer(
        [box(0, 0, 10, 10), box(13, 0, 23, 10), box(23, 0, 33, 10), box(60, 0, 70, 10)],
        osm_id=["w1", "w2", "", "w4"],
    )
    pairs = found(houses).fire_pairs
    assert pairs[["building_a", "building_b", "distance_m"]].to_numpy().tolist() == [
        ["w1", "w2", 3.0]
    ]
    assert set(pairs["required_m"]) == {planning_rules()["fire_separation"].value}
    assert set(pairs["village"]) == {"v"}


def test_a_limit_that_nobody_read_lowers_the_grade_of_what_rests_on_it(lattice):
    indicators = by_key(lattice.indicators)
    assert indicators["joined_house_share"].grade == "B"
    assert indicators["fire_gap_share"].grade == "C"
    assert "GB 50016-2014" in indicators["fire_gap_share"].reason
    assert "未核对原文" in indicators["fire_gap_share"].reason.zh


def test_merged_footprints_are_said_wherever_houses_are_compared():
    houses = [*house_grid(houses=6).geometry, box(0, 100, 100, 110)]
    indicators = by_key(found(layer(houses)).indicators)
    assert indicators["merged_suspect_share"].value == pytest.approx(1000 / 4600)
    for key in ("building_gap_median_m", "handshake_1_5m_share", "nearest_neighbour_ratio"):
        assert indicators[key].grade == "C", key
        assert "several houses drawn as one" in indicators[key].reason


def test_a_village_drawn_in_blocks_is_said():
    blocks = layer(
        [box(60 * i, 60 * j, 60 * i + 40, 60 * j + 40) for i in range(2) for j in range(2)]
    )
    reason = by_key(found(blocks).indicators)["joined_house_share"].reason
    assert "half of the footprints are larger than 1600 m²" in reason


def test_one_house_has_no_neighbours_and_the_reason_is_said():
    indicators = by_key(found(layer([box(10, 10, 20, 20)])).indicators)
    for key in ("building_gap_median_m", "nearest_neighbour_ratio", "spacing_variation_ratio"):
        assert indicators[key].value is None
        assert "too few houses" in indicators[key].reason
    assert indicators["joined_house_share"].value == 0
    assert indicators["fire_group_largest_share"].value == 0
    assert indicators["orientation_order_ratio"].value == 1


def test_without_buildings_nothing_is_available_and_the_layer_is_empty():
    pattern = found(layer([]))
    assert {i.grade for i in pattern.indicators} == {"NA"}
    assert all("no buildings are mapped in Lane Village" in i.reason for i in pattern.indicators)
    assert pattern.columns.empty
    assert pattern.fire_pairs.empty
    outside = found(house_grid(), outside="elsewhere")
    assert {i.reason for i in outside.indicators} == {"elsewhere"}


def test_results_are_the_same_in_every_run_and_for_any_order_of_the_houses(lattice):
    houses = house_grid(lane_m=1.5)
    assert found(houses).indicators == lattice.indicators
    mixed = found(houses.sample(frac=1, random_state=1))
    assert values(mixed) == pytest.approx(values(lattice))


def test_a_real_town_agrees_with_momepy_on_joined_houses():
    town = gpd.read_file(momepy.datasets.get_path("bubenec"), layer="buildings")
    town = town.set_crs(4547, allow_override=True)
    place = form_village(buildings=town, boundary=town.union_all().buffer(100).convex_hull)
    pattern = building_pattern(place, measured_layers(place)[1], Assumptions())
    walls = momepy.shared_walls(place.layers["buildings"], strict=False, tolerance=0.1)
    ours = pattern.columns["joined_houses"] > 1
    pd.testing.assert_series_equal(ours, walls > 1.0, check_names=False)

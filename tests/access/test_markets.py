"""Markets of the right goods: straight and along streets, with doubt and reasons."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from support.village_scenes import BASE, layers, market, square, village

from taobaogis.access.indicators import access_indicators
from taobaogis.access.markets import (
    is_right_market,
    market_access,
    market_indicators,
    village_centre,
)
from taobaogis.access.network import study_networks
from taobaogis.indicators import Words, definitions
from taobaogis.loaders.assemble import load_study_data
from taobaogis.study import MarketSpec, VillageSpec, load_study, parse_study

if TYPE_CHECKING:
    from pathlib import Path

    from taobaogis.indicators import Indicator
    from taobaogis.settings import Settings
    from taobaogis.village import Layers, Village

# From the middle of the village 3 km east, then 4 km north: 7 km along streets, 5 km straight.
ELBOW = [
    {"u": 1, "v": 2, "line": [(0, 0), (3000, 0)]},
    {"u": 2, "v": 3, "line": [(3000, 0), (3000, 4000)]},
]
NORTHEAST = market("shahe", 3000, 4000, goods=("clothing",), radius_of_doubt_m=200, name_zh="沙河")
WEST = market("food-hall", -1000, 0, goods=("food",))


def both(here: Village, markets: list[MarketSpec], scene: Layers) -> dict[str, Indicator]:
    table = market_access(here, markets, scene)
    return {found.key: found for found in market_indicators(here, table, scene)}


@pytest.mark.parametrize(
    ("trades_in", "sells", "right"),
    [
        (("clothing",), ("clothing", "textiles"), True),
        (("clothing",), ("food",), False),
        (("clothing",), (), True),
        ((), ("clothing",), False),
        ((), (), False),
    ],
)
def test_a_market_is_right_if_it_sells_what_the_village_trades_in(trades_in, sells, right) -> None:
    assert is_right_market(VillageSpec("v", goods=trades_in), MarketSpec("m", goods=sells)) is right


def test_the_middle_of_a_village_lies_within_it() -> None:
    hook = square(100).difference(square(90, 20, 20))
    assert hook.contains(village_centre(hook)), "the centroid of a hook lies beside it"
    assert village_centre(square(50, 7, 8)).coords[0] == (7, 8)


def test_distances_are_those_of_the_drawing() -> None:
    scene = layers(ELBOW)
    table = market_access(village(scene, position_doubt_m=100), [NORTHEAST, WEST], scene)
    first, second = table.iloc[0], table.iloc[1]
    assert first["distance_m"] == pytest.approx(5000, abs=0.01)
    assert first["distance_low_m"] == pytest.approx(4700, abs=0.01), "both may be off, together"
    assert first["distance_high_m"] == pytest.approx(5300, abs=0.01)
    assert first["network_m"] == pytest.approx(7000, abs=0.01)
    assert first["walk_m"] == pytest.approx(7000, abs=0.01)
    assert first["detour_ratio"] == pytest.approx(1.4, abs=1e-5)
    assert (first["right_goods"], second["right_goods"]) == (True, False)
    assert first["goods"] == "clothing"
    assert first["village"] == "here"
    assert table.crs == scene.crs
    assert table.geometry.iloc[0].coords[0] == pytest.approx((BASE[0] + 3000, BASE[1] + 4000))
    assert math.isnan(second["network_m"])
    assert second["reason"] == "no street is mapped within 500 m of it"


def test_minutes_follow_from_the_assumed_speeds() -> None:
    scene = layers(ELBOW)
    row = market_access(village(scene), [NORTHEAST], scene).iloc[0]
    assert row["walk_min"] == pytest.approx(7 / 4.5 * 60, rel=1e-4)
    assert row["ebike_min"] == pytest.approx(7 / 15 * 60, rel=1e-4)
    assert row["drive_min"] == pytest.approx(7 / 15 * 60, rel=1e-4), "residential streets"


def test_the_value_is_the_nearest_right_market_with_its_doubt() -> None:
    scene = layers(ELBOW)
    found = both(village(scene, position_doubt_m=100), [NORTHEAST, WEST], scene)
    straight, network = found["market_straight_m"], found["market_network_m"]
    assert straight.value == pytest.approx(5000, abs=0.01), "the food hall does not count"
    assert (straight.low, straight.high) == pytest.approx((4700, 5300), abs=0.01)
    assert straight.n == 1
    assert "Shahe" in straight.method
    for told in (straight.method, network.method):
        assert isinstance(told, Words)
        assert told.zh.endswith(f"（{NORTHEAST.name_zh}）"), "the name is Chinese there"
    assert straight.grade == "B"
    assert network.value == pytest.approx(7000, abs=0.01)
    assert (network.low, network.high) == pytest.approx((4700 * 1.4, 5300 * 1.4), abs=0.05)
    assert network.source == "markets named by the study; drawn (2026)"


def test_a_farther_market_whose_place_is_in_doubt_may_be_the_nearest() -> None:
    scene = layers(ELBOW)
    vague = market("vague", 0, 5500, goods=("clothing",), radius_of_doubt_m=2000)
    straight = both(village(scene), [NORTHEAST, vague], scene)["market_straight_m"]
    assert straight.value == pytest.approx(5000, abs=0.01)
    assert straight.low == pytest.approx(3500, abs=0.01), "the vague one at its nearest"
    assert straight.high == pytest.approx(5200, abs=0.01), "the sure one at its farthest"


def test_a_doubt_that_is_large_for_the_distance_lowers_the_grade() -> None:
    scene = layers(ELBOW)
    here = village(scene, position_doubt_m=500)
    straight = both(here, [NORTHEAST], scene)["market_straight_m"]
    assert straight.grade == "C"
    assert straight.reason == "the places of village and market may be off by 700 m together"


def test_a_market_beyond_the_data_has_a_straight_distance_only() -> None:
    scene = layers(ELBOW, extent=square(2500))
    found = both(village(scene), [NORTHEAST], scene)
    assert found["market_straight_m"].value == pytest.approx(5000, abs=0.01)
    missing = found["market_network_m"]
    assert missing.grade == "NA"
    assert missing.reason == "Shahe: it lies 1.6 km outside the area read from drawn (2026)"


def test_a_nearer_market_beyond_the_data_is_named_as_a_doubt() -> None:
    scene = layers(ELBOW, extent=square(4500))
    hidden = market("hidden", 0, 4900, goods=("clothing",))
    network = both(village(scene), [NORTHEAST, hidden], scene)["market_network_m"]
    assert network.value == pytest.approx(7000, abs=0.01)
    assert network.low == pytest.approx(4900, abs=0.01), "no way is shorter than the straight line"
    assert network.grade == "C"
    assert network.reason == "Hidden may be nearer but cannot be reached on these data"


def test_a_market_far_off_the_streets_lowers_the_grade_of_the_way() -> None:
    scene = layers([ELBOW[0]])
    aside = market("aside", 3000, 400, goods=("clothing",))
    network = both(village(scene), [aside], scene)["market_network_m"]
    assert network.value == pytest.approx(3400, abs=0.01)
    assert network.reason == "400 m of the way are off the mapped streets"
    assert network.grade == "C"


def test_a_one_way_street_makes_the_way_there_longer() -> None:
    round_about = [
        {"u": 1, "v": 2, "oneway": -1, "line": [(0, 0), (1000, 0)]},
        {"u": 1, "v": 3, "line": [(0, 0), (0, 300)]},
        {"u": 3, "v": 4, "line": [(0, 300), (1000, 300)]},
        {"u": 4, "v": 2, "line": [(1000, 300), (1000, 0)]},
    ]
    scene = layers(round_about)
    row = market_access(village(scene), [market("m", 1000, 0)], scene).iloc[0]
    assert row["network_m"] == pytest.approx(1600, abs=0.01)
    assert row["walk_m"] == pytest.approx(1000, abs=0.01)


def test_a_village_without_street_says_that_it_is_the_village() -> None:
    scene = layers([{"u": 1, "v": 2, "line": [(2900, 4000), (3100, 4000)]}])
    row = market_access(village(scene), [NORTHEAST], scene).iloc[0]
    assert row["reason"] == "from the village, no street is mapped within 500 m of it"
    assert row["distance_m"] > 0


def test_without_any_street_the_straight_distance_remains() -> None:
    scene = layers()
    found = both(village(scene), [NORTHEAST], scene)
    assert found["market_straight_m"].value == pytest.approx(5000, abs=0.01)
    assert "no street open to this mode is mapped" in found["market_network_m"].reason


def test_a_village_outside_the_data_keeps_its_straight_distance() -> None:
    scene = layers(ELBOW)
    here = village(scene, outside="Here lies 3.0 km outside drawn")
    found = both(here, [NORTHEAST], scene)
    assert found["market_straight_m"].value == pytest.approx(5000, abs=0.01)
    assert found["market_network_m"].reason == "Here lies 3.0 km outside drawn"


@pytest.mark.parametrize(
    ("goods", "markets", "reason"),
    [
        (("auto_parts",), [NORTHEAST], "no market of the study sells auto parts"),
        (("wigs", "food"), [NORTHEAST], "no market of the study sells wigs or food"),
        (
            ("cloting",),
            [NORTHEAST],
            "no market of the study sells cloting; did you mean 'clothing'?",
        ),
        ((), [NORTHEAST], "the study does not say what the village trades in; add goods to it"),
        (("clothing",), [], "the study names no market; add [[market]] entries"),
    ],
)
def test_without_a_right_market_there_is_a_reason_and_no_number(goods, markets, reason) -> None:
    scene = layers(ELBOW)
    found = both(village(scene, goods=goods), markets, scene)
    assert {i.reason for i in found.values()} == {reason}
    assert {i.grade for i in found.values()} == {"NA"}


def test_a_study_without_market_gives_an_empty_layer_with_all_columns() -> None:
    scene = layers(ELBOW)
    full = market_access(village(scene), [NORTHEAST], scene)
    empty = market_access(village(scene), [], scene)
    assert empty.columns.tolist() == full.columns.tolist()
    assert len(empty) == 0
    assert empty.dtypes.drop(["geometry"]).to_dict() == full.dtypes.drop(["geometry"]).to_dict()


def test_a_market_in_the_middle_of_the_village_has_no_detour() -> None:
    scene = layers(ELBOW)
    row = market_access(village(scene), [market("m", 0, 0)], scene).iloc[0]
    assert row["distance_m"] == pytest.approx(0, abs=1e-3)
    assert row["network_m"] == pytest.approx(0, abs=1e-3)


def test_all_indicators_of_the_group_are_there_even_without_data() -> None:
    scene = layers(asked=())
    found, drawn = access_indicators(village(scene), [], scene)
    table = drawn["markets"]
    wanted = [key for key, d in definitions().items() if d.group == "access"]
    assert [i.key for i in found] == wanted
    assert all(i.grade == "NA" and i.reason for i in found)
    assert table.empty


def test_networks_at_hand_give_the_same_as_networks_built_anew() -> None:
    scene = layers(ELBOW, houses=[(20, 10)], stops=[(400, 0)])
    here = village(scene)
    anew = access_indicators(here, [NORTHEAST], scene)
    at_hand = access_indicators(here, [NORTHEAST], scene, networks=study_networks(scene["streets"]))
    assert anew.indicators == at_hand.indicators
    assert anew.layers["markets"].equals(at_hand.layers["markets"])


@pytest.mark.shared_data
def test_lirendong_on_the_real_streets_of_panyu(shared_data: Path, settings: Settings) -> None:
    study = parse_study(
        '[source]\nosm = "panyu.osm.pbf"\n[[village]]\nid = "lirendong"\n', folder=shared_data
    )
    data = load_study_data(study, settings)
    here = data.villages[0]
    found, drawn = access_indicators(here, study.markets, data.layers)
    table = drawn["markets"]
    by_key = {i.key: i for i in found}
    assert table["right_goods"].sum() >= 10, "Guangzhou has many clothing markets"
    known = table[table["network_m"].notna()]
    assert len(known) >= 3, "the south of Haizhu lies within the extract"
    assert (known["detour_ratio"] >= 1).all(), "no way beats the straight line"
    assert (known["detour_ratio"] < 2).all(), "a city of bridges, but no maze"
    beyond = table[~table.geometry.intersects(data.layers.extent)]
    assert beyond["network_m"].isna().all()
    assert beyond["reason"].str.contains("outside the area read from panyu").all()
    straight, network = by_key["market_straight_m"].value, by_key["market_network_m"].value
    assert 9_000 < straight < 12_000
    assert straight < network < 2 * straight
    assert 0 < by_key["stop_straight_m"].value < by_key["stop_network_m"].value < 1500


@pytest.mark.shared_data
def test_the_futian_case_says_why_there_is_no_number(shared_data: Path, settings: Settings) -> None:
    study = load_study(str(shared_data / "futian-study.toml"))
    data = load_study_data(study, settings)
    reasons = {}
    for here in data.villages:
        found, _ = access_indicators(here, study.markets, data.layers)
        reasons[here.id] = {i.key: i.reason for i in found if i.value is None}
    assert reasons["xiasha"]["market_straight_m"] == "no market of the study sells clothing"
    assert "market_straight_m" not in reasons["shangsha-east"]
    assert "km outside the area read from futian" in reasons["shangsha-east"]["market_network_m"]
    assert "not to say that there is none" in reasons["xiasha"]["stop_straight_m"]

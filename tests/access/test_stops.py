"""Stops: from which houses, how far, and when nothing can be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.village_scenes import BASE, layers, square, village

from taobaogis.access.stops import STOP_REACH_M, stop_indicators, village_origins

if TYPE_CHECKING:
    from taobaogis.indicators import Indicator
    from taobaogis.village import Layers, Village

# Houses 10 m north of a street that runs through the village and 400 m on to the stop.
STREET = [{"u": 1, "v": 2, "line": [(-100, 0), (500, 0)]}]
HOUSES = [(-80, 10), (0, 10), (80, 10)]


def both(here: Village, scene: Layers) -> dict[str, Indicator]:
    return {found.key: found for found in stop_indicators(here, scene)}


def test_the_median_house_counts() -> None:
    scene = layers(STREET, houses=HOUSES, stops=[(400, 10)])
    found = both(village(scene), scene)
    straight, network = found["stop_straight_m"], found["stop_network_m"]
    assert straight.value == pytest.approx(400)
    assert network.value == pytest.approx(10 + 400 + 10), "to the street, along it, from it"
    assert straight.n == network.n == 3
    assert straight.source == network.source == "drawn (2026)"
    assert (straight.low, straight.high) == (None, None), "a drawn village stays put"


def test_few_houses_lower_the_grade() -> None:
    scene = layers(STREET, houses=HOUSES, stops=[(400, 10)])
    straight = both(village(scene), scene)["stop_straight_m"]
    assert (straight.grade, straight.reason) == ("C", "only 3 houses to start from")
    many = [(x, 10) for x in range(-95, 96, 9)]
    scene = layers(STREET, houses=many, stops=[(400, 10)])
    assert both(village(scene), scene)["stop_straight_m"].grade == "B"


def test_each_house_goes_to_its_own_nearest_stop() -> None:
    scene = layers(STREET, houses=HOUSES, stops=[(-80, 40), (0, 60), (80, 90)])
    assert both(village(scene), scene)["stop_straight_m"].value == pytest.approx(50)


def test_a_circle_in_doubt_widens_the_bounds_and_lowers_the_grade() -> None:
    scene = layers(STREET, houses=HOUSES, stops=[(400, 10)])
    here = village(scene, position_doubt_m=150, is_circle=True)
    straight = both(here, scene)["stop_straight_m"]
    assert (straight.low, straight.high) == pytest.approx((250, 550))
    assert straight.grade == "D"
    assert "whose centre may be off by 150 m" in straight.reason
    near = both(village(scene, position_doubt_m=900, is_circle=True), scene)["stop_straight_m"]
    assert near.low == 0.0, "a distance is never below nothing"


def test_houses_outside_the_boundary_do_not_count() -> None:
    scene = layers(STREET, houses=[*HOUSES, (300, 10), (350, 10)], stops=[(400, 10)])
    assert both(village(scene), scene)["stop_straight_m"].n == 3


def test_without_houses_the_streets_are_walked_every_25_m() -> None:
    scene = layers(STREET, stops=[(400, 0)])
    origins = village_origins(village(scene))
    assert origins.what == "points along the streets"
    xs = sorted(round(point.x - BASE[0], 6) for point in origins.points)
    assert xs == [-100 + 12.5 + 25 * i for i in range(8)], "200 m lie within the boundary"
    straight = both(village(scene), scene)["stop_straight_m"]
    assert straight.value == pytest.approx(400)
    assert "measured from the streets, as no building is mapped here" in straight.reason


def test_a_motorway_through_the_village_is_no_place_to_start_from() -> None:
    through = {"u": 8, "v": 9, "highway": "motorway", "line": [(-100, 50), (100, 50)]}
    scene = layers([*STREET, through], stops=[(400, 0)])
    assert {point.y for point in village_origins(village(scene)).points} == {BASE[1]}


def test_the_shortest_street_has_one_point() -> None:
    scene = layers([{"u": 1, "v": 2, "line": [(0, 0), (3, 0)]}])
    assert [p.x - BASE[0] for p in village_origins(village(scene)).points] == [1.5]


def test_a_street_that_only_touches_the_boundary_gives_no_point() -> None:
    scene = layers([{"u": 1, "v": 2, "line": [(100, 0), (200, 0)]}])
    assert len(village_origins(village(scene)).points) == 0


@pytest.mark.parametrize(
    ("scene", "reason"),
    [
        (
            layers(STREET, houses=HOUSES),
            "no stop is mapped in these data, which is not to say that there is none",
        ),
        (layers(STREET, houses=HOUSES, asked=("streets",)), "no source of stops was given"),
        (
            layers(stops=[(400, 0)]),
            "neither a house nor a street is mapped within the boundary",
        ),
        (
            layers(STREET, houses=HOUSES, stops=[(9000, 0)]),
            (
                "for most houses no stop is mapped within 1,500 m, "
                "which is not to say that there is none"
            ),
        ),
    ],
    ids=["no stop", "no source", "no origin", "too far"],
)
def test_where_nothing_can_be_said_there_is_a_reason_and_no_number(scene, reason) -> None:
    found = both(village(scene), scene)
    assert {i.reason for i in found.values()} == {reason}
    assert {i.grade for i in found.values()} == {"NA"}
    assert {i.value for i in found.values()} == {None}, "never 0"


def test_if_most_houses_are_out_of_reach_the_median_is_no_number() -> None:
    wide = shapely.box(-100, -100, 3000, 100)
    scene = layers(STREET, houses=[(0, 10), (2500, 10), (2900, 10)], stops=[(0, 0)])
    straight = both(village(scene, wide), scene)["stop_straight_m"]
    assert straight.value is None
    assert "for most houses no stop is mapped within" in straight.reason


def test_a_village_outside_the_data_says_so() -> None:
    scene = layers(STREET, houses=HOUSES, stops=[(400, 10)])
    found = both(village(scene, outside="Here lies 3.0 km outside drawn"), scene)
    assert {i.reason for i in found.values()} == {"Here lies 3.0 km outside drawn"}


def test_houses_far_from_every_street_have_no_way_on_foot() -> None:
    scene = layers([{"u": 1, "v": 2, "line": [(390, 0), (500, 0)]}], houses=HOUSES,
                   stops=[(400, 10)])  # fmt: skip
    found = both(village(scene), scene)
    assert found["stop_straight_m"].value == pytest.approx(400)
    assert found["stop_network_m"].value is None
    assert found["stop_network_m"].reason == (
        "for most houses: no street is mapped within 250 m of it"
    )


def test_a_stop_on_an_island_is_reached_from_the_nearest_street_that_leads_there() -> None:
    rows = [*STREET, {"u": 8, "v": 9, "line": [(400, 60), (420, 60)]}]
    scene = layers(rows, houses=HOUSES, stops=[(400, 60)])
    assert both(village(scene), scene)["stop_network_m"].value == pytest.approx(10 + 400 + 60)


def test_houses_off_the_streets_lower_the_grade_of_the_way() -> None:
    scene = layers(STREET, houses=[(-80, 80), (0, 80), (80, 80)], stops=[(400, 0)])
    network = both(village(scene), scene)["stop_network_m"]
    assert "for 100% of the houses over 50 m are off any street" in network.reason


def test_data_that_end_nearby_may_hide_a_nearer_stop() -> None:
    ends_nearby = layers(STREET, houses=HOUSES, stops=[(400, 10)], extent=square(450))
    reason = both(village(ends_nearby), ends_nearby)["stop_straight_m"].reason
    assert "a nearer stop may lie beyond their edge" in reason
    wide = layers(STREET, houses=HOUSES, stops=[(400, 10)], extent=square(5000))
    assert "edge" not in both(village(wide), wide)["stop_straight_m"].reason


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(-90, 90), st.integers(-90, 90)), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900)), min_size=1, max_size=5),
    st.tuples(st.integers(-900, 900), st.integers(-900, 900)),
)
def test_one_more_stop_never_lengthens_the_way(houses, stops, more) -> None:
    before, after = layers(houses=houses, stops=stops), layers(houses=houses, stops=[*stops, more])
    old = both(village(before), before)["stop_straight_m"].value
    new = both(village(after), after)["stop_straight_m"].value
    assert new is not None, "within reach of every house"
    assert old is not None
    assert new <= old <= STOP_REACH_M

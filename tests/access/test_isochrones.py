"""Areas of reach: worked out by hand, and that nothing leaks across what stands in the way."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.street_layers import METRIC, points, streets

from taobaogis.access.isochrones import isochrone_rules, isochrones
from taobaogis.access.network import Network, street_network
from taobaogis.access.reached import reached_streets
from taobaogis.access.village_reach import barriers_to_walk
from taobaogis.errors import InputError
from taobaogis.schema import conform, empty_layer
from taobaogis.village import Layers

# On foot 4.5 km/h are 75 m a minute; a walk of 40 m off the street takes 32 s of the limit.
WALK_M_PER_MIN = 75.0


def cross(mode: str = "walk", **more: object) -> Network:
    """Four arms of 1 km that meet at the origin."""
    ends = [(1000, 0), (0, 1000), (-1000, 0), (0, -1000)]
    return street_network(
        streets(*({"u": 0, "v": n, "line": [(0, 0), end], **more}
                  for n, end in enumerate(ends, start=1))),
        mode=mode,
    )  # fmt: skip


def limit_for(metres: float) -> float:
    return metres / WALK_M_PER_MIN


def test_pieces_end_where_the_minutes_do() -> None:
    pieces = reached_streets(points((0, 0)), cross(), limit_for(300))
    assert pieces.length.tolist() == pytest.approx([300] * 4)
    assert not pieces["whole"].any()
    assert reached_streets(points((0, 0)), cross(), limit_for(2000))["whole"].all()


def test_a_start_within_a_street_reaches_both_ways_and_the_arms_with_what_is_left() -> None:
    pieces = reached_streets(points((100, 0)), cross(), limit_for(300))
    # 300 m east and 100 m west to the crossing, with 200 m left for each of three arms.
    assert pieces.union_all().length == pytest.approx(300 + 100 + 3 * 200)


def test_the_walk_to_the_street_is_part_of_the_limit() -> None:
    pieces = reached_streets(points((500, 30)), cross(), limit_for(130))
    assert pieces.union_all().equals(shapely.LineString([(400, 0), (600, 0)]))


def test_one_way_streets_are_followed_one_way() -> None:
    loop = [
        {"u": 1, "v": 2, "oneway": 1, "line": [(0, 0), (500, 0)]},
        {"u": 2, "v": 1, "oneway": 1, "line": [(500, 0), (500, 400), (0, 400), (0, 0)]},
    ]
    network = street_network(streets(*loop), mode="drive")
    pieces = reached_streets(points((250, 0)), network, 100 / 250)  # 15 km/h: 250 m a minute
    assert pieces.union_all().equals(shapely.LineString([(250, 0), (350, 0)]))
    walked = reached_streets(
        points((250, 0)), street_network(streets(*loop), mode="walk"), limit_for(100)
    )
    assert walked.union_all().equals(shapely.LineString([(150, 0), (350, 0)]))


def test_the_area_is_the_reached_streets_and_a_short_walk_off_them() -> None:
    (area,) = isochrones(points((0, 0)), cross(), minutes=[limit_for(340)], access_m=40).geometry
    arms = shapely.MultiLineString([[(-300, 0), (300, 0)], [(0, -300), (0, 300)]])
    assert area.symmetric_difference(arms.buffer(40, quad_segs=4)).area < 1
    # On the street itself one gets as far as the limit says, and not a metre further.
    assert area.bounds == pytest.approx((-340, -340, 340, 340))


def test_every_limit_is_a_row_and_holds_the_shorter_ones() -> None:
    found = isochrones(points((0, 0)), cross(), minutes=(10, 5, 5))
    assert found["minutes"].tolist() == [5, 10]
    assert found["area_ha"].tolist() == pytest.approx((found.area / 1e4).tolist())
    assert found["street_km"].tolist() == pytest.approx(
        [4 * (5 * 0.075 - 0.04), 4 * (10 * 0.075 - 0.04)]
    )
    assert found.geometry[1].buffer(1e-6).covers(found.geometry[0])


def test_the_other_bank_of_a_river_is_not_reached_though_it_is_near() -> None:
    river = shapely.box(-2000, 10, 2000, 25)
    network = street_network(streets({"u": 1, "v": 2, "line": [(-900, 0), (900, 0)]}), mode="walk")
    (dry,) = isochrones(points((0, 0)), network, minutes=[5]).geometry
    (area,) = isochrones(points((0, 0)), network, minutes=[5], barriers=[river]).geometry
    assert dry.intersects(shapely.Point(0, 35))
    assert not area.intersects(shapely.Point(0, 35))
    assert area.intersection(river).area == pytest.approx(0, abs=1e-6)


def test_a_bridge_reaches_the_other_bank_where_it_lands_and_not_along_the_river() -> None:
    river = shapely.box(-2000, 10, 2000, 25)
    network = street_network(
        streets(
            {"u": 1, "v": 2, "line": [(-900, 0), (0, 0)]},
            {"u": 2, "v": 3, "line": [(0, 0), (200, 0)]},
            # The bridge runs along the near bank first and then across.
            {"u": 3, "v": 4, "bridge": True, "line": [(200, 0), (300, 0), (300, 100)]},
        ),
        mode="walk",
    )
    (area,) = isochrones(points((0, 0)), network, minutes=[6], barriers=[river]).geometry
    assert area.geom_type == "MultiPolygon"
    assert len(area.geoms) == 1  # the deck joins both banks
    assert area.intersects(shapely.Point(300, 60))
    assert area.intersects(shapely.Point(270, 60))
    for x in (-100, 0, 100, 200, 255):  # the far bank further along lies across the water only
        assert not area.intersects(shapely.Point(x, 30)), x


def test_a_wall_keeps_out_on_its_other_side_and_lets_round_its_end() -> None:
    wall = shapely.LineString([(-50, 20), (50, 20)])
    network = street_network(streets({"u": 1, "v": 2, "line": [(-900, 0), (900, 0)]}), mode="walk")
    walled = shapely.LineString([(-300, 20), (300, 20)])
    (area,) = isochrones(points((0, 0)), network, minutes=[3], barriers=[walled]).geometry
    assert not area.intersects(shapely.Point(0, 25))
    (area,) = isochrones(points((0, 0)), network, minutes=[3], barriers=[wall]).geometry
    assert area.intersects(shapely.Point(80, 25))


def test_nothing_beside_a_motorway_is_reached_from_it() -> None:
    layer = streets(
        {"u": 1, "v": 2, "line": [(0, 0), (50, 0)]},
        {"u": 2, "v": 3, "highway": "motorway", "line": [(50, 0), (3000, 0)]},
        {"u": 3, "v": 4, "line": [(3000, 0), (3100, 0)]},
    )
    network = street_network(layer, mode="drive")
    (area,) = isochrones(
        points((0, 0)), network, minutes=[5], classes=layer["highway"]
    ).geometry  # fmt: skip
    assert area.intersects(shapely.Point(30, 30))
    assert not area.intersects(shapely.Point(1500, 10))
    assert area.intersects(shapely.Point(3050, 30))  # beyond the exit
    assert area.intersects(shapely.Point(1500, 0))


def test_no_street_gives_no_area() -> None:
    nowhere = street_network(empty_layer("streets", METRIC), mode="walk")
    assert isochrones(points((0, 0)), nowhere, minutes=[5]).empty
    far = isochrones(points((0, 5000)), cross(), minutes=[5])
    assert far.empty
    assert far.crs == METRIC
    assert reached_streets(points(), cross(), 5).empty


@pytest.mark.parametrize("minutes", [(), (0,), (-5,), (math.inf,), (math.nan,)])
def test_limits_that_are_none_are_refused(minutes) -> None:
    with pytest.raises(InputError, match="above 0"):
        isochrones(points((0, 0)), cross(), minutes=minutes)


def test_the_shipped_rules_say_how_far_each_mode_is_told() -> None:
    rules = isochrone_rules()
    assert set(rules.minutes) == {"walk", "ebike", "drive"}
    assert all(list(v) == sorted(v) for v in rules.minutes.values())


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), turn=st.floats(0, 360), metres=st.sampled_from([120.0, 400.0]))
def test_every_reached_place_is_within_the_limit_and_turning_the_town_changes_nothing(
    seed: int, turn: float, metres: float
) -> None:
    random = np.random.default_rng(seed)
    side, step = 5, 80.0
    rows = []
    for x in range(side):
        for y in range(side):
            for dx, dy in ((1, 0), (0, 1)):
                if x + dx < side and y + dy < side and random.random() < 0.8:
                    line = [(x * step, y * step), ((x + dx) * step, (y + dy) * step)]
                    rows.append({"u": x * side + y, "v": (x + dx) * side + y + dy, "line": line})
    layer = streets(*rows)
    start = points(tuple(random.uniform(0, side * step, 2)))
    network = street_network(layer, mode="walk")
    found = isochrones(start, network, minutes=[limit_for(metres)], access_m=25)
    turned = street_network(layer.set_geometry(layer.rotate(turn, origin=(0, 0))), mode="walk")
    again = isochrones(
        gpd.GeoSeries(start.rotate(turn, origin=(0, 0))), turned,
        minutes=[limit_for(metres)], access_m=25,
    )  # fmt: skip
    assert len(found) == len(again)
    if len(found):
        assert again["area_ha"][0] == pytest.approx(found["area_ha"][0], rel=0.02)
        # As the crow flies nothing is further than one can walk.
        assert found.geometry[0].hausdorff_distance(start.iloc[0]) <= metres + 1e-6


def test_water_walls_and_motorways_on_the_ground_are_barriers_and_gates_are_none() -> None:
    frames = {
        "streets": streets(
            {"u": 1, "v": 2, "highway": "motorway", "line": [(0, 0), (100, 0)]},
            {"u": 2, "v": 3, "highway": "motorway", "bridge": True, "line": [(100, 0), (200, 0)]},
            {"u": 4, "v": 5, "line": [(0, 50), (100, 50)]},
        ),
        "landuse": conform(
            gpd.GeoDataFrame(
                {"use": ["water", "green"]},
                geometry=[shapely.box(0, 100, 9, 109), shapely.box(20, 100, 29, 109)],
                crs=METRIC,
            ),
            "landuse",
        ),
        "barriers": conform(
            gpd.GeoDataFrame(
                {"barrier": ["wall", "gate"]},
                geometry=[shapely.LineString([(0, 200), (9, 200)]), shapely.Point(5, 200)],
                crs=METRIC,
            ),
            "barriers",
        ),
    }
    found = barriers_to_walk(Layers(METRIC, frames))
    assert len(found) == 3
    everything = shapely.union_all(found)
    for inside in ((50, 10), (5, 105), (2, 200)):
        assert everything.intersects(shapely.Point(inside)), inside
    for outside in ((150, 0), (50, 50), (25, 105)):
        assert not everything.intersects(shapely.Point(outside)), outside

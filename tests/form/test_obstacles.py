"""Walls and water bar the way; gates, streets and bridges lead through."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.affinity import rotate
from shapely.geometry import LineString, Point, box

from taobaogis.form.lanes import lanes
from taobaogis.form.obstacles import obstacles
from taobaogis.form.reach import served, vehicle_reach
from taobaogis.form.ways import ways_into, widest_vehicle_m
from taobaogis.schema import conform, empty_layer

CRS = 4547
AREA = box(-60, -30, 60, 60)
ROAD = LineString([(-60, -20), (60, -20)])
HOUSE = gpd.GeoSeries([box(-5, 30, 5, 40)], crs=CRS)
WALL = LineString([(-60, 0), (60, 0)])


def layer(kind, **columns):
    return conform(gpd.GeoDataFrame(columns, geometry="geometry", crs=CRS), kind)


def barred(barriers, streets=()):
    rows = {"barrier": [b for b, *_ in barriers], "geometry": [g for _, g, *_ in barriers],
            "width_tag_m": [w[0] if w else np.nan for _, _, *w in barriers]}  # fmt: skip
    ways = empty_layer("streets", HOUSE.crs)
    if streets:
        ways = layer("streets", **{k: [s[k] for s in streets] for k in streets[0]})
    return obstacles(layer("barriers", **rows), ways)


def gets_there(width_m, shapes):
    reach = vehicle_reach(HOUSE, AREA, ROAD, clear_width_m=width_m, obstacles=shapes)
    return bool(served(HOUSE, reach).iloc[0])


def widest(shapes):
    from taobaogis.form.reach import open_ground  # noqa: PLC0415

    ground = open_ground(HOUSE, AREA, obstacles=shapes)
    return float(widest_vehicle_m(ways_into(HOUSE, AREA, ROAD, ground=ground)).iloc[0])


def test_without_barriers_nothing_is_taken_away():
    assert (
        len(obstacles(empty_layer("barriers", HOUSE.crs), empty_layer("streets", HOUSE.crs))) == 0
    )


def test_a_wall_keeps_everybody_out():
    assert gets_there(0.8, None)
    assert not gets_there(0.8, barred([("wall", WALL)]))
    assert widest(barred([("wall", WALL)])) == 0


@pytest.mark.parametrize("angle", [0, 33])
def test_a_gap_in_the_wall_lets_through_what_fits(angle):
    pieces = shapely.difference(WALL, box(-2, -1, 2, 1))
    shapes = np.array([rotate(s, angle, (0, 0)) for s in barred([("wall", pieces)])])
    house, area, road = (rotate(s, angle, (0, 0)) for s in (HOUSE[0], AREA, ROAD))
    house = gpd.GeoSeries([house], crs=CRS)
    for width, passes in ((3.9, True), (4.1, False)):
        reach = vehicle_reach(house, area, road, clear_width_m=width, obstacles=shapes)
        assert bool(served(house, reach).iloc[0]) is passes


def test_a_gate_is_as_wide_as_mapped_or_as_its_kind_commonly_is():
    assert widest(barred([("wall", WALL), ("gate", Point(0, 0.2), 3.6)])) == pytest.approx(
        3.6, abs=0.05
    )
    assert widest(barred([("wall", WALL), ("gate", Point(0, 0))])) == pytest.approx(3.0, abs=0.05)
    assert widest(barred([("fence", WALL), ("bollard", Point(0, 0))])) == pytest.approx(
        1.2, abs=0.05
    )


def test_a_gate_that_stands_in_no_wall_opens_nothing():
    assert not gets_there(0.8, barred([("wall", WALL), ("gate", Point(0, 5))]))


def test_a_street_leads_through_a_wall_as_wide_as_it_is_and_a_tunnel_through_none():
    street = {"highway": "residential", "width_tag_m": 3.2, "tunnel": False, "bridge": False,
              "geometry": LineString([(0, -20), (0, 30)])}  # fmt: skip
    assert widest(barred([("wall", WALL)], [street])) == pytest.approx(3.2, abs=0.05)
    assert widest(barred([("wall", WALL)], [{**street, "tunnel": True}])) == 0


def test_water_is_crossed_on_bridges_only():
    water = [("water", box(-60, -5, 60, 5))]
    street = {"highway": "residential", "width_tag_m": 4.5, "tunnel": False, "bridge": False,
              "geometry": LineString([(0, -20), (0, 30)])}  # fmt: skip
    assert widest(barred(water, [street])) == 0
    assert widest(barred(water, [{**street, "bridge": True}])) == pytest.approx(4.5, abs=0.05)


def test_a_wall_beside_a_house_makes_a_lane():
    shapes = barred([("wall", LineString([(7, 25), (7, 45)]))])
    found = lanes(HOUSE, AREA, obstacles=shapes)
    assert found["clear_width_m"].round(2).tolist() == [pytest.approx(2 - 0.12, abs=0.02)]


def test_order_does_not_matter():
    rows = [
        ("wall", WALL),
        ("gate", Point(0, 0)),
        ("water", box(20, 10, 30, 20)),
        ("hedge", LineString([(-50, 3), (-50, 30)])),
    ]
    one, other = barred(rows), barred(rows[::-1])
    assert shapely.union_all(one).equals(shapely.union_all(other))

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.affinity import rotate, translate
from shapely.geometry import LineString, Polygon, box
from support.lane_villages import layer

from taobaogis.crs import LONLAT
from taobaogis.errors import CRSError, InputError
from taobaogis.form.reach import served, street_entries, vehicle_reach
from taobaogis.form.ways import last_metres_on_foot_m, ways_into, widest_vehicle_m
from taobaogis.loaders.sample import make_scene
from taobaogis.schema import conform, empty_layer

AREA = box(-60, -30, 100, 100)
ROAD = LineString([(-60, -15), (100, -15)])


def straight(lane_m):
    """A lane between two long houses, closed at its end by the third."""
    return [box(-60, 0, 0, 80), box(lane_m, 0, 100, 80), box(-60, 80, 100, 100)]


def bend(lane_m):
    """A lane that turns east at a right angle, with a house at its end."""
    return [
        box(-60, 0, 0, 100),
        box(0, 40 + lane_m, 100, 100),
        box(lane_m, 0, 100, 40),
        box(80, 40, 90, 40 + lane_m),
    ]


def reached(houses, entries=ROAD, area=AREA, *, width_m=4.0):
    frame = layer(houses)
    return served(frame, vehicle_reach(frame, area, entries, clear_width_m=width_m)).tolist()


def widest(houses, entries=ROAD, area=AREA):
    return widest_vehicle_m(ways_into(layer(houses), area, entries))


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 133.3])
@pytest.mark.parametrize("scene", [straight, bend])
@pytest.mark.parametrize(("lane_m", "passes"), [(3.9, False), (4.0, True), (4.1, True)])
def test_a_lane_of_less_than_the_clear_width_stops_a_vehicle(scene, lane_m, passes, angle):
    def turn(shape):
        return translate(rotate(shape, angle, origin=(0, 0)), 4e5, 2.5e6)

    houses, end = [turn(h) for h in scene(lane_m)], -1
    assert reached(houses, turn(ROAD), turn(AREA))[end] == passes
    assert widest(houses, turn(ROAD), turn(AREA)).iloc[end] == pytest.approx(lane_m, abs=0.005)


def test_houses_in_front_are_reached_though_the_lane_is_too_narrow():
    assert reached(straight(2.0)) == [True, True, False]


def test_a_t_junction_lets_pass_into_the_wide_branch_only():
    west, south_east, north = box(-60, 0, 0, 40), box(5, 0, 100, 40), box(-60, 45, 100, 100)
    ends = [box(-50, 40, -40, 45), box(50, 42, 60, 45)]
    houses = [west, south_east, north, *ends, box(70, 40, 80, 45)]
    # East of the junction a house leaves 2 m, and another one stands behind it.
    assert reached(houses) == [True, True, True, True, True, False]
    assert widest(houses).round(2).tolist()[3:] == pytest.approx([5, 5, 2])


def test_a_gate_stops_what_is_wider_though_the_yard_behind_has_room():
    gate = [box(-60, 0, 0, 10), box(3, 0, 100, 10), box(-60, 10, -50, 100), box(90, 10, 100, 100)]
    houses = [*gate, box(0, 90, 40, 100)]
    assert not reached(houses, width_m=3.1)[-1]
    assert reached(houses, width_m=2.9)[-1]
    assert widest(houses, area=box(-60, -30, 100, 100)).iloc[-1] == pytest.approx(3, abs=0.005)


def test_a_yard_without_a_way_out_is_reached_by_nobody():
    ring = Polygon(box(0, 0, 60, 60).exterior, [box(10, 10, 50, 50).exterior.coords])
    houses = [ring, box(25, 25, 35, 35)]
    road_in_the_yard = LineString([(15, -20), (15, 20)])
    assert reached(houses, road_in_the_yard, width_m=0.8) == [True, False]
    assert widest(houses).iloc[1] == 0
    assert np.isnan(last_metres_on_foot_m(ways_into(layer(houses), AREA, ROAD), clear_width_m=4)[1])


def test_without_streets_vehicles_come_from_anywhere_on_the_rim():
    houses = [box(0, 0, 40, 10), box(0, 12, 40, 22)]
    assert reached(houses, None) == [True, True]
    pocket = [box(0, 0, 40, 10), box(0, 10, 10, 40), box(30, 10, 40, 40), box(0, 43, 40, 50),
              box(15, 20, 25, 30)]  # fmt: skip
    assert reached(pocket, None) == [True, True, True, True, False]
    assert widest(pocket, None).iloc[4] == pytest.approx(3, abs=0.005)


def test_entries_that_lie_on_the_rim_give_what_no_street_gives():
    houses = straight(5.0)
    rim = LineString([(-60, -30), (100, -30)])
    assert reached(houses, rim) == reached(houses, None)
    assert widest(houses, rim).iloc[2] == pytest.approx(widest(houses, None).iloc[2], abs=0.005)


def test_a_vehicle_that_cannot_start_gets_nowhere():
    houses = straight(5.0)
    elsewhere = LineString([(500, 500), (600, 600)])
    assert vehicle_reach(layer(houses), AREA, elsewhere, clear_width_m=2).is_empty
    assert widest(houses, elsewhere).tolist() == [0, 0, 0]
    ways = ways_into(layer(houses), AREA, elsewhere)
    assert last_metres_on_foot_m(ways, clear_width_m=2).isna().all()


def test_slivers_between_houses_are_closed():
    houses = [box(-60, 0, 20, 10), box(20.3, 0, 100, 10), box(-60, 30, 100, 40)]
    area = box(-60, -30, 100, 40)
    assert widest(houses, area=area).iloc[2] == 0
    wider = [houses[0], translate(houses[1], 0.3), houses[2]]
    assert widest(wider, area=area).iloc[2] == pytest.approx(0.6, abs=0.005)


def test_the_last_metres_run_along_the_lane():
    houses = [*straight(3.0), box(1.0, 50, 3.0, 52)]
    ways = ways_into(layer(houses), AREA, ROAD)
    metres = last_metres_on_foot_m(ways, clear_width_m=4.0)
    assert metres[[0, 1]].tolist() == [0, 0]
    # 80 m to the end of the lane, less the disc that reaches into the mouth.
    assert metres[2] == pytest.approx(80, abs=3)
    assert metres[3] == pytest.approx(50, abs=3)
    assert (last_metres_on_foot_m(ways, clear_width_m=0.9) == 0).all()


def block(seed, count=24):
    """Houses of many sizes and directions, none on another."""
    random = np.random.default_rng(seed)
    houses = []
    for x, y, w, h, turn in random.uniform((-50, 5, 6, 6, 0), (80, 80, 18, 18, 90), (count, 5)):
        house = rotate(box(x, y, x + w, y + h), turn)
        if not shapely.dwithin(house, houses, 0.45).any():
            houses.append(house)
    return houses


seeds = st.integers(0, 10_000)


@given(seed=seeds, width=st.floats(0.8, 6))
@hypothesis_settings(max_examples=40)
def test_the_widest_vehicle_and_the_ground_it_covers_agree(seed, width):
    houses = layer(block(seed))
    found = widest_vehicle_m(ways_into(houses, AREA, ROAD))
    reach = vehicle_reach(houses, AREA, ROAD, clear_width_m=width)
    # Whoever gets there stands within reach of a façade; the points on walls are 0.5 m apart.
    assert served(houses, reach, touch_m=0.8)[found >= width + 0.05].all()
    surely = served(houses, reach, touch_m=0.1)
    assert (found[surely] >= width - 0.05).all()


@given(seed=seeds)
@hypothesis_settings(max_examples=10)
def test_a_wider_vehicle_never_serves_more(seed):
    houses = layer(block(seed))
    reaches = [vehicle_reach(houses, AREA, ROAD, clear_width_m=w) for w in (0.8, 1.8, 3, 5)]
    for narrow, wide in itertools.pairwise(reaches):
        assert shapely.difference(wide, narrow).area < 0.5
        assert not (served(houses, wide) & ~served(houses, narrow, touch_m=0.55)).any()


@given(seed=seeds)
@hypothesis_settings(max_examples=10)
def test_another_house_never_lets_anybody_get_farther(seed):
    houses = block(seed)
    before = vehicle_reach(layer(houses[:-1]), AREA, ROAD, clear_width_m=2)
    after = vehicle_reach(layer(houses), AREA, ROAD, clear_width_m=2)
    assert shapely.difference(after, before).area < 0.5


@given(seed=seeds, angle=st.floats(0, 360))
@hypothesis_settings(max_examples=10)
def test_turning_moving_and_reordering_change_nothing(seed, angle):
    houses = layer(block(seed))
    still = widest_vehicle_m(ways_into(houses, AREA, ROAD))

    def turn(shape):
        return translate(rotate(shape, angle, origin=(0, 0)), 4e5, 2.5e6)

    turned = houses.set_geometry([turn(h) for h in houses.geometry]).set_crs(4547).iloc[::-1]
    moved = widest_vehicle_m(ways_into(turned, turn(AREA), turn(ROAD)))
    # In the open, distances to the rim are those to points on it, up to 2 m apart.
    moved, still = (f.loc[houses.index].clip(upper=6).tolist() for f in (moved, still))
    assert moved == pytest.approx(still, abs=0.05)


def test_reach_keeps_off_houses_and_within_the_area():
    houses = layer(block(3))
    reach = vehicle_reach(houses, AREA, ROAD, clear_width_m=2)
    assert reach.is_valid
    assert reach.intersection(houses.union_all()).area < 1e-6
    assert reach.difference(AREA).area < 1e-6


def test_missing_footprints_are_served_by_nobody():
    houses = layer([*straight(5.0), None, Polygon()])
    assert served(houses, vehicle_reach(houses, AREA, ROAD, clear_width_m=2)).tolist() == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert np.isnan(widest_vehicle_m(ways_into(houses, AREA, ROAD)).iloc[3:]).all()


def test_without_houses_all_ground_is_reached_and_the_tables_are_empty():
    nothing = empty_layer("buildings", CRS.from_epsg(4547))
    reach = vehicle_reach(nothing, AREA, ROAD, clear_width_m=4)
    assert reach.area == pytest.approx(AREA.area, rel=1e-3)
    assert served(nothing, reach).empty
    assert widest_vehicle_m(ways_into(nothing, AREA, ROAD)).empty


def test_degrees_and_widths_that_cannot_be_meant_are_refused():
    houses = layer(straight(5.0))
    with pytest.raises(CRSError, match="`buildings` is in 'WGS 84'"):
        vehicle_reach(houses.set_crs(LONLAT, allow_override=True), AREA, ROAD, clear_width_m=2)
    with pytest.raises(InputError, match=r"clear_width_m is 0\.4"):
        vehicle_reach(houses, AREA, ROAD, clear_width_m=0.4)


def streets(**columns):
    lines = [LineString([(-60, y), (100, y)]) for y in (0, 35, 60)]
    return conform(layer(lines, **columns), "streets")


def test_main_roads_count_all_along_and_minor_ones_where_they_come_in():
    found = street_entries(streets(highway=["tertiary", "residential", "footway"]), AREA)
    assert found.length == pytest.approx(160 + 2 * 30)
    assert not found.intersects(LineString([(-60, 60), (100, 60)]))


def test_private_roads_bridges_and_tunnels_are_no_entries():
    closed = streets(
        highway="primary", access=["private", "", ""], bridge=[False, True, False],
        tunnel=[False, False, True],
    )  # fmt: skip
    assert street_entries(closed, AREA) is None


@pytest.fixture(scope="module")
def sample():
    return make_scene()


def test_nothing_wider_than_the_widest_lane_gets_into_the_old_core_of_the_sample(sample):
    houses, lanes, parts = sample.truth.houses, sample.truth.lanes, sample.truth.parts
    houses = houses[houses["village"] == "laocun"].reset_index(drop=True)
    village = sample.truth.boundaries.set_index("id").geometry["laocun"]
    core = parts[(parts["village"] == "laocun") & (parts["part"] == "old")].union_all().buffer(-40)
    deep = houses.representative_point().within(core)
    widest_lane_m = lanes.loc[lanes["village"] == "laocun", "clear_width_m"].max()
    found = widest_vehicle_m(ways_into(houses, village.buffer(150), None))[deep]
    assert len(found) > 100
    # The lanes keep their promise, and squares behind them let nobody in who did not come
    # through a lane.
    assert found.max() <= widest_lane_m + 0.02
    assert found.min() > 0.4


def test_wider_vehicles_get_into_the_new_part_of_a_sample_village_than_into_the_old(sample):
    houses = sample.truth.houses
    houses = houses[houses["village"] == "xincun"].reset_index(drop=True)
    village = sample.truth.boundaries.set_index("id").geometry["xincun"]
    found = widest_vehicle_m(ways_into(houses, village.buffer(150), None))
    parts = sample.truth.parts[sample.truth.parts["village"] == "xincun"]
    old = houses.representative_point().within(parts[parts["part"] == "old"].union_all())
    new = houses.representative_point().within(parts[parts["part"] == "new"].union_all())
    assert found[old].median() < 4 < found[new].median()

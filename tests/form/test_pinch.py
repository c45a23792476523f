import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box
from support.lane_villages import layer

from taobaogis.form.lanes import lanes
from taobaogis.form.pinch import pinch_points
from taobaogis.form.ways import ways_into
from taobaogis.study import VehicleSpec

AREA = box(-60, -30, 100, 130)
ROAD = LineString([(-60, -15), (100, -15)])
VAN, TRUCK = VehicleSpec("van", clear_width_m=2.5), VehicleSpec("truck", clear_width_m=6.0)
# A lane of 5 m that a gate of 2 m closes at its mouth; seven houses on it see nothing else.
WEST = [box(-60, 15 * i, 0, 15 * i + 15) for i in range(3)]
EAST = [box(5, 15 * i, 100, 15 * i + 15) for i in range(3)]
GATE = [box(0, 2, 1.5, 3), box(3.5, 2, 5, 3)]
END = box(-60, 45, 100, 130)
HOUSES = [*WEST, *EAST, *GATE, END]


def found(houses=HOUSES, vehicles=(VAN,), **options):
    frame = layer(houses)
    return pinch_points(ways_into(frame, AREA, ROAD), lanes(frame, AREA), vehicles, **options)


def test_the_gate_of_a_lane_cuts_off_the_houses_behind_it_and_none_in_front():
    worst = found().iloc[0]
    assert worst["houses_cut_off"] == 5
    assert worst["clear_width_m"] == pytest.approx(2, abs=0.01)
    assert worst["vehicle"] == "van"
    assert worst.geometry.distance(Point(2.5, 2.5)) < 0.6


def test_a_lane_without_a_gate_has_no_pinch_point():
    open_lane = found([*WEST, *EAST, END])
    assert open_lane.empty
    assert {"vehicle", "clear_width_m", "houses_cut_off", "rank"} <= set(open_lane)
    assert open_lane.crs == layer(HOUSES).crs


def test_floor_area_is_that_of_the_houses_cut_off_as_far_as_known():
    floors = pd.Series([1000.0, 20.0, 30.0, 1000.0, 50.0])
    assert found(floor_area_m2=floors).iloc[0]["floor_area_m2"] == 100
    assert found().iloc[0][["floor_area_m2"]].isna().all()


def test_only_the_houses_that_count_are_counted():
    assert found(counted=pd.Index([1, 2])).iloc[0]["houses_cut_off"] == 2
    assert found(counted=pd.Index([0, 3])).empty


def test_ranks_start_anew_for_each_vehicle_with_the_worst_first():
    both = found(vehicles=(VAN, TRUCK))
    assert both["vehicle"].unique().tolist() == ["van", "truck"]
    for _, group in both.groupby("vehicle"):
        assert group["rank"].tolist() == list(range(1, len(group) + 1))
        assert group["houses_cut_off"].is_monotonic_decreasing

import pytest
from pyproj import CRS
from shapely.geometry import box
from support.lane_villages import layer

from taobaogis.form.passing import PASSING_KEYS, who_can_pass
from taobaogis.schema import conform
from taobaogis.study import Assumptions, VehicleSpec, VillageSpec, default_vehicles
from taobaogis.village import Layers, Village

# Two rows of houses with a lane of 3 m between them that a house closes at one end.
ROWS = [box(10 * i, y, 10 * i + 10, y + 10) for y in (0, 13) for i in range(8)]
HOUSES = [*ROWS, box(80, 0, 90, 23), box(30, 10, 30.5, 11), box(40, 10.5, 42, 12.5)]


def village(houses=HOUSES, **changes):
    frames = {"buildings": conform(layer(houses), "buildings")} if houses else {}
    return Village(
        **{
            "spec": VillageSpec("v", "Lane Village"),
            "boundary": box(-20, -20, 110, 43),
            "boundary_basis": "drawn by hand",
            "is_circle": False,
            "position_doubt_m": 0.0,
            "layers": Layers(CRS.from_epsg(4547), frames),
            **changes,
        }
    )


def found(place, vehicles=None, **assumptions):
    chosen = default_vehicles() if vehicles is None else vehicles
    return who_can_pass(place, chosen, Assumptions(**assumptions))


@pytest.fixture(scope="module")
def passing():
    return found(village())


def test_the_house_in_the_lane_is_for_vehicles_that_fit_and_on_foot_for_the_rest(passing):
    columns = passing.columns
    assert columns["widest_vehicle_m"].iloc[-1] == pytest.approx(2.0, abs=0.05)
    assert columns["served_tricycle"].iloc[-1]
    assert not columns["served_fire_engine"].iloc[-1]
    assert columns["on_foot_tricycle_m"].iloc[-1] == 0
    # From the open end of the lane at x = 0 to the house at x = 40.
    assert columns["on_foot_fire_engine_m"].iloc[-1] == pytest.approx(40, abs=4)


def test_there_is_one_reach_a_vehicle_and_the_wider_one_is_no_larger(passing):
    reach = passing.reach
    assert reach["vehicle"].tolist() == [v.id for v in default_vehicles()]
    assert reach.area.is_monotonic_decreasing
    shares = [passing.columns[f"served_{v}"].mean() for v in reach["vehicle"]]
    assert reach["served_share"].tolist() == pytest.approx(shares)


def test_indicators_are_bounded_by_facades_that_are_off(passing):
    indicators = {i.key: i for i in passing.indicators}
    assert tuple(indicators) == PASSING_KEYS
    van = indicators["served_van_share"]
    assert van.value == pytest.approx(passing.columns["served_van"].mean())
    assert all(i.low <= i.value <= i.high for i in indicators.values() if i.low is not None)
    # Façades 0.3 m farther out leave 1.4 m beside the post and the house in the lane.
    assert indicators["served_tricycle_share"].low < indicators["served_tricycle_share"].value
    sure = {i.key: i for i in found(village(), facade_error_m=0.0).indicators}
    median = sure["widest_vehicle_median_m"]
    assert median.low is None
    assert median.value == indicators["widest_vehicle_median_m"].value


def test_pinch_points_and_lanes_bear_the_name_of_the_village(passing):
    assert set(passing.lanes["village"]) == {"v"}
    assert set(passing.pinch_points["village"]) <= {"v"}
    assert passing.lanes["clear_width_median_m"].max() == pytest.approx(3, abs=0.01)


def test_a_vehicle_that_the_study_lacks_is_not_available_and_the_reason_names_it():
    carts = [VehicleSpec("cart", "Cart", "手推车", 1.0)]
    indicators = {i.key: i for i in found(village(), carts).indicators}
    assert "no vehicle with the id 'van'" in indicators["served_van_share"].reason
    assert indicators["widest_vehicle_median_m"].value > 0


def test_without_buildings_nothing_is_available_and_the_layers_are_empty():
    nothing = found(village(houses=[]))
    assert {i.grade for i in nothing.indicators} == {"NA"}
    assert all("no buildings are mapped in Lane Village" in i.reason for i in nothing.indicators)
    assert nothing.columns.empty
    assert nothing.lanes.empty
    assert nothing.reach.empty
    assert nothing.pinch_points.empty


def test_a_village_that_the_source_does_not_cover_says_so():
    outside = found(village(houses=[], outside="elsewhere"))
    assert {i.reason for i in outside.indicators} == {"elsewhere"}

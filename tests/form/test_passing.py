import numpy as np
import pytest
from pyproj import CRS
from shapely.geometry import box
from support.lane_villages import layer

from taobaogis.form.measures import measured_lanes
from taobaogis.form.passing import who_can_pass
from taobaogis.form.passing_indicators import PASSING_KEYS
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
    return who_can_pass(place, measured_lanes(place), chosen, Assumptions(**assumptions))


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
    lanes = measured_lanes(village())
    assert set(lanes["village"]) == {"v"}
    assert set(passing.pinch_points["village"]) <= {"v"}
    assert lanes["clear_width_median_m"].max() == pytest.approx(3, abs=0.01)


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
    assert measured_lanes(village(houses=[])).empty
    assert nothing.reach.empty
    assert nothing.pinch_points.empty


def test_a_village_that_the_source_does_not_cover_says_so():
    outside = found(village(houses=[], outside="elsewhere"))
    assert {i.reason for i in outside.indicators} == {"elsewhere"}


def test_floor_area_counts_storeys_and_its_bounds_let_unmapped_ones_be_any():
    # Nothing comes in at the end; the last house, behind a slit of 1 m, has ten storeys.
    houses = [box(0, 0, 20, 20), box(0, 21, 20, 41), box(0, 41, 1, 60), box(19, 41, 20, 60),
              box(0, 60, 20, 62), box(5, 45, 15, 55)]  # fmt: skip
    frame = layer(houses).assign(levels_tag=[2, 2, None, None, None, 10])
    layers = Layers(CRS.from_epsg(4547), {"buildings": conform(frame, "buildings")})
    place = village(layers=layers, boundary=box(-20, -20, 40, 80))
    indicators = {i.key: i for i in found(place, facade_error_m=0.0).indicators}
    van, floor = indicators["served_van_share"], indicators["served_van_floor_share"]
    served = found(place).columns["served_van"]
    assert van.value == pytest.approx(served.mean())
    assert not served.iloc[5]
    area, least, most = 20 * 20 * 2 * 2, (19 + 19 + 40) * 3, (19 + 19 + 40) * 7
    assert floor.low == pytest.approx((area + least) / (area + least + 1000))
    assert floor.high == pytest.approx((area + most) / (area + most + 1000))
    assert indicators["on_foot_house_share"].value == pytest.approx(1 / 6)


def test_the_floor_area_that_a_pinch_point_cuts_off_is_known(passing):
    known = passing.pinch_points["floor_area_m2"]
    assert len(known)
    assert (known > 0).all()
    assert passing.reach["served_floor_share"].between(0, 1).all()


def test_what_remains_on_foot_is_that_of_the_houses_that_a_vehicle_does_not_get_to(passing):
    for row in passing.reach.itertuples():
        gets = passing.columns[f"served_{row.vehicle}"]
        foot = passing.columns[f"on_foot_{row.vehicle}_m"]
        assert (foot[gets] == 0).all()
        if gets.all():
            assert np.isnan(row.on_foot_max_m)
            continue
        assert row.on_foot_max_m == foot[~gets].max() > 0
        assert row.on_foot_median_m == foot[~gets].median()
    assert passing.reach["on_foot_max_m"].notna().any()

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.affinity import rotate
from shapely.geometry import MultiPolygon, Point, Polygon, box
from support.lane_villages import LANE_M, PITCH_M, house_grid, layer

from taobaogis.errors import CRSError, InputError
from taobaogis.form.lanes import lanes
from taobaogis.schema import empty_layer

SIDE_M = 12 * PITCH_M
EVERYWHERE = box(-500, -500, 500, 500)


def found(*houses, boundary=EVERYWHERE, **options):
    return lanes(layer(houses), boundary, **options)


def test_every_lane_of_a_grid_is_found_without_a_single_street():
    grid = lanes(house_grid(), box(0, 0, SIDE_M, SIDE_M))
    assert grid["clear_width_m"].to_numpy() == pytest.approx(LANE_M, abs=1e-6)
    assert grid["clear_width_median_m"].to_numpy() == pytest.approx(LANE_M, abs=1e-6)
    assert grid["length_m"].sum() == pytest.approx(22 * SIDE_M, rel=1e-3)
    assert len(grid) == 2 * 11 * 12


def test_lines_are_in_the_crs_of_the_houses_and_run_clear_of_them():
    houses = house_grid()
    grid = lanes(houses, EVERYWHERE)
    assert grid.crs == houses.crs
    assert set(grid.geom_type) == {"LineString"}
    assert not shapely.intersects(grid.union_all(), houses.union_all())


@pytest.mark.parametrize("angle", [13, 45, 77])
def test_lanes_turn_and_move_with_the_village(angle):
    houses = house_grid().drop(index=[14, 15, 40])
    turned = houses.set_geometry(houses.rotate(angle, origin=(0, 0)).translate(5e5, 2.5e6))
    still, moved = (
        lanes(houses, EVERYWHERE),
        lanes(turned, turned.union_all().convex_hull.buffer(99)),
    )
    assert moved["length_m"].sum() == pytest.approx(still["length_m"].sum(), rel=0.01)
    assert moved["clear_width_m"].median() == pytest.approx(LANE_M, abs=1e-3)


def test_the_order_of_the_houses_does_not_matter():
    houses = house_grid().drop(index=[14, 40])
    still = lanes(houses, EVERYWHERE)
    mixed = lanes(houses.sample(frac=1, random_state=3), EVERYWHERE)
    assert mixed["length_m"].sum() == pytest.approx(still["length_m"].sum())
    assert np.sort(mixed["clear_width_m"]) == pytest.approx(np.sort(still["clear_width_m"]))


@given(width=st.floats(0.8, 25), angle=st.floats(0, 180))
@hypothesis_settings(max_examples=25)
def test_the_lane_between_two_houses_is_as_wide_as_their_distance(width, angle):
    west, east = box(-20, -20, 0, 20), box(width, -20, width + 20, 20)
    lane = found(*[rotate(h, angle, origin=(0, 0)) for h in (west, east)])
    assert lane.loc[~lane["open_ground"], "clear_width_m"].tolist() == pytest.approx(
        [width], abs=1e-6
    )


def test_the_narrowest_place_of_a_lane_decides_and_the_median_does_not_feel_it():
    lane = found(box(0, 0, 10, 60), box(13, 0, 23, 60), box(11.5, 30, 13, 32))
    lane = lane[~lane["open_ground"]]
    assert lane["clear_width_m"].min() == pytest.approx(1.5, abs=0.05)
    assert lane["clear_width_median_m"].max() == pytest.approx(3, abs=1e-6)


def test_a_dead_end_between_the_wings_of_one_building_is_a_lane():
    u_shape = box(0, 0, 23, 40).difference(box(10, 10, 13, 50))
    lane = found(u_shape)
    assert lane["clear_width_m"].tolist() == pytest.approx([3], abs=1e-6)
    assert 30 - 2 * 3 < lane["length_m"].sum() < 30


def test_a_corner_between_two_wings_is_no_lane():
    assert found(box(0, 0, 30, 30).difference(box(10, 10, 40, 40))).empty


def test_one_house_alone_has_no_lane():
    assert found(box(0, 0, 10, 10)).empty
    assert found(Point(0, 0).buffer(10)).empty


def test_a_yard_without_a_way_out_is_no_lane_whatever_stands_in_it():
    ring = Polygon(box(0, 0, 60, 60).exterior, [box(10, 10, 50, 50).exterior.coords])
    assert found(ring, box(20, 20, 40, 40)).empty


def test_a_yard_closed_by_touching_houses_is_no_lane():
    four = [box(0, 0, 40, 10), box(30, 10, 40, 40), box(0, 30, 30, 40), box(0, 10, 10, 30)]
    assert found(*four).empty


def test_touching_and_nearly_touching_houses_are_one_block():
    row = [box(10.2 * i, 0, 10.2 * i + 10, 10) for i in range(6)]
    across = box(0, 13, 61, 23)
    lane = found(*row, across)
    lane = lane[~lane["open_ground"]]
    assert lane["clear_width_m"].tolist() == pytest.approx([3])
    assert lane["length_m"].sum() == pytest.approx(61, abs=5)


def test_a_gap_that_somebody_can_enter_is_a_lane():
    pair = [box(0, 0, 10, 20), box(10.7, 0, 20, 20)]
    assert found(*pair)["clear_width_m"].tolist() == pytest.approx([0.7], abs=1e-6)
    assert found(*pair, narrowest_m=0.8).empty


def test_open_ground_is_no_lane():
    assert found(box(0, 0, 40, 10), box(0, 41, 40, 50)).empty
    assert len(found(box(0, 0, 40, 10), box(0, 41, 40, 50), widest_m=35)) == 1


def test_what_leads_from_a_mouth_into_the_open_is_not_taken_for_the_lane():
    four = [box(0, 0, 10, 10), box(12, 0, 22, 10), box(0, 24, 10, 34), box(12, 24, 22, 34)]
    lane = found(*four)
    # Two gaps of 2 m lead to a street of 14 m.
    lanes_m = np.sort(lane.loc[~lane["open_ground"], "clear_width_m"])
    assert lanes_m == pytest.approx([2, 2, 14, 14], abs=0.01)
    mouths = lane[lane["open_ground"]]
    assert len(mouths) == 2
    assert mouths["length_m"].to_numpy() == pytest.approx(6, abs=0.1)


def test_lanes_end_at_the_boundary_but_houses_beyond_it_are_seen():
    pair = [box(0, 0, 10, 40), box(12, 0, 22, 40)]
    lane = found(*pair, boundary=box(0, 10, 11.5, 30))
    assert lane["clear_width_m"].tolist() == pytest.approx([2])
    assert lane["length_m"].sum() == pytest.approx(20, abs=1)


def test_missing_empty_and_multipart_footprints_are_taken():
    two = MultiPolygon([box(0, 0, 10, 20), box(12, 0, 22, 20)])
    lane = found(None, Polygon(), two)
    assert lane["clear_width_m"].tolist() == pytest.approx([2])


def test_without_houses_there_are_no_lanes_but_all_columns():
    nothing = lanes(empty_layer("buildings", CRS.from_epsg(4547)), EVERYWHERE)
    assert nothing.empty
    assert {"clear_width_m", "clear_width_median_m", "length_m", "open_ground"} <= set(nothing)
    assert nothing.crs.to_epsg() == 4547


def test_widths_that_cannot_be_meant_are_refused():
    with pytest.raises(InputError, match="narrowest_m is 5"):
        found(box(0, 0, 1, 1), narrowest_m=5, widest_m=3)


def test_degrees_are_refused():
    with pytest.raises(CRSError, match="`buildings` is in 'WGS 84'"):
        lanes(house_grid().set_crs(4326, allow_override=True), EVERYWHERE)

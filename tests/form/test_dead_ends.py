import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import LineString, box
from support.lane_villages import layer

from taobaogis.errors import CRSError
from taobaogis.form.dead_ends import dead_end_lanes
from taobaogis.form.lanes import lanes

AREA = box(-100, -100, 200, 200)
# A lane 4 m wide and 60 m deep between two rows, closed at its far end.
WEST, EAST, END = box(-40, 0, 0, 60), box(4, 0, 44, 60), box(-40, 60, 44, 70)


def found(*houses, area=AREA, **options):
    frame = layer(houses)
    return dead_end_lanes(lanes(frame, area), frame, area, **options)


def network(*lines, width_m=2.0):
    """Lanes by hand; each end that a wall of `walls` touches is blind."""
    return layer(
        lines,
        clear_width_median_m=[width_m] * len(lines),
        length_m=[line.length for line in lines],
        open_ground=[False] * len(lines),
    )


def test_a_lane_that_ends_at_a_wall_is_a_dead_end_as_long_as_it_is_deep():
    dead = found(WEST, EAST, END)
    assert dead["dead_end_m"].tolist() == pytest.approx([60], abs=0.5)
    assert dead["ends_here"].tolist() == [True]
    assert len(found(WEST, EAST, END, longer_than_m=55)) == 1
    assert found(WEST, EAST, END, longer_than_m=65).empty


def test_a_lane_that_leads_out_is_no_dead_end():
    assert found(WEST, EAST).empty


def test_a_lane_cut_at_the_boundary_leads_out():
    assert found(WEST, EAST, END, area=box(-100, -100, 200, 50)).empty
    # Of a dead end that crosses the boundary, the part within counts.
    within = found(WEST, EAST, END, area=box(-100, 20, 200, 200))
    assert within["dead_end_m"].tolist() == pytest.approx([40], abs=0.5)


def test_a_ring_of_lanes_has_no_dead_end():
    block = box(10, 10, 30, 30)
    around = [box(-20, -20, 7, 60), box(33, -20, 60, 60), box(7, 33, 33, 60)]
    assert found(block, *around).empty


def test_corners_and_branches_count_to_the_way_from_the_last_lane_that_leads_through():
    through = [LineString([(0, -50), (0, 0)]), LineString([(0, 0), (0, 50)])]
    stem = LineString([(0, 0), (30, 0)])
    left, right = LineString([(30, 0), (30, 25)]), LineString([(30, 0), (30, -5)])
    walls = layer([box(25, 26, 35, 30), box(25, -10, 35, -6)])
    dead = dead_end_lanes(network(*through, stem, left, right), walls)
    # A middle line stops a width before the wall, and begins half a width inside the junction.
    assert dead["dead_end_m"].to_dict() == pytest.approx({2: 56, 3: 56, 4: 36})
    assert dead["ends_here"].to_dict() == {2: False, 3: True, 4: True}
    assert dead_end_lanes(
        network(*through, stem, left, right), walls, longer_than_m=40
    ).index.tolist() == [2, 3]


def test_where_one_branch_leads_out_only_the_other_is_dead():
    stem = LineString([(0, 0), (30, 0)])
    out, blind = LineString([(30, 0), (30, 25)]), LineString([(30, 0), (30, -45)])
    dead = dead_end_lanes(network(stem, out, blind), layer([box(25, -50, 35, -46)]))
    assert dead["dead_end_m"].to_dict() == pytest.approx({2: 46})


def test_a_loop_at_the_end_is_a_place_to_turn_and_no_dead_end():
    stem = LineString([(0, 0), (30, 0)])
    loop = LineString([(30, 0), (40, 10), (50, 0), (40, -10), (30, 0)])
    assert dead_end_lanes(network(stem, loop), layer([box(100, 100, 110, 110)])).empty


def test_layers_without_a_row_have_no_dead_end_but_the_columns():
    nothing = dead_end_lanes(lanes(layer([]), AREA), layer([]), AREA)
    assert nothing.empty
    assert {"dead_end_m", "ends_here", "clear_width_m"} <= set(nothing)


@given(angle=st.floats(0, 360))
@hypothesis_settings(max_examples=8)
def test_dead_ends_turn_with_the_village(angle):
    turned = [rotate(house, angle, origin=(3, 4)) for house in (WEST, EAST, END)]
    dead = found(*turned, area=rotate(AREA, angle, origin=(3, 4)))
    assert dead["dead_end_m"].tolist() == pytest.approx([60], abs=0.5)


def test_the_order_of_lanes_does_not_matter():
    lines = [LineString([(0, -50), (0, 0)]), LineString([(0, 0), (0, 50)]),
             LineString([(0, 0), (30, 0)]), LineString([(30, 0), (60, 0)])]  # fmt: skip
    wall = layer([box(61, -5, 65, 5)])
    one = dead_end_lanes(network(*lines), wall)["dead_end_m"]
    order = [3, 1, 0, 2]
    again = dead_end_lanes(network(*lines).iloc[order], wall)["dead_end_m"]
    assert np.array_equal(again.sort_index(), one)


def test_degrees_are_refused():
    frame = layer([WEST, EAST])
    with pytest.raises(CRSError, match="`buildings`"):
        dead_end_lanes(lanes(frame, AREA), frame.set_crs(4326, allow_override=True))

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import MultiPolygon, Point, Polygon, box

from taobaogis.geometry.rectangles import smallest_rectangles


def around(*shapes):
    return smallest_rectangles(np.array(shapes, dtype=object))


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=3, max_size=12),
    st.floats(0, 360),
)
def test_no_direction_in_steps_of_a_degree_has_a_smaller_rectangle(points, angle):
    hull = shapely.convex_hull(shapely.MultiPoint(points))
    if hull.geom_type != "Polygon" or hull.area < 1:
        return
    found = around(rotate(hull, angle))
    tried = min(shapely.box(*rotate(hull, a).bounds).area for a in range(90))
    assert found.long_m[0] * found.short_m[0] <= tried * (1 + 1e-9)
    assert found.long_m[0] * found.short_m[0] >= hull.area * (1 - 1e-9)


@pytest.mark.parametrize("start", [0, 1, 2])
def test_of_rectangles_of_equal_area_the_longest_is_taken(start):
    corners = np.roll(np.array([[0, 0], [4, 0], [0, 3]]), start, axis=0)
    found = around(Polygon(corners))
    assert (found.long_m[0], found.short_m[0]) == pytest.approx((5, 2.4))


def test_the_parts_of_a_shape_share_one_rectangle():
    found = around(MultiPolygon([box(0, 0, 1, 1), box(9, 0, 10, 1)]))
    assert (found.long_m[0], found.short_m[0]) == (10, 1)


def test_shapes_without_area_have_no_rectangle():
    found = around(None, Polygon(), Point(1, 1).buffer(0), box(0, 0, 2, 1))
    assert np.isnan(found.long_m).tolist() == [True, True, True, False]


def test_round_shapes_with_many_corners_are_worked_on_too():
    found = around(*[Point(0, 0).buffer(5, quad_segs=200)] * 8)
    assert found.long_m == pytest.approx(10, abs=1e-3)


def test_a_dart_with_four_corners_is_not_its_own_hull():
    dart = Polygon([(0, 0), (10, 5), (0, 10), (4, 5)])
    bow = Polygon([(0, 0), (10, 0), (3, 3), (0, 10)])
    for shape in (dart, bow):
        found, hull = around(shape), around(shape.convex_hull)
        assert (found.long_m[0], found.short_m[0]) == (hull.long_m[0], hull.short_m[0])

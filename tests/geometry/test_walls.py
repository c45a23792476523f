import numpy as np
import pytest
from shapely.geometry import Polygon, box

from taobaogis.geometry.walls import Walls

EAST = np.array([[1.0, 0.0]])
COURT = Polygon(box(10, -10, 30, 10).exterior, [box(15, -5, 25, 5).exterior.coords])


def walls(*polygons):
    return Walls.of(np.array(polygons, dtype=object))


def hit(polygons, start, *, reach_m=50.0, direction=EAST):
    hits = walls(*polygons).first_hits(np.array([start], dtype=float), direction, reach_m)
    return hits.distance_m[0], bool(hits.from_behind[0])


@pytest.mark.parametrize("outline", [box(10, -5, 20, 5), box(10, -5, 20, 5).reverse()])
def test_a_ray_meets_the_nearest_wall_from_outside(outline):
    assert hit([box(30, -5, 40, 5), outline], (0, 0)) == (10, False)


def test_a_ray_from_inside_meets_the_wall_from_behind():
    assert hit([box(10, -5, 20, 5)], (15, 0)) == (5, True)


def test_a_courtyard_is_outside():
    assert hit([COURT], (20, 0)) == (5, False)
    assert hit([COURT], (12, 0)) == (3, True)


def test_nothing_within_reach_is_infinitely_far():
    assert hit([box(10, -5, 20, 5)], (0, 0), reach_m=9.9) == (np.inf, False)
    assert hit([], (0, 0)) == (np.inf, False)


def test_a_ray_through_a_corner_hits_it():
    assert hit([box(10, 0, 20, 5)], (0, 0))[0] == pytest.approx(10)


def test_missing_and_empty_polygons_have_no_walls():
    some = walls(None, Polygon(), box(0, 0, 1, 1))
    assert len(some.start) == 4
    assert set(some.owner) == {2}


def test_points_on_the_edge_are_not_inside():
    points = np.array([[15.0, 0.0], [10.0, 0.0], [5.0, 0.0]])
    assert walls(box(10, -5, 20, 5)).contains(points).tolist() == [True, False, False]

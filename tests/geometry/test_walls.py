import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import union_all
from shapely.affinity import rotate
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box

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


@given(
    corners=st.lists(st.tuples(st.floats(0, 90), st.floats(0, 90)), min_size=1, max_size=12),
    turn=st.floats(0, 90),
    angles=st.lists(st.floats(0, 360), min_size=1, max_size=12),
    start=st.tuples(st.floats(-30, 120), st.floats(-30, 120)),
    reach_m=st.floats(1, 200),
)
def test_rays_hit_what_shapely_says_they_meet_first(corners, turn, angles, start, reach_m):
    houses = [rotate(box(x, y, x + 9, y + 13), turn) for x, y in corners]
    directions = np.array([[np.cos(a), np.sin(a)] for a in angles])
    origins = np.tile(np.array(start), (len(angles), 1))
    hits = walls(*houses).first_hits(origins, directions, reach_m)
    outlines = union_all([h.exterior for h in houses])
    corners = MultiPoint([c for h in houses for c in h.exterior.coords])
    assume(outlines.distance(Point(start)) > 1e-5)
    for direction, distance in zip(directions, hits.distance_m, strict=True):
        ray = LineString([start, np.array(start) + direction * reach_m])
        # What is only touched, up to rounding, may be met or missed.
        if ray.distance(corners) < 1e-6:
            continue
        meets = ray.intersection(outlines)
        if meets.is_empty:
            assert np.isinf(distance) or distance > reach_m - 1e-6
        else:
            assert distance == pytest.approx(meets.distance(Point(start)), abs=1e-5)

"""What holds for any lines, houses and points: nothing is lost, and turning changes no length."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.free_space import distance_to_m, free_space
from taobaogis.geometry.junctions import number_vertices, split_at_junctions
from taobaogis.geometry.medial_axis import medial_axis
from taobaogis.geometry.overlay import intersection
from taobaogis.geometry.stations import cut_into_cells
from taobaogis.geometry.voronoi import triangles, voronoi_lines
from taobaogis.geometry.weighted import mean_between, quantile, quantile_window

few = settings(max_examples=15)
points = st.tuples(st.integers(0, 40), st.integers(0, 40))
lines = st.lists(st.lists(points, min_size=2, max_size=6), min_size=1, max_size=6)
# Houses on plots of a chequerboard, so that they do not overlap.
plots = st.dictionaries(points, st.tuples(st.integers(2, 8), st.integers(2, 8)), max_size=8)


def boxes(found):
    return np.array(
        [shapely.box(10 * x, 10 * y, 10 * x + w, 10 * y + h) for (x, y), (w, h) in found.items()],
        dtype=object,
    )


@given(plots, plots)
def test_an_intersection_in_a_thread_is_that_of_shapely(some, others):
    one, other = (shapely.union_all(boxes(found)) for found in (some, others))
    shape = intersection(one, other)
    assert shape.equals_exact(shapely.intersection(one, other), 0.0)
    assert shape.area == pytest.approx(intersection(other, one).area)
    assert shape.area <= min(one.area, other.area) + 1e-9


@given(lines)
def test_cutting_at_junctions_loses_no_length_and_keeps_the_ends(drawn):
    coordinates = np.array([xy for line in drawn for xy in line], dtype=float)
    line = np.repeat(np.arange(len(drawn)), [len(each) for each in drawn])
    numbers = number_vertices(coordinates)
    pieces = split_at_junctions(coordinates, line, numbers)
    lengths = np.bincount(pieces.line, shapely.length(pieces.geometry), minlength=len(drawn))
    assert lengths == pytest.approx(shapely.length([shapely.LineString(each) for each in drawn]))
    ends = np.array([shapely.get_coordinates(piece)[[0, -1]] for piece in pieces.geometry])
    assert (number_vertices(np.vstack([coordinates, ends[:, 0]]))[len(numbers) :] == pieces.u).all()


@given(st.lists(points, min_size=1, max_size=30))
def test_vertices_have_one_number_if_and_only_if_they_are_at_one_place(places):
    numbers = number_vertices(np.array(places, dtype=float))
    for one, a in zip(places, numbers, strict=True):
        assert [two == one for two in places] == [b == a for b in numbers]


@few
@given(st.lists(points, min_size=5, max_size=40, unique=True))
def test_triangles_are_empty_of_points_and_voronoi_lines_lie_in_the_middle(places):
    xy = np.array(places, dtype=float)
    if np.linalg.matrix_rank(xy - xy.mean(axis=0)) < 2:
        return
    mesh = triangles(xy)
    assert set(mesh.simplices.ravel()) <= set(range(len(xy)))
    nodes, segments, pairs = voronoi_lines(xy)
    for segment, (one, two) in zip(segments, pairs, strict=True):
        for node in nodes[segment]:
            first, second = np.hypot(*(node - xy[one])), np.hypot(*(node - xy[two]))
            # Points are moved by a tenth of a millimetre; far off, that turns a line by much.
            assert abs(first - second) <= 1e-2 + 1e-3 * first


@few
@given(plots, st.floats(0, 6.28))
def test_the_middle_lines_lie_between_houses_and_turn_with_them(found, angle):
    houses = boxes(found)
    axis = medial_axis(houses, spacing_m=1.0, narrowest_m=0.5, widest_m=15.0)
    middle = np.hypot(*(axis.nodes[axis.start] - axis.nodes[axis.end]).T)
    assert ((axis.width_m >= 0.5) & (axis.width_m <= 15.0)).all()
    if len(houses):
        ends = shapely.points(axis.nodes[axis.start])
        assert not shapely.contains_properly(shapely.union_all(houses), ends).any()
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = shapely.transform(houses, lambda xy: xy @ turn.T)
    again = medial_axis(turned, spacing_m=1.0, narrowest_m=0.5, widest_m=15.0)
    there = np.hypot(*(again.nodes[again.start] - again.nodes[again.end]).T)
    assert there.sum() == pytest.approx(middle.sum(), rel=0.15, abs=8)


@few
@given(plots)
def test_free_space_and_houses_share_the_ground(found):
    houses = boxes(found)
    area = shapely.box(-20, -20, 420, 420)
    free = free_space(houses, area, closed_below_m=0.1)
    closed = shapely.area(free.blocks).sum() + shapely.area(free.yards).sum()
    assert free.space.area + closed == pytest.approx(area.area)
    assert shapely.area(free.blocks).sum() == pytest.approx(shapely.area(houses).sum(), abs=0.5)


@given(plots, st.lists(points, max_size=6))
def test_the_distance_to_the_nearest_house_is_the_least_of_all(found, places):
    houses = boxes(found)
    spots = shapely.points(np.array(places, dtype=float).reshape(-1, 2))
    expected = [min((shapely.distance(spot, house) for house in houses), default=np.inf)
                for spot in spots]  # fmt: skip
    assert distance_to_m(houses, spots).tolist() == pytest.approx(expected)


@given(st.lists(st.one_of(st.none(), points), max_size=9), st.booleans())
def test_geometries_are_flat_and_in_the_order_of_the_rows(places, high):
    drawn = [None if p is None else shapely.Point(*p, 7.0) if high else shapely.Point(p)
             for p in places]  # fmt: skip
    found = geometries(gpd.GeoSeries([*drawn, shapely.Point()], crs=4547))
    assert not shapely.has_z(found).any()
    assert [None if g is None else (g.x, g.y) for g in found[:-1]] == places
    assert found[-1] is None


@given(
    st.lists(st.tuples(st.floats(-9, 9), st.floats(0.1, 9)), min_size=1, max_size=9),
    st.floats(0, 1),
)
def test_a_weighted_quantile_lies_between_the_values_and_does_not_know_the_unit(pairs, at):
    value, weight = (np.array(column) for column in zip(*sorted(pairs), strict=True))
    low, high = quantile_window(weight.sum(), at)
    found = mean_between(value, weight, low, high)
    assert value[0] - 1e-9 <= found <= value[-1] + 1e-9
    assert mean_between(value, weight * 7, low * 7, high * 7) == pytest.approx(found)
    assert mean_between(value * 3, weight, low, high) == pytest.approx(found * 3)
    if 0 < at < 1:
        assert quantile(value, weight, at) == pytest.approx(found)


@given(st.lists(st.floats(0.1, 500), min_size=1, max_size=9), st.floats(0.5, 9), st.floats(0, 9))
def test_cells_lie_within_their_lines(lengths, spacing_m, end_m):
    length = np.array(lengths)
    cells = cut_into_cells(length, spacing_m=spacing_m, end_m=end_m)
    assert np.bincount(cells.line, cells.length_m, minlength=len(length)) == pytest.approx(length)
    assert ((cells.low_m <= cells.at_m) & (cells.at_m <= cells.high_m)).all()
    assert (cells.length_m <= max(spacing_m, end_m) + 1e-9).all()

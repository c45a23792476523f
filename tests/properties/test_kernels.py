"""What holds for every compiled loop: it gives what GEOS gives, for any outlines and rays."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity, box

from taobaogis.compiled import compiled
from taobaogis.geometry.arrays import single_parts
from taobaogis.geometry.box_grid import BoxGrid
from taobaogis.geometry.contacts import facade_contacts
from taobaogis.geometry.kernels.facing import facing_gaps
from taobaogis.geometry.kernels.outlines import (
    box_pairs,
    is_inside,
    outline_distances,
    points_inside,
)
from taobaogis.geometry.kernels.rays import CELL_M, cast_rays, cell_number, sort_edges
from taobaogis.geometry.walls import Walls
from taobaogis.geometry.way_out import way_out
from taobaogis.geometry.weighted import HALF_WINDOW

few = settings(max_examples=20)
seeds = st.integers(0, 2**31)
numbers = st.floats(-1e6, 1e6)


def crowd(seed, count=30):
    """Turned rectangles over some 60 m, some of which overlap."""
    random = np.random.default_rng(seed)
    return np.array(
        [
            affinity.rotate(box(x, y, x + w, y + h), turn)
            for x, y, w, h, turn in random.uniform(
                (0, 0, 3, 3, 0), (60, 60, 14, 14, 90), (count, 5)
            )
        ],
        dtype=object,
    )


def rays(seed, count=60):
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 2 * np.pi, count)
    return random.uniform(-10, 80, (count, 2)), np.column_stack([np.cos(angle), np.sin(angle)])


@few
@given(seed=seeds, reach=st.floats(1, 100))
def test_rays_end_at_the_first_edge_that_geos_finds(seed, reach):
    walls = Walls.of(crowd(seed))
    origin, direction = rays(seed)
    found = np.empty(len(origin)), np.empty(len(origin), dtype=np.int64)
    away = origin - walls.grid.corner
    cast_rays(*walls.grid.tables, away, direction, reach, *found)
    edges = shapely.linestrings(np.stack([walls.start, walls.end], axis=1))
    lines = shapely.linestrings(np.stack([origin, origin + direction * reach], axis=1))
    for i, (line, distance, edge) in enumerate(zip(lines, *found, strict=True)):
        met = shapely.distance(shapely.intersection(edges, line), shapely.Point(origin[i]))
        nearest = np.nanmin(met, initial=np.inf)
        if abs(nearest - reach) > 1e-6:
            assert distance == pytest.approx(nearest, abs=1e-6)
        assert (edge == -1) == np.isinf(distance)


@few
@given(seed=seeds)
def test_every_edge_is_sorted_into_all_cells_that_it_crosses(seed):
    walls = Walls.of(crowd(seed, 12))
    grid = walls.grid
    edges = np.ascontiguousarray(grid.coordinates.T)
    block, first, edge = sort_edges(edges, *grid.shape)
    assert set(edge) == set(range(len(edges)))
    assert first[0] == 0
    assert first[-1] == len(edge)
    assert (np.diff(first) >= 0).all()
    for k, at in itertools.product(range(len(edges)), np.linspace(0, 1, 7)):
        column, row = ((edges[k, :2] * (1 - at) + edges[k, 2:] * at) // CELL_M).astype(int)
        cell = cell_number(block, column, row)
        assert k in edge[first[cell] : first[cell + 1]]


@few
@given(seed=seeds)
def test_points_inside_and_distances_are_those_of_geos(seed):
    houses = crowd(seed)
    walls = Walls.of(houses)
    points = rays(seed, 80)[0]
    inside = np.empty(len(points), dtype=bool)
    points_inside(points, *walls.boxes.tables, walls.start, walls.end, walls.first, inside)
    expected = shapely.contains_xy(shapely.union_all(houses), *points.T)
    assert (inside == expected).all()
    one, other = np.triu_indices(len(houses), 1)
    distance = np.empty(len(one))
    outline_distances(
        walls.start, walls.end, walls.first, shapely.bounds(houses), one, other, distance
    )
    assert distance == pytest.approx(shapely.distance(houses[one], houses[other]), abs=1e-9)
    for k, (x, y) in enumerate(points[:20]):
        low, high = walls.first[k % len(houses)], walls.first[k % len(houses) + 1]
        assert is_inside(walls.start, walls.end, low, high, x, y) == shapely.contains_xy(
            houses[k % len(houses)], x, y
        )


@few
@given(seed=seeds, cell_m=st.floats(2, 60), reach=st.floats(0, 10))
def test_pairs_of_boxes_are_those_of_a_tree_each_once(seed, cell_m, reach):
    bounds = shapely.bounds(crowd(seed)) + np.array([-1, -1, 1, 1]) * reach
    grid = BoxGrid.of(bounds, cell_m=cell_m)
    pairs = np.empty((len(bounds) ** 2, 2), dtype=np.int64)
    count = box_pairs(*grid.tables, pairs)
    shapes = shapely.box(*bounds.T)
    expected = {(a, b) for a, b in shapely.STRtree(shapes).query(shapes).T.tolist() if a < b}
    assert count == len(expected)
    assert set(map(tuple, pairs[:count].tolist())) == expected
    assert box_pairs(*grid.tables, pairs[:0]) == count


@few
@given(gap=st.floats(0.3, 8), width=st.floats(4, 20), depth=st.floats(4, 20))
def test_two_houses_face_each_other_across_the_gap_between_them(gap, width, depth):
    houses = np.array([box(0, 0, width, depth), box(width + gap, 0, 2 * width + gap, depth)])
    walls = Walls.of(houses)
    nobody = np.zeros(3, dtype=np.int64)
    found = np.empty((2, 5))
    facing_gaps(
        *walls.grid.tables, walls.grid.corner, walls.start, walls.end, walls.owner, walls.first,
        walls.bounds, nobody, np.zeros(0, dtype=np.int64), np.array([10.0, 1.0, 0.1, 0.01]),
        HALF_WINDOW, found,
    )  # fmt: skip
    assert found[:, :2] == pytest.approx(np.full((2, 2), gap), abs=0.02)
    assert found[:, 2] == pytest.approx([depth, depth])
    assert found[:, 4] == pytest.approx([2 * (width + depth)] * 2)


@few
@given(gap=st.floats(0.5, 8), width=st.floats(4, 20), angle=st.floats(0, 360))
def test_contacts_tell_the_gap_however_the_houses_are_turned(gap, width, angle):
    houses = [box(0, 0, width, 10), box(width + gap, 0, 2 * width + gap, 10)]
    turned = np.array([affinity.rotate(h, angle, origin=(0, 0)) for h in houses])
    one, other, border, gap_m = facade_contacts(turned, spacing_m=0.5, widest_m=10.0).neighbours()
    assert (one.tolist(), other.tolist()) == ([0], [1])
    assert gap_m == pytest.approx([gap], abs=0.05)
    assert border[0] >= 9.0
    assert len(facade_contacts(turned[:1], spacing_m=0.5, widest_m=10.0).gap_m) == 0


@few
@given(depth=st.floats(0.2, 3.9), side=st.sampled_from([-1.0, 1.0]), width=st.floats(8.5, 30))
def test_the_way_out_is_the_shorter_one_and_leads_out(depth, side, width):
    walls = Walls.of(np.array([box(0, 0, width, 40)]))
    x = depth if side < 0 else width - depth
    left = np.array([[1.0, 0.0]])
    offset, nowhere = way_out(walls, np.array([[x, 20.0]]), left, 4.0)
    assert not nowhere[0]
    assert offset[0] == pytest.approx(side * depth, abs=0.05)
    assert not walls.contains(np.array([[x + offset[0], 20.0]]))[0]
    lost = way_out(walls, np.array([[width / 2, 20.0]]), left, 4.0)
    assert lost[1][0]
    assert lost[0][0] == 0.0


shapes = st.sampled_from(
    [None, shapely.Point(1, 2), shapely.Polygon(), box(0, 0, 2, 1),
     shapely.MultiPolygon([box(0, 0, 1, 1), box(5, 5, 6, 6)]),
     shapely.GeometryCollection([shapely.Point(0, 0), box(0, 0, 1, 1)])]
)  # fmt: skip


@given(st.lists(shapes, max_size=8))
def test_taking_shapes_apart_keeps_all_that_is_there_and_whose_it_is(drawn):
    given_ = np.array([*drawn, None], dtype=object)[:-1]
    parts, position = single_parts(given_)
    area = np.bincount(position, shapely.area(parts), minlength=len(drawn)) if len(parts) else 0
    assert area == pytest.approx(np.nan_to_num(shapely.area(given_)))
    assert not shapely.is_empty(parts).any() or len(parts) == 0
    assert (shapely.get_type_id(parts) <= shapely.GeometryType.POLYGON).all()
    assert (np.diff(position) >= 0).all()


@compiled("float64(float64, float64)")
def _ratio(one, other):
    return one / other


@given(numbers, numbers)
def test_a_compiled_function_gives_the_numbers_of_numpy(one, other):
    with np.errstate(all="ignore"):
        expected = np.float64(one) / np.float64(other)
    assert _ratio(one, other) == pytest.approx(expected, rel=0, abs=0, nan_ok=True)

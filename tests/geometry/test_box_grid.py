import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from taobaogis.geometry.box_grid import BoxGrid


@given(seed=st.integers(0, 10_000), cell_m=st.floats(0.5, 50))
def test_points_lie_in_the_boxes_that_a_tree_finds(seed, cell_m):
    random = np.random.default_rng(seed)
    low = random.uniform(-100, 100, (40, 2))
    bounds = np.column_stack([low, low + random.uniform(0, 60, (40, 2))])
    # Far beyond the boxes on every side, too.
    points = random.uniform(-300, 300, (200, 2))
    grid = BoxGrid.of(bounds, cell_m=cell_m)
    expected = shapely.STRtree(shapely.box(*bounds.T)).query(
        shapely.points(points), predicate="intersects"
    )
    assert set(zip(*grid.pairs(points), strict=True)) == set(zip(*expected, strict=True))
    assert grid.any_near(points)[expected[0]].all()


def test_a_box_over_very_many_cells_is_found_as_any_other():
    grid = BoxGrid.of(np.array([[0.0, 0, 1e7, 1e7], [5, 5, 6, 6]]), cell_m=1.0)
    point, box = grid.pairs(np.array([[5.5, 5.5], [9e6, 9e6], [-1.0, 0]]))
    assert sorted(zip(point.tolist(), box.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0)]
    assert grid.any_near(np.array([[9e6, 9e6], [-1.0, 0]])).tolist() == [True, False]


@pytest.mark.parametrize("bounds", [np.zeros((0, 4)), np.full((2, 4), np.nan)])
def test_no_boxes_hold_no_points(bounds):
    grid = BoxGrid.of(bounds, cell_m=1.0)
    assert len(grid.pairs(np.zeros((3, 2)))[0]) == 0
    assert not grid.any_near(np.zeros((3, 2))).any()

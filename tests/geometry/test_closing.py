import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from taobaogis.geometry.closing import closed_blocks


def shapes(*polygons):
    return np.array(polygons, dtype=object)


def test_a_gap_narrower_than_the_limit_is_closed_and_a_wider_one_is_not():
    near, far = box(0, 0, 10, 10), box(10.3, 0, 20, 10)
    assert len(closed_blocks(shapes(near, far), gap_m=0.4)) == 1
    assert len(closed_blocks(shapes(near, far), gap_m=0.2)) == 2


def test_a_house_that_stands_alone_stays_as_it_is():
    house = Polygon([(0, 0), (10, 1), (9, 9), (5, 6), (-1, 8)])
    # Far from the origin too, where a union of everything was off by some micrometres.
    there = shapely.transform(house, lambda xy: xy + np.array([430_000, 2_550_000]))
    for smooth in (False, True):
        (block,) = closed_blocks(shapes(there), gap_m=0.4, smooth=smooth)
        assert shapely.hausdorff_distance(block, there) < 1e-8


@given(seed=st.integers(0, 10_000))
def test_blocks_are_those_of_one_union_and_do_not_depend_on_the_order(seed):
    random = np.random.default_rng(seed)
    low = random.uniform(0, 60, (30, 2))
    houses = np.asarray(shapely.box(*low.T, *(low + random.uniform(3, 12, (30, 2))).T))
    blocks = closed_blocks(houses, gap_m=0.6)
    grown = shapely.union_all(shapely.buffer(houses, 0.3, join_style="mitre"))
    together = shapely.union_all([*houses, shapely.buffer(grown, -0.3, join_style="mitre")])
    # Walls a tenth of a millimetre apart are shrunk as one, or not, as it happens.
    assert shapely.MultiPolygon(list(blocks)).symmetric_difference(together).area < 1e-3
    smooth = shapely.MultiPolygon(list(closed_blocks(houses, gap_m=0.6, smooth=True)))
    for one, other in ((smooth, together), (together, smooth)):
        corners = shapely.points(shapely.get_coordinates(one))
        assert shapely.distance(corners, other.boundary).max() < 0.6 / 200
    again = closed_blocks(random.permutation(houses), gap_m=0.6)
    assert shapely.equals_exact(again, blocks, 1e-9).all()
    assert shapely.area(shapely.difference(houses, shapely.union_all(blocks))).max() < 1e-12


def test_no_footprints_make_no_blocks():
    assert len(closed_blocks(shapes(), gap_m=0.4)) == 0


def test_footprints_that_touch_are_one_block():
    blocks = closed_blocks(shapes(box(0, 0, 5, 5), box(5, 0, 9, 5)), gap_m=0.4)
    assert blocks[0].area == pytest.approx(45)

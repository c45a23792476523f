import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import Polygon, box
from support.lane_villages import layer

from taobaogis.errors import CRSError, InputError
from taobaogis.form.buildings import building_coverage_ratio, floor_space_index, storeys

PLOT = box(0, 0, 100, 100)


def houses(*rows):
    """Houses as (footprint, storeys, height)."""
    return layer(
        [r[0] for r in rows],
        levels_tag=[r[1] for r in rows],
        height_tag_m=[r[2] for r in rows],
    )


def test_storeys_are_the_mapped_ones_else_by_height_else_assumed():
    known = storeys(
        houses((PLOT, 5, np.nan), (PLOT, np.nan, 10.0), (PLOT, np.nan, np.nan), (PLOT, 4, 15.0)),
        storeys_low=2, storeys_high=6, storey_height_m=3,
    )  # fmt: skip
    expected = pd.DataFrame(
        {
            "levels": [5.0, 3, 4, 4],
            "levels_low": [5.0, 3, 2, 4],
            "levels_high": [5.0, 4, 6, 4],
            "height_m": [15.0, 10, 12, 15],
            "height_source": ["levels", "tagged", "assumed", "tagged"],
        }
    )
    pd.testing.assert_frame_equal(known, expected, check_dtype=False)


@pytest.mark.parametrize("nonsense", [0, -3, np.nan])
def test_no_storeys_and_no_height_are_unknown_and_not_nothing(nonsense):
    assert storeys(houses((PLOT, nonsense, nonsense)))["height_source"].tolist() == ["assumed"]


def test_a_low_shed_has_one_storey():
    shed = storeys(houses((PLOT, np.nan, 1.2)))
    assert shed[["levels", "levels_low", "levels_high"]].iloc[0].tolist() == [1, 1, 1]


def test_a_range_from_high_to_low_is_refused():
    with pytest.raises(InputError, match="storeys_low is 7"):
        storeys(houses((PLOT, 1, 1)), storeys_low=7, storeys_high=3)


def test_coverage_counts_the_part_inside_and_overlaps_once():
    rows = layer([box(-50, 0, 50, 10), box(40, 0, 60, 10), box(200, 200, 210, 210)])
    assert building_coverage_ratio(rows, PLOT) == pytest.approx(600 / 1e4)


def test_where_nothing_is_mapped_there_is_no_coverage_rather_than_none_at_all():
    assert np.isnan(building_coverage_ratio(layer([]), PLOT))
    assert np.isnan(building_coverage_ratio(layer([PLOT]), Polygon()))
    assert building_coverage_ratio(layer([box(300, 300, 310, 310)]), PLOT) == 0
    assert np.isnan(floor_space_index(houses(), PLOT)).all()


def test_floor_space_lies_between_the_fewest_and_the_most_storeys():
    index = floor_space_index(
        houses((box(0, 0, 10, 10), 4, np.nan), (box(20, 0, 30, 10), np.nan, np.nan)),
        PLOT, storeys_low=3, storeys_high=7,
    )  # fmt: skip
    assert index.value == pytest.approx((400 + 500) / 1e4)
    assert (index.low, index.high) == pytest.approx((0.07, 0.11))
    assert index.known_share == 0.5


def test_of_overlapping_footprints_the_higher_counts_whichever_comes_first():
    tower, podium = (box(0, 0, 10, 10), 30, np.nan), (box(0, 0, 50, 50), 3, np.nan)
    expected = (100 * 30 + 2400 * 3) / 1e4
    assert floor_space_index(houses(tower, podium), PLOT).value == pytest.approx(expected)
    assert floor_space_index(houses(podium, tower), PLOT).value == pytest.approx(expected)


def test_a_footprint_mapped_twice_counts_once():
    twice = [(box(0, 0, 10, 10), 4, np.nan)] * 2
    assert floor_space_index(houses(*twice), PLOT).value == pytest.approx(0.04)


def test_neighbours_that_share_a_wall_both_count_whole():
    row = [(box(10 * i, 0, 10 * i + 10, 10), 2, np.nan) for i in range(5)]
    assert floor_space_index(houses(*row), PLOT).value == pytest.approx(0.1)


def test_missing_footprints_do_not_matter():
    rows = houses((None, 3, np.nan), (box(0, 0, 10, 10), 3, np.nan))
    assert floor_space_index(rows, PLOT).value == pytest.approx(0.03)
    assert building_coverage_ratio(rows, PLOT) == pytest.approx(0.01)


@given(
    corners=st.lists(st.tuples(st.floats(-5, 95), st.floats(-5, 95)), min_size=1, max_size=8),
    levels=st.integers(1, 9),
    angle=st.floats(0, 360),
)
def test_floor_space_is_coverage_times_storeys_where_all_have_the_same(corners, levels, angle):
    rows = houses(*[(box(x, y, x + 12, y + 9), levels, np.nan) for x, y in corners])
    turned = rows.set_geometry(rows.rotate(angle, origin=(50, 50)))
    area = rotate(PLOT, angle, origin=(50, 50))
    coverage = building_coverage_ratio(turned, area)
    assert coverage == pytest.approx(building_coverage_ratio(rows, PLOT), abs=1e-6)
    assert floor_space_index(turned, area).value == pytest.approx(levels * coverage, abs=1e-6)


def test_degrees_are_refused():
    with pytest.raises(CRSError, match="`buildings` is in 'WGS 84'"):
        building_coverage_ratio(layer([PLOT]).set_crs(4326, allow_override=True), PLOT)

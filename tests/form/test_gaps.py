import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import Polygon, box
from support.lane_villages import LANE_M, house_grid, layer

from taobaogis.errors import CRSError, InputError
from taobaogis.form.gaps import building_gaps, handshake_share


def gaps(*houses, **options):
    return building_gaps(layer(houses), **options)


def test_houses_in_a_grid_face_each_other_across_the_lane():
    found = building_gaps(house_grid())
    assert found["gap_m"].to_numpy() == pytest.approx(LANE_M)
    assert found["gap_min_m"].to_numpy() == pytest.approx(LANE_M)
    # Inside the grid all four sides face another house, at its corners two do.
    assert found["facing_share"].max() == pytest.approx(1)
    assert found["facing_share"].min() == pytest.approx(0.5)


def test_houses_that_meet_only_at_a_corner_do_not_face_each_other():
    found = gaps(box(0, 0, 10, 10), box(10.5, 10.5, 20, 20))
    assert found["gap_min_m"].tolist() == pytest.approx([np.hypot(0.5, 0.5)] * 2)
    assert found["gap_m"].isna().all()
    assert not found["handshake"].any()


@pytest.mark.parametrize("apart", [0.0, 0.05, -0.5])
def test_a_shared_wall_is_no_gap_and_no_handshake(apart):
    found = gaps(box(0, 0, 10, 10), box(10 + apart, 0, 20 + apart, 10))
    assert found["gap_min_m"].tolist() == pytest.approx([max(apart, 0)] * 2)
    assert found["gap_m"].isna().all()
    assert not found["handshake"].any()
    assert (found["joined_share"] > 0.2).all()


@pytest.mark.parametrize("overlap", [0.0, 0.02])
def test_nobody_is_faced_through_a_house_in_a_row(overlap):
    row = [box(10 * i, 0, 10 * i + 10 + overlap, 10) for i in range(4)]
    assert gaps(*row)["gap_m"].isna().all()


def test_the_wings_of_one_building_do_not_face_each_other():
    found = gaps(box(0, 0, 30, 30).difference(box(10, 10, 12, 40)), box(200, 0, 210, 10))
    assert found["facing_share"].tolist() == [0, 0]


def test_a_house_in_front_hides_the_one_behind():
    found = gaps(box(0, 0, 10, 10), box(12, 0, 22, 10), box(23, 0, 33, 10))
    assert found["gap_m"].round(6).tolist() == [2, 1.5, 1]
    assert found["gap_facing_m"].round(6).tolist() == [2, 1, 1]


def test_a_house_farther_than_the_reach_is_not_faced():
    found = gaps(box(0, 0, 10, 10), box(26, 0, 36, 10))
    assert found["gap_m"].isna().all()
    assert found["gap_min_m"].tolist() == [16, 16]
    farther = gaps(box(0, 0, 10, 10), box(26, 0, 36, 10), reach_m=20)
    assert farther["gap_m"].tolist() == pytest.approx([16, 16])


def test_a_footprint_mapped_twice_is_not_its_own_neighbour():
    found = gaps(box(0, 0, 10, 10), box(0, 0, 10, 10), box(12, 0, 22, 10))
    assert found["gap_min_m"].tolist() == pytest.approx([2, 2, 2])


def test_a_house_alone_has_no_gap():
    found = gaps(box(0, 0, 10, 10))
    assert found[["gap_m", "gap_min_m", "gap_facing_m"]].isna().all(axis=None)
    assert found["handshake"].tolist() == [False]


def test_missing_footprints_have_nothing_and_an_empty_layer_no_rows():
    found = gaps(None, Polygon(), box(0, 0, 10, 10), box(11, 0, 21, 10))
    assert found["gap_m"].isna().tolist() == [True, True, False, False]
    assert found["facing_share"].isna().tolist() == [True, True, False, False]
    assert gaps().empty


def test_shares_of_handshake_houses_stand_beside_their_thresholds():
    rows = [box(0, 0, 10, 10), box(10.8, 0, 20, 10), box(21.8, 0, 30, 10), box(60, 0, 70, 10)]
    share = handshake_share(gaps(*rows))
    # Gaps of 0.8 and 1.8 m: the first two are below 1 m, the third below 2 m, the last alone.
    expected = pd.Series({1.0: 0.5, 1.5: 0.5, 2.0: 0.75}, name="handshake_share")
    pd.testing.assert_series_equal(share, expected.rename_axis("threshold_m"))
    assert handshake_share(gaps()).isna().all()


@given(gap=st.floats(0.2, 14), angle=st.floats(0, 360))
@hypothesis_settings(max_examples=40)
def test_a_gap_is_the_same_at_any_angle(gap, angle):
    pair = [box(0, 0, 10, 10), box(10 + gap, 0, 20 + gap, 10)]
    found = gaps(*[rotate(h, angle, origin=(3, 4)) for h in pair])
    assert found["gap_m"].tolist() == pytest.approx([gap, gap], abs=1e-6)
    assert found["facing_share"].tolist() == pytest.approx([0.25, 0.25])


def test_the_order_of_the_houses_does_not_matter():
    houses = house_grid().drop(index=[7, 30, 31])
    mixed = building_gaps(houses.sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(mixed.loc[houses.index], building_gaps(houses))


def test_distances_that_cannot_be_meant_are_refused():
    with pytest.raises(InputError, match="reach_m is 0"):
        gaps(box(0, 0, 1, 1), reach_m=0)


def test_degrees_are_refused():
    with pytest.raises(CRSError, match="`buildings` is in 'WGS 84'"):
        building_gaps(house_grid().set_crs(4326, allow_override=True))

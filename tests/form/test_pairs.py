import momepy
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from shapely.affinity import rotate, scale
from shapely.geometry import Polygon, box
from support.lane_villages import house_grid, layer

from taobaogis.errors import CRSError, InputError
from taobaogis.form.pairs import close_pairs, fire_columns, joined_columns

ROW = [box(0, 0, 8, 9), box(8, 0, 16, 9), box(16, 0, 24, 9)]
ACROSS = box(0, 13, 8, 20)
FAR = box(100, 0, 110, 10)


def pairs(*houses, closer_than_m=6.0, **options):
    return close_pairs(layer(houses), closer_than_m=closer_than_m, **options)


def columns(*houses, separation_m=6.0):
    index = pd.RangeIndex(len(houses))
    names = pd.Series([f"h{i}" for i in index], index=index)
    found = pairs(*houses, closer_than_m=separation_m)
    return joined_columns(found, index).join(
        fire_columns(found, index, names, separation_m=separation_m)
    )


def test_houses_that_share_walls_are_one_group():
    found = columns(*ROW, ACROSS, FAR)
    assert found["joined_houses"].tolist() == [3, 3, 3, 1, 1]
    assert found["joined_group"].tolist() == [1, 1, 1, 0, 0]


def test_a_shared_wall_is_no_gap_that_fire_could_cross_but_it_spreads_over_it():
    found = columns(*ROW, ACROSS, FAR)
    # The house across faces the first, meets the second at a corner and is 8.9 m from the third.
    assert found["fire_neighbours"].tolist() == [1, 1, 0, 2, 0]
    assert found["fire_gap_m"].tolist()[:2] == [4, 4]
    assert found["fire_group_houses"].tolist() == [4, 4, 4, 4, 1]
    assert found["fire_nearest"].tolist() == ["h3", "h3", "", "h0", ""]
    assert found["fire_gap_m"].isna().tolist() == [False, False, True, False, True]


@pytest.mark.parametrize("apart", [0.0, 0.05, -0.5])
def test_outlines_that_were_meant_to_touch_are_joined(apart):
    found = pairs(box(0, 0, 10, 10), box(10 + apart, 0, 20 + apart, 10))
    assert found["joined"].tolist() == [True]


def test_houses_that_touch_at_a_corner_share_no_wall_and_stand_too_near():
    found = pairs(box(0, 0, 10, 10), box(10, 10, 20, 20))
    assert found[["distance_m", "joined"]].to_numpy().tolist() == [[0.0, False]]
    assert found.length.iloc[0] == pytest.approx(np.hypot(10, 10))


def test_houses_at_the_separation_keep_it():
    assert pairs(box(0, 0, 10, 10), box(16, 0, 20, 10)).empty
    assert len(pairs(box(0, 0, 10, 10), box(15.99, 0, 20, 10))) == 1


def test_the_line_of_a_pair_is_as_long_as_their_distance():
    found = pairs(*ROW, ACROSS, box(20, 12, 30, 20))
    apart = found[found["distance_m"] > 0]
    assert len(apart) == 4
    assert apart.length.to_numpy() == pytest.approx(apart["distance_m"].to_numpy())


def test_a_footprint_mapped_twice_is_no_pair_with_itself():
    found = pairs(ROW[0], ROW[0], box(10, 0, 12, 9))
    assert found[["one", "other"]].to_numpy().tolist() == [[0, 2], [1, 2]]


def test_missing_footprints_an_empty_layer_and_a_house_alone_have_no_pair():
    assert pairs(None, Polygon(), ROW[0]).empty
    assert pairs().empty
    alone = columns(ROW[0], None)
    assert alone["joined_houses"].tolist() == [1, 1]
    assert alone["fire_neighbours"].tolist() == [0, 0]
    assert columns().empty


def test_an_outline_that_crosses_itself_does_not_stop_the_others():
    bow = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    found = pairs(bow, box(10.05, 0, 20, 10), box(22, 0, 30, 10))
    assert {(1, 2)} <= set(zip(found["one"], found["other"], strict=True))


def test_groups_agree_with_the_contiguity_of_momepy():
    houses = house_grid(lane_m=1.5).geometry.tolist()
    rows = layer([*houses, *[box(300 + 10 * i, 0, 310 + 10 * i, 10) for i in range(5)]])
    found = joined_columns(close_pairs(rows, closer_than_m=6), rows.index)
    components = Graph.build_contiguity(rows, rook=True).component_labels
    sizes = components.groupby(components).transform("size")
    assert found["joined_houses"].tolist() == sizes.tolist()
    walls = momepy.shared_walls(rows)
    assert ((walls > 0) == (found["joined_houses"] > 1)).all()


@given(angle=st.floats(0, 360), factor=st.floats(0.5, 3))
@hypothesis_settings(max_examples=20)
def test_distances_turn_and_grow_with_the_village(angle, factor):
    houses = [*ROW, ACROSS, box(26, 0, 30, 9)]
    changed = [
        scale(rotate(h, angle, origin=(0, 0)), factor, factor, origin=(0, 0)) for h in houses
    ]
    one = pairs(*houses)
    other = pairs(*changed, closer_than_m=6 * factor)
    assert other[["one", "other", "joined"]].equals(one[["one", "other", "joined"]])
    assert other["distance_m"].to_numpy() == pytest.approx(
        one["distance_m"].to_numpy() * factor, abs=1e-6
    )


def test_the_order_of_houses_does_not_matter():
    houses = house_grid(houses=5, lane_m=2.0).drop(index=[3, 11])
    mixed = houses.sample(frac=1, random_state=3)
    names = pd.Series(houses.index.astype(str), index=houses.index)
    tables = []
    for frame in (houses, mixed):
        found = close_pairs(frame, closer_than_m=2.5)
        fire = fire_columns(found, frame.index, names, separation_m=2.5)
        tables.append(fire[["fire_neighbours", "fire_gap_m", "fire_group_houses"]].sort_index())
    pd.testing.assert_frame_equal(*tables, check_exact=False, rtol=1e-9)


def test_distances_that_cannot_be_meant_are_refused():
    with pytest.raises(InputError, match="closer_than_m is 0"):
        pairs(*ROW, closer_than_m=0)


def test_degrees_are_refused():
    with pytest.raises(CRSError, match="`buildings` is in 'WGS 84'"):
        close_pairs(house_grid().set_crs(4326, allow_override=True), closer_than_m=6)

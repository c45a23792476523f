import momepy
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from shapely.affinity import rotate, scale, translate
from shapely.geometry import Polygon, box
from support.lane_villages import house_grid, layer

from taobaogis.errors import CRSError, InputError
from taobaogis.form.orientation import neighbour_turn_deg
from taobaogis.form.pattern import frontages, nearest_neighbours, variation_ratio

AREA = box(0, 0, 240, 240)


def strewn(n, *, side_m=400.0, seed=1):
    """Houses without size, so that chance alone decides where they stand."""
    xy = np.random.default_rng(seed).uniform(0, side_m, (n, 2))
    return layer([box(x, y, x + 0.01, y + 0.01) for x, y in xy])


def test_neighbours_in_a_square_lattice_have_a_ratio_of_two():
    houses = house_grid(houses=20, house_m=10, lane_m=2)
    inner = nearest_neighbours(houses, box(60, 60, 180, 180))
    assert inner.edge == "surroundings"
    assert len(inner.spacing_m) == 100
    assert inner.spacing_m.to_numpy() == pytest.approx(12)
    assert inner.ratio == pytest.approx(2)
    assert variation_ratio(inner.spacing_m) == pytest.approx(0, abs=1e-9)


def test_houses_strewn_at_random_have_a_ratio_of_one():
    ratios = [
        nearest_neighbours(strewn(600, seed=s), box(80, 80, 320, 320)).ratio for s in range(8)
    ]
    assert np.mean(ratios) == pytest.approx(1, abs=0.03)


def test_where_nothing_is_mapped_beyond_the_edge_the_expectation_is_corrected():
    ratios, naive = [], []
    for seed in range(8):
        found = nearest_neighbours(strewn(100, seed=seed), box(0, 0, 400, 400))
        assert found.edge == "donnelly"
        ratios.append(found.ratio)
        naive.append(found.spacing_m.mean() / (0.5 * np.sqrt(400**2 / 100)))
    assert np.mean(ratios) == pytest.approx(1, abs=0.04)
    assert np.mean(naive) > np.mean(ratios)


def test_huddled_houses_have_a_ratio_below_one():
    corner = house_grid(houses=4, house_m=5, lane_m=1)
    assert nearest_neighbours(corner, AREA).ratio < 0.5


def test_a_neighbour_beyond_the_boundary_is_seen():
    houses = layer([box(0, 0, 10, 10), box(100, 0, 110, 10), box(-20, 0, -10, 10)])
    found = nearest_neighbours(houses, box(-1, -1, 120, 20))
    assert found.spacing_m.to_dict() == {0: 20, 1: 100}


def test_fewer_than_two_houses_have_no_pattern():
    assert np.isnan(nearest_neighbours(layer([box(0, 0, 1, 1)]), AREA).ratio)
    assert np.isnan(nearest_neighbours(layer([]), AREA).ratio)
    assert np.isnan(variation_ratio(pd.Series([3.0])))
    assert np.isnan(variation_ratio(pd.Series([0.0, 0.0, 0.0])))


def test_a_footprint_mapped_twice_stands_once_and_a_missing_one_nowhere():
    houses = layer([box(0, 0, 10, 10), box(0, 0, 10, 10), None, Polygon(), box(20, 0, 30, 10)])
    found = nearest_neighbours(houses, AREA)
    assert found.spacing_m.to_dict() == {0: 20, 4: 20}


def test_an_outline_that_crosses_itself_still_has_a_place():
    bow = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    found = nearest_neighbours(layer([bow, box(20, 0, 30, 10)]), AREA)
    assert found.spacing_m.notna().all()
    assert frontages(layer([bow, box(20, 0, 30, 10)])).notna().all(axis=None)


def test_the_spread_of_a_normal_distribution_is_its_coefficient_of_variation():
    values = pd.Series(np.random.default_rng(3).normal(10, 2, 20_000))
    assert variation_ratio(values) == pytest.approx(0.2, abs=0.005)
    assert variation_ratio(pd.concat([values, pd.Series([5_000.0, np.nan])])) == pytest.approx(
        variation_ratio(values), abs=1e-3
    )


def test_the_front_of_a_house_looks_at_the_widest_space():
    # A row of houses 6 m by 12 m, 1 m apart, with 4 m before their short sides.
    row = [box(7 * i, 0, 7 * i + 6, 12) for i in range(3)]
    across = [translate(h, 0, 16) for h in row]
    found = frontages(layer([*row, *across]))
    assert found["frontage_m"].to_numpy() == pytest.approx(6)
    assert found["depth_m"].to_numpy() == pytest.approx(12)
    # The same houses with the wide lane along their long sides.
    beside = [box(16 * i, 13 * j, 16 * i + 6, 13 * j + 12) for i in range(3) for j in range(3)]
    assert frontages(layer(beside)).loc[4].tolist() == [12, 6]


def test_where_all_sides_look_at_equal_space_the_front_is_the_short_side():
    assert frontages(layer([box(0, 0, 8, 14)])).loc[0].tolist() == [8, 14]


def test_a_shared_wall_is_no_front():
    # Houses of a terrace, joined along their short sides, with a lane of 2 m before the long ones.
    terrace = [box(6 * i, 15 * j, 6 * i + 6, 15 * j + 13) for i in range(5) for j in range(3)]
    assert frontages(layer(terrace)).loc[7].tolist() == [6, 13]
    turned = [box(13 * i, 8 * j, 13 * i + 13, 8 * j + 6) for i in range(5) for j in range(3)]
    assert frontages(layer(turned)).loc[7].tolist() == [13, 6]


def test_missing_footprints_have_no_front():
    found = frontages(layer([None, Polygon(), box(0, 0, 8, 14)]))
    assert found["frontage_m"].isna().tolist() == [True, True, False]
    assert frontages(layer([])).empty


def test_neighbours_turned_to_either_side_are_twice_as_far_apart():
    # Folded to 45 degrees, as momepy does, +10 and -10 degrees would be the same.
    pair = layer([rotate(box(0, 0, 20, 10), 10), rotate(box(25, 0, 45, 10), -10)])
    assert neighbour_turn_deg(pair).tolist() == pytest.approx([20, 20])
    graph = Graph.build_knn(pair.centroid, k=1)
    folded = momepy.alignment(momepy.orientation(pair), graph)
    assert folded.tolist() == pytest.approx([0, 0], abs=1e-6)


def test_distances_to_neighbours_agree_with_libpysal():
    houses = house_grid(houses=6).iloc[[0, 3, 4, 8, 9, 17, 20, 33]]
    found = nearest_neighbours(houses, AREA)
    nearest = Graph.build_knn(houses.centroid, k=1)
    apart = [houses.centroid[i].distance(houses.centroid[j]) for i, j in nearest.adjacency.index]
    assert found.spacing_m.to_numpy() == pytest.approx(apart)


@given(angle=st.floats(0, 360), factor=st.floats(0.5, 3), east=st.floats(-1e5, 1e6))
@hypothesis_settings(max_examples=20)
def test_the_pattern_turns_moves_and_grows_with_the_village(angle, factor, east):
    def changed(shape):
        turned = rotate(shape, angle, origin=(0, 0))
        return translate(scale(turned, factor, factor, origin=(0, 0)), east, 2.5e6)

    houses = house_grid(houses=5, house_m=9, lane_m=2).iloc[::2]
    other = houses.set_geometry([changed(h) for h in houses.geometry])
    one, again = nearest_neighbours(houses, AREA), nearest_neighbours(other, changed(AREA))
    assert again.ratio == pytest.approx(one.ratio, rel=1e-6)
    assert variation_ratio(again.spacing_m) == pytest.approx(
        variation_ratio(one.spacing_m), abs=1e-6
    )
    fronts = frontages(other, reach_m=30 * factor)
    assert fronts.to_numpy() == pytest.approx(frontages(houses).to_numpy() * factor, rel=1e-6)


def test_the_order_of_houses_does_not_matter():
    houses = house_grid(houses=6).iloc[::3]
    mixed = houses.sample(frac=1, random_state=2)
    one, again = nearest_neighbours(houses, AREA), nearest_neighbours(mixed, AREA)
    assert again.ratio == pytest.approx(one.ratio)
    pd.testing.assert_series_equal(again.spacing_m.sort_index(), one.spacing_m.sort_index())
    pd.testing.assert_frame_equal(frontages(mixed).sort_index(), frontages(houses).sort_index())


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(InputError, match="reach_m is 0"):
        frontages(house_grid(), reach_m=0)
    wrong = house_grid().set_crs(4326, allow_override=True)
    for measure in (frontages, lambda h: nearest_neighbours(h, AREA)):
        with pytest.raises(CRSError, match="`buildings` is in 'WGS 84'"):
            measure(wrong)

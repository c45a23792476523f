import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import LineString, box

from taobaogis.errors import CRSError
from taobaogis.form.complexity import block_complexities, block_complexity

GRID = 4547
STEP_M = 12.0


def houses(columns=12, rows=12):
    shapes = [
        box(STEP_M * x, STEP_M * y, STEP_M * x + 10, STEP_M * y + 10)
        for x in range(columns)
        for y in range(rows)
    ]
    return gpd.GeoSeries(shapes, crs=GRID)


def lines(*shapes):
    return gpd.GeoSeries(list(shapes), crs=GRID)


def ring(layer, away=3.0):
    return box(*layer.total_bounds).buffer(away, join_style="mitre").exterior


def test_twelve_by_twelve_houses_with_streets_around_are_six_deep():
    block = houses()
    found = block_complexity(block, lines(ring(block)))
    x, y = np.divmod(np.arange(144), 12)
    expected = 1 + np.min([x, 11 - x, y, 11 - y], axis=0)
    assert found["k_complexity"].tolist() == expected.tolist()
    assert (found["block_k"] == 6).all()
    assert found["block"].nunique() == 1


def test_a_street_through_the_middle_makes_two_blocks_of_three():
    block = houses()
    found = block_complexity(block, lines(ring(block), LineString([(71, -3), (71, 145)])))
    assert found["block"].nunique() == 2
    assert found["block_k"].unique().tolist() == [3]


def test_a_dead_end_gives_access_but_does_not_part_the_block():
    block = houses(columns=6, rows=6)
    dead_end = LineString([(35, -3), (35, 33)])
    found = block_complexity(block, lines(dead_end, ring(block)))
    k = found["k_complexity"].to_numpy().reshape(6, 6)
    assert found["block"].nunique() == 1
    assert k[2, :3].tolist() == k[3, :3].tolist() == [1, 1, 1]
    assert k[2, 3] == 2
    assert k[1, 2] == 2


def test_a_lane_a_metre_wide_gives_access_on_both_sides():
    rows = lines(*[box(11 * n, 0, 11 * n + 10, 10) for n in range(4)])
    found = block_complexity(rows, lines(LineString([(10.5, -5), (10.5, 15)])))
    assert found["k_complexity"].tolist() == [1, 1, 2, 3]


def test_the_house_nearest_to_a_street_far_away_has_access():
    row = lines(*[box(12 * n, 0, 12 * n + 10, 10) for n in range(3)])
    found = block_complexity(row, lines(LineString([(-80, -50), (-80, 60)])))
    assert found["k_complexity"].tolist() == [1, 2, 3]


def test_without_streets_no_house_has_a_number():
    found = block_complexity(houses(3, 3), lines())
    assert found["k_complexity"].isna().all()
    assert found["block_k"].isna().all()
    assert (found["block"] == 0).all()


def test_an_empty_layer_gives_an_empty_table():
    found = block_complexity(lines(), lines(LineString([(0, 0), (1, 1)])))
    assert found.columns.tolist() == ["k_complexity", "block", "block_k"]
    assert found.empty


def test_a_house_without_footprint_is_not_known_and_in_no_block():
    given_ = gpd.GeoSeries([None, box(0, 0, 10, 10), box(12, 0, 22, 10)], crs=GRID, index=[5, 6, 7])
    found = block_complexity(given_, lines(LineString([(-3, -5), (-3, 15)])))
    assert found.index.tolist() == [5, 6, 7]
    assert np.isnan(found.loc[5, "k_complexity"])
    assert found.loc[5, "block"] == -1
    assert found["k_complexity"].tolist()[1:] == [1, 2]


def test_a_single_house_on_a_street_has_access():
    found = block_complexity(lines(box(0, 0, 10, 10)), lines(LineString([(-3, -5), (-3, 15)])))
    assert found["k_complexity"].tolist() == [1]


@settings(max_examples=15)
@given(
    angle=st.floats(0, 360), dx=st.floats(-1e5, 1e5), dy=st.floats(-1e5, 1e5),
    order=st.permutations(range(20)),
)  # fmt: skip
def test_turning_shifting_and_reordering_change_nothing(angle, dx, dy, order):
    block = houses(columns=4, rows=5)
    streets = [LineString([(-3, -3), (-3, 60)]), LineString([(23, -3), (23, 21)])]

    def moved(shape):
        return affinity.translate(affinity.rotate(shape, angle, origin=(0, 0)), dx, dy)

    before = block_complexity(block, lines(*streets))["k_complexity"]
    turned = gpd.GeoSeries([moved(block.iloc[n]) for n in order], crs=GRID, index=order)
    after = block_complexity(turned, lines(*map(moved, streets)))["k_complexity"]
    assert after.sort_index().tolist() == before.tolist()


@pytest.mark.parametrize("cut", [0, 2, 4])
def test_one_more_street_never_makes_a_house_deeper(cut):
    block = houses(columns=6, rows=6)
    outer = ring(block)
    more = LineString([(STEP_M * cut + 11, -3), (STEP_M * cut + 11, 75)])
    before = block_complexity(block, lines(outer))["k_complexity"]
    after = block_complexity(block, lines(outer, more))["k_complexity"]
    assert (after <= before).all()
    assert (after < before).any(), "a lane inside reaches houses that stood behind others"


@settings(max_examples=15, deadline=None)
@given(where=st.lists(st.tuples(st.integers(-1, 5), st.booleans()), min_size=2, max_size=5))
def test_layer_upon_layer_is_all_streets_at_once(where):
    block = houses(columns=5, rows=5)
    between = [STEP_M * n + 11 for n, _ in where]
    streets = [
        LineString([(at, -3), (at, 40)]) if up else LineString([(-3, at), (40, at)])
        for at, (_, up) in zip(between, where, strict=True)
    ]
    layers = [lines(*streets[:1]), lines(*streets[1:])]
    few, all_ = block_complexities(block, layers)
    assert few.equals(block_complexity(block, layers[0]))
    assert all_.equals(block_complexity(block, lines(*streets)))


def test_another_crs_is_refused():
    with pytest.raises(CRSError, match="streets"):
        block_complexity(houses(2, 2), gpd.GeoSeries([LineString([(0, 0), (1, 1)])], crs=4549))

"""Houses that a file holds twice are measured once, whichever comes first."""

from collections import Counter

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from taobaogis.loaders.mending import mended
from taobaogis.loaders.twins import without_twins
from taobaogis.schema import conform


def layer(shapes, levels=None):
    columns = {"levels_tag": np.nan if levels is None else levels}
    frame = gpd.GeoDataFrame(columns, index=range(len(shapes)), geometry=list(shapes), crs=4547)
    return conform(frame, "buildings")


def test_of_two_surveys_of_a_house_the_one_with_storeys_stays():
    again = box(0.02, 0.01, 10.02, 10.01)
    found = without_twins(layer([box(0, 0, 10, 10), box(12, 0, 20, 10), again], [np.nan, 2, 5]))
    assert found.index.tolist() == [1, 2]


def test_a_house_in_the_court_of_another_and_a_smaller_one_on_top_are_no_twins():
    ring = box(0, 0, 30, 30) - box(5, 5, 25, 25)
    shapes = [ring, box(6, 6, 24, 24), box(40, 0, 50, 10), box(42, 2, 48, 8)]
    assert len(without_twins(layer(shapes))) == 4


def test_thousands_of_copies_are_one_and_are_counted():
    repairs = Counter()
    single = mended(layer([box(0, 0, 9, 9)] * 20_000 + [box(9, 0, 18, 9)]), "buildings", repairs)
    assert repairs["buildings that stand twice left out"] == 19_999
    assert single.index.tolist() == [0, 1]


@settings(max_examples=25)
@given(
    houses=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(5, 9)),
                    unique_by=lambda house: house[:2], max_size=12),
    copies=st.lists(st.tuples(st.integers(0, 11), st.integers(-9, 9)), max_size=8),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_every_house_stays_once_in_whatever_order(houses, copies, seed):
    drawn = [box(10 * x, 10 * y, 10 * x + e, 10 * y + e) for x, y, e in houses]
    again = [shapely.transform(drawn[i], lambda xy, d=d: xy + d / 100)
             for i, d in copies if i < len(drawn)]  # fmt: skip
    frame = layer([*drawn, *again])
    found = without_twins(frame)
    assert len(found) == len(drawn)
    order = np.random.default_rng(seed).permutation(len(frame))
    shuffled = without_twins(frame.iloc[order].reset_index(drop=True))
    assert set(shuffled.geometry.to_wkb()) == set(found.geometry.to_wkb())
    assert without_twins(found).equals(found)

import geopandas as gpd
import momepy
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from shapely.geometry import MultiPolygon, Point, Polygon, box
from support.lane_villages import layer

from taobaogis.errors import CRSError
from taobaogis.form import shape

MEASURES = [getattr(shape, name) for name in shape.__all__]
# A house of 10 by 4 with a court of 2 by 1.
HOUSE = Polygon(box(0, 0, 10, 4).exterior, [box(4, 1, 6, 2).exterior.coords])


@pytest.fixture(scope="module")
def town():
    """Moved to the origin, where GEOS' rectangles, which momepy takes, keep all their digits."""
    houses = gpd.read_file(momepy.datasets.get_path("bubenec"), layer="buildings").to_crs(32633)
    west, south, _, _ = houses.total_bounds
    return houses.set_geometry(houses.translate(-west, -south))


def test_measures_of_a_house_with_a_court_are_those_computed_by_hand():
    got = {m.__name__: m(layer([HOUSE])).iloc[0] for m in MEASURES}
    assert got == pytest.approx(
        {
            "area_m2": 38,
            "perimeter_m": 28 + 6,
            "courtyard_area_m2": 2,
            "elongation_ratio": 0.4,
            "orientation_deg": 90,
            "rectangularity_ratio": 0.95,
            "equivalent_rectangular_index": np.sqrt(0.95) * 28 / 34,
            "circular_compactness_ratio": 38 / (np.pi * 29),
            "square_compactness_ratio": 16 * 38 / 34**2,
            "convexity_ratio": 0.95,
        }
    )


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_is_named_after_itself_and_keeps_the_index(measure):
    houses = layer([HOUSE, box(0, 0, 2, 3)]).set_index(pd.Index(["b", "a"]))
    result = measure(houses)
    assert result.name == measure.__name__
    assert result.index.equals(houses.index)


@pytest.mark.parametrize("measure", MEASURES)
def test_missing_and_empty_footprints_have_no_shape(measure):
    assert measure(layer([None, Polygon(), HOUSE])).isna().tolist() == [True, True, False]
    assert measure(layer([])).empty


@pytest.mark.parametrize("measure", MEASURES)
def test_degrees_are_refused(measure):
    with pytest.raises(CRSError, match="`buildings` is in 'WGS 84'"):
        measure(gpd.GeoSeries([Point(113, 23).buffer(0.1)], crs=4326))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (shape.equivalent_rectangular_index, momepy.equivalent_rectangular_index),
        (shape.rectangularity_ratio, momepy.rectangularity),
        (shape.circular_compactness_ratio, momepy.circular_compactness),
        (shape.square_compactness_ratio, momepy.square_compactness),
        (shape.convexity_ratio, momepy.convexity),
        (shape.courtyard_area_m2, momepy.courtyard_area),
    ],
)
def test_a_whole_town_agrees_with_momepy(town, ours, theirs):
    assert ours(town).to_numpy() == pytest.approx(theirs(town).to_numpy(), abs=1e-6)


def test_shape_does_not_lose_digits_far_from_the_origin(town):
    far = town.set_geometry(town.translate(5e5, 5.5e6))
    for measure in (shape.elongation_ratio, shape.rectangularity_ratio):
        assert measure(far).to_numpy() == pytest.approx(measure(town).to_numpy(), abs=1e-8)


def test_elongation_and_orientation_agree_with_momepy_where_one_rectangle_is_smallest(town):
    folded = np.abs((shape.orientation_deg(town) + 45) % 90 - 45)
    # Three of the 144 houses have two rectangles of the same area (to 1e-10 m²) in two
    # directions, of which momepy has the other one.
    assert np.isclose(folded, momepy.orientation(town), atol=1e-6, rtol=0).sum() >= 141
    same = np.isclose(shape.elongation_ratio(town), momepy.elongation(town), atol=1e-6, rtol=0)
    assert same.sum() >= 141


@given(angle=st.floats(0, 180, exclude_max=True), length=st.floats(10.5, 60))
def test_orientation_is_the_compass_direction_of_the_long_side(angle, length):
    house = rotate(box(0, 0, 10, length), -angle)
    found = shape.orientation_deg(layer([house])).iloc[0]
    assert 0 <= found < 180
    apart = abs(found - angle)
    assert min(apart, 180 - apart) < 1e-4


@pytest.mark.parametrize("angle", [0, 30, 60, 89])
def test_the_direction_of_a_square_lies_below_ninety(angle):
    found = shape.orientation_deg(layer([rotate(box(0, 0, 10, 10), -angle)])).iloc[0]
    assert found % 90 == pytest.approx(angle, abs=1e-4)
    assert found < 90


def test_courts_of_all_parts_count():
    both = MultiPolygon([HOUSE, translate(HOUSE, 20, 0)])
    assert shape.courtyard_area_m2(layer([both])).iloc[0] == pytest.approx(4)

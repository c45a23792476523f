import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from taobaogis.datums import from_wgs84, layer_to_wgs84, to_wgs84
from taobaogis.errors import InputError

METRES_PER_DEGREE = 111_320.0


@given(
    lon=st.floats(75, 134),
    lat=st.floats(23, 53),
    datum=st.sampled_from(["gcj02", "bd09"]),
)
def test_forth_and_back_is_exact_to_a_millionth_of_a_metre(lon, lat, datum):
    back_lon, back_lat = to_wgs84(*from_wgs84([lon], [lat], datum), datum)
    off_m = np.hypot(back_lon - lon, back_lat - lat) * METRES_PER_DEGREE
    assert off_m[0] < 1e-6


def test_in_guangzhou_the_shift_is_some_600_metres_to_the_east_south_east():
    lon, lat = from_wgs84([113.3425], [22.9965], "gcj02")
    east_m = (lon[0] - 113.3425) * METRES_PER_DEGREE * np.cos(np.radians(23))
    north_m = (lat[0] - 22.9965) * METRES_PER_DEGREE
    assert np.hypot(east_m, north_m) == pytest.approx(629, abs=3)
    assert np.degrees(np.arctan2(east_m, north_m)) == pytest.approx(117.5, abs=1.5)


def test_a_published_pair_of_coordinates_agrees():
    """Tencent's point of Lirendong and its WGS 84 place, from the gazetteer's sources."""
    lon, lat = to_wgs84([113.349651], [22.990770], "gcj02")
    assert lon[0] == pytest.approx(113.344198, abs=1e-6)
    assert lat[0] == pytest.approx(22.993383, abs=1e-6)


def test_hong_kong_macau_and_helsinki_are_not_shifted():
    for lon, lat in ((114.17, 22.30), (113.55, 22.19), (24.94, 60.17)):
        assert from_wgs84([lon], [lat], "gcj02") == (lon, lat)


def test_nan_stays_nan_and_wgs84_stays_itself():
    lon, lat = from_wgs84([np.nan], [np.nan], "bd09")
    assert np.isnan([lon[0], lat[0]]).all()
    assert to_wgs84([113.0], [23.0], "cgcs2000") == ([113.0], [23.0])


def test_a_layer_keeps_its_attributes_and_loses_only_its_shift():
    right = gpd.GeoDataFrame(
        {"name": ["lane", "post"]},
        geometry=[LineString([(113.3, 23.0), (113.31, 23.01)]), Point(113.32, 23.02)],
        crs=4326,
    )
    shifted = right.set_geometry(
        right.geometry.apply(
            lambda g: type(g)(np.column_stack(from_wgs84(*np.array(g.coords).T, "gcj02")))
        )
    )
    mended = layer_to_wgs84(shifted, "gcj02")
    assert list(mended["name"]) == ["lane", "post"]
    assert mended.geometry.geom_equals_exact(right.geometry, 1e-10).all()


def test_an_unknown_datum_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'gcj02'"):
        to_wgs84([113.0], [23.0], "gcj-02")

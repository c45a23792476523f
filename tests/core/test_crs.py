import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import Point, box

from taobaogis.crs import (
    LONLAT,
    choose_metric_crs,
    parse_metric_crs,
    require_metres,
    require_same_crs,
    swap_xy,
)
from taobaogis.errors import CRSError


def test_guangzhou_and_shenzhen_are_measured_on_the_grid_of_their_planners():
    assert choose_metric_crs(113.34, 22.99).to_epsg() == 4547
    assert choose_metric_crs(114.02, 22.53).to_epsg() == 4547
    assert choose_metric_crs(120.15, 30.29).to_epsg() == 4549
    assert choose_metric_crs(116.4, 39.9).to_epsg() == 4548


def test_outside_china_utm_is_taken_on_the_right_half_of_the_globe():
    assert choose_metric_crs(24.94, 60.17).to_epsg() == 32635
    assert choose_metric_crs(-58.38, -34.6).to_epsg() == 32721


@given(lon=st.floats(-180, 180), lat=st.floats(-79.9, 83.9))
def test_a_hectare_is_a_hectare_to_a_tenth_of_a_per_cent_wherever_it_lies(lon, lat):
    crs = choose_metric_crs(lon, lat)
    centre = gpd.GeoSeries([Point(lon, lat)], crs=LONLAT).to_crs(crs).iloc[0]
    square = box(centre.x - 50, centre.y - 50, centre.x + 50, centre.y + 50)
    degrees = gpd.GeoSeries([square], crs=crs).to_crs(LONLAT).iloc[0]
    xs, ys = degrees.exterior.xy
    unwrapped = [x + 360 if x < lon - 180 else x - 360 if x > lon + 180 else x for x in xs]
    area, _ = Geod(ellps="WGS84").polygon_area_perimeter(unwrapped, ys)
    assert abs(area) == pytest.approx(1e4, rel=2e-3)


@pytest.mark.parametrize(("lon", "lat"), [(113, 91), (500, 22), (float("nan"), 22), (22.99, 113.3)])
def test_a_place_off_the_globe_is_refused(lon, lat):
    with pytest.raises(CRSError, match="longitude first"):
        choose_metric_crs(lon, lat)


@pytest.mark.parametrize(
    ("crs", "culprit"),
    [("EPSG:4326", "WGS 84"), ("EPSG:3857", "Mercator"), ("EPSG:2263", "ftUS"), (None, "no CRS")],
)
def test_a_crs_in_which_metres_cannot_be_measured_is_refused(crs, culprit):
    layer = gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=crs)
    with pytest.raises(CRSError, match=culprit) as caught:
        require_metres(layer, "buildings")
    assert "`buildings`" in str(caught.value)


def test_two_layers_in_different_grids_are_refused_with_the_mend():
    a = gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=4547)
    b = gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=32649)
    with pytest.raises(CRSError, match=r"`b`.*`a`.*to_crs\(a.crs\)"):
        require_same_crs(a=a, b=b)


def test_what_the_user_writes_as_a_crs_is_read_or_refused():
    assert parse_metric_crs("EPSG:4547").to_epsg() == 4547
    with pytest.raises(CRSError, match="not a CRS"):
        parse_metric_crs("Guangzhou 2000")
    with pytest.raises(CRSError, match="Mercator"):
        parse_metric_crs("EPSG:3857")


def test_exchanged_axes_are_exchanged_back_with_height_attributes_and_gaps_kept():
    northing_first = gpd.GeoDataFrame(
        {"name": ["a", "b", "c"]},
        geometry=[Point(2544000, 432000, 7), None, Point(2544010, 432010, 8)],
        crs=4547,
    )
    mended = swap_xy(northing_first)
    assert mended.geometry[0].coords[0] == (432000, 2544000, 7)
    assert mended.geometry[1] is None
    assert list(mended["name"]) == ["a", "b", "c"]
    assert mended.crs.to_epsg() == 4547
    assert northing_first.geometry[0].x == 2544000, "the caller's layer stays as it was"
    flat = gpd.GeoDataFrame(geometry=[box(0, 10, 1, 12)], crs=4547)
    assert swap_xy(swap_xy(flat)).geometry.geom_equals(flat.geometry).all()
    assert swap_xy(flat[:0]).empty

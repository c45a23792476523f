"""Every way in which files bring coordinates that cannot be meant, and what is said of it."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import Point, Polygon, box

from taobaogis.crs import choose_metric_crs, swap_xy
from taobaogis.errors import CRSError, StudyError
from taobaogis.loaders.guards import coordinate_fault, require_plausible_coordinates
from taobaogis.loaders.vector import read_lonlat
from taobaogis.study_table import require_place

DEGREES = np.column_stack([113.34 + np.arange(5) * 0.001, 22.99 + np.arange(5) * 0.002])


def written_in(epsg, degrees=DEGREES):
    return np.column_stack(Transformer.from_crs(4326, epsg, always_xy=True).transform(*degrees.T))


def layer(xy, crs):
    return gpd.GeoDataFrame(geometry=shapely.points(xy), crs=crs)


GRID, ZONED, SIX_DEGREES, MERCATOR = (written_in(epsg) for epsg in (4547, 4526, 4497, 3857))
SWAP = slice(None, None, -1)

# Coordinates, the CRS that the file claims, the code, and what has to stand in the sentence.
FAULTS = {
    "latitude first": (DEGREES[:, SWAP], 4326, "axes_swapped", r"latitude before.*exchange x and"),
    "latitude first in CGCS2000": (DEGREES[:, SWAP], 4490, "axes_swapped", "latitude before"),
    "a grid called degrees": (GRID, 4326, "metres_as_degrees", r"metres of a grid.*EPSG:4547"),
    "a grid called degrees, north first":
        (GRID[:, SWAP], 4326, "metres_as_degrees", r"northing comes first.*exchange"),
    "zoned eastings called degrees": (ZONED, 4326, "zone_prefix", r"zone 38.*EPSG:4526"),
    "web Mercator called degrees": (MERCATOR, 4326, "web_mercator", "EPSG:3857"),
    "degrees called a grid": (DEGREES, 4547, "degrees_as_metres", r"are degrees.*EPSG:4326"),
    "degrees called UTM": (DEGREES, 32649, "degrees_as_metres", r"are degrees.*EPSG:4326"),
    "degrees called web Mercator": (DEGREES, 3857, "degrees_as_metres", "are degrees"),
    "degrees called a grid, latitude first":
        (DEGREES[:, SWAP], 4547, "degrees_as_metres", r"latitude comes first.*EPSG:4326 and exch"),
    "web Mercator called a grid": (MERCATOR, 4547, "web_mercator", r"web Mercator.*EPSG:3857"),
    "zoned eastings called plain": (ZONED, 4547, "zone_prefix", r"the zone 38.*EPSG:4526"),
    "six-degree zones called plain": (SIX_DEGREES, 4508, "zone_prefix", r"zone 19.*EPSG:4497"),
    "plain eastings called zoned": (GRID, 4526, "zone_missing", r"lacks the zone 38.*EPSG:4547"),
    "northing first": (GRID[:, SWAP], 4547, "axes_swapped", r"northing before easting; exchange"),
    "northing first, zoned": (ZONED[:, SWAP], 4526, "axes_swapped", "northing before easting"),
    "northing first, zoned, called plain":
        (ZONED[:, SWAP], 4547, "axes_swapped", r"zone 38.*EPSG:4526 and exchange"),
    "a drawing of its own": (np.array([[10.0, 20], [500, 800]]), 4547, "nowhere", "georeference"),
    "one missing place": (np.vstack([DEGREES, [[0, 0]]]), 4326, "null_island", "1 feature at 0, 0"),
    "only missing places": (np.zeros((3, 2)), 4326, "null_island", "3 features at 0, 0"),
    "a missing place on a grid":
        (np.vstack([GRID, [[0, 0]]]), 4547, "null_island", "1 feature at 0, 0"),
    "not a number": (np.vstack([DEGREES, [[113.3, np.nan]]]), 4326, "not_finite", "1 feature w"),
    "infinite": (np.vstack([GRID, [[np.inf, 0]]]), 4547, "not_finite", "NaN or infinite"),
    "one row exchanged":
        (np.vstack([DEGREES, DEGREES[:1, SWAP]]), 4326, "axes_swapped", "1 of 6 feat"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_recognised_and_named_with_its_mend(case):
    xy, crs, code, says = FAULTS[case]
    fault = coordinate_fault(layer(xy, crs), "f.shp")
    assert fault is not None
    assert fault.code == code
    assert "'f.shp'" in fault.message
    assert fault.message.endswith(".")
    assert ". " not in fault.message.replace("e.g. ", ""), "one sentence"
    with pytest.raises(CRSError, match=says):
        require_plausible_coordinates(layer(xy, crs), "f.shp")


@pytest.mark.parametrize(
    "crs", [4326, 4490, 4547, 4526, 4508, 4497, 3857, 32649, 2334, "EPSG:4549"]
)
def test_coordinates_that_can_be_meant_are_let_through(crs):
    xy = DEGREES if crs in {4326, 4490} else written_in(crs)
    assert coordinate_fault(layer(xy, crs), "f") is None


CITIES = {
    "Guangzhou": (113.26, 23.13), "Shenzhen": (114.06, 22.54), "Beijing": (116.40, 39.90),
    "Shanghai": (121.47, 31.23), "Chengdu": (104.07, 30.57), "Kashgar": (75.99, 39.47),
    "Harbin": (126.64, 45.76), "Sanya": (109.51, 18.25), "Mohe": (122.54, 52.97),
}  # fmt: skip


@given(city=st.sampled_from(sorted(CITIES)), east=st.floats(-0.3, 0.3), north=st.floats(-0.3, 0.3))
def test_around_every_city_what_is_right_passes_and_what_is_exchanged_does_not(city, east, north):
    lon, lat = CITIES[city][0] + east, CITIES[city][1] + north
    place = np.array([[lon, lat]])
    crs = choose_metric_crs(lon, lat)
    assert coordinate_fault(layer(place, 4326), "f") is None
    metres = written_in(crs, place)
    assert coordinate_fault(layer(metres, crs), "f") is None
    assert coordinate_fault(layer(metres[:, SWAP], crs), "f").code == "axes_swapped"
    exchanged = coordinate_fault(layer(place[:, SWAP], 4326), "f", near=(lon, lat))
    assert exchanged.code == "axes_swapped"
    if lon > 90:
        assert coordinate_fault(layer(place[:, SWAP], 4326), "f") == exchanged


@given(lon=st.floats(-180, 180), lat=st.floats(-79.9, 83.9))
def test_no_place_on_earth_is_refused_in_the_crs_that_is_chosen_for_it(lon, lat):
    assume(max(abs(lon), abs(lat)) > 0.02)
    crs = choose_metric_crs(lon, lat)
    assert coordinate_fault(layer(written_in(crs, np.array([[lon, lat]])), crs), "f") is None


def test_the_mend_mends():
    fault = coordinate_fault(layer(GRID[:, SWAP], 4547), "f")
    assert "swap_xy" in fault.message
    assert coordinate_fault(swap_xy(layer(GRID[:, SWAP], 4547)), "f") is None
    zoned = layer(ZONED, 4547).set_crs(4526, allow_override=True)
    assert coordinate_fault(zoned, "f") is None


def test_where_the_study_lies_tells_exchanged_axes_and_other_grids_anywhere_on_earth():
    exchanged = layer([[60.17, 24.94]], 4326)
    assert coordinate_fault(exchanged, "f") is None, "it could be in Iran"
    assert coordinate_fault(exchanged, "f", near=(24.9, 60.2)).code == "axes_swapped"
    other = coordinate_fault(layer(GRID, 3857), "f", near=(113.3, 23.0))
    assert other.code == "other_grid"
    assert "EPSG:4547" in other.message
    utm = coordinate_fault(layer(written_in(32649), 4326), "f", near=(113.3, 23.0))
    assert "EPSG:32649" in utm.message
    assert coordinate_fault(layer(DEGREES, 4326), "f", near=(24.9, 60.2)) is None


def test_missing_and_empty_geometry_is_no_fault_of_the_coordinates():
    empty = gpd.GeoDataFrame(geometry=[None, Polygon(), Point(113.3, 23.0)], crs=4326)
    assert coordinate_fault(empty, "f") is None
    assert coordinate_fault(empty[:0], "f") is None
    assert coordinate_fault(empty[:2], "f") is None


def test_a_grid_of_the_site_s_own_may_begin_at_zero():
    site = "+proj=tmerc +lat_0=23 +lon_0=113.3 +x_0=0 +y_0=0 +datum=WGS84"
    assert coordinate_fault(layer([[0, 0], [120, 80]], site), "f") is None


@pytest.mark.parametrize("name", ["f.gpkg", "f.geojson", "f.parquet"])
def test_a_faulty_file_is_stopped_at_the_door(tmp_path, name):
    houses = [box(y, x, y + 1e-4, x + 1e-4) for x, y in DEGREES]
    frame = gpd.GeoDataFrame(geometry=houses, crs=4326)
    path = tmp_path / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_file(path)
    with pytest.raises(CRSError, match=f"'{name}' says EPSG:4326.*latitude before longitude"):
        read_lonlat(path)


@pytest.mark.parametrize(
    ("lon", "lat", "says"),
    [
        (22.99, 113.34, "exchange them"),
        (432000, 2544000, "are metres of a grid; write WGS 84 degrees"),
        (0, 0, "which is no place; fill them in"),
        (float("nan"), 23, "lon is missing"),
        (float("inf"), 23, "lon is inf"),
    ],
)
def test_a_place_of_a_study_that_cannot_be_meant_is_refused(lon, lat, says):
    with pytest.raises(StudyError, match=f"market 'm'.*{says}"):
        require_place(lon, lat, "market 'm'")


def test_places_on_the_equator_and_on_the_meridian_of_greenwich_are_places():
    require_place(0.0, 51.48, "village 'greenwich'")
    require_place(36.8, 0.0, "village 'kenya'")

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from taobaogis.datums import _NOT_SHIFTED, from_wgs84, layer_to_wgs84, to_wgs84
from taobaogis.errors import InputError

METRES_PER_DEGREE = 111_320.0
SHIFTED = ["gcj02", "bd09"]

# Places everybody can look up, by the side of the border on which they lie.
MAINLAND = {
    "Shekou port": (113.9100, 22.4800),
    "Shenzhen Bay Port": (113.9440, 22.5030),
    "Futian bonded area": (114.0500, 22.5080),
    "Futian Port": (114.0650, 22.5180),
    "Luohu railway station": (114.1130, 22.5335),
    "Liantang Port": (114.1530, 22.5570),
    "Shatoujiao, Shenzhen": (114.2290, 22.5500),
    "Yantian": (114.2400, 22.5600),
    "Dapeng": (114.4800, 22.5950),
    "Inner Lingding": (113.8000, 22.4100),
    "Outer Lingding": (114.0300, 22.1050),
    "Gongbei": (113.5490, 22.2200),
    "Wanzai, Zhuhai": (113.5260, 22.1950),
    "Hengqin": (113.5300, 22.1300),
}
NOT_MAINLAND = {
    "Lo Wu station": (114.1137, 22.5285),
    "Lok Ma Chau station": (114.0660, 22.5149),
    "Lok Ma Chau Loop": (114.0790, 22.5200),
    "Sha Tau Kok, Hong Kong": (114.2220, 22.5460),
    "Tung Ping Chau": (114.4370, 22.5430),
    "Yuen Long": (114.0220, 22.4450),
    "Hong Kong airport": (113.9200, 22.3100),
    "Tai O": (113.8600, 22.2540),
    "Central": (114.1580, 22.2820),
    "Macau, Senado Square": (113.5400, 22.1937),
    "Taipa": (113.5580, 22.1560),
    "Coloane": (113.5640, 22.1200),
    "Helsinki": (24.94, 60.17),
}


def off_m(lon, lat, back):
    return np.hypot((back[0] - lon) * np.cos(np.radians(lat)), back[1] - lat) * METRES_PER_DEGREE


def is_mainland(lon, lat):
    moved = from_wgs84([lon], [lat], "gcj02")
    return bool(moved[0][0] != lon or moved[1][0] != lat)


@given(lon=st.floats(72.004, 137.8347), lat=st.floats(0.8293, 55.8271),
       datum=st.sampled_from(SHIFTED))  # fmt: skip
def test_forth_and_back_is_exact_to_a_millionth_of_a_metre(lon, lat, datum):
    assume(is_mainland(lon, lat))
    back = to_wgs84(*from_wgs84([lon], [lat], datum), datum)
    assert off_m(lon, lat, back)[0] < 1e-6


@given(lon=st.floats(113.4, 114.6), lat=st.floats(22.0, 22.7), datum=st.sampled_from(SHIFTED))
def test_around_the_border_only_the_shift_s_own_width_of_the_other_side_is_ambiguous(
    lon, lat, datum
):
    border_deg = _NOT_SHIFTED.boundary.distance(Point(lon, lat))
    far = border_deg * METRES_PER_DEGREE * np.cos(np.radians(lat)) > 1400
    assume(is_mainland(lon, lat) or far)
    back = to_wgs84(*from_wgs84([lon], [lat], datum), datum)
    assert off_m(lon, lat, back)[0] < 1e-6


@pytest.mark.parametrize("datum", SHIFTED)
def test_on_the_shenzhen_river_and_a_metre_north_of_it_the_inverse_is_exact(datum):
    river = np.array(_NOT_SHIFTED.geoms[0].exterior.coords)[5:70]
    for north_m in (0.0, 1.0):
        lon, lat = river[:, 0], river[:, 1] + north_m / METRES_PER_DEGREE
        shifted = np.hypot(*(np.array(from_wgs84(lon, lat, datum)) - (lon, lat))) > 0
        assert shifted.sum() > 40, "most of these points have to lie on the mainland"
        back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
        assert off_m(lon, lat, back)[shifted].max() < 1e-6


@pytest.mark.parametrize("datum", SHIFTED)
@pytest.mark.parametrize(("edge", "inward"), [((72.004, 30.0), (1, 0)), ((137.8347, 30.0), (-1, 0)),
                                              ((110.0, 0.8293), (0, 1)),
                                              ((110.0, 55.8271), (0, -1))])  # fmt: skip
def test_at_the_edges_of_the_formulas_the_inverse_is_exact_inside(datum, edge, inward):
    steps = np.array([0.0, 1e-9, 1e-5, 5e-3, 2e-2])[:, None]
    lon, lat = (np.array(edge) + steps * inward).T
    assert off_m(lon, lat, to_wgs84(*from_wgs84(lon, lat, datum), datum)).max() < 1e-6


def test_a_coordinate_that_two_places_share_is_taken_for_the_one_on_the_mainland():
    """Luohu station moved by 600 m lands in Hong Kong, where nothing is moved."""
    lon, lat = MAINLAND["Luohu railway station"]
    image = from_wgs84([lon], [lat], "gcj02")
    assert from_wgs84(*image, "gcj02") == image, "the image has to lie in Hong Kong"
    back = to_wgs84(*image, "gcj02")
    assert off_m(lon, lat, back)[0] < 1e-6


def test_a_coordinate_that_no_place_has_is_moved_like_its_neighbours_on_the_mainland():
    """East of Sha Tau Kok the mainland begins again, but nothing is moved onto its first strip."""
    lon, lat = np.array([114.2285]), np.array([22.5470])
    assert is_mainland(lon[0], lat[0])
    back = to_wgs84(lon, lat, "gcj02")
    assert not is_mainland(back[0][0], back[1][0])
    neighbour = to_wgs84(lon + 0.006, lat, "gcj02")
    assert is_mainland(neighbour[0][0], neighbour[1][0])
    assert back[0] - lon == pytest.approx(neighbour[0] - lon - 0.006, abs=1e-4)


@pytest.mark.parametrize("name", MAINLAND)
def test_the_mainland_is_shifted_up_to_its_border(name):
    assert is_mainland(*MAINLAND[name])


@pytest.mark.parametrize("name", NOT_MAINLAND)
def test_hong_kong_macau_and_the_rest_of_the_world_are_not_shifted(name):
    lon, lat = NOT_MAINLAND[name]
    for datum in SHIFTED:
        assert from_wgs84([lon], [lat], datum) == ([lon], [lat])


@pytest.mark.shared_data
def test_every_named_building_lies_on_the_side_of_the_border_that_its_name_tells(shared_data):
    """Hong Kong names its buildings in traditional characters and English, Shenzhen does not."""
    buildings = gpd.read_parquet(
        shared_data / "shenzhen-buildings.parquet", columns=["name", "geometry"]
    )
    buildings = buildings[buildings["name"].notna()]
    points = gpd.GeoSeries(shapely.centroid(buildings.geometry.to_numpy()))
    moved, _ = from_wgs84(points.x.to_numpy(), points.y.to_numpy(), "gcj02")
    mainland = moved != points.x.to_numpy()
    near = shapely.dwithin(points.to_numpy(), _NOT_SHIFTED.boundary, 0.015)
    name = buildings["name"]
    hong_kong = (
        name.str.contains(r"[樓廈衞號門東館灣園]") & name.str.contains("[a-z]{3}")
    ).to_numpy()
    shenzhen = name.str.contains("栋").to_numpy()
    assert (hong_kong & near).sum() > 30
    assert (shenzhen & near).sum() > 300
    assert not mainland[hong_kong & near & ~name.str.contains("皇岗").to_numpy()].any()
    assert mainland[shenzhen].all()


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


def test_an_independent_implementation_gives_the_same_coordinates():
    oracle = pytest.importorskip("geocoordinates_ffi", reason="the oracle is not installed")
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(75, 134, 400), rng.uniform(23, 53, 400)
    points = [oracle.Wgs84(lat=y, lon=x) for x, y in zip(lon, lat, strict=True)]
    for datum, convert in (("gcj02", oracle.wgs84_to_gcj02), ("bd09", oracle.wgs84_to_bd09)):
        theirs = np.array([(p.lon, p.lat) for p in map(convert, points)])
        assert np.column_stack(from_wgs84(lon, lat, datum)) == pytest.approx(theirs, abs=1e-11)
        back = to_wgs84(*theirs.T, datum)
        assert off_m(lon, lat, back).max() < 1e-4


@given(lon=st.floats(allow_nan=True, allow_infinity=True), lat=st.floats(allow_nan=True))
def test_no_number_is_too_wild_to_be_left_alone(lon, lat):
    assume(not (71 <= lon <= 139 and 0 <= lat <= 57))
    for datum in SHIFTED:
        for convert in (from_wgs84, to_wgs84):
            assert np.array_equal(convert([lon], [lat], datum), [[lon], [lat]], equal_nan=True)


def test_shape_and_input_stay_as_they_are():
    lon, lat = np.full((2, 3), 113.3), np.full((2, 3), 23.0)
    for convert in (from_wgs84, to_wgs84):
        assert convert(lon, lat, "bd09")[0].shape == (2, 3)
        assert convert(113.3, 23.0, "gcj02")[1].shape == ()
        assert convert([], [], "gcj02")[0].shape == (0,)
    assert (lon == 113.3).all()
    assert (lat == 23.0).all()


def test_each_point_is_converted_for_itself():
    lon = np.array([113.3, 114.17, 24.94, 116.4, np.nan])
    lat = np.array([23.0, 22.30, 60.17, 39.9, 30.0])
    together = np.column_stack(from_wgs84(lon, lat, "bd09"))
    alone = [np.ravel(from_wgs84(x, y, "bd09")) for x, y in zip(lon, lat, strict=True)]
    assert np.array_equal(together, alone, equal_nan=True)
    assert np.array_equal(from_wgs84(lon[::-1], lat[::-1], "bd09")[0], together[::-1, 0],
                          equal_nan=True)  # fmt: skip


def test_nan_stays_nan_and_wgs84_stays_itself():
    lon, lat = from_wgs84([np.nan], [np.nan], "bd09")
    assert np.isnan([lon[0], lat[0]]).all()
    assert to_wgs84([113.0], [23.0], "cgcs2000") == ([113.0], [23.0])


def test_a_layer_keeps_its_attributes_and_loses_only_its_shift():
    right = gpd.GeoDataFrame(
        {"name": ["lane", "post", "nothing", "nowhere"]},
        geometry=[LineString([(113.3, 23.0), (113.31, 23.01)]), Point(113.32, 23.02), None,
                  LineString()],
        crs=4326,
    )  # fmt: skip
    shifted = right.set_geometry(
        shapely.transform(
            right.geometry.to_numpy(), lambda xy: np.column_stack(from_wgs84(*xy.T, "gcj02"))
        )
    )
    mended = layer_to_wgs84(shifted, "gcj02")
    assert list(mended["name"]) == list(right["name"])
    assert mended.geometry[:2].geom_equals_exact(right.geometry[:2], 1e-10).all()
    assert mended.geometry[2] is None
    assert mended.geometry[3].is_empty
    assert layer_to_wgs84(shifted[:0], "bd09").empty


def test_an_unknown_datum_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'gcj02'"):
        to_wgs84([113.0], [23.0], "gcj-02")

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box
from support import datum_trials, metro_agreement
from support.datum_trials import METRES_PER_DEGREE, careless, shifted

from taobaogis.crs import LONLAT
from taobaogis.datums import layer_to_wgs84
from taobaogis.errors import CRSError
from taobaogis.trust.datum_finding import DatumFinding
from taobaogis.trust.datum_shift import datum_shift
from taobaogis.trust.datum_words import compass, datum_sentence

LON, LAT = 113.34, 22.99
HERE = np.array([LON, LAT])
SHIFTED = ["gcj02", "bd09"]


def frame(geometry, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(geometry), crs=LONLAT)


def scattered(n=60, km=6.0, seed=3):
    """Points at random, none in line with others."""
    xy = np.random.default_rng(seed).uniform(-km / 2, km / 2, (n, 2)) * 1000 / METRES_PER_DEGREE
    return frame(shapely.points(xy + HERE), name=[f"place {i}" for i in range(n)])


def crooked_streets(n=80, seed=4):
    """Streets of three legs in random directions over some square kilometres."""
    rng = np.random.default_rng(seed)
    starts = rng.uniform(-0.015, 0.015, (n, 1, 2)) + HERE
    legs = rng.uniform(-0.004, 0.004, (n, 3, 2)).cumsum(axis=1)
    return frame(shapely.linestrings(np.concatenate([starts, starts + legs], axis=1)))


def houses_along(streets, seed=5):
    """Houses of 12 m beside the streets, set back by 12 m, none on a street."""
    rng = np.random.default_rng(seed)
    lines = streets.geometry.to_numpy()
    lines = lines[rng.integers(0, len(lines), 900)]
    on = shapely.line_interpolate_point(lines, rng.random(900), normalized=True)
    ahead = shapely.get_coordinates(on) + rng.choice([-1, 1], (900, 2)) * 18 / METRES_PER_DEGREE
    half = 6 / METRES_PER_DEGREE
    squares = shapely.box(*(ahead - half).T, *(ahead + half).T)
    free = ~shapely.intersects(squares, shapely.union_all(streets.geometry.to_numpy()))
    return frame(squares[free])


def moved(layer, east_m, north_m):
    step = np.array([east_m / np.cos(np.radians(LAT)), north_m]) / METRES_PER_DEGREE
    return layer.set_geometry(shapely.transform(layer.geometry.to_numpy(), lambda xy: xy + step))


def pairs():
    streets = crooked_streets()
    houses = houses_along(streets)
    places = scattered()
    return {
        "points on points": (places, places),
        "lines on lines": (streets.iloc[::3], streets),
        "buildings on buildings": (houses.iloc[::4], houses),
        "buildings on streets": (houses, streets),
        "streets on buildings": (streets, houses),
        "points on streets": (
            frame(shapely.line_interpolate_point(streets.geometry.to_numpy(), 0.4,
                                                 normalized=True)),
            streets,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("datum", ["wgs84", *SHIFTED])
@pytest.mark.parametrize("pair", pairs())
def test_each_kind_of_layer_is_recognised_on_each_datum(pair, datum):
    layer, reference = pairs()[pair]
    finding = datum_shift(shifted(layer, datum), reference, name_column="")
    assert finding.datum == datum
    assert finding.reason == ""
    assert finding.dominance > 1.25


@pytest.mark.parametrize("datum", SHIFTED)
def test_the_offset_is_the_one_that_the_datum_has_here(datum):
    layer = scattered()
    there = shifted(layer, datum)
    finding = datum_shift(there, layer, name_column="")
    true = (there.to_crs(4547).geometry.x - layer.to_crs(4547).geometry.x).median()
    assert finding.offset_east_m == pytest.approx(true, abs=6)
    assert finding.offset_m == pytest.approx({"gcj02": 628, "bd09": 1290}[datum], abs=25)


def test_shares_are_counted_among_places_and_random_shifts():
    streets = crooked_streets()
    finding = datum_shift(streets.iloc[::3], streets)
    assert finding.share == 1.0
    area_km2 = streets.union_all().envelope.area * (METRES_PER_DEGREE / 1000) ** 2 * 0.92
    within_25_m = 0.05 * streets.to_crs(4547).length.sum() / 1000 / area_km2
    assert finding.share_by_chance == pytest.approx(within_25_m, abs=0.12)
    assert finding.tolerance_m == 25
    assert finding.confidence == "high"


@pytest.mark.parametrize("datum", ["wgs84", *SHIFTED])
def test_places_of_the_same_name_decide_without_any_other_likeness(datum):
    layer, reference = scattered(8, km=3), scattered(8, km=3)
    layer["name"] += "站"
    finding = datum_shift(shifted(layer, datum), reference)
    assert (finding.datum, finding.basis, finding.n, finding.share) == (datum, "names", 8, 1.0)
    assert finding.confidence == "high"


def test_names_that_tell_different_shifts_do_not_decide():
    layer, reference = scattered(20), scattered(20, seed=99)
    assert datum_shift(layer, reference).datum == "unknown"


def test_a_name_that_many_places_bear_does_not_count():
    layer = scattered(12).assign(name="公厕")
    finding = datum_shift(shifted(layer, "gcj02"), layer)
    assert finding.basis == "places"
    assert finding.datum == "gcj02"


@pytest.mark.parametrize(("east_m", "north_m"), [(0, 400), (-700, -300), (1000, 0)])
def test_a_shift_that_no_datum_has_is_told_but_not_named(east_m, north_m):
    streets = crooked_streets()
    finding = datum_shift(moved(streets, east_m, north_m), streets)
    assert finding.datum == "unknown"
    assert finding.reason == ""
    assert (finding.offset_east_m, finding.offset_north_m) == pytest.approx(
        (east_m, north_m), abs=12
    )
    assert "no known datum" in finding.evidence_en
    named = datum_shift(moved(scattered(), east_m, north_m), scattered())
    assert (named.datum, named.basis) == ("unknown", "names")
    assert named.offset_m == pytest.approx(np.hypot(east_m, north_m), rel=0.01)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_a_regular_grid_fits_in_many_places_and_accuses_nobody(datum):
    """Streets every 100 m fit again after each 100 m."""
    steps = np.arange(-10, 11) * 100 / METRES_PER_DEGREE
    end = steps[-1]
    grid = frame(
        [LineString([(LON + s, LAT - end), (LON + s, LAT + end)]) for s in steps]
        + [LineString([(LON - end, LAT + s), (LON + end, LAT + s)]) for s in steps]
    )
    part = grid.clip(box(LON - 0.003, LAT - 0.003, LON + 0.003, LAT + 0.003))
    finding = datum_shift(shifted(part, datum), grid)
    assert finding.datum in {"unknown", datum}
    assert finding.datum != "unknown" or finding.reason


def test_one_straight_street_fits_anywhere_along_itself_and_proves_nothing():
    street = frame([LineString([(LON - 0.03, LAT), (LON + 0.03, LAT)])])
    finding = datum_shift(street.clip(box(LON - 0.01, 0, LON + 0.01, 50)), street)
    assert (finding.datum, finding.reason) == ("unknown", "undecided")


@pytest.mark.parametrize("seed", range(6))
def test_layers_that_have_nothing_to_do_with_each_other_prove_nothing(seed):
    finding = datum_shift(scattered(100, seed=seed), crooked_streets(seed=seed + 50))
    assert finding.datum == "unknown"
    assert finding.reason == "undecided"
    assert np.isnan(finding.offset_m)


def test_too_few_places_layers_apart_and_empty_layers_are_unknown_for_their_own_reason():
    streets = crooked_streets()
    assert datum_shift(scattered(4), streets, name_column="").reason == "few"
    heap = frame(shapely.points(HERE + np.linspace(0, 1e-4, 50)[:, None]))
    assert datum_shift(heap, streets).reason == "few", "fifty places within 15 m are one witness"
    assert datum_shift(moved(streets, 0, 40_000), streets).reason == "apart"
    assert datum_shift(streets[:0], streets).reason == "few"
    assert datum_shift(streets, streets[:0]).reason == "apart"
    nothing = frame([None, Point()])
    assert datum_shift(nothing, streets).reason == "few"
    assert datum_shift(streets, nothing).reason == "apart"


def test_missing_geometries_and_names_change_nothing():
    layer = scattered()
    holes = frame(
        [None, Point(), *shifted(layer, "gcj02").geometry], name=[None, "", *layer["name"]]
    )
    assert datum_shift(holes, layer) == datum_shift(shifted(layer, "gcj02"), layer)


def test_order_and_crs_of_the_layers_do_not_matter():
    layer, reference = shifted(scattered(), "bd09"), scattered()
    plain = datum_shift(layer, reference, name_column="")
    turned = datum_shift(layer[::-1], reference[::-1].to_crs(4547), name_column="")
    assert turned.datum == plain.datum
    assert turned.offset_east_m == pytest.approx(plain.offset_east_m, abs=0.5)
    naive = datum_shift(layer.to_crs(4547), reference, name_column="")
    assert naive.datum == "bd09"


def test_a_layer_without_crs_is_refused():
    layer = scattered()
    with pytest.raises(CRSError, match="the reference has no CRS"):
        datum_shift(layer, gpd.GeoDataFrame(geometry=[Point(LON, LAT)]))


def test_where_nothing_is_shifted_all_datums_are_one():
    streets = crooked_streets()
    helsinki = streets.set_geometry(
        shapely.transform(streets.geometry.to_numpy(), lambda xy: xy - HERE + [24.9, 60.2])
    )
    assert datum_shift(helsinki, helsinki).datum == "wgs84"


@given(
    east_m=st.floats(-28, 28), north_m=st.floats(-28, 28), datum=st.sampled_from(["wgs84", "gcj02"])
)
@settings(max_examples=5)
def test_careless_layers_keep_their_datum(east_m, north_m, datum):
    streets = crooked_streets()
    layer = shifted(moved(streets.iloc[::2], east_m, north_m), datum)
    finding = datum_shift(layer, streets)
    assert finding.datum == datum


def test_the_sentences_say_how_far_where_to_and_the_mend():
    finding = DatumFinding(
        "gcj02", 540.0, -300.0, n=400, share=0.83, share_by_chance=0.41, tolerance_m=25.0,
        strength=9.0, dominance=2.2, confidence="high",
    )  # fmt: skip
    assert finding.evidence_en == (
        "the layer lies 618 m south-east of the reference; that is the signature of GCJ-02 "
        "(converted from it, 83% of 400 places lie within 25 m, against 41% under random "
        'shifts): set datum = "gcj02"'
    )
    assert finding.evidence_zh == (
        "该图层位于参照图层东南方向约 618 米处；这正是 GCJ-02 的特征（由其转换后，"
        '400 个地点中 83% 在 25 米以内，随机偏移时为 41%）：请设置 datum = "gcj02"'
    )
    said = datum_sentence(
        finding, layer="a.gpkg", reference="the streets", language="en", declared="gcj02"
    )
    assert said.startswith("a.gpkg lies")
    assert "set datum" not in said


def test_buildings_that_avoid_streets_are_said_to_do_so():
    finding = DatumFinding("wgs84", 0.0, 0.0, n=500, share=0.02, share_by_chance=0.16,
                           tolerance_m=5.0)  # fmt: skip
    assert "only 2% of 500 places lie within 5 m" in finding.evidence_en
    assert "仅 2%" in finding.evidence_zh
    wrongly = datum_sentence(finding, layer="b", reference="r", language="en", declared="bd09")
    assert wrongly.endswith('set datum = "wgs84"')


@pytest.mark.parametrize("reason", ["few", "apart", "undecided", "alike"])
def test_what_cannot_be_told_says_why_in_both_languages(reason):
    finding = DatumFinding("unknown", reason=reason)
    assert finding.evidence_en.startswith("whether the layer is shifted")
    assert finding.evidence_zh.startswith("无法判断")
    assert "datum =" not in finding.evidence_en


def test_a_finding_is_plain_json():
    record = DatumFinding("unknown", n=3, reason="few").to_dict()
    assert json.loads(json.dumps(record, allow_nan=False))["share"] is None
    assert set(record) == {f.name for f in dataclasses.fields(DatumFinding)}


def test_the_compass_knows_its_eight_winds():
    turned = np.radians(np.arange(0, 360, 45))
    english = [compass(np.sin(a), np.cos(a), "en") for a in turned]
    assert english[0] == "north"
    assert english[2] == "east"
    assert english[5] == "south-west"
    assert len(set(english)) == 8


def test_random_parts_of_the_sample_are_never_told_wrong():
    """A few of the trials that docs/datums.md reports in full."""
    every = datum_trials.sample_pairs()
    for datums, seed in ((["wgs84"], 11), (SHIFTED, 12)):
        trials = list(datum_trials.run_trials(every, 6, datums, seed))
        assert [t for t in trials if t.verdict == "wrong"] == []
        assert sum(t.verdict == "right" for t in trials) >= 2


@pytest.mark.shared_data
def test_random_parts_of_real_layers_are_never_told_wrong(shared_data):
    every = datum_trials.real_pairs(shared_data)
    for datums, seed in ((["wgs84"], 13), (SHIFTED, 14)):
        trials = list(datum_trials.run_trials(every, 6, datums, seed))
        assert [t for t in trials if t.verdict == "wrong"] == []
        assert sum(t.verdict == "right" for t in trials) >= 2


@pytest.mark.shared_data
@pytest.mark.parametrize("names", ["name", ""])
def test_the_other_provider_s_metro_is_recognised_against_stations_and_tracks(shared_data, names):
    layer = datum_trials.gcj02_stations(shared_data)
    stations = gpd.read_file(shared_data / "guangzhou-metro-stations.geojson")
    tracks = gpd.read_file(shared_data / "guangzhou-metro-line-segments.geojson", columns=["line"])
    for reference in (stations, tracks):
        finding = datum_shift(layer, reference, name_column=names)
        assert finding.datum == "gcj02"
        assert finding.confidence == "high"
        assert finding.offset_m == pytest.approx(620, abs=10)
        assert compass(finding.offset_east_m, finding.offset_north_m, "en") == "south-east"
    mended = layer_to_wgs84(layer, "gcj02")
    assert datum_shift(mended, stations, name_column=names).datum == "wgs84"
    apart_m = mended.to_crs(4547).sjoin_nearest(
        stations.to_crs(4547), distance_col="apart_m"
    )["apart_m"]  # fmt: skip
    assert apart_m.median() < 30
    assert (apart_m < 50).mean() > 0.75


@pytest.mark.shared_data
def test_after_conversion_neighbouring_stations_together_agree_to_50_metres(shared_data):
    """A wrong datum moves neighbours alike; single points are set by hand, here or there."""
    converted = metro_agreement.stations_apart(shared_data)
    assert len(converted) > 280
    for count, most_m in ((5, 50), (10, 30)):
        assert metro_agreement.of_neighbours_m(converted, count).max() < most_m
    middle, low, high = metro_agreement.shift_with_interval(converted)
    assert np.hypot(*middle) < 1
    assert (low < 0).all()
    assert (high > 0).all()
    on_tracks = converted[converted["own_track_m"] < 1]
    assert len(on_tracks) > 160
    assert (on_tracks["track_m"] <= metro_agreement.ALIKE_M).mean() > 0.98
    # No better do stations agree that never were on another datum.
    both = converted[["named_m", "own_named_m"]].dropna() <= metro_agreement.ALIKE_M
    assert both["named_m"].mean() == pytest.approx(both["own_named_m"].mean(), abs=0.03)


@pytest.mark.shared_data
def test_the_other_provider_s_metro_is_recognised_against_streets_alone(shared_data):
    _, streets = datum_trials.real_pairs(shared_data)["stations on Panyu streets"]
    layer = datum_trials.gcj02_stations(shared_data)
    finding = datum_shift(layer, streets)
    assert finding.datum == "gcj02"
    assert finding.n > 90
    assert finding.share > 1.5 * finding.share_by_chance
    stations = gpd.read_file(shared_data / "guangzhou-metro-stations.geojson")
    assert datum_shift(stations, streets).datum == "wgs84"


def test_carelessness_stays_within_its_bound():
    """The trials must not accuse by being more careless than they say."""
    layer = scattered()
    for seed in range(5):
        off = careless(layer, np.random.default_rng(seed)).to_crs(4547).distance(layer.to_crs(4547))
        assert off.max() < 31

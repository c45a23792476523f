"""What holds for trust on any data: no direction, no order, and bounds that hold the value."""

import datetime as dt
import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import affinity, box
from support.form_villages import form_village
from support.lane_villages import house_grid, lane_grid

from taobaogis.compare.advice import advice, map_first
from taobaogis.datums import to_wgs84
from taobaogis.form.lanes import lanes
from taobaogis.geometry.grid import Grid
from taobaogis.indicators import Words, measured, not_available
from taobaogis.provenance import Provenance
from taobaogis.study import Assumptions, CriterionSpec
from taobaogis.trust.agreement import NEAR_M, agreement, best_peak, occupied, peak_near
from taobaogis.trust.completeness import (
    Completeness,
    buildings_completeness,
    pois_completeness,
    streets_completeness,
    village_completeness,
)
from taobaogis.trust.datum_finding import DatumFinding
from taobaogis.trust.datum_names import common_places, shift_by_name
from taobaogis.trust.datum_words import compass, datum_sentence
from taobaogis.trust.grades import boundary_doubts, grade_words, limit, rules
from taobaogis.trust.indicators import completeness_indicators, data_age_years
from taobaogis.trust.pattern import Share, share_of_plots
from taobaogis.trust.places import dense_places, kind_of, places
from taobaogis.trust.plots import EmptyPlots, empty_plots, usual_gap_m
from taobaogis.trust.reference import built_share, covered_share, reference_share
from taobaogis.trust.responses import carried, layer_doubt, response

few, heavy = settings(max_examples=20), settings(max_examples=4)
seeds = st.integers(0, 2**31)
kept = st.floats(0.3, 1)
shares = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted)
NOTHING = np.empty(0, dtype=object)
EVERY = house_grid().geometry.to_numpy()
METRIC = CRS.from_epsg(4547)


def some(seed, share=0.7):
    return EVERY[np.random.default_rng(seed).random(len(EVERY)) < share]


def moved(shapes, angle, dx):
    turned = [affinity.rotate(s, angle, origin=(0, 0)) for s in shapes]
    return np.array([affinity.translate(s, dx, -dx) for s in turned], dtype=object)


def frame(shapes):
    return gpd.GeoDataFrame(geometry=list(shapes), crs=METRIC)


# --- houses that are missing


@few
@given(seed=seeds, share=kept, angle=st.floats(0, 360), dx=st.floats(-1e4, 1e4))
def test_gaps_plots_and_cover_have_no_direction_and_no_order(seed, share, angle, dx):
    houses, area = some(seed, share), box(0, 0, 138, 138)
    there = np.random.default_rng(seed).permutation(moved(houses, angle, dx))
    (place,) = moved([area], angle, dx)
    assert usual_gap_m(there) == pytest.approx(usual_gap_m(houses), abs=1e-6)
    assert covered_share(there, place) == pytest.approx(covered_share(houses, area), abs=1e-6)
    plots = [
        empty_plots(h, h, a, streets=NOTHING, closed=NOTHING).count()
        for h, a in ((houses, area), (there, place))
    ]
    assert plots[1] == pytest.approx(plots[0], abs=max(1.5, 0.05 * len(EVERY)))
    assert 0 <= covered_share(houses, area) <= 1
    assert empty_plots(NOTHING, NOTHING, area, streets=NOTHING, closed=NOTHING).count() == 0
    assert usual_gap_m(houses[:1]) == 0.0


@given(houses=st.integers(0, 3000), empty=st.integers(0, 3000), more=st.integers(1, 500))
def test_more_empty_plots_never_make_a_village_more_complete(houses, empty, more):
    def share(n):
        return share_of_plots(houses, EmptyPlots(np.zeros(n), np.ones(n)))

    fewer, many = share(empty), share(empty + more)
    for found in (fewer, many):
        assert 0 <= found.low <= found.value <= found.high <= 1
    # Shares are looked for in steps of a thousandth.
    assert all(b <= a + 2e-3 for a, b in zip(fewer, many, strict=True))


@few
@given(seed=seeds, share=st.floats(0, 1))
def test_against_another_set_the_share_is_that_of_the_houses_in_both(seed, share):
    ours = some(seed, share)
    if not len(ours):
        ours = EVERY[:1]
    found = reference_share(ours, EVERY)
    assert found.value == pytest.approx(len(ours) / len(EVERY))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert reference_share(EVERY, ours).value == pytest.approx(1)


@few
@given(cells=st.lists(st.floats(0, 100), min_size=4, max_size=4), west=st.integers(-1000, 1000))
def test_built_up_cells_give_their_mean_wherever_they_lie(cells, west):
    rows = np.array(cells).reshape(2, 2)
    grid = Grid(rows, rows >= 0, west, 20, 10, 10, METRIC)
    share = built_share(grid, box(west, 0, west + 20, 20), METRIC)
    expected = np.mean(cells) if max(cells) <= 1 else min(np.mean(cells) / 100, 1)
    assert share == pytest.approx(expected, abs=1e-6)
    assert math.isnan(built_share(grid, box(west + 500, 0, west + 520, 20), METRIC))


@heavy
@given(seed=seeds, share=kept, high=st.floats(0.2, 3))
def test_completeness_is_a_share_with_bounds_or_a_reason(seed, share, high):
    houses = frame(some(seed, share))
    rng = np.random.default_rng(seed)
    ways = lane_grid()
    village = form_village(buildings=houses, streets=ways[rng.random(len(ways)) < share])
    assumed = Assumptions(places_per_house_low=0.1, places_per_house_high=0.1 + high)
    between = lanes(village.layers["buildings"], village.boundary)
    whole = village_completeness(village, between, assumed)
    built = buildings_completeness(village)
    assert whole["buildings"].share == built.share
    assert whole["streets"].share == streets_completeness(village, between).share
    assert whole["pois"].share == pois_completeness(village, built, assumed).share
    for found in whole.values():
        assert (found.share is None) <= bool(found.why)
        if found.share is not None:
            assert 0 <= found.share.low <= found.share.value <= found.share.high <= 1
    told = completeness_indicators(village, whole, today=dt.date(2026, 1, 1))
    assert len(told) == len(whole) + 1
    assert all(i.low <= i.value <= i.high for i in told if i.low is not None)
    bare = form_village(outside="elsewhere")
    empty = lanes(bare.layers["buildings"], bare.boundary)
    assert {c.share for c in village_completeness(bare, empty, assumed).values()} == {None}
    assert len(boundary_doubts(village)) == 0


# --- what that does to numbers


@given(bounds=shares, worse=st.floats(0.1, 1), value=st.floats(0.1, 1e4))
def test_the_less_is_mapped_the_wider_the_bounds_and_never_the_better_the_grade(
    bounds, worse, value
):
    def out(low, middle, high):
        found = {"buildings": Completeness("buildings", "", share=Share(middle, low, high))}
        number = measured("building_count", value, method="", source="", n=100)
        return carried([number], found)[0], layer_doubt(found["buildings"])

    low, middle, high = (max(b, 0.01) for b in bounds)
    (one, doubt_one), (other, doubt_other) = (
        out(low, middle, high), out(low * worse, middle * worse, high),
    )  # fmt: skip
    assert one.value == other.value == value
    # Where nothing is missing there is no doubt, and there are no bounds.
    (least, most), (less, more) = (
        (value, value) if found.low is None else (found.low, found.high) for found in (one, other)
    )
    assert least <= value <= most
    assert less <= value <= more
    assert more >= most * (1 - 1e-9)
    assert (one.low is None) == (low == middle == high == 1.0)
    assert "ABCD".index(other.grade) >= "ABCD".index(one.grade)
    assert bool(doubt_other) >= bool(doubt_one)
    assert carried([not_available("building_count", "gone")], {})[0].value is None


@given(st.sampled_from(sorted(rules())))
def test_every_rule_has_a_limit_or_says_that_it_has_none(key):
    if rules()[key].limit is None:
        with pytest.raises(ValueError, match="has no limit"):
            limit(key)
    else:
        assert limit(key) == rules()[key].limit
    words = [grade_words(level) for level in ("A", "B", "C", "D", "NA")]
    assert len({*words}) == len({w.zh for w in words}) == 5


@given(
    days=st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2026, 1, 1)), min_size=1, max_size=3),
    later=st.integers(0, 4000),
)
def test_age_is_that_of_the_oldest_and_grows_by_a_day_each_day(days, later):
    kinds = ("buildings", "streets", "pois")
    origin = {k: Provenance(k, as_of=d.isoformat()) for k, d in zip(kinds, days, strict=False)}
    today = dt.date(2026, 1, 1)
    age = data_age_years(origin, today)
    assert age * 365.2425 == pytest.approx((today - min(days)).days, abs=0.6)
    then = data_age_years(origin, today + dt.timedelta(days=later))
    assert then - age == pytest.approx(later / 365.2425, abs=1e-3)
    assert data_age_years({}, today) is None


@given(share=st.floats(0, 1), storeys=st.floats(0, 1), weight=st.sampled_from([0.0, 1.0]))
def test_only_what_holds_up_a_ranking_is_to_be_mapped(share, storeys, weight):
    criteria = [CriterionSpec("floor_space_index", good=2, bad=5, weight=weight)]
    values = {
        "floor_space_index": not_available("floor_space_index", "gone"),
        **{
            k: measured(k, v, method="", source="", n=40)
            for k, v in (
                ("building_count", 40), ("buildings_completeness_share", share),
                ("levels_known_share", storeys),
            )
        },
    }  # fmt: skip
    assert response("floor_space_index").powers
    steps = map_first(values, criteria)
    assert bool(steps) <= bool(weight)
    assert any("missing" in s for s in steps) == (
        weight > 0 and share < limit("buildings_missing")
    )  # fmt: skip
    said = advice(steps)
    assert all(s in said and s.zh in said.zh for s in steps)
    whole = {**values, "floor_space_index": measured("floor_space_index", 2, method="", source="",
                                                     n=40)}  # fmt: skip
    assert map_first(whole, criteria) == ()
    assert advice([]) == Words("")


# --- the datum of a layer


def streets(seed, n=60):
    rng = np.random.default_rng(seed)
    legs = rng.uniform(-400, 400, (n, 3, 2)).cumsum(axis=1)
    return shapely.linestrings(rng.uniform(-1500, 1500, (n, 1, 2)) + legs)


@heavy
@given(seed=seeds, east=st.integers(-120, 120), north=st.integers(-120, 120))
def test_a_layer_that_was_moved_is_best_moved_back(seed, east, north):
    shift = np.array([8.0 * east, 8.0 * north])
    lines = streets(seed)
    rng = np.random.default_rng(seed)
    cells = occupied(dense_places(lines, "lines", 4.0, rng))
    drawn = places(lines, "lines", 4000, rng) + shift
    assert (np.diff(cells.keys) > 0).all()
    surfaces = agreement(drawn, cells, either_sign=False)
    peak = best_peak(surfaces)
    assert (peak.east_m, peak.north_m) == pytest.approx(tuple(-shift), abs=16)
    near = peak_near(surfaces, *-shift)
    assert near.dominance == pytest.approx(peak.dominance)
    assert math.hypot(near.east_m + shift[0], near.north_m + shift[1]) <= NEAR_M + 12
    elsewhere = peak_near(surfaces, *(-shift + 400 * np.where(shift > 0, 1, -1)))
    assert elsewhere.dominance < peak.dominance


@few
@given(seed=seeds, n=st.integers(1, 300), kind=st.sampled_from(["points", "lines", "areas"]))
def test_places_of_a_layer_lie_on_it(seed, n, kind):
    layers = {"points": shapely.centroid(EVERY), "lines": streets(seed), "areas": EVERY}
    layer, rng = layers[kind], np.random.default_rng(seed)
    assert kind_of(layer) == kind
    found = places(layer, kind, n, rng)
    assert len(found) <= n
    assert len(dense_places(layer, kind, 5.0, rng)) >= len(layer)
    on = shapely.distance(shapely.union_all(layer), shapely.points(found))
    assert on.max(initial=0) < 1e-6
    assert kind_of(np.array([box(0, 0, 500, 500)])) == "lines"


@few
@given(
    names=st.lists(st.text(max_size=4), min_size=1, max_size=8), seed=seeds,
    east=st.floats(-900, 900), north=st.floats(-900, 900),
)  # fmt: skip
def test_places_of_one_name_tell_the_shift_between_two_layers(names, seed, east, north):
    rng = np.random.default_rng(seed)
    here = rng.uniform(-5000, 5000, (len(names), 2))
    there = here + np.array([east, north])
    some_names = np.array(names, dtype=object)
    order = rng.permutation(len(names))
    mine, theirs = common_places((some_names, here), (some_names[order], there[order]))
    single = [n for n in names if names.count(n) == 1]
    assert len(mine) == len(theirs) <= len(single)
    assert theirs - mine == pytest.approx(np.tile([east, north], (len(mine), 1)))
    if len(mine):
        found = shift_by_name({"wgs84": mine, "gcj02": mine + 50}, theirs)
        assert found["wgs84"].east_m == pytest.approx(east)
        assert found["gcj02"].north_m == pytest.approx(north - 50)
        assert found["wgs84"].share == 1.0


@given(
    bearing=st.floats(0, 360), length=st.floats(1, 1e4), by=st.floats(0.1, 10),
    language=st.sampled_from(["en", "zh"]),
)  # fmt: skip
def test_the_wind_depends_on_the_direction_alone_and_turns_with_it(bearing, length, by, language):
    def wind(degrees, metres):
        angle = math.radians(degrees)
        return compass(metres * math.sin(angle), metres * math.cos(angle), language)

    if abs(bearing % 45 - 22.5) < 1e-3:  # between two
        return
    assert wind(bearing, length) == wind(bearing, length * by)
    around = [wind(bearing + 45 * k, length) for k in range(8)]
    assert len({*around}) == 8
    assert around[4] != around[0]


@given(
    datum=st.sampled_from(["wgs84", "gcj02", "bd09", "unknown"]),
    declared=st.sampled_from(["wgs84", "gcj02", "bd09", "cgcs2000"]),
    east=st.floats(-2000, 2000), north=st.floats(-2000, 2000), n=st.integers(0, 5000),
    reason=st.sampled_from(["few", "apart", "undecided", "alike"]),
)  # fmt: skip
def test_a_finding_names_both_layers_and_the_mend_only_where_one_is_needed(
    datum, declared, east, north, n, reason
):
    known = datum != "unknown"
    finding = DatumFinding(
        datum, east, north, n, 0.7, 0.1, 10.0, 9.0, 2.5, "high" if known else "none", "places",
        "" if known else reason,
    )  # fmt: skip
    same = "wgs84" if declared == "cgcs2000" else declared
    for language in ("en", "zh"):
        said = datum_sentence(
            finding, layer="ours", reference="theirs", language=language, declared=declared
        )
        assert "ours" in said
        assert ("nan" in said) is False
        assert said.endswith(f'{datum}"') == (known and datum != same)


@given(lon=st.floats(80, 130), lat=st.floats(20, 50))
def test_no_datum_lies_farther_off_than_shifts_are_looked_for(lon, lat):
    for datum in ("gcj02", "bd09"):
        there = to_wgs84(np.array([lon]), np.array([lat]), datum)
        north, east = (there[1][0] - lat) * 111_000, (there[0][0] - lon) * 111_000
        assert math.hypot(east * math.cos(math.radians(lat)), north) < 2000

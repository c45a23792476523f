"""What holds for the form of any village: it has no direction, no place and no order."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from support.form_villages import SIDE_M, form_village, no_bound_is_crossed
from support.lane_villages import house_grid, lane_grid

from taobaogis.form import shape
from taobaogis.form.bootstrap import quantile_interval, statistic_interval
from taobaogis.form.building_pattern import building_pattern
from taobaogis.form.buildings import storeys
from taobaogis.form.gaps import building_gaps, handshake_share
from taobaogis.form.indicators import form_indicators
from taobaogis.form.judging import blocked, graded, house_doubts, not_mapped, nothing, sources
from taobaogis.form.ladder import width_ladder
from taobaogis.form.lane_indicators import lane_form
from taobaogis.form.measures import measured_buildings, measured_lanes, measured_streets
from taobaogis.form.orientation import neighbour_turn_deg, resultant_length
from taobaogis.form.parts_indicators import parts_form
from taobaogis.form.passing import begin_passing, who_can_pass
from taobaogis.form.reach import open_ground, reached_space, street_entries
from taobaogis.form.spacematrix import average_storeys, open_space_ratio, spacematrix
from taobaogis.form.street_indicators import street_form
from taobaogis.form.streets import (
    dead_end_share,
    junction_density_per_ha,
    street_density_km_per_km2,
    street_ends,
    street_length_m,
)
from taobaogis.schema import conform
from taobaogis.study import Assumptions, default_vehicles
from taobaogis.trust.grades import doubt, grade
from taobaogis.workers import aside

few, heavy = settings(max_examples=25), settings(max_examples=2)
turns = st.floats(0, 360)
shifts = st.floats(-5e3, 5e3)
seeds = st.integers(0, 2**31)
sizes = st.floats(3, 40)

# How each measure of a footprint grows with its size.
SHAPES = {
    shape.area_m2: 2, shape.courtyard_area_m2: 2, shape.perimeter_m: 1,
    shape.circular_compactness_ratio: 0, shape.square_compactness_ratio: 0,
    shape.convexity_ratio: 0, shape.elongation_ratio: 0, shape.rectangularity_ratio: 0,
    shape.equivalent_rectangular_index: 0,
}  # fmt: skip
FROM_0_TO_1 = (
    shape.circular_compactness_ratio, shape.convexity_ratio, shape.elongation_ratio,
    shape.rectangularity_ratio,
)  # fmt: skip


@st.composite
def houses(draw):
    """One house: a rectangle, with a wing, or around a courtyard."""
    w, h = draw(sizes), draw(sizes)
    house = shapely.box(0, 0, w, h)
    kind = draw(st.sampled_from(("box", "wing", "court")))
    if kind == "wing":
        house = house.union(shapely.box(w * 0.9, 0, w * 1.7, h * 0.4))
    if kind == "court":
        house = house.difference(shapely.box(w * 0.3, h * 0.3, w * 0.6, h * 0.7))
    return house


def moved(shapes, angle=0.0, dx=0.0, dy=0.0, by=1.0):
    turned = [affinity.rotate(s, angle, origin=(0, 0)) for s in shapes]
    return [
        affinity.translate(affinity.scale(s, by, by, origin=(0, 0)), dx, dy) for s in turned
    ]  # fmt: skip


@pytest.mark.parametrize("measure", SHAPES, ids=lambda m: m.__name__)
@given(
    drawn=st.lists(houses(), min_size=1, max_size=4), angle=turns, dx=shifts, by=st.floats(0.5, 3)
)
def test_footprints_have_no_direction_and_grow_as_they_must(measure, drawn, angle, dx, by):
    before = measure(gpd.GeoSeries(drawn, crs=4547))
    there = gpd.GeoSeries(moved(drawn, angle, dx, -dx, by)[::-1], crs=4547)
    after = measure(there)[::-1].to_numpy()
    assert after == pytest.approx(before.to_numpy() * by ** SHAPES[measure], rel=1e-5, abs=1e-6)
    if measure in FROM_0_TO_1:
        assert before.between(0, 1 + 1e-9).all()
    assert len(measure(gpd.GeoSeries([], crs=4547))) == 0


@given(
    levels=st.lists(st.one_of(st.none(), st.floats(1, 30)), min_size=1, max_size=9),
    low=st.floats(1, 4), more=st.floats(0, 5), height=st.floats(2.5, 4),
)  # fmt: skip
def test_storeys_lie_between_their_bounds_and_mapped_ones_stay(levels, low, more, height):
    frame = gpd.GeoDataFrame(
        {"levels_tag": pd.array(levels, dtype="Float64").to_numpy(float, na_value=np.nan)},
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(len(levels))], crs=4547,
    )  # fmt: skip
    found = storeys(
        conform(frame, "buildings"), storeys_low=low, storeys_high=low + more,
        storey_height_m=height,
    )  # fmt: skip
    assert (found["levels_low"] <= found["levels"] + 1e-9).all()
    assert (found["levels"] <= found["levels_high"] + 1e-9).all()
    for said, told in zip(levels, found["levels"], strict=True):
        assert said is None or told == pytest.approx(said)


@given(cover=st.floats(0.01, 1), floors=st.floats(0.05, 20))
def test_spacemate_s_figures_give_back_the_floor_space(cover, floors):
    assert average_storeys(cover, floors) * cover == pytest.approx(floors)
    assert open_space_ratio(cover, floors) * floors == pytest.approx(1 - cover)


@given(turns_=st.lists(st.floats(-90, 90), min_size=1, max_size=20), by=st.floats(-90, 90))
def test_how_far_directions_agree_does_not_depend_on_the_first(turns_, by):
    weights = np.linspace(0.5, 2.0, len(turns_))
    found = np.column_stack([turns_, weights])
    length = resultant_length(found)
    assert -1e-9 <= length <= 1 + 1e-9
    assert resultant_length(found[::-1] + np.array([by, 0.0])) == pytest.approx(length, abs=1e-7)
    assert resultant_length(found * [1.0, 3.0] + np.array([90.0, 0.0])) == pytest.approx(
        length, abs=1e-7
    )
    assert resultant_length(np.array([[by, 1.0]] * 3)) == pytest.approx(1)


@few
@given(
    values=st.lists(st.floats(-50, 50), min_size=2, max_size=25), p=st.floats(0.05, 0.95),
    seed=seeds,
)  # fmt: skip
def test_intervals_of_drawing_again_lie_within_what_was_drawn(values, p, seed):
    found = np.array(values)
    weights = np.random.default_rng(seed).uniform(0.1, 2, len(found))
    for low, high in (
        quantile_interval(found, weights, np.arange(len(found)), probability=p, draws=60),
        statistic_interval(found, lambda drawn: float(np.median(drawn))),
    ):
        assert found.min() - 1e-9 <= low <= high <= found.max() + 1e-9


@few
@given(seed=seeds, angle=turns, dx=shifts)
def test_streets_cut_at_a_boundary_have_no_direction(seed, angle, dx):
    lanes = lane_grid()
    some = lanes[np.random.default_rng(seed).random(len(lanes)) < 0.5]
    area = shapely.box(10, 20, 100, 110)
    there = some.set_geometry(moved(some.geometry, angle, dx, dx))[::-1]
    (moved_area,) = moved([area], angle, dx, dx)
    known = street_length_m(some, area)
    assert street_length_m(there, moved_area) == pytest.approx(known, rel=1e-6)
    assert street_density_km_per_km2(some, area) == pytest.approx(known / area.area * 1e3)
    layer = conform(some, "streets")
    ends = street_ends(layer, area)
    share = dead_end_share(layer, area)
    per_ha = junction_density_per_ha(layer, area)
    assert per_ha == pytest.approx(ends.junctions / area.area * 1e4)
    if ends.junctions + ends.dead_ends:
        assert 0 <= share <= 1


@few
@given(
    width=st.one_of(st.none(), st.floats(0.5, 30)), facade=st.one_of(st.none(), st.floats(0.5, 60)),
    lanes=st.one_of(st.none(), st.integers(1, 6)),
)  # fmt: skip
def test_the_ladder_gives_a_width_within_its_bounds_and_says_from_where(width, facade, lanes):
    frame = conform(
        gpd.GeoDataFrame(
            {"highway": ["residential"], "width_tag_m": [width], "lanes": [lanes]},
            geometry=[shapely.LineString([(0, 0), (50, 0)])], crs=4547,
        ).astype({"width_tag_m": float, "lanes": float}),
        "streets",
    )  # fmt: skip
    (row,) = width_ladder(frame, pd.Series([facade], frame.index, dtype=float)).itertuples()
    assert row.width_low_m <= row.width_m <= row.width_high_m
    assert row.width_source in {"surveyed", "tagged", "measured", "estimated", "lanes", "class"}


def some_houses(seed, share=0.8):
    # No gap as wide as a limit, which a turn by rounding would put on its other side.
    every = house_grid(house_m=9.83, lane_m=1.67)
    random = np.random.default_rng(seed)
    return every[random.random(len(every)) < share]


@settings(max_examples=6)
@given(seed=seeds, angle=turns, dx=shifts)
def test_gaps_and_turns_between_houses_have_no_direction(seed, angle, dx):
    here = some_houses(seed)
    there = here.set_geometry(moved(here.geometry, angle, dx, 0))
    order = np.random.default_rng(seed).permutation(len(there))
    gaps, other = building_gaps(here), building_gaps(there.iloc[order]).loc[here.index]
    assert other["gap_min_m"].to_numpy() == pytest.approx(gaps["gap_min_m"].to_numpy(), abs=1e-3,
                                                          nan_ok=True)  # fmt: skip
    shares = handshake_share(gaps, (1.0, 1.5, 2.0)).to_numpy()
    assert (np.diff(shares) >= 0).all()
    turn = neighbour_turn_deg(there)
    assert turn.dropna().between(-45.0, 45.0).all() or turn.dropna().between(0.0, 45.0).all()
    assert turn.dropna().abs().max() < 1e-3


@heavy
@given(seed=seeds, threads=st.integers(1, 3))
def test_who_can_pass_is_the_same_whoever_began_it(seed, threads):
    area = shapely.box(0, 0, SIDE_M, SIDE_M)
    place = form_village(buildings=some_houses(seed), streets=lane_grid(), boundary=area)
    asked = (default_vehicles(), Assumptions())
    lanes = measured_lanes(place)
    alone = who_can_pass(place, lanes, *asked)
    with aside(threads) as executor:
        begun = begin_passing(place, *asked, executor)
        together = who_can_pass(place, lanes, *asked, begun=begun)
    widths = [vehicle.clear_width_m for vehicle, _ in begun.reaches]
    assert widths == sorted(widths)
    assert alone.columns.equals(together.columns)
    assert alone.reach.equals(together.reach)
    assert alone.pinch_points.equals(together.pinch_points)
    assert alone.indicators == together.indicators


@heavy
@given(seed=seeds, quarter=st.integers(1, 3), dx=shifts)
def test_a_village_keeps_its_figures_when_it_is_turned_moved_and_shuffled(seed, quarter, dx):
    """Every measure of form on whole villages; the parts of each are tried with it."""
    assumptions, vehicles = Assumptions(), default_vehicles()

    def figures(place):
        built = measured_buildings(place, assumptions)
        ways = measured_streets(place, assumptions)
        found = form_indicators(place, ways, built, assumptions)
        lanes = measured_lanes(place)
        passing = who_can_pass(place, lanes, vehicles, assumptions)
        return [
            *found, *street_form(place, ways, built, assumptions), *spacematrix(found),
            *building_pattern(place, built, assumptions).indicators, *passing.indicators,
            *lane_form(place, lanes, built, assumptions).indicators,
            *parts_form(place, built).indicators,
        ], lanes  # fmt: skip

    built, ways = some_houses(seed), lane_grid()
    area = shapely.box(0, 0, SIDE_M, SIDE_M)
    here, lanes = figures(form_village(buildings=built, streets=ways, boundary=area))
    order = np.random.default_rng(seed).permutation(len(built))
    turned = [f.set_geometry(moved(f.geometry, 90.0 * quarter, dx, dx)) for f in (built, ways)]
    there, others = figures(
        form_village(
            buildings=turned[0].iloc[order], streets=turned[1],
            boundary=moved([area], 90.0 * quarter, dx, dx)[0],
        )
    )  # fmt: skip
    assert no_bound_is_crossed(here)
    for one, other in zip(here, there, strict=True):
        assert (one.key, one.grade) == (other.key, other.grade)
        if one.value is not None:
            assert other.value == pytest.approx(one.value, rel=0.03, abs=0.02), one.key
            assert one.definition.unit != "share" or 0 <= one.value <= 1
    assert others["length_m"].sum() == pytest.approx(lanes["length_m"].sum(), rel=0.02)


@settings(max_examples=3)
@given(seed=seeds, narrow=st.floats(0.6, 1.4), more=st.floats(0.1, 3))
def test_who_is_wider_reaches_no_more_ground(seed, narrow, more):
    built = some_houses(seed, 0.6)
    area = shapely.box(0, 0, SIDE_M, SIDE_M)
    ground = open_ground(built, area)
    streets = conform(lane_grid(), "streets")
    entries = street_entries(streets, area)
    slim, wide = (
        reached_space(ground, entries, clear_width_m=w) for w in (narrow, narrow + more)
    )  # fmt: skip
    assert wide.difference(slim.buffer(0.05)).area < 1e-3 * max(slim.area, 1)


@given(names=st.tuples(st.text(min_size=1, max_size=9), st.text(max_size=9)), n=st.integers(1, 60))
def test_reasons_of_form_speak_both_languages_and_grade_alike(names, n):
    place = form_village()
    spec = type(place.spec)("v", *names)
    place = type(place)(**{**vars(place), "spec": spec})
    why = not_mapped(place, "buildings", "建筑")
    assert names[0] in why
    assert (names[1] or names[0]) in why.zh
    assert blocked(place, pd.DataFrame(index=range(0))) == why
    assert not blocked(place, pd.DataFrame(index=range(n)))
    (gone,) = nothing(["building_count"], why, "x")
    assert (gone.value, gone.grade, gone.reason.zh) == (None, "NA", why.zh)
    built = gpd.GeoDataFrame({"area_m2": np.full(n, 100.0), "merged_suspect": np.zeros(n, bool)})
    found = house_doubts(place, built)
    assert ("few" in "".join(found) or "only" in "".join(found)) == (n < 30)
    told = graded(found)
    assert (told["grade"], told["reason"]) == grade(found)
    assert doubt("few_buildings", n) in {*found}
    assert sources(place, "buildings", "streets") == ""

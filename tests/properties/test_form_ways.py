"""Barriers, close houses, ways on foot and sections: against definitions written out by hand."""

from __future__ import annotations

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from support.form_villages import form_village, no_bound_is_crossed
from support.lane_villages import lane_grid, layer

from taobaogis.form.barrier_kinds import (
    barrier_of,
    openings_m,
    thicknesses_m,
    water_keys,
    water_of,
)
from taobaogis.form.lanes import lanes
from taobaogis.form.obstacles import obstacles
from taobaogis.form.pairs import close_pairs, fire_columns, joined_columns
from taobaogis.form.passing_indicators import PASSING_KEYS, floor_areas, passing_indicators
from taobaogis.form.pinch import pinch_points
from taobaogis.form.section import HEIGHT_TO_WIDTH, house_heights, street_sections
from taobaogis.form.ways import last_metres_on_foot_m, ways_into, widest_vehicle_m
from taobaogis.form.width import summarise_profile
from taobaogis.schema import conform
from taobaogis.study import Assumptions, VehicleSpec

few = settings(max_examples=15)
seeds = st.integers(0, 2**31)
turns = st.floats(0, 360)
shifts = st.floats(-5e3, 5e3)
words = st.text("abcdefgh_", min_size=1, max_size=8)
tags = st.dictionaries(
    st.one_of(words, st.sampled_from(["barrier", *sorted(water_keys())])),
    st.one_of(words, st.sampled_from(["wall", "gate", "water", "river", "dock", "kerb", "pond"])),
    max_size=6,
)


def moved(shape, angle, dx):
    return affinity.translate(affinity.rotate(shape, angle, origin=(0, 0)), dx, -dx)


@given(tags=tags, kind=st.sampled_from([*thicknesses_m(), *openings_m()]))
def test_a_tag_tells_its_barrier_whatever_stands_beside_it(tags, kind):
    backwards = dict(reversed(tags.items()))
    assert barrier_of(tags) == barrier_of(backwards)
    assert barrier_of(tags) in {tags.get("barrier", ""), ""}
    assert barrier_of(tags | {"barrier": kind}) == kind
    water = water_of(tags)
    assert water == water_of(backwards)
    if water:
        key, _, value = water.partition("=")
        assert key in water_keys()
        assert tags[key] == value
    else:
        assert water_of({k: v for k, v in tags.items() if k in water_keys()}) == ""


def barred_scene(seed):
    """Walls with gates on them, a pond, and streets across both; nothing at a threshold."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(3):
        line = shapely.LineString(random.uniform(0, 100, (3, 2)))
        kind = random.choice(["wall", "fence", "hedge"])
        rows.append((kind, line, random.choice([np.nan, 0.5])))
        gate = shapely.line_interpolate_point(line, random.uniform(0.2, 0.8), normalized=True)
        rows.append(("gate", gate, random.choice([np.nan, 2.7])))
    pond = shapely.Point(random.uniform(20, 80, 2)).buffer(9.0)
    rows.append(("natural=water", pond, np.nan))
    kinds, shapes, widths = zip(*rows, strict=True)
    ways = [shapely.LineString(random.uniform(0, 100, (2, 2))) for _ in range(3)]
    ways.append(shapely.LineString([pond.centroid.coords[0], random.uniform(0, 100, 2)]))
    barriers = {"barrier": kinds, "width_tag_m": widths, "geometry": shapes}
    streets = {"highway": "residential", "width_tag_m": random.choice([np.nan, 3.3], 4),
               "tunnel": random.random(4) < 0.3, "bridge": random.random(4) < 0.5,
               "geometry": ways}  # fmt: skip
    frames = (gpd.GeoDataFrame(t, geometry="geometry", crs=4547) for t in (barriers, streets))
    return tuple(conform(f, kind) for f, kind in zip(frames, ("barriers", "streets"), strict=True))


@few
@given(seed=seeds, angle=turns, dx=shifts)
def test_what_bars_the_way_has_no_direction_and_openings_only_take_from_it(seed, angle, dx):
    barriers, streets = barred_scene(seed)
    here = shapely.union_all(obstacles(barriers, streets))
    order = np.random.default_rng(seed).permutation(len(barriers))
    turned = [
        f.set_geometry([moved(g, angle, dx) for g in f.geometry]) for f in (barriers, streets)
    ]
    there = shapely.union_all(obstacles(turned[0].iloc[order], turned[1][::-1]))
    # Round openings are polygons, which a turn puts on other corners: half a millimetre.
    assert there.area == pytest.approx(here.area, rel=1e-5)
    assert moved(here, angle, dx).symmetric_difference(there).area < 1e-5 * here.area
    # Brute force: what stands without any opening, of which each opening takes some.
    is_gate = barriers["barrier"].eq("gate")
    nobody = streets.iloc[:0]
    whole = shapely.union_all(obstacles(barriers[~is_gate], nobody))
    gated = shapely.union_all(obstacles(barriers, nobody))
    assert gated.difference(whole.buffer(1e-6)).area < 1e-6
    assert here.difference(gated.buffer(1e-6)).area < 1e-6
    assert gated.area < whole.area
    assert len(obstacles(barriers.iloc[:0], streets)) == 0


def scattered(seed, n=14):
    """Houses that stand apart, touch or overlap, as they fall."""
    random = np.random.default_rng(seed)
    corner = random.integers(0, 8, (n, 2)) * 7.3
    size = random.choice([6.1, 7.3, 8.2], (n, 2))
    return layer([shapely.box(*c, *(c + s)) for c, s in zip(corner, size, strict=True)])


def strewn(random, n=25):
    """Houses that lie on no grid, some of them over others."""
    low = random.uniform(0, 60, (n, 2))
    high = low + random.uniform(5, 11, (n, 2))
    turn = random.uniform(0, 90, n)
    boxes = [shapely.box(*a, *b) for a, b in zip(low, high, strict=True)]
    return layer([affinity.rotate(b, t) for b, t in zip(boxes, turn, strict=True)])


@few
@given(seed=seeds, separation=st.floats(0.6, 9))
def test_groups_of_houses_are_those_that_one_finds_by_asking_each_pair(seed, separation):
    houses = scattered(seed)
    index = pd.Index([f"h{i}" for i in range(len(houses))])
    houses.index = index
    pairs = close_pairs(houses, closer_than_m=separation)
    joined = joined_columns(pairs, index)
    fire = fire_columns(pairs, index, pd.Series(index, index), separation_m=separation)
    shapes = dict(zip(index, houses.geometry, strict=True))
    walls = {frozenset(p) for p in pairs.loc[pairs["joined"], ["one", "other"]].to_numpy()}
    near = {
        frozenset(pair): shapes[pair[0]].distance(shapes[pair[1]])
        for pair in combinations(index, 2)
        if not shapes[pair[0]].equals(shapes[pair[1]])
    }
    near = {pair: m for pair, m in near.items() if m < separation and pair not in walls}
    for links, size, number in (
        (walls, joined["joined_houses"], joined["joined_group"]),
        (walls | set(near), fire["fire_group_houses"], fire["fire_group"]),
    ):
        groups = grown_together(index, links)
        assert size.to_dict() == {h: len(groups[h]) for h in index}
        for one, other in combinations(index, 2):
            same = groups[one] == groups[other]
            assert same == (number[one] == number[other] != 0)
        assert (number == 0).equals(size == 1)
        first = number[number > 0].drop_duplicates()
        assert first.tolist() == list(range(1, len(first) + 1))
    for house in index:
        around = {next(iter(p - {house})): m for p, m in near.items() if house in p}
        assert fire.loc[house, "fire_neighbours"] == len(around)
        if around:
            assert fire.loc[house, "fire_gap_m"] == pytest.approx(min(around.values()))
            assert around[fire.loc[house, "fire_nearest"]] == pytest.approx(min(around.values()))
        else:
            assert fire.loc[house, "fire_nearest"] == ""


def grown_together(index, links):
    groups = {h: frozenset([h]) for h in index}
    for link in links:
        one, other = link
        merged = groups[one] | groups[other]
        groups.update(dict.fromkeys(merged, merged))
    return groups


@few
@given(
    tags=st.lists(
        st.tuples(st.one_of(st.none(), st.integers(1, 30)),
                  st.one_of(st.none(), st.floats(2.5, 90))),
        min_size=1, max_size=8,
    ),
    low=st.floats(1, 4), more=st.floats(0, 5), by=st.floats(0.5, 3),
)  # fmt: skip
def test_floor_area_grows_with_the_footprint_and_is_sure_where_storeys_are_mapped(
    tags, low, more, by
):
    columns = {
        name: np.array([np.nan if t[k] is None else t[k] for t in tags], dtype=float)
        for k, name in enumerate(("levels_tag", "height_tag_m"))
    }
    shapes = [shapely.box(20 * i, 0, 20 * i + 8 + i, 11) for i in range(len(tags))]
    houses = conform(layer([*shapes], **columns), "buildings")
    assumed = Assumptions(storeys_low=low, storeys_high=low + more)
    here = floor_areas(houses, assumed)
    bigger = houses.set_geometry(houses.scale(by, by, origin=(0, 0)))
    there = floor_areas(bigger, assumed)
    names = ["floor_area_low_m2", "floor_area_m2", "floor_area_high_m2"]
    assert there[names].to_numpy() == pytest.approx(here[names].to_numpy() * by**2)
    steps = np.diff(here[names].to_numpy(), axis=1)
    assert (steps >= -1e-6).all()
    said = pd.DataFrame(columns).notna().any(axis=1).to_numpy()
    assert here["assumed"].to_numpy().tolist() == (~said).tolist()
    mapped = houses["levels_tag"].notna().to_numpy()
    assert here.loc[mapped, "floor_area_m2"].to_numpy() == pytest.approx(
        (houses.area * houses["levels_tag"])[mapped].to_numpy()
    )
    heights = house_heights(houses, storeys_low=low, storeys_high=low + more, storey_height_m=3.0)
    assert (heights["height_low_m"] <= heights["height_m"] + 1e-9).all()
    assert (heights["height_m"] <= heights["height_high_m"] + 1e-9).all()
    assert heights["assumed"].to_numpy().tolist() == (~said).astype(float).tolist()
    tagged = houses["height_tag_m"].notna().to_numpy()
    assert heights.loc[tagged, "height_m"].tolist() == houses.loc[tagged, "height_tag_m"].tolist()


NEEDED_M = {"walker": 0.9, "tricycle": 1.3, "van": 2.5, "fire_engine": 4.0}
VEHICLES = [VehicleSpec(name, clear_width_m=metres) for name, metres in NEEDED_M.items()]


@few
@given(
    widest=st.lists(st.sampled_from([0.0, 1.1, 1.7, 2.3, 2.8, 3.7, 4.4, 9.0]), min_size=30,
                    max_size=45),
    error=st.floats(0, 1), more=st.floats(0, 1),
)  # fmt: skip
def test_shares_of_houses_served_are_counted_and_wider_with_more_doubt(widest, error, more):
    shapes = [shapely.box(9 * (i % 10), 9 * (i // 10), 9 * (i % 10) + 6, 9 * (i // 10) + 6)
              for i in range(len(widest))]  # fmt: skip
    place = form_village(buildings=layer(shapes))
    table = pd.DataFrame({"widest_vehicle_m": widest})
    for vehicle in VEHICLES:
        table[f"served_{vehicle.id}"] = table["widest_vehicle_m"] >= vehicle.clear_width_m
    ways = []
    for metres in (0.0, error, error + more):
        assumed = Assumptions(facade_error_m=metres)
        floors = floor_areas(place.layers["buildings"], assumed)
        found = passing_indicators(place, VEHICLES, table, floors, assumed)
        assert tuple(i.key for i in found) == PASSING_KEYS
        assert no_bound_is_crossed(found)
        ways.append({i.key: i for i in found})
    sure, doubted, more_doubted = ways
    for key in ("tricycle", "van", "fire_engine"):
        share = sure[f"served_{key}_share"]
        assert share.value == pytest.approx(table[f"served_{key}"].mean())
        assert share.low in {None, share.value}
    values = [sure[f"served_{v}_share"].value for v in ("tricycle", "van", "fire_engine")]
    assert values == sorted(values, reverse=True), "who is wider gets to no more houses"
    assert sure["on_foot_house_share"].value == pytest.approx(1 - values[0])
    for key, one in doubted.items():
        other = more_doubted[key]
        assert one.value == other.value == sure[key].value
        low, high = one.low if one.low is not None else one.value, one.high or one.value
        assert (other.low if other.low is not None else other.value) <= low + 1e-12
        assert high <= (other.high or other.value) + 1e-12


# A lane between two rows of houses, closed at its inner end, its mouth on a road.
PITCH, ROWS, LANE = 12.0, 5, 5.0
AREA = shapely.box(-60, -30, 100, 130)
ROAD = shapely.LineString([(-60, -15), (100, -15)])


def gated(at, gate_m, angle=0.0, dx=0.0):
    sides = [
        shapely.box(*bounds)
        for i in range(ROWS)
        for bounds in (
            (-60, PITCH * i, 0, PITCH * (i + 1)), (LANE, PITCH * i, 100, PITCH * (i + 1)),
        )
    ]  # fmt: skip
    half = (LANE - gate_m) / 2
    posts = [shapely.box(0, at, half, at + 1), shapely.box(LANE - half, at, LANE, at + 1)]
    end = shapely.box(-60, PITCH * ROWS, 100, 130)
    shapes = [moved(s, angle, dx) for s in (*sides, end, *posts)]
    return layer(shapes), moved(AREA, angle, dx), moved(ROAD, angle, dx)


@settings(max_examples=8)
@given(
    row=st.integers(1, ROWS - 1), gate_m=st.floats(0.8, 2.2), angle=turns, dx=shifts,
)  # fmt: skip
def test_a_gate_cuts_off_the_houses_behind_it_whichever_way_the_lane_runs(row, gate_m, angle, dx):
    # In the middle of a house: the two beside the gate stand before it.
    houses, area, road = gated(PITCH * (row + 0.5), gate_m, angle, dx)
    ways = ways_into(houses, area, road)
    order = [VehicleSpec("slim", clear_width_m=gate_m - 0.1),
             VehicleSpec("van", clear_width_m=gate_m + 0.3)]  # fmt: skip
    found = pinch_points(ways, lanes(houses, area), order)
    assert found["vehicle"].tolist() == ["van"]
    (worst,) = found.itertuples()
    behind = 2 * (ROWS - 1 - row) + 1
    assert worst.houses_cut_off == behind
    assert worst.clear_width_m == pytest.approx(gate_m, abs=0.02)
    middle = moved(shapely.Point(LANE / 2, PITCH * (row + 0.5) + 0.5), angle, dx)
    assert worst.geometry.distance(middle) < 1.0
    widest = widest_vehicle_m(ways)
    slim, van = (last_metres_on_foot_m(ways, clear_width_m=v.clear_width_m) for v in order)
    assert (van.fillna(np.inf) >= slim.fillna(np.inf) - 1e-6).all(), "the wider stops earlier"
    for metres, vehicle in ((slim, order[0]), (van, order[1])):
        gets = widest >= vehicle.clear_width_m
        assert (metres[gets] == 0).all()
        assert (metres[~gets & metres.notna()] > 0).all()
    assert (van > 0).sum() == behind
    nobody = last_metres_on_foot_m(ways, clear_width_m=200.0)
    assert nobody.isna().all()


@st.composite
def profiles(draw):
    n = draw(st.integers(1, 25))
    side = st.one_of(st.just(np.inf), st.floats(0.3, 20))
    rows = []
    for _ in range(n):
        left, right, covered = draw(side), draw(side), draw(st.booleans())
        left, right = (np.nan, np.nan) if covered else (left, right)
        width = left + right if np.isfinite(left + right) else np.nan
        rows.append(
            (draw(st.integers(0, 2)), draw(st.floats(0.05, 2)), left, right, width, covered)
        )
    return pd.DataFrame(
        rows, columns=["street", "length_m", "left_m", "right_m", "width_m", "covered"]
    )


@few
@given(pieces=profiles(), seed=seeds)
def test_widths_of_a_street_do_not_depend_on_how_it_was_cut(pieces, seed):
    index = pd.RangeIndex(4)
    found = summarise_profile(pieces, index)
    halves = pd.concat([pieces, pieces]).assign(length_m=lambda t: t["length_m"] / 2)
    again = summarise_profile(halves.sample(frac=1, random_state=seed % 2**31), index)
    assert (again["n_samples"] == 2 * found["n_samples"]).all()
    columns = [c for c in found if c != "n_samples"]
    assert again[columns].to_numpy() == pytest.approx(
        found[columns].to_numpy(), rel=1e-6, abs=1e-9, nan_ok=True
    )
    assert found.loc[3].drop(["built_length_m", "n_samples"]).isna().all()
    for street, own in pieces.groupby("street"):
        row, length = found.loc[street], own["length_m"]
        seen = length[~own["covered"]].sum()
        assert row["covered_share"] == pytest.approx(1 - seen / length.sum())
        built = length[own["width_m"].notna()].sum()
        assert row["built_length_m"] == pytest.approx(built)
        if seen:
            assert row["open_share"] == pytest.approx(1 - built / seen, abs=1e-9)
            both = row["left_open_share"] + row["right_open_share"]
            assert max(row["left_open_share"], row["right_open_share"]) <= row["open_share"] + 1e-9
            assert row["open_share"] <= both + 1e-9
        if built:
            widths = ["width_min_m", "width_p10_m", "facade_width_m", "width_p90_m"]
            assert (np.diff(row[widths].to_numpy(dtype=float)) >= -1e-9).all()
            assert row["width_min_m"] == own["width_m"].min()


@settings(max_examples=5)
@given(seed=seeds, angle=turns, dx=shifts)
def test_sections_of_streets_have_no_direction_and_every_bound_holds(seed, angle, dx):
    random = np.random.default_rng(seed)
    every = strewn(random)
    tags = {"levels_tag": random.choice([np.nan, 2.0, 6.0], len(every)),
            "height_tag_m": random.choice([np.nan, np.nan, 9.5], len(every))}  # fmt: skip
    houses = every.assign(**tags)
    streets = lane_grid(piece_m=23.0)
    streets = streets.set_geometry(streets.translate(3.7, 2.9))[::3]
    area = shapely.box(0, 0, 60, 60)
    sections = []
    for turn, by in ((0.0, 0.0), (angle, dx)):
        frames = [f.set_geometry([moved(g, turn, by) for g in f.geometry])
                  for f in (houses, streets)]  # fmt: skip
        place = form_village(buildings=frames[0], streets=frames[1], boundary=moved(area, turn, by))
        sections.append(street_sections(place, Assumptions()))
    here, there = sections
    known = here[list(HEIGHT_TO_WIDTH)].notna().all(axis=1)
    middle, low, high = (here.loc[known, name] for name in HEIGHT_TO_WIDTH)
    assert (low <= middle + 1e-9).all()
    assert (middle <= high + 1e-9).all()
    assert set(here.loc[known, "assumed_share"]) <= {0.0, 0.5, 1.0}
    sure = known & here["assumed_share"].eq(0)
    assert here.loc[sure, HEIGHT_TO_WIDTH[1]].equals(
        here.loc[sure, HEIGHT_TO_WIDTH[2]].rename(HEIGHT_TO_WIDTH[1])
    )
    mean = [
        np.average(s.loc[k, HEIGHT_TO_WIDTH[0]], weights=s.loc[k, "length_m"]) if k.any() else 0.0
        for s, k in ((s, s[HEIGHT_TO_WIDTH[0]].notna()) for s in (here, there))
    ]
    assert mean[1] == pytest.approx(mean[0], rel=1e-3, abs=1e-3)
    assert there["length_m"].sum() == pytest.approx(here["length_m"].sum())

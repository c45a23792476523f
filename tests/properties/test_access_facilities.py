"""Facilities within reach: counted again by hand, and the same wherever the village lies."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.form_villages import no_bound_is_crossed
from support.street_layers import METRIC, TOWN_BLOCKS, TOWN_STEP_M, points, town

from taobaogis.access.facilities import circles, facilities, facility_places
from taobaogis.access.facility_reach import coverage_row, facility_reach, shares, standing
from taobaogis.access.facility_sites import candidate_sites, next_sites, worst_served
from taobaogis.access.network import street_network, study_networks
from taobaogis.access.routes import network_distances
from taobaogis.access.village_facilities import NEEDS_KEY, village_facilities
from taobaogis.provenance import Provenance
from taobaogis.schema import conform
from taobaogis.study import VillageSpec
from taobaogis.trust.completeness import Completeness
from taobaogis.trust.pattern import Share
from taobaogis.village import Layers, Village

few = settings(max_examples=8)
seeds = st.integers(0, 2**31)
SIDE_M = TOWN_BLOCKS * TOWN_STEP_M
KINDS = facilities()
TAGS = sorted(tag for f in KINDS.values() for tag in f.tags)
# Blocks so wide that not every house has everything within reach.
WIDE_M = 260.0


def strewn_pois(random, n, side_m=SIDE_M):
    table = {"tag": random.choice([*TAGS, "shop=clothes"], n), "category": "x", "name": "p"}
    table["name"] = [f"p{i}" for i in range(n)]
    at = random.uniform(0, side_m, (n, 2))
    frame = gpd.GeoDataFrame(table, geometry=list(points(*map(tuple, at))), crs=METRIC)
    return conform(frame, "pois").assign(capacity=random.choice([np.nan, 40.0], n))


def strewn_stops(random, n, side_m=SIDE_M):
    at = random.uniform(0, side_m, (n, 2))
    table = {"osm_id": [f"s{i}" for i in range(n)], "mode": "bus"}
    frame = gpd.GeoDataFrame(table, geometry=list(points(*map(tuple, at))), crs=METRIC)
    return conform(frame, "stops")


def strewn_houses(random, n, side_m=SIDE_M):
    at = random.uniform(0, side_m - 9, (n, 2))
    boxes = [shapely.box(x, y, x + 8, y + 9) for x, y in at]
    return conform(gpd.GeoDataFrame(geometry=boxes, crs=METRIC), "buildings")


@few
@given(seed=seeds, n=st.integers(1, 25), m=st.integers(0, 4))
def test_ways_to_facilities_are_the_shortest_of_all_and_their_shares_are_counted(seed, n, m):
    random = np.random.default_rng(seed)
    pois, stops = strewn_pois(random, n), strewn_stops(random, m)
    places = facility_places(pois, stops)
    known = {tag for tag in pois["tag"] if tag in set(TAGS)}
    assert len(places) == pois["tag"].isin(known).sum() + m
    shuffled = facility_places(pois[::-1], stops[::-1])
    assert sorted(places["name"]) == sorted(shuffled["name"])
    walk = street_network(town(seed, step_m=WIDE_M), mode="walk")
    far = places.set_geometry(places.scale(4, 4, origin=(0, 0)))
    origins = points(*map(tuple, random.uniform(0, 4 * WIDE_M, (9, 2))))
    floor = random.choice([80.0, 200.0], 9)
    reach = facility_reach(origins, floor, far, walk)
    ways = network_distances(
        origins, far.geometry, walk, limit_m=2000, max_snap_m=250, connected=True
    )
    for key, facility in KINDS.items():
        mine = (far["facility"] == key).to_numpy()
        nearest = ways[:, mine].min(axis=1) if mine.any() else np.full(9, np.inf)
        assert reach.nearest_m[key] == pytest.approx(nearest)
        row = coverage_row(reach, facility)
        assert row["houses_share"] == pytest.approx((nearest <= facility.within_m).mean())
        assert row["floor_area_share"] == pytest.approx(
            floor[nearest <= facility.within_m].sum() / floor.sum()
        )
        for what in ("houses", "floor_area"):
            told = [row[f"{what}_{circle.minutes}min_share"] for circle in circles()]
            assert all(0 <= a <= b <= 1 for a, b in pairwise(told))


@given(
    metres=st.lists(st.one_of(st.floats(0, 2000), st.just(np.inf)), max_size=12),
    within=st.floats(0, 1500), more=st.floats(0, 500), by=st.floats(0.1, 9),
)  # fmt: skip
def test_a_longer_way_never_serves_fewer_and_equal_weights_are_none(metres, within, more, by):
    ways = np.array(metres)
    share = shares(ways, within)
    if not len(ways):
        assert np.isnan(share)
        return
    assert 0 <= share <= shares(ways, within + more) <= 1
    assert shares(ways, within, np.full(len(ways), by)) == pytest.approx(share)
    assert np.isnan(shares(ways, within, np.full(len(ways), np.nan)))
    assert shares(np.r_[ways, ways], within) == pytest.approx(share)


@settings(max_examples=25)
@given(
    low=st.floats(0, 1), wide=st.floats(0, 1), key=st.sampled_from(sorted(KINDS)),
    near=st.booleans(), source=st.sampled_from(["", "a map"]),
)  # fmt: skip
def test_silence_is_a_gap_only_where_the_map_is_known_to_speak(low, wide, key, near, source):
    facility = KINDS[key]
    at = [(10.0, 0.0)] if near else []
    places = gpd.GeoDataFrame(
        {"facility": [key] * len(at), "capacity": [np.nan] * len(at)}, geometry=list(points(*at)),
        crs=METRIC,
    )  # fmt: skip
    walk = street_network(town(0), mode="walk")
    high = low + wide * (1 - low)
    told = {"pois": Completeness("pois", "x", share=Share((low + high) / 2, low, high))}
    for origins in (points((0.0, 0.0)), points()):
        reach = facility_reach(origins, np.full(len(origins), 1.0), places, walk)
        for completeness in ({}, told):
            why, weak = standing(reach, facility, completeness, source)
            assert bool(why.zh) == bool(why)
            assert bool(weak.zh) == bool(weak)
            assert not (why and weak), "either it cannot be said, or what is said is weak"
            if not source or not len(origins):
                assert why
            elif near:
                assert not why
                assert not weak
            elif not completeness or key == "stop":
                assert why
            else:
                assert why or weak


@few
@given(seed=seeds, n=st.integers(1, 25), dx=st.floats(-5e3, 5e3))
def test_candidates_are_one_a_cell_whichever_way_they_are_listed(seed, n, dx):
    random = np.random.default_rng(seed)
    xy = random.uniform(0, SIDE_M, (n, 2))
    streets = town(seed)
    there = streets.set_geometry(streets.translate(dx, -dx))
    order = random.permutation(n)
    here = candidate_sites(points(*map(tuple, xy)), street_network(streets, mode="drive"))
    moved = candidate_sites(
        points(*map(tuple, xy[order] + (dx, -dx))), street_network(there, mode="drive")
    )
    assert order[moved].tolist() == here.tolist()
    assert len(here) == len(set(here)) > 0


@few
@given(seed=seeds, count=st.integers(1, 2))
def test_no_candidate_serves_more_than_the_one_that_is_named(seed, count):
    random = np.random.default_rng(seed)
    walk = street_network(town(seed, step_m=WIDE_M), mode="walk")
    places = facility_places(strewn_pois(random, 5, 4 * WIDE_M), strewn_stops(random, 1))
    origins = points(*map(tuple, random.uniform(0, 4 * WIDE_M, (12, 2))))
    reach = facility_reach(origins, np.full(12, np.nan), places, walk)
    candidates = np.arange(0, 12, 2)
    sites = next_sites(reach, list(KINDS.values()), candidates, walk, count=count)
    spots = origins.iloc[candidates]
    ways = network_distances(origins, spots, walk, limit_m=2000, max_snap_m=250, connected=True)
    for key, facility in KINDS.items():
        served = reach.nearest_m[key] <= facility.within_m
        alone = [(~served & (column <= facility.within_m)).sum() for column in ways.T]
        rows = sites[sites["facility"] == key]
        if served.all() or not max(alone):
            assert rows.empty
            continue
        gain = rows["gain_houses"].unique()
        assert len(gain) == 1
        assert len(rows) <= count
        assert gain[0] == max(alone) if count == 1 else gain[0] >= max(alone)
        assert rows["share_before"].to_numpy() == pytest.approx(served.mean())
        assert rows["share_after"].to_numpy() == pytest.approx((served.sum() + gain[0]) / 12)
        assert rows["gain_floor_area_m2"].isna().all()


@few
@given(seed=seeds, n=st.integers(0, 14))
def test_the_part_that_lacks_most_is_the_largest_group_of_them(seed, n):
    random = np.random.default_rng(seed)
    houses = strewn_houses(random, n, 90.0)
    columns = sorted(KINDS)[:4]
    lacking = pd.DataFrame(random.random((n, 4)) < 0.6, index=houses.index, columns=columns)
    names = pd.DataFrame({"name_en": [c.title() for c in columns], "name_zh": columns}, columns)
    found = worst_served(houses, lacking, names)
    unmet = lacking.sum(axis=1)
    if not unmet.max() > 0:
        assert found.empty
        return
    worst = houses[unmet == unmet.max()].geometry
    groups = [{i} for i in worst.index]
    for i in worst.index:
        touching = [g for g in groups if any(worst[i].distance(worst[j]) < 12 for j in g)]
        groups = [g for g in groups if g not in touching] + [set().union(*touching)]
    (row,) = found.itertuples()
    assert row.houses == max(map(len, groups))
    assert row.lacking == unmet.max()
    assert row.of == 4
    held = {i for i in worst.index if row.geometry.intersects(worst[i].centroid)}
    assert held in groups


def figures(seed, dx, *, low, backwards=False):
    random = np.random.default_rng(seed)
    frames = {
        "streets": town(seed, step_m=WIDE_M), "buildings": strewn_houses(random, 8, WIDE_M),
        "pois": strewn_pois(random, 12, 3 * WIDE_M), "stops": strewn_stops(random, 2),
    }  # fmt: skip
    step = -1 if backwards else 1
    frames = {
        k: f.set_geometry(f.translate(dx, -dx)).iloc[:: step if k != "buildings" else 1]
        for k, f in frames.items()
    }
    layers = Layers(METRIC, frames, {k: Provenance("drawn") for k in frames})
    area = shapely.box(dx, -dx, WIDE_M + dx, WIDE_M - dx)
    here = Village(VillageSpec("v", "V", "村"), area, "drawn", False, 0.0, layers)
    found = village_facilities(
        here, layers, study_networks(layers["streets"]),
        buildings=layers["buildings"].assign(area_m2=72.0, levels=3.0),
        completeness={"pois": Completeness("pois", "x", share=Share((low + 1) / 2, low, 1.0))},
    )  # fmt: skip
    return here, found


@settings(max_examples=6)
@given(seed=seeds, dx=st.floats(-5e3, 5e3), low=st.sampled_from([0.2, 0.9]))
def test_a_village_has_the_same_gaps_wherever_it_lies(seed, dx, low):
    place, here = figures(seed, 0.0, low=low)
    _, there = figures(seed, dx, low=low, backwards=True)
    assert no_bound_is_crossed(here.indicators)
    for one, other in zip(here.indicators, there.indicators, strict=True):
        assert (one.key, one.grade, one.n) == (other.key, other.grade, other.n)
        if one.value is not None:
            assert other.value == pytest.approx(one.value, abs=1e-6), one.key
            assert one.definition.unit != "share" or 0 <= one.value <= 1
        else:
            assert one.reason
    columns = here.columns
    assert len(columns) == len(place.inside("buildings"))
    assert columns.equals(there.columns)
    assert columns["needs_unmet"].between(0, columns["needs_judged"]).all()
    needs = {i.key: i for i in here.indicators}[NEEDS_KEY]
    if needs.value is not None:
        met = 1 - (columns["needs_unmet"] / columns["needs_judged"]).mean()
        assert needs.value == pytest.approx(met)
    gains = [f.layers["facility_sites"].set_index("facility")["gain_houses"].to_dict()
             for f in (here, there)]  # fmt: skip
    assert gains[0] == gains[1]
    assert len(here.layers["facility_coverage"]) == len(KINDS)

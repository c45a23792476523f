"""Ways out of a village: markets, reach, roads and trips, wherever it lies."""

from __future__ import annotations

import math
from itertools import chain, combinations, pairwise, permutations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support import toy_city
from support.form_villages import no_bound_is_crossed
from support.street_layers import METRIC, TOWN_BLOCKS, streets, town_rows
from support.village_scenes import BASE, layers, market, square, village

from taobaogis.access.indicators import access_indicators
from taobaogis.access.main_roads import ROAD_CLASSES, main_roads
from taobaogis.access.market_ways import market_ways
from taobaogis.access.markets import market_access, village_centre
from taobaogis.access.network import study_networks
from taobaogis.access.transit.graph import Conditions, Ride, Walk, ride_on, trip_graph
from taobaogis.access.transit.health import NEAR_M, STATES, lines_near
from taobaogis.access.transit.lines import transit_lines
from taobaogis.access.transit.markets import TRIP_KEYS, market_trips, trip_indicators
from taobaogis.access.transit.services import periods, services
from taobaogis.access.transit.trips import ride_minutes
from taobaogis.access.transit.words import itinerary, short_name, told_legs
from taobaogis.access.village_reach import (
    REACH_KEYS,
    barriers_to_walk,
    reach_indicators,
    village_isochrones,
    with_houses,
)
from taobaogis.errors import InputError
from taobaogis.indicators import Words
from taobaogis.provenance import Provenance
from taobaogis.schema import conform
from taobaogis.village import Layers

few, heavy = settings(max_examples=8), settings(max_examples=2)
seeds = st.integers(0, 2**31)
turns = st.floats(0, 360)
PERIODS = tuple(periods())


def turned(xy, angle):
    a = math.radians(angle)
    return np.asarray(xy) @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])


def turned_rows(seed, angle, step_m):
    middle = TOWN_BLOCKS * step_m / 2
    rows = town_rows(seed, step_m=step_m)
    return [r | {"line": turned(np.array(r["line"]) - middle, angle)} for r in rows]


def routes_frame(frame):
    return conform(frame.set_geometry(frame.translate(*BASE)), "routes")


@heavy
@given(seed=seeds, angle=turns)
def test_a_village_is_as_near_to_everything_whichever_way_it_lies(seed, angle):
    random = np.random.default_rng(seed)
    at = random.uniform(-700, 700, (3, 2))
    stop_xy = random.uniform(-600, 600, (5, 2))
    goods = [("clothing",), ("tea",), ("clothing", "shoes")]

    def access(turn, backwards):
        xy = turned(at, turn)
        step = -1 if backwards else 1
        markets = [market(f"m{i}", *xy[i], goods=goods[i]) for i in range(3)][::step]
        places = dict(zip("ABCDE", turned(stop_xy, turn), strict=True))
        lines = routes_frame(toy_city.routes(("1", "A B C"), ("2", "D B E"), places=places))
        scene = layers(turned_rows(seed, turn, 330.0)[::step],
                       houses=[tuple(p) for p in turned(stop_xy / 9, turn)])  # fmt: skip
        stops = toy_city.stops(places)
        frames = dict(scene.frames) | {"routes": lines}
        frames["stops"] = conform(stops.set_geometry(stops.translate(*BASE)), "stops")
        made = {k: Provenance("drawn") for k in frames}
        whole = Layers(METRIC, frames, made)
        here = village(whole, shapely.Polygon(turned(square(100).exterior.coords, turn)))
        return access_indicators(here, markets, whole)

    here, there = access(0.0, backwards=False), access(angle, backwards=True)
    assert no_bound_is_crossed(here.indicators)
    for one, other in zip(here.indicators, there.indicators, strict=True):
        assert (one.key, one.grade) == (other.key, other.grade)
        assert (one.value is None) == (other.value is None)
        if one.value is not None:
            # Areas have round corners, which are polygons of their own direction.
            rel = 0.01 if one.definition.unit == "ha" or "share" in one.key else 1e-4
            assert other.value == pytest.approx(one.value, rel=rel, abs=1e-6), one.key
    tables = [f.layers["markets"].set_index("market").sort_index() for f in (here, there)]
    for column in ("distance_m", "walk_min", "drive_min", "transit_min"):
        assert tables[1][column].to_numpy() == pytest.approx(
            tables[0][column].to_numpy(), rel=1e-4, abs=1e-4, nan_ok=True
        )
    for low, middle, high in (("transit_low_min", "transit_min", "transit_high_min"),):
        known = tables[0][middle].notna()
        assert (tables[0].loc[known, low] <= tables[0].loc[known, middle]).all()
        assert (tables[0].loc[known, middle] <= tables[0].loc[known, high]).all()
    ways = here.layers["market_ways"]
    assert set(ways["market"]) <= {"m0", "m2"}, "only right markets"
    assert ways.length.to_numpy() == pytest.approx(ways["length_m"].to_numpy(), rel=1e-3, abs=600)


@few
@given(seed=seeds, x=st.floats(-600, 600), y=st.floats(-600, 600))
def test_ways_to_markets_take_the_minutes_of_the_table_and_are_no_short_cut(seed, x, y):
    scene = layers(turned_rows(seed, 0.0, 330.0))
    here = village(scene)
    networks = study_networks(scene["streets"])
    two = [market("a", x, y, goods=("clothing",)), market("b", -y, x, goods=("clothing",))]
    table = market_access(here, two, scene, networks=networks)
    ways = market_ways(here, table, networks)
    known = table.set_index("market")
    for mode, rows in ways.groupby("mode"):
        for row in rows.itertuples():
            told = known.loc[row.market]
            assert row.minutes == told[f"{mode}_min"]
            assert told[f"{mode}_low_min"] == row.low_min <= row.minutes <= row.high_min
            assert row.length_m >= told["distance_m"] - 1e-6
            ends = shapely.get_coordinates(row.geometry)[[0, -1]]
            centre = village_centre(here.boundary)
            goal = told.geometry
            assert np.hypot(*(ends[0] - (centre.x, centre.y))) < 1e-6
            assert np.hypot(*(ends[1] - (goal.x, goal.y))) < 1e-6
        assert rows["first"].sum() == 1
        assert rows.loc[rows["first"], "minutes"].item() == rows["minutes"].min()


@few
@given(seed=seeds, n=st.integers(0, 25), half=st.floats(1, 900))
def test_main_roads_are_all_of_the_great_ones_around_what_is_seen_and_no_ramp(seed, n, half):
    random = np.random.default_rng(seed)
    classes = random.choice([*ROAD_CLASSES, "primary_link", "residential"], n)
    rows = [
        {"u": i, "v": i + 1000, "highway": c, "line": random.uniform(-4e3, 4e3, (2, 2))}
        for i, c in enumerate(classes)
    ]
    scene = Layers(METRIC, {"streets": streets(*rows)} if rows else {})
    seen = [square(half), shapely.Point(0, 0)]
    roads = main_roads(scene, seen)
    assert roads["highway"].tolist() == [c for c in ROAD_CLASSES if c in set(roads["highway"])]
    assert main_roads(scene, seen[::-1]).equals(roads)
    for name, shape in zip(roads["highway"], roads.geometry, strict=True):
        own = scene["streets"].loc[classes == name].geometry
        assert shape.length <= own.length.sum() + 1e-6
        near = own[own.distance(shapely.Point(0, 0)) <= half + 600]
        assert shape.length >= near.length.sum() * 0.99 - 6 * len(near)
    wider = main_roads(scene, [square(half * 2)])
    assert set(roads["highway"]) <= set(wider["highway"])


def barred(seed, angle=0.0):
    random = np.random.default_rng(seed)
    classes = random.choice(["motorway", "residential"], 6)
    rows = [
        {"u": i, "v": i + 50, "highway": c, "bridge": bool(random.random() < 0.4),
         "line": turned(random.uniform(-500, 500, (2, 2)), angle)}
        for i, c in enumerate(classes)
    ]  # fmt: skip
    spots = turned(random.uniform(-400, 400, (5, 2)), angle)
    land = gpd.GeoDataFrame(
        {"use": random.choice(["water", "green"], 5)},
        geometry=[shapely.Point(*p).buffer(40) for p in spots], crs=METRIC,
    )  # fmt: skip
    walls = gpd.GeoDataFrame(
        {"barrier": ["wall", "gate"]},
        geometry=[shapely.LineString(spots[:2]), shapely.Point(spots[2])], crs=METRIC,
    )  # fmt: skip
    return Layers(METRIC, {"streets": streets(*rows), "landuse": conform(land, "landuse"),
                           "barriers": conform(walls, "barriers")})  # fmt: skip


@few
@given(seed=seeds, angle=turns)
def test_water_walls_and_motorways_on_the_ground_bar_walkers_and_nothing_else(seed, angle):
    here, there = barred(seed), barred(seed, angle)
    found = barriers_to_walk(here)
    fenced = here["streets"]["highway"].eq("motorway") & ~here["streets"]["bridge"]
    water = here["landuse"]["use"].eq("water")
    assert len(found) == fenced.sum() + water.sum() + 1
    again = barriers_to_walk(there)
    assert shapely.area(again).sum() == pytest.approx(shapely.area(found).sum(), rel=1e-6)
    assert shapely.length(again).sum() == pytest.approx(shapely.length(found).sum(), rel=1e-6)
    assert len(barriers_to_walk(Layers(METRIC, {}))) == 0


@settings(max_examples=4)
@given(seed=seeds)
def test_who_has_more_time_reaches_more_ground_and_more_houses(seed):
    scene = layers(turned_rows(seed, 0.0, 330.0), houses=[(x, x) for x in range(-90, 91, 30)])
    here = village(scene)
    networks = study_networks(scene["streets"])
    nothing = np.empty(0, dtype=object)
    areas = village_isochrones(here, scene, networks, barriers=nothing)
    pond = np.array([shapely.transform(square(50, 150, 20), lambda xy: xy + BASE)], dtype=object)
    barred_areas = village_isochrones(here, scene, networks, barriers=pond)
    assert barred_areas["area_ha"].sum() <= areas["area_ha"].sum() + 1e-9
    buildings = scene["buildings"].assign(area_m2=64.0, levels=2.0)
    lived = with_houses(areas, here, buildings)
    inner = buildings.representative_point()
    for mode, rows in lived.groupby("mode", sort=False):
        assert rows["minutes"].is_monotonic_decreasing
        for longer, shorter in pairwise(rows.itertuples()):
            assert shorter.area_ha <= longer.area_ha + 1e-9
            assert shorter.street_km <= longer.street_km + 1e-9
            assert shorter.houses_share <= longer.houses_share
        longest = rows.iloc[0]
        assert longest["area_low_ha"] <= longest["area_ha"] + 1e-9 <= longest["area_high_ha"] + 2e-9
        assert rows["houses_share"].tolist() == pytest.approx(
            [inner.intersects(area).mean() for area in rows.geometry]
        )
        assert rows["floor_area_share"].tolist() == pytest.approx(rows["houses_share"].tolist())
        assert mode in networks
    told = reach_indicators(here, scene, areas)
    assert tuple(i.key for i in told) == REACH_KEYS
    assert no_bound_is_crossed(told)
    by_key = {i.key: i for i in told}
    walk = lived[(lived["mode"] == "walk") & (lived["minutes"] == 15)]
    if len(walk):
        assert by_key["walk_15min_ha"].value == pytest.approx(walk["area_ha"].item())
        assert 0 < by_key["walk_15min_share"].value <= 1
    nobody = with_houses(areas, here, buildings.iloc[:0])
    assert nobody[["houses_share", "floor_area_share"]].isna().all(axis=None)


# --- trips


def transit(seed, by=1.0):
    """Some stops and three lines that call at some of them."""
    random = np.random.default_rng(seed)
    xy = random.uniform(0, 5000, (6, 2)) * by
    places = dict(zip("ABCDEF", map(tuple, xy), strict=True))
    named = []
    for number in range(3):
        called = random.choice(list(places), random.integers(2, 5), replace=False)
        named += [(str(number), " ".join(called)), (str(number), " ".join(called[::-1]))]
    lines = transit_lines(
        conform(toy_city.stops(places), "stops"),
        conform(toy_city.routes(*named, places=places), "routes"),
    )
    return places, lines


def walks_of(walks, xy, used, m_per_min):
    """Every walk as (from, to, minutes); between stops nobody knows the street but its detour."""
    for i, metres in enumerate(walks.from_origin_m):
        yield "start", ("stop", i), metres / m_per_min
    for place, row in enumerate(walks.to_places_m):
        yield "start", ("end", place), walks.direct_m[place] / m_per_min
        for i, metres in enumerate(row):
            yield ("stop", i), ("end", place), metres / m_per_min
    for i, j in permutations(used, 2):
        apart = float(np.hypot(*(xy[i] - xy[j])))
        if apart <= 400:
            yield ("stop", i), ("stop", j), apart * 1.3 / m_per_min


def rides_of(calls, headway, m_per_min, dwell_min):
    """Every ride from any stop of a pattern to any later one, with its wait."""
    for _, rows in calls.groupby("pattern"):
        stop, hop = rows["stop"].tolist(), rows["hop_m"].to_numpy()
        for a, b in combinations(range(len(stop)), 2):
            minutes = headway / 2 + hop[a + 1 : b + 1].sum() / m_per_min + (b - a - 1) * dwell_min
            yield ("stop", stop[a]), ("stop", stop[b]), minutes


@few
@given(seed=seeds, headway=st.floats(2, 30), speed=st.floats(10, 60), dwell=st.floats(0, 90))
def test_no_trip_is_quicker_than_the_one_that_a_search_of_every_ride_finds(
    seed, headway, speed, dwell
):
    places, lines = transit(seed)
    random = np.random.default_rng([seed, 1])
    ends = random.uniform(0, 5000, (3, 2))
    walks = toy_city.walks(random.uniform(0, 5000, 2), ends, places, reach_m=2000, direct=True)
    n = len(lines.patterns)
    assumed = Conditions(np.full(n, headway), np.full(n, speed), np.full(n, dwell), 4.5, 1.3)
    minutes, trips = trip_graph(lines, walks, transfer_m=400.0).search(assumed)
    on_foot, riding = 4.5 * 1000 / 60, speed * 1000 / 60
    brute = nx.DiGraph()
    used = sorted(set(lines.calls["stop"]))
    for one, two, took in chain(
        walks_of(walks, np.array(list(places.values())), used, on_foot),
        rides_of(lines.calls, headway, riding, dwell / 60),
    ):
        known = brute.get_edge_data(one, two, {"weight": np.inf})["weight"]
        if took < known:
            brute.add_edge(one, two, weight=took)
    least = nx.single_source_dijkstra_path_length(brute, "start")
    assert minutes == pytest.approx([least["end", i] for i in range(3)])
    for total, legs in zip(minutes, trips, strict=True):
        took = [
            leg.metres * (1.0 if leg.mapped else 1.3) / on_foot
            if isinstance(leg, Walk)
            else headway / 2 + leg.metres / riding + (leg.alight - leg.board - 1) * dwell / 60
            for leg in legs
        ]
        assert sum(took) == pytest.approx(total)
        assert_told(lines, legs)


def assert_told(lines, legs):
    """A trip in words tells every ride, and every walk that is worth it."""
    rides = [leg for leg in legs if isinstance(leg, Ride)]
    assert rides == [ride_on(lines, ride.board, ride.alight) for ride in rides]
    end = Words("the market", "市场")
    told = told_legs(lines, legs, end)
    walks = [leg for leg in legs if isinstance(leg, Walk) and leg.metres >= 30]
    assert len(told) == len(rides) + len(walks)
    en, zh = itinerary(lines, legs, end)
    assert bool(en) == bool(zh) == bool(legs)
    assert not told or en == "; ".join(t.en for t in told)
    assert not told or zh == "；".join(t.zh for t in told)


@few
@given(seed=seeds, speed=st.floats(10, 60), by=st.floats(0.3, 3))
def test_a_ride_is_the_sum_of_its_parts_and_grows_with_the_town(seed, speed, by):
    _, lines = transit(seed)
    _, larger = transit(seed, by)
    calls = lines.calls
    first = np.flatnonzero(calls["pattern"] == 0)
    a, b = int(first[0]), int(first[-1])
    for middle in range(a + 1, b):
        whole = ride_on(lines, a, b).metres
        assert ride_on(lines, a, middle).metres + ride_on(lines, middle, b).metres == pytest.approx(
            whole
        )
    served = toy_city.bus(speed_kmh=speed, dwell_s=1e-9)
    line = lines.patterns["line"].iloc[0]
    names = lines.stops["name"].to_numpy()[calls["stop"].to_numpy()]
    low, median, high = ride_minutes(lines, line, names[a], names[b], served=served)
    assert low == pytest.approx(median)
    assert median == pytest.approx(high)
    minutes = ride_minutes(larger, line, names[a], names[b], served=served)
    assert minutes[1] == pytest.approx(median * by, rel=1e-4)
    assumed = ride_minutes(lines, line, names[a], names[b])
    assert assumed[0] <= assumed[1] <= assumed[2]
    with pytest.raises(InputError, match="does not run from 'nowhere'"):
        ride_minutes(lines, line, "nowhere", names[b])


@given(period=st.sampled_from(PERIODS), line=st.text("0123456789号线路K", max_size=6),
       other=st.text(max_size=12))  # fmt: skip
def test_every_assumption_is_a_range_and_a_name_loses_its_mode_once(period, line, other):
    for mode, service in services(period).items():
        for known in (service.headway_min, service.speed_kmh, service.dwell_s):
            assert 0 < known.low <= known.middle <= known.high
        spacings = [service.speed_at(m).middle for m in (0, 500, 1500, 4000, 20000)]
        assert spacings == sorted(spacings), "who stops less runs no slower"
        assert short_name(service.name_zh + line, mode) == line
        assert short_name(line, mode) == line.removeprefix(service.name_zh)
    assert short_name(line, "no such mode") == line
    if other not in PERIODS:
        with pytest.raises(InputError) as refused:
            services(other)
        assert f"no period '{other}'" in str(refused.value)


@few
@given(seed=seeds, away=st.floats(0, 12_000))
def test_lines_near_a_village_are_those_that_call_near_it(seed, away):
    places, lines = transit(seed)
    area = square(100, away, 0)
    here = village(layers())
    here = type(here)(**{**vars(here), "boundary": area})
    table = lines_near(here, lines)
    near = {name for name, at in places.items() if area.distance(shapely.Point(at)) <= NEAR_M}
    names, calls = lines.stops["name"].to_numpy(), lines.calls
    for told in lines.health.itertuples():
        mine = np.flatnonzero((lines.patterns["line"] == told.line) & ~lines.patterns["assumed"])
        called = set(names[calls["stop"][calls["pattern"].isin(mine)].unique()])
        rows = table[table["line"] == told.line]
        assert (len(rows) > 0) == bool(called & near)
        if len(rows):
            assert set(rows["stops"]) == {len(called)}
            assert set(rows["stops_near"]) == {len(called & near)}
            assert set(rows["state"]) <= set(STATES)
            assert (rows["straight_hops"] <= rows["hops"]).all()
            drawn = rows.length.sum()
            hops = calls.loc[calls["pattern"].isin(mine) & (calls["hop_m"] > 0), "hop_m"]
            assert drawn <= hops.sum() * 1.0 + 1e-6


@settings(max_examples=5)
@given(seed=seeds, more=st.floats(0, 300))
def test_the_trip_to_a_market_is_told_leg_by_leg_and_doubt_only_widens_it(seed, more):
    places, lines = transit(seed)
    random = np.random.default_rng([seed, 1])
    scene = layers(asked=("routes",))
    stops = lines.stops.set_geometry(lines.stops.translate(*BASE))
    moved = type(lines)(
        stops, lines.patterns, lines.calls, lines.health,
        [None if t is None else shapely.transform(t, lambda xy: xy + BASE) for t in lines.tracks],
    )  # fmt: skip
    start = places["A"]
    two = [market(f"m{i}", *random.uniform(0, 5000, 2), goods=("clothing",)) for i in range(2)]
    found = []
    for doubt_m in (0.0, more):
        here = village(scene, square(100, *start), position_doubt_m=doubt_m)
        table = market_access(here, two, scene)
        columns, trips = market_trips(here, table, moved, study_networks(scene["streets"])["walk"])
        known = columns["transit_min"].notna()
        assert (columns["transit_reason"] != "").equals(~known)
        assert (columns["transit_en"] != "").equals(known)
        assert columns.loc[known, "transit_30min_share"].between(0, 1).all()
        for row in trips.groupby("market"):
            legs = row[1]
            assert legs["leg"].tolist() == list(range(1, len(legs) + 1))
            assert "; ".join(legs["leg_en"]) == legs["transit_en"].iloc[0]
            for one, other in pairwise(legs.geometry):
                # Walks of less than 30 m are not told.
                gap = shapely.Point(one.coords[-1]).distance(shapely.Point(other.coords[0]))
                assert gap < 30
        told = trip_indicators(here, table.join(columns), moved, scene)
        assert tuple(i.key for i in told) == TRIP_KEYS
        assert no_bound_is_crossed(told)
        found.append(told)
    (sure, _), (unsure, _) = found
    assert sure.value == unsure.value
    if sure.value:
        assert sure.value == pytest.approx(columns["transit_min"].min())
        assert unsure.low <= sure.low
        assert sure.high <= unsure.high

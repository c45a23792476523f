"""What holds for ways of any kind: no negative cost, no short cut, no direction of the map."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import Point
from support.street_layers import TOWN_BLOCKS, TOWN_STEP_M, points, town
from support.village_scenes import layers, market, village

from taobaogis.access.graphs import direct_cost, graph_of, links, placed, with_starts
from taobaogis.access.isochrones import access_min
from taobaogis.access.markets import (
    is_right_market,
    market_access,
    market_indicators,
    no_right_market,
    village_centre,
)
from taobaogis.access.network import cheapest_links, street_network, study_networks
from taobaogis.access.reached import reached_streets
from taobaogis.access.routes import network_minutes
from taobaogis.access.snapping import corners, snap
from taobaogis.access.stops import village_origins
from taobaogis.study import MarketSpec, VillageSpec

few = settings(max_examples=15)
SIDE, STEP = TOWN_BLOCKS, TOWN_STEP_M
seeds = st.integers(0, 2**31)
words = st.lists(st.sampled_from(["clothing", "shoes", "tea"]), max_size=3, unique=True)
spots = st.tuples(st.floats(0, SIDE * STEP), st.floats(0, SIDE * STEP))


@few
@given(seed=seeds, here=spots, there=spots)
def test_ways_are_no_shorter_than_straight_and_no_detour_is_cheaper(seed, here, there):
    network = street_network(town(seed), mode="walk")
    three = points(here, there, (STEP, STEP))
    minutes = network_minutes(three, three, network, connected=True)
    speed = 1.0 / graph_of(network, "minutes").cost_per_leg_m
    straight = np.hypot(here[0] - there[0], here[1] - there[1])
    assert (minutes >= 0).all()
    assert minutes[0, 1] * speed >= straight - 1e-6
    assert minutes == pytest.approx(minutes.T)  # walkers go both ways
    assert minutes[0, 1] <= minutes[0, 2] + minutes[2, 1] + 1e-9


@few
@given(seed=seeds, here=spots)
def test_links_of_a_place_lead_to_both_ends_of_its_street_unless_it_is_one_way(seed, here):
    network = street_network(town(seed), mode="drive")
    graph = graph_of(network, "length_m")
    place = snap(points(here), network)
    assert placed(place, network) is place
    assert placed(points(here), network).equals(place)
    edge = int(place["edge"].iloc[0])
    for leaving in (True, False):
        u, v, to_u, to_v = links(graph, place, leaving=leaving)
        assert (u[0], v[0]) == (graph.u[edge], graph.v[edge])
        both = graph.length_m[edge] + 2 * place["snap_m"].iloc[0]
        if np.isfinite(to_u[0]) and np.isfinite(to_v[0]):
            assert to_u[0] + to_v[0] == pytest.approx(both)
        else:
            assert not (graph.forward[edge] and graph.backward[edge])
    itself = direct_cost(graph, place, place, np.array([0]), np.array([0]))
    assert itself[0] == pytest.approx(2 * place["snap_m"].iloc[0])
    search, n = with_starts(graph, place)
    assert search.shape == (n + 1, n + 1)
    assert search[:, n].nnz == 0, "nothing leads to a start"


@few
@given(seed=seeds, here=spots, limit=st.floats(0, 4), more=st.floats(0, 3))
def test_who_has_more_time_reaches_more_street(seed, here, limit, more):
    network = street_network(town(seed), mode="walk")
    less, longer = (
        reached_streets(points(here), network, minutes) for minutes in (limit, limit + more)
    )
    assert less.length.sum() <= longer.length.sum() + 1e-6
    assert longer.length.sum() <= network.edges.length.sum() + 1e-6
    assert set(less.loc[less["whole"], "edge"]) <= set(longer.loc[longer["whole"], "edge"])
    assert len(reached_streets(points(), network, limit)) == 0


@few
@given(seeds)
def test_corners_are_the_junctions_first_and_lie_on_their_streets(seed):
    network = street_network(town(seed), mode="walk")
    found = corners(network)
    assert len(found) >= network.size
    lines = network.edges.geometry.to_numpy()[found["edge"]]
    at = shapely.get_coordinates(shapely.line_interpolate_point(lines, found["along_m"]))
    assert len(np.unique(at.round(6), axis=0)) == len(found)
    assert (found["along_m"] <= network.edges["length_m"].to_numpy()[found["edge"]] + 1e-9).all()
    assert set(study_networks(town(seed))) >= {"walk", "drive"}


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 9)), min_size=1, max_size=40
    )
)
def test_of_several_links_the_cheapest_counts_as_networkx_has_it(drawn):
    start, end, cost = (np.array(part) for part in zip(*drawn, strict=True))
    matrix = cheapest_links(
        start.astype(np.int64), end.astype(np.int64), cost.astype(float), (6, 6)
    )
    graph = nx.DiGraph()
    graph.add_nodes_from(range(6))
    for a, b, c in drawn:
        if not graph.has_edge(a, b) or graph[a][b]["weight"] > c:
            graph.add_edge(a, b, weight=c)
    known = nx.single_source_dijkstra_path_length(graph, 0)
    found = dijkstra(matrix, indices=0)
    assert found == pytest.approx([known.get(i, np.inf) for i in range(6)])


@given(st.floats(0, 500), st.floats(0, 500))
def test_the_walk_off_the_streets_takes_time_in_proportion(one, other):
    assert access_min(one + other) == pytest.approx(access_min(one) + access_min(other))
    assert access_min() > 0


# --- markets


@given(traded=words, sold=words)
def test_a_market_is_right_if_it_sells_anything_that_is_traded(traded, sold):
    place = VillageSpec("v", "V", goods=tuple(traded))
    assert is_right_market(place, MarketSpec("m", "M", "", tuple(sold), 113, 23)) == (
        bool(traded) and (not sold or bool({*traded} & {*sold}))
    )
    right = bool(traded) and bool({*traded} & {*sold})
    table = pd.DataFrame({"right_goods": [right], "goods": [", ".join(sold)]})
    why = no_right_market(place, table)
    assert bool(why) != right
    assert bool(why.zh) == bool(why)
    assert no_right_market(place, table[:0])


@settings(max_examples=6)
@given(
    x=st.floats(-900, 900), y=st.floats(-900, 900), doubt=st.floats(0, 300),
    order=st.booleans(), off=st.floats(0, 200),
)  # fmt: skip
def test_distances_to_markets_keep_their_bounds_whatever_the_order(x, y, doubt, order, off):
    scene = layers([{"u": 1, "v": 2, "line": [(-1000, 0), (1000, 0)]}])
    here = village(scene, position_doubt_m=off)
    two = [market("east", x, y, goods=("clothing",)), market("west", -500, 0, goods=("tea",))]
    two[0] = type(two[0])(**{**vars(two[0]), "radius_of_doubt_m": doubt})
    table = market_access(here, two[::-1] if order else two, scene).set_index("market")
    row = table.loc["east"]
    assert row["distance_m"] == pytest.approx(np.hypot(x, y), abs=0.5)
    assert row["distance_low_m"] <= row["distance_m"] <= row["distance_high_m"]
    assert row["distance_high_m"] - row["distance_m"] == pytest.approx(doubt + off, abs=1e-6)
    assert table["right_goods"].tolist() == [n == "east" for n in table.index]
    assert not row["network_m"] < row["distance_m"] - 1e-6
    straight, along = market_indicators(here, table.reset_index(), scene)
    assert straight.value == pytest.approx(row["distance_m"])
    assert along.value is None or along.value == pytest.approx(row["network_m"])


@few
@given(seed=seeds, houses=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=9,
                                   unique=True))  # fmt: skip
def test_a_village_is_left_from_its_houses_or_else_from_its_streets(seed, houses):
    at = [(10.0 * x, 10.0 * y) for x, y in houses]
    scene = layers([{"u": 1, "v": 2, "line": [(-200, 5), (200, 5)]}], houses=at)
    here = village(scene)
    origins = village_origins(here)
    if houses:
        assert len(origins.points) == len(houses)
        assert origins.what == "houses"
    else:
        assert origins.what != "houses"
    assert origins.points.intersects(here.boundary.buffer(1e-6)).all()
    centre = village_centre(here.boundary)
    assert here.boundary.intersects(centre)
    crescent = Point(seed % 100, 0).buffer(100) - Point(seed % 100 + 60, 0).buffer(100)
    assert crescent.intersects(village_centre(crescent))

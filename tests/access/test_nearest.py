"""Many to many: the k nearest places, counts within radii, gravity, against pairs and networkx."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.street_layers import METRIC, points, streets

from taobaogis.access.nearest import nearest_places
from taobaogis.access.network import street_network
from taobaogis.access.routes import network_distances
from taobaogis.access.snapping import corners
from taobaogis.access.within import Decay, counts_within, pairs_within
from taobaogis.errors import CRSError, InputError
from taobaogis.loaders.osm import read_osm_file
from taobaogis.schema import empty_layer

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from taobaogis.access.network import Network

# A street of 400 m with a one-way loop above its middle, and an island.
SCENE = [
    {"u": 1, "v": 2, "line": [(0, 0), (100, 0), (200, 0)]},
    {"u": 2, "v": 3, "line": [(200, 0), (400, 0)]},
    {"u": 2, "v": 4, "oneway": 1, "line": [(200, 0), (200, 50)]},
    {"u": 4, "v": 5, "oneway": 1, "line": [(200, 50), (300, 50)]},
    {"u": 5, "v": 3, "oneway": 1, "line": [(300, 50), (400, 50), (400, 0)]},
    {"u": 8, "v": 9, "line": [(0, 900), (100, 900)]},
]


def scene(mode: str = "drive") -> Network:
    return street_network(streets(*SCENE), mode=mode)


# --- corners ----------------------------------------------------------------------------------


def test_corners_are_the_junctions_in_order_and_then_the_bends() -> None:
    network = scene()
    found = corners(network)
    lines = network.edges.geometry.to_numpy()
    at = [lines[e].interpolate(a) for e, a in zip(found["edge"], found["along_m"], strict=True)]
    xy = [(p.x, p.y) for p in at]
    assert xy[: network.size] == [tuple(c) for c in network.coordinates]
    assert xy[network.size :] == [(100, 0), (400, 50)]
    assert corners(street_network(empty_layer("streets", METRIC), mode="walk")).empty


# --- by hand ----------------------------------------------------------------------------------


def test_the_nearest_places_stand_in_order_with_their_ways() -> None:
    found = nearest_places(
        points((50, 0), (300, 50)), points((60, 0), (200, 0), (390, 0), (50, 900)), scene(), count=3
    )
    assert found.place.tolist() == [[0, 1, 2], [2, 1, 0]]
    # From the loop only onwards: 150 m to the eastern end, then back along the street.
    assert found.distance_m.tolist() == [[10, 150, 340], [160, 350, 490]]


def test_places_that_cannot_be_reached_are_left_empty_never_far() -> None:
    found = nearest_places(points((50, 0), (50, 900)), points((60, 0), (90, 0)), scene(), count=3)
    assert found.place.tolist() == [[0, 1, -1], [-1, -1, -1]]
    assert found.distance_m.tolist() == [[10, 40, math.inf], [math.inf] * 3]


def test_places_at_one_and_the_same_spot_are_all_found() -> None:
    found = nearest_places(points((10, 0)), points(*[(200, 0)] * 3, (210, 0)), scene(), count=4)
    assert sorted(found.place[0, :3]) == [0, 1, 2]
    assert found.distance_m.tolist() == [[190, 190, 190, 200]]


def test_beyond_the_limit_nothing_is_near() -> None:
    here = points((50, 0))
    found = nearest_places(here, points((60, 0), (200, 0)), scene(), count=2, limit_m=149)
    assert found.place.tolist() == [[0, -1]]
    assert nearest_places(here, points((200, 0)), scene(), limit_m=150).place[0, 0] == 0


def test_counts_hold_the_radius_itself_and_each_place_once() -> None:
    # Both ends of the street lead to the place in its middle.
    counts = counts_within(
        points((0, 0), (100, 0)), points((100, 0), (200, 0), (200, 0)), scene("walk"),
        radii_m=(100, 200), decay=Decay("exponential", scale_m=100),
    )  # fmt: skip
    assert counts["within_100_m"].tolist() == [1, 3]
    assert counts["within_200_m"].tolist() == [3, 3]
    e = math.exp
    assert counts["gravity"].tolist() == pytest.approx([e(-1) + 2 * e(-2), 1 + 2 * e(-1)])


def test_a_place_in_a_long_street_counts_though_no_junction_is_near() -> None:
    network = street_network(streets({"u": 1, "v": 2, "line": [(0, 0), (9000, 0)]}), mode="walk")
    counts = counts_within(points((4000, 0), (5000, 0)), points((4300, 0)), network, radii_m=(500,))
    assert counts["within_500_m"].tolist() == [1, 0]


def test_weights_count_for_what_they_say_and_the_power_halves_as_told() -> None:
    counts = counts_within(
        points((0, 0)), points((100, 0), (300, 0)), scene("walk"), radii_m=(400,),
        weights=(2.0, 5.0), decay=Decay("power", scale_m=100, exponent=1),
    )  # fmt: skip
    assert counts["within_400_m"].tolist() == [7]
    assert counts["gravity"].tolist() == pytest.approx([2 / 2 + 5 / 4])


def test_one_way_streets_bind_the_way_from_the_origin_to_the_place() -> None:
    there = counts_within(points((200, 25)), points((200, 0)), scene(), radii_m=(300, 450))
    back = counts_within(points((200, 0)), points((200, 25)), scene(), radii_m=(300, 450))
    # Up, along the loop and back on the street: 25 + 200 + 50 + 200.
    assert there.iloc[0].tolist() == [0, 0]
    assert back.iloc[0].tolist() == [1, 1]


def test_an_origin_off_every_street_has_no_count_and_an_island_has_none_within() -> None:
    counts = counts_within(
        points((0, -90), (0, 900)), points((10, 0)), scene(), radii_m=(500,), max_snap_m=50
    )
    assert math.isnan(counts["within_500_m"][0])
    assert counts["within_500_m"][1] == 0


def test_without_places_or_streets_there_are_no_pairs() -> None:
    empty = street_network(empty_layer("streets", METRIC), mode="walk")
    for network, ends in ((scene(), points()), (empty, points((0, 0)))):
        assert pairs_within(points((0, 0)), ends, network, limit_m=99).empty
        found = nearest_places(points((0, 0)), ends, network, count=2)
        assert found.place.tolist() == [[-1, -1]]
    assert counts_within(points((0, 0)), points(), scene(), radii_m=(9,)).iloc[0, 0] == 0
    assert counts_within(points(), points((0, 0)), scene(), radii_m=(9,)).empty


def test_requests_that_cannot_be_meant_are_refused() -> None:
    here = points((0, 0))
    with pytest.raises(InputError, match="`count` is 0; ask for at least 1 place"):
        nearest_places(here, here, scene(), count=0)
    with pytest.raises(InputError, match="`radii_m` must hold numbers above 0"):
        counts_within(here, here, scene(), radii_m=(0, 500))
    with pytest.raises(InputError, match="`weights` has 2 numbers for 1 places"):
        counts_within(here, here, scene(), radii_m=(5,), weights=(1, 2))
    with pytest.raises(InputError, match="'linear' is no decay"):
        Decay("linear")  # type: ignore[arg-type] # what a reader may type
    with pytest.raises(InputError, match="`scale_m` above 0"):
        Decay(scale_m=0)
    with pytest.raises(CRSError, match=r"points\.to_crs"):
        nearest_places(here.set_crs(32649, allow_override=True), here, scene())


# --- properties -------------------------------------------------------------------------------

SIDE = 5
CELLS = [
    (SIDE * y + x, SIDE * y + x + step, x, y, dx, dy)
    for y in range(SIDE)
    for x in range(SIDE)
    for step, dx, dy in ((1, 1, 0), (SIDE, 0, 1))
    if x + dx < SIDE and y + dy < SIDE
]
LATTICES = st.lists(
    st.tuples(st.sampled_from(CELLS), st.sampled_from([-1, 0, 1])), min_size=1, max_size=30
)
SPOTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=7)
# Lattices of equal squares are full of ties; uneven ones have few.
STEPS = st.sampled_from([10.0, 10.3])


def lattice(cells: list[tuple[tuple[int, ...], int]], step: float = 10.0) -> gpd.GeoDataFrame:
    def at(x: int, y: int) -> tuple[float, float]:
        return 10 * x + (step - 10) * x * x, 10 * y + (step - 10) * y * x

    return streets(
        *(
            {"u": u, "v": v, "oneway": way, "line": [at(x, y), at(x + dx, y + dy)]}
            for (u, v, x, y, dx, dy), way in cells
        )
    )


@given(LATTICES, SPOTS, SPOTS, STEPS, st.integers(1, 4), st.sampled_from(["walk", "drive"]))
@settings(max_examples=60)
def test_the_nearest_are_the_least_of_all_pairs(cells, here, there, step, count, mode) -> None:
    network = street_network(lattice(cells, step), mode=mode)
    starts, ends = points(*here), points(*there)
    table = network_distances(starts, ends, network)
    found = nearest_places(starts, ends, network, count=count)
    wanted = np.sort(np.pad(table, ((0, 0), (0, count)), constant_values=np.inf))[:, :count]
    assert found.distance_m == pytest.approx(wanted)
    for row, (place, distance_m) in enumerate(zip(*found, strict=True)):
        known = place[place >= 0]
        assert len(set(known)) == len(known), "no place stands twice"
        assert table[row, known] == pytest.approx(distance_m[: len(known)]), "each is as far"
        assert np.isinf(distance_m[len(known) :]).all()


@given(LATTICES, SPOTS, SPOTS, STEPS, st.sampled_from([0.5, 15.0, 40.0, math.inf]))
@settings(max_examples=60)
def test_pairs_are_those_of_the_full_table_within_the_limit(
    cells, here, there, step, limit
) -> None:
    network = street_network(lattice(cells, step), mode="drive")
    starts, ends = points(*here), points(*there)
    table = network_distances(starts, ends, network)
    found = pairs_within(starts, ends, network, limit_m=limit)
    assert not found.duplicated(["origin", "place"]).any()
    sparse = np.full(table.shape, np.inf)
    sparse[found["origin"], found["place"]] = found["distance_m"]
    # Where rounding decides about the limit, either is right.
    clear = np.abs(table - limit) > 1e-9 if math.isfinite(limit) else np.ones(table.shape, bool)
    assert sparse[clear] == pytest.approx(np.where(table <= limit, table, np.inf)[clear])
    counts = counts_within(starts, ends, network, radii_m=(min(limit, 1e9),))
    if clear.all():
        assert counts.iloc[:, 0].tolist() == (np.isfinite(sparse)).sum(axis=1).tolist()


@given(LATTICES, SPOTS, STEPS, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_on_two_way_streets_ways_are_symmetric_keep_the_triangle_and_any_order(
    cells, spots, step, random
) -> None:
    layer = lattice(list({cell: (cell, way) for cell, way in cells}.values()), step)
    network = street_network(layer, mode="walk")
    ends = points(*spots)

    def table(order: list[int], network: Network) -> np.ndarray:
        found = pairs_within(ends.iloc[order], ends, network, limit_m=1e6)
        full = np.full((len(order), len(order)), np.inf)
        full[np.array(order)[found["origin"]], found["place"]] = found["distance_m"]
        return full

    order = list(range(len(ends)))
    one = table(order, network)
    assert one == pytest.approx(one.T)
    # Between a door and itself the way is to the street and back, so only streets count here.
    off_m = np.diag(one) / 2
    streets_m = one - off_m[:, None] - off_m[None, :]
    through = (streets_m[:, :, None] + streets_m[None, :, :]).min(axis=1)
    assert np.all(streets_m <= through + 1e-9)
    random.shuffle(order)
    rows = list(range(len(layer)))
    random.shuffle(rows)
    mixed = street_network(layer.iloc[rows], mode="walk")
    assert table(order, mixed) == pytest.approx(one)


@given(LATTICES, SPOTS, SPOTS, st.tuples(st.integers(0, 40), st.integers(0, 40)))
@settings(max_examples=30)
def test_one_more_place_never_lowers_a_count_nor_lengthens_a_way(cells, here, there, more) -> None:
    network = street_network(lattice(cells), mode="drive")
    starts = points(*here)
    old, new = points(*there), points(*there, more)
    radii, decay = (10, 30), Decay(scale_m=20)
    before = counts_within(starts, old, network, radii_m=radii, decay=decay)
    after = counts_within(starts, new, network, radii_m=radii, decay=decay)
    assert (after >= before - 1e-12).all(axis=None)
    near = nearest_places(starts, old, network, count=2).distance_m
    nearer = nearest_places(starts, new, network, count=2).distance_m
    assert np.all(nearer <= near + 1e-9)


# --- oracle -----------------------------------------------------------------------------------


def broken_up(network: Network, spots: pd.DataFrame) -> nx.DiGraph:
    """Every corner a node of its own, as tools without partial streets need it."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(spots)))
    edges = network.edges
    bends = spots.iloc[network.size :]
    on_edge = bends.groupby("edge").indices
    u, v, length = edges["u"].to_numpy(), edges["v"].to_numpy(), edges["length_m"].to_numpy()
    forward, backward = edges["forward"].to_numpy(), edges["backward"].to_numpy()
    along = spots["along_m"].to_numpy()
    for e in range(len(edges)):
        inner = on_edge.get(e, np.empty(0, dtype=int)) + network.size
        chain = [u[e], *inner.tolist(), v[e]]
        marks = [0.0, *along[inner].tolist(), length[e]]
        for a, b, start, end in zip(chain, chain[1:], marks, marks[1:], strict=False):
            for one, two, may in ((a, b, forward[e]), (b, a, backward[e])):
                step = end - start
                if may and step < graph.get_edge_data(one, two, {"m": math.inf})["m"]:
                    graph.add_edge(one, two, m=step)
    return graph


@pytest.mark.shared_data
@pytest.mark.parametrize("mode", ["drive", "walk"])
def test_all_corners_of_panyu_agree_with_networkx(mode, shared_data: Path) -> None:
    network = street_network(read_osm_file(shared_data / "panyu.osm.pbf", METRIC)["streets"],
                             mode=mode)  # fmt: skip
    spots = corners(network)
    random = np.random.default_rng(2026)
    sample = random.choice(len(spots), 200, replace=False)
    graph = broken_up(network, spots)
    chosen = random.choice(len(spots), 400, replace=False)
    decay, radii = Decay(scale_m=700), (500, 1000, 2000)
    counts = counts_within(spots, spots.iloc[chosen], network, radii_m=radii, decay=decay)
    for origin in sample:
        near = nx.single_source_dijkstra_path_length(graph, origin, cutoff=2001, weight="m")
        ways = np.array([near[place] for place in chosen if place in near])
        assert counts.iloc[origin, :3].tolist() == [(ways <= r).sum() for r in radii]
        gravity = decay.share(ways[ways <= radii[-1]]).sum()
        assert counts["gravity"][origin] == pytest.approx(gravity, abs=1e-6)
    few = chosen[:25]
    found = nearest_places(spots, spots.iloc[few], network, count=5)
    backwards = graph.reverse(copy=False)
    table = np.full((len(sample), len(few)), np.inf)
    for j, place in enumerate(few):
        reached = nx.single_source_dijkstra_path_length(backwards, place, weight="m")
        table[:, j] = [reached.get(origin, math.inf) for origin in sample]
    wanted, ours = np.sort(table)[:, :5], found.distance_m[sample]
    finite = np.isfinite(wanted)
    assert not finite.all(), "islands are part of the test"
    assert np.array_equal(finite, np.isfinite(ours))
    assert np.abs(ours[finite] - wanted[finite]).max() < 1e-6
    named = np.take_along_axis(table, found.place[sample], axis=1)
    assert np.abs(named[finite] - wanted[finite]).max() < 1e-6, "each named place is so far"

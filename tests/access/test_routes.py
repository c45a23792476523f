"""Ways along streets: snapping, one-way, partial edges at both ends, islands, and an oracle."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.street_layers import METRIC, points, streets

from taobaogis.access.network import street_network, travel_modes
from taobaogis.access.routes import NO_WAY, nearest, network_distances, network_minutes
from taobaogis.access.snapping import snap
from taobaogis.errors import CRSError, SchemaError
from taobaogis.loaders.osm import read_osm_file
from taobaogis.schema import empty_layer

if TYPE_CHECKING:
    from pathlib import Path

    from taobaogis.access.network import Network

# A block 100 m wide and 40 m deep; its southern side is one-way to the east.
BLOCK = [
    {"u": 1, "v": 2, "oneway": 1, "line": [(0, 0), (100, 0)]},
    {"u": 2, "v": 3, "line": [(100, 0), (100, 40)]},
    {"u": 3, "v": 4, "line": [(100, 40), (0, 40)]},
    {"u": 4, "v": 1, "line": [(0, 40), (0, 0)]},
]


def one_way(a: tuple[float, float], b: tuple[float, float], network: Network) -> float:
    return round(float(network_distances(points(a), points(b), network)[0, 0]), 9)


# --- snapping ---------------------------------------------------------------------------------


def test_a_point_snaps_to_the_nearest_place_on_a_street_not_to_a_junction() -> None:
    place = snap(points((30, 7)), street_network(streets(*BLOCK), mode="walk")).iloc[0]
    assert (place["edge"], place["along_m"]) == (0, 30.0)
    assert place["snap_m"] == pytest.approx(7.0)
    assert place["reason"] == ""


def test_a_point_too_far_from_every_street_finds_none_and_says_so() -> None:
    network = street_network(streets(*BLOCK), mode="walk")
    places = snap(points((30, -7), (30, -80)), network, max_snap_m=50)
    assert places["edge"].tolist() == [0, -1]
    assert math.isnan(places["snap_m"][1])
    assert places["reason"].tolist() == ["", "no street is mapped within 50 m of it"]


def test_the_limit_of_snapping_is_itself_within_it() -> None:
    network = street_network(streets(*BLOCK), mode="walk")
    assert snap(points((50, -50)), network, max_snap_m=50)["edge"].tolist() == [0]


def test_a_point_without_place_snaps_to_nothing() -> None:
    nowhere = gpd.GeoSeries([None, shapely.Point(), shapely.Point(50, 1)], index=list("abc"),
                            crs=METRIC)  # fmt: skip
    places = snap(nowhere, street_network(streets(*BLOCK), mode="walk"))
    assert places["edge"].to_dict() == {"a": -1, "b": -1, "c": 0}
    assert places["reason"].to_dict() == {"a": "it has no place", "b": "it has no place", "c": ""}


def test_connected_snapping_leaves_islands_out() -> None:
    layer = streets(*BLOCK, {"u": 8, "v": 9, "line": [(40, 60), (60, 60)]})
    network = street_network(layer, mode="drive")
    assert snap(points((50, 58)), network)["edge"].tolist() == [4]
    reached = snap(points((50, 58)), network, connected=True)
    assert reached[["edge", "snap_m"]].to_numpy().tolist() == [[2, 18.0]]


def test_a_network_of_no_street_takes_no_point() -> None:
    network = street_network(empty_layer("streets", METRIC), mode="drive")
    assert snap(points((0, 0)), network)["reason"].tolist() == [
        "no street open to this mode is mapped"
    ]
    assert network_distances(points((0, 0)), points((1, 1)), network).tolist() == [[math.inf]]
    ways = nearest(points((0, 0)), points((1, 1)), network)
    assert ways["distance_m"].tolist() == [math.inf]
    assert ways["reason"].tolist() == ["no street open to this mode is mapped"]


def test_points_in_another_crs_or_polygons_are_refused() -> None:
    network = street_network(streets(*BLOCK), mode="walk")
    with pytest.raises(CRSError, match=r"`points` are in .*points\.to_crs\(network\.crs\)"):
        snap(points((0, 0)).set_crs(32649, allow_override=True), network)
    with pytest.raises(CRSError, match="`points` is in 'WGS 84'"):
        snap(points((0, 0)).set_crs(4326, allow_override=True), network)
    with pytest.raises(SchemaError, match=r"hold Polygon; give points, e\.g\."):
        snap(gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=METRIC), network)


# --- ways by hand -----------------------------------------------------------------------------


def test_along_a_one_way_street_the_way_there_is_short_and_the_way_back_goes_round() -> None:
    drive = street_network(streets(*BLOCK), mode="drive")
    assert one_way((20, 0), (70, 0), drive) == 50.0
    # 30 to the east end, 40 up, 100 west, 40 down, 20 along.
    assert one_way((70, 0), (20, 0), drive) == 230.0
    walk = street_network(streets(*BLOCK), mode="walk")
    assert one_way((70, 0), (20, 0), walk) == 50.0


def test_a_street_that_is_one_way_against_its_line_is_the_mirror_image() -> None:
    drive = street_network(streets({**BLOCK[0], "oneway": -1}, *BLOCK[1:]), mode="drive")
    assert one_way((70, 0), (20, 0), drive) == 50.0
    assert one_way((20, 0), (70, 0), drive) == 20 + 40 + 100 + 40 + 30


def test_the_first_and_last_stretch_are_counted_in_part() -> None:
    drive = street_network(streets(*BLOCK), mode="drive")
    # From 90 on the northern side 10 to the corner, 40 down: but the south is one-way, so round.
    assert one_way((90, 40), (95, 0), drive) == 90 + 40 + 95
    assert one_way((95, 0), (90, 40), drive) == 5 + 40 + 10


def test_the_straight_lines_to_and_from_the_street_are_part_of_the_way() -> None:
    walk = street_network(streets(*BLOCK), mode="walk")
    assert one_way((20, -5), (70, -3), walk) == 5 + 50 + 3


def test_between_two_points_of_one_street_the_way_round_may_be_shorter() -> None:
    walk = street_network(
        streets(
            {"u": 1, "v": 2, "line": [(0, 0), (0, 100), (10, 100), (10, 0)]},
            {"u": 1, "v": 2, "line": [(0, 0), (10, 0)]},
        ),
        mode="walk",
    )
    assert one_way((0, 5), (10, 5), walk) == 5 + 10 + 5, "not 200 along the bend"


def test_a_point_at_a_junction_may_leave_by_any_street() -> None:
    drive = street_network(streets(*BLOCK), mode="drive")
    assert one_way((100, 0), (100, 40), drive) == 40.0
    assert one_way((0, 0), (0, 40), drive) == 40.0, "the one-way street does not hold it"
    assert one_way((0, 40), (0, 0), drive) == 40.0


def test_a_street_that_returns_to_its_start_can_be_left_by_the_shorter_side() -> None:
    ring = [(0, 0), (30, 0), (30, 30), (0, 30), (0, 0)]
    layer = streets({"u": 1, "v": 1, "line": ring}, {"u": 1, "v": 2, "line": [(0, 0), (-50, 0)]})
    walk = street_network(layer, mode="walk")
    assert one_way((0, 20), (-50, 0), walk) == 70.0
    drive = street_network(
        streets({"u": 1, "v": 1, "oneway": 1, "line": ring},
                {"u": 1, "v": 2, "line": [(0, 0), (-50, 0)]}), mode="drive"
    )  # fmt: skip
    assert one_way((0, 20), (-50, 0), drive) == 70.0
    assert one_way((-50, 0), (0, 20), drive) == 50 + 100, "once round, as the sign says"


def test_a_bridge_is_no_shortcut_to_the_street_below() -> None:
    layer = streets(
        {"u": 1, "v": 2, "line": [(-50, 0), (50, 0)]},
        {"u": 3, "v": 4, "bridge": True, "line": [(0, -50), (0, 50)]},
        {"u": 2, "v": 4, "line": [(50, 0), (50, 50), (0, 50)]},
    )
    walk = street_network(layer, mode="walk")
    assert one_way((-10, 0), (0, 10), walk) == 60 + 100 + 40


def test_an_island_cannot_be_reached() -> None:
    layer = streets(*BLOCK, {"u": 8, "v": 9, "line": [(40, 60), (60, 60)]})
    walk = street_network(layer, mode="walk")
    assert one_way((50, 0), (50, 60), walk) == math.inf
    ways = nearest(points((50, 0), (41, 60)), points((59, 60)), walk)
    assert ways["distance_m"].tolist() == [math.inf, 18.0]
    assert ways["destination"].tolist() == [None, 0]
    assert ways["reason"].tolist() == [NO_WAY, ""]


def test_a_street_without_length_can_be_stood_on_and_crossed() -> None:
    layer = streets(
        {"u": 1, "v": 2, "line": [(0, 0), (10, 0)]},
        {"u": 2, "v": 3, "line": [(10, 0), (10, 0)]},
        {"u": 3, "v": 4, "line": [(10, 0), (30, 0)]},
    )
    walk = street_network(layer, mode="walk")
    assert one_way((0, 0), (30, 0), walk) == 30.0
    assert one_way((10, 0), (30, 0), walk) == 20.0


def test_ways_beyond_the_limit_count_as_none() -> None:
    walk = street_network(streets(*BLOCK), mode="walk")
    there = network_distances(points((0, 0)), points((60, 0), (100, 40)), walk, limit_m=100)
    assert there.tolist() == [[60.0, math.inf]]
    near = nearest(points((0, 0)), points((100, 40)), walk, limit_m=100)
    assert near["distance_m"].tolist() == [math.inf]


def test_minutes_count_the_doorstep_at_walking_speed() -> None:
    walk = street_network(streets(*BLOCK), mode="walk")
    pace = travel_modes()["walk"].speed_kmh["*"] / 0.06
    there = network_minutes(points((20, -5)), points((70, 0)), walk)
    assert there[0, 0] == pytest.approx(55 / pace)
    drive = street_network(streets(*BLOCK), mode="drive")
    speed = travel_modes()["drive"].speed_kmh["residential"] / 0.06
    by_car = network_minutes(points((20, -5)), points((70, 0)), drive)
    assert by_car[0, 0] == pytest.approx(5 / pace + 50 / speed)


def test_the_nearest_is_named_by_its_label_with_the_straight_part_of_the_way() -> None:
    walk = street_network(streets(*BLOCK), mode="walk")
    ends = gpd.GeoSeries(
        points((50, 44), (90, -2)).to_numpy(), index=["north", "south"], crs=METRIC
    )
    ways = nearest(points((80, -1)), ends, walk)
    assert ways.iloc[0].to_dict() == {
        "distance_m": 1 + 10 + 2,
        "destination": "south",
        "snap_m": 3.0,
        "reason": "",
        "reason_zh": "",
    }


def test_without_destination_there_is_no_way() -> None:
    walk = street_network(streets(*BLOCK), mode="walk")
    ways = nearest(points((0, 0)), points(), walk)
    assert ways["distance_m"].tolist() == [math.inf]
    assert ways["destination"].tolist() == [None]
    assert network_distances(points((0, 0)), points(), walk).shape == (1, 0)
    assert network_distances(points(), points((0, 0)), walk).shape == (0, 1)
    assert nearest(points(), points((0, 0)), walk).empty


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
CORNERS = st.lists(
    st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1)), min_size=1, max_size=6
)


def lattice(cells: list[tuple[tuple[int, ...], int]]) -> gpd.GeoDataFrame:
    return streets(
        *(
            {"u": u, "v": v, "oneway": way,
             "line": [(10 * x, 10 * y), (10 * (x + dx), 10 * (y + dy))]}
            for (u, v, x, y, dx, dy), way in cells
        )
    )  # fmt: skip


def on_streets(layer: gpd.GeoDataFrame, shares: list[float]) -> gpd.GeoSeries:
    lines = layer.geometry.to_numpy()
    return gpd.GeoSeries(
        [
            line.interpolate(share, normalized=True)
            for line, share in zip(lines, shares, strict=False)
        ],
        crs=METRIC,
    )


QUARTERS = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=5)


@given(LATTICES, st.tuples(st.sampled_from(CELLS), st.sampled_from([-1, 0, 1])), QUARTERS)
@settings(max_examples=30)
def test_one_more_street_never_lengthens_a_way(cells, more, shares) -> None:
    before, after = lattice(cells), lattice([*cells, more])
    ends = on_streets(before, shares)
    old = network_distances(ends, ends, street_network(before, mode="walk"))
    new = network_distances(ends, ends, street_network(after, mode="walk"))
    assert np.all(new <= old + 1e-9), "every old way is still there"


@given(LATTICES, QUARTERS, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_the_order_of_streets_and_points_changes_nothing(cells, shares, random) -> None:
    unique = list({cell: (cell, way) for cell, way in cells}.values())
    layer = lattice(unique)
    ends = on_streets(layer, shares)
    one = network_distances(ends, ends, street_network(layer, mode="drive"))
    order = list(range(len(layer)))
    random.shuffle(order)
    mixed = street_network(layer.iloc[order], mode="drive")
    assert network_distances(ends, ends, mixed) == pytest.approx(one)
    turned = network_distances(ends.iloc[::-1], ends, mixed)
    assert turned[::-1] == pytest.approx(one)


@given(LATTICES, QUARTERS)
@settings(max_examples=30)
def test_the_nearest_is_the_least_of_all_pairs_and_no_way_beats_the_straight_line(
    cells, shares
) -> None:
    layer = lattice(cells)
    network = street_network(layer, mode="drive")
    ends = on_streets(layer, shares)
    starts = points(*[(x + 3.0, 17.0) for x in range(0, 50, 12)])
    table = network_distances(starts, ends, network)
    ways = nearest(starts, ends, network)
    assert ways["distance_m"].to_numpy() == pytest.approx(table.min(axis=1))
    for i, end in enumerate(ways["destination"]):
        assert end is None or table[i, end] == pytest.approx(table[i].min())
    straight = np.array([ends.distance(start).to_numpy() for start in starts])
    assert np.all(table >= straight - 1e-9), "a detour is never shorter than the straight line"


# --- oracle -----------------------------------------------------------------------------------


def oracle(network: Network, starts: gpd.GeoSeries, ends: gpd.GeoSeries) -> np.ndarray:
    """Ways by networkx, on a graph in which every point is a junction of its own."""
    graph = nx.MultiDiGraph()
    cuts: dict[int, list[tuple[float, object]]] = {}
    for kind, places in (("start", snap(starts, network)), ("end", snap(ends, network))):
        for i, place in enumerate(places.itertuples()):
            door, kerb = (kind, i), (kind, i, "kerb")
            cuts.setdefault(place.edge, []).append((place.along_m, kerb))
            graph.add_edge(*((door, kerb) if kind == "start" else (kerb, door)), m=place.snap_m)
    for number, edge in enumerate(network.edges.itertuples()):
        middle = sorted(cuts.get(number, []), key=lambda cut: cut[0])
        chain = [(0.0, edge.u), *middle, (edge.length_m, edge.v)]
        for (a_m, a), (b_m, b) in itertools.pairwise(chain):
            same_place = b_m - a_m < 1e-6
            if edge.forward or same_place:
                graph.add_edge(a, b, m=max(b_m - a_m, 0.0))
            if edge.backward or same_place:
                graph.add_edge(b, a, m=max(b_m - a_m, 0.0))
    found = np.full((len(starts), len(ends)), np.inf)
    backwards = graph.reverse(copy=False)
    for j in range(len(ends)):
        reached = nx.single_source_dijkstra_path_length(backwards, ("end", j), weight="m")
        found[:, j] = [reached.get(("start", i), math.inf) for i in range(len(starts))]
    return found


@given(LATTICES, st.data())
@settings(max_examples=30)
def test_ways_agree_with_networkx_on_small_lattices(cells, data) -> None:
    network = street_network(lattice(cells), mode="drive")
    grid = st.tuples(st.integers(0, 40), st.integers(0, 40))
    starts = points(*data.draw(st.lists(grid, min_size=1, max_size=4)))
    ends = points(*data.draw(st.lists(grid, min_size=1, max_size=4)))
    assert network_distances(starts, ends, network) == pytest.approx(oracle(network, starts, ends))


@pytest.mark.shared_data
@pytest.mark.parametrize("mode", ["drive", "walk"])
def test_ways_agree_with_networkx_on_the_streets_of_panyu(mode, shared_data: Path) -> None:
    layer = read_osm_file(shared_data / "panyu.osm.pbf", METRIC)["streets"]
    network = street_network(layer, mode=mode)
    random = np.random.default_rng(2026)
    west, south, east, north = layer.total_bounds
    xy = np.column_stack([random.uniform(west, east, 206), random.uniform(south, north, 206)])
    starts, ends = points(*map(tuple, xy[:200])), points(*map(tuple, xy[200:]))
    ours, theirs = network_distances(starts, ends, network), oracle(network, starts, ends)
    assert np.array_equal(np.isinf(ours), np.isinf(theirs)), "the same places can be reached"
    finite = np.isfinite(ours)
    assert finite.mean() > 0.5, "a test on unreachable places would say little"
    assert np.abs(ours[finite] - theirs[finite]).max() < 1e-6
    lines = network.edges.geometry
    apart_m = [lines.distance(start).min() for start in starts[:20]]
    assert snap(starts[:20], network)["snap_m"].to_numpy() == pytest.approx(apart_m)
    near = nearest(starts, ends, network)["distance_m"].to_numpy()
    assert np.array_equal(np.isinf(near), np.isinf(theirs.min(axis=1)))
    reached = np.isfinite(near)
    assert np.abs(near[reached] - theirs.min(axis=1)[reached]).max() < 1e-6

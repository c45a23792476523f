"""Streets as a network: what is open to whom, how it joins, how long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra
from support.street_layers import METRIC, streets

from taobaogis.access.network import cheapest_links, street_network, travel_modes
from taobaogis.errors import CRSError, InputError, SchemaError
from taobaogis.loaders.osm_tags import STREET_CLASSES
from taobaogis.schema import empty_layer

if TYPE_CHECKING:
    from taobaogis.access.network import Network


def links(network: Network) -> dict[tuple[float, float, float, float], float]:
    """Length by where one leaves and where one comes to."""
    matrix = network.lengths_m.tocoo()
    xy = network.coordinates
    return {
        (*xy[i].tolist(), *xy[j].tolist()): float(length)
        for i, j, length in zip(matrix.row, matrix.col, matrix.data, strict=True)
    }


def test_a_street_is_open_both_ways_and_as_long_as_its_line() -> None:
    network = street_network(
        streets({"u": 7, "v": 3, "line": [(0, 0), (3, 0), (3, 4)]}), mode="walk"
    )
    assert links(network) == {(0, 0, 3, 4): 7.0, (3, 4, 0, 0): 7.0}


@pytest.mark.parametrize(("oneway", "open_way"), [(1, (0, 0, 10, 0)), (-1, (10, 0, 0, 0))])
def test_a_one_way_street_binds_drivers_and_not_walkers(
    oneway: int, open_way: tuple[float, ...]
) -> None:
    street = streets({"u": 1, "v": 2, "oneway": oneway, "line": [(0, 0), (10, 0)]})
    assert list(links(street_network(street, mode="drive"))) == [open_way]
    assert len(links(street_network(street, mode="walk"))) == 2
    assert len(links(street_network(street, mode="ebike"))) == 2


@pytest.mark.parametrize(
    ("highway", "open_to"),
    [
        ("motorway", {"drive"}),
        ("motorway_link", {"drive"}),
        ("busway", set()),
        ("residential", {"walk", "ebike", "drive"}),
        ("footway", {"walk", "ebike"}),
        ("alley", {"walk", "ebike"}),
        ("steps", {"walk"}),
        ("", {"walk", "ebike", "drive"}),
    ],
)
def test_a_street_is_open_to_those_its_class_admits(highway: str, open_to: set[str]) -> None:
    street = streets({"u": 1, "v": 2, "highway": highway, "line": [(0, 0), (10, 0)]})
    admitted = {mode for mode in travel_modes() if len(street_network(street, mode=mode).edges)}
    assert admitted == open_to, f"'{highway}' should be open to {open_to or 'nobody'}"


@pytest.mark.parametrize("access", ["no", "private"])
def test_a_street_without_public_access_is_closed_to_all(access: str) -> None:
    street = streets({"u": 1, "v": 2, "access": access, "line": [(0, 0), (10, 0)]})
    assert all(street_network(street, mode=mode).size == 0 for mode in travel_modes())


def test_every_class_of_the_rules_is_one_that_is_read() -> None:
    for name, rules in travel_modes().items():
        named = rules.closed | (rules.speed_kmh.keys() - {"*"})
        assert named <= STREET_CLASSES, f"{name} speaks of {named - STREET_CLASSES}"
        assert rules.speed_kmh["*"] > 0, "a class that is not known still has a speed"
        assert not rules.closed & rules.speed_kmh.keys(), "a closed street has no speed"


def test_minutes_follow_from_the_speed_of_the_class() -> None:
    rows = [{"u": i, "v": i + 1, "highway": c, "line": [(i, 0), (i + 600, 0)]}
            for i, c in enumerate(["steps", "footway"])]  # fmt: skip
    edges = street_network(streets(*rows), mode="walk").edges
    speeds = travel_modes()["walk"].speed_kmh
    assert edges["minutes"].tolist() == pytest.approx(
        [0.6 / speeds["steps"] * 60, 0.6 / speeds["*"] * 60]
    )


def test_a_bridge_is_not_joined_to_the_street_it_crosses() -> None:
    network = street_network(
        streets(
            {"u": 1, "v": 2, "line": [(-10, 0), (10, 0)]},
            {"u": 3, "v": 4, "bridge": True, "line": [(0, -10), (0, 10)]},
        ),
        mode="drive",
    )
    assert len(set(network.component.tolist())) == 2, "they cross without a common junction"


def test_streets_that_share_a_number_are_joined() -> None:
    network = street_network(
        streets(
            {"u": 1, "v": 2, "line": [(-10, 0), (0, 0)]},
            {"u": 2, "v": 3, "line": [(0, 0), (0, 10)]},
        ),
        mode="walk",
    )
    assert network.size == 3
    assert network.component.tolist() == [0, 0, 0]


def test_of_parallel_streets_the_shortest_counts_but_both_stay_in_the_table() -> None:
    network = street_network(
        streets(
            {"u": 1, "v": 2, "line": [(0, 0), (5, 5), (10, 0)]},
            {"u": 1, "v": 2, "line": [(0, 0), (10, 0)]},
            {"u": 2, "v": 1, "line": [(10, 0), (5, -9), (0, 0)]},
        ),
        mode="drive",
    )
    assert links(network) == {(0, 0, 10, 0): 10.0, (10, 0, 0, 0): 10.0}
    assert len(network.edges) == 3


def test_a_street_without_length_still_joins_its_ends() -> None:
    network = street_network(
        streets(
            {"u": 1, "v": 2, "line": [(0, 0), (10, 0)]},
            {"u": 2, "v": 3, "line": [(10, 0), (10, 0)]},
            {"u": 3, "v": 4, "line": [(10, 0), (30, 0)]},
        ),
        mode="walk",
    )
    reached = dijkstra(network.lengths_m, indices=0)
    assert reached.tolist() == [0.0, 10.0, 10.0, 30.0], "a stored zero is a street"


def test_the_largest_part_is_the_one_all_of_whose_places_reach_each_other() -> None:
    network = street_network(
        streets(
            {"u": 1, "v": 2, "line": [(0, 0), (10, 0)]},
            {"u": 2, "v": 3, "line": [(10, 0), (20, 0)]},
            {"u": 3, "v": 4, "oneway": 1, "line": [(20, 0), (30, 0)]},
            {"u": 8, "v": 9, "line": [(0, 90), (10, 90)]},
        ),
        mode="drive",
    )
    by_place = dict(zip(network.coordinates[:, 0] + network.coordinates[:, 1],
                        network.component.tolist(), strict=True))  # fmt: skip
    assert by_place[0] == by_place[10] == by_place[20] == 0
    assert by_place[30] != 0, "one can come there but not back"
    assert by_place[90] == by_place[100] == 1, "the second largest"


def test_edges_map_back_to_the_streets() -> None:
    layer = streets(
        {"u": 1, "v": 2, "highway": "motorway", "line": [(0, 0), (10, 0)]},
        {"u": 2, "v": 3, "line": [(10, 0), (10, 10)]},
    )
    edges = street_network(layer, mode="walk").edges
    assert edges.index.tolist() == [1]
    assert edges.geometry.loc[1].equals(layer.geometry.loc[1])


def test_no_street_gives_a_network_of_no_node() -> None:
    network = street_network(empty_layer("streets", METRIC), mode="drive")
    assert (network.size, len(network.edges), network.lengths_m.nnz) == (0, 0, 0)


def test_the_streets_are_left_as_they_were() -> None:
    layer = streets({"u": 1, "v": 2, "oneway": 1, "line": [(0, 0), (10, 0)]})
    before = layer.copy()
    street_network(layer, mode="drive")
    assert layer.equals(before)


def test_another_mode_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'drvie' is not a way to travel\. Did you mean 'drive'"):
        street_network(empty_layer("streets", METRIC), mode="drvie")  # type: ignore[arg-type]


def test_streets_in_degrees_or_without_their_columns_are_refused() -> None:
    layer = streets({"u": 1, "v": 2, "line": [(5e5, 2.5e6), (5e5, 2.6e6)]})
    with pytest.raises(CRSError, match="projected CRS in metres is needed"):
        street_network(layer.to_crs(4326), mode="walk")
    with pytest.raises(SchemaError, match="lacks the columns u"):
        street_network(layer.drop(columns="u"), mode="walk")


def test_cheapest_links_keep_the_least_of_each_pair() -> None:
    matrix = cheapest_links(
        np.array([1, 0, 1, 1]), np.array([0, 2, 0, 2]), np.array([5.0, 0.0, 3.0, 1.0]), (3, 3)
    )
    assert matrix.nnz == 3, "the zero is stored"
    assert matrix.toarray().tolist() == [[0, 0, 0], [3, 0, 1], [0, 0, 0]]

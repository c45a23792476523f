import json

import geopandas as gpd
import numpy as np
import osmnx as ox
import pytest
import shapely
from pyproj import CRS

from taobaogis.errors import CRSError, SchemaError, SourceDataError
from taobaogis.loaders.osmnx_graph import features_from_answer, to_osmnx
from taobaogis.schema import conform, empty_layer

CRS_M = CRS.from_epsg(4547)


def streets_of(*rows, **columns):
    """Streets of rows (u, v, points, oneway)."""
    table = {"u": [r[0] for r in rows], "v": [r[1] for r in rows], "oneway": [r[3] for r in rows]}
    lines = [shapely.LineString(r[2]) for r in rows]
    return conform(gpd.GeoDataFrame({**table, **columns}, geometry=lines, crs=CRS_M), "streets")


@pytest.fixture
def square():
    """A square of 100 m, junctions 1 to 4 against the clock; its east side is one-way to the
    north, its north side drawn westwards but one-way eastwards."""
    return streets_of(
        (1, 2, [(0, 0), (100, 0)], 0),
        (2, 3, [(100, 0), (100, 100)], 1),
        (3, 4, [(100, 100), (0, 100)], -1),
        (4, 1, [(0, 100), (0, 0)], 0),
        osm_id=["w11", "w12", "w13", "mine"],
        highway=["residential"] * 4,
        name=["里仁洞大街", "", "", ""],
        width_tag_m=[4.5, np.nan, np.nan, np.nan],
        bridge=[True, False, False, False],
        lit=["yes"] * 4,
    )


def test_a_street_goes_both_ways_unless_it_is_one_way(square):
    graph = to_osmnx(square)
    assert set(graph.edges(keys=True)) == {
        (1, 2, 0), (2, 1, 0), (2, 3, 0), (4, 3, 0), (4, 1, 0), (1, 4, 0)
    }  # fmt: skip
    assert {d["oneway"] for u, v, d in graph.edges(data=True) if {u, v} == {2, 3}} == {True}
    assert {d["oneway"] for u, v, d in graph.edges(data=True) if {u, v} == {1, 2}} == {False}


def test_a_line_runs_in_the_direction_of_travel(square):
    graph = to_osmnx(square)
    for u, v, edge in graph.edges(data=True):
        ends = edge["geometry"].coords
        assert ends[0] == (graph.nodes[u]["x"], graph.nodes[u]["y"])
        assert ends[-1] == (graph.nodes[v]["x"], graph.nodes[v]["y"])
        assert edge["length"] == 100.0
    assert graph.edges[4, 3, 0]["reversed"]
    assert not graph.edges[2, 3, 0]["reversed"]


def test_an_edge_carries_what_is_known_and_nothing_else(square):
    graph = to_osmnx(square)
    known = graph.edges[1, 2, 0]
    assert (known["name"], known["width"], known["bridge"]) == ("里仁洞大街", 4.5, "yes")
    assert (known["osmid"], known["lit"], known["highway"]) == (11, "yes", "residential")
    assert {"name", "width", "bridge", "tunnel", "lanes", "access"}.isdisjoint(graph.edges[2, 3, 0])
    assert graph.edges[4, 1, 0]["osmid"] == -4


def test_routing_keeps_to_one_way_streets(square):
    graph = to_osmnx(square)
    assert ox.routing.shortest_path(graph, 1, 3, weight="length") == [1, 2, 3]
    assert ox.routing.shortest_path(graph, 3, 1, weight="length") is None


def test_statistics_of_osmnx_hold(square):
    stats = ox.basic_stats(to_osmnx(square), area=10_000.0)
    assert (stats["n"], stats["m"], stats["street_segment_count"]) == (4, 6, 4)
    assert stats["street_length_total"] == 400.0
    assert stats["streets_per_node_counts"] == {0: 0, 1: 0, 2: 4}
    assert stats["circuity_avg"] == pytest.approx(1.0)


def test_parallel_streets_and_loops_have_keys_of_their_own():
    graph = to_osmnx(
        streets_of(
            (1, 2, [(0, 0), (100, 0)], 0),
            (1, 2, [(0, 0), (50, 50), (100, 0)], 0),
            (2, 1, [(100, 0), (50, -50), (0, 0)], 1),
            (2, 2, [(100, 0), (120, 0), (120, 20), (100, 0)], 1),
        )
    )
    assert sorted(graph.edges(keys=True)) == [
        (1, 2, 0), (1, 2, 1), (2, 1, 0), (2, 1, 1), (2, 1, 2), (2, 2, 0)
    ]  # fmt: skip
    assert sum(d["length"] for *_, d in graph.edges(data=True) if d["oneway"]) == pytest.approx(
        100 * 2**0.5 + 40 + 20 * 2**0.5
    )


def test_the_graph_survives_a_file_and_comes_back_as_layers(square, tmp_path):
    graph = to_osmnx(square)
    ox.io.save_graphml(graph, tmp_path / "g.graphml")
    back = ox.io.load_graphml(tmp_path / "g.graphml")
    assert back.edges[1, 2, 0]["length"] == 100.0
    nodes, edges = ox.convert.graph_to_gdfs(graph)
    assert CRS(edges.crs) == CRS(nodes.crs) == CRS_M
    assert len(ox.convert.to_undirected(graph).edges) == 4


def test_the_graph_can_be_brought_to_another_crs(square):
    lonlat = ox.projection.project_graph(to_osmnx(square), to_crs="EPSG:4326")
    # The false easting of EPSG:4547 is 500 km: x = y = 0 lies on the equator, west of 114° E.
    assert lonlat.nodes[1]["x"] == pytest.approx(114 - 500_000 / 111_320, abs=0.01)


def test_no_streets_are_a_graph_without_nodes():
    graph = to_osmnx(empty_layer("streets", CRS_M))
    assert len(graph) == 0
    assert graph.graph["crs"] == CRS_M


def test_the_order_of_rows_does_not_matter(square):
    turned = to_osmnx(square.iloc[::-1])
    assert set(turned.edges) == set(to_osmnx(square).edges)
    assert {n: d["street_count"] for n, d in turned.nodes(data=True)} == dict.fromkeys(
        range(1, 5), 2
    )


def test_streets_without_junctions_or_metres_are_refused(square):
    with pytest.raises(SchemaError, match="lacks the columns u"):
        to_osmnx(square.drop(columns="u"))
    with pytest.raises(CRSError, match="a projected CRS in metres is needed"):
        to_osmnx(square.to_crs(4326))


@pytest.mark.shared_data
def test_osmnx_sees_every_way_of_a_recorded_answer(shared_data):
    body = (shared_data / "overpass-panyu-main-roads.json").read_bytes()
    roads = features_from_answer(body, {"highway": True}).loc["way"]
    assert len(roads) == 4604
    assert set(roads.geom_type) == {"LineString"}
    primary = features_from_answer(body, {"highway": ["primary"]})
    assert 0 < len(primary) < 4604


@pytest.fixture
def body():
    corners = [(113.0, 23.0), (113.1, 23.0), (113.1, 23.1), (113.0, 23.1)]
    elements = [
        *({"type": "node", "id": i, "lon": x, "lat": y} for i, (x, y) in enumerate(corners, 1)),
        {"type": "way", "id": 10, "nodes": [1, 2, 3, 4, 1], "tags": {"building": "yes"}},
        {"type": "way", "id": 11, "nodes": [1, 2, 99], "tags": {"building": "yes"}},
        {"type": "way", "id": 13, "nodes": [], "tags": {"building": "yes"}},
        {"type": "relation", "id": 12, "members": [{"type": "way", "ref": 98, "role": "outer"}],
         "tags": {"type": "multipolygon", "building": "yes"}},
    ]  # fmt: skip
    osm3s = {"timestamp_osm_base": "2026-03-28T16:14:00Z"}
    return json.dumps({"osm3s": osm3s, "elements": elements}).encode()


def test_objects_of_which_a_part_is_missing_are_left_out(body):
    features = features_from_answer(body, {"building": True})
    assert list(features.index) == [("way", 10)]
    assert features.geometry.iloc[0].equals(shapely.box(113.0, 23.0, 113.1, 23.1))
    assert CRS(features.crs).to_epsg() == 4326


def test_tags_that_nothing_has_give_no_rows(body):
    features = features_from_answer(body, {"shop": True})
    assert features.empty
    assert CRS(features.crs).to_epsg() == 4326


def test_a_broken_answer_is_refused():
    with pytest.raises(SourceDataError, match="cut short or broken"):
        features_from_answer(b"{", {"building": True})

"""The way itself, against the length that the searches give and streets small enough to see."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import LineString, Point

from taobaogis.access.network import street_network
from taobaogis.access.routes import network_distances, network_minutes
from taobaogis.access.ways import best_ways
from taobaogis.errors import InputError
from taobaogis.schema import conform

GRID = CRS.from_epsg(4547)


def network(*streets, mode="walk", **columns):
    """Streets as (u, v, coordinates)."""
    table = {"u": [s[0] for s in streets], "v": [s[1] for s in streets], "highway": "residential"}
    lines = [LineString(s[2]) for s in streets]
    frame = gpd.GeoDataFrame({**table, **columns}, geometry=lines, crs=GRID)
    return street_network(conform(frame, "streets"), mode=mode)


def points(*xy):
    return gpd.GeoSeries([Point(p) for p in xy], crs=GRID)


SQUARE = (
    (0, 1, [(0, 0), (100, 0)]),
    (1, 2, [(100, 0), (100, 100)]),
    (3, 2, [(0, 100), (100, 100)]),
    (0, 3, [(0, 0), (0, 100)]),
)


def test_a_way_runs_from_door_to_door():
    way = best_ways(points((50, -10)), points((120, 100)), network(*SQUARE), by="length_m").iloc[0]
    assert way.geometry.equals_exact(
        LineString([(50, -10), (50, 0), (100, 0), (100, 100), (120, 100)]), 1e-9
    )
    assert way["length_m"] == way["cost"] == pytest.approx(10 + 50 + 100 + 20)


def test_on_one_street_one_goes_straight():
    way = best_ways(points((10, 0)), points((60, 5)), network(*SQUARE), by="length_m").iloc[0]
    assert shapely.get_coordinates(way.geometry).tolist() == [[10, 0], [60, 0], [60, 5]]


def test_one_way_streets_send_one_round():
    there = network(*SQUARE, mode="drive", oneway=[1, 0, 0, 0])
    way = best_ways(points((60, 0)), points((10, 0)), there, by="length_m").iloc[0]
    assert way["length_m"] == pytest.approx(40 + 300 + 10)
    assert way.geometry.length == pytest.approx(350)


def test_of_two_streets_between_two_junctions_the_better_is_drawn():
    bow = (0, 1, [(0, 0), (50, 80), (100, 0)])
    streets = (bow, SQUARE[0], (4, 0, [(-50, 0), (0, 0)]), (1, 5, [(100, 0), (150, 0)]))
    way = best_ways(points((-50, 0)), points((150, 0)), network(*streets)).iloc[0]
    assert way["length_m"] == pytest.approx(200)


def test_what_is_not_reached_has_no_line():
    island = (7, 8, [(1000, 1000), (1100, 1000)])
    net = network(*SQUARE, island)
    ways = best_ways(points((0, 0)), points((1050, 1000), (0, 0), (0, 50)), net, by="length_m")
    assert ways["cost"].tolist() == [np.inf, 0, 50]
    assert ways.geometry.isna().tolist() == [True, True, False]
    near = best_ways(points((0, 0)), points((0, 50)), net, by="length_m", limit=49)
    assert near["cost"].tolist() == [np.inf]
    assert near.geometry.isna().all()


def test_no_street_gives_no_way():
    nothing = street_network(conform(gpd.GeoDataFrame(geometry=[], crs=GRID), "streets"),
                             mode="walk")  # fmt: skip
    assert best_ways(points((0, 0)), points((1, 1)), nothing).geometry.isna().all()
    assert best_ways(points((0, 0)), points(), network(*SQUARE)).empty


def test_more_than_one_start_is_refused():
    with pytest.raises(InputError, match="holds 2 points"):
        best_ways(points((0, 0), (1, 1)), points((2, 2)), network(*SQUARE))


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(-1, 1)), min_size=3,
             max_size=25),
    st.lists(st.tuples(st.integers(-30, 230), st.integers(-30, 230)), min_size=2, max_size=5),
    st.sampled_from(["walk", "drive"]),
)  # fmt: skip
def test_a_line_is_as_long_as_the_search_says(pairs, places, mode):
    """On nine junctions with any streets between them, one-way ones and rings among them."""
    at = [(100 * (k % 3), 100 * (k // 3)) for k in range(9)]
    streets = [
        (a, b, [at[a], (at[a][0] + 37, at[b][1] + 41), at[b]] if a == b or (a + b) % 3 == 0
         else [at[a], at[b]])
        for a, b, _ in pairs
    ]  # fmt: skip
    net = network(*streets, mode=mode, oneway=[way for _, _, way in pairs])
    start, ends = points(places[0]), points(*places[1:])
    shortest = best_ways(start, ends, net, by="length_m")
    expected = network_distances(start, ends, net)[0]
    assert shortest["cost"].to_numpy() == pytest.approx(expected)
    drawn = shortest.geometry.notna() & (shortest["cost"] > 0)
    assert (drawn == (np.isfinite(expected) & (expected > 0))).all()
    assert shortest["length_m"][drawn].to_numpy() == pytest.approx(expected[drawn])
    quickest = best_ways(start, ends, net)
    assert quickest["cost"].to_numpy() == pytest.approx(network_minutes(start, ends, net)[0])
    for line, end in zip(quickest.geometry, ends, strict=True):
        if line is not None:
            assert (Point(line.coords[0]), Point(line.coords[-1])) == (start.iloc[0], end)

"""Lines from routes and stops as they are mapped: whole, in pieces, or with gaps."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from support import toy_city as town

from taobaogis.access.transit.lines import transit_lines
from taobaogis.errors import SchemaError


def lines(*named, **kind):
    return transit_lines(town.stops(), town.routes(*named, **kind))


def test_calls_follow_the_stops_and_know_their_hops():
    found = lines(("1", "A B C"), ("1", "C B A"))
    assert found.calls["stop"].tolist() == [0, 1, 2, 2, 1, 0]
    assert found.calls["hop_m"].tolist() == [0, 1000, 2000, 0, 2000, 1000]
    assert found.patterns["toward"].tolist() == ["C", "A"]
    assert not found.patterns["assumed"].any()
    [health] = found.health.to_dict("records")
    assert health == {"line": "1", "mode": "bus", "patterns": 2, "missing_stops": 0,
                      "straight_hops": 0, "hops": 4, "one_direction": False}  # fmt: skip


def test_a_line_in_one_direction_gets_its_way_back_and_says_so():
    found = lines(("1", "A B C"))
    assert found.patterns["assumed"].tolist() == [False, True]
    assert found.calls["stop"].tolist() == [0, 1, 2, 2, 1, 0]
    assert found.health["one_direction"].tolist() == [True]


def test_a_ring_needs_no_way_back():
    found = lines(("9", "A B C D A"))
    assert len(found.patterns) == 1
    assert found.health["one_direction"].tolist() == [False]


def test_a_stop_that_is_not_mapped_is_counted_and_passed():
    found = lines(("1", "A nowhere B C"))
    assert found.health["missing_stops"].tolist() == [1]
    assert found.calls["stop"].tolist()[:3] == [0, 1, 2]


def test_a_line_with_one_known_stop_runs_nowhere():
    found = lines(("1", "A nowhere"), track=shapely.LineString([(0, 0), (9, 9)]))
    assert found.calls.empty
    assert found.health[["patterns", "missing_stops"]].to_numpy().tolist() == [[0, 1]]


def test_a_bend_of_the_track_is_part_of_the_way():
    found = lines(("1", "A B"), track=shapely.LineString([(0, 0), (500, 300), (1000, 0)]))
    assert found.calls["hop_m"].tolist()[1] == pytest.approx(2 * np.hypot(500, 300))


def test_a_track_in_pieces_and_out_of_order_is_put_together():
    pieces = shapely.MultiLineString(
        [[(1000, 0), (3000, 0)], [(1000, 0), (400, 0)], [(400, 0), (0, 0)]]
    )
    found = lines(("1", "A B C"), track=pieces)
    assert found.calls["hop_m"].tolist()[:3] == [0, 1000, 2000]
    assert found.health["straight_hops"].tolist() == [0]


def test_where_no_track_is_mapped_the_straight_line_is_stretched():
    found = lines(("1", "A B C"), track=shapely.LineString([(0, 0), (1000, 0)]))
    assert found.calls["hop_m"].tolist()[:3] == [0, 1000, pytest.approx(1.3 * 2000)]
    assert found.health["straight_hops"].tolist() == [1]


def test_lines_are_told_apart_by_number_or_else_by_name():
    routes = town.routes(("", "A B"), ("", "B A"), ("", "A C"))
    routes["name"] = ["Metro 3: north", "Metro 3: south", "Metro 4 (west)"]
    found = transit_lines(town.stops(), routes)
    assert found.health["line"].tolist() == ["Metro 3", "Metro 4"]


def test_turning_and_shifting_the_town_changes_no_hop():
    base = lines(*town.BOTH_WAYS)
    moved = []
    for layer in (town.stops(), town.routes(*town.BOTH_WAYS)):
        turned = layer.geometry.rotate(33, origin=(0, 0)).translate(4321, -987)
        moved.append(layer.set_geometry(turned))
    assert transit_lines(*moved).calls["hop_m"].to_numpy() == pytest.approx(
        base.calls["hop_m"].to_numpy(), abs=1e-6
    )


def test_no_routes_give_no_lines():
    found = lines()
    assert found.patterns.empty
    assert found.calls.empty


def test_layers_that_break_their_contract_are_refused():
    with pytest.raises(SchemaError, match="stops"):
        transit_lines(gpd.GeoDataFrame({"x": [1]}, geometry=[shapely.Point(0, 0)], crs=4547),
                      town.routes(*town.BOTH_WAYS))  # fmt: skip


def test_a_ring_is_drawn_the_shorter_way_round():
    ring = shapely.LineString([(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)])
    places = {"A": (500, 0), "B": (1000, 500), "C": (0, 200)}
    lines = transit_lines(
        town.stops(places), town.routes(("1", "A B C A"), places=places, track=ring)
    )
    hops = lines.hop_shapes(0, 0, 3)
    assert [hop.mapped for hop in hops] == [True] * 3
    assert [hop.shape.length for hop in hops] == pytest.approx([1000, 1700, 700])
    assert [hop.shape.coords[0] for hop in hops] == [places[s] for s in "ABC"]
    assert [hop.shape.coords[-1] for hop in hops] == [places[s] for s in "BCA"]


def test_hops_are_drawn_as_long_as_they_are_counted():
    lines = transit_lines(town.stops(), town.routes(*town.BOTH_WAYS))
    for pattern in range(len(lines.patterns)):
        rows = lines.calls.index[lines.calls["pattern"] == pattern]
        hops = lines.hop_shapes(pattern, rows[0], rows[-1])
        assert [hop.shape.length for hop in hops] == pytest.approx(
            lines.calls["hop_m"].to_numpy()[rows[1:]]
        )


@pytest.mark.parametrize(
    ("said", "kept"), [("#E4002B", "#e4002b"), ("00629b", "#00629b"), ("red", ""), (None, "")]
)
def test_the_colour_of_a_line_is_kept_where_it_is_one(said, kept):
    routes = town.routes(*town.BOTH_WAYS).assign(colour=said)
    assert set(transit_lines(town.stops(), routes).patterns["colour"]) == {kept}

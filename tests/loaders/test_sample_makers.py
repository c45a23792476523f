"""The makers of the sample one by one, on land small enough to check by hand."""

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from taobaogis.loaders.sample.carving import axes, carve, opened, rectangle
from taobaogis.loaders.sample.city import lots, rows_within
from taobaogis.loaders.sample.draft import Area, Draft, Front, House, Spot, Street, placed
from taobaogis.loaders.sample.network import forget_some, knit, reach_out
from taobaogis.loaders.sample.newgrid import plan_grid
from taobaogis.loaders.sample.oldcore import blob, grow_core, notched
from taobaogis.loaders.sample.places import settle_places
from taobaogis.loaders.sample.ribbon import plan_ribbon

FIELD = box(0, 0, 40, 20)


def coordinates(line):
    return list(map(tuple, shapely.get_coordinates(line)))


# Carving.


def test_a_lane_takes_its_width_and_leaves_two_pieces():
    pieces, stretches = carve(FIELD, LineString([(10, -5), (10, 25)]), 2.0)
    assert sorted(piece.area for piece in pieces) == [9 * 20, 29 * 20]
    assert pieces[0].distance(pieces[1]) == 2.0
    assert [coordinates(s) for s in stretches] == [[(10, 0), (10, 20)]]


def test_a_lane_of_no_width_is_a_wall_that_both_pieces_share_to_the_last_bit():
    pieces, _ = carve(FIELD, LineString([(10.1, -5), (12.3, 25)]), 0.0)
    assert len(pieces) == 2
    assert len(set(coordinates(pieces[0])) & set(coordinates(pieces[1]))) == 2
    assert sum(piece.area for piece in pieces) == pytest.approx(FIELD.area)


def test_a_lane_beside_the_land_takes_nothing():
    pieces, stretches = carve(FIELD, LineString([(50, -5), (50, 25)]), 2.0)
    assert len(pieces) == 1
    assert pieces[0].equals(FIELD)
    assert stretches == []


@given(
    st.floats(0.5, 4), st.floats(-0.6, 0.6), st.floats(-0.6, 0.6), st.floats(0, 360)
)  # fmt: skip
def test_a_bending_lane_keeps_its_width_on_each_leg_however_it_is_turned(width, lean, bend, turn):
    middle = np.array([20.0, 10.0])
    line = LineString([np.add(middle, (-40 * lean, -30)), middle, np.add(middle, (40 * bend, 30))])
    land = rectangle(0, 0, 40, 20, turn_deg=turn)
    turned = shapely.transform(line, lambda xy: _turned(xy, turn))
    pieces, stretches = carve(land, turned, width)
    assert len(pieces) == 2
    for piece in pieces:
        assert piece.distance(stretches[0]) == pytest.approx(width / 2, rel=0.01)
    assert pieces[0].distance(pieces[1]) == pytest.approx(width, rel=0.01)


def _turned(xy, degrees):
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return xy @ np.array([[cos, sin], [-sin, cos]])


@given(st.integers(0, 3), st.booleans())
def test_equal_land_has_equal_axes_wherever_its_ring_begins(start, backwards):
    ring = list(FIELD.exterior.coords)[:-1]
    ring = ring[start:] + ring[:start]
    centre, long, short = axes(Polygon(ring[::-1] if backwards else ring))
    assert centre.tolist() == [20, 10]
    assert long.tolist() == [20, 0]
    assert short.tolist() == [0, 10]


def test_pieces_that_met_in_a_point_keep_apart():
    hourglass = shapely.union_all([box(0, 0, 5, 5), box(5, 5, 10, 10)])
    pieces = opened(hourglass)
    assert len(pieces) == 2
    assert pieces[0].distance(pieces[1]) > 0.1


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_a_notch_only_takes_away(seed):
    plot = box(0, 0, 9, 11)
    cut = notched(plot, np.random.default_rng(seed))
    assert cut.is_valid
    assert plot.covers(cut)
    assert 0.85 < cut.area / plot.area < 1.0


def test_only_roomy_plots_of_four_corners_are_notched():
    rng = np.random.default_rng(0)
    for plot in (box(0, 0, 6, 11), Polygon([(0, 0), (9, 0), (12, 5), (9, 10), (0, 10)])):
        assert notched(plot, rng) == plot


# Fabrics.


@pytest.mark.parametrize("seed", [1, 2])
def test_a_core_fills_its_land_with_houses_that_keep_off_one_another(seed):
    rng = np.random.default_rng(seed)
    land = blob((0.0, 0.0), 60.0, rng)
    fabric = grow_core(land, land, rng, squares=1)
    built = shapely.union_all(fabric.houses)
    assert 0.6 < built.area / land.area < 0.9
    assert built.area == pytest.approx(sum(house.area for house in fabric.houses), rel=1e-9)
    assert land.buffer(1e-6).covers(built)
    assert len(fabric.squares) == 1
    assert fabric.squares[0].intersection(built).area < 1e-6


def test_reserved_land_stays_whole_between_its_lanes():
    rng = np.random.default_rng(3)
    cuts = [(LineString([(-10, 30), (90, 30)]), 2.0), (LineString([(30, -10), (30, 30)]), 2.0)]
    land = box(0, 0, 80, 80)
    fabric = grow_core(land, land, rng, first_cuts=cuts, reserved=[Point(10, 10)])
    assert [piece.bounds for piece in fabric.reserved] == [(0, 0, 29, 29)]
    assert not any(house.intersects(fabric.reserved[0]) for house in fabric.houses)


def test_grid_streets_are_as_wide_as_the_rows_are_apart():
    grid = plan_grid(np.random.default_rng(4))
    built = shapely.union_all(grid.fabric.houses)
    streets = [s for s in grid.fabric.lanes if s.kind == "street" and s.clear is not None]
    assert len(streets) == 9
    for street in streets:
        assert built.distance(street.clear) == pytest.approx(street.width_m / 2, abs=1e-9)
    assert grid.fabric.lanes[grid.main].width_m == max(s.width_m for s in streets)
    assert not built.intersects(grid.civic.buffer(-0.01))


def test_a_ribbon_lines_its_street_at_the_stated_width_of_each_stretch():
    street = LineString([(0, 0), (150, 6), (300, 0)])
    stretches = [(20, 120, 16.0), (120, 280, 14.0)]
    ribbon = plan_ribbon(street, stretches, np.random.default_rng(5))
    houses = shapely.union_all(ribbon.fabric.houses)
    for piece, (_, _, width) in zip(ribbon.main, stretches, strict=True):
        assert piece.width_m == width
        assert houses.distance(piece.clear) == pytest.approx(width / 2, abs=1e-6)
        for side in (1, -1):
            along = piece.clear.offset_curve(side * (width / 2 + 0.5))
            assert along.intersection(houses).length > 0.7 * along.length


# The network.


def test_an_end_reaches_the_earlier_street_straight_ahead_and_shares_its_point():
    main = Street(LineString([(0, 0), (10, 0)]))
    lane = Street(LineString([(4, 8), (4, 1)]), 2.0, kind="lane", reach_m=3.0)
    drawn, parents = reach_out([main, lane])
    assert parents == [set(), {0}]
    first, second = (coordinates(s.line) for s in knit(drawn))
    assert first == [(0, 0), (4, 0), (10, 0)]
    assert second[-1] == (4, 0)


def test_an_end_does_not_reach_farther_than_it_may_nor_to_later_streets():
    main = Street(LineString([(0, 0), (10, 0)]))
    lane = Street(LineString([(4, 8), (4, 3.5)]), kind="road", reach_m=3.0)
    assert reach_out([main, lane])[1] == [set(), set()]
    near = Street(LineString([(4, 8), (4, 1)]), kind="road", reach_m=3.0)
    assert reach_out([near, main])[1] == [set(), set()]


def test_a_lane_before_a_slit_is_a_dead_end_that_stops_half_its_width_before_the_house():
    slit = Street(LineString([(0, 0), (10, 0)]), 0.5, kind="slit")
    beyond = Street(LineString([(0, -4), (10, -4)]))
    line = LineString([(4, 12), (4, 0.25)])
    lane = Street(line, 2.0, kind="lane", clear=line, reach_m=6.0)
    drawn, parents = reach_out([slit, beyond, lane])
    assert parents[2] == set()
    assert coordinates(drawn[2].line)[-1] == pytest.approx((4, 1.25), abs=0.01)
    assert coordinates(drawn[2].clear)[-1] == pytest.approx((4, 1.25), abs=0.01)


def test_streets_that_cross_share_a_point_but_a_bridge_and_what_it_spans_do_not():
    road = Street(LineString([(0, 0), (10, 0)]))
    street = Street(LineString([(3, -5), (3, 5)]))
    bridge = Street(LineString([(7, -5), (7, 5)]), layer=1)
    lines = [set(coordinates(s.line)) for s in knit([road, street, bridge])]
    assert lines[0] & lines[1] == {(3, 0)}
    assert not lines[0] & lines[2]


def test_ends_that_all_but_meet_become_one_junction():
    main = Street(LineString([(0, 0), (10, 0)]))
    lanes = [Street(LineString([(x, 6 * side), (x, 0)])) for x, side in ((4, 1), (4.3, -1))]
    lines = [set(coordinates(s.line)) for s in knit([main, *lanes])]
    assert set.intersection(*lines) == {(4, 0)}


def test_a_ring_stays_closed_when_a_road_ends_on_its_first_corner():
    ring = Street(LineString([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]))
    road = Street(LineString([(-20, 0.2), (0, 0.2)]))
    first, second = knit([ring, road])
    assert first.line.is_closed
    assert coordinates(second.line)[-1] in coordinates(first.line)


def old_lane(line, **kw):
    line = LineString(line)
    return Street(line, 1.5, kind="lane", part="old", clear=line, reach_m=1.0, **kw)


def comb():
    """A road, a lane on it, and eight lanes on that lane."""
    teeth = [old_lane([(x, 0), (x, 5)]) for x in range(1, 9)]
    road = Street(LineString([(0, -10), (0, 10)]))
    return reach_out([road, old_lane([(0, 0), (10, 0)]), *teeth])


@pytest.mark.parametrize("seed", range(5))
def test_forgetting_leaves_no_mapped_lane_hanging_in_the_air(seed):
    streets = forget_some(*comb(), 0.5, np.random.default_rng(seed))
    assert sum(not street.mapped for street in streets) == 4, "half of nine lanes, rounded"
    assert streets[0].mapped
    assert streets[1].mapped, "the lane that all others hang on"
    graph = nx.Graph()
    for street in knit([street for street in streets if street.mapped]):
        nx.add_path(graph, coordinates(street.line))
    assert nx.is_connected(graph)


def test_forgetting_nothing_changes_nothing():
    drawn, parents = comb()
    assert forget_some(drawn, parents, 0.0, np.random.default_rng(0)) == drawn


def test_a_slit_and_a_lane_that_nothing_leads_to_are_never_mapped():
    slit = Street(LineString([(0, 0), (5, 0)]), 0.5, kind="slit")
    yard = old_lane([(30, 0), (30, 5)])
    streets = forget_some(*reach_out([slit, yard]), 0.0, np.random.default_rng(0))
    assert [street.mapped for street in streets] == [False, False]


# The city, and places.


def test_lots_are_no_larger_than_they_may_be_and_have_streets_between():
    land = box(0, 0, 900, 600)
    pieces, streets = lots(land, np.random.default_rng(6))
    assert max(piece.area for piece in pieces) <= 95_000
    assert len(streets) == len(pieces) - 1
    apart = shapely.union_all(pieces)
    assert apart.area == pytest.approx(sum(piece.area for piece in pieces))
    assert min(apart.distance(s.line) for s in streets) == pytest.approx(8.0, abs=1e-6)


@given(st.floats(-45, 45))
def test_rows_lie_within_the_land_with_the_stated_gaps(turn):
    land = rectangle(-80, -50, 80, 50, turn_deg=turn)
    rows = rows_within(land, (30.0, 10.0), (6.0, 12.0), turn_deg=turn, origin=(0.0, 0.0))
    assert [len(row) for row in rows] == [4, 4, 4, 4]
    assert all(land.covers(shape) for row in rows for shape in row)
    assert rows[0][0].distance(rows[0][1]) == pytest.approx(6.0)
    assert rows[0][0].distance(rows[1][0]) == pytest.approx(12.0)


def test_land_too_small_for_a_row_holds_none():
    assert rows_within(FIELD, (50.0, 10.0), (5.0, 5.0), turn_deg=0, origin=(0, 0)) == []


def test_places_open_only_where_a_house_holds_them():
    front = Front(LineString([(0, 0), (200, 0)]), 4.0, 5.0, "new")
    house = House(box(50, 3, 100, 12), 5)
    spots = settle_places([front], [house], np.random.default_rng(8))
    assert len(spots) > 4
    assert all(house.shape.contains(spot.point) for spot in spots)
    assert {spot.point.y for spot in spots} == {4.0}
    assert all(spot.tags for spot in spots)


def test_placing_turns_and_shifts_everything_and_stretches_nothing():
    line = LineString([(0, 0), (10, 0)])
    draft = Draft(
        [Street(line, 2.0, clear=line), Street(line)],
        [House(FIELD, 3)],
        [Area(FIELD, {"landuse": "grass"})],
        [Spot(Point(10, 0), {"natural": "tree"})],
        [Front(line, 2.0, 10.0, "old")],
    )
    moved = placed(draft, (100.0, 50.0), 90.0)
    for shape in (moved.streets[0].line, moved.streets[0].clear, moved.fronts[0].line):
        assert np.allclose(shapely.get_coordinates(shape), [(100, 50), (100, 60)])
    assert moved.streets[1].clear is None
    assert (moved.spots[0].point.x, moved.spots[0].point.y) == pytest.approx((100, 60))
    assert moved.houses[0].shape.area == pytest.approx(800)
    assert moved.areas[0].shape.bounds == pytest.approx((80, 50, 100, 90))
    assert draft.streets[0].line == line

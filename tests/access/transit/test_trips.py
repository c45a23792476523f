"""Trips in a town where each can be worked out by hand."""

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import toy_city as town

from taobaogis.access.transit.graph import Ride, Walk
from taobaogis.access.transit.lines import transit_lines
from taobaogis.access.transit.services import Range, services
from taobaogis.access.transit.trips import quickest_trips
from taobaogis.access.transit.words import itinerary

SECOND = 1 / 60


def trip(origin, destination, lines=town.BOTH_WAYS, served=None, **walks):
    found = transit_lines(town.stops(), town.routes(*lines))
    [one] = quickest_trips(
        found, town.walks(origin, [destination], **walks),
        served=served or town.bus(), on_foot=town.ON_FOOT,
    )  # fmt: skip
    return one


def test_a_ride_without_a_change():
    # 200 m on foot 2 min, half a headway 5 min, 3 km 6 min, one stop on the way 1 min, 100 m 1 min.
    found = trip((0, -200), (3000, 100))
    assert found.expected_min == pytest.approx(15, abs=SECOND)
    walk, ride, out = found.legs
    assert walk == Walk(200, mapped=True, from_stop=-1, to_stop=0)
    assert (ride.metres, ride.alight - ride.board) == (3000, 2)
    assert out == Walk(100, mapped=True, from_stop=2, to_stop=-1)


def test_a_change_costs_the_walk_and_another_wait():
    # A to B 5 + 2, 100 m 1, wait 5, 3 km 6; no minute at the stop where one gets off.
    found = trip((0, 0), (1000, 3100))
    assert found.expected_min == pytest.approx(19, abs=SECOND)
    assert [type(leg) for leg in found.legs] == [Walk, Ride, Walk, Ride, Walk]


def test_the_way_back_takes_as_long():
    assert trip((1000, 3100), (0, 0)).expected_min == pytest.approx(19, abs=SECOND)


def test_one_walks_where_that_is_quicker():
    # 800 m on foot take 8 minutes; by bus they would take 5 + 2 and 2 to walk back.
    found = trip((0, 0), (800, 0), direct=True)
    assert found.expected_min == pytest.approx(8, abs=SECOND)
    assert [type(leg) for leg in found.legs] == [Walk]
    assert found.median_min == pytest.approx(8, abs=SECOND), "nothing about it is random"


def test_no_trip_is_no_number():
    found = trip((0, 0), (50_000, 50_000))
    assert math.isinf(found.expected_min)
    assert found.legs == ()
    assert found.soon_share == 0


def test_without_lines_nobody_rides():
    empty = transit_lines(town.stops(), town.routes()[:0])
    [found] = quickest_trips(empty, town.walks((0, 0), [(3000, 0)]), on_foot=town.ON_FOOT)
    assert math.isinf(found.expected_min)
    [walked] = quickest_trips(
        empty, town.walks((0, 0), [(3000, 0)], direct=True), on_foot=town.ON_FOOT
    )
    assert walked.expected_min == pytest.approx(30)


def test_a_mode_that_is_not_served_does_not_run():
    lines = transit_lines(town.stops(), town.routes(*town.BOTH_WAYS))
    lines = dataclasses.replace(
        lines, patterns=lines.patterns.assign(mode=["bus", "bus", "monorail", "monorail"])
    )
    ends = town.walks((0, 0), [(1000, 3100), (3000, 0)])
    far, near = quickest_trips(lines, ends, served=town.bus(), on_foot=town.ON_FOOT)
    assert math.isinf(far.expected_min)
    assert near.expected_min == pytest.approx(12, abs=SECOND)


@pytest.mark.parametrize("gone", range(4))
def test_without_a_line_no_trip_is_shorter(gone):
    left = [line for row, line in enumerate(town.BOTH_WAYS) if row != gone]
    for origin, destination in (((0, 0), (1000, 3100)), ((3000, 0), (0, 0)), ((0, 0), (3000, 0))):
        whole = trip(origin, destination, direct=True).expected_min
        # A line in one direction is taken to run back as well, so both are removed.
        less = [line for line in left if line[0] != town.BOTH_WAYS[gone][0]]
        assert trip(origin, destination, less, direct=True).expected_min >= whole - 1e-9


@settings(max_examples=25)
@given(
    headway=st.floats(1, 60), more_often=st.floats(0.1, 1), speed=st.floats(5, 80),
    x=st.floats(-800, 3800), y=st.floats(-800, 3800),
)  # fmt: skip
def test_more_frequent_service_never_lengthens_a_trip(headway, more_often, speed, x, y):
    now = trip((0, 0), (x, y), served=town.bus(headway, speed), direct=True)
    then = trip((0, 0), (x, y), served=town.bus(headway * more_often, speed), direct=True)
    assert then.expected_min <= now.expected_min + 1e-9
    assert then.expected_min <= math.hypot(x, y) / 100 + 1e-9, "one may always walk"


def test_draws_of_the_wait_lie_between_none_and_a_whole_headway():
    found = trip((0, 0), (3000, 0))
    assert found.expected_min == pytest.approx(12)
    assert found.median_min == pytest.approx(12, abs=0.5)
    assert found.low_min == pytest.approx(7 + 0.5, abs=0.3)
    assert found.high_min == pytest.approx(17 - 0.5, abs=0.3)
    assert found.soon_share == 1


def test_wider_assumptions_widen_the_interval():
    narrow = trip((0, 0), (3000, 0))
    wide_bus = {"bus": dataclasses.replace(town.bus()["bus"], speed_kmh=Range(10, 30, 50))}
    wide = trip((0, 0), (3000, 0), served=wide_bus)
    assert wide.expected_min == pytest.approx(narrow.expected_min)
    assert wide.high_min > narrow.high_min
    assert wide.low_min < narrow.low_min


def test_the_share_of_quick_trips_counts_the_draws():
    # 3 km at 8 km/h take 22.5 min, a stop on the way 1, and the wait up to 10.
    slow = trip((0, 0), (3000, 0), served=town.bus(10, 8, 60))
    assert 0 < slow.soon_share < 1
    rides_min = 3000 / (8000 / 60) + 1
    assert slow.soon_share == pytest.approx((30 - rides_min) / 10, abs=0.05)


def test_the_same_draws_whatever_the_order_of_lines_and_stops():
    once = trip((0, 0), (1000, 3100))
    again = trip((0, 0), (1000, 3100), town.BOTH_WAYS[::-1])
    assert once[:5] == pytest.approx(again[:5])
    names = list(town.STOPS)[::-1]
    turned = {name: town.STOPS[name] for name in names}
    found = transit_lines(town.stops(turned), town.routes(*town.BOTH_WAYS))
    [other] = quickest_trips(
        found, town.walks((0, 0), [(1000, 3100)], turned), served=town.bus(), on_foot=town.ON_FOOT
    )
    assert other[:5] == pytest.approx(once[:5])


def test_one_may_change_to_the_same_stop_without_a_walk():
    cross = (("1", "A B C"), ("3", "B D"))
    found = trip((0, 0), (1000, 3100), cross)
    assert found.expected_min == pytest.approx(5 + 2 + 5 + 3100 / 500, abs=SECOND)


def test_the_shipped_assumptions_are_ranges_for_every_mode_of_a_line():
    for period in ("peak", "offpeak", "evening"):
        table = services(period)
        assert {"bus", "trolleybus", "tram", "light_rail", "subway", "train", "ferry"} == set(table)
    peak, day = services("peak"), services("offpeak")
    assert all(peak[mode].headway_min.middle <= day[mode].headway_min.middle for mode in day)


def test_a_line_whose_name_begins_with_its_mode_is_not_named_twice():
    lines = transit_lines(town.stops(), town.routes(("公交1路", "A B C")))
    [one] = quickest_trips(
        lines, town.walks((0, 0), [(3000, 0)]), served=town.bus(), on_foot=town.ON_FOOT
    )
    en, zh = itinerary(lines, one.legs, "C")
    assert zh.startswith("公交1路（往C）")
    assert en.startswith("bus 1路 from A")

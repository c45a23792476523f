"""Running times of the Guangzhou metro against what is generally known of it.

The running times here are from general knowledge of the network, rounded to the minute, and NOT
verified against an operator's timetable. They are of trains that call at every station, from
leaving the first to reaching the last, without any wait. What is tested is that they lie within
the bounds that the assumptions of ``data/transit_modes.toml`` give, and that these bounds are not
so wide that they say nothing.
"""

from dataclasses import replace

import pytest
from pyproj import CRS
from support import toy_city as town

from taobaogis.access.transit.lines import transit_lines
from taobaogis.access.transit.services import Range
from taobaogis.access.transit.trips import ride_minutes
from taobaogis.errors import InputError
from taobaogis.loaders.transit import read_transit

KNOWN = [
    # line, from, to, minutes
    ("地铁1号线", "西塱", "广州东站", 35),
    ("地铁2号线", "广州南站", "嘉禾望岗", 54),
    ("地铁3号线", "番禺广场", "体育西路", 31),
    ("地铁4号线", "南沙客运港", "黄村", 75),
    ("地铁8号线", "凤凰新村", "万胜围", 27),
    ("地铁18号线", "万顷沙", "冼村", 39),
]


@pytest.fixture(scope="module")
def metro(shared_data):
    stops, routes, _ = read_transit(
        shared_data / "guangzhou-metro-stations.geojson",
        CRS.from_epsg(4547),
        tracks=shared_data / "guangzhou-metro-line-segments.geojson",
    )
    return stops, routes


def ride(metro, line, start, end):
    stops, routes = metro
    lines = transit_lines(stops, routes[routes["name"].str.startswith(f"{line}(")])
    return ride_minutes(lines, line, start, end)


@pytest.mark.parametrize(("line", "start", "end", "minutes"), KNOWN)
def test_known_running_times_lie_within_the_stated_interval(metro, line, start, end, minutes):
    low, median, high = ride(metro, line, start, end)
    assert low <= minutes <= high, f"{line} {start}-{end}: {low:.0f} to {high:.0f} min"
    assert high <= 1.6 * low, "an interval that says something"
    assert median == pytest.approx(minutes, rel=0.2)


def test_a_train_back_takes_as_long(metro):
    there = ride(metro, "地铁1号线", "西塱", "广州东站")
    assert there == pytest.approx(ride(metro, "地铁1号线", "广州东站", "西塱"))


def test_a_ride_is_its_hops_and_its_halts():
    lines = transit_lines(town.stops(), town.routes(*town.BOTH_WAYS))
    # 3 km at 30 km/h and a minute at B.
    assert ride_minutes(lines, "1", "A", "C", served=town.bus()) == pytest.approx((7, 7, 7))


def test_lines_with_stops_far_apart_run_faster():
    far = ((1500.0, Range(60, 60, 60)),)
    served = {"bus": replace(town.bus()["bus"], far_speed_kmh=far)}
    lines = transit_lines(town.stops(), town.routes(*town.BOTH_WAYS))
    # Stops of line 1 are 1.5 km apart on average, that of line 2 3 km.
    assert ride_minutes(lines, "1", "A", "C", served=served) == pytest.approx((4, 4, 4))
    assert served["bus"].speed_at(1499.9) == town.fixed(30)


def test_a_line_that_does_not_run_there_is_named():
    lines = transit_lines(town.stops(), town.routes(*town.BOTH_WAYS))
    with pytest.raises(InputError, match="'1' does not run from 'A' to 'D'"):
        ride_minutes(lines, "1", "A", "D")

"""Timetables: what is read of a feed, and trips that go by it, to the second."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from support.gtfs_feeds import write_feed
from support.toy_city import ON_FOOT

from taobaogis.access.transit.graph import Walks
from taobaogis.access.transit.lines import transit_lines
from taobaogis.access.transit.services import periods
from taobaogis.access.transit.trips import quickest_trips
from taobaogis.errors import InputError
from taobaogis.loaders.assemble import with_own_files
from taobaogis.loaders.gtfs import read_gtfs
from taobaogis.schema import conform, validate
from taobaogis.study import parse_study
from taobaogis.village import Layers

if TYPE_CHECKING:
    from pathlib import Path

GRID = CRS.from_epsg(4547)
SECOND = 1 / 60
CALLS = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
# Every ten minutes from 9:00 to 16:50.
OFFPEAK = [540 + 10 * n for n in range(48)]


def trip(feed: Path, **how):
    """From stop A to stop C, both where one stands."""
    stops, routes, _ = read_gtfs(feed, GRID)
    at = {name: row for row, name in enumerate(stops["name"])}
    out, back = np.full(len(stops), np.inf), np.full((1, len(stops)), np.inf)
    out[at["A"]], back[0, at["C"]] = 0.0, 0.0
    known = np.ones(len(stops), dtype=bool)
    walks = Walks(out, known, back, known[None], np.array([np.inf]), np.ones(1, dtype=bool))
    [one] = quickest_trips(transit_lines(stops, routes), walks, on_foot=ON_FOOT, **how)
    return one


def test_a_feed_becomes_layers_with_its_times(tmp_path: Path) -> None:
    stops, routes, origin = read_gtfs(write_feed(tmp_path / "feed.zip", OFFPEAK), GRID)
    validate(stops, "stops")
    validate(routes, "routes")
    assert sorted(stops["name"]) == ["A", "B", "C"]
    assert set(stops["mode"]) == {"bus"}
    [route] = routes.to_dict("records")
    assert (route["ref"], route["run_s"], route["halt_s"]) == ("1", "240 360", "0 60 0")
    assert route["offpeak_min"] == "10 10 10"
    assert route["evening_min"] == ""
    # Monday the 5th is taken out by the exceptions.
    assert origin.as_of == "2026-01-06"


def test_a_trip_goes_by_the_timetable_to_the_second(tmp_path: Path) -> None:
    found = trip(write_feed(tmp_path / "feed.zip", OFFPEAK))
    # Half a headway 5 min, 4 min, a minute at B, 6 min.
    assert found.expected_min == pytest.approx(16, abs=SECOND)
    # Whatever the draws, one waits from none to ten minutes and then rides eleven.
    assert 11 <= found.low_min <= found.median_min <= found.high_min <= 21
    assert found.median_min == pytest.approx(16, abs=0.5)


def test_the_assumptions_about_buses_do_not_matter(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed.zip", OFFPEAK)
    assert trip(feed, served={}) == trip(feed)


def test_a_line_without_a_departure_in_a_period_does_not_run_then(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed.zip", OFFPEAK)
    assert trip(feed, period="evening").expected_min == np.inf
    assert trip(feed, period="offpeak").expected_min < np.inf


def test_a_single_departure_has_its_hours_to_itself(tmp_path: Path) -> None:
    _, routes, _ = read_gtfs(write_feed(tmp_path / "feed.zip", [600]), GRID)
    [(first, last)] = periods()["offpeak"]
    hours = f"{60 * (last - first):g}"
    assert routes["offpeak_min"].tolist() == [f"{hours} {hours} {hours}"]


def test_more_departures_never_make_a_trip_longer(tmp_path: Path) -> None:
    fewer = trip(write_feed(tmp_path / "a.zip", OFFPEAK[::2]))
    more = trip(write_feed(tmp_path / "b.zip", OFFPEAK))
    assert more.expected_min < fewer.expected_min
    assert more.median_min <= fewer.median_min
    assert more.high_min <= fewer.high_min


def test_stops_without_times_are_passed_at_an_even_pace(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed.zip", OFFPEAK, times=False)
    _, routes, _ = read_gtfs(feed, GRID)
    assert routes["run_s"].tolist() == ["330 330"]


def test_trips_by_frequency_leave_as_often_as_they_say(tmp_path: Path) -> None:
    table = "trip_id,start_time,end_time,headway_secs\nt0,09:00:00,17:00:00,300"
    feed = write_feed(tmp_path / "feed.zip", [540], frequencies=table)
    _, routes, _ = read_gtfs(feed, GRID)
    assert routes["offpeak_min"].tolist() == ["5 5 5"]


def test_a_timetable_that_names_no_way_back_has_none(tmp_path: Path) -> None:
    stops, routes, _ = read_gtfs(write_feed(tmp_path / "feed.zip", OFFPEAK), GRID)
    lines = transit_lines(stops, routes)
    assert lines.patterns["scheduled"].tolist() == [True]
    assert not lines.health["one_direction"].any()
    assert lines.health["straight_hops"].sum() == 0


def test_a_folder_is_as_good_as_a_zip_file(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed.zip", OFFPEAK)
    with zipfile.ZipFile(feed) as archive:
        archive.extractall(tmp_path / "feed")
    assert read_gtfs(tmp_path / "feed", GRID)[1].equals(read_gtfs(feed, GRID)[1])


def test_a_study_takes_the_timetable_in_place_of_the_lines_of_its_modes(tmp_path: Path) -> None:
    write_feed(tmp_path / "feed.zip", OFFPEAK)
    study = parse_study(
        "village = [{id = 'v', lon = 113.3, lat = 23.0}]\n[source]\ngtfs = 'feed.zip'",
        folder=tmp_path,
    )
    points = gpd.GeoDataFrame(
        {"osm_id": ["n1", "n2"], "mode": ["bus", "subway"], "name": ["old", "metro"]},
        geometry=gpd.points_from_xy([0, 1], [0, 1]), crs=GRID,
    )  # fmt: skip
    layers = with_own_files(
        study, Layers(GRID, {"stops": conform(points, "stops")}), lambda _: None
    )
    assert sorted(layers["stops"]["name"]) == ["A", "B", "C", "metro"]
    assert layers["routes"]["run_s"].tolist() == ["240 360"]
    assert "feed.zip" in layers.source("routes")


@settings(max_examples=15)
@given(
    headway=st.integers(1, 60), first=st.integers(1, 90), second=st.integers(1, 90),
    halt=st.integers(0, 5), later=st.integers(0, 30),
)  # fmt: skip
def test_times_are_read_as_they_were_written_whenever_the_day_begins(
    tmp_path_factory: pytest.TempPathFactory,
    headway: int, first: int, second: int, halt: int, later: int,
) -> None:  # fmt: skip
    leaves = [540.0 + later + headway * n for n in range(3)]
    feed = write_feed(
        tmp_path_factory.mktemp("feed") / "feed.zip", leaves, run_min=(first, second), halt_min=halt
    )
    _, routes, _ = read_gtfs(feed, GRID)
    [route] = routes.to_dict("records")
    assert route["run_s"] == f"{60 * first} {60 * second}"
    assert route["halt_s"] == f"0 {60 * halt} 0"
    assert route["offpeak_min"] == f"{headway} {headway} {headway}"


@pytest.mark.parametrize("missing", ["stops", "routes", "trips", "stop_times"])
def test_what_is_no_feed_says_what_it_lacks(tmp_path: Path, missing: str) -> None:
    feed = write_feed(tmp_path / "feed.zip", OFFPEAK, without=(missing,))
    with pytest.raises(InputError, match=f"lacks {missing}.txt"):
        read_gtfs(feed, GRID)


def test_a_file_that_is_no_archive_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "feed.zip").write_text("no archive")
    with pytest.raises(InputError, match="no zip file"):
        read_gtfs(tmp_path / "feed.zip", GRID)
    with pytest.raises(InputError, match="does not exist"):
        read_gtfs(tmp_path / "none.zip", GRID)


@pytest.mark.parametrize(
    "broken",
    [
        {"calendar": "service_id\nwd", "calendar_dates": ""},
        {"stop_times": f"{CALLS}\nt0,x,y,A,1"},
        {"stops": "stop_id,stop_name,stop_lat,stop_lon\nA,A,north,113"},
        {"stop_times": f"{CALLS}\nt0,9:00:00,9:00:00,A,1"},
    ],
)  # fmt: skip
def test_a_broken_feed_is_refused_in_one_sentence(tmp_path: Path, broken: dict[str, str]) -> None:
    feed = write_feed(tmp_path / "feed.zip", [540], **broken)
    with pytest.raises(InputError, match="check the feed") as caught:
        read_gtfs(feed, GRID)
    assert "\n" not in str(caught.value)

"""Layers of the ways to the right market: what is drawn, in what colour, under what name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from taobaogis.access.transit.health import STATES
from taobaogis.maps.static.access import draw_access
from taobaogis.maps.way_layers import (
    health_layer,
    roads_layer,
    trip_walks_layer,
    trips_layer,
    ways_layer,
)
from taobaogis.reports.qgis_styles import layer_qml

if TYPE_CHECKING:
    from types import ModuleType

    from taobaogis.results import StudyResult


def line(made: ModuleType, *xy: tuple[float, float]) -> LineString:
    return LineString([(made.X0 + x, made.Y0 + y) for x, y in xy])


@pytest.fixture
def study(result: StudyResult, made: ModuleType) -> StudyResult:
    to = {"market": "cloth", "name_en": "Cloth Market", "name_zh": "布匹市场"}
    way = {**to, "minutes": 20.0, "low_min": 15.0, "high_min": 28.0, "length_m": 5000.0}
    leg = {**to, "leg_en": "a leg", "leg_zh": "一段", "transit_en": "all", "transit_zh": "全程",
           "transit_min": 31.0}  # fmt: skip
    ride = {**leg, "mode": "bus"}
    transit = {
        "name_en": "3",
        "name_zh": "3",
        "mode": "bus",
        "health_en": "gone",
        "health_zh": "缺",
    }
    there = line(made, (0, 0), (100, 50), (2000, 5900))
    layers = {
        "market_ways": made.frame([
            {**way, "mode": mode, "first": first, "geometry": there}
            for mode, first in (("walk", True), ("ebike", True), ("drive", True), ("drive", False))
        ]),
        "trips": made.frame([
            {**leg, "mode": "walk", "line": "", "colour": "", "first": True, "geometry": there},
            {**ride, "line": "1", "colour": "#00629b", "first": True, "geometry": there},
            {**ride, "line": "2", "colour": "", "first": True, "geometry": there},
            {**ride, "line": "4", "colour": "", "first": True, "geometry": there},
            {**ride, "line": "3", "colour": "", "first": False, "geometry": there},
        ]),
        "transit_lines": made.frame([
            {**transit, "state": "missing_stops", "track": True, "geometry": there},
            {**transit, "state": "missing_stops", "track": False, "geometry": there},
        ]),
        "main_roads": made.frame([{"highway": "primary", "geometry": there}]),
    }  # fmt: skip
    village = result.villages[0]
    return replace(result, villages=(replace(village, layers={**village.layers, **layers}),))


def test_only_the_way_to_the_market_reached_first_is_drawn_wide_bands_below(
    study: StudyResult,
) -> None:
    layer = ways_layer(study.villages[0], study)
    assert layer.features["mode"].tolist() == ["drive", "ebike", "walk"]
    assert layer.features["first"].all()
    widths = [swatch.size_px for swatch in layer.scale.swatches]
    assert widths == sorted(widths, reverse=True)


def test_rides_are_in_the_colour_of_their_line_and_walks_are_dashed(study: StudyResult) -> None:
    rides = trips_layer(study.villages[0], study)
    assert rides.scale.keys == ("1", "2", "4"), "only to the market reached first"
    colours = [swatch.colour for swatch in rides.scale.swatches]
    assert colours[0] == "#00629b"
    assert len(set(colours)) == 3, "lines without a colour of their own are told apart"
    assert [s.label.zh for s in rides.scale.swatches] == ["公交1", "公交2", "公交4"]
    walks = trip_walks_layer(study.villages[0], study)
    assert (len(walks.features), walks.dashed, rides.dashed) == (1, True, False)
    assert 'name="line_style" type="QString" value="dash"' in layer_qml(walks)
    assert 'value="dash"' not in layer_qml(rides)


def test_a_stretch_without_track_is_drawn_as_a_gap(study: StudyResult) -> None:
    layer = health_layer(study.villages[0], study)
    assert layer.features["state"].tolist() == ["missing_stops", "gaps"]


WORDS = st.sampled_from(["walk", "ebike", "drive", "bus", "subway", "zeppelin", "", "primary"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(st.tuples(WORDS, st.booleans(), st.sampled_from(["", "#00629b"])), max_size=6),
    st.sampled_from([*STATES, "odd"]),
)
def test_every_feature_has_a_class_whatever_the_data_say(
    result: StudyResult, made: ModuleType, rows: list[tuple[str, bool, str]], state: str
) -> None:
    there = line(made, (0, 0), (100, 50))
    columns = ("mode", "line", "colour", "first", "track", "state", "highway")
    frame = made.empty(*columns)
    if rows:
        table = [
            dict(zip(columns, (word, word, colour, yes, yes, state, word), strict=True))
            | {"name_en": "M", "name_zh": "市", "market": "m", "geometry": there}
            for word, yes, colour in rows
        ]
        frame = made.frame(table)
    named = dict.fromkeys(("market_ways", "trips", "transit_lines", "main_roads"), frame)
    village = replace(result.villages[0], layers={**result.villages[0].layers, **named})
    layers = [
        ways_layer(village, result), trips_layer(village, result),
        trip_walks_layer(village, result), health_layer(village, result),
        roads_layer(village, result),
    ]  # fmt: skip
    ways, rides, walks, health, roads = (len(layer.features) for layer in layers)
    assert ways == sum(yes for _, yes, _ in rows)
    assert rides + walks == ways
    assert health == roads == len(rows)
    for layer in layers:
        codes = layer.scale.codes(layer.features)
        assert ((codes >= 0) & (codes < len(layer.scale.classes))).all()


def test_layers_without_features_say_why(result: StudyResult) -> None:
    for make in (ways_layer, trips_layer, trip_walks_layer, health_layer, roads_layer):
        layer = make(result.villages[1], result)
        assert layer.features.empty
        assert layer.if_empty.en
        assert layer.if_empty.zh


def test_the_access_map_names_ways_lines_and_minutes(study: StudyResult) -> None:
    from taobaogis.maps.spec import village_map  # noqa: PLC0415

    village = study.villages[0]
    known = village.layers["markets"].assign(
        right_goods=True, drive_min=20.0, drive_low_min=15.0, drive_high_min=28.0,
        transit_min=31.0, transit_low_min=22.0, transit_high_min=45.0,
        transit_en="walk 200 m to A; bus 1 to B", transit_zh="步行200 m至A；公交1至B",
    )  # fmt: skip
    village = replace(village, layers={**village.layers, "markets": known})
    figure = draw_access(village_map(village, study), None)
    said = " | ".join(t.get_text() for t in figure.findobj() if hasattr(t, "get_text"))
    for words in ("By car or van", "Bus 1", "Bus 2", "Walk to and from the ride", "5.0 km",
                  "Minutes to Cloth Market", "20 (15–28)", "31 (22–45)",
                  "By public transport to Cloth Market", "bus 1 to B"):  # fmt: skip
        assert words in said, words
    assert "bus 3" not in said.lower(), "no ride of a market that is not reached first"

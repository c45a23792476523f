"""Trips from a village to its markets, with the stops, streets and doubts that there are."""

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS
from shapely.geometry import LineString, box
from support import toy_city as town

from taobaogis.access.indicators import access_indicators
from taobaogis.access.transit.lines import transit_lines
from taobaogis.access.transit.words import itinerary
from taobaogis.indicators import Words
from taobaogis.provenance import Provenance
from taobaogis.schema import conform, empty_layer
from taobaogis.study import MarketSpec, VillageSpec
from taobaogis.village import Layers, Village

GRID = CRS.from_epsg(4547)
# The toy town, put where longitude and latitude can be told.
EAST, NORTH = 500_000.0, 2_550_000.0


def moved(frame):
    return frame.set_geometry(frame.geometry.translate(EAST, NORTH))


def scene(*named, streets=()):
    lines = [LineString([(a + EAST, b + NORTH) for a, b in street]) for street in streets]
    ends = {"u": [2 * n for n in range(len(lines))], "v": [2 * n + 1 for n in range(len(lines))]}
    table = {"highway": ["residential"] * len(lines), **ends}
    roads = empty_layer("streets", GRID)
    if lines:
        roads = conform(gpd.GeoDataFrame(table, geometry=lines, crs=GRID), "streets")
    routes = moved(town.routes(*named)) if named else empty_layer("routes", GRID)
    return Layers(
        GRID, {"stops": moved(town.stops()), "routes": conform(routes, "routes"), "streets": roads},
        {"routes": Provenance("city.osm.pbf")},
    )  # fmt: skip


def market(x, y, name="m", goods=("clothing",), doubt_m=0.0):
    point = gpd.GeoSeries(gpd.points_from_xy([x + EAST], [y + NORTH]), crs=GRID).to_crs(4326)[0]
    return MarketSpec(name, "Market", "市场", goods=goods, lon=point.x, lat=point.y,
                      radius_of_doubt_m=doubt_m)  # fmt: skip


def village(layers, doubt_m=0.0):
    spec = VillageSpec("v", name_en="V", name_zh="村", goods=("clothing",))
    boundary = box(EAST - 50, NORTH - 250, EAST + 50, NORTH - 150)
    return Village(
        spec, boundary, "drawn", is_circle=False, position_doubt_m=doubt_m, layers=layers
    )


def access(layers, *markets, doubt_m=0.0):
    return access_indicators(village(layers, doubt_m), markets, layers)


def value(found, key):
    return next(i for i in found.indicators if i.key == key)


def test_the_trip_is_told_in_minutes_in_words_and_as_lines():
    found = access(scene(*town.BOTH_WAYS), market(1000, 3100), market(3000, 0, "c", ("tea",)))
    row = found.layers["markets"].iloc[0]
    assert row["transit_low_min"] < row["transit_min"] < row["transit_high_min"]
    assert row["transit_en"] == (
        "walk 200 m to A; bus 1 from A toward C, 1 stop to B; walk 100 m to B2; "
        "bus 2 from B2 toward D, 1 stop to D"
    )
    assert (
        row["transit_zh"]
        == "步行200 m至A；公交1（往C）A上车，1站至B；步行100 m至B2；公交2（往D）B2上车，1站至D"
    )
    legs = found.layers["trips"]
    assert legs["mode"].tolist() == ["walk", "bus", "walk", "bus"]
    assert set(legs["market"]) == {"m"}, "only of right markets"
    assert legs.length.tolist() == pytest.approx([200, 1000, 100, 3000])


def test_the_indicator_says_what_it_assumes_and_bounds_it():
    indicator = value(access(scene(*town.BOTH_WAYS), market(1000, 3100)), "market_transit_min")
    assert indicator.low < indicator.value < indicator.high
    assert indicator.grade == "C"
    assert "no timetable is at hand" in indicator.reason
    assert "bus 1 from A" in indicator.method


def test_doubt_about_places_widens_the_bounds():
    sure = value(access(scene(*town.BOTH_WAYS), market(1000, 3100)), "market_transit_min")
    doubtful = access(scene(*town.BOTH_WAYS), market(1000, 3100, doubt_m=300), doubt_m=300)
    unsure = value(doubtful, "market_transit_min")
    assert unsure.value == sure.value
    # 600 m at 4.5 km/h and a detour of 1.3.
    assert unsure.high - sure.high == pytest.approx(600 * 1.3 / 75)
    assert unsure.grade == "D"


def test_streets_are_walked_where_they_are_mapped():
    # To stop A one has to walk round by a street of 600 m instead of 200 m straight.
    way = [(0, -200), (200, -200), (200, 0), (0, 0)]
    straight = access(scene(*town.BOTH_WAYS), market(3000, 0)).layers["markets"].iloc[0]
    walked = (
        access(scene(*town.BOTH_WAYS, streets=[way]), market(3000, 0)).layers["markets"].iloc[0]
    )
    assert "walk 600 m to A" in walked["transit_en"]
    # 600 m instead of 200 m stretched by about 1.3, at about 4.5 km/h.
    assert walked["transit_min"] - straight["transit_min"] == pytest.approx(
        (600 - 1.3 * 200) / 75, abs=0.8
    )


@pytest.mark.parametrize(
    ("named", "to", "words"),
    [
        ((), (5000, 0), "no line of public transport is mapped, which is not to say that none"),
        (town.BOTH_WAYS, (30_000, 0), "no stop of a mapped line lies within 3,000 m of the market"),
    ],
)
def test_why_there_is_no_trip_is_said_and_never_as_no_bus(named, to, words):
    found = access(scene(*named), market(*to))
    indicator = value(found, "market_transit_min")
    assert indicator.grade == "NA"
    assert words in indicator.reason
    assert np.isnan(found.layers["markets"]["transit_min"].iloc[0])
    assert found.layers["trips"].empty


def test_without_lines_one_walks_to_a_market_near_by():
    found = access(scene(), market(1000, -200))
    assert found.layers["markets"]["transit_en"].iloc[0] == "walk 1.0 km to Market"
    assert found.layers["trips"]["mode"].tolist() == ["walk"]


def test_without_a_right_market_there_is_no_trip_to_tell():
    indicator = value(
        access(scene(*town.BOTH_WAYS), market(3000, 0, goods=("tea",))), "market_transit_min"
    )
    assert indicator.grade == "NA"
    assert "no market of the study sells" in indicator.reason


def test_no_legs_give_no_words():
    lines = transit_lines(town.stops(), town.routes()[:0])
    assert itinerary(lines, (), Words("end", "终点")) == ("", "")


def test_rides_follow_the_track_and_walks_the_streets():
    track = LineString([(0, 0), (500, 300), (1000, 0), (3000, 0)])
    layers = scene(
        ("1", "A B C"), ("1", "C B A"), streets=[[(0, -200), (200, -200), (200, 0), (0, 0)]]
    )
    bent = layers["routes"].set_geometry(
        [moved(gpd.GeoDataFrame(geometry=[track], crs=GRID)).geometry[0]] * 2
    )
    layers = Layers(GRID, {**layers.frames, "routes": bent}, layers.provenance)
    legs = access(layers, market(3000, 0)).layers["trips"]
    assert legs["mode"].tolist() == ["walk", "bus"]
    assert legs["leg"].tolist() == [1, 2]
    assert legs.length.tolist() == pytest.approx([600, 2 * np.hypot(500, 300) + 2000])
    assert legs["leg_en"].tolist() == ["walk 600 m to A", "bus 1 from A toward C, 2 stops to C"]


def test_of_several_right_markets_the_one_reached_first_is_marked():
    legs = access(scene(*town.BOTH_WAYS), market(3000, 0, "far"), market(1000, 0, "near")).layers[
        "trips"
    ]
    assert legs.groupby("market")["first"].agg(["all", "any"]).to_dict("index") == {
        "far": {"all": False, "any": False}, "near": {"all": True, "any": True},
    }  # fmt: skip


def test_a_line_of_a_mode_nobody_knows_does_not_mix_up_the_words():
    layers = scene(("9", "C D"), *town.BOTH_WAYS)
    odd = layers["routes"].assign(mode=["zeppelin", "bus", "bus", "bus", "bus"])
    layers = Layers(GRID, {**layers.frames, "routes": odd}, layers.provenance)
    row = access(layers, market(1000, 3100)).layers["markets"].iloc[0]
    assert "bus 1 from A toward C, 1 stop to B" in row["transit_en"]


def test_the_ways_along_streets_are_drawn_by_mode():
    street = [(0, -200), (1000, -200), (1000, 0)]
    found = access(scene(streets=[street]), market(1000, 0), market(0, -200, "here", ("tea",)))
    ways, row = found.layers["market_ways"], found.layers["markets"].iloc[0]
    assert ways["mode"].tolist() == ["walk", "ebike", "drive"]
    assert set(ways["market"]) == {"m"}, "only to right markets"
    assert ways.length.tolist() == pytest.approx([1200] * 3)
    assert ways["first"].all()
    for way in ways.to_dict("records"):
        mode = way["mode"]
        assert way["minutes"] == row[f"{mode}_min"]
        assert way["low_min"] < way["minutes"] < way["high_min"]
    # 1.2 km at 4.5 km/h, and at 3.6 and 5.0.
    walk = ways.iloc[0]
    assert walk[["minutes", "low_min", "high_min"]].tolist() == pytest.approx(
        [16, 16 / 1.11, 16 / 0.8]
    )


def test_lines_near_tell_what_their_data_lack():
    layers = scene(("1", "A B C"), ("2", "A Z D"), ("2", "D A"), ("3", "A D"), ("3", "D A"))
    tracks = layers["routes"].geometry.tolist()
    tracks[3] = tracks[4] = LineString([(EAST + 9000, NORTH), (EAST + 9900, NORTH)])
    layers = Layers(GRID, {**layers.frames, "routes": layers["routes"].set_geometry(tracks)},
                    layers.provenance)  # fmt: skip
    table = access(layers, market(3000, 0)).layers["transit_lines"].set_index("line")
    assert table["state"].to_dict() == {"1": "one_direction", "2": "missing_stops", "3": "gaps"}
    assert table["track"].to_dict() == {"1": True, "2": True, "3": False}
    assert table.loc["2", "missing_stops"] == 1
    assert table.loc["1", "health_en"] == "mapped in one direction only"
    assert table.loc["3", "health_en"] == "no track between some stops: 2 / 2"
    assert table.loc["3"].geometry.length == pytest.approx(2 * np.hypot(1000, 3100))
    assert table.loc["1", "stops_near"] == 2, "C is further than 1.5 km from the village"


def test_lines_far_off_are_not_those_of_the_village():
    layers = scene(("4", "C D"))
    far = layers["stops"].set_geometry(layers["stops"].geometry.translate(5000, 0))
    layers = Layers(GRID, {**layers.frames, "stops": far}, layers.provenance)
    assert access(layers, market(3000, 0)).layers["transit_lines"].empty

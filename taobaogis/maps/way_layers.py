"""Layers of the ways to the right markets: streets by mode, trips leg by leg, and the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.access.network import travel_modes
from taobaogis.access.transit.health import STATES
from taobaogis.access.transit.services import services
from taobaogis.access.transit.words import short_name
from taobaogis.maps.fields import MIN, YES_NO, M, present, sentence
from taobaogis.maps.frames import drawable, trust_in
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.results import StudyResult, VillageResult

__all__ = [
    "MODE_COLOURS",
    "health_layer",
    "roads_layer",
    "trip_walks_layer",
    "trips_layer",
    "ways_layer",
]

# Ways of travel, on every map and plot. Wide bands below narrow ones, as ways often share streets.
MODE_COLOURS = {"walk": "#6b7280", "ebike": "#2a9d8f", "drive": "#c2410c", "transit": "#2f4b9c"}
_BAND_PX = {"drive": 8.0, "ebike": 5.0, "walk": 2.0}
# Wheels warm, rails cold, water blue.
_COLOURS = {
    "bus": "#d1495b",
    "trolleybus": "#c06c84",
    "tram": "#2a9d8f",
    "light_rail": "#3d8bbd",
    "subway": "#2f4b9c",
    "train": "#4a3f6b",
    "ferry": "#1fa2c4",
}
_OTHER = "#8d6e63"
# Lines of one mode that have no colour of their own are told apart by shade.
_SHADES = (0.0, 0.38, -0.3, 0.2)
_RIDE_PX, _WALK_PX = 3.6, 2.5
_ROADS = {
    "tertiary": ("#d8d2c6", 1.0, Label("Tertiary road", "三级道路")),
    "secondary": ("#cfc7b8", 1.5, Label("Secondary road", "次干路")),
    "primary": ("#c6bca9", 2.0, Label("Primary road", "主干路")),
    "trunk": ("#bfb29b", 2.5, Label("Trunk road", "快速路")),
    "motorway": ("#c4a974", 3.0, Label("Motorway", "高速公路")),
}
_HEALTH = {"sound": "#4c78a8", "gaps": "#e9a23b", "one_direction": "#9c6ade",
           "missing_stops": "#d1495b"}  # fmt: skip
_TO = Label("To", "前往")
_WAY = (
    Field("minutes", Label("At the assumed speed", "按假定速度"), MIN, 0),
    Field("low_min", Label("At the greatest speed", "最快"), MIN, 0),
    Field("high_min", Label("At the least speed", "最慢"), MIN, 0),
    Field("length_m", Label("Length", "长度"), M, 0),
    Field("first", Label("Reached first of all right markets", "最先到达的对口市场"), words=YES_NO),
)
_TRIP = (Field("transit_min", Label("Whole trip, median", "全程（中位数）"), MIN, 0),)
_LINE = (
    Field("stops", Label("Stops", "站点数"), decimals=0),
    Field("stops_near", Label("Of them near the village", "其中村边"), decimals=0),
    Field("missing_stops", Label("Stops not in the data", "缺失站点"), decimals=0),
    Field("hops", Label("Stretches between stops", "站间段数"), decimals=0),
    Field("straight_hops", Label("Of them without a track", "其中无轨迹"), decimals=0),
    Field("one_direction", Label("One direction only", "仅单方向"), words=YES_NO),
)


def roads_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Main roads around, as a quiet ground for the ways."""
    frame = drawable(result, study, "main_roads", "highway")
    there = [name for name in _ROADS if name in set(frame["highway"])]
    return MapLayer(
        "main_roads",
        Label("Main roads around", "周边主要道路"),
        Label("Main road", "主要道路"),
        "line",
        frame,
        Scale(
            tuple(Swatch(_ROADS[n][2], _ROADS[n][0], _ROADS[n][1]) for n in there),
            unknown=Swatch(Label("Other", "其他"), "#d8d2c6"),
            column="highway",
            keys=tuple(there),
        ),
        trust=trust_in(result, "market_network_m", ("streets",)),
        if_empty=Label("no main road on the map", "地图上没有主要道路"),
    )


def ways_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Streets to the right market that each mode reaches first."""
    frame = drawable(result, study, "market_ways", "mode", "name_en", "name_zh", "first")
    frame = frame[frame["first"].isin([True])]
    order = frame["mode"].map({mode: row for row, mode in enumerate(_BAND_PX)})
    frame = frame.loc[order.sort_values(kind="stable").index]
    modes = travel_modes()
    return MapLayer(
        "market_ways",
        Label("Ways along streets to the right market", "沿道路前往对口市场"),
        Label("Way", "路线"),
        "line",
        frame,
        Scale(
            tuple(
                Swatch(Label(modes[m].name_en, modes[m].name_zh), MODE_COLOURS[m], px)
                for m, px in _BAND_PX.items()
            ),
            unknown=Swatch(Label("Other", "其他"), _OTHER, 2.0),
            column="mode",
            keys=tuple(_BAND_PX),
        ),
        present(_WAY, frame),
        named_by=("name_en", "name_zh"),
        visible=False,
        trust=trust_in(result, "market_network_m", ("streets",)),
        if_empty=Label("no way to a right market is known", "没有已知的前往对口市场的路线"),
    )


def trips_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Rides of the quickest trip by public transport to a right market, by line."""
    frame = _legs(result, study)
    rides = frame[frame["mode"] != "walk"]
    swatches = _line_swatches(rides)
    return MapLayer(
        "trips",
        Label("Ride to the right market", "前往对口市场的乘车段"),
        Label("Ride", "乘车"),
        "line",
        rides,
        Scale(
            tuple(swatches.values()),
            # In the layer of the file these are the walks, and rides to other markets.
            unknown=Swatch(Label("On foot, or another line", "步行或其他线路"), "#6b7280", 2.5),
            column="line",
            keys=tuple(swatches),
        ),
        _told(rides),
        named_by=("name_en", "name_zh"),
        visible=False,
        trust=trust_in(result, "market_transit_min", ("routes",)),
        if_empty=Label("no ride is known", "没有已知的乘车路线"),
    )


def trip_walks_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Walks of the same trips."""
    frame = _legs(result, study)
    walks = frame[frame["mode"] == "walk"]
    return MapLayer(
        "trip_walks",
        Label("Walks to and from the rides", "乘车前后的步行段"),
        Label("Walk", "步行"),
        "line",
        walks,
        Scale((Swatch(Label("On foot", "步行"), MODE_COLOURS["walk"], _WALK_PX),)),
        _told(walks),
        named_by=("name_en", "name_zh"),
        dashed=True,
        visible=False,
        trust=trust_in(result, "market_transit_min", ("routes",)),
        if_empty=Label("no walk is known", "没有已知的步行段"),
    )


def health_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Lines that call near the village, by what their data lack."""
    frame = drawable(result, study, "transit_lines", "state", "track", "name_en", "name_zh")
    # A stretch without a track is drawn straight and in the colour of a gap, whatever else lacks.
    state = frame["state"].where(frame["track"].isin([True]), "gaps")
    frame = frame.assign(state=state, geometry=frame.simplify(2.0))
    return MapLayer(
        "transit_lines",
        Label("Lines near by and what their data lack", "周边线路及其数据缺漏"),
        Label("Line", "线路"),
        "line",
        frame,
        Scale(
            tuple(
                Swatch(Label(str(STATES[key]), STATES[key].zh).begun(), colour, 3.0)
                for key, colour in _HEALTH.items()
            ),
            unknown=Swatch(Label("Not known", "未知"), _OTHER, 2.0),
            column="state",
            keys=tuple(_HEALTH),
        ),
        (
            *sentence("health_en", "health_zh", Label("Data", "数据"), frame),
            *present(_LINE, frame),
        ),
        named_by=("name_en", "name_zh"),
        visible=False,
        trust=trust_in(result, "market_transit_min", ("routes",)),
        if_empty=Label(
            "no line is mapped near, which is not to say that none runs",
            "附近没有已测绘线路，并不表示实际没有",
        ),
    )


def _legs(result: VillageResult, study: StudyResult) -> gpd.GeoDataFrame:
    """Legs of the trip to the right market that is reached first; the file has those of all."""
    columns = ("mode", "line", "colour", "name_en", "name_zh", "market", "first")
    frame = drawable(result, study, "trips", *columns)
    return frame[frame["first"].isin([True])]


def _told(frame: gpd.GeoDataFrame) -> tuple[Field, ...]:
    return (
        *sentence("leg_en", "leg_zh", Label("Leg", "本段"), frame),
        *present(_TRIP, frame),
        *sentence("transit_en", "transit_zh", Label("Trip", "全程"), frame),
    )


def _line_swatches(rides: gpd.GeoDataFrame) -> dict[str, Swatch]:
    """One a line, in its own colour or in a shade of its mode's."""
    known, swatches = services(), {}
    plain: dict[str, int] = {}
    for line, mode, colour in dict.fromkeys(
        zip(rides["line"], rides["mode"], rides["colour"], strict=True)
    ):
        if not line:
            continue
        what = known.get(mode)
        name = short_name(str(line), str(mode))
        label = Label(f"{what.name_en} {name}", f"{what.name_zh}{name}") if what else (
            Label.same(name)
        )  # fmt: skip
        own = colour if isinstance(colour, str) else ""
        if not own:
            shade = _SHADES[plain.get(mode, 0) % len(_SHADES)]
            plain[mode] = plain.get(mode, 0) + 1
            own = _shaded(_COLOURS.get(mode, _OTHER), shade)
        swatches[str(line)] = Swatch(label.begun(), own, _RIDE_PX)
    return swatches


def _shaded(colour: str, share: float) -> str:
    """The colour, that much nearer to white, or to black below 0."""
    goal = 255 if share > 0 else 0
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (goal - c) * abs(share)):02x}" for c in channels)

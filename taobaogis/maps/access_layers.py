"""Layers of proximity: transit stops, markets, and how one gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.gazetteer import goods_names
from taobaogis.maps.fields import MIN, YES_NO, M, present, sentence
from taobaogis.maps.frames import drawable, names_in, trust_in
from taobaogis.maps.isochrone_layers import drive_layer, ebike_layer, walk_layer
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch
from taobaogis.maps.themes import Level, Theme
from taobaogis.maps.values import cell_text
from taobaogis.maps.way_layers import (
    health_layer,
    roads_layer,
    trip_walks_layer,
    trips_layer,
    ways_layer,
)

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.results import StudyResult, VillageResult

__all__ = ["ACCESS", "markets_layer", "stops_layer"]

_MODES = {
    "bus": Label("bus", "公交"),
    "subway": Label("metro", "地铁"),
    "tram": Label("tram", "有轨电车"),
    "train": Label("train", "铁路"),
    "ferry": Label("ferry", "轮渡"),
    "light_rail": Label("light rail", "轻轨"),
}
_STOP = (Field("mode", Label("Mode", "方式"), words=_MODES),)
_MARKET = (
    Field("right_goods", Label("Sells the village's goods", "与本村商品对口"), words=YES_NO),
    Field("distance_m", Label("Straight line", "直线距离"), M, 0),
    Field("distance_low_m", Label("Straight line, at least", "直线距离（下限）"), M, 0),
    Field("distance_high_m", Label("Straight line, at most", "直线距离（上限）"), M, 0),
    Field("network_m", Label("Along streets, by van", "路网距离（驾车）"), M, 0),
    Field("walk_m", Label("Along streets, on foot", "路网距离（步行）"), M, 0),
    *(
        Field(f"{mode}_{column}", Label(f"{en}{at_en}", f"{zh}{at_zh}"), MIN, 0)
        for mode, en, zh in (
            ("walk", "On foot", "步行"),
            ("ebike", "By e-bike", "电动自行车"),
            ("drive", "By car or van", "驾车"),
            ("transit", "By public transport", "公共交通"),
        )
        for column, at_en, at_zh in (
            ("min", "", ""),
            ("low_min", ", at best", "（最快）"),
            ("high_min", ", at worst", "（最慢）"),
        )
    ),
    Field("radius_of_doubt_m", Label("Position may be off by", "位置误差"), M, 0),
)
_TOLD = Label("Trip", "出行")


def stops_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Stops of public transport in the village and around it."""
    frame = drawable(result, study, "stops", "mode")
    return MapLayer(
        "stops",
        Label("Transit stops", "公交地铁站"),
        Label("Stop", "站点"),
        "point",
        frame,
        Scale((Swatch(Label("Stop", "站点"), "#1f5fa8", 5.0, "square"),)),
        present(_STOP, frame),
        named_by=names_in(frame),
        stroke="#ffffff",
        stroke_px=1.2,
        trust=trust_in(result, "stop_straight_m", ("stops",)),
        if_empty=Label("no stops on the map", "地图上没有站点"),
    )


def markets_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Wholesale markets of the study, mostly far outside the village."""
    frame = _with_goods(drawable(result, study, "markets", "right_goods"))
    return MapLayer(
        "markets",
        Label("Wholesale markets", "批发市场"),
        Label("Market", "市场"),
        "point",
        frame,
        Scale((Swatch(Label("Wholesale market", "批发市场"), "#b5179e", 7.0, "diamond"),)),
        (
            *sentence("goods", "goods_zh", Label("Goods", "商品"), frame),
            *present(_MARKET, frame),
            *sentence("transit_en", "transit_zh", _TOLD, frame),
            *sentence("reason", "reason_zh", Label("Not known because", "缺失原因"), frame),
        ),
        named_by=names_in(frame),
        stroke="#ffffff",
        stroke_px=1.4,
        trust=trust_in(result, "market_straight_m", ())._replace(
            source=Label("list of markets of the study", "研究所列市场")
        ),
        if_empty=Label("the study names no market", "研究未列出市场"),
    )


def _with_goods(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Markets with the names of their goods in place of the words of the study."""
    if "goods" not in frame:
        return frame
    names = goods_names()
    told = [
        [names.get(word, (word, word)) for word in cell_text(goods).split(", ") if word]
        for goods in frame["goods"]
    ]
    return frame.assign(
        goods=[", ".join(en for en, _ in pairs) for pairs in told],
        goods_zh=["、".join(zh for _, zh in pairs) for pairs in told],
    )


ACCESS = Theme(
    Label("Proximity", "可达性"),
    (
        (Level.GROUND, roads_layer),
        (Level.SURFACE, drive_layer),
        (Level.SURFACE, ebike_layer),
        (Level.SURFACE, walk_layer),
        (Level.LINES, health_layer),
        (Level.POINTS, stops_layer),
        (Level.ROUTES, ways_layer),
        (Level.ROUTES, trips_layer),
        (Level.ROUTES, trip_walks_layer),
        (Level.MARKS, markets_layer),
    ),
)

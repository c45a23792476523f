"""What a click on a feature tells: the catalogue of columns, their names and units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.clusters.categories import categories
from taobaogis.maps.model import Field, Label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from taobaogis.study import VehicleSpec

__all__ = ["fields_for"]

_M = Label.same("m")
_M2 = Label.same("m²")
_MIN = Label("min", "分钟")
_PERCENT = Label.same("%")

_YES_NO = {"True": Label("yes", "是"), "False": Label("no", "否")}
_PARTS = {
    "old": Label("old", "旧村"),
    "new": Label("new", "新村"),
    "other": Label("other", "其他"),
}
_WIDTH_SOURCES = {
    "surveyed": Label("measured on the ground", "实地测量"),
    "tagged": Label("width on the map (carriageway)", "地图标注（路面宽度）"),
    "measured": Label("measured between façades", "按立面间距测量"),
    "estimated": Label("estimate on the map", "地图标注的估计值"),
    "lanes": Label("number of lanes", "按车道数推算"),
    "class": Label("assumed from the class of street", "按道路等级假定"),
}
_HEIGHT_SOURCES = {
    "levels": Label("storeys on the map", "地图标注层数"),
    "tagged": Label("height on the map", "地图标注高度"),
    "assumed": Label("assumed", "假定"),
}
_ORIGINS = {
    "area": Label("mapped area", "已标注用地"),
    "building": Label("use of the building", "建筑用途"),
}
_MODES = {
    "bus": Label("bus", "公交"),
    "subway": Label("metro", "地铁"),
    "tram": Label("tram", "有轨电车"),
    "train": Label("train", "铁路"),
    "ferry": Label("ferry", "轮渡"),
    "light_rail": Label("light rail", "轻轨"),
}

_STANDINGS = {
    "verified": Label("read in the original", "已核对原文"),
    "secondary": Label("read in a quotation only", "仅见于转引"),
    "memory": Label("not looked up", "未核对"),
    "convention": Label("our convention", "本项目约定"),
}
_MERGED = {
    "courtyards": Label("several courtyards", "有多处天井"),
    "ragged": Label("many small wings", "轮廓凹凸繁多"),
    "row": Label("as long as a row of houses", "长如一排房屋"),
    "large": Label("too large for one house", "面积过大"),
}

_STREETS = (
    Field("facade_width_m", Label("Between façades, median", "立面间距（中位数）"), _M, 1),
    Field("width_min_m", Label("Narrowest", "最窄处"), _M, 1),
    Field("width_p10_m", Label("Narrowest tenth", "最窄十分位"), _M, 1),
    Field("width_p90_m", Label("Widest tenth", "最宽十分位"), _M, 1),
    Field("width_m", Label("Best known width", "最优已知宽度"), _M, 1),
    Field("width_source", Label("known from", "宽度来源"), words=_WIDTH_SOURCES),
    Field("width_grade", Label("Grade of the width", "宽度等级评定")),
    Field("height_to_width_ratio", Label("Height to width", "高宽比"), decimals=1),
    Field(
        "height_to_width_low_ratio",
        Label("Height to width, at least", "高宽比（下限）"),
        decimals=1,
    ),
    Field(
        "height_to_width_high_ratio",
        Label("Height to width, at most", "高宽比（上限）"),
        decimals=1,
    ),
    Field("open_share", Label("Open side", "开敞段比例"), _PERCENT, 0, 100.0),
    Field("covered_share", Label("Under a building", "建筑覆盖段比例"), _PERCENT, 0, 100.0),
    Field("clear_width_m", Label("Clear width", "净宽"), _M, 1),
    Field("highway", Label("Class", "道路等级")),
    Field("length_m", Label("Length", "长度"), _M, 0),
)
_BUILDINGS = (
    Field("area_m2", Label("Footprint", "基底面积"), _M2, 0),
    Field("levels", Label("Storeys", "层数"), decimals=0),
    Field("levels_low", Label("Storeys, at least", "层数（下限）"), decimals=0),
    Field("levels_high", Label("Storeys, at most", "层数（上限）"), decimals=0),
    Field("height_m", Label("Height", "高度"), _M, 1),
    Field("height_source", Label("Height from", "高度来源"), words=_HEIGHT_SOURCES),
    Field("orientation_deg", Label("Orientation", "朝向"), Label.same("°"), 0),
    Field("gap_m", Label("Gap to neighbours", "建筑间距"), _M, 1),
    Field("gap_min_m", Label("Smallest gap", "最小间距"), _M, 1),
    Field("gap_facing_m", Label("Gap where façades face", "正对间距"), _M, 1),
    Field("facing_share", Label("Façade faced by neighbours", "正对立面比例"), _PERCENT, 0, 100.0),
    Field(
        "joined_share", Label("Outline shared with neighbours", "毗连边界比例"), _PERCENT, 0, 100.0
    ),
    Field("handshake", Label("Handshake gap", "握手楼"), words=_YES_NO),
    Field("joined_houses", Label("Houses joined here", "毗连房屋数"), decimals=0),
    Field(
        "fire_neighbours",
        Label("Neighbours below the fire separation", "防火间距不足的邻屋数"),
        decimals=0,
    ),
    Field("fire_gap_m", Label("The nearest of them", "其中最近"), _M, 1),
    Field("frontage_m", Label("Width of the front", "面宽"), _M, 1),
    Field("merged_reason", Label("May be several houses", "疑似多栋合绘"), words=_MERGED),
    Field("merged_houses", Label("About so many", "约合栋数"), decimals=0),
    Field("part", Label("Part of the village", "片区"), words=_PARTS),
    Field("part_probability", Label("Probability of the part", "片区概率"), _PERCENT, 0, 100.0),
    Field(
        "k_complexity", Label("Houses deep from a street (k)", "距街道的房屋层数（k）"), decimals=0
    ),
    Field("widest_vehicle_m", Label("Widest vehicle", "可达最宽车辆"), _M, 1),
    Field("building", Label("Kind", "类型")),
)
_CLUSTERS = (
    Field("places", Label("Places", "设施数"), decimals=0),
    Field("chain_places", Label("of the e-commerce chain", "电商链设施数"), decimals=0),
    Field("main_category", Label("Mostly", "主要类别")),
    Field("area_ha", Label("Area", "面积"), Label("ha", "公顷"), 2),
)
_LANDUSE = (
    Field("origin", Label("Known from", "依据"), words=_ORIGINS),
    Field("area_m2", Label("Area", "面积"), _M2, 0),
)
_PLACES = (Field("tag", Label("Tag on the map", "地图标签")),)
_STOPS = (Field("mode", Label("Mode", "方式"), words=_MODES),)
_MARKETS = (
    Field("goods", Label("Goods", "商品")),
    Field("right_goods", Label("Sells the village's goods", "与本村商品对口"), words=_YES_NO),
    Field("distance_m", Label("Straight line", "直线距离"), _M, 0),
    Field("distance_low_m", Label("Straight line, at least", "直线距离（下限）"), _M, 0),
    Field("distance_high_m", Label("Straight line, at most", "直线距离（上限）"), _M, 0),
    Field("network_m", Label("Along streets, by van", "路网距离（驾车）"), _M, 0),
    Field("walk_m", Label("Along streets, on foot", "路网距离（步行）"), _M, 0),
    Field("walk_min", Label("On foot", "步行"), _MIN, 0),
    Field("ebike_min", Label("By e-bike", "电动自行车"), _MIN, 0),
    Field("drive_min", Label("By van", "驾车"), _MIN, 0),
    Field("transit_min", Label("By public transport", "公共交通"), _MIN, 0),
    Field("transit_low_min", Label("By public transport, at best", "公共交通（最快）"), _MIN, 0),
    Field("transit_high_min", Label("By public transport, at worst", "公共交通（最慢）"), _MIN, 0),
    Field("transit_en", Label("Trip", "出行（英文）")),
    Field("transit_zh", Label("Trip in Chinese", "出行")),
    Field("radius_of_doubt_m", Label("Position may be off by", "位置误差"), _M, 0),
    Field("reason", Label("Not known because", "缺失原因")),
)

_TRIPS = (
    Field("transit_min", Label("Whole trip, median", "全程（中位数）"), _MIN, 0),
    Field("transit_en", Label("Trip", "出行（英文）")),
    Field("transit_zh", Label("Trip in Chinese", "出行")),
)

_LANES = (
    Field("clear_width_m", Label("Narrowest", "最窄处"), _M, 1),
    Field("clear_width_median_m", Label("Clear width, median", "净宽（中位数）"), _M, 1),
    Field("length_m", Label("Length", "长度"), _M, 0),
)
_REACH = (
    Field("clear_width_m", Label("Clear width needed", "所需净宽"), _M, 1),
    Field("served_share", Label("Houses reached", "可达房屋"), _PERCENT, 0, 100.0),
)
_PINCH_POINTS = (
    Field("clear_width_m", Label("Clear width", "净宽"), _M, 1),
    Field(
        "houses_cut_off", Label("Houses cut off by this alone", "仅因此处不可达的房屋"), decimals=0
    ),
    Field("floor_area_m2", Label("Floor area cut off", "不可达建筑面积"), _M2, 0),
    Field("rank", Label("Rank", "排序"), decimals=0),
)
_GAPS = (
    Field("gap_facing_m", Label("Least gap to a facing house", "与相对房屋的最小间距"), _M, 1),
    Field("gap_m", Label("Gap, median", "间距（中位数）"), _M, 1),
    Field("facing_share", Label("Façade faced by neighbours", "正对立面比例"), _PERCENT, 0, 100.0),
)
_FIRE_PAIRS = (
    Field("distance_m", Label("Distance", "距离"), _M, 1),
    Field("required_m", Label("Distance to keep", "应保持的距离"), _M, 0),
    Field("clause", Label("Clause", "条文")),
    Field("status", Label("The clause was", "条文核对情况"), words=_STANDINGS),
)
_DEAD_ENDS = (
    Field("dead_end_m", Label("Length of the dead end", "尽端长度"), _M, 0),
    Field("clear_width_m", Label("Narrowest", "最窄处"), _M, 1),
    Field("limit_m", Label("Needs a turning place beyond", "应设回车场的长度"), _M, 0),
    Field("clause", Label("Clause", "条文")),
    Field("status", Label("The clause was", "条文核对情况"), words=_STANDINGS),
)
_PARTS_TOLD = (
    Field("probability", Label("Probability", "概率"), _PERCENT, 0, 100.0),
    Field("n_buildings", Label("Buildings", "建筑"), decimals=0),
    Field("area_ha", Label("Area", "面积"), Label("ha", "公顷"), 2),
)
_BOUNDARY = (Field("area_ha", Label("Area", "面积"), Label("ha", "公顷"), 1),)

_CATALOGUE: Mapping[str, tuple[Field, ...]] = {
    "boundary": _BOUNDARY,
    "streets": _STREETS,
    "buildings": _BUILDINGS,
    "clusters": _CLUSTERS,
    "landuse": _LANDUSE,
    "places": _PLACES,
    "stops": _STOPS,
    "markets": _MARKETS,
    "trips": _TRIPS,
    "lanes": _LANES,
    "reach": _REACH,
    "pinch_points": _PINCH_POINTS,
    "handshake": _GAPS,
    "fire_pairs": _FIRE_PAIRS,
    "dead_ends": _DEAD_ENDS,
    "parts": _PARTS_TOLD,
}


def fields_for(
    layer: str, frame: gpd.GeoDataFrame, vehicles: Sequence[VehicleSpec] = ()
) -> tuple[Field, ...]:
    """Lines of the pop-up of a layer, for the columns it has.

    Parameters
    ----------
    layer
        Key of the layer.
    frame
        Its features; a column that is missing or null throughout gives no line.
    vehicles
        Those of the columns ``served_<vehicle>``.

    Returns
    -------
    fields
        In the order in which they are shown.
    """
    known = _CATALOGUE[layer]
    if layer == "buildings":
        known += tuple(
            Field(
                f"served_{vehicle.id}",
                Label(f"Reached by {vehicle.name_en}", f"{vehicle.name_zh}可达"),
                words=_YES_NO,
            )
            for vehicle in vehicles
        )
    return tuple(
        _spelled_out(f) for f in known if f.column in frame and frame[f.column].notna().any()
    )


def _spelled_out(line: Field) -> Field:
    if line.column != "main_category":
        return line
    named = {key: Label(c.name_en, c.name_zh) for key, c in categories().items()}
    return Field(line.column, line.name, words=named)

"""Layers of what stands and what is open: buildings, streets, lanes between the houses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps import palette
from taobaogis.maps.fields import M2, PERCENT, YES_NO, M, present
from taobaogis.maps.frames import DRAWN_WITHIN_M, drawable, names_in, trust_in
from taobaogis.maps.model import UNGRADED, Field, Label, MapLayer, Scale, Swatch, Trust
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from taobaogis.results import StudyResult, VillageResult
    from taobaogis.study import VehicleSpec

__all__ = ["FORM", "buildings_layer", "houses", "lanes_layer", "streets", "streets_layer"]

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
_MERGED = {
    "courtyards": Label("several courtyards", "有多处天井"),
    "ragged": Label("many small wings", "轮廓凹凸繁多"),
    "row": Label("as long as a row of houses", "长如一排房屋"),
    "large": Label("too large for one house", "面积过大"),
}

_STREET = (
    Field("facade_width_m", Label("Between façades, median", "立面间距（中位数）"), M, 1),
    Field("width_min_m", Label("Narrowest", "最窄处"), M, 1),
    Field("width_p10_m", Label("Narrowest tenth", "最窄十分位"), M, 1),
    Field("width_p90_m", Label("Widest tenth", "最宽十分位"), M, 1),
    Field("width_m", Label("Best known width", "最优已知宽度"), M, 1),
    Field("width_source", Label("Known from", "宽度来源"), words=_WIDTH_SOURCES),
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
    Field("open_share", Label("Open side", "开敞段比例"), PERCENT, 0, 100.0),
    Field("covered_share", Label("Under a building", "建筑覆盖段比例"), PERCENT, 0, 100.0),
    Field("clear_width_m", Label("Clear width", "净宽"), M, 1),
    Field("highway", Label("Class", "道路等级")),
    Field("length_m", Label("Length", "长度"), M, 0),
)
_BUILDING = (
    Field("area_m2", Label("Footprint", "基底面积"), M2, 0),
    Field("levels", Label("Storeys", "层数"), decimals=0),
    Field("levels_low", Label("Storeys, at least", "层数（下限）"), decimals=0),
    Field("levels_high", Label("Storeys, at most", "层数（上限）"), decimals=0),
    Field("height_m", Label("Height", "高度"), M, 1),
    Field("height_source", Label("Height from", "高度来源"), words=_HEIGHT_SOURCES),
    Field("orientation_deg", Label("Orientation", "朝向"), Label.same("°"), 0),
    Field("gap_m", Label("Gap to neighbours", "建筑间距"), M, 1),
    Field("gap_min_m", Label("Smallest gap", "最小间距"), M, 1),
    Field("gap_facing_m", Label("Gap where façades face", "正对间距"), M, 1),
    Field("facing_share", Label("Façade faced by neighbours", "正对立面比例"), PERCENT, 0, 100.0),
    Field(
        "joined_share", Label("Outline shared with neighbours", "毗连边界比例"), PERCENT, 0, 100.0
    ),
    Field("handshake", Label("Handshake gap", "握手楼"), words=YES_NO),
    Field("joined_houses", Label("Houses joined here", "毗连房屋数"), decimals=0),
    Field(
        "fire_neighbours",
        Label("Neighbours below the fire separation", "防火间距不足的邻屋数"),
        decimals=0,
    ),
    Field("fire_gap_m", Label("The nearest of them", "其中最近"), M, 1),
    Field("frontage_m", Label("Width of the front", "面宽"), M, 1),
    Field("merged_reason", Label("May be several houses", "疑似多栋合绘"), words=_MERGED),
    Field("merged_houses", Label("About so many", "约合栋数"), decimals=0),
    Field("part", Label("Part of the village", "片区"), words=_PARTS),
    Field("part_probability", Label("Probability of the part", "片区概率"), PERCENT, 0, 100.0),
    Field(
        "k_complexity", Label("Houses deep from a street (k)", "距街道的房屋层数（k）"), decimals=0
    ),
    Field("widest_vehicle_m", Label("Widest vehicle", "可达最宽车辆"), M, 1),
    Field("building", Label("Kind", "类型")),
)
_LANE = (
    Field("clear_width_m", Label("Narrowest", "最窄处"), M, 1),
    Field("clear_width_median_m", Label("Clear width, median", "净宽（中位数）"), M, 1),
    Field("length_m", Label("Length", "长度"), M, 0),
)


def buildings_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Buildings by storeys, or by height where no storeys are known."""
    trust = trust_in(result, "building_count", ("buildings",))
    return houses(drawable(result, study, "buildings"), trust, study.study.vehicles)


def houses(
    frame: gpd.GeoDataFrame, trust: Trust = UNGRADED, vehicles: tuple[VehicleSpec, ...] = ()
) -> MapLayer:
    """Measured footprints of a village or a city as the layer of the buildings.

    Parameters
    ----------
    frame
        Footprints that can be drawn.
    trust
        In them.
    vehicles
        Those of which the frame tells whether they reach a house.
    """
    frame = _with_a_way_on_foot(_without_assumed(frame), vehicles)
    if "levels" in frame and frame["levels"].notna().any():
        scale = palette.levels_scale()
    elif "height_m" in frame and frame["height_m"].notna().any():
        scale = palette.height_scale()
    else:
        scale = Scale((Swatch(Label("Building", "建筑"), "#ddd5c8"),))
    return MapLayer(
        "buildings",
        Label("Buildings", "建筑"),
        Label("Building", "建筑"),
        "area",
        frame,
        scale,
        present((*_BUILDING, *_served(vehicles)), frame),
        named_by=names_in(frame),
        stroke="#9a9184",
        stroke_px=0.6,
        trust=trust,
        if_empty=Label("no buildings on the map", "地图上没有建筑数据"),
    )


def streets_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Streets by the width between façades."""
    trust = trust_in(result, "street_width_median_m", ("streets",))
    return streets(drawable(result, study, "streets", "facade_width_m"), trust)


def streets(frame: gpd.GeoDataFrame, trust: Trust = UNGRADED) -> MapLayer:
    """Measured streets of a village or a city as the layer of the street width.

    Parameters
    ----------
    frame
        Streets that can be drawn, with ``facade_width_m``.
    trust
        In them.
    """
    return MapLayer(
        "streets",
        Label("Street width", "街巷宽度"),
        Label("Street", "街巷"),
        "line",
        frame,
        palette.width_scale(),
        present(_STREET, frame),
        named_by=names_in(frame),
        trust=trust,
        if_empty=Label("no streets on the map", "地图上没有街巷数据"),
    )


def lanes_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Lanes of the free space by their clear width."""
    frame = drawable(result, study, "lanes", "clear_width_m")
    frame = frame.set_geometry(frame.simplify(DRAWN_WITHIN_M))
    return MapLayer(
        "lanes",
        Label("Lanes between the houses", "房屋间巷道"),
        Label("Lane", "巷道"),
        "line",
        frame,
        palette.width_scale("clear_width_m", Label("Clear width", "净宽")),
        present(_LANE, frame),
        visible=False,
        trust=trust_in(result, "widest_vehicle_median_m", ("buildings",)),
        if_empty=Label("no lanes between buildings", "建筑间没有巷道"),
    )


def _served(vehicles: tuple[VehicleSpec, ...]) -> Iterator[Field]:
    for vehicle in vehicles:
        reached = Label(f"Reached by {vehicle.name_en}", f"{vehicle.name_zh}可达")
        yield Field(f"served_{vehicle.id}", reached, words=YES_NO)
        foot = Label(f"On foot from {vehicle.name_en}", f"下{vehicle.name_zh}后步行")
        yield Field(f"on_foot_{vehicle.id}_m", foot, M, 0)


def _without_assumed(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings whose storeys and height are null where they are only assumed.

    An assumption holds for the sum over a village; drawn on one house it would pass for a fact.
    """
    if "height_source" not in buildings:
        return buildings
    known = buildings["height_source"] != "assumed"
    return buildings.assign(
        **{c: buildings[c].where(known) for c in ("levels", "height_m") if c in buildings}
    )


def _with_a_way_on_foot(
    buildings: gpd.GeoDataFrame, vehicles: tuple[VehicleSpec, ...]
) -> gpd.GeoDataFrame:
    """Buildings whose way on foot from a vehicle is null where it gets to the door."""
    columns = [c for v in vehicles if (c := f"on_foot_{v.id}_m") in buildings]
    return buildings.assign(**{c: buildings[c].where(buildings[c] > 0) for c in columns})


FORM = Theme(
    Label("Houses and streets", "建筑与街巷"),
    (
        (Level.HOUSES, buildings_layer),
        (Level.LINES, streets_layer),
        (Level.LINES, lanes_layer),
    ),
)

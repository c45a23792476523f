"""Layers of how far each vehicle comes, and what stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps import palette
from taobaogis.maps.fields import M2, PERCENT, M, present
from taobaogis.maps.frames import DRAWN_WITHIN_M, drawable, names_in, trust_in
from taobaogis.maps.model import Field, Label, MapLayer
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult
    from taobaogis.study import VehicleSpec

__all__ = ["REACH", "pinch_points_layer", "reach_layer"]

# The worst only; a page need not show the others.
_DRAWN_PINCH_POINTS = 10

_REACH = (
    Field("clear_width_m", Label("Clear width needed", "所需净宽"), M, 1),
    Field("served_share", Label("Houses reached", "可达房屋"), PERCENT, 0, 100.0),
    Field("served_floor_share", Label("Floor area reached", "可达建筑面积"), PERCENT, 0, 100.0),
    Field(
        "on_foot_median_m", Label("On foot to the others, median", "其余房屋步行（中位数）"), M, 0
    ),
    Field("on_foot_max_m", Label("On foot to the farthest", "其余房屋步行（最远）"), M, 0),
)
_PINCH_POINT = (
    Field("clear_width_m", Label("Clear width", "净宽"), M, 1),
    Field(
        "houses_cut_off", Label("Houses cut off by this alone", "仅因此处不可达的房屋"), decimals=0
    ),
    Field("floor_area_m2", Label("Floor area cut off", "不可达建筑面积"), M2, 0),
    Field("rank", Label("Rank", "排序"), decimals=0),
)


def reach_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Ground that each vehicle reaches; wider vehicles over narrower, whose reach holds theirs."""
    frame = drawable(result, study, "reach", "vehicle")
    frame = frame.set_geometry(frame.simplify(DRAWN_WITHIN_M))
    return MapLayer(
        "reach",
        Label("Reach of vehicles", "车辆可达范围"),
        Label("Reach", "可达范围"),
        "area",
        frame,
        palette.vehicle_scale(_by_width(study)),
        present(_REACH, frame),
        named_by=names_in(frame),
        lettered=False,
        stroke="#ffffff",
        stroke_px=0.0,
        visible=False,
        trust=trust_in(result, "widest_vehicle_median_m", ("buildings",)),
        if_empty=Label("no buildings on the map", "地图上没有建筑数据"),
    )


def pinch_points_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Narrow places that cut most houses off, by the vehicle they stop."""
    frame = drawable(result, study, "pinch_points", "vehicle", "rank")
    frame = frame[frame["rank"].astype(float) <= _DRAWN_PINCH_POINTS]
    return MapLayer(
        "pinch_points",
        Label("Pinch points", "瓶颈点"),
        Label("Pinch point", "瓶颈点"),
        "point",
        frame,
        palette.vehicle_scale(_by_width(study)),
        present(_PINCH_POINT, frame),
        stroke="#23323f",
        stroke_px=1.0,
        visible=False,
        trust=trust_in(result, "widest_vehicle_median_m", ("buildings",)),
        if_empty=Label("no pinch points found", "未发现瓶颈点"),
    )


def _by_width(study: StudyResult) -> list[VehicleSpec]:
    return sorted(study.study.vehicles, key=lambda v: v.clear_width_m)


REACH = Theme(
    Label("Reach", "通行"),
    ((Level.SURFACE, reach_layer), (Level.MARKS, pinch_points_layer)),
)

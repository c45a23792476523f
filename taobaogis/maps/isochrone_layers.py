"""Layers of how far one gets from the middle of a village in so many minutes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from taobaogis.maps.fields import HA, MIN, PERCENT, present
from taobaogis.maps.frames import drawable, trust_in
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.results import StudyResult, VillageResult

__all__ = ["drive_layer", "ebike_layer", "minutes_scale", "walk_layer"]

# From near to far; the same hue for all modes, as each is drawn by itself.
_COLOURS = ("#7a3b8f", "#b86fb5", "#e3b7d6")
_LIMITS_MIN = (5.0, 10.0, 15.0)
_FIELDS = (
    Field("minutes", Label("Within", "用时"), MIN, 0),
    Field("area_ha", Label("Area", "面积"), HA, 0),
    Field("area_low_ha", Label("Area, at low speed", "面积（慢速）"), HA, 0),
    Field("area_high_ha", Label("Area, at high speed", "面积（快速）"), HA, 0),
    Field("street_km", Label("Streets reached", "可达街道"), Label.same("km"), 1),
    Field("houses_share", Label("Houses of the village", "本村房屋"), PERCENT, 0, 100.0),
    Field("floor_area_share", Label("Floor area of the village", "本村建筑面积"), PERCENT, 0, 100),
    Field("households", Label("Households", "户数"), decimals=0),
    Field("people", Label("People", "人口"), decimals=0),
)


def _layer(
    result: VillageResult, study: StudyResult, *, mode: str, name: Label, within_m: float
) -> MapLayer:
    """Areas of one mode, the shorter limits over the longer ones, drawn so exactly."""
    frame = drawable(result, study, "isochrones", "mode", "minutes")
    areas = frame[frame["mode"] == mode]
    limits = sorted(areas["minutes"].astype(float)) or _LIMITS_MIN
    return MapLayer(
        f"reach_{mode}",
        name,
        Label("Reach", "可达范围"),
        "area",
        areas.set_geometry(areas.simplify(within_m)),
        minutes_scale(limits),
        present(_FIELDS, areas),
        stroke="#7a3b8f",
        stroke_px=0.5,
        fill_opacity=0.55,
        visible=False,
        trust=trust_in(result, f"{mode}_15min_ha", ("streets",)),
        if_empty=Label("no street is near", "附近没有街道"),
    )


def minutes_scale(limits: Sequence[float]) -> Scale:
    """Classes of the minutes within which an area is reached, ascending, on ``minutes``."""
    return Scale(
        tuple(
            Swatch(
                Label(f"Within {limit:g} min", f"{limit:g}分钟内"),
                _COLOURS[min(i, len(_COLOURS) - 1)],
            )
            for i, limit in enumerate(limits)
        ),
        unknown=Swatch(Label("Not known", "未知"), "#cccccc"),
        column="minutes",
        keys=tuple(str(limit) for limit in limits),
    )


walk_layer = partial(_layer, mode="walk", name=Label("Reach on foot", "步行可达范围"), within_m=2.0)
ebike_layer = partial(
    _layer, mode="ebike", name=Label("Reach by e-bike", "电动自行车可达范围"), within_m=5.0
)
drive_layer = partial(_layer, mode="drive", name=Label("Reach by car", "驾车可达范围"), within_m=10)

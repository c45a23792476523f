"""Layers of what people ask for: which houses lack how much, and where one more would serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps.fields import M2, PERCENT, M, present, sentence
from taobaogis.maps.frames import drawable, trust_in
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["FACILITIES", "needs_layer", "sites_layer", "worst_served_layer"]

_SITE = "#0b6e4f"
_WORST = "#8c2d04"
_NEEDS = (
    Field("needs_unmet", Label("Out of reach", "不可就近到达"), decimals=0),
    Field("needs_judged", Label("Of facilities that can be judged", "可判断设施数"), decimals=0),
)
_WORST_SERVED = (Field("houses", Label("Houses", "房屋"), decimals=0),)
_SITES = (
    Field("within_m", Label("Counts within", "服务距离"), M, 0),
    Field("gain_houses", Label("Houses served newly", "新增服务房屋"), decimals=0),
    Field("gain_floor_area_m2", Label("Floor area served newly", "新增服务建筑面积"), M2, 0),
    Field("share_before", Label("Houses within reach now", "现状覆盖"), PERCENT, 0, 100.0),
    Field("share_after", Label("Then", "新增后覆盖"), PERCENT, 0, 100.0),
)


def needs_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Houses by how many of the facilities people ask for are out of reach."""
    frame = drawable(result, study, "buildings", "needs_unmet", "needs_judged")
    frame = frame[frame["needs_unmet"].notna()]
    return MapLayer(
        "needs",
        Label("Needs out of reach", "未满足的设施需求"),
        Label("House", "房屋"),
        "area",
        frame,
        Scale(
            (
                Swatch(Label("All within reach", "均可就近到达"), "#d9ead3"),
                Swatch(Label("1 out of reach", "缺 1 类"), "#fee8c8"),
                Swatch(Label("2 out of reach", "缺 2 类"), "#fdbb84"),
                Swatch(Label("3 or 4 out of reach", "缺 3 至 4 类"), "#e7734d"),
                Swatch(Label("5 and more out of reach", "缺 5 类及以上"), "#a63603"),
            ),
            unknown=Swatch(Label("Not known", "未知"), "#d5d1ca"),
            column="needs_unmet",
            edges=(0.5, 1.5, 2.5, 4.5),
        ),
        present(_NEEDS, frame),
        stroke="#ffffff",
        stroke_px=0.4,
        visible=False,
        trust=trust_in(result, "needs_met_share", ("pois", "stops")),
        if_empty=Label("no house, or no facility that can be judged", "无房屋或无可判断的设施"),
    )


def worst_served_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """The part of the village that lacks most."""
    frame = drawable(result, study, "worst_served", "houses", "names_en", "names_zh")
    return MapLayer(
        "worst_served",
        Label("Worst served part", "设施最缺的片区"),
        Label("Worst served part", "设施最缺的片区"),
        "area",
        frame,
        Scale((Swatch(Label("Worst served part", "设施最缺的片区"), _WORST),)),
        (
            *present(_WORST_SERVED, frame),
            *sentence("names_en", "names_zh", Label("Lacks", "缺少"), frame),
        ),
        stroke=_WORST,
        stroke_px=2.0,
        fill_opacity=0.0,
        dashed=True,
        visible=False,
        trust=trust_in(result, "needs_met_share", ("pois", "stops")),
        if_empty=Label("nothing that can be judged is lacking", "可判断的设施均不缺"),
    )


def sites_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Best place for one more of each facility."""
    frame = drawable(result, study, "facility_sites", "name_en", "name_zh")
    return MapLayer(
        "facility_sites",
        Label("Best place for one more", "新增设施最佳位置"),
        Label("Best place", "最佳位置"),
        "point",
        frame,
        Scale(
            (Swatch(Label("Best place for one more", "新增设施最佳位置"), _SITE, 6.5, "square"),)
        ),
        present(_SITES, frame),
        named_by=("name_en", "name_zh"),
        stroke="#ffffff",
        stroke_px=1.4,
        visible=False,
        trust=trust_in(result, "needs_met_share", ("pois", "stops")),
        if_empty=Label("nothing that can be judged is lacking", "可判断的设施均不缺"),
    )


FACILITIES = Theme(
    Label("Facilities people ask for", "居民所需设施"),
    (
        (Level.HOUSES, needs_layer),
        (Level.OUTLINES, worst_served_layer),
        (Level.MARKS, sites_layer),
    ),
)

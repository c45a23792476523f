"""Layers of a village's old and new parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps import palette
from taobaogis.maps.fields import HA, PERCENT, present
from taobaogis.maps.frames import drawable, names_in, trust_in
from taobaogis.maps.model import Field, Label, MapLayer
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.results import StudyResult, VillageResult

__all__ = ["PARTS", "parts_layer"]

_PART = (
    Field("probability", Label("Probability", "概率"), PERCENT, 0, 100.0),
    Field("n_buildings", Label("Buildings", "建筑"), decimals=0),
    Field("area_ha", Label("Area", "面积"), HA, 2),
)


def parts_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Traditional core, planned part and the rest; a part that cannot be told is drawn grey."""
    frame = drawable(result, study, "parts", "part")
    return MapLayer(
        "parts",
        Label("Old and new parts", "新旧片区"),
        Label("Part", "片区"),
        "area",
        frame,
        palette.part_scale(),
        (*present(_PART, frame), *_told(frame)),
        named_by=names_in(frame),
        stroke="#5b534a",
        stroke_px=1.2,
        fill_opacity=0.6,
        visible=False,
        trust=trust_in(result, "core_area_share", ("buildings",)),
        if_empty=Label("no parts are told apart", "未划分片区"),
    )


def _told(frame: gpd.GeoDataFrame) -> tuple[Field, ...]:
    """What tells each part, and why nothing does: sentences that a column has in each language."""
    pairs = (
        ("features_en", "features_zh", Label("Told by", "区别特征")),
        ("why", "why_zh", Label("Judged by", "判别依据")),
    )
    return tuple(
        Field(
            english,
            name,
            words={
                en: Label(en, zh)
                for en, zh in zip(frame[english], frame[chinese], strict=True)
                if en
            },
        )
        for english, chinese, name in pairs
        if {english, chinese} <= set(frame.columns)
    )


PARTS = Theme(Label("Old and new", "新旧"), ((Level.SURFACE, parts_layer),))

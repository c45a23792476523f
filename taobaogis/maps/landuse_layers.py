"""Layers of what the land is used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps import palette
from taobaogis.maps.fields import M2, present
from taobaogis.maps.frames import drawable, trust_in
from taobaogis.maps.model import Field, Label, MapLayer
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["LANDUSE", "landuse_layer"]

_ORIGINS = {
    "area": Label("mapped area", "已标注用地"),
    "building": Label("use of the building", "建筑用途"),
}
_LAND = (
    Field("origin", Label("Known from", "依据"), words=_ORIGINS),
    Field("area_m2", Label("Area", "面积"), M2, 0),
)


def landuse_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Pieces of land by use, in the customary colours."""
    frame = drawable(result, study, "landuse", "use")
    return MapLayer(
        "landuse",
        Label("Land use", "土地利用"),
        Label("Land", "地块"),
        "area",
        frame,
        palette.landuse_scale(frame["use"]),
        present(_LAND, frame),
        stroke="#ffffff",
        stroke_px=0.6,
        fill_opacity=0.75,
        visible=False,
        trust=trust_in(result, "landuse_known_share", ("landuse", "buildings")),
        if_empty=Label("no land use on the map", "地图上没有用地数据"),
    )


LANDUSE = Theme(Label("Land use", "土地利用"), ((Level.GROUND, landuse_layer),))

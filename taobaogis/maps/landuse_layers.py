"""Layers of what the land is used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.landuse.classes import land_uses
from taobaogis.landuse.cover import cover_kinds
from taobaogis.maps import palette
from taobaogis.maps.fields import M2, PERCENT, M, present
from taobaogis.maps.frames import drawable, trust_in
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.results import StudyResult, VillageResult

__all__ = ["LANDUSE", "cover_disagreement_layer", "landuse_layer", "parcels_layer", "tenure_layer"]


def _use_words() -> Mapping[str, Label]:
    return {use.key: Label(use.name_en, use.name_zh) for use in land_uses().values()}


_ORIGINS = {
    "area": Label("mapped area", "已标注用地"),
    "building": Label("use of the building", "建筑用途"),
    "place": Label("places in the building", "建筑内设施"),
}
_TENURES = {
    "collective": Label("Collective land", "集体土地"),
    "state": Label("State land", "国有土地"),
}
_TENURE_COLOURS = {"collective": "#8e5ea2", "state": "#2f6f8f"}
_TENURE = (Field("area_m2", Label("Area", "面积"), M2, 0),)
_PARCEL = (
    Field("known_share", Label("Land of known use", "用途已知比例"), PERCENT, 0, 100.0),
    Field("hill_q1", Label("Effective number of uses", "有效用途数"), decimals=1),
    Field("tenure", Label("Tenure", "权属"), words=_TENURES),
    Field("population", Label("People, by the raster", "人口（栅格）"), decimals=0),
    Field(
        "built_raster_share",
        Label("Built up, by the raster", "建成比例（栅格）"),
        PERCENT,
        0,
        100.0,
    ),
    Field("height_raster_m", Label("Height of buildings, by the raster", "建筑高度（栅格）"), M, 1),
    Field("elevation_m", Label("Height of the ground", "地面高程"), M, 1),
    Field("area_m2", Label("Area", "面积"), M2, 0),
)
_AGAINST = (
    Field("use", Label("Mapped as", "标注用途"), words=_use_words()),
    Field("area_m2", Label("Area", "面积"), M2, 0),
)
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


def parcels_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Blocks between the streets by the use of most of their land."""
    frame = drawable(result, study, "parcels", "use")
    if "tenure" in frame:
        frame = frame.assign(tenure=frame["tenure"].where(frame["tenure"] != ""))
    return MapLayer(
        "parcels",
        Label("Parcels by main use", "地块主导用途"),
        Label("Parcel", "地块"),
        "area",
        frame,
        palette.landuse_scale(frame["use"]),
        present(_PARCEL, frame),
        stroke="#6b6459",
        stroke_px=1.0,
        fill_opacity=0.6,
        visible=False,
        trust=trust_in(result, "landuse_known_share", ("landuse", "buildings", "streets")),
        if_empty=Label("no parcels", "没有地块"),
    )


def cover_disagreement_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Cells of the land-cover raster that speak against the mapped use."""
    frame = drawable(result, study, "cover_disagreement", "cover")
    kinds = [kind for kind in cover_kinds().values() if kind.key in set(frame["cover"])]
    return MapLayer(
        "cover_disagreement",
        Label("Raster against the map", "栅格与地图不一致"),
        Label("Cells", "栅格单元"),
        "area",
        frame,
        Scale(
            tuple(Swatch(Label(kind.name_en, kind.name_zh), kind.colour) for kind in kinds),
            unknown=Swatch(Label("Other", "其他"), "#8a8a8a"),
            column="cover",
            keys=tuple(kind.key for kind in kinds),
            title=Label("The raster shows", "栅格显示"),
        ),
        present(_AGAINST, frame),
        stroke="#b3261e",
        stroke_px=1.2,
        fill_opacity=0.55,
        visible=False,
        trust=trust_in(result, "landcover_agreement_share", ("landcover",)),
        if_empty=Label("no land-cover raster, or nothing speaks against the map",
                       "无土地覆盖栅格，或与地图无抵触"),
    )  # fmt: skip


def tenure_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Collective and state land, as the study tells it."""
    frame = drawable(result, study, "tenure", "tenure")
    kinds = [kind for kind in _TENURES if kind in set(frame["tenure"])]
    return MapLayer(
        "tenure",
        Label("Whose land it is", "土地权属"),
        Label("Tenure", "权属"),
        "area",
        frame,
        Scale(
            tuple(Swatch(_TENURES[kind], _TENURE_COLOURS[kind]) for kind in kinds),
            unknown=Swatch(Label("Not told", "未说明"), "#8a8a8a"),
            column="tenure",
            keys=tuple(kinds),
        ),
        present(_TENURE, frame),
        stroke="#4a4a4a",
        stroke_px=1.2,
        fill_opacity=0.4,
        visible=False,
        trust=trust_in(result, "collective_land_share", ("tenure",)),
        if_empty=Label("the study does not tell whose land it is", "研究未说明土地权属"),
    )


LANDUSE = Theme(
    Label("Land use", "土地利用"),
    (
        # Where only buildings tell the use, it would lie hidden below just these.
        (Level.HOUSES, landuse_layer),
        (Level.GROUND, parcels_layer),
        (Level.GROUND, tenure_layer),
        (Level.SURFACE, cover_disagreement_layer),
    ),
)

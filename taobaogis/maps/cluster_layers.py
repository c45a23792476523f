"""Layers of where places gather."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.clusters.categories import categories
from taobaogis.maps.fields import HA, M, present
from taobaogis.maps.frames import drawable, names_in, trust_in, why_not
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = [
    "CLUSTERS",
    "MAIN_STREET",
    "clusters_layer",
    "hdbscan_layer",
    "hexagons_layer",
    "main_streets_layer",
]

MAIN_STREET = "#e0a100"
_KINDS = {
    "high-high": Label("many among many", "高高聚集"),
    "low-low": Label("few among few", "低低聚集"),
    "high-low": Label("many among few", "高低异常"),
    "low-high": Label("few among many", "低高异常"),
}


def clusters_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Outlines of the clusters of places."""
    frame = drawable(result, study, "clusters")
    return MapLayer(
        "clusters",
        Label("Clusters of places", "设施聚集区"),
        Label("Cluster", "聚集区"),
        "area",
        frame,
        Scale((Swatch(Label("Cluster", "聚集区"), "#6c4a9e"),)),
        present(_told(), frame),
        stroke="#6c4a9e",
        stroke_px=2.0,
        fill_opacity=0.0,
        trust=trust_in(result, "cluster_count", ("pois",)),
        if_empty=why_not(result, "cluster_count", Label("no cluster found", "未发现聚集区")),
    )


def hdbscan_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Outlines of the clusters of places that HDBSCAN finds, some denser than others."""
    frame = drawable(result, study, "hdbscan")
    return MapLayer(
        "hdbscan",
        Label("Clusters of any density", "任意密度聚集区"),
        Label("Cluster (HDBSCAN)", "聚集区（HDBSCAN）"),
        "area",
        frame,
        Scale((Swatch(Label("Cluster (HDBSCAN)", "聚集区（HDBSCAN）"), "#1b7f79"),)),
        present(_told(), frame),
        stroke="#1b7f79",
        stroke_px=1.6,
        fill_opacity=0.0,
        dashed=True,
        visible=False,
        trust=trust_in(result, "hdbscan_count", ("pois",)),
        if_empty=why_not(result, "hdbscan_count", Label("no cluster found", "未发现聚集区")),
    )


def _mostly() -> Field:
    named = {key: Label(c.name_en, c.name_zh) for key, c in categories().items()}
    return Field("main_category", Label("Mostly", "主要类别"), words=named)


def _told() -> tuple[Field, ...]:
    return (
        Field("places", Label("Places", "设施数"), decimals=0),
        Field("chain_places", Label("Of the e-commerce chain", "电商链设施数"), decimals=0),
        _mostly(),
        Field("area_ha", Label("Area", "面积"), HA, 2),
    )


def main_streets_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Stretches where places gather along the streets beyond chance."""
    frame = drawable(result, study, "main_streets")
    return MapLayer(
        "main_streets",
        Label("Main streets", "主街"),
        Label("Main street", "主街"),
        "line",
        frame,
        Scale((Swatch(Label("Main street", "主街"), MAIN_STREET, 5.0),)),
        present(_stretch(), frame),
        named_by=names_in(frame),
        trust=trust_in(result, "main_street_share", ("pois", "streets")),
        if_empty=why_not(
            result,
            "main_street_share",
            Label("no street where places gather beyond chance", "没有设施显著聚集的街道"),
        ),
    )


def hexagons_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Hexagons by Getis-Ord Gi*: where counts are high together, and where low together."""
    frame = drawable(result, study, "hexagons", "hot", "count")
    frame = frame.assign(
        hot=frame["hot"].map({1: "hot", -1: "cold"}).where(frame["hot"].notna()),
        kind=frame["kind"].where(frame["kind"] != "") if "kind" in frame else None,
    )
    frame = frame[(frame["count"].astype(float) > 0) | frame["hot"].notna()]
    return MapLayer(
        "hexagons",
        Label("Hot and cold spots", "冷热点"),
        Label("Cell", "单元"),
        "area",
        frame,
        Scale(
            (
                Swatch(Label("Hot: many places here and around", "热点：此处及周边设施密集"),
                       "#c0392b"),
                Swatch(Label("Cold: few places here and around", "冷点：此处及周边设施稀少"),
                       "#3b6fb6"),
            ),
            unknown=Swatch(Label("Neither, with places", "有设施，不显著"), "#e7ded0"),
            column="hot",
            keys=("hot", "cold"),
            title=Label("Gi*, 5 % false discoveries", "Gi*（错误发现率 5%）"),
        ),
        present(_cell(), frame),
        stroke="#ffffff",
        stroke_px=0.6,
        fill_opacity=0.7,
        visible=False,
        trust=trust_in(result, "poi_count", ("pois",)),
        if_empty=Label("no places on the map", "地图上没有设施点"),
    )  # fmt: skip


def _stretch() -> tuple[Field, ...]:
    return (
        Field("places", Label("Places", "设施数"), decimals=0),
        Field("chain_places", Label("Of the e-commerce chain", "电商链设施数"), decimals=0),
        Field("per_100m", Label("Places per 100 m", "每百米设施数"), decimals=1),
        _mostly(),
        Field("length_m", Label("Length", "长度"), M, 0),
    )


def _cell() -> tuple[Field, ...]:
    return (
        Field("count", Label("Places", "设施数"), decimals=0),
        Field("width_m", Label("Width of the cell", "单元宽度"), M, 0),
        Field("gi_star", Label("Gi*", "Gi*"), decimals=2),
        Field("moran", Label("Local Moran", "局部莫兰指数"), decimals=2),
        Field("kind", Label("Kind", "类型"), words=_KINDS),
        Field("q", Label("Chance, false discoveries controlled", "校正后的显著性"), decimals=3),
    )


CLUSTERS = Theme(
    Label("Clusters", "聚集"),
    (
        (Level.SURFACE, hexagons_layer),
        (Level.LINES, main_streets_layer),
        (Level.OUTLINES, hdbscan_layer),
        (Level.OUTLINES, clusters_layer),
    ),
)

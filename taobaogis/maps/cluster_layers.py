"""Layers of where places gather."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.clusters.categories import categories
from taobaogis.maps.fields import HA, present
from taobaogis.maps.frames import drawable, trust_in
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["CLUSTERS", "clusters_layer"]


def clusters_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Outlines of the clusters of places."""
    frame = drawable(result, study, "clusters")
    return MapLayer(
        "clusters",
        Label("Clusters of places", "设施聚集区"),
        Label("Cluster", "聚集区"),
        "area",
        frame,
        Scale((Swatch(Label("cluster", "聚集区"), "#6c4a9e"),)),
        present(_told(), frame),
        stroke="#6c4a9e",
        stroke_px=2.0,
        fill_opacity=0.0,
        trust=trust_in(result, "cluster_count", ("pois",)),
        if_empty=Label("no cluster found", "未发现聚集区"),
    )


def _told() -> tuple[Field, ...]:
    named = {key: Label(c.name_en, c.name_zh) for key, c in categories().items()}
    return (
        Field("places", Label("Places", "设施数"), decimals=0),
        Field("chain_places", Label("of the e-commerce chain", "电商链设施数"), decimals=0),
        Field("main_category", Label("Mostly", "主要类别"), words=named),
        Field("area_ha", Label("Area", "面积"), HA, 2),
    )


CLUSTERS = Theme(Label("Clusters", "聚集"), ((Level.OUTLINES, clusters_layer),))

"""Layers of shops, works and services, each a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps import palette
from taobaogis.maps.fields import present
from taobaogis.maps.frames import drawable, names_in, trust_in
from taobaogis.maps.model import Field, Label, MapLayer
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["PLACES", "places_layer"]

_PLACE = (Field("tag", Label("Tag on the map", "地图标签")),)


def places_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Places by category; those of the e-commerce chain are larger."""
    frame = drawable(result, study, "places", "category")
    return MapLayer(
        "places",
        Label("Places", "设施点"),
        Label("Place", "设施"),
        "point",
        frame,
        palette.category_scale(frame["category"]),
        present(_PLACE, frame),
        named_by=names_in(frame),
        stroke="#ffffff",
        stroke_px=1.0,
        trust=trust_in(result, "poi_count", ("pois",)),
        if_empty=Label("no places on the map", "地图上没有设施点"),
    )


PLACES = Theme(Label("Places", "设施"), ((Level.POINTS, places_layer),))

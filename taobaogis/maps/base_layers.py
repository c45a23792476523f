"""Layers every map has: the boundary of the village."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps.fields import HA, present
from taobaogis.maps.frames import names_in
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch, Trust
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["BASE", "boundary_layer"]

_TOLD = (Field("area_ha", Label("Area", "面积"), HA, 1),)


def boundary_layer(result: VillageResult, _study: StudyResult) -> MapLayer:
    """Boundary of the village, or the circle that stands in for it, dashed."""
    frame = result.layers["boundary"]
    is_circle = result.village.is_circle
    drawn = Label("village boundary", "村界")
    stand_in = Label("circle in place of a boundary", "替代村界的圆")
    return MapLayer(
        "boundary",
        Label("Boundary", "村界"),
        Label("Boundary", "村界"),
        "area",
        frame,
        Scale((Swatch(stand_in if is_circle else drawn, "#23323f"),)),
        present(_TOLD, frame),
        named_by=names_in(frame),
        stroke="#23323f",
        stroke_px=2.2,
        fill_opacity=0.0,
        dashed=is_circle,
        trust=Trust(Label.same(result.village.boundary_basis)),
    )


BASE = Theme(Label("Village", "村庄"), ((Level.OUTLINES, boundary_layer),))

"""Layers of what stands too close or leads nowhere: handshake houses, close pairs, dead ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from taobaogis.form.standards import standards
from taobaogis.maps import palette
from taobaogis.maps.fields import fields_for
from taobaogis.maps.frames import drawable, trust_in
from taobaogis.maps.model import Label, MapLayer, Scale, Swatch

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["HANDSHAKE_M", "dead_ends_layer", "fire_pairs_layer", "handshake_layer"]

# Houses across less than this are drawn as handshake houses, by three thresholds.
HANDSHAKE_M = 2.0
_DRAWN_WITHIN_M = 0.2


def handshake_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Houses that face another one across less than two metres, by how much less."""
    frame = drawable(result, study, "buildings", "gap_facing_m")
    frame = frame[pd.to_numeric(frame["gap_facing_m"], errors="coerce") < HANDSHAKE_M]
    return MapLayer(
        "handshake",
        Label("Handshake houses", "握手楼"),
        Label("House", "房屋"),
        "area",
        frame,
        palette.handshake_scale(),
        fields_for("handshake", frame),
        stroke="#ffffff",
        stroke_px=0.5,
        visible=False,
        trust=trust_in(result, "handshake_1_5m_share", ("buildings",)),
        if_empty=Label("no houses across less than 2 m", "没有间距小于 2 米的相对房屋"),
    )


def fire_pairs_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Pairs of houses nearer than the fire separation, each a line over the gap."""
    frame = drawable(result, study, "fire_pairs", "distance_m")
    return MapLayer(
        "fire_pairs",
        Label("Below the fire separation", "防火间距不足"),
        Label("Gap between two houses", "两栋房屋间距"),
        "line",
        frame,
        palette.distance_scale(),
        fields_for("fire_pairs", frame),
        visible=False,
        trust=trust_in(result, "fire_gap_share", ("buildings",)),
        if_empty=Label("no houses below the fire separation", "没有防火间距不足的房屋"),
    )


def dead_ends_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Lanes of long dead ends."""
    frame = drawable(result, study, "dead_ends", "dead_end_m")
    frame = frame.set_geometry(frame.simplify(_DRAWN_WITHIN_M))
    limit_m = standards()["long_dead_end"].value
    kind = Label(f"dead end over {limit_m:g} m", f"超过 {limit_m:g} 米的尽端")
    return MapLayer(
        "dead_ends",
        Label("Long dead ends", "长尽端巷道"),
        Label("Dead end", "尽端巷道"),
        "line",
        frame,
        Scale((Swatch(kind, palette.DEAD_END, 4.0),)),
        fields_for("dead_ends", frame),
        visible=False,
        trust=trust_in(result, "long_dead_end_count", ("buildings",)),
        if_empty=Label("no long dead ends", "没有长尽端巷道"),
    )

"""Layers of what stands too close or leads nowhere: handshake houses, close pairs, dead ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from taobaogis.maps import palette
from taobaogis.maps.fields import PERCENT, M, present
from taobaogis.maps.frames import DRAWN_WITHIN_M, drawable, trust_in
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch
from taobaogis.maps.themes import Level, Theme
from taobaogis.rules import changed_rules

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["HANDSHAKE_M", "PATTERN", "dead_ends_layer", "fire_pairs_layer", "handshake_layer"]

# Houses across less than this are drawn as handshake houses, by three thresholds.
HANDSHAKE_M = 2.0

_STANDINGS = {
    "verified": Label("read in the original", "已核对原文"),
    "secondary": Label("read in a quotation only", "仅见于转引"),
    "memory": Label("not looked up", "未核对"),
    "convention": Label("our convention", "本项目约定"),
}
_GAP = (
    Field("gap_facing_m", Label("Least gap to a facing house", "与相对房屋的最小间距"), M, 1),
    Field("gap_m", Label("Gap, median", "间距（中位数）"), M, 1),
    Field("facing_share", Label("Façade faced by neighbours", "正对立面比例"), PERCENT, 0, 100.0),
)
_PAIR = (
    Field("distance_m", Label("Distance", "距离"), M, 1),
    Field("required_m", Label("Distance to keep", "应保持的距离"), M, 0),
    Field("clause", Label("Clause", "条文")),
    Field("status", Label("The clause was", "条文核对情况"), words=_STANDINGS),
)
_DEAD_END = (
    Field("dead_end_m", Label("Length of the dead end", "尽端长度"), M, 0),
    Field("clear_width_m", Label("Narrowest", "最窄处"), M, 1),
    Field("limit_m", Label("Needs a turning place beyond", "应设回车场的长度"), M, 0),
    Field("clause", Label("Clause", "条文")),
    Field("status", Label("The clause was", "条文核对情况"), words=_STANDINGS),
)


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
        present(_GAP, frame),
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
        present(_PAIR, frame),
        visible=False,
        trust=trust_in(result, "fire_gap_share", ("buildings",)),
        if_empty=Label("no houses below the fire separation", "没有防火间距不足的房屋"),
    )


def dead_ends_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Lanes of long dead ends."""
    frame = drawable(result, study, "dead_ends", "dead_end_m")
    frame = frame.set_geometry(frame.simplify(DRAWN_WITHIN_M))
    limit_m = changed_rules(study.study.rules)["long_dead_end"].value
    kind = Label(f"Dead end over {limit_m:g} m", f"超过 {limit_m:g} 米的尽端")
    return MapLayer(
        "dead_ends",
        Label("Long dead ends", "长尽端巷道"),
        Label("Dead end", "尽端巷道"),
        "line",
        frame,
        Scale((Swatch(kind, palette.DEAD_END, 4.0),)),
        present(_DEAD_END, frame),
        visible=False,
        trust=trust_in(result, "long_dead_end_count", ("buildings",)),
        if_empty=Label("no long dead ends", "没有长尽端巷道"),
    )


PATTERN = Theme(
    Label("Gaps and dead ends", "间距与尽端"),
    (
        (Level.HOUSES, handshake_layer),
        (Level.LINES, dead_ends_layer),
        (Level.LINES, fire_pairs_layer),
    ),
)

"""Layers of what breaks the rules: lanes and streets as lines, houses as areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from taobaogis.maps.fields import present
from taobaogis.maps.frames import DRAWN_WITHIN_M, drawable, trust_in
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch
from taobaogis.maps.themes import Level, Theme
from taobaogis.rules import EVIDENCE, STATUS

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.results import StudyResult, VillageResult

__all__ = ["RULES", "rule_houses_layer", "rule_lines_layer", "verdict_scale"]

_FAILS, _OPEN = "#c0261f", "#e6a23c"
_LINES = ("lane", "dead_end", "street")
# Pairs have a layer of their own.
_AREAS = ("house", "row")
_ROWS = (
    Field("name_en", Label("Rule", "条文（英文）")),
    Field("name_zh", Label("Rule in Chinese", "条文")),
    Field("measured", Label("Measured", "实测"), decimals=1),
    Field("limit", Label("Limit", "限值"), decimals=1),
    Field("unit", Label("Unit", "单位")),
    Field("code", Label("Code", "规范")),
    Field("clause", Label("Clause", "条款")),
    Field("status", Label("It is", "效力"),
          words={key: Label(words, words.zh) for key, words in STATUS.items()}),
    Field("evidence", Label("The text was", "核对情况"),
          words={key: Label(words, words.zh) for key, words in EVIDENCE.items()}),
)  # fmt: skip


def rule_lines_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Lanes, dead ends and streets that break a rule or may."""
    frame = _of(result, study, _LINES)
    frame = frame.set_geometry(frame.simplify(DRAWN_WITHIN_M))
    frame = frame[frame.geom_type == "LineString"]
    return MapLayer(
        "rule_lines",
        Label("Lanes and streets against the rules", "巷道与街道规范核对"),
        Label("Finding", "核对结果"),
        "line",
        frame,
        verdict_scale(3.0),
        present(_ROWS, frame),
        visible=False,
        trust=trust_in(result, "safety_failure_count", ("buildings", "streets")),
        if_empty=Label("no lane or street breaks a rule", "没有不符合规范的巷道或街道"),
    )


def rule_houses_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Houses that a fire engine or a street is too far from, and rows that are too long."""
    frame = _of(result, study, _AREAS)
    frame = frame[shapely.area(frame.geometry.to_numpy()) > 0]
    return MapLayer(
        "rule_houses",
        Label("Houses against the rules", "房屋规范核对"),
        Label("Finding", "核对结果"),
        "area",
        frame,
        verdict_scale(1.0),
        present(_ROWS, frame),
        stroke="#ffffff",
        stroke_px=0.5,
        visible=False,
        trust=trust_in(result, "safety_failure_count", ("buildings", "streets")),
        if_empty=Label("no house breaks a rule of distance", "没有不符合距离要求的房屋"),
    )


def _of(result: VillageResult, study: StudyResult, subjects: tuple[str, ...]) -> gpd.GeoDataFrame:
    frame = drawable(result, study, "rule_findings", "verdict", "subject")
    return frame[frame["subject"].isin(subjects)]


def verdict_scale(size_px: float) -> Scale:
    """Verdicts that are worth a look, on the column ``verdict``, as lines so wide."""
    return Scale(
        (
            Swatch(Label("Breaks the rule", "不符合"), _FAILS, size_px),
            Swatch(Label("The data leave it open", "数据无法判定"), _OPEN, size_px),
        ),
        unknown=Swatch(Label("Not judged", "未判定"), "#bab5ad", size_px),
        column="verdict",
        keys=("fail", "undetermined"),
    )


RULES = Theme(
    Label("Rule book", "规范核对"),
    ((Level.HOUSES, rule_houses_layer), (Level.LINES, rule_lines_layer)),
)

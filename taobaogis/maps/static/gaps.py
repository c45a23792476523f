"""Map of the gaps between the houses of a village, on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from taobaogis.maps import palette
from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfVillage
from taobaogis.maps.static.legend import area_entry, draw_legend, line_entry
from taobaogis.maps.static.village_sheet import (
    boundary_entry,
    draw_classes,
    finish_map,
    line_width_pt,
    village_sheet,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec

__all__ = ["OF_VILLAGE", "draw_gaps"]


def draw_gaps(spec: MapSpec, family: str | None) -> Figure:
    """Houses by the gap to those that they face, with how many there are, and long dead ends.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    houses, dead_ends = spec.layer("buildings"), spec.layer("dead_ends")
    frame = houses.features
    if "gap_facing_m" not in frame:
        frame = frame.assign(gap_facing_m=None)
    scale = palette.gap_scale()
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(
            spec, words, Label("Gaps between houses", "房屋间距"), entries=9
        )
        codes = draw_classes(axes, scale, frame, edgecolor="white", linewidth=0.3, zorder=1)
        ends = dead_ends.features.geometry.to_numpy()
        swatch = dead_ends.scale.swatches[0]
        sheet.draw_lines(
            axes, ends, colors="white", linewidths=line_width_pt(swatch) + 1.2, zorder=3
        )
        sheet.draw_lines(
            axes, ends, colors=swatch.colour, linewidths=line_width_pt(swatch), zorder=4
        )
        finish_map(figure, axes, spec, words)
        count = np.bincount(codes, minlength=len(scale.classes))
        entries = [
            area_entry(c.label, str(n), facecolor=c.colour, edgecolor="#c9c4ba", linewidth=0.6)
            for c, n in zip(scale.classes, count, strict=True)
            if n or c is not scale.unknown
        ]
        number = dead_ends.features.get("ends_here")
        walls = 0 if number is None else int(number.astype(bool).sum())
        dead = line_entry(swatch, line_width_pt(swatch), str(walls))
        heading = Label("Metres to the nearest house faced", "与相对房屋的最小间距（米）")
        draw_legend(side, heading, [*entries, dead, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


def _lacks(spec: MapSpec) -> Label | None:
    houses = spec.layer("buildings")
    if houses.features.empty:
        return houses.if_empty
    dead_ends = len(spec.layer("dead_ends").features)
    if not dead_ends and (
        "gap_facing_m" not in houses.features or houses.features["gap_facing_m"].isna().all()
    ):
        return Label("no two houses face each other within 15 m", "15 米内没有相对的房屋")
    return None


OF_VILLAGE = {"gaps": OfVillage(draw_gaps, _lacks)}

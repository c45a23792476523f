"""How far one gets from a village on foot, by e-bike and by car, side by side on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from taobaogis.maps.model import NOTHING, Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfVillage, without
from taobaogis.maps.static.legend import (
    LEGEND_FOOT_IN,
    area_entry,
    draw_legend,
    legend_height_in,
)
from taobaogis.maps.static.village_sheet import boundary_entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapLayer, MapSpec
    from taobaogis.maps.static.legend import Entry
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_VILLAGE", "draw_reach"]

_KEYS = ("reach_walk", "reach_ebike", "reach_drive")
_WIDTH_IN, _MARGIN_IN, _GAP_IN = 14.6, 0.51, 0.34
_PANEL_IN = (_WIDTH_IN - 2 * _MARGIN_IN - 2 * _GAP_IN) / 3
# From the top: titles and the names of the panels, maps, legends and scales, the source line.
_HEAD_IN, _MAP_IN, _FOOT_IN = 1.34, 4.2, 0.62
_LEGEND_IN = 1.9
_VILLAGE = "#23323f"


def draw_reach(spec: MapSpec, family: str | None) -> Figure:
    """Land that is reached within 5, 10 and 15 minutes.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    below_in = legend_height_in(4, headed=False)
    bottom_in = _FOOT_IN + below_in - LEGEND_FOOT_IN
    height_in = _HEAD_IN + _MAP_IN + bottom_in
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, height_in)
        title = Label("Within 5, 10 and 15 minutes of the middle", "距村中心5、10、15分钟可达范围")
        sheet.titles(figure, words(spec.title), words(title, between=" · "))
        for i, key in enumerate(_KEYS):
            left_in = _MARGIN_IN + i * (_PANEL_IN + _GAP_IN)
            axes = sheet.axes_in(figure, (left_in, bottom_in, _PANEL_IN, _MAP_IN))
            entries = _panel(axes, spec, spec.layer(key), words)
            if i == 0:
                entries.append(boundary_entry(spec))
            side = sheet.axes_in(figure, (left_in, bottom_in - below_in, _LEGEND_IN, below_in))
            draw_legend(side, NOTHING, entries, words)
            scale_in = left_in + _LEGEND_IN + 0.25
            sheet.north_and_scale(
                figure, axes, words, scale_in / _WIDTH_IN, (bottom_in - 0.75) / height_in
            )
        sheet.finish(figure, spec, words)
    return figure


def _panel(axes: Axes, spec: MapSpec, layer: MapLayer, words: Words) -> list[Entry]:
    """One mode: its areas, the village, a scale of its own; entries of the legend."""
    areas = layer.features
    shown = [spec.boundary, *areas.geometry]
    sheet.frame_on(axes, shapely.box(*shapely.total_bounds(shown)), pad_share=0.03)
    roads = spec.layer("main_roads").features.geometry
    sheet.draw_lines(axes, roads, colors="#e2ddd3", linewidths=0.9, zorder=0.4)
    streets = spec.layer("streets").features.geometry
    sheet.draw_lines(axes, streets, colors="#c9c4ba", linewidths=0.6, zorder=0.5)
    axes.set_title(words(layer.name), fontsize=10.5, loc="left", color=sheet.INK, pad=6)
    codes = layer.scale.codes(areas)
    entries = []
    # The edge keeps a bridge or motorway visible, beside which nothing is reached.
    for code, swatch in enumerate(layer.scale.swatches):
        mine = areas[codes == code]
        if mine.empty:
            continue
        sheet.draw_areas(
            axes, mine.geometry, facecolor=swatch.colour, edgecolor=swatch.colour, linewidth=0.7,
            zorder=4 - code,
        )  # fmt: skip
        entries.append(
            area_entry(
                swatch.label,
                f"{mine['area_ha'].iloc[0]:,.0f} ha",
                facecolor=swatch.colour,
                edgecolor="white",
                linewidth=0.3,
            )
        )
    sheet.draw_areas(
        axes, [spec.boundary], facecolor="none", edgecolor=_VILLAGE, linewidth=1.3, zorder=6,
        linestyle="--" if spec.is_circle else "-",
    )  # fmt: skip
    if areas.empty:
        axes.text(0.5, 0.5, words(layer.if_empty), transform=axes.transAxes, ha="center",
                  color=sheet.SOFT, fontsize=11)  # fmt: skip
    return entries


OF_VILLAGE = {"reach": OfVillage(draw_reach, without(*_KEYS))}

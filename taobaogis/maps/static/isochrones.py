"""How far one gets from a village on foot, by e-bike and by car, side by side on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely
from matplotlib_scalebar.scalebar import ScaleBar

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.legend import area_entry, draw_legend
from taobaogis.maps.static.village_sheet import boundary_entry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapLayer, MapSpec
    from taobaogis.maps.static.legend import Entry
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_VILLAGE", "draw_reach"]

_SIZE_IN = (14.6, 6.0)
_PANELS = {
    "reach_walk": (0.022, 0.12, 0.268, 0.66),
    "reach_ebike": (0.302, 0.12, 0.268, 0.66),
    "reach_drive": (0.582, 0.12, 0.268, 0.66),
}
_SIDE = (0.865, 0.10, 0.125, 0.74)
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
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(*_SIZE_IN)
        title = Label("Within 5, 10 and 15 minutes of the middle", "距村中心5、10、15分钟可达范围")
        sheet.titles(figure, words(spec.title), words(title, between=" · "))
        side = figure.add_axes(_SIDE)
        entries: list[Entry] = []
        for key, box in _PANELS.items():
            entries += _panel(figure.add_axes(box), spec, spec.layer(key), words)
        draw_legend(side, Label("", ""), [*entries, boundary_entry(spec)], words)
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
        mode = Label(
            f"{layer.name.en.removeprefix('Reach ')}, {swatch.label.en}",
            f"{layer.name.zh.removesuffix('可达范围')}{swatch.label.zh}",
        )
        entries.append(
            area_entry(
                mode,
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
    bar = ScaleBar(
        1, "m", location="lower left", frameon=False, color=sheet.INK, width_fraction=0.007,
        length_fraction=0.3, border_pad=0, pad=0, sep=4,
        font_properties={"family": [words.family or "DejaVu Sans"], "size": 8.5},
    )  # fmt: skip
    bar.set_zorder(10)
    axes.add_artist(bar)
    return entries


OF_VILLAGE = {"reach": draw_reach}

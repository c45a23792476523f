"""Map of the ground that each vehicle reaches, and of the narrow places that stop it, on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taobaogis.maps.model import Label, Swatch
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfVillage, without
from taobaogis.maps.static.legend import area_entry, draw_legend, point_entry
from taobaogis.maps.static.village_sheet import (
    boundary_entry,
    finish_map,
    village_sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.legend import Entry

__all__ = ["OF_VILLAGE", "draw_vehicle_reach"]

_PINCH_PT = 6.5
_HOUSE, _HOUSE_EDGE = "#efece6", "#a59c8e"


def draw_vehicle_reach(spec: MapSpec, family: str | None) -> Figure:
    """Reach by vehicle, wider over narrower, with the share of houses each comes to.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    layer = spec.layer("reach")
    scale, frame = layer.scale, layer.features
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(spec, words, layer.name, entries=len(scale.swatches) + 2)
        codes = scale.codes(frame)
        shapes = frame.geometry.to_numpy()
        for code, swatch in enumerate(scale.swatches):
            sheet.draw_areas(
                axes, shapes[codes == code], facecolor=swatch.colour, linewidth=0,
                zorder=1 + code / 100,
            )  # fmt: skip
        houses = spec.layer("buildings").features.geometry
        sheet.draw_areas(
            axes, houses, facecolor=_HOUSE, edgecolor=_HOUSE_EDGE, linewidth=0.35, zorder=2
        )
        finish_map(figure, axes, spec, words)
        served = pd.to_numeric(frame.get("served_share", pd.Series(dtype=float)), errors="coerce")
        entries = []
        for code, swatch in enumerate(scale.swatches):
            share = served[codes == code].max() if len(served) else np.nan
            amount = "" if pd.isna(share) else f"{share:.0%}"
            entries.append(
                area_entry(
                    swatch.label, amount, facecolor=swatch.colour, edgecolor="#c9c4ba",
                    linewidth=0.6,
                )
            )  # fmt: skip
        entries += _draw_pinch_points(axes, spec)
        heading = Label("Houses reached by", "可达房屋比例")
        draw_legend(side, heading, [*entries, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


def _draw_pinch_points(axes: Axes, spec: MapSpec) -> list[Entry]:
    """Symbols in the colours of the vehicles, and one line of the legend for all."""
    layer = spec.layer("pinch_points")
    codes = layer.scale.codes(layer.features)
    for code, swatch in enumerate(layer.scale.swatches):
        chosen = layer.features.geometry[codes == code]
        look = {**(point_entry(swatch, _PINCH_PT).line or {}), "markeredgecolor": sheet.INK}
        axes.plot(chosen.x, chosen.y, zorder=8, **look)
    if not len(layer.features):
        return []
    label = Label("Pinch point, by vehicle", "瓶颈点（按车辆）")
    entry = point_entry(Swatch(label, "#ffffff"), _PINCH_PT, str(len(layer.features)))
    return [replace(entry, line={**(entry.line or {}), "markeredgecolor": sheet.INK})]


OF_VILLAGE = {"vehicles": OfVillage(draw_vehicle_reach, without("reach"))}

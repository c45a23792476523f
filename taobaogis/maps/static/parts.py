"""Map of a village's old and new parts on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfVillage, without
from taobaogis.maps.static.legend import area_entry, draw_legend
from taobaogis.maps.static.village_sheet import (
    boundary_entry,
    draw_classes,
    finish_map,
    village_sheet,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec

__all__ = ["OF_VILLAGE", "draw_parts"]

_M2_PER_HA = 1e4


def draw_parts(spec: MapSpec, family: str | None) -> Figure:
    """Parts under the houses, with the ground and the number of houses of each.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    layer = spec.layer("parts")
    scale, frame = layer.scale, layer.features
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(spec, words, layer.name, entries=5)
        codes = draw_classes(
            axes, scale, frame, edgecolor=layer.stroke, linewidth=0.9, alpha=0.75, zorder=1
        )
        shapes = frame.geometry.to_numpy()
        houses = spec.layer("buildings").features.geometry
        sheet.draw_areas(
            axes, houses, facecolor="#5b534a", edgecolor="none", linewidth=0.0, alpha=0.75,
            zorder=2,
        )  # fmt: skip
        finish_map(figure, axes, spec, words)
        count = len(scale.classes)
        ha = np.bincount(codes, shapely.area(shapes), count) / _M2_PER_HA
        number = np.bincount(codes, frame.get("n_buildings", np.zeros(len(frame))), count)
        entries = [
            area_entry(
                swatch.label, f"{ha[code]:.2f} ha · {number[code]:.0f}", facecolor=swatch.colour,
                edgecolor=layer.stroke, linewidth=0.9,
            )
            for code, swatch in enumerate(scale.classes)
            if ha[code] > 0
        ]  # fmt: skip
        heading = Label("Ground, and houses on it", "用地面积 · 房屋数")
        draw_legend(side, heading, [*entries, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


OF_VILLAGE = {"parts": OfVillage(draw_parts, without("parts"))}

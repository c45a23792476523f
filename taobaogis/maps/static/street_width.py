"""Map of the streets of a village by their width, on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfVillage
from taobaogis.maps.static.legend import draw_legend, line_entry
from taobaogis.maps.static.village_sheet import (
    boundary_entry,
    draw_houses,
    finish_map,
    line_width_pt,
    listed,
    sums,
    village_sheet,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec

__all__ = ["OF_VILLAGE", "draw_street_width"]

_M_PER_KM = 1e3


def draw_street_width(spec: MapSpec, family: str | None) -> Figure:
    """Streets by width over quiet buildings, with the length of each class in the village.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    streets = spec.layer("streets")
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(
            spec, words, Label("Street width between façades", "街巷宽度（立面间距）"), entries=8
        )
        draw_houses(axes, spec)
        codes = streets.scale.codes(streets.features)
        lines = streets.features.geometry.to_numpy()
        # Narrow lanes are drawn last: they are the ones to be found.
        for code in reversed(range(len(streets.scale.classes))):
            swatch = streets.scale.classes[code]
            chosen = lines[codes == code]
            width = line_width_pt(swatch)
            sheet.draw_lines(
                axes, chosen, colors="white", linewidths=width + 1.2, zorder=3 - code / 100
            )
            sheet.draw_lines(
                axes, chosen, colors=swatch.colour, linewidths=width, zorder=4 - code / 100
            )
        finish_map(figure, axes, spec, words)
        km = sums(shapely.length(shapely.intersection(lines, spec.boundary)), codes) / _M_PER_KM
        entries = [
            line_entry(swatch, line_width_pt(swatch) * 1.2, f"{amount:.2f} km")
            for swatch, amount in listed(streets, km)
        ]
        heading = Label("Width in metres", "宽度（米）")
        draw_legend(side, heading, [*entries, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


def _lacks(spec: MapSpec) -> Label | None:
    streets = spec.layer("streets")
    if streets.features.empty:
        return streets.if_empty
    if (streets.scale.codes(streets.features) == len(streets.scale.swatches)).all():
        return Label("no street runs between façades", "没有两侧有立面的街巷")
    return None


OF_VILLAGE = {"street-width": OfVillage(draw_street_width, _lacks)}

"""Maps of the streets, and of the lanes between the houses, of a village by width, on paper."""

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
    import geopandas as gpd
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapLayer, MapSpec

__all__ = ["OF_VILLAGE", "draw_lanes", "draw_street_width"]

_M_PER_KM = 1e3
# Lanes are many and near each other: their lines over those of streets of one width.
_LANE_LINE_RATIO = 0.75


def draw_street_width(spec: MapSpec, family: str | None) -> Figure:
    """Streets by width over quiet buildings, with the length of each class in the village.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    title = Label("Street width between façades", "街巷宽度（立面间距）")
    streets = spec.layer("streets")
    return _draw_by_width(spec, family, streets, streets.features, title)


def draw_lanes(spec: MapSpec, family: str | None) -> Figure:
    """Lanes between the houses by their narrowest place, with the length of each class.

    Parameters
    ----------
    spec
        Map of a village; lanes in open ground are not drawn.
    family
        From `taobaogis.maps.static.font_family`.
    """
    title = Label("Clear width of the lanes between the houses", "房屋间巷道净宽")
    lanes = spec.layer("lanes")
    return _draw_by_width(
        spec, family, lanes, _between_houses(lanes), title, line_ratio=_LANE_LINE_RATIO
    )


def _draw_by_width(
    spec: MapSpec,
    family: str | None,
    layer: MapLayer,
    frame: gpd.GeoDataFrame,
    title: Label,
    *,
    line_ratio: float = 1.0,
) -> Figure:
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(spec, words, title, entries=8)
        draw_houses(axes, spec)
        codes = layer.scale.codes(frame)
        lines = frame.geometry.to_numpy()
        # Narrow lanes are drawn last: they are the ones to be found.
        for code in reversed(range(len(layer.scale.classes))):
            swatch = layer.scale.classes[code]
            chosen = lines[codes == code]
            width = line_width_pt(swatch) * line_ratio
            sheet.draw_lines(
                axes,
                chosen,
                colors="white",
                linewidths=width + 1.2 * line_ratio,
                zorder=3 - code / 100,
            )
            sheet.draw_lines(
                axes, chosen, colors=swatch.colour, linewidths=width, zorder=4 - code / 100
            )
        finish_map(figure, axes, spec, words)
        km = sums(shapely.length(shapely.intersection(lines, spec.boundary)), codes) / _M_PER_KM
        entries = [
            line_entry(swatch, line_width_pt(swatch) * line_ratio * 1.2, f"{amount:.2f} km")
            for swatch, amount in listed(layer, km)
        ]
        heading = Label("Width in metres", "宽度（米）")
        draw_legend(side, heading, [*entries, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


def _between_houses(lanes: MapLayer) -> gpd.GeoDataFrame:
    frame = lanes.features
    return frame[~frame["open_ground"].astype(bool)] if "open_ground" in frame else frame


def _lacks(spec: MapSpec) -> Label | None:
    streets = spec.layer("streets")
    if streets.features.empty:
        return streets.if_empty
    if (streets.scale.codes(streets.features) == len(streets.scale.swatches)).all():
        return Label("no street runs between façades", "没有两侧有立面的街巷")
    return None


def _lacks_lanes(spec: MapSpec) -> Label | None:
    lanes = spec.layer("lanes")
    return lanes.if_empty if _between_houses(lanes).empty else None


OF_VILLAGE = {
    "street-width": OfVillage(draw_street_width, _lacks),
    "lanes": OfVillage(draw_lanes, _lacks_lanes),
}

"""Facility gaps of a village on paper: houses by what they lack, sites, shares within reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.access.facilities import facilities
from taobaogis.maps.model import NOTHING, Label, Swatch
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfVillage, without
from taobaogis.maps.static.legend import area_entry, draw_legend, point_entry
from taobaogis.maps.static.village_sheet import (
    boundary_entry,
    finish_map,
    kinds_of,
    village_sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.legend import Entry
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_VILLAGE", "draw_facilities"]

_DOT_PT = 10.0
_LINE = {"linewidth": 0.4, "edgecolor": "#ffffff"}


def draw_facilities(spec: MapSpec, family: str | None) -> Figure:
    """Houses by how many needs are out of reach, and where one more facility would serve most.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    layer = spec.layer("needs")
    with sheet.drawing(family) as words:
        lines = kinds_of(layer) + len(facilities()) + 2
        figure, axes, side = village_sheet(spec, words, layer.name, entries=lines, headed=False)
        streets = spec.layer("streets").features.geometry
        sheet.draw_lines(axes, streets, colors="#d8d3c9", linewidths=1.4, zorder=1)
        codes = layer.scale.codes(layer.features)
        shapes = layer.features.geometry.to_numpy()
        entries: list[Entry] = []
        for code, swatch in enumerate(layer.scale.classes):
            mine = shapes[codes == code]
            sheet.draw_areas(axes, mine, facecolor=swatch.colour, zorder=2, **_LINE)
            if len(mine):
                amount = f"{len(mine):,}"
                entries.append(area_entry(swatch.label, amount, facecolor=swatch.colour, **_LINE))
        worst = spec.layer("worst_served")
        sheet.draw_areas(
            axes, worst.features.geometry, facecolor="none", edgecolor=worst.stroke,
            linewidth=1.6, linestyle="--", zorder=4,
        )  # fmt: skip
        if len(worst.features):
            entries.append(area_entry(worst.name, facecolor="none", edgecolor=worst.stroke,
                                      linewidth=1.6, linestyle="--"))  # fmt: skip
        finish_map(figure, axes, spec, words)
        numbers = _sites(axes, spec, words)
        entries += [boundary_entry(spec), *_shares(spec, numbers, words)]
        draw_legend(side, NOTHING, entries, words)
        sheet.finish(figure, spec, words)
    return figure


def _sites(axes: Axes, spec: MapSpec, words: Words) -> dict[str, int]:
    """Number each site on the map; numbers by facility."""
    sites = spec.layer("facility_sites")
    swatch = sites.scale.swatches[0]
    spots: dict[tuple[float, float], list[int]] = {}
    numbers: dict[str, int] = {}
    for number, site in enumerate(sites.features.to_dict("records"), start=1):
        numbers[site["facility"]] = number
        spots.setdefault((site["geometry"].x, site["geometry"].y), []).append(number)
    for (x, y), told in spots.items():
        # One place may be the best for several; its numbers stand together.
        axes.text(
            x, y, ",".join(map(str, told)), fontsize=7.0, fontweight="bold", color="white",
            ha="center", va="center_baseline", zorder=12, family=words.family or "DejaVu Sans",
            bbox={"boxstyle": "round,pad=0.28", "facecolor": swatch.colour, "edgecolor": "white"},
        )  # fmt: skip
    return numbers


def _shares(spec: MapSpec, numbers: dict[str, int], words: Words) -> list[Entry]:
    """Each facility with the share of the houses that have it within reach, and its number."""
    values = {indicator.key: indicator.value for indicator in spec.indicators}
    colour = spec.layer("facility_sites").scale.swatches[0].colour
    entries = []
    for key, facility in facilities().items():
        if f"{key}_near_share" not in values:
            continue
        value = values[f"{key}_near_share"]
        not_known = words(Label("not known", "不详"), between=" ")
        amount = not_known if value is None else f"{value:.0%} ≤ {facility.within_m:g} m"
        mark = f"{numbers[key]}  " if key in numbers else ""
        label = Label(f"{mark}{facility.name_en}", f"{mark}{facility.name_zh}")
        look = Swatch(label, colour if key in numbers else "#c9c4ba", _DOT_PT, "square")
        entries.append(point_entry(look, _DOT_PT * 0.7, amount))
    return entries


OF_VILLAGE = {"facilities": OfVillage(draw_facilities, without("needs"))}

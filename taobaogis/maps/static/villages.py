"""Maps of one village on paper: street width, land use, clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.maps import palette
from taobaogis.maps.model import NOTHING, Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.legend import (
    Entry,
    area_entry,
    draw_legend,
    line_entry,
    point_entry,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from taobaogis.maps.model import MapLayer, MapSpec, Swatch
    from taobaogis.maps.static.sheet import Words

__all__ = [
    "boundary_entry",
    "draw_clusters",
    "draw_gaps",
    "draw_land_use",
    "draw_street_width",
    "finish_map",
    "say_if_empty",
    "village_sheet",
]

_SIZE_IN = (10.4, 8.0)
_MAP = (0.035, 0.07, 0.665, 0.80)
_SIDE = (0.728, 0.07, 0.25, 0.78)
_HOUSE, _HOUSE_EDGE = "#e6e1d8", "#cbc4b8"
_QUIET_LINE = "#d9d5cd"
_M2_PER_HA = 1e4
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
            spec, words, Label("Street width between façades", "街巷宽度（立面间距）")
        )
        _draw_houses(axes, spec)
        codes = streets.scale.codes(streets.features)
        lines = streets.features.geometry.to_numpy()
        # Narrow lanes are drawn last: they are the ones to be found.
        for code in reversed(range(len(streets.scale.classes))):
            swatch = streets.scale.classes[code]
            chosen = lines[codes == code]
            width = _points(swatch)
            sheet.draw_lines(
                axes, chosen, colors="white", linewidths=width + 1.2, zorder=3 - code / 100
            )
            sheet.draw_lines(
                axes, chosen, colors=swatch.colour, linewidths=width, zorder=4 - code / 100
            )
        finish_map(figure, axes, spec, words)
        km = _sums(shapely.length(shapely.intersection(lines, spec.boundary)), codes) / _M_PER_KM
        entries = [
            line_entry(swatch, _points(swatch) * 1.2, f"{amount:.2f} km")
            for swatch, amount in _listed(streets, km)
        ]
        say_if_empty(axes, streets, words)
        heading = Label("Width in metres", "宽度（米）")
        draw_legend(side, heading, [*entries, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


def draw_gaps(spec: MapSpec, family: str | None) -> Figure:
    """Houses by the gap to those that they face, with how many there are, and long dead ends.

    Parameters
    ----------
    spec, family
        As in `draw_street_width`.
    """
    houses, dead_ends = spec.layer("buildings"), spec.layer("dead_ends")
    frame = houses.features
    if "gap_facing_m" not in frame:
        frame = frame.assign(gap_facing_m=None)
    scale = palette.gap_scale()
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(spec, words, Label("Gaps between houses", "房屋间距"))
        codes = scale.codes(frame)
        shapes = frame.geometry.to_numpy()
        for code, swatch in enumerate(scale.classes):
            sheet.draw_areas(
                axes, shapes[codes == code], facecolor=swatch.colour, edgecolor="white",
                linewidth=0.3, zorder=1,
            )  # fmt: skip
        ends = dead_ends.features.geometry.to_numpy()
        swatch = dead_ends.scale.swatches[0]
        sheet.draw_lines(axes, ends, colors="white", linewidths=_points(swatch) + 1.2, zorder=3)
        sheet.draw_lines(axes, ends, colors=swatch.colour, linewidths=_points(swatch), zorder=4)
        finish_map(figure, axes, spec, words)
        count = np.bincount(codes, minlength=len(scale.classes))
        entries = [
            area_entry(c.label, str(n), facecolor=c.colour, edgecolor="#c9c4ba", linewidth=0.6)
            for c, n in zip(scale.classes, count, strict=True)
            if n or c is not scale.unknown
        ]
        say_if_empty(axes, houses, words)
        number = dead_ends.features.get("ends_here")
        walls = 0 if number is None else int(number.astype(bool).sum())
        dead = line_entry(swatch, _points(swatch), str(walls))
        heading = Label("Metres to the nearest house faced", "与相对房屋的最小间距（米）")
        draw_legend(side, heading, [*entries, dead, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


def draw_land_use(spec: MapSpec, family: str | None) -> Figure:
    """Land use in the customary colours, with the area of each class in the village.

    Parameters
    ----------
    spec, family
        As in `draw_street_width`.
    """
    uses = spec.layer("landuse")
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(spec, words, uses.name)
        codes = uses.scale.codes(uses.features)
        areas = uses.features.geometry.to_numpy()
        for code, swatch in enumerate(uses.scale.classes):
            sheet.draw_areas(
                axes, areas[codes == code], facecolor=swatch.colour, edgecolor="white",
                linewidth=0.4, zorder=1,
            )  # fmt: skip
        houses = spec.layer("buildings").features.geometry
        sheet.draw_areas(
            axes, houses, facecolor="none", edgecolor="#5b534a", linewidth=0.35, alpha=0.55,
            zorder=2,
        )  # fmt: skip
        finish_map(figure, axes, spec, words)
        ha = _sums(shapely.area(shapely.intersection(areas, spec.boundary)), codes) / _M2_PER_HA
        entries = [
            area_entry(
                swatch.label, f"{amount:.2f} ha", facecolor=swatch.colour, edgecolor="#c9c4ba",
                linewidth=0.6,
            )
            for swatch, amount in _listed(uses, ha)
        ]  # fmt: skip
        say_if_empty(axes, uses, words)
        draw_legend(side, NOTHING, [*entries, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


def draw_clusters(spec: MapSpec, family: str | None) -> Figure:
    """Places by category, the outlines of their clusters, and the stops.

    Parameters
    ----------
    spec, family
        As in `draw_street_width`.
    """
    clusters, places, stops = (spec.layer(key) for key in ("clusters", "places", "stops"))
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(
            spec, words, Label("Places and clusters", "设施点与聚集区")
        )
        _draw_houses(axes, spec)
        quiet = spec.layer("streets").features.geometry
        sheet.draw_lines(axes, quiet, colors=_QUIET_LINE, linewidths=1.1, zorder=2)
        finish_map(figure, axes, spec, words)
        outlines = list(clusters.features.geometry)
        sheet.draw_areas(
            axes, outlines, facecolor=clusters.stroke, alpha=0.10, linewidth=0, zorder=5.5
        )
        sheet.draw_areas(
            axes, outlines, facecolor="none", edgecolor=clusters.stroke, linewidth=1.5, zorder=5.6
        )
        entries = [
            *_draw_points(axes, stops, zorder=7.0),
            *_draw_points(axes, places, zorder=8.0),
        ]
        if len(clusters.features):
            entries.append(
                area_entry(
                    clusters.noun, str(len(clusters.features)), facecolor="#f0edf5",
                    edgecolor=clusters.stroke, linewidth=1.5,
                )
            )  # fmt: skip
        say_if_empty(axes, places, words)
        draw_legend(side, NOTHING, [*entries, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


def village_sheet(spec: MapSpec, words: Words, what: Label) -> tuple[Figure, Axes, Axes]:
    """Page with titles, axes over the village, and axes for the legend."""
    figure = sheet.new_figure(*_SIZE_IN)
    sheet.titles(figure, words(spec.title), words(what, between=" · "))
    axes = figure.add_axes(_MAP)
    sheet.frame_on(axes, spec.boundary)
    side = figure.add_axes(_SIDE)
    side.set_axis_off()
    return figure, axes, side


def _draw_houses(axes: Axes, spec: MapSpec) -> None:
    houses = spec.layer("buildings").features.geometry
    sheet.draw_areas(
        axes, houses, facecolor=_HOUSE, edgecolor=_HOUSE_EDGE, linewidth=0.35, zorder=1
    )


def finish_map(figure: Figure, axes: Axes, spec: MapSpec, words: Words) -> None:
    """Veil over what lies outside, the boundary, the north and the scale."""
    sheet.veil(axes, spec.boundary, zorder=5)
    sheet.draw_areas(
        axes, [spec.boundary], facecolor="none", edgecolor=sheet.INK, linewidth=1.3,
        linestyle="--" if spec.is_circle else "-", zorder=6,
    )  # fmt: skip
    sheet.north_and_scale(figure, axes, words, _SIDE[0], _MAP[1] + 0.01)


def _draw_points(axes: Axes, layer: MapLayer, *, zorder: float) -> list[Entry]:
    """Symbols of a layer that fall within the axes, and their lines of the legend."""
    west, east = sorted(axes.get_xlim())
    south, north = sorted(axes.get_ylim())
    seen = layer.features.cx[west:east, south:north]
    codes = layer.scale.codes(seen)
    entries = []
    for code, swatch in enumerate(layer.scale.classes):
        chosen = seen.geometry[codes == code]
        if chosen.empty:
            continue
        entry = point_entry(swatch, swatch.size_px * 1.45, str(len(chosen)))
        axes.plot(chosen.x, chosen.y, zorder=zorder, **(entry.line or {}))
        entries.append(entry)
    return entries


def boundary_entry(spec: MapSpec) -> Entry:
    """Line of the legend for the boundary."""
    return line_entry(
        spec.layer("boundary").scale.swatches[0], 1.3, style="--" if spec.is_circle else "-"
    )


def say_if_empty(axes: Axes, layer: MapLayer, words: Words) -> None:
    """Words across the map if a layer has no features."""
    if len(layer.features):
        return
    axes.text(
        0.5, 0.5, words(layer.if_empty, between="\n"), transform=axes.transAxes, ha="center",
        va="center", fontsize=13, color=sheet.SOFT, linespacing=1.6, zorder=9,
        bbox={"boxstyle": "round,pad=0.7", "facecolor": "white", "edgecolor": "#d9d5cd"},
    )  # fmt: skip


def _points(swatch: Swatch) -> float:
    return 0.72 * swatch.size_px


def _sums(amounts: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.bincount(codes, weights=amounts, minlength=64).astype(float)


def _listed(layer: MapLayer, amounts: NDArray[np.float64]) -> Sequence[tuple[Swatch, float]]:
    """Classes of the legend with their amounts; the one without value only if it occurs."""
    classes = list(zip(layer.scale.classes, amounts, strict=False))
    if layer.scale.unknown is not None and not amounts[len(classes) - 1]:
        classes.pop()
    return classes

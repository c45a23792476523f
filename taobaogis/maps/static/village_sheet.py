"""The sheet of a map of one village: the map, the legend beside it, what every such map shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from taobaogis.maps.static import sheet
from taobaogis.maps.static.legend import Entry, line_entry, point_entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from taobaogis.maps.model import Label, MapLayer, MapSpec, Scale, Swatch
    from taobaogis.maps.static.sheet import Words

__all__ = [
    "boundary_entry",
    "draw_classes",
    "draw_houses",
    "draw_points",
    "finish_map",
    "line_width_pt",
    "listed",
    "say",
    "say_if_empty",
    "seen_on",
    "sums",
    "village_sheet",
]

# Smaller symbols would be all edge.
_EDGED = 0.5
_SIZE_IN = (10.4, 8.0)
_MAP = (0.035, 0.07, 0.665, 0.80)
_SIDE = (0.728, 0.07, 0.25, 0.78)
_HOUSE, _HOUSE_EDGE = "#e6e1d8", "#cbc4b8"


def village_sheet(spec: MapSpec, words: Words, what: Label) -> tuple[Figure, Axes, Axes]:
    """Page with titles, axes over the village, and axes for the legend."""
    figure = sheet.new_figure(*_SIZE_IN)
    sheet.titles(figure, words(spec.title), words(what, between=" · "))
    axes = figure.add_axes(_MAP)
    sheet.frame_on(axes, spec.boundary)
    side = figure.add_axes(_SIDE)
    side.set_axis_off()
    return figure, axes, side


def finish_map(figure: Figure, axes: Axes, spec: MapSpec, words: Words) -> None:
    """Veil over what lies outside, the boundary, the north and the scale."""
    sheet.veil(axes, spec.boundary, zorder=5)
    sheet.draw_areas(
        axes, [spec.boundary], facecolor="none", edgecolor=sheet.INK, linewidth=1.3,
        linestyle="--" if spec.is_circle else "-", zorder=6,
    )  # fmt: skip
    sheet.north_and_scale(figure, axes, words, _SIDE[0], _MAP[1] + 0.01)


def draw_houses(axes: Axes, spec: MapSpec) -> None:
    """Quiet buildings below what is shown."""
    houses = spec.layer("buildings").features.geometry
    sheet.draw_areas(
        axes, houses, facecolor=_HOUSE, edgecolor=_HOUSE_EDGE, linewidth=0.35, zorder=1
    )


def draw_classes(
    axes: Axes, scale: Scale, frame: gpd.GeoDataFrame, *, zorder: float, **look: float | str
) -> NDArray[np.intp]:
    """Areas in the colours of their classes; gives the class of each, as `Scale.codes`.

    Parameters
    ----------
    axes, scale, frame, zorder
        Where, in what colours, what, and how high.
    look
        Edge, its width and transparency, as `taobaogis.maps.static.sheet.draw_areas` takes them.
    """
    codes = scale.codes(frame)
    shapes = frame.geometry.to_numpy()
    for code, swatch in enumerate(scale.classes):
        chosen = shapes[codes == code]
        sheet.draw_areas(axes, chosen, facecolor=swatch.colour, zorder=zorder, **look)
    return codes


def draw_points(axes: Axes, layer: MapLayer, *, zorder: float, shrunk: float = 1.0) -> list[Entry]:
    """Symbols of a layer that fall within the axes, and their lines of the legend.

    Parameters
    ----------
    axes, layer, zorder
        Where, what, and how high.
    shrunk
        Size on the map, of that in the legend; below a half without the white edge.
    """
    seen = seen_on(axes, layer.features)
    codes = layer.scale.codes(seen)
    entries = []
    for code, swatch in enumerate(layer.scale.classes):
        chosen = seen.geometry[codes == code]
        if chosen.empty:
            continue
        entry = point_entry(swatch, swatch.size_px * 1.45, str(len(chosen)))
        look = dict(entry.line or {})
        look["markersize"] = look["markersize"] * shrunk
        look["markeredgewidth"] = 0.6 if shrunk >= _EDGED else 0.0
        axes.plot(chosen.x, chosen.y, zorder=zorder, **look)
        entries.append(entry)
    return entries


def seen_on(axes: Axes, features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Features within the frame of a map."""
    west, east = sorted(axes.get_xlim())
    south, north = sorted(axes.get_ylim())
    return features.cx[west:east, south:north]


def boundary_entry(spec: MapSpec) -> Entry:
    """Line of the legend for the boundary."""
    return line_entry(
        spec.layer("boundary").scale.swatches[0], 1.3, style="--" if spec.is_circle else "-"
    )


def say_if_empty(axes: Axes, layer: MapLayer, words: Words) -> None:
    """Words across the map if a layer has no features."""
    if len(layer.features):
        return
    say(axes, layer.if_empty, words)


def say(axes: Axes, what: Label, words: Words, *, height: float = 0.5) -> None:
    """Words across the map, in a frame; `height` is their middle, from 0 at the foot to 1."""
    axes.text(
        0.5, height, words(what, between="\n"), transform=axes.transAxes, ha="center",
        va="center", fontsize=13, color=sheet.SOFT, linespacing=1.6, zorder=9,
        bbox={"boxstyle": "round,pad=0.7", "facecolor": "white", "edgecolor": "#d9d5cd"},
    )  # fmt: skip


def line_width_pt(swatch: Swatch) -> float:
    """Width of a line on paper."""
    return 0.72 * swatch.size_px


def sums(amounts: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Total of each class."""
    return np.bincount(codes, weights=amounts, minlength=64).astype(float)


def listed(layer: MapLayer, amounts: NDArray[np.float64]) -> Sequence[tuple[Swatch, float]]:
    """Classes of the legend with their amounts; the one without value only if it occurs."""
    classes = list(zip(layer.scale.classes, amounts, strict=False))
    if layer.scale.unknown is not None and not amounts[len(classes) - 1]:
        classes.pop()
    return classes

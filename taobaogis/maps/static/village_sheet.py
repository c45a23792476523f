"""The sheet of a map of one village: the map, the legend beside it, what every such map shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from taobaogis.maps.static import sheet
from taobaogis.maps.static.legend import Entry, legend_height_in, line_entry, point_entry

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
    "kinds_of",
    "line_width_pt",
    "listed",
    "seen_on",
    "sums",
    "symbol_pt",
    "village_sheet",
]

# Smaller symbols would be all edge.
_EDGED = 0.5
_WIDTH_IN = 10.4
# Left and width of the map and of the legend.
_MAP_IN, _SIDE_IN = (0.364, 6.916), (7.571, 2.6)
# From the top of the sheet to the map, from the map to the legend, and below both.
_HEAD_IN, _LOWER_IN, _FOOT_IN = 1.04, 0.16, 0.56
# A wide village takes a lower sheet, though not lower than its legend; a tall one is drawn smaller.
_LEAST_IN, _MOST_IN = 3.4, 6.4
_SCALE_IN = 0.08
_HOUSE, _HOUSE_EDGE = "#e6e1d8", "#cbc4b8"


def village_sheet(
    spec: MapSpec, words: Words, what: Label, *, entries: int, headed: bool = True
) -> tuple[Figure, Axes, Axes]:
    """Page with titles, axes over the village, and axes for the legend.

    Parameters
    ----------
    spec, words, what
        Map, writer of labels, and what the sheet shows.
    entries
        How many lines the legend has at most, so that they all have room.
    headed
        Whether the legend has a heading.
    """
    west, south, east, north = spec.boundary.bounds
    shaped_in = _MAP_IN[1] * (north - south) / (east - west)
    legend_in = _LOWER_IN + legend_height_in(entries, headed=headed)
    high_in = max(_LEAST_IN, min(shaped_in, _MOST_IN), legend_in)
    height_in = _HEAD_IN + high_in + _FOOT_IN
    figure = sheet.new_figure(_WIDTH_IN, height_in)
    sheet.titles(figure, words(spec.title), words(what, between=" · "))
    axes = sheet.axes_in(figure, (_MAP_IN[0], _FOOT_IN, _MAP_IN[1], high_in))
    sheet.frame_on(axes, spec.boundary)
    side = sheet.axes_in(figure, (_SIDE_IN[0], _FOOT_IN, _SIDE_IN[1], high_in - _LOWER_IN))
    side.set_axis_off()
    return figure, axes, side


def finish_map(figure: Figure, axes: Axes, spec: MapSpec, words: Words) -> None:
    """Veil over what lies outside, the boundary, the north and the scale."""
    sheet.veil(axes, spec.boundary, zorder=5)
    sheet.draw_areas(
        axes, [spec.boundary], facecolor="none", edgecolor=sheet.INK, linewidth=1.3,
        linestyle="--" if spec.is_circle else "-", zorder=6,
    )  # fmt: skip
    width_in, height_in = figure.get_size_inches()
    left, foot = _SIDE_IN[0] / width_in, (_FOOT_IN + _SCALE_IN) / height_in
    sheet.north_and_scale(figure, axes, words, left, foot)


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
        entry = point_entry(swatch, symbol_pt(swatch), str(len(chosen)))
        look = dict(entry.line or {})
        look["markersize"] = look["markersize"] * shrunk
        look["markeredgewidth"] = 0.6 if shrunk >= _EDGED else 0.0
        axes.plot(chosen.x, chosen.y, zorder=zorder, **look)
        entries.append(entry)
    return entries


def kinds_of(layer: MapLayer) -> int:
    """How many classes of a layer occur."""
    return len(set(layer.scale.codes(layer.features).tolist()))


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


def symbol_pt(swatch: Swatch) -> float:
    """Width of a symbol on paper."""
    return 1.45 * swatch.size_px


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

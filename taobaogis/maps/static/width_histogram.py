"""Spread of the width of streets, village by village."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.ticker import MaxNLocator

from taobaogis.maps.model import Label
from taobaogis.maps.palette import width_scale
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfStudy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.sheet import Words
    from taobaogis.study import VehicleSpec

__all__ = ["OF_STUDY", "draw_width_histogram"]

_WIDTH_IN = 9.84
_BIN_M = 0.5
_LAST_M = 16.0
_NAME_SHARE = 0.38
_FIRE_LANE = Label("4 m", "4 m")
_FIRE_LANE_M = 4.0


def draw_width_histogram(specs: Sequence[MapSpec], family: str | None) -> Figure:
    """Length of street by width, one row a village, with the width a fire engine takes.

    Parameters
    ----------
    specs
        Maps of the villages; the vehicle ``fire_engine`` gives the line, 4 m if there is none.
    family
        From `taobaogis.maps.static.font_family`.
    """
    row_in = 1.95
    height_in = 1.15 + row_in * len(specs) + 0.85
    measured = [_widths(spec) for spec in specs]
    tallest = max((hist.max() for hist, _ in measured), default=0.0) or 1.0
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, height_in)
        title = Label("Street width", "街巷宽度")
        what = Label(
            "Length of street within the village by width between façades",
            "村内街巷长度（按立面间距）",
        )
        sheet.titles(figure, words(title), words(what, between=" · "))
        for i, (spec, (hist, unknown_km)) in enumerate(zip(specs, measured, strict=True)):
            bottom_in = height_in - 1.05 - (i + 1) * row_in + 0.12
            box = (0.075, bottom_in / height_in, 0.885, (row_in - 0.58) / height_in)
            axes = figure.add_axes(box)
            _draw_bars(axes, hist, tallest)
            _draw_line(axes, spec.vehicles, words, named=i == 0)
            _describe(axes, spec, hist, unknown_km, words)
            axes.tick_params(labelbottom=i == len(specs) - 1, length=3, labelsize=8.5)
        axes.set_xlabel(words(Label("Width in metres", "宽度（米）")), fontsize=9.5)
        figure.text(
            0.018, 0.5, words(Label("km of street per 0.5 m", "每 0.5 米宽度的街巷长度（千米）")),
            rotation=90, va="center", ha="center", fontsize=9.5, color=sheet.SOFT,
        )  # fmt: skip
        sheet.finish(figure, specs[0], words, of_one_village=False)
    return figure


def _widths(spec: MapSpec) -> tuple[NDArray[np.float64], float]:
    """Kilometres within the village by width, the last bin holding all wider; and of no width."""
    streets = spec.layer("streets").features
    lines = shapely.intersection(streets.geometry.to_numpy(), spec.boundary)
    km = shapely.length(lines) / 1e3
    widths = pd.to_numeric(streets["facade_width_m"], errors="coerce").to_numpy(dtype=float)
    known = np.isfinite(widths)
    edges = np.arange(0.0, _LAST_M + _BIN_M, _BIN_M)
    inside = np.minimum(widths[known], _LAST_M - _BIN_M / 2)
    hist, _ = np.histogram(inside, bins=edges, weights=km[known])
    return hist, float(km[~known].sum())


def _draw_bars(axes: Axes, hist: NDArray[np.float64], tallest: float) -> None:
    scale = width_scale()
    left = np.arange(len(hist)) * _BIN_M
    colours = [
        scale.swatches[int(np.searchsorted(scale.edges, edge, side="right"))].colour
        for edge in left
    ]
    axes.bar(left, hist, width=_BIN_M * 0.92, align="edge", color=colours, zorder=2)
    axes.set_xlim(0, _LAST_M)
    axes.set_ylim(0, tallest * 1.26)
    ticks = [0, 2, 4, 6, 8, 10, 12, 14, _LAST_M - _BIN_M / 2]
    axes.set_xticks(ticks, [*(f"{t:g}" for t in ticks[:-1]), f"≥ {_LAST_M - _BIN_M:g}"])
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.grid(axis="y", color="#ece9e3", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _draw_line(axes: Axes, vehicles: Sequence[VehicleSpec], words: Words, *, named: bool) -> None:
    engine = next((v for v in vehicles if v.id == "fire_engine"), None)
    at_m = engine.clear_width_m if engine else _FIRE_LANE_M
    axes.axvline(at_m, color=sheet.INK, linewidth=1.1, linestyle=(0, (5, 3)), zorder=3)
    if named:
        label = _FIRE_LANE
        if engine:
            label = Label(f"{engine.name_en} {at_m:g} m", f"{engine.name_zh} {at_m:g} 米")
        axes.annotate(
            words(label), (at_m, 0.97), xycoords=("data", "axes fraction"), xytext=(5, 0),
            textcoords="offset points", va="top", fontsize=8.8, zorder=4,
        )  # fmt: skip


def _describe(
    axes: Axes, spec: MapSpec, hist: NDArray[np.float64], unknown_km: float, words: Words
) -> None:
    streets = spec.layer("streets")
    if len(streets.features):
        known_km = float(hist.sum())
        said = Label(
            f"{known_km:.2f} km measured, {unknown_km:.2f} km open or not measured",
            f"已测 {known_km:.2f} 千米，开敞或未测 {unknown_km:.2f} 千米",
        )
    else:
        said = streets.if_empty
    place: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "va": "bottom",
    }
    name = axes.annotate(
        words(spec.title), (0, 1), xytext=(0, 5), fontsize=11.5, fontweight="bold", **place
    )
    sheet.fit(name, _NAME_SHARE * axes.get_window_extent().width / sheet.DPI)
    axes.annotate(
        words(said, between=" · "), (1, 1), xytext=(0, 5), fontsize=8.6, color=sheet.SOFT,
        ha="right", **place,
    )  # fmt: skip


def _lacks(specs: Sequence[MapSpec]) -> Label | None:
    if any(_widths(spec)[0].any() for spec in specs):
        return None
    return Label("no street within a village runs between façades", "各村均无两侧有立面的街巷")


OF_STUDY = {"street-width-histogram": OfStudy(draw_width_histogram, _lacks)}

"""Figure-ground of all villages at one scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import shapely

from taobaogis.maps import words as texts
from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfStudy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_STUDY", "draw_figure_ground"]

_WIDTH_IN = 12.0
_CAPTION_IN = 0.62
_COLUMNS = 4


def draw_figure_ground(specs: Sequence[MapSpec], family: str | None) -> Figure:
    """Buildings in black on white, every village at the same scale.

    Parameters
    ----------
    specs
        Maps of the villages.
    family
        From `taobaogis.maps.static.font_family`.
    """
    columns = min(len(specs), _COLUMNS)
    rows = math.ceil(len(specs) / columns)
    cell_in = (_WIDTH_IN - 0.5) / columns
    wide_m, high_m = (1.06 * max(extent) for extent in zip(*map(_extent, specs), strict=True))
    # Tall villages are drawn smaller, so that no cell is higher than wide.
    wide_m = max(wide_m, high_m)
    row_in = cell_in * high_m / wide_m + _CAPTION_IN
    height_in = 0.95 + rows * row_in + 0.75
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, height_in)
        title = Label("Buildings and open ground", "图底关系")
        scale = Label("All villages at one scale", "各村同一比例尺")
        sheet.titles(figure, words(title), words(scale, between=" · "), left=0.022)
        for i, spec in enumerate(specs):
            row, column = divmod(i, columns)
            bottom_in = height_in - 0.95 - (row + 1) * row_in + _CAPTION_IN
            box = (
                (0.25 + column * cell_in + 0.08) / _WIDTH_IN,
                bottom_in / height_in,
                (cell_in - 0.16) / _WIDTH_IN,
                (row_in - _CAPTION_IN - 0.16) / height_in,
            )
            axes = figure.add_axes(box)
            _draw_ground(axes, spec, (wide_m, high_m), words)
            _caption(axes, spec, words)
            if i == 0:
                left = 1 - 2.55 / _WIDTH_IN
                sheet.north_and_scale(figure, axes, words, left, 0.16 / height_in)
        sheet.finish(figure, specs[0], words, left=0.022, of_one_village=False)
    return figure


def _extent(spec: MapSpec) -> tuple[float, float]:
    west, south, east, north = spec.boundary.bounds
    return east - west, north - south


def _draw_ground(axes: Axes, spec: MapSpec, shown_m: tuple[float, float], words: Words) -> None:
    west, south, east, north = spec.boundary.bounds
    x, y = (west + east) / 2, (south + north) / 2
    half_x, half_y = (side / 2 for side in shown_m)
    frame = shapely.box(x - half_x, y - half_y, x + half_x, y + half_y)
    sheet.frame_on(axes, frame, pad_share=0.0)
    houses = spec.layer("buildings")
    sheet.draw_areas(axes, houses.features.geometry, facecolor="#1f2427", linewidth=0, zorder=1)
    sheet.veil(axes, spec.boundary, zorder=2)
    sheet.draw_areas(
        axes, [spec.boundary], facecolor="none", edgecolor="#b0532b", linewidth=1.1,
        linestyle="--" if spec.is_circle else "-", zorder=3,
    )  # fmt: skip
    if not len(houses.features):
        axes.text(
            x, y, words(houses.if_empty, between="\n"), ha="center", va="center", fontsize=10,
            color=sheet.SOFT, linespacing=1.6,
        )  # fmt: skip


def _caption(axes: Axes, spec: MapSpec, words: Words) -> None:
    place: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "va": "top",
    }
    room_in = axes.get_window_extent().width / sheet.DPI
    name = axes.annotate(
        words(spec.title), (0, 0), xytext=(2, -7), fontsize=11.5, fontweight="bold", **place
    )
    sheet.fit(name, room_in)
    found = {i.key: texts.shown(i) for i in spec.indicators}
    coverage = found.get("building_coverage_ratio")
    if coverage is None:
        return
    said = f"{words(coverage.name)}: {coverage.value}"
    if not coverage.is_na:
        said += f"  [{coverage.grade}]"
    figure = axes.annotate(said, (0, 0), xytext=(2, -25), fontsize=8.8, color=sheet.SOFT, **place)
    sheet.fit(figure, room_in)


def _lacks(specs: Sequence[MapSpec]) -> Label | None:
    layers = [spec.layer("buildings") for spec in specs]
    return None if any(len(layer.features) for layer in layers) else layers[0].if_empty


OF_STUDY = {"figure-ground": OfStudy(draw_figure_ground, _lacks)}

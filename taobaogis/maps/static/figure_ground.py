"""Figure-ground of all villages at one scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import shapely

from taobaogis.maps import words as texts
from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet

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
    height_in = 0.95 + rows * (cell_in + _CAPTION_IN) + 0.75
    side_m = 1.06 * max(max(_extent(spec)) for spec in specs)
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, height_in)
        title = Label("Buildings and open ground", "图底关系")
        scale = Label("all villages at one scale", "各村同一比例尺")
        sheet.titles(figure, words(title), words(scale, between=" · "), left=0.022)
        for i, spec in enumerate(specs):
            row, column = divmod(i, columns)
            bottom_in = height_in - 0.95 - (row + 1) * (cell_in + _CAPTION_IN) + _CAPTION_IN
            box = (
                (0.25 + column * cell_in + 0.08) / _WIDTH_IN,
                bottom_in / height_in,
                (cell_in - 0.16) / _WIDTH_IN,
                (cell_in - 0.16) / height_in,
            )
            axes = figure.add_axes(box)
            _draw_ground(axes, spec, side_m, words)
            _caption(axes, spec, words)
            if i == 0:
                left = 1 - 2.55 / _WIDTH_IN
                sheet.north_and_scale(figure, axes, words, left, 0.16 / height_in)
        sheet.finish(figure, specs[0], words, left=0.022, of_one_village=False)
    return figure


def _extent(spec: MapSpec) -> tuple[float, float]:
    west, south, east, north = spec.boundary.bounds
    return east - west, north - south


def _draw_ground(axes: Axes, spec: MapSpec, side_m: float, words: Words) -> None:
    west, south, east, north = spec.boundary.bounds
    x, y = (west + east) / 2, (south + north) / 2
    square = shapely.box(x - side_m / 2, y - side_m / 2, x + side_m / 2, y + side_m / 2)
    sheet.frame_on(axes, square, pad_share=0.0)
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


OF_STUDY = {"figure-ground": draw_figure_ground}

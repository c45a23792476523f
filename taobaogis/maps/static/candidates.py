"""Picture of candidate villages: the whole extract, and the best of them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.geometry.arrays import geometries
from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_candidates"]

_WIDTH_IN, _HEIGHT_IN = 12.0, 9.6
_SHOWN = 6
_COLUMNS = 3
# Candidates are drawn at one scale, wide enough for a village of a walk across.
_SIDE_M = 420.0
_GROUND, _HOUSE = "#d9a441", "#8c8f93"
_GAP_IN = 0.10


def draw_candidates(
    buildings: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    family: str | None,
    *,
    attribution: str,
) -> Figure:
    """Where candidates lie among all footprints, and six of them at one scale.

    Parameters
    ----------
    buildings
        Of the extract.
    candidates
        From `taobaogis.screening.candidates.screen_villages`, the best first.
    family
        From `taobaogis.maps.static.font_family`.
    attribution
        Of the buildings.

    Returns
    -------
    figure
        Without candidates, only the map and a sentence that none was found.
    """
    houses = geometries(buildings)
    houses = houses[~shapely.is_missing(houses)]
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, _HEIGHT_IN)
        n = len(candidates)
        count = Label(f"{n} found by footprints and streets alone; to be looked at, not believed",
                      f"仅据建筑轮廓与街巷识别出 {n} 处，须逐一核实")  # fmt: skip
        if not n:
            count = Label("none was found", "未识别出")
        title = Label("Likely urban villages", "疑似城中村")
        sheet.titles(figure, words(title), words(count, between=" · "), left=0.022)
        outlines = candidates.geometry.to_numpy()
        whole = figure.add_axes((0.022, 0.075, 0.42, 0.80))
        _draw_whole(whole, houses, outlines)
        sheet.north_and_scale(figure, whole, words, 0.03, 0.045)
        tree = shapely.STRtree(houses)
        for i in range(min(n, _SHOWN)):
            row, column = divmod(i, _COLUMNS)
            box = (0.465 + column * 0.178, 0.50 - row * 0.40, 0.168, 0.34)
            axes = figure.add_axes(box)
            _draw_one(axes, tree, outlines, i)
            name = f"{i + 1}   {candidates['score'].iloc[i]:.2f}"
            axes.set_title(name, fontsize=10, loc="left", color=sheet.INK, pad=4)
        credit = " · ".join(part for part in (attribution, "taobaogis") if part)
        figure.text(0.022, 0.14 / _HEIGHT_IN, credit, fontsize=7.2, color=sheet.SOFT, va="bottom")
    return figure


def _draw_whole(axes: Axes, houses: np.ndarray, outlines: np.ndarray) -> None:
    west, south, east, north = shapely.total_bounds(houses if len(houses) else outlines)
    if not np.isfinite(west):
        west, south, east, north = 0.0, 0.0, 1.0, 1.0
    sheet.frame_on(axes, shapely.box(west, south, east, north), pad_share=0.02)
    # Over a whole city a house is less than a dot.
    x, y = shapely.get_coordinates(shapely.centroid(houses)).T
    axes.scatter(
        x,
        y,
        s=min(max(1.2e4 / max(len(houses), 1), 0.12), 6.0),
        color=_HOUSE,
        linewidths=0,
        rasterized=True,
    )
    sheet.draw_areas(
        axes, outlines, facecolor=_GROUND, edgecolor="#7a4a00", linewidth=0.5, zorder=3
    )
    for number, outline in enumerate(outlines[:_SHOWN], start=1):
        at = shapely.point_on_surface(outline)
        axes.annotate(str(number), (at.x, at.y), xytext=(5, 5), textcoords="offset points",
                      fontsize=8.5, fontweight="bold", color=sheet.INK, zorder=5)  # fmt: skip


def _draw_one(axes: Axes, tree: shapely.STRtree, outlines: np.ndarray, number: int) -> None:
    west, south, east, north = outlines[number].bounds
    middle = np.array([(west + east) / 2, (south + north) / 2])
    window = shapely.box(*(middle - _SIDE_M), *(middle + _SIDE_M))
    sheet.frame_on(axes, shapely.box(*(middle - _SIDE_M / 2), *(middle + _SIDE_M / 2)),
                   pad_share=0.0)  # fmt: skip
    beside = outlines[shapely.intersects(outlines, window)]
    sheet.draw_areas(axes, beside, facecolor="none", edgecolor="#7a4a00", linewidth=0.6, zorder=3)
    sheet.draw_areas(axes, [outlines[number]], facecolor=_GROUND, alpha=0.35, linewidth=0, zorder=1)
    near = tree.geometries[tree.query(window)]
    sheet.draw_areas(axes, near, facecolor=_HOUSE, linewidth=0, zorder=2)

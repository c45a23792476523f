"""Maps of the cells of a city: four columns side by side, one scale each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_cells", "short_number"]

_WIDTH_IN, _HEIGHT_IN = 12.0, 10.4
_COLUMNS = 2
# From little to much, readable in grey.
_COLOURS = ("#f3ead3", "#e8c98f", "#d99a5b", "#b5623c", "#74302a")
_NOTHING = "#eceeee"


def draw_cells(
    cells: gpd.GeoDataFrame,
    shown: Sequence[str],
    names: Mapping[str, Label],
    family: str | None,
    *,
    credit: str,
) -> Figure:
    """Cells in five classes of about as many cells each.

    Parameters
    ----------
    cells
        Squares with columns of numbers; NaN is drawn as not known.
    shown
        At most four columns.
    names
        What each is called.
    family
        From `taobaogis.maps.static.font_family`.
    credit
        Line at the bottom.
    """
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, _HEIGHT_IN)
        title = Label("The city square by square", "全市格网")
        what = Label("grey: nothing mapped that could tell", "灰色：数据不足")
        sheet.titles(figure, words(title), words(what, between=" · "), left=0.022)
        for i, column in enumerate(shown):
            row, place = divmod(i, _COLUMNS)
            box = (0.022 + place * 0.49, 0.505 - row * 0.435, 0.466, 0.355)
            axes = figure.add_axes(box)
            _draw(axes, cells, column)
            axes.set_title(words(names[column]), fontsize=10.5, loc="left", pad=16)
            if i == len(shown) - 1:
                sheet.north_and_scale(figure, axes, words, 0.77, 0.022)
        line = " · ".join(part for part in (credit, "taobaogis") if part)
        figure.text(0.022, 0.014, line, fontsize=7.2, color=sheet.SOFT, va="bottom")
    return figure


def short_number(value: float) -> str:
    """Number with three digits or all before the point; a dash for none.

    Examples
    --------
    >>> short_number(1540.6), short_number(0.12345), short_number(float("nan"))
    ('1,541', '0.123', '–')
    """
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits


def _draw(axes: Axes, cells: gpd.GeoDataFrame, column: str) -> None:
    squares = cells.geometry.to_numpy()
    bounds = shapely.total_bounds(squares) if len(squares) else np.array([0.0, 0.0, 1.0, 1.0])
    sheet.frame_on(axes, shapely.box(*bounds), pad_share=0.02)
    values = cells[column].to_numpy(dtype=float)
    known = np.isfinite(values)
    sheet.draw_areas(axes, squares[~known], facecolor=_NOTHING, linewidth=0)
    if not known.any():
        return
    edges = np.unique(np.quantile(values[known], [0.2, 0.4, 0.6, 0.8]))
    group = np.searchsorted(edges, values[known], side="right")
    ends = [values[known].min(), *edges, values[known].max()]
    for k in range(len(edges) + 1):
        colour = _COLOURS[round(k * (len(_COLOURS) - 1) / max(len(edges), 1))]
        sheet.draw_areas(axes, squares[known][group == k], facecolor=colour, linewidth=0)
        x = k * 0.17
        axes.text(x, 1.012, "■", color=colour, transform=axes.transAxes, fontsize=11, va="bottom")
        words = f"{short_number(ends[k])}–{short_number(ends[k + 1])}"
        axes.text(x + 0.026, 1.014, words, color=sheet.SOFT,
                  transform=axes.transAxes, fontsize=8, va="bottom")  # fmt: skip

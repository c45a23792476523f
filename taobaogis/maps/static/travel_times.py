"""How long it takes to the nearest right market, by way of travel, with the range of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_STUDY", "draw_travel_times", "soonest"]

_WIDTH_IN, _ROW_IN, _NAME_SHARE = 9.84, 1.5, 0.46


class _Way(NamedTuple):
    column: str
    name: Label
    colour: str
    low: str = ""
    high: str = ""


_WAYS = (
    _Way("walk_min", Label("on foot", "步行"), "#6b7280"),
    _Way("ebike_min", Label("e-bike", "电动自行车"), "#2a9d8f"),
    _Way("drive_min", Label("by van", "驾车"), "#c2410c"),
    _Way("transit_min", Label("public transport", "公共交通"), "#2f4b9c",
         "transit_low_min", "transit_high_min"),
)  # fmt: skip


def soonest(spec: MapSpec, column: str) -> pd.Series | None:
    """The right market that is reached first.

    Parameters
    ----------
    spec
        Map of a village.
    column
        Minutes that decide.

    Returns
    -------
    market
        Its row; None if no time to a right market is known.
    """
    markets = spec.layer("markets").features
    if column not in markets:
        return None
    right = markets[markets["right_goods"].isin([True])]
    minutes = pd.to_numeric(right[column], errors="coerce")
    if not minutes.notna().any():
        return None
    row: pd.Series = right.iloc[int(minutes.argmin())]
    return row


def draw_travel_times(specs: Sequence[MapSpec], family: str | None) -> Figure:
    """Minutes to the right market that is reached first, one row a village, a mark a way.

    Parameters
    ----------
    specs
        Maps of the villages.
    family
        From `taobaogis.maps.static.font_family`.
    """
    height_in = 1.1 + _ROW_IN * len(specs) + 0.95
    found = [{w.column: soonest(spec, w.column) for w in _WAYS} for spec in specs]
    longest = max(
        (float(m[w.high or w.column]) for row in found for w in _WAYS
         if (m := row[w.column]) is not None), default=60.0,
    )  # fmt: skip
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, height_in)
        title = Label("Time to a right wholesale market", "到对口批发市场的时间")
        what = Label("the one reached first; the bar is the range", "最快到达者；横线为时间范围")
        sheet.titles(figure, words(title), words(what, between=" · "))
        for i, (spec, row) in enumerate(zip(specs, found, strict=True)):
            bottom_in = height_in - 1.05 - (i + 1) * _ROW_IN + 0.10
            box = (0.19, bottom_in / height_in, 0.775, (_ROW_IN - 0.45) / height_in)
            axes = figure.add_axes(box)
            _draw_row(axes, spec, row, longest, words)
            axes.tick_params(labelbottom=i == len(specs) - 1, labelsize=8.5, length=0)
        axes.set_xlabel(words(Label("minutes", "分钟")), fontsize=9.5)
        sheet.finish(figure, specs[0], words, of_one_village=False)
    return figure


def _draw_row(
    axes: Axes, spec: MapSpec, row: dict[str, pd.Series | None], longest: float, words: Words
) -> None:
    for y, way in enumerate(_WAYS):
        market = row[way.column]
        if market is None:
            unknown = words(Label("not known", "不详"))
            axes.text(longest * 0.006, y, unknown, va="center", fontsize=8.4, color=sheet.SOFT)
            continue
        minutes = float(market[way.column])
        told = f"{minutes:.0f}"
        end = minutes
        if way.low:
            low, end = float(market[way.low]), float(market[way.high])
            axes.plot([low, end], [y, y], color=way.colour, linewidth=3, alpha=0.4,
                      solid_capstyle="round", zorder=2)  # fmt: skip
            told += f" ({low:.0f}–{end:.0f})"
        axes.plot([minutes], [y], "o", color=way.colour, markersize=7, zorder=3)
        name = words(Label(str(market["name_en"]), str(market["name_zh"])))
        text = axes.annotate(
            f"{told}  {name}", (end, y), xytext=(8, 0), textcoords="offset points", va="center",
            fontsize=8.2, color=sheet.SOFT, annotation_clip=False,
        )  # fmt: skip
        left_in = axes.get_window_extent().width / sheet.DPI * (1 - end / (longest * 1.62))
        sheet.fit(text, max(left_in - 0.12, 0.6))
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    name_ = axes.annotate(
        words(spec.title), (0, 1), xytext=(0, 4), va="bottom", fontsize=11.5, fontweight="bold",
        **place,
    )  # fmt: skip
    sheet.fit(name_, _NAME_SHARE * axes.get_window_extent().width / sheet.DPI)
    axes.set_xlim(0, longest * 1.62)
    axes.set_ylim(len(_WAYS) - 0.5, -0.5)
    axes.set_yticks(range(len(_WAYS)), [words(w.name, between=" ") for w in _WAYS])
    axes.grid(axis="x", color="#ece9e3", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)


OF_STUDY = {"travel-times": draw_travel_times}

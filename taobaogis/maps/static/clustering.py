"""How places gather, as curves: the reach of a cluster, and who keeps whose company."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_STUDY", "draw_clustering"]

_WIDTH_IN = 12.6
_ROW_IN = 2.75
_HEAD_IN, _FOOT_IN = 1.45, 0.35
_LEFT, _RIGHT, _GAP = 0.062, 0.985, 0.05
_FOUND, _CHANCE, _BAND = "#8a1c4a", "#7d8a92", "#dfe4e7"
_REACH = "#2c7fb8"
_METRES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class _Panel(NamedTuple):
    curve: str
    ground: str
    title: Label


_PANELS = (
    _Panel("chain", "plane", Label("Chain among all places", "电商链设施")),
    _Panel("express_shops", "plane", Label("Express and shops", "快递点与商铺")),
    _Panel("express_shops", "streets", Label("The same along streets", "沿街")),
)
_REACH_TITLE = Label("Reach of a cluster", "聚集区搜索半径")


def draw_clustering(specs: Sequence[MapSpec], family: str | None) -> Figure:
    """k-distance curve of the study, and for each village K against shuffled kinds.

    Parameters
    ----------
    specs
        Maps of the villages, with the tables ``reach`` and ``company``.
    family
        From `taobaogis.maps.static.font_family`.
    """
    height_in = _HEAD_IN + _ROW_IN * len(specs) + _FOOT_IN
    columns = len(_PANELS) + 1
    wide = (_RIGHT - _LEFT - _GAP * (columns - 1)) / columns
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, height_in)
        title = Label("How places gather", "设施如何聚集")
        what = Label(
            "L(r) less what chance gives, with the band of 95 % of shuffles of the kinds",
            "L(r) 与随机之差，灰带为类别随机置换的 95% 范围",
        )
        sheet.titles(figure, words(title), words(what, between=" · "))
        for row, spec in enumerate(specs):
            bottom = (height_in - _HEAD_IN - (row + 1) * _ROW_IN + 0.75) / height_in
            tall = (_ROW_IN - 1.0) / height_in
            boxes = [(_LEFT + i * (wide + _GAP), bottom, wide, tall) for i in range(columns)]
            name = figure.text(
                _LEFT, bottom + tall + 0.34 / height_in, words(spec.title), fontsize=11,
                fontweight="bold", va="bottom",
            )  # fmt: skip
            sheet.fit(name, _WIDTH_IN * 0.6)
            _draw_reach(figure.add_axes(boxes[0]), spec, words)
            company = spec.tables.get("company")
            for panel, box in zip(_PANELS, boxes[1:], strict=True):
                _draw_company(figure.add_axes(box), panel, company, words)
        sheet.finish(figure, specs[0], words, of_one_village=False)
    return figure


def _draw_reach(axes: Axes, spec: MapSpec, words: Words) -> None:
    _dress(axes, words(_REACH_TITLE, between=" · "))
    table = spec.tables.get("reach")
    if table is None or table.empty:
        _say(axes, words(Label("too few places for a curve", "设施过少，无曲线"), between="\n"))
        return
    curve, eps = table["curve_m"].to_numpy(), float(table["eps_m"].iloc[0])
    k = int(table["k"].iloc[0])
    share = np.linspace(0, 100, len(curve))
    axes.plot(share, np.maximum(curve, 1.0), color=_FOUND, linewidth=1.5)
    axes.axhline(eps, color=_REACH, linewidth=1.1, linestyle=(0, (5, 3)))
    axes.text(2, eps * 1.12, f"eps {eps:.0f} m", color=_REACH, fontsize=8.4, va="bottom")
    axes.set_yscale("log")
    axes.set_ylim(max(curve[0], 1.0) * 0.8, max(curve[-1], eps) * 1.4)
    axes.yaxis.set_major_locator(FixedLocator(_METRES))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlim(0, 100)
    axes.set_xlabel(
        words(Label("% of the village's places", "村内设施（%）")), fontsize=8.2, labelpad=2
    )
    label = Label(f"m to neighbour {k}", f"至第 {k} 近邻（米）")
    axes.set_ylabel(words(label), fontsize=8.2, labelpad=2)


def _draw_company(axes: Axes, panel: _Panel, company: pd.DataFrame | None, words: Words) -> None:
    _dress(axes, words(panel.title, between=" · "))
    rows = None
    if company is not None:
        rows = company[(company["curve"] == panel.curve) & (company["ground"] == panel.ground)]
    if rows is None or rows.empty or rows["k"].isna().all():
        why = Label("not measured", "未计算")
        if rows is not None and len(rows):
            why = Label(str(rows["why"].iloc[0]), str(rows["why_zh"].iloc[0]))
        _say(axes, words(why, between="\n"))
        return
    flat = panel.ground == "plane"
    radius = rows["radius_m"].to_numpy(dtype=float)
    k, chance, low, high = (
        _scaled(rows[c].to_numpy(dtype=float), flat=flat) for c in ("k", "expected", "low", "high")
    )
    axes.fill_between(radius, low - chance, high - chance, color=_BAND, linewidth=0)
    axes.axhline(0, color=_CHANCE, linewidth=0.9)
    axes.plot(radius, k - chance, color=_FOUND, linewidth=1.7)
    axes.set_xlim(radius[0], radius[-1])
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel(words(Label("distance in metres", "距离（米）")), fontsize=8.2, labelpad=2)
    p, n_a, n_b = (rows[c].iloc[0] for c in ("p", "n_a", "n_b"))
    count = f"n = {n_a:.0f}" if panel.curve == "chain" else f"n = {n_a:.0f}, {n_b:.0f}"
    axes.text(
        0.97, 0.95, f"p = {p:.2g}, {count}", transform=axes.transAxes, fontsize=8, ha="right",
        va="top", color=sheet.INK,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
    )  # fmt: skip


def _scaled(k: np.ndarray, *, flat: bool) -> np.ndarray:
    """L of a K in the plane, in metres; K along streets grows with the distance as it is."""
    return np.sqrt(k / np.pi) if flat else k


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=8.8, loc="left", color=sheet.SOFT, pad=5)
    axes.tick_params(labelsize=7.8, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _say(axes: Axes, text: str) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    said = axes.text(
        0.5, 0.5, text.replace(": ", ":\n").replace("：", "：\n"), transform=axes.transAxes,
        ha="center", va="center", fontsize=8.6, color=sheet.SOFT, linespacing=1.6,
    )  # fmt: skip
    sheet.fit(said, 0.94 * axes.get_window_extent().width / sheet.DPI)


OF_STUDY = {"clustering": draw_clustering}

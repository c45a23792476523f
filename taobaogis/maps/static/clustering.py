"""How places gather, as curves: the reach of a cluster, and who keeps whose company.

A panel is drawn where there is something to see; what too few places cannot tell stands in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfStudy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_STUDY", "draw_clustering"]

_WIDTH_IN = 12.6
_COLUMNS = 4
# From the top of a village: its name, what is too few, then rows of panels.
_NAME_IN, _LINE_IN, _ROW_IN, _BELOW_IN = 0.36, 0.23, 2.5, 0.14
_TITLE_IN, _PANEL_IN = 0.44, 1.62
_HEAD_IN, _FOOT_IN = 1.0, 0.35
_LEFT, _RIGHT, _GAP = 0.075, 0.985, 0.066
_FOUND, _CHANCE, _BAND = "#8a1c4a", "#7d8a92", "#dfe4e7"
_REACH = "#2c7fb8"
_METRES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class _Panel(NamedTuple):
    """What one panel shows; the reach if `curve` is empty."""

    title: Label
    curve: str = ""
    ground: str = ""


_PANELS = (
    _Panel(Label("Reach of a cluster", "聚集区搜索半径")),
    _Panel(Label("Chain among all places", "电商链设施"), "chain", "plane"),
    _Panel(Label("Express and shops", "快递点与商铺"), "express_shops", "plane"),
    _Panel(
        Label("Express and shops, along streets", "快递点与商铺（沿街）"),
        "express_shops",
        "streets",
    ),
    _Panel(Label("Workshops and shops", "作坊与商铺"), "workshop_shops", "plane"),
    _Panel(
        Label("Workshops and shops, along streets", "作坊与商铺（沿街）"),
        "workshop_shops",
        "streets",
    ),
    _Panel(Label("Shops and stops", "商铺与公交地铁站点"), "shop_stops", "plane"),
)


class _Told(NamedTuple):
    """What there is to show of one village."""

    spec: MapSpec
    panels: Sequence[tuple[_Panel, pd.DataFrame]]
    missing: Sequence[tuple[Label, Label]]

    @property
    def height_in(self) -> float:
        rows = -(-len(self.panels) // _COLUMNS)
        lines = len(self.missing)
        return _NAME_IN + lines * _LINE_IN + rows * _ROW_IN + _BELOW_IN


def draw_clustering(specs: Sequence[MapSpec], family: str | None) -> Figure:
    """k-distance curve of the study, and for each village K against shuffled kinds.

    Parameters
    ----------
    specs
        Maps of the villages, with the tables ``reach`` and ``company``.
    family
        From `taobaogis.maps.static.font_family`.
    """
    villages = [_told(spec) for spec in specs]
    height_in = _HEAD_IN + sum(v.height_in for v in villages) + _FOOT_IN
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, height_in)
        title = Label("How places gather", "设施如何聚集")
        what = Label("only what enough mapped places can tell", "仅显示设施数量足以说明的内容")
        if any(panel.curve for v in villages for panel, _ in v.panels):
            what = Label(
                "Company beyond what chance gives; grey: 95 % of shuffles of the kinds",
                "与随机情况之差，灰带为类别随机置换的 95% 范围",
            )
        sheet.titles(figure, words(title), words(what, between=" · "))
        top_in = height_in - _HEAD_IN
        for village in villages:
            _draw_village(figure, village, top_in, words)
            top_in -= village.height_in
        sheet.finish(figure, specs[0], words, of_one_village=False)
    return figure


def _told(spec: MapSpec) -> _Told:
    """Panels with a curve, and for the others why they have none, the same reason once."""
    panels, missing = [], dict[Label, list[Label]]()
    for panel in _PANELS:
        table = spec.tables.get("company" if panel.curve else "reach")
        if table is not None and panel.curve:
            table = table[(table["curve"] == panel.curve) & (table["ground"] == panel.ground)]
        if table is not None and len(table) and table["why"].iloc[0] == "":
            panels.append((panel, table))
            continue
        why = Label("not measured", "未计算")
        if table is not None and len(table):
            why = Label(str(table["why"].iloc[0]), str(table["why_zh"].iloc[0]))
        missing.setdefault(why, []).append(panel.title)
    return _Told(spec, panels, [(_listed(titles), why) for why, titles in missing.items()])


def _listed(titles: Sequence[Label]) -> Label:
    """Titles that share a reason; along streets goes without saying beside the same in a line."""
    kept = [t for t in titles if not any(t is not o and t.en.startswith(o.en) for o in titles)]
    return Label("; ".join(t.en for t in kept), "、".join(t.zh for t in kept))


def _draw_village(figure: Figure, village: _Told, top_in: float, words: Words) -> None:
    height_in = figure.get_size_inches()[1]
    y_in = top_in - _NAME_IN
    name = figure.text(
        _LEFT, y_in / height_in, words(village.spec.title), fontsize=11, fontweight="bold",
        va="bottom",
    )  # fmt: skip
    sheet.fit(name, _WIDTH_IN * 0.6)
    for titles, why in village.missing:
        y_in -= _LINE_IN
        said = Label(f"{titles.en} – {why.en}", f"{titles.zh}：{why.zh}")
        line = figure.text(
            _LEFT, y_in / height_in, words(said, between=" · "), fontsize=8.6, color=sheet.SOFT,
            va="bottom",
        )  # fmt: skip
        sheet.fit(line, _WIDTH_IN * (_RIGHT - _LEFT))
    wide = (_RIGHT - _LEFT - _GAP * (_COLUMNS - 1)) / _COLUMNS
    for i, (panel, table) in enumerate(village.panels):
        row, column = divmod(i, _COLUMNS)
        bottom_in = y_in - row * _ROW_IN - _TITLE_IN - _PANEL_IN
        box = (
            _LEFT + column * (wide + _GAP), bottom_in / height_in, wide, _PANEL_IN / height_in,
        )  # fmt: skip
        axes = figure.add_axes(box)
        _dress(axes, words(panel.title, between="\n"))
        if panel.curve:
            _draw_company(axes, panel, table, words)
        else:
            _draw_reach(axes, table, words)


def _draw_reach(axes: Axes, table: pd.DataFrame, words: Words) -> None:
    curve, eps = table["curve_m"].to_numpy(), float(table["eps_m"].iloc[0])
    k = int(table["k"].iloc[0])
    share = np.linspace(0, 100, len(curve))
    axes.plot(share, np.maximum(curve, 1.0), color=_FOUND, linewidth=1.5)
    axes.axhline(eps, color=_REACH, linewidth=1.1, linestyle=(0, (5, 3)))
    axes.text(2, eps * 1.12, f"eps {eps:.0f} m", color=_REACH, fontsize=8.4, va="bottom")
    axes.set_yscale("log")
    axes.set_ylim(max(min(curve[0], eps), 1.0) * 0.8, max(curve[-1], eps) * 1.6)
    axes.yaxis.set_major_locator(FixedLocator(_METRES))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlim(0, 100)
    axes.set_xlabel(
        words(Label("% of the village's places", "村内设施（%）")), fontsize=8.2, labelpad=2
    )
    label = Label(f"Metres to neighbour {k}", f"至第 {k} 近邻（米）")
    axes.set_ylabel(words(label, between="\n"), fontsize=8.2, labelpad=2, linespacing=1.3)


def _draw_company(axes: Axes, panel: _Panel, rows: pd.DataFrame, words: Words) -> None:
    flat = panel.ground == "plane"
    radius = rows["radius_m"].to_numpy(dtype=float)
    k, chance, low, high = (
        _scaled(rows[c].to_numpy(dtype=float), flat=flat) for c in ("k", "expected", "low", "high")
    )
    axes.fill_between(radius, low - chance, high - chance, color=_BAND, linewidth=0)
    axes.axhline(0, color=_CHANCE, linewidth=0.9)
    axes.plot(radius, k - chance, color=_FOUND, linewidth=1.7)
    axes.set_xlim(radius[0], radius[-1])
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top + 0.16 * (top - bottom))  # room for what is written there
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel(words(Label("Distance in metres", "距离（米）")), fontsize=8.2, labelpad=2)
    what = "L" if flat else "K"
    height = Label(f"{what} less chance, m", f"{what} 与随机之差（米）")
    axes.set_ylabel(words(height, between="\n"), fontsize=8.2, labelpad=2, linespacing=1.3)
    p, n_a, n_b = (rows[c].iloc[0] for c in ("p", "n_a", "n_b"))
    count = f"n = {n_a:.0f}" if panel.curve == "chain" else f"n = {n_a:.0f}, {n_b:.0f}"
    axes.text(
        0.97, 0.97, f"p = {p:.2g}, {count}", transform=axes.transAxes, fontsize=8, ha="right",
        va="top", color=sheet.INK,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
    )  # fmt: skip


def _scaled(k: np.ndarray, *, flat: bool) -> np.ndarray:
    """L of a K in the plane, in metres; K along streets grows with the distance as it is."""
    return np.sqrt(k / np.pi) if flat else k


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=8.8, loc="left", color=sheet.SOFT, pad=5, linespacing=1.35)
    axes.tick_params(labelsize=7.8, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _lacks(specs: Sequence[MapSpec]) -> Label | None:
    if any(_told(spec).panels for spec in specs):
        return None
    return Label(
        "too few places in every village to compare with chance",
        "各村设施均过少，无法与随机情况比较",
    )


OF_STUDY = {"clustering": OfStudy(draw_clustering, _lacks)}

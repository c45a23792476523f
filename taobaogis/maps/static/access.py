"""Markets of a village on paper: how one gets there, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from shapely import affinity

from taobaogis.maps.model import Label, Swatch
from taobaogis.maps.static import sheet
from taobaogis.maps.static.legend import area_entry, draw_legend, line_entry, point_entry
from taobaogis.maps.static.village_sheet import say

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from shapely.geometry.base import BaseGeometry

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.legend import Entry
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_VILLAGE", "draw_access"]

_SIZE_IN = (10.4, 8.0)
_MAP = (0.035, 0.07, 0.665, 0.80)
_SIDE = (0.728, 0.07, 0.25, 0.78)
# The legend has room for so many names.
_NAMED = 8
_LINE_PT = 0.75
_RIGHT, _OTHER = "#b5179e", "#b9b3a9"
_RIGHT_PT, _OTHER_PT = 10.0, 5.0
_VILLAGE = "#c2410c"
# Further away than this many times the median, a market would leave no room for the others.
_FAR_TIMES = 3.0
# How much more than the village is shown if there is nothing to go to.
_ALONE_TIMES = 3.0
_KM = 1e3


def draw_access(spec: MapSpec, family: str | None) -> Figure:
    """Trips by public transport to the right markets, or straight lines where none is known.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    markets, trips = spec.layer("markets").features, spec.layer("trips")
    right = markets[markets["right_goods"].isin([True])]
    shown = _near(right)
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(*_SIZE_IN)
        title = Label("The way to the right wholesale markets", "前往对口批发市场")
        sheet.titles(figure, words(spec.title), words(title, between=" · "))
        axes, side = figure.add_axes(_MAP), figure.add_axes(_SIDE)
        legs = trips.features[trips.features["market"].isin(shown["market"])] if len(shown) else (
            trips.features[:0]
        )  # fmt: skip
        sheet.frame_on(axes, _extent(spec, shown, legs), pad_share=0.09)
        entries = _draw_legs(axes, spec, legs)
        entries += _draw_straight(axes, spec, shown, legs)
        entries += _draw_markets(axes, markets, shown)
        entries += _number(axes, _soonest(shown), words)
        sheet.draw_areas(
            axes, [spec.boundary], facecolor=_VILLAGE, edgecolor="white", linewidth=0.8,
            zorder=8,
        )  # fmt: skip
        entries.append(area_entry(Label("village", "村庄"), facecolor=_VILLAGE, edgecolor="white"))
        sheet.north_and_scale(figure, axes, words, _SIDE[0], _MAP[1] + 0.01)
        if right.empty:
            note = Label("no market sells the village's goods", "没有对口市场")
            say(axes, note, words, height=0.88)
        draw_legend(side, Label("Public transport", "公共交通") if len(legs) else
                    Label("", ""), entries, words)  # fmt: skip
        sheet.finish(figure, spec, words)
    return figure


def _near(right: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if right.empty:
        return right
    return right[right["distance_m"] <= _FAR_TIMES * right["distance_m"].median()]


def _soonest(shown: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    by = [column for column in ("transit_min", "distance_m") if column in shown]
    return shown.sort_values(by).iloc[:_NAMED]


def _extent(spec: MapSpec, shown: gpd.GeoDataFrame, legs: gpd.GeoDataFrame) -> BaseGeometry:
    parts = [spec.boundary, *shown.geometry, *legs.geometry]
    if len(parts) == 1:  # room for words beside the village
        parts = [affinity.scale(spec.boundary, _ALONE_TIMES, _ALONE_TIMES)]
    return shapely.box(*shapely.total_bounds(np.array(parts, dtype=object)))


def _draw_legs(axes: Axes, spec: MapSpec, legs: gpd.GeoDataFrame) -> list[Entry]:
    """Legs by mode, walks dotted."""
    scale = spec.layer("trips").scale
    codes = scale.codes(legs)
    entries = []
    for code, swatch in enumerate(scale.classes):
        lines = legs.geometry.to_numpy()[codes == code]
        if not len(lines):
            continue
        style = ":" if code < len(scale.keys) and scale.keys[code] == "walk" else "-"
        width = swatch.size_px * _LINE_PT
        sheet.draw_lines(axes, lines, colors="white", linewidths=width + 1.6, zorder=4)
        sheet.draw_lines(
            axes, lines, colors=swatch.colour, linewidths=width, linestyles=style, zorder=5
        )
        entries.append(line_entry(swatch, width, style=style))
    return entries


def _draw_straight(
    axes: Axes, spec: MapSpec, shown: gpd.GeoDataFrame, legs: gpd.GeoDataFrame
) -> list[Entry]:
    """Straight lines to the markets without a trip."""
    without = shown[~shown["market"].isin(set(legs["market"]))] if len(shown) else shown
    if without.empty:
        return []
    centre = spec.boundary.centroid
    lines = [shapely.shortest_line(centre, point) for point in without.geometry]
    swatch = Swatch(Label("straight line, no trip known", "直线（无已知路线）"), "#a8a29a", 1.2)
    sheet.draw_lines(axes, lines, colors=swatch.colour, linewidths=0.9, linestyles="--", zorder=2)
    return [line_entry(swatch, 0.9, style="--")]


def _draw_markets(axes: Axes, markets: gpd.GeoDataFrame, shown: gpd.GeoDataFrame) -> list[Entry]:
    entries = []
    others = markets[~markets.index.isin(shown.index)]
    kinds = (
        (shown, Label("market of the right goods", "对口市场"), _RIGHT, _RIGHT_PT, 7),
        (others, Label("other market", "其他市场"), _OTHER, _OTHER_PT, 6),
    )
    for frame, label, colour, size, zorder in kinds:
        inside = frame[_within(axes, frame)]
        if inside.empty:
            continue
        entry = point_entry(Swatch(label, colour, size, "diamond"), size, str(len(inside)))
        axes.plot(inside.geometry.x, inside.geometry.y, zorder=zorder, **(entry.line or {}))
        entries.append(entry)
    return entries


def _within(axes: Axes, frame: gpd.GeoDataFrame) -> np.ndarray:
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    x, y = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    return (x > west) & (x < east) & (y > south) & (y < north)


def _number(axes: Axes, listed: gpd.GeoDataFrame, words: Words) -> list[Entry]:
    """Numbers on the map, and beside them in the legend the names with minutes or distance."""
    entries = []
    for number, market in enumerate(listed.to_dict("records"), start=1):
        point = market["geometry"]
        axes.text(
            point.x, point.y, str(number), fontsize=6.6, fontweight="bold", color="white",
            ha="center", va="center_baseline", zorder=10, family=words.family or "DejaVu Sans",
        )  # fmt: skip
        label = Label(f"{number}  {market['name_en']}", f"{number}  {market['name_zh']}")
        entries.append(
            point_entry(Swatch(label, _RIGHT, _RIGHT_PT, "diamond"), _RIGHT_PT, _amount(market))
        )
    return entries


def _amount(market: Mapping[Hashable, Any]) -> str:
    minutes = market.get("transit_min", np.nan)
    if pd.isna(minutes):
        return f"{market['distance_m'] / _KM:.1f} km"
    low, high = market["transit_low_min"], market["transit_high_min"]
    return f"{minutes:.0f} min ({low:.0f}–{high:.0f})"


OF_VILLAGE = {"access": draw_access}

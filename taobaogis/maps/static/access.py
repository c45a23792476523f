"""Markets of a village on paper: how one gets there, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.transforms import offset_copy

from taobaogis.maps.model import Label, Swatch
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfVillage
from taobaogis.maps.static.legend import (
    area_entry,
    draw_legend,
    legend_height_in,
    line_entry,
    point_entry,
)
from taobaogis.maps.static.minutes import by_mode, draw_minutes, longest_min
from taobaogis.maps.static.village_sheet import kinds_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform
    from shapely.geometry.base import BaseGeometry

    from taobaogis.maps.model import MapLayer, MapSpec
    from taobaogis.maps.static.legend import Entry
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_VILLAGE", "draw_access"]

_WIDTH_IN = 10.4
# Left and width of the map and of the legend.
_MAP_IN, _LEGEND_IN = (0.364, 6.916), (7.571, 2.6)
# From the top of the sheet to the map; from its foot to the map, with minutes below it or without.
_HEAD_IN, _STRIP_IN, _BARE_IN = 0.96, 2.64, 0.6
_MOST_IN = 6.0
_MINUTES_IN = (1.716, 0.91, 2.236, 0.94)
# Left and width of the trip in words; height of the headings of the strip, and of its first line.
_TRIP_IN, _HEADING_IN, _WORDS_IN = (5.2, 4.94), 2.03, 1.91
# The legend names so many markets.
_NAMED = 4
_LINE_PT = 0.75
_ASIDE_PT = (3.6, -3.6)
_RIGHT, _OTHER = "#b5179e", "#b9b3a9"
_RIGHT_PT, _OTHER_PT = 10.0, 5.0
_VILLAGE = "#23323f"
# Further away than this many times the nearest, a market would leave no room for the others.
_FAR_TIMES = 3.0
_KM = 1e3
# Of the trip in words: Latin letters a line, and how many lines there is room for.
_TRIP_COLUMNS, _TRIP_LINES = 84, 9


def draw_access(spec: MapSpec, family: str | None) -> Figure:
    """Ways to the right market that is reached first, on streets and by public transport.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    markets = spec.layer("markets").features
    ways = spec.layer("market_ways")
    rides, walks = (spec.layer(key).features for key in ("trips", "trip_walks"))
    shown = _near(_right(markets))
    row = by_mode(spec)
    with sheet.drawing(family) as words:
        drawn = [ways.features, rides, walks]
        extent = _extent(spec, shown, drawn)
        west, south, east, north = extent.bounds
        foot_in = _STRIP_IN if any(market is not None for market in row.values()) else _BARE_IN
        high_in = max(
            min(_MAP_IN[1] * (north - south) / (east - west), _MOST_IN),
            legend_height_in(_entries(spec, shown, drawn), headed=False),
        )
        figure = sheet.new_figure(_WIDTH_IN, _HEAD_IN + high_in + foot_in)
        title = Label("The way to the right wholesale market", "前往对口批发市场")
        sheet.titles(figure, words(spec.title), words(title, between=" · "))
        axes, side = (
            sheet.axes_in(figure, (left_in, foot_in, wide_in, high_in))
            for left_in, wide_in in (_MAP_IN, _LEGEND_IN)
        )
        sheet.frame_on(axes, extent, pad_share=0.07)
        _draw_roads(axes, spec.layer("main_roads"))
        entries = _draw_ways(axes, ways)
        entries += _draw_rides(axes, spec.layer("trips"), rides)
        entries += _draw_walks(axes, spec.layer("trip_walks"), walks)
        entries += _draw_straight(axes, spec, shown, drawn)
        entries += _draw_markets(axes, markets, shown)
        entries += _number(axes, _soonest(shown), words)
        sheet.draw_areas(
            axes, [spec.boundary], facecolor=_VILLAGE, edgecolor="white", linewidth=0.8,
            zorder=8,
        )  # fmt: skip
        entries.append(area_entry(Label("Village", "村庄"), facecolor=_VILLAGE, edgecolor="white"))
        foot = (foot_in + 0.1) / figure.get_size_inches()[1]
        sheet.north_and_scale(figure, axes, words, _LEGEND_IN[0] / _WIDTH_IN, foot)
        draw_legend(side, Label("", ""), entries, words)
        if foot_in == _STRIP_IN:
            _draw_panel(figure, row, words)
            _draw_trip(figure, row["transit"], words)
        sheet.finish(figure, spec, words)
    return figure


def _right(markets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Markets of the village's goods."""
    chosen: gpd.GeoDataFrame = markets[markets["right_goods"].isin([True])]
    return chosen


def _lacks(spec: MapSpec) -> Label | None:
    markets = spec.layer("markets")
    if markets.features.empty:
        return markets.if_empty
    if _right(markets.features).empty:
        return Label("no market of the study sells the village's goods", "研究中没有对口市场")
    return None


def _near(right: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Right markets not much further away than the nearest one."""
    far_m = _FAR_TIMES * max(float(right["distance_m"].min()), _KM)
    near: gpd.GeoDataFrame = right[right["distance_m"] <= far_m]
    return near


def _soonest(shown: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    by = [c for c in ("transit_min", "drive_min", "distance_m") if c in shown]
    return shown.sort_values(by).iloc[:_NAMED]


def _extent(spec: MapSpec, shown: gpd.GeoDataFrame, drawn: list[gpd.GeoDataFrame]) -> BaseGeometry:
    parts = [spec.boundary, *_soonest(shown).geometry, *(g for f in drawn for g in f.geometry)]
    return shapely.box(*shapely.total_bounds(np.array(parts, dtype=object)))


def _entries(spec: MapSpec, shown: gpd.GeoDataFrame, drawn: list[gpd.GeoDataFrame]) -> int:
    """Lines of the legend at most: ways, rides, walks, markets, the village."""
    ways = kinds_of(spec.layer("market_ways")) + kinds_of(spec.layer("trips"))
    walked_or_straight = bool(len(spec.layer("trip_walks").features)) or not any(map(len, drawn))
    return ways + walked_or_straight + 2 + len(_soonest(shown)) + 1


def _draw_roads(axes: Axes, roads: MapLayer) -> None:
    """Main roads as a ground; they need no line in the legend."""
    codes = roads.scale.codes(roads.features)
    for code, swatch in enumerate(roads.scale.classes):
        lines = roads.features.geometry.to_numpy()[codes == code]
        sheet.draw_lines(
            axes, lines, colors=swatch.colour, linewidths=0.8 * swatch.size_px, zorder=1
        )


def _draw_ways(axes: Axes, layer: MapLayer) -> list[Entry]:
    """Ways along the streets by mode, wide bands below narrow ones."""
    ways = layer.features
    codes = layer.scale.codes(ways)
    entries = []
    for code, swatch in enumerate(layer.scale.swatches):
        mine = ways[codes == code]
        if mine.empty:
            continue
        width = swatch.size_px * _LINE_PT
        sheet.draw_lines(
            axes, mine.geometry, colors=swatch.colour, linewidths=width, alpha=0.75, zorder=3
        )
        length_km = mine["length_m"].iloc[0] / _KM if "length_m" in mine else np.nan
        amount = f"{length_km:.1f} km" if np.isfinite(length_km) else ""
        entries.append(line_entry(swatch, width, amount))
    return entries


def _draw_rides(axes: Axes, layer: MapLayer, rides: gpd.GeoDataFrame) -> list[Entry]:
    """Rides in the colour of their line."""
    codes = layer.scale.codes(rides)
    entries = []
    for code, swatch in enumerate(layer.scale.classes):
        lines = rides.geometry.to_numpy()[codes == code]
        if not len(lines):
            continue
        width = swatch.size_px * _LINE_PT
        beside = _beside(axes)
        sheet.draw_lines(
            axes, lines, colors="white", linewidths=width + 1.6, zorder=4, transform=beside
        )
        sheet.draw_lines(
            axes, lines, colors=swatch.colour, linewidths=width, zorder=5, transform=beside
        )
        entries.append(line_entry(swatch, width))
    return entries


def _draw_walks(axes: Axes, layer: MapLayer, walks: gpd.GeoDataFrame) -> list[Entry]:
    """Walks to, between and from the rides, dashed."""
    if walks.empty:
        return []
    label = Label("Walk to and from the ride", "乘车前后步行")
    swatch = Swatch(label, layer.scale.swatches[0].colour, layer.scale.swatches[0].size_px)
    width = swatch.size_px * _LINE_PT
    beside = _beside(axes)
    sheet.draw_lines(
        axes, walks.geometry, colors="white", linewidths=width + 1.6, zorder=5, transform=beside
    )
    sheet.draw_lines(
        axes, walks.geometry, colors=swatch.colour, linewidths=width, linestyles=(0, (2, 1.6)),
        zorder=6, transform=beside,
    )  # fmt: skip
    return [line_entry(swatch, width, style=":")]


def _beside(axes: Axes) -> Transform:
    """Where a trip is drawn: a little aside, as buses take the streets that cars take."""
    return offset_copy(axes.transData, axes.get_figure(root=True), *_ASIDE_PT, units="points")


def _draw_straight(
    axes: Axes, spec: MapSpec, shown: gpd.GeoDataFrame, drawn: list[gpd.GeoDataFrame]
) -> list[Entry]:
    """Straight lines to the nearest markets where neither a street nor a ride leads there."""
    if any(len(frame) for frame in drawn):
        return []
    centre = spec.boundary.centroid
    lines = [shapely.shortest_line(centre, point) for point in _soonest(shown).geometry]
    swatch = Swatch(Label("Straight line, no way known", "直线（无已知路线）"), "#a8a29a", 1.2)
    sheet.draw_lines(axes, lines, colors=swatch.colour, linewidths=0.9, linestyles="--", zorder=2)
    return [line_entry(swatch, 0.9, style="--")]


def _draw_markets(axes: Axes, markets: gpd.GeoDataFrame, shown: gpd.GeoDataFrame) -> list[Entry]:
    entries = []
    others = markets[~markets.index.isin(shown.index)]
    kinds = (
        (shown, _how_told(shown), _RIGHT, _RIGHT_PT, 7),
        (others, Label("Other market", "其他市场"), _OTHER, _OTHER_PT, 6),
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


def _how_told(shown: gpd.GeoDataFrame) -> Label:
    """What the minutes beside the names of the right markets are of."""
    for column, en, zh in (
        ("transit_min", "by public transport", "公共交通用时"),
        ("drive_min", "by car", "驾车用时"),
    ):
        if column in shown and pd.to_numeric(shown[column], errors="coerce").notna().any():
            return Label(f"Right market, {en}", f"对口市场（{zh}）")
    return Label("Market of the right goods", "对口市场")


def _amount(market: Mapping[Hashable, Any]) -> str:
    """Minutes by public transport, else by car, else the straight line."""
    for column in ("transit_min", "drive_min"):
        minutes = market.get(column, np.nan)
        if not pd.isna(minutes):
            return f"{minutes:.0f} min"
    return f"{market['distance_m'] / _KM:.1f} km"


def _draw_panel(figure: Figure, row: Mapping[str, pd.Series | None], words: Words) -> None:
    """Minutes by mode, with ranges and the half hour."""
    axes = sheet.axes_in(figure, _MINUTES_IN)
    draw_minutes(axes, row, longest_min([row]), words, size_pt=8.0)
    axes.tick_params(labelsize=7.6)
    names = {str(m["name_en"]): str(m["name_zh"]) for m in row.values() if m is not None}
    to = Label("the right market reached first", "最先到达的对口市场")
    if len(names) == 1:
        to = Label(*next(iter(names.items())))
    left_in = _MAP_IN[0]
    heading = Label(f"Minutes to {to.en}", f"至{to.zh}（分钟）")
    _headed(figure, left_in, heading, words, _TRIP_IN[0] - left_in - 0.3)


def _headed(figure: Figure, left_in: float, what: Label, words: Words, room_in: float) -> None:
    """Heading of a part of the strip below the map, the Chinese after the English."""
    text = figure.text(
        left_in / _WIDTH_IN, _HEADING_IN / figure.get_size_inches()[1],
        words(what, between="  "), fontsize=9.4, fontweight="bold", va="bottom",
    )  # fmt: skip
    sheet.fit(text, room_in)


def _draw_trip(figure: Figure, market: pd.Series | None, words: Words) -> None:
    """The trip by public transport in words, below the map."""
    if market is None or not str(market.get("transit_en", "")):
        return
    to = Label(str(market["name_en"]), str(market["name_zh"]))
    head = Label(f"By public transport to {to.en}", f"乘公共交通至{to.zh}")
    _headed(figure, _TRIP_IN[0], head, words, _TRIP_IN[1])
    trip = Label.same(str(market["transit_en"])).begun()
    told = sheet.wrapped(words(trip), _TRIP_COLUMNS)
    if words.family is not None:
        told += sheet.wrapped(str(market["transit_zh"]), _TRIP_COLUMNS)
    size = min(8.2, 8.2 * _TRIP_LINES / len(told))
    figure.text(
        _TRIP_IN[0] / _WIDTH_IN, _WORDS_IN / figure.get_size_inches()[1], "\n".join(told),
        fontsize=size, color=sheet.SOFT, va="top", linespacing=1.35,
    )  # fmt: skip


OF_VILLAGE = {"access": OfVillage(draw_access, _lacks)}

"""Map of the places of a village and their clusters, on paper."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.maps.model import NOTHING, Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfVillage, without
from taobaogis.maps.static.legend import area_entry, draw_legend, line_entry
from taobaogis.maps.static.village_sheet import (
    boundary_entry,
    draw_houses,
    draw_points,
    finish_map,
    kinds_of,
    line_width_pt,
    seen_on,
    symbol_pt,
    village_sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from shapely.geometry.base import BaseGeometry

    from taobaogis.maps.model import MapLayer, MapSpec

__all__ = ["OF_VILLAGE", "draw_clusters"]

_QUIET_LINE = "#d9d5cd"
# More places than this are drawn smaller, and the outlines over them.
_ROOMY = 200
_LEAST_SIZE = 0.3
# Symbols in a row shrink no further, lest the few beside them cannot be told apart.
_LEAST_BESIDE = 0.6
# So many places are of a city; where most of them stand on a small part of it, that is drawn. All
# three numbers are conventions of this package, see docs/clusters.md.
_CITY = 1000
_MOST, _SMALL = (0.15, 0.85), 0.1
# Share of the sheet's height that is kept free for remarks where the map fills all of its frame.
_REMARKS = 0.025


def draw_clusters(spec: MapSpec, family: str | None) -> Figure:
    """Places by category, the outlines of their clusters, main streets and stops.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    clusters, places, stops = (spec.layer(key) for key in ("clusters", "places", "stops"))
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(
            spec, words, Label("Places and clusters", "设施点与聚集区"),
            entries=kinds_of(places) + kinds_of(stops) + 3, headed=False,
        )  # fmt: skip
        draw_houses(axes, spec)
        quiet = spec.layer("streets").features.geometry
        sheet.draw_lines(axes, quiet, colors=_QUIET_LINE, linewidths=1.1, zorder=2)
        main = spec.layer("main_streets")
        swatch = main.scale.swatches[0]
        width = line_width_pt(swatch) * 1.6
        lines = main.features.geometry
        sheet.draw_lines(axes, lines, colors=swatch.colour, linewidths=width, alpha=0.75, zorder=3)
        middle = _middle(spec)
        if middle is not None:
            left, bottom, wide, high = axes.get_position().bounds
            axes.set_position((left, bottom, wide, high - _REMARKS))
            sheet.frame_on(axes, middle)
        finish_map(figure, axes, spec, words)
        seen = len(seen_on(axes, places.features))
        crowded = seen > _ROOMY
        shrunk = _shrunk(axes, places)
        outlines = list(clusters.features.geometry)
        sheet.draw_areas(
            axes, outlines, facecolor=clusters.stroke, alpha=0.10, linewidth=0, zorder=5.5
        )
        sheet.draw_areas(
            axes,
            outlines,
            facecolor="none",
            edgecolor=clusters.stroke,
            linewidth=0.9 if crowded else 1.5,
            zorder=9 if crowded else 5.6,
        )
        entries = [
            *draw_points(axes, stops, zorder=8.5, shrunk=shrunk),
            *draw_points(axes, places, zorder=8.0, shrunk=shrunk),
        ]
        if len(lines):
            km = shapely.length(shapely.intersection(lines.to_numpy(), spec.boundary)).sum() / 1e3
            entries.append(line_entry(swatch, width, f"{km:.2f} km"))
        if len(clusters.features):
            entries.append(
                area_entry(
                    clusters.noun, str(len(seen_on(axes, clusters.features))), facecolor="#f0edf5",
                    edgecolor=clusters.stroke, linewidth=1.5,
                )
            )  # fmt: skip
        missing = [
            Label(f"{layer.name.en}: {layer.if_empty.en}", f"{layer.name.zh}：{layer.if_empty.zh}")
            for layer in (clusters, main)
            if layer.features.empty
        ]
        if middle is not None:
            total = len(places.features)
            missing.append(
                Label(
                    f"Only the middle is shown, {seen:,} of {total:,} places; the page shows all",
                    f"仅显示中部，{total:,} 处设施中的 {seen:,} 处；网页显示全部",
                )
            )
        sheet.remarks(figure, missing, words)
        if middle is None:
            entries.append(boundary_entry(spec))
        draw_legend(side, NOTHING, entries, words)
        sheet.finish(figure, spec, words)
    return figure


def _shrunk(axes: Axes, places: MapLayer) -> float:
    """Size of symbols on the map, of that in the legend, so that most stand beside each other."""
    points = seen_on(axes, places.features).geometry.to_numpy()
    many = min(1.0, math.sqrt(_ROOMY / max(len(points), 1)))
    _, apart_m = shapely.STRtree(points).query_nearest(
        points, exclusive=True, all_matches=False, return_distance=True
    )
    if not len(apart_m):
        return max(_LEAST_SIZE, many)
    pt_per_m = 72.0 / sheet.DPI * axes.get_window_extent().width / np.ptp(axes.get_xlim())
    widest_pt = max(symbol_pt(swatch) for swatch in places.scale.classes)
    beside = float(np.median(apart_m) * pt_per_m / widest_pt)
    return max(_LEAST_SIZE, min(many, max(beside, _LEAST_BESIDE)))


def _middle(spec: MapSpec) -> BaseGeometry | None:
    """Where most places of a city are, if on a map of all of it they would lie on each other."""
    points = spec.layer("places").features.geometry
    if len(points) < _CITY:
        return None
    (west, east), (south, north) = (np.quantile(c, _MOST) for c in (points.x, points.y))
    middle = shapely.box(west, south, east, north)
    return middle if middle.area < _SMALL * spec.boundary.envelope.area else None


OF_VILLAGE = {"clusters": OfVillage(draw_clusters, without("places"))}

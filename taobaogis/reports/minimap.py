"""A small map of a village as SVG: sharp on a page and on paper, and a few kilobytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from taobaogis.results import VillageResult

__all__ = ["COLOURS", "SmallMap", "small_map"]

# Colours of houses by whether a delivery van gets to them, and of the rest.
COLOURS = {
    "served": "#2f7f86",
    "unserved": "#d98a4e",
    "unknown": "#8c8f91",
    "street": "#c9c3b6",
    "boundary": "#3a3f42",
    "stop": "#1b3f8f",
}
_VEHICLE = "served_van"
_STEP_M = 0.5
_LEAST_SPAN_M = 200.0
_MARGIN = 0.05
_BARS_M = (20, 50, 100, 200, 500, 1000, 2000)


@dataclass(frozen=True)
class SmallMap:
    """A village, ready to be drawn.

    Attributes
    ----------
    span_m
        Side of the square that it takes.
    """

    span_m: float
    _streets: str
    _houses: tuple[tuple[str, str], ...]
    _outline: str
    _stops: tuple[tuple[float, float], ...]

    def svg(self, pen_span_m: float = 0.0) -> str:
        """The map as an ``<svg>`` element.

        Parameters
        ----------
        pen_span_m
            Side of the square that lines and letters are made for: that of the largest of
            several maps that are shown at one scale; 0 for its own.

        Returns
        -------
        svg
            Without words but for the length of its scale bar.
        """
        unit = max(pen_span_m, self.span_m) / 1000
        streets, outline = COLOURS["street"], COLOURS["boundary"]
        houses = (
            f'<path d="{path}" fill="{COLOURS[kind]}" fill-rule="evenodd"/>'
            for kind, path in self._houses
        )
        stops = (
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{unit * 14:.1f}" fill="{COLOURS["stop"]}" '
            f'stroke="#fff" stroke-width="{unit * 4:.1f}"/>'
            for x, y in self._stops
        )
        drawn = (
            f'<path d="{self._streets}" fill="none" stroke="{streets}" '
            f'stroke-width="{unit * 6:.1f}" stroke-linejoin="round"/>{"".join(houses)}'
            f'<path d="{self._outline}" fill="none" stroke="{outline}" '
            f'stroke-width="{unit * 5:.1f}" stroke-dasharray="{unit * 20:.1f} {unit * 12:.1f}"/>'
            f"{''.join(stops)}{self._scale_bar(unit)}"
        )
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="0 0 {self.span_m:.0f} {self.span_m + unit * 55:.0f}" '
            f'preserveAspectRatio="xMidYMid meet">{drawn}</svg>'
        )

    def _scale_bar(self, unit: float) -> str:
        """Round length of about a quarter of the map, at its lower left."""
        length = max((bar for bar in _BARS_M if bar <= unit * 250), default=_BARS_M[0])
        x, y = unit * 30, self.span_m + unit * 40
        return (
            f'<path d="M{x:.1f} {y - unit * 10:.1f}v{unit * 10:.1f}h{length}v{-unit * 10:.1f}" '
            f'fill="none" stroke="#3a3f42" stroke-width="{unit * 5:.1f}"/>'
            f'<text x="{x + length + unit * 12:.1f}" y="{y:.1f}" font-size="{unit * 38:.1f}" '
            f'font-family="Noto Sans CJK SC, Noto Sans SC, sans-serif" fill="#3a3f42">'
            f"{length} m</text>"
        )


def small_map(measured: VillageResult) -> SmallMap | None:
    """Houses, streets, stops and the boundary of a village.

    Parameters
    ----------
    measured
        A measured village.

    Returns
    -------
    map
        None if the data do not reach the village.
    """
    if measured.village.outside:
        return None
    boundary = measured.village.boundary
    west, south, east, north = boundary.bounds
    span = max(east - west, north - south, _LEAST_SPAN_M) * (1 + 2 * _MARGIN)
    left, top = (west + east - span) / 2, (south + north + span) / 2
    frame = shapely.box(left, top - span, left + span, top)
    layers = measured.layers
    lines = shapely.clip_by_rect(layers["streets"].geometry.to_numpy(), *frame.bounds)
    stops = layers["stops"].geometry.to_numpy()
    stops = stops[shapely.intersects(frame, stops)]
    return SmallMap(
        span,
        _path(lines[~shapely.is_empty(lines)], left, top),
        tuple(_houses(layers["buildings"], left, top)),
        _path([boundary], left, top),
        tuple((float(p.x - left), float(top - p.y)) for p in stops),
    )


def _houses(buildings: gpd.GeoDataFrame, left: float, top: float) -> list[tuple[str, str]]:
    """Kind and path of houses, those to be seen best at the end."""
    kinds = np.full(len(buildings), "unknown", dtype=object)
    if _VEHICLE in buildings:
        served = buildings[_VEHICLE].astype("object")
        kinds[served.eq(True).to_numpy()] = "served"  # noqa: FBT003 - a value of the column
        kinds[served.eq(False).to_numpy()] = "unserved"  # noqa: FBT003 - a value of the column
    shapes = buildings.geometry.to_numpy()
    return [
        (kind, _path(shapes[kinds == kind], left, top))
        for kind in ("unknown", "unserved", "served")
        if (kinds == kind).any()
    ]


def _path(geometries: Iterable[BaseGeometry] | NDArray[np.object_], left: float, top: float) -> str:
    """Path data in steps of half a metre, each point relative to the one before."""
    pieces = shapely.get_parts(np.asarray(list(geometries), dtype=object))
    closed = shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON
    lines = [*shapely.get_rings(pieces[closed]), *pieces[~closed]]
    drawn = []
    for line in lines:
        if shapely.is_empty(line) or line.geom_type == "Point":
            continue
        points = shapely.get_coordinates(line)
        grid = np.rint(np.column_stack([points[:, 0] - left, top - points[:, 1]]) / _STEP_M)
        steps = np.diff(grid, axis=0)
        steps = steps[(steps != 0).any(axis=1)]
        if len(steps):
            start = f"M{_short(grid[0, 0])} {_short(grid[0, 1])}"
            drawn.append(start + "l" + " ".join(f"{_short(x)} {_short(y)}" for x, y in steps))
    return "".join(drawn)


def _short(steps: float) -> str:
    return f"{steps * _STEP_M:g}"

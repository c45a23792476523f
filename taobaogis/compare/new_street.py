"""A street put among others: split where it meets them, so that one can turn from each into it."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from taobaogis.schema import conform

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from pyproj import CRS
    from shapely.geometry import LineString
    from shapely.geometry.base import BaseGeometry

__all__ = ["with_street"]

_SNAP_M = 15.0  # an end this near to a street is meant to meet it
_SAME_M = 0.5


def with_street(
    streets: gpd.GeoDataFrame,
    line: LineString,
    *,
    osm_id: str,
    highway: str,
    name: str = "",
    width_m: float = math.nan,
) -> tuple[gpd.GeoDataFrame, int]:
    """Streets with one more.

    Parameters
    ----------
    streets
        Layer of the kind ``streets``, in metres.
    line
        Course of the new street in the same CRS; an end within 15 m of a street is led to it.
        Bridges and tunnels are crossed without meeting them.
    osm_id, highway, name, width_m
        Its attributes; the width is taken as tagged.

    Returns
    -------
    streets, joined
        New layer, and at how many places the new street meets the others.
    """
    level = streets[~(streets["bridge"] | streets["tunnel"])]
    line = _led_to(line, level)
    near = level.iloc[level.sindex.query(line, predicate="dwithin", distance=_SAME_M)]
    nodes = _Nodes(streets)
    cuts: dict[int, list[float]] = {}
    along: list[float] = []
    for index, other in zip(near.index, near.geometry, strict=True):
        for point in _meetings(line, other):
            cuts.setdefault(index, []).append(other.project(point))
            along.append(line.project(point))
    pieces = [streets.drop(index=list(cuts))]
    for index, at in cuts.items():
        split = streets.loc[[index]]
        attributes = pd.DataFrame(split.drop(columns="geometry")).to_dict("records")[0]
        pieces.append(_pieces(split.geometry.iloc[0], at, attributes, nodes, streets.crs))
    new: dict[Hashable, object] = {
        "osm_id": osm_id, "highway": highway, "name": name, "oneway": 0, "width_tag_m": width_m,
    }  # fmt: skip
    pieces.append(_pieces(line, along, new, nodes, streets.crs))
    joined = pd.concat([conform(piece, "streets") for piece in pieces], ignore_index=True)
    places = len(_distinct(along))
    return gpd.GeoDataFrame(joined, crs=streets.crs), places


class _Nodes:
    """Numbers of junctions by place; a place that is known keeps its number."""

    def __init__(self, streets: gpd.GeoDataFrame) -> None:
        self._known: dict[tuple[int, int], int] = {}
        self._next = 1
        if len(streets):
            shapes = streets.geometry.to_numpy()
            for ends, numbers in ((0, streets["u"]), (-1, streets["v"])):
                places = shapely.get_coordinates(shapely.get_point(shapes, ends))
                for place, number in zip(places, numbers, strict=True):
                    self._known[_cell(place)] = int(number)
            self._next = int(max(streets["u"].max(), streets["v"].max())) + 1

    def at(self, place: Iterable[float]) -> int:
        """Number of the junction at a place."""
        cell = _cell(place)
        if cell not in self._known:
            self._known[cell] = self._next
            self._next += 1
        return self._known[cell]


def _cell(place: Iterable[float]) -> tuple[int, int]:
    x, y = place
    return round(x * 1000), round(y * 1000)


def _led_to(line: LineString, streets: gpd.GeoDataFrame) -> LineString:
    """The line with ends that stop short of a street led to it."""
    points = [shapely.Point(c) for c in line.coords]
    ends = []
    for end in (points[0], points[-1]):
        hits = streets.sindex.query(end, predicate="dwithin", distance=_SNAP_M)
        shapes = streets.geometry.to_numpy()[hits]
        if len(shapes):
            nearest = shapes[int(np.argmin(shapely.distance(shapes, end)))]
            foot = nearest.interpolate(nearest.project(end))
            ends.append(foot if foot.distance(end) > _SAME_M else None)
        else:
            ends.append(None)
    first, last = ends
    led = [*([first] if first else []), *points, *([last] if last else [])]
    return shapely.LineString(led)


def _meetings(line: LineString, other: BaseGeometry) -> list[shapely.Point]:
    """Points in which a street meets another."""
    parts = shapely.get_parts(shapely.intersection(line, other))
    crossing = parts[~shapely.is_empty(parts)]
    points = [part for part in crossing if part.geom_type == "Point"]
    for part in crossing:
        if part.geom_type == "LineString":  # they run together: meet where that begins and ends
            points += [shapely.Point(part.coords[0]), shapely.Point(part.coords[-1])]
    for end in (shapely.Point(line.coords[0]), shapely.Point(line.coords[-1])):
        if other.distance(end) <= _SAME_M and all(p.distance(end) > _SAME_M for p in points):
            points.append(other.interpolate(other.project(end)))
    return points


def _pieces(
    line: BaseGeometry,
    at: list[float],
    attributes: Mapping[Hashable, object],
    nodes: _Nodes,
    crs: CRS | None,
) -> gpd.GeoDataFrame:
    inner = [a for a in _distinct(at) if _SAME_M < a < line.length - _SAME_M]
    bounds = [0.0, *inner, line.length]
    rows, shapes = [], []
    for start, end in itertools.pairwise(bounds):
        piece = substring(shapely.LineString(line.coords), start, end)
        u, v = nodes.at(piece.coords[0]), nodes.at(piece.coords[-1])
        rows.append({**attributes, "u": u, "v": v})
        shapes.append(piece)
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=crs)


def _distinct(at: list[float]) -> list[float]:
    """Places along a line, those that are the same but for rounding once."""
    kept: list[float] = []
    for place in sorted(at):
        if not kept or place - kept[-1] > _SAME_M:
            kept.append(place)
    return kept

"""Walls, fences and water as ground that nobody passes, with the ways that lead through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.form.barrier_kinds import openings_m, thicknesses_m
from taobaogis.form.ladder import width_ladder
from taobaogis.geometry.arrays import geometries

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["obstacles"]

# A gate farther than this from any wall stands in none.
_IN_THE_WALL_M = 0.5
# A path without a class is a way on foot.
_NARROWEST_WAY_M = 1.2


def obstacles(barriers: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> np.ndarray:
    """Ground that barriers take away.

    A line is as thick as it is mapped or as its kind commonly is (`data/barriers.toml`). It is
    open at each gate or other opening on it, as wide as that is mapped or commonly is, and
    wherever a street crosses it, as wide as the street: what is drawn across a street is a wall
    with a way through. Water is open under bridges only. Tunnels open nothing.

    Parameters
    ----------
    barriers
        Layer ``barriers`` in a metric CRS.
    streets
        Layer ``streets`` in that CRS.

    Returns
    -------
    shapes
        Polygons and MultiPolygons, ``object`` array; empty without barriers.

    Raises
    ------
    CRSError
        If the CRS of `barriers` is not metric.

    Examples
    --------
    A wall of 10 m with a gate of 3 m in it:

    >>> import geopandas as gpd
    >>> from shapely import LineString, Point
    >>> from taobaogis.schema import conform, empty_layer
    >>> shapes = [LineString([(0, 0), (10, 0)]), Point(5, 0)]
    >>> table = {"barrier": ["wall", "gate"], "geometry": shapes}
    >>> walls = conform(gpd.GeoDataFrame(table, crs=4547), "barriers")
    >>> found = obstacles(walls, empty_layer("streets", walls.crs))
    >>> [round(part.length / 2 - 0.24, 2) for part in shapely.get_parts(found)]
    [3.5, 3.5]
    """
    require_metres(barriers, "barriers")
    if barriers.empty:
        return np.empty(0, dtype=object)
    shapes, kind = geometries(barriers), barriers["barrier"]
    dimension = shapely.get_dimensions(shapes)
    known = barriers["width_tag_m"].to_numpy(dtype=float)
    is_line = kind.isin(list(thicknesses_m())).to_numpy() & (dimension == 1)
    is_area = ~kind.isin(list(openings_m())).to_numpy() & (dimension == 2)  # noqa: PLR2004 - area
    ways = streets[~streets["tunnel"].to_numpy(dtype=bool)]
    width = _way_widths_m(ways)
    through = shapely.buffer(geometries(ways), width / 2, cap_style="flat")
    gate = kind.isin(list(openings_m())).to_numpy() & (dimension == 0)
    opening = np.where(np.isnan(known), kind.map(openings_m()).to_numpy(dtype=float), known)
    at_wall = _touching(shapes[gate], shapes[is_line], _IN_THE_WALL_M)
    gates = shapely.buffer(shapes[gate][at_wall], opening[gate][at_wall] / 2, quad_segs=32)
    lines = _without(shapes[is_line], np.r_[gates, through])
    thick = np.where(np.isnan(known), kind.map(thicknesses_m()).to_numpy(dtype=float), known)
    # Corners are closed; at an opening the wall ends square.
    walls = shapely.buffer(lines, thick[is_line] / 2, cap_style="flat", join_style="mitre")
    water = _without(shapes[is_area], through[ways["bridge"].to_numpy(dtype=bool)])
    found = np.r_[walls, water]
    return np.asarray(found[~shapely.is_empty(found)], dtype=object)


def _way_widths_m(ways: gpd.GeoDataFrame) -> np.ndarray:
    """Best known width of each street, façades left aside; never none."""
    unmeasured = pd.Series(np.nan, index=ways.index)
    width = width_ladder(ways, unmeasured)["width_m"].to_numpy(dtype=float)
    return np.where(np.isnan(width), _NARROWEST_WAY_M, width)


def _touching(points: np.ndarray, lines: np.ndarray, within_m: float) -> np.ndarray:
    """Whether each point lies on one of the lines, up to drawing."""
    found = np.zeros(len(points), dtype=bool)
    found[shapely.STRtree(lines).query(points, predicate="dwithin", distance=within_m)[0]] = True
    return found


def _without(shapes: np.ndarray, openings: np.ndarray) -> np.ndarray:
    """Shapes without what openings cut out of them."""
    left = shapes.copy()
    of, opening = shapely.STRtree(openings).query(shapes, predicate="intersects")
    for at in np.unique(of):
        cut = shapely.union_all(openings[opening[of == at]])
        left[at] = shapely.difference(shapes[at], cut)
    return left

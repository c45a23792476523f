"""Lanes as the space that the houses leave, with or without a street on the map.

OpenStreetMap knows few of the lanes of an urban village. The houses know them all: a lane is
the middle line of the space between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.closing import closed_blocks
from taobaogis.geometry.medial_axis import medial_axis
from taobaogis.geometry.weighted import group_quantiles

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["lanes"]

# Half a metre apart, the middle line of a lane of width w is a zigzag of 0.03 / w metres.
_SPACING_M = 0.5
_ZIGZAG_M = 0.1


def lanes(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    boundary: BaseGeometry,
    *,
    narrowest_m: float = 0.6,
    widest_m: float = 30.0,
    obstacles: np.ndarray | None = None,
) -> gpd.GeoDataFrame:
    """Lanes of an area with their clear width, from the footprints alone.

    Clear width is the diameter of the largest disc that has room there. Gaps narrower than
    `narrowest_m` count as closed, so that neither slivers between outlines that were meant to
    meet nor gaps that nobody can enter become lanes. Yards without a way out count as part of
    the buildings around them.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS, of the area and its surroundings.
    boundary
        Polygon in the CRS of `buildings`; lanes are cut there.
    narrowest_m
        Least clear width of a lane, in metres.
    widest_m
        Greatest clear width of a lane; beyond it is open ground.
    obstacles
        Further ground that nobody passes, from `taobaogis.form.obstacles.obstacles`.

    Returns
    -------
    lanes
        One LineString from junction to junction, end or mouth: ``clear_width_m`` (its narrowest
        place, which decides what can pass), ``clear_width_median_m``, ``length_m`` and
        ``open_ground`` (true beyond the mouth of a lane, where the walls are behind and not on
        either side). Empty if there are no buildings.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    InputError
        If the widths are not above 0, the narrowest first.

    Examples
    --------
    Two houses 2 m apart:

    >>> from shapely import box
    >>> houses = gpd.GeoSeries([box(0, 0, 10, 20), box(12, 0, 22, 20)], crs=4547)
    >>> lanes(houses, box(-50, -50, 50, 50))["clear_width_m"].round(3).tolist()
    [2.0]
    """
    require_metres(buildings, "buildings")
    if not 0 < narrowest_m < widest_m:
        message = (
            f"narrowest_m is {narrowest_m:g} and widest_m is {widest_m:g}; give two widths "
            "above 0, the narrowest first."
        )
        raise InputError(message)
    near = geometries(buildings) if obstacles is None else np.r_[geometries(buildings), obstacles]
    near = near[shapely.dwithin(near, boundary, widest_m)]
    axis = medial_axis(
        _filled_blocks(near, narrowest_m),
        spacing_m=_SPACING_M,
        narrowest_m=narrowest_m,
        widest_m=widest_m,
    )
    inside = axis.within(boundary)
    count = int(inside.piece.max()) + 1 if len(inside.piece) else 0
    lines = shapely.simplify(inside.lines(), _ZIGZAG_M)
    widths = group_quantiles(
        inside.width_m, inside.length_m, inside.piece, count=count, probabilities=[0.0, 0.5]
    )
    table = {
        "clear_width_m": widths[:, 0],
        "clear_width_median_m": widths[:, 1],
        "length_m": np.bincount(inside.piece, weights=inside.length_m, minlength=count),
        "open_ground": np.bincount(inside.piece, weights=inside.in_open, minlength=count) > 0,
    }
    return gpd.GeoDataFrame(table, geometry=lines, crs=buildings.crs)


def _filled_blocks(footprints: np.ndarray, narrowest_m: float) -> np.ndarray:
    """Obstacles with what lies between them and nobody can enter, each block a polygon."""
    blocks = closed_blocks(footprints, gap_m=narrowest_m, smooth=True)
    filled = np.asarray(shapely.polygons(shapely.get_exterior_ring(blocks)), dtype=object)
    # A house in a closed yard lies within the filled block around it.
    inner, outer = shapely.STRtree(filled).query(filled, predicate="within")
    return np.delete(filled, inner[inner != outer])

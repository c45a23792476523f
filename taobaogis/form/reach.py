"""Who can pass, from the footprints alone: where vehicles get to, and which houses they reach.

A vehicle is a disc as wide as the way it takes. Where its centre can be is the free space eroded
by half its width; of that it gets to what is connected to a public road. No street has to be on
the map for it, which in urban villages is the layer with the most gaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.free_space import FreeSpace, free_space
from taobaogis.geometry.overlay import intersection

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["CLOSED_BELOW_M", "SAME_WIDTH_M", "TOUCH_M", "open_ground", "reached_space", "served",
           "street_entries", "vehicle_reach"]  # fmt: skip

# Nobody walks through a narrower gap; in footprints it is mostly two walls drawn apart.
CLOSED_BELOW_M = 0.4
# A way this much narrower than the vehicle still lets it pass.
SAME_WIDTH_M = 0.01
TOUCH_M = 0.5

_MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary")
_MAIN_ROADS = frozenset(_MAIN) | {f"{name}_link" for name in _MAIN}
_MINOR_ROADS = frozenset({"unclassified", "residential"})
_CLOSED = frozenset({"no", "private", "customers", "permit"})
_COMES_IN_M = 30.0
# Parts of a quarter circle: the reach of a vehicle of 4 m ends 17 mm short where it is round.
_ROUND = 6


def street_entries(streets: gpd.GeoDataFrame, area: BaseGeometry) -> BaseGeometry | None:
    """Public roads from which vehicles come.

    In an urban village many a lane of 2 m is mapped as a residential street. Therefore streets
    of the classes residential and unclassified count only where they come into the area from
    outside; roads from tertiary upwards count all along. Private roads, bridges and tunnels
    never do.

    Parameters
    ----------
    streets
        LineStrings in a metric CRS with the columns of the contract ``streets``.
    area
        Polygon to look at, with the surroundings that matter.

    Returns
    -------
    entries
        Lines; None if there are none.

    Raises
    ------
    CRSError
        If the CRS of `streets` is not metric.
    """
    require_metres(streets, "streets")
    public = ~(streets["bridge"] | streets["tunnel"] | streets["access"].isin(_CLOSED))
    lines = geometries(streets)
    main = lines[public & streets["highway"].isin(_MAIN_ROADS)]
    minor = lines[public & streets["highway"].isin(_MINOR_ROADS)]
    edge = shapely.buffer(shapely.boundary(area), _COMES_IN_M)
    found = shapely.union_all(
        [*shapely.intersection(main, area), *shapely.intersection(minor, edge & area)]
    )
    return None if found.is_empty else found


def open_ground(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    area: BaseGeometry,
    *,
    obstacles: np.ndarray | None = None,
) -> FreeSpace:
    """Free space of an area, to be used for several vehicles.

    Parameters
    ----------
    buildings, area
        As in `vehicle_reach`.
    obstacles
        Further ground that nobody passes, from `taobaogis.form.obstacles.obstacles`.

    Returns
    -------
    ground
        With gaps below 0.4 m closed and without yards that have no way out.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    """
    require_metres(buildings, "buildings")
    solid = geometries(buildings)
    if obstacles is not None:
        solid = np.r_[solid, obstacles]
    return free_space(solid, area, closed_below_m=CLOSED_BELOW_M)


def vehicle_reach(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    area: BaseGeometry,
    entries: BaseGeometry | None,
    *,
    clear_width_m: float,
    obstacles: np.ndarray | None = None,
) -> BaseGeometry:
    """Ground that a vehicle can cover on its way from the entries.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS, of the area and its surroundings; they may touch and
        overlap. Gaps below 0.4 m count as closed.
    area
        Polygon in the CRS of `buildings` to look at, with the surroundings that matter: what is
        beyond is not known, and no way leads through it.
    entries
        Where vehicles come from, e.g. from `street_entries`; None if they may come from
        anywhere on the rim of `area`.
    clear_width_m
        Clear width that the vehicle needs, in metres. A way narrower by no more than 1 cm
        still lets it pass.
    obstacles
        Further ground that nobody passes, from `taobaogis.form.obstacles.obstacles`.

    Returns
    -------
    reach
        Polygon or MultiPolygon; empty if the vehicle gets nowhere.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    InputError
        If the width is not above 0.4 m.

    References
    ----------
    Morphological opening by a disc (Serra 1982, Image Analysis and Mathematical Morphology),
    of the parts connected to the entries.

    Examples
    --------
    Two houses 3 m apart; vehicles come from the south:

    >>> import geopandas as gpd
    >>> from shapely import LineString, box
    >>> walls = [box(-40, 0, 0, 20), box(3, 0, 43, 20)]
    >>> houses, area = gpd.GeoSeries(walls, crs=4547), box(-40, -20, 43, 20)
    >>> road = LineString([(-40, -10), (43, -10)])
    >>> [
    ...     vehicle_reach(houses, area, road, clear_width_m=width).intersects(box(1, 15, 2, 16))
    ...     for width in (2.9, 3.1)
    ... ]
    [True, False]
    """
    if not clear_width_m > CLOSED_BELOW_M:
        message = (
            f"clear_width_m is {clear_width_m:g}; give a width above {CLOSED_BELOW_M:g} m, "
            "below which gaps count as closed."
        )
        raise InputError(message)
    return reached_space(
        open_ground(buildings, area, obstacles=obstacles), entries, clear_width_m=clear_width_m
    )


def reached_space(
    ground: FreeSpace,
    entries: BaseGeometry | None,
    *,
    clear_width_m: float,
    within: BaseGeometry | None = None,
    wanted: BaseGeometry | None = None,
) -> BaseGeometry:
    """`vehicle_reach` on ground from `open_ground`.

    Parameters
    ----------
    ground
        From `open_ground`.
    entries, clear_width_m
        As in `vehicle_reach`.
    within
        Polygon that the reach is wanted for, if that is only a part of the area; ways around
        it are still seen.
    wanted
        The space of `ground` in `within`, if at hand.

    Returns
    -------
    reach
        As from `vehicle_reach`, cut at `within`.
    """
    radius_m = (clear_width_m - SAME_WIDTH_M) / 2
    parts = ground.eroded(radius_m)
    rim = shapely.boundary(ground.area)
    start = rim if entries is None else entries
    started = shapely.STRtree(shapely.get_parts(start)).query(
        parts, predicate="dwithin", distance=SAME_WIDTH_M / 10
    )[0]
    parts = parts[np.unique(started)]
    if within is not None:
        parts = shapely.intersection(parts, shapely.buffer(within, radius_m))
    if wanted is None:
        wanted = ground.space if within is None else intersection(ground.space, within)
    # The parts do not touch each other, so that together they are a valid shape.
    reach = shapely.MultiPolygon(_areas(parts)).buffer(radius_m, quad_segs=_ROUND)
    return intersection(reach, wanted)


def _areas(shapes: np.ndarray) -> list[Polygon]:
    parts = shapely.get_parts(shapes)
    return list(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004 - areas


def served(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries, reach: BaseGeometry, *, touch_m: float = TOUCH_M
) -> pd.Series:
    """Whether a vehicle gets to a façade of each building.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS.
    reach
        From `vehicle_reach`, in that CRS.
    touch_m
        How near the façade it must get, in metres.

    Returns
    -------
    served
        On the index of `buildings`; False for rows without footprint.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    """
    require_metres(buildings, "buildings")
    footprints = geometries(buildings)
    parts = shapely.get_parts(reach)
    touched = np.zeros(len(footprints), dtype=bool)
    there = np.flatnonzero(~shapely.is_missing(footprints))
    which = shapely.STRtree(footprints[there]).query(parts, "dwithin", distance=touch_m)[1]
    touched[there[which]] = True
    return pd.Series(touched, index=buildings.index, name="served")

"""How regularly houses stand: distances from centre to centre, fronts and plots, and their spread.

A planned new village is a lattice of equal plots, an old one grew house by house. Three things
tell them apart without a look at the map: whether neighbours keep their distance
(`nearest_neighbours`), whether they keep the *same* distance, and whether their fronts are equally
wide (`frontages`, `variation_ratio`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.rectangles import smallest_rectangles
from taobaogis.geometry.walls import Walls

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["NearestNeighbours", "frontages", "nearest_neighbours", "variation_ratio"]

# Of a normal distribution, the range of the middle half in standard deviations.
_MIDDLE_HALF = 1.349
_STEP_OUT_M = 1e-3
# Space before two sides that differs by less than this is equally wide.
_AS_WIDE_M = 0.5
_FEWEST = 2


class NearestNeighbours(NamedTuple):
    """Distances from each house to the nearest other one, centre to centre.

    Attributes
    ----------
    spacing_m
        By the index of the buildings whose centre lies in the area.
    expected_m
        Mean of `spacing_m` that as many houses strewn at random would have.
    edge
        How the edge of the area was dealt with: ``surroundings`` (houses beyond it are seen) or
        ``donnelly`` (nothing stands beyond it, so the expectation is corrected).
    """

    spacing_m: pd.Series
    expected_m: float
    edge: str

    @property
    def ratio(self) -> float:
        """Clark and Evans's R; NaN for fewer than two houses.

        1 as if strewn at random, below if huddled, 2 in a square lattice, at most 2.15. Houses
        cannot overlap, so even old villages lie above 1.
        """
        mean = float(self.spacing_m.mean())
        return mean / self.expected_m if self.expected_m > 0 else float("nan")


def nearest_neighbours(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries, area: BaseGeometry
) -> NearestNeighbours:
    """Nearest neighbour of each house in an area.

    Without care for the edge, houses near it seem farther apart than they are, since their
    neighbours beyond it are not seen. They are seen here, if `buildings` holds any; if not, the
    expectation of Donnelly is used.

    Parameters
    ----------
    buildings
        Footprints in a metric CRS, with the surroundings of the area.
    area
        Polygon in the CRS of `buildings`; its size counts as the room that the houses have.

    Returns
    -------
    neighbours
        Footprints with one centre count once; a missing one has none. Fewer than two houses in
        the area expect NaN.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.

    References
    ----------
    Clark and Evans 1954, Distance to nearest neighbor as a measure of spatial relationships in
    populations, Ecology 35(4). Donnelly 1978, Simulations to determine the variance and edge
    effect of total nearest-neighbor distance.

    Examples
    --------
    Four houses at the corners of a square, 20 m apart, each with a quarter of the ground:

    >>> import geopandas as gpd
    >>> from shapely import box
    >>> corners = [(6, 6), (26, 6), (6, 26), (26, 26)]
    >>> houses = gpd.GeoSeries([box(x, y, x + 8, y + 8) for x, y in corners], crs=4547)
    >>> found = nearest_neighbours(houses, box(0, 0, 40, 40))
    >>> found.spacing_m.tolist(), found.edge
    ([20.0, 20.0, 20.0, 20.0], 'donnelly')
    """
    require_metres(buildings, "buildings")
    footprints = geometries(buildings)
    label = buildings.index[~shapely.is_missing(footprints)]
    xy = shapely.get_coordinates(shapely.centroid(footprints))
    _, first = np.unique(np.round(xy, 3), axis=0, return_index=True)
    first.sort()
    label, xy = label[first], xy[first]
    shapely.prepare(area)
    inside = np.asarray(shapely.intersects_xy(area, *xy.T), dtype=bool)
    n = int(inside.sum())
    if n < _FEWEST:
        nothing = pd.Series(np.full(n, np.nan), index=label[inside], name="spacing_m")
        return NearestNeighbours(nothing, float("nan"), "surroundings")
    centres = np.asarray(shapely.points(xy), dtype=object)
    found, distance = shapely.STRtree(centres).query_nearest(
        centres[inside], exclusive=True, return_distance=True, all_matches=False
    )
    nearest = np.full(n, np.nan)
    nearest[found[0]] = distance
    expected, edge = 0.5 * np.sqrt(area.area / n), "surroundings"
    if inside.all():
        edge = "donnelly"
        expected += (0.0514 + 0.041 / np.sqrt(n)) * area.length / n
    spacing = pd.Series(nearest, index=label[inside], name="spacing_m")
    return NearestNeighbours(spacing, float(expected), edge)


def variation_ratio(values: pd.Series | np.ndarray) -> float:
    """Spread of values over their middle, untouched by a few extreme ones.

    The range of the middle half over 1.349 medians: of a normal distribution the coefficient of
    variation. A factory among a hundred houses would decide a standard deviation alone.

    Parameters
    ----------
    values
        Numbers above 0; NaN do not count.

    Returns
    -------
    ratio
        0 if the middle half are equal; NaN for fewer than two values or a median of 0.

    Examples
    --------
    >>> round(variation_ratio(pd.Series([8.0, 9.0, 10.0, 11.0, 400.0])), 3)
    0.148
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if len(known) < _FEWEST:
        return float("nan")
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    return float((high - low) / (_MIDDLE_HALF * middle)) if middle > 0 else float("nan")


def frontages(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries, *, reach_m: float = 30.0
) -> pd.DataFrame:
    """Width of the front of each house, and its depth behind it.

    The sides are those of the smallest rectangle around the footprint. The front looks at the
    widest space, measured square from the middle of each side to the next building; of sides
    before equally wide space, within half a metre, it is the shortest. No street is needed.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS, with their surroundings.
    reach_m
        Space wider than this is as good as any, in metres.

    Returns
    -------
    frontages
        On the index of `buildings`: ``frontage_m`` and ``depth_m``, above 0; NaN without
        footprint.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    InputError
        If `reach_m` is not above 0.

    Examples
    --------
    A house 6 m wide and 12 m deep, with neighbours 1 m away on its long sides:

    >>> import geopandas as gpd
    >>> from shapely import box
    >>> houses = gpd.GeoSeries([box(7 * i, 0, 7 * i + 6, 12) for i in range(3)], crs=4547)
    >>> frontages(houses).loc[1].tolist()
    [6.0, 12.0]
    """
    require_metres(buildings, "buildings")
    if not reach_m > 0:
        message = f"reach_m is {reach_m:g}; give a distance above 0."
        raise InputError(message)
    footprints = geometries(buildings)
    rectangle = smallest_rectangles(footprints)
    long_way = rectangle.direction
    short_way = np.column_stack([-long_way[:, 1], long_way[:, 0]])
    space = _space_before(footprints, np.stack([long_way, short_way]), reach_m)
    # Sides at the ends of the long way are the short ones.
    before_short, before_long = space
    front_is_short = before_short >= before_long - _AS_WIDE_M
    short, long = rectangle.short_m, rectangle.long_m
    return pd.DataFrame(
        {
            "frontage_m": np.where(front_is_short, short, long),
            "depth_m": np.where(front_is_short, long, short),
        },
        index=buildings.index,
    )


def _space_before(footprints: np.ndarray, ways: np.ndarray, reach_m: float) -> np.ndarray:
    """Wider of the two spaces at the ends of each way, for each footprint; shape (2, n)."""
    n = len(footprints)
    xy, owner = shapely.get_coordinates(footprints, return_index=True)
    space = np.zeros((len(ways), n))
    if len(xy) == 0:
        return space
    walls = Walls.of(footprints)
    first = np.zeros((n, 2))
    first[owner[::-1]] = xy[::-1]
    local = xy - first[owner]
    reaches = []
    for way in ways:
        along = (local * way[owner]).sum(axis=1)
        ends = np.full((2, n), np.nan)
        ends[0, owner], ends[1, owner] = np.inf, -np.inf
        np.minimum.at(ends[0], owner, along)
        np.maximum.at(ends[1], owner, along)
        reaches.append(ends)
    for row, (way, ends) in enumerate(zip(ways, reaches, strict=True)):
        across, sides = ways[1 - row], reaches[1 - row]
        middle = first + across * sides.mean(axis=0)[:, None]
        for end, sign in zip(ends, (-1, 1), strict=True):
            start = middle + way * (end + sign * _STEP_OUT_M)[:, None]
            here = np.flatnonzero(np.isfinite(end))
            hits = walls.first_hits(start[here], sign * way[here], reach_m)
            # Where a wall is shared, just outside it is inside the neighbour.
            shared = walls.contains(start[here])
            clear = np.where(shared, 0.0, np.minimum(hits.distance_m, reach_m))
            space[row, here] = np.maximum(space[row, here], clear)
    return space

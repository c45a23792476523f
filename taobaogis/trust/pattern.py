"""How many houses of a village are missing, judged from the pattern of those that are mapped.

Three things are looked at. How many plots beside the houses are empty; how much ground lies so
far from any house or street that a house would have room; and how much of the streets has a
house in sight. All of them tell of
houses that are missing here and there. A quarter of which nothing at all is mapped leaves no
trace but open ground, which may as well be open: the lower bound allows for it, the value does
not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from taobaogis.trust.plots import EmptyPlots, empty_plots

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["FEWEST_HOUSES", "Share", "pattern_share", "share_of_plots"]

# Of fewer houses there is no pattern.
FEWEST_HOUSES = 10
# Plots beside a house that stay open on purpose. In villages of which every house was mapped
# (the made-up ones) or nearly every one (three of Shenzhen) it was 2 to 17 % of all plots.
_OPEN_SHARE = 0.08
_MOST_OPEN_SHARE = 0.33
_SIDES = 4
_SURE = 1.96
_POINTS = 8000.0
_BESIDE_M = 2.5
_STREET_HALF_M = 4.0
_ROOM_SHARE = 0.4
# In a village at least so much of the street length has a house in sight on some side.
_SERVED_SHARE = 0.5
_SIGHT_M = 25.0
_FRONT_SPACING_M = 10.0
_SHORTEST_M = 200.0
_CLOSEST_POINTS_M = 4.0
_SHARES = np.linspace(0.001, 1.0, 1000)


class Share(NamedTuple):
    """A share with bounds of 95 %; all from 0 to 1."""

    value: float
    low: float
    high: float


def pattern_share(
    houses: np.ndarray,
    around: np.ndarray,
    boundary: BaseGeometry,
    *,
    streets: np.ndarray,
    closed: np.ndarray,
) -> Share | None:
    """Share of a village's houses that are mapped, from their pattern.

    Parameters
    ----------
    houses
        Footprints of the village in metres, none missing.
    around
        Those and the ones around the village.
    boundary
        Polygon of the village.
    streets
        Mapped centrelines of the village and around it.
    closed
        Areas mapped as open ground: water, green, fields, building sites, car parks.

    Returns
    -------
    share
        None if there are fewer than `FEWEST_HOUSES` houses.
    """
    if len(houses) < FEWEST_HOUSES:
        return None
    plots = empty_plots(houses, around, boundary, streets=streets, closed=closed)
    share = share_of_plots(len(houses), plots)
    room = _built_of_room(around, boundary, streets=streets, closed=closed)
    served = _served_share(around, boundary, streets)
    high = min(share.high, served / _SERVED_SHARE, 1.0)
    low = min(share.low, room - _SURE * _error(room, len(houses) / room), high)
    value = min(share.value, high)
    return Share(value, max(min(low, value), 0.0), high)


def share_of_plots(houses: int, plots: EmptyPlots) -> Share:
    """Share of all plots that have a house.

    If houses are missing at random, of each missing one at least one of four neighbours is
    there with a probability of 1 - (1 - q)⁴, q being the share that is mapped; the others
    leave no empty plot beside a house, and are added. The value takes off the plots that stay
    open in a whole village, the lower bound takes them all for missing houses, and the upper
    bound lets a third of all plots stay open on purpose.

    Parameters
    ----------
    houses
        How many are mapped.
    plots
        Empty plots beside them.

    Returns
    -------
    share
        Without houses it is 0.

    Examples
    --------
    >>> import numpy as np
    >>> whole = EmptyPlots(np.empty(0), np.empty(0))
    >>> [round(bound, 3) for bound in share_of_plots(200, whole)]
    [1.0, 1.0, 1.0]
    """
    if not houses:
        return Share(0.0, 0.0, 0.0)
    empty = plots.count()
    seen = _most_complete(houses, empty, 1 - (1 - _SHARES) ** _SIDES)
    high = houses / (houses + max(empty - _MOST_OPEN_SHARE * (houses + empty), 0.0))
    error = _SURE * _error(seen, houses + empty)
    value = min(seen / (1 - _OPEN_SHARE), high, 1.0)
    return Share(value, max(seen - error, 0.0), min(high + error, 1.0))


def _most_complete(houses: int, holes: float, visible: np.ndarray) -> float:
    """Largest share that explains so many holes, if of those missing a share is visible."""
    holes_by_share = visible * houses * (1 - _SHARES) / _SHARES
    enough = np.flatnonzero(holes_by_share >= holes)
    return float(_SHARES[enough[-1] if len(enough) else holes_by_share.argmax()])


def _built_of_room(
    around: np.ndarray, boundary: BaseGeometry, *, streets: np.ndarray, closed: np.ndarray
) -> float:
    """Ground at the houses over that ground and the one where a house would have room."""
    west, south, east, north = boundary.bounds
    step = max(_CLOSEST_POINTS_M, float(np.sqrt(boundary.area / _POINTS)))
    x, y = np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))
    inside = shapely.contains_xy(boundary, x, y)
    points = np.asarray(shapely.points(x[inside], y[inside]), dtype=object)
    house_m = float(np.sqrt(np.median(shapely.area(around))))
    beside = len(points) - len(_beyond(points, around, _BESIDE_M))
    room = _beyond(points, around, _ROOM_SHARE * house_m)
    room = _beyond(_beyond(room, streets, _STREET_HALF_M), closed, 0.0)
    return beside / (beside + len(room)) if beside else 0.0


def _beyond(points: np.ndarray, shapes: np.ndarray, distance_m: float) -> np.ndarray:
    """Points that are farther from all shapes than a distance."""
    near = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=distance_m)[1]
    left: np.ndarray = np.delete(points, np.unique(near))
    return left


def _served_share(around: np.ndarray, boundary: BaseGeometry, streets: np.ndarray) -> float:
    """Share of the street length with a house in sight; 1 if there is hardly a street."""
    inside = shapely.intersection(streets, boundary)
    parts = shapely.get_parts(inside)
    lines = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
    length_m = shapely.length(lines)
    if length_m.sum() < _SHORTEST_M:
        return 1.0
    count = np.maximum(np.ceil(length_m / _FRONT_SPACING_M).astype(int), 1)
    line = np.repeat(np.arange(len(lines)), count)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    points = shapely.line_interpolate_point(lines[line], (nth + 0.5) / count[line], normalized=True)
    seen = np.zeros(len(points), dtype=bool)
    seen[shapely.STRtree(around).query(points, predicate="dwithin", distance=_SIGHT_M)[0]] = True
    stands_for = (length_m / count)[line]
    return float(stands_for[seen].sum() / stands_for.sum())


def _error(share: float, n: float) -> float:
    return float(np.sqrt(max(share * (1 - share), 0.0) / max(n, 1.0)))

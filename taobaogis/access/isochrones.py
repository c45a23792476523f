"""How far one gets along the streets in so many minutes, as areas that nothing leaks out of.

Streets are followed piece by piece, the last of them as far as the minutes reach. What lies
beside a reached piece, at most a short walk off it, counts as reached too, unless water, a wall
or a motorway lies between: each piece is widened by itself and cut where such a barrier stands.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.access.network import travel_modes
from taobaogis.access.reached import reached_streets
from taobaogis.access.snapping import snap
from taobaogis.errors import InputError
from taobaogis.geometry.arrays import geometries
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from taobaogis.access.network import Mode, Network

    Shapes = NDArray[np.object_]

__all__ = ["IsochroneRules", "access_min", "isochrone_rules", "isochrones"]

_M_PER_MIN_AT_1_KMH = 1000.0 / 60.0
# A street over a barrier is drawn this wide itself, so that both banks hang together.
_DECK_M = 2.0
# A wall is a line; it is cut out this wide.
_WALL_M = 0.1
_QUAD_SEGS = 4
_TOUCH_M = 1e-6
# A street is drawn, and cut, this exactly.
_EXACT_M = 0.5


@dataclass(frozen=True)
class IsochroneRules:
    """How isochrones are drawn (``data/isochrones.toml``); every figure is an assumption.

    Attributes
    ----------
    access_m
        How far off a reached street one still walks.
    minutes
        Limits by mode.
    motorway_half_width_m
        From the middle of a motorway at ground level to its fence.
    no_frontage
        Classes of streets that nothing beside them is reached from.
    walls
        Classes of streets that nobody gets across, unless they are bridges or tunnels.
    """

    access_m: float
    minutes: Mapping[Mode, tuple[float, ...]]
    motorway_half_width_m: float
    no_frontage: frozenset[str]
    walls: frozenset[str]


@cache
def isochrone_rules() -> IsochroneRules:
    """Rules of ``data/isochrones.toml``."""
    with data_file("isochrones.toml").open("rb") as stream:
        table: dict[str, Any] = tomllib.load(stream)
    return IsochroneRules(
        access_m=float(table["access_m"]),
        minutes={mode: tuple(map(float, limits)) for mode, limits in table["minutes"].items()},
        motorway_half_width_m=float(table["motorway_half_width_m"]),
        no_frontage=frozenset(table["no_frontage"]),
        walls=frozenset(table["walls"]),
    )


def access_min(access_m: float | None = None) -> float:
    """Minutes that the walk off the streets takes; by default that of `isochrone_rules`."""
    metres = isochrone_rules().access_m if access_m is None else access_m
    return metres / (travel_modes()["walk"].speed_kmh["*"] * _M_PER_MIN_AT_1_KMH)


def isochrones(
    origin: gpd.GeoSeries,
    network: Network,
    *,
    minutes: Sequence[float],
    barriers: Sequence[BaseGeometry] | Shapes = (),
    access_m: float | None = None,
    classes: pd.Series | None = None,
) -> gpd.GeoDataFrame:
    """Areas that can be reached within each of several limits.

    Parameters
    ----------
    origin, network
        As in `taobaogis.access.reached.reached_streets`.
    minutes
        Limits, above 0.
    barriers
        Lines and areas that nobody gets across off a street; a street that leads over one
        does. Their CRS is the network's.
    access_m
        How far off a reached street one still walks, the time of that walk included in the
        limit; by default that of `isochrone_rules`.
    classes
        ``highway`` of the network's edges by its index; beside those of
        `IsochroneRules.no_frontage` nothing is reached.

    Returns
    -------
    areas
        One row a limit, ascending: ``minutes``, ``area_ha``, ``street_km`` (length of the
        reached streets), geometry MultiPolygon. A longer limit holds the shorter ones. Limits
        within which no street is reached are left out.

    Raises
    ------
    InputError
        If a limit is not above 0, or `access_m` is below 0.
    CRSError, SchemaError
        As `taobaogis.access.reached.reached_streets`.
    """
    access = isochrone_rules().access_m if access_m is None else access_m
    limits = sorted({float(limit) for limit in minutes})
    if access < 0 or not limits or not all(0 < limit < math.inf for limit in limits):
        message = "isochrones need `minutes` above 0 and `access_m` of at least 0."
        raise InputError(message)
    walls = _Barriers(geometries(gpd.GeoSeries(list(barriers), crs=network.crs)))
    frontage = np.ones(len(network.edges), dtype=bool)
    if classes is not None:
        own_class = classes.reindex(network.edges.index)
        frontage = ~own_class.isin(isochrone_rules().no_frontage).to_numpy(dtype=bool)
    rows, shapes = [], []
    places = snap(origin, network, connected=True)
    # The walk from the door to the street comes before everything else.
    so_far: BaseGeometry = shapely.union_all(
        walls.beside(_doorsteps(origin, places, network), access)
    )
    done = np.zeros(len(network.edges), dtype=bool)
    for limit in limits:
        pieces = reached_streets(places, network, limit - access_min(access))
        if pieces.empty:
            continue
        edge = pieces["edge"].to_numpy()
        fresh = pieces[~done[edge]]
        own = frontage[fresh["edge"]]
        lines = shapely.simplify(fresh.geometry.to_numpy(), _EXACT_M)
        beside = walls.beside(lines[own], access)
        decks = shapely.buffer(lines[~own], _DECK_M, quad_segs=_QUAD_SEGS)
        # What is new by itself first: a large area among many small ones makes unions slow.
        so_far = shapely.union(so_far, shapely.union_all([*beside, *decks]))
        done[edge[pieces["whole"]]] = True
        parts = shapely.get_parts(so_far)
        shapes.append(shapely.multipolygons(parts[shapely.get_dimensions(parts) > 1].tolist()))
        rows.append(
            {
                "minutes": limit,
                "area_ha": shapely.area(shapes[-1]) / 1e4,
                "street_km": float(pieces.length.sum()) / 1e3,
            }
        )
    table = {name: [row[name] for row in rows] for name in ("minutes", "area_ha", "street_km")}
    return gpd.GeoDataFrame(
        {name: np.array(values, dtype=float) for name, values in table.items()},
        geometry=gpd.GeoSeries(shapes, crs=network.crs),
        crs=network.crs,
    )


def _doorsteps(origin: gpd.GeoSeries, places: pd.DataFrame, network: Network) -> Shapes:
    """Straight way from each origin to its place on a street."""
    on_street = (places["edge"] >= 0).to_numpy()
    lines = network.edges.geometry.to_numpy()[places["edge"].to_numpy()[on_street]]
    ways = np.asarray(shapely.shortest_line(geometries(origin)[on_street], lines), dtype=object)
    return ways[shapely.length(ways) > 0]


class _Barriers:
    """What stands in the way beside the streets."""

    def __init__(self, shapes: Shapes) -> None:
        thin = shapely.get_dimensions(shapes) < 2  # noqa: PLR2004 - areas have two dimensions
        self.shapes = shapes.copy()
        self.shapes[thin] = shapely.buffer(shapes[thin], _WALL_M, quad_segs=1, cap_style="flat")
        self.tree = shapely.STRtree(self.shapes)

    def beside(self, lines: Shapes, access_m: float) -> list[BaseGeometry]:
        """Land within reach of each line that no barrier divides from it."""
        line, wall = self.tree.query(lines, predicate="dwithin", distance=access_m)
        near = np.unique(line)
        clear = np.setdiff1d(np.arange(len(lines)), near)
        areas = [*shapely.buffer(lines[clear], access_m, quad_segs=_QUAD_SEGS)]
        order = np.argsort(line, kind="stable")
        for row, walls in zip(
            near, np.split(wall[order], np.flatnonzero(np.diff(line[order])) + 1), strict=False
        ):
            in_the_way = shapely.union_all(self.shapes[walls])
            areas += _on_own_side(lines[row], in_the_way, access_m)
        return areas


def _on_own_side(
    line: BaseGeometry, in_the_way: BaseGeometry, access_m: float
) -> list[BaseGeometry]:
    """Land beside each stretch of a line that lies on its own side of what it leads across."""
    on_land = shapely.get_parts(shapely.difference(line, in_the_way))
    areas: list[BaseGeometry] = [shapely.buffer(line, _DECK_M, quad_segs=_QUAD_SEGS)]
    for stretch in on_land:
        beside = shapely.buffer(stretch, access_m, quad_segs=_QUAD_SEGS)
        sides = shapely.get_parts(shapely.difference(beside, in_the_way))
        areas += list(sides[shapely.dwithin(sides, stretch, _TOUCH_M)])
    return areas

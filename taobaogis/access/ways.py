"""The way itself: the streets that one takes from a point to others, as lines from door to door."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra
from shapely import LineString
from shapely.ops import substring

from taobaogis.access.graphs import direct_cost, graph_of, links, with_starts
from taobaogis.access.snapping import snap
from taobaogis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from taobaogis.access.graphs import Graph
    from taobaogis.access.network import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["best_ways"]


def best_ways(
    origin: gpd.GeoSeries,
    destinations: gpd.GeoDataFrame | gpd.GeoSeries,
    network: Network,
    *,
    by: Literal["length_m", "minutes"] = "minutes",
    limit: float = math.inf,
    max_snap_m: float = math.inf,
    connected: bool = False,
) -> gpd.GeoDataFrame:
    """Quickest or shortest way from one point to each of several.

    Parameters
    ----------
    origin
        One point in the CRS of the network.
    destinations
        Points in the same CRS.
    network
        From `taobaogis.access.network.street_network`; its one-way streets are kept.
    by
        What is to be least; minutes as in `taobaogis.access.routes.network_minutes`.
    limit
        Ways that cost more count as none.
    max_snap_m, connected
        As in `taobaogis.access.snapping.snap`.

    Returns
    -------
    ways
        Indexed as `destinations`: ``cost`` in the unit of `by`, infinite where no way leads;
        ``length_m`` of the line, NaN where there is none; and as geometry a LineString in the
        direction of travel, the straight lines between door and street included. None where no
        way leads, or start and end are one place.

    Raises
    ------
    InputError
        If there is not exactly one origin.
    CRSError, SchemaError
        As `taobaogis.access.snapping.snap`.
    """
    if len(origin) != 1:
        message = f"`origin` holds {len(origin)} points; give exactly one."
        raise InputError(message)
    places = destinations.geometry
    graph = graph_of(network, by)
    start = snap(origin, network, max_snap_m=max_snap_m, connected=connected)
    ends = snap(places, network, max_snap_m=max_snap_m, connected=connected)
    cost = np.full(len(ends), np.inf)
    shapes = np.full(len(ends), None, dtype=object)
    if start["edge"].iloc[0] >= 0 and len(ends):
        search, n = with_starts(graph, start)
        reached, before = dijkstra(search, indices=n, return_predecessors=True, limit=limit)
        u, v, to_u, to_v = links(graph, ends, leaving=False)
        through_v = reached[v] + to_v < reached[u] + to_u
        cost = np.minimum(reached[u] + to_u, reached[v] + to_v)
        here = np.zeros(len(ends), dtype=np.int64)
        same = np.flatnonzero(ends["edge"].to_numpy() == start["edge"].iloc[0])
        direct = np.full(len(ends), np.inf)
        direct[same] = direct_cost(graph, start, ends, here[same], same)
        straight_on = direct <= cost
        cost = np.minimum(cost, direct)
        streets = _Streets(network, graph, start, ends)
        for row in np.flatnonzero(cost <= limit):
            if not np.isfinite(cost[row]):
                continue
            nodes: list[int] = []
            if not straight_on[row]:
                nodes = _back(before, int(v[row] if through_v[row] else u[row]), n)
            parts = streets.along(int(row), nodes, into_v=bool(through_v[row]))
            shapes[row] = _joined([origin.iloc[0], *parts, places.iloc[row]])
    cost[cost > limit] = np.inf
    lines = gpd.GeoSeries(shapes, index=ends.index, crs=network.crs)
    return gpd.GeoDataFrame(
        {"cost": cost, "length_m": lines.length}, geometry=lines, crs=network.crs
    )


def _back(before: Ints, node: int, start: int) -> list[int]:
    """Junctions from the first to the last, without the start itself."""
    way = [node]
    while before[way[-1]] != start:
        way.append(int(before[way[-1]]))
    return way[::-1]


class _Links(NamedTuple):
    """Every link in its direction of travel, of several between two nodes the cheapest first."""

    key: Ints
    edge: Ints
    against: NDArray[np.bool_]


class _Streets:
    """Looks up the streets between the junctions of a way."""

    def __init__(
        self, network: Network, graph: Graph, start: pd.DataFrame, ends: pd.DataFrame
    ) -> None:
        """Sort the links of the network once for all ways."""
        self.lines = network.edges.geometry.to_numpy()
        self.graph, self.start, self.ends = graph, start, ends
        ahead, back = np.flatnonzero(graph.forward), np.flatnonzero(graph.backward)
        size = max(graph.size, 1)
        key = np.r_[
            graph.u[ahead] * size + graph.v[ahead], graph.v[back] * size + graph.u[back]
        ].astype(np.int64)
        edge = np.r_[ahead, back]
        against = np.r_[np.zeros(len(ahead), dtype=bool), np.ones(len(back), dtype=bool)]
        order = np.lexsort((graph.cost[edge], key))
        self.links = _Links(key[order], edge[order], against[order])

    def along(self, row: int, nodes: list[int], *, into_v: bool) -> Iterator[BaseGeometry]:
        """Stretches of streets to the end of a row, in the direction of travel."""
        edge = int(self.ends["edge"].iloc[row])
        end_m = float(self.ends["along_m"].iloc[row])
        start_m = float(self.start["along_m"].iloc[0])
        if not nodes:
            yield substring(self.lines[edge], start_m, end_m)
            return
        yield self._first(nodes[0], start_m)
        for one, two in pairwise(nodes):
            at = int(np.searchsorted(self.links.key, one * max(self.graph.size, 1) + two))
            line = self.lines[self.links.edge[at]]
            yield shapely.reverse(line) if self.links.against[at] else line
        yield substring(self.lines[edge], self.graph.length_m[edge] if into_v else 0.0, end_m)

    def _first(self, node: int, start_m: float) -> BaseGeometry:
        """From the start to the first junction, by the cheaper end of a street that is a ring."""
        edge = int(self.start["edge"].iloc[0])
        u, v, to_u, to_v = (ends[0] for ends in links(self.graph, self.start, leaving=True))
        by_v = node == v and (node != u or to_v < to_u)
        return substring(self.lines[edge], start_m, self.graph.length_m[edge] if by_v else 0.0)


def _joined(parts: list[BaseGeometry]) -> LineString | None:
    """One line through all parts; none if it has no length."""
    corners = np.concatenate([shapely.get_coordinates(part) for part in parts])
    moved = np.r_[True, (np.diff(corners, axis=0) != 0).any(axis=1)]
    return LineString(corners[moved]) if moved.sum() > 1 else None

"""Which pieces of streets are reached within a limit, each as far as the minutes go."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from taobaogis.access.graphs import graph_of, placed, with_starts

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from taobaogis.access.graphs import Graph
    from taobaogis.access.network import Network

    Floats = NDArray[np.float64]
    Shapes = NDArray[np.object_]

__all__ = ["reached_streets"]


def reached_streets(
    origin: gpd.GeoSeries | pd.DataFrame, network: Network, limit_min: float
) -> gpd.GeoDataFrame:
    """Pieces of streets that can be reached within a limit.

    Parameters
    ----------
    origin
        Points in the CRS of the network, or positions on it from
        `taobaogis.access.snapping.snap`; what is reached from any of them counts.
    network
        From `taobaogis.access.network.street_network`; its one-way streets are kept.
    limit_min
        Minutes from door to the end of the piece; between door and street one walks.

    Returns
    -------
    pieces
        Lines with ``edge`` (row of the network's edges) and ``whole`` (whether all of the edge
        is reached). No row if no street is near, or none within the limit.

    Raises
    ------
    CRSError, SchemaError
        As `taobaogis.access.snapping.snap`.
    """
    places = placed(origin, network, connected=True)
    graph = graph_of(network, "minutes")
    places = places[places["edge"] >= 0]
    search, n = with_starts(graph, places)
    if not len(places):
        return _pieces(network, _Reach.nothing())
    reached = dijkstra(
        search, indices=np.arange(n, n + len(places)), min_only=True, limit=limit_min
    )[:n]
    return _pieces(network, _reach(graph, places, reached, limit_min))


class _Reach(NamedTuple):
    """Stretches of edges, from and to so many metres along them."""

    edge: NDArray[np.int64]
    from_m: Floats
    to_m: Floats

    @classmethod
    def nothing(cls) -> _Reach:
        return cls(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))

    def rows(self, at: NDArray[np.int64]) -> _Reach:
        return _Reach(self.edge[at], self.from_m[at], self.to_m[at])


def _reach(graph: Graph, places: pd.DataFrame, reached: Floats, limit: float) -> _Reach:
    """Stretches from either end of each edge, and around each start."""
    pace = np.divide(
        graph.cost, graph.length_m, out=np.zeros(len(graph.cost)), where=graph.length_m > 0
    )

    def metres(left: Floats, pace: Floats, room: Floats) -> Floats:
        gone = np.divide(left, pace, out=np.full(len(left), np.inf), where=pace > 0)
        return np.where(left >= 0, np.minimum(gone, room), 0.0)

    from_u = metres(np.where(graph.forward, limit - reached[graph.u], -1), pace, graph.length_m)
    from_v = metres(np.where(graph.backward, limit - reached[graph.v], -1), pace, graph.length_m)
    edge = places["edge"].to_numpy(dtype=np.int64)
    along = places["along_m"].to_numpy(dtype=float)
    left = limit - places["snap_m"].to_numpy(dtype=float) * graph.cost_per_leg_m
    ahead = metres(
        np.where(graph.forward[edge], left, -1), pace[edge], graph.length_m[edge] - along
    )
    behind = metres(np.where(graph.backward[edge], left, -1), pace[edge], along)
    whole = from_u + from_v >= graph.length_m
    every = np.arange(len(graph.cost))
    start = np.zeros(len(every))
    from_m = (start[whole], start[~whole], (graph.length_m - from_v)[~whole], along - behind)
    to_m = (graph.length_m[whole], from_u[~whole], graph.length_m[~whole], along + ahead)
    found = _Reach(
        np.concatenate([every[whole], every[~whole], every[~whole], edge]),
        np.concatenate(from_m),
        np.concatenate(to_m),
    )
    return _joined(found.rows(np.flatnonzero(found.to_m > found.from_m)))


def _joined(reach: _Reach) -> _Reach:
    """Stretches that overlap on one edge as one."""
    if not len(reach.edge):
        return reach
    edge, from_m, to_m = reach.rows(np.lexsort((reach.from_m, reach.edge)))
    # Shifted apart edge by edge, so that one running greatest end serves all of them.
    shift = edge * (to_m.max() + 1.0)
    ends = np.maximum.accumulate(to_m + shift)
    opens = np.r_[True, from_m[1:] + shift[1:] > ends[:-1]]
    first = np.flatnonzero(opens)
    last = np.r_[first[1:], len(edge)] - 1
    return _Reach(edge[first], from_m[first], ends[last] - shift[last])


def _pieces(network: Network, reach: _Reach) -> gpd.GeoDataFrame:
    lines = network.edges.geometry.to_numpy()[reach.edge]
    length_m = network.edges["length_m"].to_numpy(dtype=float)[reach.edge]
    whole = reach.to_m - reach.from_m >= length_m
    shapes = lines.copy()
    shapes[~whole] = _cut(lines[~whole], reach.from_m[~whole], reach.to_m[~whole])
    return gpd.GeoDataFrame(
        {"edge": reach.edge, "whole": whole},
        geometry=gpd.GeoSeries(shapes, crs=network.crs),
        crs=network.crs,
    )


def _cut(lines: Shapes, from_m: Floats, to_m: Floats) -> Shapes:
    """Stretch of each line: its two ends, and its corners in between."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    step_m = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    opens = np.diff(line, prepend=-1) > 0
    gone = np.cumsum(np.where(opens, 0.0, step_m))
    gone -= gone[opens][line] if len(gone) else gone
    inner = (gone > from_m[line]) & (gone < to_m[line])
    number = np.arange(len(lines))
    ends = [
        shapely.get_coordinates(shapely.line_interpolate_point(lines, at)) for at in (from_m, to_m)
    ]
    which = np.concatenate([number, line[inner], number])
    at = np.concatenate([from_m, gone[inner], to_m])
    order = np.lexsort((at, which))
    places = np.concatenate([ends[0], xy[inner], ends[1]])[order]
    return np.asarray(shapely.linestrings(places, indices=which[order]), dtype=object)

"""Ways through a network: from door to street, along streets, and from street to door."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, vstack
from scipy.sparse.csgraph import dijkstra

from taobaogis.access.network import cheapest_links, travel_modes
from taobaogis.access.snapping import snap

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from taobaogis.access.network import Network

    Floats = NDArray[np.float64]

__all__ = ["NO_WAY", "nearest", "network_distances", "network_minutes"]

NO_WAY = "no way leads there along the mapped streets"

# A point this near to the end of a street stands on the junction, whatever the street's one-way.
_AT_JUNCTION_M = 1e-6
# Searches at once; each keeps a number for every node.
_BATCH = 64


def network_distances(
    origins: gpd.GeoDataFrame | gpd.GeoSeries,
    destinations: gpd.GeoDataFrame | gpd.GeoSeries,
    network: Network,
    *,
    limit_m: float | None = None,
    max_snap_m: float = math.inf,
    connected: bool = False,
) -> Floats:
    """Shortest ways between all pairs of two sets of points.

    Parameters
    ----------
    origins, destinations
        Points in the CRS of the network.
    network
        From `taobaogis.access.network.street_network`; its one-way streets are kept.
    limit_m
        Longer ways count as none; a small limit makes the search fast.
    max_snap_m, connected
        As in `snap`.

    Returns
    -------
    distances_m
        Shape (origins, destinations): metres from door to door, the straight lines to the
        street and from it included; infinite where no way leads.

    Raises
    ------
    CRSError, SchemaError
        As `snap`.
    """
    graph = _graph(network, "length_m")
    starts = snap(origins, network, max_snap_m=max_snap_m, connected=connected)
    ends = snap(destinations, network, max_snap_m=max_snap_m, connected=connected)
    return _table(starts, ends, graph, math.inf if limit_m is None else limit_m)


def network_minutes(
    origins: gpd.GeoDataFrame | gpd.GeoSeries,
    destinations: gpd.GeoDataFrame | gpd.GeoSeries,
    network: Network,
    *,
    max_snap_m: float = math.inf,
    connected: bool = False,
) -> Floats:
    """Quickest ways between all pairs, at the assumed speeds of the mode, without waiting.

    Parameters
    ----------
    origins, destinations, network, max_snap_m, connected
        As in `network_distances`.

    Returns
    -------
    minutes
        Shape (origins, destinations), infinite where no way leads. Between door and street
        one walks.

    Raises
    ------
    CRSError, SchemaError
        As `snap`.
    """
    graph = _graph(network, "minutes")
    starts = snap(origins, network, max_snap_m=max_snap_m, connected=connected)
    ends = snap(destinations, network, max_snap_m=max_snap_m, connected=connected)
    return _table(starts, ends, graph, math.inf)


def nearest(
    origins: gpd.GeoDataFrame | gpd.GeoSeries,
    destinations: gpd.GeoDataFrame | gpd.GeoSeries,
    network: Network,
    *,
    limit_m: float | None = None,
    max_snap_m: float = math.inf,
    connected: bool = False,
) -> pd.DataFrame:
    """Shortest way from each origin to any destination; one search for all of them.

    Parameters
    ----------
    origins, destinations, network, limit_m, max_snap_m, connected
        As in `network_distances`.

    Returns
    -------
    ways
        Indexed as `origins`: ``distance_m`` as in `network_distances`, infinite if there is no
        way; ``destination``, its index label, None if there is none; ``snap_m``, the part of
        the way that is a straight line at either end; ``reason`` why there is none.

    Raises
    ------
    CRSError, SchemaError
        As `snap`.
    """
    limit = math.inf if limit_m is None else limit_m
    # Searched backwards from the destinations, so that one search serves any number of origins.
    graph = _graph(network, "length_m").reversed()
    starts = snap(destinations, network, max_snap_m=max_snap_m, connected=connected)
    ends = snap(origins, network, max_snap_m=max_snap_m, connected=connected)
    cost = np.full(len(ends), np.inf)
    source = np.full(len(ends), -1, dtype=np.int64)
    known = np.flatnonzero(starts["edge"] >= 0)
    if len(known):
        search, n = _with_starts(graph, starts.iloc[known])
        reached, _, came_from = dijkstra(
            search,
            indices=np.arange(n, n + len(known)),
            min_only=True,
            return_predecessors=True,
            limit=limit,
        )
        for at, onward in _links(graph, ends, leaving=False):
            total = reached[at] + onward
            better = total < cost
            cost[better] = total[better]
            source[better] = known[came_from[at[better]] - n]
        for i, j, direct in _on_one_edge(starts, ends, graph):
            if direct < cost[j]:
                cost[j], source[j] = direct, i
    source[cost > limit] = -1
    cost[source < 0] = np.inf
    legs = starts["snap_m"].to_numpy()[source] if len(starts) else np.full(len(ends), np.nan)
    labels = destinations.index.to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "distance_m": cost,
            "destination": pd.Series(
                [labels[i] if i >= 0 else None for i in source], index=ends.index, dtype=object
            ),
            "snap_m": np.where(source >= 0, ends["snap_m"] + legs, np.nan),
            "reason": ends["reason"].where((source >= 0) | (ends["reason"] != ""), NO_WAY),
        },
        index=origins.index,
    )


@dataclass(frozen=True)
class _Graph:
    """What a search needs of a network, in one direction and for one kind of cost."""

    matrix: csr_matrix
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length_m: Floats
    cost: Floats
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    cost_per_leg_m: float

    def reversed(self) -> _Graph:
        return replace(
            self,
            matrix=self.matrix.T.tocsr(),
            forward=self.backward,
            backward=self.forward,
        )


def _graph(network: Network, cost: str) -> _Graph:
    edges = network.edges
    in_minutes = cost == "minutes"
    walk_m_per_min = travel_modes()["walk"].speed_kmh["*"] / 0.06
    return _Graph(
        matrix=network.minutes if in_minutes else network.lengths_m,
        u=edges["u"].to_numpy(),
        v=edges["v"].to_numpy(),
        length_m=edges["length_m"].to_numpy(),
        cost=edges[cost].to_numpy(),
        forward=edges["forward"].to_numpy(),
        backward=edges["backward"].to_numpy(),
        cost_per_leg_m=1.0 / walk_m_per_min if in_minutes else 1.0,
    )


def _table(starts: pd.DataFrame, ends: pd.DataFrame, graph: _Graph, limit: float) -> Floats:
    if len(starts) > len(ends):
        return _table(ends, starts, graph.reversed(), limit).T
    table = np.full((len(starts), len(ends)), np.inf)
    known = np.flatnonzero(starts["edge"] >= 0)
    if len(known):
        search, n = _with_starts(graph, starts.iloc[known])
        links = _links(graph, ends, leaving=False)
        for first in range(0, len(known), _BATCH):
            batch = known[first : first + _BATCH]
            here = np.arange(n + first, n + first + len(batch))
            reached = dijkstra(search, indices=here, limit=limit)
            table[batch] = np.minimum(*(reached[:, at] + onward for at, onward in links))
    for i, j, direct in _on_one_edge(starts, ends, graph):
        table[i, j] = min(table[i, j], direct)
    table[table > limit] = np.inf
    return table


def _with_starts(graph: _Graph, starts: pd.DataFrame) -> tuple[csr_matrix, int]:
    """Graph with a node for each start, which can be left but not come to; and its first number."""
    n, k = graph.matrix.shape[0], len(starts)
    (u, to_u), (v, to_v) = _links(graph, starts, leaving=True)
    row, node, cost = np.tile(np.arange(k), 2), np.concatenate([u, v]), np.concatenate([to_u, to_v])
    usable = np.isfinite(cost)
    links = cheapest_links(row[usable], node[usable], cost[usable], (k, n))
    both = vstack([graph.matrix, links], format="csr")
    return csr_matrix((both.data, both.indices, both.indptr), shape=(n + k, n + k)), n


def _links(
    graph: _Graph, places: pd.DataFrame, *, leaving: bool
) -> tuple[tuple[NDArray[np.int64], Floats], tuple[NDArray[np.int64], Floats]]:
    """Ends of each place's edge, and the cost between it and them; infinite if not allowed."""
    edge = places["edge"].to_numpy()
    if not len(graph.u):
        nowhere = np.zeros(len(edge), dtype=np.int64), np.full(len(edge), np.inf)
        return nowhere, nowhere
    length_m, along_m = graph.length_m[edge], places["along_m"].to_numpy()
    share = np.divide(along_m, length_m, out=np.zeros(len(edge)), where=length_m > 0)
    share = np.clip(share, 0.0, 1.0)
    leg = places["snap_m"].to_numpy() * graph.cost_per_leg_m
    to_u, to_v = graph.cost[edge] * share + leg, graph.cost[edge] * (1.0 - share) + leg
    with_line, against_line = graph.forward[edge], graph.backward[edge]
    u_open, v_open = (against_line, with_line) if leaving else (with_line, against_line)
    at_u, at_v = along_m <= _AT_JUNCTION_M, length_m - along_m <= _AT_JUNCTION_M
    to_u[~(u_open | at_u) | (edge < 0)] = np.inf
    to_v[~(v_open | at_v) | (edge < 0)] = np.inf
    return (graph.u[edge], to_u), (graph.v[edge], to_v)


def _on_one_edge(
    starts: pd.DataFrame, ends: pd.DataFrame, graph: _Graph
) -> list[tuple[int, int, float]]:
    """Start, end and cost of every pair that one can travel between without passing a junction."""
    columns = ["edge", "along_m", "snap_m"]
    here = starts[columns].assign(i=np.arange(len(starts))).query("edge >= 0")
    there = ends[columns].assign(j=np.arange(len(ends))).query("edge >= 0")
    pairs = here.merge(there, on="edge", suffixes=("_start", "_end"))
    ahead_m = (pairs["along_m_end"] - pairs["along_m_start"]).to_numpy()
    edge = pairs["edge"].to_numpy()
    may = (graph.forward[edge] & (ahead_m >= 0)) | (graph.backward[edge] & (ahead_m <= 0))
    length_m = graph.length_m[edge]
    share = np.divide(np.abs(ahead_m), length_m, out=np.zeros(len(edge)), where=length_m > 0)
    legs_m = (pairs["snap_m_start"] + pairs["snap_m_end"]).to_numpy()
    cost = share * graph.cost[edge] + legs_m * graph.cost_per_leg_m
    return list(zip(pairs["i"][may], pairs["j"][may], cost[may], strict=True))

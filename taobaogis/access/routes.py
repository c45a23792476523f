"""Ways through a network: from door to street, along streets, and from street to door."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from taobaogis.access.graphs import direct_cost, graph_of, links, with_starts
from taobaogis.access.snapping import snap
from taobaogis.indicators import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from taobaogis.access.graphs import Graph
    from taobaogis.access.network import Network

    Floats = NDArray[np.float64]

__all__ = ["NO_WAY", "nearest", "network_distances", "network_minutes"]

NO_WAY = Words("no way leads there along the mapped streets", "沿已测绘街巷无法到达")

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
    graph = graph_of(network, "length_m")
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
    graph = graph_of(network, "minutes")
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
        the way that is a straight line at either end; ``reason`` and ``reason_zh`` why there is
        none.

    Raises
    ------
    CRSError, SchemaError
        As `snap`.
    """
    limit = math.inf if limit_m is None else limit_m
    # Searched backwards from the destinations, so that one search serves any number of origins.
    graph = graph_of(network, "length_m").reversed()
    starts = snap(destinations, network, max_snap_m=max_snap_m, connected=connected)
    ends = snap(origins, network, max_snap_m=max_snap_m, connected=connected)
    cost = np.full(len(ends), np.inf)
    source = np.full(len(ends), -1, dtype=np.int64)
    known = np.flatnonzero(starts["edge"] >= 0)
    if len(known):
        search, n = with_starts(graph, starts.iloc[known])
        reached, _, came_from = dijkstra(
            search,
            indices=np.arange(n, n + len(known)),
            min_only=True,
            return_predecessors=True,
            limit=limit,
        )
        u, v, to_u, to_v = links(graph, ends, leaving=False)
        for at, onward in ((u, to_u), (v, to_v)):
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
    told = (source >= 0) | (ends["reason"] != "")
    return pd.DataFrame(
        {
            "distance_m": cost,
            "destination": pd.Series(
                [labels[i] if i >= 0 else None for i in source], index=ends.index, dtype=object
            ),
            "snap_m": np.where(source >= 0, ends["snap_m"] + legs, np.nan),
            "reason": ends["reason"].where(told, str(NO_WAY)),
            "reason_zh": ends["reason_zh"].where(told, NO_WAY.zh),
        },
        index=origins.index,
    )


def _table(starts: pd.DataFrame, ends: pd.DataFrame, graph: Graph, limit: float) -> Floats:
    if len(starts) > len(ends):
        return _table(ends, starts, graph.reversed(), limit).T
    table = np.full((len(starts), len(ends)), np.inf)
    known = np.flatnonzero(starts["edge"] >= 0)
    if len(known):
        search, n = with_starts(graph, starts.iloc[known])
        u, v, to_u, to_v = links(graph, ends, leaving=False)
        for first in range(0, len(known), _BATCH):
            batch = known[first : first + _BATCH]
            here = np.arange(n + first, n + first + len(batch))
            reached = dijkstra(search, indices=here, limit=limit)
            table[batch] = np.minimum(reached[:, u] + to_u, reached[:, v] + to_v)
    for i, j, direct in _on_one_edge(starts, ends, graph):
        table[i, j] = min(table[i, j], direct)
    table[table > limit] = np.inf
    return table


def _on_one_edge(
    starts: pd.DataFrame, ends: pd.DataFrame, graph: Graph
) -> Iterator[tuple[int, int, float]]:
    """Start, end and cost of every pair on one edge, without passing a junction."""
    here, there = starts["edge"].to_numpy(), ends["edge"].to_numpy()
    order = np.argsort(there, kind="stable")
    first = np.searchsorted(there[order], here, side="left")
    count = np.searchsorted(there[order], here, side="right") - first
    count[here < 0] = 0
    i = np.repeat(np.arange(len(here)), count)
    j = order[np.arange(len(i)) - np.repeat(np.cumsum(count) - count - first, count)]
    return zip(i, j, direct_cost(graph, starts, ends, i, j), strict=True)

"""The k nearest places from any number of points, in k searches however many places there are.

The places nearest to a junction are found round by round. After the nearest are known, a second
nearest place comes to a junction either over a street from a junction whose nearest place is
another one, or along ways that lead on from there; so one search from such streets finds them
all, and likewise for every further round. Of a street that crosses nothing, each point then has
its nearest among those of the street's two ends and the places on the street itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from taobaogis.access.graphs import Graph, direct_cost, graph_of, links, placed
from taobaogis.access.network import cheapest_links
from taobaogis.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from taobaogis.access.network import Network

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

__all__ = ["Nearest", "nearest_places"]


class Nearest(NamedTuple):
    """The nearest places of each origin, from the nearest to the k-th.

    Attributes
    ----------
    place
        Row numbers of places, shape (origins, k); -1 where there are no more.
    distance_m
        Metres from door to door, infinite where there is no place.
    """

    place: Rows
    distance_m: Floats


def nearest_places(
    origins: gpd.GeoDataFrame | gpd.GeoSeries | pd.DataFrame,
    places: gpd.GeoDataFrame | gpd.GeoSeries | pd.DataFrame,
    network: Network,
    *,
    count: int = 5,
    limit_m: float = math.inf,
    max_snap_m: float = math.inf,
    connected: bool = False,
) -> Nearest:
    """The nearest places of each origin along the streets.

    Parameters
    ----------
    origins, places
        Points in the CRS of the network, or positions on it from
        `taobaogis.access.snapping.snap` or `taobaogis.access.snapping.corners`.
    network
        From `taobaogis.access.network.street_network`; its one-way streets are kept.
    count
        How many, at least 1.
    limit_m
        Places further than this count as none.
    max_snap_m, connected
        As in `taobaogis.access.snapping.snap`; positions are taken as they are.

    Returns
    -------
    nearest
        Distances as in `taobaogis.access.routes.network_distances`, ascending; no place stands
        twice. Of places equally far, which ones are named is not fixed.

    Raises
    ------
    InputError
        If `count` is below 1.
    CRSError, SchemaError
        As `snap`.
    """
    if count < 1:
        message = f"`count` is {count}; ask for at least 1 place."
        raise InputError(message)
    # Searched backwards from the places, so that the origins cost nothing.
    graph = graph_of(network, "length_m").reversed()
    starts = placed(places, network, max_snap_m=max_snap_m, connected=connected)
    ends = placed(origins, network, max_snap_m=max_snap_m, connected=connected)
    if not len(graph.u):
        shape = (len(ends), count)
        return Nearest(np.full(shape, -1, dtype=np.int64), np.full(shape, np.inf))
    of_nodes = _of_nodes(starts, graph, count, limit_m)
    found = _of_points(of_nodes, starts, ends, graph)
    found.place[found.distance_m > limit_m] = -1
    found.distance_m[found.place < 0] = np.inf
    return found


def _of_nodes(starts: pd.DataFrame, graph: Graph, count: int, limit: float) -> Nearest:
    """Nearest places of each node, one round after the other."""
    n = graph.size
    found = Nearest(
        np.full((n, count), -1, dtype=np.int64), np.full((n, count), np.inf, dtype=float)
    )
    u, v, to_u, to_v = links(graph, starts, leaving=True)
    node, cost = np.concatenate([u, v]), np.concatenate([to_u, to_v])
    doors = (np.tile(np.arange(len(starts)), 2), node, cost)
    matrix = graph.matrix.tocoo()
    streets = (matrix.row.astype(np.int64), matrix.col.astype(np.int64), matrix.data)
    for k in range(count):
        seeds = _seeds(found, k, doors, streets)
        if not np.isfinite(seeds[1]).any():
            break
        found.place[:, k], found.distance_m[:, k] = _round(*seeds, graph, limit)
    return found


def _seeds(
    found: Nearest, k: int, doors: tuple[Rows, Rows, Floats], streets: tuple[Rows, Rows, Floats]
) -> tuple[Rows, Floats]:
    """Best place of each node, and its cost, of those that come over one street or from a door.

    Only places count that are not among the first `k` of the node already.
    """
    place, node, cost = doors
    before = (found.place[node, :k] == place[:, None]).any(axis=1)
    fresh = np.isfinite(cost) & ~before
    candidates = [(place[fresh], node[fresh], cost[fresh])]
    start, end, step = streets
    known = found.place[end, :k]
    pending = np.arange(len(start))
    for j in range(k):
        # Of a neighbour's places the first that is new here is its best.
        there = found.place[start[pending], j]
        new = (there >= 0) & ~(known[pending] == there[:, None]).any(axis=1)
        rows = pending[new]
        through = found.distance_m[start[rows], j] + step[rows]
        candidates.append((there[new], end[rows], through))
        pending = pending[~new & (there >= 0)]
    place, node, cost = (np.concatenate(parts) for parts in zip(*candidates, strict=True))
    best, least = np.full(len(found.place), -1), np.full(len(found.place), np.inf)
    # Written from the dearest to the cheapest, so that the cheapest stays.
    order = np.argsort(cost, kind="stable")[::-1]
    best[node[order]], least[node[order]] = place[order], cost[order]
    return best, least


def _round(seed: Rows, cost: Floats, graph: Graph, limit: float) -> tuple[Rows, Floats]:
    """One search from all seeds at once: each node's place and cost."""
    n = graph.size
    at = np.flatnonzero(np.isfinite(cost))
    entry = cheapest_links(np.zeros(len(at), dtype=np.int64), at, cost[at], (1, n))
    indptr = np.append(graph.matrix.indptr, graph.matrix.indptr[-1] + entry.nnz)
    indices = np.concatenate([graph.matrix.indices, entry.indices])
    data = np.concatenate([graph.matrix.data, entry.data])
    search = csr_matrix((data, indices, indptr), shape=(n + 1, n + 1))
    reached, before = dijkstra(search, indices=n, limit=limit, return_predecessors=True)
    reached, before = reached[:n], before[:n]
    # A node whose own seed is as good takes it; what leads on from there is then new to it.
    own = (cost <= reached) | (before < 0) | (before >= n)
    root = np.where(own, np.arange(n), before)
    while True:
        further = root[root]
        if np.array_equal(further, root):
            break
        root = further
    return np.where(np.isfinite(reached), seed[root], -1), reached


def _of_points(
    of_nodes: Nearest, starts: pd.DataFrame, ends: pd.DataFrame, graph: Graph
) -> Nearest:
    """Nearest places of each point, from those of the two ends of its street and on the street."""
    u, v, to_u, to_v = links(graph, ends, leaving=False)
    found = _merged(
        Nearest(of_nodes.place[u], of_nodes.distance_m[u] + to_u[:, None]),
        Nearest(of_nodes.place[v], of_nodes.distance_m[v] + to_v[:, None]),
    )
    here = pd.DataFrame({"edge": starts["edge"].to_numpy(), "i": np.arange(len(starts))})
    there = pd.DataFrame({"edge": ends["edge"].to_numpy(), "j": np.arange(len(ends))})
    pairs = here.query("edge >= 0").merge(there.query("edge >= 0"), on="edge")
    if pairs.empty:
        return found
    i, j = pairs["i"].to_numpy(), pairs["j"].to_numpy()
    direct = direct_cost(graph, starts, ends, i, j)
    order = np.lexsort((direct, j))
    i, j, direct = i[order], j[order], direct[order]
    rows, first, sizes = np.unique(j, return_index=True, return_counts=True)
    # At most the first few of those on the street can be among the nearest.
    nth = np.arange(found.place.shape[1])
    at = np.minimum(first[:, None] + nth, (first + sizes - 1)[:, None])
    beyond = nth >= sizes[:, None]
    on_street = Nearest(np.where(beyond, -1, i[at]), np.where(beyond, np.inf, direct[at]))
    better = _merged(Nearest(found.place[rows], found.distance_m[rows]), on_street)
    found.place[rows], found.distance_m[rows] = better.place, better.distance_m
    return found


def _merged(one: Nearest, two: Nearest) -> Nearest:
    """The least of two rows of places, no place twice; none stands twice in either."""
    count = one.place.shape[1]
    # Column by column, as each is contiguous then.
    place = np.concatenate([one.place.T, two.place.T])
    cost = np.concatenate([one.distance_m.T, two.distance_m.T])
    for k in range(count):
        for other in range(count, 2 * count):
            same = place[k] == place[other]
            dearer = cost[k] > cost[other]
            cost[k][same & dearer] = np.inf
            cost[other][same & ~dearer] = np.inf
    cost, place = np.ascontiguousarray(cost.T), np.ascontiguousarray(place.T)
    order = np.argsort(cost, axis=1, kind="stable")[:, :count]
    cost = np.take_along_axis(cost, order, 1)
    place = np.take_along_axis(place, order, 1)
    return Nearest(np.where(np.isfinite(cost), place, -1), cost)

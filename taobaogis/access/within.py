"""All places within a way of so many metres: pairs, counts at several radii, gravity sums.

Searches run from whichever side has fewer points and stop at the limit, so that their cost
depends on the places and not on the origins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from taobaogis.access.graphs import Graph, direct_cost, graph_of, links, placed, with_starts
from taobaogis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from taobaogis.access.network import Network

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]
    Pairs = tuple[Rows, Rows, Floats]

__all__ = ["Decay", "counts_within", "pairs_within"]

# Searches at once. A search holds a number for every node, and more of them leave the cache.
_BATCH = 32
# Pairs at once; each takes about 100 bytes while it is made.
_MOST_PAIRS = 500_000


@dataclass(frozen=True)
class Decay:
    """How much less a place counts the further it is.

    Attributes
    ----------
    kind
        ``"exponential"``: exp(-d / scale_m), the decay of UNA gravity (Sevtsuk and Mekonnen
        2012) with beta = 1 / scale_m; ``"power"``: (1 + d / scale_m) ** -exponent.
    scale_m
        Metres; above 0.
    exponent
        Of the power only.

    Examples
    --------
    >>> float(Decay("power", scale_m=500).share(np.array([500.0]))[0])
    0.25
    """

    kind: Literal["exponential", "power"] = "exponential"
    scale_m: float = 500.0
    exponent: float = 2.0

    def __post_init__(self) -> None:
        """Refuse a decay that grows or is not known."""
        if self.kind not in {"exponential", "power"}:
            message = f"'{self.kind}' is no decay; take 'exponential' or 'power'."
            raise InputError(message)
        if not (self.scale_m > 0 and self.exponent >= 0):
            message = "a decay needs `scale_m` above 0 and `exponent` of at least 0."
            raise InputError(message)

    def share(self, distance_m: Floats) -> Floats:
        """What is left of a place at each distance, in [0, 1]."""
        if self.kind == "exponential":
            return np.asarray(np.exp(-distance_m / self.scale_m))
        return np.asarray((1.0 + distance_m / self.scale_m) ** -self.exponent)


def pairs_within(
    origins: gpd.GeoDataFrame | gpd.GeoSeries | pd.DataFrame,
    places: gpd.GeoDataFrame | gpd.GeoSeries | pd.DataFrame,
    network: Network,
    *,
    limit_m: float,
    max_snap_m: float = math.inf,
    connected: bool = False,
) -> pd.DataFrame:
    """All pairs of an origin and a place with a way of at most `limit_m` between them.

    Parameters
    ----------
    origins, places
        Points in the CRS of the network, or positions on it from
        `taobaogis.access.snapping.snap` or `taobaogis.access.snapping.corners`.
    network
        From `taobaogis.access.network.street_network`; its one-way streets are kept.
    limit_m
        Metres from door to door.
    max_snap_m, connected
        As in `taobaogis.access.snapping.snap`; positions are taken as they are.

    Returns
    -------
    pairs
        ``origin`` and ``place``, row numbers from 0, and ``distance_m`` as in
        `taobaogis.access.routes.network_distances`; ordered by origin, distance and place.
        No row where nothing is within the limit.

    Raises
    ------
    CRSError, SchemaError
        As `snap`.
    """
    starts = placed(origins, network, max_snap_m=max_snap_m, connected=connected)
    ends = placed(places, network, max_snap_m=max_snap_m, connected=connected)
    nothing = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    found = [nothing, *_pairs(starts, ends, graph_of(network, "length_m"), limit_m)]
    origin, place, distance_m = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((place, distance_m, origin))
    return pd.DataFrame(
        {"origin": origin[order], "place": place[order], "distance_m": distance_m[order]}
    )


def counts_within(
    origins: gpd.GeoDataFrame | gpd.GeoSeries | pd.DataFrame,
    places: gpd.GeoDataFrame | gpd.GeoSeries | pd.DataFrame,
    network: Network,
    *,
    radii_m: Sequence[float],
    decay: Decay | None = None,
    weights: Sequence[float] | None = None,
    max_snap_m: float = math.inf,
    connected: bool = False,
) -> pd.DataFrame:
    """How many places are within each radius along the streets, and their gravity sum.

    Parameters
    ----------
    origins, places, network, max_snap_m, connected
        As in `pairs_within`.
    radii_m
        Metres from door to door, above 0.
    decay
        Weighs each place within the largest radius by its distance.
    weights
        What each place counts for; 1 without.

    Returns
    -------
    counts
        Indexed as `origins`: ``within_<radius>_m`` for each radius (sum of weights; the UNA
        measure Reach), and ``gravity`` if a decay is given. An origin that is on no street has
        NaN throughout; 0 says that streets lead there and no place is within reach.

    Raises
    ------
    InputError
        If a radius is not above 0, or there are not as many weights as places.
    CRSError, SchemaError
        As `snap`.
    """
    radii = np.asarray(sorted(set(radii_m)), dtype=float)
    if not len(radii) or not (radii > 0).all():
        message = "`radii_m` must hold numbers above 0, e.g. (500, 1000, 2000)."
        raise InputError(message)
    worth = np.ones(len(places)) if weights is None else np.asarray(weights, dtype=float)
    if worth.shape != (len(places),):
        message = f"`weights` has {worth.size} numbers for {len(places)} places; give one each."
        raise InputError(message)
    starts = placed(origins, network, max_snap_m=max_snap_m, connected=connected)
    ends = placed(places, network, max_snap_m=max_snap_m, connected=connected)
    n, rings = len(starts), len(radii)
    within = np.zeros(n * rings)
    gravity = np.zeros(n)
    for i, j, distance_m in _pairs(starts, ends, graph_of(network, "length_m"), radii[-1]):
        ring = np.searchsorted(radii, distance_m)
        within += np.bincount(i * rings + ring, weights=worth[j], minlength=n * rings)
        if decay is not None:
            gravity += np.bincount(i, weights=worth[j] * decay.share(distance_m), minlength=n)
    counts = np.cumsum(within.reshape(n, rings), axis=1)
    table = {f"within_{radius:g}_m": counts[:, k] for k, radius in enumerate(radii)}
    if decay is not None:
        table["gravity"] = gravity
    there = starts["edge"].to_numpy() >= 0
    return pd.DataFrame(
        {name: np.where(there, column, np.nan) for name, column in table.items()},
        index=origins.index,
    )


def _pairs(starts: pd.DataFrame, ends: pd.DataFrame, graph: Graph, limit: float) -> Iterator[Pairs]:
    """Rows of starts and ends and the cost between them, each pair once, in any order."""
    if len(starts) <= len(ends):
        yield from _pairs_from(starts, ends, graph, limit)
        return
    for j, i, cost in _pairs_from(ends, starts, graph.reversed(), limit):
        yield i, j, cost


def _pairs_from(
    starts: pd.DataFrame, ends: pd.DataFrame, graph: Graph, limit: float
) -> Iterator[Pairs]:
    known = np.flatnonzero(starts["edge"] >= 0)
    if not len(known) or not len(ends):
        return
    edge = starts["edge"].to_numpy()
    known = known[_by_place(graph.coordinates[graph.u[edge[known]]], limit)]
    search, n = with_starts(graph, starts.iloc[known])
    goals = _Goals(ends, graph)
    for first in range(0, len(known), _BATCH):
        batch = known[first : first + _BATCH]
        reached = _Reached.of(search, n, np.arange(n + first, n + first + len(batch)), limit)
        row, edges = goals.edges_near(reached, edge[batch])
        sizes = goals.per_edge[edges]
        # A search without limit would reach everything at once.
        chunk = np.cumsum(sizes) // _MOST_PAIRS
        for part in np.split(np.arange(len(row)), np.flatnonzero(np.diff(chunk)) + 1):
            pairs = goals.costs(reached, row[part], edges[part])
            yield goals.shortened(pairs, starts, batch, limit)


def _by_place(xy: Floats, limit_m: float) -> Rows:
    """Order in which those that lie together follow each other, so that they share a search."""
    if not math.isfinite(limit_m):
        return np.arange(len(xy))
    column, row = np.floor_divide(xy, limit_m / 2).T
    return np.lexsort((column, row))


class _Reached(NamedTuple):
    """What a batch of searches came to, without the nodes that none did.

    Attributes
    ----------
    nodes
        Numbers of the nodes that any search came to.
    cost
        Shape (searches, nodes + 1); the last column stands for all other nodes, and is infinite.
    column
        Column of each node of the graph.
    """

    nodes: Rows
    cost: Floats
    column: Rows

    @classmethod
    def of(cls, search: csr_matrix, n: int, starts: Rows, limit: float) -> _Reached:
        """Search from some starts of a graph with `n` nodes and starts behind them."""
        any_cost = dijkstra(search, indices=starts, min_only=True, limit=limit)
        there = np.flatnonzero(np.isfinite(any_cost))
        near = search[there][:, there]
        nodes = there[: np.searchsorted(there, n)]
        cost = np.full((len(starts), len(nodes) + 1), np.inf)
        at = np.searchsorted(there, starts)
        cost[:, :-1] = dijkstra(near, indices=at, limit=limit)[:, : len(nodes)]
        column = np.full(n, len(nodes))
        column[nodes] = np.arange(len(nodes))
        return cls(nodes, cost, column)

    def at(self, row: Rows, node: Rows) -> Floats:
        """Cost of nodes by search; infinite where it did not come."""
        found: Floats = self.cost[row, self.column[node]]
        return found


class _Goals:
    """Ends sorted by the edge they are on, ready to be found from its two nodes."""

    def __init__(self, ends: pd.DataFrame, graph: Graph) -> None:
        """Sort ends by edge, and edges that bear ends by node."""
        self.graph, self.ends = graph, ends
        edge = ends["edge"].to_numpy()
        self.order = np.argsort(edge, kind="stable")[np.count_nonzero(edge < 0) :]
        self.per_edge = np.bincount(edge[edge >= 0], minlength=len(graph.u))
        self.first = np.cumsum(self.per_edge) - self.per_edge
        _, _, to_u, to_v = links(graph, ends, leaving=False)
        self.to_u, self.to_v = to_u[self.order], to_v[self.order]
        bearing = np.flatnonzero(self.per_edge)
        node = np.concatenate([graph.u[bearing], graph.v[bearing]])
        by_node = np.argsort(node, kind="stable")
        self.edge_at = np.tile(bearing, 2)[by_node]
        self.is_v = by_node >= len(bearing)
        self.per_node = np.bincount(node, minlength=graph.size)
        self.first_at = np.cumsum(self.per_node) - self.per_node

    def edges_near(self, reached: _Reached, own: Rows) -> tuple[Rows, Rows]:
        """Rows of searches and the edges with ends that each came to, every pair once.

        Parameters
        ----------
        reached
            What the searches came to.
        own
            Edge that each search starts on; it counts though no node of it be reached.
        """
        row, place = np.divmod(np.flatnonzero(np.isfinite(reached.cost)), reached.cost.shape[1])
        node = reached.nodes[place]
        which, at = _spread(self.per_node[node], self.first_at[node])
        row, edge, is_v = row[which], self.edge_at[at], self.is_v[at]
        # What both nodes tell of counts once.
        fresh = ~is_v | ~np.isfinite(reached.at(row, self.graph.u[edge]))
        each = np.arange(len(own))
        lonely = (
            ~np.isfinite(reached.at(each, self.graph.u[own]))
            & ~np.isfinite(reached.at(each, self.graph.v[own]))
            & (self.per_edge[own] > 0)
        )
        return (
            np.concatenate([row[fresh], np.flatnonzero(lonely)]),
            np.concatenate([edge[fresh], own[lonely]]),
        )

    def costs(self, reached: _Reached, row: Rows, edge: Rows) -> Pairs:
        """Search, place in `order`, and cost through the better node of the edge."""
        from_u = reached.at(row, self.graph.u[edge])
        from_v = reached.at(row, self.graph.v[edge])
        which, at = _spread(self.per_edge[edge], self.first[edge])
        cost = np.minimum(from_u[which] + self.to_u[at], from_v[which] + self.to_v[at])
        return row[which], at, cost

    def shortened(self, pairs: Pairs, starts: pd.DataFrame, batch: Rows, limit: float) -> Pairs:
        """Rows of starts and ends within the limit, those on one edge by the direct way."""
        row, at, cost = pairs
        i, j = batch[row], self.order[at]
        same = np.flatnonzero(starts["edge"].to_numpy()[i] == self.ends["edge"].to_numpy()[j])
        direct = direct_cost(self.graph, starts, self.ends, i[same], j[same])
        cost[same] = np.minimum(cost[same], direct)
        near = cost <= limit
        return i[near], j[near], cost[near]


def _spread(counts: Rows, first: Rows) -> tuple[Rows, Rows]:
    """For runs of so many numbers from a first one on: the run of each number, and the number."""
    which = np.repeat(np.arange(len(counts)), counts)
    start = np.cumsum(counts) - counts
    return which, np.arange(len(which)) - (start - first)[which]

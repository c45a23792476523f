"""What a search needs of a network: links in one direction, at one kind of cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
from scipy.sparse import csr_matrix, vstack

from taobaogis.access.network import cheapest_links, travel_modes
from taobaogis.access.snapping import snap

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from taobaogis.access.network import Network

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

__all__ = ["Graph", "direct_cost", "graph_of", "links", "placed", "with_starts"]

# A point this near to the end of a street stands on the junction, whatever the street's one-way.
_AT_JUNCTION_M = 1e-6


@dataclass(frozen=True)
class Graph:
    """A network in one direction and for one kind of cost.

    Attributes
    ----------
    matrix
        Cost from the node of a row to the node of a column.
    coordinates
        Of each node, shape (nodes, 2), metres.
    u, v, length_m, cost, forward, backward
        Of each edge, as in `taobaogis.access.network.Network.edges`.
    cost_per_leg_m
        Cost of a metre between door and street.
    """

    matrix: csr_matrix
    coordinates: Floats
    u: Rows
    v: Rows
    length_m: Floats
    cost: Floats
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    cost_per_leg_m: float

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return int(self.matrix.shape[0])

    def reversed(self) -> Graph:
        """The same streets travelled backwards; a search from a goal then serves any start."""
        return replace(
            self, matrix=self.matrix.T.tocsr(), forward=self.backward, backward=self.forward
        )


def graph_of(network: Network, cost: Literal["length_m", "minutes"]) -> Graph:
    """Graph of a network whose links cost metres or minutes; between door and street one walks."""
    edges = network.edges
    in_minutes = cost == "minutes"
    walk_m_per_min = travel_modes()["walk"].speed_kmh["*"] / 0.06
    return Graph(
        matrix=network.minutes if in_minutes else network.lengths_m,
        coordinates=network.coordinates,
        u=edges["u"].to_numpy(),
        v=edges["v"].to_numpy(),
        length_m=edges["length_m"].to_numpy(),
        cost=edges[cost].to_numpy(),
        forward=edges["forward"].to_numpy(),
        backward=edges["backward"].to_numpy(),
        cost_per_leg_m=1.0 / walk_m_per_min if in_minutes else 1.0,
    )


def placed(
    places: gpd.GeoDataFrame | gpd.GeoSeries | pd.DataFrame,
    network: Network,
    *,
    max_snap_m: float = math.inf,
    connected: bool = False,
) -> pd.DataFrame:
    """Places on the network: points are snapped, a frame from `snap` is taken as it is."""
    if isinstance(places, gpd.GeoDataFrame | gpd.GeoSeries):
        return snap(places, network, max_snap_m=max_snap_m, connected=connected)
    return places


def links(
    graph: Graph, places: pd.DataFrame, *, leaving: bool
) -> tuple[Rows, Rows, Floats, Floats]:
    """Both ends of each place's edge, and the cost between place and end.

    Parameters
    ----------
    graph
        What is travelled on.
    places
        From `taobaogis.access.snapping.snap`.
    leaving
        True for ways from the place to the ends, False for ways that come to it.

    Returns
    -------
    u, v, to_u, to_v
        Nodes and costs; infinite where one may not go so, or the place is on no edge.
    """
    edge = places["edge"].to_numpy()
    if not len(graph.u):
        nowhere, never = np.zeros(len(edge), dtype=np.int64), np.full(len(edge), np.inf)
        return nowhere, nowhere, never, never
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
    return graph.u[edge], graph.v[edge], to_u, to_v


def with_starts(graph: Graph, starts: pd.DataFrame) -> tuple[csr_matrix, int]:
    """Graph with a node for each start, which can be left but not come to; and its first number."""
    n, k = graph.size, len(starts)
    u, v, to_u, to_v = links(graph, starts, leaving=True)
    row, node, cost = np.tile(np.arange(k), 2), np.concatenate([u, v]), np.concatenate([to_u, to_v])
    usable = np.isfinite(cost)
    more = cheapest_links(row[usable], node[usable], cost[usable], (k, n))
    both = vstack([graph.matrix, more], format="csr")
    return csr_matrix((both.data, both.indices, both.indptr), shape=(n + k, n + k)), n


def direct_cost(graph: Graph, starts: pd.DataFrame, ends: pd.DataFrame, i: Rows, j: Rows) -> Floats:
    """Cost between starts and ends on one and the same edge without passing a junction.

    Parameters
    ----------
    graph
        What is travelled on.
    starts, ends
        From `taobaogis.access.snapping.snap`.
    i, j
        Rows of `starts` and of `ends` to pair; both of a pair lie on the same edge.

    Returns
    -------
    cost
        One a pair; infinite if the street is one-way against it.
    """
    edge = starts["edge"].to_numpy()[i]
    ahead_m = ends["along_m"].to_numpy()[j] - starts["along_m"].to_numpy()[i]
    length_m = graph.length_m[edge]
    share = np.divide(np.abs(ahead_m), length_m, out=np.zeros(len(edge)), where=length_m > 0)
    legs_m = starts["snap_m"].to_numpy()[i] + ends["snap_m"].to_numpy()[j]
    cost = share * graph.cost[edge] + legs_m * graph.cost_per_leg_m
    may = (graph.forward[edge] & (ahead_m >= 0)) | (graph.backward[edge] & (ahead_m <= 0))
    return np.where(may, cost, np.inf)

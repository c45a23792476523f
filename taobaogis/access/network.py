"""Streets as a network to travel on: which are open to a mode, in which direction, how long."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from taobaogis.crs import require_metres
from taobaogis.errors import InputError, did_you_mean
from taobaogis.resources import data_file
from taobaogis.schema import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = [
    "Finder",
    "Mode",
    "Network",
    "TravelMode",
    "cheapest_links",
    "street_network",
    "study_networks",
    "travel_modes",
]

Mode = Literal["walk", "ebike", "drive"]

_MIN_PER_M_AT_1_KMH = 0.06


@dataclass(frozen=True)
class TravelMode:
    """How one travels (``data/travel_modes.toml``); every figure is an assumption.

    Attributes
    ----------
    name_en, name_zh
        Shown names.
    oneway_binds
        False if the mode may go against one-way streets.
    closed
        Classes of streets that are closed to the mode.
    closed_access
        Values of the access tag that close a street.
    speed_share
        Least and greatest speed to reckon with over the assumed one.
    speed_kmh
        Speed by class of street; ``"*"`` for every other.
    """

    name_en: str
    name_zh: str
    oneway_binds: bool
    closed: frozenset[str]
    closed_access: frozenset[str]
    speed_share: tuple[float, float]
    speed_kmh: Mapping[str, float]


class Finder(NamedTuple):
    """Some edges of a network: their rows, their lines, and a tree of them."""

    rows: NDArray[np.int64]
    lines: NDArray[np.object_]
    tree: shapely.STRtree

    @classmethod
    def of(cls, edges: gpd.GeoDataFrame, rows: NDArray[np.int64]) -> Finder:
        """The edges of these rows."""
        lines = edges.geometry.to_numpy()[rows]
        return cls(rows, lines, shapely.STRtree(lines))


@dataclass(frozen=True, eq=False)
class Network:
    """Streets open to a mode, as a directed graph.

    Attributes
    ----------
    mode
        Who travels.
    crs
        Metric CRS of all coordinates.
    lengths_m, minutes
        Sparse matrices: row is the node one leaves, column the node one comes to. Of parallel
        edges the shortest, or quickest, counts; an edge without length is a stored zero.
    coordinates
        Place of each node, shape (n, 2).
    component
        Strongly connected component of each node; 0 is the largest, whose nodes can all be
        reached from one another.
    edges
        One row an open street, indexed as the streets are: ``u``, ``v`` (rows of
        `coordinates`), ``length_m``, ``minutes``, ``forward`` and ``backward`` (whether one
        may travel along the line, against it), geometry.
    """

    mode: Mode
    crs: CRS
    lengths_m: csr_matrix
    minutes: csr_matrix
    coordinates: NDArray[np.float64]
    component: NDArray[np.int64]
    edges: gpd.GeoDataFrame

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(self.coordinates)

    @cached_property
    def every_edge(self) -> Finder:
        """Finds the edges near a point."""
        return Finder.of(self.edges, np.arange(len(self.edges)))

    @cached_property
    def main_edges(self) -> Finder:
        """Finds the edges near a point that lead to and from the main part of the network."""
        main = self.component == 0
        both = main[self.edges["u"].to_numpy()] & main[self.edges["v"].to_numpy()]
        return Finder.of(self.edges, np.flatnonzero(both))


@cache
def travel_modes() -> Mapping[str, TravelMode]:
    """All modes by name: ``walk``, ``ebike``, ``drive``."""
    with data_file("travel_modes.toml").open("rb") as stream:
        table: dict[str, dict[str, Any]] = tomllib.load(stream)
    return {
        name: TravelMode(
            name_en=entry["name_en"],
            name_zh=entry["name_zh"],
            oneway_binds=entry["oneway_binds"],
            closed=frozenset(entry["closed"]),
            closed_access=frozenset(entry["closed_access"]),
            speed_share=(float(entry["speed_share"][0]), float(entry["speed_share"][1])),
            speed_kmh=entry["speed_kmh"],
        )
        for name, entry in table.items()
    }


def street_network(streets: gpd.GeoDataFrame, *, mode: Mode) -> Network:
    """Network of the streets that are open to a mode.

    Streets are joined where their layer says so, by ``u`` and ``v``; a bridge is not joined
    to what it crosses.

    Parameters
    ----------
    streets
        Layer of the kind ``streets``, in a metric CRS. No row gives a network of no node.
    mode
        A key of `travel_modes`.

    Returns
    -------
    network
        Lengths in metres, times in minutes at the mode's assumed speeds.

    Raises
    ------
    InputError
        If there is no such mode.
    SchemaError, CRSError
        If the streets do not keep their contract.
    """
    if mode not in get_args(Mode):
        message = f"'{mode}' is not a way to travel. {did_you_mean(mode, get_args(Mode))}"
        raise InputError(message)
    validate(streets, "streets")
    crs = require_metres(streets, "streets")
    rules = travel_modes()[mode]
    open_to_all = ~streets["highway"].isin(rules.closed) & ~streets["access"].isin(
        rules.closed_access
    )
    kept = streets[open_to_all]
    numbers, ends = np.unique(kept[["u", "v"]].to_numpy(dtype=np.int64), return_inverse=True)
    u, v = ends.reshape(-1, 2).T
    length_m = shapely.length(kept.geometry.to_numpy())
    speed = kept["highway"].map(lambda c: rules.speed_kmh.get(c, rules.speed_kmh["*"]))
    oneway = kept["oneway"].to_numpy() if rules.oneway_binds else np.zeros(len(kept), dtype=int)
    edges = gpd.GeoDataFrame(
        {
            "u": u,
            "v": v,
            "length_m": length_m,
            "minutes": length_m * _MIN_PER_M_AT_1_KMH / speed.to_numpy(dtype=float),
            "forward": oneway >= 0,
            "backward": oneway <= 0,
        },
        geometry=kept.geometry.array,
        index=kept.index,
        crs=crs,
    )
    n = len(numbers)
    lengths = _matrix(edges, "length_m", n)
    return Network(
        mode=mode,
        crs=crs,
        lengths_m=lengths,
        minutes=_matrix(edges, "minutes", n),
        coordinates=_coordinates(edges, n),
        component=_components(lengths),
        edges=edges,
    )


def study_networks(streets: gpd.GeoDataFrame) -> Mapping[Mode, Network]:
    """Networks of all modes; built once, they serve every village of a study.

    Parameters
    ----------
    streets
        As in `street_network`.

    Returns
    -------
    networks
        By mode.

    Raises
    ------
    SchemaError, CRSError
        As `street_network`.
    """
    return {mode: street_network(streets, mode=mode) for mode in get_args(Mode)}


def cheapest_links(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    cost: NDArray[np.float64],
    shape: tuple[int, int],
) -> csr_matrix:
    """Directed graph of links, of several between the same nodes the cheapest.

    Parameters
    ----------
    start, end
        Row and column of each link.
    cost
        Of each link, at least 0. Zeros are stored: they are links, not their absence.
    shape
        Rows and columns of the matrix.

    Returns
    -------
    matrix
        Of that shape.
    """
    order = np.lexsort((cost, end, start))
    start, end, cost = start[order], end[order], cost[order]
    first = np.ones(len(start), dtype=bool)
    first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    rows = np.concatenate([[0], np.cumsum(np.bincount(start[first], minlength=shape[0]))])
    return csr_matrix((cost[first], end[first], rows), shape=shape)


def _matrix(edges: gpd.GeoDataFrame, cost: str, n: int) -> csr_matrix:
    there, back = edges[edges["forward"]], edges[edges["backward"]]
    return cheapest_links(
        np.concatenate([there["u"], back["v"]]).astype(np.int64),
        np.concatenate([there["v"], back["u"]]).astype(np.int64),
        np.concatenate([there[cost], back[cost]]).astype(float),
        (n, n),
    )


def _coordinates(edges: gpd.GeoDataFrame, n: int) -> NDArray[np.float64]:
    lines = edges.geometry.to_numpy()
    places = np.full((n, 2), np.nan)
    places[edges["v"].to_numpy()] = shapely.get_coordinates(shapely.get_point(lines, -1))
    places[edges["u"].to_numpy()] = shapely.get_coordinates(shapely.get_point(lines, 0))
    return places


def _components(matrix: csr_matrix) -> NDArray[np.int64]:
    """Labels by size, the largest first; of equal ones the one with the lowest node."""
    if matrix.shape[0] == 0:
        return np.empty(0, dtype=np.int64)
    _, label = connected_components(matrix, directed=True, connection="strong")
    names, first, counts = np.unique(label, return_index=True, return_counts=True)
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.lexsort((first, -counts))] = np.arange(len(names))
    ranked: NDArray[np.int64] = rank[label]
    return ranked

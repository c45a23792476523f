"""Streets cut into short pieces of about one length, and how a walk goes from piece to piece.

A street of length L becomes round(L / step) pieces, at least one. A walk enters a piece from
either end, so each piece is two states, one a direction. At the end of a street a walk is shared
equally among the other streets there; at a dead end it turns round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import shapely
from scipy.sparse import csr_array

from taobaogis.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["Lixels"]

_MOST_LIXELS = 5_000_000


@dataclass(frozen=True, eq=False)
class Lixels:
    """The pieces of a network of streets.

    Attributes
    ----------
    street
        Row of the street of each piece.
    start_m, length_m
        Where a piece starts along its street, and how long it is.
    first
        First piece of each street; one more at the end.
    ends
        Points that each piece leads from and to: junctions, and places between pieces.
    onward
        Where walks go in one step: column the state left, row the state entered. State i is
        piece i walked along the street, state n + i the same against it.
    """

    street: NDArray[np.int64]
    start_m: NDArray[np.float64]
    length_m: NDArray[np.float64]
    first: NDArray[np.int64]
    ends: NDArray[np.int64]
    onward: csr_array

    @classmethod
    def of(cls, streets: gpd.GeoDataFrame, *, step_m: float) -> Self:
        """Cut streets.

        Parameters
        ----------
        streets
            Lines in metres with the columns ``u`` and ``v``, the numbers of the junctions that
            they lead from and to.
        step_m
            Wanted length of a piece.

        Raises
        ------
        InputError
            If the step is not above 0, or there are more than five million pieces.
        """
        length = shapely.length(streets.geometry.to_numpy())
        if not step_m > 0 or length.sum() / step_m > _MOST_LIXELS:
            message = f"step_m is {step_m:g}; it must be above 0 and give fewer than 5,000,000."
            raise InputError(message)
        count = np.maximum(1, np.rint(length / step_m)).astype(np.int64)
        first = np.concatenate([[0], np.cumsum(count)])
        street = np.repeat(np.arange(len(count)), count)
        piece = (length / count)[street]
        start = (np.arange(len(street)) - first[street]) * piece
        nodes = streets[["u", "v"]].to_numpy(dtype=np.int64)
        ends = _ends(first, nodes, count)
        return cls(street, start, piece, first, ends, _onward(first, nodes))

    def __len__(self) -> int:
        """How many pieces there are."""
        return len(self.street)

    def at(self, street: NDArray[np.int64], along_m: NDArray[np.float64]) -> NDArray[np.int64]:
        """Piece at a distance from the start of a street."""
        piece = self.length_m[self.first[street]]
        with np.errstate(invalid="ignore", divide="ignore"):
            step = np.nan_to_num(np.floor(along_m / piece)).astype(np.int64)
        last = self.first[street + 1] - self.first[street] - 1
        return np.asarray(self.first[street] + np.clip(step, 0, last))

    def lines(self, streets: gpd.GeoDataFrame) -> NDArray[np.object_]:
        """Geometry of each piece, straight from start to end."""
        whole = streets.geometry.to_numpy()[self.street]
        start = shapely.get_coordinates(shapely.line_interpolate_point(whole, self.start_m))
        end_m = self.start_m + self.length_m
        end = shapely.get_coordinates(shapely.line_interpolate_point(whole, end_m))
        return np.asarray(shapely.linestrings(np.stack([start, end], axis=1)), dtype=object)


def _ends(
    first: NDArray[np.int64], nodes: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Junctions numbered anew from 0; a point within a street has a number no junction has."""
    names, numbered = np.unique(nodes, return_inverse=True)
    u, v = numbered.reshape(nodes.shape).T
    piece = len(names) + np.arange(int(count.sum()))
    ends = np.column_stack([piece, piece + 1])
    ends[first[:-1], 0] = u
    ends[first[1:] - 1, 1] = v
    return ends


def _onward(first: NDArray[np.int64], ends: NDArray[np.int64]) -> csr_array:
    n = int(first[-1])
    opens, closes = first[:-1], first[1:] - 1
    inner = np.ones(n, dtype=bool)
    inner[closes] = False
    along = np.flatnonzero(inner)
    left, entered = [along, n + along + 1], [along + 1, n + along]
    share = [np.ones(len(along)), np.ones(len(along))]
    # At a junction: states that arrive, and states that leave, one pair for each end of a street.
    node = np.concatenate([ends[:, 1], ends[:, 0]])
    arrives = np.concatenate([closes, n + opens])
    leaves = np.concatenate([n + closes, opens])
    order = np.argsort(node, kind="stable")
    node, arrives, leaves = node[order], arrives[order], leaves[order]
    _, begin, degree = np.unique(node, return_index=True, return_counts=True)
    group = np.repeat(np.arange(len(begin)), degree)
    # Each end of a street beside each end at its junction, itself included.
    one = np.repeat(np.arange(len(node)), degree[group])
    other = begin[group][one] + np.arange(len(one)) - np.repeat(
        np.cumsum(degree[group]) - degree[group], degree[group]
    )  # fmt: skip
    alone = degree[group][one] == 1
    kept = (one != other) | alone
    one, other, alone = one[kept], other[kept], alone[kept]
    left.append(arrives[one])
    entered.append(leaves[other])
    share.append(np.where(alone, 1.0, 1.0 / np.maximum(degree[group][one] - 1, 1)))
    cells = (np.concatenate(entered), np.concatenate(left))
    return csr_array((np.concatenate(share), cells), shape=(2 * n, 2 * n))

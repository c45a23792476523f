"""Which outlines look at each other across the free space, and how wide that space is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from taobaogis.geometry.voronoi import voronoi_lines

__all__ = ["Contacts", "facade_contacts"]

# A façade looks at what lies within this angle of its normal; beyond, the distance is that
# along the wall and not the width of a way.
_FACING_COSINE = 0.5
_LEAST_SAMPLES = 4
# Houses in rows put four points on one circle: which two of them share a border of millimetres
# there is decided by rounding.
_SHORTEST_BORDER_M = 0.05


@dataclass(frozen=True)
class Contacts:
    """Borders between the Voronoi cells of outlines, piece by piece.

    Attributes
    ----------
    count
        Number of outlines.
    xy, owner, stands_for_m
        Points along the outlines, whose they are, and the length that each stands for.
    pairs
        The two points on either side of each piece of border, shape (n, 2); their owners
        differ.
    ends
        The two ends of each piece of border, shape (n, 2, 2).
    gap_m
        Width of the free space at each piece, façade to façade.
    """

    count: int
    xy: np.ndarray
    owner: np.ndarray
    stands_for_m: np.ndarray
    pairs: np.ndarray
    ends: np.ndarray
    gap_m: np.ndarray

    @property
    def border_m(self) -> np.ndarray:
        """Length of each piece of border."""
        length: np.ndarray = np.hypot(*(self.ends[:, 1] - self.ends[:, 0]).T)
        return length

    def opposite_m(self) -> np.ndarray:
        """Width of the free space before each point; infinite where nothing faces it."""
        nearest = np.full(len(self.xy), np.inf)
        faced = self.border_m >= _SHORTEST_BORDER_M
        for side in (0, 1):
            np.minimum.at(nearest, self.pairs[faced, side], self.gap_m[faced])
        return nearest

    def neighbours(
        self, chosen: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Pairs of outlines that share a border.

        Parameters
        ----------
        chosen
            Pieces of border that count; all by default.

        Returns
        -------
        one, other, border_m, gap_m
            One row a pair, ``one < other``: the length of its border and its least gap.
        """
        some = np.arange(len(self.gap_m)) if chosen is None else np.flatnonzero(chosen)
        owners = np.sort(self.owner[self.pairs[some]], axis=1)
        key = owners[:, 0] * self.count + owners[:, 1]
        pair, at = np.unique(key, return_inverse=True)
        border = np.bincount(at, self.border_m[some], len(pair))
        gap = np.full(len(pair), np.inf)
        np.minimum.at(gap, at, self.gap_m[some])
        return pair // self.count, pair % self.count, border, gap


def facade_contacts(outlines: np.ndarray, *, spacing_m: float, widest_m: float) -> Contacts:
    """Contacts between outlines across free space.

    Parameters
    ----------
    outlines
        Polygons or MultiPolygons in metric coordinates, ``object`` array; None has no contact.
        Holes are not looked into.
    spacing_m
        Longest distance between two points on an outline, in metres.
    widest_m
        Outlines farther apart than this are not in contact, and borders end half as far out.

    Returns
    -------
    contacts
        Without pieces for fewer than two outlines.

    Examples
    --------
    Two houses 2 m apart share a border as long as their façades:

    >>> contacts = facade_contacts(
    ...     np.array([shapely.box(0, 0, 10, 10), shapely.box(12, 0, 22, 10)]),
    ...     spacing_m=1.0,
    ...     widest_m=5.0,
    ... )
    >>> one, other, border_m, gap_m = contacts.neighbours()
    >>> one.tolist(), other.tolist(), gap_m.round(3).tolist()
    ([0], [1], [2.0])
    """
    parts, whose = shapely.get_parts(outlines, return_index=True)
    rings = shapely.segmentize(shapely.get_exterior_ring(parts), spacing_m)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    along = np.flatnonzero(ring[1:] == ring[:-1])
    step = corners[along + 1] - corners[along]
    length = np.hypot(*step.T)
    there = length > 0
    along, step, length = along[there], step[there], length[there]
    xy = corners[along] + step / 2
    owner = whose[ring[along]].astype(np.int64)
    normal = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None]
    if len(xy) < _LEAST_SAMPLES or len(np.unique(owner)) < 2:  # noqa: PLR2004 - nobody opposite
        nothing = np.zeros((0, 2), dtype=np.int64)
        return Contacts(len(outlines), xy, owner, length, nothing, np.zeros((0, 2, 2)), np.zeros(0))
    nodes, lines, pairs = voronoi_lines(np.vstack([xy, _frame(xy, 2 * widest_m)]))
    inner = (pairs < len(xy)).all(axis=1)
    lines, pairs = lines[inner], pairs[inner]
    apart = owner[pairs[:, 0]] != owner[pairs[:, 1]]
    lines, pairs = lines[apart], pairs[apart]
    way = xy[pairs[:, 1]] - xy[pairs[:, 0]]
    distance = np.hypot(*way.T)
    near = distance <= widest_m
    lines, pairs, way, distance = lines[near], pairs[near], way[near], distance[near]
    square = np.abs([np.einsum("nk,nk->n", way, normal[pairs[:, side]]) for side in (0, 1)])
    faced = (square >= _FACING_COSINE * distance).all(axis=0)
    gap = np.where(faced, square.mean(axis=0), distance)
    ends, within = _within_reach(nodes[lines], xy[pairs], widest_m / 2)
    return Contacts(len(outlines), xy, owner, length, pairs[within], ends[within], gap[within])


def _frame(xy: np.ndarray, away_m: float) -> np.ndarray:
    """Points around all others, too far away to touch a border that counts.

    Without them a border that runs out into the open has no end, and is there or not as the
    last bit of a coordinate puts its points on the hull or not.
    """
    low, high = xy.min(axis=0) - away_m, xy.max(axis=0) + away_m
    middle = (low + high) / 2
    x, y = (np.array([low[k], middle[k], high[k]]) for k in (0, 1))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return np.delete(grid, 4, axis=0)


def _within_reach(
    ends: np.ndarray, sites: np.ndarray, reach_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of border cut down to what is near enough to their points, and which are left.

    Façades in one line meet far out in the open, where a millimetre decides.
    """
    middle = sites.mean(axis=1)
    way = sites[:, 1] - sites[:, 0]
    half = np.hypot(*way.T) / 2
    there = half > 0
    along = np.column_stack([-way[:, 1], way[:, 0]]) / np.where(there, 2 * half, 1.0)[:, None]
    at = np.einsum("nek,nk->ne", ends - middle[:, None], along)
    most = np.sqrt(np.maximum(reach_m**2 - half**2, 0.0))[:, None]
    near = np.clip(at, -most, most)
    within = there & (near[:, 0] != near[:, 1])
    return middle[:, None] + near[:, :, None] * along[:, None], within

"""Middle lines of the space between obstacles, with the clear width along them.

The outlines of the obstacles are sampled densely. The Voronoi diagram of the samples, which is
the middle between whatever outlines are nearest, is cut down to the lines a person could walk:

* Lines inside an obstacle go; a sample knows on which side of its edge the outside is.
* Lines between two samples of the same outline go, unless the way along the outline is much
  longer than the straight one. What stays is the middle of dead ends and yards; what goes is
  the spurs into corners.
* Loose ends go as long as they lead into the open, where the nearest outlines are not on
  either side but behind, and if they are not longer than half the width they branch off from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, depth_first_order

from taobaogis.geometry.voronoi import voronoi_lines

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["MedialAxis", "medial_axis"]

# Round a right-angled corner the way along the outline is 1.4 times the straight one, round
# one of 45 degrees 2.6 times; in a dead end as deep as it is wide 3 times.
_DETOUR = 3.0
# In a lane the walls are seen 180 degrees apart, in the middle of a crossing 90.
_LEAST_ANGLE_DEG = 75.0
# Where more than three outlines are equally far, the diagram has bundles of nodes.
_SHORTEST_M = 0.02


@dataclass(frozen=True)
class MedialAxis:
    """Short segments that make up the middle lines.

    Attributes
    ----------
    nodes
        Coordinates, shape (m, 2).
    start, end
        Nodes of each segment, length n.
    width_m
        Clear width at the middle of each segment: the sum of the distances to the two outlines
        it lies between.
    in_open
        True where the walls are not on either side but behind: beyond the mouth of a lane.
    piece
        Number of the piece each segment belongs to; pieces run between junctions, ends and
        the mouths of lanes.
    """

    nodes: np.ndarray
    start: np.ndarray
    end: np.ndarray
    width_m: np.ndarray
    in_open: np.ndarray
    piece: np.ndarray

    @classmethod
    def of(
        cls, nodes: np.ndarray, segments: np.ndarray, width_m: np.ndarray, in_open: np.ndarray
    ) -> MedialAxis:
        """Number the pieces of segments, which are pairs of nodes, shape (n, 2)."""
        ends = segments.T.ravel()
        meeting = _meeting(ends, in_open)
        of = meeting % max(len(segments), 1)
        links = coo_array((np.ones(len(of)), tuple(of.T)), shape=(len(segments),) * 2)
        piece = connected_components(links, directed=False)[1] if len(ends) else ends
        return cls(nodes, segments[:, 0], segments[:, 1], width_m, in_open, piece)

    @property
    def segments(self) -> np.ndarray:
        """Pairs of nodes, shape (n, 2)."""
        return np.column_stack([self.start, self.end])

    def only(self, chosen: np.ndarray) -> MedialAxis:
        """Some of the segments, pieces numbered anew."""
        return MedialAxis.of(
            self.nodes, self.segments[chosen], self.width_m[chosen], self.in_open[chosen]
        )

    @property
    def length_m(self) -> np.ndarray:
        """Length of each segment."""
        length: np.ndarray = np.hypot(*(self.nodes[self.end] - self.nodes[self.start]).T)
        return length

    def within(self, area: BaseGeometry) -> MedialAxis:
        """Segments whose middle lies in an area, pieces numbered anew."""
        shapely.prepare(area)
        middle = (self.nodes[self.start] + self.nodes[self.end]) / 2
        return self.only(np.asarray(shapely.intersects_xy(area, *middle.T), dtype=bool))

    def lines(self) -> np.ndarray:
        """Geometry of the pieces in the order of their numbers: LineStrings."""
        n = len(self.start)
        if n == 0:
            return np.empty(0, dtype=object)
        ends = np.r_[self.start, self.end]
        # The two ends of each segment, and the ends that meet, are links of a chain of ends; the
        # chains all hang on one more, from which a walk goes along one after the other.
        meeting = _meeting(ends, self.in_open)
        is_free = np.ones(2 * n, dtype=bool)
        is_free[meeting] = False
        free = np.flatnonzero(is_free)
        closed = np.setdiff1d(np.arange(int(self.piece.max()) + 1), self.piece[free % n])
        first = np.r_[free, np.unique(self.piece, return_index=True)[1][closed]]
        chain = np.unique(self.piece[first % n], return_index=True)[1]
        low = np.r_[np.arange(n), meeting[:, 0], first[chain]]
        high = np.r_[np.arange(n, 2 * n), meeting[:, 1], np.full(len(chain), 2 * n)]
        links = coo_array((np.ones(len(low)), (low, high)), shape=(2 * n + 1,) * 2).tocsr()
        order = depth_first_order(links, 2 * n, directed=False, return_predecessors=False)[1:]
        # Of two ends that meet one is enough: the first of a chain and then the far ones.
        piece = self.piece[order % n]
        far = np.arange(len(order)) % 2 == 1
        far[np.flatnonzero(np.diff(piece, prepend=-1))] = True
        by_piece = np.argsort(piece[far], kind="stable")
        at = order[far][by_piece]
        lines = shapely.linestrings(self.nodes[ends[at]], indices=self.piece[at % n])
        return np.asarray(lines, dtype=object)


def _meeting(ends: np.ndarray, in_open: np.ndarray) -> np.ndarray:
    """Pairs of ends of segments that meet where nothing else does, of one kind, shape (k, 2).

    Ends are numbered as in `ends`, which holds the nodes of all starts and then of all ends.
    """
    n = len(in_open)
    degree = np.bincount(ends) if n else ends
    inner = np.flatnonzero(degree[ends] == 2)  # noqa: PLR2004
    meeting = inner[np.argsort(ends[inner], kind="stable")].reshape(-1, 2)
    of = meeting % max(n, 1)
    pairs: np.ndarray = meeting[in_open[of[:, 0]] == in_open[of[:, 1]]]
    return pairs


@dataclass(frozen=True)
class _Samples:
    """Points on outlines."""

    xy: np.ndarray
    direction: np.ndarray  # of the edge, with the obstacle on the left
    half_edge_m: np.ndarray  # how far the edge goes on either side of its middle
    from_middle_m: np.ndarray  # where on the edge the sample is, seen from its middle
    ring: np.ndarray
    along_m: np.ndarray  # from the start of the outline
    around_m: np.ndarray  # length of the outline


def medial_axis(
    obstacles: np.ndarray, *, spacing_m: float, narrowest_m: float, widest_m: float
) -> MedialAxis:
    """Middle lines of the space outside obstacles.

    Parameters
    ----------
    obstacles
        Disjoint valid Polygons, ``object`` array, metric coordinates. Their holes count as
        filled.
    spacing_m
        Longest distance between two samples of an outline; not much more than the narrowest
        width that matters.
    narrowest_m, widest_m
        Clear widths between which there is a lane; the middle line is broken elsewhere.

    Returns
    -------
    axis
        Empty with fewer than two samples either side of anything.

    References
    ----------
    Ogniewicz and Kübler 1995, Hierarchic Voronoi skeletons, Pattern Recognition 28(3), for
    telling spurs by the detour along the outline.
    """
    samples = _sample(obstacles, spacing_m)
    if len(samples.xy) < 4:  # noqa: PLR2004 - what Qhull needs
        nothing = np.zeros((0, 2))
        return MedialAxis.of(nothing, nothing.astype(np.int64), np.zeros(0), np.zeros(0, bool))
    nodes, segments, pairs = voronoi_lines(samples.xy)
    middle = (nodes[segments[:, 0]] + nodes[segments[:, 1]]) / 2
    walls = [_wall_seen(samples, pairs[:, k], middle) for k in range(2)]
    width = walls[0].distance_m + walls[1].distance_m
    angle = _angle_deg(walls[0].to_wall, walls[1].to_wall)
    keep = walls[0].outside & walls[1].outside & _apart(samples, pairs)
    keep &= (width >= narrowest_m) & (width <= widest_m)
    nodes, segments = _joined(nodes, segments[keep])
    axis = MedialAxis.of(nodes, segments, width[keep], angle[keep] < _LEAST_ANGLE_DEG)
    axis = axis.only(axis.start != axis.end)
    while True:
        axis = axis.only(_without_open_ends(axis))
        # A spur that goes can leave another one, or a loose end in the open, behind.
        stays = _without_spurs(axis)
        if stays.all():
            return axis
        axis = axis.only(stays)


def _sample(obstacles: np.ndarray, spacing_m: float) -> _Samples:
    """Points in the middle of equal parts of each edge; corners themselves are none."""
    rings = shapely.get_exterior_ring(shapely.orient_polygons(obstacles))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    step = xy[1:] - xy[:-1]
    length = np.hypot(*step.T)
    edge = np.flatnonzero((ring[1:] == ring[:-1]) & (length > 0))
    length, direction = length[edge], step[edge] / length[edge, None]
    edge_ring = ring[edge]
    around = np.bincount(edge_ring, weights=length, minlength=len(rings))
    before = np.cumsum(length) - length
    first = np.searchsorted(edge_ring, edge_ring, side="left")
    before -= before[first]
    count = np.maximum(np.ceil(length / spacing_m).astype(np.int64), 1)
    of = np.repeat(np.arange(len(edge)), count)
    number = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    at = (number + 0.5) * length[of] / count[of]
    return _Samples(
        xy=xy[edge][of] + direction[of] * at[:, None],
        direction=direction[of],
        half_edge_m=length[of] / 2,
        from_middle_m=at - length[of] / 2,
        ring=edge_ring[of],
        along_m=before[of] + at,
        around_m=around[edge_ring[of]],
    )


@dataclass(frozen=True)
class _Side:
    """What points see of the edge that a sample lies on."""

    outside: np.ndarray
    distance_m: np.ndarray
    to_wall: np.ndarray


def _wall_seen(samples: _Samples, sample: np.ndarray, points: np.ndarray) -> _Side:
    offset = points - samples.xy[sample]
    along = samples.direction[sample]
    ahead = (offset * along).sum(axis=1) + samples.from_middle_m[sample]
    aside = along[:, 0] * offset[:, 1] - along[:, 1] * offset[:, 0]
    half = samples.half_edge_m[sample]
    beyond = ahead - np.clip(ahead, -half, half)
    outward = np.column_stack([along[:, 1], -along[:, 0]])
    to_wall = outward * aside[:, None] - along * beyond[:, None]
    return _Side(aside < 0, np.hypot(aside, beyond), to_wall)


def _apart(samples: _Samples, pairs: np.ndarray) -> np.ndarray:
    """Pairs on two outlines, or with a long way between them along one."""
    p, q = pairs.T
    way = np.abs(samples.along_m[p] - samples.along_m[q])
    way = np.minimum(way, samples.around_m[p] - way)
    straight = np.hypot(*(samples.xy[p] - samples.xy[q]).T)
    apart: np.ndarray = (samples.ring[p] != samples.ring[q]) | (way > _DETOUR * straight)
    return apart


def _angle_deg(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    norm = np.hypot(*first.T) * np.hypot(*second.T)
    cosine = np.ones(len(first))
    np.divide((first * second).sum(axis=1), norm, out=cosine, where=norm > 0)
    angle: np.ndarray = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return angle


def _joined(nodes: np.ndarray, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Only the nodes in use, those at the same place as one."""
    used, numbers = np.unique(segments, return_inverse=True)
    nodes, numbers = nodes[used], numbers.reshape(segments.shape)
    short = numbers[np.hypot(*(nodes[numbers[:, 1]] - nodes[numbers[:, 0]]).T) < _SHORTEST_M]
    links = coo_array((np.ones(len(short)), (short[:, 0], short[:, 1])), shape=(len(nodes),) * 2)
    place = connected_components(links, directed=False)[1] if len(nodes) else used
    _, first = np.unique(place, return_index=True)
    return nodes[first], place[numbers]


def _without_open_ends(axis: MedialAxis) -> np.ndarray:
    """Segments that are left once loose ends in the open have been taken away, one by one."""
    segments = axis.segments
    stays = np.ones(len(segments), dtype=bool)
    while True:
        degree = np.bincount(segments[stays].ravel(), minlength=len(axis.nodes))
        loose = stays & axis.in_open & (degree[segments] == 1).any(axis=1)
        if not loose.any():
            return stays
        stays &= ~loose


def _without_spurs(axis: MedialAxis) -> np.ndarray:
    """Segments of pieces that are not a loose end shorter than what they branch off is wide."""
    if len(axis.start) == 0:
        return np.ones(0, dtype=bool)
    count = int(axis.piece.max()) + 1
    ends = np.r_[axis.start, axis.end]
    degree = np.bincount(ends, minlength=len(axis.nodes))
    length = np.bincount(axis.piece, weights=axis.length_m, minlength=count)
    widest = np.zeros(count)
    np.maximum.at(widest, axis.piece, axis.width_m)
    loose, held = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    twice = np.r_[axis.piece, axis.piece]
    loose[twice[degree[ends] == 1]] = True
    held[twice[degree[ends] > 2]] = True  # noqa: PLR2004 - a junction
    spur = loose & held & (length < widest / 2)
    stays: np.ndarray = ~spur[axis.piece]
    return stays

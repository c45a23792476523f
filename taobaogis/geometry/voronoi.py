"""Delaunay triangles and Voronoi diagram of many points, as arrays."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

__all__ = ["triangles", "voronoi_lines"]

_JITTER_M = 1e-4
_SEED = 20190


def triangles(xy: np.ndarray) -> Delaunay:
    """Delaunay triangles of points, given from their middle.

    Houses in rows put many points on one circle, which Qhull is slow to sort out; moved by a
    tenth of a millimetre they lie on none.

    Parameters
    ----------
    xy
        At least three points that do not all lie on one line, shape (n, 2), metres.

    Returns
    -------
    mesh
        ``simplices`` and ``neighbors``; its ``points`` are the moved ones.
    """
    moved = np.random.default_rng(_SEED).normal(0.0, _JITTER_M, xy.shape)
    return Delaunay(xy - xy.mean(axis=0) + moved)


def voronoi_lines(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lines that lie between nearest points.

    They are read off the Delaunay triangles, which takes half the time of Qhull's own Voronoi
    diagram.

    Parameters
    ----------
    xy
        At least four points that do not all lie on one line, shape (n, 2), metres.

    Returns
    -------
    nodes, lines, pairs
        Coordinates, shape (m, 2); the two nodes of each line of finite length, and the two
        points it lies between, shape (k, 2) each.
    """
    mesh = triangles(xy)
    origin, moved = xy.mean(axis=0), mesh.points
    a, b, c = (moved[mesh.simplices[:, k]] for k in range(3))
    ab, ac = b - a, c - a
    twice_area = 2 * (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])
    square_ab, square_ac = (ab**2).sum(axis=1), (ac**2).sum(axis=1)
    to_centre = np.column_stack(
        [
            ac[:, 1] * square_ab - ab[:, 1] * square_ac,
            ab[:, 0] * square_ac - ac[:, 0] * square_ab,
        ]
    )
    flat = twice_area == 0
    nodes = a + to_centre / np.where(flat, np.nan, twice_area)[:, None] + origin
    triangle, corner = np.nonzero(mesh.neighbors > np.arange(len(nodes))[:, None])
    other = mesh.neighbors[triangle, corner]
    shared = [mesh.simplices[triangle, (corner + k) % 3] for k in (1, 2)]
    finite = ~(flat[triangle] | flat[other])
    segments = np.column_stack([triangle, other])[finite].astype(np.int64)
    return nodes, segments, np.column_stack(shared)[finite].astype(np.int64)

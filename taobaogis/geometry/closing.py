"""Footprints with the gaps between them that nobody can enter, as solid blocks.

Only footprints that grow together are joined with each other; the cost is that of many small
unions and not of one large one.
"""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["closed_blocks"]


def closed_blocks(footprints: np.ndarray, *, gap_m: float, smooth: bool = False) -> np.ndarray:
    """Morphological closing of footprints.

    Parameters
    ----------
    footprints
        Valid Polygons or MultiPolygons, none missing, metric coordinates; they may touch and
        overlap.
    gap_m
        Gaps narrower than this are closed.
    smooth
        Whether walls may be off, by some micrometres mostly and by half a hundredth of `gap_m`
        at most (GEOS takes two walls that are so nearly in line for one), which spares the
        outlines the slivers and short edges that come with putting them back.

    Returns
    -------
    blocks
        Disjoint Polygons, ``object`` array; the order of the footprints does not matter.
    """
    half = gap_m / 2
    footprints = footprints[np.lexsort(shapely.bounds(footprints).T)]
    # GEOS divides by zero where a mitred corner is all but straight, and then does the right thing.
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = shapely.buffer(footprints, half, join_style="mitre")
        group = _meeting(grown)
        closed = shapely.buffer(_united(grown, group), -half, join_style="mitre")
    # Shrinking can take a little more than growing gave.
    if not smooth:
        closed = _united(np.r_[footprints, closed], np.r_[group, np.arange(len(closed))])
    return np.asarray(shapely.get_parts(closed), dtype=object)


def _meeting(shapes: np.ndarray) -> np.ndarray:
    """Number of the group of each shape; shapes of one group hang together."""
    n = len(shapes)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    links = coo_array((np.ones(len(one)), (one, other)), shape=(n, n))
    group: np.ndarray = connected_components(links, directed=False)[1] if n else np.zeros(0, int)
    return group


def _united(shapes: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Union of the shapes of each group, in the order of their numbers."""
    if len(shapes) == 0:
        return np.empty(0, dtype=object)
    order = np.argsort(group, kind="stable")
    together = shapely.geometrycollections(shapes[order], indices=group[order])
    return np.asarray(shapely.union_all(np.asarray(together)[:, None], axis=1), dtype=object)

"""Lines into stretches between junctions, by the vertices they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

__all__ = ["Stretches", "number_vertices", "split_at_junctions"]


@dataclass(frozen=True)
class Stretches:
    """Pieces of lines between two junctions.

    Attributes
    ----------
    geometry
        LineStrings, ``object`` array of length n.
    line
        Position of the line each was cut from, ``int64`` array of length n.
    u, v
        Numbers of the vertices it starts and ends at, ``int64`` arrays of length n.
    """

    geometry: np.ndarray
    line: np.ndarray
    u: np.ndarray
    v: np.ndarray


def number_vertices(coordinates: np.ndarray, *, precision_m: float = 0.001) -> np.ndarray:
    """Number for each vertex, the same for vertices at the same place.

    Parameters
    ----------
    coordinates
        Shape (n, 2), metres.
    precision_m
        Vertices whose coordinates round to the same multiple are one.

    Returns
    -------
    numbers
        ``int64`` array of length n.
    """
    rounded = np.round(coordinates / precision_m).astype(np.int64)
    _, numbers = np.unique(rounded, axis=0, return_inverse=True)
    return numbers.astype(np.int64).ravel()


def split_at_junctions(coordinates: np.ndarray, line: np.ndarray, numbers: np.ndarray) -> Stretches:
    """Cut lines wherever a vertex is used more than once, by themselves or by another line.

    Lines that cross without a shared vertex, as a bridge does, stay whole.

    Parameters
    ----------
    coordinates
        Vertices of all lines one after another, shape (n, 2).
    line
        Which line each vertex belongs to, not descending, length n.
    numbers
        Identity of each vertex, length n: equal numbers meet.

    Returns
    -------
    stretches
        In the order of the lines, along each. A line with fewer than two vertices gives none.
    """
    if len(line) == 0:
        nothing = np.empty(0, dtype=np.int64)
        return Stretches(np.empty(0, dtype=object), nothing, nothing, nothing)
    _, where, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    shared = counts[where.ravel()] > 1
    first = np.r_[True, line[1:] != line[:-1]]
    last = np.r_[first[1:], True]
    # Each stretch runs from one break to the next on the same line; a shared vertex in the
    # middle ends one stretch and starts another, so its coordinate is written twice.
    starts = np.flatnonzero((first | shared) & ~last)
    breaks = np.flatnonzero(first | shared | last)
    ends = breaks[np.searchsorted(breaks, starts, side="right")]
    lengths = ends - starts + 1
    offsets = np.r_[0, np.cumsum(lengths)]
    stretch = np.repeat(np.arange(len(starts)), lengths)
    vertex = np.arange(offsets[-1]) - offsets[stretch] + starts[stretch]
    geometry = (
        shapely.linestrings(coordinates[vertex], indices=stretch)
        if len(starts)
        else np.empty(0, dtype=object)
    )
    return Stretches(
        np.asarray(geometry, dtype=object), line[starts], numbers[starts], numbers[ends]
    )

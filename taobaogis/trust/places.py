"""Places of a layer, for comparing it with another: points, along lines, inside areas."""

from __future__ import annotations

from typing import Literal

import numpy as np
import shapely

__all__ = ["Kind", "dense_places", "kind_of", "places"]

Kind = Literal["points", "lines", "areas"]

# Areas above this are drawn along roads and shores, not built; their outline is what matters.
_LARGEST_BUILDING_M2 = 10_000.0
_MOST_PLACES = 4_000_000
_MOST_TRIES = 20.0


def kind_of(geometry: np.ndarray) -> Kind:
    """What a layer mostly consists of; large areas count as the lines around them.

    Parameters
    ----------
    geometry
        Geometries in metres, none missing or empty; at least one.

    Returns
    -------
    kind
        Of the majority.
    """
    dimensions = np.clip(shapely.get_dimensions(geometry), 0, 2)
    most = int(np.bincount(dimensions, minlength=3).argmax())
    if most < 2:  # noqa: PLR2004 - areas have two dimensions
        return "lines" if most else "points"
    areas = shapely.area(geometry[dimensions == most])
    return "areas" if np.median(areas) <= _LARGEST_BUILDING_M2 else "lines"


def places(geometry: np.ndarray, kind: Kind, n: int, rng: np.random.Generator) -> np.ndarray:
    """Random places of a layer.

    Parameters
    ----------
    geometry
        As in `kind_of`.
    kind
        ``points`` gives the points themselves, each at most once; ``lines`` places along them;
        ``areas`` places inside them, an area counting once however large.
    n
        Number of places at most.
    rng
        Source of chance.

    Returns
    -------
    places
        Coordinates in metres, two columns.
    """
    if kind == "points":
        parts = _points(geometry)
        return parts[rng.permutation(len(parts))[:n]]
    if kind == "lines":
        return _along(geometry, n, rng)
    parts = _polygons(geometry)
    chosen = parts[rng.integers(0, len(parts), n)] if len(parts) > n else parts
    drawn = _inside(chosen, np.full(len(chosen), -(-n // len(chosen))), rng)
    return drawn[rng.permutation(len(drawn))[:n]]


def dense_places(
    geometry: np.ndarray, kind: Kind, spacing_m: float, rng: np.random.Generator
) -> np.ndarray:
    """Places so dense that hardly a gap of the spacing is left.

    Parameters
    ----------
    geometry, kind, rng
        As in `places`.
    spacing_m
        About how near to each other they are along lines and inside areas.

    Returns
    -------
    places
        Coordinates in metres, two columns; sparser if this took more than four million.
    """
    if kind == "points":
        return _points(geometry)
    if kind == "lines":
        length_m = shapely.length(geometry).sum()
        return _along(geometry, int(min(length_m / spacing_m, _MOST_PLACES)) + 1, rng)
    parts = _polygons(geometry)
    wanted = shapely.area(parts) / spacing_m**2
    wanted *= min(1.0, _MOST_PLACES / wanted.sum())
    return _inside(parts, np.ceil(wanted).astype(int), rng)


def _points(geometry: np.ndarray) -> np.ndarray:
    return shapely.get_coordinates(geometry[shapely.get_dimensions(geometry) == 0])


def _along(geometry: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Places along lines and outlines, evenly over their length but for chance."""
    linear = geometry[shapely.get_dimensions(geometry) > 0]
    parts = shapely.get_parts(linear)
    rings = shapely.get_rings(parts[shapely.get_dimensions(parts) > 1])
    lines = np.concatenate([parts[shapely.get_dimensions(parts) == 1], rings])
    vertices, line = shapely.get_coordinates(lines, return_index=True)
    joined = line[1:] == line[:-1]
    start, step = vertices[:-1][joined], np.diff(vertices, axis=0)[joined]
    ends = np.cumsum(np.hypot(*step.T))
    if not len(ends) or ends[-1] == 0.0:
        return np.empty((0, 2))
    along = (np.arange(n) + rng.random(n)) / n * ends[-1]
    piece = np.minimum(np.searchsorted(ends, along, side="right"), len(ends) - 1)
    share = (along - ends[piece]) / np.hypot(*step[piece].T) + 1.0
    drawn: np.ndarray = start[piece] + share[:, None] * step[piece]
    return drawn


def _polygons(geometry: np.ndarray) -> np.ndarray:
    parts = shapely.get_parts(geometry)
    return parts[shapely.area(parts) > 0.0]


def _inside(polygons: np.ndarray, n: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random places inside polygons, about `n` each, drawn from their boxes."""
    bounds = shapely.bounds(polygons)
    box = (bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1])
    tries = np.ceil(n * np.minimum(box / shapely.area(polygons), _MOST_TRIES)).astype(int)
    owner = np.repeat(np.arange(len(polygons)), tries)
    drawn = bounds[owner, :2] + rng.random((len(owner), 2)) * (
        bounds[owner, 2:] - bounds[owner, :2]
    )
    inside: np.ndarray = drawn[shapely.contains_xy(polygons[owner], drawn)]
    return inside

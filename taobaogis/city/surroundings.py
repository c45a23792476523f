"""Which features a square of ground tells of, and which it has to see to measure them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.city.measures import SEES_M
from taobaogis.geometry.arrays import geometries

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

__all__ = ["inner_points", "squares_of", "surroundings"]

# A misplaced street is measured from where it leaves the houses it runs through.
_SHIFT_M = 10.0
_SIDES = np.array([-1, -1, 1, 1])


def inner_points(layers: Mapping[str, gpd.GeoDataFrame]) -> Mapping[str, np.ndarray]:
    """A point of each feature by kind, shape (n, 2); a feature is told where its point lies."""
    streets = geometries(layers["streets"])
    points = {
        "buildings": shapely.point_on_surface(geometries(layers["buildings"])),
        "streets": shapely.line_interpolate_point(streets, 0.5, normalized=True),
        "pois": geometries(layers["pois"]),
    }
    return {kind: shapely.get_coordinates(found) for kind, found in points.items()}


def surroundings(
    layers: Mapping[str, gpd.GeoDataFrame],
    own: Mapping[str, np.ndarray],
    box: shapely.Polygon,
    *,
    sight_line_m: float,
) -> Mapping[str, np.ndarray]:
    """Rows of each kind that a square has to see.

    Parameters
    ----------
    layers
        ``buildings``, ``streets`` and ``pois``.
    own
        By kind, which rows the square tells of.
    box
        The square.
    sight_line_m
        How far a façade may be from a street.

    Returns
    -------
    rows
        Ascending positions: own places; streets that are its own or reach into it; buildings that
        reach into it, lie within `SEES_M` of its own, or within sight of its streets.
    """
    streets = _reaching(layers["streets"], [box], own["streets"])
    around = [box]
    if own["buildings"].any():
        bounds = shapely.bounds(geometries(layers["buildings"].loc[own["buildings"]]))
        edge = np.r_[bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)]
        around.append(shapely.box(*(edge + _SIDES * SEES_M)))
    lines = shapely.bounds(geometries(layers["streets"].iloc[streets]))
    around += [shapely.box(*line) for line in lines + _SIDES * (sight_line_m + _SHIFT_M)]
    return {
        "buildings": _reaching(layers["buildings"], around, own["buildings"]),
        "streets": streets,
        "pois": np.flatnonzero(own["pois"]),
    }


def squares_of(bounds: np.ndarray, side_m: float) -> np.ndarray:
    """All squares that boxes touch, each once, from south to north and west to east.

    Parameters
    ----------
    bounds
        West, south, east, north of each, shape (n, 4).
    side_m
        Side of a square; they lie on multiples of it.

    Returns
    -------
    squares
        Numbers from the origin eastward and northward, shape (m, 2).
    """
    known = np.isfinite(bounds).all(axis=1)
    ends = np.unique(np.floor(bounds[known] / side_m).astype(np.int64), axis=0)
    found = [
        np.stack(np.meshgrid(range(w, e + 1), range(s, n + 1)), axis=-1).reshape(-1, 2)
        for w, s, e, n in ends
    ]
    squares = np.unique(np.concatenate([np.zeros((0, 2), np.int64), *found])[:, ::-1], axis=0)
    return np.asarray(squares[:, ::-1])


def _reaching(layer: gpd.GeoDataFrame, areas: list[shapely.Polygon], own: np.ndarray) -> np.ndarray:
    found = layer.sindex.query(np.array(areas, dtype=np.object_), predicate="intersects")[1]
    return np.union1d(found, np.flatnonzero(own))

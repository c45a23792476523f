"""The main roads between a village and where it trades: what a map of the ways there needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from taobaogis.village import Layers

__all__ = ["ROAD_CLASSES", "main_roads"]

# From the quietest to the greatest, so that the greatest is drawn last.
ROAD_CLASSES = ("tertiary", "secondary", "primary", "trunk", "motorway")
# A square around what is to be seen, in lengths of its longer side, and so much more on each side:
# sheets and screens are wider than high.
_SIDES, _PAD_M = 1.3, 600.0
# For a map of a whole district.
_DRAWN_WITHIN_M = 6.0


def main_roads(layers: Layers, seen: Sequence[BaseGeometry]) -> gpd.GeoDataFrame:
    """Main roads around everything that is to be seen.

    Parameters
    ----------
    layers
        Of the whole study.
    seen
        Geometries in the CRS of `layers`, at least one.

    Returns
    -------
    roads
        One row a class of `ROAD_CLASSES` that occurs, the greatest last: ``highway``, and all of
        its streets without ramps as one geometry, drawn within 6 m. For maps only: the pieces are
        no longer those of the layer ``streets``.
    """
    west, south, east, north = shapely.total_bounds(np.array(seen, dtype=object))
    half = _SIDES * max(east - west, north - south) / 2 + _PAD_M
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    box = shapely.box(middle.x - half, middle.y - half, middle.x + half, middle.y + half)
    streets = layers["streets"]
    kept = streets[streets["highway"].isin(ROAD_CLASSES)]
    kept = kept[shapely.intersects(kept.geometry.to_numpy(), box)]
    names, shapes = [], []
    for name in ROAD_CLASSES:
        lines = kept.geometry.to_numpy()[(kept["highway"] == name).to_numpy()]
        if len(lines):
            joined = shapely.line_merge(shapely.multilinestrings(list(lines)))
            names.append(name)
            shapes.append(shapely.simplify(joined, _DRAWN_WITHIN_M))
    return gpd.GeoDataFrame(
        {"highway": np.array(names, dtype=object)},
        geometry=gpd.GeoSeries(shapes, crs=layers.crs),
        crs=layers.crs,
    ).astype({"highway": "str"})

"""Pairs of houses that stand close: party walls, and distances below the fire separation.

Two houses that share a wall are one body; what matters between all others is the least distance,
whether they face each other or meet at their corners: fire does not care.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.geometry.arrays import geometries

__all__ = ["close_pairs", "fire_columns", "joined_columns"]

# Outlines nearer than this were meant to touch.
_JOINED_M = 0.1
# A shared wall is longer than this; houses that meet at a corner share none.
_SHARED_WALL_M = 1.0


def close_pairs(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    closer_than_m: float,
    joined_m: float = _JOINED_M,
    shared_wall_m: float = _SHARED_WALL_M,
) -> gpd.GeoDataFrame:
    """All pairs of houses closer than a distance, each once.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS; a missing one has no pair.
    closer_than_m
        Distance that a pair stays below, in metres, from outline to outline.
    joined_m
        Outlines nearer than this were meant to touch, in metres.
    shared_wall_m
        Length along which outlines must touch to share a wall, in metres.

    Returns
    -------
    pairs
        The shortest line between each pair, or where they touch the line from centre to centre,
        with ``one`` and ``other`` (labels in the index of `buildings`, in its order),
        ``distance_m`` and ``joined`` (they share a wall or overlap). A footprint that stands in
        the layer twice is no pair with itself.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    InputError
        If `closer_than_m` or `shared_wall_m` is not above 0, or `joined_m` is below 0.

    Examples
    --------
    Two houses that share a wall, and a third 4 m away from the second:

    >>> from shapely import box
    >>> row = gpd.GeoSeries([box(0, 0, 8, 9), box(8, 0, 16, 9), box(20, 0, 28, 9)], crs=4547)
    >>> close_pairs(row, closer_than_m=6)[["one", "other", "distance_m", "joined"]]
       one  other  distance_m  joined
    0    0      1         0.0    True
    1    1      2         4.0   False
    """
    require_metres(buildings, "buildings")
    if not (closer_than_m > 0 and shared_wall_m > 0 and joined_m >= 0):
        message = (
            f"closer_than_m is {closer_than_m:g}, joined_m is {joined_m:g} and shared_wall_m is "
            f"{shared_wall_m:g}; give distances above 0 (joined_m may be 0)."
        )
        raise InputError(message)
    footprints = geometries(buildings)
    one, other = shapely.STRtree(footprints).query(
        footprints, predicate="dwithin", distance=max(closer_than_m, joined_m)
    )
    once = one < other
    one, other = one[once], other[once]
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    distance = shapely.distance(footprints[one], footprints[other])
    near = np.flatnonzero(distance <= joined_m)
    twins = near[shapely.equals(footprints[one[near]], footprints[other[near]])]
    joined = np.zeros(len(one), dtype=bool)
    wall = _shared_wall_m(footprints[one[near]], footprints[other[near]], joined_m)
    joined[near] = wall >= shared_wall_m
    kept = (distance < closer_than_m) | joined
    kept[twins] = False
    one, other = one[kept], other[kept]
    lines = shapely.shortest_line(footprints[one], footprints[other])
    centres = shapely.centroid(footprints)
    lines = np.where(distance[kept] > 0, lines, shapely.shortest_line(centres[one], centres[other]))
    table = {
        "one": buildings.index.take(one),
        "other": buildings.index.take(other),
        "distance_m": distance[kept],
        "joined": joined[kept],
    }
    return gpd.GeoDataFrame(table, geometry=lines, crs=buildings.crs)


def joined_columns(pairs: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Groups of houses that share walls.

    Parameters
    ----------
    pairs
        From `close_pairs`.
    index
        Index of the buildings.

    Returns
    -------
    joined
        On `index`: ``joined_houses``, how many houses the group has (1 for a house that stands
        alone), and ``joined_group``, the number of the group, from 1 in the order of the first
        house of each; 0 for a house that stands alone.
    """
    return _groups(pairs[pairs["joined"]], index, size="joined_houses", group="joined_group")


def fire_columns(
    pairs: gpd.GeoDataFrame, index: pd.Index, names: pd.Series, *, separation_m: float
) -> pd.DataFrame:
    """Which neighbours stand nearer than the fire separation.

    Parameters
    ----------
    pairs
        From `close_pairs`, with a distance of at least `separation_m`.
    index
        Index of the buildings.
    names
        What each building is called, on `index`.
    separation_m
        Distance that neighbours should keep, in metres.

    Returns
    -------
    fire
        On `index`: ``fire_neighbours`` (how many stand nearer, not counting those that share a
        wall), ``fire_gap_m`` and ``fire_nearest`` (distance and name of the nearest of them; NaN
        and empty if there is none), ``fire_group_houses`` and ``fire_group`` (houses that a fire
        could reach from one to the next, over shared walls and distances too small; numbered
        as in `joined_columns`).
    """
    spread = pairs[pairs["joined"] | (pairs["distance_m"] < separation_m)]
    below = spread[~spread["joined"]]
    both = pd.DataFrame(
        {
            "house": [*below["one"], *below["other"]],
            "neighbour": [*below["other"], *below["one"]],
            "distance_m": [*below["distance_m"], *below["distance_m"]],
        }
    )
    count = both["house"].value_counts().reindex(index).fillna(0).astype("int64")
    nearest = both.sort_values(["distance_m", "neighbour"], kind="stable")
    nearest = nearest.drop_duplicates("house").set_index("house").reindex(index)
    named = names.reindex(nearest["neighbour"]).fillna("").astype("str").to_numpy()
    columns = {
        "fire_neighbours": count,
        "fire_gap_m": nearest["distance_m"].astype("float64"),
        "fire_nearest": pd.Series(named, index=index, dtype="str"),
    }
    groups = _groups(spread, index, size="fire_group_houses", group="fire_group")
    return pd.DataFrame(columns, index=index).join(groups)


def _groups(pairs: pd.DataFrame, index: pd.Index, *, size: str, group: str) -> pd.DataFrame:
    n = len(index)
    one, other = (index.get_indexer(pd.Index(pairs[side])) for side in ("one", "other"))
    links = coo_array((np.ones(len(one)), (one, other)), shape=(n, n))
    label = connected_components(links, directed=False)[1] if n else np.zeros(0, dtype=np.int64)
    houses = np.bincount(label, minlength=1)[label]
    number = np.zeros(n, dtype=np.int64)
    number[houses > 1] = pd.factorize(label[houses > 1])[0] + 1
    return pd.DataFrame({size: houses, group: number}, index=index)


def _shared_wall_m(one: np.ndarray, other: np.ndarray, joined_m: float) -> np.ndarray:
    """Length of the outline of each footprint that touches the other one."""
    room = shapely.buffer(other, max(joined_m, 1e-6), quad_segs=2)
    touching: np.ndarray = shapely.length(shapely.intersection(shapely.boundary(one), room))
    # Where two walls meet, the outline runs on past the end of the other one.
    return touching - 2 * joined_m

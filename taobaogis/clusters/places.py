"""Clusters of places by density (DBSCAN), and what they say of a village."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from taobaogis.clusters.categories import categories
from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt, grade, limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from taobaogis.village import Village

__all__ = ["Grouping", "cluster_labels", "cluster_outlines", "place_indicators"]

_NOISE = -1
_OUTLINE_MARGIN_SHARE = 0.25


class Grouping(NamedTuple):
    """One way in which places were told apart as clusters.

    Attributes
    ----------
    column
        Of the places, that holds the cluster of each, -1 for none.
    clusters
        How many of them touch the village.
    keys
        Indicators of how many clusters there are, and of the share of the places in them.
    method
        How they were found.
    """

    column: str
    clusters: int
    keys: tuple[str, str]
    method: str


def cluster_labels(places: gpd.GeoDataFrame, *, eps_m: float, min_places: int) -> pd.Series:
    """Cluster each place belongs to.

    Parameters
    ----------
    places
        Points in a metric CRS.
    eps_m
        Two places closer than this are neighbours.
    min_places
        A place with so many neighbours, itself among them, is the core of a cluster.

    Returns
    -------
    cluster
        ``int64``, on the index of `places`, counting from 0; -1 for places in no cluster.

    Raises
    ------
    CRSError
        If `places` is not in metres.
    InputError
        If `eps_m` or `min_places` is not positive.

    References
    ----------
    Ester, Kriegel, Sander and Xu 1996, A density-based algorithm for discovering clusters,
    KDD-96.
    """
    require_metres(places, "places")
    if eps_m <= 0 or min_places < 1:
        message = f"eps_m is {eps_m:g} and min_places is {min_places}; both must be above 0."
        raise InputError(message)
    if len(places) == 0:
        return pd.Series([], index=places.index, dtype="int64", name="cluster")
    xy = np.column_stack([places.geometry.x, places.geometry.y])
    labels = _dbscan(xy, eps_m=eps_m, min_places=min_places)
    return pd.Series(labels, index=places.index, name="cluster")


def _dbscan(xy: NDArray[np.float64], *, eps_m: float, min_places: int) -> NDArray[np.int64]:
    """Labels as scikit-learn gives them, whose import alone takes longer than most runs' places."""
    n = len(xy)
    pairs = cKDTree(xy).query_pairs(eps_m, output_type="ndarray")
    core = 1 + np.bincount(pairs.ravel(), minlength=n) >= min_places
    a, b = pairs[core[pairs].all(axis=1)].T
    joined = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n))
    component = connected_components(joined, directed=False)[1][core]
    # Clusters are counted in the order of their first core.
    found, first, member = np.unique(component, return_index=True, return_inverse=True)
    number = np.empty(len(found), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(found))
    labels = np.full(n, _NOISE, dtype=np.int64)
    labels[core] = number[member]
    # A place at the edge of several clusters goes to the first of them.
    edge = pairs[core[pairs].sum(axis=1) == 1]
    edge = np.where(core[edge[:, :1]], edge, edge[:, ::-1])
    reached = np.full(n, n, dtype=np.int64)
    np.minimum.at(reached, edge[:, 1], labels[edge[:, 0]])
    return np.where(reached < n, reached, labels)


def cluster_outlines(
    places: gpd.GeoDataFrame, cluster: pd.Series, *, eps_m: float | None
) -> gpd.GeoDataFrame:
    """Outline of each cluster.

    Parameters
    ----------
    places
        Points with the column ``category``, in a metric CRS.
    cluster
        From `cluster_labels`, on the same index.
    eps_m
        Reach the clusters were found with. The outline follows the places, a street's bends
        and crossings too, at a quarter of it. None if they were found without: each cluster then
        has the widest distance of one of its places to the nearest other.

    Returns
    -------
    outlines
        One polygon a cluster, ordered by label: ``cluster``, ``places`` (how many),
        ``chain_places`` (of the e-commerce chain), ``main_category``, ``area_ha``.
    """
    chain = {key for key, category in categories().items() if category.chain}
    rows = []
    for label, members in places[cluster != _NOISE].groupby(cluster[cluster != _NOISE]):
        # Grown by the reach neighbours melt together; shrunk again by less, they stay joined.
        reach_m = eps_m or _widest_step(members.geometry.to_numpy())
        grown = shapely.union_all(shapely.buffer(members.geometry.to_numpy(), reach_m))
        outline = shapely.buffer(grown, -(1 - _OUTLINE_MARGIN_SHARE) * reach_m)
        counts = members["category"].value_counts()
        # Equal counts: the first category in the order of the table.
        main = next(key for key in categories() if counts.get(key, 0) == counts.max())
        rows.append(
            {
                "cluster": int(str(label)),
                "places": len(members),
                "chain_places": int(members["category"].isin(chain).sum()),
                "main_category": main,
                "area_ha": outline.area / 1e4,
                "geometry": outline,
            }
        )
    columns = ["cluster", "places", "chain_places", "main_category", "area_ha", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=places.crs)


def _widest_step(points: NDArray[np.object_]) -> float:
    """Widest distance of a place to the nearest other, at least a metre."""
    xy = shapely.get_coordinates(points)
    return max(1.0, float(cKDTree(xy).query(xy, k=[2])[0].max()))


def place_indicators(
    village: Village, places: gpd.GeoDataFrame, groupings: Sequence[Grouping]
) -> list[Indicator]:
    """How many places a village has on the map, and how they gather.

    Parameters
    ----------
    village
        Whose places they are.
    places
        Places inside the boundary, with the column ``category`` and those of the groupings.
    groupings
        Ways in which the places were told apart.

    Returns
    -------
    indicators
        ``poi_count`` and the group ``clusters`` of the definitions.
    """
    source = village.layers.source("pois")
    counts_method = "places of OpenStreetMap's tags within the boundary"
    counted = ("poi_count", "service_density_per_ha", "production_place_count")
    keys = (*counted, *(key for grouping in groupings for key in grouping.keys))
    if village.outside:
        return [not_available(key, village.outside, source=source) for key in keys]
    n = len(places)
    if n == 0:
        why = Words(
            "no place is mapped here, which is not to say that there is none",
            "此处未测绘设施点，并不表示没有",
        )
        return [not_available(k, why, method=counts_method, source=source) for k in keys]
    chain = {key for key, category in categories().items() if category.chain}
    few = doubt("few_places", n)
    level, reason = grade([*boundary_doubts(village), few])
    found = [
        measured(key, value, n=n, method=counts_method, source=source, grade=level, reason=reason)
        for key, value in (
            ("poi_count", n),
            ("service_density_per_ha", n / village.area_ha),
            ("production_place_count", int(places["category"].isin(chain).sum())),
        )
    ]
    enough = limit("few_places")
    for grouping in groupings:
        if n < enough:
            why = Words(
                f"too few to say: {n} places are mapped, {enough:g} are needed",
                f"数量过少：仅测绘 {n} 处，至少需 {enough:g} 处",
            )
            found += [
                not_available(k, why, method=grouping.method, source=source) for k in grouping.keys
            ]
            continue
        clustered = places[grouping.column] != _NOISE
        found += [
            measured(key, value, n=n, method=grouping.method, source=source, grade=level,
                     reason=reason)
            for key, value in zip(grouping.keys, (grouping.clusters, clustered.mean()), strict=True)
        ]  # fmt: skip
    return found

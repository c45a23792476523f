"""Clusters of any density (HDBSCAN); the one door to hdbscan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taobaogis.crs import require_metres
from taobaogis.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["hierarchical_labels"]


def hierarchical_labels(
    places: gpd.GeoDataFrame, *, min_places: int, reach_m: float = 0.0
) -> pd.DataFrame:
    """Cluster of each place, where some streets are denser than others.

    Parameters
    ----------
    places
        Points in a metric CRS.
    min_places
        Least size of a cluster, at least 2.
    reach_m
        Clusters closer than this are not split further; 0 for no such limit.

    Returns
    -------
    clusters
        On the index of `places`: ``cluster``, numbered by the first place of each, -1 for places
        in none; ``membership``, how firmly a place belongs to its cluster, in [0, 1].

    Raises
    ------
    CRSError
        If `places` is not in metres.
    InputError
        If `min_places` is below 2 or `reach_m` below 0.

    References
    ----------
    Campello, Moulavi and Sander 2013, Density-based clustering based on hierarchical density
    estimates, PAKDD. Malzer and Baum 2020 for `reach_m`.
    """
    require_metres(places, "places")
    if min_places < 2 or reach_m < 0:  # noqa: PLR2004 - one place alone is no cluster
        message = (
            f"min_places is {min_places} and reach_m is {reach_m:g}; "
            "give at least 2 places and at least 0 m."
        )
        raise InputError(message)
    label = np.full(len(places), -1, dtype=np.int64)
    membership = np.zeros(len(places))
    if len(places) > min_places:
        from hdbscan import HDBSCAN  # noqa: PLC0415 - its import takes seconds

        xy = np.column_stack([places.geometry.x, places.geometry.y])
        # Many ways are equally far, and of these the first counts: from the middle outward it is
        # the same one however the places are listed or turned.
        order = np.argsort(np.hypot(*(xy - xy.mean(axis=0)).T).round(6), kind="stable")
        found = HDBSCAN(
            min_cluster_size=min_places,
            cluster_selection_epsilon=float(reach_m),
            allow_single_cluster=True,
            core_dist_n_jobs=1,
        ).fit(xy[order])
        label[order] = found.labels_
        label = _by_first(label)
        membership[order] = found.probabilities_
    table = {"cluster": label, "membership": membership}
    return pd.DataFrame(table, index=places.index)


def _by_first(label: np.ndarray) -> np.ndarray:
    """Labels renumbered in the order in which clusters first occur; -1 stays."""
    names, first = np.unique(label, return_index=True)
    order = names[np.argsort(first)]
    rank = {int(name): i for i, name in enumerate(order[order >= 0])}
    return np.array([rank.get(int(name), -1) for name in label], dtype=np.int64)

"""The streets one takes from a village to the right markets, on foot, by e-bike and by car."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from taobaogis.access.markets import MAX_SNAP_M, village_centre
from taobaogis.access.ways import best_ways

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.access.network import Mode, Network
    from taobaogis.village import Village

__all__ = ["market_ways"]

_COLUMNS = {
    "market": "str", "name_en": "str", "name_zh": "str", "mode": "str", "minutes": "float64",
    "low_min": "float64", "high_min": "float64", "length_m": "float64", "first": "bool",
    "village": "str",
}  # fmt: skip


def market_ways(
    village: Village, table: gpd.GeoDataFrame, networks: Mapping[Mode, Network]
) -> gpd.GeoDataFrame:
    """Quickest way along the streets to each right market, by mode.

    Parameters
    ----------
    village
        Whose middle is the start.
    table
        From `taobaogis.access.markets.market_access`.
    networks
        From `taobaogis.access.network.study_networks`, the same that `table` was made with.

    Returns
    -------
    ways
        One row a right market and mode that a way leads to: ``market``, its names, ``mode``,
        ``minutes`` with ``low_min`` and ``high_min`` of the table, ``length_m``, ``first``
        (whether it is the right market that this mode reaches first) and ``village``; lines
        from the middle of the village to the market, as `taobaogis.access.ways.best_ways`.
    """
    start = gpd.GeoSeries([village_centre(village.boundary)], crs=table.crs)
    found = []
    for mode, network in networks.items():
        known = table[table["right_goods"] & table[f"{mode}_min"].notna()]
        if known.empty:
            continue
        ways = best_ways(start, known, network, max_snap_m=MAX_SNAP_M, connected=True)
        minutes = known[f"{mode}_min"]
        rows = known[["market", "name_en", "name_zh", "village"]].assign(
            mode=mode,
            minutes=minutes,
            low_min=known[f"{mode}_low_min"],
            high_min=known[f"{mode}_high_min"],
            length_m=ways["length_m"],
            first=np.arange(len(known)) == int(np.argmin(minutes)),
        )
        found.append(rows.set_geometry(ways.geometry)[ways.geometry.notna()])
    if not found:
        nothing = pd.DataFrame(columns=list(_COLUMNS)).astype(_COLUMNS)
        return gpd.GeoDataFrame(nothing, geometry=gpd.GeoSeries([], crs=table.crs), crs=table.crs)
    both = pd.concat(found, ignore_index=True)
    return gpd.GeoDataFrame(both[[*_COLUMNS, "geometry"]], crs=table.crs).astype(_COLUMNS)

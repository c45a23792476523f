"""What cannot be told tile by tile, measured once over the whole city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from taobaogis.access.nearest import nearest_places
from taobaogis.access.network import street_network
from taobaogis.access.snapping import snap
from taobaogis.crs import LONLAT
from taobaogis.form.merged import merged_footprints

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.study import MarketSpec
    from taobaogis.village import Layers

__all__ = ["whole_columns"]

# A house farther from any street than this is on none; a place farther on foot is out of reach.
_SNAP_M = 200.0
_LIMIT_M = 5000.0


def whole_columns(layers: Layers, markets: Sequence[MarketSpec]) -> Mapping[str, np.ndarray]:
    """Columns of the buildings that depend on houses and streets far away.

    Parameters
    ----------
    layers
        Of the whole city.
    markets
        Of the study; those far outside the streets are in nobody's reach.

    Returns
    -------
    columns
        In the order of the buildings: those of `taobaogis.form.merged.merged_footprints`, which
        looks at the 30 nearest footprints wherever they are, and ``stop_walk_m`` and
        ``market_walk_m``, metres along the streets to the nearest stop and to the nearest market,
        searched once from these; NaN beyond 5 km, for houses farther than 200 m from any street,
        and where there is neither.
    """
    buildings, streets = layers["buildings"], layers["streets"]
    merged = merged_footprints(buildings)
    columns = {str(name): np.asarray(merged[name].array) for name in merged}
    columns |= {"stop_walk_m": np.full(len(buildings), np.nan)}
    columns |= {"market_walk_m": columns["stop_walk_m"].copy()}
    if buildings.empty or streets.empty:
        return columns
    lonlat = gpd.points_from_xy([m.lon for m in markets], [m.lat for m in markets], crs=LONLAT)
    goals = {
        "stop_walk_m": layers["stops"].geometry,
        "market_walk_m": gpd.GeoSeries(lonlat).to_crs(layers.crs),
    }
    if not any(len(points) for points in goals.values()):
        return columns
    network = street_network(streets, mode="walk")
    inner = gpd.GeoSeries(buildings.geometry.representative_point(), crs=layers.crs)
    placed = snap(inner, network, max_snap_m=_SNAP_M)
    for name, points in goals.items():
        if len(points):
            found = nearest_places(
                placed, points, network, count=1, limit_m=_LIMIT_M, max_snap_m=_SNAP_M
            )
            distance = found.distance_m[:, 0]
            columns[name] = np.where(np.isfinite(distance), distance, np.nan)
    return columns

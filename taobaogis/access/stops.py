"""How far the stops of public transport are from the houses of a village."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.access.network import street_network, travel_modes
from taobaogis.access.routes import nearest
from taobaogis.indicators import NO_WORDS, Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    import pandas as pd

    from taobaogis.access.network import Network
    from taobaogis.village import Layers, Village

__all__ = ["STOP_REACH_M", "Origins", "stop_indicators", "village_origins"]

# Stops are read only so far around a village, and a stop further off serves nobody in it.
STOP_REACH_M = 1500.0
_SPACING_M = 25.0
# Walkers start this far from a mapped street at most; further off the map lacks the lanes.
_MAX_SNAP_M = 250.0
_FAR_OFF_STREET_M = 50.0
_WHAT = {
    "houses": Words("houses", "住宅"),
    "points along the streets": Words("points along the streets", "街巷沿线点"),
}


_NO_SOURCE = Words("no source of stops was given", "未提供站点数据来源")
_NONE_MAPPED = Words(
    "no stop is mapped in these data, which is not to say that there is none",
    "此数据中未测绘站点，并不表示没有",
)
_NO_ORIGIN = Words(
    "neither a house nor a street is mapped within the boundary", "边界内既无已测绘建筑也无街巷"
)


class Origins(NamedTuple):
    """Where people of a village start from.

    Attributes
    ----------
    points
        In the village's CRS; maybe none.
    what
        ``"houses"`` or ``"points along the streets"``.
    doubt
        What is wrong with them; empty for houses.
    """

    points: gpd.GeoSeries
    what: str
    doubt: Words


def village_origins(village: Village) -> Origins:
    """Inner points of the mapped houses, or else points along the streets.

    Parameters
    ----------
    village
        With its layers.

    Returns
    -------
    origins
        One point a house whose inner point lies within the boundary; without any house one
        every 25 m along the streets within it that are open to walkers.
    """
    houses = village.inside("buildings")
    if len(houses):
        return Origins(houses.geometry.representative_point(), "houses", NO_WORDS)
    streets = village.inside("streets")
    walkable = streets[~streets["highway"].isin(travel_modes()["walk"].closed)]
    inside = shapely.intersection(walkable.geometry.to_numpy(), village.boundary)
    parts = shapely.get_parts(inside)
    lines = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
    counts = np.maximum(np.round(shapely.length(lines) / _SPACING_M), 1).astype(int)
    which = np.repeat(np.arange(len(lines)), counts)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    # In the middle of equal pieces, so that a junction is not counted once a street.
    share = (nth + 0.5) / counts[which]
    points = shapely.line_interpolate_point(lines[which], share, normalized=True)
    return Origins(
        gpd.GeoSeries(points, crs=village.layers.crs),
        "points along the streets",
        doubt("from_streets"),
    )


def stop_indicators(
    village: Village, layers: Layers, *, walk: Network | None = None
) -> list[Indicator]:
    """Median distance from the houses of a village to the nearest stop.

    Parameters
    ----------
    village
        Whose houses.
    layers
        Of the whole study; stops outside the boundary count.
    walk
        Network for walkers of the streets of `layers`, if it is at hand already.

    Returns
    -------
    indicators
        ``stop_straight_m`` and ``stop_network_m``.
    """
    keys = ("stop_straight_m", "stop_network_m")
    source = _source(layers)
    origins = village_origins(village)
    near = layers["stops"]
    near = near[near.geometry.dwithin(village.boundary, STOP_REACH_M)]
    why = _no_stops(village, layers, origins, near)
    if why:
        return [not_available(key, why, source=source) for key in keys]
    straight = _straight(village, layers, origins, near)
    if walk is None:
        walk = street_network(layers["streets"], mode="walk")
    ways = nearest(origins.points, near.geometry, walk, max_snap_m=_MAX_SNAP_M, connected=True)
    return [straight, _on_foot(village, layers, origins, ways, straight)]


def _straight(
    village: Village, layers: Layers, origins: Origins, stops: gpd.GeoDataFrame
) -> Indicator:
    _, apart_m = shapely.STRtree(stops.geometry.to_numpy()).query_nearest(
        origins.points.to_numpy(), return_distance=True, all_matches=False
    )
    value = float(np.median(np.where(apart_m <= STOP_REACH_M, apart_m, np.inf)))
    level, reason = grade([*_doubts(village, origins), _edge_doubt(village, layers, value)])
    return measured(
        "stop_straight_m",
        value,
        low=max(0.0, value - village.position_doubt_m),
        high=value + village.position_doubt_m,
        method=f"median straight line from {origins.what} to the nearest stop",
        source=layers.source("stops"),
        n=len(origins.points),
        grade=level,
        reason=reason if np.isfinite(value) else _too_far(origins),
    )


def _on_foot(
    village: Village,
    layers: Layers,
    origins: Origins,
    ways: pd.DataFrame,
    straight: Indicator,
) -> Indicator:
    key = "stop_network_m"
    method = (
        f"median way on foot from {origins.what} to the nearest stop, straight to the street "
        "and from it"
    )
    source = _source(layers)
    if straight.value is None:
        return not_available(key, straight.reason, method=method, source=source)
    value = float(np.median(ways["distance_m"]))
    if not np.isfinite(value):
        why = ways.loc[~np.isfinite(ways["distance_m"]), ["reason", "reason_zh"]]
        en, zh = why.value_counts().index[0]
        what = _WHAT[origins.what]
        reason = Words(f"for most {what}: {en}", f"对多数{what.zh}：{zh}")
        return not_available(key, reason, method=method, source=source)
    off = float(np.mean(ways["snap_m"].fillna(np.inf) > _FAR_OFF_STREET_M))
    lanes = doubt("off_street", off, what=_WHAT[origins.what], distance_m=_FAR_OFF_STREET_M)
    level, reason = grade([*_doubts(village, origins), _edge_doubt(village, layers, value), lanes])
    detour = value / straight.value if straight.value > 0 else 1.0
    doubt_m = village.position_doubt_m * detour
    return measured(
        key,
        value,
        low=max(0.0, value - doubt_m),
        high=value + doubt_m,
        method=method,
        source=source,
        n=len(origins.points),
        grade=level,
        reason=reason,
    )


def _source(layers: Layers) -> str:
    named = (layers.source("stops"), layers.source("streets"))
    return "; ".join(dict.fromkeys(name for name in named if name))


def _no_stops(village: Village, layers: Layers, origins: Origins, near: gpd.GeoDataFrame) -> Words:
    """Why nothing can be said of stops; empty if something can."""
    if village.outside:
        return village.outside
    if layers["stops"].empty:
        if not layers.source("stops"):
            return _NO_SOURCE
        return _NONE_MAPPED
    if not len(origins.points):
        return _NO_ORIGIN
    if near.empty:
        return _too_far(origins)
    return NO_WORDS


def _too_far(origins: Origins) -> Words:
    what = _WHAT[origins.what]
    return Words(
        f"for most {what} no stop is mapped within {STOP_REACH_M:,.0f} m, "
        "which is not to say that there is none",
        f"多数{what.zh}周边 {STOP_REACH_M:,.0f} 米内未测绘站点，并不表示没有",
    )


def _doubts(village: Village, origins: Origins) -> list[Words]:
    few = doubt("few_origins", len(origins.points), what=_WHAT[origins.what])
    return [*boundary_doubts(village), origins.doubt, few]


def _edge_doubt(village: Village, layers: Layers, value_m: float) -> Words:
    if layers.extent is None or not np.isfinite(value_m):
        return NO_WORDS
    if layers.extent.contains(village.boundary.buffer(value_m)):
        return NO_WORDS
    return doubt("data_end")

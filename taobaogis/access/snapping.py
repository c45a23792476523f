"""Points onto the nearest place of a network."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import CRSError, SchemaError
from taobaogis.indicators import Words

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.access.network import Network

__all__ = ["corners", "snap"]

_NO_POINT = Words("it has no place", "位置缺失")
_NO_STREET = Words("no street open to this mode is mapped", "没有对该出行方式开放的已测绘街巷")
_NO_PART = Words(
    "no street open to this mode leads there and back", "没有对该出行方式开放且可往返的街巷"
)


def snap(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    network: Network,
    *,
    max_snap_m: float = math.inf,
    connected: bool = False,
) -> pd.DataFrame:
    """Nearest place on the network of each point.

    Parameters
    ----------
    points
        Points in the CRS of the network.
    network
        From `taobaogis.access.network.street_network`.
    max_snap_m
        A point further than this from every street finds none.
    connected
        True to leave out streets that do not lead to and from the main part of the network;
        in extracts most such islands are gaps of the map.

    Returns
    -------
    places
        Indexed as `points`: ``edge`` (row of the network's edges, -1 for none), ``along_m``
        from that edge's start, ``snap_m`` to it in a straight line, ``reason`` and
        ``reason_zh`` why there is none. Of edges equally near, the one whose place lies furthest
        west, then south.

    Raises
    ------
    CRSError
        If the points are in another CRS.
    SchemaError
        If they are no points.
    """
    _require_points(points, network)
    geometry = points.geometry.to_numpy()
    edges = network.edges
    usable = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    found = pd.DataFrame({"edge": -1, "along_m": np.nan, "snap_m": np.nan}, index=points.index)
    rows, lines, tree = network.main_edges if connected else network.every_edge
    if len(rows) and usable.any():
        (which, line), apart_m = tree.query_nearest(
            geometry[usable],
            max_distance=max_snap_m if math.isfinite(max_snap_m) else None,
            return_distance=True,
            all_matches=True,
        )
        along_m = np.nan_to_num(shapely.line_locate_point(lines[line], geometry[usable][which]))
        x, y = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along_m)).T
        order = np.lexsort((line, y, x, which))
        _, first = np.unique(which[order], return_index=True)
        best = order[first]
        at = np.flatnonzero(usable)[which[best]]
        found.iloc[at, 0] = rows[line[best]]
        found.iloc[at, 1] = along_m[best]
        found.iloc[at, 2] = apart_m[best]
    missed = Words(
        f"no street is mapped within {max_snap_m:g} m of it",
        f"周边 {max_snap_m:g} 米内没有已测绘街巷",
    )
    if not len(rows):
        missed = _NO_PART if len(edges) else _NO_STREET
    snapped = found["edge"] >= 0
    return found.assign(
        reason=np.where(snapped, "", np.where(usable, missed, _NO_POINT)),
        reason_zh=np.where(snapped, "", np.where(usable, missed.zh, _NO_POINT.zh)),
    )


def corners(network: Network) -> pd.DataFrame:
    """Every corner of the streets as a position: the junctions first, then the bends.

    Parameters
    ----------
    network
        From `taobaogis.access.network.street_network`.

    Returns
    -------
    places
        Columns as of `snap`, with ``snap_m`` 0. Row i is node i for the first
        ``network.size`` rows; corners between junctions follow, street by street.
    """
    edges = network.edges
    lines = edges.geometry.to_numpy()
    xy, edge = shapely.get_coordinates(lines, return_index=True)
    opens = np.diff(edge, prepend=-1) > 0
    closes = np.diff(edge, append=len(edges)) > 0
    step_m = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    gone_m = np.cumsum(np.where(opens, 0.0, step_m))
    along_m = gone_m - gone_m[opens][edge]
    along_m[closes] = edges["length_m"].to_numpy()
    at_end = np.concatenate([np.flatnonzero(opens), np.flatnonzero(closes)])
    _, first = np.unique(np.concatenate([edges["u"], edges["v"]]), return_index=True)
    rows = np.concatenate([at_end[first], np.flatnonzero(~(opens | closes))])
    return pd.DataFrame(
        {"edge": edge[rows], "along_m": along_m[rows], "snap_m": 0.0, "reason": "", "reason_zh": ""}
    )


def _require_points(points: gpd.GeoDataFrame | gpd.GeoSeries, network: Network) -> None:
    crs = require_metres(points, "points")
    if crs is not network.crs and not crs.equals(network.crs):  # to compare takes milliseconds
        message = (
            f"`points` are in '{crs.name}' but the network is in '{network.crs.name}'; "
            "bring them together with `points.to_crs(network.crs)`."
        )
        raise CRSError(message)
    strange = set(points.geom_type.dropna()) - {"Point"}
    if strange:
        message = (
            f"`points` hold {', '.join(sorted(strange))}; "
            "give points, e.g. `layer.representative_point()`."
        )
        raise SchemaError(message)

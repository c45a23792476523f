"""The lines of public transport near a village, and what their data lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.access.transit.words import short_name
from taobaogis.indicators import Words

if TYPE_CHECKING:
    from taobaogis.access.transit.lines import Hop, TransitLines
    from taobaogis.village import Village

__all__ = ["NEAR_M", "STATES", "lines_near"]

# A line that calls so near to a village counts as one of its lines.
NEAR_M = 1500.0

STATES = {
    "sound": Words("nothing missing", "数据完整"),
    "gaps": Words("no track between some stops", "部分站间无轨迹"),
    "missing_stops": Words("names stops that are not in the data", "有站点缺失"),
    "one_direction": Words("mapped in one direction only", "仅测绘单方向"),
}
# The worst is what a map shows: a missing stop shortens trips, a gap only bends them.
_WORST_FIRST = ("missing_stops", "one_direction", "gaps")

_COLUMNS = {
    "line": "str", "name_en": "str", "name_zh": "str", "mode": "str", "state": "str",
    "patterns": "int64", "stops": "int64", "stops_near": "int64", "hops": "int64",
    "straight_hops": "int64", "missing_stops": "int64", "one_direction": "bool", "track": "bool",
    "health_en": "str", "health_zh": "str", "village": "str",
}  # fmt: skip


def lines_near(village: Village, lines: TransitLines) -> gpd.GeoDataFrame:
    """Lines that call near a village, and the health of their data.

    Parameters
    ----------
    village
        Lines with a stop within 1.5 km of its boundary count.
    lines
        Of the whole study.

    Returns
    -------
    table
        One row a line, and one more for its stretches without a mapped track, if there are any:
        ``line``, ``name_en`` and ``name_zh`` without the mode, ``mode``, ``stops`` it calls at
        and ``stops_near`` the village, ``patterns``, ``hops``, ``straight_hops``,
        ``missing_stops`` and ``one_direction`` as in
        `taobaogis.access.transit.lines.TransitLines.health`, the worst of them as ``state`` (a
        key of `STATES`), all of them in words as ``health_en`` and ``health_zh``, ``track``
        (false for the row of the stretches without one), ``village``. The way back that is only
        assumed is not drawn. Empty if no line is mapped near, which does not say that none runs.
    """
    calls, patterns = lines.calls, lines.patterns
    stop = calls["stop"].to_numpy(dtype=np.int64)
    near = lines.stops.geometry.dwithin(village.boundary, NEAR_M).to_numpy()
    of = calls["pattern"].to_numpy(dtype=np.int64)
    rows, shapes = [], []
    for told in lines.health.to_dict("records"):
        mine = (patterns["line"] == told["line"]) & (patterns["mode"] == told["mode"])
        own = np.flatnonzero(mine & ~patterns["assumed"])
        called = np.unique(stop[np.isin(of, own)])
        if not near[called].any():
            continue
        hops: list[Hop] = []
        for pattern in own:
            at = np.flatnonzero(of == pattern)
            hops += lines.hop_shapes(int(pattern), int(at[0]), int(at[-1]))
        row = _row({str(key): value for key, value in told.items()}, called, near, village.id)
        for mapped in (True, False):
            parts = [hop.shape for hop in hops if hop.mapped == mapped]
            if parts:
                rows.append({**row, "track": mapped})
                shapes.append(shapely.multilinestrings(parts))
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    crs = lines.stops.crs
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=crs), crs=crs)


def _row(
    told: dict[str, Any], called: np.ndarray, near: np.ndarray, village: str
) -> dict[str, object]:
    wrong = {
        "missing_stops": told["missing_stops"] > 0,
        "one_direction": told["one_direction"],
        "gaps": told["straight_hops"] > 0,
    }
    states = [state for state in _WORST_FIRST if wrong[state]] or ["sound"]
    counts = {
        "missing_stops": f": {told['missing_stops']}",
        "gaps": f": {told['straight_hops']} / {told['hops']}",
    }
    words = [(STATES[s] + counts.get(s, ""), STATES[s].zh + counts.get(s, "")) for s in states]
    name = short_name(str(told["line"]), str(told["mode"]))
    return {
        **told, "name_en": name, "name_zh": name, "state": states[0], "stops": len(called),
        "stops_near": int(near[called].sum()), "health_en": "; ".join(en for en, _ in words),
        "health_zh": "；".join(zh for _, zh in words), "village": village,
    }  # fmt: skip

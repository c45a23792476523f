"""Lines and stops of public transport from vector files, e.g. the stations of a metro."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.access.transit.services import mode_words
from taobaogis.errors import SchemaError
from taobaogis.loaders.quotes import plain, showable
from taobaogis.loaders.vector import read_lonlat
from taobaogis.provenance import Provenance, file_digest
from taobaogis.schema import conform

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

    from taobaogis.datums import Datum

__all__ = ["merge_transit", "read_transit"]

_COLUMNS = {
    "line": ("line", "route", "ref", "linename", "line_name", "线路", "线路名称"),
    "seq": ("seq", "order", "sequence", "stop_sequence", "序号", "站序"),
    "name": ("name", "station", "stop_name", "stationname", "station_name", "站名", "站点名称"),
    "mode": ("mode", "type", "方式"),
    "colour": ("colour", "color", "line_color", "颜色"),
}
_ROUTE = ("osm_id", "mode", "ref", "name", "stops", "colour", "straight")
_POINT, _LINE = ("Point",), ("LineString", "MultiLineString")


def read_transit(
    path: Path, crs: CRS, *, datum: Datum = "wgs84", tracks: Path | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Provenance]:
    """Stops and lines from a file of stops, one row a stop and line.

    Parameters
    ----------
    path
        Vector file with points that have a ``line`` and a ``seq`` (place in the order of
        travel), and best a ``name`` and a ``mode`` (``bus``, ``subway`` …); a ``colour``
        (``#rrggbb``) is that of the line on maps. Lines in it are tracks.
    crs
        Metric CRS to bring them to.
    datum
        Of both files.
    tracks
        Vector file of tracks, as lines with a ``line``.

    Returns
    -------
    stops, routes
        Layers of `taobaogis.schema.LAYERS`. A line runs in the order of its stops. Routes have
        the column ``straight``: true if no track is known and the geometry only joins the stops.
    provenance
        Of both; says how many rows fell away and how many lines got their mode by their name.

    Raises
    ------
    InputError
        If a file cannot be read.
    SchemaError
        If there are no points, or they lack a line or an order.
    """
    raw = read_lonlat(path, datum=datum).to_crs(crs)
    points = _columns(raw[raw.geom_type.isin(_POINT)], path)
    lines = raw[raw.geom_type.isin(_LINE)]
    digest = file_digest(path)
    if tracks is not None:
        more = read_lonlat(tracks, datum=datum).to_crs(crs)
        lines = more[more.geom_type.isin(_LINE)]
        digest = f"{digest} {file_digest(tracks)}"
    usable = points["line"].ne("") & points["seq"].notna()
    lost = len(raw) - len(raw[raw.geom_type.isin(_LINE)]) - int(usable.sum())
    points = points[usable].sort_values(["line", "seq"], kind="stable").reset_index(drop=True)
    points["osm_id"] = [f"t{row}" for row in range(len(points))]
    guessed = points["mode"].eq("")
    points["mode"] = _modes(points)
    routes = _routes(points, _tracks_by_line(lines), crs)
    notes = [
        f"{lost} rows without a place, a line or an order left out" if lost else "",
        f"mode of {points.loc[guessed, 'line'].nunique()} lines taken from their names"
        if guessed.any() else "",
        f"{int(routes['straight'].sum())} of {len(routes)} lines have no track" if
        routes["straight"].any() else "",
    ]  # fmt: skip
    name = showable(path.name)
    origin = Provenance(source=name, digest=digest, attribution=f"Data: {name}",
                        note="; ".join(filter(None, notes)))  # fmt: skip
    return conform(points, "stops"), routes, origin


def merge_transit(
    old: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame], new: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Stops and lines of two sources; the new one's modes take the place of the old one's.

    Parameters
    ----------
    old, new
        Stops and routes in the same CRS.

    Returns
    -------
    stops, routes
        A metro from a file and the buses of OpenStreetMap go together; two metros do not.
    """
    modes = set(new[1]["mode"])
    merged = []
    for kind, before, after in zip(("stops", "routes"), old, new, strict=True):
        kept = before[~before["mode"].isin(modes)]
        both = pd.concat([kept, after], ignore_index=True) if len(kept) else after
        if "straight" in both:
            # A source that does not say so has tracks.
            both["straight"] = both["straight"].eq(True)  # noqa: FBT003
        merged.append(conform(gpd.GeoDataFrame(both, crs=after.crs), kind))
    return merged[0], merged[1]


def _columns(points: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    """The columns that are needed, by whatever name the file has for them."""
    by_lower = {str(c).lower(): c for c in points.columns}
    found = {
        name: next((by_lower[known] for known in names if known in by_lower), None)
        for name, names in _COLUMNS.items()
    }
    name = plain(path.name)
    if points.empty:
        message = f"'{name}' was given as transit but holds no points; give a file of stops."
        raise SchemaError(message)
    for needed, what in (("line", "which line a stop is on"), ("seq", "its place in the order")):
        if found[needed] is None:
            there = ", ".join(sorted(plain(str(c)) for c in points.columns if c != "geometry"))
            message = (
                f"'{name}' does not say {what}: it has no column `{needed}` (but {there}); "
                f"add it or rename one."
            )
            raise SchemaError(message)
    table: dict[str, pd.Series] = {}
    for key, column in found.items():
        values = points[column] if column is not None else pd.Series("", index=points.index)
        table[key] = (
            pd.to_numeric(values, errors="coerce")
            if key == "seq"
            else values.fillna("").astype(str).map(showable).str.strip()
        )
    return gpd.GeoDataFrame(table, geometry=points.geometry, crs=points.crs)


def _modes(points: gpd.GeoDataFrame) -> pd.Series:
    """Stated mode; else by the words in the line's name; else that of most lines of the file."""
    words = mode_words()
    told = {
        line: next((m for word, m in words.items() if word in line.lower()), "")
        for line in points["line"].unique()
    }
    known = [mode for mode in told.values() if mode]
    most = max(sorted(set(known)), key=known.count) if known else "bus"
    guess = points["line"].map(told).replace("", most)
    return points["mode"].where(points["mode"].ne(""), guess)


def _tracks_by_line(lines: gpd.GeoDataFrame) -> dict[str, Sequence[BaseGeometry]]:
    by_lower = {str(c).lower(): c for c in lines.columns}
    column = next((by_lower[known] for known in _COLUMNS["line"] if known in by_lower), None)
    if column is None or lines.empty:
        return {}
    names = lines[column].fillna("").astype(str).map(showable).str.strip()
    pieces, row = shapely.get_parts(lines.geometry.to_numpy(), return_index=True)
    kept = shapely.length(pieces) > 0
    frame = pd.DataFrame({"piece": pieces[kept], "line": names.to_numpy()[row[kept]]})
    return {str(name): group["piece"].tolist() for name, group in frame.groupby("line")}


def _routes(
    points: gpd.GeoDataFrame, tracks: dict[str, Sequence[BaseGeometry]], crs: CRS
) -> gpd.GeoDataFrame:
    rows, shapes = [], []
    for number, ((line, mode), group) in enumerate(
        points.groupby(["line", "mode"], sort=False), start=1
    ):
        if len(group) < 2:  # noqa: PLR2004 - a way has two ends
            continue
        pieces = tracks.get(str(line), ())
        joined = shapely.linestrings(shapely.get_coordinates(group.geometry.to_numpy()))
        shapes.append(shapely.multilinestrings(list(pieces)) if len(pieces) else joined)
        rows.append(
            {"osm_id": f"l{number}", "mode": mode, "ref": "", "name": str(line),
             "stops": " ".join(group["osm_id"]), "colour": group["colour"].iloc[0],
             "straight": not len(pieces)}
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=list(_ROUTE))
    geometry = gpd.GeoSeries(np.array(shapes, dtype=object), crs=crs)
    routes = conform(gpd.GeoDataFrame(table, geometry=geometry, crs=crs), "routes")
    return routes.astype({"straight": bool})

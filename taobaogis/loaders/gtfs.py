"""Timetables: stops and lines from a GTFS feed, read by partridge.

Of the feed the day with most trips is taken, by its calendar and its exceptions. Trips of a route
that call at the same stops in the same order are one line in one direction; its running times and
halts are the medians of its trips, its headways the gaps between departures in each period.
"""

from __future__ import annotations

import math
import warnings
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.access.transit.services import periods
from taobaogis.crs import LONLAT
from taobaogis.datums import layer_to_wgs84
from taobaogis.errors import InputError
from taobaogis.loaders.quotes import innermost, plain, showable
from taobaogis.provenance import Provenance, file_digest
from taobaogis.schema import conform

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyproj import CRS

    from taobaogis.datums import Datum

__all__ = ["read_gtfs"]

# Route types of GTFS, and of its extension by hundreds.
_MODES = {0: "tram", 1: "subway", 2: "train", 3: "bus", 4: "ferry", 5: "tram", 7: "light_rail",
          11: "trolleybus", 12: "light_rail"}  # fmt: skip
_HUNDREDS = {1: "train", 2: "bus", 4: "subway", 7: "bus", 8: "trolleybus", 9: "tram", 10: "ferry",
             12: "ferry"}  # fmt: skip
_EXTENDED_FROM = 100
_S_PER_MIN, _S_PER_H = 60.0, 3600.0
_LARGEST_BYTES = 4_000_000_000
_NEEDED = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
_FEWEST_STOPS = 2
_BROKEN = (ValueError, KeyError, OSError, AttributeError, TypeError, zipfile.BadZipFile)


def read_gtfs(
    path: Path, crs: CRS, *, datum: Datum = "wgs84"
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Provenance]:
    """Stops and lines with their times from a feed.

    Parameters
    ----------
    path
        Zip file, or folder, of a GTFS feed.
    crs
        Metric CRS to bring them to.
    datum
        Of its coordinates.

    Returns
    -------
    stops, routes
        Layers of `taobaogis.schema.LAYERS`. Routes bear their timetable: ``run_s`` and ``halt_s``
        (seconds to each stop from the one before, and standing at it; numbers separated by
        blanks) and, for each period, its departures' gaps as ``<period>_min`` (least, mean and
        greatest; empty if none leaves then).
    provenance
        Names the day that was taken.

    Raises
    ------
    InputError
        If the file is no feed, no vehicle runs in it, or the extra ``gtfs`` is not installed.
    """
    name = plain(path.name)
    _require_feed(path, name)
    try:
        day, feed = _busiest(path)
        times = _times(feed)
        stops, number = _stops(feed, times, crs, datum)
        routes = _routes(feed, times, number, stops)
    except _BROKEN as error:
        message = f"'{name}' cannot be read as a GTFS feed ({innermost(error)}); check the feed."
        raise InputError(message) from error
    if routes.empty:
        message = f"'{name}' holds no trip with two stops on its busiest day; check the feed."
        raise InputError(message)
    shown = showable(path.name)
    origin = Provenance(
        source=shown,
        as_of=day.isoformat(),
        digest=file_digest(path) if path.is_file() else "",
        attribution=f"Data: {shown}",
        note=f"timetable of {day.isoformat()}, the day with most trips",
    )
    return stops, routes, origin


def _require_feed(path: Path, name: str) -> None:
    if path.is_dir():
        missing = [n for n in _NEEDED if not (path / n).is_file()]
    elif path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                inside = {entry.filename.rpartition("/")[2] for entry in archive.infolist()}
                size = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile as error:
            message = f"'{name}' is no zip file; give a GTFS feed as feed.zip or its folder."
            raise InputError(message) from error
        if size > _LARGEST_BYTES:
            message = f"'{name}' unpacks to {size / 1e9:.1f} GB; cut the feed to the city first."
            raise InputError(message)
        missing = [n for n in _NEEDED if n not in inside]
    else:
        message = f"'{name}' does not exist; give a GTFS feed as feed.zip or its folder."
        raise InputError(message)
    if missing:
        message = f"'{name}' is no GTFS feed: it lacks {', '.join(missing)}."
        raise InputError(message)


def _busiest(path: Path) -> tuple[dt.date, Any]:
    """Day with most trips and the feed of that day."""
    try:
        import partridge  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = "timetables are read by partridge; install it with `pip install taobaogis[gtfs]`."
        raise InputError(message) from error
    with warnings.catch_warnings():
        # partridge renames columns in place, of which pandas 3 warns on every file.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        warnings.filterwarnings("ignore", message=".*inplace keyword.*")
        day, running = partridge.read_busiest_date(str(path))
        feed = partridge.load_feed(str(path), view={"trips.txt": {"service_id": running}})
        for table in ("stops", "routes", "trips", "stop_times", "shapes", "frequencies"):
            getattr(feed, table)  # read while the warnings are off
    return day, feed


def _times(feed: Any) -> pd.DataFrame:  # noqa: ANN401 - partridge has no types
    """Calls of all trips in order, without gaps in their times."""
    times = feed.stop_times[
        ["trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"]
    ].copy()
    times = times.merge(feed.trips[["trip_id", "route_id"]], on="trip_id")
    times = times.sort_values(["trip_id", "stop_sequence"], kind="stable")
    # A stop without times is passed at an even pace between those that have them.
    arrives = times["arrival_time"].fillna(times["departure_time"])
    times["arrives"] = arrives.groupby(times["trip_id"]).transform(lambda s: s.interpolate())
    times["leaves"] = times["departure_time"].fillna(times["arrives"])
    times = times.dropna(subset=["arrives", "leaves"])
    same = times["stop_id"].eq(times["stop_id"].shift()) & times["trip_id"].eq(
        times["trip_id"].shift()
    )
    calls: pd.DataFrame = times[~same]
    return calls


def _stops(
    feed: Any,  # noqa: ANN401 - partridge has no types
    times: pd.DataFrame,
    crs: CRS,
    datum: Datum,
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Stops that are called at, and the id of each in the layer by that of the feed."""
    kinds = feed.routes.set_index("route_id")["route_type"].map(_mode)
    mode = times.assign(mode=times["route_id"].map(kinds)).groupby("stop_id")["mode"].first()
    table = feed.stops[feed.stops["stop_id"].isin(mode.index)].reset_index(drop=True)
    points = gpd.GeoDataFrame(
        {
            "stop_id": table["stop_id"],
            "name": table["stop_name"].fillna("").map(showable),
            "mode": table["stop_id"].map(mode),
            "osm_id": [f"g{row}" for row in range(len(table))],
        },
        geometry=gpd.points_from_xy(table["stop_lon"], table["stop_lat"]),
        crs=LONLAT,
    )
    stops = conform(layer_to_wgs84(points, datum).to_crs(crs), "stops")
    return stops, dict(zip(stops["stop_id"], stops["osm_id"], strict=True))


def _routes(
    feed: Any,  # noqa: ANN401 - partridge has no types
    times: pd.DataFrame,
    number: dict[str, str],
    stops: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """One row a route and sequence of stops."""
    places = dict(zip(stops["osm_id"], stops.geometry, strict=True))
    named = feed.routes.set_index("route_id")
    rows: list[dict[str, object]] = []
    shapes = []
    for (route, calls), trips in _patterns(times, number):
        known = named.loc[route]
        ids = calls.split()
        leaves = _departures(trips, feed.frequencies)
        rows.append(
            {
                "osm_id": f"g{len(rows)}",
                "mode": _mode(known["route_type"]),
                "ref": showable(str(known.get("route_short_name") or "")),
                "name": showable(str(known.get("route_long_name") or "")) or str(route),
                "stops": calls,
                "colour": showable(str(known.get("route_color") or "")),
                "run_s": _text(_median([t["arrives"][1:] - t["leaves"][:-1] for t in trips])),
                "halt_s": _text(_median([t["leaves"] - t["arrives"] for t in trips])),
                **{f"{name}_min": _text(_gaps(leaves, hours)) for name, hours in periods().items()},
            }
        )
        shapes.append(shapely.linestrings([places[i].coords[0] for i in ids]))
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows), geometry=gpd.GeoSeries(shapes, crs=stops.crs), crs=stops.crs
    )
    return conform(frame, "routes") if rows else frame


def _patterns(
    times: pd.DataFrame, number: dict[str, str]
) -> Iterator[tuple[tuple[str, str], list[dict[str, Any]]]]:
    """Trips by route and sequence of stops, with their times as arrays."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    times = times[times["stop_id"].isin(list(number))]
    for trip, calls in times.groupby("trip_id", sort=True):
        if len(calls) < _FEWEST_STOPS:
            continue
        sequence = " ".join(number[stop] for stop in calls["stop_id"])
        found.setdefault((calls["route_id"].iloc[0], sequence), []).append(
            {
                "trip_id": trip,
                "arrives": calls["arrives"].to_numpy(dtype=float),
                "leaves": calls["leaves"].to_numpy(dtype=float),
            }
        )
    yield from sorted(found.items())


def _departures(trips: Sequence[dict[str, Any]], frequencies: pd.DataFrame) -> np.ndarray:
    """Seconds after midnight at which vehicles leave the first stop, ascending."""
    every = []
    for trip in trips:
        rows = frequencies[frequencies["trip_id"] == trip["trip_id"]]
        if rows.empty:
            every.append(np.array([trip["leaves"][0]]))
        starts, ends, steps = (
            pd.to_numeric(rows[name]) for name in ("start_time", "end_time", "headway_secs")
        )
        every += [np.arange(*row) for row in zip(starts, ends, steps, strict=True)]
    return np.sort(np.concatenate(every))


def _gaps(leaves: np.ndarray, hours: Sequence[tuple[float, float]]) -> np.ndarray:
    """Least, mean and greatest minutes between departures within hours of the day.

    A single departure has the whole of its hours to itself.
    """
    gaps: list[float] = []
    for first, last in hours:
        within = leaves[(leaves >= first * _S_PER_H) & (leaves < last * _S_PER_H)]
        if len(within) == 1:
            gaps.append((last - first) * _S_PER_H)
        gaps += [two - one for one, two in pairwise(within) if two > one]
    if not gaps:
        return np.empty(0)
    return np.array([min(gaps), sum(gaps) / len(gaps), max(gaps)]) / _S_PER_MIN


def _median(each: Sequence[np.ndarray]) -> np.ndarray:
    """Median by position, never below nothing."""
    middle: np.ndarray = np.maximum(np.median(np.array(each), axis=0), 0.0)
    return middle


def _text(numbers: np.ndarray) -> str:
    return " ".join(f"{number:g}" for number in numbers)


def _mode(route_type: object) -> str:
    """Mode of a route type; a bus if it is of no known type."""
    number = float(str(route_type))
    if not math.isfinite(number):
        return "bus"
    if number < _EXTENDED_FROM:
        return _MODES.get(int(number), "bus")
    return _HUNDREDS.get(int(number) // _EXTENDED_FROM, "bus")

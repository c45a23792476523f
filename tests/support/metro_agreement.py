"""How far two providers' stations of one metro lie apart once both stand on WGS 84, and why.

A wrong conversion moves neighbouring stations alike; a point set at the other end of a platform,
or in the middle between two lines, moves one station alone. So the offsets of neighbours together
tell of the datum, and what single stations are off beyond that tells of the providers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree
from support import datum_trials

from taobaogis.datums import layer_to_wgs84

if TYPE_CHECKING:
    from pathlib import Path

ALIKE_M = 50.0
_GRID = 4547
# A namesake farther away is another thing.
_SAME_THING_M = 600.0


def stations_apart(folder: Path, *, convert: bool = True) -> gpd.GeoDataFrame:
    """Stations that both providers name, with what lies between their points.

    Parameters
    ----------
    folder
        Of the real layers.
    convert
        False leaves the first provider's points on GCJ-02.

    Returns
    -------
    stations
        By name, where the other provider has them: ``east_m``, ``north_m`` and ``apart_m`` from
        there to the first provider's one point; ``nearest_m`` from there to the nearest of the
        points, one a line, by which the other provider draws an interchange; ``n_points`` of
        these; ``track_m`` and ``own_track_m`` from each provider's point to the other's tracks;
        ``named_m`` and ``own_named_m`` from each to the buildings that OpenStreetMap calls by the
        station's name, NaN where there are none.
    """
    theirs = datum_trials.gcj02_stations(folder)
    theirs = layer_to_wgs84(theirs, "gcj02") if convert else theirs
    points = gpd.read_file(folder / "guangzhou-metro-stations.geojson").to_crs(_GRID)
    drawn = gpd.read_file(folder / "guangzhou-metro-line-segments.geojson", columns=["line"])
    tracks = drawn.to_crs(_GRID).union_all()
    one = theirs.to_crs(_GRID).dissolve("name").centroid
    other = points.dissolve("name").centroid
    both = one.index.intersection(other.index)
    one, other = one.loc[both], other.loc[both]
    each = points.set_index("name").geometry
    named = _named_buildings(folder, one, other)
    return gpd.GeoDataFrame(
        {
            "east_m": one.x - other.x,
            "north_m": one.y - other.y,
            "apart_m": one.distance(other),
            "nearest_m": [each.loc[[name]].distance(one[name]).min() for name in both],
            "n_points": [len(np.unique(each.loc[[name]].to_wkb())) for name in both],
            "track_m": one.distance(tracks),
            "own_track_m": other.distance(tracks),
            "named_m": one.distance(named),
            "own_named_m": other.distance(named),
        },
        geometry=other,
    )


def of_neighbours_m(stations: gpd.GeoDataFrame, count: int) -> pd.Series:
    """Length of the median offset of each station and those nearest to it, so many in all."""
    places = np.column_stack([stations.geometry.x, stations.geometry.y])
    near = KDTree(places).query(places, count)[1]
    offsets = stations[["east_m", "north_m"]].to_numpy()[near]
    return pd.Series(np.hypot(*np.median(offsets, axis=1).T), index=stations.index)


def shift_with_interval(stations: gpd.GeoDataFrame) -> np.ndarray:
    """Median offset to the east and to the north, and bounds of 95 % drawn by bootstrap."""
    offsets = stations[["east_m", "north_m"]].to_numpy()
    draws = np.random.default_rng(1).integers(0, len(offsets), (2000, len(offsets)))
    medians = np.median(offsets[draws], axis=1)
    bounds = np.quantile(medians, [0.025, 0.975], axis=0)
    return np.vstack([np.median(offsets, axis=0), bounds])


def _named_buildings(folder: Path, one: gpd.GeoSeries, other: gpd.GeoSeries) -> gpd.GeoSeries:
    """Middle of the buildings that OpenStreetMap calls by a station's name; None without any."""
    named = gpd.read_parquet(folder / "guangzhou-named-features.parquet").to_crs(_GRID)
    named = named[named["fclass"] == "building"]
    called = named["name"].str.replace("(地铁)?站$", "", regex=True)
    middles = []
    for name in one.index:
        own = named.geometry[called == name]
        near = np.minimum(own.distance(one[name]), own.distance(other[name])) < _SAME_THING_M
        there = own[near]
        middles.append(shapely.Point(there.x.mean(), there.y.mean()) if len(there) else None)
    return gpd.GeoSeries(middles, index=one.index, crs=_GRID)

"""How far one gets from the middle of a village in 5, 10 and 15 minutes: areas and indicators."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.access.isochrones import access_min, isochrone_rules, isochrones
from taobaogis.access.markets import village_centre
from taobaogis.access.network import travel_modes
from taobaogis.access.reached import reached_streets
from taobaogis.access.snapping import snap
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.zonal import coverage
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from taobaogis.access.network import Mode, Network
    from taobaogis.village import Layers, Village

    Shapes = NDArray[np.object_]

__all__ = [
    "REACH_KEYS",
    "barriers_to_walk",
    "reach_indicators",
    "village_isochrones",
    "with_houses",
]

REACH_KEYS = ("walk_15min_ha", "walk_15min_share", "ebike_15min_ha", "drive_15min_ha")

_LIMIT_MIN = 15.0
# Of an area that the population raster knows at least this share of, its people are told.
_WHOLE = 0.99
_M_PER_MIN_AT_1_KMH = 1000.0 / 60.0
_COLUMNS = {"mode": "str", "minutes": "float64", "area_ha": "float64", "street_km": "float64",
            "area_low_ha": "float64", "area_high_ha": "float64", "village": "str"}  # fmt: skip
_METHOD = Words(
    "along the streets from the middle of the village at assumed speeds, and a walk of "
    "{access:g} m off them that crosses neither water nor wall nor motorway",
    "自村中心沿街道按假定速度行进，并可离街步行 {access:g} 米，不穿越水面、围墙与高速公路",
)
_NO_STREET = Words(
    "no mapped street leads there and back from the middle of the village",
    "村中心附近没有可往返的已测绘街道",
)


def barriers_to_walk(layers: Layers) -> Shapes:
    """What one does not get across off the streets.

    Parameters
    ----------
    layers
        Of the study: water of ``landuse``, motorways at ground level of ``streets``, and all
        ``barriers``, where that layer is read.

    Returns
    -------
    barriers
        Areas and lines in the CRS of `layers`.
    """
    rules = isochrone_rules()
    streets, land = layers["streets"], layers["landuse"]
    fenced = streets["highway"].isin(rules.walls) & ~streets["bridge"] & ~streets["tunnel"]
    parts = [
        np.asarray(
            shapely.buffer(
                streets.geometry.to_numpy()[fenced.to_numpy()],
                rules.motorway_half_width_m,
                quad_segs=2,
                cap_style="flat",
            ),
            dtype=object,
        ),
        land.geometry.to_numpy()[(land["use"] == "water").to_numpy()],
    ]
    if "barriers" in layers.frames:
        standing = geometries(layers["barriers"])
        parts.append(standing[shapely.get_dimensions(standing) > 0])  # gates are points
    found: Shapes = np.concatenate(parts)
    return found[~(shapely.is_missing(found) | shapely.is_empty(found))]


def village_isochrones(
    village: Village, layers: Layers, networks: Mapping[Mode, Network], *, barriers: Shapes
) -> gpd.GeoDataFrame:
    """Areas that are reached from the middle of a village, by mode and limit.

    Parameters
    ----------
    village
        Whose middle is the start.
    layers
        Of the whole study.
    networks
        From `taobaogis.access.network.study_networks`.
    barriers
        From `barriers_to_walk`.

    Returns
    -------
    isochrones
        One row a mode and limit, the longest limit first so that shorter ones are drawn over it:
        ``mode``, ``minutes``, ``area_ha`` with ``area_low_ha`` and ``area_high_ha`` (at the
        least and greatest speed to reckon with, by the length of the streets reached then; the
        longest limit only), ``street_km``, ``village``. Empty if the data do not reach the
        village, or no street is near.
    """
    rules = isochrone_rules()
    frames = []
    if not village.outside:
        origin = gpd.GeoSeries([village_centre(village.boundary)], crs=layers.crs)
        for mode in rules.minutes:
            network = networks[mode]
            found = isochrones(
                origin,
                network,
                minutes=rules.minutes[mode],
                barriers=barriers,
                classes=layers["streets"]["highway"],
            )
            found = found.assign(mode=mode, area_low_ha=np.nan, area_high_ha=np.nan)
            if len(found):
                last = found.index[-1]
                start = snap(origin, network, connected=True)
                # Without drawing them: areas grow about as the length of the streets reached.
                area_ha, street_km = found.loc[last, ["area_ha", "street_km"]]
                for column, share in zip(
                    ("area_low_ha", "area_high_ha"), travel_modes()[mode].speed_share, strict=True
                ):
                    limit = found.loc[last, "minutes"] * share
                    reached = reached_streets(start, network, limit - access_min())
                    # The same streets are the same area, to the last bit.
                    found.loc[last, column] = area_ha * (reached.length.sum() / 1e3 / street_km)
            frames.append(found.iloc[::-1])
    if not frames:
        empty = gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=layers.crs)
        return empty.assign(**dict.fromkeys(_COLUMNS)).astype(_COLUMNS)
    table = pd.concat(frames, ignore_index=True).assign(village=village.id)
    return gpd.GeoDataFrame(table[[*_COLUMNS, "geometry"]], crs=layers.crs).astype(_COLUMNS)


def reach_indicators(village: Village, layers: Layers, areas: gpd.GeoDataFrame) -> list[Indicator]:
    """How much is reached within a quarter of an hour.

    Parameters
    ----------
    village, layers
        As in `village_isochrones`.
    areas
        From `village_isochrones`.

    Returns
    -------
    indicators
        `REACH_KEYS`: hectares on foot, by e-bike and by car, and of the first the share of the
        circle that one would reach if one could walk straight everywhere (the pedestrian shed
        ratio).
    """
    source = layers.source("streets")
    access_m = isochrone_rules().access_m
    method = Words(_METHOD.format(access=access_m), _METHOD.zh.format(access=access_m))
    ways = areas[areas["minutes"] == _LIMIT_MIN].set_index("mode")
    circle_ha = math.pi * (
        travel_modes()["walk"].speed_kmh["*"] * _M_PER_MIN_AT_1_KMH * _LIMIT_MIN
    ) ** 2 / 1e4  # fmt: skip
    found = []
    for key, mode, whole in zip(
        REACH_KEYS, ("walk", "walk", "ebike", "drive"), (1.0, circle_ha, 1.0, 1.0), strict=True
    ):
        if mode not in ways.index:
            why = village.outside or _NO_STREET
            found.append(not_available(key, why, method=method, source=source))
            continue
        row: Any = ways.loc[mode]
        level, reason = grade(
            [*boundary_doubts(village), doubt("speeds_assumed"), _cut(row.geometry, layers)]
        )
        found.append(
            measured(
                key,
                row["area_ha"] / whole,
                # A share is of the circle at the same speed; only streets tell in it.
                low=row["area_low_ha"] if whole == 1.0 else None,
                high=row["area_high_ha"] if whole == 1.0 else None,
                method=method,
                source=source,
                n=1,
                grade=level,
                reason=reason,
            )
        )
    return found


def with_houses(
    areas: gpd.GeoDataFrame, village: Village, buildings: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Areas with how much of the village lies in each.

    Parameters
    ----------
    areas
        From `village_isochrones`.
    village
        Whose.
    buildings
        Houses of the village with ``area_m2`` and ``levels``; may be empty.

    Returns
    -------
    areas
        With ``houses_share`` and ``floor_area_share`` of the houses whose inner point lies in the
        area, and ``households``, the share of the floor area of those that the study counts.
        NaN where no house is mapped, or the study does not say how many households there are.
        ``people`` of the study's population raster, those of a cell shared out by area; NaN
        where it knows less than 99 % of the area, or there is none.
    """
    inner = shapely.point_on_surface(buildings.geometry.to_numpy())
    within = np.array(
        [shapely.intersects(area, inner) for area in areas.geometry], dtype=float
    ).reshape(len(areas), len(inner))
    weights = {"houses_share": np.ones(len(inner)), "floor_area_share": np.zeros(len(inner))}
    if {"area_m2", "levels"} <= set(buildings.columns):
        floor_m2 = (buildings["area_m2"] * buildings["levels"]).to_numpy(dtype=float)
        weights["floor_area_share"] = np.nan_to_num(floor_m2)
    columns = {
        name: within @ weight / total if (total := weight.sum()) > 0 else np.nan
        for name, weight in weights.items()
    }
    found = areas.assign(**columns)
    middle = sum(village.spec.households) / 2
    return found.assign(
        households=found["floor_area_share"] * middle, people=_people(areas, village)
    )


def _people(areas: gpd.GeoDataFrame, village: Village) -> pd.Series:
    grid = village.rasters.get("population")
    if grid is None or areas.empty:
        return pd.Series(np.nan, index=areas.index)
    under = coverage(areas, grid)
    known = under.known_share()
    return (under.sums() / known).where(known >= _WHOLE)


def _cut(area: shapely.Geometry, layers: Layers) -> Words:
    """Whether the data end within the area."""
    if layers.extent is None or layers.extent.buffer(-isochrone_rules().access_m).covers(area):
        return Words("")
    return doubt("reach_cut")

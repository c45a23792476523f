"""Trips by public transport from a village to the markets: columns, shapes and indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString

from taobaogis.access.markets import no_right_market, village_centre
from taobaogis.access.routes import network_distances
from taobaogis.access.transit.graph import Ride, Walks
from taobaogis.access.transit.services import walking
from taobaogis.access.transit.trips import quickest_trips
from taobaogis.access.transit.words import itinerary, told_legs
from taobaogis.access.ways import best_ways
from taobaogis.indicators import NO_WORDS, Indicator, Words, measured, not_available
from taobaogis.trust.grades import doubt, grade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import Point

    from taobaogis.access.network import Network
    from taobaogis.access.transit.graph import Walk
    from taobaogis.access.transit.lines import TransitLines
    from taobaogis.access.transit.trips import Trip
    from taobaogis.access.transit.words import Told
    from taobaogis.village import Layers, Village

    Floats = NDArray[np.float64]

__all__ = ["TRIP_COLUMNS", "TRIP_KEYS", "market_trips", "trip_indicators"]

TRIP_KEYS = ("market_transit_min", "market_transit_30min_share")
TRIP_COLUMNS = (
    "transit_min", "transit_low_min", "transit_high_min", "transit_30min_share", "transit_en",
    "transit_zh", "transit_reason", "transit_reason_zh",
)  # fmt: skip

_LEG_COLUMNS = ("market", "name_en", "name_zh", "leg", "mode", "line", "colour", "leg_en", "leg_zh",
                "transit_en", "transit_zh", "transit_min", "first", "village")  # fmt: skip
_METHOD = Words(
    "walk, wait, ride and change along mapped lines from the middle of the village; headways, "
    "speeds and stops as assumed; median, 5 and 95 % of 1,000 draws from their ranges",
    "自村中心沿已测绘线路步行、候车、乘车与换乘；发车间隔、速度与停站时间为假定值；"
    "取 1000 次抽样的中位数及 5% 与 95% 分位",
)
_BY_TIMETABLE = Words(
    "walk, wait, ride and change from the middle of the village by the timetable of a feed; "
    "median, 5 and 95 % of 1,000 draws of the waits",
    "自村中心按所给时刻表步行、候车、乘车与换乘；取 1000 次候车抽样的中位数及 5% 与 95% 分位",
)
# Walkers start this far from a mapped street at most; further off, the straight line is taken.
_MAX_SNAP_M = 150.0
_M_PER_MIN_AT_1_KMH = 1000.0 / 60.0
_NO_LINES = Words(
    "no line of public transport is mapped, which is not to say that none runs",
    "地图上没有公共交通线路，并不表示实际没有",
)


def market_trips(
    village: Village, table: gpd.GeoDataFrame, lines: TransitLines, walk: Network
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Quickest trip from a village to each market.

    Parameters
    ----------
    village
        Whose middle is the start.
    table
        From `taobaogis.access.markets.market_access`.
    lines
        Of the whole study.
    walk
        Streets to walk on; where none is mapped near a stop, the straight line is stretched by
        the assumed detour.

    Returns
    -------
    columns
        `TRIP_COLUMNS` on the index of `table`: minutes (median and 5 and 95 % of the draws),
        share of the draws within half an hour, the trip in words, and why there is none.
    trips
        One row a leg: ``market``, its names, ``leg`` (1, 2, … in order of travel), ``mode``
        (``walk`` or that of the line), ``line`` with its ``colour``, the leg and the whole trip
        in words, the minutes of the whole trip, ``first`` (whether this is the right market that
        is reached first), ``village``. Walks follow the streets and rides the tracks where these
        are mapped, else they run straight. Only of right markets.
    """
    columns: dict[str, list[Any]] = {name: [] for name in TRIP_COLUMNS}
    rows: list[dict[str, object]] = []
    shapes: list[LineString] = []
    centre = village_centre(village.boundary)
    trips = _trips(centre, table, lines, walk) if len(table) else []
    reach_m = walking().reach_m
    for (_, market), trip in zip(table.iterrows(), trips, strict=True):
        if not np.isfinite(trip.median_min):
            why = _why_no_trip(lines, village, market.geometry, reach_m)
            nothing = (*(np.nan,) * 4, "", "", why, why.zh)
            for name, value in zip(TRIP_COLUMNS, nothing, strict=True):
                columns[name].append(value)
            continue
        name = Words(str(market["name_en"]), str(market["name_zh"]))
        en, zh = itinerary(lines, trip.legs, name)
        for column, value in zip(TRIP_COLUMNS, (*trip[1:5], en, zh, "", ""), strict=True):
            columns[column].append(value)
        if not bool(market["right_goods"]):
            continue
        whole = {
            "market": market["market"], "name_en": str(name), "name_zh": name.zh, "transit_en": en,
            "transit_zh": zh, "transit_min": trip.median_min, "village": village.id,
        }  # fmt: skip
        for number, told in enumerate(told_legs(lines, trip.legs, name), start=1):
            rows.append({**whole, **_leg(told, lines), "leg": number})
            shapes.append(_shape(told.leg, lines, walk, centre, market.geometry))
    legs = pd.DataFrame(rows, columns=list(_LEG_COLUMNS))
    if rows:
        quickest = legs["market"].iloc[int(np.argmin(legs["transit_min"]))]
        legs["first"] = legs["market"] == quickest
    drawn = gpd.GeoDataFrame(
        legs.astype({"leg": "int64", "first": "bool"}),
        geometry=gpd.GeoSeries(shapes, crs=table.crs),
        crs=table.crs,
    )
    numbers = dict.fromkeys(TRIP_COLUMNS[:4], "float64")
    texts = dict.fromkeys(TRIP_COLUMNS[4:], "str")
    return pd.DataFrame(columns, index=table.index).astype({**numbers, **texts}), drawn


def trip_indicators(
    village: Village, table: gpd.GeoDataFrame, lines: TransitLines, layers: Layers
) -> list[Indicator]:
    """Quickest trip to a right market, and how often it takes half an hour at most.

    Parameters
    ----------
    village, lines
        As in `market_trips`.
    table
        Markets with `TRIP_COLUMNS`.
    layers
        Of the whole study.

    Returns
    -------
    indicators
        `TRIP_KEYS`.
    """
    source = "; ".join(s for s in ("markets named by the study", layers.source("routes")) if s)
    why = no_right_market(village.spec, table) or village.outside
    right = table[table["right_goods"]] if not why else table[:0]
    known = right[right["transit_min"].notna()]
    if not why and known.empty:
        nearest = right.iloc[int(np.argmin(right["distance_m"]))]
        why = Words(
            f"{nearest['name_en']}: {nearest['transit_reason']}",
            f"{nearest['name_zh']}：{nearest['transit_reason_zh']}",
        )
    timed = bool(len(lines.patterns)) and bool(lines.patterns["scheduled"].all())
    how = _BY_TIMETABLE if timed else _METHOD
    if why:
        return [not_available(key, why, method=how, source=source) for key in TRIP_KEYS]
    best = known.iloc[int(np.argmin(known["transit_min"]))]
    doubt_m = village.position_doubt_m + float(best["radius_of_doubt_m"])
    on_foot = walking()
    doubt_min = doubt_m * on_foot.detour.middle / (on_foot.speed_kmh.middle * _M_PER_MIN_AT_1_KMH)
    level, reason = grade(
        [
            NO_WORDS if timed else doubt("no_timetable"),
            doubt("position", doubt_m / float(best["distance_m"]), doubt_m=doubt_m)
            if best["distance_m"] > 0 else NO_WORDS,
            doubt("tracks_missing", _straight_share(lines)),
        ]
    )  # fmt: skip
    method = Words(
        f"{how} ({best['name_en']}: {best['transit_en']})",
        f"{how.zh}（{best['name_zh']}：{best['transit_zh']}）",
    )
    value = float(best["transit_min"])
    share = float(best["transit_30min_share"])
    return [
        measured(
            TRIP_KEYS[0], value, low=max(float(best["transit_low_min"]) - doubt_min, 0.0),
            high=float(best["transit_high_min"]) + doubt_min, method=method, source=source,
            n=len(lines.health), grade=level, reason=reason,
        ),
        measured(
            TRIP_KEYS[1], share, low=share, high=share, method=method, source=source,
            n=len(lines.health), grade=level, reason=reason,
        ),
    ]  # fmt: skip


def _leg(told: Told, lines: TransitLines) -> dict[str, str]:
    """Columns of one leg."""
    words = {"leg_en": told.en, "leg_zh": told.zh}
    if not isinstance(told.leg, Ride):
        return {**words, "mode": "walk", "line": "", "colour": ""}
    pattern = lines.patterns.iloc[told.leg.pattern]
    return {**words, **{name: str(pattern[name]) for name in ("mode", "line", "colour")}}


def _shape(
    leg: Walk | Ride, lines: TransitLines, walk: Network, start: Point, end: Point
) -> LineString:
    """Line of a leg between the stops, or the ends of the trip, in the direction of travel."""
    if isinstance(leg, Ride):
        hops = lines.hop_shapes(leg.pattern, leg.board, leg.alight)
        stop = lines.calls["stop"].to_numpy(dtype=np.int64)
        first, last = (
            shapely.get_coordinates(lines.stops.geometry.to_numpy()[stop[call]])
            for call in (leg.board, leg.alight)
        )
        corners = np.concatenate(
            [first, *(shapely.get_coordinates(hop.shape) for hop in hops), last]
        )
        moved = np.r_[True, (np.diff(corners, axis=0) != 0).any(axis=1)]
        return LineString(corners[moved])
    places = lines.stops.geometry.to_numpy()
    one = places[leg.from_stop] if leg.from_stop >= 0 else start
    two = places[leg.to_stop] if leg.to_stop >= 0 else end
    if leg.mapped:
        here, there = (gpd.GeoSeries([point], crs=walk.crs) for point in (one, two))
        way = best_ways(here, there, walk, by="length_m", max_snap_m=_MAX_SNAP_M, connected=True)
        line = way.geometry.iloc[0]
        if isinstance(line, LineString):
            return line
    return LineString(shapely.get_coordinates([one, two]))


def _straight_share(lines: TransitLines) -> float:
    hops = lines.health["hops"].sum()
    return float(lines.health["straight_hops"].sum() / hops) if hops else 0.0


def _trips(
    centre: Point, table: gpd.GeoDataFrame, lines: TransitLines, walk: Network
) -> Sequence[Trip]:
    start = gpd.GeoSeries([centre], crs=table.crs)
    stops, ends = gpd.GeoSeries(lines.stops.geometry), gpd.GeoSeries(table.geometry)
    on_foot = walking()
    out_m, out_mapped = _walk_m(start, stops, walk, on_foot.reach_m)
    back = [_walk_m(gpd.GeoSeries([p], crs=table.crs), stops, walk, on_foot.reach_m) for p in ends]
    direct_m, direct_mapped = _walk_m(start, ends, walk, on_foot.reach_m)
    walks = Walks(
        out_m, out_mapped, np.array([m for m, _ in back]), np.array([known for _, known in back]),
        direct_m, direct_mapped,
    )  # fmt: skip
    return quickest_trips(lines, walks)


def _walk_m(
    start: gpd.GeoSeries, ends: gpd.GeoSeries, walk: Network, reach_m: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Metres to each end, infinite beyond the reach, and whether along mapped streets."""
    straight_m = ends.distance(start.iloc[0]).to_numpy(dtype=float)
    metres = np.where(straight_m * walking().detour.middle <= reach_m, straight_m, np.inf)
    mapped = np.zeros(len(ends), dtype=bool)
    near = np.flatnonzero(straight_m <= reach_m)
    if len(near) and walk.size:
        along_m = network_distances(
            start,
            gpd.GeoSeries(ends.iloc[near]),
            walk,
            limit_m=reach_m,
            max_snap_m=_MAX_SNAP_M,
            connected=True,
        )[0]
        known = np.isfinite(along_m)
        metres[near[known]] = along_m[known]
        mapped[near[known]] = True
    return metres, mapped


def _why_no_trip(lines: TransitLines, village: Village, market: Point, reach_m: float) -> Words:
    if lines.calls.empty:
        return _NO_LINES
    called = lines.stops.iloc[lines.calls["stop"].unique()]
    for place, en, zh in (
        (village_centre(village.boundary), village.spec.name_en, village.spec.name_zh),
        (market, "the market", "该市场"),
    ):
        if not (called.distance(place) <= reach_m).any():
            return Words(
                f"no stop of a mapped line lies within {reach_m:,.0f} m of {en}, which is not to "
                "say that none runs there",
                f"{zh}周边{reach_m:,.0f}米内没有已测绘线路的站点，并不表示实际没有",
            )
    return Words("the mapped lines do not connect them", "已测绘的线路不能连通两地")

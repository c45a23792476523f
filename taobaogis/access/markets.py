"""How far the wholesale markets of a study are from a village, straight and along streets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import geopandas as gpd
import numpy as np

from taobaogis import gazetteer
from taobaogis.access.network import Mode, study_networks, travel_modes
from taobaogis.access.routes import NO_WAY, network_distances, network_minutes
from taobaogis.access.snapping import snap
from taobaogis.crs import LONLAT
from taobaogis.errors import did_you_mean
from taobaogis.indicators import NO_WORDS, Indicator, Words, measured, not_available
from taobaogis.trust.grades import doubt, grade

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from shapely.geometry import Point
    from shapely.geometry.base import BaseGeometry

    from taobaogis.access.network import Network
    from taobaogis.study_spec import MarketSpec, VillageSpec
    from taobaogis.village import Layers, Village

__all__ = [
    "MAX_SNAP_M",
    "is_right_market",
    "market_access",
    "market_indicators",
    "no_right_market",
    "village_centre",
]

# Further from any street than this, a market or a village is not where the map shows streets.
MAX_SNAP_M = 500.0

# Distances are told for two modes; an e-bike's hardly differ from a walker's.
_METRES: Mapping[Mode, str] = {"drive": "network_m", "walk": "walk_m"}
_TEXT = ("market", "name_en", "name_zh", "goods", "reason", "reason_zh", "village")

_STRAIGHT_METHOD = Words(
    "straight line from the middle of the village to the nearest right market",
    "自村庄中心至最近对口市场的直线距离",
)
_NETWORK_METHOD = Words(
    "shortest way for a car from the middle of the village, one-way streets kept, straight to "
    "the street and from it",
    "汽车自村庄中心出发的最短路径，遵守单行，与街道间取直线",
)

_NO_MARKET = Words(
    "the study names no market; add [[market]] entries", "研究文件未列市场，请添加 [[market]] 条目"
)
_NO_GOODS = Words(
    "the study does not say what the village trades in; add goods to it",
    "研究文件未说明该村经营的商品，请添加 goods",
)


def village_centre(boundary: BaseGeometry) -> Point:
    """Centroid of a village, or a point within it if the centroid lies outside."""
    centre = boundary.centroid
    return centre if boundary.intersects(centre) else boundary.representative_point()


def is_right_market(village: VillageSpec, market: MarketSpec) -> bool:
    """Whether a market sells anything that a village trades in; one without goods sells all."""
    return bool(village.goods) and (
        not market.goods or bool(set(market.goods) & set(village.goods))
    )


def market_access(
    village: Village,
    markets: Sequence[MarketSpec],
    layers: Layers,
    *,
    networks: Mapping[Mode, Network] | None = None,
) -> gpd.GeoDataFrame:
    """Distances from a village to each market.

    Parameters
    ----------
    village
        Whose distances; its position may be in doubt.
    markets
        Of the study.
    layers
        Of the whole study, with all streets between the village and the markets.
    networks
        From `taobaogis.access.network.study_networks` on the streets of `layers`, if they are
        at hand already.

    Returns
    -------
    table
        One row a market, points in the CRS of `layers`: ``market``, ``name_en``, ``name_zh``,
        ``goods`` (words joined by commas), ``right_goods``, ``distance_m`` with
        ``distance_low_m`` and ``distance_high_m`` (both places moved by all their doubt),
        ``network_m`` by car and ``walk_m`` on foot, ``detour_ratio`` of the former to the
        straight line, ``walk_min``, ``ebike_min``, ``drive_min`` at assumed speeds with
        ``walk_low_min``, ``walk_high_min`` and so on at the greatest and the least speed to
        reckon with,
        ``off_street_m`` (how much of ``network_m`` is a straight line at either end),
        ``radius_of_doubt_m``, ``village``, and ``reason`` and ``reason_zh`` why
        ``network_m`` is NaN. Markets
        outside the extent of the data have a straight distance only.
    """
    centre = village_centre(village.boundary)
    places = gpd.GeoSeries(
        gpd.points_from_xy([m.lon for m in markets], [m.lat for m in markets]), crs=LONLAT
    ).to_crs(layers.crs)
    straight_m = places.distance(centre).to_numpy(dtype=float)
    doubt_m = np.array([m.radius_of_doubt_m for m in markets], dtype=float)
    doubt_m = doubt_m + village.position_doubt_m
    table = gpd.GeoDataFrame(
        {
            "market": [m.id for m in markets],
            "name_en": [m.name_en for m in markets],
            "name_zh": [m.name_zh for m in markets],
            "goods": [", ".join(m.goods) for m in markets],
            "right_goods": np.array(
                [is_right_market(village.spec, m) for m in markets], dtype=bool
            ),
            "distance_m": straight_m,
            "distance_low_m": np.maximum(straight_m - doubt_m, 0.0),
            "distance_high_m": straight_m + doubt_m,
        },
        geometry=places,
        crs=layers.crs,
    )
    ways = _ways(village, centre, places, layers, networks)
    table = table.assign(**ways)
    table["detour_ratio"] = table["network_m"] / table["distance_m"].where(straight_m > 0)
    table["radius_of_doubt_m"] = np.array([m.radius_of_doubt_m for m in markets], dtype=float)
    return table.assign(village=village.id).astype(dict.fromkeys(_TEXT, "str"))


def market_indicators(village: Village, table: gpd.GeoDataFrame, layers: Layers) -> list[Indicator]:
    """Distance to the nearest right market, straight and along streets.

    Parameters
    ----------
    village, layers
        As in `market_access`.
    table
        From `market_access`.

    Returns
    -------
    indicators
        ``market_straight_m`` and ``market_network_m``.
    """
    keys = ("market_straight_m", "market_network_m")
    origin = "markets named by the study"
    source = "; ".join(s for s in (origin, layers.source("streets")) if s)
    why = no_right_market(village.spec, table)
    if why:
        return [
            not_available(keys[0], why, method=_STRAIGHT_METHOD, source=origin),
            not_available(keys[1], why, method=_NETWORK_METHOD, source=source),
        ]
    right = table[table["right_goods"]]
    return [_straight(village, right, origin), _along_streets(village, right, source)]


def _straight(village: Village, right: gpd.GeoDataFrame, source: str) -> Indicator:
    nearest = right.iloc[int(np.argmin(right["distance_m"]))]
    value = float(nearest["distance_m"])
    level, reason = grade([_position_doubt(village, nearest, value)])
    return measured(
        "market_straight_m",
        value,
        # Any right market may turn out to be the nearest.
        low=float(right["distance_low_m"].min()),
        high=float(right["distance_high_m"].min()),
        method=_to(_STRAIGHT_METHOD, nearest),
        source=source,
        n=len(right),
        grade=level,
        reason=reason,
    )


def _to(method: Words, market: pd.Series) -> Words:
    """A method with the market it leads to."""
    return Words(f"{method} ({market['name_en']})", f"{method.zh}（{market['name_zh']}）")


def _along_streets(village: Village, right: gpd.GeoDataFrame, source: str) -> Indicator:
    key = "market_network_m"
    known, missed = right[right["network_m"].notna()], right[right["network_m"].isna()]
    if known.empty:
        first = right.iloc[int(np.argmin(right["distance_m"]))]
        why = village.outside or Words(
            f"{first['name_en']}: {first['reason']}", f"{first['name_zh']}：{first['reason_zh']}"
        )
        return not_available(key, why, method=_NETWORK_METHOD, source=source)
    nearest = known.iloc[int(np.argmin(known["network_m"]))]
    value = float(nearest["network_m"])
    # Each bound of the straight line, as much longer as the way itself is.
    low = float((known["distance_low_m"] * known["detour_ratio"].fillna(1.0)).min())
    high = float((known["distance_high_m"] * known["detour_ratio"].fillna(1.0)).min())
    nearer = missed[missed["distance_low_m"] < value]
    hidden = NO_WORDS
    if len(nearer):
        low = min(low, float(nearer["distance_low_m"].min()))
        names = Words(", ".join(nearer["name_en"]), "、".join(nearer["name_zh"]))
        hidden = doubt("hidden_market", names=names)
    off_m = float(nearest["off_street_m"])
    off_street = doubt("way_off_street", off_m / value if value else 0.0, value_m=off_m)
    level, reason = grade([_position_doubt(village, nearest, value), hidden, off_street])
    return measured(
        key,
        value,
        low=min(low, value),
        high=max(high, value),
        method=_to(_NETWORK_METHOD, nearest),
        source=source,
        n=len(known),
        grade=level,
        reason=reason,
    )


def _ways(
    village: Village,
    centre: Point,
    places: gpd.GeoSeries,
    layers: Layers,
    networks: Mapping[Mode, Network] | None,
) -> dict[str, Any]:
    """Columns of what the streets say, NaN with a reason where they say nothing."""
    columns = (
        "network_m", "walk_m", "off_street_m",
        *(f"{mode}_{what}" for mode in get_args(Mode) for what in ("min", "low_min", "high_min")),
    )  # fmt: skip
    ways: dict[str, Any] = {name: np.full(len(places), np.nan) for name in columns}
    reasons = _outside_reasons(village, places, layers)
    inside = [row for row, reason in enumerate(reasons) if not reason]
    if not inside:
        return ways | _two_columns(reasons)
    networks = networks or study_networks(layers["streets"])
    start, ends = gpd.GeoSeries([centre], crs=layers.crs), gpd.GeoSeries(places.iloc[inside])
    for mode, network in networks.items():
        minutes = network_minutes(start, ends, network, max_snap_m=MAX_SNAP_M, connected=True)[0]
        minutes = np.where(np.isfinite(minutes), minutes, np.nan)
        slow, fast = travel_modes()[mode].speed_share
        ways[f"{mode}_min"][inside] = minutes
        ways[f"{mode}_low_min"][inside] = minutes / fast
        ways[f"{mode}_high_min"][inside] = minutes / slow
        if mode in _METRES:
            metres = network_distances(start, ends, network, max_snap_m=MAX_SNAP_M, connected=True)[
                0
            ]
            ways[_METRES[mode]][inside] = np.where(np.isfinite(metres), metres, np.nan)
    kerb = snap(start, networks["drive"], max_snap_m=MAX_SNAP_M, connected=True).iloc[0]
    kerbs = snap(ends, networks["drive"], max_snap_m=MAX_SNAP_M, connected=True)
    ways["off_street_m"][inside] = kerbs["snap_m"].to_numpy() + kerb["snap_m"]
    from_village = Words(f"from the village, {kerb['reason']}", f"从村出发，{kerb['reason_zh']}")
    for row, en, zh in zip(inside, kerbs["reason"], kerbs["reason_zh"], strict=True):
        if math.isnan(ways["network_m"][row]):
            reasons[row] = from_village if kerb["reason"] else Words(en, zh) if en else NO_WAY
    return ways | _two_columns(reasons)


def _two_columns(reasons: list[Words]) -> dict[str, list[str]]:
    return {"reason": [str(r) for r in reasons], "reason_zh": [r.zh for r in reasons]}


def _outside_reasons(village: Village, places: gpd.GeoSeries, layers: Layers) -> list[Words]:
    reasons = [Words.of(village.outside)] * len(places)
    if village.outside or layers.extent is None:
        return reasons
    away_km = places.distance(layers.extent).to_numpy() / 1000.0
    source = layers.source("streets")
    for row in np.flatnonzero(away_km > 0):
        reasons[row] = Words(
            f"it lies {away_km[row]:.1f} km outside the area read from {source or 'the streets'}",
            f"位于所读取的 {source or '街巷数据'} 范围之外 {away_km[row]:.1f} 公里",
        )
    return reasons


def no_right_market(village: VillageSpec, table: gpd.GeoDataFrame) -> Words:
    """Why a village has no right market in a table of markets; empty words if it has one."""
    names = gazetteer.goods_names()
    if not len(table):
        return _NO_MARKET
    if not village.goods:
        return _NO_GOODS
    if not table["right_goods"].any():
        wanted = [Words(*names[word]) if word in names else Words(word) for word in village.goods]
        sold = {word for goods in table["goods"] for word in goods.split(", ") if word}
        hints = (did_you_mean(word, sold) for word in village.goods if word not in names)
        near = next((f"; d{hint[1:]}" for hint in hints if hint.startswith("Did")), "")
        return Words(
            f"no market of the study sells {' or '.join(wanted)}{near}",
            f"研究中没有经营{'或'.join(word.zh for word in wanted)}的市场",
        )
    return NO_WORDS


def _position_doubt(village: Village, market: pd.Series[Any], value_m: float) -> Words:
    doubt_m = village.position_doubt_m + float(market["radius_of_doubt_m"])
    share = doubt_m / value_m if value_m else float(doubt_m > 0)
    return doubt("position", share, doubt_m=doubt_m)

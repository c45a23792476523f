"""Tables of proximity for the workbook: every market of every village, and the lines near by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from taobaogis.access.transit.health import STATES
from taobaogis.access.transit.services import services

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from taobaogis.results import VillageResult

__all__ = ["AccessTables", "LineRow", "MarketRow", "access_tables"]

_MINUTES = tuple(
    f"{mode}_{column}"
    for mode in ("walk", "ebike", "drive", "transit")
    for column in ("min", "low_min", "high_min")
)


@dataclass(frozen=True)
class MarketRow:
    """A market as seen from a village; numbers are None where nothing is known.

    Attributes
    ----------
    village, name_en, name_zh, right
        Id of the village, names of the market, and whether it sells the village's goods.
    distance_m, network_m, detour_ratio
        Straight, by car along the streets, and the one over the other.
    minutes
        By walk, e-bike, car and public transport, of each the middle, the low and the high.
    half_hour_share
        Share of the draws in which public transport takes 30 minutes at most.
    trip_en, trip_zh
        The trip by public transport, or why there is none.
    """

    village: str
    name_en: str
    name_zh: str
    right: bool
    distance_m: float | None
    network_m: float | None
    detour_ratio: float | None
    minutes: tuple[float | None, ...]
    half_hour_share: float | None
    trip_en: str
    trip_zh: str


@dataclass(frozen=True)
class LineRow:
    """A line near a village and what its data lack; see `taobaogis.access.transit.health`."""

    village: str
    mode_en: str
    mode_zh: str
    line: str
    stops: int
    stops_near: int
    missing_stops: int
    hops: int
    straight_hops: int
    one_direction: bool
    state_en: str
    state_zh: str


@dataclass(frozen=True)
class AccessTables:
    """Markets and lines of all villages, villages in the order of the report."""

    markets: tuple[MarketRow, ...] = ()
    lines: tuple[LineRow, ...] = ()


def access_tables(villages: Iterable[VillageResult]) -> AccessTables:
    """Tables of measured villages.

    Parameters
    ----------
    villages
        With the layers ``markets`` and ``transit_lines``; one without them has no rows.

    Returns
    -------
    tables
        Markets of the right goods first, then by straight distance; lines by mode and name.
    """
    every = list(villages)
    return AccessTables(
        tuple(row for v in every for row in _markets(v)),
        tuple(row for v in every for row in _lines(v)),
    )


def _markets(village: VillageResult) -> Iterator[MarketRow]:
    frame = village.layers.get("markets")
    if frame is None or not {"right_goods", "distance_m"} <= set(frame.columns):
        return
    ordered = frame.assign(_other=~frame["right_goods"].isin([True]))
    for row in ordered.sort_values(["_other", "distance_m"], kind="stable").to_dict("records"):
        told = {str(key): value for key, value in row.items()}
        yield MarketRow(
            village.village.id,
            _text(told, "name_en"),
            _text(told, "name_zh"),
            bool(told["right_goods"]),
            _number(told, "distance_m"),
            _number(told, "network_m"),
            _number(told, "detour_ratio"),
            tuple(_number(told, name) for name in _MINUTES),
            _number(told, "transit_30min_share"),
            _text(told, "transit_en") or _text(told, "transit_reason"),
            _text(told, "transit_zh") or _text(told, "transit_reason_zh"),
        )


def _lines(village: VillageResult) -> Iterator[LineRow]:
    frame = village.layers.get("transit_lines")
    if frame is None or "state" not in frame:
        return
    known = services()
    single = frame.drop_duplicates(["mode", "line"]).sort_values(["mode", "line"], kind="stable")
    for row in single.to_dict("records"):
        mode = known.get(str(row["mode"]))
        en, zh = str(row["health_en"]), str(row["health_zh"])
        yield LineRow(
            village.village.id,
            mode.name_en if mode else str(row["mode"]),
            mode.name_zh if mode else str(row["mode"]),
            str(row["name_en"]),
            int(row["stops"]),
            int(row["stops_near"]),
            int(row["missing_stops"]),
            int(row["hops"]),
            int(row["straight_hops"]),
            bool(row["one_direction"]),
            en or str(STATES["sound"]),
            zh or STATES["sound"].zh,
        )


def _number(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    return None if value is None or pd.isna(value) else float(value)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""

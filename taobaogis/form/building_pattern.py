"""How the houses of a village stand: columns of the buildings, close pairs and indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from taobaogis.form.bootstrap import statistic_interval
from taobaogis.form.gaps import handshake_share
from taobaogis.form.judging import blocked, graded, house_doubts, nothing
from taobaogis.form.orientation import resultant_length
from taobaogis.form.pairs import close_pairs, fire_columns, joined_columns
from taobaogis.form.pattern import nearest_neighbours, variation_ratio
from taobaogis.indicators import NO_WORDS, Indicator, Words, measured, not_available
from taobaogis.rules import planning_rules
from taobaogis.trust.grades import doubt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.form.pattern import NearestNeighbours
    from taobaogis.rules import PlanningRule
    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = ["PATTERN_KEYS", "Pattern", "building_pattern"]

_HANDSHAKES_M = {
    "handshake_1m_share": 1.0, "handshake_1_5m_share": 1.5, "handshake_2m_share": 2.0,
}  # fmt: skip
PATTERN_KEYS = (
    "building_gap_median_m", *_HANDSHAKES_M, "fire_gap_share", "fire_group_largest_share",
    "joined_house_share", "nearest_neighbour_ratio", "spacing_variation_ratio",
    "frontage_variation_ratio", "building_area_variation_ratio", "orientation_order_ratio",
    "merged_suspect_share",
)  # fmt: skip
_FACING = "square to the façades, from points all along them, to the house that they face"


class Pattern(NamedTuple):
    """What `building_pattern` finds.

    Attributes
    ----------
    columns
        On the index of the village's buildings: ``spacing_m``, and those of
        `taobaogis.form.pairs.joined_columns` and `taobaogis.form.pairs.fire_columns`.
    fire_pairs
        A line between each two houses nearer than the fire separation, of which one at least is
        of the village: ``building_a``, ``building_b``, ``distance_m``, ``required_m``,
        ``clause``, ``status``, ``village``.
    indicators
        Every one of `PATTERN_KEYS`.
    """

    columns: pd.DataFrame
    fire_pairs: gpd.GeoDataFrame
    indicators: list[Indicator]


def building_pattern(
    village: Village,
    buildings: gpd.GeoDataFrame,
    assumptions: Assumptions,
    rules: Mapping[str, PlanningRule] | None = None,
) -> Pattern:
    """Regularity, joined houses and close pairs of a village.

    Parameters
    ----------
    village
        Boundary and layers; houses around it are seen as well.
    buildings
        Of the village, from `taobaogis.form.measures.measured_buildings`.
    assumptions
        For how far façades may be off.
    rules
        Where the fire separation stands; the shipped ones by default.

    Returns
    -------
    pattern
        The bounds of gaps, and of shares that rest on them, let all façades stand farther in,
        or farther out, by ``facade_error_m``, so that every gap is wider, or narrower, by twice
        that; those of regularity are 95 % intervals from drawing houses again. Without
        buildings all indicators are NA and the layer is empty.
    """
    around = village.layers["buildings"]
    names = _names(around)
    separation = (rules or planning_rules())["fire_separation"]
    separation_m = separation.value
    slack_m = 2 * assumptions.facade_error_m
    pairs = close_pairs(around, closer_than_m=separation_m + slack_m)
    limits = {"value": separation_m, "low": separation_m - slack_m, "high": separation_m + slack_m}
    fire = {
        side: fire_columns(pairs, around.index, names, separation_m=limit).loc[buildings.index]
        for side, limit in limits.items()
    }
    neighbours = nearest_neighbours(around, village.boundary)
    joined = joined_columns(pairs, around.index).loc[buildings.index]
    spacing = neighbours.spacing_m.reindex(buildings.index)
    columns = pd.concat([spacing, joined, fire["value"]], axis=1)
    of_village = pairs["one"].isin(buildings.index) | pairs["other"].isin(buildings.index)
    below = pairs[of_village & ~pairs["joined"] & (pairs["distance_m"] < separation_m)]
    why = blocked(village, buildings)
    if why:
        found = nothing(PATTERN_KEYS, why, village.layers.source("buildings"))
    else:
        report = _Report(village, buildings, house_doubts(village, buildings))
        found = [
            *_gaps(report, slack_m),
            *_fire(report, fire, separation),
            *_regularity(report, neighbours, joined),
        ]
    return Pattern(columns, _fire_layer(below, names, village, separation), found)


class _Report:
    """Indicators of one village, graded alike."""

    def __init__(self, village: Village, buildings: gpd.GeoDataFrame, doubts: list[Words]) -> None:
        self.village, self.buildings, self.doubts = village, buildings, doubts
        self.source = village.layers.source("buildings")

    def says(
        self,
        key: str,
        value: float,
        bounds: tuple[float, float],
        method: str,
        *more: Words,
        n: int | None = None,
    ) -> Indicator:
        """Indicator whose bounds enclose its value; NA if there is no value."""
        if not np.isfinite(value):
            why = Words(
                f"too few houses in {self.village.spec.name_en} stand near another one",
                f"{self.village.spec.name_zh or self.village.spec.name_en}相邻房屋过少",
            )
            return not_available(key, why, method=method, source=self.source)
        finite = [b for b in (*bounds, value) if np.isfinite(b)]
        return measured(
            key, value, low=min(finite), high=max(finite), method=method, source=self.source,
            n=len(self.buildings) if n is None else n, **graded([*self.doubts, *more]),
        )  # fmt: skip


def _gaps(report: _Report, slack_m: float) -> list[Indicator]:
    houses = report.buildings
    gap = houses["gap_m"].dropna()
    middle = float(gap.median()) if len(gap) else float("nan")
    low, high = statistic_interval(gap.to_numpy(), np.median)
    found = [
        report.says(
            "building_gap_median_m", middle, (max(min(low, middle - slack_m), 0.0),
            max(high, middle + slack_m)), f"gaps {_FACING}", n=len(gap),
        )
    ]  # fmt: skip
    for key, limit in _HANDSHAKES_M.items():
        around = [max(limit - slack_m, 0.0), limit, limit + slack_m]
        low, share, high = handshake_share(houses, around).tolist()
        found.append(
            report.says(
                key, share, (low, high), f"least gap {_FACING}, below {limit:g} m",
                n=int(houses["facing_share"].notna().sum()),
            )
        )  # fmt: skip
    return found


def _fire(report: _Report, fire: dict[str, pd.DataFrame], limit: PlanningRule) -> list[Indicator]:
    unread = NO_WORDS
    if not limit.is_read:
        unread = doubt("limit_unread", limit_m=limit.value, clause=limit.source)
    share = {side: float((table["fire_neighbours"] > 0).mean()) for side, table in fire.items()}
    largest = {
        side: float(table["fire_group"].where(table["fire_group"] > 0).value_counts().max())
        for side, table in fire.items()
    }
    n = len(report.buildings)
    group = {side: count / n if np.isfinite(count) else 0.0 for side, count in largest.items()}
    near = f"least distance between footprints below {limit.value:g} m ({limit.source})"
    bounds = (share["low"], share["high"])
    return [
        report.says("fire_gap_share", share["value"], bounds, f"{near}, no shared wall", unread),
        report.says(
            "fire_group_largest_share", group["value"], (group["low"], group["high"]),
            f"{near} or a shared wall; from one house to the next", unread,
        ),
    ]  # fmt: skip


def _regularity(
    report: _Report, neighbours: NearestNeighbours, joined: pd.DataFrame
) -> list[Indicator]:
    houses = report.buildings
    spacing = neighbours.spacing_m.dropna().to_numpy()
    ratio = statistic_interval(spacing, lambda drawn: float(drawn.mean() / neighbours.expected_m))
    edge = {
        "surroundings": "houses beyond the boundary are seen",
        "donnelly": "nothing is mapped beyond the boundary, corrected after Donnelly (1978)",
    }
    known = houses["orientation_deg"].notna() & (houses["area_m2"] > 0)
    turns = houses.loc[known, ["orientation_deg", "area_m2"]].to_numpy()
    area = houses["area_m2"]
    merged = float(area[houses["merged_suspect"]].sum() / area.sum()) if area.sum() else np.nan
    middle = "range of the middle half over 1.349 medians"
    none = (np.nan, np.nan)
    return [
        report.says("joined_house_share", float((joined["joined_houses"] > 1).mean()), none,
                    "outlines within 0.1 m of each other along 1 m or more"),
        report.says("nearest_neighbour_ratio", neighbours.ratio, ratio,
                    f"centre to centre, Clark and Evans (1954); {edge[neighbours.edge]}",
                    n=len(spacing)),
        _varies(report, "spacing_variation_ratio", neighbours.spacing_m,
                f"distance to the nearest centre: {middle}"),
        _varies(report, "frontage_variation_ratio", houses["frontage_m"],
                f"side that looks at the widest space: {middle}"),
        _varies(report, "building_area_variation_ratio", houses["area_m2"],
                f"footprint area: {middle}"),
        report.says("orientation_order_ratio", resultant_length(turns),
                    statistic_interval(turns, resultant_length),
                    "directions of the long sides modulo a quarter turn, weighted by area"),
        report.says("merged_suspect_share", merged, none,
                    "size and shape against the houses around, no tower, no other use tagged"),
    ]  # fmt: skip


def _varies(report: _Report, key: str, values: pd.Series, method: str) -> Indicator:
    known = values.dropna()
    bounds = statistic_interval(known.to_numpy(dtype=float), variation_ratio)
    return report.says(key, variation_ratio(known), bounds, method, n=len(known))


def _names(buildings: gpd.GeoDataFrame) -> pd.Series:
    """What each building is called where it is named as a neighbour: its id, or else its row."""
    rows = pd.Series(buildings.index.astype(str), index=buildings.index)
    if "osm_id" not in buildings:
        return rows
    ids = buildings["osm_id"].fillna("").astype(str)
    return ids.where(ids != "", rows)


def _fire_layer(
    below: gpd.GeoDataFrame, names: pd.Series, village: Village, limit: PlanningRule
) -> gpd.GeoDataFrame:
    table = {
        "building_a": names.reindex(below["one"]).to_numpy(),
        "building_b": names.reindex(below["other"]).to_numpy(),
        "distance_m": below["distance_m"].to_numpy(),
    }
    frame = gpd.GeoDataFrame(table, geometry=below.geometry.array, crs=below.crs)
    return frame.assign(
        required_m=limit.value, clause=limit.source, status=limit.standing, village=village.id
    )

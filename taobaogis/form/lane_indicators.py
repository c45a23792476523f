"""Lanes between the houses in numbers: how long, how wide, how many lead nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from taobaogis.form.bootstrap import quantile_interval
from taobaogis.form.dead_ends import dead_end_lanes
from taobaogis.form.judging import blocked, graded, house_doubts, nothing
from taobaogis.form.obstacles import obstacles
from taobaogis.geometry.weighted import quantile
from taobaogis.indicators import NO_WORDS, Indicator, Words, measured
from taobaogis.rules import planning_rules
from taobaogis.trust.grades import doubt

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from taobaogis.rules import PlanningRule
    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = ["LANE_KEYS", "LaneForm", "lane_form"]

# Façades that are off move the bounds more than what is drawn.
_DRAWS = 100
_QUANTILES = {"lane_clear_width_median_m": 0.5, "lane_clear_width_p10_m": 0.1}
_LIMITS_M = {"lane_under_2_5m_share": 2.5, "lane_under_4m_share": 4.0}
LANE_KEYS = (
    "lane_length_km", *_QUANTILES, *_LIMITS_M, "dead_end_lane_share", "long_dead_end_count",
)  # fmt: skip
_NARROWEST = "narrowest place from junction to junction between footprints, weighted by length"


class LaneForm(NamedTuple):
    """What `lane_form` finds.

    Attributes
    ----------
    lanes
        The lanes, with ``dead_end_m`` and ``ends_here`` as from
        `taobaogis.form.dead_ends.dead_end_lanes`; 0 and false for a lane that leads through.
    dead_ends
        Lanes of dead ends longer than the limit, as from
        `taobaogis.form.dead_ends.dead_end_lanes`, with ``limit_m``, ``clause``, ``status``.
    indicators
        Every one of `LANE_KEYS`.
    """

    lanes: gpd.GeoDataFrame
    dead_ends: gpd.GeoDataFrame
    indicators: list[Indicator]


def lane_form(
    village: Village,
    lanes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    assumptions: Assumptions,
    rules: Mapping[str, PlanningRule] | None = None,
) -> LaneForm:
    """Length, width and dead ends of the lanes of a village.

    Parameters
    ----------
    village
        Boundary and layers.
    lanes
        Of the village, from `taobaogis.form.lanes.lanes`.
    buildings
        Of the village, from `taobaogis.form.measures.measured_buildings`.
    assumptions
        For how far façades may be off.
    rules
        Where the limit of a dead end stands; the shipped ones by default.

    Returns
    -------
    form
        Lanes beyond the mouth, in open ground, do not count. The bounds of a width or of a
        share below a width let all façades stand farther in, or farther out, by
        ``facade_error_m``; those of a width are widened to the 95 % interval from drawing lanes
        again. Without buildings, or where no lane lies between them, all indicators are NA.
    """
    limit = (rules or planning_rules())["long_dead_end"]
    barred = obstacles(village.layers["barriers"], village.layers["streets"])
    dead = dead_end_lanes(lanes, village.layers["buildings"], village.boundary, obstacles=barred)
    long = dead[dead["dead_end_m"] > limit.value]
    long = long.assign(limit_m=limit.value, clause=limit.source, status=limit.standing)
    told = lanes.assign(
        dead_end_m=dead["dead_end_m"].reindex(lanes.index).fillna(0.0),
        ends_here=dead["ends_here"].reindex(lanes.index, fill_value=False).astype(bool),
    )
    source = village.layers.source("buildings")
    between = lanes[~lanes["open_ground"].astype(bool)]
    why = blocked(village, buildings)
    if not why and between.empty:
        name_en, name_zh = village.spec.name_en, village.spec.name_zh
        why = Words(
            f"no lane lies between the mapped houses of {name_en}",
            f"{name_zh or name_en}已测绘房屋间没有巷道",
        )
    if why:
        return LaneForm(told, long, nothing(LANE_KEYS, why, source))
    doubts = [*house_doubts(village, buildings), doubt("few_lanes", len(between))]
    slack_m = 2 * assumptions.facade_error_m
    found = [
        *_widths(between, slack_m, doubts, source),
        *_dead(between, dead, doubts, source, limit),
    ]
    by_key = {indicator.key: indicator for indicator in found}
    return LaneForm(told, long, [by_key[key] for key in LANE_KEYS])


def _widths(
    lanes: gpd.GeoDataFrame, slack_m: float, doubts: list[Words], source: str
) -> list[Indicator]:
    width, length = lanes["clear_width_m"].to_numpy(), lanes["length_m"].to_numpy()
    n, level = len(lanes), graded(doubts)
    found = []
    for key, probability in _QUANTILES.items():
        value = quantile(width, length, probability)
        drawn = quantile_interval(
            width, length, np.arange(n), probability=probability, draws=_DRAWS
        )
        low, high = min(drawn[0], value - slack_m), max(drawn[1], value + slack_m)
        found.append(
            measured(key, value, low=max(low, 0.0), high=high, method=_NARROWEST, source=source,
                     n=n, **level)
        )  # fmt: skip
    for key, limit in _LIMITS_M.items():
        low, share, high = (
            float(length[width < at].sum() / length.sum())
            for at in (limit - slack_m, limit, limit + slack_m)
        )
        found.append(
            measured(key, share, low=low, high=high, method=_NARROWEST, source=source, n=n, **level)
        )
    return found


def _dead(
    lanes: gpd.GeoDataFrame,
    dead: gpd.GeoDataFrame,
    doubts: list[Words],
    source: str,
    limit: PlanningRule,
) -> list[Indicator]:
    unread = NO_WORDS
    if not limit.is_read:
        unread = doubt("limit_unread", limit_m=limit.value, clause=limit.source)
    total_m = float(lanes["length_m"].sum())
    within = dead[dead.index.isin(lanes.index)]
    share = float(within["length_m"].sum()) / total_m
    ends = dead[dead["ends_here"]]
    long = int((ends["dead_end_m"] > limit.value).sum())
    back = "lanes between footprints from which the only way out leads back"
    return [
        measured("lane_length_km", total_m / 1e3, method="middle lines between footprints, where "
                 "a gap of 0.6 m or more is a lane", source=source, n=len(lanes),
                 **graded(doubts)),
        measured("dead_end_lane_share", share, method=back, source=source, n=len(lanes),
                 **graded(doubts)),
        measured("long_dead_end_count", long, method=f"{back}, longer than {limit.value:g} m from "
                 f"the last lane that leads through to the wall ({limit.source})", source=source,
                 n=len(ends), **graded([*doubts, unread])),
    ]  # fmt: skip

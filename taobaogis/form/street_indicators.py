"""Widths of the streets, measured and best known, and their depth between the houses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.form.bootstrap import quantile_interval
from taobaogis.form.judging import blocked, graded, not_mapped, nothing, sources
from taobaogis.form.ladder import CLASS, MEASURED, SURVEYED, TAGGED
from taobaogis.form.section import HEIGHT_TO_WIDTH, house_heights, street_sections
from taobaogis.form.unmapped import (
    bounds_if_unseen,
    bounds_with_lanes,
    joined_bounds,
    lanes_without_street,
    seen_share,
)
from taobaogis.form.width_indicators import WIDTH_KEYS, width_indicators
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.weighted import quantile
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.study import Assumptions
    from taobaogis.trust.completeness import Completeness
    from taobaogis.village import Village

__all__ = ["STREET_FORM_KEYS", "street_form"]

# Storeys and defaults that are not known move the bounds more than what is drawn.
_DRAWS = 100
_LADDER_KEYS = ("street_width_ladder_m", "street_width_assumed_share")
STREET_FORM_KEYS = (*WIDTH_KEYS, *_LADDER_KEYS, "height_to_width_ratio")
_LADDER = "surveyed, tagged, measured between façades, estimated or from lanes, or of the class"
_LANE_WIDTH = "clear_width_median_m"
_HEIGHT_BOUNDS = ("height_low_m", "height_high_m")
_SECTION = "mean height of the houses on both sides over the width between their façades"


def street_form(
    village: Village,
    streets: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    assumptions: Assumptions,
    *,
    sections: pd.DataFrame | None = None,
    lanes: gpd.GeoDataFrame | None = None,
    houses: Completeness | None = None,
) -> list[Indicator]:
    """Widths and height-to-width ratios of the streets of a village.

    Parameters
    ----------
    village
        Boundary and layers.
    streets, buildings
        Of the village, from `taobaogis.form.measures`.
    assumptions
        For the line of sight, and for storeys that are not mapped.
    sections
        From `taobaogis.form.section.street_sections` for the same village, if at hand.
    lanes
        From `taobaogis.form.lanes.lanes` for the same village, if at hand.
    houses
        From `taobaogis.trust.completeness.buildings_completeness`, if at hand.

    Returns
    -------
    indicators
        Every one of `STREET_FORM_KEYS`, over the length within the boundary. All bounds but
        those of a share join doubts of three kinds, lie within what was measured, and enclose
        the median with every lane along which no street is mapped: which streets there happen
        to be (the 95 % interval from drawing them again), what stands in for numbers that are
        not known (the ends of the range of a default; for the ratio the fewest and the most
        storeys), and houses that are not mapped (`taobaogis.form.unmapped`). Along lanes the
        houses are as high as in the village.
    """
    source = sources(village, "streets", "buildings")
    why = village.outside
    lines = geometries(streets)
    length_m = np.nan_to_num(shapely.length(shapely.intersection(lines, village.boundary)))
    if not why and length_m.sum() == 0:
        why = not_mapped(village, "streets", "街巷")
    if why:
        return nothing(STREET_FORM_KEYS, why, source)
    if sections is None:
        sections = street_sections(village, assumptions)
    if lanes is not None:
        lanes = lanes_without_street(lanes, village.layers["streets"])
    seen = seen_share(village, houses)
    return [
        *width_indicators(village, streets, assumptions, seen=seen, sections=sections, lanes=lanes),
        *_ladder(village, streets, length_m, seen, lanes),
        _section(village, buildings, assumptions, seen=seen, sections=sections, lanes=lanes),
    ]


def _ladder(
    village: Village,
    streets: gpd.GeoDataFrame,
    length_m: np.ndarray,
    seen: float,
    lanes: gpd.GeoDataFrame | None,
) -> list[Indicator]:
    source = sources(village, "streets", "buildings")
    by_class = streets["width_source"].eq(CLASS).to_numpy()
    assumed = float(length_m[by_class].sum() / length_m.sum())
    n = int((length_m > 0).sum())
    doubts = [*boundary_doubts(village), doubt("few_streets", n)]
    share = measured(_LADDER_KEYS[1], assumed, method=_LADDER, source=source, n=n, **graded(doubts))
    known = streets["width_m"].notna().to_numpy() & (length_m > 0)
    if not known.any():
        why = Words("no street has a class with a common width", "无街巷具有可参照的道路等级")
        return [not_available(_LADDER_KEYS[0], why, method=_LADDER, source=source), share]
    table = streets.loc[known, ["width_m", "width_low_m", "width_high_m"]].to_numpy(dtype=float)
    value, *drawn = _drawn_again(table, length_m[known], np.arange(known.sum()))
    # Who measured a width on the ground, or tagged it, needed no house for that. Of the others,
    # a carriageway that stands in for a missing façade may be narrower as well as wider.
    rung = streets.loc[known, "width_source"]
    unseen = bounds_if_unseen(
        table[:, 0], length_m[known], probability=0.5, seen=seen,
        too_great=~rung.isin([SURVEYED, TAGGED]).to_numpy(),
        too_small=~rung.isin([SURVEYED, TAGGED, MEASURED]).to_numpy(),
    )  # fmt: skip
    low, high = joined_bounds(
        value, (drawn[0], drawn[1]), unseen, within=(table[:, 1].min(), table[:, 2].max())
    )
    if lanes is not None:
        low, high = bounds_with_lanes(
            (low, high), table[:, 0], length_m[known], lanes=lanes[_LANE_WIDTH].to_numpy(),
            lanes_m=lanes["length_m"].to_numpy(),
        )  # fmt: skip
    width = measured(
        _LADDER_KEYS[0], value, low=low, high=high, method=_LADDER, source=source,
        n=int(known.sum()), **graded([*doubts, doubt("widths_by_class", assumed)]),
    )  # fmt: skip
    return [width, share]


def _section(
    village: Village,
    buildings: gpd.GeoDataFrame,
    assumptions: Assumptions,
    *,
    seen: float,
    sections: pd.DataFrame,
    lanes: gpd.GeoDataFrame | None,
) -> Indicator:
    key, source = STREET_FORM_KEYS[-1], sources(village, "streets", "buildings")
    why = blocked(village, buildings)
    if why:
        return not_available(key, why, method=_SECTION, source=source)
    inside = shapely.intersects_xy(village.boundary, sections["x"], sections["y"])
    pieces = sections[inside & sections[key].notna().to_numpy()]
    if pieces.empty:
        name_en, name_zh = village.spec.name_en, village.spec.name_zh
        why = Words(
            f"no street in {name_en} has mapped buildings on both sides",
            f"{name_zh or name_en}没有两侧均有建筑的街巷",
        )
        return not_available(key, why, method=_SECTION, source=source)
    length = pieces["length_m"].to_numpy()
    street = pd.factorize(pieces["street"])[0]
    table = pieces[list(HEIGHT_TO_WIDTH)].to_numpy(dtype=float)
    value, *drawn = _drawn_again(table, length, street)
    unseen = bounds_if_unseen(table[:, 0], length, probability=0.5, seen=seen, too_small=True)
    least, most = joined_bounds(
        value, (drawn[0], drawn[1]), unseen, within=(table[:, 1].min(), table[:, 2].max())
    )
    if lanes is not None:
        heights = house_heights(
            buildings,
            storeys_low=assumptions.storeys_low,
            storeys_high=assumptions.storeys_high,
            storey_height_m=assumptions.storey_height_m,
        )
        for column, height in enumerate(_HEIGHT_BOUNDS, start=1):
            least, most = bounds_with_lanes(
                (least, most), table[:, column], length, lanes_m=lanes["length_m"].to_numpy(),
                lanes=heights[height].median() / lanes[_LANE_WIDTH].to_numpy(),
            )  # fmt: skip
    known = 1 - float(np.average(pieces["assumed_share"], weights=length))
    n = int(pieces["street"].nunique())
    doubts = [
        *boundary_doubts(village),
        doubt("few_measured_streets", n),
        doubt("facades_assumed", known, low=assumptions.storeys_low, high=assumptions.storeys_high),
    ]
    return measured(
        key, value, low=least, high=most, method=_SECTION, source=source, n=n, **graded(doubts)
    )


def _drawn_again(
    table: np.ndarray, length: np.ndarray, clusters: np.ndarray
) -> tuple[float, float, float]:
    """Median of the first column by length; bounds from the second and third, drawn again."""
    middle, low, high = table.T
    value = quantile(middle, length, 0.5)
    least, _ = quantile_interval(low, length, clusters, probability=0.5, draws=_DRAWS)
    _, most = quantile_interval(high, length, clusters, probability=0.5, draws=_DRAWS)
    return value, least, most

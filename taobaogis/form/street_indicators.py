"""Streets by the ladder of widths, and their depth between the houses, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.form.bootstrap import quantile_interval
from taobaogis.form.judging import blocked, graded, not_mapped, nothing, sources
from taobaogis.form.ladder import CLASS
from taobaogis.form.section import HEIGHT_TO_WIDTH, house_heights, street_sections
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.weighted import group_quantiles
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = ["STREET_FORM_KEYS", "street_form"]

# Storeys and defaults that are not known move the bounds more than what is drawn.
_DRAWS = 100
_LADDER_KEYS = ("street_width_ladder_m", "street_width_assumed_share")
STREET_FORM_KEYS = (*_LADDER_KEYS, "height_to_width_ratio")
_LADDER = "surveyed, tagged, measured between façades, estimated or from lanes, or of the class"
# A street that runs farther from the middle of a lane is another one's.
_ALONG_M = 3.0
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
) -> list[Indicator]:
    """Best known widths and height-to-width ratios of the streets of a village.

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

    Returns
    -------
    indicators
        Every one of `STREET_FORM_KEYS`, over the length within the boundary. The bounds of the
        width let all defaults lie at the ends of their ranges; those of the ratio let all
        storeys that are not mapped be the fewest or the most. Both are widened to the 95 %
        interval from drawing streets again. The bounds of the ratio also enclose the medians
        with all lanes along which no street is mapped, each as deep as the houses of the
        village are high.
    """
    source = sources(village, "streets", "buildings")
    why = village.outside
    lines = geometries(streets)
    length_m = np.nan_to_num(shapely.length(shapely.intersection(lines, village.boundary)))
    if not why and length_m.sum() == 0:
        why = not_mapped(village, "streets", "街巷")
    if why:
        return nothing(STREET_FORM_KEYS, why, source)
    return [
        *_ladder(village, streets, length_m, source),
        _section(village, buildings, assumptions, sections, lanes),
    ]


def _ladder(
    village: Village, streets: gpd.GeoDataFrame, length_m: np.ndarray, source: str
) -> list[Indicator]:
    by_class = streets["width_source"].eq(CLASS).to_numpy()
    assumed = float(length_m[by_class].sum() / length_m.sum())
    n = int((length_m > 0).sum())
    doubts = [*boundary_doubts(village), doubt("few_streets", n)]
    share = measured(_LADDER_KEYS[1], assumed, method=_LADDER, source=source, n=n, **graded(doubts))
    known = streets["width_m"].notna().to_numpy() & (length_m > 0)
    if not known.any():
        why = Words("no street has a class with a common width", "无街巷具有可参照的道路等级")
        return [not_available(_LADDER_KEYS[0], why, method=_LADDER, source=source), share]
    columns = ("width_m", "width_low_m", "width_high_m")
    value, low, high = _bounded(
        streets.loc[known, columns], length_m[known], np.arange(known.sum())
    )
    width = measured(
        _LADDER_KEYS[0], value, low=low, high=high, method=_LADDER, source=source,
        n=int(known.sum()), **graded([*doubts, doubt("widths_by_class", assumed)]),
    )  # fmt: skip
    return [width, share]


def _section(
    village: Village,
    buildings: gpd.GeoDataFrame,
    assumptions: Assumptions,
    sections: pd.DataFrame | None,
    lanes: gpd.GeoDataFrame | None,
) -> Indicator:
    key, source = STREET_FORM_KEYS[-1], sources(village, "streets", "buildings")
    why = blocked(village, buildings)
    if why:
        return not_available(key, why, method=_SECTION, source=source)
    low, high = assumptions.storeys_low, assumptions.storeys_high
    if sections is None:
        sections = street_sections(village, assumptions)
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
    value, least, most = _bounded(pieces[list(HEIGHT_TO_WIDTH)], length, street)
    if lanes is not None:
        least, most = _with_lanes(
            (least, most), pieces, _without_street(lanes, village.layers["streets"]),
            house_heights(
                buildings, storeys_low=low, storeys_high=high,
                storey_height_m=assumptions.storey_height_m,
            ),
        )  # fmt: skip
    known = 1 - float(np.average(pieces["assumed_share"], weights=length))
    n = int(pieces["street"].nunique())
    doubts = [
        *boundary_doubts(village),
        doubt("few_measured_streets", n),
        doubt("facades_assumed", known, low=low, high=high),
    ]
    return measured(
        key, value, low=least, high=most, method=_SECTION, source=source, n=n, **graded(doubts)
    )


def _without_street(lanes: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lanes between houses along whose middle no street is mapped."""
    between = lanes[~lanes["open_ground"].astype(bool)] if len(lanes) else lanes
    middle = shapely.line_interpolate_point(geometries(between), 0.5, normalized=True)
    mapped = shapely.STRtree(geometries(streets)).query(
        middle, predicate="dwithin", distance=_ALONG_M
    )[0]
    return between.iloc[np.setdiff1d(np.arange(len(between)), mapped)]


def _with_lanes(
    bounds: tuple[float, float],
    pieces: pd.DataFrame,
    lanes: gpd.GeoDataFrame,
    heights: pd.DataFrame,
) -> tuple[float, float]:
    """Bounds that enclose the medians over the pieces and lanes together."""
    lane_m, width_m = lanes["length_m"].to_numpy(), lanes["clear_width_median_m"].to_numpy()
    length = np.r_[pieces["length_m"].to_numpy(), lane_m]
    one = np.zeros(len(length), dtype=np.int64)
    least, most = (
        float(
            group_quantiles(
                np.r_[pieces[ratio].to_numpy(), heights[height].median() / width_m],
                length, one, count=1, probabilities=[0.5],
            )[0, 0]
        )
        for ratio, height in zip(HEIGHT_TO_WIDTH[1:], _HEIGHT_BOUNDS, strict=True)
    )  # fmt: skip
    return min(bounds[0], least), max(bounds[1], most)


def _bounded(
    table: pd.DataFrame, length: np.ndarray, clusters: np.ndarray
) -> tuple[float, float, float]:
    """Median of the first column by length; bounds from the second and third, drawn again."""
    values = table.to_numpy(dtype=float)
    one = np.zeros(len(values), dtype=np.int64)
    middle = float(group_quantiles(values[:, 0], length, one, count=1, probabilities=[0.5])[0, 0])
    low, _ = quantile_interval(values[:, 1], length, clusters, probability=0.5, draws=_DRAWS)
    _, high = quantile_interval(values[:, 2], length, clusters, probability=0.5, draws=_DRAWS)
    return middle, min(low, middle), max(high, middle)

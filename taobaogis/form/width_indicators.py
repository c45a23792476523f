"""How wide the mapped streets of a village are from façade to façade, with honest bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.form.bootstrap import quantile_interval
from taobaogis.form.judging import graded, not_mapped, nothing, sources
from taobaogis.form.section import street_sections
from taobaogis.form.streets import street_length_m
from taobaogis.form.unmapped import bounds_if_unseen, bounds_with_lanes, joined_bounds
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.weighted import quantile
from taobaogis.indicators import NO_WORDS, Indicator, Words, measured
from taobaogis.trust.grades import boundary_doubts, doubt

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = [
    "OPEN_SHARE",
    "RAYS",
    "WIDTH_KEYS",
    "no_widths",
    "open_sides",
    "uncovered_pieces",
    "width_indicators",
]

_QUANTILES = {"street_width_median_m": 0.5, "street_width_p10_m": 0.1}
WIDTH_KEYS = tuple(_QUANTILES)
OPEN_SHARE = "street_open_share"
RAYS = "rays square to the street on both sides, façade to façade, weighted by length"


def width_indicators(
    village: Village,
    streets: gpd.GeoDataFrame,
    assumptions: Assumptions,
    *,
    seen: float,
    sections: pd.DataFrame | None = None,
    lanes: gpd.GeoDataFrame | None = None,
) -> list[Indicator]:
    """Median and narrowest tenth of the width of the streets of a village.

    Parameters
    ----------
    village
        Boundary and layers.
    streets
        Of the village, from `taobaogis.form.measures`.
    assumptions
        For the line of sight.
    seen
        Of the length built on both sides, the share along which both houses are mapped, from
        `taobaogis.form.unmapped.seen_share`.
    sections
        From `taobaogis.form.section.street_sections` for the same village, if at hand.
    lanes
        Without a street, from `taobaogis.form.unmapped.lanes_without_street`; they may be None.

    Returns
    -------
    indicators
        Every one of `WIDTH_KEYS`. The bounds join the 95 % interval from drawing streets again
        with what houses that are not mapped may make of it
        (`taobaogis.form.unmapped.bounds_if_unseen`), lie within what was measured, and enclose
        the width with every lane along which no street is mapped.
    """
    source = sources(village, "streets", "buildings")
    why = no_widths(village, streets)
    if why:
        return nothing(WIDTH_KEYS, why, source)
    if sections is None:
        sections = street_sections(village, assumptions)
    pieces = uncovered_pieces(village, sections)
    built = pieces[pieces["width_m"].notna()]
    if built.empty:
        names = village.spec
        why = Words(
            f"no street in {names.name_en} has mapped buildings on both sides",
            f"{names.name_zh or names.name_en}没有两侧均有已测绘建筑的街巷",
        )
        return nothing(WIDTH_KEYS, why, source)
    open_share = float(np.average(open_sides(pieces), weights=pieces["length_m"]))
    street = pd.factorize(built["street"])[0]
    n = built["street"].nunique()
    few = doubt("few_measured_streets", n)
    level = graded([*boundary_doubts(village), few, doubt("mostly_open", open_share)])
    width, length = built["width_m"].to_numpy(), built["length_m"].to_numpy()
    found = []
    for key, probability in _QUANTILES.items():
        value = quantile(width, length, probability)
        drawn = quantile_interval(width, length, street, probability=probability)
        unseen = bounds_if_unseen(width, length, probability=probability, seen=seen, too_great=True)
        low, high = joined_bounds(value, drawn, unseen, within=(width.min(), width.max()))
        if lanes is not None:
            low, high = bounds_with_lanes(
                (low, high), width, length, lanes=lanes["clear_width_median_m"].to_numpy(),
                lanes_m=lanes["length_m"].to_numpy(), probability=probability,
            )  # fmt: skip
        found.append(
            measured(key, value, low=low, high=high, method=RAYS, source=source, n=n, **level)
        )
    return found


def no_widths(village: Village, streets: gpd.GeoDataFrame) -> Words:
    """Why nothing can be said of the sides of the streets; empty if something can.

    Parameters
    ----------
    village
        Boundary and layers.
    streets
        Of the village.
    """
    if village.outside:
        return village.outside
    if street_length_m(streets, village.boundary) == 0:
        return not_mapped(village, "streets", "街巷")
    if not shapely.intersects(village.boundary, geometries(village.layers["buildings"])).any():
        return not_mapped(village, "buildings", "建筑")
    return NO_WORDS


def uncovered_pieces(village: Village, sections: pd.DataFrame) -> pd.DataFrame:
    """Pieces of the streets within the boundary that do not run inside buildings.

    Parameters
    ----------
    village
        For its boundary.
    sections
        From `taobaogis.form.section.street_sections`.
    """
    inside = shapely.intersects_xy(village.boundary, sections["x"], sections["y"])
    pieces: pd.DataFrame = sections[inside & ~sections["covered"].to_numpy()]
    return pieces


def open_sides(pieces: pd.DataFrame) -> pd.Series:
    """Which pieces have no building in sight on at least one side."""
    return pd.Series(np.isinf(pieces["left_m"]) | np.isinf(pieces["right_m"]), index=pieces.index)

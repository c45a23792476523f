"""Form and extent of a village in numbers, each with its doubt or the reason why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taobaogis.form.bootstrap import quantile_interval, share_interval
from taobaogis.form.buildings import ASSUMED, building_coverage_ratio, floor_space_index
from taobaogis.form.judging import graded, house_doubts, not_mapped, nothing, sources
from taobaogis.form.section import street_sections
from taobaogis.form.streets import street_ends, street_length_m
from taobaogis.form.unmapped import joined_bounds, lanes_without_street, seen_share
from taobaogis.form.width_indicators import (
    OPEN_SHARE,
    RAYS,
    no_widths,
    open_sides,
    uncovered_pieces,
)
from taobaogis.geometry.weighted import quantile
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.study import Assumptions
    from taobaogis.trust.completeness import Completeness
    from taobaogis.village import Village

__all__ = ["form_indicators"]


_STREET_KEYS = ("street_density_km_per_km2", "junction_density_per_ha", "dead_end_share")
_BUILDING_KEYS = ("building_coverage_ratio", "floor_space_index", "building_area_median_m2")


def form_indicators(
    village: Village,
    streets: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    assumptions: Assumptions,
    sections: pd.DataFrame | None = None,
    *,
    lanes: gpd.GeoDataFrame | None = None,
    houses: Completeness | None = None,
) -> list[Indicator]:
    """Extent of a village, its streets and its houses in numbers.

    Only what lies within the boundary counts; streets and buildings around it are seen where
    they matter, so that the edge of a village is measured like its inside.

    Parameters
    ----------
    village
        Boundary and layers.
    streets, buildings
        Of the village, from `taobaogis.form.measures`.
    assumptions
        For the line of sight and for storeys that are not mapped.
    sections
        From `taobaogis.form.section.street_sections` for the same village, if at hand.
    lanes
        From `taobaogis.form.lanes.lanes` for the same village, if at hand.
    houses
        From `taobaogis.trust.completeness.buildings_completeness`, if at hand.

    Returns
    -------
    indicators
        What is counted and added up: extent, streets, houses, coverage, floor space, open
        sides. The bounds of a footprint are 95 % intervals from drawing houses again. Those of
        the share of open sides come from drawing streets again, too; its lower one allows for
        houses that are not mapped (`taobaogis.form.unmapped`), and counts lanes along which no
        street is mapped as streets that are built on both sides. Those of the floor-space index
        let all unknown houses have the fewest or the most storeys; the upper one of the
        buildings counts a footprint that may be several houses as that many.
    """
    area = measured(
        "area_ha",
        village.area_ha,
        method="area of the boundary in the metric CRS of the study",
        source=village.boundary_basis,
        n=1,
        **graded(boundary_doubts(village)),
    )
    return [
        area,
        *_street_indicators(village, streets),
        *_building_indicators(village, buildings, assumptions),
        _open_share(village, streets, assumptions, sections, lanes=lanes, houses=houses),
    ]


def _street_indicators(village: Village, streets: gpd.GeoDataFrame) -> list[Indicator]:
    source = village.layers.source("streets")
    keys = ("street_length_km", *_STREET_KEYS)
    if village.outside:
        return nothing(keys, village.outside, source)
    length_m = street_length_m(streets, village.boundary)
    if length_m == 0:
        return nothing(keys, not_mapped(village, "streets", "街巷"), source)
    # Degrees are counted on all streets around, so that none ends at the boundary.
    ends = street_ends(village.layers["streets"], village.boundary)
    count = ends.junctions + ends.dead_ends
    n = len(streets)
    few = doubt("few_streets", n)
    doubts = graded([*boundary_doubts(village), few])
    lines = "mapped streets, cut at the boundary; each carriageway counts"
    nodes = "nodes of the mapped streets within the boundary"
    found = [
        measured("street_length_km", length_m / 1e3, method=lines, source=source, n=n, **doubts),
        measured("street_density_km_per_km2", length_m / 10 / village.area_ha, method=lines,
                 source=source, n=n, **doubts),
        measured("junction_density_per_ha", ends.junctions / village.area_ha, method=nodes,
                 source=source, n=ends.junctions, **doubts),
    ]  # fmt: skip
    if count == 0:
        why = Words(
            "no mapped street ends or meets another within the boundary",
            "边界内没有已测绘街巷的交叉口或尽端",
        )
        return [*found, not_available("dead_end_share", why, method=nodes, source=source)]
    few = doubt("few_junctions", count)
    doubts = graded([*boundary_doubts(village), few])
    share = ends.dead_ends / count
    return [
        *found,
        measured("dead_end_share", share, method=nodes, source=source, n=count, **doubts),
    ]


def _building_indicators(
    village: Village, buildings: gpd.GeoDataFrame, assumptions: Assumptions
) -> list[Indicator]:
    source = village.layers.source("buildings")
    keys = ("building_count", "levels_known_share", *_BUILDING_KEYS)
    if village.outside:
        return nothing(keys, village.outside, source)
    n = len(buildings)
    if n == 0:
        return nothing(keys, not_mapped(village, "buildings", "建筑"), source)
    around = village.layers["buildings"]
    coverage = building_coverage_ratio(around, village.boundary)
    floors = floor_space_index(
        around,
        village.boundary,
        storeys_low=assumptions.storeys_low,
        storeys_high=assumptions.storeys_high,
        storey_height_m=assumptions.storey_height_m,
    )
    known = float((buildings["height_source"] != ASSUMED).mean())
    house_m2 = buildings["area_m2"].to_numpy()
    house = _quantile_with_interval(house_m2, np.ones(n), np.arange(n), probability=0.5)
    doubts = [*boundary_doubts(village), doubt("few_buildings", n)]
    guessed = doubt(
        "storeys_assumed",
        floors.known_share,
        low=assumptions.storeys_low,
        high=assumptions.storeys_high,
    )
    inside = "mapped footprints, cut at the boundary, overlaps counted once"
    level, houses = graded(doubts), graded(house_doubts(village, buildings))
    return [
        measured("building_count", n, low=n, high=_houses(buildings), method="mapped footprints "
                 "with their inner point in the boundary", source=source, n=n, **houses),
        measured("levels_known_share", known, method="mapped storeys or height", source=source,
                 n=n, **level),
        measured("building_coverage_ratio", coverage, method=inside, source=source, n=n, **level),
        measured("floor_space_index", floors.value, low=floors.low, high=floors.high,
                 method=f"{inside}; times storeys", source=source, n=n,
                 **graded([*doubts, guessed])),
        measured("building_area_median_m2", house[0], low=house[1], high=house[2],
                 method="mapped footprints", source=source, n=n, **houses),
    ]  # fmt: skip


def _houses(buildings: gpd.GeoDataFrame) -> float:
    """How many houses there are if every suspected footprint holds as many as it has room for."""
    more = buildings.loc[buildings["merged_suspect"], "merged_houses"] - 1
    return len(buildings) + float(more.sum())


def _open_share(
    village: Village,
    streets: gpd.GeoDataFrame,
    assumptions: Assumptions,
    sections: pd.DataFrame | None,
    *,
    lanes: gpd.GeoDataFrame | None,
    houses: Completeness | None,
) -> Indicator:
    source = sources(village, "streets", "buildings")
    why = no_widths(village, streets)
    if why:
        return not_available(OPEN_SHARE, why, source=source)
    if sections is None:
        sections = street_sections(village, assumptions)
    pieces = uncovered_pieces(village, sections)
    share, *drawn = _share_with_interval(pieces, open_sides(pieces))
    built = 1 - share
    # A side whose house is not mapped looks open; one that is open never looks built.
    most_built = min(built / seen_share(village, houses), 1.0)
    low = 1 - joined_bounds(built, (1 - drawn[1], 1 - drawn[0]), (built, most_built),
                            within=(0.0, 1.0))[1]  # fmt: skip
    if lanes is not None:
        street_m = pieces["length_m"].sum()
        lane_m = lanes_without_street(lanes, village.layers["streets"])["length_m"].sum()
        low *= float(street_m / (street_m + lane_m))
    low, high = min(max(low, 0.0), share), drawn[1]
    n = pieces["street"].nunique()
    few = doubt("few_measured_streets", n)
    return measured(
        OPEN_SHARE, share, low=low, high=high, method=RAYS, source=source, n=n,
        **graded([*boundary_doubts(village), few]),
    )  # fmt: skip


def _quantile_with_interval(
    values: np.ndarray, weights: np.ndarray, clusters: np.ndarray, *, probability: float
) -> tuple[float, float, float]:
    value = quantile(values, weights, probability)
    low, high = quantile_interval(values, weights, clusters, probability=probability)
    return value, min(low, value), max(high, value)


def _share_with_interval(pieces: pd.DataFrame, chosen: pd.Series) -> tuple[float, float, float]:
    """Share of length that is chosen, and what drawing the streets again makes of it."""
    length = pieces["length_m"]
    table = pd.DataFrame({"all": length, "chosen": length.where(chosen, 0.0)})
    by_street = table.groupby(pieces["street"], sort=False).sum()
    low, high = share_interval(by_street["chosen"].to_numpy(), by_street["all"].to_numpy())
    share = float(table["chosen"].sum() / table["all"].sum())
    return share, min(low, share), max(high, share)

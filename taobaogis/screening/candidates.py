"""Candidate villages with a score and reasons, from footprints and streets alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres, require_same_crs
from taobaogis.form.buildings import building_coverage_ratio
from taobaogis.form.orientation import orientation_order
from taobaogis.form.pattern import variation_ratio
from taobaogis.geometry.arrays import geometries
from taobaogis.screening.criteria import limits, reasons
from taobaogis.screening.settlements import grounds, settlements

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from taobaogis.screening.criteria import Reason

__all__ = ["LIKELY", "screen_villages"]

# From here on more speaks for a village than against it.
LIKELY = 0.5

_FOR_CARS = frozenset({
    "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
    "service", "road",
})  # fmt: skip
# A house front, a pavement and half a lane lie between a house and the middle of its street.
_ON_STREET_M = 10.0
_COLUMNS = {
    "id": "str", "score": "float64", "settlement": "int64", "n_houses": "int64",
    "area_ha": "float64", "coverage_ratio": "float64", "house_median_m2": "float64",
    "gap_median_m": "float64", "area_variation_ratio": "float64",
    "orientation_order_ratio": "float64", "off_street_share": "float64",
    "reasons_en": "str", "reasons_zh": "str",
}  # fmt: skip


def screen_villages(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries, streets: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Find likely urban villages.

    Nothing is known but where buildings and streets are: no name, no tag, no height. What is
    found is a place to look at, not a verdict; a village whose houses nobody has drawn is not
    found.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS; missing ones are left out.
    streets
        Lines in the same CRS with the column ``highway``, or None. Without them, or where none
        comes near a candidate, houses off the streets are no reason.

    Returns
    -------
    candidates
        One Polygon a candidate, the best first.

        ========================  ============================================================
        id                        ``candidate-001`` and so on, in the order of the rows
        score                     0 to 1: mean of the reasons by weight; `LIKELY` and above is
                                  likely a village
        settlement                number of the settlement; candidates that share it are pieces
                                  of one that is wider than a walk
        n_houses, area_ha         footprints that belong to it, and its size
        coverage_ratio            share of its built ground under a building
        house_median_m2           median footprint
        gap_median_m              median distance to the nearest other building
        area_variation_ratio      as `taobaogis.form.pattern.variation_ratio`
        orientation_order_ratio   as `taobaogis.form.orientation.orientation_order`
        off_street_share          share of houses farther than 10 m from the middle of a street
                                  for cars; NaN without streets
        reasons_en, reasons_zh    what speaks for it, the strongest first; empty if nothing does
        ========================  ============================================================

        Empty if nothing is like a village. Limits and weights are those of
        ``data/screening.toml``.

    Raises
    ------
    CRSError
        If the layers are not in one CRS in metres.

    Examples
    --------
    Eight by eight houses of 100 m², 2 m apart, and beside them two estates of long blocks:

    >>> from shapely import box
    >>> village = [box(x, y, x + 10, y + 10) for x in range(0, 96, 12) for y in range(0, 96, 12)]
    >>> estate = [box(x, 0, x + 15, 60) for x in range(300, 780, 40)]
    >>> found = screen_villages(gpd.GeoSeries([*village, *estate], crs=4547))
    >>> found[["id", "n_houses", "gap_median_m"]].to_dict("records")
    [{'id': 'candidate-001', 'n_houses': 64, 'gap_median_m': 2.0}]
    """
    if streets is None:
        require_metres(buildings, "buildings")
    else:
        require_same_crs(buildings=buildings, streets=streets)
    rules = limits()
    shapes = geometries(buildings)
    shapes = shapes[~shapely.is_missing(shapes)]
    area = shapely.area(shapes)
    found = settlements(shapes, area, rules)
    tree = shapely.STRtree(shapes)
    roads = _roads(streets)
    rows, outlines = [], []
    for piece, built, ground in grounds(shapes, found, rules):
        members = np.flatnonzero(found.piece == piece)
        near = gpd.GeoSeries(shapes[tree.query(built, predicate="intersects")], crs=buildings.crs)
        coverage = building_coverage_ratio(near, built)
        if len(members) < rules.houses_least or not coverage >= rules.coverage_least_ratio:
            continue
        houses = gpd.GeoSeries(shapes[members], crs=buildings.crs)
        rows.append(
            {
                "settlement": int(found.settlement[members[0]]),
                "n_houses": len(members),
                "area_ha": ground.area / 1e4,
                "coverage_ratio": coverage,
                "house_median_m2": float(np.median(area[members])),
                "gap_median_m": _gap_median_m(shapes, tree, members),
                "area_variation_ratio": variation_ratio(area[members]),
                "orientation_order_ratio": orientation_order(houses),
                "off_street_share": _off_street_share(shapes[members], ground, roads),
            }
        )
        outlines.append(ground)
    return _judged(pd.DataFrame(rows, columns=list(_COLUMNS)), outlines, buildings)


def _judged(
    table: pd.DataFrame, outlines: list[BaseGeometry], buildings: gpd.GeoDataFrame | gpd.GeoSeries
) -> gpd.GeoDataFrame:
    """Candidates with score and reasons, the best first."""
    scores = np.array([reason.score(table[reason.column]) for reason in reasons()])
    weights = np.array([reason.weight for reason in reasons()])[:, None] * np.isfinite(scores)
    table["score"] = (np.nan_to_num(scores) * weights).sum(axis=0) / weights.sum(axis=0)
    said = [_said(row, scores[:, k]) for k, (_, row) in enumerate(table.iterrows())]
    table["reasons_en"] = [en for en, _ in said]
    table["reasons_zh"] = [zh for _, zh in said]
    order = np.lexsort((-table["area_ha"], -table["score"].round(6)))
    table = table.iloc[order].reset_index(drop=True)
    table["id"] = [f"candidate-{i + 1:03d}" for i in range(len(table))]
    shapes = np.array(outlines, dtype=object)[order]
    for name, kind in _COLUMNS.items():
        table[name] = table[name].astype(pd.api.types.pandas_dtype(kind))
    return gpd.GeoDataFrame(table, geometry=shapes, crs=buildings.crs)


def _said(row: pd.Series, scores: np.ndarray) -> tuple[str, str]:
    """What speaks for a village in words; a reason that scores less than half does not."""
    told: list[tuple[float, Reason]] = [
        (score * reason.weight, reason)
        for score, reason in zip(scores.tolist(), reasons(), strict=True)
        if score >= LIKELY
    ]
    told.sort(key=lambda pair: -pair[0])
    words = [reason.words(row[reason.column]) for _, reason in told]
    return "; ".join(words), "；".join(w.zh for w in words)


def _gap_median_m(shapes: np.ndarray, tree: shapely.STRtree, members: np.ndarray) -> float:
    """Median distance from houses to the nearest other building."""
    _, distance = tree.query_nearest(
        shapes[members], exclusive=True, return_distance=True, all_matches=False
    )
    return float(np.median(distance))


def _roads(streets: gpd.GeoDataFrame | None) -> shapely.STRtree | None:
    if streets is None:
        return None
    kind = streets["highway"].astype("str").str.removesuffix("_link")
    lines = geometries(streets)[kind.isin(_FOR_CARS).to_numpy()]
    return shapely.STRtree(lines) if len(lines) else None


def _off_street_share(
    houses: np.ndarray, ground: BaseGeometry, roads: shapely.STRtree | None
) -> float:
    if roads is None or not len(roads.query(ground, predicate="intersects")):
        return float("nan")
    on_street = roads.query(houses, predicate="dwithin", distance=_ON_STREET_M)[0]
    return 1.0 - len(np.unique(on_street)) / len(houses)

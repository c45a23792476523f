"""Whose land it is: collective land of the village, or state land."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from shapely import MultiPolygon

from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, grade

if TYPE_CHECKING:
    from taobaogis.village import Village

__all__ = ["TENURES", "tenure_indicators", "tenure_of", "tenure_pieces"]

# Words for each tenure in the column ``tenure`` of a file, and in a study.
TENURES = {
    "collective": ("collective", "集体", "集体土地", "集体所有"),
    "state": ("state", "国有", "国有土地", "国家所有"),
}


def tenure_of(word: str) -> str:
    """Tenure that a word names: ``collective``, ``state``, or empty.

    Examples
    --------
    >>> tenure_of("国有"), tenure_of("Collective"), tenure_of("leased")
    ('state', 'collective', '')
    """
    plain = word.strip().lower()
    return next((key for key, words in TENURES.items() if plain in words), "")


def tenure_pieces(village: Village) -> gpd.GeoDataFrame:
    """Land of each tenure within a village.

    Parameters
    ----------
    village
        With its ``tenure``, in a metric CRS.

    Returns
    -------
    pieces
        One row a tenure that has land in the village, in the order of `TENURES`: ``tenure``,
        ``area_m2``, polygons in the CRS of the village. Outlines of one tenure that overlap count
        once; land that is claimed as both is in both. Empty if the study tells of none.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from taobaogis.provenance import Provenance
    >>> from taobaogis.study import VillageSpec
    >>> from taobaogis.village import Layers, Village
    >>> told = gpd.GeoDataFrame(
    ...     {"tenure": ["state"]}, geometry=[box(5, -5, 20, 15)], crs="EPSG:4547"
    ... )
    >>> village = Village(
    ...     VillageSpec("v"), box(0, 0, 10, 10), "drawn", is_circle=False, position_doubt_m=0,
    ...     layers=Layers(told.crs, {}), tenure=told,
    ... )
    >>> tenure_pieces(village)[["tenure", "area_m2"]].values.tolist()
    [['state', 50.0]]
    """
    told = village.tenure
    if told is None:
        told = gpd.GeoDataFrame({"tenure": []}, geometry=[], crs=village.layers.crs)
    kinds: list[str] = []
    shapes: list[MultiPolygon] = []
    for kind in TENURES:
        outlines = told[told["tenure"] == kind].geometry.to_numpy()
        inside = shapely.union_all(shapely.intersection(outlines, village.boundary))
        # Outlines that only touch the boundary leave lines and points, which are no land.
        parts = shapely.get_parts(inside)
        parts = parts[shapely.area(parts) > 0]
        if len(parts):
            kinds.append(kind)
            shapes.append(MultiPolygon(list(parts)))
    return gpd.GeoDataFrame(
        {"tenure": np.array(kinds, dtype=object), "area_m2": shapely.area(shapes)},
        geometry=gpd.GeoSeries(shapes, crs=village.layers.crs),
    )


def tenure_indicators(village: Village) -> list[Indicator]:
    """Share of collective land in the land of known tenure.

    Parameters
    ----------
    village
        With its ``tenure``.

    Returns
    -------
    indicators
        ``collective_land_share``; the bounds let all other land be of either tenure. NA if the
        study tells of none.
    """
    key, source = "collective_land_share", village.layers.source("tenure")
    method = "outlines of tenure of the study, cut at the boundary"
    if village.tenure is None:
        why = village.outside or Words(
            "the study does not tell whose land it is (land_tenure)", "研究未说明土地权属"
        )
        return [not_available(key, why, method=method, source=source)]
    pieces = tenure_pieces(village).set_index("tenure")["area_m2"]
    area = {kind: float(pieces.get(kind, 0.0)) for kind in TENURES}
    known, whole = sum(area.values()), float(village.boundary.area)
    if known == 0:
        why = Words("no outline of tenure lies in the village", "村内无权属范围")
        return [not_available(key, why, method=method, source=source)]
    level, reason = grade(boundary_doubts(village))
    rest = max(whole - known, 0.0)
    return [
        measured(
            key,
            area["collective"] / known,
            low=area["collective"] / (known + rest),
            high=(area["collective"] + rest) / (known + rest),
            method=method,
            source=source,
            n=len(village.tenure),
            grade=level,
            reason=reason,
        )
    ]

"""Who uses the land of a village, piece by piece, with what is not mapped as a class of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.crs import require_same_crs
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.landuse.classes import land_uses, use_of_building, use_of_place
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from taobaogis.village import Village

__all__ = ["landuse_indicators", "landuse_pieces"]

# Pieces smaller than this are slivers of two outlines that were meant to meet.
_SLIVER_M2 = 1.0
# Overlays on a millimetre grid cannot fail on edges that nearly coincide.
_GRID_M = 0.001


def landuse_pieces(
    landuse: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    boundary: BaseGeometry,
    *,
    places: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Partition of a village by use.

    Each place is counted once: where mapped areas overlap, the smallest one holds, since a
    school mapped inside a residential area is the truer statement. Buildings whose own tag
    tells a use fill in where no area is mapped, then buildings without such a tag by the places
    in them, which tells the ground floor at least. What is left is ``unknown``.

    Parameters
    ----------
    landuse, buildings
        Layers of the kinds ``landuse`` and ``buildings``, in one metric CRS.
    boundary
        Polygon of the village in the same CRS.
    places
        Points with the column ``category``, in the same CRS.

    Returns
    -------
    pieces
        One row a use and origin: ``use``, ``origin`` (``area``, ``building``, ``place`` or
        empty),
        ``area_m2``; disjoint, together the village. Ordered as the classes are.

    Raises
    ------
    CRSError
        If the layers are not in one CRS in metres.
    """
    crs = require_same_crs(landuse=landuse, buildings=buildings)
    taken: BaseGeometry = shapely.Polygon()
    pieces: dict[tuple[str, str], list[BaseGeometry]] = {}

    def take(outline: BaseGeometry, use: str, origin: str) -> None:
        nonlocal taken
        inside = _areal(shapely.intersection(outline, boundary, grid_size=_GRID_M))
        piece = _areal(shapely.difference(inside, taken, grid_size=_GRID_M))
        pieces.setdefault((use, origin), []).append(piece)
        taken = shapely.union(taken, piece, grid_size=_GRID_M)

    # To the square millimetre: land of one size keeps the order of the map, however it is turned.
    for i in np.argsort(landuse.area.round(6).to_numpy(), kind="stable"):
        take(landuse.geometry.iloc[i], landuse["use"].iloc[i], "area")
    uses = buildings["building"].map(use_of_building).to_numpy()
    for use in land_uses():
        houses = buildings.geometry.to_numpy()[uses == use]
        take(shapely.union_all(houses, grid_size=_GRID_M), use, "building")
    told = _uses_by_places(buildings[uses == ""], places)
    for use, houses in told.items():
        take(shapely.union_all(houses, grid_size=_GRID_M), use, "place")
    take(boundary, "unknown", "")
    order = list(land_uses())
    rows = [
        (use, origin, _areal(shapely.union_all(pieces[use, origin], grid_size=_GRID_M)))
        for use, origin in sorted(pieces, key=lambda key: (order.index(key[0]), key[1]))
    ]
    table = gpd.GeoDataFrame(rows, columns=["use", "origin", "geometry"], crs=crs)
    table["area_m2"] = table.area
    return table[table["area_m2"] >= _SLIVER_M2].reset_index(drop=True)


def _uses_by_places(
    buildings: gpd.GeoDataFrame, places: gpd.GeoDataFrame | None
) -> dict[str, np.ndarray]:
    """Footprints by the use that most of the places in each tell; of equal ones the first."""
    if places is None or places.empty or buildings.empty:
        return {}
    house, place = places.sindex.query(buildings.geometry, predicate="intersects")
    uses = list(land_uses())
    tells = places["category"].map(use_of_place).to_numpy()[place]
    known = tells != ""
    votes = np.zeros((len(buildings), len(uses)))
    np.add.at(votes, (house[known], [uses.index(use) for use in tells[known]]), 1)
    winner = np.where(votes.any(axis=1), votes.argmax(axis=1), -1)
    shapes = buildings.geometry.to_numpy()
    return {uses[i]: shapes[winner == i] for i in np.unique(winner[winner >= 0])}


def landuse_indicators(village: Village, pieces: gpd.GeoDataFrame) -> list[Indicator]:
    """Shares of the uses in the land whose use is known, and how much that is.

    Parameters
    ----------
    village
        Whose land it is.
    pieces
        From `landuse_pieces`.

    Returns
    -------
    indicators
        Group ``landuse`` of the definitions. The bounds of a share let all unknown land be of
        another use, or all of this one.
    """
    keys = {
        "residential_share": ["residential"],
        "commercial_share": ["commercial"],
        "industrial_share": ["industrial", "storage"],
    }
    sources = [village.layers.source(kind) for kind in ("landuse", "buildings")]
    source = "; ".join(dict.fromkeys(s for s in sources if s))
    method = (
        "mapped areas, the smallest first; buildings of a known use, or with known places in them, "
        "fill in"
    )
    if village.outside:
        return [
            not_available(key, village.outside, source=source)
            for key in ("landuse_known_share", *keys)
        ]
    known = pieces[pieces["use"] != "unknown"]
    total_m2, known_m2 = float(pieces["area_m2"].sum()), float(known["area_m2"].sum())
    if known_m2 == 0:
        why = Words(
            "neither land use nor buildings of a known use are mapped here",
            "此处既未测绘用地，也无用途已知的建筑",
        )
        return [
            not_available(key, why, method=method, source=source)
            for key in ("landuse_known_share", *keys)
        ]
    known_share = known_m2 / total_m2
    level, reason = grade(boundary_doubts(village))
    found = [
        measured("landuse_known_share", known_share, method=method, source=source, n=len(known),
                 grade=level, reason=reason)
    ]  # fmt: skip
    for key, uses in keys.items():
        why = doubt("land_use_unknown", known_share)
        if why:
            found.append(not_available(key, why, method=method, source=source))
            continue
        of_use_m2 = float(known.loc[known["use"].isin(uses), "area_m2"].sum())
        found.append(
            measured(
                key,
                of_use_m2 / known_m2,
                low=of_use_m2 / total_m2,
                high=(of_use_m2 + total_m2 - known_m2) / total_m2,
                method=method,
                source=source,
                n=int(known["use"].isin(uses).sum()),
                grade=level,
                reason=reason,
            )
        )
    return found


def _areal(geometry: BaseGeometry) -> BaseGeometry:
    """Polygonal part of a geometry; overlays leave stray lines and points behind."""
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon" and p.area > 0]
    return shapely.MultiPolygon(parts) if parts else shapely.Polygon()

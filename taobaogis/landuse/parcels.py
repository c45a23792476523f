"""Parcels: the blocks between the streets, each with its uses, their mix and its tenure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_same_crs
from taobaogis.geometry.blocks import enclosed_blocks
from taobaogis.landuse.classes import land_uses
from taobaogis.landuse.mix import hill_number, shannon
from taobaogis.trust.grades import limit

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["landuse_parcels"]


def landuse_parcels(
    pieces: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    boundary: BaseGeometry,
    *,
    tenure: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Blocks between the streets, with what their land is used for.

    Parameters
    ----------
    pieces
        From `taobaogis.landuse.shares.landuse_pieces`.
    streets
        Lines in the same CRS; each cuts.
    boundary
        Polygon of the village.
    tenure
        Whose land it is: polygons with the column ``tenure``.

    Returns
    -------
    parcels
        ``use``, the one with the most land, ``unknown`` if too little is known; ``known_share``;
        ``<use>_share`` of the known land for each class but ``unknown``; ``shannon`` and
        ``hill_q0``, ``hill_q1``, ``hill_q2`` of the known land, NaN if nothing is known;
        ``tenure``, the one with the most land, or empty; ``area_m2``; polygons.

    Raises
    ------
    CRSError
        If the layers are not in one CRS in metres.
    """
    crs = require_same_crs(pieces=pieces, streets=streets)
    blocks = enclosed_blocks(streets.geometry.to_numpy(), boundary)
    uses = [use for use in land_uses() if use != "unknown"]
    area = shapely.area(blocks)
    known = _areas(blocks, pieces, "use", uses)
    share_known = known.sum(axis=1) / area
    enough = share_known >= limit("land_use_unknown")
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = known / known.sum(axis=1, keepdims=True)
    dominant = np.where(enough, np.array(uses)[known.argmax(axis=1)], "unknown")
    table = {
        "use": dominant if len(blocks) else np.empty(0, dtype=object),
        "known_share": share_known,
        "shannon": shannon(known),
        "hill_q0": hill_number(known, order=0),
        "hill_q1": hill_number(known, order=1),
        "hill_q2": hill_number(known, order=2),
        "tenure": _tenure(blocks, tenure),
        "area_m2": area,
    }
    columns = pd.DataFrame(shares, columns=[f"{use}_share" for use in uses])
    return gpd.GeoDataFrame(pd.DataFrame(table).join(columns), geometry=blocks, crs=crs)


def _areas(
    blocks: NDArray[np.object_], layer: gpd.GeoDataFrame, column: str, values: list[str]
) -> NDArray[np.float64]:
    """Area of each value of a column in each block, shape (blocks, values)."""
    amounts = np.zeros((len(blocks), len(values)))
    parts, owner = shapely.get_parts(layer.geometry.to_numpy(), return_index=True)
    place = {value: i for i, value in enumerate(values)}
    code = np.array([place.get(v, -1) for v in layer[column]], dtype=np.int64)[owner]
    parts, code = parts[code >= 0], code[code >= 0]
    block, part = shapely.STRtree(parts).query(blocks, predicate="intersects")
    # A block within a part needs no cutting, and most blocks are.
    whole = shapely.covers(parts[part], blocks[block])
    inside = shapely.area(blocks[block])
    inside[~whole] = shapely.area(shapely.intersection(parts[part[~whole]], blocks[block[~whole]]))
    np.add.at(amounts, (block, code[part]), inside)
    return amounts


def _tenure(blocks: NDArray[np.object_], tenure: gpd.GeoDataFrame | None) -> NDArray[np.object_]:
    if tenure is None or tenure.empty or not len(blocks):
        return np.full(len(blocks), "", dtype=object)
    kinds = sorted(set(tenure["tenure"]))
    amounts = _areas(blocks, tenure, "tenure", kinds)
    named = np.array(kinds, dtype=object)[amounts.argmax(axis=1)]
    return np.where(amounts.sum(axis=1) > 0, named, "")

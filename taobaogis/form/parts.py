"""Old and new parts of a village, from the footprints alone.

Each house votes by what it and the houses around it look like
(`taobaogis.form.parts_evidence`), neighbours come to terms
(`taobaogis.form.parts_labels`), and the ground is shared out along the ways between the houses
(`taobaogis.form.parts_shape`). The page docs/parts.md tells why, and how well it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.form.parts_evidence import CONTACT_M, OPEN_M, house_fabric
from taobaogis.form.parts_labels import DEPTH_M, PARTS, house_parts, house_probability
from taobaogis.form.parts_shape import part_pieces
from taobaogis.form.parts_words import PART_NAMES, feature_words
from taobaogis.geometry.arrays import geometries

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from taobaogis.geometry.contacts import Contacts

__all__ = ["PARTS_SEE_M", "PartsOfVillage", "village_parts"]

# Fewer houses than this and one house more or less changes the picture.
LEAST_IN_VILLAGE = 30
# Houses whose part can change that of a house in the village: a part's depth away, and those
# that these face.
PARTS_SEE_M = DEPTH_M + CONTACT_M + OPEN_M
_EMPTY_WHY = ("no building stands here", "此处没有建筑")


class PartsOfVillage(NamedTuple):
    """What `village_parts` finds.

    Attributes
    ----------
    parts
        One contiguous polygon a row, the largest first of each part, old before new before
        other; together they are the boundary, without overlap.

        ============  ======================================================================
        part          ``old`` (traditional core), ``new`` (planned) or ``other`` (the rest);
                      empty if it cannot be told
        name_en       the same in words
        name_zh       the same in Chinese
        probability   mean over the houses, by footprint area, of the probability that they
                      belong to this part, 0 to 1; NaN without houses or part
        features_en   the three features that tell it most from the rest of the village
        features_zh   the same in Chinese
        why           what it was judged by, or why it cannot be told
        why_zh        the same in Chinese
        n_buildings   buildings whose inner point lies in it
        area_ha       its area in hectares
        ============  ======================================================================
    columns
        ``part`` and ``part_probability`` on the index of the buildings; empty and NaN outside
        the boundary, without footprint, and where the part cannot be told.
    belief
        Probability of ``old``, ``new`` and ``other`` for each building; ``ground_share``, the
        share of the boundary's area that it stands for: that of its piece, by footprint;
        ``footprint_share``, its footprint over the boundary's area. On the same index, NaN in
        the same places.
    """

    parts: gpd.GeoDataFrame
    columns: pd.DataFrame
    belief: pd.DataFrame


def village_parts(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    boundary: BaseGeometry,
    *,
    least_buildings: int = LEAST_IN_VILLAGE,
    contacts: Contacts | None = None,
) -> PartsOfVillage:
    """Split a village into its traditional core, its planned part and the rest.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS, of the village and its surroundings.
    boundary
        Polygon in the CRS of `buildings`.
    least_buildings
        With fewer buildings in the boundary, nothing is told.
    contacts
        Of `buildings`, none of which is farther away than `PARTS_SEE_M` or without footprint,
        from `taobaogis.geometry.contacts.facade_contacts`, if at hand.

    Returns
    -------
    parts
        A village of one kind is one part. With too few buildings there is one row with an empty
        part, and ``why`` says so.

    Raises
    ------
    CRSError
        If the CRS of `buildings` is not metric.
    InputError
        If `boundary` has no area, or `contacts` are of other buildings.

    Examples
    --------
    Eight by eight houses of one size on building lines:

    >>> from shapely import box
    >>> houses = [box(16 * x, 14 * y, 16 * x + 10, 14 * y + 12) for x in range(8) for y in range(8)]
    >>> found = village_parts(gpd.GeoSeries(houses, crs=4547), box(-3, -3, 125, 113))
    >>> found.parts[["part", "n_buildings"]].to_dict("list")
    {'part': ['new'], 'n_buildings': [64]}
    """
    require_metres(buildings, "buildings")
    if shapely.is_missing(boundary) or not boundary.area > 0:
        message = "the boundary has no area; give a polygon in the CRS of the buildings."
        raise InputError(message)
    footprints = geometries(buildings)
    known = np.flatnonzero(~shapely.is_missing(footprints))
    near = known[shapely.dwithin(footprints[known], boundary, PARTS_SEE_M)]
    if contacts is not None and not contacts.count == len(near) == len(footprints):
        message = (
            f"the contacts are of {contacts.count} buildings and {len(near)} of the "
            f"{len(footprints)} buildings are near; give both of the same buildings."
        )
        raise InputError(message)
    inner = shapely.point_on_surface(footprints[near])
    inside = np.asarray(shapely.intersects(boundary, inner), dtype=bool)
    columns = pd.DataFrame({"part": "", "part_probability": np.nan}, index=buildings.index)
    names = [*PARTS, "ground_share", "footprint_share"]
    believed = pd.DataFrame(np.nan, index=buildings.index, columns=names)
    if inside.sum() < least_buildings:
        untold = _untold(boundary, int(inside.sum()), least_buildings, buildings)
        return PartsOfVillage(untold, columns, believed)
    fabric = house_fabric(footprints[near], contacts)
    labels = house_parts(footprints[near], fabric)
    pieces, part = part_pieces(footprints[near], labels, fabric, boundary)
    order = np.lexsort((-shapely.area(pieces), part))
    pieces, part = pieces[order], part[order]
    house, at = shapely.STRtree(pieces).query(inner, predicate="intersects")
    piece = np.full(len(near), -1, dtype=np.int64)
    # On a common edge the larger piece wins, which comes first.
    piece[house[::-1]] = at[::-1]
    piece[~inside] = -1
    belief = _with_moved(house_probability(fabric), part, piece)
    rows = [_row(number, part, piece, belief, fabric.table) for number in range(len(pieces))]
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows).assign(area_ha=shapely.area(pieces) / 1e4),
        geometry=pieces,
        crs=buildings.crs,
    )
    told = near[piece >= 0]
    label = part[piece[piece >= 0]]
    columns.iloc[told, 0] = np.asarray(PARTS, dtype=object)[label]
    columns.iloc[told, 1] = belief[piece >= 0, label]
    area = np.where(piece >= 0, fabric.table["area_m2"].to_numpy(), 0.0)
    of_piece = np.bincount(piece[piece >= 0], area[piece >= 0], len(pieces))[piece]
    ground = area / of_piece * (shapely.area(pieces) / boundary.area)[piece]
    believed.iloc[told] = np.column_stack([belief, ground, area / boundary.area])[piece >= 0]
    return PartsOfVillage(frame, columns, believed)


def _with_moved(belief: np.ndarray, part: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Beliefs in which a house that its group was too small for keeps how sure it was.

    A house in a ribbon looks planned and is surely none of a planned part: how sure one is of
    the part that it was given is how sure one was of what it looks like.
    """
    belief = belief.copy()
    house = np.flatnonzero(piece >= 0)
    given, looks = part[piece[house]], belief[house].argmax(axis=1)
    moved = given != looks
    house, given, looks = house[moved], given[moved], looks[moved]
    belief[house, given], belief[house, looks] = belief[house, looks], belief[house, given]
    return belief


def _row(
    at: int, part: np.ndarray, piece: np.ndarray, belief: np.ndarray, table: pd.DataFrame
) -> dict[str, object]:
    label = part[at]
    mine = piece == at
    name_en, name_zh = PART_NAMES[PARTS[label]]
    english, chinese = feature_words(table, piece, at)
    row: dict[str, object] = {
        "part": PARTS[label], "name_en": name_en, "name_zh": name_zh,
        "probability": float("nan"), "features_en": english, "features_zh": chinese,
        "why": _EMPTY_WHY[0], "why_zh": _EMPTY_WHY[1], "n_buildings": int(mine.sum()),
    }  # fmt: skip
    if mine.any():
        area = table["area_m2"].to_numpy()[mine]
        row["probability"] = float((belief[mine, label] * area).sum() / area.sum())
        row["why"] = (
            "clear way, direction, footprints, building lines and distance of "
            f"{int(mine.sum())} buildings against those around them"
        )
        row["why_zh"] = f"依据 {int(mine.sum())} 栋建筑与周围的通道、朝向、基底、建筑线和间距"
    return row


def _untold(
    boundary: BaseGeometry, n: int, least: int, buildings: gpd.GeoDataFrame | gpd.GeoSeries
) -> gpd.GeoDataFrame:
    why = f"only {n} of the {least} buildings that it takes to tell parts apart are mapped"
    row = {
        "part": [""], "name_en": ["Not told apart"], "name_zh": ["无法划分"],
        "probability": [float("nan")], "features_en": [""], "features_zh": [""], "why": [why],
        "why_zh": [f"划分片区需至少 {least} 栋建筑，仅测绘 {n} 栋"],
        "n_buildings": [n], "area_ha": [boundary.area / 1e4],
    }  # fmt: skip
    return gpd.GeoDataFrame(row, geometry=[boundary], crs=buildings.crs)

"""How deep a street lies between its houses: height of the façades over the width between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.form.buildings import ASSUMED, storeys
from taobaogis.form.profile import street_profile
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.box_grid import BoxGrid
from taobaogis.geometry.weighted import group_quantiles

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = [
    "HEIGHT_TO_WIDTH",
    "house_heights",
    "section_pieces",
    "street_sections",
    "summarise_sections",
]

HEIGHT_TO_WIDTH = (
    "height_to_width_ratio",
    "height_to_width_low_ratio",
    "height_to_width_high_ratio",
)

# A point this far behind the façade that a ray hit lies in the house.
_BEHIND_M = 0.05
# About the size of a house.
_BOX_CELL_M = 12.0


def street_sections(village: Village, assumptions: Assumptions) -> pd.DataFrame:
    """What stands on either side of the streets of a village, and how high, piece by piece.

    Parameters
    ----------
    village
        Whose streets they are; buildings around it are seen as well.
    assumptions
        For the line of sight, and for storeys that are not mapped.

    Returns
    -------
    sections
        As from `taobaogis.form.profile.street_profile`, with the columns that `section_pieces`
        adds; those are NaN where a side is open.
    """
    around = village.layers["buildings"]
    profile = street_profile(
        village.inside("streets"), around, sight_line_m=assumptions.sight_line_m
    )
    pieces = section_pieces(
        profile,
        around,
        storeys_low=assumptions.storeys_low,
        storeys_high=assumptions.storeys_high,
        storey_height_m=assumptions.storey_height_m,
    )
    return profile.join(pieces[pieces.columns.difference(profile.columns)])


def section_pieces(
    profile: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    storeys_low: float = 3.0,
    storeys_high: float = 7.0,
    storey_height_m: float = 3.0,
) -> pd.DataFrame:
    """Height-to-width ratio of each piece of street that is built on both sides.

    The height is the mean of the two houses that face each other across the street; where
    footprints overlap, the tallest is the one that is seen.

    Parameters
    ----------
    profile
        From `taobaogis.form.profile.street_profile`.
    buildings
        Footprints that the profile was measured on, with ``levels_tag`` and ``height_tag_m``.
    storeys_low, storeys_high, storey_height_m
        As in `taobaogis.form.buildings.storeys`.

    Returns
    -------
    pieces
        Rows of `profile` with a width above 0, and the columns ``height_to_width_ratio``, above
        0, ``height_to_width_low_ratio`` and ``height_to_width_high_ratio`` (all storeys that
        are not mapped at their least, at their most) and ``assumed_share`` (of the two houses,
        how many have no mapped height: 0, 0.5 or 1).

    References
    ----------
    Araldi and Fusco 2019, From the street to the metropolitan region: pedestrian perspective
    in urban fabric analysis, Environment and Planning B 46(7).
    """
    pieces = profile[profile["width_m"] > 0]
    heights = house_heights(
        buildings,
        storeys_low=storeys_low,
        storeys_high=storeys_high,
        storey_height_m=storey_height_m,
    )
    along = pieces[["along_x", "along_y"]].to_numpy()
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    at = pieces[["x", "y"]].to_numpy()
    table = heights.to_numpy(dtype=float)
    sides = []
    for sign, column in ((1, "left_m"), (-1, "right_m")):
        away = (pieces[column].to_numpy() + _BEHIND_M)[:, None]
        house = _houses_at(geometries(buildings), at + sign * normal * away, table[:, 0])
        found = table[house] if len(table) else np.empty((0, table.shape[1]))
        sides.append(np.where((house < 0)[:, None], np.nan, found))
    height = (sides[0] + sides[1]) / 2
    width = pieces["width_m"].to_numpy()[:, None]
    ratios = pd.DataFrame(height[:, :3] / width, index=pieces.index, columns=list(HEIGHT_TO_WIDTH))
    return pd.concat([pieces, ratios.assign(assumed_share=height[:, 3])], axis=1)


def summarise_sections(pieces: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Height-to-width ratio of each street: the median over its length built on both sides.

    Parameters
    ----------
    pieces
        From `section_pieces`.
    index
        Labels of the streets, each once.

    Returns
    -------
    sections
        On `index`: the columns `HEIGHT_TO_WIDTH`, NaN for a street that is nowhere built on
        both sides.
    """
    known = pieces[pieces[HEIGHT_TO_WIDTH[0]].notna()]
    group = index.get_indexer(pd.Index(known["street"]))
    length = known["length_m"].to_numpy()
    columns = {
        name: group_quantiles(
            known[name].to_numpy(), length, group, count=len(index), probabilities=[0.5]
        )[:, 0]
        for name in HEIGHT_TO_WIDTH
    }
    return pd.DataFrame(columns, index=index)


def house_heights(
    buildings: gpd.GeoDataFrame,
    *,
    storeys_low: float,
    storeys_high: float,
    storey_height_m: float,
) -> pd.DataFrame:
    """Height of each house with its bounds.

    Parameters
    ----------
    buildings, storeys_low, storeys_high, storey_height_m
        As in `taobaogis.form.buildings.storeys`.

    Returns
    -------
    heights
        On the index of `buildings`: ``height_m``, ``height_low_m`` and ``height_high_m`` in
        metres, ``assumed`` (1 where no height is mapped, else 0).
    """
    found = storeys(
        buildings,
        storeys_low=storeys_low,
        storeys_high=storeys_high,
        storey_height_m=storey_height_m,
    )
    assumed = found["height_source"] == ASSUMED
    height = found["height_m"]
    columns = {
        "height_m": height,
        "height_low_m": height.mask(assumed, storeys_low * storey_height_m),
        "height_high_m": height.mask(assumed, storeys_high * storey_height_m),
        "assumed": assumed.astype(float),
    }
    return pd.DataFrame(columns)


def _houses_at(footprints: np.ndarray, points: np.ndarray, height_m: np.ndarray) -> np.ndarray:
    """Position of the tallest footprint at each point, -1 where there is none."""
    house = np.full(len(points), -1, dtype=np.int64)
    at, found = BoxGrid.of(shapely.bounds(footprints), cell_m=_BOX_CELL_M).pairs(points)
    met = shapely.intersects_xy(footprints[found], *points[at].T)
    at, found = at[met], found[met]
    # Of several values for one place the last one stays.
    order = np.lexsort((found, height_m[found]))
    house[at[order]] = found[order]
    return house

"""What is measured on the houses and streets of a tile, seen with their surroundings.

Every measure here sees no farther than `SEES_M`, so that it has one value whichever tile a house
or street is measured in. What needs more is measured once over the whole (`taobaogis.city.whole`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from taobaogis.form import shape
from taobaogis.form.buildings import storeys
from taobaogis.form.gaps import building_gaps
from taobaogis.form.orientation import neighbour_turn_deg
from taobaogis.form.pairs import close_pairs
from taobaogis.form.pattern import frontages

if TYPE_CHECKING:
    from taobaogis.study import Assumptions

__all__ = ["SEES_M", "house_columns"]

# The farthest look is that of a front into the space before it, 30 m, and of a street, its line of
# sight; a nearest building is looked for a little farther.
SEES_M = 100.0

_SHAPES = (
    "area_m2", "perimeter_m", "elongation_ratio", "convexity_ratio", "rectangularity_ratio",
    "equivalent_rectangular_index", "square_compactness_ratio", "circular_compactness_ratio",
    "courtyard_area_m2", "orientation_deg",
)  # fmt: skip


def house_columns(
    around: gpd.GeoDataFrame,
    own: np.ndarray,
    assumptions: Assumptions,
    *,
    fire_separation_m: float,
) -> pd.DataFrame:
    """Every measure of single houses.

    Parameters
    ----------
    around
        Footprints that keep the contract of `taobaogis.schema.LAYERS`: those to measure and all
        within `SEES_M` of them.
    own
        Which of them to measure.
    assumptions
        For storeys that are not mapped.
    fire_separation_m
        Distance that houses without a shared wall should keep.

    Returns
    -------
    columns
        On the index of those measured: the measures of `taobaogis.form.shape`, and the columns of
        `taobaogis.form.buildings.storeys`, `taobaogis.form.gaps.building_gaps` (``gap_min_m`` is
        NaN beyond `SEES_M`), `taobaogis.form.orientation.neighbour_turn_deg` and
        `taobaogis.form.pattern.frontages`; ``fire_neighbours`` and ``fire_gap_m``, the neighbours
        nearer than the fire separation that share no wall, and the distance to the nearest of
        them; ``shared_walls``, the neighbours with which a house shares a wall.
    """
    houses = gpd.GeoDataFrame(around[own])
    heights = storeys(
        houses,
        storeys_low=assumptions.storeys_low,
        storeys_high=assumptions.storeys_high,
        storey_height_m=assumptions.storey_height_m,
    )
    seen = [measure(around).loc[houses.index] for measure in (building_gaps, frontages)]
    gaps = seen[0]
    gaps["gap_min_m"] = gaps["gap_min_m"].where(gaps["gap_min_m"] <= SEES_M)
    turn = neighbour_turn_deg(around).loc[houses.index]
    shapes = [getattr(shape, name)(houses) for name in _SHAPES]
    pairs = _pair_columns(around, fire_separation_m).loc[houses.index]
    columns: list[pd.DataFrame | pd.Series] = [*shapes, heights, *seen, turn, pairs]
    return pd.concat(columns, axis=1)


def _pair_columns(around: gpd.GeoDataFrame, limit_m: float) -> pd.DataFrame:
    pairs = close_pairs(around, closer_than_m=limit_m)
    both = pd.DataFrame(
        {
            "house": np.r_[pairs["one"], pairs["other"]],
            "distance_m": np.tile(pairs["distance_m"], 2),
            "joined": np.tile(pairs["joined"], 2),
        }
    )
    apart = both[~both["joined"]].groupby("house")["distance_m"]
    walls = both.groupby("house")["joined"].sum()
    return pd.DataFrame(
        {
            "fire_neighbours": apart.size().reindex(around.index, fill_value=0).astype("int64"),
            "fire_gap_m": apart.min().reindex(around.index).astype("float64"),
            "shared_walls": walls.reindex(around.index, fill_value=0).astype("int64"),
        }
    )

"""Cells of a city in numbers: how its houses and streets are, square by square."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.form.buildings import ASSUMED, floor_space_index
from taobaogis.form.orientation import resultant_length
from taobaogis.form.streets import street_ends, street_length_m
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.weighted import group_quantiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.city.grid import Grid, Square
    from taobaogis.study import Assumptions

__all__ = ["CELL_COLUMNS", "Measured", "cell_table"]

_M2_PER_HA = 1e4
_WIDTHS = {"street_width_median_m": 0.5, "street_width_p10_m": 0.1}
_MEDIANS = {
    "building_area_median_m2": "area_m2",
    "building_gap_median_m": "gap_m",
    "neighbour_turn_median_deg": "neighbour_turn_deg",
    "stop_walk_median_m": "stop_walk_m",
    "market_walk_median_m": "market_walk_m",
}
CELL_COLUMNS: Mapping[str, str] = {
    "cell": "str", "building_count": "int64", "building_coverage_ratio": "float64",
    "floor_space_index": "float64", "floor_space_index_low": "float64",
    "floor_space_index_high": "float64", "levels_known_share": "float64",
    "building_area_median_m2": "float64", "building_gap_median_m": "float64",
    "handshake_1_5m_share": "float64", "fire_gap_share": "float64",
    "joined_house_share": "float64", "merged_suspect_share": "float64",
    "neighbour_turn_median_deg": "float64", "orientation_order_ratio": "float64",
    "street_length_km": "float64", "junction_count": "int64", "street_width_median_m": "float64",
    "street_width_p10_m": "float64", "street_open_share": "float64",
    "stop_walk_median_m": "float64", "market_walk_median_m": "float64", "poi_count": "int64",
}  # fmt: skip


class Measured(NamedTuple):
    """What is known of a block when its cells are summed up.

    Attributes
    ----------
    houses
        Measured houses of the block.
    around
        All footprints that reach into it.
    streets
        All streets that reach into it, whole.
    profile
        Of these, from `taobaogis.form.profile.street_profile`.
    places
        Places of the block.
    """

    houses: gpd.GeoDataFrame
    around: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    profile: pd.DataFrame
    places: gpd.GeoDataFrame


def cell_table(
    grid: Grid, block: Square, measured: Measured, assumptions: Assumptions
) -> gpd.GeoDataFrame:
    """One row a cell of a block that holds any house, street or place.

    Parameters
    ----------
    grid, block
        Which cells.
    measured
        Of the block.
    assumptions
        For storeys that are not mapped.

    Returns
    -------
    cells
        `CELL_COLUMNS` and the square; what the data of a cell cannot give is NaN: nothing of
        houses where ``building_count`` is 0 and no footprint reaches in, nothing of widths where
        no street lies between two façades.
    """
    cells = grid.cells(block)
    boxes = np.array([grid.box(cell, grid.cell_m) for cell in cells], dtype=np.object_)
    table = pd.DataFrame({"cell": grid.names(cells)})
    number = {cell: k for k, cell in enumerate(cells)}

    def of(points: np.ndarray) -> np.ndarray:
        """Number of the cell of each point, -1 outside the block."""
        pairs = map(tuple, grid.of(points, grid.cell_m).tolist())
        return np.array([number.get(pair, -1) for pair in pairs], dtype=np.int64)

    count = len(cells)
    inner = shapely.get_coordinates(shapely.point_on_surface(geometries(measured.houses)))
    table = table.join(_houses(measured.houses, of(inner), count))
    table = table.join(_ground(measured.around, boxes, assumptions))
    table = table.join(_streets(measured.streets, boxes))
    table = table.join(_widths(measured.profile, of, count))
    at = of(shapely.get_coordinates(geometries(measured.places)))
    table["poi_count"] = np.bincount(at[at >= 0], minlength=count)
    table = table[list(CELL_COLUMNS)].astype({"cell": "str"})
    used = (
        (table["building_count"] > 0) | (table["street_length_km"] > 0) | (table["poi_count"] > 0)
    )
    used |= table["building_coverage_ratio"] > 0
    return gpd.GeoDataFrame(
        table[used].reset_index(drop=True), geometry=boxes[used], crs=measured.around.crs
    )


def _houses(houses: gpd.GeoDataFrame, cell: np.ndarray, count: int) -> pd.DataFrame:
    table = pd.DataFrame(houses.drop(columns=houses.geometry.name))
    groups = table.groupby(cell)
    found = {name: groups[column].median() for name, column in _MEDIANS.items() if column in table}
    known = table["facing_share"].notna()
    shakes = table["handshake"].where(known).astype("float64")
    found |= {
        "levels_known_share": (table["height_source"] != ASSUMED).groupby(cell).mean(),
        "handshake_1_5m_share": shakes.groupby(cell).mean(),
        "fire_gap_share": (table["fire_neighbours"] > 0).groupby(cell).mean(),
        "joined_house_share": (table["shared_walls"] > 0).groupby(cell).mean(),
        "merged_suspect_share": _share(
            table["area_m2"].where(table["merged_suspect"], 0.0), table["area_m2"], cell
        ),
    }
    turned = table["orientation_deg"].notna() & (table["area_m2"] > 0)
    turns = table.loc[turned, ["orientation_deg", "area_m2"]]
    found["orientation_order_ratio"] = pd.Series(
        {
            key: resultant_length(rows.to_numpy())
            for key, rows in turns.groupby(cell[turned.to_numpy()])
        },
        dtype="float64",
    )
    columns = pd.DataFrame(found, index=pd.RangeIndex(count), dtype="float64")
    columns = columns.reindex(columns=[*dict.fromkeys([*_MEDIANS, *found])])
    columns.insert(0, "building_count", np.bincount(cell[cell >= 0], minlength=count))
    return columns


def _share(part: pd.Series, whole: pd.Series, cell: np.ndarray) -> pd.Series:
    return part.groupby(cell).sum() / whole.groupby(cell).sum()


def _ground(around: gpd.GeoDataFrame, boxes: np.ndarray, assumptions: Assumptions) -> pd.DataFrame:
    """Coverage and floor space; overlaps count once, and what a side cuts counts on either."""
    names = ["building_coverage_ratio", "floor_space_index", "floor_space_index_low",
             "floor_space_index_high"]  # fmt: skip
    rows = np.full((len(boxes), len(names)), np.nan)
    reaching = around.sindex.query(boxes, predicate="intersects")
    for k in np.unique(reaching[0]):
        near = around.iloc[np.sort(reaching[1][reaching[0] == k])]
        floors = floor_space_index(
            near,
            boxes[k],
            storeys_low=assumptions.storeys_low,
            storeys_high=assumptions.storeys_high,
            storey_height_m=assumptions.storey_height_m,
        )
        one = floor_space_index(near.assign(levels_tag=1.0), boxes[k])
        rows[k] = one.value, floors.value, floors.low, floors.high
    return pd.DataFrame(rows, columns=names)


def _streets(streets: gpd.GeoDataFrame, boxes: np.ndarray) -> pd.DataFrame:
    length, junctions = np.zeros(len(boxes)), np.zeros(len(boxes), dtype=np.int64)
    reaching = streets.sindex.query(boxes, predicate="intersects")
    for k in np.unique(reaching[0]):
        near = streets.iloc[np.sort(reaching[1][reaching[0] == k])]
        length[k] = street_length_m(near, boxes[k])
        junctions[k] = street_ends(near, boxes[k]).junctions
    return pd.DataFrame({"street_length_km": length / 1e3, "junction_count": junctions})


def _widths(profile: pd.DataFrame, of: object, count: int) -> pd.DataFrame:
    cell = of(profile[["x", "y"]].to_numpy())  # type: ignore[operator]
    inside = cell >= 0
    profile, cell = profile[inside], cell[inside]
    width, length = profile["width_m"].to_numpy(), profile["length_m"].to_numpy()
    built = np.isfinite(width)
    found = group_quantiles(
        width[built], length[built], cell[built], count=count, probabilities=[*_WIDTHS.values()]
    )
    table = pd.DataFrame(found, columns=[*_WIDTHS])
    is_open = np.isinf(profile["left_m"].to_numpy()) | np.isinf(profile["right_m"].to_numpy())
    seen = ~profile["covered"].to_numpy()
    whole = np.bincount(cell[seen], weights=length[seen], minlength=count)
    part = np.bincount(cell[seen & is_open], weights=length[seen & is_open], minlength=count)
    with np.errstate(invalid="ignore"):
        table["street_open_share"] = np.where(whole > 0, part / whole, np.nan)
    return table

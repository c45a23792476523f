"""Pinch points: the narrow places that cut most houses off."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from taobaogis.form.reach import SAME_WIDTH_M
from taobaogis.geometry.arrays import geometries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.form.ways import Ways
    from taobaogis.study import VehicleSpec

__all__ = ["pinch_points"]

# A gate farther from every lane than this is in the open.
_OF_A_LANE_M = 15.0


def pinch_points(
    ways: Ways,
    lanes: gpd.GeoDataFrame,
    vehicles: Sequence[VehicleSpec],
    *,
    floor_area_m2: pd.Series | None = None,
    counted: pd.Index | None = None,
) -> gpd.GeoDataFrame:
    """Narrow lane pieces that alone keep a vehicle from houses, the worst first.

    A piece runs from junction to junction. It is a pinch point if the vehicle gets to it, not
    through it, and would get to more houses if this one piece were wide enough.

    Parameters
    ----------
    ways
        From `taobaogis.form.ways.ways_into`.
    lanes
        From `taobaogis.form.lanes.lanes` for the same buildings.
    vehicles
        Who wants to pass.
    floor_area_m2
        Floor area of each building, NaN where it is not known.
    counted
        Index of the buildings to count; all if None.

    Returns
    -------
    pinch_points
        Points at the narrowest gate of each piece, in the CRS of `lanes`: ``vehicle`` (id),
        ``clear_width_m`` there, ``houses_cut_off``, ``floor_area_m2`` of those with a known
        one (NaN if there is none), ``rank`` (from 1, by vehicle). Empty if nothing is cut off.
    """
    house = pd.DataFrame({"house": ways.house, "gate": ways.gate})
    if counted is not None:
        house = house[ways.index.isin(counted)[house["house"]]]
    floors = np.full(len(ways.index), np.nan)
    if floor_area_m2 is not None:
        floors = floor_area_m2.reindex(ways.index).to_numpy(dtype=float)
    widest_m = max((vehicle.clear_width_m for vehicle in vehicles), default=0.0)
    of_lane = _OfLane.of(ways, lanes, narrower_than_m=widest_m)
    tables = [_of_vehicle(ways, of_lane, house, floors, vehicle) for vehicle in vehicles]
    columns = ["vehicle", "clear_width_m", "houses_cut_off", "floor_area_m2", "rank", "gate"]
    found = [table[columns] for table in tables if len(table)]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    points = shapely.points(ways.gates.middle[table["gate"].to_numpy(dtype=np.int64)])
    return gpd.GeoDataFrame(table.drop(columns="gate"), geometry=points, crs=lanes.crs)


class _OfLane(NamedTuple):
    """Lane piece that each gate belongs to, -1 in the open, and whether it is a way across it.

    Gates that stop nobody are not looked for. What leads into the corners beside a lane is
    narrower, but nothing has to get through there; its middle is off the middle of the lane.
    """

    piece: np.ndarray
    across: np.ndarray

    @classmethod
    def of(cls, ways: Ways, lanes: gpd.GeoDataFrame, *, narrower_than_m: float) -> _OfLane:
        width = ways.gates.width_m
        piece, away = np.full(len(width), -1, dtype=np.int64), np.full(len(width), np.inf)
        narrow = np.flatnonzero(width < narrower_than_m)
        if len(lanes) and len(narrow):
            # Of so many near points a deeper tree is asked a third faster.
            tree = shapely.STRtree(geometries(lanes), node_capacity=4)
            (gate, lane), distance = tree.query_nearest(
                shapely.points(ways.gates.middle[narrow]), max_distance=_OF_A_LANE_M,
                return_distance=True, all_matches=False,
            )  # fmt: skip
            piece[narrow[gate]], away[narrow[gate]] = lane, distance
        return cls(piece, away <= width / 4)


def _of_vehicle(
    ways: Ways, of_lane: _OfLane, house: pd.DataFrame, floors: np.ndarray, vehicle: VehicleSpec
) -> pd.DataFrame:
    piece, across = of_lane
    width, n = ways.gates.width_m, len(ways.gates.width_m)
    wide = width >= vehicle.clear_width_m - SAME_WIDTH_M
    reached = ways.widest_m >= vehicle.clear_width_m - SAME_WIDTH_M
    cut_off = house[~np.isin(house["house"], house["house"][reached[house["gate"]]])]
    if cut_off.empty:
        return pd.DataFrame()
    one, other = ways.gates.links.T
    both = wide[one] & wide[other]
    graph = coo_array((np.ones(both.sum()), (one[both], other[both])), shape=(n, n))
    region = connected_components(graph, directed=False)[1]
    # From a narrow gate of a piece to a wide one, whichever way the link is written.
    narrow, opens = np.r_[one, other], np.r_[other, one]
    leads = ~wide[narrow] & wide[opens] & (piece[narrow] >= 0) & (ways.widest_m[narrow] > 0)
    narrow, opens = narrow[leads], opens[leads]
    at_hand = np.unique(piece[narrow[reached[opens]]])
    hidden = ~reached[opens] & np.isin(piece[narrow], at_hand)
    beyond = pd.DataFrame({"piece": piece[narrow[hidden]], "region": region[opens[hidden]]})
    beyond = beyond.drop_duplicates()
    cut_off = cut_off.assign(region=region[cut_off["gate"]], piece=piece[cut_off["gate"]])
    along = cut_off[~wide[cut_off["gate"]] & cut_off["piece"].isin(at_hand)][["piece", "house"]]
    behind = beyond.merge(
        cut_off.loc[wide[cut_off["gate"]], ["region", "house"]].drop_duplicates(), on="region"
    )
    freed = pd.concat([along, behind[["piece", "house"]]]).drop_duplicates()
    freed = freed.assign(floors=floors[freed["house"].to_numpy(dtype=np.int64)])
    by_piece = freed.groupby("piece")
    found = pd.DataFrame(
        {"houses_cut_off": by_piece.size(), "floor_area_m2": by_piece["floors"].sum(min_count=1)}
    )
    gates = pd.DataFrame({"piece": piece, "gate": np.arange(n), "clear_width_m": width})
    gates = gates[~wide & across & np.isin(piece, found.index) & (ways.widest_m > 0)]
    best = gates.sort_values(["clear_width_m", "gate"])
    narrowest = best.drop_duplicates("piece").set_index("piece")
    table = found.join(narrowest, how="inner").reset_index(drop=True)
    table = table.sort_values(
        ["houses_cut_off", "clear_width_m"], ascending=[False, True], kind="stable"
    )
    table["rank"] = np.arange(1, len(table) + 1)
    table["vehicle"] = vehicle.id
    return table.reset_index(drop=True)

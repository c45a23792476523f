"""Main streets: the stretches of street that services face, found from the places themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.clusters.categories import categories
from taobaogis.clusters.network_density import beside_streets, gathering_stretches
from taobaogis.crs import require_same_crs

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MAIN_STREET_COLUMNS", "main_streets"]

MAIN_STREET_COLUMNS = (
    "stretch", "name", "length_m", "places", "chain_places", "per_100m", "main_category",
)  # fmt: skip


_LEAST_SPOTS = 3  # our convention: what stands at one or two spots is a building, not a street


def main_streets(
    places: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    *,
    bandwidth_m: float = 100.0,
    step_m: float = 2.0,
    reach_m: float = 30.0,
    seed: int = 1,
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Stretches where places gather along the streets beyond chance, and who stands there.

    Places at fewer than three spots, a metre or more apart, make no main street however dense.

    Parameters
    ----------
    places
        Points with the column ``category``, in a metric CRS.
    streets
        Layer of the kind ``streets`` in the same CRS, all on which a place may stand.
    bandwidth_m, step_m, reach_m, seed
        As in `taobaogis.clusters.network_density.gathering_stretches`.

    Returns
    -------
    stretches
        One row a stretch, the one with most places first: ``stretch``, from 0; ``name`` of the
        street that most of it is, maybe empty; ``length_m``; ``places`` and ``chain_places``
        that stand at it; ``per_100m``, places over length; ``main_category``; lines.
    stands_at
        On the index of `places`: the stretch each stands at, -1 for none.

    Raises
    ------
    CRSError, InputError
        As `gathering_stretches`.
    """
    crs = require_same_crs(places=places, streets=streets)
    pieces = gathering_stretches(
        places, streets, bandwidth_m=bandwidth_m, step_m=step_m, reach_m=reach_m, seed=seed
    )
    stands_at = _stretch_of(places, streets, pieces, reach_m)
    chain = [key for key, category in categories().items() if category.chain]
    rows: list[dict[str, Any]] = []
    for number, members in pieces[pieces["stretch"] >= 0].groupby("stretch"):
        here = places[(stands_at == number).to_numpy()]
        if _spots(here) < _LEAST_SPOTS:
            continue
        length_m = float(members["length_m"].sum())
        counts = here["category"].value_counts()
        rows.append(
            {
                "stretch": number,
                "name": _name(members, streets),
                "length_m": length_m,
                "places": len(here),
                "chain_places": int(here["category"].isin(chain).sum()),
                "per_100m": 100 * len(here) / length_m,
                "main_category": next(
                    (key for key in categories() if counts.get(key, 0) == counts.max()), ""
                ),
                "geometry": _merged(members),
            }
        )
    rows.sort(key=lambda row: (-row["places"], row["stretch"]))
    rank = {row["stretch"]: i for i, row in enumerate(rows)}
    for row in rows:
        row["stretch"] = rank[row["stretch"]]
    found = gpd.GeoDataFrame(
        rows, columns=[*MAIN_STREET_COLUMNS, "geometry"], geometry="geometry", crs=crs
    )
    return found, stands_at.map(lambda number: rank.get(number, -1)).astype("int64")


def _spots(places: gpd.GeoDataFrame) -> int:
    return len(np.unique(np.round(shapely.get_coordinates(places.geometry.to_numpy())), axis=0))


def _stretch_of(
    places: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, reach_m: float
) -> pd.Series:
    """Stretch of the piece that each place stands at."""
    beside = beside_streets(places, streets, reach_m=reach_m)
    street, start = pieces["street"].to_numpy(), pieces["start_m"].to_numpy()
    longest = float(streets.length.max()) if len(streets) else 0.0
    axis = street * (longest + 1.0) + start
    at = np.searchsorted(axis, beside["street"] * (longest + 1.0) + beside["along_m"], "right") - 1
    stretch = pieces["stretch"].to_numpy()
    known = (beside["street"] >= 0).to_numpy()
    found = np.full(len(places), -1, dtype=np.int64)
    if known.any():
        found[known] = stretch[at[known]]
    return beside["street"].mask(known, found).astype("int64").rename("stretch")


def _name(members: pd.DataFrame, streets: gpd.GeoDataFrame) -> str:
    if "name" not in streets:
        return ""
    named = members.assign(name=streets["name"].to_numpy()[members["street"]])
    lengths = named[named["name"] != ""].groupby("name")["length_m"].sum()
    return str(lengths.idxmax()) if len(lengths) else ""


def _merged(members: pd.DataFrame) -> object:
    """One line a run of pieces; lines that meet at a junction end there."""
    return shapely.line_merge(shapely.union_all(members["geometry"].to_numpy()))

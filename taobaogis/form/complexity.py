"""Block complexity: how many houses one must pass to get from a house to a street.

A street gives access to the houses along it. Where houses stand behind houses, those behind
have none of their own, and those behind them still less. The number of houses on the shortest
way to a street, the house itself included, is k: 1 on the street, 2 behind one house, and so on.
The complexity of a block is that of its deepest house.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from taobaogis.crs import require_metres, require_same_crs
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.contacts import Contacts, facade_contacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

__all__ = ["WIDEST_M", "block_complexities", "block_complexity"]

# A quarter of the front of a small house, so that every façade on a street is met.
_SPACING_M = 2.5
# What shares less of a border meets at a corner.
_LEAST_BORDER_M = 1.0
# Parcels go halfway to the next house, however far; farther than this is another settlement.
WIDEST_M = 200.0


def block_complexity(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    streets: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    contacts: Contacts | None = None,
) -> pd.DataFrame:
    """Complexity k of each building and of the block that it stands in.

    The parcel of a building is the ground nearer to it than to any other. A building has
    access (k = 1) if a street runs between its parcel and the next, or through it. Any other
    has k = 1 + the least k of the buildings whose parcels it borders without a street between.

    Parameters
    ----------
    buildings
        Valid footprints in a metric CRS, with their surroundings: where the layer ends, ways
        out are not seen.
    streets
        Lines that count as access, in the CRS of `buildings`.
    contacts
        Of the footprints, from `taobaogis.geometry.contacts.facade_contacts`, if at hand.

    Returns
    -------
    complexity
        On the index of `buildings`: ``k_complexity``, whole numbers from 1, NaN without
        footprint and where no street is reached; ``block``, a number from 0 that all buildings
        share between which no street runs, -1 without footprint; ``block_k``, the greatest k
        of the block.

    Raises
    ------
    CRSError
        If the CRS is not metric, or the two differ.

    References
    ----------
    Brelsford, Martin, Hand and Bettencourt 2018, Toward cities without slums: Topology and the
    spatial evolution of neighborhoods, Science Advances 4, eaar4644. Soman et al. 2020,
    Worldwide detection of informal settlements via topological analysis of crowdsourced digital
    maps, IJGI 9(11), 685.

    Examples
    --------
    Three houses in a row, with a street before the first:

    >>> import geopandas as gpd
    >>> from shapely import LineString, box
    >>> houses = gpd.GeoSeries([box(0, 12 * n, 10, 12 * n + 10) for n in range(3)], crs=4547)
    >>> street = gpd.GeoSeries([LineString([(-20, -3), (30, -3)])], crs=4547)
    >>> block_complexity(houses, street)["k_complexity"].tolist()
    [1.0, 2.0, 3.0]
    """
    return block_complexities(buildings, [streets], contacts=contacts)[0]


def block_complexities(
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    streets: Sequence[gpd.GeoDataFrame | gpd.GeoSeries],
    *,
    contacts: Contacts | None = None,
) -> list[pd.DataFrame]:
    """`block_complexity` with more and more streets.

    Parameters
    ----------
    buildings, contacts
        As in `block_complexity`.
    streets
        Layers of lines: those that count as access anyhow, those that may count as well, and
        so on; each line is looked at once.

    Returns
    -------
    complexities
        As from `block_complexity` for the first layer, for the first two, and so on.

    Raises
    ------
    CRSError
        If a CRS is not metric, or two differ.
    """
    require_metres(buildings, "buildings")
    footprints = geometries(buildings)
    if contacts is None:
        contacts = facade_contacts(footprints, spacing_m=_SPACING_M, widest_m=WIDEST_M)
    crossed = np.zeros(len(contacts.pairs), dtype=bool)
    access = np.zeros(len(footprints), dtype=bool)
    found = []
    for layer in streets:
        require_same_crs(buildings=buildings, streets=layer)
        lines = geometries(layer)
        lines = lines[~shapely.is_missing(lines)]
        crossed |= _crossed(contacts, lines)
        access[contacts.owner[contacts.pairs[crossed]]] = True
        access[_nearest(footprints, lines)] = True
        found.append(_complexity(footprints, contacts, crossed, access).set_index(buildings.index))
    return found


def _complexity(
    footprints: np.ndarray, contacts: Contacts, crossed: np.ndarray, access: np.ndarray
) -> pd.DataFrame:
    n = len(footprints)
    missing = np.asarray(shapely.is_missing(footprints), dtype=bool)
    one, other, border, _ = contacts.neighbours(~crossed)
    beside = border >= _LEAST_BORDER_M
    one, other = one[beside], other[beside]
    block = connected_components(_links(one, other, n), directed=False)[1].astype(np.int64)
    k = 1.0 + _steps(one, other, access)
    k[~np.isfinite(k) | missing] = np.nan
    deepest = pd.Series(k).groupby(block).transform("max").to_numpy()
    table = {
        "k_complexity": k,
        "block": np.where(missing, -1, block),
        "block_k": np.where(missing, np.nan, deepest),
    }
    return pd.DataFrame(table)


def _links(one: np.ndarray, other: np.ndarray, n: int) -> coo_array:
    return coo_array((np.ones(len(one)), (one, other)), shape=(n, n))


def _steps(one: np.ndarray, other: np.ndarray, access: np.ndarray) -> np.ndarray:
    """Borders between each building and the nearest with access; infinite if none is reached."""
    start = np.flatnonzero(access)
    if len(start) == 0:
        return np.full(len(access), np.inf)
    links = _links(one, other, len(access)).tocsr()
    steps: np.ndarray = dijkstra(
        links, directed=False, indices=start, unweighted=True, min_only=True
    )
    return steps


def _crossed(contacts: Contacts, lines: np.ndarray) -> np.ndarray:
    """Pieces of border where a street runs between the two façades."""
    crossed = np.zeros(len(contacts.pairs), dtype=bool)
    if len(lines) and len(crossed):
        across = np.asarray(shapely.linestrings(contacts.xy[contacts.pairs]), dtype=object)
        found = shapely.STRtree(across).query(lines, predicate="intersects")[1]
        crossed[found] = True
    return crossed


def _nearest(footprints: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Buildings that are nearest to some point of a street: it runs through their parcels."""
    there = np.flatnonzero(~shapely.is_missing(footprints))
    if len(lines) == 0 or len(there) == 0:
        return np.zeros(0, dtype=np.int64)
    points = shapely.points(shapely.get_coordinates(shapely.segmentize(lines, _SPACING_M)))
    tree = shapely.STRtree(footprints[there])
    found: np.ndarray = there[tree.query_nearest(points, max_distance=WIDEST_M)[1]]
    return found

"""Density of places along the streets, and the stretches where they gather beyond chance.

Equal-split kernel (Okabe, Satoh and Sugihara 2009): what a place stands for is spread along the
streets up to the bandwidth, at a junction shared equally among the streets that lead on. Streets
are cut into pieces of about `step_m`, and all places walk at once, one piece a step; the work grows
with the streets and the bandwidth, not with the number of ways through them, so junctions a few
metres apart cost no more than others. At a dead end the walk turns round, so nothing is lost.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array, hstack, issparse, vstack
from scipy.sparse.csgraph import connected_components

from taobaogis.clusters.lixels import Lixels
from taobaogis.crs import require_same_crs
from taobaogis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Rows: TypeAlias = NDArray[np.float64] | csr_array

__all__ = ["along_streets_density", "beside_streets", "gathering_stretches"]

_M_PER_100_M = 100.0
_SURE = 0.95
# Numbers; of a village there are fewer, and all of them are soon felt somewhere.
_MOST_DENSE = 2_000_000


def beside_streets(
    places: gpd.GeoDataFrame | gpd.GeoSeries, streets: gpd.GeoDataFrame, *, reach_m: float
) -> pd.DataFrame:
    """Street that each place stands at.

    Parameters
    ----------
    places
        Points in a metric CRS.
    streets
        Lines in the same CRS.
    reach_m
        A place farther than this from every street stands at none.

    Returns
    -------
    beside
        On the index of `places`: ``street``, row of the nearest street, -1 for none; ``along_m``
        from its start; ``apart_m`` in a straight line. Of streets equally near the first.

    Raises
    ------
    CRSError
        If the layers are not in one CRS in metres.
    """
    require_same_crs(places=places, streets=streets)
    points = places.geometry.to_numpy()
    lines = streets.geometry.to_numpy()
    street = np.full(len(points), -1, dtype=np.int64)
    along, apart = np.full(len(points), np.nan), np.full(len(points), np.nan)
    if len(lines) and len(points):
        (which, line), distance = shapely.STRtree(lines).query_nearest(
            points, max_distance=reach_m, return_distance=True, all_matches=True
        )
        order = np.lexsort((line, which))
        which, line, distance = which[order], line[order], distance[order]
        which, kept = np.unique(which, return_index=True)
        street[which], apart[which] = line[kept], distance[kept]
        along[which] = np.nan_to_num(shapely.line_locate_point(lines[line[kept]], points[which]))
    table = {"street": street, "along_m": along, "apart_m": apart}
    return pd.DataFrame(table, index=places.index)


def along_streets_density(
    places: gpd.GeoDataFrame | gpd.GeoSeries,
    streets: gpd.GeoDataFrame,
    *,
    bandwidth_m: float = 100.0,
    step_m: float = 2.0,
    reach_m: float = 30.0,
) -> gpd.GeoDataFrame:
    """Places per 100 m of street, at every few metres of street.

    Parameters
    ----------
    places
        Points in a metric CRS; several at one spot count each.
    streets
        Layer of the kind ``streets``: lines with ``u`` and ``v``, in the same CRS.
    bandwidth_m
        Half-width of the quartic kernel, beyond which a place is not felt.
    step_m
        Length of a piece; places are moved to the middle of theirs.
    reach_m
        As in `beside_streets`.

    Returns
    -------
    pieces
        One row a piece: ``street``, row of `streets`; ``start_m``, ``length_m``;
        ``per_100m``; ``places`` (how many stand here); geometry. The densities times the lengths
        sum to the number of places that stand at a street.

    Raises
    ------
    CRSError
        If the layers are not in one CRS in metres.
    InputError
        If a length is not above 0, or the streets are too long for the step.

    References
    ----------
    Okabe, Satoh and Sugihara 2009, A kernel density estimation method for networks, its
    computational method and a GIS-based tool, IJGIS 23(1); the equal-split discontinuous kernel.
    """
    crs = require_same_crs(places=places, streets=streets)
    lixels, found = _cut_and_placed(places, streets, bandwidth_m, step_m, reach_m)
    kernel = _kernel(bandwidth_m, step_m)
    density = _dense(_spread(lixels, _rows([found]), kernel))[0]
    return gpd.GeoDataFrame(
        {
            "street": lixels.street,
            "start_m": lixels.start_m,
            "length_m": lixels.length_m,
            "per_100m": density * _M_PER_100_M,
            "places": found,
        },
        geometry=lixels.lines(streets),
        crs=crs,
    )


def gathering_stretches(
    places: gpd.GeoDataFrame | gpd.GeoSeries,
    streets: gpd.GeoDataFrame,
    *,
    bandwidth_m: float = 100.0,
    step_m: float = 2.0,
    reach_m: float = 30.0,
    patterns: int = 39,
    seed: int = 1,
) -> gpd.GeoDataFrame:
    """Density along the streets, and where it is beyond what chance does anywhere.

    Parameters
    ----------
    places, streets, bandwidth_m, step_m, reach_m
        As in `along_streets_density`.
    patterns, seed
        How often as many places are strewn along all the streets, and how they are drawn.

    Returns
    -------
    pieces
        As of `along_streets_density`, with ``stretch``, a number from 0 that the pieces of one
        gathering share, -1 elsewhere. A gathering has a density somewhere that only 1 in 20
        strewn patterns reaches anywhere, and goes on as far as half of that: so dense is the
        very end of a row of places whose inside is just dense enough. It ends at its last places:
        side streets without any, into which the kernel reaches, are not of it.
    """
    pieces = along_streets_density(
        places, streets, bandwidth_m=bandwidth_m, step_m=step_m, reach_m=reach_m
    )
    n = int(pieces["places"].sum())
    if n == 0:
        return pieces.assign(stretch=-1)
    lixels = Lixels.of(streets, step_m=step_m)
    rng = np.random.default_rng(seed)
    odds = lixels.length_m / lixels.length_m.sum()
    strewn = _rows([rng.multinomial(n, odds) for _ in range(patterns)])
    spread = _spread(lixels, strewn, _kernel(bandwidth_m, step_m))
    highest = _dense(spread.max(axis=1)).ravel() * _M_PER_100_M
    limit = np.sort(highest)[min(patterns, int(np.ceil(_SURE * (patterns + 1)))) - 1]
    density = pieces["per_100m"].to_numpy()
    member = _pruned(lixels, density > limit / 2, pieces["places"].to_numpy() > 0)
    return pieces.assign(stretch=_joined(lixels, member, density > limit))


def _pruned(
    lixels: Lixels, member: NDArray[np.bool_], used: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Members without the loose ends at which no place stands."""
    member = member.copy()
    while True:
        degree = np.bincount(lixels.ends[member].ravel(), minlength=lixels.ends.max() + 1)
        loose = member & ~used & (degree[lixels.ends] == 1).any(axis=1)
        if not loose.any():
            return member
        member &= ~loose


def _joined(
    lixels: Lixels, member: NDArray[np.bool_], seed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Connected members with a seed among them, numbered by their first piece."""
    n = len(lixels)
    state = lixels.onward.tocoo()
    one, other = state.coords[0] % n, state.coords[1] % n
    kept = member[one] & member[other]
    links = coo_array((np.ones(kept.sum()), (one[kept], other[kept])), shape=(n, n))
    group = connected_components(links, directed=False)[1]
    chosen = np.isin(group, group[seed & member]) & member
    found, first, number = np.unique(group[chosen], return_index=True, return_inverse=True)
    rank = np.empty(len(found), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(found))
    stretch = np.full(n, -1, dtype=np.int64)
    stretch[chosen] = rank[number]
    return stretch


def _cut_and_placed(
    places: gpd.GeoDataFrame | gpd.GeoSeries,
    streets: gpd.GeoDataFrame,
    bandwidth_m: float,
    step_m: float,
    reach_m: float,
) -> tuple[Lixels, NDArray[np.int64]]:
    if not (bandwidth_m > 0 and reach_m > 0):
        message = (
            f"bandwidth_m is {bandwidth_m:g} and reach_m is {reach_m:g}; both must be above 0."
        )
        raise InputError(message)
    lixels = Lixels.of(streets, step_m=step_m)
    beside = beside_streets(places, streets, reach_m=reach_m)
    beside = beside[beside["street"] >= 0]
    at = lixels.at(beside["street"].to_numpy(), beside["along_m"].to_numpy())
    return lixels, np.bincount(at, minlength=len(lixels))


def _kernel(bandwidth_m: float, step_m: float) -> NDArray[np.float64]:
    """Share of a walk's mass that lies after each number of steps; sums to 1."""
    edges = (np.arange(int(np.ceil(bandwidth_m / step_m)) + 2) - 0.5) * step_m / bandwidth_m
    u = np.clip(edges, 0, 1)
    # Integral of the quartic kernel 15/8 (1 - u²)² over [0, u].
    mass = 15 / 8 * (u - 2 * u**3 / 3 + u**5 / 5)
    share = np.diff(mass)
    return np.asarray(share[share > 0])


def _rows(counts: Iterable[NDArray[np.int64]]) -> Rows:
    """One row for each count of places a piece; sparse where they are of the streets of a city."""
    rows = [csr_array(count[None].astype(float)) for count in counts]
    whole = csr_array(vstack(rows))
    if math.prod(whole.shape) > _MOST_DENSE:
        return whole
    return np.asarray(whole.toarray())


def _dense(rows: Rows | coo_array) -> NDArray[np.float64]:
    return rows if isinstance(rows, np.ndarray) else np.asarray(rows.toarray())


def _spread(lixels: Lixels, places: Rows, kernel: NDArray[np.float64]) -> Rows:
    """Density per metre of each piece, for each row of places a piece.

    Of sparse rows only the pieces that a walk is at are held: so many patterns over all streets of
    a city take no more than their places' surroundings.
    """
    n = len(lixels)
    join = hstack if issparse(places) else np.hstack
    walks = join([places, places]) / 2
    felt = kernel[0] * places
    onward = csr_array(lixels.onward.T)
    for share in kernel[1:]:
        walks = walks @ onward
        felt = felt + share * (walks[:, :n] + walks[:, n:])
    # A street of no length has no density.
    per_m = np.divide(1.0, lixels.length_m, out=np.zeros(n), where=lixels.length_m > 0)
    density: Rows = felt * per_m[None]
    return density

"""Places counted in hexagons, and where high and low counts keep company."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array, identity
from scipy.spatial import cKDTree
from scipy.special import comb

from taobaogis.clusters.chance import adjusted
from taobaogis.clusters.fitting import fitting_m
from taobaogis.crs import require_same_crs
from taobaogis.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["hexagon_counts", "hexagon_neighbours", "hexagon_width_m", "local_statistics"]

_MOST_CELLS = 200_000
# Of a cell at the border, so much has to lie in the area.
_LEAST_SHARE = 0.5


def hexagon_width_m(area: BaseGeometry, *, least_m: float) -> float:
    """Width of the finest hexagons in which an area can be counted at once.

    Parameters
    ----------
    area
        Polygon in a metric CRS.
    least_m
        Width that is wanted.

    Returns
    -------
    width_m
        `least_m`, or where that makes more than 200,000 cells the next of 1, 2, 3 and 5 times a
        power of ten metres that does not.

    Raises
    ------
    InputError
        If `least_m` is not above 0.

    Examples
    --------
    >>> hexagon_width_m(shapely.box(0, 0, 1_000, 1_000), least_m=30)
    30.0
    >>> hexagon_width_m(shapely.box(0, 0, 100_000, 100_000), least_m=30)
    300.0
    """
    return fitting_m(float(least_m), lambda w: math.prod(_columns_rows(area, w)), _MOST_CELLS)


def hexagon_counts(
    places: gpd.GeoDataFrame, area: BaseGeometry, *, width_m: float = 60.0
) -> gpd.GeoDataFrame:
    """Number of places in each hexagon over an area.

    Parameters
    ----------
    places
        Points in a metric CRS.
    area
        Polygon in the same CRS; hexagons of which half or more lies in it are kept, whole, as
        counting needs cells of one size.
    width_m
        Distance between opposite sides.

    Returns
    -------
    cells
        ``count`` of places, from the south-west; hexagons.

    Raises
    ------
    CRSError
        If `places` is not in metres.
    InputError
        If the width is not above 0, or so small that there are more than 200,000 cells.
    """
    crs = require_same_crs(places=places)
    columns, rows = _columns_rows(area, width_m)
    if columns * rows > _MOST_CELLS:
        message = f"hexagons of {width_m:g} m are too many for this area; give a larger width_m."
        raise InputError(message)
    west, south = area.bounds[:2]
    # One row and column more to the south-west, whose hexagons touch the area nowhere: they hold
    # what lies beyond it.
    row, column = (i.ravel() - 1 for i in np.indices((rows + 1, columns + 1)))
    centre = np.column_stack([
        west + (column + 0.5 * (row % 2)) * width_m,
        south + row * _rise(width_m),
    ])  # fmt: skip
    angle = np.radians(np.arange(30, 390, 60))
    corner = width_m / math.sqrt(3) * np.column_stack([np.cos(angle), np.sin(angle)])
    shapes = np.asarray(shapely.polygons(centre[:, None, :] + corner[None]))
    inside = _mostly_inside(shapes, area)
    # A hexagon holds what is nearer to its centre than to any other.
    nearest = cKDTree(centre).query(
        np.column_stack([places.geometry.x, places.geometry.y]), distance_upper_bound=width_m
    )[1]
    held = np.bincount(nearest[nearest < len(centre)], minlength=len(centre))
    return gpd.GeoDataFrame({"count": held[inside]}, geometry=shapes[inside], crs=crs)


def _rise(width_m: float) -> float:
    """From one row of hexagons to the next."""
    return width_m * math.sqrt(3) / 2


def _columns_rows(area: BaseGeometry, width_m: float) -> tuple[int, int]:
    if not width_m > 0:
        message = f"width_m is {width_m:g}; it must be above 0."
        raise InputError(message)
    west, south, east, north = area.bounds
    return math.ceil((east - west) / width_m) + 2, math.ceil((north - south) / _rise(width_m)) + 2


def _mostly_inside(shapes: NDArray[np.object_], area: BaseGeometry) -> NDArray[np.bool_]:
    """Which hexagons lie in the area by half or more; only those at its edge are cut."""
    shapely.prepare(area)
    inside = shapely.contains(area, shapes)
    edge = np.flatnonzero(shapely.intersects(area, shapes) & ~inside)
    cut = shapes[edge]
    share = shapely.area(shapely.intersection(cut, area)) / shapely.area(cut)
    inside[edge] = share >= _LEAST_SHARE
    return inside


def hexagon_neighbours(cells: gpd.GeoDataFrame, *, width_m: float) -> csr_array:
    """Which hexagons share a side: a symmetric matrix of ones.

    Parameters
    ----------
    cells
        From `hexagon_counts`.
    width_m
        As they were made with.
    """
    centre = cells.geometry.centroid
    pairs = cKDTree(np.column_stack([centre.x, centre.y])).query_pairs(
        1.1 * width_m, output_type="ndarray"
    )
    ones = np.ones(2 * len(pairs))
    both = np.concatenate([pairs, pairs[:, ::-1]])
    return csr_array((ones, (both[:, 0], both[:, 1])), shape=(len(cells), len(cells)))


def local_statistics(
    counts: NDArray[np.int64], neighbours: csr_array, *, level: float = 0.05
) -> pd.DataFrame:
    """Local Moran and Getis-Ord Gi* of each cell, with the false discoveries controlled.

    Parameters
    ----------
    counts
        Of each cell, whole numbers from 0.
    neighbours
        Symmetric matrix of ones between neighbours, zeros on the diagonal.
    level
        Share of false discoveries among the cells that are called significant.

    Returns
    -------
    statistics
        One row a cell: ``moran``, (n - 1) / n times the standardised value times the mean of its
        neighbours (as esda has it); ``gi_star``, the z-score of the sum over the cell and its
        neighbours; ``p``, two-sided, of the neighbours' sum if the counts of all other cells were
        dealt out anew, exact over all deals; ``q``, as of
        `taobaogis.clusters.chance.adjusted`; ``kind``: ``high-high``, ``low-low``, ``high-low``,
        ``low-high`` where q is below `level`, else empty; ``hot``: 1 where Gi* is high and q below
        `level`, -1 where it is low. Cells without neighbours have NaN. If all counts are equal,
        nothing is known.

    Raises
    ------
    InputError
        If a count is below 0 or no whole number.

    References
    ----------
    Anselin 1995, Local indicators of spatial association. Ord and Getis 1995, Local spatial
    autocorrelation statistics. The permutations of esda, all of them.
    """
    x = np.asarray(counts, dtype=float)
    if not ((x >= 0) & (x == np.rint(x))).all():
        message = "`counts` hold a number below 0 or a fraction; give whole numbers."
        raise InputError(message)
    n = len(x)
    spread = x.std() if n else 0.0
    degree = np.asarray(neighbours.sum(axis=1)).ravel()
    frame = pd.DataFrame(
        {"moran": np.nan, "gi_star": np.nan, "p": np.nan, "q": np.nan, "kind": "", "hot": 0},
        index=range(n),
    )
    if n < 3 or spread == 0:  # noqa: PLR2004 - two cells have no surroundings
        return frame
    z = (x - x.mean()) / spread
    joined = degree > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        lag = np.where(joined, (neighbours @ z) / degree, np.nan)
    frame["moran"] = (n - 1) / n * z * lag
    around = neighbours + identity(n, format="csr")
    weight = degree + 1
    scale = spread * np.sqrt((n * weight - weight**2) / (n - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        frame["gi_star"] = np.where(
            joined & (scale > 0), (around @ x - x.mean() * weight) / scale, np.nan
        )
    p = _surroundings_by_chance(x.astype(np.int64), neighbours, degree)
    q = adjusted(p)
    frame["p"], frame["q"] = p, q
    sure = np.isfinite(q) & (q < level)
    own, others = z > 0, np.nan_to_num(lag) > 0
    word = {True: "high", False: "low"}
    named = [f"{word[bool(a)]}-{word[bool(b)]}" for a, b in zip(own, others, strict=True)]
    frame["kind"] = np.where(sure, named, "")
    frame["hot"] = np.where(sure, np.sign(np.nan_to_num(frame["gi_star"])), 0).astype(np.int64)
    return frame


def _surroundings_by_chance(
    x: NDArray[np.int64], neighbours: csr_array, degree: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Two-sided p of the neighbours' sum, if all other cells' counts were dealt out anew.

    Exact: it depends on nothing but the own count and the number of neighbours, so every deal is
    counted once for each pair of these.
    """
    found = np.rint(neighbours @ x.astype(float)).astype(np.int64)
    p = np.full(len(x), np.nan)
    most = int(degree.max())
    for own in np.unique(x):
        counts = np.bincount(x)
        counts[own] -= 1
        deals = _deals(counts, most)
        for size in np.unique(degree[(x == own) & (degree > 0)]).astype(int):
            if size > counts.sum():
                continue
            share = deals[size] / deals[size].sum()
            above = np.cumsum(share[::-1])[::-1]
            below = np.cumsum(share)
            cells = (x == own) & (degree == size)
            p[cells] = np.minimum(2 * np.minimum(above, below)[found[cells]], 1.0)
    return p


def _deals(counts: NDArray[np.int64], most: int) -> NDArray[np.float64]:
    """Number of ways to draw so many cells with such a sum, shape (most + 1, sums).

    Parameters
    ----------
    counts
        How many cells hold each number, from 0.
    most
        Largest number of cells drawn.
    """
    ways = np.zeros((most + 1, most * (len(counts) - 1) + 1))
    ways[0, 0] = 1.0
    for value, cells in enumerate(counts):
        grown = ways.copy()
        for drawn in range(1, min(most, int(cells)) + 1):
            shift = drawn * value
            part = ways[: most + 1 - drawn, : ways.shape[1] - shift]
            grown[drawn:, shift:] += comb(int(cells), drawn) * part
        ways = grown
    return ways

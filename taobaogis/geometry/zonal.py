"""What a grid holds within polygons, each cell by the exact share of it that a polygon covers.

The one door to exactextract.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from taobaogis.crs import require_metres

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from taobaogis.geometry.grid import Grid

__all__ = ["Coverage", "coverage"]

# A side longer than this bends visibly when it is brought into another CRS.
_SEGMENT_M = 100.0


@dataclass(frozen=True, eq=False)
class Coverage:
    """Which share of each cell of a grid lies in each of some zones.

    Attributes
    ----------
    shares
        Sparse, one row a zone, one column a cell (row by row from the north); in [0, 1].
    grid
        The grid.
    reached_share
        Of each zone, the share of its area that lies within the bounds of the grid.
    index
        Of the zones.
    """

    shares: csr_array
    grid: Grid
    reached_share: NDArray[np.float64]
    index: pd.Index

    def known_share(self) -> pd.Series:
        """Share of each zone of which the grid holds a value; NaN for a zone without area."""
        cells = self.shares.sum(axis=1)
        known = self.shares @ self.grid.valid.ravel().astype(float)
        with np.errstate(invalid="ignore"):
            share = known / cells * self.reached_share
        return pd.Series(share, index=self.index, name="known_share")

    def sums(self) -> pd.Series:
        """Sum of the values, each by the covered share of its cell; for counts such as people.

        Zones that fill an area without overlap share out exactly what it holds. NaN for a zone
        of which the grid knows nothing.
        """
        total, cells = self._weighed()
        return pd.Series(np.where(cells > 0, total, np.nan), index=self.index, name="sum")

    def means(self) -> pd.Series:
        """Mean of the values by covered area; for heights and shares. NaN if nothing is known."""
        total, cells = self._weighed()
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / cells
        return pd.Series(mean, index=self.index, name="mean")

    def class_shares(self, classes: Sequence[int] = ()) -> pd.DataFrame:
        """Share of each class in the known ground of each zone.

        Parameters
        ----------
        classes
            Values to tell apart; all that occur if empty. What is none of them is known ground
            of another class.

        Returns
        -------
        shares
            One column a class, in [0, 1]; NaN for a zone of which the grid knows nothing.
        """
        valid = self.grid.valid.ravel()
        values = self.grid.data.ravel()
        wanted = list(classes) or [int(v) for v in np.unique(values[valid])]
        cells = self.shares @ valid.astype(float)
        cells[cells == 0] = np.nan
        return pd.DataFrame(
            {v: (self.shares @ (valid & (values == v)).astype(float)) / cells for v in wanted},
            index=self.index,
        )

    def cells(self) -> pd.Series:
        """How many cells each zone covers, in shares: below 1 for one smaller than a cell."""
        return pd.Series(self.shares.sum(axis=1), index=self.index, name="cells")

    def _weighed(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        valid = self.grid.valid.ravel()
        known = np.where(valid, self.grid.data.ravel(), 0).astype(np.float64)
        return self.shares @ known, self.shares @ valid.astype(float)


def coverage(zones: gpd.GeoDataFrame | gpd.GeoSeries, grid: Grid) -> Coverage:
    """Share of each cell of a grid that each zone covers.

    Zones are brought into the CRS of the grid, their sides cut to 100 m before; the grid stays
    as it is. A zone smaller than a cell gets the part of that one cell that it covers.

    Parameters
    ----------
    zones
        Polygons in a metric CRS; they may overlap, and reach beyond the grid.
    grid
        In any CRS.

    Returns
    -------
    coverage
        On the index of `zones`. Rows of missing and empty zones are empty.

    Raises
    ------
    CRSError
        If the zones are not in metres.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np
    >>> from pyproj import CRS
    >>> from shapely import box
    >>> from taobaogis.geometry.grid import Grid
    >>> people = np.array([[8, 0], [4, 100]])
    >>> grid = Grid(people, people < 100, 0, 20, 10, 10, CRS.from_epsg(4547))
    >>> zones = gpd.GeoSeries([box(5, 5, 15, 15), box(1, 11, 2, 12)], crs=4547)
    >>> coverage(zones, grid).sums().round(6).tolist()
    [3.0, 0.08]
    """
    require_metres(zones, "zones")
    shapes = np.asarray(zones.geometry.array, dtype=object)
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    moved = zones.geometry[usable]
    if not grid.crs.equals(moved.crs):
        moved = moved.segmentize(_SEGMENT_M).to_crs(grid.crs)
    west, south, east, north = grid.bounds
    box = shapely.box(west, south, east, north)
    placed = np.asarray(moved.array, dtype=object)
    reached = np.full(len(zones), np.nan)
    area = shapely.area(placed)
    within = shapely.area(shapely.intersection(placed, box))
    with np.errstate(invalid="ignore", divide="ignore"):
        reached[usable] = within / area
    rows, columns, share = _cells(placed, grid)
    matrix = csr_array(
        (share, (np.flatnonzero(usable)[rows], columns)), shape=(len(zones), grid.data.size)
    )
    return Coverage(matrix, grid, reached, zones.index)


def _cells(
    zones: NDArray[np.object_], grid: Grid
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Zone, cell and covered share, for every pair that meets."""
    import geopandas as gpd  # noqa: PLC0415 - exactextract reads frames
    from exactextract import exact_extract  # noqa: PLC0415 - rasters are rare
    from exactextract.raster import NumPyRasterSource  # noqa: PLC0415

    nothing = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    if len(zones) == 0 or grid.data.size == 0:
        return nothing
    # Cells are numbered by their position only: the values stay on our side.
    source = NumPyRasterSource(
        np.zeros(grid.data.shape, dtype=np.uint8), *grid.bounds, srs_wkt=grid.crs.to_wkt()
    )
    told = exact_extract(
        source,
        gpd.GeoDataFrame(geometry=gpd.GeoSeries(zones, crs=grid.crs)),
        ["cell_id", "coverage"],
        output="pandas",
        strategy="raster-sequential",
    )
    counts = told["cell_id"].map(len).to_numpy()
    if not counts.sum():
        return nothing
    rows = np.repeat(np.arange(len(told)), counts)
    columns = np.concatenate(told["cell_id"].to_list()).astype(np.int64)
    return rows, columns, np.concatenate(told["coverage"].to_list()).astype(np.float64)

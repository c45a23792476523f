"""Land cover from a raster, and where it speaks against the mapped land use."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import InputError
from taobaogis.geometry.zonal import coverage
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from taobaogis.geometry.grid import Grid

__all__ = [
    "Cover",
    "CoverKind",
    "cover_kinds",
    "cover_of",
    "disagreeing_cells",
    "use_against_cover",
]

_KINDS = ("built", "green", "crops", "water", "bare")
# Cells of which a single use takes less are of mixed use and speak for none.
_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class CoverKind:
    """A plain kind of ground (``data/landcover.toml``)."""

    key: str
    name_en: str
    name_zh: str
    colour: str


@dataclass(frozen=True, eq=False)
class Cover:
    """A land-cover raster whose classes are understood.

    Attributes
    ----------
    grid
        The raster.
    scheme
        Name of its table of classes.
    kind
        Row of `cover_kinds` of each cell, -1 where nothing is known; the shape of the grid.
    """

    grid: Grid
    scheme: str
    kind: NDArray[np.int64]

    def shares(self, zones: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.DataFrame:
        """Share of each kind of ground in the known ground of each zone, by `cover_kinds`."""
        covered = coverage(zones, self.grid).shares
        known = covered @ (self.kind.ravel() >= 0).astype(float)
        known[known == 0] = np.nan
        return pd.DataFrame(
            {
                key: (covered @ (self.kind.ravel() == i).astype(float)) / known
                for i, key in enumerate(cover_kinds())
            },
            index=zones.index,
        )


def cover_kinds() -> Mapping[str, CoverKind]:
    """All kinds of ground by key, in the order in which they are shown."""
    return _load()[1]


def cover_of(grid: Grid) -> Cover:
    """Classes of a land-cover raster, its table told by the numbers in it.

    Parameters
    ----------
    grid
        With the class numbers of WorldCover or CLCD.

    Raises
    ------
    InputError
        If there are numbers in it that no one table knows.
    """
    found = np.unique(grid.data[grid.valid]).astype(np.int64)
    schemes = _load()[0]
    for name, numbers in schemes.items():
        # 0 is no class of any table; some copies do not mark it as no data.
        if set(found.tolist()) <= numbers.keys() | {0}:
            kind = np.full(grid.data.shape, -1, dtype=np.int64)
            for number, key in numbers.items():
                kind[grid.valid & (grid.data == number)] = _KINDS.index(key)
            return Cover(grid, name, kind)
    listed = ", ".join(str(v) for v in found[:12])
    message = (
        f"the land-cover raster holds the classes {listed}, which are neither of WorldCover nor of "
        "CLCD; bring it to one of them (data/landcover.toml lists their numbers)."
    )
    raise InputError(message)


def use_against_cover(pieces: gpd.GeoDataFrame, cover: Cover) -> pd.DataFrame:
    """Area of each mapped use by the kind of ground that the raster shows.

    Parameters
    ----------
    pieces
        From `taobaogis.landuse.shares.landuse_pieces`.
    cover
        From `cover_of`.

    Returns
    -------
    table
        ``use``, ``cover``, ``area_m2``, ``agrees`` (False for ground that speaks against the
        use; also False, as nothing is said, for ``unknown`` uses); rows with area only.
    """
    whole = pieces.dissolve("use")[["geometry"]] if len(pieces) else pieces.set_index("use")
    found = coverage(whole, cover.grid)
    area = whole.area.to_numpy()[:, None]
    cells = np.asarray(found.shares.sum(axis=1)).ravel()[:, None]
    flat = cover.kind.ravel()
    with np.errstate(invalid="ignore", divide="ignore"):
        amounts = np.column_stack([
            found.shares @ (flat == i).astype(float) for i in range(len(_KINDS))
        ]) / cells * area * found.reached_share[:, None]  # fmt: skip
    agrees = _load()[2]
    rows = [
        {"use": use, "cover": kind, "area_m2": float(amounts[i, j]),
         "agrees": kind in agrees.get(str(use), ())}
        for i, use in enumerate(whole.index)
        for j, kind in enumerate(_KINDS)
        if amounts[i, j] > 0
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["use", "cover", "area_m2", "agrees"])


def disagreeing_cells(pieces: gpd.GeoDataFrame, cover: Cover) -> gpd.GeoDataFrame:
    """Ground where the raster speaks against the mapped use, cell by cell, joined.

    Parameters
    ----------
    pieces, cover
        As in `use_against_cover`.

    Returns
    -------
    areas
        One row a use and kind of ground: ``use``, ``cover``, ``area_m2``; the cells that lie
        mostly in land of the use, in the CRS of `pieces`.
    """
    columns = ["use", "cover", "area_m2", "geometry"]
    nothing = gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=pieces.crs)
    known = pieces[pieces["use"] != "unknown"]
    if known.empty:
        return nothing
    whole = known.dissolve("use")[["geometry"]]
    shares = coverage(whole, cover.grid).shares.toarray()
    best = shares.argmax(axis=0)
    flat, agrees = cover.kind.ravel(), _load()[2]
    allowed = np.array([[kind in agrees[str(use)] for kind in _KINDS] for use in whole.index])
    told = (shares.max(axis=0) >= _LEAST_SHARE) & (flat >= 0)
    against = np.flatnonzero(told & ~allowed[best, flat.clip(0)])
    if not len(against):
        return nothing
    boxes = gpd.GeoDataFrame(
        {"use": np.asarray(whole.index)[best[against]], "cover": np.array(_KINDS)[flat[against]]},
        geometry=_boxes(cover.grid, against), crs=cover.grid.crs,
    ).to_crs(require_metres(pieces, "pieces"))  # fmt: skip
    joined = boxes.dissolve(["use", "cover"]).reset_index()
    return joined.assign(area_m2=joined.area)[columns]


def _boxes(grid: Grid, cells: NDArray[np.int64]) -> NDArray[np.object_]:
    row, column = np.divmod(cells, grid.data.shape[1])
    west = grid.west + column * grid.cell_x
    north = grid.north - row * grid.cell_y
    return np.asarray(shapely.box(west, north - grid.cell_y, west + grid.cell_x, north))


@cache
def _load() -> tuple[
    Mapping[str, Mapping[int, str]], Mapping[str, CoverKind], Mapping[str, frozenset[str]]
]:
    with data_file("landcover.toml").open("rb") as stream:
        table = tomllib.load(stream)
    kinds = {key: CoverKind(key, **entry) for key, entry in table.pop("kinds").items()}
    agrees = {use: frozenset(names) for use, names in table.pop("agrees").items()}
    schemes = {
        name: {int(number): key for key in _KINDS for number in entry[key]}
        for name, entry in table.items()
    }
    return schemes, kinds, agrees

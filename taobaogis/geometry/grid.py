"""A grid of numbers over the ground: what a raster file is once it has been read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taobaogis.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

__all__ = ["Grid"]

_DIMENSIONS = 2


@dataclass(frozen=True, eq=False)
class Grid:
    """Values in cells of equal size, north up.

    Attributes
    ----------
    data
        Shape (rows, columns), the first row in the north; of any number type.
    valid
        Same shape: False where the raster says that it has no data.
    west, north
        Outer corner of the first cell, in the units of `crs`.
    cell_x, cell_y
        Width and height of a cell in the units of `crs`, above 0.
    crs
        Of the raster, in metres or degrees. Grids are never resampled: whatever is measured on
        them is brought into their CRS instead, so that counts stay what they are.
    """

    data: NDArray[np.generic]
    valid: NDArray[np.bool_]
    west: float
    north: float
    cell_x: float
    cell_y: float
    crs: CRS

    def __post_init__(self) -> None:
        """Refuse what is no grid."""
        if self.data.ndim != _DIMENSIONS or self.data.shape != self.valid.shape:
            message = (
                f"a grid needs values and validity of one shape (rows, columns), "
                f"not {self.data.shape} and {self.valid.shape}."
            )
            raise InputError(message)
        if not (self.cell_x > 0 and self.cell_y > 0):
            message = (
                f"a grid's cells are {self.cell_x:g} by {self.cell_y:g}; both must be above 0."
            )
            raise InputError(message)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north, in the units of `crs`."""
        rows, columns = self.data.shape
        return (
            self.west,
            self.north - rows * self.cell_y,
            self.west + columns * self.cell_x,
            self.north,
        )

    def numbers(self) -> NDArray[np.float64]:
        """Values as floating point, NaN where there are none."""
        return np.where(self.valid, self.data, np.nan).astype(np.float64)

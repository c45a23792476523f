"""The area in which places were looked for, as statistics of point patterns need it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import shapely
from scipy import fft, ndimage

from taobaogis.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["Window"]

# Cells along the longer side, of which each is told inside or outside by its centre.
_CELLS = 512
# Shifts that leave less of the window than this weigh too much to be used.
_LEAST_OVERLAP = 0.05


@dataclass(frozen=True, eq=False)
class Window:
    """A polygon, and how much of it overlaps itself after a shift.

    Attributes
    ----------
    area
        The polygon.
    cell_m
        Size of the cells the overlap was found with.
    overlap
        Share of the window that overlaps, by rows (shift to the north) and columns (to the
        east) from -reach to +reach cells.
    """

    area: BaseGeometry
    cell_m: float
    overlap: NDArray[np.float64]

    @classmethod
    def of(cls, area: BaseGeometry, *, reach_m: float) -> Self:
        """Window with its overlaps for shifts of at most `reach_m`.

        Parameters
        ----------
        area
            Polygon in metres.
        reach_m
            Longest shift that is asked for.

        Raises
        ------
        InputError
            If the area is none, or the reach is not above 0.
        """
        if area.is_empty or area.area == 0 or not reach_m > 0:
            message = "a window needs an area and a reach above 0 m; give a polygon in metres."
            raise InputError(message)
        west, south, east, north = area.bounds
        cell = max(east - west, north - south) / _CELLS
        columns, rows = (max(1, math.ceil(s / cell)) for s in (east - west, north - south))
        x = west + (np.arange(columns) + 0.5) * cell
        y = south + (np.arange(rows) + 0.5) * cell
        shapely.prepare(area)
        inside = shapely.contains_xy(area, *np.meshgrid(x, y)).astype(float)
        size = [fft.next_fast_len(2 * s, real=True) for s in inside.shape]
        spectrum = fft.rfft2(inside, size)
        covered = fft.irfft2(np.abs(spectrum) ** 2, size) / inside.sum()
        reach = [min(math.ceil(reach_m / cell) + 1, s - 1) for s in inside.shape]
        rolled = np.roll(covered, reach, axis=(0, 1))
        return cls(area, cell, rolled[: 2 * reach[0] + 1, : 2 * reach[1] + 1].clip(0, 1))

    def weights(self, shift: NDArray[np.float64]) -> NDArray[np.float64]:
        """Translation correction of pairs: the area over that of its overlap with itself.

        Parameters
        ----------
        shift
            From one place of each pair to the other, metres east and north, shape (m, 2).

        Returns
        -------
        weights
            At least 1 and at most 20; exact to about a cell's width over the window's.
        """
        middle = (np.array(self.overlap.shape) - 1) / 2
        at = shift[:, ::-1] / self.cell_m + middle
        share = ndimage.map_coordinates(self.overlap, at.T, order=1, mode="constant")
        return np.asarray(1.0 / np.clip(share, _LEAST_OVERLAP, 1.0))

    def strewn(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Places each equally likely anywhere in the window, shape (n, 2)."""
        west, south, east, north = self.area.bounds
        found = np.empty((0, 2))
        shapely.prepare(self.area)
        share = self.area.area / ((east - west) * (north - south))
        while len(found) < n:
            wanted = math.ceil(1.2 * (n - len(found)) / share) + 8
            tried = rng.uniform((west, south), (east, north), (wanted, 2))
            found = np.concatenate([found, tried[shapely.contains_xy(self.area, *tried.T)]])
        return found[:n]

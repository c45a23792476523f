"""Cells over a city, blocks of cells and tiles of blocks: which ground is measured together.

All lie on multiples of their size in the metric CRS, so that the extent of the data does not move
them. A point belongs to the square whose west and south sides it lies on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Grid", "Square"]

Square = tuple[int, int]

_LEAST_CELL_M, _MOST_CELL_M = 50.0, 20_000.0
# Large enough that surroundings which are seen twice cost little.
_BLOCK_M = 3000.0


@dataclass(frozen=True)
class Grid:
    """Square cells, blocks of as many cells as make about 3 km, and tiles of blocks.

    A block is what is measured together; so every value is the same to the last bit whatever
    tiles the work is dealt out in.

    Attributes
    ----------
    cell_m
        Side of a cell, in metres.
    tile_cells
        Cells along the side of a tile, the piece of work that is dealt out; made up to whole
        blocks. 0 for one block.
    block_cells
        Cells along the side of a block; 0 for as many as make about 3 km.

    Examples
    --------
    >>> grid = Grid(500.0, 6)
    >>> grid.block_m, grid.tile_m
    (3000.0, 3000.0)
    >>> grid.box((1, 0), grid.tile_m).bounds
    (3000.0, 0.0, 6000.0, 3000.0)
    """

    cell_m: float
    tile_cells: int = 0
    block_cells: int = 0

    def __post_init__(self) -> None:
        """Refuse cells that cannot be meant."""
        if not _LEAST_CELL_M <= self.cell_m <= _MOST_CELL_M:
            message = (
                f"the grid has cells of {self.cell_m:g} m; give a size from {_LEAST_CELL_M:g} to "
                f"{_MOST_CELL_M:g} m."
            )
            raise InputError(message)
        if self.tile_cells < 0 or self.block_cells < 0:
            message = (
                f"a tile of {self.tile_cells} cells, or a block of {self.block_cells}, cannot be "
                "meant; give 1 or more."
            )
            raise InputError(message)
        if not self.block_cells:
            object.__setattr__(self, "block_cells", max(round(_BLOCK_M / self.cell_m), 1))

    @property
    def block_m(self) -> float:
        """Side of a block, in metres."""
        return self.cell_m * self.block_cells

    @property
    def tile_blocks(self) -> int:
        """Blocks along the side of a tile."""
        return max(-(-self.tile_cells // self.block_cells), 1)

    @property
    def tile_m(self) -> float:
        """Side of a tile, in metres."""
        return self.block_m * self.tile_blocks

    def blocks(self, tile: Square) -> list[Square]:
        """Blocks of a tile, from south to north and west to east."""
        return _inner(tile, self.tile_blocks)

    def cells(self, block: Square) -> list[Square]:
        """Cells of a block, from south to north and west to east."""
        return _inner(block, self.block_cells)

    @staticmethod
    def of(points: np.ndarray, side_m: float) -> np.ndarray:
        """Square of each point, shape (n, 2) like the points."""
        return np.floor(points / side_m).astype(np.int64)

    @staticmethod
    def box(square: Square, side_m: float) -> shapely.Polygon:
        """Ground of a square."""
        i, j = square
        return shapely.box(i * side_m, j * side_m, (i + 1) * side_m, (j + 1) * side_m)

    @staticmethod
    def names(cells: np.ndarray | Iterable[Square]) -> list[str]:
        """Name of each cell, ``east_north`` in numbers of cells from the origin of the CRS."""
        return [f"{i}_{j}" for i, j in cells]


def _inner(square: Square, across: int) -> list[Square]:
    i, j = square
    side = range(across)
    return [(i * across + a, j * across + b) for b in side for a in side]

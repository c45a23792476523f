"""A city cut into jobs: each tile with all that its measures can see beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.city.jobs import Job, code_digest, packed
from taobaogis.city.surroundings import inner_points, squares_of, surroundings
from taobaogis.geometry.arrays import geometries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from taobaogis.city.grid import Grid, Square
    from taobaogis.study import Assumptions
    from taobaogis.village import Layers

__all__ = ["City"]


@dataclass(frozen=True)
class City:
    """Layers of a city, ready to be cut.

    Attributes
    ----------
    layers
        Of the whole city.
    columns
        Of the buildings, from `taobaogis.city.whole.whole_columns`.
    grid
        Cells and tiles.
    assumptions
        Of the study.
    fire_separation_m
        Distance that houses without a shared wall should keep, from the rules of the study.
    """

    layers: Layers
    columns: Mapping[str, np.ndarray]
    grid: Grid
    assumptions: Assumptions
    fire_separation_m: float

    @cached_property
    def tiles(self) -> Mapping[Square, int]:
        """Tiles that any feature may reach into, in order, with the features told in each."""
        boxes = [shapely.bounds(geometries(self.layers[kind])) for kind in self._tile_of]
        found = squares_of(np.concatenate(boxes), self.grid.tile_m)
        counts = {(int(i), int(j)): 0 for i, j in found}
        told, numbers = np.unique(np.concatenate([*self._tile_of.values()]), axis=0,
                                  return_counts=True)  # fmt: skip
        for (i, j), number in zip(told.tolist(), numbers.tolist(), strict=True):
            counts[i, j] = counts.get((i, j), 0) + number
        return counts

    @cached_property
    def _tile_of(self) -> Mapping[str, np.ndarray]:
        points = inner_points(self.layers.frames)
        return {kind: self.grid.of(xy, self.grid.tile_m) for kind, xy in points.items()}

    def jobs(self, wanted: Collection[Square]) -> Iterator[Job]:
        """Jobs of some tiles, each made when it is asked for."""
        for tile in wanted:
            yield self._job(tile)

    def _job(self, tile: Square) -> Job:
        own = {kind: (at == tile).all(axis=1) for kind, at in self._tile_of.items()}
        box = self.grid.box(tile, self.grid.tile_m)
        sight_line_m = self.assumptions.sight_line_m
        chosen = surroundings(self.layers.frames, own, box, sight_line_m=sight_line_m)
        layers = {kind: packed(self._part(kind, rows)) for kind, rows in chosen.items()}
        return Job(self.grid, tile, self.assumptions, self.fire_separation_m, layers, code_digest())

    def _part(self, kind: str, rows: np.ndarray) -> gpd.GeoDataFrame:
        frame = self.layers[kind].iloc[rows]
        if kind == "buildings":
            frame = frame.assign(**{name: c[rows] for name, c in self.columns.items()})
        return gpd.GeoDataFrame(frame)

"""The ground of a village as those find it who want to pass: made once, asked many times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from taobaogis.form.obstacles import obstacles
from taobaogis.form.reach import open_ground, reached_space, street_entries
from taobaogis.form.ways import Ways, ways_into
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.overlay import intersection

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from taobaogis.geometry.free_space import FreeSpace
    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = ["Ground"]

_MARGIN_M = 2.0


@dataclass(frozen=True)
class Ground:
    """Free space of a village, and where one comes into it.

    Attributes
    ----------
    around
        Buildings of the village and around it, in its CRS.
    area
        Village with the ring around it that is seen.
    within
        Village with its houses, as far as the reach is asked for.
    free
        Free space of `area`.
    wanted
        Free space in `within`.
    entries
        Public roads that vehicles come from; None if they may come from anywhere on the rim.
    """

    around: gpd.GeoDataFrame
    area: BaseGeometry
    within: BaseGeometry
    free: FreeSpace
    wanted: BaseGeometry
    entries: BaseGeometry | None

    @classmethod
    def of(cls, village: Village, assumptions: Assumptions) -> Ground:
        """Ground of a village.

        Parameters
        ----------
        village
            Boundary and layers with their surroundings.
        assumptions
            For the ring of surroundings that is seen.
        """
        around, inside = village.layers["buildings"], village.inside("buildings")
        area = shapely.buffer(village.boundary, assumptions.context_ring_m)
        houses = geometries(inside)
        astride = houses[~shapely.covered_by(houses, village.boundary)]
        within = shapely.union_all([village.boundary, *astride]).buffer(_MARGIN_M)
        entries = street_entries(village.layers["streets"], area)
        barred = obstacles(village.layers["barriers"], village.layers["streets"])
        free = open_ground(around, area, obstacles=barred)
        wanted = intersection(free.space, within)
        # Shapes remember their bounds once asked; several threads may ask at the same moment.
        shapely.bounds([area, within, free.space, wanted, *free.blocks, *free.yards, entries])
        return cls(around, area, within, free, wanted, entries)

    def ways(self) -> Ways:
        """Ways to every building of the village's layer."""
        return ways_into(self.around, self.area, self.entries, ground=self.free)

    def reach(self, clear_width_m: float) -> BaseGeometry:
        """Where something of a clear width gets to: Polygon or MultiPolygon."""
        return reached_space(
            self.free, self.entries, clear_width_m=clear_width_m,
            within=self.within, wanted=self.wanted,
        )  # fmt: skip

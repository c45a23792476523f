"""The ground of a village as those find it who want to pass: made once, asked many times."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from taobaogis.form.obstacles import obstacles
from taobaogis.form.reach import open_ground, reached_space, street_entries
from taobaogis.form.ways import Ways, ways_into
from taobaogis.geometry.arrays import geometries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapely.geometry.base import BaseGeometry

    from taobaogis.geometry.free_space import FreeSpace
    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = ["Ground"]

_MARGIN_M = 2.0
# What takes long is done in libraries that let another thread run meanwhile.
_THREADS = 2


@dataclass(frozen=True)
class Ground:
    """Free space, gates and reach of a village.

    Attributes
    ----------
    free
        Free space of the village and the ring around it.
    entries
        Public roads that vehicles come from; None if they may come from anywhere on the rim.
    ways
        Ways from there to every building of the village's layer.
    reach
        By clear width in metres, where something of that width gets to: Polygon or
        MultiPolygon, as far as the village and its houses go.
    """

    free: FreeSpace
    entries: BaseGeometry | None
    ways: Ways
    reach: Mapping[float, BaseGeometry]

    @classmethod
    def of(cls, village: Village, assumptions: Assumptions, widths_m: Iterable[float]) -> Ground:
        """Ground of a village.

        Parameters
        ----------
        village
            Boundary and layers with their surroundings.
        assumptions
            For the ring of surroundings that is seen.
        widths_m
            Clear widths to give the reach of, in metres.

        Returns
        -------
        ground
            Two threads share the work; the result is that of one.
        """
        around, inside = village.layers["buildings"], village.inside("buildings")
        area = shapely.buffer(village.boundary, assumptions.context_ring_m)
        houses = geometries(inside)
        astride = houses[~shapely.covered_by(houses, village.boundary)]
        within = shapely.union_all([village.boundary, *astride]).buffer(_MARGIN_M)
        entries = street_entries(village.layers["streets"], area)
        barred = obstacles(village.layers["barriers"], village.layers["streets"])
        with ThreadPoolExecutor(_THREADS) as pool:
            free = open_ground(around, area, obstacles=barred)
            reach = {
                width_m: pool.submit(
                    reached_space, free, entries, clear_width_m=width_m, within=within
                )
                for width_m in sorted(set(widths_m))
            }
            ways = ways_into(around, area, entries, ground=free)
            found = {width_m: task.result() for width_m, task in reach.items()}
            return cls(free, entries, ways, found)

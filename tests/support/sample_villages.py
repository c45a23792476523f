"""Villages of the sample, as they are shipped and in other proportions."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

import numpy as np
import shapely

from taobaogis.loaders.sample import make_scene, newgrid, oldcore

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from taobaogis.loaders.sample import SampleScene

AROUND_M = 100.0
# What the makers of the scene set, changed: houses of the core, plots and streets of the grid.
VARIANTS = {
    "as shipped": {},
    "small houses": {
        (oldcore, "_HOUSE_M"): 8.6, (oldcore, "_LARGEST_SIDE_M"): 11.0,
        (oldcore, "_LONG_SIDE_M"): 12.5, (oldcore, "_LARGEST_M2"): 95.0,
    },
    "large houses": {
        (oldcore, "_HOUSE_M"): 13.0, (oldcore, "_LARGEST_SIDE_M"): 16.0,
        (oldcore, "_LONG_SIDE_M"): 18.0, (oldcore, "_LARGEST_M2"): 200.0,
    },
    "small plots": {(newgrid, "_FRONT_M"): 8.0, (newgrid, "_DEPTH_M"): 10.0},
    "narrow streets": {
        (newgrid, "_NS_M"): (5.0, 3.5, 4.0, 5.0), (newgrid, "_BACK_LANE_M"): 1.2,
        (newgrid, "_EW_M"): (5.0, 3.0, 3.0, 3.0, 5.0, 3.0, 3.0, 3.0, 5.0),
        (newgrid, "_MAIN_M"): 5.0,
    },
    "wide streets": {
        (newgrid, "_NS_M"): (9.0, 9.0, 10.0, 9.0), (newgrid, "_BACK_LANE_M"): 4.0,
        (newgrid, "_EW_M"): (9.0, 7.0, 7.0, 8.0, 11.0, 8.0, 7.0, 8.0, 9.0),
        (newgrid, "_MAIN_M"): 11.0,
    },
}  # fmt: skip


class SampleVillage(NamedTuple):
    """A village with its surroundings and what its makers know."""

    buildings: gpd.GeoDataFrame
    boundary: BaseGeometry
    parts: dict[str, BaseGeometry]
    houses: gpd.GeoDataFrame


@cache
def sample_village(name: str, seed: int, variant: str = "as shipped") -> SampleVillage:
    with ExitStack() as stack:
        for (module, constant), value in VARIANTS[variant].items():
            stack.enter_context(mock.patch.object(module, constant, value))
        scene = _scene(seed, variant)
    truth = scene.truth
    boundary = truth.boundaries.set_index("id").geometry[name]
    buildings = scene.areas[["building" in tags for tags in scene.areas["tags"]]]
    buildings = buildings[buildings.distance(boundary) < AROUND_M].reset_index(drop=True)
    parts = truth.parts[truth.parts["village"] == name]
    houses = truth.houses[truth.houses["village"] == name].reset_index(drop=True)
    shapes = {p: g for p, g in zip(parts["part"], parts.geometry, strict=True) if not g.is_empty}
    return SampleVillage(buildings, boundary, shapes, houses)


@cache
def _scene(seed: int, _variant: str) -> SampleScene:
    return make_scene(seed)


def right_share(parts: gpd.GeoDataFrame, village: SampleVillage) -> float:
    """Share of the ground whose part is the one that its makers meant."""
    right = 0.0
    for name, shape in village.parts.items():
        told = parts.geometry[parts["part"] == name].to_numpy()
        right += float(shapely.area(shapely.intersection(told, shape)).sum())
    return right / village.boundary.area


def outline_error_m(parts: gpd.GeoDataFrame, village: SampleVillage, part: str) -> float:
    """Distance that 95 % of both outlines of a part keep to the other one."""
    told = parts.geometry[parts["part"] == part].union_all().boundary
    meant = village.parts[part].boundary

    def away(one: BaseGeometry, other: BaseGeometry) -> np.ndarray:
        points = shapely.points(shapely.get_coordinates(shapely.segmentize(one, 2.0)))
        return np.asarray(shapely.distance(points, other))

    return float(np.quantile(np.r_[away(told, meant), away(meant, told)], 0.95))

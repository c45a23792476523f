"""Who lives in an area that is reached: houses, households and people."""

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS
from shapely.geometry import box

from taobaogis.access.village_reach import with_houses
from taobaogis.geometry.grid import Grid
from taobaogis.study import VillageSpec
from taobaogis.village import Layers, Village

GRID = CRS.from_epsg(4547)
AREAS = gpd.GeoDataFrame(
    {"minutes": [15.0, 5.0]}, geometry=[box(0, 0, 100, 100), box(0, 0, 50, 40)], crs=GRID
)
HOUSES = gpd.GeoDataFrame(
    {"area_m2": [100.0, 100.0], "levels": [1.0, 3.0]},
    geometry=[box(10, 10, 20, 20), box(70, 70, 80, 80)],
    crs=GRID,
)


def village(rasters=None, **spec):
    return Village(
        VillageSpec("v", **spec), box(0, 0, 100, 100), "drawn", is_circle=False,
        position_doubt_m=0.0, layers=Layers(GRID, {}, {}), rasters=rasters or {},
    )  # fmt: skip


def people(values):
    known = np.isfinite(values)
    return {"population": Grid(np.where(known, values, 0.0), known, 0.0, 100.0, 10.0, 10.0, GRID)}


def test_houses_and_households_are_counted_by_what_lies_inside():
    found = with_houses(AREAS, village(households=(60, 100)), HOUSES)
    assert found["houses_share"].tolist() == [1.0, 0.5]
    assert found["floor_area_share"].tolist() == [1.0, 0.25]
    assert found["households"].tolist() == [80.0, 20.0]
    assert found["people"].isna().all(), "no raster, no people"


def test_people_of_a_raster_are_shared_out_by_area():
    found = with_houses(AREAS, village(people(np.full((10, 10), 3.0))), HOUSES)
    assert found["people"].tolist() == pytest.approx([300, 60])


def test_an_area_that_the_raster_does_not_know_whole_tells_no_people():
    values = np.full((10, 10), 3.0)
    values[:3] = np.nan  # the north
    found = with_houses(AREAS, village(people(values)), HOUSES)
    assert found["people"].tolist() == pytest.approx([np.nan, 60], nan_ok=True)

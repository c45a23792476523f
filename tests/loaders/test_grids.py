import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import box
from support.rasters import write_tif

from taobaogis.errors import StudyError
from taobaogis.loaders.grids import with_rasters
from taobaogis.study import parse_study
from taobaogis.village import Layers, Village

GRID = CRS.from_epsg(4547)
STUDY = """
[raster]
population = "people.tif"
[[village]]
id = "a"
lon = 114
lat = 22
[[village]]
id = "b"
lon = 114
lat = 22
"""


def village(spec, x, y=2_500_000):
    return Village(
        spec, box(x, y, x + 400, y + 300), "drawn", is_circle=False, position_doubt_m=0,
        layers=Layers(GRID, {}),
    )  # fmt: skip


def people(folder, **more):
    return write_tif(
        folder / "people.tif", np.full((100, 100), 3.0, dtype="float32"),
        west=500_000, north=2_501_000, cell=10, epsg=4547, **more,
    )  # fmt: skip


def heard(_):
    return None


def test_each_village_gets_the_cells_around_it_and_where_there_are_none_a_note(tmp_path):
    people(tmp_path)
    study = parse_study(STUDY, folder=tmp_path)
    near, far = (village(s, x) for s, x in zip(study.villages, (500_100, 600_000), strict=True))
    told = []
    found = with_rasters(study, (near, far), told.append)
    assert found.villages[0].rasters["population"].data.max() == 3
    assert not found.villages[1].rasters
    assert found.notes == ("people.tif does not reach b",)
    assert found.villages[0].layers.source("population") == "people.tif"
    assert found.origins["population"].digest.startswith("sha256:")
    assert told == ["reading population from people.tif"]


def test_a_raster_of_nowhere_near_is_refused(tmp_path):
    people(tmp_path)
    study = parse_study(STUDY, folder=tmp_path)
    both = tuple(village(s, 700_000) for s in study.villages)
    with pytest.raises(StudyError, match="reaches none of the villages"):
        with_rasters(study, both, heard)
    lost = dataclasses.replace(study, folder=tmp_path / "elsewhere")
    with pytest.raises(StudyError, match=r"population: There is no raster 'people\.tif'"):
        with_rasters(lost, both, heard)


@settings(max_examples=15)
@given(shift=st.integers(-800, 1500))
def test_a_village_has_a_grid_exactly_where_the_raster_is(tmp_path_factory, shift):
    folder = tmp_path_factory.mktemp("study")
    people(folder)
    study = parse_study(STUDY, folder=folder)
    home = village(study.villages[0], 500_300, 2_500_400)
    other = village(study.villages[1], 500_000 + shift)
    found = with_rasters(study, (home, other), heard).villages[1]
    assert found.rasters or not other.boundary.intersects(
        box(500_000, 2_500_000, 501_000, 2_501_000)
    )

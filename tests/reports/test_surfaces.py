"""Surfaces as files that any GIS opens from the web in parts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from pyproj import CRS
from rasterio.windows import Window
from shapely import box

from taobaogis.clusters.surface import density_surface
from taobaogis.errors import ExportError
from taobaogis.reports.surfaces import write_surface

GRID = CRS.from_epsg(4547)


@pytest.fixture(scope="module")
def surface():
    rng = np.random.default_rng(0)
    points = gpd.GeoSeries.from_xy(*rng.uniform(0, 15_000, (2, 400)), crs=GRID)
    places = gpd.GeoDataFrame(geometry=points)
    known = box(0, 0, 14_000, 16_000)
    return density_surface(places, box(0, 0, 15_000, 12_000), name="density", known=known)


def test_a_surface_is_a_cloud_optimised_geotiff(surface, tmp_path):
    path = tmp_path / "density.tif"
    write_surface(surface, GRID, "© OpenStreetMap contributors", path)
    with rasterio.open(path) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.profile["tiled"]
        assert raster.block_shapes == [(512, 512)]
        assert raster.overviews(1) == [2, 4]
        assert raster.crs.to_epsg() == 4547
        assert np.isnan(raster.nodata)
        assert raster.bounds == (0, 0, 15_000, 12_000)
        assert raster.tags()["unit"] == "per ha"
        part = raster.read(1, window=Window(700, 500, 40, 30))
        small = raster.read(1, out_shape=(300, 375))
    np.testing.assert_array_equal(part, surface.values[500:530, 700:740].astype(np.float32))
    values = surface.values
    means = values.reshape(300, 4, 375, 4).mean(axis=(1, 3))
    whole = np.isfinite(means)
    np.testing.assert_allclose(small[whole], means[whole], rtol=1e-4, atol=1e-6)
    assert np.isnan(small[:, -20:]).all(), "beyond the data nothing is known, at any scale"


def test_the_surface_of_a_village_fits_one_tile_and_needs_no_overview(tmp_path, surface):
    path = tmp_path / "village.tif"
    places = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([100], [100], crs=GRID))
    write_surface(density_surface(places, box(0, 0, 500, 400), name="v"), GRID, "", path)
    with rasterio.open(path) as raster:
        assert raster.shape == (40, 50)
        assert raster.overviews(1) == []
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    with pytest.raises(ExportError, match="check the disk"):
        write_surface(surface, GRID, "", tmp_path / "nowhere" / "d.tif")

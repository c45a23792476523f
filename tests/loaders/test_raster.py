import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from support.rasters import degrees_of, write_tif

from taobaogis.errors import CRSError, InputError
from taobaogis.geometry.zonal import coverage
from taobaogis.loaders.raster import raster_provenance, read_raster

VILLAGE = box(500_000, 2_500_000, 500_400, 2_500_300)


def area(shape=VILLAGE):
    return gpd.GeoSeries([shape], crs=4547)


def test_only_the_cells_under_the_area_are_read_and_they_lie_where_they_lay(tmp_path):
    rows, columns = np.indices((200, 300))
    path = write_tif(
        tmp_path / "a.tif", (rows * 300 + columns).astype("int32"),
        west=499_000, north=2_501_000, cell=10, epsg=4547,
    )  # fmt: skip
    grid = read_raster(path, area())
    assert grid.data.shape == (30 + 4, 40 + 4)
    assert (grid.west, grid.north) == (500_000 - 20, 2_500_300 + 20)
    assert grid.data[2, 2] == 70 * 300 + 100
    assert grid.valid.all()


@settings(max_examples=20)
@given(
    shift=st.tuples(st.integers(-30, 30), st.integers(-30, 30)),
    seed=st.integers(0, 99),
    in_degrees=st.booleans(),
)
def test_people_of_a_raster_are_all_found_again_whatever_its_crs(
    tmp_path_factory, shift, seed, in_degrees
):
    inside = box(500_050 + shift[0], 2_500_050 + shift[1], 500_350, 2_500_250)
    people = np.random.default_rng(seed).integers(0, 50, (20, 30)).astype("float32")
    folder = tmp_path_factory.mktemp("tif")
    west, south, east, north = degrees_of(inside, 4547) if in_degrees else inside.bounds
    path = write_tif(
        folder / "people.tif", people, west=west, north=north,
        cell=((east - west) / 30, (north - south) / 20), epsg=4326 if in_degrees else 4547,
    )  # fmt: skip
    grid = read_raster(path, area(box(499_000, 2_499_000, 501_000, 2_501_000)))
    # The four quarters of the ground share the people out.
    x, y = inside.centroid.coords[0]
    quarters = [box(499_000, 2_499_000, x, y), box(x, 2_499_000, 501_000, y),
                box(499_000, y, x, 2_501_000), box(x, y, 501_000, 2_501_000)]  # fmt: skip
    found = coverage(gpd.GeoSeries(quarters, crs=4547), grid).sums()
    assert found.sum() == pytest.approx(people.sum(), rel=1e-4)
    assert raster_provenance(path).source == "people.tif"


def test_nodata_not_a_number_and_scale_are_told_from_values(tmp_path):
    raw = np.array([[0, 1, 255], [2, 3, 4]], dtype="uint8")
    path = write_tif(
        tmp_path / "a.tif", raw, west=500_000, north=2_500_020, cell=10, epsg=4547, nodata=255
    )
    import rasterio  # noqa: PLC0415 - writes what read_raster has to undo

    with rasterio.open(path, "r+") as raster:
        raster.scales, raster.offsets = (0.5,), (10.0,)
    grid = read_raster(path, area())
    assert grid.valid.tolist() == [[True, True, False], [True, True, True]]
    assert grid.numbers()[1].tolist() == [11.0, 11.5, 12.0]
    assert read_raster(path, area(), nodata=12.0).valid.sum() == 5
    heights = write_tif(
        tmp_path / "h.tif", np.array([[1.0, np.nan]], dtype="float32"),
        west=500_000, north=2_500_010, cell=10, epsg=4547,
    )  # fmt: skip
    assert read_raster(heights, area()).valid.tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        ({"epsg": None}, CRSError, "does not say in which CRS"),
        ({"transform": True}, InputError, "not north up"),
    ],
)
def test_a_raster_that_cannot_serve_is_refused_with_the_mend(tmp_path, make, error, words):
    where = {"west": 500_000.0, "north": 2_500_300.0, "cell": 10, "epsg": 4547, **make}
    if where.pop("transform", False):
        from rasterio.transform import Affine  # noqa: PLC0415

        where["transform"] = Affine(9, 3, 500_000, 3, -9, 2_500_300)
    path = write_tif(tmp_path / "a.tif", np.ones((30, 40), dtype="uint8"), **where)
    with pytest.raises(error, match=words):
        read_raster(path, area())


def test_a_raster_of_another_place_has_no_cells_here(tmp_path):
    path = write_tif(
        tmp_path / "a.tif", np.ones((30, 40), dtype="uint8"),
        west=700_000, north=2_500_300, cell=10, epsg=4547,
    )  # fmt: skip
    assert read_raster(path, area()) is None


def test_a_missing_file_a_wrong_band_and_a_text_are_one_sentence_each(tmp_path):
    (tmp_path / "not.tif").write_text("not a raster")
    good = write_tif(
        tmp_path / "a.tif", np.ones((30, 40), dtype="uint8"),
        west=500_000, north=2_500_300, cell=10, epsg=4547,
    )  # fmt: skip
    for path, band, words in (
        (tmp_path / "none.tif", 1, "There is no raster 'none.tif'"),
        (tmp_path / "not.tif", 1, "cannot be read as a raster"),
        (good, 2, "has no band 2"),
    ):
        with pytest.raises(InputError, match=words):
            read_raster(path, area(), band=band)
    with pytest.raises(CRSError):
        read_raster(good, area().to_crs(4326))
    with pytest.raises(InputError, match="cannot be read as a raster"):
        raster_provenance(tmp_path / "not.tif")

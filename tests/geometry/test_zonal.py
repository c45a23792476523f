import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely import affinity, box

from taobaogis.errors import CRSError, InputError
from taobaogis.geometry.grid import Grid
from taobaogis.geometry.zonal import coverage

METRES = CRS.from_epsg(4547)


def grid(values, *, valid=None, cell=10.0, crs=METRES, west=0.0, north=None):
    values = np.asarray(values)
    north = values.shape[0] * cell if north is None else north
    valid = np.ones(values.shape, bool) if valid is None else np.asarray(valid)
    return Grid(values, valid, west, north, cell, cell, crs)


def zones(*shapes):
    return gpd.GeoSeries(list(shapes), crs=METRES)


def by_shapely(shape, on):
    """Covered share of every cell, one polygon intersection each."""
    rows, columns = on.data.shape
    row, column = np.indices((rows, columns))
    west = on.west + column * on.cell_x
    north = on.north - row * on.cell_y
    cells = shapely.box(west, north - on.cell_y, west + on.cell_x, north)
    return shapely.area(shapely.intersection(cells, shape)) / (on.cell_x * on.cell_y)


@given(
    turn=st.floats(0, 90),
    at=st.tuples(st.floats(-10, 60), st.floats(-10, 60)),
    size=st.tuples(st.floats(0.5, 70), st.floats(0.5, 70)),
    seed=st.integers(0, 50),
)
def test_shares_are_those_of_cutting_every_cell_by_hand(turn, at, size, seed):
    numbers = np.random.default_rng(seed).integers(0, 9, (6, 7))
    on = grid(numbers)
    house = affinity.rotate(box(*at, at[0] + size[0], at[1] + size[1]), turn)
    found = coverage(zones(house), on)
    exact = by_shapely(house, on)
    assert found.shares.toarray()[0] == pytest.approx(exact.ravel(), abs=2e-6)
    inside = exact.sum() > 1e-6
    if inside:
        assert found.sums()[0] == pytest.approx((exact * numbers).sum(), abs=1e-4)


def test_a_courtyard_is_not_counted():
    ring = box(0, 0, 30, 30) - box(10, 10, 20, 20)
    assert coverage(zones(ring), grid(np.ones((3, 3)))).sums()[0] == pytest.approx(8)


def test_a_hut_smaller_than_a_cell_gets_its_part_of_the_people_and_the_whole_height():
    hut = zones(box(12, 12, 13, 14))
    found = coverage(hut, grid([[1, 2, 3], [4, 50, 6], [7, 8, 9]]))
    assert found.sums()[0] == pytest.approx(50 * 0.02)
    assert found.means()[0] == pytest.approx(50)
    assert found.cells()[0] == pytest.approx(0.02)


def test_cells_without_data_count_neither_as_zero_nor_as_known():
    on = grid([[5.0, -99.0], [7.0, -99.0]], valid=[[True, False], [True, False]])
    found = coverage(zones(box(0, 0, 20, 20), box(10, 0, 20, 20), box(-20, 0, 20, 20)), on)
    assert found.means().tolist() == [6.0, pytest.approx(np.nan, nan_ok=True), 6.0]
    assert found.sums().tolist() == [12.0, pytest.approx(np.nan, nan_ok=True), 12.0]
    assert found.known_share().tolist() == [0.5, 0.0, 0.25]


def test_zones_that_fill_an_area_share_out_its_people_and_nobody_is_lost():
    people = np.random.default_rng(3).poisson(20, (40, 50)).astype(float)
    points = np.random.default_rng(4).uniform(0, (500, 400), (60, 2))
    cells = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=box(0, 0, 500, 400))
    parts = gpd.GeoSeries(list(cells.geoms), crs=METRES).intersection(box(0, 0, 500, 400))
    assert coverage(parts, grid(people)).sums().sum() == pytest.approx(people.sum(), rel=1e-6)


def test_shares_of_classes_are_of_the_known_ground():
    on = grid([[5, 5, 8], [8, 0, 8]], valid=[[True, True, True], [True, False, True]])
    found = coverage(zones(box(0, 0, 30, 20)), on)
    assert found.class_shares().loc[0].to_dict() == pytest.approx({5: 0.4, 8: 0.6})
    assert found.class_shares([8, 9]).loc[0].to_dict() == pytest.approx({8: 0.6, 9: 0.0})


def test_it_agrees_with_exactextract_asked_directly():
    from exactextract import exact_extract  # noqa: PLC0415 - only this test asks it directly
    from exactextract.raster import NumPyRasterSource  # noqa: PLC0415

    heights = np.random.default_rng(1).uniform(0, 30, (60, 60))
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 500, (2, 200))
    shapes = [
        affinity.rotate(box(a, b, a + w, b + h), t)
        for a, b, w, h, t in zip(x, y, *rng.uniform(32, 90, (2, 200)), rng.uniform(0, 90, 200),
                                 strict=True)
    ]  # fmt: skip
    direct = exact_extract(
        NumPyRasterSource(heights, 0, 0, 600, 600, srs_wkt=METRES.to_wkt()),
        gpd.GeoDataFrame(geometry=shapes, crs=METRES), ["sum", "mean"], output="pandas",
    )  # fmt: skip
    found = coverage(zones(*shapes), grid(heights))
    assert (found.cells() >= 9).all()
    assert found.sums().to_numpy() == pytest.approx(direct["sum"].to_numpy(), rel=1e-6)
    assert found.means().to_numpy() == pytest.approx(direct["mean"].to_numpy(), rel=1e-6)


def test_zones_without_ground_and_grids_out_of_reach_know_nothing():
    odd = zones(shapely.Polygon(), None, box(900, 900, 910, 910))
    found = coverage(odd, grid(np.ones((2, 2))))
    assert found.sums().isna().all()
    assert found.class_shares([1]).isna().all(axis=None)
    none = coverage(zones(), grid(np.ones((2, 2))))
    assert none.means().empty


def test_zones_in_degrees_and_grids_that_are_none_are_refused():
    with pytest.raises(CRSError):
        coverage(zones(box(0, 0, 1, 1)).to_crs(4326), grid(np.ones((2, 2))))
    with pytest.raises(InputError, match="one shape"):
        grid(np.ones((2, 2)), valid=np.ones((2, 3), bool))
    with pytest.raises(InputError, match="above 0"):
        grid(np.ones((2, 2)), cell=0.0)

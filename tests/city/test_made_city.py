"""The made-up city of the benchmarks: as large as asked, of one network, and taken by a run."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from support.command_line import taobaogis
from support.made_city import made_city, write_city

NAMES = ("buildings", "streets", "pois", "stops", "markets")


@pytest.fixture(scope="module")
def city():
    return made_city(3000, 600)


def joined(streets):
    """Ends of each street by the number of the place where they meet."""
    ends = shapely.get_coordinates(streets.geometry.to_numpy()).reshape(-1, 2, 2)
    places, number = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    return number.reshape(-1, 2), len(places)


def test_a_city_is_as_large_as_was_asked(city):
    assert (len(city.buildings), len(city.streets)) == (3000, 600)
    assert len(city.pois) == 60
    assert set(city.buildings["field"]) == {"village", "estate"}
    assert {"primary", "tertiary", "footway", "residential", "service"} <= set(
        city.streets["highway"]
    )
    assert {"bus", "subway"} == set(made_city(6000).stops["mode"])
    assert abs(len(made_city(6000).streets) / 6000 - 0.22) < 0.01


def test_a_seed_gives_one_city_and_another_seed_another(city):
    again, other = made_city(3000, 600), made_city(3000, 600, seed=1)
    for name in NAMES:
        one = getattr(city, name)
        assert one.equals(getattr(again, name)), name
        assert not one.geometry.geom_equals_exact(getattr(other, name).geometry, 0).all(), name


def test_houses_are_valid_and_stand_neither_in_each_other_nor_on_a_street(city):
    houses = city.buildings.geometry.to_numpy()
    assert shapely.is_valid(houses).all()
    assert (shapely.area(houses) > 20).all()
    assert (shapely.get_num_interior_rings(houses) > 0).any()
    tree = shapely.STRtree(houses)
    one, other = tree.query(houses, predicate="intersects")
    assert (one == other).all()
    assert not tree.query(city.streets.geometry.to_numpy(), predicate="intersects").size


def test_houses_of_a_village_nearly_touch_and_those_of_an_estate_do_not(city):
    near = {}
    for name, rows in city.buildings.groupby("field"):
        shapes = rows.geometry.to_numpy()
        near[name] = np.median(shapely.STRtree(shapes).query_nearest(
            shapes, exclusive=True, return_distance=True, all_matches=False)[1])  # fmt: skip
    assert near["village"] < 2.5
    assert near["estate"] > 5


def test_the_streets_are_one_network_that_is_cut_where_they_meet(city):
    ends, count = joined(city.streets)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    assert connected_components(graph, directed=False)[0] == 1
    assert (shapely.length(city.streets.geometry.to_numpy()) > 0.01).all()
    crossing = city.streets.sindex.query(city.streets.geometry, predicate="crosses")
    assert not crossing.size
    degree = np.bincount(ends.ravel())
    assert {1, 3, 4} <= set(degree)


def test_streets_that_cannot_be_had_are_refused():
    for streets in (200, 9000):
        with pytest.raises(ValueError, match="a city of this size has"):
            made_city(3000, streets)


def test_the_command_measures_form_and_access_of_a_made_city(city, tmp_path):
    study = write_city(city, tmp_path / "city")
    said = taobaogis("run", study, "--grid", 250, "--workers", 1, "-q", "--json",
                     "--out", tmp_path / "out")  # fmt: skip
    assert said.code == 0, said.err
    done = json.loads(said.out)
    assert (done["houses"], done["streets"], done["synthetic"]) == (3000, 600, True)
    houses = gpd.read_parquet(tmp_path / "out" / "buildings")
    assert houses["area_m2"].sum() == pytest.approx(city.buildings.area.sum(), rel=1e-3)
    # Everybody lives on a network with stops along it.
    assert houses["stop_walk_m"].notna().mean() > 0.99
    assert houses["market_walk_m"].median() > houses["stop_walk_m"].median()
    assert gpd.read_parquet(tmp_path / "out" / "streets")["width_m"].notna().mean() > 0.5

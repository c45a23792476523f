import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from taobaogis.clusters.hierarchy import hierarchical_labels
from taobaogis.clusters.reach import k_distance
from taobaogis.errors import CRSError, InputError


def places(xy):
    return gpd.GeoSeries.from_xy(*np.asarray(xy, dtype=float).reshape(-1, 2).T, crs=4547)


def groups(seed, apart=500.0, each=40, spread=15.0, strays=30):
    rng = np.random.default_rng(seed)
    centres = np.array([(0, 0), (apart, 0), (0, apart)])
    xy = np.vstack([rng.normal(c, spread, (each, 2)) for c in centres])
    return np.vstack([xy, rng.uniform(-apart, 2 * apart, (strays, 2))])


@given(seed=st.integers(0, 100), k=st.integers(2, 8))
@settings(max_examples=20)
def test_the_curve_is_the_distance_to_the_kth_neighbour(seed, k):
    xy = groups(seed)
    found = k_distance(places(xy), min_places=k)
    theirs = NearestNeighbors(n_neighbors=k).fit(xy).kneighbors(xy)[0][:, -1]
    assert found.curve_m == pytest.approx(np.sort(theirs))
    assert found.curve_m[0] <= found.eps_m <= found.curve_m[-1]


@pytest.mark.parametrize("seed", range(4))
def test_its_turn_parts_groups_from_strays(seed):
    eps = k_distance(places(groups(seed)), min_places=5).eps_m
    # Wide enough to hold a group of 15 m spread together, too short to join groups 500 m apart.
    assert 10 < eps < 200


def test_few_or_equal_distances_have_no_turn():
    assert np.isnan(k_distance(places([(0, 0), (1, 1)]), min_places=5).eps_m)
    assert np.isnan(k_distance(places([]), min_places=5).eps_m)
    lattice = places([(x, y) for x in range(0, 50, 10) for y in range(0, 50, 10)])
    assert np.isnan(k_distance(lattice, min_places=2).eps_m)
    with pytest.raises(InputError, match="at least 2"):
        k_distance(lattice, min_places=1)
    with pytest.raises(CRSError):
        k_distance(lattice.to_crs(4326), min_places=5)


def test_hierarchy_finds_groups_of_unlike_density_and_leaves_strays_out():
    rng = np.random.default_rng(0)
    dense, thin = rng.normal((0, 0), 5, (40, 2)), rng.normal((600, 0), 40, (40, 2))
    strays = np.array([(300.0, 900.0), (-900.0, -300.0), (1500.0, 1500.0)])
    frame = gpd.GeoDataFrame(geometry=places(np.vstack([dense, thin, strays])))
    found = hierarchical_labels(frame, min_places=10, reach_m=60)
    assert (found["cluster"][:40] == 0).all()
    assert (found["cluster"][40:80] == 1).mean() > 0.9
    assert (found["cluster"][80:] == -1).all()
    assert found["membership"].between(0, 1).all()
    few = hierarchical_labels(frame.iloc[:5], min_places=10)
    assert (few["cluster"] == -1).all()
    with pytest.raises(InputError, match="at least 2"):
        hierarchical_labels(frame, min_places=1)

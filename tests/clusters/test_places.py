import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import Point, box
from sklearn.cluster import DBSCAN

from taobaogis.clusters.categories import categories, category_of, tag_keys
from taobaogis.clusters.places import (
    Grouping,
    cluster_labels,
    cluster_outlines,
    place_indicators,
)
from taobaogis.clusters.surface import density_surface
from taobaogis.errors import CRSError, InputError
from taobaogis.provenance import Provenance
from taobaogis.schema import conform, empty_layer
from taobaogis.study import VillageSpec
from taobaogis.village import Layers, Village

GRID = CRS.from_epsg(4547)


def places(xy, categories_=None):
    frame = gpd.GeoDataFrame(
        {"category": categories_ or ["retail"] * len(xy)},
        geometry=[Point(p) for p in xy], crs=GRID,
    )  # fmt: skip
    return conform(frame, "pois")


ROW = [(x, 0) for x in range(0, 100, 10)]
STRAY = [(1000, 0), (1500, 0)]


def test_a_row_of_shops_is_one_cluster_and_strays_are_none():
    labels = cluster_labels(places([*ROW, *STRAY]), eps_m=15, min_places=3)
    assert labels.tolist() == [0] * 10 + [-1, -1]


@given(seed=st.integers(0, 2**32 - 1))
def test_turning_and_reordering_changes_no_cluster(seed):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 300, (60, 2)).round(3)
    order = rng.permutation(60)
    turn = np.array([[0, -1], [1, 0]])
    one = cluster_labels(places(xy), eps_m=30, min_places=4).to_numpy()
    two = cluster_labels(places((xy @ turn)[order]), eps_m=30, min_places=4).to_numpy()
    # Border points may go to either neighbour; core membership and noise may not change.
    assert ((one == -1)[order] == (two == -1)).all()
    assert one.max() == two.max()


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 120),
    grid=st.sampled_from([1e-3, 10.0]),
    min_places=st.integers(1, 8),
)
def test_labels_are_those_of_scikit_learn(seed, n, grid, min_places):
    # On the coarse grid places coincide, and many lie exactly at the reach.
    xy = np.random.default_rng(seed).uniform(0, 200, (n, 2))
    xy = np.round(xy / grid) * grid
    labels = cluster_labels(places(xy), eps_m=20, min_places=min_places)
    assert labels.tolist() == DBSCAN(eps=20, min_samples=min_places).fit_predict(xy).tolist()


def test_no_places_give_no_labels():
    assert cluster_labels(empty_layer("pois", GRID), eps_m=10, min_places=3).empty


def test_degrees_and_senseless_reaches_are_refused():
    with pytest.raises(CRSError, match="`places`"):
        cluster_labels(places(ROW).to_crs(4326), eps_m=10, min_places=3)
    with pytest.raises(InputError, match="eps_m is 0"):
        cluster_labels(places(ROW), eps_m=0, min_places=3)


def test_an_outline_holds_its_members_and_counts_the_chain():
    shops = places(ROW, ["express"] * 3 + ["food"] * 5 + ["retail"] * 2)
    labels = cluster_labels(shops, eps_m=15, min_places=3)
    outline = cluster_outlines(shops, labels, eps_m=15).iloc[0]
    assert outline[["places", "chain_places", "main_category"]].tolist() == [10, 5, "food"]
    assert shops.within(outline.geometry).all()


def test_without_clusters_there_are_no_outlines():
    shops = places(STRAY)
    outlines = cluster_outlines(shops, cluster_labels(shops, eps_m=5, min_places=3), eps_m=5)
    assert outlines.empty
    assert outlines.crs == GRID


def test_without_a_reach_an_outline_has_that_of_its_own_places():
    shops = places([*((x, 0) for x in range(0, 100, 10)), *((x, 500) for x in range(0, 400, 40))])
    label = (shops.geometry.y > 100).astype("int64")
    dense, loose = cluster_outlines(shops, label, eps_m=None).geometry
    assert dense.bounds == pytest.approx((-2.5, -2.5, 92.5, 2.5), abs=0.1)
    assert loose.bounds == pytest.approx((-10, 490, 370, 510), abs=0.2)
    assert (dense.geom_type, loose.geom_type) == ("Polygon", "Polygon")


def village(n_places, outside="", circle=False):
    layers = Layers(GRID, {"pois": places([(i, 0) for i in range(n_places)])},
                    {"pois": Provenance("city.osm.pbf")})  # fmt: skip
    return Village(VillageSpec("v"), box(0, -50, 200, 150), "drawn", is_circle=circle,
                   position_doubt_m=0, layers=layers, outside=outside)  # fmt: skip


def indicators(of):
    inside = of.layers["pois"].assign(
        cluster=cluster_labels(of.layers["pois"], eps_m=5, min_places=3)
    )
    outlines = cluster_outlines(inside, inside["cluster"], eps_m=5)
    grouping = Grouping("cluster", len(outlines), ("cluster_count", "clustered_share"), "DBSCAN")
    return {i.key: i for i in place_indicators(of, inside, [grouping])}


def test_counts_and_shares_of_a_mapped_village():
    found = indicators(village(20))
    assert found["poi_count"].value == 20
    assert found["service_density_per_ha"].value == pytest.approx(5.0)
    assert found["production_place_count"].value == 20
    assert found["cluster_count"].value == 1
    assert found["clustered_share"].value == 1
    assert found["clustered_share"].grade == "B"


def test_few_places_are_too_few_to_say_with_the_number_needed():
    found = indicators(village(4))
    assert found["poi_count"].grade == "C"
    assert found["clustered_share"].value is None
    assert "4 places are mapped, 10 are needed" in found["clustered_share"].reason


def test_no_place_on_the_map_is_not_zero_places():
    for indicator in indicators(village(0)).values():
        assert indicator.value is None
        assert "not to say that there is none" in indicator.reason


def test_a_circle_for_a_boundary_lowers_the_grade():
    assert indicators(village(20, circle=True))["poi_count"].grade == "C"
    assert indicators(village(4, circle=True))["poi_count"].grade == "D"


def test_the_first_matching_category_takes_a_place():
    assert category_of({"shop": "photo"})[0] == "photo"
    assert category_of({"shop": "shoes"}) == ("retail", "shop=shoes")
    assert category_of({"craft": "tailor"})[0] == "workshop"
    assert category_of({"shop": "no", "amenity": "bank;atm"}) == ("finance", "amenity=bank")
    assert category_of({"shop": "vacant"}) == ("", "")
    assert category_of({"railway": "station"}) == ("transit", "railway=station")
    assert category_of({"fclass": "bus_stop"})[0] == "transit"
    assert category_of({"highway": "residential"}) == ("", "")
    assert "highway" not in tag_keys(), "a closed road is no place"


def test_every_category_has_both_names():
    for category in categories().values():
        assert category.name_en
        assert category.name_zh


def test_the_surface_holds_as_many_places_as_there_are():
    surface = density_surface(places([(500, 500), (510, 490)]), box(0, 0, 1000, 1000), name="d")
    assert surface.values.sum() * surface.cell_m**2 / 1e4 == pytest.approx(2, rel=1e-3)
    assert surface.values.min() >= 0


def test_the_peak_is_the_kernel_s_own():
    surface = density_surface(places([(505, 495)]), box(0, 0, 1000, 1000), name="d",
                              bandwidth_m=50, cell_m=10)  # fmt: skip
    row, column = np.unravel_index(surface.values.argmax(), surface.values.shape)
    assert surface.left_m + (column + 0.5) * 10 == 505
    assert surface.top_m - (row + 0.5) * 10 == 495
    assert surface.values.max() == pytest.approx(1e4 / (2 * np.pi * 50**2), rel=0.01)


def test_a_place_beyond_the_border_counts_with_what_reaches_in():
    near = density_surface(places([(-10, 500)]), box(0, 0, 1000, 1000), name="d")
    assert near.values[:, 0].max() > 0
    far = density_surface(places([(-1000, 500)]), box(0, 0, 1000, 1000), name="d")
    assert far.values.max() == 0


def test_a_grid_beyond_measure_is_refused():
    with pytest.raises(InputError, match="too large"):
        density_surface(places(ROW), box(0, 0, 1e6, 1e6), name="d", cell_m=1)


def exact_density(xy, at, bandwidth_m):
    apart = np.hypot(*(xy[:, None, :] - at[None]).transpose(2, 0, 1))
    return np.exp(-((apart / bandwidth_m) ** 2) / 2).sum(axis=0) / (
        2 * np.pi * bandwidth_m**2
    ) * 1e4  # fmt: skip


def test_the_surface_is_the_exact_kernel_sum_to_a_thousandth_of_its_peak():
    xy = np.random.default_rng(0).normal(500, 120, (300, 2))
    found = density_surface(places([tuple(p) for p in xy]), box(0, 0, 1000, 1000), name="d")
    row, column = np.indices(found.values.shape)
    at = np.column_stack([
        found.left_m + (column.ravel() + 0.5) * 10, found.top_m - (row.ravel() + 0.5) * 10
    ])  # fmt: skip
    exact = exact_density(xy, at, 50.0).reshape(found.values.shape)
    assert np.abs(found.values - exact).max() < 1e-3 * exact.max()


def test_where_the_data_end_the_density_of_an_even_spread_stays_even():
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 1000, (40_000, 2))
    known = box(0, 0, 1000, 1000)
    spread = places([tuple(p) for p in xy])
    plain = density_surface(spread, known, name="d").values
    corrected = density_surface(spread, known, name="d", known=known).values
    assert corrected.mean() == pytest.approx(400, rel=0.01)
    assert corrected[:3].mean() == pytest.approx(400, rel=0.03)
    assert plain[:3].mean() < 0.65 * 400
    half = density_surface(spread, known, name="d", known=box(0, 0, 500, 1000)).values
    assert np.isnan(half[:, 60:]).all()
    assert half[:, :45].mean() == pytest.approx(400, rel=0.03)


def test_the_surface_of_a_city_has_wider_cells_and_says_so():
    one = places([(50_000, 50_000)])
    city = density_surface(one, box(0, 0, 100_000, 100_000), name="city")
    assert (city.cell_m, city.values.shape) == (50.0, (2000, 2000))
    assert "Gaussian of 250 m" in city.description
    assert city.values.sum() * 0.25 == pytest.approx(1, rel=1e-3), "cells of a quarter hectare"
    village = density_surface(one, box(49_000, 49_000, 51_000, 51_000), name="village")
    assert village.cell_m == 10
    assert "Gaussian of 50 m" in village.description

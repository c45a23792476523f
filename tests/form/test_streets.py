import numpy as np
import pytest
from shapely.geometry import LineString, Polygon, box
from support.lane_villages import layer

from taobaogis.errors import CRSError
from taobaogis.form.streets import (
    dead_end_share,
    junction_density_per_ha,
    street_density_km_per_km2,
    street_ends,
    street_length_m,
)

HECTARE = box(0, 0, 100, 100)


def network(*rows):
    """Streets as (u, v, coordinates)."""
    return layer([LineString(r[2]) for r in rows], u=[r[0] for r in rows], v=[r[1] for r in rows])


# A street through the hectare, one from its middle to the north, one that ends at (20, 80).
CROSS = network(
    (1, 2, [(-50, 50), (50, 50)]),
    (2, 3, [(50, 50), (150, 50)]),
    (2, 4, [(50, 50), (50, 150)]),
    (2, 5, [(50, 50), (20, 80)]),
)


def test_only_the_length_within_the_area_counts():
    expected = 50 + 50 + 50 + np.hypot(30, 30)
    assert street_length_m(CROSS, HECTARE) == pytest.approx(expected)
    assert street_density_km_per_km2(CROSS, HECTARE) == pytest.approx(expected / 1e3 / 0.01)


def test_a_street_that_leaves_the_area_is_no_dead_end():
    assert street_ends(CROSS, HECTARE) == (1, 1)
    assert dead_end_share(CROSS, HECTARE) == 0.5
    assert junction_density_per_ha(CROSS, HECTARE) == 1


def test_a_node_on_the_boundary_belongs_to_nobody():
    on_the_edge = network((1, 2, [(0, 50), (50, 50)]), (2, 3, [(50, 50), (100, 50)]))
    assert street_ends(on_the_edge, HECTARE) == (0, 0)
    assert np.isnan(dead_end_share(on_the_edge, HECTARE))


def test_a_node_between_two_streets_is_neither_junction_nor_end():
    assert street_ends(network((1, 2, [(-9, 5), (50, 5)]), (2, 3, [(50, 5), (109, 5)])),
                       HECTARE) == (0, 0)  # fmt: skip


def test_a_street_that_returns_to_its_start_counts_twice_there():
    loop = network((1, 1, [(50, 50), (60, 50), (60, 60), (50, 50)]), (1, 2, [(50, 50), (50, -9)]))
    assert street_ends(loop, HECTARE) == (1, 0)


def test_a_bridge_that_shares_no_node_makes_no_junction():
    over = network((1, 2, [(-9, 50), (109, 50)]), (3, 4, [(50, -9), (50, 109)]))
    assert street_ends(over, HECTARE) == (0, 0)


def test_without_streets_on_the_map_there_is_no_density():
    assert np.isnan(street_density_km_per_km2(network(), HECTARE))
    assert np.isnan(junction_density_per_ha(network(), HECTARE))
    assert np.isnan(street_density_km_per_km2(CROSS, Polygon()))


@pytest.mark.parametrize("measure", [street_length_m, street_ends, street_density_km_per_km2])
def test_degrees_are_refused(measure):
    with pytest.raises(CRSError, match="`streets` is in 'WGS 84'"):
        measure(CROSS.set_crs(4326, allow_override=True), HECTARE)

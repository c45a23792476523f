import numpy as np
import pytest
from shapely import affinity
from shapely.geometry import MultiPolygon, box

from taobaogis.geometry.contacts import facade_contacts


def outlines(*shapes):
    return np.array(shapes, dtype=object)


def contacts(*shapes, spacing_m=1.0, widest_m=20.0):
    return facade_contacts(outlines(*shapes), spacing_m=spacing_m, widest_m=widest_m)


def pairs(found):
    one, other, border, gap = found.neighbours()
    return {
        (int(a), int(b)): (round(float(c), 1), round(float(d), 2))
        for a, b, c, d in zip(one, other, border, gap, strict=True)
    }


@pytest.mark.parametrize("gap_m", [0.5, 1.0, 3.0, 8.0])
def test_the_gap_is_the_distance_square_to_the_facades(gap_m):
    found = contacts(box(0, 0, 10, 10), box(10 + gap_m, 0.4, 20 + gap_m, 10.4))
    assert found.neighbours()[3] == pytest.approx([gap_m], abs=0.01)


def test_houses_in_a_row_have_only_the_next_as_neighbour():
    found = pairs(contacts(*[box(12 * n, 0, 12 * n + 10, 10) for n in range(4)]))
    assert set(found) == {(0, 1), (1, 2), (2, 3)}
    assert {gap for _, gap in found.values()} == {2.0}


def test_outlines_farther_apart_than_the_widest_are_not_in_contact():
    assert pairs(contacts(box(0, 0, 10, 10), box(40, 0, 50, 10), widest_m=20.0)) == {}


def test_borders_end_half_the_widest_out():
    found = contacts(box(0, 0, 10, 10), box(12, 0, 22, 10), widest_m=20.0)
    points = found.xy[found.pairs[:, 0]]
    for end in (0, 1):
        assert np.hypot(*(found.ends[:, end] - points).T).max() <= 10.0 + 1e-6


def test_points_without_anything_opposite_look_at_nothing():
    found = contacts(box(0, 0, 10, 10), box(12, 0, 22, 10))
    opposite = found.opposite_m()
    east = (found.owner == 0) & (found.xy[:, 0] == 10)
    west = (found.owner == 0) & (found.xy[:, 0] == 0)
    assert opposite[east] == pytest.approx(np.full(10, 2.0), abs=0.01)
    assert np.isinf(opposite[west]).all()


def test_parts_of_one_outline_are_not_in_contact_with_each_other():
    two = MultiPolygon([box(0, 0, 10, 10), box(12, 0, 22, 10)])
    assert set(pairs(contacts(two, box(24, 0, 34, 10)))) == {(0, 1)}


@pytest.mark.parametrize("shapes", [(), (None,), (box(0, 0, 1, 1),), (None, box(0, 0, 1, 1))])
def test_fewer_than_two_outlines_have_no_contact(shapes):
    found = contacts(*shapes)
    assert found.count == len(shapes)
    assert found.neighbours()[0].size == 0


@pytest.mark.parametrize("angle", [13.0, 90.0, 200.0])
def test_contacts_turn_with_the_outlines(angle):
    houses = [box(12 * n, 3 * n, 12 * n + 10, 3 * n + 10) for n in range(4)]
    turned = [
        affinity.translate(affinity.rotate(h, angle, origin=(0, 0)), 1e5, 2e6) for h in houses
    ]
    before, after = pairs(contacts(*houses)), pairs(contacts(*turned))
    assert set(before) == set(after)
    for pair, (border, gap) in before.items():
        assert after[pair] == (pytest.approx(border, abs=0.3), pytest.approx(gap, abs=0.05))

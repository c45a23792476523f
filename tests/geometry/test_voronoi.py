import numpy as np
import pytest
from scipy.spatial import Voronoi

from taobaogis.geometry.voronoi import voronoi_lines


def test_nodes_and_pairs_are_those_of_a_voronoi_diagram():
    xy = np.random.default_rng(3).uniform(0, 100, (60, 2)) + np.array([5e5, 2.5e6])
    nodes, lines, pairs = voronoi_lines(xy)
    diagram = Voronoi(xy - xy.mean(axis=0))
    finite = np.array([min(v) >= 0 for v in diagram.ridge_vertices])
    expected = {frozenset(p) for p in diagram.ridge_points[finite].tolist()}
    assert {frozenset(p) for p in pairs.tolist()} == expected
    near = np.abs(nodes - xy.mean(axis=0)).max(axis=1) < 200
    theirs = diagram.vertices + xy.mean(axis=0)
    apart = np.hypot(*(nodes[near][:, None] - theirs[None]).transpose(2, 0, 1)).min(axis=1)
    assert apart == pytest.approx(0, abs=0.05)
    assert len(lines) == len(pairs)


def test_nodes_are_as_far_from_both_points_of_a_pair():
    xy = np.array([[x, y] for x in range(6) for y in range(5)], dtype=float)
    nodes, lines, pairs = voronoi_lines(xy)
    for end in (0, 1):
        here = nodes[lines[:, end]]
        inside = (np.abs(here - 2.5) < 3).all(axis=1)
        far = [np.hypot(*(here - xy[pairs[:, k]])[inside].T) for k in (0, 1)]
        assert far[0] == pytest.approx(far[1], abs=0.01)

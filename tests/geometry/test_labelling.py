import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taobaogis.geometry.labelling import smooth_labels

NODES = 6
# Flows are whole thousandths, so that the total may be off by half of one a term.
ROUNDING = 0.05


def total(cost, one, other, weight, labels):
    own = cost[np.arange(len(labels)), labels].sum()
    return own + weight[labels[one] != labels[other]].sum()


def graph(random):
    edges = [(a, b) for a in range(NODES) for b in range(a + 1, NODES) if random.random() < 0.5]
    one, other = np.array(edges or np.zeros((0, 2)), dtype=np.int64).reshape(-1, 2).T
    return one, other, random.uniform(0, 1.5, len(one))


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_two_labels_cost_no_more_than_the_best_of_all(seed):
    random = np.random.default_rng(seed)
    cost = random.uniform(0, 2, (NODES, 2))
    one, other, weight = graph(random)
    found = total(cost, one, other, weight, smooth_labels(cost, one, other, weight))
    every = itertools.product(range(2), repeat=NODES)
    best = min(total(cost, one, other, weight, np.array(labels)) for labels in every)
    assert found <= best + ROUNDING


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_no_set_of_nodes_gains_by_taking_one_of_three_labels(seed):
    random = np.random.default_rng(seed)
    cost = random.uniform(0, 2, (NODES, 3))
    one, other, weight = graph(random)
    labels = smooth_labels(cost, one, other, weight)
    found = total(cost, one, other, weight, labels)
    for label, taking in itertools.product(range(3), itertools.product([0, 1], repeat=NODES)):
        tried = np.where(np.array(taking) == 1, label, labels)
        assert total(cost, one, other, weight, tried) >= found - ROUNDING


def test_without_edges_each_node_takes_its_cheapest_label():
    cost = np.array([[1.0, 0.0, 2.0], [3.0, 2.0, 1.0]])
    nothing = np.zeros(0, dtype=np.int64)
    assert smooth_labels(cost, nothing, nothing, np.zeros(0)).tolist() == [1, 2]


@pytest.mark.parametrize(("weight", "expected"), [(0.4, [0, 1, 0]), (0.6, [0, 0, 0])])
def test_a_node_gives_in_when_its_neighbours_weigh_more(weight, expected):
    cost = np.array([[0.0, 5.0], [1.0, 0.0], [0.0, 5.0]])
    labels = smooth_labels(cost, np.array([0, 1]), np.array([1, 2]), np.full(2, weight))
    assert labels.tolist() == expected

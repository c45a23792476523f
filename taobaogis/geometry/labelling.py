"""Labels for the nodes of a graph that agree with their evidence and with their neighbours."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

__all__ = ["smooth_labels"]

# Flows are whole numbers; a thousandth of a unit of cost is told apart.
_WHOLE = 1000
_MOST_ROUNDS = 10


def smooth_labels(
    cost: np.ndarray, one: np.ndarray, other: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Labels of least total cost: what each costs its node, and each edge that is cut.

    For two labels it is the minimum; for more, no change of any set of nodes to one same
    label would make it less.

    Parameters
    ----------
    cost
        Of each label at each node, shape (nodes, labels).
    one, other
        Nodes of each edge.
    weight
        What it costs if the two differ, not below 0.

    Returns
    -------
    labels
        One a node.

    References
    ----------
    Boykov, Veksler and Zabih 2001, Fast approximate energy minimization via graph cuts, IEEE
    TPAMI 23(11).

    Examples
    --------
    The middle node hesitates, its neighbours do not:

    >>> cost = np.array([[0.0, 5.0], [1.2, 1.0], [0.0, 5.0]])
    >>> smooth_labels(cost, np.array([0, 1]), np.array([1, 2]), np.array([1.0, 1.0])).tolist()
    [0, 0, 0]
    """
    labels = cost.argmin(axis=1)
    best = _total(cost, one, other, weight, labels)
    for _ in range(_MOST_ROUNDS):
        before = best
        for label in range(cost.shape[1]):
            tried = _expanded(cost, one, other, weight, labels, label)
            total = _total(cost, one, other, weight, tried)
            if total < best - 1e-9:
                labels, best = tried, total
        if best >= before - 1e-9:
            break
    return np.asarray(labels)


def _total(
    cost: np.ndarray, one: np.ndarray, other: np.ndarray, weight: np.ndarray, labels: np.ndarray
) -> float:
    own = cost[np.arange(len(labels)), labels].sum()
    return float(own + weight[labels[one] != labels[other]].sum())


def _expanded(  # noqa: PLR0917 - the graph, the labels and the label to grow
    cost: np.ndarray,
    one: np.ndarray,
    other: np.ndarray,
    weight: np.ndarray,
    labels: np.ndarray,
    label: int,
) -> np.ndarray:
    """Best labels that keep the old one or take the new one, by a minimum cut."""
    n = len(labels)
    both_keep = weight * (labels[one] != labels[other])
    first_keeps = weight * (labels[one] != label)
    other_keeps = weight * (labels[other] != label)
    # Cost of taking the label over keeping, and of first keeping while the other takes.
    taking = cost[:, label] - cost[np.arange(n), labels]
    taking = taking + np.bincount(one, other_keeps - both_keep, n)
    taking = taking - np.bincount(other, other_keeps, n)
    apart = first_keeps + other_keeps - both_keep
    source, sink = n, n + 1
    node = np.arange(n)
    tail = np.r_[np.full(n, source), node, one]
    head = np.r_[node, np.full(n, sink), other]
    # What stays with the source keeps its label: cutting it off costs what taking costs.
    capacity = np.r_[np.maximum(taking, 0), np.maximum(-taking, 0), apart]
    whole = np.rint(capacity * _WHOLE).astype(np.int32)
    some = whole > 0
    graph = coo_array(
        (whole[some], (tail[some], head[some])), shape=(n + 2, n + 2), dtype=np.int32
    ).tocsr()
    flow = maximum_flow(graph, source, sink).flow
    left = (graph - flow).tocsr()
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    keeps = np.zeros(n + 2, dtype=bool)
    keeps[breadth_first_order(left, source, return_predecessors=False)] = True
    return np.where(keeps[:n], labels, label)

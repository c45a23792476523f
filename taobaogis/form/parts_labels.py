"""The part that each house belongs to: votes weighed, neighbours heard, scraps given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from taobaogis.form.parts_evidence import (
    CLOSE_M,
    CLOSE_SHARE,
    CONTACT_M,
    FLUSH_SHARE,
    LARGE_TIMES,
    VAN_M,
    votes,
)
from taobaogis.geometry.labelling import smooth_labels

if TYPE_CHECKING:
    import pandas as pd

    from taobaogis.form.parts_evidence import Fabric

__all__ = ["DEPTH_M", "PARTS", "house_parts", "house_probability"]

# In the order of the columns of every table of probabilities.
PARTS = ("old", "new", "other")
OLD, NEW, OTHER = range(3)

# Four votes between -4 and 4. Old houses along one lane stand in a row and have a turn in
# common, so that planned is what wins three of the four.
_PLANNED = ["front", "turn", "unlike", "flush"]
_PLANNED_FROM = 1.5
# Log-odds that one more vote is worth; see docs/parts.md for how they were calibrated.
_PER_VOTE = 1.5
_PER_FABRIC_VOTE = 3.0
# Log-odds that a neighbour wall to wall, along a whole façade, is worth.
_PER_NEIGHBOUR = 1.5
_WHOLE_BORDER_M = 10.0
_ROUNDS = 15
# Between the houses of a core there is no street for two vehicles to pass each other; houses on
# the other side of one belong to it only if they make a core of their own. A planned part is
# made of blocks with streets between them. Everything else need not hold together.
_APART_M = np.array([6.0, CONTACT_M, CONTACT_M])
# A building counts as many houses as have room on its footprint, in reason.
_MOST_HOUSES_IN_ONE = 10.0
# A part is four houses of 11 m wide and deep: what is thinner is a ribbon along a street.
DEPTH_M = 45.0
LEAST_HOUSES = 16


def house_parts(footprints: np.ndarray, fabric: Fabric) -> np.ndarray:
    """Part of each house, a position in `PARTS`.

    Parameters
    ----------
    footprints
        As given to `taobaogis.form.parts_evidence.house_fabric`.
    fabric
        What they tell.

    Returns
    -------
    labels
        Old and new houses are in groups of at least 16 that are at least 45 m deep; what a part
        has on most of its sides, such as a hall among houses, is of that part, and so is the
        last house of a planned row.
    """
    cost = -np.log(_alone(fabric.table)) * _houses_in_one(fabric.table)
    labels = smooth_labels(cost, fabric.one, fabric.other, _weights(fabric))
    labels = _without_scraps(labels, cost, footprints, fabric)
    return _with_row_ends(_with_enclaves(labels, fabric), fabric)


def house_probability(fabric: Fabric) -> np.ndarray:
    """Probability of each part for each house.

    Parameters
    ----------
    fabric
        What the houses tell.

    Returns
    -------
    probability
        Shape (houses, parts); rows sum to 1. Each house hears what its neighbours think, who
        hear it in turn (mean-field approximation of the same model).
    """
    own = np.log(_alone(fabric.table)) * _houses_in_one(fabric.table)
    n, weight = len(own), _weights(fabric)
    link = coo_array((weight, (fabric.one, fabric.other)), shape=(n, n)).tocsr()
    link = link + link.T
    belief = np.exp(own)
    for _ in range(_ROUNDS):
        heard = own + link @ belief
        belief = np.exp(heard - heard.max(axis=1, keepdims=True))
        belief /= belief.sum(axis=1, keepdims=True)
    return np.asarray(belief)


def _alone(table: pd.DataFrame) -> np.ndarray:
    """Probability of each part by the votes of the house alone."""
    vote = votes(table)
    planned = vote[_PLANNED].sum(axis=1).to_numpy()
    is_new = _logistic(_PER_VOTE * (planned - _PLANNED_FROM))
    is_fabric = _logistic(_PER_FABRIC_VOTE * vote[["close", "small"]].min(axis=1).to_numpy())
    return np.column_stack([is_fabric * (1 - is_new), is_fabric * is_new, 1 - is_fabric])


def _houses_in_one(table: pd.DataFrame) -> np.ndarray:
    """How many houses of the village's median size each building stands for, as a column."""
    ratio: np.ndarray = np.clip(table["size_ratio"].to_numpy(), 1.0, _MOST_HOUSES_IN_ONE)
    return ratio[:, None]


def _logistic(log_odds: np.ndarray) -> np.ndarray:
    odds: np.ndarray = 1.0 / (1.0 + np.exp(-log_odds))
    return odds


def _weights(fabric: Fabric) -> np.ndarray:
    """What two neighbours owe each other: less across a street than across a lane."""
    border = np.minimum(fabric.border_m / _WHOLE_BORDER_M, 1.0)
    weight: np.ndarray = _PER_NEIGHBOUR * border / (1.0 + (fabric.gap_m / VAN_M) ** 2)
    return weight


def _without_scraps(
    labels: np.ndarray, cost: np.ndarray, footprints: np.ndarray, fabric: Fabric
) -> np.ndarray:
    """Labels with every group that is no part given to what lies around it, smallest first."""
    labels = labels.copy()
    known: dict[bytes, bool] = {}
    while True:
        group = _groups(labels, fabric)
        size = np.bincount(group)
        label_of = np.zeros(len(size), dtype=np.int64)
        label_of[group] = labels
        sound = label_of == OTHER
        for at in np.flatnonzero(~sound & (size >= LEAST_HOUSES)):
            houses = np.flatnonzero(group == at)
            key = houses.tobytes()
            if key not in known:
                known[key] = is_deep(footprints[houses])
            sound[at] = known[key]
        # Across a street from a part of its kind, a villagers' group belongs to it.
        one, other = group[fabric.one], group[fabric.other]
        alike = label_of[one] == label_of[other]
        beside = np.r_[one[alike & sound[other]], other[alike & sound[one]]]
        sound[beside[size[beside] >= LEAST_HOUSES]] = True
        if sound.all():
            return labels
        smallest = np.lexsort((np.arange(len(size)), size, sound))[0]
        inside = group == smallest
        labels[inside] = _best_around(labels, inside, cost, fabric)
        joined = _groups(labels, fabric)
        if np.count_nonzero(joined == joined[inside.argmax()]) == size[smallest]:
            labels[inside] = OTHER  # nobody takes it in


def _with_enclaves(labels: np.ndarray, fabric: Fabric) -> np.ndarray:
    """Labels with small groups of other buildings given to a part on most of their sides."""
    contacts, n = fabric.contacts, len(labels)
    close = contacts.gap_m <= CLOSE_M
    one, other, _, _ = contacts.neighbours(close)
    alike = (labels[one] == OTHER) & (labels[other] == OTHER)
    link = coo_array((np.ones(int(alike.sum())), (one[alike], other[alike])), shape=(n, n))
    group = connected_components(link, directed=False)[1]
    near = np.zeros((len(contacts.xy), len(PARTS)), dtype=bool)
    at_home = np.zeros(len(contacts.xy), dtype=bool)
    for here, there in ((0, 1), (1, 0)):
        point, facing = contacts.pairs[close, here], contacts.owner[contacts.pairs[close, there]]
        near[point, labels[facing]] = True
        at_home[point[group[contacts.owner[point]] == group[facing]]] = True
    whose = group[contacts.owner]
    length = contacts.stands_for_m * ~at_home
    outer = np.bincount(whose, length, group.max() + 1)
    size = np.bincount(group)
    small = (size < LEAST_HOUSES) & (
        np.bincount(group, fabric.table["area_m2"].to_numpy()) < DEPTH_M**2
    )
    labels = labels.copy()
    for part in (OLD, NEW):
        beside = np.bincount(whose, length * near[:, part], len(outer))
        taken = small & (beside > CLOSE_SHARE * outer)
        labels[taken[group] & (labels == OTHER)] = part
    return labels


def _with_row_ends(labels: np.ndarray, fabric: Fabric) -> np.ndarray:
    """Labels with the last house of each planned row given to the planned part.

    A house at the corner of a grid has open ground on three of its sides and so stands loose. It
    is of the row all the same if it stands on the building line of most of its neighbours, has a
    planned one within reach, and looks planned itself.
    """
    looks = votes(fabric.table)[_PLANNED].sum(axis=1).to_numpy() > _PLANNED_FROM
    flush = fabric.table["flush_share"].to_numpy() >= FLUSH_SHARE
    small = fabric.table["size_ratio"].to_numpy() < LARGE_TIMES
    near = fabric.gap_m <= CLOSE_M
    beside = np.zeros(len(labels), dtype=bool)
    for here, there in ((fabric.one, fabric.other), (fabric.other, fabric.one)):
        beside[here[near & (labels[there] == NEW)]] = True
    return np.where((labels == OTHER) & looks & flush & small & beside, NEW, labels)


def is_deep(footprints: np.ndarray) -> bool:
    """Whether a circle of `DEPTH_M` has room among houses and the streets between them."""
    half = CONTACT_M / 2
    grown = shapely.union_all(shapely.buffer(footprints, half, join_style="mitre"))
    return not shapely.is_empty(shapely.buffer(grown, -half - DEPTH_M / 2))


def _groups(labels: np.ndarray, fabric: Fabric) -> np.ndarray:
    """Number of the group of each house; a street ends a group, as far as its kind has none.

    Where a van gets between the houses of a core, one pair of façades that happen to stand a
    little nearer than a street is wide does not make one group of two. The streets of a
    planned part belong to it.
    """
    n = len(labels)
    label = labels[fabric.one]
    near = (label == labels[fabric.other]) & (fabric.gap_m <= _APART_M[label])
    across = near & (label == OLD) & (fabric.gap_m > VAN_M)
    cluster = _linked(fabric.one[near & ~across], fabric.other[near & ~across], n)
    ends = np.sort(cluster[np.column_stack([fabric.one, fabric.other])[across]], axis=1)
    pairs, count = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0, return_counts=True)
    alone = set(nx.bridges(nx.Graph(pairs.tolist())))
    holds = np.array(
        [
            n_pairs > 1 or not {(one, other), (other, one)} & alone
            for (one, other), n_pairs in zip(pairs.tolist(), count, strict=True)
        ],
        dtype=bool,
    )
    found: np.ndarray = _linked(pairs[holds, 0], pairs[holds, 1], n)[cluster]
    return found


def _linked(one: np.ndarray, other: np.ndarray, n: int) -> np.ndarray:
    """Number of the component of each node."""
    link = coo_array((np.ones(len(one)), (one, other)), shape=(n, n))
    found: np.ndarray = connected_components(link, directed=False)[1]
    return found


def _best_around(labels: np.ndarray, inside: np.ndarray, cost: np.ndarray, fabric: Fabric) -> int:
    """Label of least cost for a whole group: one that a neighbour close by has, or other."""
    crossing = inside[fabric.one] != inside[fabric.other]
    outer = labels[np.where(inside[fabric.one], fabric.other, fabric.one)[crossing]]
    near = fabric.gap_m[crossing] <= _APART_M[outer]
    kept = np.bincount(outer, _weights(fabric)[crossing], len(PARTS))
    total = cost[inside].sum(axis=0) - kept
    open_to = np.bincount(outer[near], minlength=len(PARTS)) > 0
    open_to[labels[inside][0]] = False
    open_to[OTHER] = True
    return int(np.where(open_to, total, np.inf).argmin())

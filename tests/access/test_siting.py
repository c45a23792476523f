"""Best sites against every choice there is, and shares of capacity worked out by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from taobaogis.access.catchments import LUO_QI_STEPS, two_step_access
from taobaogis.access.siting import best_sites
from taobaogis.errors import InputError


def town(seed: int, demands: int = 12, sites: int = 7) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.random((demands, sites)) < 0.3, random.integers(0, 9, demands).astype(float)


def by_trying(covers: np.ndarray, weight: np.ndarray, count: int) -> float:
    """Most that any choice of so many sites serves."""
    return max(
        weight[covers[:, list(choice)].any(axis=1)].sum()
        for choice in combinations(range(covers.shape[1]), count)
    )


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 4))
def test_no_other_choice_serves_more(seed: int, count: int) -> None:
    covers, weight = town(seed)
    found = best_sites(covers, weight, count=count)
    assert found.gain == pytest.approx(by_trying(covers, weight, count))
    assert len(found.sites) <= count
    assert found.gain == weight[covers[:, list(found.sites)].any(axis=1)].sum()
    assert best_sites(csr_array(covers), weight, count=count) == found


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_another_site_never_serves_less_and_order_does_not_matter(seed: int) -> None:
    covers, weight = town(seed)
    gains = [best_sites(covers, weight, count=count).gain for count in (1, 2, 3)]
    assert gains == sorted(gains)
    rows = np.random.default_rng(seed).permutation(len(weight))
    assert best_sites(covers[rows], weight[rows], count=2).gain == pytest.approx(gains[1])


def test_the_greedy_choice_is_not_taken_for_the_best() -> None:
    # The middle site serves most alone; the two others together serve all.
    covers = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 0]], bool)
    covers = np.vstack([covers, [[0, 0, 1]]])
    weight = [3, 2, 0, 2, 3, 1, 1]
    assert best_sites(covers, weight, count=2).sites == (0, 2)
    assert best_sites(covers, weight, count=2).gain == 12


def test_sites_that_add_nothing_are_not_asked_for() -> None:
    covers = np.array([[1, 1, 0], [1, 0, 0]], bool)
    assert best_sites(covers, [5, 5], count=3).sites == (0,)
    assert best_sites(covers, [0, 0], count=2) == ((), 0.0)
    assert best_sites(np.zeros((0, 3), bool), []) == ((), 0.0)
    assert best_sites(np.zeros((2, 0), bool), [1, 1]) == ((), 0.0)


@pytest.mark.parametrize(
    ("demand", "count"), [([1, -1], 1), ([1, np.nan], 1), ([1], 1), ([1, 1], 0)]
)
def test_what_is_no_demand_is_refused(demand, count) -> None:
    with pytest.raises(InputError, match=r"demand|count"):
        best_sites(np.ones((2, 2), bool), demand, count=count)


# --- two-step floating catchment areas ----------------------------------------------------------


def pairs(*rows: tuple[int, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["origin", "place", "minutes"])


def test_shares_of_luo_and_qi_by_hand() -> None:
    # A school of 100 places; 50 children at 5 min, 100 at 15 min, 40 at 25 min, 9 at 31 min.
    found = two_step_access(
        pairs((0, 0, 5), (1, 0, 15), (2, 0, 25), (3, 0, 31)), [50, 100, 40, 9], [100]
    )
    asked = 50 * 1 + 100 * 0.68 + 40 * 0.22
    assert found.tolist() == pytest.approx([100 / asked, 0.68 * 100 / asked, 0.22 * 100 / asked, 0])


def test_a_step_holds_its_own_limit() -> None:
    assert two_step_access(pairs((0, 0, 10.0)), [1], [1]).tolist() == [1]
    assert two_step_access(pairs((0, 0, 30.0001)), [1], [1]).tolist() == [0]


def test_a_place_of_unknown_capacity_counts_as_none() -> None:
    found = two_step_access(pairs((0, 0, 5), (0, 1, 5)), [10], [np.nan, 20])
    assert found.tolist() == [2]


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_what_is_given_out_is_what_there_is(seed: int) -> None:
    random = np.random.default_rng(seed)
    table = pairs(*((i, j, random.uniform(0, 40)) for i in range(6) for j in range(4)))
    demand, capacity = random.uniform(0, 50, 6), random.uniform(0, 90, 4)
    found = two_step_access(table, demand, capacity)
    heard = [
        ((table["place"] == j) & (table["minutes"] <= 30) & (demand[table["origin"]] > 0)).any()
        for j in range(4)
    ]
    assert (found * demand).sum() == pytest.approx(capacity[heard].sum())


@pytest.mark.parametrize("steps", [{10.0: 0.5, 20.0: 0.6}, {}, {10.0: -1.0}])
def test_steps_that_grow_are_refused(steps) -> None:
    with pytest.raises(InputError, match="do not grow"):
        two_step_access(pairs((0, 0, 5)), [1], [1], steps=steps)
    with pytest.raises(InputError, match="at least 0"):
        two_step_access(pairs((0, 0, 5)), [-1], [1], steps=LUO_QI_STEPS)

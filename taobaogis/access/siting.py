"""Where one more of something serves most: the maximal covering location problem, solved exactly.

Church and ReVelle 1974: of all candidate sites choose `count` so that as much demand as possible
lies within reach of one of them. Solved as a mixed-integer programme by HiGHS, through scipy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csc_array, csr_array, eye_array, hstack

from taobaogis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import sparray

__all__ = ["Siting", "best_sites"]


class Siting(NamedTuple):
    """Chosen sites.

    Attributes
    ----------
    sites
        Rows of candidates, ascending.
    gain
        Demand within reach of any of them.
    """

    sites: tuple[int, ...]
    gain: float


def best_sites(
    covers: NDArray[np.bool_] | sparray,
    demand: Sequence[float] | NDArray[np.float64],
    *,
    count: int = 1,
) -> Siting:
    """Sites that together serve most demand.

    Parameters
    ----------
    covers
        Whether each demand (row) is within reach of each candidate (column); dense or sparse.
    demand
        What each row weighs, at least 0; that which is served already should not be among it.
    count
        How many sites.

    Returns
    -------
    siting
        At most `count` sites; none that adds nothing. Of single sites that serve equally much,
        the first.

    Raises
    ------
    InputError
        If `count` is below 1, or a demand below 0 or not a number.
    """
    weight = np.asarray(demand, dtype=float)
    within = csc_array(covers, dtype=bool)
    if count < 1:
        message = f"`count` is {count}; ask for at least 1 site."
        raise InputError(message)
    if weight.shape != within.shape[:1] or not (weight >= 0).all():
        message = "`demand` needs one number of at least 0 for each row of `covers`."
        raise InputError(message)
    gains = weight @ within
    if not gains.any():
        return Siting((), 0.0)
    if count == 1:
        # One site is weighed by itself; there is nothing to combine.
        best = int(np.argmax(gains))
        return Siting((best,), float(gains[best]))
    kept = _solved(within.tocsr(), weight, count)
    most = _served(within, weight, kept)
    for site in tuple(kept):  # a site that adds nothing is not asked for
        rest = [other for other in kept if other != site]
        if rest and _served(within, weight, rest) >= most:
            kept = rest
    return Siting(tuple(kept), most)


def _served(covers: csc_array, weight: NDArray[np.float64], sites: list[int]) -> float:
    """Demand within reach of any of some sites."""
    rows = np.unique(covers[:, sites].indices)
    return float(weight[rows].sum())


def _solved(covers: csr_array, weight: NDArray[np.float64], count: int) -> list[int]:
    """Columns of an optimal choice."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to import

    # Demand that the same sites serve is one demand; what nobody serves is none.
    covers.sort_indices()
    reached = np.flatnonzero(np.diff(covers.indptr))
    same = pd.Series(
        [covers.indices[slice(*covers.indptr[row : row + 2])].tobytes() for row in reached]
    )
    group, first = pd.factorize(same)[0], np.flatnonzero(~same.duplicated())
    served = np.bincount(group, weights=weight[reached])
    within = covers[reached[first]].astype(float)
    demands, sites = within.shape
    # x: whether a site is chosen; y <= sum of the x within reach: whether a demand is served.
    answer = milp(
        c=np.concatenate([np.zeros(sites), -served]),
        integrality=np.concatenate([np.ones(sites), np.zeros(demands)]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(hstack([within, -eye_array(demands)]).tocsc(), lb=0),
            LinearConstraint(np.concatenate([np.ones(sites), np.zeros(demands)]), ub=count),
        ],
    )
    if answer.x is None:
        message = f"the solver found no sites ({answer.message})."
        raise InputError(message)
    return [int(column) for column in np.flatnonzero(answer.x[:sites] > 0.5)]  # noqa: PLR2004

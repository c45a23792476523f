"""How much of what places can take falls to each demand (two-step floating catchment areas)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from taobaogis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LUO_QI_STEPS", "two_step_access"]

# Weight of a place up to so many minutes away (Luo and Qi 2009, steps of 10, 20 and 30 min).
LUO_QI_STEPS: Mapping[float, float] = {10.0: 1.0, 20.0: 0.68, 30.0: 0.22}


def two_step_access(
    pairs: pd.DataFrame,
    demand: Sequence[float] | Floats,
    capacity: Sequence[float] | Floats,
    *,
    steps: Mapping[float, float] = LUO_QI_STEPS,
) -> Floats:
    """Capacity per unit of demand that each demand has within reach.

    Each place shares its capacity among all demand within reach, nearer demand weighing more;
    each demand adds up the shares of the places within reach (E2SFCA).

    Parameters
    ----------
    pairs
        ``origin`` and ``place``, row numbers of `demand` and `capacity`, and ``minutes``
        between them; each pair once.
    demand
        Persons, households or floor area, at least 0.
    capacity
        Of each place, at least 0; NaN counts as a place that is not there.
    steps
        Weight of all up to so many minutes; beyond the last none.

    Returns
    -------
    access
        One a demand: units of capacity per unit of demand. 0 where nothing is within reach.
        What is given out equals the capacity of all places with demand within reach.

    Raises
    ------
    InputError
        If demand or capacity is below 0, or the steps do not descend in weight.

    References
    ----------
    Luo and Qi 2009, An enhanced two-step floating catchment area method, Health & Place 15.

    Examples
    --------
    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"origin": [0, 1], "place": [0, 0], "minutes": [5.0, 15.0]})
    >>> two_step_access(pairs, [100, 100], [84]).round(2).tolist()
    [0.5, 0.34]
    """
    people, supply = np.asarray(demand, dtype=float), np.nan_to_num(np.asarray(capacity, float))
    limits, shares = np.array(sorted(steps)), np.array([steps[limit] for limit in sorted(steps)])
    if (people < 0).any() or (supply < 0).any():
        message = "`demand` and `capacity` must be at least 0; mend the negative ones."
        raise InputError(message)
    if not len(limits) or (np.diff(shares) > 0).any() or (shares < 0).any():
        message = (
            "`steps` must hold weights that do not grow with the minutes, e.g. {10: 1, 20: 0.5}."
        )
        raise InputError(message)
    origin, place = pairs["origin"].to_numpy(), pairs["place"].to_numpy()
    step = np.searchsorted(limits, pairs["minutes"].to_numpy(dtype=float))
    weight = np.append(shares, 0.0)[step]
    asked = np.bincount(place, weights=people[origin] * weight, minlength=len(supply))
    ratio = np.divide(supply, asked, out=np.zeros(len(supply)), where=asked > 0)
    found = np.bincount(origin, weights=ratio[place] * weight, minlength=len(people))
    return np.asarray(found, dtype=float)

"""TOPSIS: nearness to the best and farness from the worst of the villages at hand.

It stands beside the ranking as a second opinion and never makes it, since its scale comes from
the villages themselves: one that joins may reorder the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["closeness"]


def closeness(
    values: NDArray[np.float64], weights: Sequence[float], *, more_is_better: Sequence[bool]
) -> NDArray[np.float64]:
    """Relative closeness to the ideal, with vector normalisation.

    Parameters
    ----------
    values
        One row a village, one column a criterion, in the units of the criteria; finite.
    weights
        One a criterion, summing to 1.
    more_is_better
        Direction of each criterion.

    Returns
    -------
    closeness
        d⁻ / (d⁺ + d⁻) in [0, 1] for each village; NaN if all villages are alike.

    References
    ----------
    Hwang, C.-L., Yoon, K. (1981). Multiple Attribute Decision Making.

    Examples
    --------
    >>> closeness(np.array([[1.0, 5.0], [3.0, 2.0]]), [0.5, 0.5], more_is_better=[True, False])
    array([0., 1.])
    """
    length = np.sqrt((values**2).sum(axis=0))
    scaled = np.divide(values, length, out=np.zeros_like(values), where=length > 0)
    scaled = scaled * np.asarray(weights) * np.where(more_is_better, 1.0, -1.0)
    to_best = np.sqrt(((scaled - scaled.max(axis=0)) ** 2).sum(axis=1))
    to_worst = np.sqrt(((scaled - scaled.min(axis=0)) ** 2).sum(axis=1))
    both = to_best + to_worst
    near: NDArray[np.float64] = np.full(len(values), np.nan)
    np.divide(to_worst, both, out=near, where=both > 0)
    return near

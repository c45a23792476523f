"""The weight at which the winner changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["TurningPoint", "turning_points"]

_EPSILON = 1e-9


@dataclass(frozen=True)
class TurningPoint:
    """A weight from which another village comes first.

    Attributes
    ----------
    criterion
        Place of the criterion.
    now, then
        Its share of the weights, and the share beyond which the other village leads; the
        other criteria keep their proportions.
    village
        Place of that village.
    """

    criterion: int
    now: float
    then: float
    village: int


def turning_points(
    scores: NDArray[np.float64], weights: Sequence[float]
) -> tuple[TurningPoint, ...]:
    """Nearest weights of each criterion at which the village that comes first changes.

    Parameters
    ----------
    scores
        One row a village, one column a criterion, in [0, 1].
    weights
        Summing to 1.

    Returns
    -------
    points
        At most one upwards and one downwards a criterion, the smallest change first; none if
        no weight of a single criterion changes the winner, or several come first together.

    Notes
    -----
    With one weight t and the others scaled by the rest, every total is a straight line in t, so
    the crossings are exact.

    Examples
    --------
    >>> points = turning_points(np.array([[1.0, 0.0], [0.0, 1.0]]), [0.7, 0.3])
    >>> [(p.criterion, round(p.then, 3), p.village) for p in points]
    [(0, 0.5, 1), (1, 0.5, 1)]
    """
    shares = np.asarray(weights, dtype=float)
    totals = scores @ shares
    if len(totals) < 2:  # noqa: PLR2004 - nobody to change with
        return ()
    best = int(np.argmax(totals))
    others = np.delete(np.arange(len(totals)), best)
    if (totals[others] > totals[best] - _EPSILON).any():
        return ()
    points = []
    for j, now in enumerate(shares):
        if now > 1 - _EPSILON:
            continue
        rest = (totals - now * scores[:, j]) / (1 - now)
        # lead(t) = t * slope + at_zero
        at_zero = rest[best] - rest[others]
        slope = (scores[best, j] - scores[others, j]) - at_zero
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = np.where(np.abs(slope) > _EPSILON, -at_zero / slope, np.nan)
        for sign in (1, -1):
            reach = sign * (crossing - now)
            usable = (reach > 0) & (crossing > -_EPSILON) & (crossing < 1 - _EPSILON)
            if sign < 0:
                usable &= crossing > _EPSILON
            if usable.any():
                k = int(np.argmin(np.where(usable, reach, np.inf)))
                points.append(TurningPoint(j, float(now), float(crossing[k]), int(others[k])))
    return tuple(sorted(points, key=lambda p: abs(p.then - p.now)))

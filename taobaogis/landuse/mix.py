"""How mixed the land is: numbers of Hill, Shannon's entropy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hill_number", "shannon"]


def hill_number(amounts: NDArray[np.float64], *, order: float) -> NDArray[np.float64]:
    """Effective number of kinds.

    Parameters
    ----------
    amounts
        Of each kind, at least 0, along the last axis; they need not sum to 1.
    order
        0 counts every kind, 1 weighs each by its share, 2 counts the frequent ones.

    Returns
    -------
    number
        (sum p^q)^(1 / (1 - q)), for q = 1 its limit exp(-sum p ln p); from 1 to the number of
        kinds. NaN without any amount.

    References
    ----------
    Hill 1973, Diversity and evenness: a unifying notation and its consequences, Ecology 54(2).

    Examples
    --------
    >>> hill_number(np.array([1.0, 1.0, 0.0]), order=2).item()
    2.0
    """
    share = _shares(amounts)
    if order == 1:
        return np.asarray(np.exp(shannon(amounts)))
    with np.errstate(divide="ignore", invalid="ignore"):
        powered = np.where(share > 0, share**order, 0.0).sum(axis=-1)
        number = powered ** (1 / (1 - order))
    return np.where(np.isfinite(share).all(axis=-1), number, np.nan)


def shannon(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entropy -sum p ln p of amounts along the last axis, in nats; NaN without any amount."""
    share = _shares(amounts)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(share > 0, share * np.log(share), 0.0).sum(axis=-1)
    return np.where(np.isfinite(share).all(axis=-1), entropy + 0.0, np.nan)


def _shares(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    total = amounts.sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total > 0, amounts / total, np.nan))

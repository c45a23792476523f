"""What drawing people by places takes from a sample."""

from __future__ import annotations

from taobaogis.errors import InputError

__all__ = ["design_effect"]


def design_effect(n: float, places: int, *, likeness: float) -> float:
    """How much a sample drawn in a few places tells less than one drawn one by one.

    Parameters
    ----------
    n
        How many people answered.
    places
        In how many places they were drawn.
    likeness
        Intraclass correlation: how alike people of one place answer, from 0 (not more than
        others) to 1 (all the same).

    Returns
    -------
    effect
        1 + (m - 1) times the likeness for m people a place; 1 or more.

    Raises
    ------
    InputError
        If there is no place, or the likeness is not between 0 and 1.

    References
    ----------
    Kish 1965, Survey Sampling.

    Examples
    --------
    >>> round(design_effect(283, 3, likeness=0.02), 2)
    2.87
    """
    if places < 1 or not 0 <= likeness <= 1:
        message = (
            f"places is {places} and likeness is {likeness:g}; give one place or more and a "
            "likeness from 0 to 1."
        )
        raise InputError(message)
    return max(1.0, 1 + (n / places - 1) * likeness)

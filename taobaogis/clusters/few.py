"""How many places it takes before anything can be said of their pattern."""

from __future__ import annotations

from taobaogis.indicators import Words
from taobaogis.trust.grades import limit

__all__ = ["too_few"]


def too_few(n: int, rule: str, *, what: Words, least: int = 0) -> Words:
    """Words if there are fewer things than a rule of ``data/grades.toml`` asks for, else none.

    Parameters
    ----------
    n
        How many there are.
    rule
        Name of a rule with a limit below which it holds.
    what
        What is counted, as ``"places"``.
    least
        More than the rule asks for, if what is to be told takes more.

    Returns
    -------
    words
        With the number that is needed; empty if there are enough.

    Examples
    --------
    >>> too_few(3, "few_of_category", what=Words("express points", "快递点"))
    'too few to say: 3 express points are mapped, 5 are needed'
    """
    needed = max(limit(rule), least)
    if n >= needed:
        return Words("")
    return Words(
        f"too few to say: {n} {what} are mapped, {needed:g} are needed",
        f"数量过少：仅测绘 {n} 处{what.zh}，至少需 {needed:g} 处",
    )

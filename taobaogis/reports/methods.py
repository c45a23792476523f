"""How a number came about, in both languages."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from taobaogis.indicators import Words
from taobaogis.resources import data_file

__all__ = ["method_words"]

_CLAUSES = "; "
_GAP = "{}"


def method_words(method: str) -> Words:
    """A method with its Chinese words.

    Parameters
    ----------
    method
        One clause or several, parted by semicolons, in English; or words that have their
        Chinese already.

    Returns
    -------
    words
        The same English; the Chinese from ``data/methods.toml`` clause by clause. A clause that
        is not in there stays English.

    Examples
    --------
    >>> method_words("mapped footprints; times storeys").zh
    '已测绘建筑基底；乘以层数'
    """
    words = Words.of(method)
    if words.zh != str(words):
        return words
    return Words(str(words), "；".join(map(_chinese, str(words).split(_CLAUSES))))


def _chinese(clause: str) -> str:
    for pattern, chinese in _patterns():
        if found := pattern.fullmatch(clause):
            # The pieces of what is to be said, with what differs between them.
            first, *rest = chinese.split(_GAP)
            return first + "".join(g + r for g, r in zip(found.groups(), rest, strict=True))
    return clause


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    with data_file("methods.toml").open("rb") as stream:
        clauses = tomllib.load(stream)["clauses"]
    # What is said word for word goes before what has gaps.
    ordered = sorted(clauses.items(), key=lambda pair: (pair[0].count(_GAP), pair[0]))
    return tuple(
        (re.compile("(.+)".join(map(re.escape, english.split(_GAP))), re.DOTALL), chinese)
        for english, chinese in ordered
    )

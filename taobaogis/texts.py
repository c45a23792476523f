"""Texts from outside, fit to be shown: on a terminal, in a table, on a page."""

from __future__ import annotations

import re

__all__ = ["plain", "showable"]

_LENGTH = 160
_LOOKED_AT = 1 << 13
# Control characters, halves of surrogates, what is no character (XML forbids it), and marks that
# turn the direction of writing.
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def plain(text: str) -> str:
    r"""Beginning of a text as a terminal can show it.

    Parameters
    ----------
    text
        Anything, e.g. a message that quotes a broken file.

    Returns
    -------
    line
        At most 160 characters on one line, none of which a terminal obeys.

    Examples
    --------
    >>> plain("a\x1b[31mb\nc")
    'a [31mb c'
    """
    line = " ".join(showable(text[:_LOOKED_AT]).split())
    return line if len(line) <= _LENGTH else f"{line[: _LENGTH - 1]}…"


def showable(text: str) -> str:
    r"""Text without what terminals, spreadsheets and pages obey instead of showing it.

    Parameters
    ----------
    text
        Anything, e.g. a name from a file.

    Returns
    -------
    text
        The same text, unless it holds control characters, halves of surrogates or marks that
        turn the direction of writing; these are blanks then.

    Examples
    --------
    >>> showable("里仁洞"), showable("a\x00\u202eb")
    ('里仁洞', 'a b')
    """
    return " ".join(_OBEYED.sub(" ", text).split()) if _OBEYED.search(text) else text

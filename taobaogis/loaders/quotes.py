"""What servers say, fit to be shown to people."""

from __future__ import annotations

import html
import re

from taobaogis.texts import plain, showable

__all__ = ["host_of", "innermost", "plain", "readable", "showable", "without_secrets"]

# Also bounds the time that a page of nothing but opening tags takes, which is quadratic.
_LOOKED_AT_BYTES = 1 << 13
_NOT_SHOWN = re.compile(
    r"<(style|script|title)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL
)


def readable(body: bytes) -> str:
    """Beginning of a body as a reader would see it.

    Parameters
    ----------
    body
        Text or HTML in UTF-8.

    Returns
    -------
    quote
        At most 160 characters on one line, without tags.

    Examples
    --------
    >>> readable(b"<html><body><p>Error: &quot;too busy&quot;</p></body></html>")
    'Error: "too busy"'
    """
    text = body[:_LOOKED_AT_BYTES].decode("utf-8", errors="replace")
    return plain(html.unescape(_NOT_SHOWN.sub(" ", text)))


def innermost(error: BaseException) -> str:
    """Plain reason at the bottom of the libraries' wrappings, which quote whole questions.

    Parameters
    ----------
    error
        As it was caught.

    Returns
    -------
    reason
        The system's words for it, or the message of the first error of the chain.

    Examples
    --------
    >>> innermost(ConnectionResetError(104, "Connection reset by peer"))
    'Connection reset by peer'
    """
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return readable(str(error).encode(errors="replace")) or type(error).__name__


def host_of(url: str) -> str:
    """Name and port of a server, for messages.

    Parameters
    ----------
    url
        An address, well formed or not.

    Returns
    -------
    host
        What stands between scheme and path, without name and password.

    Examples
    --------
    >>> host_of("https://me:word@overpass.example:444/api?key=1")
    'overpass.example:444'
    """
    return re.sub(r"^\w+://([^/@]*@)?|[/?#].*$", "", url)


def without_secrets(url: str) -> str:
    """Address to show and to record: without name, password and query.

    Parameters
    ----------
    url
        Address of a server.

    Returns
    -------
    url
        Scheme, host, port and path.

    Examples
    --------
    >>> without_secrets("https://me:word@overpass.example/api/interpreter?key=1")
    'https://overpass.example/api/interpreter'
    """
    return re.sub(r"^(\w+://)[^/@]*@|[?#].*$", r"\1", url)

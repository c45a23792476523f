"""The one door to the network: servers asked in turn, within bounds, and quoted if they fail.

Public servers of OpenStreetMap are often busy, and from some networks out of reach. So nobody
waits here without being told why, no wait is longer than the settings say, and whoever comes
away empty-handed is told what each server answered and how to get the data by hand.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
import urllib3

from taobaogis.errors import SourceDataError, SourceUnavailableError
from taobaogis.loaders.patience import Clock, retry_after_s, within
from taobaogis.loaders.quotes import host_of, innermost, plain, readable

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from taobaogis.settings import Settings

__all__ = ["WAYS_OUT", "HttpAnswer", "fetch", "reachable"]

WAYS_OUT = (
    "Without these servers, (1) download an extract of the region as .osm.pbf and give it as "
    "`--source FILE`, (2) export the area by browser from https://overpass-turbo.eu as raw OSM "
    "data and give that file as `--source FILE`, or (3) try the built-in study `sample`."
)

_LARGEST_BODY_BYTES = 1 << 30
_LARGEST_EXCUSE_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 16
_MOST_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
_PROXY_PORT = 1080
# The libraries refuse a patience of nothing.
_SHORTEST_S = 0.01
_FIRST_SERVER_FAILURE = 500


@dataclass(frozen=True)
class HttpAnswer:
    """A usable answer.

    Attributes
    ----------
    body
        Bytes as sent, unpacked.
    url
        Address of the server that gave it, as the settings name it.
    """

    body: bytes
    url: str


class _FinalError(Exception):
    """There is no use in asking this server again."""


class _PassingError(Exception):
    """The server may do better in a while; it may have said in how many seconds."""

    def __init__(self, said: str, wait_s: float = 0.0) -> None:
        super().__init__(said)
        self.wait_s = wait_s


@dataclass
class _Server:
    url: str
    ready_at: float
    tries: int = 0
    said: str = "not asked"
    gone: bool = False
    answered: bool = False


@dataclass(frozen=True)
class _Question:
    method: str
    params: Mapping[str, str]
    check: Callable[[bytes], object]
    settings: Settings
    clock: Clock
    tell: Callable[[str], None]
    deadline: float

    def left_s(self) -> float:
        return self.deadline - self.clock.now()


def fetch(
    settings: Settings,
    urls: Sequence[str],
    *,
    method: str = "GET",
    params: Mapping[str, str],
    check: Callable[[bytes], object],
    progress: Callable[[str], None] | None = None,
    clock: Clock | None = None,
    otherwise: str = WAYS_OUT,
) -> HttpAnswer:
    """First usable answer of several servers that can all answer the same question.

    The servers are asked in order. One that is busy, breaks off or stays silent may be asked
    again after `Settings.backoff_s`, twice that, and so on, or after the time it asks for by
    ``Retry-After``; meanwhile the others are asked. One that is out of reach, refuses the
    question or gives an unusable answer is not asked again. Proxies of the environment are used.

    Parameters
    ----------
    settings
        Bounds of patience, and how we introduce ourselves.
    urls
        Addresses, best first.
    method
        ``"GET"`` or ``"POST"``.
    params
        Query of a ``GET``, form of a ``POST``.
    check
        Raises `SourceDataError` if the body is not what was asked for; its message goes on
        after the server's name.
    progress
        Is told in a sentence of every question, failure and wait.
    clock
        Time; the machine's if not given.
    otherwise
        Last sentence of an error: what to do without the servers.

    Returns
    -------
    answer
        A body that `check` let pass.

    Raises
    ------
    SourceUnavailableError
        If `Settings.offline` is set (then no socket is opened), or no server answered within
        `Settings.attempts` tries and `Settings.total_timeout_s` seconds.
    SourceDataError
        If there were answers, and none of them usable.
    """
    if settings.offline:
        message = f"Working offline, and the cache does not hold what is needed. {otherwise}"
        raise SourceUnavailableError(message)
    clock = clock or Clock()
    start = clock.now()
    question = _Question(
        method, params, check, settings, clock, progress or _say_nothing,
        deadline=start + settings.total_timeout_s,
    )  # fmt: skip
    servers = [_Server(url, start) for url in dict.fromkeys(urls)]
    for _ in range(settings.attempts):
        server = _next(servers, question)
        if server is None:
            break
        body = _try(server, question)
        if body is not None:
            return HttpAnswer(body, server.url)
    raise _nothing_usable(servers, settings, otherwise)


def reachable(settings: Settings, urls: Sequence[str]) -> str:
    """First server that takes a connection; nothing is asked of it.

    Parameters
    ----------
    settings
        Bound on the wait for each server.
    urls
        Addresses, best first.

    Returns
    -------
    url
        One of `urls`.

    Raises
    ------
    SourceUnavailableError
        If `Settings.offline` is set (then no socket is opened), or none takes one.
    """
    if settings.offline:
        message = "Working offline, so no server is asked; unset TAOBAOGIS_OFFLINE to try."
        raise SourceUnavailableError(message)
    said = []
    for url in urls:
        try:
            _reach(url, settings.connect_timeout_s)
        except _FinalError as failure:
            said.append(f"{host_of(url)}: {failure}")
        else:
            return url
    message = f"No server is within reach ({'; '.join(said)}). {WAYS_OUT}"
    raise SourceUnavailableError(message)


def _next(servers: Sequence[_Server], question: _Question) -> _Server | None:
    """Server that may be asked soonest, once it may be; None if that is beyond the bound."""
    left = [s for s in servers if not s.gone and s.ready_at < question.deadline]
    if not left or question.left_s() <= 0:
        return None
    server = min(left, key=lambda s: s.ready_at)
    pause_s = server.ready_at - question.clock.now()
    if pause_s > 0:
        question.tell(f"Waiting {pause_s:.0f} s before asking {host_of(server.url)} again.")
        question.clock.sleep(pause_s)
    return server


def _try(server: _Server, question: _Question) -> bytes | None:
    question.tell(f"Asking {host_of(server.url)}.")
    server.tries += 1
    server.answered = False
    try:
        body = _ask(server.url, question)
        server.answered = True
        question.check(body)
    except _PassingError as failure:
        server.said = str(failure)
        backoff_s = question.settings.backoff_s * 2 ** (server.tries - 1)
        server.ready_at = question.clock.now() + max(backoff_s, failure.wait_s)
    except (_FinalError, SourceDataError) as failure:
        server.said = str(failure).rstrip(".")
        server.gone = True
    else:
        return body
    question.tell(f"{host_of(server.url)}: {server.said}.")
    return None


def _ask(url: str, question: _Question) -> bytes:
    settings = question.settings
    _reach(url, max(min(settings.connect_timeout_s, question.left_s()), _SHORTEST_S))
    left_s = max(question.left_s(), _SHORTEST_S)
    silence_s = min(settings.read_timeout_s, left_s)
    try:
        return within(left_s, lambda late: _exchange(url, question, silence_s, late))
    except requests.TooManyRedirects as error:
        said = "sends from one address to the next without end"
        raise _FinalError(said) from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        said = f"silent for {silence_s:.3g} s"
        raise _PassingError(said) from error
    except TimeoutError as error:
        said = f"no whole answer within the {settings.total_timeout_s:g} s in all"
        raise _PassingError(said) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        said = f"the connection broke off ({innermost(error)})"
        raise _PassingError(said) from error
    except ValueError as error:
        # An address to go on to, or a header, that the libraries do not expect either.
        said = f"answered with something that cannot be meant ({innermost(error)})"
        raise _FinalError(said) from error


def _reach(url: str, patience_s: float) -> None:
    """Find out within a bound whether there is anybody at the address, or at the proxy to it."""
    try:
        parts = urlsplit(_proxy(url) or url)
        place = (parts.hostname or "", parts.port or _PORTS.get(parts.scheme, _PROXY_PORT))
        is_address = urlsplit(url).scheme in _PORTS and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address:
        message = "is no web address such as https://overpass-api.de/api/interpreter"
        raise _FinalError(message)
    try:
        within(patience_s, lambda _: socket.create_connection(place, patience_s).close())
    except TimeoutError as error:
        message = f"out of reach for {patience_s:.3g} s"
        raise _FinalError(message) from error
    except (OSError, UnicodeError) as error:
        message = f"out of reach ({innermost(error)})"
        raise _FinalError(message) from error


def _proxy(url: str) -> str:
    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url, None))
    if not proxy:
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _exchange(url: str, question: _Question, silence_s: float, late: threading.Event) -> bytes:
    is_form = question.method == "POST"
    with requests.Session() as session:
        session.max_redirects = _MOST_REDIRECTS
        with session.request(
            question.method,
            url,
            params=None if is_form else question.params,
            data=question.params if is_form else None,
            headers={"User-Agent": question.settings.user_agent},
            timeout=(min(question.settings.connect_timeout_s, silence_s), silence_s),
            stream=True,
        ) as answer:
            _refuse_failure(answer, question, late)
            return _body(answer, _LARGEST_BODY_BYTES, late)


def _refuse_failure(answer: requests.Response, question: _Question, late: threading.Event) -> None:
    # A redirect may turn a POST into a GET and lose the question on the way.
    if answer.request.method != question.method:
        message = f"sends on to {host_of(answer.url)}; put that address into the settings instead"
        raise _FinalError(message)
    status = answer.status_code
    if status == HTTPStatus.OK:
        return
    excuse = readable(_body(answer, _LARGEST_EXCUSE_BYTES, late, cut=True))
    said = plain(f"{status} {answer.reason or ''}")
    said = f"{said} ('{excuse}')" if excuse else said
    asks_to_wait = status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    if asks_to_wait or status >= _FIRST_SERVER_FAILURE:
        wait_s = retry_after_s(answer.headers.get("Retry-After", ""), question.clock.utc())
        raise _PassingError(said, wait_s)
    raise _FinalError(said)


def _body(
    answer: requests.Response, most_bytes: int, late: threading.Event, *, cut: bool = False
) -> bytes:
    parts: list[bytes] = []
    size = 0
    # `read1` returns what has arrived; `iter_content` would wait for a whole chunk of a drip.
    while not late.is_set() and (part := answer.raw.read1(_CHUNK_BYTES, decode_content=True)):
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            if cut:
                break
            message = f"sends more than the {most_bytes:,} bytes that are taken"
            raise _FinalError(message)
    return b"".join(parts)


def _nothing_usable(
    servers: Sequence[_Server], settings: Settings, otherwise: str
) -> SourceUnavailableError | SourceDataError:
    what_was_said = "; ".join(f"{host_of(server.url)}: {server.said}" for server in servers)
    tries = sum(server.tries for server in servers)
    message = (
        f"No usable answer in {tries} tries within {settings.total_timeout_s:g} s "
        f"({what_was_said}). {otherwise}"
    )
    asked = [server for server in servers if server.tries]
    only_unusable = bool(asked) and all(server.answered for server in asked)
    return SourceDataError(message) if only_unusable else SourceUnavailableError(message)


def _say_nothing(_: str) -> None:
    return

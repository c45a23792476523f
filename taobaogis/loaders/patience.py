"""Waiting within bounds."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clock", "retry_after_s", "within"]

_T = TypeVar("_T")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """Time as the loaders see it, so that tests need not wait.

    Attributes
    ----------
    now
        Seconds on a clock that never goes back.
    sleep
        Waits that many seconds.
    utc
        Date and time of day with time zone.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    utc: Callable[[], datetime] = _utc_now


def within(seconds: float, work: Callable[[threading.Event], _T]) -> _T:
    """Result of work that is left behind once it takes too long.

    Name look-up and a server that drips its headers heed no timeout of a socket; only a
    thread that nobody waits for keeps the bound.

    Parameters
    ----------
    seconds
        How long to wait.
    work
        Is given an event that is set once nobody waits any more.

    Returns
    -------
    result
        What `work` returned; what it raises is raised here.

    Raises
    ------
    TimeoutError
        If it took longer.

    Examples
    --------
    >>> within(5.0, lambda late: late.is_set())
    False
    """
    outcome: Future[_T] = Future()
    late = threading.Event()

    def run() -> None:
        try:
            outcome.set_result(work(late))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return outcome.result(timeout=max(seconds, 0.0))
    finally:
        late.set()


def retry_after_s(stated: str, now: datetime) -> float:
    """Seconds that a server asks to wait.

    Parameters
    ----------
    stated
        Value of the header ``Retry-After``: seconds, or a date (RFC 9110, 10.2.3).
    now
        The present, with time zone.

    Returns
    -------
    wait_s
        At least 0; 0 too if nothing, or nothing that can be read, is stated.

    Examples
    --------
    >>> retry_after_s("30", datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    >>> retry_after_s("Thu, 01 Jan 2026 00:01:00 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    60.0
    """
    if stated.strip().isdecimal():
        return float(stated)
    try:
        moment = parsedate_to_datetime(stated)
    except (ValueError, OverflowError):
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((aware - now).total_seconds(), 0.0)

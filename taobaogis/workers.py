"""Work shared among processes or threads, so that every core of one machine is used."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
import warnings
from collections import deque
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Protocol, TypeVar

from taobaogis.collecting import look_seldom
from taobaogis.errors import TaobaoGISError, TaobaoGISWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Each", "aside", "cores", "here", "patiently", "processes"]

# Items made ready while all processes are at work.
_AHEAD = 2
_MOST_DEATHS = 3
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_DIED = (
    "a worker process has died, perhaps for want of memory; run again with one process "
    "(--workers 1)."
)

Item = TypeVar("Item")
Made = TypeVar("Made")


class Each(Protocol):
    """Calls a function with each of some items and gives the results in their order."""

    def __call__(
        self, function: Callable[[Item], Made], items: Iterable[Item], /
    ) -> Iterator[Made]:
        """Results in the order of the items."""
        ...


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def aside(threads: int = 1) -> Iterator[Executor]:
    """More threads of this process, for work in libraries that let others run meanwhile.

    Parameters
    ----------
    threads
        How many.

    Yields
    ------
    executor
        After an error, or a wish to stop, what waits for its turn is not begun any more; what is
        under way ends first.
    """
    executor = ThreadPoolExecutor(threads)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def here(function: Callable[[Item], Made], items: Iterable[Item], /) -> Iterator[Made]:
    """Work in this process, one item after the other, each when its result is asked for."""
    return map(function, items)


@contextmanager
def processes(count: int, *, warm: Sequence[str] = ()) -> Iterator[Each]:
    """Share work among processes that live as long as the context.

    Parameters
    ----------
    count
        How many; with less than two the work is done by `here`.
    warm
        Modules that they import at once, while this process does something else.

    Yields
    ------
    each
        Starts all work at once. Function, items and results have to be picklable, and an item
        must be worked on alike wherever it is. Warnings of the package are given here; an
        exception is raised where its result is asked for.

    Raises
    ------
    TaobaoGISError
        If a process dies.

    Notes
    -----
    The processes are started afresh instead of being forked, as forking a program that has
    threads may lock up. They end with this process, however it ends.
    """
    if count < 2:  # noqa: PLR2004 - one process is this one
        yield here
        return
    with _pool(count, warm) as pool:
        yield partial(_in_pool, pool)


def patiently(
    count: int, function: Callable[[Item], Made], items: Iterable[Item], /
) -> Iterator[Made]:
    """Results of many large items, in the order in which they are done.

    Parameters
    ----------
    count
        Processes; with less than two the work is done in this one.
    function
        Called with each item; all three have to be picklable.
    items
        Taken one by one, only a few ahead of those at work, so that not all need be in memory.

    Yields
    ------
    made
        Of each item once. If a process dies, what it was at is done again by another.

    Raises
    ------
    TaobaoGISError
        If processes die at the same item again and again.
    """
    if count < 2:  # noqa: PLR2004 - one process is this one
        yield from map(function, items)
        return
    waiting: deque[tuple[Item, int]] = deque()
    source = iter(items)
    is_done = False
    while not is_done:
        with _pool(count, ()) as pool:
            try:
                yield from _while_all_live(pool, count, function, source, waiting)
                is_done = True
            except BrokenProcessPool as error:
                if any(deaths >= _MOST_DEATHS for _, deaths in waiting):
                    raise TaobaoGISError(_DIED) from error


def _while_all_live(
    pool: ProcessPoolExecutor,
    count: int,
    function: Callable[[Item], Made],
    source: Iterator[Item],
    waiting: deque[tuple[Item, int]],
) -> Iterator[Made]:
    """Results until nothing is left; if a process dies, all that was at work waits again."""
    at_work: dict[Future[tuple[Made, list[str]]], tuple[Item, int]] = {}
    try:
        while True:
            while len(at_work) < count + _AHEAD:
                if not waiting:
                    waiting.extend((item, 0) for item in islice(source, 1))
                if not waiting:
                    break
                future = pool.submit(partial(_with_warnings, function), waiting[0][0])
                at_work[future] = waiting.popleft()
            if not at_work:
                return
            for future in wait(at_work, return_when=FIRST_COMPLETED).done:
                made, told = future.result()
                del at_work[future]
                for sentence in told:
                    warnings.warn(sentence, TaobaoGISWarning, stacklevel=2)
                yield made
    except BrokenProcessPool:
        # Which of them it died of is not known.
        waiting.extendleft((item, deaths + 1) for item, deaths in at_work.values())
        raise


@contextmanager
def _pool(count: int, warm: Sequence[str]) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the context."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    try:
        with _signals_wait():
            for _ in range(count):
                pool.submit(_import_all, list(warm))
        yield pool
    finally:
        # All results are in, or nobody wants them any more: there is nothing to wait for.
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        pool.shutdown(cancel_futures=True)


def _in_pool(
    pool: ProcessPoolExecutor, function: Callable[[Item], Made], items: Iterable[Item], /
) -> Iterator[Made]:
    return _unpacked(pool.map(partial(_with_warnings, function), items))


def _unpacked(results: Iterator[tuple[Made, list[str]]]) -> Iterator[Made]:
    try:
        for made, told in results:
            for sentence in told:
                warnings.warn(sentence, TaobaoGISWarning, stacklevel=2)
            yield made
    except BrokenProcessPool as error:
        raise TaobaoGISError(_DIED) from error


def _with_warnings(function: Callable[[Item], Made], item: Item) -> tuple[Made, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TaobaoGISWarning)
        made = function(item)
    told = [str(w.message) for w in caught if issubclass(w.category, TaobaoGISWarning)]
    return made, told


def _begin() -> None:
    look_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _import_all(modules: list[str]) -> None:
    for module in modules:
        importlib.import_module(module)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Let this process hear signals only afterwards, and programs started meanwhile none.

    Ctrl-C reaches all programs of a terminal; those started here would die of it with a
    complaint before they can choose to ignore it. This one ends them itself.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    # It would let signals through if it was started within.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

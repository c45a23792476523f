"""Work shared among processes, so that every core of one machine is used."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from taobaogis.errors import TaobaoGISError, TaobaoGISWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Each", "cores", "here", "processes"]

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
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    try:
        with _deaf_to_ctrl_c():
            for _ in range(count):
                pool.submit(_import_all, list(warm))
        yield partial(_in_pool, pool)
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
        message = (
            "a worker process has died, perhaps for want of memory; run again with one process "
            "(--workers 1)."
        )
        raise TaobaoGISError(message) from error


def _with_warnings(function: Callable[[Item], Made], item: Item) -> tuple[Made, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TaobaoGISWarning)
        made = function(item)
    told = [str(w.message) for w in caught if issubclass(w.category, TaobaoGISWarning)]
    return made, told


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Start programs that ignore Ctrl-C from their first moment; this one ends them itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

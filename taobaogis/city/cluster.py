"""Tiles sent to a Dask cluster; the only door to Dask, which is an extra."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from taobaogis.errors import InputError, SourceUnavailableError, TaobaoGISError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import distributed

__all__ = ["on_cluster"]

Item = TypeVar("Item")
Made = TypeVar("Made")

_PATIENCE_S = 10
# Jobs of some megabytes travel with their data; with more under way the scheduler would hoard them.
_AHEAD_A_THREAD = 2


def on_cluster(
    address: str, function: Callable[[Item], Made], items: Iterable[Item], /
) -> Iterator[Made]:
    """Results of many large items, in the order in which they are done by a Dask cluster.

    Parameters
    ----------
    address
        Of its scheduler, e.g. ``tcp://10.0.0.5:8786``.
    function
        Called with each item; every machine of the cluster needs this package.
    items
        Taken one by one, only a few ahead of those at work.

    Yields
    ------
    made
        Of each item once. What a worker had that is lost is done again by another.

    Raises
    ------
    InputError
        If the extra ``cluster`` is not installed or the address cannot be meant.
    SourceUnavailableError
        If no scheduler answers, or it has no workers.
    TaobaoGISError
        If workers die at the same item again and again.
    """
    try:
        import distributed  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = "--scheduler needs Dask; install it with: pip install 'taobaogis[cluster]'"
        raise InputError(message) from error
    try:
        client = distributed.Client(address, timeout=_PATIENCE_S, set_as_default=False)
    except ValueError as error:
        message = f"--scheduler '{address}' is no address; write e.g. tcp://10.0.0.5:8786."
        raise InputError(message) from error
    except (OSError, TimeoutError) as error:
        message = (
            f"no Dask scheduler answers at '{address}'; start one with `dask scheduler`, and "
            "workers with `dask worker`, or leave out --scheduler."
        )
        raise SourceUnavailableError(message) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE_S)
        except (OSError, TimeoutError) as error:
            message = f"the Dask scheduler at '{address}' has no workers; start some first."
            raise SourceUnavailableError(message) from error
        try:
            yield from _done(
                client, distributed.as_completed(loop=client.loop), function, iter(items)
            )
        except distributed.scheduler.KilledWorker as error:
            message = (
                "workers of the Dask cluster have died again and again at one tile, perhaps for "
                "want of memory; give them more, or make the tiles smaller."
            )
            raise TaobaoGISError(message) from error


def _done(
    client: distributed.Client,
    waiting: distributed.as_completed,
    function: Callable[[Item], Made],
    items: Iterator[Item],
) -> Iterator[Made]:
    room = max(sum(client.nthreads().values()), 1) * _AHEAD_A_THREAD
    under_way = 0
    while True:
        for item in islice(items, room - under_way):
            waiting.add(client.submit(function, item, pure=False))
            under_way += 1
        if not under_way:
            return
        future = next(waiting)
        under_way -= 1
        yield future.result()

"""Ways of doing tiles that go wrong or in another order, for processes to be asked for by name."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from taobaogis.city.jobs import measure_tile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from taobaogis.city.jobs import Job, Results


def shuffled(function: Callable[[Job], Results], jobs: Iterable[Job]) -> Iterator[Results]:
    """The last first."""
    yield from map(function, reversed(list(jobs)))


def measure_or_die(job: Job) -> Results:
    """Measure a tile; the first process that gets here dies at it."""
    mark = Path(os.environ["TILE_WORK_KILL_ONCE"])
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return measure_tile(job)


def die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0

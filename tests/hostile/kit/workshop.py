"""A process that has everything loaded and forks a child for each case, with bounds on it.

Whatever a case does to its child, a crash of the interpreter included, the workshop sees it.
Run as a program, this module is the process; `Workshop` is the handle on it.
"""

from __future__ import annotations

import importlib
import math
import os
import pickle
import resource
import select
import signal
import struct
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Self

from hostile.kit.verdicts import Case, Verdict, judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

__all__ = ["Workshop"]

_TESTS = Path(__file__).parents[2]
_PATIENCE = 20
_LENGTH = struct.Struct("<Q")
_PRELOADED = (
    "taobaogis.cli", "taobaogis.pipeline", "taobaogis.loaders.osm", "taobaogis.loaders.overpass",
    "taobaogis.loaders.places", "taobaogis.loaders.survey", "sklearn.cluster", "scipy.stats",
    "encodings.utf_8_sig", "encodings.unicode_escape",
)  # fmt: skip


class Workshop:
    """Cases one after another, each in a process of its own."""

    def __init__(self) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.lower().endswith("_proxy") and not name.startswith("TAOBAOGIS_")
        }
        paths = [str(_TESTS), environment.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hostile.kit.workshop"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def verdict(self, case: Case) -> Verdict:
        """What becomes of one case."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        _put(self._process.stdin, case)
        answer = _get(self._process.stdout)
        assert isinstance(answer, Verdict), "the workshop itself has ended"
        return answer

    def verdicts(self, cases: Iterable[Case]) -> Iterator[tuple[Case, Verdict]]:
        """Cases with what becomes of them."""
        for case in cases:
            yield case, self.verdict(case)


def _put(stream: IO[bytes], value: object) -> None:
    body = pickle.dumps(value)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def _get(stream: IO[bytes]) -> object:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    return pickle.loads(stream.read(_LENGTH.unpack(head)[0]))  # noqa: S301 - from our own child


def _serve(asked: BinaryIO, answered: BinaryIO) -> None:
    # Whoever started the campaign in the background had it ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in _PRELOADED:
        importlib.import_module(name)
    while isinstance(case := _get(asked), Case):
        _put(answered, _apart(case))


def _apart(case: Case) -> Verdict:
    """Verdict on a case that runs in a child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _in_child(case, writing)
    os.close(writing)
    # The bound is on computing; a machine that is busy otherwise is given more time.
    said, in_time = _read_until(reading, time.monotonic() + _PATIENCE * case.seconds)
    os.close(reading)
    if not in_time:
        os.killpg(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not in_time:
        return Verdict("hang", f"not done after {_PATIENCE * case.seconds:g} s")
    if status == -signal.SIGXCPU:
        return Verdict("hang", f"not done after {case.seconds:g} s of computing")
    if status or not said:
        name = signal.Signals(-status).name if status < 0 else f"code {status}"
        return Verdict("crash", f"the interpreter ended with {name}")
    verdict = pickle.loads(said)  # noqa: S301 - from our own child
    assert isinstance(verdict, Verdict)
    if verdict.is_good and verdict.outcome not in case.may:
        return Verdict("wrong", f"{verdict.outcome}: {verdict.said}")
    return verdict


def _in_child(case: Case, writing: int) -> None:
    code = 70
    try:
        os.setpgid(0, 0)
        # What a case prints must not get into the stream of verdicts.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        bound = _virtual_bytes() + case.memory_mb * (1 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        seconds = math.ceil(case.seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        module, _, function = case.work.partition(":")
        work = getattr(importlib.import_module(module), function)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            verdict = judged(lambda: work(*case.given))
        os.write(writing, pickle.dumps(Verdict(verdict.outcome, verdict.said[:3000])))
        code = 0
    finally:
        os._exit(code)


def _virtual_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _read_until(descriptor: int, deadline: float) -> tuple[bytes, bool]:
    """All that is written before the other end closes; false if that takes too long."""
    parts: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([descriptor], [], [], left)[0]:
            break
        part = os.read(descriptor, 1 << 16)
        if not part:
            return b"".join(parts), True
        parts.append(part)
    return b"".join(parts), False


if __name__ == "__main__":
    verdicts_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _serve(sys.stdin.buffer, verdicts_out)

"""Ctrl-C and the end of a session: they end the program soon, whatever it is at.

Loads nothing but what is part of the interpreter, so that it listens before anything is loaded:
`signal` itself would take longer than all the rest.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # a part of the interpreter
import _thread
import sys
import time
from _weakref import ref

TYPE_CHECKING = False  # for type checkers; importing `typing` would double the time
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["Stopped", "Wish"]

_SIGNALS = (_signal.SIGINT, _signal.SIGTERM)
_LOOK_EVERY_S = 0.05
_PATIENCE = 20  # looks, about a second


class Stopped(SystemExit):
    """The caller has asked to stop; what is half done is being undone."""


class Wish:
    """The wish of the caller that the program stop.

    A signal raises `Stopped` wherever the program is, so that everything half done is undone on
    the way out. Code of others may catch it or turn it into another error: a library that does
    without what it cannot load, a finaliser, a call back from C. From the first signal on a
    thread therefore looks whether the exception is still on its way, and sends the signal again
    if it is not. Signals that come while it is on its way are ignored: the undoing is not to be
    stopped in its turn.

    Attributes
    ----------
    number : int
        Signal that was heard first; 0 if none was.
    """

    def __init__(self) -> None:
        self.number = 0
        self._is_heeded = False
        self._raised: ref[Stopped] | None = None
        self._thread = _thread.get_ident()
        self._before: dict[int, Callable[[int, FrameType | None], object] | int] = {}
        self._told_before = sys.unraisablehook

    def listen(self) -> None:
        """Hear signals from now on."""
        for number in _SIGNALS:
            before = _signal.getsignal(number)
            # Whoever starts a program in the background may have chosen to have it ignore Ctrl-C.
            if before not in {_signal.SIG_IGN, None}:
                self._before[number] = before
                try:
                    _signal.signal(number, self._hear)
                except ValueError:  # only the main thread hears signals
                    del self._before[number]
        sys.unraisablehook = self._tell_unraisable

    def heed(self) -> int:
        """Take note that the exception has arrived; code to end with."""
        self._is_heeded = True
        return 128 + (self.number or _signal.SIGINT)  # the interpreter itself hears Ctrl-C

    def be_done(self) -> None:
        """Let a signal end the process at once: there is nothing left to be undone."""
        self._is_heeded = True
        for number in self._before:
            _signal.signal(number, _signal.SIG_DFL)

    def close(self) -> None:
        """Let those hear signals who heard them before."""
        self._is_heeded = True
        for number, before in self._before.items():
            _signal.signal(number, before)
        sys.unraisablehook = self._told_before

    def _hear(self, number: int, _: FrameType | None) -> None:
        if self._is_heeded or self._is_on_its_way:
            return
        if not self.number:
            self.number = number
            # The plain call takes no lock that what was interrupted could hold.
            try:  # noqa: SIM105 - contextlib is not loaded yet
                _thread.start_new_thread(self._insist, ())
            except RuntimeError:  # no more threads: once has to do
                pass
        stopped = Stopped(128 + self.number)
        self._raised = ref(stopped)
        try:
            raise stopped
        finally:
            del stopped  # else its own traceback keeps it alive

    @property
    def _is_on_its_way(self) -> bool:
        return self._raised is not None and self._raised() is not None

    def _insist(self) -> None:
        """Send the signal again whenever the exception does not go on."""
        looks = 0
        while not self._is_heeded:
            time.sleep(_LOOK_EVERY_S)
            if self._is_on_its_way:
                # Finalisers on the way hide it for a moment; who has kept it hides it for good.
                looks = 0 if self._is_handled() else looks + 1
                if looks < _PATIENCE:
                    continue
                self._raised = None
            looks = 0
            if not self._is_heeded:
                self._send()

    def _is_handled(self) -> bool:
        """Whether the thread is undoing, because of the exception or what was made of it."""
        found: object = sys._current_exceptions().get(self._thread)  # noqa: SLF001 - documented
        active = found[1] if isinstance(found, tuple) else found  # a triple before Python 3.12
        waiting, seen = [active], set()
        while waiting:
            error = waiting.pop()
            if isinstance(error, Stopped):
                return True
            if isinstance(error, BaseException) and id(error) not in seen:
                seen.add(id(error))
                waiting += [error.__cause__, error.__context__]
        return False

    def _send(self) -> None:
        if hasattr(_signal, "pthread_kill"):
            _signal.pthread_kill(self._thread, self.number)  # wakes it if it waits
        else:
            _thread.interrupt_main(self.number)  # type: ignore[arg-type] # a plain number does

    def _tell_unraisable(self, unraisable: sys.UnraisableHookArgs) -> None:
        if not self.number:
            self._told_before(unraisable)

"""Small pieces of work that other processes can be asked for by name."""

from __future__ import annotations

import os
import signal
import warnings

from taobaogis.errors import InputError, TaobaoGISWarning


def square(number: int) -> int:
    return number * number


def warned(number: int) -> int:
    warnings.warn(f"{number} is a number", TaobaoGISWarning, stacklevel=2)
    return number


def refused(number: int) -> int:
    message = f"{number} cannot be meant; give another."
    raise InputError(message)


def dying(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def process(_: int) -> int:
    return os.getpid()

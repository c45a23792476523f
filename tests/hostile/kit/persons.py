"""Doing something as a user who has no rights, where the tests run as root."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["as_nobody", "become_nobody"]

_NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up the rights of root for a while; a plain user stays who they are."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(_NOBODY)
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def become_nobody() -> None:
    """Give up the rights of root for good."""
    if os.geteuid() == 0:
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)

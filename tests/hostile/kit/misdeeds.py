"""What a case must not do, to see that the workshop sees it."""

from __future__ import annotations

import ctypes

from hostile.kit.verdicts import Verdict

__all__ = ["crash", "endless", "fine", "greedy"]


def endless() -> Verdict:
    """Never end."""
    while True:
        pass


def crash() -> Verdict:
    """Bring the interpreter down."""
    ctypes.string_at(0)
    return Verdict("unchanged")


def greedy() -> Verdict:
    """Take more memory than there may be."""
    return Verdict("unchanged", str(len(bytes(10**10))))


def fine() -> Verdict:
    """Do nothing wrong."""
    return Verdict("unchanged")

"""Progress as lines on stderr, with the seconds gone."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from taobaogis.loaders.quotes import showable

__all__ = ["teller"]


def teller(*, quiet: bool) -> Callable[[str], None]:
    """Function that shows one step; a silent one if `quiet`."""
    if quiet:
        return lambda _: None
    start = time.monotonic()

    def tell(step: str) -> None:
        print(f"[{time.monotonic() - start:5.1f} s] {showable(step)}", file=sys.stderr, flush=True)

    return tell

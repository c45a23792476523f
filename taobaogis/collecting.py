"""How often Python looks for garbage that refers to itself.

Tables and shapes are freed without it. It looks again after every 700 new objects, though, and a
run keeps hundreds of thousands of them: that took a tenth of its time.
"""

import gc

__all__ = ["look_seldom"]

_NEW_OBJECTS, _OF_YOUNG, _OF_OLDER = 50_000, 20, 100


def look_seldom() -> None:
    """Look less often from now on, in a process that is all the package's own."""
    gc.set_threshold(_NEW_OBJECTS, _OF_YOUNG, _OF_OLDER)

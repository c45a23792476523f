"""Loops that NumPy has no word for, compiled: the only door to numba.

A kernel has one signature, so that there is one compiled form of it, which is kept beside the
source (or where ``NUMBA_CACHE_DIR`` says, or in the user's cache) and found again by the next
process. Two processes that compile it at the same moment write the same file, each by replacing
it whole. Where nothing can be written, or what was written cannot be read, it is compiled in
memory.

Loading numba takes about as long as all measures of a small village. Modules of kernels are
therefore imported where they are used, and only for so much work that it pays.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compiled"]

_F = TypeVar("_F", bound="Callable[..., object]")


def compiled(signature: str, *, inlined: bool = False) -> Callable[[_F], _F]:
    """Compile a function for arguments of one kind.

    Parameters
    ----------
    signature
        Types of the result and of the arguments as numba writes them, for example
        ``"float64(float64[::1], int64)"``. Other arguments are refused.
    inlined
        Whether each loop that calls it gets a copy of its own, for what is called millions of
        times with many arguments.

    Returns
    -------
    decorator
        The compiled function lets other threads run meanwhile, and computes in the order in
        which it is written: the numbers are those of NumPy.
    """

    def decorate(function: _F) -> _F:
        import numba  # noqa: PLC0415 - heavy

        kernel = partial(
            numba.njit, signature, nogil=True, error_model="numpy", forceinline=inlined
        )
        try:
            return cast("_F", kernel(cache=True)(function))
        except Exception:  # noqa: BLE001 - no folder, no room, a broken file: whatever it is,
            # it is of the cache, or comes again.
            return cast("_F", kernel()(function))

    return decorate

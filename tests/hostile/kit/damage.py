"""Ways in which bytes come to harm; each the same for the same seed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DAMAGES", "damaged"]


def _cut(body: bytes, dice: random.Random) -> bytes:
    return body[: dice.randrange(len(body))]


def _flip(body: bytes, dice: random.Random) -> bytes:
    altered = bytearray(body)
    for _ in range(dice.choice((1, 1, 1, 2, 8))):
        altered[dice.randrange(len(altered))] ^= 1 << dice.randrange(8)
    return bytes(altered)


def _insert(body: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(body))
    return body[:at] + dice.randbytes(dice.choice((1, 2, 16, 300))) + body[at:]


def _zero(body: bytes, dice: random.Random) -> bytes:
    at, length = dice.randrange(len(body)), dice.choice((1, 4, 64, 4096))
    return body[:at] + bytes(len(body[at : at + length])) + body[at + length :]


def _remove(body: bytes, dice: random.Random) -> bytes:
    at, length = dice.randrange(len(body)), dice.choice((1, 4, 64, 4096))
    return body[:at] + body[at + length :]


def _repeat(body: bytes, dice: random.Random) -> bytes:
    at, length = dice.randrange(len(body)), dice.choice((1, 16, 512, 8192))
    return body[: at + length] + body[at:]


def _overwrite(body: bytes, dice: random.Random) -> bytes:
    at, length = dice.randrange(len(body)), dice.choice((1, 4, 64))
    put = dice.randbytes(len(body[at : at + length]))
    return body[:at] + put + body[at + length :]


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut at any byte": _cut,
    "bits flipped": _flip,
    "bytes inserted": _insert,
    "bytes zeroed": _zero,
    "bytes removed": _remove,
    "bytes repeated": _repeat,
    "bytes overwritten": _overwrite,
}


def damaged(body: bytes, kind: str, seed: int) -> bytes:
    """Copy of a body with one harm done to it."""
    return DAMAGES[kind](body, random.Random(f"{kind} {seed}"))  # noqa: S311 - a fixed fault

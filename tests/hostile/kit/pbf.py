"""PBF files block by block, so that what is inside a block can be altered and packed anew."""

from __future__ import annotations

import random
import struct
import zlib

__all__ = ["blocks", "field", "file_of", "repacked", "varint"]

_BLOB_TYPE, _BLOB_SIZE = 1, 3
_RAW, _RAW_SIZE, _ZLIB = 1, 2, 3


def varint(value: int) -> bytes:
    """Number as protobuf writes it; negative ones as 64 bits."""
    value &= (1 << 64) - 1
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def field(number: int, value: bytes | int) -> bytes:
    """Field of a message: a number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def _fields(message: bytes) -> dict[int, bytes | int]:
    found: dict[int, bytes | int] = {}
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        value, at = _read_varint(message, at)
        if tag & 7 == 2:
            found[tag >> 3] = message[at : at + value]
            at += value
        else:
            found[tag >> 3] = value
    return found


def _read_varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def blocks(body: bytes) -> list[tuple[bytes, bytes]]:
    """Type and unpacked content of each block of a sound file."""
    found, at = [], 0
    while at < len(body):
        (length,) = struct.unpack_from(">I", body, at)
        head = _fields(body[at + 4 : at + 4 + length])
        at += 4 + length
        size, kind = head[_BLOB_SIZE], head[_BLOB_TYPE]
        assert isinstance(size, int)
        assert isinstance(kind, bytes)
        blob = _fields(body[at : at + size])
        at += size
        packed, raw = blob.get(_ZLIB), blob.get(_RAW)
        content = zlib.decompress(packed) if isinstance(packed, bytes) else raw
        assert isinstance(content, bytes)
        found.append((kind, content))
    return found


def file_of(parts: list[tuple[bytes, bytes]], *, states_size: int | None = None) -> bytes:
    """File of blocks; `states_size` is a lie about how long each is when unpacked."""
    body = b""
    for kind, content in parts:
        size = len(content) if states_size is None else states_size
        blob = field(_RAW_SIZE, size) + field(_ZLIB, zlib.compress(content))
        head = field(_BLOB_TYPE, kind) + field(_BLOB_SIZE, len(blob))
        body += struct.pack(">I", len(head)) + head + blob
    return body


def repacked(body: bytes, seed: int) -> bytes:
    """File in which one block is altered before it is packed, so that its checksum is right."""
    dice = random.Random(f"repacked {seed}")  # noqa: S311 - a fixed fault
    parts = blocks(body)
    which = dice.randrange(len(parts))
    kind, content = parts[which]
    altered = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 5))):
        at = dice.randrange(len(altered))
        if dice.random() < 0.5:
            altered[at] = dice.choice((0x00, 0x7F, 0x80, 0xFF, dice.randrange(256)))
        else:
            altered[at : at + 1] = dice.randbytes(dice.choice((0, 2, 10)))
    parts[which] = (kind, bytes(altered))
    return file_of(parts)

"""Whether an OSM file is one that can be read, before the parser sees it.

The parser takes some files for whole that are not: a PBF that ends in the length of its next
block, or in zeros. It crashes on texts with a NUL inside, and it reads text without end in time
that grows with its square. What is looked at here costs little against the parsing.
"""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from taobaogis.errors import SourceDataError
from taobaogis.loaders.quotes import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["UnfitError", "broken", "require_file", "require_readable"]

_LOOKED_AT_BYTES = 1 << 16
_LONGEST_HEAD_BYTES = 1 << 16
_LONGEST_BLOB_BYTES = 1 << 25  # what the format allows
_LONGEST_TEXT_BYTES = 1 << 20
_LARGEST_BEFORE_RATIO_COUNTS = 1 << 30
_MOST_TIMES_LARGER = 200
# What is looked for stands first; a block of nothing else would be walked through for minutes.
_MOST_FIELDS_BEFORE = 10_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT_BYTES = 10
_OPENERS: Mapping[str, Callable[..., Any]] = {
    "pbf": open, "osm": open, "osm.gz": gzip.open, "osm.bz2": bz2.open
}  # fmt: skip
_AGAIN = "download it again or give another extract"
_SORT = "its objects must stand once each and in order; sort it, e.g. with `osmium sort`"


class UnfitError(Exception):
    """Why a file is not read, and how to mend that."""

    def __init__(self, reason: str, mend: str = _AGAIN) -> None:
        super().__init__(reason)
        self.mend = mend


def require_file(path: Path) -> None:
    """Raise `SourceDataError` unless there is a regular file that may be read."""
    name = plain(path.name)
    try:
        if path.is_file():
            path.open("rb").close()
            return
        there = path.exists()
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"The OSM file '{name}' cannot be opened ({reason}); check [source] osm."
        raise SourceDataError(message) from error
    if there:
        message = f"'{name}' is a folder or a device, not an OSM file; check [source] osm."
    else:
        message = f"There is no OSM file '{name}'; check --source, or [source] osm of the study."
    raise SourceDataError(message)


def require_readable(path: Path) -> str:
    """Format of a file that the parser can be trusted with.

    Parameters
    ----------
    path
        An existing file; what it is called does not matter.

    Returns
    -------
    format
        ``pbf``, ``osm``, ``osm.gz`` or ``osm.bz2``, as the parser names them.

    Raises
    ------
    SourceDataError
        If it is something else, cut short, or made to do harm.
    """
    try:
        with path.open("rb") as stream:
            kind = _kind(stream.read(_LOOKED_AT_BYTES))
        with _OPENERS[kind](path, "rb") as stream:
            if kind == "pbf":
                _require_whole_blocks(stream)
            else:
                _require_sane_text(stream, path.stat().st_size)
    except (OSError, EOFError, zlib.error, UnfitError) as error:
        raise broken(path.name, error) from error
    return kind


def broken(name: str, error: Exception) -> SourceDataError:
    """Error for a file that cannot be read, in words that a terminal can show."""
    reason = plain(str(error) or type(error).__name__)
    mend = error.mend if isinstance(error, UnfitError) else _AGAIN
    mend = _SORT if "out of order" in reason or "twice in input" in reason else mend
    return SourceDataError(f"'{plain(name)}' is not a whole OSM file ({reason}); {mend}.")


def _kind(start: bytes) -> str:
    if start.startswith(b"\x1f\x8b"):
        return "osm.gz"
    if start.startswith(b"BZh"):
        return "osm.bz2"
    if b"OSMHeader" in start[:64]:
        return "pbf"
    # UTF-16 and byte-order marks stand before the first bracket of some documents.
    text = start.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n")
    if text.startswith(b"<"):
        return "osm"
    if not start:
        message = "it is empty"
    elif text.startswith(b"{"):
        message = "it is JSON; export it as OSM XML"
    else:
        message = "it begins neither as PBF nor as XML"
    raise UnfitError(message)


# --- XML


def _require_sane_text(text: BinaryIO, size: int) -> None:
    unpacked = 0
    while chunk := text.read(_LONGEST_TEXT_BYTES):
        if not unpacked and b"<osmChange" in chunk[:_LOOKED_AT_BYTES]:
            message = "it is a list of changes, not an extract"
            raise UnfitError(message)
        unpacked += len(chunk)
        if b"<" not in chunk and len(chunk) == _LONGEST_TEXT_BYTES:
            message = f"it holds a text of more than {_LONGEST_TEXT_BYTES:,} bytes"
            raise UnfitError(message)
        if unpacked > max(_LARGEST_BEFORE_RATIO_COUNTS, size * _MOST_TIMES_LARGER):
            message = f"it unpacks to more than {_MOST_TIMES_LARGER} times its size"
            raise UnfitError(message)


# --- PBF: length of the head, head (type, length of the block), block; and so on to the end


class _Field(NamedTuple):
    """Part of a protobuf message: a number or bytes."""

    number: int
    value: int | bytes


def _require_whole_blocks(stream: BinaryIO) -> None:
    while length := stream.read(4):
        head_bytes = int.from_bytes(length, "big")
        if len(length) < 4 or not 0 < head_bytes <= _LONGEST_HEAD_BYTES:  # noqa: PLR2004 - as above
            message = "it is cut short, or filled up with something else, between two blocks"
            raise UnfitError(message)
        head = _fields(_exactly(stream, head_bytes))
        size = next((f.value for f in head if f.number == 3), None)  # noqa: PLR2004 - BlobHeader
        if not isinstance(size, int) or size > _LONGEST_BLOB_BYTES:
            message = "a block does not say its length"
            raise UnfitError(message)
        _require_sound_texts(_exactly(stream, size))


def _exactly(stream: BinaryIO, size: int) -> bytes:
    body = stream.read(size)
    if len(body) < size:
        message = "it is cut short within a block"
        raise UnfitError(message)
    return body


def _require_sound_texts(blob: bytes) -> None:
    """Refuse a NUL in the block's table of texts: the parser runs over the end of such a text."""
    content = _unpacked(blob)
    # Field 1 of a block is the table; it is empty or absent in the header of the file.
    table = next((f.value for f in _fields(content, only=1) if isinstance(f.value, bytes)), b"")
    # The first text is empty by rule, so its length is the one NUL of a sound table.
    if b"\x00" not in table.removeprefix(b"\n\x00"):
        return
    if any(isinstance(f.value, bytes) and b"\x00" in f.value for f in _fields(table)):
        message = "a text in it holds a NUL"
        raise UnfitError(message)


def _unpacked(blob: bytes) -> bytes:
    for number, value in _fields(blob):
        if number == 1 and isinstance(value, bytes):
            return value
        if number == 3 and isinstance(value, bytes):  # noqa: PLR2004 - zlib_data of a Blob
            return zlib.decompressobj().decompress(value, _LONGEST_BLOB_BYTES)
    message = "a block is packed in a way that is not read here"
    raise UnfitError(message)


def _fields(message: bytes, *, only: int = 0) -> list[_Field]:
    return list(_each_field(message, only))


def _each_field(message: bytes, only: int) -> Iterator[_Field]:
    """Fields in their order; `only` that number, and then only the first."""
    at = count = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        count += 1
        value: int | bytes = 0
        if kind == _VARINT:
            value, at = _varint(message, at)
        elif kind in {_BYTES, _FIXED64, _FIXED32}:
            length, at = _varint(message, at) if kind == _BYTES else (8 if kind == 1 else 4, at)
            value = message[at : at + length]
            at += length
        is_known = kind in {_VARINT, _FIXED64, _BYTES, _FIXED32} and number > 0
        if not is_known or at > len(message) or (only and count > _MOST_FIELDS_BEFORE):
            text = "a block in it is not what the format asks for"
            raise UnfitError(text)
        if only in {0, number}:
            yield _Field(number, value)
            if only:
                return


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i, byte in enumerate(message[at : at + _LONGEST_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return value, at + i + 1
    text = "a number in it has no end"
    raise UnfitError(text)

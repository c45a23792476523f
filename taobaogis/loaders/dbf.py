"""In which encoding the texts of a shapefile are written, whatever the file says of itself.

Chinese offices save shapefiles in GBK and leave the mark of another encoding, or none, beside it.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Table", "dbf_encoding", "is_cut", "table_beside"]

_LOOKED_AT_BYTES = 1 << 22
_HEAD_BYTES, _FIELD_BYTES = 32, 32
_END_OF_FIELDS = 0x0D
_UTF_8, _CHINESE, _WESTERN = "utf-8", "gb18030", "cp1252"
# In GB 2312, which holds what people write, both bytes of a letter are high; in Western texts a
# high byte stands between low ones.
_FIRST_HIGH = 0xA1
_LEAST_CHINESE_SHARE = 0.5


class _Text(NamedTuple):
    """Bytes of one field, without the blanks that fill it up."""

    body: bytes
    may_be_cut: bool


class Table(NamedTuple):
    """Beginning of an attribute table.

    Attributes
    ----------
    start
        At most 4 MiB of it; empty if there is none.
    size
        Bytes of the whole.
    """

    start: bytes
    size: int


_NO_TABLE = Table(b"", 0)


def table_beside(path: Path) -> Table:
    """Beginning of the attribute table of a shapefile, in a zip or not.

    Parameters
    ----------
    path
        The ``.shp``, its ``.dbf`` or a ``.zip``.

    Returns
    -------
    table
        Empty if there is none.
    """
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".dbf")]
            if not names:
                return _NO_TABLE
            with archive.open(names[0]) as stream:
                return Table(stream.read(_LOOKED_AT_BYTES), archive.getinfo(names[0]).file_size)
    beside = (path.with_suffix(suffix) for suffix in (".dbf", ".DBF", ".Dbf"))
    table = next((other for other in beside if other.is_file()), None)
    if table is None:
        return _NO_TABLE
    with table.open("rb") as stream:
        return Table(stream.read(_LOOKED_AT_BYTES), table.stat().st_size)


def is_cut(table: Table) -> bool:
    """Whether a dBASE table is shorter than its head says; its texts would be of nobody then.

    Parameters
    ----------
    table
        From `table_beside`.

    Examples
    --------
    >>> is_cut(Table(b"", 0))
    False
    """
    if not table.size:
        return False
    rows = int.from_bytes(table.start[4:8], "little")
    head = int.from_bytes(table.start[8:10], "little")
    width = int.from_bytes(table.start[10:12], "little")
    return table.size < head + rows * width


def dbf_encoding(table: bytes) -> str:
    """Encoding of the texts of a dBASE table, by the texts themselves.

    Parameters
    ----------
    table
        Its beginning.

    Returns
    -------
    encoding
        ``utf-8`` if every text is, ``gb18030`` if most letters that are no ASCII are Chinese
        then, ``cp1252`` otherwise. Texts that are cut off at the width of their field are
        allowed for. Of ASCII alone: ``utf-8``.

    Examples
    --------
    >>> dbf_encoding(b"")
    'utf-8'
    """
    texts = [text for text in _texts(table) if not text.body.isascii()]
    if all(_is_utf_8(text) for text in texts):
        return _UTF_8
    pairs = [pair for text in texts for pair in _pairs(text.body)]
    chinese = sum(1 for first, second in pairs if min(first, second) >= _FIRST_HIGH)
    return _CHINESE if pairs and chinese >= _LEAST_CHINESE_SHARE * len(pairs) else _WESTERN


def _is_utf_8(text: _Text) -> bool:
    try:
        text.body.decode(_UTF_8)
    except UnicodeDecodeError as error:
        return text.may_be_cut and error.reason == "unexpected end of data"
    return True


def _pairs(body: bytes) -> Iterator[tuple[int, int]]:
    """Each high byte with the byte after it, as double-byte encodings read them."""
    at = 0
    while at < len(body):
        if body[at] < 0x80:  # noqa: PLR2004 - ASCII
            at += 1
            continue
        yield body[at], body[at + 1] if at + 1 < len(body) else 0
        at += 2


def _texts(table: bytes) -> Iterator[_Text]:
    """Names and contents of all text fields."""
    head = int.from_bytes(table[8:10], "little")
    width = int.from_bytes(table[10:12], "little")
    places: list[tuple[int, int]] = []
    at, offset = _HEAD_BYTES, 1
    while at + _FIELD_BYTES <= min(head, len(table)) and table[at] != _END_OF_FIELDS:
        name = table[at : at + 11].partition(b"\x00")[0]
        yield _Text(name, may_be_cut=True)
        length = table[at + 16]
        if table[at + 11 : at + 12] == b"C":
            places.append((offset, length))
        offset += length
        at += _FIELD_BYTES
    if not width or not places:
        return
    for start in range(head, len(table) - width + 1, width):
        for begin, length in places:
            field = table[start + begin : start + begin + length]
            body = field.strip(b" \x00")
            yield _Text(body, may_be_cut=len(body) == length)

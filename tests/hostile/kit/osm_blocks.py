"""PBF files whose blocks lie, and things that are no files at all."""

from __future__ import annotations

import gzip
import os
import socket
import struct
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from hostile.kit.osm_files import GRID, fingerprint, note_of, read, small_document, small_pbf
from hostile.kit.pbf import blocks, field, file_of, varint
from hostile.kit.persons import as_nobody
from hostile.kit.verdicts import Case, Verdict

from taobaogis.loaders.osm import read_osm_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FILES", "NO_FILES", "block_cases", "no_file_cases"]


def _header() -> list[tuple[bytes, bytes]]:
    return blocks(small_pbf())[:1]


def _data(table: list[bytes], *groups: bytes, more: bytes = b"") -> tuple[bytes, bytes]:
    strings = b"".join(field(1, text) for text in table)
    return b"OSMData", field(1, strings) + b"".join(field(2, g) for g in groups) + more


def _packed(numbers: list[int], *, signed: bool = False) -> bytes:
    return b"".join(varint(n << 1 ^ n >> 63 if signed else n) for n in numbers)


def _dense(ids: list[int], lats: list[int], lons: list[int], keys: list[int]) -> bytes:
    body = field(1, _packed(ids, signed=True)) + field(8, _packed(lats, signed=True))
    body += field(9, _packed(lons, signed=True)) + (field(10, _packed(keys)) if keys else b"")
    return field(2, body)


def _way(number: int, refs: list[int], keys: list[int], values: list[int]) -> bytes:
    body = field(1, number) + field(2, _packed(keys)) + field(3, _packed(values))
    return field(3, body + field(8, _packed(refs, signed=True)))


def _relation(number: int, roles: list[int], refs: list[int], types: list[int]) -> bytes:
    body = field(1, number) + field(8, _packed(roles)) + field(9, _packed(refs, signed=True))
    return field(4, body + field(10, _packed(types)))


_PLACE = ([1], [230_000_000], [1_133_000_000])
_WORDS = [b"", b"shop", b"clothes", b"building", b"yes", b"type", b"multipolygon"]


def _with(*groups: bytes, table: list[bytes] = _WORDS, more: bytes = b"") -> bytes:
    return file_of([*_header(), _data(table, *groups, more=more)])


def _framed(kind: bytes, blob: bytes, *, head_bytes: int | None = None) -> bytes:
    head = field(1, kind) + field(3, len(blob))
    return struct.pack(">I", len(head) if head_bytes is None else head_bytes) + head + blob


def _before(kind: bytes, blob: bytes) -> bytes:
    return file_of(_header()) + _framed(kind, blob)


def _first_blocks(count: int) -> bytes:
    return file_of(blocks(small_pbf())[:count])


# name: (file, outcomes that are right)
FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a block that says it unpacks to 4 GB": (
        lambda: _before(b"OSMData", field(2, 1 << 32) + field(3, _bomb(1 << 26))),
        "error",
    ),
    "a block that says it is small and unpacks to 64 MB": (
        lambda: _before(b"OSMData", field(2, 100) + field(3, _bomb(1 << 26))),
        "error",
    ),
    "a block that says it is larger than it is": (
        lambda: file_of(blocks(small_pbf()), states_size=1 << 24), "error"),
    "a head of 4 GB": (lambda: _framed(b"OSMHeader", b"", head_bytes=(1 << 32) - 1), "error"),
    "a head of no length": (lambda: small_pbf() + bytes(4), "error"),
    "zeros at the end": (lambda: small_pbf() + bytes(5000), "error"),
    "one stray byte at the end": (lambda: small_pbf() + b"\x00", "error"),
    "no header": (lambda: file_of(blocks(small_pbf())[1:]), "error"),
    "two headers": (lambda: file_of([*_header(), *blocks(small_pbf())]), "error"),
    "blocks in another order": (
        lambda: file_of([*_header(), *reversed(blocks(small_pbf())[1:])]), "error"),
    "the last block twice": (
        lambda: file_of([*blocks(small_pbf()), blocks(small_pbf())[-1]]), "error repaired"),
    "a header and nothing else": (lambda: _first_blocks(1), "unchanged"),
    "cut between two blocks, before all lines": (lambda: _first_blocks(2), "error"),
    "cut between two blocks, before the relations": (lambda: _first_blocks(3), "other"),
    "a feature nobody knows": (
        lambda: file_of([(b"OSMHeader", field(4, b"Quantum"))]), "error"),
    "a history": (
        lambda: file_of([(b"OSMHeader", field(4, b"OsmSchema-V0.6")
                          + field(4, b"HistoricalInformation")), *blocks(small_pbf())[1:]]),
        "error"),
    "a block of no known kind": (
        lambda: file_of([*blocks(small_pbf()), (b"OSMOther", b"x")]), "error"),
    "NUL in a text": (
        lambda: _with(_dense(*_PLACE, [1, 2, 0]), table=[b"", b"shop", b"clo\x00thes"]), "error"),
    "a text that is no UTF-8": (
        lambda: _with(_dense(*_PLACE, [1, 2, 0]), table=[b"", b"shop", b"\xff\xfe"]), "error"),
    "control characters and turned writing in a name": (
        lambda: _with(_dense(*_PLACE, [1, 2, 3, 4, 0]), table=[
            b"", b"shop", b"clothes", b"name", "\x1b[2J\x01\u202egnp.exe".encode()]), "repaired"),
    "a tag beyond the table of texts": (lambda: _with(_dense(*_PLACE, [1, 99, 0])), "error"),
    "a tag without a value": (lambda: _with(_dense(*_PLACE, [1])), "error"),
    "no table of texts": (
        lambda: file_of([*_header(), (b"OSMData", field(2, _dense(*_PLACE, [1, 2, 0])))]),
        "error"),
    "fewer latitudes than nodes": (
        lambda: _with(_dense([1, 1, 1], [230_000_000], [1_133_000_000], [])), "error"),
    "a step of 2^62 degrees": (
        lambda: _with(_dense([1], [1 << 61], [1 << 61], [1, 2, 0])), "error repaired"),
    "coordinates in units of 2^31": (
        lambda: _with(_dense(*_PLACE, [1, 2, 0]), more=field(17, (1 << 31) - 1)),
        "other"),
    "coordinates in units of 0": (
        lambda: _with(_dense(*_PLACE, [1, 2, 0]), more=field(17, 0)), "error repaired"),
    "dates in units of 0": (
        lambda: _with(_dense(*_PLACE, [1, 2, 0]), more=field(18, 0)), "error unchanged"),
    "more keys than values": (
        lambda: _with(_dense(*_PLACE, []), _way(9, [1, 0], [3, 3, 3], [4])), "error repaired"),
    "a line of points that overflow": (
        lambda: _with(_way(9, [(1 << 62), (1 << 62), (1 << 62)], [3], [4])), "error repaired"),
    "a member of the kind 7": (lambda: _with(_relation(9, [0], [1], [7])), "error"),
    "fewer roles than members, of a relation that nobody reads": (
        lambda: _with(_relation(9, [0], [1, 1, 1], [1, 1, 1])), "unchanged error"),
    "a number that never ends": (
        lambda: file_of([*_header(), (b"OSMData", b"\xff" * 5000)]), "error"),
    "1,000,000 empty groups": (
        lambda: _with(*([b""] * 1_000_000)), "error unchanged"),
    "XML called PBF": (small_document, "unchanged"),
    "PBF packed with gzip": (lambda: gzip.compress(small_pbf()), "error"),
    "an archive": (lambda: b"PK\x03\x04" + bytes(500), "error"),
    "an answer of Overpass in JSON": (lambda: b'{"elements": []}', "error"),
    "a spreadsheet": (lambda: b"id,lon,lat\n1,113,23\n", "error"),
    "10 GB of blanks in 10 MB": (
        lambda: gzip.compress(small_document()) + _blank_members(), "error"),
    "2 GB of comments in 2 MB": (lambda: _packed_comments(), "error"),  # noqa: PLW0108 - below
}  # fmt: skip


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(1)
    piece = packer.compress(bytes(1 << 20))
    for _ in range((size >> 20) - 1):
        piece += packer.compress(bytes(1 << 20))
    return piece + packer.flush()


def _blank_members() -> bytes:
    return gzip.compress(b" " * (100 << 20)) * 100


def _packed_comments() -> bytes:
    start = gzip.compress(b'<osm version="0.6">')
    return start + gzip.compress(b"<!-- -->" * (4 << 20)) * 64 + gzip.compress(b"</osm>")


def read_file(name: str) -> Verdict:
    """A file called PBF: refused, or read."""
    layers = read(FILES[name][0](), ".osm.pbf")
    fingerprint(layers)
    if note_of(layers):
        return Verdict("repaired", note_of(layers))
    return Verdict("other" if FILES[name][1] == "other" else "unchanged")


# --- things that are no files


def _fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def _dangling(path: Path) -> Path:
    path.symlink_to(path.with_name("gone"))
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _socket(path: Path) -> Path:
    socket.socket(socket.AF_UNIX).bind(str(path))
    return path


def _unreadable(path: Path) -> Path:
    path.write_bytes(small_pbf())
    path.chmod(0)
    return path


def _in_closed_folder(path: Path) -> Path:
    path.mkdir()
    (path / "x.osm.pbf").write_bytes(small_pbf())
    path.chmod(0)
    return path / "x.osm.pbf"


def _named(name: str) -> Callable[[Path], Path]:
    return lambda path: path.with_name(name)


NO_FILES: dict[str, Callable[[Path], Path]] = {
    "a pipe that nobody writes to": _fifo,
    "a link to itself": _loop,
    "a link to nothing": _dangling,
    "a folder": _folder,
    "a socket": _socket,
    "a device without end": lambda _: Path("/dev/zero"),
    "an empty device": lambda _: Path("/dev/null"),
    "a file that may not be read": _unreadable,
    "a file in a folder that may not be entered": _in_closed_folder,
    "a name with a NUL": _named("a\x00b.osm.pbf"),
    "a name of 5,000 letters": _named("x" * 5000),
    "a name of half a surrogate": _named("\udcff.osm.pbf"),
    "a name that moves the cursor": _named("\x1b[2J.osm.pbf"),
    "a file below a file": lambda path: Path(__file__) / path.name,
}


def read_no_file(name: str) -> Verdict:
    """Something that is no file, in the place of one; as somebody without rights."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        path = NO_FILES[name](Path(folder) / "x.osm.pbf")
        with as_nobody():
            read_osm_file(path, GRID)
    return Verdict("wrong", "it was read")


def block_cases() -> Iterator[Case]:
    """Every file once."""
    for name, (_, may) in FILES.items():
        yield Case("OSM documents", "PBF made by hand", name,
                   "hostile.kit.osm_blocks:read_file", (name,),
                   may=frozenset(may.split()), seconds=60, memory_mb=2500)  # fmt: skip


def no_file_cases() -> Iterator[Case]:
    """Every thing that is no file."""
    for name in NO_FILES:
        yield Case("OSM documents", "no file to be read", name,
                   "hostile.kit.osm_blocks:read_no_file", (name,),
                   may=frozenset({"error"}))  # fmt: skip

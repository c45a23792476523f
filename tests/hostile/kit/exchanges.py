"""A server that speaks bytes as it is told, and what our side makes of them."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import socket
import struct
import tempfile
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hostile.kit.answers import (
    NOMINATIM,
    OVERPASS,
    handmade_answers,
    handmade_places,
    mutated,
)
from hostile.kit.damage import DAMAGES, damaged
from hostile.kit.verdicts import Case, Verdict, judged
from pyproj import CRS

from taobaogis.loaders.osm import read_osm_xml
from taobaogis.loaders.osm_xml import to_osm_xml, whole_answer
from taobaogis.loaders.overpass import fetch_overpass, main_roads_query
from taobaogis.loaders.places import find_place
from taobaogis.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["exchange_cases"]

BOX = (113.29, 22.99, 113.31, 23.01)
TOTAL_S = 1.0
_GRACE_S = 2.0
_TRUE = json.dumps(OVERPASS).encode()
_OK = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True)
class Play:
    """What the server sends after a request: bytes, and pauses in seconds; then how it ends."""

    steps: tuple[bytes | float, ...]
    end: str = "close"


def sent(body: bytes, *headers: str, status: bytes = _OK, length: int | None = None) -> Play:
    """An answer with its length, or with a lie about it."""
    size = len(body) if length is None else length
    lines = [f"Content-Length: {size}", *headers]
    return Play((status + "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body,))


def raw(*parts: bytes | float, end: str = "close") -> Play:
    return Play(parts, end)


class RawServer:
    """Plays the same to whoever connects."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}/api"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._door.accept()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if not _heard(connection):
                return
            for step in self._play.steps:
                if isinstance(step, bytes):
                    connection.sendall(step.replace(b"{here}", self.url.encode()))
                else:
                    time.sleep(step)
            if self._play.end == "reset":
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            elif self._play.end == "hold":
                time.sleep(60)


def _heard(connection: socket.socket) -> bool:
    """Whether somebody asked something, and did not only try the door."""
    request = b""
    while b"\r\n\r\n" not in request:
        part = connection.recv(65536)
        if not part:
            return False
        request += part
    head, _, body = request.partition(b"\r\n\r\n")
    sizes = [int(line.split(b":")[1]) for line in head.lower().splitlines()
             if line.startswith(b"content-length:")]  # fmt: skip
    while sizes and len(body) < sizes[0]:
        body += connection.recv(65536)
    return True


# --- what the server says, by kind of fault


def status_lines() -> dict[str, Play]:
    def says(line: bytes) -> Play:
        return raw(line + b"\r\nContent-Length: %d\r\n\r\n" % len(_TRUE) + _TRUE)

    lines = {
        "no version": b"200 OK", "no number": b"HTTP/1.1", "a word": b"HTTP/1.1 fine OK",
        "five digits": b"HTTP/1.1 20000 OK", "a negative number": b"HTTP/1.1 -200 OK",
        "version 9.9": b"HTTP/9.9 200 OK", "version 0.9": b"HTTP/0.9 200 OK",
        "another protocol": b"ICY 200 OK", "no reason": b"HTTP/1.1 200",
        "blanks": b"HTTP/1.1   200    OK",
        "a reason of 60,000 letters": b"HTTP/1.1 200 " + b"x" * 60_000,
        "a reason of 70,000 letters": b"HTTP/1.1 503 " + b"x" * 70_000,
        "a reason that moves the cursor": b"HTTP/1.1 503 \x1b[2J\x1b[31mBuy",
        "a reason in no known letters": b"HTTP/1.1 503 \xff\xfe\xfd",
        "number 99": b"HTTP/1.1 099 OK", "number 999": b"HTTP/1.1 999 OK",
        **{f"number {n}": b"HTTP/1.1 %d No" % n
           for n in (201, 202, 203, 204, 205, 206, 226, 300, 304, 305, 306, 400, 401, 402, 403,
                     404, 405, 406, 407, 408, 409, 410, 411, 413, 414, 416, 418, 421, 425, 429,
                     431, 451, 500, 501, 502, 503, 504, 505, 507, 509, 511, 520, 599)},
    }  # fmt: skip
    plays = {f"status line: {name}": says(line) for name, line in lines.items()}
    whole = sent(_TRUE).steps[0]
    assert isinstance(whole, bytes)
    return plays | {
        "status line: Continue first": raw(b"HTTP/1.1 100 Continue\r\n\r\n" + whole),
        "status line: Continue 10,000 times": raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000),
        "status line: Switching Protocols": raw(b"HTTP/1.1 101 Switching\r\n\r\n" + whole),
        "status line: nothing at all": raw(),
        "status line: empty lines": raw(b"\r\n" * 1000 + whole),
        "status line: noise": raw(random.Random(1).randbytes(5000)),  # noqa: S311 - a fixed fault
        "status line: TLS": raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)),
        "status line: cut": raw(b"HTTP/1.1 2"),
    }


def headers() -> dict[str, Play]:
    length = b"Content-Length: %d\r\n" % len(_TRUE)

    def says(lines: bytes) -> Play:
        return raw(_OK + lines + b"\r\n" + _TRUE)

    found = {
        "10,000 of them": length + b"".join(b"X-%d: y\r\n" % i for i in range(10_000)),
        "one of 1 MB": length + b"X: " + b"y" * (1 << 20) + b"\r\n",
        "without colon": length + b"nonsense\r\n",
        "with NUL": length + b"X: a\x00b\r\n",
        "folded": length + b"X: a\r\n  b\r\n",
        "in no known letters": length + b"X: \xff\xfe\r\n",
        "a blank before the colon": length + b"X : a\r\n",
        "an empty name": length + b": a\r\n",
        "line feeds only": length.replace(b"\r", b"") + b"X: a\n",
        "two lengths": length + b"Content-Length: 5\r\n",
        "a length twice in one": b"Content-Length: %d, %d\r\n" % (len(_TRUE), len(_TRUE)),
        "a length below zero": b"Content-Length: -5\r\n",
        "a length of words": b"Content-Length: many\r\n",
        "a length of 10^30": b"Content-Length: 1" + b"0" * 30 + b"\r\n",
        "a length and chunks": length + b"Transfer-Encoding: chunked\r\n",
        "an unknown transfer": length + b"Transfer-Encoding: pigeon\r\n",
        "an unknown packing": length + b"Content-Encoding: pigeon\r\n",
        "packing that is not there": length + b"Content-Encoding: gzip\r\n",
        "deflate that is not there": length + b"Content-Encoding: deflate\r\n",
        "br that is not there": length + b"Content-Encoding: br\r\n",
        "packed a hundred times": length + b"Content-Encoding: " + b"gzip, " * 99 + b"gzip\r\n",
        "90 cookies": length + b"".join(
            b"Set-Cookie: a%d=%s\r\n" % (i, b"x" * 4000) for i in range(90)),
        "a cookie of nonsense": length + b"Set-Cookie: =;;;=\xff; expires=never\r\n",
        "another type": length + b"Content-Type: image/png\r\n",
        "a type of nonsense": length + b"Content-Type: \x01; charset=\xff\r\n",
        "an upgrade": length + b"Upgrade: h2c\r\nConnection: upgrade\r\n",
        "none": b"",
    }  # fmt: skip
    return {f"headers: {name}": says(lines) for name, lines in found.items()} | {
        "headers: cut": raw(_OK + b"Content-Len"),
        "headers: cut, then silence": raw(_OK + b"Content-Len", end="hold"),
        "headers: cut, then reset": raw(_OK + b"Content-Len", end="reset"),
    }


def waits() -> dict[str, Play]:
    said = ("0", "1", "-1", "0.5", "1e9", "9" * 5000, "inf", "nan", "\u0663", "\xb2", "soon", ",",
            "Mon, 23 Nov 2099 10:00:30 GMT", "Mon, 99 Nov 2026 10:00:30 GMT",
            "Mon, 23 Nov 99999 10:00:30 GMT", "23 Nov 2026", "Mon, 23 Nov 2026 10:00:30 +9999",
            "Mon, 23 Nov 2026 10:00:30 -0000", "\x00", "(((((", "0000-00-00")  # fmt: skip
    return {
        f"Retry-After: {word[:32]!r}": sent(b"busy", f"Retry-After: {word}",
                                            status=b"HTTP/1.1 429 Too Many\r\n")
        for word in said
    }  # fmt: skip


def redirects() -> dict[str, Play]:
    places = {
        "nowhere": "", "itself": "{here}", "another scheme": "file:///etc/passwd",
        "ftp": "ftp://127.0.0.1/x", "script": "javascript:alert(1)", "a bare word": "elsewhere",
        "no host": "http://", "an open bracket": "http://[::1/x", "a port of words": "http://a:b/",
        "port 99999": "http://127.0.0.1:99999/", "nobody": "http://127.0.0.1:9/",
        "100,000 letters": "http://127.0.0.1:9/" + "x" * 60_000, "a blank": "http://a b/",
        "another protocol": "//127.0.0.1:9/x", "only a question": "?a=b", "no letters": "\xff\xfe",
        "a name and password": "http://me:word@127.0.0.1:9/",
        "a name too long": f"http://{'a' * 300}.invalid/",
    }  # fmt: skip
    return {
        f"redirect {status} to {name}": sent(b"", f"Location: {to}",
                                             status=b"HTTP/1.1 %d Moved\r\n" % status)
        for status in (301, 302, 303, 307, 308)
        for name, to in places.items()
    } | {"redirect without address": sent(b"", status=b"HTTP/1.1 302 Found\r\n")}  # fmt: skip


def _chunked(body: bytes) -> Play:
    return raw(_OK + b"Transfer-Encoding: chunked\r\n\r\n" + body)


def chunks() -> dict[str, Play]:
    size = b"%x" % len(_TRUE)
    whole = size + b"\r\n" + _TRUE + b"\r\n0\r\n\r\n"
    found = {
        "whole": whole,
        "without end": size + b"\r\n" + _TRUE + b"\r\n",
        "cut inside": size + b"\r\n" + _TRUE[:50],
        "a size of words": b"many\r\n" + _TRUE,
        "a size below zero": b"-5\r\n" + _TRUE,
        "a size of 10^30": b"f" * 26 + b"\r\n" + _TRUE,
        "a size of 1 MB of zeros": b"0" * (1 << 20) + whole,
        "an empty size": b"\r\n" + _TRUE,
        "no sizes": _TRUE,
        "a size too small": b"5\r\n" + _TRUE + b"\r\n0\r\n\r\n",
        "a size too large": b"fff\r\n" + _TRUE + b"\r\n0\r\n\r\n",
        "line feeds only": whole.replace(b"\r", b""),
        "a remark of 1 MB": size + b";" + b"x" * (1 << 20) + b"\r\n" + _TRUE + b"\r\n0\r\n\r\n",
        "headers afterwards": whole[:-2] + b"X: y\r\n\r\n",
        "one byte each": b"".join(b"1\r\n%c\r\n" % c for c in _TRUE) + b"0\r\n\r\n",
        "something afterwards": whole + b"HTTP/1.1 200 OK\r\n\r\n",
        "underscores in the size": size[:1] + b"_" + size[1:] + b"\r\n" + _TRUE + b"\r\n0\r\n\r\n",
        "0x before the size": b"0x" + whole,
    }
    plays = {f"chunks: {name}": _chunked(body) for name, body in found.items()}
    for seed in range(30):
        kind = list(DAMAGES)[seed % len(DAMAGES)]
        plays[f"chunks: damaged {seed} ({kind})"] = _chunked(damaged(whole, kind, seed))
    return plays


def packings() -> dict[str, Play]:
    packed = gzip.compress(_TRUE, mtime=0)
    gz, deflate = "Content-Encoding: gzip", "Content-Encoding: deflate"
    bomb = gzip.compress(bytes(1 << 26)) * 40
    bare = zlib.compressobj(wbits=-15)
    plays = {
        "whole": sent(packed, gz),
        "a bomb of 2.5 GB": sent(bomb, gz),
        "a bomb in a bomb": sent(gzip.compress(bomb), "Content-Encoding: gzip, gzip"),
        "a wrong checksum": sent(packed[:-8] + bytes(4) + packed[-4:], gz),
        "a wrong length": sent(packed[:-4] + b"\x01\x02\x03\x04", gz),
        "two members": sent(gzip.compress(_TRUE[:99]) + gzip.compress(_TRUE[99:]), gz),
        "rubbish afterwards": sent(packed + b"rubbish", gz),
        "deflate": sent(zlib.compress(_TRUE), deflate),
        "deflate without head": sent(bare.compress(_TRUE) + bare.flush(), deflate),
        "an empty body": sent(b"", gz),
        "only the head": sent(packed[:10], gz),
        "x-gzip": sent(packed, "Content-Encoding: x-gzip"),
        "a name of 4 MB inside": sent(b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * (4 << 20), gz),
    }
    for i in range(40):
        plays[f"cut after {i / 40:.0%}"] = sent(packed[: len(packed) * i // 40], gz)
        kind = list(DAMAGES)[1 + i % (len(DAMAGES) - 1)]
        plays[f"damaged {i} ({kind})"] = sent(damaged(packed, kind, i), gz)
    return {f"gzip: {name}": play for name, play in plays.items()}


def paces() -> dict[str, Play]:
    head = _OK + b"Content-Length: %d\r\n" % len(_TRUE)
    drip = tuple(x for c in _TRUE for x in (bytes([c]), 0.02))
    return {
        "pace: silence after the question": raw(end="hold"),
        "pace: silence after the headers": raw(head + b"\r\n", end="hold"),
        "pace: silence within the body": raw(head + b"\r\n" + _TRUE[:100], end="hold"),
        "pace: a drip of headers": raw(head, *(x for _ in range(400) for x in (b"X: y\r\n", 0.02))),
        "pace: a drip within a header": raw(head + b"X: ",
                                            *(x for _ in range(400) for x in (b"y", 0.02))),
        "pace: a drip of body": raw(head + b"\r\n", *drip),
        "pace: a drip of chunks": raw(_OK + b"Transfer-Encoding: chunked\r\n\r\n",
                                      *(x for c in _TRUE for x in (b"1\r\n%c\r\n" % c, 0.02))),
        "pace: a drip within a chunk size": raw(_OK + b"Transfer-Encoding: chunked\r\n\r\n",
                                                *(x for _ in range(400) for x in (b"0", 0.02))),
        "pace: a drip of Continue": raw(*(x for _ in range(400)
                                          for x in (b"HTTP/1.1 100 Continue\r\n\r\n", 0.02))),
        "pace: reset at once": raw(end="reset"),
        "pace: reset after the headers": raw(head + b"\r\n", end="reset"),
        "pace: reset within the body": raw(head + b"\r\n" + _TRUE[:100], 0.05, end="reset"),
        "pace: reset after the body": raw(head + b"\r\n" + _TRUE, 0.05, end="reset"),
        "pace: slow but whole": raw(head + b"\r\n", 0.1, _TRUE[:200], 0.1, _TRUE[200:]),
        "pace: whole, and kept open": raw(head + b"\r\n" + _TRUE, end="hold"),
        "length: too long by one": sent(_TRUE, length=len(_TRUE) + 1),
        "length: too short by one": sent(_TRUE, length=len(_TRUE) - 1),
        "length: nothing": sent(_TRUE, length=0),
        "length: not told": raw(_OK + b"\r\n" + _TRUE),
        "length: not told, and half": raw(_OK + b"\r\n" + _TRUE[:200]),
        "length: not told, and endless": raw(_OK + b"\r\n", *(x for _ in range(99)
                                                              for x in (b" " * 65536, 0.02))),
    }  # fmt: skip


KINDS: tuple[Callable[[], dict[str, Play]], ...] = (
    status_lines, headers, waits, redirects, chunks, packings, paces,
)  # fmt: skip


def bodies(count: int) -> dict[str, bytes]:
    """Bodies of Overpass that come in a sound exchange."""
    found = {f"body: {name}": body for name, body in handmade_answers().items()}
    for seed in range(count):
        found[f"body: mutated {seed}"] = mutated(OVERPASS, seed)
        kind = list(DAMAGES)[seed % len(DAMAGES)]
        found[f"body: damaged {seed} ({kind})"] = damaged(_TRUE, kind, seed)
    return found


def place_bodies(count: int) -> dict[str, bytes]:
    """Bodies of Nominatim."""
    found = {f"place: {name}": body for name, body in handmade_places().items()}
    whole = json.dumps(NOMINATIM).encode()
    for seed in range(count):
        found[f"place: mutated {seed}"] = mutated(NOMINATIM, seed)
        kind = list(DAMAGES)[seed % len(DAMAGES)]
        found[f"place: damaged {seed} ({kind})"] = damaged(whole, kind, seed)
    return found


# --- our side


def _settings(url: str, cache: Path) -> Settings:
    return Settings(
        cache_dir=cache, overpass_urls=(url,), nominatim_url=url, connect_timeout_s=0.5,
        read_timeout_s=0.3, attempts=2, backoff_s=0.02, total_timeout_s=TOTAL_S,
    )  # fmt: skip


def ask_overpass(play: Play) -> Verdict:
    """A question to Overpass: an error and no cache, or a whole answer that can be parsed."""
    return _asked(play, _fetched)


def ask_nominatim(play: Play) -> Verdict:
    """A question to Nominatim, likewise."""
    return _asked(play, _placed)


def _asked(play: Play, ask: Callable[[Settings], Verdict]) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        settings = _settings(RawServer(play).url, cache)
        start = time.monotonic()
        verdict = judged(lambda: ask(settings))
        took_s = time.monotonic() - start
        kept = [path for path in cache.rglob("*") if path.is_file()]
    if took_s > TOTAL_S + _GRACE_S:
        return Verdict("hang", f"{took_s:.1f} s with {TOTAL_S:g} s allowed")
    if verdict.outcome == "error" and kept:
        return Verdict("wrong", f"refused, and kept in the cache: {verdict.said}")
    if verdict.outcome != "error" and verdict.is_good and not kept:
        return Verdict("wrong", "believed, and not kept in the cache")
    return verdict


def _fetched(settings: Settings) -> Verdict:
    answer = fetch_overpass(main_roads_query(*BOX), settings)
    parsed = whole_answer(answer.body)
    layers = read_osm_xml(to_osm_xml([answer.body]), CRS.from_epsg(4547),
                          provenance=answer.provenance, extent=BOX)  # fmt: skip
    if parsed == OVERPASS:
        return Verdict("unchanged")
    note = layers.provenance["streets"].note.partition("; ")[2]
    return Verdict("repaired" if note else "other", note)


def _placed(settings: Settings) -> Verdict:
    place = find_place("Lirendong", settings)
    if not (abs(place.lon) <= 180 and abs(place.lat) <= 90):
        return Verdict("wrong", f"{place.lon}, {place.lat}")
    outline = place.boundary
    if outline is not None:
        west, south, east, north = outline.bounds
        if not (outline.is_valid and outline.area > 0):
            return Verdict("wrong", f"an invalid outline: {outline.wkt[:100]}")
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            return Verdict("wrong", f"an outline off the globe: {outline.bounds}")
    if any(ord(c) < 32 or c == "\u202e" for c in place.display_name):
        return Verdict("wrong", f"a name that a terminal obeys: {place.display_name!r}")
    if len(place.display_name) > 1000:
        return Verdict("wrong", f"a name of {len(place.display_name)} letters")
    return Verdict("other")


def exchange_cases(count: int) -> Iterator[Case]:
    """Every exchange once, and so many altered bodies of each kind."""
    for kind in KINDS:
        for name, play in kind().items():
            yield _case(name, "ask_overpass", play)
    for name, body in bodies(count).items():
        yield _case(name, "ask_overpass", sent(body))
    for name, body in place_bodies(count // 2).items():
        yield _case(name, "ask_nominatim", sent(body))


def _case(name: str, work: str, play: Any) -> Case:
    return Case("HTTP exchanges", name.partition(":")[0].split(" 3")[0], name,
                f"hostile.kit.exchanges:{work}", (play,), seconds=6, memory_mb=2000)  # fmt: skip

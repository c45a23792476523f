"""A server on this machine that (mis)behaves as it is told, and time that can be skipped."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from taobaogis.loaders.patience import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: str


class Server(ThreadingHTTPServer):
    """Plays its script, one behaviour a request; the last one is repeated."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/api"
        self.closing = threading.Event()
        self.connections = 0
        self.requests: list[Request] = []
        self.script: list[Callable[[Handler], None]] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def get_request(self) -> tuple[socket.socket, object]:
        self.connections += 1
        return super().get_request()

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are what these tests are about."""

    def says(self, status: int, body: bytes = b"", /, **headers: str) -> Server:
        def answer(handler: Handler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(body)

        self.script.append(answer)
        return self

    def stays_silent(self) -> Server:
        self.script.append(lambda _: _wait(self, 60.0))
        return self

    def drips_its_body(self) -> Server:
        def drip(handler: Handler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", "1000000")
            handler.end_headers()
            while not self.closing.wait(0.02):
                handler.wfile.write(b" ")

        self.script.append(drip)
        return self

    def drips_its_headers(self) -> Server:
        def drip(handler: Handler) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.closing.wait(0.02):
                handler.wfile.write(b"o")

        self.script.append(drip)
        return self

    def hangs_up_after(self, body: bytes, *, promised: int) -> Server:
        def cut(handler: Handler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(promised))
            handler.end_headers()
            handler.wfile.write(body)

        self.script.append(cut)
        return self

    def resets(self) -> Server:
        def reset(handler: Handler) -> None:
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            os.close(handler.connection.detach())

        self.script.append(reset)
        return self

    def sends_on(self, status: int = 307, to: str = "") -> Server:
        return self.says(status, Location=to or self.url)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size).decode()
        script = self.server.script
        self.server.requests.append(Request(self.command, self.path, dict(self.headers), body))
        (script.pop(0) if len(script) > 1 else script[0])(self)

    do_POST = do_GET  # noqa: N815 - the base class looks it up by this name

    def log_message(self, *_: object) -> None:
        """Tests look at `Server.requests`."""


def _wait(server: Server, seconds: float) -> None:
    server.closing.wait(seconds)


@dataclass
class SkippedTime:
    """Clock on which pauses pass at once; real waiting counts as well."""

    pauses: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(
            now=lambda: time.monotonic() + sum(self.pauses),
            sleep=self.pauses.append,
            utc=lambda: NOW,
        )


def closed_door() -> str:
    """Address at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/api"


@contextlib.contextmanager
def servers(count: int) -> Iterator[list[Server]]:
    """So many of them, closed in the end."""
    running = [Server() for _ in range(count)]
    try:
        yield running
    finally:
        for server in running:
            server.stop()

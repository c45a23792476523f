"""What tests of the loaders share: servers on this machine, and time that can be skipped."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.servers import Server, SkippedTime, closed_door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taobaogis.settings import Settings


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def new_server() -> Iterator[Callable[[], Server]]:
    servers: list[Server] = []

    def start() -> Server:
        servers.append(Server())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(new_server: Callable[[], Server]) -> Server:
    return new_server()


@pytest.fixture
def nobody() -> str:
    """Address at which nothing listens."""
    return closed_door()


@pytest.fixture
def online(settings: Settings, server: Server) -> Settings:
    """Settings that reach the local server, and small bounds of patience."""
    return replace(
        settings,
        offline=False,
        overpass_urls=(server.url,),
        nominatim_url=server.url,
        connect_timeout_s=0.5,
        read_timeout_s=0.3,
        attempts=2,
        backoff_s=0.05,
        total_timeout_s=1.0,
    )


@pytest.fixture
def skipped() -> SkippedTime:
    return SkippedTime()

"""What all tests share: no network but the own machine, real data where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_socket import socket_allow_hosts
from support.browser import start

from taobaogis.collecting import look_seldom
from taobaogis.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

# Timings of single examples say nothing on a shared machine.
# Where a change is judged, the same examples judge every change; elsewhere new ones are drawn.
hypothesis_settings.register_profile(
    "shared-machine",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("shared-machine")


look_seldom()

# Tests work in one process unless they say otherwise: to start others takes seconds.
os.environ["TAOBAOGIS_WORKERS"] = "1"


def pytest_runtest_setup() -> None:
    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real geodata beside the checkout."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "futian.osm.pbf").is_file():
        pytest.skip("the real geodata is not beside this checkout (../shared/data)")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a cache of their own and no server."""
    return Settings(cache_dir=tmp_path / "cache", offline=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser, closed with its module: while one is open no other loop of events runs."""
    yield from start()

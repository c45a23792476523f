"""The hand-made run, and a real browser to open its pages in."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from taobaogis.results import StudyResult

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """Module that builds the run."""
    path = Path(__file__).with_name("scene.py")
    spec = importlib.util.spec_from_file_location("taobaogis_scene", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def result(made: ModuleType) -> StudyResult:
    """Synthetic run of three villages."""
    return made.scene()


@pytest.fixture(scope="session")
def browse(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[str, str]]:
    """Open a page in a headless browser: what it looks like inside, and what it complained of."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        pytest.skip("no Chromium is installed")

    def open_page(html: str, *, size: str = "1400,900") -> tuple[str, str]:
        folder = tmp_path_factory.mktemp("page")
        page = folder / "page.html"
        page.write_text(html, encoding="utf-8")
        done = subprocess.run(
            [
                program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update",
                "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND",
                "--lang=en", f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr",
                "--virtual-time-budget=6000", f"--window-size={size}", "--dump-dom",
                page.as_uri(),
            ],
            capture_output=True, check=False, timeout=110,
        )  # fmt: skip
        complaints = [
            line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line
        ]
        return done.stdout.decode(errors="replace"), "\n".join(complaints)

    return open_page

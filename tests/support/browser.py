"""A real browser without network: what a page asks for, complains of, and draws."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

DESKTOP, PHONE = (1400, 900), (390, 844)
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_OWN = ("file:", "data:", "blob:", "about:")

# Opaque pixels of all canvases, their colours, and the sum of all channels.
_DRAWN = """() => {
  let [inked, weight] = [0, 0];
  const colours = new Set();
  for (const canvas of document.querySelectorAll("canvas")) {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      const colour = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
      weight += data[i] + data[i + 1] + data[i + 2] + data[i + 3];
      if (data[i + 3] > 250) { inked += 1; colours.add(colour); }
    }
  }
  return { inked, weight, colours: [...colours] };
}"""


def start() -> Iterator[Browser]:
    """One browser, closed at the end; skips where there is none."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium is installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A page that is open.

    Attributes
    ----------
    page
        To click and to ask.
    requests
        Addresses outside the page that it asked for; all were refused.
    complaints
        Warnings, errors and exceptions on its console.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._asked)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(_OWN):
            self.requests.append(request.url)

    def _said(self, message: Any) -> None:
        # `drawn` itself is told that it reads the canvas often.
        if message.type in {"warning", "error"} and "getImageData" not in message.text:
            self.complaints.append(message.text)

    def drawn(self) -> dict[str, Any]:
        """How many pixels are opaque, the sum of all that is drawn, and the opaque colours."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
        found: dict[str, Any] = self.page.evaluate(_DRAWN)
        return found

    def colours(self) -> set[str]:
        """Colours on the canvases as ``#rrggbb``."""
        return {f"#{colour:06x}" for colour in self.drawn()["colours"]}


@contextlib.contextmanager
def visit(
    browser: Browser, page: Path, *, size: tuple[int, int] = DESKTOP, locale: str = "en-GB",
    **context: Any,
) -> Iterator[Visit]:  # fmt: skip
    """Open a file with the network off."""
    options: dict[str, Any] = {
        "viewport": {"width": size[0], "height": size[1]}, "locale": locale, "offline": True,
        "has_touch": size == PHONE, "is_mobile": size == PHONE, **context,
    }  # fmt: skip
    inside = browser.new_context(**options)
    try:
        opened = Visit(inside.new_page())
        opened.page.set_default_timeout(30_000)
        opened.page.goto(page.as_uri())
        yield opened
    finally:
        inside.close()

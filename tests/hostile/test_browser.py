"""A run whose every name tries to be obeyed, opened in a real browser and handled there."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
from hostile.kit.osm_files import square
from support.command_line import taobaogis
from support.osm_files import document, node, relation, way

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

ACT = "window.obeyed=(window.obeyed||0)+1"
NAMES = (
    f"<script>{ACT}</script>",
    f"</script><script>{ACT}</script>",
    f'<img src=x onerror="{ACT}">',
    f'"><svg onload="{ACT}">',
    f"' onmouseover='{ACT}' x='",
    f'" autofocus onfocus="{ACT}" x="',
    '<iframe srcdoc="<script>parent.obeyed=1</script>"></iframe>',
    f'<a href="javascript:{ACT}">press</a>',
    f"[press](javascript:{ACT})",
    f"{{{{constructor.constructor('{ACT}')()}}}}${{{ACT}}}",
    f"-->{ACT}<!--",
    f"&lt;script&gt;{ACT}&lt;/script&gt;&#60;b&#62;",
    "<style>*{display:none}</style>",
    '<meta http-equiv=refresh content="0;url=http://127.0.0.1:9/">',
    '<base href="http://127.0.0.1:9/"><link rel=stylesheet href=//127.0.0.1:9/a.css>',
    "</title></style></textarea></noscript><plaintext>",
    "=cmd|'/C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", '=HYPERLINK("http://127.0.0.1:9")',
    "a\u2028b\u2029c", "a\u202egnp.exe", "__proto__", "constructor", "'; DROP TABLE buildings; --",
    "里" * 300, "Z" + "\u0301" * 100, "🛒 قرية",
)  # fmt: skip
VILLAGES = (0, 3)
PAGES = ("index.html", *(f"map-v{i}.html" for i in VILLAGES))
# Elements and attributes that only a name could have brought into a page.
BROUGHT_IN = """() => [...document.querySelectorAll(
  "iframe, base, meta[http-equiv=refresh], plaintext, link, [onerror], [onload], [onmouseover]," +
  "[onfocus], [onclick], a[href^='javascript'], img[src='x'], body style"
)].map((e) => e.outerHTML)"""


def hostile_city() -> bytes:
    """Six streets, 36 houses, shops and stops, each with the next of the names."""
    names = itertools.cycle(NAMES)
    nodes = [node(100 + 7 * i + j, 113.3 + j * 5e-4, 23.0 + i * 5e-4)
             for i in range(7) for j in range(7)]  # fmt: skip
    streets = [
        way(1000 + i, [100 + 7 * i + j for j in range(7)], highway="residential",
            name=next(names), name__en=next(names))
        for i in range(7)
    ] + [way(1100 + j, [100 + 7 * i + j for i in range(7)], highway="service", name=next(names))
         for j in range(7)]  # fmt: skip
    corners, houses = [], []
    for k in range(36):
        first = 2000 + 10 * k
        corners += square(first, 113.3001 + (k % 6) * 5e-4, 23.0001 + (k // 6) * 5e-4, 3e-4)
        ring = [first, first + 1, first + 2, first + 3, first]
        houses.append(
            way(3000 + k, ring, building="residential", building__levels="4", name=next(names))
        )
    places = [
        node(4000 + k, 113.3 + k * 8e-5, 23.00045 + (k % 5) * 5e-4, shop="clothes",
             name=next(names), name__zh=next(names), name__en=next(names), brand=next(names))
        for k in range(len(NAMES))
    ]  # fmt: skip
    stops = [node(5000 + k, 113.3 + 5e-4 * k, 23.0, highway="bus_stop", public_transport="platform",
                  name=next(names)) for k in range(7)]  # fmt: skip
    lines = [relation(6000 + k, [*(("node", 5000 + n, "platform") for n in range(7)),
                                 ("way", 1000, "")],
                      type="route", route="bus", ref=name, name=name)
             for k, name in enumerate(NAMES[:6])]  # fmt: skip
    return document(*nodes, *corners, *places, *stops, *streets, *houses, *lines)


def quoted(text: str) -> str:
    """A text as TOML writes it, which is as JSON does."""
    return json.dumps(text, ensure_ascii=False)


def hostile_study() -> str:
    """A study with a hostile name for whatever has one."""
    parts = [
        f'[study]\nid = "s"\ntitle_en = {quoted(NAMES[0])}\ntitle_zh = {quoted(NAMES[2])}',
        f"[source]\nosm = {quoted(f'<img src=x onerror={ACT}>.osm')}",
    ]
    parts += [
        f'[[village]]\nid = "v{i}"\nname_en = {quoted(NAMES[i])}\nname_zh = '
        f"{quoted(NAMES[i + 1])}\nlon = 113.3015\nlat = 23.0015\nradius_m = 150\n"
        'goods = ["clothing"]'
        for i in VILLAGES
    ]
    parts += [
        f'[[market]]\nid = "m{i}"\nname_en = {quoted(name)}\nname_zh = {quoted(name)}\n'
        f'goods = ["clothing"]\nlon = {113.3001 + 1e-4 * i}\nlat = 23.0002'
        for i, name in enumerate(n for n in NAMES if n.isprintable() or "Z" in n)
    ]
    parts += [
        f'[[vehicle]]\nid = "{key}"\nname_en = {quoted(NAMES[i])}\nname_zh = '
        f"{quoted(NAMES[i + 1])}\nclear_width_m = {width}"
        for i, (key, width) in enumerate((("tricycle", 1.8), ("van", 2.5), ("fire_engine", 4.0)))
    ]
    return "\n".join(parts)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / f"<img src=x onerror={ACT}>.osm").write_bytes(hostile_city())
    (folder / "study.toml").write_text(hostile_study(), encoding="utf-8")
    ended = taobaogis("run", folder / "study.toml", "--out", folder / "out", "-q")
    assert ended.code == 0, ended.err
    return folder / "out"


class Watched:
    """A page that tells what it did."""

    def __init__(self, browser: Browser, path: Path) -> None:
        self.context = browser.new_context(viewport={"width": 1400, "height": 900}, offline=True)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.deeds: list[str] = []
        self.page.on("dialog", lambda dialog: (self.deeds.append("dialog"), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.deeds.append(f"error {error}"))
        self.page.on("request", self._asked)
        self.page.on("console", self._said)
        self.page.goto(path.as_uri())
        if path.name.startswith("map-"):
            self.page.wait_for_selector("body[data-ready]")

    def _asked(self, request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:", "about:")):
            self.deeds.append(f"request {request.url}")

    def _said(self, message) -> None:
        if message.type == "error":
            self.deeds.append(f"console {message.text}")

    def did(self) -> list[str]:
        """Everything that a harmless page does not do; ends the visit."""
        found = [*self.deeds, *self.page.evaluate(BROUGHT_IN)]
        if self.page.evaluate("window.obeyed"):
            found.append("a script of a name ran")
        self.context.close()
        return found


def handled(page: Page) -> int:
    """Press, hover, search and read whatever there is; how many pop-ups were opened."""
    for box in page.locator("#layers input[type=checkbox]").all():
        if box.is_enabled():
            box.evaluate("(e) => { if (!e.checked) e.click(); }")
    opened = 0
    for asked in ("script", "img", "onload", "=", "里", "constructor", "press", "proto", "drop"):
        page.fill("#search", asked)
        hits = page.locator("#found button")
        for i in range(min(hits.count(), 3)):
            page.fill("#search", asked)
            page.locator("#found button").nth(i).click()
            page.locator(".leaflet-popup-content h3").wait_for()
            opened += 1
            page.evaluate("document.querySelector('.leaflet-popup-content h3').click()")
    for language in ("zh", "en"):
        page.evaluate(f"document.querySelector('.languages [data-lang={language}]').click()")
    box = page.locator("#map").bounding_box()
    for x, y in itertools.product(range(200, 1000, 160), range(150, 800, 130)):
        page.mouse.move(box["x"] + x, box["y"] + y)
    return opened


@pytest.mark.parametrize("guard", ["with", "without"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_made_from_hostile_names_run_no_script_and_raise_no_error(
    run, browser, tmp_path, name, guard
):
    text = (run / name).read_text(encoding="utf-8")
    if guard == "without":
        # The page may not rest on the browser keeping to its policy.
        text, n = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
        assert n == 1
    (tmp_path / name).write_text(text, encoding="utf-8")
    watched = Watched(browser, tmp_path / name)
    if name.startswith("map-"):
        assert handled(watched.page) > 12
        assert NAMES[int(name[5:-5])] in watched.page.locator("h1").inner_text()
    else:
        for press in watched.page.locator("button, summary").all():
            press.evaluate("(e) => e.click()")
        assert NAMES[0] in watched.page.inner_text("body")
    assert watched.did() == []


def test_a_watched_page_that_obeys_a_name_is_seen(browser, tmp_path):
    for i, bad in enumerate(NAMES[:6]):
        path = tmp_path / f"bad{i}.html"
        path.write_text(f'<!DOCTYPE html><p title="">{bad}</p>', encoding="utf-8")
        watched = Watched(browser, path)
        assert ("<" not in bad) or watched.did(), bad


def test_tables_hold_no_cell_that_a_spreadsheet_would_run(run):
    for name in ("indicators.csv", "comparison.csv"):
        text = (run / name).read_text(encoding="utf-8-sig")
        for row in csv.DictReader(io.StringIO(text)):
            for column, cell in row.items():
                number = column in {"value", "low", "high", "total", "rank", "n"}
                assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell


def test_names_in_the_geopackage_are_texts_and_nothing_else(run):
    with sqlite3.connect(run / "layers.gpkg") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = {row[0] for row in database.execute("SELECT table_name FROM gpkg_contents")}
        assert {"buildings", "streets", "places", "markets"} <= tables
        said = {row[0] for row in database.execute('SELECT name_en FROM "markets"')}
        triggers = database.execute("SELECT sql FROM sqlite_master WHERE type='trigger'").fetchall()
    assert "'; DROP TABLE buildings; --" in said
    assert not [sql for (sql,) in triggers if "DROP TABLE buildings" in sql]

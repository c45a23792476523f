"""How large the pages of maps are and how soon they are ready, beside `GeoDataFrame.explore`.

Run it with ``make bench-pages``; it needs Chromium, and mapclassify for `explore`. Crooked houses
with every column of a run, in 2,000 and 20,000, are written as a page of ours and as one of
`explore` (folium). Both are opened in the same browser with the network off, three times; the table
shows the medians of the time from asking for the file until the layers are drawn, and of the
processor time of the page's main thread, which a busy machine does not stretch. `explore` fetches
its libraries from servers, so that without network nothing of it is ever drawn; it is measured once
as it is, and once more with the vendored Leaflet put into its page, which is the kindest way.
100,000 houses are opened on our plain page and on the one of vector tiles, which a browser without
a graphics card draws on the processor.
"""

from __future__ import annotations

import re
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import scenes
import shapely
from peer_calls import folium_page
from playwright.sync_api import Browser, Error, sync_playwright
from pyproj import CRS

from taobaogis.maps import pages
from taobaogis.maps.form_layers import buildings_layer
from taobaogis.maps.model import Label, MapSpec
from taobaogis.maps.tiles import archives
from taobaogis.maps.web import render_tiled_page, render_village_page
from taobaogis.results import StudyResult, VillageResult
from taobaogis.study import Study, VehicleSpec, VillageSpec
from taobaogis.village import Layers, Village

if TYPE_CHECKING:
    import geopandas as gpd

METRES = CRS.from_epsg(4547)
COUNTS = (2_000, 20_000)
MANY = 100_000
BOUNDS = {2_000: (400, 1.0), 20_000: (2_000, 2.0)}
TIMES = 3
PATIENCE_MS = 40_000
_BODY = "() => document.body.dataset.ready !== undefined"
_PATHS = "() => document.querySelectorAll('path.leaflet-interactive, canvas').length > 0"


def our_map(frame: gpd.GeoDataFrame) -> MapSpec:
    """The map of a village with these houses and nothing else."""
    spec = VillageSpec("made", "Made village", "虚构村")
    vehicles = (
        VehicleSpec("ebike", "E-bike", "电动自行车", 1.2),
        VehicleSpec("fire_engine", "Fire engine", "消防车", 4.0),
    )
    study = Study(id="pages", villages=(spec,), vehicles=vehicles, synthetic=True)
    boundary = shapely.box(*frame.total_bounds).buffer(20)
    layers = Layers(METRES, {}, {})
    village = Village(
        spec, boundary, "made", is_circle=False, position_doubt_m=0.0, layers=layers, outside=""
    )
    result = VillageResult(village, {"buildings": frame}, {})
    layer = buildings_layer(result, StudyResult(study, METRES, (result,), {}))
    name = Label(spec.name_en, spec.name_zh)
    return MapSpec("made", name, name, METRES, boundary, is_circle=False,
                   layers=(replace(layer, theme=Label("Houses", "房屋")),))  # fmt: skip


def inlined(page: str) -> str:
    """A page of folium with the libraries that it cannot do without put into it."""
    style = f"<style>{pages.inline_style('leaflet.css')}</style>"
    page = re.sub(r"<link[^>]*>", "", page)
    page = re.sub(r'<script[^>]*\ssrc="[^"]+"[^>]*>\s*</script>', "", page)
    libraries = "".join(
        f"<script>{pages.inline_script(name)}</script>"
        for name in ("leaflet.js", "jquery.slim.min.js")
    )
    return page.replace("<head>", f"<head>{style}{libraries}", 1)


def ready_s(browser: Browser, page: Path, drawn: str) -> tuple[float, float] | None:
    """Median seconds until it is drawn, on the clock and of CPU; None if it never is."""
    times, worked = [], []
    for _ in range(TIMES):
        context = browser.new_context(offline=True, viewport={"width": 1400, "height": 900})
        tab = context.new_page()
        asked = context.new_cdp_session(tab)
        asked.send("Performance.enable", {"timeDomain": "threadTicks"})
        start = time.perf_counter()
        try:
            tab.goto(page.as_uri())
            tab.wait_for_function(drawn, timeout=PATIENCE_MS)
            tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
            times.append(time.perf_counter() - start)
            counted = asked.send("Performance.getMetrics")["metrics"]
            worked += [m["value"] for m in counted if m["name"] == "TaskDuration"]
        except Error:
            return None
        finally:
            context.close()
    return statistics.median(times), statistics.median(worked)


def main() -> None:
    """Print the table."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    folder = Path(tempfile.mkdtemp())
    print(f"{'page':44} {'kB':>7} {'at most':>8} {'ready s':>8} {'CPU s':>7} {'at most':>8}")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for count in (*COUNTS, MANY):
            frame = scenes.told_houses(count)
            spec = our_map(frame)
            cases = {"taobaogis": (render_village_page(spec), _BODY)}
            if count == MANY:
                cases["taobaogis, tiles"] = (render_tiled_page(spec, archives(spec)), _BODY)
            else:
                folium = folium_page(frame)
                cases["explore() with libraries put in"] = (inlined(folium), _PATHS)
            if count == COUNTS[0]:
                cases["explore() as it is"] = (folium, _PATHS)
            for name, (text, drawn) in cases.items():
                path = folder / "page.html"
                path.write_text(text, encoding="utf-8")
                seconds = ready_s(browser, path, drawn)
                kilobytes, at_most_s = (
                    BOUNDS.get(count, ("", "")) if name == "taobaogis" else ("", "")
                )
                told = f"{'never':>8} {'':7}"
                if seconds is not None:
                    told = f"{seconds[0]:8.2f} {seconds[1]:7.2f}"
                print(
                    f"{f'{count:,} houses, {name}':44} {len(text.encode()) / 1e3:7.0f} "
                    f"{kilobytes:>8} {told} {at_most_s:>8}"
                )
        browser.close()


if __name__ == "__main__":
    main()

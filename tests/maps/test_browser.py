"""Pages in a real browser with the network off, on a desktop and on a phone."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS
from support.browser import DESKTOP, PHONE, visit

from taobaogis.compare.ranking import compare_villages
from taobaogis.crs import LONLAT
from taobaogis.datums import from_wgs84
from taobaogis.maps import pages
from taobaogis.maps.backdrops import backdrop
from taobaogis.maps.model import Label, MapLayer, MapSpec, Scale, Swatch
from taobaogis.maps.notebook import map_of
from taobaogis.maps.packing import payload
from taobaogis.maps.spec import village_map
from taobaogis.maps.web import render_village_page
from taobaogis.reports.content import report_of
from taobaogis.reports.page import render_comparison_page
from taobaogis.reports.passport import passport_of, render_passport

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from playwright.sync_api import Browser, Page
    from shapely.geometry.base import BaseGeometry

    from taobaogis.results import StudyResult

pytestmark = pytest.mark.browser

READY = "body[data-ready]"
# What can be pressed but has no words for a screen reader.
NAMELESS = """() => [...document.querySelectorAll("button, input, a, summary")]
  .filter((e) => !(e.innerText || e.getAttribute("aria-label") || (e.labels && e.labels.length)))
  .map((e) => e.outerHTML)"""
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture(scope="module")
def folder(result: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of each kind."""
    out = tmp_path_factory.mktemp("pages")
    for village in result.villages:
        page = render_village_page(village_map(village, result))
        (out / f"map-{village.village.id}.html").write_text(page, encoding="utf-8")
        for language in ("en", "zh"):
            drawn = map_of(village, result, language=language)
            drawn.save(out / f"notebook-{village.village.id}-{language}.html")
    values = {v.village.id: v.indicators for v in result.villages}
    comparison = compare_villages(values, result.study.criteria)
    page = render_comparison_page(report_of(result, comparison))
    (out / "index.html").write_text(page, encoding="utf-8")
    return out


def names_of(what: str) -> list[str]:
    return [f"{what}-{village}" for village in ("alder", "birch", "cedar")]


def without_policy(page: str) -> str:
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)


def search_for(page: Page, words: str) -> None:
    if page.locator("#tabs").is_visible():
        page.click("#tabs [data-sheet=layers]")
    page.fill("#search", words)


@SIZES
@pytest.mark.parametrize("name", [*names_of("map"), "index"])
def test_a_page_opens_without_request_or_complaint(
    browser: Browser, folder: Path, name: str, size: tuple[int, int]
) -> None:
    with visit(browser, folder / f"{name}.html", size=size) as seen:
        if name != "index":
            seen.page.wait_for_selector(READY)
            assert seen.drawn()["inked"] > 500
            assert len(seen.drawn()["colours"]) > 3
        wide = seen.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], "nothing sticks out to the side"
    assert seen.requests == []
    assert seen.complaints == []


@SIZES
def test_every_layer_draws_its_colours_and_goes_when_it_is_switched_off(
    browser: Browser, folder: Path, result: StudyResult, size: tuple[int, int]
) -> None:
    spec = village_map(result.villages[0], result)
    with visit(browser, folder / "map-alder.html", size=size) as seen:
        seen.page.wait_for_selector(READY)
        # A click by script: on a phone the switches lie in a drawer.
        click = "(key) => document.querySelector(`[data-layer='${key}'] input`).click()"
        for layer in spec.layers:
            if layer.visible and len(layer.features):
                seen.page.evaluate(click, layer.key)
        bare = seen.drawn()["weight"]
        for layer in spec.layers:
            if not len(layer.features) or layer.key == "markets":
                continue
            seen.page.evaluate(click, layer.key)
            added = seen.drawn()["weight"] - bare
            assert added != 0, layer.key
            if layer.kind == "point" or layer.fill_opacity == 1:
                codes = set(layer.scale.codes(layer.features).tolist())
                used = {layer.scale.classes[code].colour for code in codes}
                assert used & seen.colours(), layer.key
            seen.page.evaluate(click, layer.key)
            # The edge of what is drawn anew is blended once more.
            assert abs(seen.drawn()["weight"] - bare) < 0.1 * abs(added), layer.key


def test_on_a_phone_the_scale_of_widths_goes_and_comes_with_its_layer(
    browser: Browser, folder: Path
) -> None:
    with visit(browser, folder / "map-alder.html", size=PHONE) as seen:
        seen.page.wait_for_selector(READY)
        strip = seen.page.locator("#strip")
        click = "document.querySelector(`[data-layer='streets'] input`).click()"
        assert strip.is_visible()
        seen.page.evaluate(click)
        assert not strip.is_visible()
        seen.page.evaluate(click)
        assert strip.is_visible()


@SIZES
def test_search_finds_a_name_in_either_language_and_tells_of_it(
    browser: Browser, folder: Path, size: tuple[int, int]
) -> None:
    with visit(browser, folder / "map-alder.html", size=size) as seen:
        seen.page.wait_for_selector(READY)
        search_for(seen.page, "布匹")
        seen.page.click("#found button")
        said = seen.page.locator(".leaflet-popup-content")
        assert said.locator("h3").inner_text() == "Cloth Market"
        assert "6\u2009240\u00a0m" in said.inner_text()
        assert "Grade C" in said.inner_text()
        assert "list of markets of the study" in said.inner_text()
        seen.page.click(".languages [data-lang=zh]")
        assert said.locator("h3").inner_text() == "布匹市场"
        box = said.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        search_for(seen.page, "nowhere")
        assert seen.page.locator("#found-note").inner_text() == "没有匹配的名称。"
    assert seen.complaints == []


def test_a_click_on_the_map_tells_of_what_lies_there(browser: Browser, folder: Path) -> None:
    with visit(browser, folder / "map-alder.html") as seen:
        seen.page.wait_for_selector(READY)
        search_for(seen.page, "长街")
        seen.page.click("#found button")
        seen.page.locator(".leaflet-popup-close-button").click()
        box = seen.page.locator("#map").bounding_box()
        assert box is not None
        at = seen.page.evaluate("document.activeElement.id")
        assert at == "search", "the focus goes back to where it came from"
        # The street found lies in the middle of what is free of the panel.
        seen.page.mouse.click(box["x"] + 60 + (box["width"] - 60 - 318 - 50) / 2, box["height"] / 2)
        assert seen.page.locator(".leaflet-popup-content h3").inner_text() == "长街"


def test_the_keyboard_alone_is_enough(browser: Browser, folder: Path) -> None:
    with visit(browser, folder / "map-alder.html") as seen:
        page = seen.page
        page.wait_for_selector(READY)
        page.focus("#map")
        page.keyboard.press("Enter")
        assert page.locator(".leaflet-popup-content h3").inner_text() in {"Building", "Boundary"}
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") == "map"
        page.focus("#search")
        page.keyboard.type("wide st")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.getAttribute('role')") == "dialog"
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Wide St"
        page.keyboard.press("Escape")
        assert page.locator(".leaflet-popup").count() == 0
        unnamed = page.evaluate(NAMELESS)
        assert unnamed == [], "a screen reader has a word for everything that can be pressed"


@SIZES
@pytest.mark.parametrize("name", ["map-alder", "index"])
def test_the_switch_turns_the_page_to_chinese(
    browser: Browser, folder: Path, name: str, size: tuple[int, int]
) -> None:
    with visit(browser, folder / f"{name}.html", size=size) as seen:
        assert "SYNTHETIC DATA" in seen.page.inner_text("body")
        seen.page.click(".languages [data-lang=zh]")
        said = seen.page.inner_text("body")
        assert "合成数据" in said
        assert "手工构造的三个村庄" in said
        assert "SYNTHETIC DATA" not in said
        assert seen.page.get_attribute("html", "lang") == "zh-Hans"


def test_names_stand_on_the_map_and_go_when_they_are_switched_off(
    browser: Browser, folder: Path
) -> None:
    with visit(browser, folder / "map-alder.html") as seen:
        seen.page.wait_for_selector(READY)
        lettered = seen.drawn()["weight"]
        seen.page.uncheck("#lettering")
        bare = seen.drawn()["weight"]
        assert bare != lettered
        seen.page.check("#lettering")
        assert seen.drawn()["weight"] == lettered
    assert seen.complaints == []


# Where each name was written since the last look, in pixels of the window.
WATCH_NAMES = """() => {
  window.written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
    const { left, width } = this.canvas.getBoundingClientRect();
    const { top } = this.canvas.getBoundingClientRect();
    const [{ e, f }, scale] = [this.getTransform(), this.canvas.width / width];
    window.written.push([text, left + e / scale, top + f / scale]);
    write.call(this, text, ...at);
  };
}"""


def test_no_name_runs_beneath_the_figures(browser: Browser, folder: Path) -> None:
    with visit(browser, folder / "map-alder.html") as seen:
        seen.page.wait_for_selector(READY)
        seen.page.evaluate(WATCH_NAMES)
        panel = seen.page.locator("#figures").bounding_box()
        assert panel

        def beneath() -> set[str]:
            written = seen.page.evaluate("() => window.written.splice(0)")
            return {
                text
                for text, x, y in written
                if panel["x"] < x < panel["x"] + panel["width"]
                and panel["y"] < y < panel["y"] + panel["height"]
            }

        # The village is pulled beneath the panel, which is then closed.
        box = seen.page.locator("#map").bounding_box()
        assert box
        x, y = box["x"] + 80, box["y"] + box["height"] - 120
        seen.page.mouse.move(x, y)
        seen.page.mouse.down()
        seen.page.mouse.move(x + 300, y, steps=5)
        seen.page.wait_for_timeout(300)  # held still, so that it does not glide on
        seen.page.mouse.up()
        seen.page.wait_for_function("() => window.written.length > 0")
        assert beneath() == set()
        seen.page.click("#figures > details > summary")
        seen.page.wait_for_timeout(300)
        assert beneath() != set()
    assert seen.complaints == []


def test_a_browser_in_chinese_starts_in_chinese(browser: Browser, folder: Path) -> None:
    with visit(browser, folder / "map-alder.html", locale="zh-CN") as seen:
        seen.page.wait_for_selector(READY)
        assert seen.page.get_attribute("html", "data-lang") == "zh"
        assert seen.page.get_attribute("#search", "placeholder") == "按名称查找"


def test_on_paper_the_map_stands_above_the_figures(browser: Browser, folder: Path) -> None:
    with visit(browser, folder / "map-alder.html") as seen:
        seen.page.wait_for_selector(READY)
        seen.page.emulate_media(media="print")
        tops = [
            seen.page.locator(f"#{part}").bounding_box()["y"]  # type: ignore[index]
            for part in ("map", "figures", "layers")
        ]
        assert tops == sorted(tops)
        assert not seen.page.locator("#search").is_visible()
        assert seen.page.pdf()[:5] == b"%PDF-"


def test_on_paper_no_heading_stands_above_nothing(browser: Browser, folder: Path) -> None:
    with visit(browser, folder / "map-alder.html") as seen:
        seen.page.wait_for_selector(READY)
        seen.page.emulate_media(media="print")
        groups = seen.page.locator(".themed")
        shown = [groups.nth(i) for i in range(groups.count()) if groups.nth(i).is_visible()]
        assert 2 < len(shown) < groups.count()
        for group in shown:
            assert group.locator(".legend").first.is_visible()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_passport_printed_from_the_browser_has_two_pages(
    browser: Browser, result: StudyResult, tmp_path: Path, language: str
) -> None:
    values = {v.village.id: v.indicators for v in result.villages}
    report = report_of(result, compare_villages(values, result.study.criteria))
    passport = passport_of(report, "alder")
    # As much as villages of real studies have to tell.
    long = Label("Where the services line up along the street. " * 5, "服务设施沿街排列情况。" * 12)
    village = dataclasses.replace(passport.village, findings=((Label("Reach", "通行"), long),) * 5)
    page = tmp_path / "passport.html"
    page.write_text(render_passport(dataclasses.replace(passport, village=village)), "utf-8")
    with visit(browser, page) as seen:
        seen.page.click(f".languages [data-lang={language}]")
        sheets = seen.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 2


def test_names_that_try_to_be_code_do_nothing_even_without_the_policy(
    browser: Browser, folder: Path, made: ModuleType, tmp_path: Path
) -> None:
    bare = tmp_path / "bare.html"
    page = (folder / "map-alder.html").read_text(encoding="utf-8")
    bare.write_text(without_policy(page), encoding="utf-8")
    said = set()
    with visit(browser, bare) as seen:
        seen.page.wait_for_selector(READY)
        for word in ("script", "img", "49", "7"):
            seen.page.fill("#search", word)
            for button in seen.page.locator("#found button").all():
                button.click()
                said.add(seen.page.locator(".leaflet-popup-content h3").inner_text())
        assert set(made.HOSTILE) <= said, "each name was shown, letter by letter"
        assert seen.page.evaluate("document.body.dataset.hacked") is None


def test_a_script_that_is_not_ours_is_stopped_by_the_policy(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    page = (folder / "map-alder.html").read_text(encoding="utf-8")
    hurt = tmp_path / "hurt.html"
    foreign = "<script>document.body.dataset.hacked = 1</script></body>"
    hurt.write_text(page.replace("</body>", foreign), encoding="utf-8")
    with visit(browser, hurt) as seen:
        assert seen.page.evaluate("document.body.dataset.hacked") is None
        assert any("Content Security Policy" in words for words in seen.complaints)


@SIZES
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", names_of("notebook"))
def test_a_notebook_map_opens_without_request_or_complaint(
    browser: Browser, folder: Path, name: str, language: str, size: tuple[int, int]
) -> None:
    with visit(browser, folder / f"{name}-{language}.html", size=size) as seen:
        seen.page.wait_for_selector(".leaflet-control-layers label")
        assert seen.drawn()["inked"] > 500
    assert seen.requests == []
    assert seen.complaints == []


def test_a_notebook_map_tells_of_everything_and_runs_no_name(
    browser: Browser, folder: Path, made: ModuleType
) -> None:
    open_all = """() => {
      const said = [];
      for (const name of Object.keys(window).filter((k) => /^geo_json_[0-9]+$/.test(k))) {
        window[name].eachLayer((layer) => {
          const at = layer.getLatLng ? layer.getLatLng() : layer.getBounds().getCenter();
          layer.fire("click", { latlng: at }, true);
          const cells = document.querySelectorAll(".leaflet-popup td");
          for (const cell of cells) said.push(cell.textContent);
        });
      }
      return said;
    }"""
    with visit(browser, folder / "notebook-alder-en.html") as seen:
        seen.page.wait_for_selector(".leaflet-control-layers label")
        said = seen.page.evaluate(open_all)
        assert set(made.HOSTILE) <= set(said)
        assert "12.0 m" in said
        assert seen.page.evaluate("document.body.dataset.hacked") is None


def test_names_stand_on_a_notebook_map_while_their_layer_is_on(
    browser: Browser, folder: Path
) -> None:
    watch = """() => {
      window.said = [];
      const own = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
        window.said.push(text);
        return own.call(this, text, ...at);
      };
    }"""
    with visit(browser, folder / "notebook-alder-zh.html") as seen:
        seen.page.wait_for_selector(".leaflet-control-layers label")
        seen.page.evaluate(watch)
        seen.page.click(".leaflet-control-zoom-in")
        seen.page.wait_for_function("() => window.said.includes('长街')")
        label = seen.page.locator(".leaflet-control-layers label", has_text="街巷宽度")
        label.locator("input").uncheck()
        seen.drawn()
        seen.page.evaluate("() => { window.said.length = 0; }")
        seen.page.click(".leaflet-control-zoom-out")
        seen.page.wait_for_function("() => window.said.some((text) => text.startsWith('店'))")
        assert "长街" not in seen.page.evaluate("() => window.said")
    assert seen.complaints == []


def test_the_frame_of_a_notebook_shows_the_map(
    browser: Browser, result: StudyResult, tmp_path: Path
) -> None:
    drawn = map_of(result.villages[0], result)
    folium.Marker([22.99, 113.34], popup="here").add_to(drawn)
    page = tmp_path / "cell.html"
    page.write_text(f"<!doctype html><body>{drawn._repr_html_()}</body>", encoding="utf-8")
    with visit(browser, page) as seen:
        inside = seen.page.frame_locator("iframe")
        inside.locator(".leaflet-control-layers label").first.wait_for()
        assert inside.locator("canvas").count() == 1
        icons = inside.locator(".leaflet-marker-icon")
        assert (icons.get_attribute("src") or "").startswith("data:image/png")
    assert seen.requests == []
    assert seen.complaints == []


@pytest.mark.parametrize("name", ["osm", "amap"])
def test_tiles_are_asked_for_where_the_village_lies_on_them(
    browser: Browser, result: StudyResult, tmp_path: Path, name: str
) -> None:
    spec = village_map(result.villages[0], result)
    page = tmp_path / "tiles.html"
    page.write_text(render_village_page(spec, backdrop=backdrop(name)), encoding="utf-8")
    with visit(browser, page) as seen:
        seen.page.wait_for_selector(READY)
        seen.page.wait_for_timeout(200)
    assert seen.requests, "the policy lets the tiles through"
    asked = [tile(address) for address in seen.requests]
    # The middle of the tiles asked for, weighted by nothing: they lie around the village.
    zoom = max(z for z, _, _ in asked)
    x, y = np.mean([(x + 0.5, y + 0.5) for z, x, y in asked if z == zoom], axis=0)
    lon, lat = (
        x / 2**zoom * 360 - 180,
        np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y / 2**zoom)))),
    )
    middle = result.villages[0].layers["boundary"].to_crs(LONLAT).union_all().centroid
    expected = np.array([middle.x, middle.y])
    if name == "amap":
        expected = np.array(from_wgs84(middle.x, middle.y, "gcj02"))
    metres = (np.array([lon, lat]) - expected) * [102_600, 110_900]
    assert np.hypot(*metres) < 250, "GCJ-02 lies 600 m off"


def tile(address: str) -> tuple[int, int, int]:
    if "autonavi" in address:
        found = {k: int(v) for k, v in re.findall(r"[?&]([xyz])=(\d+)", address)}
        return found["z"], found["x"], found["y"]
    z, x, y = re.findall(r"/(\d+)/(\d+)/(\d+)\.png", address)[0]
    return int(z), int(x), int(y)


METRES = CRS.from_epsg(4547)
CORNER = np.array([432_300.0, 2_543_700.0])
EMPTY_PAGE = "<!doctype html><div id=map style='width:800px;height:800px'></div>"


def layer_of(key: str, kind: str, *shapes: BaseGeometry, filled: bool = True) -> MapLayer:
    moved = shapely.transform(list(shapes), lambda xy: xy + CORNER)
    word = Label.same(key)
    return MapLayer(
        key, word, word, kind, gpd.GeoDataFrame(geometry=moved, crs=METRES),
        Scale((Swatch(word, "#336699", size_px=4.0),)), fill_opacity=0.7 if filled else 0.0,
    )  # fmt: skip


def test_a_click_meets_the_house_and_not_the_ground_drawn_over_it(
    browser: Browser, tmp_path: Path
) -> None:
    """A point or a line first, the uppermost of them; of filled areas the smallest."""
    layers = (
        layer_of("walk", "line", shapely.LineString([(0, 300), (600, 300)])),
        layer_of("house", "area", shapely.box(100, 100, 200, 200), shapely.box(400, 400, 500, 500)),
        layer_of("yard", "area", shapely.box(120, 120, 150, 150)),
        layer_of("ground", "area", shapely.box(0, 0, 600, 600) - shapely.box(520, 20, 580, 80)),
        layer_of("ring", "area", shapely.box(300, 50, 550, 250), filled=False),
        layer_of("place", "point", shapely.Point(450, 450)),
    )
    spec = MapSpec("made", Label.same(""), Label.same(""), METRES, shapely.box(0, 0, 1, 1),
                   is_circle=False, layers=layers)  # fmt: skip
    expected = {
        (180, 180): ["house", 0], (135, 135): ["yard", 0], (420, 480): ["house", 1],
        (450, 450): ["place", 0], (250, 550): ["ground", 0], (250, 300): ["walk", 0],
        (550, 150): ["ring", 0], (350, 150): ["ground", 0], (565, 35): None, (700, 10): None,
    }  # fmt: skip
    lonlat = gpd.GeoSeries(
        shapely.points(np.array(list(expected)) + CORNER), crs=METRES
    ).to_crs(LONLAT)  # fmt: skip
    page = tmp_path / "blank.html"
    page.write_text(EMPTY_PAGE, "utf-8")
    with visit(browser, page) as seen:
        for name in ("leaflet.js", "shapes.js"):
            seen.page.add_script_tag(content=pages.asset(name))
        found = seen.page.evaluate(
            """([layers, asked]) => {
              const renderer = L.canvas({ tolerance: 2 });
              const map = L.map("map", { renderer, zoomControl: false });
              const crowds = layers.map((layer) => new drawing.Crowd(layer));
              map.fitBounds(crowds[3].getBounds(), { animate: false });
              const company = new drawing.Company(map, crowds);
              for (const crowd of crowds) crowd.addTo(map);
              const told = () => asked.map(([lng, lat]) => {
                const at = map.latLngToLayerPoint(L.latLng(lat, lng));
                const met = company.meet(at);
                const taken = crowds.filter((crowd) => crowd._containsPoint(at));
                return [met && [met[0].layer.key, met[1]], taken.map((crowd) => crowd.layer.key)];
              });
              const all = told();
              crowds[1].remove();
              return [all, told()[0]];
            }""",
            [payload(spec)["layers"], shapely.get_coordinates(lonlat.to_numpy()).tolist()],
        )
    for (at, wanted), (met, taken) in zip(expected.items(), found[0], strict=True):
        assert met == wanted, at
        assert taken == ([] if wanted is None else wanted[:1]), "and no other takes the click"
    assert found[1][0] == ["ground", 0], "a layer that is switched off takes no click"


def test_an_areas_name_stands_in_it_or_nowhere(browser: Browser, tmp_path: Path) -> None:
    square = shapely.box(0, 0, 600, 600)
    shapes = [
        square,
        square - shapely.box(60, 160, 540, 540),  # its middle is a hole; room is in the south
        square - shapely.box(4, 4, 596, 596),  # nowhere wide enough
        shapely.union_all([shapely.box(0, 0, 100, 100), shapely.box(400, 400, 600, 600)]),
    ]
    spec = MapSpec("made", Label.same(""), Label.same(""), METRES, square, is_circle=False,
                   layers=(layer_of("made", "area", *shapes),))  # fmt: skip
    page = tmp_path / "blank.html"
    page.write_text(EMPTY_PAGE, "utf-8")
    with visit(browser, page) as seen:
        for name in ("leaflet.js", "shapes.js"):
            seen.page.add_script_tag(content=pages.asset(name))
        found = seen.page.evaluate(
            """([layer]) => {
              const map = L.map("map", { renderer: L.canvas(), zoomControl: false });
              const crowd = new drawing.Crowd(layer);
              map.fitBounds(crowd.getBounds(), { animate: false });
              crowd.addTo(map);
              return [0, 1, 2, 3].map((i) => {
                const place = crowd.roomiest(i, 8);
                if (!place) return null;
                const at = map.options.crs.pointToLatLng(L.point(...place), 0);
                return [at.lng, at.lat];
              });
            }""",
            [payload(spec)["layers"][0]],
        )
    assert [place is None for place in found] == [False, False, True, False]
    known = [i for i, place in enumerate(found) if place]
    points = gpd.GeoSeries(shapely.points([found[i] for i in known]), crs=LONLAT).to_crs(METRES)
    for i, point in zip(known, points, strict=True):
        at = shapely.transform(point, lambda xy: xy - CORNER)
        assert shapes[i].contains(at), i
        assert shapes[i].boundary.distance(at) > 40, i


@pytest.mark.parametrize("kind", ["area", "line", "point"])
def test_what_lies_under_the_pointer_is_what_lies_there(
    browser: Browser, tmp_path: Path, kind: str
) -> None:
    """Against shapely: holes, parts, the uppermost of several, and a margin round lines."""
    random = np.random.default_rng(3)
    middles = random.uniform(0, 600, (60, 2))
    dots = shapely.points(middles)
    rings = shapely.buffer(dots, random.uniform(20, 60, 60), quad_segs=3)
    shapes = {
        "area": list(shapely.difference(rings, shapely.buffer(dots, 8))),
        "line": [shapely.LineString([m, m + random.normal(0, 60, 2)]) for m in middles],
        "point": list(dots),
    }[kind]
    if kind == "area":
        shapes[7] = shapely.union_all([shapes[7], shapely.box(700, 700, 760, 730)])
    crs = CRS.from_epsg(4547)
    frame = gpd.GeoDataFrame(
        geometry=shapely.transform(shapes, lambda xy: xy + np.array([432_300.0, 2_543_700.0])),
        crs=crs,
    )
    word = Label.same("made")
    layer = MapLayer(
        "made", word, word, kind, frame, Scale((Swatch(word, "#336699", size_px=4.0),)), (),
        stroke_px=2.0,
    )  # fmt: skip
    spec = MapSpec("made", word, word, crs, shapely.box(*frame.total_bounds), is_circle=False,
                   layers=(layer,))  # fmt: skip
    page = tmp_path / "blank.html"
    page.write_text(EMPTY_PAGE, "utf-8")
    asked = random.uniform(0, 800, (1500, 2))
    with visit(browser, page) as seen:
        for name in ("leaflet.js", "shapes.js"):
            seen.page.add_script_tag(content=pages.asset(name))
        found = seen.page.evaluate(
            """([layer, asked]) => {
              const renderer = L.canvas({ tolerance: 5 });
              const map = L.map("map", { renderer, zoomControl: false });
              const crowd = new drawing.Crowd(layer);
              map.fitBounds(crowd.getBounds(), { animate: false });
              crowd.addTo(map);
              return {
                hits: asked.map(([x, y]) => crowd.at(L.point(x, y))),
                places: asked.map(([x, y]) => {
                  const at = map.layerPointToLatLng(L.point(x, y)); return [at.lng, at.lat];
                }),
                zoom: map.getZoom(), factor: crowd.factor,
              };
            }""",
            [payload(spec)["layers"][0], asked.tolist()],
        )
    per_px = 2 * np.pi * 6_378_137 / (256 * 2 ** found["zoom"])
    mercator = frame.to_crs(3857).geometry.to_numpy()
    there = gpd.GeoSeries(
        gpd.points_from_xy(*np.array(found["places"]).T), crs=LONLAT
    ).to_crs(3857).to_numpy()  # fmt: skip
    apart = shapely.distance(there[:, None], mercator[None]) / per_px
    size = {"area": 1.0, "line": 2.0 * found["factor"], "point": 4.0 * found["factor"] + 1.0}[kind]
    sure = ~(np.abs(apart - 5 - size) < 0.05).any(axis=1)
    touched = apart <= 5 + size
    expected = np.where(touched.any(axis=1), 59 - touched[:, ::-1].argmax(axis=1), -1)
    assert sure.mean() > 0.9
    assert (expected >= 0).sum() > 30
    np.testing.assert_array_equal(np.array(found["hits"])[sure], expected[sure])


def test_the_shifted_projection_is_that_of_the_datums(
    browser: Browser, result: StudyResult, tmp_path: Path
) -> None:
    page = tmp_path / "amap.html"
    spec = village_map(result.villages[0], result)
    page.write_text(render_village_page(spec, backdrop=backdrop("amap")), encoding="utf-8")
    lonlat = np.array([[113.3, 23.0], [114.05, 22.53], [116.4, 39.9], [87.6, 43.8]])
    code = """(points) => points.map(([lng, lat]) => {
      const there = backdrop.moved(L.latLng(lat, lng));
      const back = backdrop.unmoved(there);
      return [there.lng, there.lat, back.lng, back.lat];
    })"""
    with visit(browser, page) as seen:
        seen.page.wait_for_selector(READY)
        got = np.array(seen.page.evaluate(code, lonlat.tolist()))
    np.testing.assert_allclose(
        got[:, :2], np.column_stack(from_wgs84(*lonlat.T, "gcj02")), atol=1e-9, rtol=0
    )
    np.testing.assert_allclose(got[:, 2:], lonlat, atol=1e-9, rtol=0)

"""Maps with very many features: tiles hold what the layer holds, and a browser draws them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS
from support.browser import DESKTOP, PHONE, visit

from taobaogis.maps import tiles
from taobaogis.maps.model import Field, Label, MapLayer, MapSpec, Scale, Swatch
from taobaogis.maps.spec import village_map
from taobaogis.maps.tiles import archives, is_tiled
from taobaogis.maps.web import render_tiled_page, render_village_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from taobaogis.results import StudyResult

READY = "body[data-ready]"
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
# What the browser says of itself where it has no graphics card.
ITS_OWN = ("GPU stall due to ReadPixels", "software WebGL")
WORD = Label.same("made")
# Colours on the map, and how many pixels bear each.
COLOURS = """async () => {
  const gl = document.querySelector(".maplibregl-canvas").getContext("webgl2");
  const [w, h] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
  const data = new Uint8Array(4 * w * h);
  gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, data);
  const seen = {};
  for (let i = 0; i < data.length; i += 4) {
    const name = ((1 << 24) | (data[i] << 16) | (data[i + 1] << 8) | data[i + 2]).toString(16).slice(1);
    seen[name] = (seen[name] || 0) + 1;
  }
  return seen;
}"""  # noqa: E501


def houses(count: int) -> gpd.GeoDataFrame:
    side = int(np.ceil(np.sqrt(count)))
    x, y = np.divmod(np.arange(count), side)
    corner = np.column_stack([432_300.0 + 14 * x, 2_543_700.0 + 14 * y])
    return gpd.GeoDataFrame(
        {
            "height_m": np.where(np.arange(count) % 5, np.arange(count) % 40 / 4, np.nan),
            "use": np.where(np.arange(count) % 3, "", "shop"),
            "name_en": [f"House {i}" if i % 7 == 0 else "" for i in range(count)],
            "name_zh": "",
        },
        geometry=shapely.box(*corner.T, *(corner + np.array([10.0, 8.0])).T),
        crs=CRS.from_epsg(4547),
    )


def map_with(frame: gpd.GeoDataFrame) -> MapSpec:
    layer = MapLayer(
        "houses", WORD, WORD, "area", frame,
        Scale((Swatch(Label.same("low"), "#336699"), Swatch(Label.same("high"), "#993333")),
              unknown=Swatch(Label.same("none"), "#dddddd"), column="height_m", edges=(5.0,)),
        (Field("height_m", Label("Height", "高度"), Label.same("m"), 1),
         Field("use", Label("Use", "用途"))),
        named_by=("name_en", "name_zh"),
    )  # fmt: skip
    outline = shapely.box(*frame.total_bounds).buffer(20)
    return MapSpec("made", WORD, WORD, frame.crs, outline, is_circle=False, layers=(layer,))


def unpacked(data: bytes, folder: Path) -> gpd.GeoDataFrame:
    path = folder / "read.pmtiles"
    path.write_bytes(data)
    return pyogrio.read_dataframe(path, layer="houses", CLIP="NO")


def test_the_finest_tiles_hold_every_feature_where_it_is_with_what_it_tells(tmp_path: Path) -> None:
    frame = houses(400)
    archive = archives(map_with(frame))["houses"]
    # A house on the border of two tiles stands in both.
    read = unpacked(archive.tiles, tmp_path).to_crs(frame.crs)
    points = read.representative_point()
    rows = shapely.STRtree(frame.geometry.to_numpy()).nearest(points.to_numpy())
    assert set(rows.tolist()) == set(range(400))
    whole = read.dissolve(by=rows)
    far = shapely.hausdorff_distance(whole.geometry.to_numpy(), frame.geometry.to_numpy())
    assert far.max() < 0.2
    heights = frame["height_m"].to_numpy()[rows]
    np.testing.assert_allclose(read["f0"].astype(float), np.round(heights, 1), atol=0.051)
    expected = np.where(np.isnan(heights), 2, heights >= 5)
    np.testing.assert_array_equal(read["c"], expected)
    assert archive.fields[1]["texts"] == [["shop", "shop"]]
    np.testing.assert_array_equal(read["f1"], np.where(rows % 3, -1, 0))
    names = [archive.names[int(n)][0] for n in read["n"].dropna()]
    assert names == [f"House {i}" for i in rows[read["n"].notna()]]
    assert len(archive.names) == 58


def test_equal_maps_give_equal_tiles() -> None:
    spec = map_with(houses(300))
    assert archives(spec)["houses"].tiles == archives(spec)["houses"].tiles


def test_names_lie_on_what_bears_them() -> None:
    frame = houses(100)
    for name, _, lon, lat in archives(map_with(frame))["houses"].names:
        there = gpd.GeoSeries.from_xy([lon], [lat], crs=4326).to_crs(frame.crs).iloc[0]
        row = frame.index[frame["name_en"] == name][0]
        assert frame.geometry.iloc[row].contains(there)


@pytest.mark.parametrize(("count", "expected"), [(50_000, False), (50_001, True)])
def test_a_map_is_tiled_above_fifty_thousand_features(count: int, expected: bool) -> None:
    assert is_tiled(map_with(houses(count))) is expected


def test_a_layer_without_features_has_no_tiles() -> None:
    spec = map_with(houses(4))
    empty = dataclasses.replace(spec.layers[0], key="empty", features=houses(4).iloc[:0])
    assert list(archives(dataclasses.replace(spec, layers=(empty, *spec.layers)))) == ["houses"]


def test_crowds_are_drawn_from_where_a_house_can_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "_CROWD", 10)
    far = houses(20)
    spec = dataclasses.replace(
        map_with(far), boundary=shapely.Point(432_300, 2_543_700).buffer(3e4)
    )
    assert archives(spec)["houses"].zooms == (12, 15)
    few = dataclasses.replace(spec, layers=(dataclasses.replace(spec.layers[0], features=far[:9]),))
    assert archives(few)["houses"].zooms[0] < 11


@pytest.fixture(scope="module")
def folder(result: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tiled")
    spec = village_map(result.villages[0], result)
    page = render_tiled_page(spec, archives(spec), plain="map-alder.html")
    (out / "tiles-alder.html").write_text(page, encoding="utf-8")
    plain = render_village_page(spec, tiled="tiles-alder.html")
    (out / "map-alder.html").write_text(plain, encoding="utf-8")
    return out


@pytest.mark.browser
@SIZES
def test_a_page_of_tiles_draws_switches_finds_and_tells_without_request(
    browser: Browser, folder: Path, result: StudyResult, size: tuple[int, int]
) -> None:
    with visit(browser, folder / "tiles-alder.html", size=size) as seen:
        page = seen.page
        page.wait_for_selector(READY)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], "nothing sticks out to the side"
        drawn = page.evaluate(COLOURS)
        spec = village_map(result.villages[0], result)
        used = spec.layer("streets").scale
        for code in set(used.codes(spec.layer("streets").features)):
            colour = used.classes[code].colour
            assert drawn.get(colour.lstrip("#"), 0) > 5, colour
        assert sum(n for colour, n in drawn.items() if colour != "fbfaf7") > 2_000
        click = "(key) => document.querySelector(`[data-layer='${key}'] input`).click()"
        for key in ("buildings", "streets"):
            page.evaluate(click, key)
        page.wait_for_timeout(400)
        fewer = page.evaluate(COLOURS)
        assert fewer["fbfaf7"] > drawn["fbfaf7"]
        if page.locator("#tabs").is_visible():
            page.click("#tabs [data-sheet=layers]")
        page.fill("#search", "长街")
        page.click("#found button")
        said = page.locator(".maplibregl-popup-content")
        assert said.locator("h3").inner_text() == "长街"
        page.click(".languages [data-lang=zh]")
        assert "街巷" in said.inner_text()
        said.locator(".maplibregl-popup-close-button").click()
        assert page.locator(".maplibregl-popup").count() == 0
    assert seen.requests == []
    assert [c for c in seen.complaints if not any(own in c for own in ITS_OWN)] == []


@pytest.mark.browser
def test_names_stand_on_tiles_and_a_click_meets_the_house_below_the_land_use(
    browser: Browser, folder: Path
) -> None:
    def inked(page: Page) -> int:
        """Pixels in about the colour of the names, which are blended at their edges."""
        page.wait_for_timeout(400)
        near = {
            colour: n for colour, n in page.evaluate(COLOURS).items()
            if all(abs(int(colour[i:i + 2], 16) - v) < 24 for i, v in ((0, 34), (2, 48), (4, 58)))
        }  # fmt: skip
        return sum(near.values())

    def settled(page: Page, as_wanted: Callable[[int], bool]) -> int:
        """The same once it is as wanted, for which a busy machine has ten seconds."""
        for _ in range(25):
            if as_wanted(ink := inked(page)):
                break
        return ink

    with visit(browser, folder / "tiles-alder.html") as seen:
        page = seen.page
        page.wait_for_selector(READY)
        page.evaluate("() => document.querySelector(`[data-layer='boundary'] input`).click()")
        lettered = settled(page, lambda ink: ink > 100)
        page.uncheck("#lettering")
        bare = settled(page, lambda ink: ink < lettered - 100)
        assert lettered > bare + 100
        page.check("#lettering")
        assert settled(page, lambda ink: ink == lettered) == lettered
        page.evaluate("() => document.querySelector(`[data-layer='landuse'] input`).click()")
        page.wait_for_timeout(400)
        box = page.locator("#map").bounding_box()
        assert box is not None
        met = set()
        for away in (-60, -40, -20, 0, 20):
            page.mouse.click(box["x"] + box["width"] / 2 - 150 + away, box["y"] + box["height"] / 2)
            met.add(page.locator(".maplibregl-popup-content h3").inner_text())
            page.locator(".maplibregl-popup-close-button").click()
        assert "Building" in met
    assert seen.requests == []
    assert [c for c in seen.complaints if not any(own in c for own in ITS_OWN)] == []


@pytest.mark.browser
def test_the_keyboard_alone_is_enough_on_tiles(browser: Browser, folder: Path) -> None:
    with visit(browser, folder / "tiles-alder.html") as seen:
        seen.page.wait_for_selector(READY)
        seen.page.focus(".maplibregl-canvas")
        seen.page.keyboard.press("Enter")
        title = seen.page.locator(".maplibregl-popup-content h3").inner_text()
        assert title in {"Building", "Boundary", "Land use"}
        seen.page.keyboard.press("Escape")
        assert seen.page.locator(".maplibregl-popup").count() == 0
        assert seen.page.evaluate("document.activeElement.className").startswith("maplibregl-canv")


@pytest.mark.browser
def test_a_browser_without_webgl_is_led_to_the_plain_map(browser: Browser, folder: Path) -> None:
    inside = browser.new_context(offline=True)
    page = inside.new_page()
    page.add_init_script(
        "const own = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        "return kind.startsWith('webgl') ? null : own.call(this, kind, ...more); };"
    )
    page.goto((folder / "tiles-alder.html").as_uri())
    page.click("#map .message a")
    page.wait_for_selector(".leaflet-container canvas")
    page.click("header a[data-map]")
    assert page.url.split("#")[0].endswith("tiles-alder.html")
    inside.close()

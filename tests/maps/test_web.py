from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import itertools
import json
import re
import zlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity

from taobaogis.maps import pages
from taobaogis.maps.packing import payload
from taobaogis.maps.spec import village_map
from taobaogis.maps.web import render_village_page

if TYPE_CHECKING:
    from types import ModuleType

    from taobaogis.results import StudyResult, VillageResult

REQUESTING = {"src", "srcset", "data", "poster", "action", "formaction", "background", "cite"}


class Reader(HTMLParser):
    """Tags and attributes of a page; complains of tags that do not close."""

    VOID = frozenset({"meta", "input", "img", "br", "line", "rect", "path", "circle", "link"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def village_pages(result: StudyResult) -> list[str]:
    return [render_village_page(village_map(v, result)) for v in result.villages]


def test_no_attribute_can_make_a_request(village_pages: list[str]) -> None:
    for page in village_pages:
        for tag, attributes in read(page).tags:
            assert tag not in {"iframe", "object", "embed", "base", "link"}
            asked = {k: v or "" for k, v in attributes.items() if k in REQUESTING}
            assert all(v.startswith("data:") for v in asked.values()), (tag, asked)
            assert "//" not in (attributes.get("href") or "")
        assert "url(" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        assert "@import" not in page


def test_the_policy_allows_the_scripts_of_the_page_and_no_others(village_pages: list[str]) -> None:
    page = village_pages[0]
    policy = html.unescape(
        re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)  # type: ignore[union-attr]
    )
    assert "default-src 'none'" in policy
    assert "unsafe-inline'; img" in policy, "styles only"
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert len(digests) == 2
    assert re.findall(r"'sha256-([^']+)'", policy) == digests


def test_equal_maps_give_equal_bytes(made: ModuleType, village_pages: list[str]) -> None:
    again = made.scene()
    rendered = [render_village_page(village_map(v, again)) for v in again.villages]
    assert rendered == village_pages


def test_both_languages_are_in_the_page(village_pages: list[str]) -> None:
    for words in ("Alder Lane", "桤木巷村", "Street width", "街巷宽度", "村界", "公顷", "Boundary"):
        assert words in village_pages[0]


def test_markup_in_a_name_is_written_as_text(village_pages: list[str]) -> None:
    assert "Birch Ford &lt;b&gt;" in village_pages[1]
    assert "<b>" not in re.sub(
        r"<span class=\"number\"><b>", "", village_pages[1].split("<script")[0]
    )


def test_a_missing_value_is_na_with_its_reason_and_never_zero(village_pages: list[str]) -> None:
    row = village_pages[1].split("House footprint, median")[1][:900]
    assert '<span class="chip g-NA"' in row
    assert "building_area_median_m2 was not measured &lt;i&gt;here&lt;/i&gt;" in row
    assert '<span class="number">' not in row.split('<div class="row">')[0]


def test_an_empty_layer_says_so_and_cannot_be_switched(village_pages: list[str]) -> None:
    section = village_pages[1].split('data-layer="buildings"')[1].split("</section>")[0]
    assert "no buildings on the map" in section
    assert "disabled" in section
    assert "checked" not in section


def test_the_vendored_library_brings_its_licence(village_pages: list[str]) -> None:
    assert "BSD 2-Clause License" in village_pages[0]
    assert "sourceMappingURL" not in village_pages[0]


def test_an_asset_that_is_not_vendored_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"'d3\.js' is not vendored"):
        pages.asset("d3.js")


def unpacked(page: str) -> dict[str, Any]:
    """What the page draws, with the fields of each layer put back into it."""
    texts = [
        re.search(rf'id="{name}" type="text/plain">([^<]*)<', page) for name in ("packed", "values")
    ]
    drawn, values = (
        json.loads(zlib.decompress(base64.b64decode(text.group(1)))) for text in texts if text
    )
    assert isinstance(drawn, dict)
    for layer, fields in zip(drawn["layers"], values, strict=True):
        assert "fields" not in layer, "a map is drawn without them"
        layer["fields"] = fields
    return drawn


def rebuilt(geometry: dict[str, list[int]], count: int) -> list[list[list[np.ndarray]]]:
    """Rings by part and feature in degrees; the script of the page does the same."""
    xy = np.cumsum(np.column_stack([geometry["x"], geometry["y"]]), axis=0) / 1e7
    rings = geometry["rings"] or [1] * len(xy)
    split = np.split(xy, np.cumsum(rings)[:-1])
    parts = geometry["parts"] or [1] * len(split)
    bounds = np.cumsum([0, *parts])
    grouped = [split[a:b] for a, b in itertools.pairwise(bounds)]
    features = geometry["features"] or [1] * len(grouped)
    bounds = np.cumsum([0, *features])
    assert len(features) == count
    return [grouped[a:b] for a, b in itertools.pairwise(bounds)]


def test_packed_areas_with_holes_and_parts_come_back_within_a_centimetre_or_two(
    result: StudyResult, made: ModuleType
) -> None:
    village = result.villages[0]
    x, y = made.X0, made.Y0
    hole = shapely.box(x, y, x + 50, y + 50) - shapely.box(x + 10, y + 10, x + 20, y + 20)
    two = shapely.MultiPolygon([shapely.box(x, y, x + 5, y + 5), hole.buffer(1)])
    uses = made.frame(
        [{"use": "green", "geometry": g} for g in (hole, two, shapely.box(x, y, x + 1, y + 1))]
    )
    spec = village_map(
        dataclasses.replace(village, layers={**village.layers, "landuse": uses}), result
    )
    packed = next(p for p in payload(spec)["layers"] if p["key"] == "landuse")
    drawn = [
        shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in parts])
        for parts in rebuilt(packed["geometry"], 3)
    ]
    back = gpd.GeoSeries(drawn, crs=4326).to_crs(uses.crs)
    for before, after in zip(uses.geometry, back, strict=True):
        assert before.hausdorff_distance(after) < 0.02
        assert before.symmetric_difference(after).area < 0.02 * before.length


def test_packed_values_are_rounded_and_null_where_unknown(village_pages: list[str]) -> None:
    streets = next(p for p in unpacked(village_pages[0])["layers"] if p["key"] == "streets")
    fields = {f["name"][0]: f for f in streets["fields"]}
    assert fields["Between façades, median"]["values"] == [1.2, 2.0, 3.0, 5.0, 8.0, 12.0, None]
    assert fields["Between façades, median"]["unit"] == ["m", "m"]
    assert fields["Open side"]["values"] == [0, 0, 0, 0, 0, 0, 100]
    assert fields["Known from"]["texts"] == [["measured between façades", "按立面间距测量"]]
    assert fields["Known from"]["values"] == [0] * 6 + [-1]


def test_names_are_written_on_the_map_but_not_over_areas_that_lie_over_each_other(
    result: StudyResult, made: ModuleType
) -> None:
    village = result.villages[0]
    ground = shapely.box(made.X0, made.Y0, made.X0 + 50, made.Y0 + 50)
    walked = {"vehicle": "walker", "name_en": "Walker", "name_zh": "行人", "geometry": ground}
    reach = {**village.layers, "reach": made.frame([walked])}
    spec = village_map(dataclasses.replace(village, layers=reach), result)
    packed = {layer["key"]: layer for layer in payload(spec)["layers"]}
    assert packed["reach"]["names"]["texts"] == [["Walker", "行人"]]
    assert {key for key, layer in packed.items() if not layer["lettered"]} == {"reach"}


def many_houses(village: VillageResult, made: ModuleType, count: int) -> VillageResult:
    """The village with a crowd of crooked houses that know everything about themselves."""
    rng = np.random.default_rng(7)
    corners = rng.uniform(0, 600, (count, 2)) + np.array([made.X0, made.Y0])
    turn = rng.uniform(0, 90, count)
    sizes = rng.uniform(6, 16, (count, 2))
    shapes = [
        shapely.affinity.translate(
            shapely.affinity.rotate(shapely.box(0, 0, *size), angle), *corner
        )
        for size, angle, corner in zip(sizes, turn, corners, strict=True)
    ]
    houses = gpd.GeoDataFrame(
        {
            "building": "residential", "name": "", "area_m2": rng.uniform(40, 250, count),
            "levels": rng.integers(2, 9, count), "height_m": rng.uniform(6, 30, count),
            "height_source": "levels", "orientation_deg": turn, "gap_m": rng.gamma(2, 1, count),
            "gap_min_m": rng.gamma(1, 1, count), "handshake": rng.random(count) < 0.4,
            "served_ebike": rng.random(count) < 0.9, "served_fire_engine": rng.random(count) < 0.4,
            "widest_vehicle_m": rng.choice([1.2, 2.5, 4.0], count),
            "part": rng.choice(["old", "new"], count),
        },
        geometry=shapes, crs=made.CRS_METRES,
    )  # fmt: skip
    return dataclasses.replace(village, layers={**village.layers, "buildings": houses})


def test_a_page_of_two_thousand_houses_stays_below_400_kb(
    result: StudyResult, made: ModuleType
) -> None:
    village = many_houses(result.villages[0], made, 2000)
    page = render_village_page(village_map(village, result))
    assert len(page.encode()) < 400_000

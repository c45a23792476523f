from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import folium
import pytest
from folium.plugins import HeatMap

from taobaogis.errors import ExportError, InputError
from taobaogis.maps.notebook import map_of

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from taobaogis.results import StudyResult


@pytest.fixture(scope="module")
def page(result: StudyResult) -> str:
    return map_of(result.villages[0], result).page()


def test_every_library_is_inside_the_page(page: str) -> None:
    assert re.findall(r"<(?:script|img)[^>]*\ssrc=", page) == []
    outside_scripts = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "<link" not in outside_scripts
    assert "url(" not in outside_scripts
    for name in ("Leaflet 1.9.4", "jQuery v3.7.1", "BSD 2-Clause", "OpenJS Foundation"):
        assert name in page
    for address in ("jsdelivr", "cloudflare", "code.jquery.com", "bootstrapcdn"):
        assert address not in page


def test_equal_maps_give_equal_pages_and_drawing_twice_changes_nothing(made: ModuleType) -> None:
    again = made.scene()
    drawn = map_of(again.villages[0], again)
    assert drawn.page() == drawn.page()
    assert drawn.page() == map_of(again.villages[0], again).page()


def test_the_notebook_shows_the_page_in_a_frame(result: StudyResult) -> None:
    drawn = map_of(result.villages[1], result)
    frame = drawn._repr_html_()
    inside = re.search(r'srcdoc="([^"]*)"', frame)
    assert inside is not None
    assert html.unescape(inside.group(1)) == drawn.page()


def test_a_map_with_tiles_is_refused(result: StudyResult) -> None:
    drawn = map_of(result.villages[0], result)
    folium.TileLayer("OpenStreetMap").add_to(drawn)
    with pytest.raises(InputError, match="has no tiles"):
        drawn.page()


def test_a_library_that_is_not_vendored_is_refused_by_name(result: StudyResult) -> None:
    drawn = map_of(result.villages[0], result)
    HeatMap([[22.99, 113.34]]).add_to(drawn)
    with pytest.raises(InputError, match=r"cannot use 'https://.*heat"):
        drawn.page()


def test_labels_are_in_the_language_asked_for(result: StudyResult) -> None:
    chinese = map_of(result.villages[0], result, language="zh").page()
    assert json.dumps("街巷宽度")[1:-1] in chinese
    assert "桤木巷村" in chinese
    assert "Street width" not in chinese


def test_a_circle_is_said_to_be_one(result: StudyResult) -> None:
    assert "a circle stands in" in map_of(result.villages[1], result).page()


def test_empty_layers_are_left_out(result: StudyResult) -> None:
    assert '"Buildings"' not in map_of(result.villages[1], result).page()


def test_saving_writes_the_page(result: StudyResult, tmp_path: Path) -> None:
    drawn = map_of(result.villages[0], result)
    drawn.save(tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text(encoding="utf-8") == drawn.page()
    with pytest.raises(ExportError, match=r"'map\.html' could not be written"):
        drawn.save(tmp_path / "none" / "map.html")


def test_only_the_layers_asked_for_are_on_the_map(result: StudyResult) -> None:
    some = map_of(result.villages[0], result, "buildings", "landuse").page()
    assert '"Buildings"' in some
    assert '"Land use"' in some
    assert '"Street width"' not in some
    with pytest.raises(InputError, match=r"no layer 'building'\. Did you mean 'buildings'"):
        map_of(result.villages[0], result, "building")

from __future__ import annotations

import html
import importlib.util
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from taobaogis.compare.ranking import Comparison, compare_villages
from taobaogis.indicators import measured
from taobaogis.maps.model import Label
from taobaogis.reports import summary
from taobaogis.reports.content import report_of
from taobaogis.reports.criteria import heat
from taobaogis.reports.page import render_comparison_page
from taobaogis.study import CriterionSpec

if TYPE_CHECKING:
    from types import ModuleType

    from taobaogis.results import StudyResult

NO_FIGURES: dict[str, bytes] = {}
NAMES = {"a": Label("Alder", "桤"), "b": Label("Birch", "桦"), "c": Label("Cedar", "松")}


@pytest.fixture(scope="module")
def made() -> ModuleType:
    path = Path(__file__).parents[1] / "maps" / "scene.py"
    spec = importlib.util.spec_from_file_location("taobaogis_scene", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def result(made: ModuleType) -> StudyResult:
    return made.scene()


def compared(result: StudyResult) -> Comparison:
    values = {v.village.id: v.indicators for v in result.villages}
    return compare_villages(values, result.study.criteria)


@pytest.fixture(scope="module")
def page(result: StudyResult) -> str:
    return render_comparison_page(report_of(result, compared(result)), figures=NO_FIGURES)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Tags()
    reader.feed(page)
    return reader.found


def words(page: str) -> str:
    text = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"[ \n]+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def test_a_figure_that_was_left_out_is_told_where_it_would_stand(result: StudyResult) -> None:
    why = Label("no time to a right market is known", "时间均不详")
    page = render_comparison_page(
        report_of(result, compared(result)),
        figures={"figure-ground": b"\x89PNG"},
        left_out={"travel-times": why, "gaps-a": Label("no buildings", "没有建筑")},
    )
    said = words(page)
    assert re.search(r"Left out: .*Minutes to a right wholesale market.* – .*no time to a", said)
    assert re.search("未绘制：.*各出行方式到对口批发市场的时间及范围.*：.*时间均不详", said)
    assert "no buildings" not in said, "the village's own page says so"
    assert page.count("<img") == 1


def test_the_page_asks_nothing_of_the_network(result: StudyResult) -> None:
    png = {"figure-ground": b"\x89PNG"}
    page = render_comparison_page(report_of(result, compared(result)), figures=png)
    for tag, attributes in tags(page):
        assert tag not in {"link", "iframe", "base", "object", "embed"}
        assert (attributes.get("src") or "data:").startswith("data:")
        assert "//" not in (attributes.get("href") or "")
    assert "url(" not in page
    assert "data:image/png;base64,iVBORw==" in page


def test_equal_runs_give_equal_pages(made: ModuleType, page: str) -> None:
    again = made.scene()
    assert render_comparison_page(report_of(again, compared(again)), figures=NO_FIGURES) == page


def test_made_up_data_are_marked_at_the_top(made: ModuleType, page: str) -> None:
    assert page.index("SYNTHETIC DATA") < page.index("<h1>")
    real = made.scene(synthetic=False)
    plain = render_comparison_page(report_of(real, compared(real)), figures=NO_FIGURES)
    assert "SYNTHETIC" not in plain
    assert "© OpenStreetMap contributors, ODbL 1.0" in plain


def test_both_languages_are_in_the_page(page: str) -> None:
    for text in ("Three villages made by hand", "手工构造的三个村庄", "Street width, median",
                 "街巷宽度（中位数）", "Sources", "数据来源"):  # fmt: skip
        assert text in page


def test_a_missing_value_is_na_with_its_reason_and_never_zero(page: str) -> None:
    table = page.split('<table class="heat"')[1].split("</table>", maxsplit=1)[0]
    birch = table.split("Birch Ford")[1].split("</tr>")[0]
    cells = birch.split("<td")[1:]
    assert len(cells) == 4
    narrow = cells[2]
    assert 'class="missing"' in narrow
    assert "NA" in words("<" + narrow)
    assert "street_width_median_m was not measured <i>here</i>" in words("<" + narrow)
    assert "score" not in words("<" + narrow)


def test_a_cell_shows_value_unit_range_grade_and_score(page: str) -> None:
    table = page.split('<table class="heat"')[1].split("</table>", maxsplit=1)[0]
    first = words("<td" + table.split("<tbody>")[1].split("<td")[1])
    # 6240 m between 15000 m (bad) and 2000 m (good) scores 8760 / 13000.
    assert "6\u2009240 m C" in first
    assert "5\u2009640–6\u2009840" in first
    assert "score 0.67" in first


def test_only_villages_with_a_map_are_linked(page: str) -> None:
    links = [a["href"] for t, a in tags(page) if t == "a" and "data-map" in a]
    assert links == [
        "map-alder.html", "passport-alder.html", "map-birch.html", "passport-birch.html",
    ]  # fmt: skip


def test_names_and_reasons_are_written_as_text(page: str) -> None:
    assert "Birch Ford &lt;b&gt;" in page
    assert "Birch Ford <b>" not in page
    assert "<i>here" not in page


def test_remarks_are_numbered_and_said_once(page: str) -> None:
    group = next(g for g in page.split("<details ") if "What is on the map" in g[:200])
    data = group.split('<ol class="remarks">')[1].split("</ol>", maxsplit=1)[0]
    remarks = re.findall(r"<li[^>]*>([^<]*)</li>", data)
    assert remarks[0] == "Cedar Hill lies outside"
    assert len(remarks) == len(set(remarks))
    targets = {a["href"] for t, a in tags(page) if t == "a" and (a["href"] or "").startswith("#")}
    ids = {f"#{a['id']}" for _, a in tags(page) if a.get("id")}
    assert targets <= ids


def test_all_indicators_stand_in_the_page_with_their_definitions(page: str) -> None:
    assert "Share of street length with no building in sight" in page
    assert "<b>12</b>\u2009%" in page, "shares are shown in percent"


def test_sources_stand_once_with_date_and_licence(page: str) -> None:
    table = page.split('<table class="sources">')[1].split("</table>", maxsplit=1)[0]
    assert table.count("scene.osm.pbf") == 1
    assert "Streets, Buildings, Places, Land use, Transit stops" in table
    assert "2026-01-01" in table
    assert "MIT" in table


def _judged(**totals: tuple[float, float, float]) -> Comparison:
    """Comparison of villages by one criterion whose value is the score itself."""
    criterion = CriterionSpec("street_open_share", good=1, bad=0)
    values = {
        name: {
            "street_open_share": measured(
                "street_open_share", value, low=low, high=high, method="", source="", n=1
            )
        }
        for name, (low, value, high) in totals.items()
    }
    return compare_villages(values, [criterion])


def said(comparison: Comparison) -> str:
    return " ".join(sentence.en for sentence in summary.sentences(comparison, NAMES))


def test_a_lead_beyond_all_doubt_is_called_sure() -> None:
    text = said(_judged(a=(0.6, 0.7, 0.8), b=(0.1, 0.2, 0.3)))
    assert "Alder comes first with a score of 0.70 (0.60–0.80), ahead of Birch with 0.20" in text
    assert "by “Open street sides”" in text
    assert "Its lead holds over the doubt of the data and of the weights." in text
    assert "No change of a single weight" in text


def test_a_lead_within_the_doubt_is_told_as_a_chance() -> None:
    comparison = _judged(a=(0.6, 0.7, 0.8), b=(0.3, 0.5, 0.65), c=(0.0, 0.1, 0.2))
    chance = comparison.villages[0].first_share
    assert chance is not None
    assert 0.9 < chance < 0.995
    assert f"Its chance of being first is {chance:.0%}".replace("%", "\u2009%") in said(comparison)


def test_equals_come_first_together() -> None:
    assert "Alder and Birch come first together" in said(
        _judged(a=(0.5, 0.5, 0.5), b=(0.5, 0.5, 0.5))
    )


def test_a_village_by_itself_has_a_score_and_comes_first_of_nobody() -> None:
    comparison = _judged(a=(0.6, 0.7, 0.8))
    assert "has a score of 0.70 (0.60–0.80)." in said(comparison)
    assert "first" not in said(comparison)


def test_a_village_without_a_value_is_left_out_in_words(result: StudyResult) -> None:
    comparison = compared(result)
    names = {v.village.id: Label.same(v.village.id) for v in result.villages}
    text = " ".join(s.en for s in summary.sentences(comparison, names))
    assert "It is the only one that could be ranked." in text
    assert "2 villages have no rank" in text
    birch = next(v for v in comparison.villages if v.village == "birch")
    why = summary.why_unranked(birch)
    assert why.zh.startswith("缺少数据：街巷宽度（中位数）、设施点密度。请先测绘建筑：尚未测绘；")
    assert "To lift it, map first the buildings: none is mapped; then" in why.en


def test_if_none_can_be_ranked_that_is_said(made: ModuleType, result: StudyResult) -> None:
    nowhere = made.only(result, "cedar")
    page = render_comparison_page(report_of(nowhere, compared(nowhere)))
    assert "None could be ranked" in page
    assert "data:image/png" not in page


def test_heat_runs_from_warm_over_pale_to_green() -> None:
    assert [heat(s) for s in (0.0, 0.5, 1.0)] == ["#f4c7a1", "#f8f4e9", "#98d0c4"]


def test_a_village_beyond_the_data_is_said_to_be_so_and_not_to_lack_each_value(page: str) -> None:
    row = words(page).split("Cedar Hill", 2)[2][:200]
    assert "lies outside" in row
    assert "no value for" not in row

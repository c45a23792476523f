"""The sliders of the page, in a real browser: they must rank as the Python code ranks."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from taobaogis.compare.ranking import Comparison, compare_villages
from taobaogis.indicators import measured, not_available
from taobaogis.maps.model import Label
from taobaogis.reports.content import Report, ReportVillage
from taobaogis.reports.page import render_comparison_page
from taobaogis.study import ComparisonSpec, CriterionSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CRITERIA = (
    CriterionSpec("market_straight_m", good=2000, bad=15000, weight=2, layer="production"),
    CriterionSpec("stop_straight_m", good=300, bad=1000, weight=1),
    CriterionSpec("street_width_median_m", good=6, bad=1.5, weight=1),
    CriterionSpec("floor_space_index", good=2, bad=5, weight=0.5),
)
SPEC = ComparisonSpec(weight_doubt=0, draws=4000)


def _values(seed: int) -> dict[str, dict]:
    """Five villages with random values and bounds; the last lacks one of them."""
    dice = random.Random(seed)  # noqa: S311 - cases, not secrets
    villages: dict[str, dict] = {}
    for i in range(5):
        found = {}
        for criterion in CRITERIA:
            value = dice.uniform(*sorted((criterion.good, criterion.bad))) * dice.choice(
                (0.7, 1, 1.2)
            )
            found[criterion.indicator] = measured(
                criterion.indicator, value, low=value * 0.8, high=value * 1.1,
                method="", source="", n=40,
            )  # fmt: skip
        villages[f"v{i}"] = found
    villages["v4"]["stop_straight_m"] = not_available("stop_straight_m", "no stop is mapped")
    return villages


def _report(values: dict[str, dict], comparison: Comparison) -> Report:
    villages = {
        key: ReportVillage(key, Label(f"Village {key}", f"村 {key}"), found)
        for key, found in values.items()
    }
    return Report(Label("Made up", "虚构"), villages, comparison)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(offline=True, locale="en-US")
    yield context.new_page()
    context.close()


def _shown(page: Page) -> list[tuple[str, str, float | None, str]]:
    """Village, place, total and chance of each row, from above."""
    return [
        tuple(row)
        for row in page.evaluate(
            """() => [...document.querySelectorAll(".ranking li")].map((row) => [
                 row.dataset.village, row.querySelector(".place").textContent.trim(),
                 row.classList.contains("without") ? null : Number(row.dataset.total),
                 row.querySelector(".chance b").textContent])"""
        )
    ]


def _set(page: Page, weights: list[int]) -> None:
    page.evaluate(
        """(weights) => [...document.querySelectorAll("#weights input")].forEach((slider, j) => {
             slider.value = weights[j]; slider.dispatchEvent(new Event("input")); })""",
        weights,
    )


@pytest.mark.browser
def test_the_sliders_rank_as_the_python_code_does(page: Page, tmp_path: Path) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    dice = random.Random(5)  # noqa: S311 - cases, not secrets
    for seed in range(3):
        values = _values(seed)
        comparison = compare_villages(values, CRITERIA, SPEC)
        file = tmp_path / f"{seed}.html"
        file.write_text(render_comparison_page(_report(values, comparison)), encoding="utf-8")
        page.goto(file.as_uri())
        untouched = _shown(page)
        assert [row[0] for row in untouched] == [v.village for v in comparison.villages]
        for _ in range(25):
            weights = [dice.choice((0, dice.randint(1, 100))) for _ in CRITERIA]
            if not sum(weights):
                weights[0] = 1
            _set(page, weights)
            weighed = [replace(c, weight=float(w)) for c, w in zip(CRITERIA, weights, strict=True)]
            expected = compare_villages(values, weighed, SPEC).villages
            shown = _shown(page)
            assert [row[0] for row in shown] == [v.village for v in expected]
            for (_, place, total, chance), v in zip(shown, expected, strict=True):
                assert place == ("–" if v.rank is None else str(v.rank))
                assert total == (None if v.total is None else pytest.approx(v.total, abs=1e-12))
                if v.first_share_data is not None:
                    assert abs(float(chance[:-2]) / 100 - v.first_share_data) < 0.05
        page.click(".as-given")
        again = _shown(page)
        assert [(r[0], r[1], r[3]) for r in again] == [(r[0], r[1], r[3]) for r in untouched]
    assert complaints == []


@pytest.mark.browser
def test_without_any_weight_the_page_asks_for_one_and_keeps_the_last_ranking(
    page: Page, tmp_path: Path
) -> None:
    values = _values(1)
    comparison = compare_villages(values, CRITERIA, SPEC)
    file = tmp_path / "page.html"
    file.write_text(render_comparison_page(_report(values, comparison)), encoding="utf-8")
    page.goto(file.as_uri())
    before = _shown(page)
    _set(page, [0, 0, 0, 0])
    assert page.is_visible(".none-left")
    _set(page, [0, 0, 0, 7])
    assert not page.is_visible(".none-left")
    assert [row[0] for row in _shown(page)] != [row[0] for row in before]


@pytest.mark.browser
def test_a_village_without_a_value_can_be_ranked_on_what_is_known(
    page: Page, tmp_path: Path
) -> None:
    values = _values(2)
    comparison = compare_villages(values, CRITERIA, SPEC)
    assert comparison.villages[-1].village == "v4"
    assert comparison.villages[-1].rank is None
    file = tmp_path / "page.html"
    file.write_text(render_comparison_page(_report(values, comparison)), encoding="utf-8")
    page.goto(file.as_uri())
    page.click(".known")
    assert {row[0]: row[1] for row in _shown(page)}["v4"] != "–"
    assert page.evaluate("document.body.classList.contains('own-weights')")

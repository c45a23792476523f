"""Rule book and people on the page: read as words, in both languages."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.planted_village import EXACT, measured_planted, planted_village
from support.respondents import respondents

from taobaogis.compare.rule_book import judge_village
from taobaogis.compare.taobao_village import taobao_tests
from taobaogis.maps import pages
from taobaogis.reports.page import _TEMPLATES
from taobaogis.reports.people_section import people_of, taobao_fact
from taobaogis.reports.rule_section import rule_fact, rule_topics
from taobaogis.social.answers import parse_answers
from taobaogis.social.codebook import default_codebook
from taobaogis.social.survey import survey_indicators, survey_of
from taobaogis.study import VillageSpec


@pytest.fixture(scope="module")
def book():
    return judge_village(*measured_planted(), EXACT)


def page(name, **values):
    return pages.environment(_TEMPLATES).get_template(name).render(**values)


def test_read_clauses_come_first_and_each_cell_tells_how_many(book):
    topics = {topic.title.en: topic for topic in rule_topics([book, None])}
    assert list(topics) == ["Safety", "Streets", "Facilities", "Environment"]
    evidence = [line.evidence for line in topics["Streets"].lines]
    assert evidence == sorted(evidence, key=["V1", "V2", "M"].index)
    lane = next(x for x in topics["Safety"].lines if x.name.en == "Clear width of a fire lane")
    cell, none = lane.cells
    assert none is None
    assert cell.verdict == "fail"
    assert cell.count.en.startswith("9 fail of ")
    assert "不符合" in cell.count.zh
    assert cell.worst.en == "worst 3 m"
    assert lane.status.en == "superseded by GB 55037-2022 3.4.5"
    assert not lane.stands


def test_the_page_marks_what_was_not_read_and_what_no_longer_binds(book):
    villages = [SimpleNamespace(en="Planted", zh="设例村")]
    html = page("rules.html.j2", rules=rule_topics([book]), villages=villages)
    assert html.count('class="unread"') > 5
    assert "read in a quotation only" in html
    assert "仅见于转引" in html
    assert 'class="standing gone"' in html


def test_a_passport_counts_broken_rules_and_those_read(book):
    fact = rule_fact(book)
    assert fact.en.startswith("13 of ")
    assert "(4 of them read in the original)" in fact.en
    assert "13 条不符合" in fact.zh
    assert rule_fact(None).en == ""


def result(spec, answers=None):
    survey = survey_of({spec.id: answers}) if answers is not None else None
    _, gaps = survey_indicators(survey, spec.id, {})
    village = SimpleNamespace(
        village=SimpleNamespace(spec=spec), taobao=taobao_tests(spec), needs=gaps, indicators={}
    )
    return (village,), survey


bounds = st.floats(0, 300).flatmap(lambda low: st.tuples(st.just(low), st.floats(low, 400)))


@given(shops=bounds, sales=bounds, committee=st.sampled_from(["", "village", "residents"]))
def test_the_section_says_of_every_village_what_is_missing(shops, sales, committee):
    spec = VillageSpec(
        "v", "V", "村", shops=shops, sales=(sales[0] * 1e5, sales[1] * 1e5), committee=committee
    )
    people = people_of(*result(spec))
    (village,) = people.villages
    assert village.verdict in {"pass", "fail", "undetermined"}
    for condition in village.conditions:
        assert (condition.missing.en == "") == (condition.verdict == "pass")
        assert bool(condition.missing.en) == bool(condition.missing.zh)
    fact = taobao_fact(taobao_tests(spec))
    assert ("Missing" in fact.en) == (village.verdict != "pass")
    assert people.title.en == ""
    assert "People and e-commerce" in page("people.html.j2", people=people)


def test_the_questionnaire_is_told_with_bars_cases_and_without_few():
    answers = parse_answers(respondents(), default_codebook())
    people = people_of(*result(VillageSpec("v", "V", "村"), answers))
    html = page("people.html.j2", people=people)
    assert "60.1" in html
    assert "not measured" in html
    assert "too few to tell" not in html
    few = parse_answers([{"gender": "male"}] * 40 + [{"gender": "female"}] * 2, default_codebook())
    html = page("people.html.j2", people=people_of(*result(VillageSpec("v", "V", "村"), few)))
    assert "too few to tell" in html
    assert "4.8" not in html  # 2 of 42
    assert "95.2" not in html


@given(st.lists(st.booleans(), max_size=3))
def test_villages_without_rule_book_have_empty_cells(there):
    outside = judge_village(planted_village(), {}, {}, EXACT, {})
    topics = rule_topics([outside if x else None for x in there])
    assert topics == ()
    assert rule_fact(outside).en == ""

"""What holds for whatever was measured."""

from hypothesis import given
from hypothesis import strategies as st

from taobaogis.compare.ranking import compare_villages
from taobaogis.indicators import Indicator, definitions
from taobaogis.maps.model import Label
from taobaogis.provenance import Provenance
from taobaogis.reports.content import sources_of
from taobaogis.reports.criteria import heat
from taobaogis.reports.files import left_out_text
from taobaogis.reports.layers import indicator_layer, paper_layers
from taobaogis.reports.summary import name_of, sentences, why_unranked
from taobaogis.study import default_criteria

KEYS = sorted({criterion.indicator for criterion in default_criteria()})
NAMES = {f"v{i}": name_of(f"V{i}", f"村{i}", f"v{i}") for i in range(4)}


def indicator(key, value):
    known = value is not None
    return Indicator(
        key=key,
        value=value,
        low=value,
        high=value,
        grade="B" if known else "NA",
        n=9 if known else 0,
        method="by hand" if known else "",
        source="a test" if known else "",
        reason="" if known else "nothing is mapped",
    )


measured = st.dictionaries(
    st.sampled_from(KEYS), st.one_of(st.none(), st.floats(0, 1e4, allow_nan=False))
)


@given(st.lists(measured, min_size=1, max_size=4))
def test_a_comparison_is_told_in_both_languages_whatever_is_missing(villages):
    found = {
        f"v{i}": {key: indicator(key, value) for key, value in of_one.items()}
        for i, of_one in enumerate(villages)
    }
    comparison = compare_villages(found, default_criteria())
    said = sentences(comparison, NAMES)
    assert said
    for label in (*said, *(why_unranked(v) for v in comparison.villages if v.total is None)):
        assert label.en.strip()
        assert label.zh.strip()


@given(st.text(max_size=9), st.text(max_size=9), st.text("abc", min_size=1, max_size=5))
def test_a_village_is_never_without_a_name(name_en, name_zh, village_id):
    label = name_of(name_en, name_zh, village_id)
    assert label.en
    assert label.zh


@given(st.floats(0, 1))
def test_every_score_has_a_colour_that_dark_text_can_be_read_on(score):
    colour = heat(score)
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    assert 0.3 * red + 0.6 * green + 0.1 * blue > 170


@given(st.sampled_from(sorted(definitions())))
def test_every_indicator_is_shown_under_one_layer(key):
    assert indicator_layer(key) in paper_layers()


@given(st.dictionaries(st.sampled_from(["streets", "pois", "x"]), st.text(max_size=5)))
def test_each_origin_stands_once_with_all_its_layers(origins):
    found = sources_of({kind: Provenance(name) for kind, name in origins.items()})
    assert sorted(s.source for s in found) == sorted(set(origins.values()))
    assert sum(len(s.layers.en.split(", ")) for s in found) == len(origins)


said = st.text(st.characters(categories=("L", "N", "P"), include_characters=" "), min_size=1)


@given(st.dictionaries(st.from_regex(r"[a-z-]+", fullmatch=True), st.tuples(said, said)))
def test_every_figure_left_out_has_one_line_with_its_reason_in_both_languages(reasons):
    told = left_out_text({name: Label(en, zh) for name, (en, zh) in reasons.items()})
    _, *lines = told.removesuffix("\n").split("\n")
    assert lines == [f"- {name}: {en} · {zh}" for name, (en, zh) in reasons.items()]

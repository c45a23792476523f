import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2_contingency
from support.respondents import TABLE, respondents

from taobaogis.errors import InputError
from taobaogis.social.answers import parse_answers, pooled
from taobaogis.social.codebook import default_codebook, parse_codebook
from taobaogis.social.cross import association, associations, cross_table
from taobaogis.social.disclosure import hidden_items, largest_possible
from taobaogis.social.frequencies import frequencies, response_share
from taobaogis.social.sampling import design_effect
from taobaogis.trust.shares import wilson_interval


@pytest.fixture(scope="module")
def sample():
    return parse_answers(respondents(), default_codebook())


def test_table_1_comes_out_of_283_respondents_to_the_printed_decimals(sample):
    assert sample.n == 283
    table = frequencies({"": sample}).set_index(["question", "option"])
    printed = {
        (question, code): percent
        for question, percents in TABLE["percent"].items()
        for code, percent in percents.items()
    }
    assert len(printed) == 19
    got = {key: round(100 * float(table.loc[key, "share"]), 1) for key in printed}
    assert got == printed
    assert not table.loc[list(printed), "hidden"].any()


def test_no_count_of_283_rounds_to_what_is_printed_for_education_age_and_occupation():
    for question in ("education", "age", "occupation"):
        shares = [round(100 * k / 283, 1) for k in range(284)]
        assert not set(TABLE["percent"][question].values()) <= set(shares)


def test_283_valid_of_288_sent_are_98_3_percent():
    assert round(100 * response_share(TABLE["valid"], TABLE["sent"]), 1) == 98.3
    assert np.isnan(response_share(10, 0))
    with pytest.raises(InputError, match="raise sent"):
        response_share(10, 9)


def test_86_percent_are_below_35_as_the_text_says(sample):
    table = frequencies({"": sample}).set_index(["question", "option"])["share"]
    below = table["age"].loc[["under_15", "15_25", "25_35"]].sum()
    assert round(100 * below) == 86


def test_the_order_of_the_rows_does_not_matter():
    one = frequencies({"": parse_answers(respondents(), default_codebook())})
    rows = respondents()[::-1]
    pd.testing.assert_frame_equal(one, frequencies({"": parse_answers(rows, default_codebook())}))


def test_multiple_answers_have_percents_of_cases_and_of_responses():
    book = parse_codebook(_BOOK)
    rows = [{"q": "a;b"}] * 30 + [{"q": "b"}] * 10 + [{"q": "b；c"}] * 10
    table = frequencies({"": parse_answers(rows, book)}).set_index("option")
    # 50 people gave 90 answers; all of them chose b, so nobody did not, and that is hidden.
    assert table.loc["a", ["count", "n"]].tolist() == [30, 50]
    assert table.loc["a", "share"] == pytest.approx(0.6)
    assert table["hidden"].tolist() == [False, True, False]
    assert table["response_share"].isna().all()  # 30 + 10 of 90 would tell of b
    mixed = [*rows, *[{"q": "a"}] * 10]
    table = frequencies({"": parse_answers(mixed, book)}).set_index("option")
    assert table["share"].tolist() == pytest.approx([40 / 60, 50 / 60, 10 / 60])
    assert table["response_share"].tolist() == pytest.approx([0.4, 0.5, 0.1])


def test_intervals_over_places_are_wider_than_those_of_one_draw(sample):
    parts = {"one": sample, "two": sample, "three": sample}
    table = frequencies(parts)
    together = table[(table["village"] == "") & ~table["hidden"]]
    assert (together["low_places"] <= together["low"]).all()
    assert (together["high_places"] > together["high"]).all()
    alone = table[(table["village"] == "one") & ~table["hidden"]]
    assert (alone["low_places"] == alone["low"]).all()


_BOOK = """
[[question]]
id = "q"
kind = "multiple"
needs = true
option = [{code = "a"}, {code = "b"}, {code = "c"}]
"""


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(case):
    count, n = case
    theirs = binomtest(count, n).proportion_ci(method="wilson")
    assert wilson_interval(count, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(n=st.integers(1, 500), places=st.integers(1, 20), likeness=st.floats(0, 1))
def test_a_design_effect_widens_and_never_narrows(n, places, likeness):
    effect = design_effect(n, places, likeness=likeness)
    assert effect >= 1
    low, high = wilson_interval(n // 2, n)
    wide = wilson_interval(n // 2, n, effect=effect)
    assert wide[0] <= low + 1e-12
    assert wide[1] >= high - 1e-12


def test_an_interval_of_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="from 0 to n"):
        wilson_interval(3, 2)
    with pytest.raises(InputError, match="one place"):
        design_effect(10, 0, likeness=0.1)
    assert wilson_interval(0, 0) == (0, 1)


tables = st.tuples(st.integers(2, 3), st.integers(2, 4)).flatmap(
    lambda shape: st.lists(
        st.integers(0, 30), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
    ).map(lambda cells: np.array(cells).reshape(shape))
)


@given(tables)
def test_chi_square_equals_scipy(table):
    chi2, dof, p, v, warning = association(table)
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(kept.shape) < 2:
        assert np.isnan(v)
        assert "single answer" in warning
        return
    theirs = chi2_contingency(kept, correction=False)
    assert (chi2, dof, p) == pytest.approx((theirs.statistic, theirs.dof, theirs.pvalue))
    assert 0 <= v <= 1
    assert bool(warning) == ((theirs.expected_freq < 5).mean() > 0.2)


def test_a_cross_table_shows_counts_sums_and_strength(sample):
    found = cross_table(sample, "gender", "smartphone")
    assert found.counts.loc["", ""] == 283 == found.n
    assert found.counts.loc["", "yes"] == 252
    assert found.dof == 1
    with pytest.raises(InputError, match="choose among gender"):
        cross_table(sample, "gender", "needs")


# --- what must never leave ------------------------------------------------------------------


def fits(shape, told):
    """All tables of small numbers that fit what is told, by trying them."""
    return [
        table
        for table in itertools.product(range(13), repeat=shape)
        if all(sum(table[i] for i in cells) == value for cells, value in told)
    ]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=4))
def test_who_adds_and_subtracts_a_row_cannot_tell_of_fewer_than_five(cells):
    n = len(cells)
    items = np.vstack([np.eye(n, dtype=int), np.ones((1, n), dtype=int)])
    hidden = hidden_items(np.array(cells), items)
    told = [
        (np.flatnonzero(item).tolist(), int(item @ cells))
        for item, hide in zip(items, hidden, strict=True)
        if not hide
    ]
    assert all(value >= 5 for _, value in told)
    possible = fits(n, told)
    assert tuple(cells) in possible
    for item, hide in zip(items, hidden, strict=True):
        if hide:
            assert max(sum(np.array(table)[item == 1]) for table in possible) >= 5


def questionnaire(kind, options):
    return parse_codebook(
        f'[[question]]\nid = "q"\nkind = "{kind}"\noption = ['
        + ",".join(f'{{code = "o{i}"}}' for i in range(options))
        + "]"
    )


def patterns(kind, options):
    """Every way to answer."""
    if kind == "single":
        return [f"o{i}" for i in range(options)]
    return [
        ";".join(f"o{i}" for i in range(options) if way >> i & 1) for way in range(1, 2**options)
    ]


def row(cells, size):
    found = np.zeros(size, dtype=int)
    found[np.asarray(cells).ravel()] = 1
    return found


def attack(table, samples, options, width):
    """What a reader who knows how questionnaires are counted has to work with.

    Cells are numbered by place, option, and whether it was chosen.
    """
    names = list(samples)
    at = np.arange(len(names) * options * width).reshape(len(names), options, width)
    truth = np.zeros(at.size, dtype=int)
    for p, place in enumerate(samples.values()):
        chose = place.chosen["q"].sum(axis=0)
        truth[at[p, :, 0]] = chose
        if width > 1:
            truth[at[p, :, 1]] = place.answered["q"].sum() - chose
    told, small = [], []
    for _, line in table.iterrows():
        p = slice(None) if line["village"] not in names else names.index(line["village"])
        o = int(line["option"][1:])
        (small if line["hidden"] else told).append(row(at[p, o, 0], at.size))
        if pd.notna(line["n"]):
            told.append(row(at[p, 0] if width > 1 else at[p], at.size))
        if pd.notna(line["response_share"]):
            told.append(row(at[p, :, 0], at.size))
        if width > 1:
            small.append(row(at[p, o, 1], at.size))
    links = [
        row(at[p, o], at.size) - row(at[p, 0], at.size)
        for p in range(len(names))
        for o in range(options)
        if width > 1
    ]
    return truth, np.array(told).reshape(-1, at.size), np.array(links).reshape(-1, at.size), small


counts = st.integers(0, 25) | st.integers(0, 6)


@settings(max_examples=20)
@given(
    options=st.integers(2, 4),
    places=st.integers(1, 3),
    kind=st.sampled_from(["single", "multiple"]),
    data=st.data(),
)
def test_nothing_that_is_shown_gives_a_group_of_fewer_than_five_away(options, places, kind, data):
    book = questionnaire(kind, options)
    samples = {
        f"p{place}": parse_answers(
            [{"q": way} for way in patterns(kind, options)[:6] for _ in range(data.draw(counts))],
            book,
        )
        for place in range(places)
    }
    table = frequencies(samples)
    shown = table[~table["hidden"]]
    assert (shown["count"] >= 5).all()
    assert table["n"].dropna().ge(5).all()
    assert table.loc[table["hidden"], ["count", "share", "low", "high"]].isna().all().all()
    truth, told, links, small = attack(table, samples, options, 2 if kind == "multiple" else 1)
    assert (told @ truth >= 5).all()
    for item in small:
        assert largest_possible(item, truth, told, links) >= 5 - 1e-6


@settings(max_examples=8)
@given(tables)
def test_a_cross_table_gives_nobody_away(table):
    book = parse_codebook(
        "\n".join(
            f'[[question]]\nid = "{name}"\noption = ['
            + ",".join(f'{{code = "{name}{i}"}}' for i in range(4))
            + "]"
            for name in "ab"
        )
    )
    rows = [
        {"a": f"a{i}", "b": f"b{j}"}
        for (i, j), count in np.ndenumerate(table)
        for _ in range(count)
    ]
    if not rows:
        return
    found = cross_table(parse_answers(rows, book), "a", "b")
    assert found.counts.melt()["value"].dropna().ge(5).all()
    for axis in (found.counts, found.counts.T):
        for _, line in axis.iterrows():
            inner, total = line.iloc[:-1], line.iloc[-1]
            if pd.notna(total) and inner.isna().any():
                assert total - inner.dropna().sum() >= 5


def test_pooling_keeps_everyone_and_wants_one_codebook(sample):
    assert pooled([sample, sample]).n == 2 * sample.n
    other = parse_answers([{"q": "a"}], parse_codebook(_BOOK))
    with pytest.raises(InputError, match="one codebook"):
        pooled([sample, other])


_TWO = """
[[question]]
id = "a"
option = [{code = "x"}, {code = "y"}]
[[question]]
id = "b"
option = [{code = "u"}, {code = "v"}]
[[question]]
id = "c"
kind = "multiple"
option = [{code = "p"}, {code = "q"}]
"""


def crossed(cells, wishes=("p", "q")):
    rows = [
        {"a": "xy"[i], "b": "uv"[j], "c": wishes[i]}
        for (i, j), n in np.ndenumerate(np.array(cells))
        for _ in range(n)
    ]
    return associations(parse_answers(rows, parse_codebook(_TWO)))


def test_questions_that_go_together_are_found_and_the_strongest_stands_first():
    found = crossed([[30, 10], [10, 30]])
    row = found[(found["question"] == "a") & (found["other"] == "b")].iloc[0]
    assert row["chi2"] == pytest.approx(20.0)
    assert (row["dof"], row["n"]) == (1, 80)
    assert row["cramers_v"] == pytest.approx(0.5)
    # Of five pairs, a and c are the same question, which leaves empty cells that are not told.
    told = found["p"].notna()
    assert told.sum() == 3
    assert (found.loc[~told, "warning"] != "").all()
    assert found.loc[told, "cramers_v"].is_monotonic_decreasing
    assert (found.loc[told, "p_adjusted"] >= found.loc[told, "p"]).all()


@given(tables)
def test_no_test_is_told_from_which_a_small_cell_could_be_worked_out(table):
    found = crossed(table[:2, :2])
    for row in found.to_dict("records"):
        if pd.notna(row["p"]):
            continue
        assert np.isnan(row["chi2"])
        assert np.isnan(row["cramers_v"])
    pair = found[(found["question"] == "a") & (found["other"] == "b")]
    kept = table[:2, :2]
    kept = kept[kept.sum(axis=1) > 0][:, kept.sum(axis=0) > 0]
    if kept.size and (kept < 5).any():
        assert pair["p"].isna().all()

"""What holds for whatever is judged and however it is weighed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taobaogis.compare.doubt import Interval, draw_scores, draw_weights, rank_shares
from taobaogis.compare.scores import require_criteria, score_village
from taobaogis.compare.weights import criterion_weights, needs_weights, pair_matrix
from taobaogis.errors import StudyError
from taobaogis.indicators import definitions, measured
from taobaogis.reports.criteria import criterion_words
from taobaogis.study import ComparisonSpec, CriterionSpec, PairSpec, default_criteria
from taobaogis.study_criteria import read_comparison, read_criterion

KEYS = [criterion.indicator for criterion in default_criteria()]
shares = st.lists(st.floats(0.01, 1), min_size=1, max_size=6).map(
    lambda raw: tuple(np.array(raw) / sum(raw))
)


@given(shares, st.floats(0, 1), st.integers(0, 99))
def test_drawn_weights_are_weights(weights, doubt, seed):
    drawn = draw_weights(weights, doubt, 20, np.random.default_rng(seed))
    assert drawn.shape == (20, len(weights))
    assert drawn.sum(axis=1) == pytest.approx(1)
    assert (drawn >= 0).all()


intervals = st.tuples(st.floats(-1e3, 1e3), st.floats(0, 1e3), st.floats(0, 1e3)).map(
    lambda t: Interval(t[0] - t[1], t[0], t[0] + t[2], good=10.0, bad=-5.0)
)


@given(st.lists(intervals, min_size=1, max_size=4), st.integers(0, 99))
def test_drawn_scores_are_scores_and_every_village_has_one_rank_a_draw(row, seed):
    scores = draw_scores([[interval] for interval in row], 30, np.random.default_rng(seed))
    assert ((scores >= 0) & (scores <= 1)).all()
    found = rank_shares(scores, np.ones((30, 1)))
    assert found.shares.sum(axis=1) == pytest.approx(1)
    assert found.first.sum() >= 1 - 1e-9, "somebody is first in every draw"


@given(st.lists(st.just(0.0) | st.floats(1e-6, 9), min_size=len(KEYS), max_size=len(KEYS)))
def test_weights_sum_to_one_however_they_are_had(raw):
    criteria = [
        CriterionSpec(key, good=1, bad=0, weight=weight)
        for key, weight in zip(KEYS, raw, strict=True)
    ]
    if sum(raw) <= 0:
        with pytest.raises(StudyError, match="no criterion has a weight"):
            require_criteria(criteria)
        return
    weighing = [key for key, weight in zip(KEYS, raw, strict=True) if weight > 0]
    pairs = tuple(
        PairSpec(more, than, 3) for i, more in enumerate(weighing) for than in weighing[i + 1 :]
    )
    asked = tuple((key, 0.5) for key in weighing)
    assert (np.diag(pair_matrix(weighing, pairs)) == 1).all()
    assert needs_weights(criteria, dict(asked)).shares == pytest.approx(
        [1 / len(weighing) if weight > 0 else 0 for weight in raw]
    )
    for how in ("given", "equal", "ahp", "needs"):
        spec = ComparisonSpec(weights=how, pairs=pairs, needs=asked)
        found = criterion_weights(criteria, spec).shares
        assert sum(found) == pytest.approx(1)
        assert [share > 0 for share in found] == [weight > 0 for weight in raw]


@given(st.dictionaries(st.sampled_from(KEYS), st.floats(0, 1e5), max_size=6))
def test_every_criterion_has_a_score_or_a_reason(values):
    found = {key: measured(key, v, method="", source="", n=1) for key, v in values.items()}
    criteria = default_criteria()
    scores = score_village(found, criteria, [1 / len(criteria)] * len(criteria))
    assert all(criterion_words(score).name.zh for score in scores)
    for score in scores:
        assert (score.score is None) == bool(score.refused)
        if score.score is not None:
            assert 0 <= score.low <= score.score <= score.high <= 1


junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)  # fmt: skip
words = st.sampled_from(
    ["indicator", "good", "bad", "weight", "layer", "floor", "basis", "weights", "pair", "needs",
     "draws", "seed", "weight_doubt"]
)  # fmt: skip


@given(st.dictionaries(words, st.one_of(junk, st.sampled_from(sorted(definitions())))))
def test_a_table_is_read_or_refused_in_one_sentence(table):
    for read in (read_criterion, read_comparison):
        said = ""
        try:
            read(table)
        except StudyError as error:
            said = str(error)
        assert "\n" not in said
        assert len(said) < 1000

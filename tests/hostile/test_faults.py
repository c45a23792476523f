"""A part of the campaign of faults: every kind of fault, not every case of it.

`benchmarks/faults.py` runs them all; its outcomes stand in docs/faults.md.
"""

import itertools
from collections import Counter

import pytest
from hostile.kit import (
    cache_faults,
    commands,
    exchanges,
    osm_blocks,
    osm_documents,
    osm_files,
    shapes,
    studies,
    vector_damage,
    vector_files,
)
from hostile.kit.damage import DAMAGES, damaged
from hostile.kit.report import table, written
from hostile.kit.verdicts import Case, Verdict, judged

from taobaogis.errors import InputError

# Each takes seconds by itself; the campaign has them.
SLOW = (
    "MB", "GB", "million", "1,000,000", "00,000", "10,000", "drip", "silence", "packed a hundred",
    "Continue 10,000", "bomb", "hold", "whole run",
)  # fmt: skip


def some(cases, every):
    """Quick cases, one of so many of each kind."""
    quick = (c for c in cases if not any(word in f"{c.kind} {c.label}" for word in SLOW))
    by_kind = itertools.groupby(sorted(quick, key=lambda c: c.kind), key=lambda c: c.kind)
    return [case for _, of_kind in by_kind for case in itertools.islice(of_kind, 0, None, every)]


def assert_all_may_be(workshop, cases):
    assert cases
    wrong = [
        f"{case.kind}, {case.label}: {verdict.outcome}: {verdict.said}"
        for case, verdict in workshop.verdicts(cases)
        if not verdict.is_good
    ]
    assert not wrong, "\n".join(wrong)


def test_damaged_osm_files_are_refused_or_read_right(workshop, tmp_path):
    cases = [*osm_files.damage_cases(tmp_path, None, 1), *osm_files.repacked_cases(5)]
    assert_all_may_be(workshop, some(cases, 1))


def test_osm_files_made_to_do_harm_are_refused_or_read_right(workshop):
    cases = [*osm_blocks.block_cases(), *osm_blocks.no_file_cases(),
             *osm_documents.document_cases()]  # fmt: skip
    assert_all_may_be(workshop, some(cases, 6))


def test_damaged_vector_files_are_refused_or_read_right(workshop):
    cases = [*vector_damage.damage_cases(1), *vector_damage.no_file_cases()]
    assert_all_may_be(workshop, some(cases, 7))


def test_odd_vector_files_and_shapes_are_refused_mended_or_read_right(workshop):
    assert_all_may_be(workshop, some([*vector_files.file_cases(), *shapes.shape_cases()], 9))


def test_studies_that_cannot_be_meant_are_refused(workshop):
    assert_all_may_be(workshop, some(studies.study_cases(2), 5))


def test_broken_exchanges_end_in_time_with_an_error_or_the_truth(workshop):
    assert_all_may_be(workshop, some(exchanges.exchange_cases(10), 12))


def test_an_altered_cache_counts_as_absent(workshop):
    assert_all_may_be(workshop, some(cache_faults.cache_cases(2), 3))


def test_a_run_killed_at_a_step_leaves_the_old_result_or_the_new_one(workshop, tmp_path):
    prepared = workshop.verdict(cache_faults.prepare_case(str(tmp_path)))
    assert prepared.is_good, prepared.said
    middle = int(prepared.said) // 2
    cases = cache_faults.run_cases(str(tmp_path), kills=0, steps=[middle], pairs=0)
    assert_all_may_be(workshop, [case for case in cases if "killed" in case.kind])


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_run_that_is_stopped_while_it_loads_ends_in_one_line(workshop, name):
    assert_all_may_be(workshop, list(commands.loading_cases(name, [1, 161], [1000])))


# --- the kit itself: a judge that never says no proves nothing


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_the_same_for_the_same_seed_and_is_damage(kind):
    body = bytes(range(256)) * 4
    assert damaged(body, kind, 1) == damaged(body, kind, 1)
    assert any(damaged(body, kind, seed) != body for seed in range(5))


def _raise(error):
    raise error


@pytest.mark.parametrize(
    ("work", "outcome"),
    [
        (lambda: Verdict("unchanged"), "unchanged"),
        (lambda: _raise(InputError("'x' is broken; mend it.")), "error"),
        (lambda: _raise(InputError("")), "unclear"),
        (lambda: _raise(InputError("a\x1b[2J")), "unclear"),
        (lambda: _raise(InputError("x" * 5000)), "unclear"),
        (lambda: _raise(ValueError("x")), "traceback"),
        (lambda: _raise(KeyboardInterrupt()), "traceback"),
    ],
)
def test_only_clear_errors_of_ours_are_let_pass(work, outcome):
    assert judged(work).outcome == outcome


@pytest.mark.parametrize(("work", "outcome"), [("endless", "hang"), ("crash", "crash"),
                                               ("greedy", "traceback")])  # fmt: skip
def test_a_case_that_hangs_crashes_or_takes_all_memory_is_seen(workshop, work, outcome):
    case = Case("kit", "kit", work, f"hostile.kit.misdeeds:{work}", seconds=1, memory_mb=200)
    assert workshop.verdict(case).outcome == outcome


def test_an_outcome_that_a_case_may_not_have_is_wrong(workshop):
    case = Case("kit", "kit", "fine", "hostile.kit.misdeeds:fine", may=frozenset({"error"}))
    assert workshop.verdict(case).outcome == "wrong"


def test_the_table_adds_up_and_stands_between_its_marks():
    counts = {("a", "x"): Counter(error=2, wrong=1), ("a", "y"): Counter(repaired=1)}
    assert "| **All** | **4** | **2** | **1** | **0** | **0** | **1** |" in table(counts)
    page = "before\n<!-- the table begins -->\nold\n<!-- the table ends -->\nafter\n"
    new = written(page, counts)
    assert new.startswith("before\n")
    assert new.endswith("after\n")
    assert "old" not in new
    assert written(new, counts) == new

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taobaogis.compare.taobao_village import (
    TAOBAO_KEYS,
    shop_bounds,
    shops_from_lists,
    taobao_criteria,
    taobao_indicators,
    taobao_test,
)
from taobaogis.errors import InputError, StudyError
from taobaogis.study import VillageSpec, parse_study

LIN = taobao_criteria()["lin_2019"]


def village(**figures):
    pairs = {k: (v, v) if isinstance(v, int | float) else v for k, v in figures.items()
             if k in {"shops", "households", "sales"}}  # fmt: skip
    return VillageSpec("v", **{**figures, **pairs})


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({"shops": 100, "households": 5000, "sales": 10e6}, "pass"),
        ({"shops": 99, "households": 5000, "sales": 10e6}, "fail"),
        ({"shops": 99, "households": 990, "sales": 10e6}, "pass"),  # a tenth of the households
        ({"shops": 99, "households": 991, "sales": 10e6}, "fail"),
        ({"shops": 200, "households": 900, "sales": 9.9e6}, "fail"),
        ({"shops": 200, "sales": 12e6}, "pass"),  # households do not matter
        ({"shops": 90, "sales": 12e6}, "undetermined"),  # but do here
        ({"shops": 200}, "undetermined"),
        ({"sales": 5e6}, "fail"),
        ({}, "undetermined"),
        ({"shops": (90, 150), "households": (2000, 3000), "sales": 12e6}, "undetermined"),
        ({"shops": (110, 150), "households": (2000, 3000), "sales": (9e6, 2e7)}, "undetermined"),
        ({"shops": (60, 90), "households": (500, 590), "sales": (1e7, 2e7)}, "pass"),
        ({"shops": (60, 90), "households": (1500, 1900), "sales": (1e7, 2e7)}, "fail"),
    ],
)
def test_the_official_criterion(figures, verdict):
    assert taobao_test(village(**figures)).verdict == verdict


def test_the_wording_of_the_paper_asks_for_no_sales():
    assert taobao_test(village(shops=120), LIN).verdict == "pass"
    assert taobao_test(village(shops=120, sales=1e6), LIN).verdict == "pass"


@pytest.mark.parametrize(
    ("committee", "verdict"), [("village", "pass"), ("residents", "fail"), ("", "undetermined")]
)
def test_the_round_of_2022_leaves_out_residents_committees(committee, verdict):
    rule = taobao_criteria()["aliresearch_2022"]
    assert rule.evidence == "V2"
    place = village(shops=120, sales=2e7, committee=committee)
    assert taobao_test(place, rule).verdict == verdict
    assert taobao_test(place).verdict == "pass"


def test_what_is_missing_is_told_in_both_languages_and_how_far_away():
    test = taobao_test(village(shops=(60, 80), households=(1500, 2000), sales=(4e6, 6e6)))
    sales, shops = test.conditions
    assert sales.missing == "RMB 4.0 to 6.0 million more"
    assert sales.missing.zh == "4.0–6.0 百万元"
    assert shops.missing == "20 to 40 more active shops"
    unknown = taobao_test(village()).conditions
    assert [c.missing for c in unknown] == ["the sales", "the number of active shops"]
    assert all(c.missing.zh for c in unknown)


bounds = st.floats(0, 400).flatmap(lambda low: st.tuples(st.just(low), st.floats(low, 500)))


@given(shops=bounds, households=bounds, sales=bounds, where=st.floats(0, 1))
def test_a_sure_verdict_holds_for_every_truth_within_the_bounds(shops, households, sales, where):
    homes = (households[0] * 10 + 1, households[1] * 10 + 1)
    rmb = (sales[0] * 1e5, sales[1] * 1e5)
    said = taobao_test(village(shops=shops, households=homes, sales=rmb)).verdict
    s, h, m = (low + where * (high - low) for low, high in (shops, homes, rmb))
    truth = taobao_test(village(shops=s, households=h, sales=m)).verdict
    assert truth in {"pass", "fail"}
    assert said in {truth, "undetermined"}
    place = village(shops=shops, households=homes, sales=rmb)
    assert shop_bounds(place) == shops
    assert all(i.low is None or i.low <= i.value <= i.high for i in taobao_indicators(place))
    if said == "pass":
        assert rmb[0] >= 10e6
        assert shops[0] >= 100 or shops[0] >= 0.1 * homes[1]


@settings(max_examples=25)
@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_two_lists_know_at_least_the_shops_that_stand_on_them(first, second, both):
    if both > min(first, second):
        with pytest.raises(InputError, match="both"):
            shops_from_lists(first, second, both)
        return
    number, low, high = shops_from_lists(first, second, both)
    assert first + second - both <= low + 1e-9
    assert low <= number + 1e-9 <= high + 2e-9
    assert (high == math.inf) == (both == 0)


def test_a_made_up_village_gets_the_right_verdict_at_95_percent_coverage():
    # Every shop stands on either list by chance; the truth is known, the lists are drawn.
    random = np.random.default_rng(11)
    for truth in (70, 100, 140):
        covered = wrong = decided = 0
        draws = 250
        for _ in range(draws):
            on = random.random((2, truth)) < np.array([[0.6], [0.5]])
            first, second, both = *on.sum(axis=1), (on[0] & on[1]).sum()
            place = village(
                shop_lists=(float(first), float(second), float(both)), households=20_000, sales=2e7
            )
            low, high = shop_bounds(place)
            covered += low <= truth <= high
            said = taobao_test(place).verdict
            right = "pass" if truth >= 100 else "fail"
            wrong += said not in {right, "undetermined"}
            decided += said == right
        assert covered / draws >= 0.95
        assert wrong / draws <= 0.05
        if truth != 100:
            assert decided / draws > 0.5


def test_figures_and_lists_together_are_what_fits_both():
    place = village(shops=(100, 130), shop_lists=(80.0, 60.0, 40.0))
    low, high = shop_bounds(place)
    assert low == pytest.approx(109, abs=1)
    assert high == 130
    apart = village(shops=(10, 20), shop_lists=(80.0, 60.0, 40.0))
    assert shop_bounds(apart)[0] == 10


def test_lists_without_a_shop_in_common_leave_the_number_open():
    place = village(shop_lists=(30.0, 40.0, 0.0), households=(500, 600), sales=2e7)
    test = taobao_test(place)
    assert test.verdict == "pass"  # 70 stand on either list, and 60 would do
    few = village(shop_lists=(3.0, 4.0, 0.0), households=900, sales=2e7)
    assert taobao_test(few).verdict == "undetermined"
    assert "7 or more shops" in taobao_test(few).conditions[-1].found
    assert taobao_indicators(few)[0].reason == "the lists have nothing in common"


def test_indicators_carry_the_bounds_or_the_reason():
    found = {i.key: i for i in taobao_indicators(village(shops=(90, 110), households=1000))}
    assert tuple(found) == TAOBAO_KEYS
    share = found["shop_household_share"]
    assert (share.low, share.value, share.high) == pytest.approx((0.09, 0.1, 0.11))
    assert share.grade == "C"
    assert found["sales_million_rmb"].reason.zh == "研究未给出"


def parse(figures):
    return parse_study(f"[[village]]\nid = 'lirendong'\n{figures}\n", folder=Path()).villages[0]


def test_a_study_gives_numbers_or_bounds_and_the_gazetteer_the_committee():
    spec = parse("shops = 120\nhouseholds = [900, 1100]\nsales = [8e6, 15e6]")
    assert spec.shops == (120, 120)
    assert spec.households == (900, 1100)
    assert spec.committee in {"village", "residents"}
    assert math.isnan(parse("").sales[0])


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ("shops = [5, 2]", r"its bounds as \[low, high\]"),
        ("shops = 'many'", "a number, or its bounds"),
        ("households = 0", "write a number from 1"),
        ("sales = 12", "write RMB a year"),
        ("shop_lists = [10, 20]", "on the first list"),
        ("shop_lists = [10, 20, 30]", "no more on both"),
        ("shop_lists = 'two'", "a list of numbers"),
        ("committee = 'resident'", "Did you mean 'residents'"),
    ],
)
def test_figures_that_cannot_be_meant_are_refused(figures, said):
    with pytest.raises(StudyError, match=said):
        parse(figures)

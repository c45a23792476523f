"""Whether a village is a Taobao village, by figures with bounds: pass, fail or undetermined.

A condition is met only if the lower bound meets it, and missed only if the upper bound misses it.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from taobaogis.errors import InputError
from taobaogis.indicators import NO_WORDS, Indicator, Words, measured, not_available
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from taobaogis.study import VillageSpec

__all__ = [
    "TAOBAO_KEYS",
    "Condition",
    "TaobaoCriterion",
    "TaobaoTest",
    "shop_bounds",
    "shops_from_lists",
    "taobao_criteria",
    "taobao_indicators",
    "taobao_test",
    "taobao_tests",
]

PASS, FAIL, UNDETERMINED = "pass", "fail", "undetermined"
TAOBAO_KEYS = ("shop_count", "shop_household_share", "sales_million_rmb")
_TAIL = 0.025
_MILLION = 1e6
_OWN = Words("figures of the study", "研究给出的数据")
_COMMITTEES = {
    "village": Words("village committee", "村民委员会"),
    "residents": Words("residents' committee", "居民委员会"),
}

Bounds = tuple[float, float]


@dataclass(frozen=True)
class TaobaoCriterion:
    """A wording of the criterion (``data/taobao_village.toml``)."""

    key: str
    sales_rmb: float
    shops: float
    household_share: float
    leaves_out: str
    evidence: str
    source: str
    name_en: str
    name_zh: str
    note_en: str
    note_zh: str


@dataclass(frozen=True)
class Condition:
    """One condition of the criterion.

    Attributes
    ----------
    name
        What it asks for.
    verdict
        ``pass``, ``fail`` or ``undetermined``.
    found
        What is known.
    missing
        What would have to be known or reached; empty if it is met.
    """

    name: Words
    verdict: str
    found: Words
    missing: Words = NO_WORDS


@dataclass(frozen=True)
class TaobaoTest:
    """The test of one village by one wording; it passes if every condition does."""

    village: str
    criterion: TaobaoCriterion
    conditions: tuple[Condition, ...]

    @property
    def verdict(self) -> str:
        """``fail`` if any condition fails, ``pass`` if all pass."""
        said = {condition.verdict for condition in self.conditions}
        if FAIL in said:
            return FAIL
        return UNDETERMINED if UNDETERMINED in said else PASS


@cache
def taobao_criteria() -> Mapping[str, TaobaoCriterion]:
    """All wordings by key, the default first."""
    with data_file("taobao_village.toml").open("rb") as stream:
        return {key: TaobaoCriterion(key=key, **e) for key, e in tomllib.load(stream).items()}


def shops_from_lists(first: float, second: float, both: float) -> tuple[float, float, float]:
    """Number of shops from two lists that know them independently of each other.

    Parameters
    ----------
    first, second
        Shops on each list, e.g. of a survey and of a platform.
    both
        Shops on both.

    Returns
    -------
    number, low, high
        Chapman's estimate, and the exact 95 % interval: all numbers at which as many, or as few,
        on both lists are not too rare. Never below the shops that stand on either list; without
        an upper bound if none is on both.

    Raises
    ------
    InputError
        If more stand on both than on one of them.

    References
    ----------
    Chapman 1951, Some properties of the hypergeometric distribution with applications to
    zoological sample censuses. The interval is Clopper and Pearson's, of the hypergeometric
    distribution.

    Examples
    --------
    >>> [round(n) for n in shops_from_lists(80, 60, 40)]
    [120, 108, 142]
    """
    if not 0 <= both <= min(first, second):
        message = (
            f"shop_lists has {first:g} and {second:g} shops, {both:g} of them on both; "
            "no more can be on both than on either."
        )
        raise InputError(message)
    distinct = first + second - both
    number = (first + 1) * (second + 1) / (both + 1) - 1
    if distinct == 0:
        return number, 0.0, math.inf
    from scipy.stats import hypergeom  # noqa: PLC0415 - only where lists are given

    def few_on_both(n: int) -> bool:
        return bool(hypergeom.cdf(both, n, first, second) >= _TAIL)

    def many_on_both(n: int) -> bool:
        return bool(hypergeom.sf(both - 1, n, first, second) >= _TAIL)

    # The more shops there are, the fewer stand on both lists.
    low = _first_where(few_on_both, int(distinct))
    if both == 0:
        return number, float(low), math.inf
    high = _first_where(lambda n: not many_on_both(n), int(distinct)) - 1
    return number, float(min(low, number)), float(max(high, number))


def _first_where(holds: Callable[[int], bool], start: int) -> int:
    """Smallest number from a start on for which something holds, that holds from there on."""
    step, low = 1, start
    if holds(start):
        return start
    while not holds(low + step):
        low, step = low + step, 2 * step
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def shop_bounds(spec: VillageSpec) -> Bounds:
    """Bounds of the number of active shops; NaN if nothing is known.

    Parameters
    ----------
    spec
        Village with ``shops``, ``shop_lists``, both or neither.

    Returns
    -------
    low, high
        Where both are given, what fits both; if nothing does, from the lower to the higher.
    """
    if not spec.shop_lists:
        return spec.shops
    first, second, both = spec.shop_lists
    _, low, high = shops_from_lists(first, second, both)
    if math.isnan(spec.shops[0]):
        return low, high
    inner = max(low, spec.shops[0]), min(high, spec.shops[1])
    outer = min(low, spec.shops[0]), max(high, spec.shops[1])
    return inner if inner[0] <= inner[1] else outer


def taobao_test(spec: VillageSpec, criterion: TaobaoCriterion | None = None) -> TaobaoTest:
    """Test a village by one wording.

    Parameters
    ----------
    spec
        With ``shops``, ``households`` and ``sales`` as bounds, NaN where they are not known.
    criterion
        The default one if None.

    Returns
    -------
    test
        Never ``pass`` if a lower bound is below its threshold.
    """
    wording = criterion or next(iter(taobao_criteria().values()))
    conditions = []
    if wording.leaves_out:
        conditions.append(_committee(spec, wording))
    if wording.sales_rmb:
        conditions.append(_sales(spec, wording))
    conditions.append(_shops(spec, wording))
    return TaobaoTest(spec.id, wording, tuple(conditions))


def taobao_tests(spec: VillageSpec) -> tuple[TaobaoTest, ...]:
    """Tests of a village by every wording, the default first.

    Parameters
    ----------
    spec
        As in `taobao_test`.
    """
    return tuple(taobao_test(spec, wording) for wording in taobao_criteria().values())


def taobao_indicators(spec: VillageSpec) -> list[Indicator]:
    """Shops, shops a household and sales of a village, as far as the study tells them.

    Parameters
    ----------
    spec
        As in `taobao_test`.

    Returns
    -------
    indicators
        Every one of `TAOBAO_KEYS`, from the middle of the bounds.
    """
    shops, homes = shop_bounds(spec), spec.households
    share = (shops[0] / homes[1], shops[1] / homes[0]) if homes[0] > 0 else (math.nan, math.nan)
    sales = (spec.sales[0] / _MILLION, spec.sales[1] / _MILLION)
    found = []
    for key, (low, high) in zip(TAOBAO_KEYS, (shops, share, sales), strict=True):
        if not (math.isfinite(low) and math.isfinite(high)):
            why = Words("the study does not tell it", "研究未给出")
            if math.isinf(high):
                why = Words("the lists have nothing in common", "两份名录无重合")
            found.append(not_available(key, why, source=_OWN))
            continue
        wide = NO_WORDS if low == high else Words("known as a range only", "仅知范围")
        found.append(
            measured(key, (low + high) / 2, low=low, high=high, method=_OWN, source=_OWN, n=1,
                     grade="C" if wide else "B", reason=wide)
        )  # fmt: skip
    return found


def _committee(spec: VillageSpec, wording: TaobaoCriterion) -> Condition:
    out = _COMMITTEES[wording.leaves_out]
    name = Words(f"not under a {out}", f"非{out.zh}")
    if not spec.committee:
        missing = Words("what kind of committee the village has", "本村委员会类型")
        return Condition(name, UNDETERMINED, Words("not known", "不详"), missing)
    has = _COMMITTEES[spec.committee]
    found = Words(f"{has}", has.zh)
    if spec.committee == wording.leaves_out:
        return Condition(
            name, FAIL, found, Words(f"a village under a {out} is left out", f"{out.zh}不计")
        )
    return Condition(name, PASS, found)


def _sales(spec: VillageSpec, wording: TaobaoCriterion) -> Condition:
    least = wording.sales_rmb / _MILLION
    name = Words(
        f"sales of RMB {least:g} million a year or more", f"年交易额不低于 {least * 100:g} 万元"
    )
    low, high = spec.sales[0] / _MILLION, spec.sales[1] / _MILLION
    if math.isnan(low):
        return Condition(
            name, UNDETERMINED, Words("not known", "不详"), Words("the sales", "交易额")
        )
    found = _range(low, high, "RMB {} million", "{} 百万元")
    verdict = PASS if low >= least else FAIL if high < least else UNDETERMINED
    if verdict == PASS:
        return Condition(name, verdict, found)
    gap = _range(max(least - high, 0.0), least - low, "RMB {} million more", "{} 百万元")
    return Condition(name, verdict, found, gap)


def _shops(spec: VillageSpec, wording: TaobaoCriterion) -> Condition:
    percent = wording.household_share * 100
    name = Words(
        f"{wording.shops:g} active shops or more, or shops for {percent:g} % of the households",
        f"活跃网店不少于 {wording.shops:g} 家，或达到家庭户数的 {percent:g}%",
    )
    low, high = shop_bounds(spec)
    homes = spec.households
    if math.isnan(low):
        missing = Words("the number of active shops", "活跃网店数")
        return Condition(name, UNDETERMINED, Words("not known", "不详"), missing)
    found = _range(low, high, "{} shops", "{} 家网店", decimals=0)
    known = not math.isnan(homes[0])
    if known:
        told = _range(homes[0], homes[1], "{} households", "{} 户", decimals=0)
        found = Words(f"{found}, {told}", f"{found.zh}，{told.zh}")
    # As many as it takes, if there are few households and if there are many.
    share = wording.household_share
    need = [min(wording.shops, share * n) if known else wording.shops for n in homes]
    if low >= need[1]:
        return Condition(name, PASS, found)
    gap = _range(
        math.ceil(max(need[0] - high, 0.0)), math.ceil(need[1] - low), "{} more active shops",
        "{} 家活跃网店", decimals=0,
    )  # fmt: skip
    if known and high < need[0]:
        return Condition(name, FAIL, found, gap)
    if not known:
        gap = Words(f"{gap}, or the number of households", f"{gap.zh}，或补充户数")
    return Condition(name, UNDETERMINED, found, gap)


def _range(low: float, high: float, en: str, zh: str, *, decimals: int = 1) -> Words:
    if math.isinf(high):
        text = f"{low:,.{decimals}f}".replace(",", "\u2009")
        return Words(en.format(f"{text} or more"), zh.format(f"不少于 {text}"))
    ends = [f"{number:,.{decimals}f}".replace(",", "\u2009") for number in (low, high)]
    text = ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
    text_zh = ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"
    return Words(en.format(text), zh.format(text_zh))

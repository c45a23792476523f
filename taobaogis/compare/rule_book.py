"""The rule book: every lane, house, pair, street and village against the planning figures.

What is surely right passes, what is surely not fails, and what the doubt of the data leaves open
is undetermined. A rule that no layer tells anything of is named all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from taobaogis.compare.rule_measures import MEASURES_OF_THINGS, NothingSuch, Place
from taobaogis.compare.rule_village import MEASURES_OF_VILLAGES, indicator_thing
from taobaogis.indicators import Words, definitions
from taobaogis.rules import planning_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from taobaogis.compare.rule_measures import Things
    from taobaogis.indicators import Indicator
    from taobaogis.rules import PlanningRule
    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = [
    "FAIL",
    "FINDING_COLUMNS",
    "PASS",
    "UNDETERMINED",
    "RuleFindings",
    "RuleScore",
    "judge_village",
    "verdicts",
]

PASS, FAIL, UNDETERMINED = "pass", "fail", "undetermined"
# A length this near to its limit keeps it, as with who can pass.
_SAME = {"m": 0.01, "m²": 0.01}
FINDING_COLUMNS = (
    "village", "rule", "topic", "subject", "thing", "verdict", "measured", "low", "high", "limit",
    "margin", "unit", "code", "clause", "status", "evidence", "superseded_by", "name_en",
    "name_zh",
)  # fmt: skip


@dataclass(frozen=True)
class RuleScore:
    """How a village does on one rule.

    Attributes
    ----------
    rule
        With the figure that it was judged by.
    passed, failed, undetermined
        How many things did. A rule that could not be judged has none.
    worst, worst_thing
        Value farthest on the wrong side, or nearest to the limit if all pass, and whose it is;
        None if nothing was measured, or all that was is exempt.
    reason
        Why nothing was judged; empty if something was.
    """

    rule: PlanningRule
    passed: int
    failed: int
    undetermined: int
    worst: float | None
    worst_thing: str
    reason: Words

    @property
    def applies(self) -> bool:
        """False if the village has nothing that the rule speaks of."""
        return not isinstance(self.reason, NothingSuch)

    @property
    def judged(self) -> int:
        """How many things were looked at."""
        return self.passed + self.failed + self.undetermined

    @property
    def verdict(self) -> str:
        """``fail`` if anything does, ``undetermined`` if anything is or nothing could be judged."""
        if self.failed:
            return FAIL
        return UNDETERMINED if self.undetermined or self.reason else PASS


@dataclass(frozen=True)
class RuleFindings:
    """The rule book of one village.

    Attributes
    ----------
    village
        Id.
    scores
        One a rule, in the order of the rule book.
    findings
        Every thing that fails or is undetermined: the columns of `FINDING_COLUMNS`, and its
        geometry. ``margin`` is how much room there is to the limit, below 0 what is missing.
    """

    village: str
    scores: tuple[RuleScore, ...]
    findings: gpd.GeoDataFrame


def verdicts(
    low: np.ndarray, high: np.ndarray, rule: PlanningRule, exempt: np.ndarray | None = None
) -> np.ndarray:
    """Verdict on each value that lies between two bounds.

    Parameters
    ----------
    low, high
        Bounds; NaN if nothing was measured, infinite if there is none.
    rule
        With the limit, and on which side of it lies right; the limit itself is right, and so is
        a length within 1 cm of it.
    exempt
        ``yes`` for a thing that passes whatever its value, ``unknown`` for one that may.

    Returns
    -------
    verdicts
        ``pass`` where both bounds are right, ``fail`` where both are wrong, else
        ``undetermined``.

    Examples
    --------
    >>> rule = planning_rules()["fire_lane_width"]  # at least 4 m
    >>> verdicts(np.array([4.1, 3.1, 3.8]), np.array([4.7, 3.7, 4.4]), rule).tolist()
    ['pass', 'fail', 'undetermined']
    """
    same = _SAME.get(rule.unit, 1e-9)
    if rule.least:
        right, wrong = low >= rule.value - same, high < rule.value - same
    else:
        right, wrong = high <= rule.value + same, low > rule.value + same
    said = np.where(right, PASS, np.where(wrong, FAIL, UNDETERMINED))
    if exempt is None:
        return said
    said = np.where(exempt == "yes", PASS, said)
    return np.where((exempt == "unknown") & (said == FAIL), UNDETERMINED, said)


def judge_village(
    village: Village,
    layers: Mapping[str, gpd.GeoDataFrame],
    indicators: Mapping[str, Indicator],
    assumptions: Assumptions,
    rules: Mapping[str, PlanningRule] | None = None,
) -> RuleFindings:
    """Judge a village by every rule.

    Parameters
    ----------
    village
        Boundary and layers with their surroundings.
    layers
        Measured layers, as from `taobaogis.form.whole.measure_form`.
    indicators
        Of the village, by key.
    assumptions
        For how far façades may be off.
    rules
        As from `taobaogis.rules.changed_rules`; the shipped ones by default.

    Returns
    -------
    findings
        Gaps and widths are held against the limits with bounds of twice ``facade_error_m``.
    """
    book = planning_rules() if rules is None else rules
    place = Place(village, layers, indicators, assumptions, book)
    scores, rows, shapes = [], [], []
    for rule in book.values():
        if rule.subject == "figure":
            continue
        found = _measured(place, rule)
        if not isinstance(found, Words) and len(found.value) == 0:
            found = NothingSuch("nothing of this kind is there", "没有此类对象")
        if isinstance(found, Words):
            scores.append(RuleScore(rule, 0, 0, 0, None, "", found))
            continue
        said = verdicts(found.low, found.high, rule, found.exempt)
        margin = found.value - rule.value if rule.least else rule.value - found.value
        scores.append(_score(rule, found, said, margin))
        rows.append(_rows(rule, found, said, margin))
        shapes.append(found.shapes[said != PASS])
    return RuleFindings(village.id, tuple(scores), _frame(village, rows, shapes))


def _measured(place: Place, rule: PlanningRule) -> Things | Words:
    if not rule.is_judged:
        return Words(f"to judge it takes {rule.needs_en}", f"判定需要{rule.needs_zh}")
    if place.village.outside:
        return Words.of(place.village.outside)
    measure: Callable[[Place, PlanningRule], Things | Words]
    if rule.measure in definitions():
        measure = indicator_thing
    else:
        measure = {**MEASURES_OF_THINGS, **MEASURES_OF_VILLAGES}[rule.measure]
    return measure(place, rule)


def _score(rule: PlanningRule, found: Things, said: np.ndarray, margin: np.ndarray) -> RuleScore:
    counts = [int((said == verdict).sum()) for verdict in (PASS, FAIL, UNDETERMINED)]
    worst, thing = _worst(found, said, margin)
    return RuleScore(rule, counts[0], counts[1], counts[2], worst, thing, Words(""))


def _rows(rule: PlanningRule, found: Things, said: np.ndarray, margin: np.ndarray) -> pd.DataFrame:
    chosen = said != PASS
    table = {
        "rule": rule.key, "topic": rule.topic, "subject": rule.subject,
        "thing": found.names[chosen].astype(str), "verdict": said[chosen], "limit": rule.value,
        "unit": rule.unit, "code": rule.code, "clause": rule.clause, "status": rule.status,
        "evidence": rule.evidence, "superseded_by": rule.superseded_by, "name_en": rule.name_en,
        "name_zh": rule.name_zh,
    }  # fmt: skip
    for name, values in (
        ("measured", found.value), ("low", found.low), ("high", found.high), ("margin", margin)
    ):  # fmt: skip
        table[name] = np.where(np.isfinite(values[chosen]), values[chosen], np.nan)
    return pd.DataFrame(table)


def _frame(
    village: Village, rows: list[pd.DataFrame], shapes: list[np.ndarray]
) -> gpd.GeoDataFrame:
    crs = village.layers.crs
    if not rows:
        table = pd.DataFrame(columns=list(FINDING_COLUMNS), dtype=object)
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([], crs=crs))
    table = pd.concat(rows, ignore_index=True).assign(village=village.id)
    return gpd.GeoDataFrame(table[list(FINDING_COLUMNS)], geometry=np.concatenate(shapes), crs=crs)


def _worst(found: Things, said: np.ndarray, margin: np.ndarray) -> tuple[float | None, str]:
    """Least margin among the worst verdicts that there are; what is exempt is not held to it."""
    held = np.isfinite(margin)
    if found.exempt is not None:
        held &= found.exempt != "yes"
    for verdict in (FAIL, UNDETERMINED, PASS):
        margins = np.where((said == verdict) & held, margin, np.inf)
        if len(margins) and np.isfinite(margins).any():
            at = int(np.argmin(margins))
            return float(found.value[at]), str(found.names[at])
    return None, ""

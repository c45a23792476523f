"""What all indicators of form share: grades as arguments, reasons why there is no number."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from taobaogis.indicators import NO_WORDS, Words, not_available
from taobaogis.rules import planning_rules
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from taobaogis.indicators import Grade, Indicator
    from taobaogis.village import Village

__all__ = ["Graded", "blocked", "graded", "house_doubts", "not_mapped", "nothing", "sources"]

_PLOTS_OF_A_BLOCK = 4.0


class Graded(TypedDict):
    """Arguments of `taobaogis.indicators.measured`."""

    grade: Grade
    reason: Words


def graded(doubts: Sequence[Words]) -> Graded:
    """Grade and reason from everything that weakens a number; as `taobaogis.trust.grades.grade`."""
    level, reason = grade(doubts)
    return {"grade": level, "reason": reason}


def nothing(keys: Sequence[str], reason: Words, source: str) -> list[Indicator]:
    """Indicators without a value, all for one reason."""
    return [not_available(key, reason, source=source) for key in keys]


def not_mapped(village: Village, what: str, what_zh: str) -> Words:
    """Why there is no number where a layer has no feature."""
    name_en, name_zh = village.spec.name_en, village.spec.name_zh
    return Words(
        f"no {what} are mapped in {name_en}, which is not to say that there are none",
        f"{name_zh or name_en}未测绘{what_zh}，并不表示没有",
    )


def blocked(village: Village, buildings: pd.DataFrame) -> Words:
    """Why nothing can be said of the houses of a village; empty if something can."""
    if village.outside:
        return village.outside
    return NO_WORDS if len(buildings) else not_mapped(village, "buildings", "建筑")


def sources(village: Village, *kinds: str) -> str:
    """Sources of layers, each once."""
    named = [village.layers.source(kind) for kind in kinds]
    return "; ".join(dict.fromkeys(name for name in named if name))


def house_doubts(village: Village, buildings: gpd.GeoDataFrame) -> list[Words]:
    """What weakens a number that counts or compares houses.

    Parameters
    ----------
    village
        For its boundary.
    buildings
        From `taobaogis.form.measures.measured_buildings`.

    Returns
    -------
    doubts
        Of the boundary, of few houses, and of footprints that may be several houses.
    """
    area = buildings["area_m2"]
    merged = float(area[buildings["merged_suspect"]].sum() / area.sum()) if area.sum() else 0.0
    block_m2 = _PLOTS_OF_A_BLOCK * planning_rules()["house_plot"].value
    return [
        *boundary_doubts(village),
        doubt("few_buildings", len(buildings)),
        doubt("merged_footprints", merged, count=int(buildings["merged_suspect"].sum())),
        doubt("blocks", float(area.median() / block_m2), area_m2=float(area.median())),
    ]

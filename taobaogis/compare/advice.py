"""What to map first, so that a village can be ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.indicators import Words
from taobaogis.trust.grades import limit
from taobaogis.trust.responses import response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.indicators import Indicator
    from taobaogis.study import CriterionSpec

__all__ = ["advice", "map_first"]


def map_first(
    values: Mapping[str, Indicator], criteria: Sequence[CriterionSpec]
) -> tuple[Words, ...]:
    """Layers that keep a village from being ranked, the one that holds up most first.

    Parameters
    ----------
    values
        Indicators of the village by key.
    criteria
        What it is to be judged by; those without weight ask for nothing.

    Returns
    -------
    steps
        Each a layer and what is wrong with it; none if no criterion lacks a value for want of
        mapping, or if the data do not reach the village, which no mapping would mend.
    """
    if _is_beyond(values):
        return ()
    asked = [c.indicator for c in criteria if c.weight > 0]
    lacking = [key for key in asked if key not in values or values[key].value is None]
    layers = {layer for key in lacking for layer in response(key).powers}
    steps = []
    houses = _value(values, "buildings_completeness_share")
    if "buildings" in layers:
        if not _value(values, "building_count"):
            steps.append(Words("the buildings: none is mapped", "建筑：尚未测绘"))
        elif houses is not None and houses < limit("buildings_missing"):
            missing = 1 - houses
            steps.append(
                Words(
                    f"the buildings: about {missing:.0%} are missing", f"建筑：约缺 {missing:.0%}"
                )
            )
    if "streets" in layers and not _value(values, "street_length_km"):
        steps.append(Words("the streets: none is mapped", "街巷：尚未测绘"))
    if any(key.startswith("stop_") for key in lacking):
        steps.append(
            Words("the stops of public transport: none is known nearby", "公交地铁站：附近没有记录")
        )
    if "market_straight_m" in lacking and "market_straight_m" in values:
        why = Words.of(values["market_straight_m"].reason)
        steps.append(Words(f"the wholesale markets: {why}", f"批发市场：{why.zh}"))
    if "pois" in layers:
        n = int(_value(values, "poi_count") or 0)
        steps.append(
            Words(
                f"shops, express points and workshops: {n or 'none'} mapped",
                f"商铺、快递点与作坊：仅测绘 {n} 处" if n else "商铺、快递点与作坊：尚未测绘",
            )
        )
    known = _value(values, "levels_known_share")
    if steps and "floor_space_index" in asked and (known or 0) < limit("storeys_assumed"):
        steps.append(
            Words("the storeys of the houses", "房屋层数")
            if known is None  # there is no house whose storeys could be known
            else Words(
                f"the storeys: known for {known:.0%} of the houses", f"层数：已知 {known:.0%}"
            )
        )
    return tuple(steps)


def advice(steps: Sequence[Words]) -> Words:
    """The steps in one sentence, without its full stop; empty if there are none.

    Examples
    --------
    >>> advice([Words("the buildings: none is mapped"), Words("the storeys: known for 0%")])
    'map first the buildings: none is mapped; then the storeys: known for 0%'
    """
    if not steps:
        return Words("")
    return Words(
        "map first " + "; then ".join(steps), "请先测绘" + "；再测绘".join(s.zh for s in steps)
    )


def _is_beyond(values: Mapping[str, Indicator]) -> bool:
    """Whether one and the same reason keeps every layer from being counted."""
    counts = [values.get(k) for k in ("building_count", "street_length_km", "poi_count")]
    reasons = {found.reason for found in counts if found is not None and found.value is None}
    return len(reasons) == 1 and all(found is not None and found.value is None for found in counts)


def _value(values: Mapping[str, Indicator], key: str) -> float | None:
    found = values.get(key)
    return None if found is None else found.value

"""Spacematrix: open space per floor area, and average storeys, from coverage and floor space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.indicators import Indicator, measured, not_available

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SPACEMATRIX_KEYS", "average_storeys", "open_space_ratio", "spacematrix"]

SPACEMATRIX_KEYS = ("open_space_ratio", "storeys_mean")


def open_space_ratio(coverage: float, floor_space: float) -> float:
    """Open ground per floor area, ``(1 - GSI) / FSI``.

    Parameters
    ----------
    coverage
        Building coverage ratio (GSI), 0 to 1.
    floor_space
        Floor-space index (FSI).

    Returns
    -------
    ratio
        Square metres of open ground for each square metre of floor; NaN without floor.

    References
    ----------
    Berghauser Pont and Haupt 2010, Spacematrix: space, density and urban form.

    Examples
    --------
    >>> open_space_ratio(0.5, 2.5)
    0.2
    """
    return (1 - coverage) / floor_space if floor_space > 0 else float("nan")


def average_storeys(coverage: float, floor_space: float) -> float:
    """Average number of storeys, ``L = FSI / GSI``; each counts with its footprint.

    Parameters
    ----------
    coverage, floor_space
        As in `open_space_ratio`.

    Returns
    -------
    storeys
        NaN without buildings.

    References
    ----------
    Berghauser Pont and Haupt 2010, Spacematrix: space, density and urban form.

    Examples
    --------
    >>> average_storeys(0.5, 2.5)
    5.0
    """
    return floor_space / coverage if coverage > 0 else float("nan")


def spacematrix(found: Iterable[Indicator]) -> list[Indicator]:
    """Open space ratio and average storeys of a village.

    Parameters
    ----------
    found
        Indicators of the village, ``building_coverage_ratio`` and ``floor_space_index`` among
        them.

    Returns
    -------
    indicators
        Every one of `SPACEMATRIX_KEYS`, as well founded and as doubtful as the floor-space
        index; the bounds are those of the storeys that are not mapped.
    """
    by_key = {indicator.key: indicator for indicator in found}
    coverage, floors = by_key["building_coverage_ratio"], by_key["floor_space_index"]
    if coverage.value is None or floors.value is None:
        missing = floors if floors.value is None else coverage
        return [
            not_available(key, missing.reason, source=missing.source) for key in SPACEMATRIX_KEYS
        ]
    low = floors.value if floors.low is None else floors.low
    high = floors.value if floors.high is None else floors.high
    made = []
    for key, ratio, formula in (
        (SPACEMATRIX_KEYS[0], open_space_ratio, "(1 - GSI) / FSI"),
        (SPACEMATRIX_KEYS[1], average_storeys, "FSI / GSI"),
    ):
        value, *bounds = (ratio(coverage.value, floor) for floor in (floors.value, low, high))
        made.append(
            measured(
                key, value, low=min(bounds), high=max(bounds), method=f"{formula}; {floors.method}",
                source=floors.source, n=floors.n, grade=floors.grade, reason=floors.reason,
            )
        )  # fmt: skip
    return made

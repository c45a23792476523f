"""Whose land it is: collective land of the village, or state land."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, grade

if TYPE_CHECKING:
    from taobaogis.village import Village

__all__ = ["TENURES", "tenure_indicators", "tenure_of"]

# Words for each tenure in the column ``tenure`` of a file, and in a study.
TENURES = {
    "collective": ("collective", "集体", "集体土地", "集体所有"),
    "state": ("state", "国有", "国有土地", "国家所有"),
}


def tenure_of(word: str) -> str:
    """Tenure that a word names: ``collective``, ``state``, or empty.

    Examples
    --------
    >>> tenure_of("国有"), tenure_of("Collective"), tenure_of("leased")
    ('state', 'collective', '')
    """
    plain = word.strip().lower()
    return next((key for key, words in TENURES.items() if plain in words), "")


def tenure_indicators(village: Village) -> list[Indicator]:
    """Share of collective land in the land of known tenure.

    Parameters
    ----------
    village
        With its ``tenure``.

    Returns
    -------
    indicators
        ``collective_land_share``; the bounds let all other land be of either tenure. NA if the
        study tells of none.
    """
    key, source = "collective_land_share", village.layers.source("tenure")
    method = "outlines of tenure of the study, cut at the boundary"
    if village.tenure is None:
        why = village.outside or Words(
            "the study does not tell whose land it is (land_tenure)", "研究未说明土地权属"
        )
        return [not_available(key, why, method=method, source=source)]
    kinds = village.tenure["tenure"].to_numpy()
    shapes = shapely.intersection(village.tenure.geometry.to_numpy(), village.boundary)
    area = {kind: float(shapely.area(shapely.union_all(shapes[kinds == kind]))) for kind in TENURES}
    known, whole = sum(area.values()), float(village.boundary.area)
    if known == 0:
        why = Words("no outline of tenure lies in the village", "村内无权属范围")
        return [not_available(key, why, method=method, source=source)]
    level, reason = grade(boundary_doubts(village))
    rest = max(whole - known, 0.0)
    return [
        measured(
            key,
            area["collective"] / known,
            low=area["collective"] / (known + rest),
            high=(area["collective"] + rest) / (known + rest),
            method=method,
            source=source,
            n=len(village.tenure),
            grade=level,
            reason=reason,
        )
    ]

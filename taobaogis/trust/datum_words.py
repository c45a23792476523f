"""What was found out about a layer's datum, as sentences in English and Chinese."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from taobaogis.datums import Datum
    from taobaogis.trust.datum_finding import DatumFinding

__all__ = ["compass", "datum_sentence"]

Language = Literal["en", "zh"]

_WINDS = {
    "en": ("north", "north-east", "east", "south-east",
           "south", "south-west", "west", "north-west"),
    "zh": ("北", "东北", "东", "东南", "南", "西南", "西", "西北"),
}  # fmt: skip
_DATUM_NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09"}
_SLIGHT_M = 12.0
_MEND = {"en": ': set datum = "', "zh": '：请设置 datum = "'}

_REASONS = {
    "few": ("it holds too few places to compare", "可比对的地点太少"),
    "apart": ("the two do not overlap", "两者没有重叠"),
    "undecided": (
        "no shift of it fits clearly better than all others",
        "没有哪一种偏移明显优于其他偏移",
    ),
    "alike": (
        "the datums lie too close together here to be told apart",
        "各坐标系在此处过于接近，无法区分",
    ),
}


def compass(east: float, north: float, language: Language) -> str:
    """Direction of a shift in words, one of eight.

    Parameters
    ----------
    east, north
        Of any unit.
    language
        ``en`` or ``zh``.

    Returns
    -------
    wind

    Examples
    --------
    >>> compass(540.0, -300.0, "en"), compass(0.0, 9.0, "zh")
    ('south-east', '北')
    """
    eighth = round(math.degrees(math.atan2(east, north)) / 45.0) % 8
    return _WINDS[language][eighth]


def datum_sentence(
    finding: DatumFinding,
    *,
    layer: str,
    reference: str,
    language: Language,
    declared: Datum = "wgs84",
) -> str:
    """A finding as one sentence that says what, how sure and, where needed, the mend.

    Parameters
    ----------
    finding
        From `taobaogis.trust.datum_shift.datum_shift`.
    layer, reference
        What the two are called in the sentence.
    language
        ``en`` or ``zh``.
    declared
        Datum that is set for the layer; if the finding is another, the sentence says so.

    Returns
    -------
    sentence
        Without a full stop.
    """
    words = _english if language == "en" else _chinese
    said = words(finding, layer, reference)
    if finding.datum in {"unknown", "wgs84" if declared == "cgcs2000" else declared}:
        return said
    return f'{said}{_MEND[language]}{finding.datum}"'


def _english(finding: DatumFinding, layer: str, reference: str) -> str:
    if finding.reason:
        why, _ = _REASONS[finding.reason]
        return f"whether {layer} is shifted against {reference} cannot be told: {why}"
    wind = compass(finding.offset_east_m, finding.offset_north_m, "en")
    lies = f"{layer} lies {finding.offset_m:.0f} m {wind} of {reference}"
    how = _evidence_en(finding)
    if finding.datum == "wgs84":
        if finding.offset_m <= _SLIGHT_M:
            return f"{layer} stands right on {reference} (WGS 84: {how})"
        return f"{lies}, but on WGS 84 ({how})"
    if finding.datum == "unknown":
        return (
            f"{lies}, which is the shift of no known datum ({how}): "
            "check its CRS and its control points"
        )
    name = _DATUM_NAMES[finding.datum]
    return f"{lies}; that is the signature of {name} (converted from it, {how})"


def _chinese(finding: DatumFinding, layer: str, reference: str) -> str:
    if finding.reason:
        _, why = _REASONS[finding.reason]
        return f"无法判断{layer}相对于{reference}是否偏移：{why}"
    wind = compass(finding.offset_east_m, finding.offset_north_m, "zh")
    lies = f"{layer}位于{reference}{wind}方向约 {finding.offset_m:.0f} 米处"
    how = _evidence_zh(finding)
    if finding.datum == "wgs84":
        if finding.offset_m <= _SLIGHT_M:
            return f"{layer}与{reference}吻合（WGS 84：{how}）"
        return f"{lies}，但坐标系为 WGS 84（{how}）"
    if finding.datum == "unknown":
        return f"{lies}，不是任何已知坐标系的偏移（{how}）：请检查其坐标系和控制点"
    name = _DATUM_NAMES[finding.datum]
    return f"{lies}；这正是 {name} 的特征（由其转换后，{how}）"


def _evidence_en(finding: DatumFinding) -> str:
    if finding.basis == "names":
        return f"{finding.share:.0%} of {finding.n} places of the same name agree"
    only = "only " if finding.share < finding.share_by_chance else ""
    return (
        f"{only}{finding.share:.0%} of {finding.n} places lie within {finding.tolerance_m:g} m, "
        f"against {finding.share_by_chance:.0%} under random shifts"
    )


def _evidence_zh(finding: DatumFinding) -> str:
    if finding.basis == "names":
        return f"{finding.n} 个同名地点中 {finding.share:.0%} 相符"
    only = "仅 " if finding.share < finding.share_by_chance else ""
    return (
        f"{finding.n} 个地点中{only or ' '}{finding.share:.0%} 在 {finding.tolerance_m:g} 米以内，"
        f"随机偏移时为 {finding.share_by_chance:.0%}"
    )

"""Numbers, units and grades in words, the same on maps, figures and pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taobaogis.indicators import Words
from taobaogis.maps.model import Label
from taobaogis.trust.indicators import is_stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taobaogis.indicators import Definition, Indicator

__all__ = [
    "CIRCLE",
    "GRADES",
    "GROUPS",
    "OVERVIEW",
    "SYNTHETIC",
    "Shown",
    "completeness_label",
    "interval_text",
    "number_text",
    "shown",
    "unit_label",
    "value_text",
]

SYNTHETIC = Label(
    "SYNTHETIC DATA: made by taobaogis, no real place",
    "合成数据：由 taobaogis 生成，并非真实地点",
)
CIRCLE = Label("No boundary was drawn; a circle stands in for it.", "未绘制村界，以圆形范围代替。")

GROUPS: Mapping[str, Label] = {
    "data": Label("What is on the map", "数据完整性"),
    "form": Label("Form", "空间形态"),
    "rules": Label("Rule book", "规范核对"),
    "social": Label("People and e-commerce", "人口与电商"),
    "access": Label("Proximity", "可达性"),
    "facilities": Label("Facilities people ask for", "居民所需设施"),
    "landuse": Label("Land use", "土地利用"),
    "clusters": Label("Places and clusters", "设施与聚集"),
}

GRADES: Mapping[str, Label] = {
    "A": Label("measured on data checked for completeness", "数据完整性已核实"),
    "B": Label("measured; completeness not proven", "已测算，完整性未核实"),
    "C": Label("one thing weakens it", "有一项因素削弱可信度"),
    "D": Label("two or more weaken it: an indication only", "多项因素削弱，仅供参考"),
    "NA": Label("the data cannot give it", "数据不足，无法得出"),
}

# Captions of the figures that show all villages at once, by their file name.
OVERVIEW: Mapping[str, Label] = {
    "figure-ground": Label(
        "Buildings and open ground, all villages at one scale", "图底关系（同一比例尺）"
    ),
    "street-width-histogram": Label("Length of street by its width", "街巷宽度分布（按长度）"),
    "travel-times": Label(
        "Minutes to a right wholesale market, by way of travel, with ranges",
        "各出行方式到对口批发市场的时间及范围",
    ),
    "clustering": Label("How places gather, against chance", "设施聚集程度与随机情况之比较"),
}

_UNITS: Mapping[str, Label] = {
    "share": Label("%", "%"),
    "ratio": Label("", ""),
    "ha": Label("ha", "公顷"),
    "per ha": Label("per ha", "个/公顷"),
    "buildings": Label("buildings", "栋"),
    "houses": Label("houses", "栋"),
    "people": Label("people", "人"),
    "places": Label("places", "处"),
    "storeys": Label("storeys", "层"),
    "lanes": Label("lanes", "条"),
    "clusters": Label("clusters", "处"),
    "rules": Label("rules", "条"),
    "shops": Label("shops", "家"),
    "respondents": Label("respondents", "人"),
    "needs": Label("needs", "项"),
    "RMB million": Label("RMB million", "百万元"),
    "failures": Label("", "处"),
    "exits": Label("", "处"),
    "min": Label("min", "分钟"),
    "years": Label("years", "年"),
}
_ONE: Mapping[str, str] = {
    "buildings": "building", "houses": "house", "people": "person", "places": "place",
    "storeys": "storey", "lanes": "lane", "clusters": "cluster", "rules": "rule",
    "shops": "shop", "respondents": "respondent", "needs": "need", "years": "year",
}  # fmt: skip
_PERCENT = 100.0
_COMPLETE: Mapping[str, Label] = {
    "buildings_completeness_share": Label("houses", "房屋 "),
    "streets_completeness_share": Label("lanes", "巷道 "),
}


def unit_label(unit: str, value: str = "") -> Label:
    """Words to stand after a number.

    Parameters
    ----------
    unit
        As in ``data/indicators.toml``.
    value
        The number as it is shown; English has another word after ``"1"``.

    Returns
    -------
    label
        ``"%"`` for a share, nothing for a ratio, the unit itself if it needs no translation.

    Examples
    --------
    >>> unit_label("ha").zh
    '公顷'
    >>> unit_label("km").zh
    'km'
    >>> unit_label("lanes", "1").en
    'lane'
    """
    label = _UNITS.get(unit, Label.same(unit))
    return Label(_ONE.get(unit, label.en), label.zh) if value == "1" else label


def number_text(number: float, definition: Definition) -> str:
    """Number as it is shown, without its unit.

    Parameters
    ----------
    number
        In the definition's unit.
    definition
        Says the digits; a share is shown in percent.

    Returns
    -------
    text
        With thin spaces between thousands, never ``-0``.
    """
    decimals = definition.decimals
    if definition.unit == "share":
        number, decimals = number * _PERCENT, max(decimals - 2, 0)
    text = f"{round(number, decimals) + 0.0:,.{decimals}f}"
    return text.replace(",", "\u2009")


def value_text(indicator: Indicator) -> str:
    """Value of an indicator without its unit; ``NA`` if it has none."""
    if indicator.value is None:
        return "NA"
    return number_text(indicator.value, indicator.definition)


def interval_text(indicator: Indicator) -> str:
    """Bounds of an indicator as ``low–high``; empty if no doubt is stated."""
    if indicator.low is None or indicator.high is None:
        return ""
    low, high = (number_text(v, indicator.definition) for v in (indicator.low, indicator.high))
    return f"{low}–{high}"


@dataclass(frozen=True)
class Shown:
    """An indicator in words, ready for a page.

    Attributes
    ----------
    key, name, definition, group
        Which it is.
    value, unit, interval
        Number and bounds as text; the unit stands after them.
    is_na
        True if there is no value.
    grade, reason
        How far it can be relied on.
    method, source, n
        How it came about.
    """

    key: str
    name: Label
    definition: Label
    group: str
    value: str
    unit: Label
    interval: str
    is_na: bool
    grade: str
    reason: Label
    method: str
    source: str
    n: int


def shown(indicator: Indicator) -> Shown:
    """Words for an indicator.

    Parameters
    ----------
    indicator
        With or without value.

    Returns
    -------
    shown
        Shares in percent; ``NA`` as the value if there is none.
    """
    known = indicator.definition
    return Shown(
        key=indicator.key,
        name=Label(known.name_en, known.name_zh),
        definition=Label(known.definition_en, known.definition_zh),
        group=known.group,
        value=value_text(indicator),
        unit=unit_label(known.unit, value_text(indicator)),
        interval=interval_text(indicator),
        is_na=indicator.value is None,
        grade=indicator.grade,
        reason=Label(indicator.reason, Words.of(indicator.reason).zh),
        method=indicator.method,
        source=indicator.source,
        n=indicator.n,
    )


def completeness_label(indicators: Iterable[Indicator]) -> Label:
    """How complete the data of a village are, in one line.

    Parameters
    ----------
    indicators
        Of one village.

    Returns
    -------
    label
        Houses and lanes, each with its bounds, or as the user states it; empty if nothing was told
        of them.
    """
    found = {indicator.key: indicator for indicator in indicators}
    en, zh = [], []
    for key, words_ in _COMPLETE.items():
        if key not in found:
            continue
        share = shown(found[key])
        of = "\N{NO-BREAK SPACE}%"
        told = Label.same(f"{share.value}{of} ({share.interval or share.value}{of})")
        if share.is_na:
            told = Label("not known", "不详")
        elif is_stated(found[key]):
            told = Label(
                f"{share.value}{of} as stated by the user", f"{share.value}{of}（用户声明）"
            )
        en.append(f"{words_.en} {told.en}")
        zh.append(f"{words_.zh}{told.zh}")
    if not en:
        return Label("", "")
    return Label("Mapped share: " + ", ".join(en), "测绘完整度：" + "，".join(zh))

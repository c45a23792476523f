"""What the data hold of each village, how complete and how old they are, before any measuring."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from taobaogis.form.measures import measured_lanes
from taobaogis.indicators import NO_WORDS, Words
from taobaogis.loaders.remarks import Remark
from taobaogis.trust.completeness import village_completeness
from taobaogis.trust.grades import doubt, limit
from taobaogis.trust.indicators import data_age_years
from taobaogis.trust.responses import layer_doubt

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from taobaogis.loaders.assemble import StudyData
    from taobaogis.study import Assumptions
    from taobaogis.trust.completeness import Completeness
    from taobaogis.village import Village

__all__ = ["inspect_age", "inspect_villages"]

_MISSING = {
    "streets": Words(
        "no street is mapped: no widths, no network distances", "未测绘街巷：无宽度与路网距离"
    ),
    "buildings": Words(
        "no building is mapped: no widths, no coverage, no floor space",
        "未测绘建筑：无宽度、覆盖率与容积率",
    ),
    "pois": Words("no place is mapped: no clusters", "未测绘设施点：无聚集"),
    "landuse": Words(
        "no land use is mapped: shares only from buildings of a known use",
        "未测绘用地：仅按用途已知的建筑计算比例",
    ),
    "stops": Words(
        "no stop is mapped within reach, which is not to say that there is none",
        "可达范围内未测绘站点，并不表示没有",
    ),
}
_NAMES = {
    "buildings": Words("houses", "房屋"),
    "streets": Words("lanes", "巷道"),
    "pois": Words("places", "设施点"),
}


def inspect_age(data: StudyData) -> list[Remark]:
    """How old the data of a study are, and whether that is too old.

    Parameters
    ----------
    data
        As loaded; the day on which it was read is what the age is counted from.

    Returns
    -------
    remarks
        One; none for data of which the day does not matter.
    """
    if data.read_on is None:
        return []
    age = data_age_years(data.layers.provenance, data.read_on)
    if age is None:
        undated = doubt("no_date")
        return [Remark("data_undated", "warning", str(undated), undated.zh)]
    old = doubt("old_data", age)
    told = old or Words(f"the oldest data are {age:.1f} years old", f"最早的数据已有 {age:.1f} 年")
    return [Remark("data_age", "warning" if old else "fact", str(told), told.zh, {"years": age})]


def inspect_villages(data: StudyData, assumptions: Assumptions) -> list[Remark]:
    """What is mapped of each village, and how much of it seems to be missing.

    Parameters
    ----------
    data
        As loaded.
    assumptions
        Of the study, for how many places a house has.

    Returns
    -------
    remarks
        Village by village, each with its id in front.
    """
    return [
        dataclasses.replace(
            remark,
            text=f"{village.id}: {remark.text}",
            text_zh=f"{village.id}：{remark.text_zh}" if remark.text_zh else "",
            data={"village": village.id, **remark.data},
        )
        for village in data.villages
        for remark in _inspect_village(village, assumptions)
    ]


def _inspect_village(village: Village, assumptions: Assumptions) -> Iterator[Remark]:
    if village.outside:
        yield _warning("outside", Words.of(village.outside))
        return
    yield Remark("boundary", "fact", village.boundary_basis)
    for kind, sentence in _MISSING.items():
        frame: gpd.GeoDataFrame = village.layers[kind] if kind == "stops" else village.inside(kind)
        if frame.empty:
            yield _warning(f"no_{kind}", sentence)
        else:
            yield Remark(kind, "fact", f"{len(frame)} {kind}", data={"n": len(frame)})
    buildings = village.inside("buildings")
    if buildings.empty:
        return
    known = (buildings["levels_tag"].notna() | buildings["height_tag_m"].notna()).mean()
    text = f"storeys or height of {known:.0%} of the buildings are known"
    zh = f"{known:.0%} 的建筑有层数或高度记录"
    yield Remark("height_known", "fact", text, zh, {"share": float(known)})
    found = village_completeness(village, measured_lanes(village), assumptions)
    for layer, completeness in found.items():
        yield _completeness(layer, completeness)


def _completeness(layer: str, found: Completeness) -> Remark:
    code, what, share = f"{layer}_completeness", _NAMES[layer], found.share
    if share is None:
        return _warning(code, Words(f"{what}: {found.why}", f"{what.zh}：{found.why.zh}"))
    data = {"share": share.value, "low": share.low, "high": share.high, "checked": found.checked}
    told = Words(
        f"about {share.value:.0%} of the {what} are on the map ({share.low:.0%} to "
        f"{share.high:.0%}): {found.method}",
        f"约 {share.value:.0%} 的{what.zh}已测绘（{share.low:.0%} 至 {share.high:.0%}）："
        f"{found.method.zh}",
    )
    if found.is_stated:
        told = Words(
            f"all {what} are on the map, {found.method}", f"{what.zh}全部已测绘：{found.method.zh}"
        )
    bad = layer_doubt(found)
    refused = layer == "buildings" and share.value < limit("buildings_missing")
    more = (
        Words(
            "; what rests on them gets no value, and the village no rank",
            "；相关指标不予给值，该村不参与排序",
        )
        if refused
        else NO_WORDS
    )
    told = Words(f"{told}{more}", f"{told.zh}{more.zh}")
    return Remark(code, "warning" if bad else "fact", str(told), told.zh, data)


def _warning(code: str, words: Words) -> Remark:
    return Remark(code, "warning", str(words), words.zh)

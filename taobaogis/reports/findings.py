"""What the layers of one village show, in a few sentences a planner can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from taobaogis.clusters.categories import categories
from taobaogis.maps.model import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from taobaogis.results import VillageResult

__all__ = ["findings"]

_FELT_SHARE = 0.01
_MOST_SITES = 3
_MOST_FEATURES = 2
_LEAST_FACILITIES = 3


def findings(measured: VillageResult) -> tuple[tuple[Label, Label], ...]:
    """What stands out in a village, a title and a text each.

    Parameters
    ----------
    measured
        Of a run.

    Returns
    -------
    findings
        In the order of the paper's layers: the way to the right market, where services line up,
        what is missing and where one more would help most, the parts of the village, and who can
        pass. What the data cannot tell is left out; the grades of the figures stand with the
        indicators.
    """
    tellers = (
        (Label("The way to the right market", "前往对口批发市场"), _market),
        (Label("Where services line up", "服务沿街分布"), _main_street),
        (Label("What is missing", "缺少什么"), _missing),
        (Label("How it is built", "空间格局"), _parts),
        (Label("Who can pass", "通行条件"), _passing),
    )
    found = []
    for title, tell in tellers:
        told = list(tell(measured))
        if told:
            found.append((title, _sentences(told)))
    return tuple(found)


def _sentences(told: list[Label]) -> Label:
    en = " ".join(f"{t.en[0].upper()}{t.en[1:]}." for t in told)
    return Label(en, "".join(f"{t.zh}。" for t in told))


def _rows(measured: VillageResult, layer: str) -> list[dict[str, Any]]:
    frame: gpd.GeoDataFrame | None = measured.layers.get(layer)
    if frame is None or frame.empty:
        return []
    return [
        {str(key): value for key, value in row.items()}
        for row in pd.DataFrame(frame.drop(columns="geometry")).to_dict("records")
    ]


def _market(measured: VillageResult) -> Iterator[Label]:
    right = [row for row in _rows(measured, "markets") if row["right_goods"]]
    for row in sorted(right, key=lambda r: r["distance_m"])[:1]:
        ways = [
            (row["walk_min"], "on foot", "步行"),
            (row["ebike_min"], "by e-bike", "电动自行车"),
            (row["drive_min"], "by car in free traffic", "驾车（畅通时）"),
            (row["transit_min"], "by public transport", "公共交通"),
        ]
        known = [(minutes, en, zh) for minutes, en, zh in ways if pd.notna(minutes)]
        en, zh = (
            f"{row['name_en']}, {_km(row['distance_m'])} away",
            (f"{row['name_zh']}，直线 {_km(row['distance_m'])}"),
        )
        if known:
            en += ": " + ", ".join(f"{m:.0f} min {way}" for m, way, _ in known)
            zh += "：" + "，".join(f"{way} {m:.0f} 分钟" for m, _, way in known)
        yield Label(en, zh)
        if row["transit_en"]:
            yield Label(row["transit_en"], row["transit_zh"])


def _main_street(measured: VillageResult) -> Iterator[Label]:
    streets = sorted(_rows(measured, "main_streets"), key=lambda row: -row["places"])
    count = len(_rows(measured, "places"))
    for row in streets[:1]:
        places, length = f"{row['places']:.0f}", f"{row['length_m']:.0f}"
        named, mostly = Label.same(""), Label.same("")
        if row["name"]:
            named = Label(f" ({row['name']})", f"（{row['name']}）")
        if kind := categories().get(row["main_category"]):
            mostly = Label(f", mostly {kind.name_en.lower()}", f"，以{kind.name_zh}为主")
        yield Label(
            f"{places} of {count} mapped places stand along {length} m of one street"
            f"{named.en}{mostly.en}",
            f"已测绘的 {count} 处设施中有 {places} 处沿一条 {length} 米的街道分布"
            f"{named.zh}{mostly.zh}",
        )


def _missing(measured: VillageResult) -> Iterator[Label]:
    for row in _rows(measured, "worst_served")[:1]:
        if row["of"] < _LEAST_FACILITIES:  # one alone says little of a place
            continue
        yield Label(
            f"the worst-served {row['houses']:.0f} houses lack, within reach, {row['lacking']:.0f} "
            f"of {row['of']:.0f} facilities: {row['names_en']}",
            f"服务最差的 {row['houses']:.0f} 栋房屋在服务半径内缺 {row['of']:.0f} 类设施中的 "
            f"{row['lacking']:.0f} 类：{row['names_zh']}",
        )
    sites = sorted(_rows(measured, "facility_sites"), key=lambda row: -row["gain_houses"])
    told = [s for s in sites if s["share_after"] - s["share_before"] > _FELT_SHARE][:_MOST_SITES]
    if told:
        yield Label(
            "at the best place, one more would serve: "
            + "; ".join(
                f"{s['name_en'].lower()} {_percent(s['share_after'])} of the houses instead of "
                f"{_percent(s['share_before'])}"
                for s in told
            ),
            "若在最佳位置各增设一处，覆盖房屋比例："
            + "；".join(
                f"{s['name_zh']}由 {_percent(s['share_before'])} 升至 {_percent(s['share_after'])}"
                for s in told
            ),
        )


def _parts(measured: VillageResult) -> Iterator[Label]:
    rows = _rows(measured, "parts")
    kinds = {row["part"]: [r for r in rows if r["part"] == row["part"]] for row in rows}
    for pieces in kinds.values():
        largest = max(pieces, key=lambda row: row["area_ha"])
        en, zh = (
            _first_features(largest["features_en"], "; "),
            (_first_features(largest["features_zh"], "；")),
        )
        if len(kinds) == 1:
            yield Label(f"one kind throughout: {en}", f"全村格局一致：{zh}")
            return
        area = f"{sum(row['area_ha'] for row in pieces):.1f}"
        houses = f"{sum(row['n_buildings'] for row in pieces):.0f}"
        several = len(pieces) > 1
        yield Label(
            f"{largest['name_en'].lower()}, {area} ha with {houses} houses"
            f"{f' in {len(pieces)} pieces; the largest' if several else ''}: {en}",
            f"{largest['name_zh']}（{area} 公顷，{houses} 栋"
            f"{f'，共 {len(pieces)} 片；最大一片' if several else ''}）：{zh}",
        )


def _first_features(told: str, between: str) -> str:
    return between.join(told.split(between)[:_MOST_FEATURES])


def _passing(measured: VillageResult) -> Iterator[Label]:
    reach = [row for row in _rows(measured, "reach") if pd.notna(row["served_share"])]
    if reach:
        yield Label(
            "houses reached: "
            + ", ".join(f"{r['name_en'].lower()} {_percent(r['served_share'])}" for r in reach),
            "可达房屋："
            + "，".join(f"{r['name_zh']} {_percent(r['served_share'])}" for r in reach),
        )
    # Parcels come by van; of vehicles of one's own the widest is told.
    for row in [r for r in reach if r["vehicle"] == "van"] or reach[-1:]:
        if pd.notna(row["on_foot_max_m"]):
            middle, most = f"{row['on_foot_median_m']:.0f}", f"{row['on_foot_max_m']:.0f}"
            yield Label(
                f"to houses that the {row['name_en'].lower()} does not reach, {middle} m remain on "
                f"foot in the median, {most} m at most",
                f"{row['name_zh']}不能到达的房屋，仍需步行 {middle} 米（中位数），最远 {most} 米",
            )
    pinches = [row for row in _rows(measured, "pinch_points") if row["rank"] == 1]
    for row in sorted(pinches, key=lambda r: -r["houses_cut_off"])[:1]:
        vehicle = next((r for r in reach if r["vehicle"] == row["vehicle"]), None)
        if vehicle is None:
            continue
        n = f"{row['houses_cut_off']:.0f}"
        yield Label(
            f"the worst single pinch point, {row['clear_width_m']:.1f} m wide, keeps the "
            f"{vehicle['name_en'].lower()} from {n} house{'' if n == '1' else 's'}",
            f"最不利的卡口净宽 {row['clear_width_m']:.1f} 米，使{vehicle['name_zh']}无法到达 {n} "
            "栋房屋",
        )


def _km(metres: float) -> str:
    return f"{metres / 1000:.1f} km"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u2009%"

"""What the columns of a city's cells are called."""

from __future__ import annotations

from taobaogis.city.cells import CELL_COLUMNS
from taobaogis.indicators import definitions
from taobaogis.maps.model import Label

__all__ = ["cell_words"]

# What the definitions of village indicators do not name.
_OWN_WORDS = {
    "floor_space_index_low": Label("Floor-space index, least", "容积率（下限）"),
    "floor_space_index_high": Label("Floor-space index, most", "容积率（上限）"),
    "fire_gap_share": Label("Houses nearer than the fire separation", "小于防火间距的房屋占比"),
    "neighbour_turn_median_deg": Label("Turn against houses around (°)", "与周边房屋朝向差（°）"),
    "junction_count": Label("Junctions", "交叉口数"),
    "stop_walk_median_m": Label("Walk to the nearest stop (m)", "步行至最近站点（米）"),
    "market_walk_median_m": Label("Walk to the nearest market (m)", "步行至最近市场（米）"),
}  # fmt: skip


def cell_words() -> dict[str, Label]:
    """What each column of the cells is called."""
    known = definitions()
    found = {}
    for name in CELL_COLUMNS:
        if name in _OWN_WORDS:
            found[name] = _OWN_WORDS[name]
        elif name in known:
            unit = known[name].unit
            en, zh = known[name].name_en, known[name].name_zh
            is_length = unit in {"m", "m²", "km"}
            found[name] = Label(f"{en} ({unit})", f"{zh}（{unit}）") if is_length else Label(en, zh)
        else:
            found[name] = Label.same(name)
    return found

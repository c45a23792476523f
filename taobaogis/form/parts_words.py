"""What tells a part from its neighbours, in words with numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PART_NAMES", "feature_words"]

PART_NAMES = {
    "old": ("Traditional core", "传统老村"),
    "new": ("Planned new part", "规划新村"),
    "other": ("Rest", "其余部分"),
}
_MOST = 3
# Numbers alike in both have no spread; what differs by this share of a scale is still alike.
_LEAST_SPREAD = 0.1


class _Feature(NamedTuple):
    column: str
    en: str
    zh: str
    factor: float
    decimals: int
    scale: float


# `scale` is how much of it a reader would call a difference.
_FEATURES = (
    _Feature("front_m", "clear way along the widest side of a house {} m", "房前最宽通道 {} 米",
             1.0, 1, 2.5),
    _Feature("turn_deg", "houses turned by {}° against those around them", "房屋朝向与周围相差 {}°",
             1.0, 1, 2.4),
    _Feature("unlike_ratio", "footprints {} times as large or as small as those around them",
             "房屋基底面积与周围之比（大比小）{}", 1.0, 2, 0.2),
    _Feature("flush_share", "{} % of neighbours on one building line", "{} % 的相邻房屋共建筑线",
             100.0, 0, 0.5),
    _Feature("close_share", "{} % of the façade with a building within 6 m",
             "{} % 的立面 6 米内有建筑", 100.0, 0, 0.5),
    _Feature("area_m2", "footprints of {} m²", "房屋基底面积 {} 平方米", 1.0, 0, 100.0),
)  # fmt: skip


def feature_words(table: pd.DataFrame, piece: np.ndarray, at: int) -> tuple[str, str]:
    """The three features that tell a piece most from the rest of the village.

    Parameters
    ----------
    table
        One row a house, as of `taobaogis.form.parts_evidence.Fabric`.
    piece
        Piece that each house stands in; negative outside the village.
    at
        The piece asked for.

    Returns
    -------
    english, chinese
        Medians over the houses of the piece and, if there are any, of the village's other
        pieces; ordered by their difference in units of the spread within both. Empty for a
        piece without house.
    """
    mine, others = piece == at, (piece >= 0) & (piece != at)
    if not mine.any():
        return "", ""
    values = table.assign(unlike_ratio=np.exp(table["unlike"]))
    told = []
    for order, feature in enumerate(_FEATURES):
        own, theirs = (values[feature.column].to_numpy()[some] for some in (mine, others))
        own, theirs = own[np.isfinite(own)], theirs[np.isfinite(theirs)]
        if not len(own) or (others.any() and not len(theirs)):
            continue
        apart = _apart(own, theirs, feature.scale) if len(theirs) else 0.0
        told.append((-apart, order, feature, own, theirs))
    told.sort(key=lambda row: row[:2])
    english, chinese = [], []
    for _, _, feature, own, theirs in told[:_MOST]:
        number = _number(own, feature)
        en, zh = feature.en.format(number), feature.zh.format(number)
        if len(theirs):
            en += f" (elsewhere {_number(theirs, feature)})"
            zh += f"（村内其他 {_number(theirs, feature)}）"
        english.append(en)
        chinese.append(zh)
    return "; ".join(english), "；".join(chinese)


def _apart(own: np.ndarray, theirs: np.ndarray, scale: float) -> float:
    spread = sum(float(np.subtract(*np.quantile(v, [0.75, 0.25]))) for v in (own, theirs))
    difference = abs(float(np.median(own)) - float(np.median(theirs)))
    return difference / (spread + _LEAST_SPREAD * scale)


def _number(values: np.ndarray, feature: _Feature) -> str:
    return f"{float(np.median(values)) * feature.factor:.{feature.decimals}f}"

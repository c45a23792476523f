"""Minutes by way of travel, each with its range: the rows that maps and plots of access share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet
from taobaogis.maps.way_layers import MODE_COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.sheet import Words

__all__ = ["NEAR_MIN", "WAYS", "Way", "by_mode", "draw_minutes", "longest_min", "soonest"]

# What Lin (2019) calls near: "about half an hour ... by bus".
NEAR_MIN = 30.0
# A longer way, mostly on foot, would leave no room for the others: it ends in an arrow.
_MOST_MIN = 120.0
_LEAST_MIN = 45.0
# Numbers and names stand to the right of the axes, in widths of these; room for names, inches.
_NUMBERS_AT, _NAMES_AT, _NAMES_IN = 1.06, 1.30, 3.1


class Way(NamedTuple):
    """A way of travel, its columns and how it is drawn."""

    mode: str
    name: Label

    @property
    def column(self) -> str:
        """Middle of the minutes."""
        return f"{self.mode}_min"

    @property
    def bounds(self) -> tuple[str, str]:
        """Least and greatest minutes."""
        return f"{self.mode}_low_min", f"{self.mode}_high_min"


WAYS = (
    Way("walk", Label("On foot", "步行")),
    Way("ebike", Label("E-bike", "电动自行车")),
    Way("drive", Label("Car or van", "驾车")),
    Way("transit", Label("Public transport", "公共交通")),
)


def soonest(spec: MapSpec, column: str) -> pd.Series | None:
    """The right market that is reached first.

    Parameters
    ----------
    spec
        Map of a village.
    column
        Minutes that decide.

    Returns
    -------
    market
        Its row; None if no time to a right market is known.
    """
    markets = spec.layer("markets").features
    if column not in markets:
        return None
    right = markets[markets["right_goods"].isin([True])]
    minutes = pd.to_numeric(right[column], errors="coerce")
    if not minutes.notna().any():
        return None
    row: pd.Series = right.iloc[int(minutes.argmin())]
    return row


def by_mode(spec: MapSpec) -> Mapping[str, pd.Series | None]:
    """The right market that each way of travel reaches first, by mode."""
    return {way.mode: soonest(spec, way.column) for way in WAYS}


def longest_min(rows: Sequence[Mapping[str, pd.Series | None]]) -> float:
    """End of a common axis of minutes, at most two hours."""
    ends = [
        _told(market, way)[2]
        for row in rows
        for way in WAYS
        if (market := row[way.mode]) is not None
    ]
    return min(max([_LEAST_MIN, *ends]), _MOST_MIN)


def draw_minutes(
    axes: Axes,
    row: Mapping[str, pd.Series | None],
    end_min: float,
    words: Words,
    *,
    named: bool = False,
    size_pt: float = 8.4,
) -> None:
    """One line a way of travel: a mark at the median or middle, a bar from low to high.

    Parameters
    ----------
    axes
        To draw in; their ticks are set.
    row
        From `by_mode`.
    end_min
        End of the axis.
    words
        Writer of labels.
    named
        Whether the name of the market is written beside each line, further to the right.
    size_pt
        Of the text.
    """
    axes.set_xlim(0, end_min)
    axes.set_ylim(len(WAYS) - 0.5, -0.5)
    axes.axvline(NEAR_MIN, color="#b45309", linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    for y, way in enumerate(WAYS):
        market, colour = row[way.mode], MODE_COLOURS[way.mode]
        if market is None:
            axes.text(end_min * 0.012, y, words(Label("Not known", "不详")), va="center",
                      fontsize=size_pt, color=sheet.SOFT, zorder=4,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})  # fmt: skip
            continue
        low, minutes, high = _told(market, way)
        shown = min(high, end_min)
        if low < end_min:
            axes.plot([low, shown], [y, y], color=colour, linewidth=4, alpha=0.38,
                      solid_capstyle="butt", zorder=2)  # fmt: skip
        if minutes <= end_min:
            axes.plot([minutes], [y], "o", color=colour, markersize=6.5, zorder=3)
        if high > end_min:
            axes.plot([end_min], [y], ">", color=colour, markersize=6, zorder=3, clip_on=False)
        text = f"{minutes:.0f} ({low:.0f}–{high:.0f})" if low < high else f"{minutes:.0f}"
        beside: dict[str, Any] = {
            "transform": axes.get_yaxis_transform(), "va": "center", "fontsize": size_pt,
        }  # fmt: skip
        axes.text(_NUMBERS_AT, y, text, color=sheet.INK, **beside)
        if named:
            name = words(Label(str(market["name_en"]), str(market["name_zh"])))
            written = axes.text(_NAMES_AT, y, name, color=sheet.SOFT, **beside)
            sheet.fit(written, _NAMES_IN)
    axes.set_yticks(range(len(WAYS)), [words(w.name, between=" ") for w in WAYS])
    ticks = (0, 15, 30, 60, 90, 120) if named else (0, 30, 60, 90, 120)
    axes.set_xticks([m for m in ticks if m <= end_min])
    axes.tick_params(length=0)
    axes.grid(axis="x", color="#ece9e3", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)


def _told(market: pd.Series, way: Way) -> tuple[float, float, float]:
    """Low, middle and high; the middle itself where no range is told."""
    minutes = float(market[way.column])
    low, high = (
        minutes if pd.isna(bound := market.get(column)) else float(bound) for column in way.bounds
    )
    return low, minutes, high

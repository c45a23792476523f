"""The legend beside a map: symbol, words in both languages, amount; measured in inches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from taobaogis.maps.static.sheet import SOFT, fit, text_width_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from taobaogis.maps.model import Label, Swatch
    from taobaogis.maps.static.sheet import Words

__all__ = [
    "LEGEND_FOOT_IN",
    "Entry",
    "area_entry",
    "draw_legend",
    "legend_height_in",
    "line_entry",
    "point_entry",
]

_SYMBOL_IN = 0.34
_TEXT_IN = 0.50
_ONE_LINE_IN = 0.25
_TWO_LINES_IN = 0.405
# Kept free below for the scale bar; a long legend is set closer instead.
_TOP_IN, _HEADING_IN, LEGEND_FOOT_IN = 0.12, 0.48, 0.7
_MARKERS = {"circle": "o", "square": "s", "diamond": "D"}


@dataclass(frozen=True)
class Entry:
    """One line of a legend.

    Attributes
    ----------
    label
        What the symbol stands for.
    line
        Style of a line or a marker.
    area
        Style of a rectangle.
    amount
        How much of it there is, with its unit.
    """

    label: Label
    line: dict[str, Any] | None = None
    area: dict[str, Any] | None = None
    amount: str = ""


def legend_height_in(entries: int, *, headed: bool = True) -> float:
    """Height of a legend of so many entries in two languages, with room for the scale below it.

    Examples
    --------
    >>> round(legend_height_in(10, headed=False), 2)
    4.87
    """
    return _TOP_IN + headed * _HEADING_IN + entries * _TWO_LINES_IN + LEGEND_FOOT_IN


def line_entry(swatch: Swatch, width_pt: float, amount: str = "", *, style: str = "-") -> Entry:
    """Entry for a line."""
    look = {"color": swatch.colour, "linewidth": width_pt, "linestyle": style}
    return Entry(swatch.label, line={**look, "solid_capstyle": "round"}, amount=amount)


def area_entry(label: Label, amount: str = "", **style: object) -> Entry:
    """Entry for an area; `style` as of a rectangle."""
    return Entry(label, area=dict(style), amount=amount)


def point_entry(swatch: Swatch, size_pt: float, amount: str = "") -> Entry:
    """Entry for a symbol."""
    look = {
        "color": swatch.colour,
        "marker": _MARKERS[swatch.shape],
        "markersize": size_pt,
        "linestyle": "none",
        "markeredgecolor": "white",
        "markeredgewidth": 0.6,
    }
    return Entry(swatch.label, line=look, amount=amount)


def draw_legend(axes: Axes, heading: Label, entries: Sequence[Entry], words: Words) -> None:
    """Write a legend into empty axes, from the top.

    Parameters
    ----------
    axes
        Column to write in; its ticks and frame are switched off.
    heading
        Above the entries; empty words for none.
    entries
        From the top downwards.
    words
        Writer of labels; the Chinese stands below the English where both differ.
    """
    figure = axes.get_figure(root=True)
    if figure is None:
        message = "axes without a figure cannot hold a legend"
        raise ValueError(message)
    box = axes.get_position()
    wide, high = figure.get_size_inches() * (box.width, box.height)
    axes.set(xlim=(0, wide), ylim=(high, 0))
    axes.set_axis_off()
    y = _TOP_IN
    if heading.en:
        axes.text(0, y, heading.en, fontsize=10, fontweight="bold", va="center")
        if words.family is not None and heading.zh != heading.en:
            y += 0.19
            axes.text(0, y, heading.zh, fontsize=9, color=SOFT, va="center")
        y += 0.29
    doubled = [_is_doubled(axes, entry, words, wide - _TEXT_IN) for entry in entries]
    heights = [_TWO_LINES_IN if two else _ONE_LINE_IN for two in doubled]
    squeeze = min(1.0, (high - LEGEND_FOOT_IN - y) / max(sum(heights), _ONE_LINE_IN))
    for entry, two, height in zip(entries, doubled, heights, strict=True):
        middle = y + (0.085 if two else 0.0)
        _symbol(axes, entry, middle)
        below = y + 0.168 if two else y
        taken = 0.0
        if entry.amount:
            amount = axes.text(
                wide, below, entry.amount, fontsize=8.6, ha="right", va="center", color=SOFT
            )
            taken = text_width_in(amount) + 0.1
        room = wide - _TEXT_IN
        first = entry.label.en if words.family is not None else words(entry.label)
        english = axes.text(_TEXT_IN, y, first, fontsize=9, va="center")
        fit(english, room if two else room - taken)
        if two and words.family is not None:
            chinese = axes.text(
                _TEXT_IN, below, entry.label.zh, fontsize=8.4, color=SOFT, va="center"
            )
            fit(chinese, room - taken)
        y += height * squeeze


def _is_doubled(axes: Axes, entry: Entry, words: Words, room_in: float) -> bool:
    """Whether an entry takes two lines: for its Chinese, or for an amount beside a long name."""
    if words.family is not None:
        return entry.label.zh != entry.label.en
    pieces = [
        axes.text(0, 0, words(entry.label), fontsize=9),
        axes.text(0, 0, entry.amount, fontsize=8.6),
    ]
    wide_in = sum(map(text_width_in, pieces)) + 0.1
    for piece in pieces:
        piece.remove()
    return bool(entry.amount) and wide_in > room_in


def _symbol(axes: Axes, entry: Entry, y: float) -> None:
    if entry.area is not None:
        axes.add_patch(Rectangle((0.02, y - 0.075), _SYMBOL_IN - 0.04, 0.15, **entry.area))
        return
    look = entry.line or {}
    middle = _SYMBOL_IN / 2
    x = [middle] if "marker" in look else [0.03, _SYMBOL_IN - 0.03]
    axes.add_line(Line2D(x, [y] * len(x), **look))

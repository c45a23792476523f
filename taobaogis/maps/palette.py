"""Colours and class bounds.

Width runs from dark and warm (narrow) to light and cool (wide): lightness rises without a turn,
so the order survives colour blindness and grey printing, and the change from warm to cool falls
on 4 m, the clear width of a fire engine. Lines grow with the width they stand for.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from taobaogis.clusters.categories import categories
from taobaogis.landuse.classes import land_uses
from taobaogis.maps.model import Label, Scale, Swatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taobaogis.study import VehicleSpec

__all__ = [
    "DEAD_END",
    "WIDTH_EDGES_M",
    "category_scale",
    "distance_scale",
    "gap_scale",
    "handshake_scale",
    "height_scale",
    "landuse_scale",
    "levels_scale",
    "part_scale",
    "vehicle_scale",
    "width_scale",
]

WIDTH_EDGES_M = (1.5, 2.5, 4.0, 6.0, 10.0)
_WIDTH_COLOURS = ("#5f0f2e", "#a8322d", "#de7b35", "#7aae9b", "#86b8d4", "#a6cde9")
_WIDTH_SIZES_PX = (2.0, 2.2, 2.6, 3.2, 4.2, 5.2)

_BETWEEN_FACADES = Label("Width between façades", "立面间距")
# From the narrowest vehicle to the widest, dark to light as with widths.
_VEHICLE_COLOURS = ("#5f0f2e", "#a8322d", "#de7b35", "#e9c46a", "#7aae9b", "#a6cde9")

_GAP_EDGES_M = (1.0, 1.5, 2.0, 3.5, 6.0)
_GAP_COLOURS = ("#5f0f2e", "#a8322d", "#de7b35", "#eccb7c", "#a9c9bd", "#cfe0ec")
_PAIR_EDGES_M = (1.0, 2.0, 4.0)
DEAD_END = "#7a1fa2"

_STOREY_EDGES = (4.0, 7.0, 10.0, 19.0)
_STOREY_COLOURS = ("#ebe5da", "#d8cfc0", "#c2b6a4", "#a69a8a", "#857a6e")
_STOREY_WORDS = ("1–3", "4–6", "7–9", "10–18", "≥ 19")
_HEIGHT_EDGES_M = (12.0, 21.0, 30.0, 57.0)
_NOT_KNOWN = "#e2e6e9"
_GREY_LINE = "#bab5ad"


def _ranges(edges: tuple[float, ...]) -> list[str]:
    inner = [f"{a:g}–{b:g}" for a, b in itertools.pairwise(edges)]
    return [f"< {edges[0]:g}", *inner, f"≥ {edges[-1]:g}"]


def width_scale(column: str = "facade_width_m", title: Label = _BETWEEN_FACADES) -> Scale:
    """Classes of a width in metres, on a column that holds it."""
    return Scale(
        tuple(
            Swatch(Label.same(words), colour, size)
            for words, colour, size in zip(
                _ranges(WIDTH_EDGES_M), _WIDTH_COLOURS, _WIDTH_SIZES_PX, strict=True
            )
        ),
        unknown=Swatch(Label("Open or not measured", "开敞或未测"), _GREY_LINE, 1.4),
        column=column,
        edges=WIDTH_EDGES_M,
        title=title,
        unit=Label.same("m"),
    )


def gap_scale() -> Scale:
    """Classes of the gap to the houses that a house faces, on the column ``gap_facing_m``."""
    return Scale(
        tuple(
            Swatch(Label.same(words), colour)
            for words, colour in zip(_ranges(_GAP_EDGES_M), _GAP_COLOURS, strict=True)
        ),
        unknown=Swatch(Label("Faces no house within 15 m", "15 米内无相对房屋"), _NOT_KNOWN),
        column="gap_facing_m",
        edges=_GAP_EDGES_M,
        title=Label("Least gap to a facing house", "与相对房屋的最小间距"),
        unit=Label.same("m"),
    )


def handshake_scale() -> Scale:
    """Classes of `gap_scale` below two metres."""
    words = ("< 1", "1–1.5", "1.5–2")
    return Scale(
        tuple(
            Swatch(Label.same(text), colour)
            for text, colour in zip(words, _GAP_COLOURS, strict=False)
        ),
        unknown=Swatch(Label("Not measured", "未测"), _NOT_KNOWN),
        column="gap_facing_m",
        edges=_GAP_EDGES_M[:2],
        title=Label("Gap", "间距"),
        unit=Label.same("m"),
    )


def distance_scale() -> Scale:
    """Classes of the distance of a pair of houses, on the column ``distance_m``."""
    words = _ranges(_PAIR_EDGES_M)
    return Scale(
        tuple(
            Swatch(Label.same(text), colour, 2.4)
            for text, colour in zip(words, _GAP_COLOURS, strict=False)
        ),
        unknown=Swatch(Label("Not measured", "未测"), _GREY_LINE, 2.0),
        column="distance_m",
        edges=_PAIR_EDGES_M,
        title=Label("Distance", "距离"),
        unit=Label.same("m"),
    )


def part_scale() -> Scale:
    """Parts of a village, on the column ``part``: brick for old, slate for new houses."""
    known = (
        ("old", Label("Traditional core", "传统老村"), "#d08b6f"),
        ("new", Label("Planned new part", "规划新村"), "#7fa6cf"),
        ("other", Label("Rest", "其余部分"), "#dcd9cc"),
    )
    return Scale(
        tuple(Swatch(label, colour) for _, label, colour in known),
        unknown=Swatch(Label("Not told apart", "无法划分"), _NOT_KNOWN),
        column="part",
        keys=tuple(key for key, _, _ in known),
        title=Label("Part of the village", "片区"),
    )


def vehicle_scale(vehicles: Sequence[VehicleSpec]) -> Scale:
    """Colours of vehicles, on the column ``vehicle`` that holds their ids.

    Parameters
    ----------
    vehicles
        From the narrowest to the widest.
    """
    last = len(_VEHICLE_COLOURS) - 1
    step = last / max(len(vehicles) - 1, 1)
    return Scale(
        tuple(
            Swatch(
                Label(
                    f"{v.name_en}, {v.clear_width_m:g} m", f"{v.name_zh}，{v.clear_width_m:g} 米"
                ),
                _VEHICLE_COLOURS[round(last - (len(vehicles) - 1 - i) * step)],
                5.0,
            )
            for i, v in enumerate(vehicles)
        ),
        unknown=Swatch(Label("Other", "其他"), _NOT_KNOWN, 4.0),
        column="vehicle",
        keys=tuple(v.id for v in vehicles),
    )


def levels_scale() -> Scale:
    """Classes of a building's storeys, on the column ``levels``."""
    return Scale(
        tuple(
            Swatch(Label.same(words), colour)
            for words, colour in zip(_STOREY_WORDS, _STOREY_COLOURS, strict=True)
        ),
        unknown=Swatch(Label("Not mapped", "未标注"), _NOT_KNOWN),
        column="levels",
        edges=_STOREY_EDGES,
        title=Label("Storeys", "层数"),
    )


def height_scale() -> Scale:
    """Classes of a building's height in metres, on the column ``height_m``."""
    return Scale(
        tuple(
            Swatch(Label.same(words), colour)
            for words, colour in zip(_ranges(_HEIGHT_EDGES_M), _STOREY_COLOURS, strict=True)
        ),
        unknown=Swatch(Label("Not mapped", "未标注"), _NOT_KNOWN),
        column="height_m",
        edges=_HEIGHT_EDGES_M,
        title=Label("Height", "高度"),
        unit=Label.same("m"),
    )


def landuse_scale(present: Iterable[str]) -> Scale:
    """Customary colours of the land uses that are present, on the column ``use``.

    Parameters
    ----------
    present
        Values of the column; what is no known class is drawn as unknown.
    """
    shown = set(present)
    uses = [use for use in land_uses().values() if use.key in shown and use.key != "unknown"]
    blank = land_uses()["unknown"]
    return Scale(
        tuple(
            Swatch(
                Label(
                    f"{use.name_en} ({use.gb50137})" if use.gb50137 else use.name_en,
                    f"{use.name_zh}（{use.gb50137}）" if use.gb50137 else use.name_zh,
                ),
                use.colour,
            )
            for use in uses
        ),
        unknown=Swatch(Label(blank.name_en, blank.name_zh), blank.colour),
        column="use",
        keys=tuple(use.key for use in uses),
    )


def category_scale(present: Iterable[str]) -> Scale:
    """Colours of the categories of places that are present, on the column ``category``.

    Parameters
    ----------
    present
        Values of the column; what is no known category is drawn in grey.
    """
    shown = set(present)
    kinds = [kind for kind in categories().values() if kind.key in shown]
    return Scale(
        tuple(
            Swatch(Label(kind.name_en, kind.name_zh), kind.colour, 5.5 if kind.chain else 4.5)
            for kind in kinds
        ),
        unknown=Swatch(Label("Other", "其他"), "#8a8a8a", 4.0),
        column="category",
        keys=tuple(kind.key for kind in kinds),
    )

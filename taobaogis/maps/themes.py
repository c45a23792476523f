"""How a map is gathered: every theme lists its own layers, every layer says how high it lies.

To add a layer, write one function ``(result, study) -> MapLayer`` in the ``*_layers.py`` module of
its theme, with the lines of its pop-up beside it (`taobaogis.maps.fields.present`), and name it in
the module's `Theme` together with its `Level`. A new theme is a new module and one more name in
`taobaogis.maps.spec.THEMES`. A layer without features is made all the same and says why it is
empty (`MapLayer.if_empty`).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from taobaogis.maps.model import Label, MapLayer
    from taobaogis.results import StudyResult, VillageResult

    LayerMaker = Callable[[VillageResult, StudyResult], MapLayer]

__all__ = ["Level", "Theme"]


class Level(enum.IntEnum):
    """How high a layer lies on the map; layers of one level lie in the order of the themes."""

    GROUND = 0  # what covers the land: parcels, cells
    SURFACE = 1  # what houses stand on: parts, reach, isochrones
    HOUSES = 2  # buildings, buildings picked out, land use told by buildings
    LINES = 3  # streets, lanes, walls, gaps
    OUTLINES = 4  # rings around something: clusters, the boundary
    ROUTES = 5  # ways that lead out of the village
    POINTS = 6  # places, stops
    MARKS = 7  # the few things to be found first


@dataclass(frozen=True)
class Theme:
    """Layers that answer one question.

    Attributes
    ----------
    name
        Heading above their switches.
    layers
        How high each lies, and what makes it.
    """

    name: Label
    layers: tuple[tuple[Level, LayerMaker], ...]

"""What the makers of the scene hand to one another: streets, houses, areas and places."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import shapely

from taobaogis.loaders.sample.carving import local_to_world

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapely import LineString, Point, Polygon

__all__ = ["Area", "Draft", "Fabric", "Front", "House", "Spot", "Street", "placed"]

_Thing = TypeVar("_Thing", "House", "Area", "Spot", "Front")


@dataclass(frozen=True)
class Street:
    """A lane, street or road.

    Attributes
    ----------
    line
        Centreline in metres.
    width_m
        Clear width between façades; NaN if nobody promises one.
    kind
        ``lane``, ``slit`` (too narrow to walk), ``street`` or ``road``.
    village, part
        Where it belongs; empty outside villages.
    mapped
        False if the map does not show it.
    tags
        OSM tags.
    layer
        Streets meet only on the same layer; a bridge lies on another.
    clear
        The stretch that has the clear width, from mouth to mouth; `line` may reach further, to
        the junctions. None where no width is promised.
    reach_m
        How far beyond its ends, straight on, it looks for an earlier street to end on.
    """

    line: LineString
    width_m: float = float("nan")
    kind: str = "road"
    village: str = ""
    part: str = ""
    mapped: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)
    layer: int = 0
    clear: LineString | None = None
    reach_m: float = 0.0


@dataclass(frozen=True)
class House:
    """A building: footprint, true storeys, and what the map says of it."""

    shape: Polygon
    levels: int
    village: str = ""
    part: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Area:
    """Land of one use or cover."""

    shape: Polygon
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Spot:
    """A point on the map."""

    point: Point
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Front:
    """A street along which places settle.

    Attributes
    ----------
    line
        Centreline.
    aside_m
        How far from it a place lies: just behind the façade.
    every_m
        Mean distance between places on one side.
    mix
        Name of the mix of places.
    """

    line: LineString
    aside_m: float
    every_m: float
    mix: str


@dataclass(frozen=True)
class Fabric:
    """What stands on a piece of land: footprints, the lanes between them, and open squares.

    `reserved` holds the pieces that were kept whole for something else.
    """

    houses: list[Polygon] = field(default_factory=list)
    lanes: list[Street] = field(default_factory=list)
    squares: list[Polygon] = field(default_factory=list)
    reserved: list[Polygon] = field(default_factory=list)


@dataclass
class Draft:
    """A piece of the scene, still growing."""

    streets: list[Street] = field(default_factory=list)
    houses: list[House] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    fronts: list[Front] = field(default_factory=list)

    def add(self, other: Draft) -> None:
        """Take over all that another draft holds."""
        self.streets.extend(other.streets)
        self.houses.extend(other.houses)
        self.areas.extend(other.areas)
        self.spots.extend(other.spots)
        self.fronts.extend(other.fronts)


def placed(draft: Draft, origin: tuple[float, float], turn_deg: float = 0.0) -> Draft:
    """Draft turned anticlockwise about (0, 0) and shifted to an origin; lengths stay.

    Parameters
    ----------
    draft
        In its own frame, in metres.
    origin
        Where its (0, 0) comes to lie.
    turn_deg
        Degrees, anticlockwise.

    Returns
    -------
    draft
        A new one.
    """

    def moved(shapes: Sequence[shapely.Geometry | None]) -> list[Any]:
        # All at once: one by one, it takes longer than to make them.
        array = np.array(shapes, dtype=object)
        return list(shapely.transform(array, lambda xy: local_to_world(xy, origin, turn_deg)))

    lines = moved([street.line for street in draft.streets])
    clears = moved([street.clear for street in draft.streets])
    return Draft(
        [replace(s, line=line, clear=clear) for s, line, clear in
         zip(draft.streets, lines, clears, strict=True)],
        _replaced(draft.houses, "shape", moved([house.shape for house in draft.houses])),
        _replaced(draft.areas, "shape", moved([area.shape for area in draft.areas])),
        _replaced(draft.spots, "point", moved([spot.point for spot in draft.spots])),
        _replaced(draft.fronts, "line", moved([front.line for front in draft.fronts])),
    )  # fmt: skip


def _replaced(things: Sequence[_Thing], name: str, shapes: Sequence[Any]) -> list[_Thing]:
    return [replace(thing, **{name: shape}) for thing, shape in zip(things, shapes, strict=True)]

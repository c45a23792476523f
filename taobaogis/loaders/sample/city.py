"""The formal city between the villages: estates of slabs, offices, works, schools and parks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, Polygon

from taobaogis.loaders.sample.carving import (
    axes,
    carve,
    local_to_world,
    longest,
    polygon_of,
    rectangle,
    turned,
)
from taobaogis.loaders.sample.draft import Area, Draft, House, Street

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

__all__ = ["fill_land", "lots", "rows_within"]

_LARGEST_LOT_M2 = 95_000.0
_SMALLEST_LOT_M2 = 7_000.0
_STREET_M = 16.0
_REACH_M = 32.0

_GREEN = ("park", "ponds")

Size = tuple[float, float]


def lots(land: Polygon, rng: Generator) -> tuple[list[Polygon], list[Street]]:
    """Part the land between main roads into lots by local streets.

    Parameters
    ----------
    land
        In metres, clear of main roads and villages.
    rng
        Source of chance.

    Returns
    -------
    pieces
        Lots of at most 9.5 ha.
    streets
        The streets between them, drawn to look for a main road beyond their ends.
    """
    if land.area <= _LARGEST_LOT_M2:
        return [land], []
    centre, long, short = axes(land)
    at = centre + float(rng.uniform(-0.12, 0.12)) * long
    pieces, inner = carve(land, LineString([at - 3 * short, at + 3 * short]), _STREET_M)
    streets = [
        Street(line, tags={"highway": "residential"}, reach_m=_REACH_M)
        for line in inner
        if line.length > 40  # noqa: PLR2004 - the rest clips a corner
    ]
    done: list[Polygon] = []
    for piece in pieces:
        further, more = lots(piece, rng)
        done += further
        streets += more
    return done, streets


def fill_land(land: Polygon, use: str, name: tuple[str, str], rng: Generator) -> Draft:
    """Buildings, service ways and land use of one lot.

    Parameters
    ----------
    land
        The lot, in metres.
    use
        ``estate``, ``towers``, ``office``, ``works``, ``school``, ``park`` or ``ponds``.
    name
        Chinese and English name.
    rng
        Source of chance.

    Returns
    -------
    draft
        All of it within the lot, but for the gates that look for a street outside. A lot too
        small or too thin to build on is left as grass.
    """
    yard = land.buffer(-5, join_style="mitre")
    if land.area < _SMALLEST_LOT_M2 or yard.is_empty or not isinstance(yard, Polygon):
        return Draft(areas=[Area(land, {"landuse": "grass"})])
    draft = _MAKERS[use](yard, {"name": name[0], "name:en": name[1]}, rng)
    if use not in _GREEN and not draft.houses:
        return Draft(areas=[Area(land, {"landuse": "grass"})])
    return draft


def rows_within(
    land: Polygon, size: Size, gaps: Size, *, turn_deg: float, origin: tuple[float, float]
) -> list[list[Polygon]]:
    """Rows of equal rectangles that lie within a piece of land.

    Parameters
    ----------
    land
        In metres.
    size, gaps
        Extent of a rectangle, and of the space between two, along and across the rows.
    turn_deg
        Direction of the rows, anticlockwise from east.
    origin
        Where the pattern has a crossing of its gaps.

    Returns
    -------
    rows
        Lists of rectangles, south to north, each west to east.
    """
    xy = turned(shapely.get_coordinates(land) - np.asarray(origin), -turn_deg)
    pitch = np.add(size, gaps)
    low = np.floor(xy.min(axis=0) / pitch).astype(int)
    high = np.ceil(xy.max(axis=0) / pitch).astype(int)
    j, i = np.mgrid[low[1] : high[1] + 1, low[0] : high[0] + 1]
    corner = np.stack([i, j], axis=-1) * pitch + np.divide(gaps, 2)
    corners = corner[..., None, :] + np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size
    shapes = np.asarray(shapely.polygons(local_to_world(corners, origin, turn_deg)))
    shapely.prepare(land)
    fits = np.asarray(shapely.contains(land, shapes))
    return [list(row[fit]) for row, fit in zip(shapes, fits, strict=True) if fit.any()]


def _turn(land: Polygon) -> tuple[tuple[float, float], float]:
    """Middle of a lot, and the direction of the side that runs most nearly east."""
    centre, long, _ = axes(land)
    degrees = float(np.degrees(np.arctan2(long[1], long[0])))
    turned = (degrees + 45) % 90 - 45
    return (float(centre[0]), float(centre[1])), turned


def _ways(land: Polygon, pitch: Size, turn_deg: float, origin: tuple[float, float]) -> list[Street]:
    """Spine of an estate through its middle, and ways between its rows."""
    inner = land.buffer(-3)
    tags = {"highway": "service"}
    spine = _through(inner, origin, turn_deg + 90, 0.0)
    streets = [Street(line, tags=tags, reach_m=_REACH_M) for line in spine]
    for nth in range(-6, 7, 2):
        for line in _through(inner, origin, turn_deg, nth * pitch[1]):
            streets += [Street(line, tags=tags)] if spine and line.intersects(spine[0]) else []
    return streets


def _through(
    land: Polygon, origin: tuple[float, float], turn_deg: float, aside: float
) -> list[LineString]:
    xy = local_to_world(np.array([[-900.0, aside], [900.0, aside]]), origin, turn_deg)
    line = longest(LineString(xy).intersection(land))
    return [line] if line is not None and line.length > 30 else []  # noqa: PLR2004


def _levels(
    tags: dict[str, str], levels: int, rng: Generator, share: float = 0.6
) -> dict[str, str]:
    return tags | {"building:levels": str(levels)} if rng.random() < share else tags


def _estate(land: Polygon, name: dict[str, str], rng: Generator) -> Draft:
    origin, turn = _turn(land)
    size = (float(rng.uniform(44, 60)), float(rng.uniform(12.5, 14.5)))
    gaps = (12.0, float(rng.uniform(20, 27)))
    levels = int(rng.choice([6, 7, 9, 11]))
    draft = Draft(areas=[Area(land, {"landuse": "residential", **name})])
    tags = {"building": "apartments"}
    for row in rows_within(land.buffer(-7), size, gaps, turn_deg=turn, origin=origin):
        draft.houses.extend(House(s, levels, tags=_levels(tags, levels, rng)) for s in row)
    draft.streets.extend(_ways(land, (size[0] + gaps[0], size[1] + gaps[1]), turn, origin))
    return draft


def _towers(land: Polygon, name: dict[str, str], rng: Generator) -> Draft:
    origin, turn = _turn(land)
    draft = Draft(areas=[Area(land, {"landuse": "residential", **name})])
    cross = np.array([(3, 0), (7, 0), (7, 2), (10, 2), (10, 8), (7, 8), (7, 10), (3, 10), (3, 8),
                      (0, 8), (0, 2), (3, 2)]) / 10.0  # fmt: skip
    for row in rows_within(
        land.buffer(-8), (27.0, 27.0), (21.0, 24.0), turn_deg=turn, origin=origin
    ):
        for shape in row:
            if rng.random() < 0.12:  # noqa: PLR2004 - a garden instead
                continue
            corner, east, _, north = shapely.get_coordinates(shape)[:4]
            plan = corner + cross[:, :1] * (east - corner) + cross[:, 1:] * (north - corner)
            levels = int(rng.integers(18, 33))
            draft.houses.append(
                House(Polygon(plan), levels, tags=_levels({"building": "apartments"}, levels, rng))
            )
    draft.streets.extend(_ways(land, (48.0, 51.0), turn, origin))
    return draft


def _office(land: Polygon, name: dict[str, str], rng: Generator) -> Draft:
    origin, turn = _turn(land)
    draft = Draft(areas=[Area(land, {"landuse": "commercial", **name})])
    for row in rows_within(
        land.buffer(-8), (46.0, 34.0), (22.0, 26.0), turn_deg=turn, origin=origin
    ):
        for shape in row:
            tall = rng.random() < 0.6  # noqa: PLR2004
            levels = int(rng.integers(12, 28)) if tall else int(rng.integers(3, 6))
            kind = {"building": "office" if tall else "commercial"}
            draft.houses.append(
                House(shape.buffer(-2.0 * tall, join_style="mitre"), levels,
                      tags=_levels(kind, levels, rng))
            )  # fmt: skip
    draft.streets.extend(_ways(land, (68.0, 60.0), turn, origin))
    return draft


def _works(land: Polygon, name: dict[str, str], rng: Generator) -> Draft:
    origin, turn = _turn(land)
    size = (float(rng.uniform(52, 78)), float(rng.uniform(22, 34)))
    draft = Draft(areas=[Area(land, {"landuse": "industrial", **name})])
    for row in rows_within(land.buffer(-5), size, (14.0, 14.0), turn_deg=turn, origin=origin):
        for shape in row:
            levels = int(rng.integers(1, 6))
            kind = {"building": "industrial" if rng.random() < 0.7 else "warehouse"}  # noqa: PLR2004
            draft.houses.append(House(shape, levels, tags=_levels(kind, levels, rng, 0.3)))
    draft.streets.extend(_ways(land, (size[0] + 14, size[1] + 14), turn, origin))
    return draft


def _school(land: Polygon, name: dict[str, str], _rng: Generator) -> Draft:
    origin, turn = _turn(land)
    draft = Draft(areas=[Area(land, {"amenity": "school", **name})])

    def add(west: float, south: float, east: float, north: float) -> Polygon:
        return rectangle(west, south, east, north, origin=origin, turn_deg=turn)

    for box in ((8, 4, 62, 16), (8, 28, 62, 40), (8, 16, 18, 28), (20, -36, 56, -14)):
        shape = add(*box)
        if land.contains(shape):
            tags = {"building": "school", "building:levels": "5"}
            draft.houses.append(House(shape, 5, tags=tags))
    pitch = add(-70, -30, -12, 54)
    if land.contains(pitch):
        draft.areas.append(Area(pitch, {"leisure": "pitch", "sport": "athletics"}))
    gate = _through(land.buffer(-2), origin, turn + 90, 4.0)
    draft.streets.extend(Street(g, tags={"highway": "service"}, reach_m=_REACH_M) for g in gate)
    return draft


def _park(land: Polygon, name: dict[str, str], rng: Generator) -> Draft:
    centre, long, short = axes(land)
    angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    wave = 1 + 0.16 * np.cos(3 * angle + float(rng.uniform(0, 6))) + 0.08 * np.cos(5 * angle)
    lake = Polygon(
        centre
        + 0.45 * (np.cos(angle) * wave)[:, None] * long
        + 0.42 * (np.sin(angle) * wave)[:, None] * short
    )
    if not land.buffer(-12).contains(lake):
        return Draft(areas=[Area(land, {"leisure": "park", **name})])
    green = Polygon(land.exterior, [lake.exterior.coords])
    path = LineString(polygon_of(lake.buffer(7).simplify(0.5)).exterior.coords)
    draft = Draft(
        areas=[Area(green, {"leisure": "park", **name}), Area(lake, {"natural": "water"})]
    )
    draft.streets.append(Street(path, tags={"highway": "footway"}))
    for way in (long, -long, short, -short):
        out = LineString([centre, centre + 1.5 * way]).intersection(green)
        leg = longest(out.difference(Polygon(path.coords)))
        if leg is not None:
            draft.streets.append(Street(leg, tags={"highway": "footway"}, reach_m=_REACH_M))
    return draft


def _ponds(land: Polygon, name: dict[str, str], rng: Generator) -> Draft:
    origin, turn = _turn(land)
    holes: list[Polygon] = []
    for row in rows_within(land.buffer(-8), (74.0, 42.0), (9.0, 9.0), turn_deg=turn, origin=origin):
        dug = [pond for pond in row if rng.random() < 0.85]  # noqa: PLR2004
        holes += [polygon_of(pond.buffer(-2).buffer(2).simplify(0.2)) for pond in dug]
    field = Polygon(land.exterior, [hole.exterior.coords for hole in holes])
    areas = [Area(field, {"landuse": "orchard", **name})]
    areas += [Area(hole, {"natural": "water", "water": "fishpond"}) for hole in holes]
    return Draft(areas=areas)


_MAKERS: dict[str, Callable[[Polygon, dict[str, str], Generator], Draft]] = {
    "estate": _estate,
    "towers": _towers,
    "office": _office,
    "works": _works,
    "school": _school,
    "park": _park,
    "ponds": _ponds,
}

"""Two wholesale markets of the sample, of different goods, some kilometres from the villages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from shapely import LineString, Polygon

from taobaogis.loaders.sample.carving import rectangle
from taobaogis.loaders.sample.city import rows_within
from taobaogis.loaders.sample.draft import Area, Draft, Front, House, Street, placed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import Generator

__all__ = ["make_markets"]

_SERVICE = {"highway": "service"}
_GATE_M = 45.0


def make_markets(nodes: Mapping[str, tuple[float, float]], rng: Generator) -> Draft:
    """Both markets, each beside the main road that leads to it.

    Parameters
    ----------
    nodes
        Crossings of the main roads by name.
    rng
        Source of chance.

    Returns
    -------
    draft
        In the scene's frame, metres.
    """
    draft = Draft()
    for make, near, far, along in (
        (_clothing, "east,3", "clothing", 0.46),
        (_auto, "auto", "west,1", 0.10),
    ):
        a, b = np.asarray(nodes[near]), np.asarray(nodes[far])
        corner = a + along * (b - a)
        turn = float(np.degrees(np.arctan2(*(b - a)[::-1])))
        draft.add(placed(make(rng), (float(corner[0]), float(corner[1])), turn))
    return draft


def _clothing(rng: Generator) -> Draft:
    """Halls of several floors round a loop, north of the road."""
    name = {"name": "白沙埔服装批发市场", "name:en": "Baishapu Clothing Wholesale Market"}
    land = rectangle(0, 24, 430, 290)
    draft = Draft(areas=[Area(land, {"landuse": "retail", "amenity": "marketplace", **name})])
    for number, (west, south) in enumerate(
        (x, y) for y in (44.0, 172.0) for x in (22.0, 158.0, 294.0)
    ):
        hall = rectangle(west, south, west + 114, south + 98)
        if number in {1, 3}:
            atrium = rectangle(west + 34, south + 34, west + 80, south + 64)
            hall = Polygon(hall.exterior, [atrium.exterior.coords])
        levels = int(rng.integers(4, 9))
        letter = "ABCDEF"[number]
        tags = {"building": "retail", "building:levels": str(levels),
                "name": f"白沙埔服装城{letter}座"}  # fmt: skip
        draft.houses.append(House(hall, levels, tags=tags))
    _add_ways(draft, xs=(11.0, 147.0, 283.0, 419.0), ys=(34.0, 157.0, 280.0), mix="clothing")
    return draft


def _auto(rng: Generator) -> Draft:
    """Long rows of shops with yards between them, south of the road."""
    name = {"name": "石岗汽配城", "name:en": "Shigang Auto Parts Market"}
    land = rectangle(0, -262, 420, -24)
    draft = Draft(areas=[Area(land, {"landuse": "commercial", "amenity": "marketplace", **name})])
    inner = rectangle(16, -256, 404, -40)
    for row in rows_within(inner, (120.0, 16.0), (10.0, 14.0), turn_deg=0.0, origin=(15.0, -255.0)):
        for shape in row:
            levels = int(rng.integers(1, 4))
            tags = {"building": "retail" if rng.random() < 0.6 else "warehouse"}  # noqa: PLR2004
            draft.houses.append(House(shape, levels, tags=tags | {"building:levels": str(levels)}))
    rows = tuple(-255.0 + 30.0 * n for n in range(8))
    _add_ways(draft, xs=(8.0, 145.0, 275.0, 412.0), ys=rows, mix="auto")
    return draft


def _add_ways(draft: Draft, *, xs: tuple[float, ...], ys: tuple[float, ...], mix: str) -> None:
    low, high = min(ys), max(ys)
    for number, x in enumerate(xs):
        gate = _GATE_M if number in {1, 2} else 0.0
        line = LineString([(x, low), (x, high)])
        draft.streets.append(Street(line, tags=_SERVICE, reach_m=gate))
    for y in ys:
        line = LineString([(xs[0], y), (xs[-1], y)])
        draft.streets.append(Street(line, tags=_SERVICE))
        draft.fronts.append(Front(line, 12.5 if mix == "clothing" else 8.6, 14.0, mix))

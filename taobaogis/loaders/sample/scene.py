"""The sample scene as frames: elements to write, and the truth behind them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely import STRtree

from taobaogis.loaders.sample.compose import compose
from taobaogis.loaders.sample.plan import CANAL, ORIGIN
from taobaogis.loaders.sample.transit import plan_buses, plan_metro

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from shapely import LineString

    from taobaogis.loaders.sample.draft import House, Spot, Street
    from taobaogis.loaders.sample.transit import Route
    from taobaogis.loaders.sample.villages import VillagePlan

__all__ = ["SEED", "SampleScene", "SampleTruth", "make_scene"]

# Of the scene that is shipped: the year of the paper the toolkit starts from.
SEED = 2019

_CRS = CRS.from_epsg(4547)
_LEAST_ENCLOSED = 0.25
_TRACK = {"railway": "subway", "tunnel": "yes", "layer": "-2"}
_CANAL = {"waterway": "canal", "name": "榕溪涌", "name:en": "Rongxi Canal"}


@dataclass(frozen=True)
class SampleTruth:
    """What the makers of the scene know and the map tells only in part.

    Attributes
    ----------
    parts
        ``village``, ``part`` (``old``, ``new`` or ``other``), polygon; the parts of a village
        make up its boundary.
    lanes
        Every lane, street and slit with a promised clear width: ``village``, ``part``,
        ``kind`` (``lane``, ``street`` or ``slit``), ``clear_width_m``, ``enclosed_share``,
        ``mapped`` and ``osm_id`` (empty if not mapped), and the centreline from mouth to mouth.
        The width is the distance between the façade lines on both sides, square to the
        centreline; at a bend each leg keeps it, and only the corner itself is wider by the
        mitre. Where a plot is empty, a footprint has a notch, or another lane opens, there is
        more room: `enclosed_share` is how much of the length has façades on both lines.
    boundaries
        ``id``, ``name_en``, ``name_zh``, polygon.
    houses
        Every building within a village: ``osm_id``, ``village``, ``part``, true ``levels``,
        polygon.
    """

    parts: gpd.GeoDataFrame
    lanes: gpd.GeoDataFrame
    boundaries: gpd.GeoDataFrame
    houses: gpd.GeoDataFrame


@dataclass(frozen=True)
class SampleScene:
    """The elements to write, in EPSG:4547, and the truth about them.

    Attributes
    ----------
    seed
        What the scene was made from.
    points, lines, areas
        ``osm_id`` (``n1``, ``w1``, or ``r1`` for areas with holes), ``tags``, and geometry.
        Lines that meet share a coordinate to the last bit.
    routes
        ``osm_id``, ``tags`` and ``members``: pairs of osm_id and role.
    truth
        See `SampleTruth`.
    """

    seed: int
    points: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    routes: pd.DataFrame
    truth: SampleTruth


def make_scene(seed: int = SEED) -> SampleScene:
    """Three urban villages and the city around them, as somebody might have mapped them.

    Parameters
    ----------
    seed
        Another seed gives another scene on the same plan.

    Returns
    -------
    scene
        About 113.40° E, 22.80° N, where no such places are.
    """
    # GEOS divides by zero where a mitred corner is all but straight, and then does the right thing.
    with np.errstate(divide="ignore", invalid="ignore"):
        made = compose(np.random.default_rng(seed))
    stops, buses = plan_buses(made.streets, made.skeleton.nodes)
    stations, tracks, metro = plan_metro(made.skeleton.nodes)
    points = _points([*stops, *stations, *made.draft.spots])
    mapped = [street for street in made.streets if street.mapped]
    tags = [*(street.tags for street in mapped), *([_TRACK] * len(tracks)), _CANAL]
    shapes = [*(street.line for street in mapped), *tracks, CANAL]
    lines = _frame({"osm_id": _ids("w", len(shapes)), "tags": tags}, shapes)
    houses, areas = made.draft.houses, made.draft.areas
    all_areas = _areas(
        [*(a.shape for a in areas), *(h.shape for h in houses)],
        [*(a.tags for a in areas), *(h.tags for h in houses)],
        first_way=len(lines) + 1,
    )
    house_ids = all_areas["osm_id"].tolist()[len(areas) :]
    truth = SampleTruth(
        parts=_parts(made.villages),
        lanes=_lanes(made.streets, houses),
        boundaries=_frame(
            {key: [getattr(v, key) for v in made.villages] for key in ("id", "name_en", "name_zh")},
            [v.boundary for v in made.villages],
        ),
        houses=_houses(houses, house_ids),
    )
    first_relation = 1 + int(all_areas["osm_id"].str.startswith("r").sum())
    routes = [
        *((bus, range(len(stops)), "platform", 1) for bus in buses),
        (metro, range(len(stops), len(stops) + len(stations)), "stop", len(mapped) + 1),
    ]
    return SampleScene(seed, points, lines, all_areas, _routes(routes, first_relation), truth)


def _routes(routes: Sequence[tuple[Route, range, str, int]], first: int) -> pd.DataFrame:
    rows = []
    for number, (route, stops, role, first_way) in enumerate(routes):
        members = [(f"n{stops[i] + 1}", role) for i in route.stops]
        members += [(f"w{first_way + i}", "") for i in route.ways]
        rows.append({"osm_id": f"r{first + number}", "tags": route.tags, "members": tuple(members)})
    return pd.DataFrame(rows)


def _points(spots: Sequence[Spot]) -> gpd.GeoDataFrame:
    table: dict[str, Sequence[object]] = {
        "osm_id": _ids("n", len(spots)),
        "tags": [spot.tags for spot in spots],
    }
    return _frame(table, [s.point for s in spots])


def _areas(
    shapes: Sequence[shapely.Geometry], tags: Sequence[Mapping[str, str]], *, first_way: int
) -> gpd.GeoDataFrame:
    ways, relations = count(first_way), count(1)
    holes = shapely.get_num_interior_rings(np.asarray(shapes))
    ids = [f"r{next(relations)}" if n else f"w{next(ways)}" for n in holes]
    return _frame({"osm_id": ids, "tags": list(tags)}, shapes)


def _parts(villages: Sequence[VillagePlan]) -> gpd.GeoDataFrame:
    rows = [(v.id, part, shape) for v in villages for part, shape in v.parts.items()]
    table = {"village": [r[0] for r in rows], "part": [r[1] for r in rows]}
    return _frame(table, [r[2] for r in rows])


def _lanes(streets: Sequence[Street], houses: Sequence[House]) -> gpd.GeoDataFrame:
    known = [(n, s, s.clear) for n, s in enumerate(streets, start=1) if s.clear is not None]
    share = _enclosed_share(
        [clear for _, _, clear in known],
        np.array([street.width_m for _, street, _ in known]),
        [house.shape for house in houses],
    )
    kept = [row for row, part in zip(known, share, strict=True) if part >= _LEAST_ENCLOSED]
    table: dict[str, Sequence[object]] = {
        "village": [street.village for _, street, _ in kept],
        "part": [street.part for _, street, _ in kept],
        "kind": [street.kind for _, street, _ in kept],
        "clear_width_m": [street.width_m for _, street, _ in kept],
        "enclosed_share": share[share >= _LEAST_ENCLOSED].tolist(),
        "mapped": [street.mapped for _, street, _ in kept],
        "osm_id": [f"w{number}" if street.mapped else "" for number, street, _ in kept],
    }
    return _frame(table, [clear for _, _, clear in kept])


def _enclosed_share(
    lines: Sequence[LineString], widths: NDArray[np.float64], shapes: Sequence[shapely.Geometry]
) -> NDArray[np.float64]:
    """Share of each line at which a house stands right behind the façade line on both sides."""
    steps = [np.arange(0.25, line.length - 0.25, 0.5) for line in lines]
    owner = np.repeat(np.arange(len(lines)), [len(at) for at in steps])
    on = np.asarray(lines, dtype=object)[owner]
    at = np.concatenate(steps)
    before, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(on, at + step))
        for step in (-0.1, 0.1)
    )
    along = (after - before) / np.hypot(*(after - before).T)[:, None]
    aside = (widths[owner] / 2 + 0.05)[:, None] * np.column_stack([-along[:, 1], along[:, 0]])
    tree, both = STRtree(shapes), np.ones(len(at), dtype=bool)
    for side in (1, -1):
        points = np.asarray(shapely.points((before + after) / 2 + side * aside))
        built = np.zeros(len(at), dtype=bool)
        built[tree.query(points, predicate="within")[0]] = True
        both &= built
    total = np.bincount(owner, minlength=len(lines))
    share: NDArray[np.float64] = np.bincount(owner, both, len(lines)) / np.maximum(total, 1)
    return share


def _houses(houses: Sequence[House], ids: Sequence[str]) -> gpd.GeoDataFrame:
    within = [(name, house) for name, house in zip(ids, houses, strict=True) if house.village]
    table: dict[str, Sequence[object]] = {
        "osm_id": [name for name, _ in within],
        "village": [house.village for _, house in within],
        "part": [house.part for _, house in within],
        "levels": [house.levels for _, house in within],
    }
    return _frame(table, [house.shape for _, house in within])


def _ids(kind: str, number: int) -> list[str]:
    return [f"{kind}{i}" for i in range(1, number + 1)]


def _frame(
    table: Mapping[str, Sequence[object]], shapes: Sequence[shapely.Geometry]
) -> gpd.GeoDataFrame:
    """Frame in EPSG:4547 from shapes in the scene's own frame."""
    moved = shapely.transform(np.asarray(shapes), lambda xy: xy + np.asarray(ORIGIN))
    return gpd.GeoDataFrame(dict(table), geometry=moved, crs=_CRS)

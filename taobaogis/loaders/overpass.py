"""OpenStreetMap live: what to ask the Overpass servers, and what of their answers to believe.

The servers answer ``200 OK`` also when they ran out of time or memory half-way; such an answer
looks like a small village. Nothing is taken, and nothing cached, unless it is whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from taobaogis.errors import InputError
from taobaogis.loaders.cache import load_answer, store_answer
from taobaogis.loaders.http import fetch
from taobaogis.loaders.osm_xml import to_osm_xml, whole_answer
from taobaogis.loaders.patience import Clock
from taobaogis.loaders.quotes import without_secrets
from taobaogis.provenance import OSM_ATTRIBUTION, OSM_LICENCE, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from taobaogis.settings import Settings

__all__ = ["OverpassAnswer", "area_query", "fetch_overpass", "main_roads_query", "to_osm_xml"]

# About ten metres: a box that another version of PROJ places a hair aside is the same question.
_BOX_STEP = Decimal("0.0001")

_PLACE_KEYS = ("shop", "amenity", "office", "craft", "tourism", "leisure", "industrial")
_ROUTES = (
    'relation["type"="route"]'
    '["route"~"^(bus|trolleybus|subway|light_rail|monorail|tram|ferry|train)$"]'
)
_THINGS = (
    'way["highway"]',
    'way["building"]',
    'relation["type"="multipolygon"]["building"]',
    *(f'nwr["{key}"]' for key in _PLACE_KEYS),
    'nwr["man_made"="works"]',
    'way["landuse"]',
    'relation["landuse"]',
    'way["natural"~"^(water|wetland|wood|scrub|grassland)$"]',
    'relation["natural"~"^(water|wetland|wood|scrub|grassland)$"]',
    'way["waterway"~"^(riverbank|dock)$"]',
    'relation["waterway"~"^(riverbank|dock)$"]',
    'way["barrier"]',
    'node["barrier"]',
    'node["highway"="bus_stop"]',
    'nwr["public_transport"~"^(stop_position|platform|station)$"]',
    'nwr["railway"~"^(station|halt|tram_stop|subway_entrance)$"]',
)
_MAIN_ROADS = 'way["highway"~"^(motorway|trunk|primary|secondary|tertiary)(_link)?$"]'
_HEAD = "[out:json][timeout:180];\n"
_TAIL = "out body;\n>;\nout skel qt;\n"


@dataclass(frozen=True)
class OverpassAnswer:
    """A whole answer.

    Attributes
    ----------
    body
        JSON as the server sent it.
    provenance
        Server, query, date of the data, digest.
    """

    body: bytes
    provenance: Provenance


def area_query(west: float, south: float, east: float, north: float) -> str:
    """Query for all that the measures use of an area.

    Streets, buildings, places, land use, stops, and the transit lines that touch the area: of
    these the stops everywhere, the tracks within the area only. Objects that reach out of the
    box come whole.

    Parameters
    ----------
    west, south, east, north
        WGS 84 degrees; of a polygon give ``*polygon.bounds``. Widened to full 0.0001°.

    Returns
    -------
    query
        Overpass QL; the same text for the same box, to about ten metres.

    Raises
    ------
    InputError
        If that is no box on the globe.
    """
    box = _box(west, south, east, north)
    things = "".join(f"  {thing}{box};\n" for thing in _THINGS)
    return (
        f"{_HEAD}(\n{things})->.things;\n{_ROUTES}{box}->.routes;\n.routes out body;\n"
        f"(.things; node(r.routes); way(r.routes){box};);\n{_TAIL}"
    )


def main_roads_query(west: float, south: float, east: float, north: float) -> str:
    """Query for the streets from motorway to tertiary, with their links.

    Parameters
    ----------
    west, south, east, north
        As in `area_query`.

    Returns
    -------
    query
        Overpass QL.

    Raises
    ------
    InputError
        If that is no box on the globe.

    Examples
    --------
    >>> print(main_roads_query(113.3, 22.9, 113.4, 23))
    [out:json][timeout:180];
    way["highway"~"^(motorway|trunk|primary|secondary|tertiary)(_link)?$"](22.9000,113.3000,23.0000,113.4000);
    out body;
    >;
    out skel qt;
    <BLANKLINE>
    """
    return f"{_HEAD}{_MAIN_ROADS}{_box(west, south, east, north)};\n{_TAIL}"


def fetch_overpass(
    query: str,
    settings: Settings,
    progress: Callable[[str], None] | None = None,
    *,
    clock: Clock | None = None,
) -> OverpassAnswer:
    """Answer to a query, from the cache or else from the first server that gives a whole one.

    Parameters
    ----------
    query
        Overpass QL that asks for JSON; it alone decides what the cache holds for it.
    settings
        Servers, bounds of patience, cache.
    progress
        Is told in a sentence of every question and every wait.
    clock
        Time; the machine's if not given.

    Returns
    -------
    answer
        `provenance.as_of` is the date of the data by the server, its `note` says when it was
        fetched.

    Raises
    ------
    SourceUnavailableError, SourceDataError
        As in `taobaogis.loaders.http.fetch`; nothing is cached then.
    """
    key = f"overpass\n{query}"
    kept = load_answer(key, settings)
    if kept is not None:
        return OverpassAnswer(*kept)
    clock = clock or Clock()
    answer = fetch(
        settings,
        settings.overpass_urls,
        method="POST",
        params={"data": query},
        check=whole_answer,
        progress=progress,
        clock=clock,
    )
    origin = Provenance(
        source=without_secrets(answer.url),
        query=query,
        as_of=whole_answer(answer.body)["osm3s"]["timestamp_osm_base"],
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        note=f"fetched {clock.utc():%Y-%m-%dT%H:%M:%SZ}",
    )
    return OverpassAnswer(answer.body, store_answer(key, answer.body, origin, settings))


def _box(west: float, south: float, east: float, north: float) -> str:
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - the globe
        message = (
            f"West {west:g}, south {south:g}, east {east:g}, north {north:g} is no box on the "
            "globe; give WGS 84 degrees in this order."
        )
        raise InputError(message)
    sides = ((south, ROUND_FLOOR), (west, ROUND_FLOOR), (north, ROUND_CEILING),
             (east, ROUND_CEILING))  # fmt: skip
    return f"({','.join(str(Decimal(repr(float(d))).quantize(_BOX_STEP, r)) for d, r in sides)})"

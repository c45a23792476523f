"""Buses and the metro of the sample: stops, stations, and the relations that join them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import shapely
from shapely import LineString, Point

from taobaogis.loaders.sample.draft import Spot, Street

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Route", "plan_buses", "plan_metro"]

_STOP_ASIDE_M = 11.0
_BUS_ROADS = {"primary", "secondary", "tertiary"}
_ONE_STOP_M = 150.0
_TWO_STOPS_M = 620.0

# Line, Chinese and English ends, and the crossings it passes.
_BUSES = (
    (
        "虚1",
        "老村",
        "白沙埔服装批发市场",
        ("0,3", "1,3", "1,2", "2,2", "3,2", "3,3", "5,3", "clothing"),
    ),
    (
        "虚2",
        "大街村",
        "新村",
        ("dajie,e", "dajie,w", "1,1", "1,2", "2,2", "2,3", "3,3", "4,3", "4,2"),
    ),
    ("虚3", "石岗汽配城", "望潮路总站", ("auto", "0,1", "1,1", "2,1", "2,0", "3,0", "3,4", "5,4")),
    ("虚4", "大街村", "石岗汽配城", ("2,0", "dajie,e", "dajie,w", "1,1", "auto")),
)
_METRO = (
    ("auto", (40.0, 60.0), "石岗", "Shigang"),
    ("0,1", (60.0, 25.0), "禾丰西", "Hefeng West"),
    ("1,1", (-45.0, 25.0), "云台", "Yuntai"),
    ("2,2", (-60.0, 25.0), "榕溪", "Rongxi"),
    ("4,2", (-230.0, 40.0), "新村", "Xincun"),
    ("5,3", (-40.0, -30.0), "东望", "Dongwang"),
    ("clothing", (-120.0, -50.0), "白沙埔", "Baishapu"),
)  # fmt: skip


@dataclass(frozen=True)
class Route:
    """A line of a bus or the metro.

    Attributes
    ----------
    tags
        OSM tags of the relation.
    ways
        Numbers of its streets, or of its tracks, in order of travel.
    stops
        Numbers of its stops in order of travel.
    """

    tags: Mapping[str, str]
    ways: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)


def plan_buses(
    streets: Sequence[Street], nodes: Mapping[str, tuple[float, float]]
) -> tuple[list[Spot], list[Route]]:
    """Bus stops on both sides of main roads, and bus lines along them.

    Parameters
    ----------
    streets
        Joined streets; the larger ones run from crossing to crossing.
    nodes
        The crossings by name.

    Returns
    -------
    stops
        Points beside the road; traffic keeps to the right.
    routes
        Lines whose `ways` count in `streets` and whose `stops` count in `stops`.
    """
    graph = nx.Graph()
    for number, street in enumerate(streets):
        if street.tags.get("highway") not in _BUS_ROADS:
            continue
        a, b = _ends(street.line)
        graph.add_edge(a, b, number=number, weight=float(street.line.length))
    stops: list[Spot] = []
    known: dict[tuple[int, bool], list[int]] = {}
    routes = []
    for ref, start, end, via in _BUSES:
        name = f"{ref}路: {start} - {end}"
        route = Route({"type": "route", "route": "bus", "ref": ref, "name": name,
                       "from": start, "to": end, "public_transport:version": "2"})  # fmt: skip
        corners = [nodes[name] for name in via]
        path = [corners[0]]
        for a, b in pairwise(corners):
            path += nx.shortest_path(graph, a, b, weight="weight")[1:]
        for a, b in pairwise(path):
            number = graph.edges[a, b]["number"]
            route.ways.append(number)
            ahead = _ends(streets[number].line)[0] == a
            if (number, ahead) not in known:
                known[number, ahead] = _add_stops(stops, streets[number], ahead=ahead)
            route.stops.extend(known[number, ahead])
        routes.append(route)
    return stops, routes


def _add_stops(stops: list[Spot], street: Street, *, ahead: bool) -> list[int]:
    line = street.line if ahead else street.line.reverse()
    if street.layer or line.length < _ONE_STOP_M:
        return []
    shares = (0.27, 0.71) if line.length > _TWO_STOPS_M else (0.46,)
    aside = line.offset_curve(-_STOP_ASIDE_M)
    numbers = []
    for share in shares:
        name = f"{street.tags['name']}{_block_name(line, share)}"
        tags = {"highway": "bus_stop", "public_transport": "platform", "bus": "yes", "name": name}
        stops.append(Spot(aside.interpolate(share, normalized=True), tags))
        numbers.append(len(stops) - 1)
    return numbers


def _block_name(line: LineString, share: float) -> str:
    """The same stop has the same name on both sides of the road."""
    at = line.interpolate(share, normalized=True)
    return "东西南北中"[int(abs(at.x) // 400 + abs(at.y) // 300) % 5] + "站"


def plan_metro(
    nodes: Mapping[str, tuple[float, float]],
) -> tuple[list[Spot], list[LineString], Route]:
    """One metro line from market to market.

    Parameters
    ----------
    nodes
        Crossings by name; stations lie near some of them.

    Returns
    -------
    spots
        Stations in order of travel, then their entrances.
    tracks
        From station to station.
    route
        Line whose `ways` count in `tracks` and whose `stops` count in `spots`.
    """
    at = [np.add(nodes[name], off) for name, off, _, _ in _METRO]
    spots = [
        Spot(Point(point), {"railway": "station", "station": "subway", "subway": "yes",
                            "public_transport": "station", "name": name, "name:en": name_en})
        for point, (_, _, name, name_en) in zip(at, _METRO, strict=True)
    ]  # fmt: skip
    for point in at:
        for letter, off in (("A", (28.0, 16.0)), ("B", (-30.0, -14.0))):
            tags = {"railway": "subway_entrance", "ref": letter}
            spots.append(Spot(Point(np.add(point, off)), tags))
    tracks = [LineString([a, (a + b) / 2 + _bend(a, b), b]) for a, b in pairwise(at)]
    tags = {"type": "route", "route": "subway", "ref": "虚", "name": "虚线: 石岗 - 白沙埔",
            "name:en": "Sample Line", "colour": "#8e44ad"}  # fmt: skip
    route = Route(tags, list(range(len(tracks))), list(range(len(at))))
    return spots, tracks, route


def _bend(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 0.03 * np.array([-(b - a)[1], (b - a)[0]])


def _ends(line: LineString) -> tuple[tuple[float, float], tuple[float, float]]:
    xy = shapely.get_coordinates(line)
    return (float(xy[0, 0]), float(xy[0, 1])), (float(xy[-1, 0]), float(xy[-1, 1]))

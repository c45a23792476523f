"""Bodies that a server of OpenStreetMap should not send: JSON with one thing wrong in it."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NOMINATIM", "OVERPASS", "handmade_answers", "handmade_places", "mutated"]

OVERPASS: dict[str, Any] = {
    "version": 0.6,
    "osm3s": {"timestamp_osm_base": "2026-03-28T16:14:00Z"},
    "elements": [
        {"type": "node", "id": 1, "lat": 23.0, "lon": 113.3, "tags": {"highway": "bus_stop"}},
        {"type": "node", "id": 2, "lat": 23.0, "lon": 113.301},
        {"type": "node", "id": 3, "lat": 23.001, "lon": 113.301, "tags": {"shop": "clothes"}},
        {"type": "way", "id": 4, "nodes": [1, 2, 3], "tags": {"highway": "residential"}},
        {"type": "way", "id": 5, "nodes": [1, 2, 3, 1], "tags": {"building": "yes"}},
        {"type": "relation", "id": 6, "tags": {"type": "route", "route": "bus"},
         "members": [{"type": "way", "ref": 4, "role": ""}]},
    ],
}  # fmt: skip
NOMINATIM: list[Any] = [
    {"osm_type": "relation", "osm_id": 7, "lat": "23.0", "lon": "113.3", "class": "place",
     "display_name": "里仁洞村, Guangzhou",
     "geojson": {"type": "Polygon", "coordinates": [
         [[113.29, 22.99], [113.31, 22.99], [113.31, 23.01], [113.29, 23.01], [113.29, 22.99]]]}},
]  # fmt: skip

_STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, float("nan"), float("inf"), 10**30, "", "x", "NaN",
    "23.0", "\x00", "\ud800", [], [[]], [None], [1, 2], {}, {"a": 1}, {"type": "node"},
    "x" * 100_000, [0] * 1000,
)  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Path of every value inside a JSON value, itself first."""
    yield path
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in inside:
            yield from _places(item, (*path, key))


def mutated(whole: Any, seed: int) -> bytes:
    """Document with one value exchanged, taken away or repeated."""
    dice = random.Random(f"mutated {seed}")  # noqa: S311 - a fixed fault
    document = copy.deepcopy(whole)
    path = dice.choice(list(_places(document))[1:])
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    deed = dice.choice(("exchange", "exchange", "exchange", "take away", "repeat"))
    if deed == "exchange":
        holder[path[-1]] = dice.choice(_STRANGE)
    elif deed == "take away":
        del holder[path[-1]]
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[path[-1]]))
    else:
        holder[f"{path[-1]} "] = holder[path[-1]]
    return json.dumps(document).encode()


def _with(**changes: Any) -> bytes:
    return json.dumps({**OVERPASS, **changes}).encode()


def _and(*elements: Any) -> bytes:
    return _with(elements=[*OVERPASS["elements"], *elements])


def handmade_answers() -> dict[str, bytes]:
    """Answers of Overpass by what is wrong with them."""
    whole = json.dumps(OVERPASS).encode()
    node = {"type": "node", "id": 9, "lat": 23.0, "lon": 113.3}
    found = {
        "nothing": b"",
        "a blank": b" ",
        "null": b"null",
        "a number": b"3",
        "a list": b"[]",
        "an empty object": b"{}",
        "a page": b"<!DOCTYPE html><html><body>Welcome to our WLAN</body></html>",
        "a page of opening tags": b"<script" * 200_000,
        "an Overpass error page": b'<?xml version="1.0"?><html><p>Error: runtime error</p></html>',
        "XML data": b'<osm version="0.6"></osm>',
        "a byte-order mark before it": b"\xef\xbb\xbf" + whole,
        "UTF-16": json.dumps(OVERPASS).encode("utf-16"),
        "no UTF-8": whole.replace(b"clothes", b"\xff\xfe"),
        "two answers": whole + whole,
        "an answer and rubbish": whole + b"\x00\x01",
        "nesting without end": b'{"elements":' + b"[" * 100_000,
        "deep nesting that ends": _with(extra=0).replace(
            b'"extra": 0', b'"extra": ' + b"[" * 50_000 + b"]" * 50_000),
        "a number of 5,000 digits": _and({**node, "id": 0}).replace(
            b'"id": 0', b'"id": ' + b"9" * 5000),
        "a key twice": whole.replace(b'"elements"', b'"elements": [], "elements"', 1),
        "a key twice, the empty one last": whole[:-1] + b', "elements": []}',
        "no date": _with(osm3s={}),
        "an empty date": _with(osm3s={"timestamp_osm_base": ""}),
        "a date of words": _with(osm3s={"timestamp_osm_base": "yesterday"}),
        "a date that moves the cursor": _with(osm3s={"timestamp_osm_base": "2026-01-01\x1b[2J"}),
        "no elements": _with(elements=None),
        "elements that are an object": _with(elements={}),
        "elements that are words": _with(elements=["node"]),
        "a node without longitude": _and({"type": "node", "id": 9, "lat": 23.0}),
        "a node without latitude": _and({"type": "node", "id": 9, "lon": 113.3}),
        "a node off the globe": _and({**node, "lat": 91}),
        "a node at true": _and({**node, "lat": True}),
        "a node of a name that is a list": _and({**node, "tags": {"shop": ["a"]}}),
        "a node whose tags are a list": _and({**node, "tags": []}),
        "a node of half a surrogate": _and({**node, "tags": {"shop": "\ud800"}}),
        "a node of control characters": _and({**node, "tags": {"shop": "a\x00\x1b[2J"}}),
        "a tag without key": _and({**node, "tags": {"": "x", "shop": "clothes"}}),
        "the same node a thousand times": _and(*([node] * 1000)),
        "the same node at two places": _and(node, {**node, "lat": 23.5}),
        "a way through nowhere": _and({"type": "way", "id": 9, "nodes": [77, 78],
                                       "tags": {"highway": "path"}}),
        "a way without points": _and({"type": "way", "id": 9, "tags": {"highway": "path"}}),
        "a way of fractions": _and({"type": "way", "id": 9, "nodes": [1.5]}),
        "a relation of itself": _and({"type": "relation", "id": 9, "tags": {"type": "multipolygon",
                                      "building": "yes"}, "members": [
                                          {"type": "relation", "ref": 9, "role": "outer"}]}),
        "a member of an unknown kind": _and({"type": "relation", "id": 9,
                                             "members": [{"type": "planet", "ref": 1}]}),
        "a member without role": _and({"type": "relation", "id": 9, "tags": {"type": "route"},
                                       "members": [{"type": "way", "ref": 4, "role": None}]}),
        "an element of an unknown kind": _and({"type": "planet", "id": 9}),
        "a number below zero": _and({**node, "id": -1}),
        "the number 2^63": _and({**node, "id": 1 << 63}),
        "NaN": _and({**node, "lat": float("nan")}),
        "infinity": _and({**node, "lon": float("inf")}),
    }  # fmt: skip
    for remark in ('runtime error: Query timed out in "query" at line 3 after 180 seconds.',
                   "runtime error: Query ran out of memory", "Timed Out", "OUT OF MEMORY",
                   "runtime error: open64: 0 Success /osm3s_osm_base Dispatcher"):  # fmt: skip
        found[f"a remark: {remark[:40]}"] = _with(remark=remark)
        found[f"a remark and no elements: {remark[:30]}"] = _with(remark=remark, elements=[])
    return found


def _place(**changes: Any) -> bytes:
    return json.dumps([{**NOMINATIM[0], **changes}]).encode()


def _ring(*corners: Any) -> bytes:
    return _place(geojson={"type": "Polygon", "coordinates": [list(corners)]})


def handmade_places() -> dict[str, bytes]:
    """Answers of Nominatim by what is wrong with them."""
    nan, inf = float("nan"), float("inf")
    return {
        "nothing": b"",
        "a page": b"<html>Bandwidth limit exceeded</html>",
        "no place": b"[]",
        "an object": b'{"error": "Unable to geocode"}',
        "a place that is a word": b'["x"]',
        "a longitude that is no number": _place(lon=nan),
        "an infinite longitude": _place(lon="inf"),
        "a longitude off the globe": _place(lon="181"),
        "a number that is infinite": _place(osm_id=inf),
        "a number that is a list": _place(osm_id=[1]),
        "a kind that is a list": _place(osm_type=["node"]),
        "a name that moves the cursor": _place(display_name="\x1b[2J\u202ex\nz"),
        "a name of 100,000 letters": _place(display_name="里" * 100_000),
        "an outline of two points": _ring([113.29, 22.99], [113.31, 22.99]),
        "an outline that does not close": _ring([113.29, 22.99], [113.31, 22.99], [113.3, 23.01]),
        "an outline of NaN": _ring([nan, nan], [113.31, 22.99], [113.3, 23.01], [nan, nan]),
        "an outline to infinity": _ring([113.29, 22.99], [inf, 22.99], [113.3, 23.01],
                                        [113.29, 22.99]),
        "an outline off the globe": _ring([113.29, 22.99], [1e9, 22.99], [113.3, 1e9],
                                          [113.29, 22.99]),
        "an outline that crosses itself": _ring([113.29, 22.99], [113.31, 23.01], [113.31, 22.99],
                                                [113.29, 23.01], [113.29, 22.99]),
        "an outline without area": _ring([113.29, 22.99], [113.31, 22.99], [113.29, 22.99],
                                         [113.29, 22.99]),
        "an outline of words": _ring("a", "b", "c"),
        "an outline in space": _ring([113.29, 22.99, 1], [113.31, 22.99, 2], [113.3, 23.01, 3],
                                     [113.29, 22.99, 1]),
        "an outline of points with one number": _ring([113.29], [113.31], [113.3], [113.29]),
        "no outline": _place(geojson={"type": "Polygon", "coordinates": []}),
        "an outline of no rings": _place(geojson={"type": "MultiPolygon", "coordinates": [[]]}),
        "a shape of an unknown kind": _place(geojson={"type": "Sphere"}),
        "a shape that is a word": _place(geojson="Polygon"),
        "a shape nested without end": _place(geojson=0).replace(
            b'"geojson": 0', b'"geojson": {"type": "Polygon", "coordinates": ' + b"[" * 900
            + b"]" * 900 + b"}"),
        "1,000 places": json.dumps(NOMINATIM * 1000).encode(),
    }  # fmt: skip

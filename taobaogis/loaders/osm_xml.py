"""Overpass answers as one OSM XML document, once it is certain that they are whole."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from taobaogis.errors import SourceDataError
from taobaogis.loaders.quotes import readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["to_osm_xml", "whole_answer"]

_UNFINISHED = re.compile(r"runtime error|timed out|out of memory", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T[0-9:.]{5,16}Z?)?")
_TYPES = ("node", "way", "relation")
_MOST_LON, _MOST_LAT = 180, 90
_MOST_ID = (1 << 63) - 1

# What XML 1.0 cannot hold falls out; white space that a reader would even out is written in code.
_LONGEST_TEXT = 255
_XML_TEXT: dict[int, str | None] = {
    **dict.fromkeys([*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]),
    **{ord(c): f"&#{ord(c)};" for c in "\t\n\r"},
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
}


def whole_answer(body: bytes) -> dict[str, Any]:
    """Answer as a mapping, once it is certain that the server sent all it was asked for.

    Parameters
    ----------
    body
        As a server sent it.

    Returns
    -------
    answer
        With ``osm3s.timestamp_osm_base`` and ``elements``, each sound by itself.

    Raises
    ------
    SourceDataError
        If it is no JSON, no Overpass answer, or one that the server gave up half-way.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        if body.lstrip()[:1] == b"<":
            message = f"sent a page instead of data ('{readable(body)}')."
        else:
            message = f"sent JSON that is cut short or broken ({len(body):,} bytes)."
        raise SourceDataError(message) from error
    remark = str(answer.get("remark", "")) if isinstance(answer, dict) else ""
    if _UNFINISHED.search(remark):
        message = f"gave up half-way ('{readable(remark.encode(errors='replace'))}')."
        raise SourceDataError(message)
    try:
        is_sound = _is_sound_answer(answer)
    except (LookupError, TypeError, AttributeError):
        is_sound = False
    if not is_sound:
        message = "sent JSON that is no Overpass answer with date and elements."
        raise SourceDataError(message)
    return dict(answer)


def to_osm_xml(answers: Sequence[bytes], *, only_whole: bool = False) -> bytes:
    """OSM XML of one or more answers, so that one parser serves live data and files.

    Objects are sorted nodes, ways, relations, each by id. An object of several answers stands
    once; what the first lacks, e.g. its tags, is taken from the next. References to objects
    that no answer holds are kept. Characters that XML cannot hold are left out, and texts end
    at OSM's 255 characters.

    Parameters
    ----------
    answers
        Bodies as from `taobaogis.loaders.overpass.fetch_overpass`.
    only_whole
        Leave out ways and relations of which a point or a way is missing.

    Returns
    -------
    xml
        An ``<osm>`` document in UTF-8; without objects if there is no answer.

    Raises
    ------
    SourceDataError
        If an answer is not a whole one.
    """
    nodes, ways, relations = _merged(answers)
    if only_whole:
        ways = {n: e for n, e in ways.items() if e.get("nodes") and nodes.keys() >= {*e["nodes"]}}
        relations = {n: e for n, e in relations.items() if ways.keys() >= {*_member_ways(e)}}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="taobaogis">']
    lines += [_node(nodes[n]) for n in sorted(nodes)]
    lines += [_way(ways[n]) for n in sorted(ways)]
    lines += [_relation(relations[n]) for n in sorted(relations)]
    return "\n".join([*lines, "</osm>\n"]).encode()


def _merged(answers: Sequence[bytes]) -> list[dict[int, dict[str, Any]]]:
    """Nodes that have a place, ways, relations; each by id."""
    found: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in _TYPES}
    for body in answers:
        for element in whole_answer(body)["elements"]:
            if element["type"] not in _TYPES:
                continue
            same = found[element["type"]]
            number = element["id"]
            same[number] = {**element, **same[number]} if number in same else element
    found["node"] = {n: e for n, e in found["node"].items() if "lat" in e}
    return [found[kind] for kind in _TYPES]


def _is_sound_answer(answer: Mapping[str, Any]) -> bool:
    as_of, elements = answer["osm3s"]["timestamp_osm_base"], answer["elements"]
    is_dated = isinstance(as_of, str) and _DATE.fullmatch(as_of) is not None
    return is_dated and isinstance(elements, list) and all(map(_is_sound, elements))


def _is_sound(element: Mapping[str, Any]) -> bool:
    kind = element["type"]
    if kind not in _TYPES:
        return True
    tags = element.get("tags", {})
    if not (_is_id(element["id"]) and isinstance(tags, dict) and all(map(_is_text, tags.values()))):
        return False
    if kind == "node":
        return _is_somewhere(element)
    if kind == "way":
        return all(map(_is_id, element.get("nodes", ())))
    members = element.get("members", ())
    return all(
        m["type"] in _TYPES and _is_id(m["ref"]) and _is_text(m.get("role", "")) for m in members
    )


def _is_somewhere(node: Mapping[str, Any]) -> bool:
    """Whether a node has a place on the globe, or does not say that it has one."""
    if not {"lat", "lon"} & node.keys():
        return True
    lat, lon = node["lat"], node["lon"]
    is_number = not isinstance(lat, bool) and not isinstance(lon, bool)
    return is_number and bool(abs(lat) <= _MOST_LAT and abs(lon) <= _MOST_LON)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_ID


def _member_ways(relation: Mapping[str, Any]) -> Iterator[int]:
    return (m["ref"] for m in relation.get("members", ()) if m["type"] == "way")


def _node(node: Mapping[str, Any]) -> str:
    head = f'<node id="{node["id"]}" lat="{node["lat"]:.7f}" lon="{node["lon"]:.7f}"'
    tags = _tags(node)
    return f"{head}>{tags}</node>" if tags else f"{head}/>"


def _way(way: Mapping[str, Any]) -> str:
    nodes = "".join(f'<nd ref="{n}"/>' for n in way.get("nodes", ()))
    return f'<way id="{way["id"]}">{nodes}{_tags(way)}</way>'


def _relation(relation: Mapping[str, Any]) -> str:
    members = "".join(
        f'<member type="{m["type"]}" ref="{m["ref"]}" role="{_text(m.get("role", ""))}"/>'
        for m in relation.get("members", ())
    )
    return f'<relation id="{relation["id"]}">{members}{_tags(relation)}</relation>'


def _tags(element: Mapping[str, Any]) -> str:
    pairs = element.get("tags")
    if not pairs:
        return ""
    texts = {_text(key): _text(value) for key, value in pairs.items()}
    return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in texts.items() if k)


def _text(value: object) -> str:
    return str(value)[:_LONGEST_TEXT].translate(_XML_TEXT)

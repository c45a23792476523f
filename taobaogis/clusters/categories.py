"""Categories of places, and the OSM tags that are read as each (``data/poi_categories.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TRANSIT", "Category", "categories", "category_of", "tag_keys"]

TRANSIT = "transit"

_ANY = "*"
_GEOFABRIK = "fclass"
_OWN_KEYS = {"name_en", "name_zh", "chain", "colour", "points"}


@dataclass(frozen=True)
class Category:
    """A kind of place.

    Attributes
    ----------
    key, name_en, name_zh, colour
        How it is named and drawn.
    chain
        True if it belongs to the e-commerce production network of Lin (2019).
    """

    key: str
    name_en: str
    name_zh: str
    chain: bool
    colour: str


def categories() -> Mapping[str, Category]:
    """All categories by key, in the order in which they are shown."""
    return _load()[0]


@cache
def tag_keys() -> frozenset[str]:
    """OSM keys that can make an object a place, be it a point or an area."""
    known = _load()
    return frozenset(key for key, _ in known[1]) - {_GEOFABRIK} - known[2]


def category_of(tags: Mapping[str, str]) -> tuple[str, str]:
    """Category of an object and the tag that decided it.

    Parameters
    ----------
    tags
        OSM tags; of a value list such as ``clothes;shoes`` the first counts.

    Returns
    -------
    category, tag
        Key of `categories` and ``key=value``; two empty strings if it is no place we know.

    Examples
    --------
    >>> category_of({"amenity": "post_office"})
    ('express', 'amenity=post_office')
    >>> category_of({"highway": "bus_stop"})
    ('transit', 'highway=bus_stop')
    >>> category_of({"highway": "crossing"})
    ('', '')
    """
    rules = _load()[1]
    best: tuple[int, str, str] | None = None
    for key, values in tags.items():
        value = values.split(";")[0].strip()
        if value in {"", "no", "vacant", "disused", "yes" if key == "tourism" else ""}:
            continue
        hits = [rules[rule] for rule in ((key, value), (key, _ANY)) if rule in rules]
        for order, category in hits:
            if best is None or order < best[0]:
                best = (order, category, f"{key}={value}")
    return ("", "") if best is None else best[1:]


@cache
def _load() -> tuple[
    Mapping[str, Category], Mapping[tuple[str, str], tuple[int, str]], frozenset[str]
]:
    with data_file("poi_categories.toml").open("rb") as stream:
        table = tomllib.load(stream)
    known: dict[str, Category] = {}
    rules: dict[tuple[str, str], tuple[int, str]] = {}
    points: set[str] = set()
    for order, (name, entry) in enumerate(table.items()):
        known[name] = Category(
            name, entry["name_en"], entry["name_zh"], entry["chain"], entry["colour"]
        )
        points |= set(entry.get("points", ()))
        for key, values in entry.items():
            if key in _OWN_KEYS:
                continue
            for value in values:
                rules.setdefault((key, value), (order, name))
                # Geofabrik's class column bears the tag's value, mostly unchanged.
                if value != _ANY:
                    rules.setdefault((_GEOFABRIK, value), (order, name))
    return known, rules, frozenset(points)

"""Land-use classes, and the OSM tags that are read as each (``data/landuse_classes.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LandUse", "land_uses", "tag_keys", "use_of", "use_of_building", "use_of_place"]

_OWN_KEYS = {"name_en", "name_zh", "gb50137", "colour", "building", "category"}


@dataclass(frozen=True)
class LandUse:
    """A class of land use.

    Attributes
    ----------
    key, name_en, name_zh, colour
        How it is named and drawn.
    gb50137
        Class of GB 50137-2011 it belongs to; empty if none.
    """

    key: str
    name_en: str
    name_zh: str
    gb50137: str
    colour: str


def land_uses() -> Mapping[str, LandUse]:
    """All classes by key, in the order in which they are shown; the last is ``unknown``."""
    return _load()[0]


def tag_keys() -> frozenset[str]:
    """OSM keys that can make an area a land use."""
    return frozenset(key for key, _ in _load()[1])


def use_of(tags: Mapping[str, str]) -> tuple[str, str]:
    """Land use of an area and the tag that decided it.

    Parameters
    ----------
    tags
        OSM tags of the area. The key ``landuse`` goes before all others.

    Returns
    -------
    use, tag
        Key of `land_uses` and ``key=value``; two empty strings if no tag says a use.

    Examples
    --------
    >>> use_of({"landuse": "retail"})
    ('commercial', 'landuse=retail')
    """
    rules = _load()[1]
    for key in sorted(tags, key=lambda key: (key != "landuse", key)):
        use = rules.get((key, tags[key]))
        if use is not None:
            return use, f"{key}={tags[key]}"
    return "", ""


def use_of_building(building: str) -> str:
    """Land use that a building's own tag tells.

    Parameters
    ----------
    building
        Value of the OSM tag ``building``.

    Returns
    -------
    use
        Key of `land_uses`; empty for ``yes`` and other values that tell no use.
    """
    return _load()[2].get(building, "")


def use_of_place(category: str) -> str:
    """Land use that a place tells of the building it is in.

    Parameters
    ----------
    category
        Key of ``data/poi_categories.toml``.

    Returns
    -------
    use
        Key of `land_uses`; empty for kinds that say nothing of it.
    """
    return _load()[3].get(category, "")


@cache
def _load() -> tuple[
    Mapping[str, LandUse],
    Mapping[tuple[str, str], str],
    Mapping[str, str],
    Mapping[str, str],
]:
    with data_file("landuse_classes.toml").open("rb") as stream:
        table = tomllib.load(stream)
    known: dict[str, LandUse] = {}
    areas: dict[tuple[str, str], str] = {}
    houses: dict[str, str] = {}
    places: dict[str, str] = {}
    for name, entry in table.items():
        known[name] = LandUse(
            name, entry["name_en"], entry["name_zh"], entry["gb50137"], entry["colour"]
        )
        houses.update(dict.fromkeys(entry.get("building", ()), name))
        places.update(dict.fromkeys(entry.get("category", ()), name))
        for key, values in entry.items():
            if key not in _OWN_KEYS:
                areas.update({(key, value): name for value in values})
    return known, areas, houses, places

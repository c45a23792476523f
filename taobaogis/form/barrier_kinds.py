"""Which OSM tags bar the way, which open it again, and how wide both are (`data/barriers.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WATER", "barrier_of", "openings_m", "thicknesses_m", "water_keys", "water_of"]

WATER = "water"


@cache
def thicknesses_m() -> Mapping[str, float]:
    """Thickness that stands in for a line of each kind that bars the way, in metres."""
    return {entry["kind"]: float(entry["thickness_m"]) for entry in _table()["barrier"]}


@cache
def openings_m() -> Mapping[str, float]:
    """Clear width that stands in for each kind of opening in such a line, in metres."""
    return {entry["kind"]: float(entry["clear_width_m"]) for entry in _table()["opening"]}


def barrier_of(tags: Mapping[str, str]) -> str:
    """Kind of a line or point that bars or opens the way; empty for any other.

    Examples
    --------
    >>> barrier_of({"barrier": "wall"}), barrier_of({"barrier": "kerb"})
    ('wall', '')
    """
    kind = tags.get("barrier", "")
    return kind if kind in thicknesses_m() or kind in openings_m() else ""


def water_of(tags: Mapping[str, str]) -> str:
    """Tag that makes an area one of water; empty if none does.

    Examples
    --------
    >>> water_of({"natural": "water", "name": "Pond"}), water_of({"natural": "wood"})
    ('natural=water', '')
    """
    found = (f"{k}={tags[k]}" for k, values in _table()["water"].items() if tags.get(k) in values)
    return next(found, "")


@cache
def water_keys() -> frozenset[str]:
    """OSM keys that can make an area one of water."""
    return frozenset(_table()["water"])


@cache
def _table() -> Mapping[str, Any]:
    with data_file("barriers.toml").open("rb") as stream:
        return tomllib.load(stream)

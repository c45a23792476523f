"""What OSM tags say: classes of street, directions, numbers and lengths, stops and names."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ROUTE_MODES",
    "STREET_CLASSES",
    "is_set",
    "metres",
    "name",
    "number",
    "oneway",
    "stop_mode",
    "street_class",
    "surveyed_width_m",
]

STREET_CLASSES = frozenset(
    {
        *(f"{c}{link}" for c in ("motorway", "trunk", "primary", "secondary", "tertiary")
          for link in ("", "_link")),
        "unclassified", "residential", "living_street", "service", "pedestrian", "road", "busway",
        "track", "footway", "path", "cycleway", "steps", "bridleway", "corridor", "alley",
    }
)  # fmt: skip

ROUTE_MODES = frozenset(
    {"bus", "trolleybus", "subway", "light_rail", "tram", "ferry", "train", "monorail"}
)
_TELLING_TAGS = (
    ("railway", "tram_stop", "tram"),
    ("amenity", "ferry_terminal", "ferry"),
    ("highway", "bus_stop", "bus"),
)
# The international foot.
FOOT_M = 0.3048
_INCHES_A_FOOT = 12
_UNSET = {"", "no", "none", "0"}
_ON_THE_GROUND = {"survey", "measured", "measurement", "tape", "laser", "arcore"}
_FIRST_OF_LIST = re.compile(r"""\[\s*['"]([^'"]*)['"]""")
_METRES = re.compile(
    r"^\s*(\d+(?:[.,]\d+)?)\s*(m|metre|metres|meter|meters|米)?\s*$", re.IGNORECASE
)
_FEET = re.compile(
    r"^\s*(\d+(?:\.\d+)?)\s*(?:'|ft|foot|feet|英尺)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|in))?\s*$",
    re.IGNORECASE,
)


def street_class(value: str) -> str:
    """Class of a street from its ``highway`` tag.

    Graph tools that merge streets write lists such as ``"['steps', 'footway']"``; of those the
    first counts.
    """
    if not value.startswith("["):
        return value
    first = _FIRST_OF_LIST.match(value)
    return first.group(1) if first else value


def is_set(value: str) -> bool:
    """Whether a tag such as ``bridge`` says that there is one."""
    return value not in _UNSET


def oneway(tags: Mapping[str, str]) -> int:
    """Direction of travel: 1 along the line, -1 against it, 0 both ways."""
    value = tags.get("oneway", "").lower()
    if value in {"yes", "true", "1"}:
        return 1
    if value in {"-1", "reverse"}:
        return -1
    implied = tags.get("junction") in {"roundabout", "circular"}
    implied |= tags.get("highway") == "motorway"
    return 1 if implied and not value else 0


def stop_mode(tags: Mapping[str, str]) -> str:
    """Mode of transit that stops here; empty if none does."""
    railway = tags.get("railway", "")
    subway = "subway" in {tags.get("station"), "subway" if tags.get("subway") == "yes" else ""}
    if railway == "subway_entrance":
        return "subway"
    if railway in {"station", "halt", "stop"}:
        light = tags.get("station") == "light_rail"
        return "subway" if subway else "light_rail" if light else "train"
    for key, value, mode in _TELLING_TAGS:
        if tags.get(key) == value:
            return mode
    if tags.get("public_transport") not in {"stop_position", "platform", "station"}:
        return ""
    modes = ("bus", "trolleybus", "tram", "light_rail", "ferry", "train")
    return "subway" if subway else next((m for m in modes if tags.get(m) == "yes"), "bus")


def name(tags: Mapping[str, str]) -> str:
    """Name in the local script, or else in Chinese, or else in English; maybe empty."""
    return tags.get("name") or tags.get("name:zh") or tags.get("name:en") or ""


def number(text: str) -> float:
    """Number above zero at the head of a tag such as ``6`` or ``3;4``; NaN if there is none.

    Examples
    --------
    >>> number("3;4"), number("many"), number("0")
    (3.0, nan, nan)
    """
    try:
        value = float(text.partition(";")[0])
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and value > 0 else math.nan


def metres(text: str) -> float:
    """Length from a tag such as ``4``, ``4.5 m``, ``4,5``, ``12 ft`` or ``16'3"``; NaN for prose.

    Examples
    --------
    >>> metres("4,5"), metres("4.5 m"), metres("10'"), metres("narrow")
    (4.5, 4.5, 3.048, nan)
    """
    if match := _METRES.match(text):
        return number(match.group(1).replace(",", "."))
    if match := _FEET.match(text):
        feet = float(match.group(1)) + float(match.group(2) or 0.0) / _INCHES_A_FOOT
        return feet * FOOT_M if feet > 0 else math.nan
    return math.nan


def surveyed_width_m(tags: Mapping[str, str]) -> float:
    """Width of a street that someone measured on the spot; NaN if ``source:width`` is silent.

    Examples
    --------
    >>> surveyed_width_m({"width": "3.2", "source:width": "ARCore"})
    3.2
    >>> surveyed_width_m({"width": "3.2"})
    nan
    """
    known = tags.get("source:width", "").strip().lower() in _ON_THE_GROUND
    return metres(tags.get("width", "")) if known else math.nan

"""What people of a Taobao village ask for, as places on a map (``data/facilities.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd

from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["STOP", "Circle", "Facility", "circles", "facilities", "facility_places"]

# The one facility whose places stand in a layer of their own.
STOP = "stop"
_GEOFABRIK = "fclass"


@dataclass(frozen=True)
class Facility:
    """A kind of place that is asked for.

    Attributes
    ----------
    key, name_en, name_zh
        How it is named.
    asked
        Words of Lin (2019).
    tags
        OSM tags read as it.
    within_m
        Way on foot within which a house counts as served.
    clause, clause_zh, status
        Where that figure is from, in English and Chinese, and how well it is founded:
        ``verified``, ``secondary``, ``memory`` or ``convention``.
    """

    key: str
    name_en: str
    name_zh: str
    asked: str
    tags: frozenset[str]
    within_m: float
    clause: str
    clause_zh: str
    status: str


class Circle(NamedTuple):
    """Circle of daily life: minutes on foot, and the metres they stand for."""

    minutes: int
    within_m: float


def facilities() -> Mapping[str, Facility]:
    """All facilities by key, in the order in which they are shown."""
    return _load()[0]


def circles() -> tuple[Circle, ...]:
    """Circles of daily life of 5, 10 and 15 minutes."""
    return _load()[1]


def facility_places(pois: gpd.GeoDataFrame, stops: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Places of all facilities.

    Parameters
    ----------
    pois, stops
        Layers of `taobaogis.schema.LAYERS` in one CRS.

    Returns
    -------
    places
        Points with ``facility`` (key of `facilities`), ``name``, ``tag`` and ``capacity``
        (NaN unless the layer has a column of that name). Index 0 … n-1; places of no facility
        are left out.
    """
    kinds = {tag: key for key, facility in facilities().items() for tag in facility.tags}
    # A file of Geofabrik's names the value only.
    kinds |= {f"{_GEOFABRIK}={tag.partition('=')[2]}": key for tag, key in kinds.items()}
    found = pois["tag"].map(kinds)
    rows = pois[found.notna()]
    given = rows["capacity"] if "capacity" in rows else pd.Series(float("nan"), index=rows.index)
    columns = {
        "facility": [*found.dropna(), *([STOP] * len(stops))],
        "name": [*rows["name"], *stops["name"]],
        "tag": [*rows["tag"], *stops["mode"]],
        "capacity": [*pd.to_numeric(given, errors="coerce"), *([float("nan")] * len(stops))],
    }
    geometry = [*rows.geometry, *stops.geometry]
    table = pd.DataFrame(columns).astype(
        {"facility": "str", "name": "str", "tag": "str", "capacity": "float64"}
    )
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(geometry, crs=pois.crs), crs=pois.crs)


@cache
def _load() -> tuple[Mapping[str, Facility], tuple[Circle, ...]]:
    with data_file("facilities.toml").open("rb") as stream:
        table: dict[str, Any] = tomllib.load(stream)
    kinds = {
        key: Facility(key=key, **{**entry, "tags": frozenset(entry["tags"])})
        for key, entry in table["facility"].items()
    }
    rings = (Circle(int(m), float(entry["within_m"])) for m, entry in table["circle"].items())
    return kinds, tuple(sorted(rings))

"""Entries of a study file, one function a heading, completed from the gazetteer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from taobaogis import gazetteer
from taobaogis.errors import PlaceNotFoundError, StudyError, did_you_mean
from taobaogis.rules import changed_rules
from taobaogis.study_spec import (
    DATUMS,
    Assumptions,
    GridSpec,
    MarketSpec,
    RasterSpec,
    RuleSpec,
    SourceSpec,
    VehicleSpec,
    VillageSpec,
)
from taobaogis.study_table import build, is_id, mapping, require_id, require_number, require_place
from taobaogis.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "gazetteer_markets",
    "read_assumptions",
    "read_grid",
    "read_market",
    "read_raster_files",
    "read_rules",
    "read_source",
    "read_vehicle",
    "read_village",
]

_LARGEST_RADIUS_M = 20_000.0
_LARGEST_DOUBT_M = 100_000.0
# Nobody counts less; the figure is in millions or in 10,000 yuan.
_LEAST_SALES_RMB = 10_000.0
_LISTS, _MOST_SHOPS = 3, 1e6


def read_source(entry: Mapping[str, Any]) -> SourceSpec:
    """``[source]`` of a study.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    source = build(SourceSpec, entry, "[source]")
    if source.datum not in DATUMS:
        hint = did_you_mean(source.datum, DATUMS)
        message = f"[source] datum '{source.datum}' is not known. {hint}"
        raise StudyError(message)
    return source


def read_raster_files(entry: Mapping[str, Any]) -> RasterSpec:
    """``[raster]`` of a study.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    return build(RasterSpec, entry, "[raster]")


def read_village(entry: Mapping[str, Any]) -> VillageSpec:
    """A ``[[village]]``; a name of the gazetteer needs nothing more.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    spec = build(VillageSpec, _with_gazetteer(entry), _heading("village", entry))
    require_id(spec.id, "[[village]] id")
    where = f"village '{spec.id}'"
    if not (math.isnan(spec.lon) and math.isnan(spec.lat)):
        require_place(spec.lon, spec.lat, where)
    elif not spec.boundary:
        message = (
            f"{where} is not in the gazetteer and has neither a boundary nor lon and lat; "
            f"add one of them. {_near(spec.id, gazetteer.villages())}"
        )
        raise StudyError(message.strip())
    require_number(spec.radius_m, where, "radius_m", 1, _LARGEST_RADIUS_M)
    require_number(spec.radius_of_doubt_m, where, "radius_of_doubt_m", 0, _LARGEST_DOUBT_M)
    _require_figures(spec, entry, where)
    return _named(spec)


def _require_figures(spec: VillageSpec, entry: Mapping[str, Any], where: str) -> None:
    """Raise unless what the study tells of shops, households and sales can be meant."""
    for key, least in (("shops", 0.0), ("households", 1.0), ("sales", 0.0)):
        if key in entry:
            for number in getattr(spec, key):
                require_number(number, where, key, least, math.inf)
    if 0 < spec.sales[1] < _LEAST_SALES_RMB:
        message = f"{where}: sales is {spec.sales[1]:g}; write RMB a year, such as 12000000."
        raise StudyError(message)
    if "shop_lists" in entry:
        lists = spec.shop_lists
        if len(lists) != _LISTS or not 0 <= lists[-1] <= min(lists) <= _MOST_SHOPS:
            message = (
                f"{where}: write shop_lists as [on the first list, on the second, on both], "
                "with no more on both than on either."
            )
            raise StudyError(message)
    if spec.committee not in {"", "village", "residents"}:
        hint = did_you_mean(spec.committee, ("village", "residents"))
        message = f"{where}: the committee '{spec.committee}' is not known. {hint}"
        raise StudyError(message)


def _with_gazetteer(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill what the study leaves out from the gazetteer, unless the study places it elsewhere."""
    name = entry.get("id")
    known = _known_village(name) if isinstance(name, str) else None
    if known is None:
        return entry
    filled: dict[str, Any] = {
        "name_en": known.name_en,
        "name_zh": known.name_zh,
        "goods": list(known.goods),
        "committee": known.committee,
    }
    if not {"lon", "lat", "boundary"} & entry.keys():
        filled |= {
            "lon": known.lon,
            "lat": known.lat,
            "radius_m": known.radius_m,
            "radius_of_doubt_m": known.radius_of_doubt_m,
        }
    return {**filled, **entry, "id": name if is_id(str(name)) else known.id}


def _known_village(name: str) -> gazetteer.KnownVillage | None:
    try:
        return gazetteer.find_village(name)
    except PlaceNotFoundError:
        return None


def read_market(entry: Mapping[str, Any]) -> MarketSpec:
    """A ``[[market]]``; an id of the gazetteer needs nothing more.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    name = entry.get("id")
    known = gazetteer.markets().get(name) if isinstance(name, str) else None
    placed = {"lon", "lat"} & entry.keys()
    if known is not None and not placed:
        entry = {
            "name_en": known.name_en,
            "name_zh": known.name_zh,
            "goods": list(known.goods),
            "lon": known.lon,
            "lat": known.lat,
            "radius_of_doubt_m": known.radius_of_doubt_m,
            **entry,
        }
    spec = build(MarketSpec, entry, _heading("market", entry))
    require_id(spec.id, "[[market]] id")
    where = f"market '{spec.id}'"
    if known is None and not placed:
        hint = _near(spec.id, gazetteer.markets())
        message = f"{where} is not in the gazetteer and has no lon and lat; add them. {hint}"
        raise StudyError(message.strip())
    require_place(spec.lon, spec.lat, where)
    require_number(spec.radius_of_doubt_m, where, "radius_of_doubt_m", 0, _LARGEST_DOUBT_M)
    return _named(spec)


def gazetteer_markets(villages: Sequence[VillageSpec]) -> tuple[MarketSpec, ...]:
    """Known markets, for a study without any, if one of its villages is of the gazetteer."""
    if not any(_known_village(village.id) for village in villages):
        return ()
    return tuple(read_market({"id": name}) for name in gazetteer.markets())


def read_vehicle(entry: Mapping[str, Any]) -> VehicleSpec:
    """A ``[[vehicle]]``.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    spec = build(VehicleSpec, entry, _heading("vehicle", entry))
    require_id(spec.id, "[[vehicle]] id")
    require_number(spec.clear_width_m, f"vehicle '{spec.id}'", "clear_width_m", 0.1, 50)
    return _named(spec)


def read_rules(table: Mapping[str, Any]) -> tuple[RuleSpec, ...]:
    """Figures that ``[rule.<key>]`` puts in the place of those of the rule book.

    Raises
    ------
    StudyError
        For a rule that there is not, or a figure that cannot be meant.
    """
    specs = []
    for key, entry in table.items():
        where = f"[rule.{key}]"
        named = {**mapping(entry, where), "key": key}
        if "key" in entry:
            message = f"{where} has no key 'key'; the heading names the rule."
            raise StudyError(message)
        spec = build(RuleSpec, named, where)
        require_number(spec.value, where, "value", 0, 1e6)
        if spec.clause and not spec.code:
            message = f"{where} names the clause '{spec.clause}' of no text; add its code."
            raise StudyError(message)
        specs.append(spec)
    changed_rules(specs)
    return tuple(specs)


def read_grid(entry: Mapping[str, Any]) -> GridSpec:
    """``[grid]`` of a study.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    spec = build(GridSpec, entry, "[grid]")
    require_number(spec.cell_m, "[grid]", "cell_m", 50, 20_000)
    require_number(spec.tile_cells, "[grid]", "tile_cells", 0, 1000)
    return spec


def read_assumptions(table: Mapping[str, Any]) -> Assumptions:
    """Assumptions from ``[assumptions]``, whose keys may be grouped in sub-tables of any name.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    flat: dict[str, Any] = {}
    for key, value in table.items():
        for name, number in (value if isinstance(value, dict) else {key: value}).items():
            if name in flat:
                message = f"[assumptions] {plain(name)} stands twice; keep one."
                raise StudyError(message)
            flat[name] = number
    spec = build(Assumptions, flat, "[assumptions]")
    for name in (
        "storeys_low",
        "storeys_high",
        "storey_height_m",
        "sight_line_m",
        "cluster_most_eps_m",
    ):
        require_number(getattr(spec, name), "[assumptions]", name, 0.1, 1000)
    require_number(spec.context_ring_m, "[assumptions]", "context_ring_m", 0, 5000)
    require_number(spec.cluster_eps_m, "[assumptions]", "cluster_eps_m", 0, 1000)
    require_number(spec.facade_error_m, "[assumptions]", "facade_error_m", 0, 5)
    require_number(spec.cluster_min_places, "[assumptions]", "cluster_min_places", 2, 1000)
    for name in ("places_per_house_low", "places_per_house_high"):
        require_number(getattr(spec, name), "[assumptions]", name, 0.001, 100)
    if spec.places_per_house_low > spec.places_per_house_high:
        message = (
            "[assumptions] places_per_house_low is above places_per_house_high; exchange them."
        )
        raise StudyError(message)
    if spec.storeys_low > spec.storeys_high:
        message = "[assumptions] storeys_low is above storeys_high; exchange them."
        raise StudyError(message)
    return spec


_Named = TypeVar("_Named", VillageSpec, MarketSpec, VehicleSpec)


def _named(spec: _Named) -> _Named:
    """Let the other name, or the id, stand in for a name that is missing."""
    name_en = spec.name_en or spec.name_zh or spec.id
    name_zh = spec.name_zh or spec.name_en or spec.id
    return replace(spec, name_en=name_en, name_zh=name_zh)


def _heading(table: str, entry: Mapping[str, Any]) -> str:
    name = entry.get("id")
    return f"[[{table}]] '{name}'" if isinstance(name, str) else f"[[{table}]]"


def _near(word: str, known: Iterable[str]) -> str:
    """Offer of the nearest spelling, but no list of all."""
    hint = did_you_mean(word, known)
    return hint if hint.startswith("Did") else ""

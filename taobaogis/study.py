"""A study: which villages, markets, vehicles and weights, from where; read from TOML.

A study file is written by planners, so everything has a default, and a word that is not known
is refused with the nearest one that is.
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from taobaogis import gazetteer
from taobaogis.errors import PlaceNotFoundError, StudyError, did_you_mean
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "BUILT_IN_STUDIES",
    "Assumptions",
    "CriterionSpec",
    "MarketSpec",
    "SourceSpec",
    "Study",
    "VehicleSpec",
    "VillageSpec",
    "load_study",
    "parse_study",
]

BUILT_IN_STUDIES = ("sample", "guangzhou")
DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DEFAULT_RADIUS_M = 500.0
_LARGEST_RADIUS_M = 20_000.0


@dataclass(frozen=True)
class VillageSpec:
    """One ``[[village]]`` of a study; an id of the gazetteer needs nothing more.

    Attributes
    ----------
    id
        Letters, digits, ``-`` and ``_``; names output files.
    name_en, name_zh
        Shown names; the id stands in for a missing one.
    boundary
        ``"file#id"`` or ``"file"``; a vector file and, in it, the feature with that ``id``.
    lon, lat
        WGS 84 degrees; centre of the circle if there is no boundary.
    radius_m
        Radius of that circle.
    radius_of_doubt_m
        How far the point may be off.
    goods
        What is traded; decides which markets count.
    land_tenure, survey, shops, households, sales
        User's own figures and files, for measures that need them.
    """

    id: str
    name_en: str = ""
    name_zh: str = ""
    boundary: str = ""
    lon: float = math.nan
    lat: float = math.nan
    radius_m: float = _DEFAULT_RADIUS_M
    radius_of_doubt_m: float = 0.0
    goods: tuple[str, ...] = ()
    land_tenure: str = ""
    survey: str = ""
    shops: float = math.nan
    households: float = math.nan
    sales: float = math.nan


@dataclass(frozen=True)
class MarketSpec:
    """One ``[[market]]``: a wholesale market and what it sells. Without goods it sells all."""

    id: str
    name_en: str = ""
    name_zh: str = ""
    goods: tuple[str, ...] = ()
    lon: float = math.nan
    lat: float = math.nan
    radius_of_doubt_m: float = 0.0


@dataclass(frozen=True)
class VehicleSpec:
    """One ``[[vehicle]]``: who wants to pass, and the clear width that takes."""

    id: str
    name_en: str = ""
    name_zh: str = ""
    clear_width_m: float = math.nan


@dataclass(frozen=True)
class SourceSpec:
    """``[source]``: where the layers come from.

    Attributes
    ----------
    osm
        A ``.osm.pbf`` / ``.osm`` file, ``"overpass"``, or ``"sample"``.
    buildings, streets, pois, landuse, transit
        Vector files that take the place of the OSM layer of that name.
    datum
        Datum of those files: ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.
    """

    osm: str = "overpass"
    buildings: str = ""
    streets: str = ""
    pois: str = ""
    landuse: str = ""
    transit: str = ""
    datum: str = "wgs84"


@dataclass(frozen=True)
class CriterionSpec:
    """One ``[[criterion]]`` of the comparison.

    Attributes
    ----------
    indicator
        Key of the indicator that is judged.
    good, bad
        Values that score 1 and 0; between them the score is linear, beyond them it stays.
    weight
        Relative weight; all weights are scaled to sum to 1.
    layer
        Which of the three layers of Lin (2019) it speaks of: production, social or form.
    """

    indicator: str
    good: float
    bad: float
    weight: float = 1.0
    layer: str = "form"


@dataclass(frozen=True)
class Assumptions:
    """``[assumptions]``: numbers that no data gives. Each can be changed in the study.

    Attributes
    ----------
    storeys_low, storeys_high
        Storeys of a house whose levels are not mapped (Lin 2019 saw 5 to 7 floors).
    storey_height_m
        Height of a storey, to turn a mapped height into storeys.
    context_ring_m
        How far around the boundary buildings and streets are read, so that the edge of a
        village is measured like its inside.
    sight_line_m
        How far a façade may be from the centreline before a side of a street counts as open.
    cluster_eps_m, cluster_min_places
        Reach and least size of a cluster of places (DBSCAN).
    """

    storeys_low: float = 3.0
    storeys_high: float = 7.0
    storey_height_m: float = 3.0
    context_ring_m: float = 150.0
    sight_line_m: float = 25.0
    cluster_eps_m: float = 60.0
    cluster_min_places: int = 5


@dataclass(frozen=True)
class Study:
    """All that a run needs to know before it looks at any data.

    Attributes
    ----------
    id, title_en, title_zh
        Name of the study.
    villages, markets, vehicles, criteria
        As in the file, completed from the gazetteer and the defaults.
    source
        Where the layers come from.
    assumptions
        Numbers that no data gives.
    crs
        EPSG code or other text if the user wants a certain CRS; empty to choose by place.
    folder
        What relative paths start from.
    synthetic
        True if the places do not exist; every output says so.
    notes
        Things in the file that this version reads but does not use, in words.
    """

    id: str
    villages: tuple[VillageSpec, ...]
    title_en: str = ""
    title_zh: str = ""
    crs: str = ""
    markets: tuple[MarketSpec, ...] = ()
    vehicles: tuple[VehicleSpec, ...] = ()
    criteria: tuple[CriterionSpec, ...] = ()
    source: SourceSpec = field(default_factory=SourceSpec)
    assumptions: Assumptions = field(default_factory=Assumptions)
    folder: Path = field(default_factory=Path)
    synthetic: bool = False
    notes: tuple[str, ...] = ()

    def path(self, name: str) -> Path:
        """Path of a file that the study names, relative to the study's own folder."""
        return self.folder / Path(name).expanduser()


def load_study(name: str) -> Study:
    """Study by built-in name or path.

    Parameters
    ----------
    name
        ``"sample"``, ``"guangzhou"``, or the path of a TOML file.

    Returns
    -------
    study
        Checked and completed.

    Raises
    ------
    StudyError
        If there is no such study, or the file does not say what it must.
    """
    if name in BUILT_IN_STUDIES:
        path = data_file(f"studies/{name}.toml")
    else:
        path = Path(name).expanduser()
        if path.is_dir() and (path / "study.toml").is_file():
            path /= "study.toml"
        if not path.is_file():
            message = (
                f"There is no study '{name}': give the path of a study.toml, "
                f"or one of the built-in {', '.join(BUILT_IN_STUDIES)}. "
                f"{did_you_mean(name, BUILT_IN_STUDIES)}"
            )
            raise StudyError(message)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name}: cannot be read as UTF-8 text ({error}); save it as UTF-8."
        raise StudyError(message) from error
    return parse_study(text, folder=path.parent, name=path.name)


def parse_study(text: str, *, folder: Path, name: str = "study.toml") -> Study:
    """Study from the text of a TOML file.

    Parameters
    ----------
    text
        TOML.
    folder
        What relative paths in it start from.
    name
        Stands at the head of error messages.

    Returns
    -------
    study
        Checked and completed.

    Raises
    ------
    StudyError
        With the first thing that is wrong and how to mend it.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: not TOML: {error}."
        raise StudyError(message) from error
    try:
        return _study(table, folder)
    except StudyError as error:
        message = f"{name}: {error}"
        raise StudyError(message) from error


_TABLES = ("study", "source", "raster", "village", "market", "vehicle", "assumptions", "criterion")
_LATER = {"raster": "rasters", "change": "what-if changes"}


def _study(table: dict[str, Any], folder: Path) -> Study:
    for key in table:
        if key not in _TABLES and key not in _LATER:
            message = f"[{key}] is not a table of a study. {did_you_mean(key, _TABLES)}"
            raise StudyError(message)
    head = dict(_mapping(table.get("study", {}), "[study]"))
    for key in head:
        known = ("id", "title_en", "title_zh", "crs", "synthetic")
        if key not in known:
            message = f"[study] has no key '{key}'. {did_you_mean(key, known)}"
            raise StudyError(message)
    villages = tuple(_village(entry) for entry in _array(table, "village"))
    if not villages:
        message = "a study needs at least one [[village]] with an id."
        raise StudyError(message)
    _require_unique([v.id for v in villages], "village")
    markets = tuple(_market(e) for e in _array(table, "market")) or _gazetteer_markets(villages)
    _require_unique([m.id for m in markets], "market")
    vehicles = tuple(_build(VehicleSpec, e, "[[vehicle]]") for e in _array(table, "vehicle"))
    for vehicle in vehicles:
        _require_number(vehicle.clear_width_m, f"vehicle '{vehicle.id}'", "clear_width_m", 0.1, 50)
    notes = [
        f"[{key}] is in the study but this version does not use {what} yet"
        for key, what in _LATER.items()
        if key in table
    ]
    source = _build(SourceSpec, _mapping(table.get("source", {}), "[source]"), "[source]")
    if source.datum not in DATUMS:
        message = f"[source] datum '{source.datum}' is not known. {did_you_mean(source.datum, DATUMS)}"
        raise StudyError(message)
    study_id = str(head.get("id", folder.resolve().name.lower() or "study"))
    _require_id(study_id, "[study] id")
    return Study(
        id=study_id,
        title_en=str(head.get("title_en", study_id)),
        title_zh=str(head.get("title_zh", head.get("title_en", study_id))),
        crs=str(head.get("crs", "")),
        synthetic=bool(head.get("synthetic", False)),
        villages=villages,
        markets=markets,
        vehicles=vehicles or default_vehicles(),
        criteria=tuple(_build(CriterionSpec, e, "[[criterion]]") for e in _array(table, "criterion"))
        or default_criteria(),
        source=source,
        assumptions=_assumptions(table.get("assumptions", {})),
        folder=folder,
        notes=tuple(notes),
    )


def _village(entry: Mapping[str, Any]) -> VillageSpec:
    spec = _build(VillageSpec, _with_gazetteer(entry), "[[village]]")
    _require_id(spec.id, "[[village]] id")
    where = f"village '{spec.id}'"
    has_point = not (math.isnan(spec.lon) or math.isnan(spec.lat))
    if not spec.boundary and not has_point:
        hint = did_you_mean(spec.id, gazetteer.villages())
        message = (
            f"{where} is not in the gazetteer and has neither a boundary nor lon and lat; "
            f"add one of them. {hint}"
        )
        raise StudyError(message)
    if has_point:
        _require_number(spec.lon, where, "lon", -180, 180)
        _require_number(spec.lat, where, "lat", -90, 90)
    _require_number(spec.radius_m, where, "radius_m", 1, _LARGEST_RADIUS_M)
    _require_number(spec.radius_of_doubt_m, where, "radius_of_doubt_m", 0, 1e5)
    return _named(spec)


def _with_gazetteer(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill what the study leaves out from the gazetteer, unless the study places it elsewhere."""
    name = entry.get("id")
    if not isinstance(name, str):
        return entry
    try:
        known = gazetteer.find_village(name)
    except PlaceNotFoundError:
        return entry
    filled: dict[str, Any] = {
        "name_en": known.name_en,
        "name_zh": known.name_zh,
        "goods": list(known.goods),
    }
    if not {"lon", "lat", "boundary"} & entry.keys():
        filled |= {
            "lon": known.lon,
            "lat": known.lat,
            "radius_m": known.radius_m,
            "radius_of_doubt_m": known.radius_of_doubt_m,
        }
    return {**filled, **entry, "id": name if _ID.fullmatch(name) else known.id}


def _market(entry: Mapping[str, Any]) -> MarketSpec:
    name = entry.get("id")
    known = gazetteer.markets().get(name) if isinstance(name, str) else None
    if known is not None and not {"lon", "lat"} & entry.keys():
        entry = {
            "name_en": known.name_en,
            "name_zh": known.name_zh,
            "goods": list(known.goods),
            "lon": known.lon,
            "lat": known.lat,
            "radius_of_doubt_m": known.radius_of_doubt_m,
            **entry,
        }
    spec = _build(MarketSpec, entry, "[[market]]")
    _require_id(spec.id, "[[market]] id")
    where = f"market '{spec.id}'"
    _require_number(spec.lon, where, "lon", -180, 180)
    _require_number(spec.lat, where, "lat", -90, 90)
    _require_number(spec.radius_of_doubt_m, where, "radius_of_doubt_m", 0, 1e5)
    return _named(spec)


def _gazetteer_markets(villages: Sequence[VillageSpec]) -> tuple[MarketSpec, ...]:
    """Known markets, for a study without any, if one of its villages is of the gazetteer."""
    if not any(village.id in gazetteer.villages() for village in villages):
        return ()
    return tuple(_market({"id": name}) for name in gazetteer.markets())


def default_vehicles() -> tuple[VehicleSpec, ...]:
    with data_file("vehicles.toml").open("rb") as stream:
        table = tomllib.load(stream)
    return tuple(_build(VehicleSpec, e, "vehicles.toml") for e in table["vehicle"])


def default_criteria() -> tuple[CriterionSpec, ...]:
    with data_file("criteria.toml").open("rb") as stream:
        table = tomllib.load(stream)
    known = {f.name for f in fields(CriterionSpec)}
    return tuple(
        _build(CriterionSpec, {k: v for k, v in e.items() if k in known}, "criteria.toml")
        for e in table["criterion"]
    )


def _assumptions(table: object) -> Assumptions:
    """Assumptions from ``[assumptions]``, whose keys may be grouped in sub-tables of any name."""
    flat: dict[str, Any] = {}
    for key, value in _mapping(table, "[assumptions]").items():
        if isinstance(value, dict):
            flat |= value
        else:
            flat[key] = value
    spec = _build(Assumptions, flat, "[assumptions]")
    for name in ("storeys_low", "storeys_high", "storey_height_m", "sight_line_m", "cluster_eps_m"):
        _require_number(getattr(spec, name), "[assumptions]", name, 0.1, 1000)
    _require_number(spec.context_ring_m, "[assumptions]", "context_ring_m", 0, 5000)
    _require_number(spec.cluster_min_places, "[assumptions]", "cluster_min_places", 2, 1000)
    if spec.storeys_low > spec.storeys_high:
        message = "[assumptions] storeys_low is above storeys_high; exchange them."
        raise StudyError(message)
    return spec


_Spec = TypeVar("_Spec")


def _build(kind: type[_Spec], entry: Mapping[str, Any], where: str) -> _Spec:
    """Instance of a frozen dataclass from a TOML table, every key and type checked."""
    known: dict[str, Field[Any]] = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in known:
            message = f"{where} has no key '{key}'. {did_you_mean(key, known)}"
            raise StudyError(message)
        values[key] = _typed(value, hints[key], f"{where} {key}")
    for name, spec in known.items():
        if name not in values and spec.default is MISSING and spec.default_factory is MISSING:
            message = f"{where} lacks '{name}'; add it."
            raise StudyError(message)
    return kind(**values)


def _typed(value: object, wanted: object, where: str) -> object:
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if wanted is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if wanted is str and isinstance(value, str):
        return value
    if wanted == tuple[str, ...]:
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    words = {float: "a number", int: "a whole number", str: "text in quotation marks"}
    name = words.get(wanted, 'a list such as ["clothing"]')  # type: ignore[call-overload]
    message = f"{where} is {value!r}; write {name}."
    raise StudyError(message)


_Named = TypeVar("_Named", VillageSpec, MarketSpec)


def _named(spec: _Named) -> _Named:
    """Let the other name, or the id, stand in for a name that is missing."""
    name_en = spec.name_en or spec.name_zh or spec.id
    name_zh = spec.name_zh or spec.name_en or spec.id
    values = {f.name: getattr(spec, f.name) for f in fields(spec)}
    return type(spec)(**{**values, "name_en": name_en, "name_zh": name_zh})


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        message = f"{where} must be a table; write its keys below the heading {where}."
        raise StudyError(message)
    return value


def _array(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = table.get(key, [])
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return value
    message = f"[{key}] must be written [[{key}]], once for each."
    raise StudyError(message)


def _require_id(name: str, where: str) -> None:
    if not _ID.fullmatch(name):
        message = (
            f"{where} '{name}' names files, so it may hold only small letters, digits, "
            "'-' and '_', begin with a letter or digit, and have at most 64 of them."
        )
        raise StudyError(message)


def _require_unique(names: Sequence[str], what: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        message = f"the {what} id '{sorted(twice)[0]}' stands twice; give each its own."
        raise StudyError(message)


def _require_number(value: float, where: str, key: str, low: float, high: float) -> None:
    if not low <= value <= high:
        shown = "missing" if math.isnan(value) else f"{value:g}"
        message = f"{where}: {key} is {shown}; write a number from {low:g} to {high:g}."
        raise StudyError(message)

"""A study: which villages, markets, vehicles and weights, from where; read from TOML.

A study file is written by planners, so everything has a default, and a word that is not known
is refused with the nearest one that is.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taobaogis.errors import StudyError, did_you_mean
from taobaogis.resources import data_file
from taobaogis.study_changes import read_change
from taobaogis.study_criteria import default_criteria, read_comparison, read_criterion
from taobaogis.study_entries import (
    gazetteer_markets,
    read_assumptions,
    read_grid,
    read_market,
    read_raster_files,
    read_rules,
    read_source,
    read_vehicle,
    read_village,
)
from taobaogis.study_spec import (
    DATUMS,
    Assumptions,
    ChangeSpec,
    ComparisonSpec,
    CriterionSpec,
    MarketSpec,
    PairSpec,
    RasterSpec,
    RuleSpec,
    SourceSpec,
    Study,
    VehicleSpec,
    VillageSpec,
)
from taobaogis.study_table import (
    array_of_tables,
    build,
    is_id,
    mapping,
    require_id,
    require_unique,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BUILT_IN_STUDIES",
    "DATUMS",
    "Assumptions",
    "ChangeSpec",
    "ComparisonSpec",
    "CriterionSpec",
    "MarketSpec",
    "PairSpec",
    "RasterSpec",
    "RuleSpec",
    "SourceSpec",
    "Study",
    "VehicleSpec",
    "VillageSpec",
    "default_criteria",
    "default_vehicles",
    "load_study",
    "parse_study",
]

BUILT_IN_STUDIES = ("sample", "guangzhou")

_TABLES = (
    "study", "source", "raster", "village", "market", "vehicle", "assumptions", "criterion",
    "comparison", "rule", "change", "grid",
)  # fmt: skip


@dataclass(frozen=True)
class _Head:
    """``[study]``."""

    id: str = ""
    title_en: str = ""
    title_zh: str = ""
    crs: str = ""
    synthetic: bool = False


def load_study(name: str) -> Study:
    """Study by built-in name or path.

    Parameters
    ----------
    name
        ``"sample"``, ``"guangzhou"``, the path of a TOML file, or of a folder with a
        ``study.toml`` in it.

    Returns
    -------
    study
        Checked and completed.

    Raises
    ------
    StudyError
        If there is no such study, or the file does not say what it must.
    """
    path = data_file(f"studies/{name}.toml") if name in BUILT_IN_STUDIES else _file_of(name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name} cannot be read as UTF-8 text ({error}); save it as UTF-8."
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

    Examples
    --------
    >>> parse_study("village = [{id = 'lirendong'}]", folder=Path()).villages[0].name_zh
    '里仁洞'
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a TOMLDecodeError, or a number beyond any
        message = f"{name} is not TOML: {error}; mend that place."
        raise StudyError(message) from error
    try:
        return _study(table, folder)
    except StudyError as error:
        message = f"{name}: {error}"
        raise StudyError(message) from error


def default_vehicles() -> tuple[VehicleSpec, ...]:
    """Vehicles of a study that names none (``data/vehicles.toml``)."""
    return tuple(build(VehicleSpec, e, "vehicles.toml") for e in _shipped("vehicles", "vehicle"))


def _file_of(name: str) -> Path:
    try:
        path = Path(name).expanduser()
        if path.is_dir():
            path /= "study.toml"
        found = path.is_file()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL in it, an unknown ~user
        found = False
    if not found:
        message = (
            f"There is no study '{name}'; give the path of a study.toml or the name of a "
            f"built-in one. {did_you_mean(name, BUILT_IN_STUDIES)}"
        )
        raise StudyError(message)
    return path


def _study(table: Mapping[str, Any], folder: Path) -> Study:
    for key in table:
        if key not in _TABLES:
            message = f"[{key}] is not a table of a study. {did_you_mean(key, _TABLES)}"
            raise StudyError(message)
    head = _head(mapping(table.get("study", {}), "[study]"), folder)
    villages = tuple(read_village(entry) for entry in array_of_tables(table, "village"))
    grid = read_grid(mapping(table["grid"], "[grid]")) if "grid" in table else None
    if not villages and grid is None:
        message = "a study needs at least one [[village]] with an id, or a [grid]."
        raise StudyError(message)
    markets = tuple(read_market(entry) for entry in array_of_tables(table, "market"))
    vehicles = tuple(read_vehicle(entry) for entry in array_of_tables(table, "vehicle"))
    for what, specs in (("village", villages), ("market", markets), ("vehicle", vehicles)):
        require_unique([spec.id for spec in specs], what)
    criteria = tuple(read_criterion(entry) for entry in array_of_tables(table, "criterion"))
    require_unique([criterion.indicator for criterion in criteria], "criterion")
    if criteria and not any(criterion.weight for criterion in criteria):
        message = "every [[criterion]] has weight 0; give at least one a weight above it."
        raise StudyError(message)
    return Study(
        id=head.id,
        title_en=head.title_en,
        title_zh=head.title_zh,
        crs=head.crs,
        synthetic=head.synthetic,
        villages=villages,
        grid=grid,
        markets=markets or gazetteer_markets(villages),
        vehicles=vehicles or default_vehicles(),
        criteria=criteria or default_criteria(),
        changes=tuple(read_change(entry) for entry in array_of_tables(table, "change")),
        comparison=read_comparison(mapping(table.get("comparison", {}), "[comparison]")),
        source=read_source(mapping(table.get("source", {}), "[source]")),
        raster=read_raster_files(mapping(table.get("raster", {}), "[raster]")),
        assumptions=read_assumptions(mapping(table.get("assumptions", {}), "[assumptions]")),
        rules=read_rules(mapping(table.get("rule", {}), "[rule]")),
        folder=folder,
    )


def _head(entry: Mapping[str, Any], folder: Path) -> _Head:
    crs = entry.get("crs")
    if isinstance(crs, int) and not isinstance(crs, bool):
        entry = {**entry, "crs": f"EPSG:{crs}"}
    head = build(_Head, entry, "[study]")
    if "id" in entry:
        require_id(head.id, "[study] id")
        study_id = head.id
    else:
        name = folder.resolve().name.lower()
        study_id = name if is_id(name) else "study"
    title = head.title_en or head.title_zh or study_id
    return replace(head, id=study_id, title_en=title, title_zh=head.title_zh or title)


def _shipped(name: str, key: str) -> list[dict[str, Any]]:
    with data_file(f"{name}.toml").open("rb") as stream:
        entries: list[dict[str, Any]] = tomllib.load(stream)[key]
    return entries

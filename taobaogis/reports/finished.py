"""Finished runs, read back from their tables and manifests to be compared with one another."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

from taobaogis.errors import InputError, StudyError
from taobaogis.indicators import Grade, Indicator, Words, definitions
from taobaogis.maps.model import Label
from taobaogis.provenance import Provenance
from taobaogis.reports.content import Report, ReportVillage, Source, sources_of
from taobaogis.reports.summary import name_of
from taobaogis.reports.tables import INDICATOR_COLUMNS
from taobaogis.study import ComparisonSpec, default_criteria
from taobaogis.study_criteria import read_comparison, read_criterion
from taobaogis.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from taobaogis.compare.ranking import Comparison
    from taobaogis.study import CriterionSpec

__all__ = ["FinishedRuns", "finished_report", "read_indicators", "read_runs"]

_TITLE = Label("Villages of several runs", "多次测算的村庄")


@dataclass(frozen=True)
class FinishedRuns:
    """What runs left behind.

    Attributes
    ----------
    indicators
        By village and key, as from `read_indicators`.
    names
        Of the villages.
    criteria, spec
        What the runs were judged by; the defaults if they do not agree.
    agreed
        Whether they do.
    title
        Of the study, or of the comparison of several.
    sources, notes, attribution, synthetic
        Of all of them.
    """

    indicators: Mapping[str, Mapping[str, Indicator]]
    names: Mapping[str, Label]
    criteria: tuple[CriterionSpec, ...]
    spec: ComparisonSpec
    agreed: bool
    title: Label
    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    attribution: str
    synthetic: bool


def read_runs(folders: Iterable[Path]) -> FinishedRuns:
    """Indicators of finished runs, with the names, criteria and sources of their manifests.

    Parameters
    ----------
    folders
        Folders of finished runs.

    Returns
    -------
    runs
        Each village is called as `read_indicators` calls it.

    Raises
    ------
    InputError
        If a folder holds no run, or a file of it is not what a run writes.
    """
    folders = list(folders)
    indicators = read_indicators(folders)
    records = [_manifest(folder) for folder in folders]
    names: dict[str, Label] = {}
    for folder, record in zip(folders, records, strict=True):
        for village in record["study"]["villages"]:
            called = village["id"] if len(folders) == 1 else f"{folder.name}/{village['id']}"
            names[called] = name_of(village["name_en"], village["name_zh"], village["id"])
    judged = [(record["study"]["criteria"], record["study"]["comparison"]) for record in records]
    agreed = all(one == judged[0] for one in judged)
    criteria, spec = _judged_by(*judged[0]) if agreed else (default_criteria(), ComparisonSpec())
    study = records[0]["study"]
    said = [record["attribution"] for record in records if record["attribution"]]
    return FinishedRuns(
        indicators,
        {key: names.get(key, Label.same(key)) for key in indicators},
        criteria,
        spec,
        agreed,
        Label(study["title_en"], study["title_zh"]) if len(records) == 1 else _TITLE,
        tuple(dict.fromkeys(s for record in records for s in _sources(record))),
        tuple(dict.fromkeys(note for record in records for note in record["notes"])),
        "; ".join(dict.fromkeys(said)),
        any(record["synthetic"] for record in records),
    )


def finished_report(runs: FinishedRuns, comparison: Comparison) -> Report:
    """Report that compares the villages of finished runs.

    Parameters
    ----------
    runs
        From `read_runs`.
    comparison
        Of its villages.

    Returns
    -------
    report
        Without maps and rule books, which stay with the runs.
    """
    order = [score.village for score in comparison.villages]
    return Report(
        title=runs.title,
        villages={key: ReportVillage(key, runs.names[key], runs.indicators[key]) for key in order},
        comparison=comparison,
        sources=runs.sources,
        notes=runs.notes,
        attribution=runs.attribution,
        synthetic=runs.synthetic,
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        study = record["study"]
        for key in ("title_en", "title_zh", "criteria", "comparison"):
            study[key]
        for village in study["villages"]:
            village["id"] + village["name_en"] + village["name_zh"]
        "".join([record["attribution"], *record["notes"]])
        record["sources"].items(), record["synthetic"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        message = (
            f"the manifest in '{plain(folder.name)}' cannot be read ({plain(str(error))}); make "
            "the run again."
        )
        raise InputError(message) from error
    return record


def _judged_by(
    criteria: list[dict[str, Any]], comparison: dict[str, Any]
) -> tuple[tuple[CriterionSpec, ...], ComparisonSpec]:
    try:
        table = {key: value for key, value in comparison.items() if key != "pairs"}
        table |= {"pair": comparison["pairs"], "needs": dict(comparison["needs"])}
        return tuple(read_criterion(entry) for entry in criteria), read_comparison(table)
    except (StudyError, ValueError, LookupError, TypeError, AttributeError) as error:
        message = f"the criteria in a manifest cannot be read ({plain(str(error))}); run it again."
        raise InputError(message) from error


def _sources(record: dict[str, Any]) -> tuple[Source, ...]:
    try:
        return sources_of({k: Provenance.from_dict(v) for k, v in record["sources"].items()})
    except (AttributeError, TypeError) as error:
        message = f"the sources in a manifest cannot be read ({plain(str(error))}); run it again."
        raise InputError(message) from error


def read_indicators(folders: Iterable[Path]) -> dict[str, dict[str, Indicator]]:
    """Indicators by village of one or several runs.

    Parameters
    ----------
    folders
        Folders of finished runs.

    Returns
    -------
    indicators
        By ``village``, or by ``folder/village`` where several folders were given.

    Raises
    ------
    InputError
        If a folder holds no run, or its table is not what a run writes.
    """
    folders = list(folders)
    found: dict[str, dict[str, Indicator]] = {}
    for folder in folders:
        path = folder / "indicators.csv"
        if not path.is_file():
            message = f"'{folder}' holds no indicators.csv; give the folder of a finished run."
            raise InputError(message)
        for line, row in enumerate(_rows(path), start=2):
            try:
                village, indicator = row["village"], _indicator(row)
            except (ValueError, LookupError, TypeError) as error:  # TypeError: a cell is missing
                message = f"'{path}' line {line}: {plain(str(error))}; make the run again."
                raise InputError(message) from error
            called = village if len(folders) == 1 else f"{folder.name}/{village}"
            found.setdefault(called, {})[indicator.key] = indicator
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            rows = list(reader)
    except (OSError, ValueError, csv.Error) as error:
        message = f"'{path}' cannot be read ({plain(str(error))}); make the run again."
        raise InputError(message) from error
    if tuple(reader.fieldnames or ()) != INDICATOR_COLUMNS:
        message = f"'{path}' does not have the columns of a run; make the run again."
        raise InputError(message)
    return rows


def _indicator(row: dict[str, str]) -> Indicator:
    if row["grade"] not in get_args(Grade):
        message = f"'{row['grade']}' is not a grade"
        raise ValueError(message)
    if row["indicator"] not in definitions():
        message = f"'{row['indicator']}' is not an indicator"
        raise ValueError(message)
    value, low, high = (float(row[c]) if row[c] else None for c in ("value", "low", "high"))
    if not all(math.isfinite(v) for v in (value, low, high) if v is not None):
        message = "a value is not a finite number"
        raise ValueError(message)
    return Indicator(
        key=row["indicator"],
        value=value,
        low=low,
        high=high,
        grade=cast("Grade", row["grade"]),
        n=int(row["n"]),
        method=row["method"],
        source=row["source"],
        reason=Words(row["reason"], row["reason_zh"]),
    )

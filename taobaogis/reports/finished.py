"""Indicators of finished runs, read back from their tables."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, cast, get_args

from taobaogis.errors import InputError
from taobaogis.indicators import Grade, Indicator, Words, definitions
from taobaogis.reports.tables import INDICATOR_COLUMNS
from taobaogis.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["read_indicators"]


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

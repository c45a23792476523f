"""Cells of a layer in words, in both languages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from taobaogis.maps.model import Field, MapLayer

__all__ = ["cell_text", "name_pairs", "numbers", "value_pairs"]

THIN_SPACE = "\u2009"


def cell_text(value: object) -> str:
    """Word of a cell; lists are joined, what is missing is empty.

    Examples
    --------
    >>> cell_text(["shoes", "bags"])
    'shoes, bags'
    >>> cell_text(float("nan"))
    ''
    """
    if isinstance(value, (list, tuple, set, np.ndarray)):
        return ", ".join(str(item) for item in value)
    missing = value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))
    return "" if missing else str(value).strip()


def name_pairs(layer: MapLayer) -> list[tuple[str, str]]:
    """English and Chinese name of each feature; both empty if it has none.

    Parameters
    ----------
    layer
        One that may say which columns hold the names.

    Returns
    -------
    pairs
        One a feature; where one name is missing the other stands in.
    """
    if layer.named_by is None:
        return [("", "")] * len(layer.features)
    columns = (layer.features[column] for column in layer.named_by)
    pairs = ((cell_text(en), cell_text(zh)) for en, zh in zip(*columns, strict=True))
    return [(en or zh, zh or en) for en, zh in pairs]


def numbers(line: Field, values: pd.Series) -> list[float | int | None]:
    """Numbers of a column as they are shown: scaled, rounded, None where there is none."""
    decimals = line.decimals or 0
    scaled = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float) * line.factor
    return [
        None if not math.isfinite(v) else round(v, decimals) if decimals else round(v)
        for v in scaled.tolist()
    ]


def value_pairs(line: Field, values: pd.Series) -> list[tuple[str, str]]:
    """English and Chinese text of each cell with its unit; empty where there is no value.

    Parameters
    ----------
    line
        Says the digits, the unit or what coded words mean.
    values
        Column of the layer.
    """
    if line.decimals is None:
        texts = [cell_text(value) for value in values]
        return [(line.words[t].en, line.words[t].zh) if t in line.words else (t, t) for t in texts]
    shown = [
        "" if v is None else f"{v:,.{line.decimals}f}".replace(",", THIN_SPACE)
        for v in numbers(line, values)
    ]
    return [
        (f"{t} {line.unit.en}".strip(), f"{t} {line.unit.zh}".strip()) if t else ("", "")
        for t in shown
    ]

"""The one width to use for each street: the best of what is known, and where it comes from.

Six rungs, the first that holds counts:

=============  =====  =================================================================
width_source   grade  what the width is
=============  =====  =================================================================
``surveyed``   A      measured on the ground
``tagged``     B      the ``width`` on the map
``measured``   B      median distance from façade to façade
``estimated``  C      the ``est_width`` on the map
``lanes``      C      the lanes on the map times the width of one
``class``      D      what a street of its class commonly has
=============  =====  =================================================================

All but ``measured`` are widths of the carriageway, as far as the map is used as it is meant;
``measured`` is from wall to wall. The two are different things, so the measured one stands in
columns of its own as well (`taobaogis.form.width`) and nothing is lost.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WIDTH_GRADES", "ClassWidth", "class_widths", "width_ladder"]

SURVEYED, TAGGED, MEASURED, ESTIMATED, LANES, CLASS, UNKNOWN = (
    "surveyed", "tagged", "measured", "estimated", "lanes", "class", "",
)  # fmt: skip

WIDTH_GRADES: Mapping[str, str] = {
    SURVEYED: "A", TAGGED: "B", MEASURED: "B", ESTIMATED: "C", LANES: "C", CLASS: "D",
    UNKNOWN: "NA",
}  # fmt: skip

_LINK = "_link"


@dataclass(frozen=True)
class ClassWidth:
    """Width that stands in, in metres, and the range within which it commonly lies."""

    width_m: float
    low_m: float
    high_m: float
    status: str
    source: str


@cache
def class_widths() -> Mapping[str, ClassWidth]:
    """Widths by class of street, and of one lane as ``lane`` (``data/street_widths.toml``)."""
    with data_file("street_widths.toml").open("rb") as stream:
        table = tomllib.load(stream)
    entries = {"lane": table["lane"], **table["class"]}
    return {key: ClassWidth(**entry) for key, entry in entries.items()}


def width_ladder(streets: pd.DataFrame, facade_width_m: pd.Series) -> pd.DataFrame:
    """Best known width of each street.

    Parameters
    ----------
    streets
        Columns ``width_survey_m``, ``width_tag_m``, ``est_width_m``, ``lanes`` and ``highway``;
        each may be missing. Numbers that are NaN, 0 or less are unknown.
    facade_width_m
        Median width from façade to façade, on the index of `streets`; NaN where there is none.

    Returns
    -------
    widths
        On the index of `streets`: ``width_m``; ``width_low_m`` and ``width_high_m``, which
        differ from it only on the last two rungs; ``width_source`` and ``width_grade``, as
        above. A street on no rung has NaN, an empty source and the grade ``NA``.

    Examples
    --------
    >>> streets = pd.DataFrame({"highway": ["footway", "primary"], "lanes": [None, 4]})
    >>> found = width_ladder(streets, pd.Series([1.6, None]))
    >>> found[["width_m", "width_low_m", "width_source", "width_grade"]]
       width_m  width_low_m width_source width_grade
    0      1.6          1.6     measured           B
    1     13.0         11.0        lanes           C
    """
    lane = class_widths()["lane"]
    lanes = _known(streets, "lanes")
    kinds = _classes(streets)
    rungs = {
        SURVEYED: [_known(streets, "width_survey_m")] * 3,
        TAGGED: [_known(streets, "width_tag_m")] * 3,
        MEASURED: [facade_width_m.to_numpy(dtype=float)] * 3,
        ESTIMATED: [_known(streets, "est_width_m")] * 3,
        LANES: [lanes * size for size in (lane.width_m, lane.low_m, lane.high_m)],
        CLASS: [
            np.array([getattr(kind, size) if kind else np.nan for kind in kinds], dtype=float)
            for size in ("width_m", "low_m", "high_m")
        ],
    }
    width, low, high = (np.full(len(streets), np.nan) for _ in range(3))
    source = np.full(len(streets), UNKNOWN, dtype=object)
    for name, sizes in rungs.items():
        here = np.isnan(width) & np.isfinite(sizes[0])
        source[here] = name
        for column, size in zip((width, low, high), sizes, strict=True):
            column[here] = size[here]
    grades = [WIDTH_GRADES[name] for name in source]
    return pd.DataFrame(
        {
            "width_m": width,
            "width_low_m": low,
            "width_high_m": high,
            "width_source": pd.Series(source, index=streets.index, dtype="str"),
            "width_grade": pd.Series(grades, index=streets.index, dtype="str"),
        },
        index=streets.index,
    )


def _known(streets: pd.DataFrame, column: str) -> np.ndarray:
    if column not in streets:
        return np.full(len(streets), np.nan)
    numbers = pd.to_numeric(streets[column], errors="coerce").to_numpy(dtype=float)
    return np.where(np.isfinite(numbers) & (numbers > 0), numbers, np.nan)


def _classes(streets: pd.DataFrame) -> list[ClassWidth | None]:
    if "highway" not in streets:
        return [None] * len(streets)
    known = {key: width for key, width in class_widths().items() if key not in {"lane", "link"}}
    link = class_widths()["link"]
    return [
        link if str(kind).endswith(_LINK) else known.get(str(kind)) for kind in streets["highway"]
    ]

"""``[[change]]`` of a study: what to put into the data, or take out of them, for a what-if."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from taobaogis.errors import StudyError, did_you_mean
from taobaogis.resources import data_file
from taobaogis.study_spec import CHANGES, ChangeSpec
from taobaogis.study_table import build, require_number, require_place

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_change"]

_AT_A_POINT = ("add_stop", "add_place", "remove_house")
_ALONG_A_LINE = ("add_street", "widen_lane")
_WALKING = "walking"


def read_change(entry: Mapping[str, Any]) -> ChangeSpec:
    """A ``[[change]]``.

    Parameters
    ----------
    entry
        The table.

    Returns
    -------
    change
        With all that its kind needs.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    line = entry.get("line", [])
    rest = {key: value for key, value in entry.items() if key != "line"}
    kind = entry.get("do")
    where = f"change '{kind}'" if isinstance(kind, str) else "[[change]]"
    spec = build(ChangeSpec, rest, where)
    if spec.do not in CHANGES:
        message = f"[[change]] do '{spec.do}' is not a change. {did_you_mean(spec.do, CHANGES)}"
        raise StudyError(message)
    if spec.do in _ALONG_A_LINE:
        return _along(spec, _line(line, where), where)
    if line:
        message = f"{where} is at a point; write lon and lat instead of line."
        raise StudyError(message)
    if math.isnan(spec.lon) or math.isnan(spec.lat):
        message = f"{where} lacks lon or lat; add them."
        raise StudyError(message)
    require_place(spec.lon, spec.lat, where)
    if spec.do == "add_place":
        _require_known(spec.category, _names("poi_categories.toml"), f"{where} category")
    if spec.do == "add_stop":
        modes = tuple(name for name in _names("transit_modes.toml") if name != _WALKING)
        _require_known(spec.mode, modes, f"{where} mode")
    return spec


def _along(spec: ChangeSpec, line: tuple[tuple[float, float], ...], where: str) -> ChangeSpec:
    if not (math.isnan(spec.lon) and math.isnan(spec.lat)):
        message = f"{where} runs along a line; write line instead of lon and lat."
        raise StudyError(message)
    for lon, lat in line:
        require_place(lon, lat, where)
    if spec.do == "widen_lane" or not math.isnan(spec.width_m):
        require_number(spec.width_m, where, "width_m", 0.5, 60)
    return ChangeSpec(spec.do, line=line, width_m=spec.width_m, highway=spec.highway,
                      name=spec.name)  # fmt: skip


def _line(value: object, where: str) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    for point in value if isinstance(value, list) else ():
        good = isinstance(point, list) and len(point) == 2  # noqa: PLR2004 - lon and lat
        if not good or not all(
            isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n)
            for n in point
        ):
            break
        points.append((float(point[0]), float(point[1])))
    else:
        if len(set(points)) >= 2:  # noqa: PLR2004 - a line has two ends
            return tuple(points)
    message = (
        f"{where} needs a line; write line = [[lon, lat], [lon, lat]] with two points or more."
    )
    raise StudyError(message)


def _require_known(name: str, known: tuple[str, ...], where: str) -> None:
    if name not in known:
        shown = f"'{name}' is not known" if name else "is missing"
        message = f"{where} {shown}. {did_you_mean(name, known)}"
        raise StudyError(message)


@cache
def _names(file: str) -> tuple[str, ...]:
    with data_file(file).open("rb") as stream:
        return tuple(tomllib.load(stream))

"""TOML tables into frozen values, every key, type and bound checked, with errors that mend."""

from __future__ import annotations

import math
import re
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from taobaogis.errors import StudyError, did_you_mean
from taobaogis.texts import plain, showable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "array_of_tables",
    "build",
    "is_id",
    "mapping",
    "require_id",
    "require_number",
    "require_place",
    "require_unique",
]

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SEVERAL_WORDS = re.compile(r"[,;|\uff0c\uff1b\u3001]")  # and the Chinese comma, stop, list mark

_Spec = TypeVar("_Spec")

_NULL_ISLAND_DEG = 0.01
_LONGEST_TEXT = 4000  # a path
_SURELY_METRES = 1000.0


def build(kind: type[_Spec], entry: Mapping[str, Any], where: str) -> _Spec:
    """Instance of a frozen dataclass from a TOML table.

    Parameters
    ----------
    kind
        Dataclass whose fields are text, numbers, booleans or tuples of text.
    entry
        The table.
    where
        What the table is called in messages.

    Returns
    -------
    value
        Fields that the table leaves out keep their default.

    Raises
    ------
    StudyError
        For a key that is not known, a value of another type, or a missing key.
    """
    known: dict[str, Field[Any]] = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in known:
            hint = did_you_mean(key[:80], known)
            message = f"{plain(where)} has no key '{plain(key)}'. {hint}"
            raise StudyError(message)
        values[key] = _typed(value, hints[key], f"{where} {key}")
    for name, spec in known.items():
        if name not in values and spec.default is MISSING and spec.default_factory is MISSING:
            message = f"{where} lacks '{name}'; add it."
            raise StudyError(message)
    return kind(**values)


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """Value that must be a table.

    Raises
    ------
    StudyError
        If it is something else.
    """
    if not isinstance(value, dict):
        message = f"{where} must be a table; write its keys below the heading {where}."
        raise StudyError(message)
    return value


def array_of_tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Entries written ``[[key]]``; none if there is no such heading.

    Raises
    ------
    StudyError
        If the heading is written ``[key]``, or the key holds something else.
    """
    value = table.get(key, [])
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return value
    message = f"[{key}] must be written [[{key}]], once for each."
    raise StudyError(message)


def is_id(name: str) -> bool:
    """Whether a name can stand in file names on every system."""
    return _ID.fullmatch(name) is not None


def require_id(name: str, where: str) -> None:
    """Raise unless a name can stand in file names.

    Raises
    ------
    StudyError
        Saying which letters may be used.
    """
    if not is_id(name):
        message = (
            f"{where} '{plain(name)}' names files, so it may hold only small letters, digits, "
            "'-' and '_', begin with a letter or digit, and have at most 64 of them."
        )
        raise StudyError(message)


def require_unique(names: Sequence[str], what: str) -> None:
    """Raise if a name stands twice.

    Raises
    ------
    StudyError
        Naming the first of them.
    """
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        message = f"the {what} id '{plain(min(twice))}' stands twice; give each its own."
        raise StudyError(message)


def require_number(value: float, where: str, key: str, low: float, high: float) -> None:
    """Raise unless a number lies between two bounds, both included.

    Raises
    ------
    StudyError
        Naming the number, or calling it missing if it is NaN.
    """
    if not low <= value <= high:
        shown = "missing" if math.isnan(value) else f"{value:g}"
        message = f"{where}: {key} is {shown}; write a number from {low:g} to {high:g}."
        raise StudyError(message)


def require_place(lon: float, lat: float, where: str) -> None:
    """Raise unless longitude and latitude are a place on Earth.

    Raises
    ------
    StudyError
        For a number out of range; says so if the two look exchanged, like metres, or are the
        0, 0 of a missing place.
    """
    if max(abs(lon), abs(lat)) < _NULL_ISLAND_DEG:
        message = f"{where}: lon and lat are {lon:g} and {lat:g}, which is no place; fill them in."
        raise StudyError(message)
    if min(abs(lon), abs(lat)) > _SURELY_METRES:
        message = (
            f"{where}: lon {lon:.0f} and lat {lat:.0f} are metres of a grid; write WGS 84 degrees."
        )
        raise StudyError(message)
    if abs(lat) > 90 >= abs(lon) and abs(lat) <= 180:  # noqa: PLR2004 - degrees of a globe
        message = f"{where}: lon is {lon:g} and lat is {lat:g}; exchange them."
        raise StudyError(message)
    require_number(lon, where, "lon", -180, 180)
    require_number(lat, where, "lat", -90, 90)


def _typed(value: object, wanted: object, where: str) -> object:
    read, form = _FORMS[wanted]
    typed = read(value)
    if typed is None:
        message = f"{plain(where)} is {_shown(value)}; write {form}."
        raise StudyError(message)
    for text in typed if isinstance(typed, tuple) else (typed,):
        if isinstance(text, str) and (showable(text) != text or len(text) > _LONGEST_TEXT):
            message = (
                f"{plain(where)} '{plain(text)}' is longer than {_LONGEST_TEXT:,} letters or holds "
                "line breaks, or characters that cannot be shown; remove them."
            )
            raise StudyError(message)
    return typed


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _numbers(value: object) -> tuple[float, ...] | None:
    if not isinstance(value, list):
        return None
    numbers = tuple(number for number in map(_number, value) if number is not None)
    return numbers if len(numbers) == len(value) else None


def _bounds(value: object) -> tuple[float, float] | None:
    numbers = _numbers(value if isinstance(value, list) else [value])
    if numbers is None or not 1 <= len(numbers) <= 2 or numbers[0] > numbers[-1]:  # noqa: PLR2004
        return None
    return numbers[0], numbers[-1]


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _words(value: object) -> tuple[str, ...] | None:
    """List of words; one word may stand alone, but not several in one string."""
    if isinstance(value, str) and not _SEVERAL_WORDS.search(value):
        return (value,)
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(value)
    return None


_FORMS: Mapping[object, tuple[Callable[[object], object], str]] = {
    float: (_number, "a number"),
    int: (_whole, "a whole number"),
    bool: (_flag, "true or false"),
    str: (_text, "text in quotation marks"),
    tuple[float, float]: (_bounds, "a number, or its bounds as [low, high]"),
    tuple[float, ...]: (_numbers, "a list of numbers such as [120, 95, 60]"),
    tuple[str, ...]: (_words, 'a list such as ["clothing", "footwear"]'),
}


def _shown(value: object) -> str:
    """Value as one would write it in TOML, cut short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and abs(value) > 10**15:
        return "a number too large"
    if isinstance(value, str | int | float):
        return repr(value)[:80]
    return str(value)

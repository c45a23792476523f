"""Everything this package raises on purpose.

::

    TaobaoGISError
    ├─ InputError (ValueError)                  exit 2   the caller can fix it
    │  ├─ CRSError                                       missing, geographic, not metres, mismatched
    │  ├─ SchemaError                                    a column, a geometry type, an index
    │  └─ StudyError                                     a study file that cannot be meant
    ├─ SourceError (OSError)                    exit 3   the outside world failed
    │  ├─ PlaceNotFoundError (LookupError)
    │  ├─ SourceUnavailableError (ConnectionError)
    │  └─ SourceDataError                                it answered, but not usably
    └─ ExportError (OSError)                    exit 4   a result could not be written

Each message is one sentence or two: the culprit first, then the mend. Classes that
also derive from a builtin serve callers who know only Python.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CRSError",
    "ExportError",
    "InputError",
    "PlaceNotFoundError",
    "SchemaError",
    "SourceDataError",
    "SourceError",
    "SourceUnavailableError",
    "StudyError",
    "TaobaoGISError",
    "TaobaoGISWarning",
    "did_you_mean",
]


_MOST_CHOICES = 20


class TaobaoGISError(Exception):
    """Root of all errors raised on purpose; `exit_code` is what the command line ends with."""

    exit_code = 1


class InputError(TaobaoGISError, ValueError):
    """Something the caller gave and can mend."""

    exit_code = 2


class CRSError(InputError):
    """A coordinate reference system that is missing, not in metres, or not the expected one."""


class SchemaError(InputError):
    """A layer without the columns, geometry or index that its contract asks for."""


class StudyError(InputError):
    """A study file with a key, a value or a reference that cannot be meant."""


class SourceError(TaobaoGISError, OSError):
    """Data from outside could not be had or could not be used."""

    exit_code = 3


class PlaceNotFoundError(SourceError, LookupError):
    """No place of that name is known."""


class SourceUnavailableError(SourceError, ConnectionError):
    """No server gave an answer within the stated bounds."""


class SourceDataError(SourceError):
    """A file or an answer arrived but is broken, cut short, or something else than it should be."""


class ExportError(TaobaoGISError, OSError):
    """A result could not be written; what was there before is untouched."""

    exit_code = 4


class TaobaoGISWarning(UserWarning):
    """A result is still right, but the caller should know something about it."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Sentence that offers the nearest known spelling, or lists what there is.

    Parameters
    ----------
    word
        What was written.
    known
        What could have been meant.

    Returns
    -------
    sentence
        ``"Did you mean 'x'?"``, or ``"Known are: a, b."`` if nothing is near, the first 20
        of them, or an empty string if nothing is known.

    Examples
    --------
    >>> did_you_mean("vilage", ["village", "market"])
    "Did you mean 'village'?"
    >>> did_you_mean("zzz", ["village", "market"])
    'Known are: market, village.'
    """
    choices = sorted(set(known))
    near = difflib.get_close_matches(word.lower(), [c.lower() for c in choices], n=1, cutoff=0.6)
    if near:
        match = next(c for c in choices if c.lower() == near[0])
        return f"Did you mean '{match}'?"
    if not choices:
        return ""
    more = len(choices) - _MOST_CHOICES
    listed = [*choices[:_MOST_CHOICES], f"and {more} more"] if more > 0 else choices
    return f"Known are: {', '.join(listed)}."

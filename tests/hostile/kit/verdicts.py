"""What became of a case, and whether that may be."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from taobaogis.errors import ExportError, InputError, SourceError, TaobaoGISError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BAD", "GOOD", "Case", "Verdict", "judged", "unclear"]

# "other": the damage made another valid file, which no reader can tell from a true one.
GOOD = ("error", "repaired", "unchanged", "other")
BAD = ("traceback", "hang", "crash", "silent", "unclear", "wrong")

_LONGEST_MESSAGE = 1200
_CODES: dict[type[TaobaoGISError], int] = {InputError: 2, SourceError: 3, ExportError: 4}
_NOT_SHOWABLE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Verdict:
    """Outcome of a case and what was said."""

    outcome: str
    said: str = ""

    @property
    def is_good(self) -> bool:
        return self.outcome in GOOD


@dataclass(frozen=True)
class Case:
    """A fault to be tried: a function of the kit, by name, and what to give it.

    `may` are the outcomes that are right for it.
    """

    area: str
    kind: str
    label: str
    work: str
    given: tuple[Any, ...] = ()
    may: frozenset[str] = field(default_factory=lambda: frozenset(GOOD))
    seconds: float = 20.0
    memory_mb: int = 1500


def judged(work: Callable[[], Verdict]) -> Verdict:
    """Verdict on work that may raise: an error of ours must be clear, any other is a defect."""
    try:
        return work()
    except TaobaoGISError as error:
        wrong = unclear(error)
        return Verdict("unclear", f"{wrong}: {error}") if wrong else Verdict("error", str(error))
    except BaseException as error:  # noqa: BLE001 - any error at all is what is looked for
        last = traceback.format_exception(error)[-1].strip()
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Verdict("traceback", f"{last} [{place.filename.rsplit('/', 1)[-1]}:{place.lineno}]")


def unclear(error: TaobaoGISError) -> str:
    """What is wrong with an error as something to be read; empty if nothing is."""
    text = str(error)
    if not text.strip():
        return "it says nothing"
    if len(text) > _LONGEST_MESSAGE:
        return f"it has {len(text)} characters"
    if _NOT_SHOWABLE.search(text):
        return "it holds characters that a terminal obeys"
    if "Traceback" in text or "object at 0x" in text:
        return "it shows the inside of the program"
    kind = next((kind for kind in _CODES if isinstance(error, kind)), TaobaoGISError)
    if error.exit_code != _CODES.get(kind):
        return f"it ends with {error.exit_code}"
    return ""

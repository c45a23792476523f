"""What a change does: the difference of each indicator, and whether it exceeds the doubt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from taobaogis.indicators import definitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.indicators import Indicator

__all__ = ["Difference", "Verdict", "differences"]

Verdict = Literal["beyond", "within", "no bounds", "gained", "lost"]
_SAME = 1e-9


@dataclass(frozen=True)
class Difference:
    """An indicator of a village before and after.

    Attributes
    ----------
    village
        Id.
    before, after
        The indicator; one of them may be NA.
    verdict
        ``beyond``: the new value lies outside the bounds of the old one. ``within``: inside them.
        ``no bounds``: no doubt of the old value is stated. ``gained`` or ``lost``: there was
        none before, or is none now.
    """

    village: str
    before: Indicator
    after: Indicator
    verdict: Verdict

    @property
    def change(self) -> float | None:
        """New value less the old one; None if one is missing."""
        if self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value


def differences(
    before: Mapping[str, Mapping[str, Indicator]], after: Mapping[str, Mapping[str, Indicator]]
) -> tuple[Difference, ...]:
    """Everything that differs, village by village, in the order of the definitions.

    Parameters
    ----------
    before, after
        Indicators by key, by village; of the same villages.

    Returns
    -------
    differences
        Values that are the same but for rounding are left out.
    """
    found = []
    for village, values in before.items():
        for key in definitions():
            old, new = values.get(key), after.get(village, {}).get(key)
            if old is None or new is None:
                continue
            verdict = _verdict(old, new)
            if verdict is not None:
                found.append(Difference(village, old, new, verdict))
    return tuple(found)


def _verdict(old: Indicator, new: Indicator) -> Verdict | None:
    if old.value is None or new.value is None:
        if old.value is None and new.value is None:
            return None
        return "gained" if old.value is None else "lost"
    if math.isclose(old.value, new.value, rel_tol=_SAME, abs_tol=_SAME):
        return None
    if old.low is None or old.high is None:
        return "no bounds"
    return "within" if old.low <= new.value <= old.high else "beyond"

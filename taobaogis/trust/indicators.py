"""Completeness and age of the data as indicators of the group ``data``."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.provenance import Provenance
    from taobaogis.trust.completeness import Completeness
    from taobaogis.village import Village

__all__ = ["completeness_indicators", "data_age_years", "is_stated"]

_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_DAYS_A_YEAR = 365.25
_AGED = ("buildings", "streets", "pois")


def completeness_indicators(
    village: Village, completeness: Mapping[str, Completeness], *, today: dt.date | None = None
) -> list[Indicator]:
    """How complete and how old the data of a village are.

    Parameters
    ----------
    village
        Whose data.
    completeness
        From `taobaogis.trust.completeness.village_completeness`.
    today
        Day to count the age from; None if it is not to be counted.

    Returns
    -------
    indicators
        ``<layer>_completeness_share`` for each layer, and ``data_age_years``.
    """
    circle = boundary_doubts(village)
    return [
        *(_share(found, circle) for found in completeness.values()),
        _age(village.layers.provenance, today),
    ]


def is_stated(share: Indicator) -> bool:
    """Whether a share of completeness is what the user says, and was not measured.

    Parameters
    ----------
    share
        One of `completeness_indicators`, also if read back from a table.

    Examples
    --------
    >>> of_all = {"value": 1.0, "method": "", "source": "a.gpkg", "n": 9}
    >>> is_stated(measured("buildings_completeness_share", **of_all, reason=doubt("as_stated")))
    True
    >>> is_stated(measured("buildings_completeness_share", **of_all))
    False
    """
    # By the words: of what a table gives back there are no doubts one by one.
    return str(doubt("as_stated")) in share.reason.split("; ")


def data_age_years(provenance: Mapping[str, Provenance], today: dt.date) -> float | None:
    """Age of the oldest of the layers of houses, streets and places.

    Parameters
    ----------
    provenance
        Origin by kind; ``as_of`` may be a year, a month, a day or a time.
    today
        Day to count from.

    Returns
    -------
    age_years
        From the middle of a month or year if the source says no more; None if no source says
        when its data are from.

    Examples
    --------
    >>> from taobaogis.provenance import Provenance
    >>> origin = Provenance("a.pbf", as_of="2023-05-01T00:00:00Z")
    >>> round(data_age_years({"streets": origin}, dt.date(2026, 11, 23)), 1)
    3.6
    """
    dates = [_date(provenance[kind].as_of) for kind in _AGED if kind in provenance]
    known = [date for date in dates if date is not None]
    return max((today - min(known)).days / _DAYS_A_YEAR, 0.0) if known else None


def _date(text: str) -> dt.date | None:
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        return dt.date(year, month or 7, day or (15 if month else 1))
    except ValueError:
        return None


def _share(found: Completeness, circle: list[Words]) -> Indicator:
    key = f"{found.layer}_completeness_share"
    if found.share is None:
        return not_available(key, found.why, method=found.method, source=found.source)
    level, reason = grade([*circle, *found.why.doubts], completeness_checked=found.checked)
    value, low, high = found.share
    return measured(
        key, value, low=low, high=high, method=found.method, source=found.source, n=found.n,
        grade=level, reason=reason,
    )  # fmt: skip


def _age(provenance: Mapping[str, Provenance], today: dt.date | None) -> Indicator:
    key = "data_age_years"
    method = Words(
        "day of the run less the date of the oldest of houses, streets and places",
        "运行日期减去建筑、街巷与设施点中最早的数据日期",
    )
    sources = (provenance[kind].source for kind in _AGED if kind in provenance)
    source = "; ".join(dict.fromkeys(sources))
    age = data_age_years(provenance, today) if today else None
    if age is None:
        return not_available(key, doubt("no_date"), method=method, source=source)
    level, reason = grade([doubt("old_data", age)])
    return measured(key, age, method=method, source=source, n=1, grade=level, reason=reason)

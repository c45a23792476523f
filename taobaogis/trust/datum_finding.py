"""What was found out about the datum of a layer, as a value."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

from taobaogis.trust.datum_words import datum_sentence

__all__ = ["DatumFinding", "Told"]

Told = Literal["wgs84", "gcj02", "bd09"]


@dataclass(frozen=True)
class DatumFinding:
    """On which datum a layer stands, and why one should believe it.

    Attributes
    ----------
    datum
        ``wgs84``, ``gcj02``, ``bd09``, or ``unknown``.
    offset_east_m, offset_north_m
        Where the layer lies as it stands, seen from the reference; NaN if that is not known.
        It may be known where the datum is not: then it is the shift of none.
    n
        Places of the layer, or names, that were compared.
    share, share_by_chance
        Share of them that meet the reference once converted, and under random shifts of 600 m;
        NaN if nothing was recognised. Of buildings against streets few do: they avoid each other.
        For names, the share that tells the same shift, and NaN.
    tolerance_m
        How near counts as meeting.
    strength
        How far the fit stands out, in standard deviations of the fits under all other shifts.
    dominance
        How much better it is than the best of those; below 1.25 no datum is recognised.
    confidence
        ``high`` if names agree or the dominance is 2 or more, else ``fair``; ``none`` if nothing
        was recognised.
    basis
        ``names`` or ``places``.
    reason
        Why nothing was recognised: ``few``, ``apart``, ``undecided``, ``alike``; else empty.
    """

    datum: Told | Literal["unknown"]
    offset_east_m: float = math.nan
    offset_north_m: float = math.nan
    n: int = 0
    share: float = math.nan
    share_by_chance: float = math.nan
    tolerance_m: float = math.nan
    strength: float = math.nan
    dominance: float = math.nan
    confidence: Literal["high", "fair", "none"] = "none"
    basis: Literal["names", "places"] = "places"
    reason: Literal["", "few", "apart", "undecided", "alike"] = ""

    @property
    def offset_m(self) -> float:
        """Distance between layer and reference as they stand."""
        return math.hypot(self.offset_east_m, self.offset_north_m)

    def to_dict(self) -> dict[str, str | float | int | None]:
        """Plain mapping for JSON: metres and shares rounded, what is not known None."""
        record: dict[str, str | float | int | None] = {}
        for name, value in dataclasses.asdict(self).items():
            known = not isinstance(value, float) or math.isfinite(value)
            rounded = round(value, 2) if isinstance(value, float) and known else value
            record[name] = rounded if known else None
        return record

    @property
    def evidence_en(self) -> str:
        """The finding as an English sentence."""
        return datum_sentence(self, layer="the layer", reference="the reference", language="en")

    @property
    def evidence_zh(self) -> str:
        """The finding as a Chinese sentence."""
        return datum_sentence(self, layer="该图层", reference="参照图层", language="zh")

"""What is missing from the map, carried through to the bounds and the grade of every number.

How an indicator answers to houses, streets or places that are not mapped stands in
``data/responses.toml``, found by taking houses away from villages that have them. The bounds
are widened by it, the rules of ``data/grades.toml`` lower the grade, and below a floor there is
no number.
"""

from __future__ import annotations

import itertools
import math
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from taobaogis.indicators import NO_WORDS, definitions, not_available
from taobaogis.resources import data_file
from taobaogis.trust.grades import Reason, doubt, grade

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from taobaogis.indicators import Indicator, Words
    from taobaogis.trust.completeness import Completeness
    from taobaogis.trust.pattern import Share

__all__ = ["Response", "carried", "layer_doubt", "response", "widened"]

_LAYERS = ("buildings", "streets", "pois")
_UNIT_INTERVAL = "share"
_COUNTED = ("buildings", "places", "clusters", "lanes")
# If none of n is found, up to 3 in n may be there (95 %).
_RULE_OF_THREE = 3.0
_WEAK = 0.15
# A second source found the layer nearly whole.
_WHOLE_SHARE = 0.9


@dataclass(frozen=True)
class Response:
    """How an indicator answers to what is missing.

    Attributes
    ----------
    powers
        By layer, the least and the greatest power of the mapped share that the measured value
        goes with.
    slope
        For a share that a few houses may turn over: the least and the greatest amount that it
        moves by, times the missing share. It takes the place of powers; its layer keeps them
        as (0, 0).
    rest
        True if that holds for 1 minus the value.
    any
        True for a share of things of which the missing ones may be anything.
    own
        True if the measure itself bounds its value by what is missing, from what it measured.
    fact
        True for a number about the map itself, which is never withheld.
    basis
        Where the powers come from.
    at_most
        What no value of the indicator can be above.
    """

    powers: Mapping[str, tuple[float, float]]
    slope: tuple[float, float] | None = None
    rest: bool = False
    any: bool = False
    own: bool = False
    fact: bool = False
    basis: str = ""
    at_most: float = math.inf

    @property
    def is_weak(self) -> bool:
        """True if even half of a layer changes the value by no more than a tenth or so."""
        return (
            not (self.any or self.own)
            and self.slope is None
            and all(abs(e) <= _WEAK for pair in self.powers.values() for e in pair)
        )


def response(key: str) -> Response:
    """Response of an indicator; that of its group if it has no entry of its own."""
    return _load().get(key) or _load()[f"group {definitions()[key].group}"]


def carried(
    indicators: Iterable[Indicator],
    completeness: Mapping[str, Completeness],
    *,
    age_years: float | None = None,
) -> list[Indicator]:
    """Indicators with bounds and grades that allow for what is missing.

    Parameters
    ----------
    indicators
        As measured.
    completeness
        By layer.
    age_years
        Age of the oldest layer, if the sources tell it.

    Returns
    -------
    indicators
        In the same order. A value that rests on a layer below its floor becomes NA, or D if it
        hardly answers to that layer; one whose
        layers a second source found whole, and which nothing else weakens, becomes A.
    """
    return [_carried(indicator, completeness, age_years) for indicator in indicators]


def widened(
    value: float,
    bounds: tuple[float, float],
    missing: Sequence[tuple[Share, tuple[float, float]]],
    *,
    rest: bool = False,
) -> tuple[float, float]:
    """Bounds of the true value, if only a share of each layer is mapped.

    What is missing and what made the bounds before are doubts of different kinds, so their
    squares are added, not they themselves (as in GUM, JCGM 100:2008, 5.1.2); on a logarithmic
    scale, as both are factors.

    Parameters
    ----------
    value
        As measured, at least 0.
    bounds
        Low and high, for what else is doubtful.
    missing
        Of each layer that the value answers to: the mapped share with bounds above 0, and the
        least and greatest power of it that the measured value goes with.
    rest
        Whether that holds for 1 minus the value, which is at most 1 then.

    Returns
    -------
    low, high
        0 and infinity where a doubt has no end; they need not enclose `value`.

    Examples
    --------
    Of the houses, 50 to 80 % are mapped, and 400 are:

    >>> from taobaogis.trust.pattern import Share
    >>> [round(b) for b in widened(400, (400, 400), [(Share(0.6, 0.5, 0.8), (1, 1))])]
    [500, 800]

    The count itself may be off by a fifth:

    >>> [round(b) for b in widened(400, (320, 480), [(Share(0.6, 0.5, 0.8), (1, 1))])]
    [400, 828]
    """
    if rest:
        gone = widened(1 - value, (1 - bounds[1], 1 - bounds[0]), missing)
        return 1 - gone[1], 1 - gone[0]
    spans = [_factors(share, powers) for share, powers in missing]
    if value <= 0.0:
        # No factor leads from nothing to something: the ends are multiplied.
        return bounds[0], bounds[1] * math.prod(most for _, _, most in spans)
    below = [_log_ratio(value, bounds[0]), *(_log_ratio(mid, least) for least, mid, _ in spans)]
    above = [_log_ratio(bounds[1], value), *(_log_ratio(most, mid) for _, mid, most in spans)]
    middle = value * math.prod(mid for _, mid, _ in spans)
    return middle * math.exp(-math.hypot(*below)), middle * math.exp(math.hypot(*above))


def _factors(share: Share, powers: tuple[float, float]) -> tuple[float, float, float]:
    """Least factor from what is measured to what is there, that nearest to 1, and greatest."""
    ends = [c**-e for c, e in itertools.product((share.low, share.high), powers)]
    return min(ends), min(max(1.0, min(ends)), max(ends)), max(ends)


def _log_ratio(more: float, less: float) -> float:
    """Logarithm of the ratio of two numbers, which says how far they are apart; at least 0."""
    if more <= 0.0 or more <= less:
        return 0.0
    return math.log(more / less) if less > 0.0 else math.inf


def layer_doubt(found: Completeness) -> Words:
    """The worst rule that the completeness of a layer breaks; empty if none.

    Parameters
    ----------
    found
        Completeness of one layer.
    """
    share = found.share
    if found.layer == "buildings":
        if share is None:
            return doubt("buildings_unknown")
        missing = 1 - share.value
        keys = ("buildings_missing", "buildings_thin", "buildings_gaps")
        broken = (doubt(key, share.value, missing=missing) for key in keys)
    elif share is None:
        return NO_WORDS
    elif found.layer == "streets":
        broken = (doubt(key, share.value) for key in ("streets_thin", "streets_gaps"))
    else:
        broken = (doubt(key, share.high, low=share.low, high=share.high) for key in ("pois_thin",))
    return next((words for words in broken if words), NO_WORDS)


def _carried(
    indicator: Indicator, completeness: Mapping[str, Completeness], age_years: float | None
) -> Indicator:
    if indicator.value is None:
        return indicator
    answer = response(indicator.key)
    found = [completeness[layer] for layer in answer.powers if layer in completeness]
    doubts: list[Words] = [*Reason.of(indicator.reason).doubts, *map(layer_doubt, found)]
    if age_years is not None and found:
        doubts.append(doubt("old_data", age_years))
    whole = bool(found) and all(
        layer.checked and layer.share is not None and layer.share.low >= _WHOLE_SHARE
        for layer in found
    )
    level, reason = grade(doubts, completeness_checked=whole)
    if level == "NA":
        if not (answer.fact or answer.is_weak):
            floor = [d for d in reason.doubts if d.best == "NA"]
            why = Reason.joining(floor)
            return not_available(
                indicator.key, why, method=indicator.method, source=indicator.source
            )
        level = "D"
    low, high = _bounds(indicator, indicator.value, answer, found)
    return replace(indicator, low=low, high=high, grade=level, reason=reason)


def _bounds(
    indicator: Indicator, value: float, answer: Response, found: Sequence[Completeness]
) -> tuple[float | None, float | None]:
    """Bounds with what is missing; those of before if nothing can be said of it."""
    low = value if indicator.low is None else indicator.low
    high = value if indicator.high is None else indicator.high
    shares = {c.layer: c.share for c in found if c.share is not None and c.share.low > 0.0}
    if answer.any:
        for share in shares.values():
            low, high = low * share.low, high * share.low + 1 - share.low
    elif answer.slope is not None:
        gone = 1 - min((share.low for share in shares.values()), default=1.0)
        low, high = low - answer.slope[1] * gone, high - answer.slope[0] * gone
    else:
        missing = [(share, answer.powers[layer]) for layer, share in shares.items()]
        low, high = widened(value, (low, high), missing, rest=answer.rest)
    if high == 0.0 and shares:
        high = _if_none_was_found(indicator, answer, min(share.low for share in shares.values()))
    if indicator.definition.unit == _UNIT_INTERVAL:
        low, high = max(low, 0.0), min(high, 1.0)
    high = min(high, answer.at_most)
    low, high = min(low, value), max(high, value)
    return (None, None) if low == high else (low, high)


def _if_none_was_found(indicator: Indicator, answer: Response, mapped: float) -> float:
    """Upper bound of a count, or of a share of so many things, of which none is on the map."""
    if indicator.definition.unit in _COUNTED:
        return _RULE_OF_THREE * (1 / mapped - 1)
    is_share = indicator.definition.unit == _UNIT_INTERVAL and not (answer.rest or answer.own)
    if is_share and mapped < 1.0 and indicator.n:
        return _RULE_OF_THREE / indicator.n
    return 0.0


@cache
def _load() -> Mapping[str, Response]:
    with data_file("responses.toml").open("rb") as stream:
        table: dict[str, Any] = tomllib.load(stream)
    groups = table.pop("group")
    table |= {f"group {name}": entry for name, entry in groups.items()}
    return {name: _response(entry) for name, entry in table.items()}


def _response(entry: Mapping[str, Any]) -> Response:
    powers = {layer: tuple(entry[layer]) for layer in _LAYERS if layer in entry}
    flags = {name: entry.get(name, False) for name in ("rest", "any", "own", "fact")}
    slope = tuple(entry["slope"]) if "slope" in entry else None
    return Response(powers, slope, **flags, basis=entry.get("basis", ""),
                    at_most=entry.get("at_most", math.inf))  # fmt: skip

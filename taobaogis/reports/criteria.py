"""Criteria in words and colours, the same on pages and in passports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taobaogis.indicators import definitions
from taobaogis.maps import words
from taobaogis.maps.model import Label
from taobaogis.reports.layers import paper_layers

if TYPE_CHECKING:
    from taobaogis.compare.ranking import Score

__all__ = ["CriterionWords", "criterion_words", "heat"]

# Colours of the scores 0, 1/2 and 1: all light enough for dark text.
_HEAT = ((244, 199, 161), (248, 244, 233), (152, 208, 196))


@dataclass(frozen=True)
class CriterionWords:
    """A criterion, ready for a page.

    Attributes
    ----------
    key, name, definition, unit
        Which indicator is judged.
    weight, share
        Its share of the weights, as text and as number.
    good, bad
        The fixed points as text.
    layer
        Layer of the paper.
    basis
        Where the points come from, saying so if nobody has read them there; empty if they are
        the study's own.
    """

    key: str
    name: Label
    definition: Label
    unit: Label
    weight: str
    share: float
    good: str
    bad: str
    layer: Label
    basis: Label


def criterion_words(score: Score) -> CriterionWords:
    """Words for the criterion that a score is about.

    Parameters
    ----------
    score
        Of any village.

    Returns
    -------
    words
        The points with as many digits as they were written with; shares in percent.
    """
    criterion = score.criterion
    known = definitions()[criterion.indicator]
    read = Label("", "") if criterion.verified else Label(" (not verified)", "（未核实）")
    basis = Label("", "")
    if criterion.basis:
        basis = Label(criterion.basis + read.en, (criterion.basis_zh or criterion.basis) + read.zh)
    return CriterionWords(
        key=criterion.indicator,
        name=Label(known.name_en, known.name_zh),
        definition=Label(known.definition_en, known.definition_zh),
        unit=words.unit_label(known.unit),
        weight=f"{score.weight:.0%}".replace("%", "\u2009%"),
        share=score.weight,
        good=_point(criterion.good, known.unit),
        bad=_point(criterion.bad, known.unit),
        layer=paper_layers()[criterion.layer].name,
        basis=basis,
    )


def heat(score: float) -> str:
    """Colour between those of the fixed points, as ``#rrggbb``.

    Parameters
    ----------
    score
        In [0, 1].

    Examples
    --------
    >>> heat(0), heat(1)
    ('#f4c7a1', '#98d0c4')
    """
    low, high = (_HEAT[0], _HEAT[1]) if score < 0.5 else (_HEAT[1], _HEAT[2])  # noqa: PLR2004 - the middle
    share = score * 2 % 1 if score < 1 else 1.0
    mixed = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _point(number: float, unit: str) -> str:
    return f"{number * 100 if unit == 'share' else number:,.10g}".replace(",", "\u2009")

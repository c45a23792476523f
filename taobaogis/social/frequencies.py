"""How many answered what: shares with intervals, of all places together and of each.

What is small is hidden over all places at once, as the numbers of one place are the sum less the
others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from taobaogis.errors import InputError
from taobaogis.social.disclosure import LEAST, hidden_items
from taobaogis.social.sampling import design_effect
from taobaogis.trust.shares import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from taobaogis.social.answers import Answers
    from taobaogis.social.codebook import Question

__all__ = ["FREQUENCY_COLUMNS", "frequencies", "response_share"]

FREQUENCY_COLUMNS = (
    "village", "question", "option", "count", "n", "share", "low", "high", "low_places",
    "high_places", "response_share", "hidden",
)  # fmt: skip


def response_share(valid: int, sent: int) -> float:
    """Share of the questionnaires handed out that came back valid; NaN if none was.

    Raises
    ------
    InputError
        If more came back than were handed out.

    Examples
    --------
    >>> round(100 * response_share(283, 288), 1)
    98.3
    """
    if valid > sent > 0:
        message = f"{valid} valid questionnaires of {sent} sent; raise sent in the codebook."
        raise InputError(message)
    return valid / sent if sent else float("nan")


def frequencies(samples: Mapping[str, Answers]) -> pd.DataFrame:
    """Every option of every question: of all places together, and of each place.

    Parameters
    ----------
    samples
        Answers by village; all by one codebook.

    Returns
    -------
    table
        Columns as in `FREQUENCY_COLUMNS`. ``village`` is empty for all together. ``n`` is how
        many answered the question, ``share`` the per cent of these cases as a share, with its
        Wilson interval; ``low_places`` and ``high_places`` allow for people being alike within
        a place. ``response_share`` is the share of all answers of a multiple question. A number
        that would tell of fewer than five people is missing and ``hidden`` is true; whoever
        adds and subtracts what is left can tell of none, either.
    """
    rows = []
    if samples:
        book = next(iter(samples.values())).codebook
        for question in book.questions:
            rows += _question_rows(samples, question, book.likeness)
    table = pd.DataFrame(rows, columns=list(FREQUENCY_COLUMNS))
    return table.astype({"count": "Int64", "n": "Int64", "hidden": "bool"})


class _Counts(NamedTuple):
    """Numbers of one question; a place a row, all together in the last one if there are several."""

    chose: NDArray[np.integer]  # (places, options)
    n: NDArray[np.integer]  # (places,)
    answers: NDArray[np.integer]  # (places,), of a multiple question
    hide_chose: NDArray[np.bool_]
    hide_n: NDArray[np.bool_]
    hide_answers: NDArray[np.bool_]


def _question_rows(
    samples: Mapping[str, Answers], question: Question, likeness: float
) -> list[dict[str, object]]:
    chose = [sample.chosen[question.id].sum(axis=0) for sample in samples.values()]
    asked = [int(sample.answered[question.id].sum()) for sample in samples.values()]
    found = _protected(np.array(chose), np.array(asked), multiple=question.kind == "multiple")
    places = [*samples, ""] if len(samples) > 1 else [*samples]
    rows = []
    for p, place in enumerate(places):
        n = int(found.n[p])
        together = place == "" and n > 0
        effect = design_effect(n, len(samples), likeness=likeness) if together else 1.0
        for o, code in enumerate(question.codes):
            count, hidden = int(found.chose[p, o]), bool(found.hide_chose[p, o] or found.hide_n[p])
            row: dict[str, object] = {
                "village": place, "question": question.id, "option": code, "hidden": hidden,
                "n": pd.NA if found.hide_n[p] else n, "count": pd.NA,
            }  # fmt: skip
            if not hidden:
                low, high = wilson_interval(count, n)
                low_places, high_places = wilson_interval(count, n, effect=effect)
                row |= {
                    "count": count, "share": count / n, "low": low, "high": high,
                    "low_places": low_places, "high_places": high_places,
                }  # fmt: skip
                if question.kind == "multiple" and not found.hide_answers[p]:
                    row["response_share"] = count / int(found.answers[p])
            rows.append(row)
    # All together first.
    return [r for r in rows if r["village"] == ""] + [r for r in rows if r["village"] != ""]


def _protected(
    chose: NDArray[np.integer], asked: NDArray[np.integer], *, multiple: bool
) -> _Counts:
    """Numbers of all places and together, and which of them to hide."""
    places, options = chose.shape
    cells = np.stack([chose, asked[:, None] - chose], axis=2) if multiple else chose[:, :, None]
    size = cells.size
    at = np.arange(size).reshape(cells.shape)

    def counted(which: NDArray[np.integer]) -> NDArray[np.integer]:
        row = np.zeros(size, dtype=int)
        row[which.ravel()] = 1
        return row

    groups: list[NDArray[np.integer]] = [at[p : p + 1] for p in range(places)]
    if places > 1:
        groups.append(at)
    counts = [[counted(g[:, o, 0]) for o in range(options)] for g in groups]
    totals = [counted(g[:, 0] if multiple else g) for g in groups]
    items = [row for rows in counts for row in rows] + totals
    shown = [True] * len(items)
    # What all places say together is worth more than what one does, and the totals most.
    worth = [2 if len(g) == places else 1 for g in groups for _ in range(options)] + [3] * len(
        groups
    )
    links = None
    if multiple:
        items += [counted(g[:, :, 0]) for g in groups]
        shown += [True] * len(groups)
        worth += [0] * len(groups)
        # Who did not choose an option may be as few as who did.
        for item, (g, o) in enumerate((g, o) for g in groups for o in range(options)):
            shown[item] = cells.ravel()[g[:, o, 1]].sum() >= LEAST
        items += [counted(g[:, o, 1]) for g in groups for o in range(options)]
        shown += [False] * (len(groups) * options)
        worth += [4] * (len(groups) * options)
        links = np.array(
            [
                counted(at[p, o]) - counted(at[p, 0])
                for p in range(places)
                for o in range(1, options)
            ]
        )
    flat, rows = cells.ravel(), np.array(items)
    hidden = hidden_items(
        flat, rows, shown=np.array(shown), links=links, worth=np.array(worth), least=LEAST
    )
    value, many = rows @ flat, len(groups)
    told = [slice(0, many * options), slice(many * options, many * (options + 1))]
    answers = slice(many * (options + 1), many * (options + 2))
    none = np.ones(many, dtype=bool)
    return _Counts(
        value[told[0]].reshape(many, options),
        value[told[1]],
        value[answers] if multiple else value[told[1]],
        hidden[told[0]].reshape(many, options),
        hidden[told[1]],
        hidden[answers] if multiple else none,
    )

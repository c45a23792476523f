"""What a village is told by (``data/screening.toml``): limits, and reasons with their weights."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from taobaogis.indicators import Words
from taobaogis.resources import data_file
from taobaogis.rules import planning_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["Limits", "Reason", "limits", "reasons"]


@dataclass(frozen=True)
class Limits:
    """Sizes and distances that decide what belongs together; see ``data/screening.toml``.

    Attributes
    ----------
    house_least_m2, house_most_m2
        Footprint of a village house.
    member_most_m2
        Footprint of what belongs to a village if it stands among its houses.
    close_m
        Distance to the nearest building below which a house stands close.
    join_m
        Distance within which houses belong to one settlement.
    neighbours_least, houses_least
        Houses around one that counts, and in a settlement that counts.
    coverage_least_ratio
        Share of the ground under buildings below which a settlement is no candidate.
    walk_m
        Radius of the smallest circle around a candidate that is not split further.
    """

    house_least_m2: float
    house_most_m2: float
    member_most_m2: float
    close_m: float
    join_m: float
    neighbours_least: int
    houses_least: int
    coverage_least_ratio: float
    walk_m: float


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for or against a village.

    Attributes
    ----------
    key, column
        Name, and the column of the candidates that holds its value.
    weight
        Relative weight in the score.
    bad, good
        Values that score 0 and 1; between them the score is linear.
    en, zh
        Sentence with ``{value}`` in it.
    basis
        Why these values.
    percent
        Whether the value is shown as per cent.
    """

    key: str
    column: str
    weight: float
    bad: float
    good: float
    en: str
    zh: str
    basis: str
    percent: bool = False

    def score(self, values: pd.Series) -> np.ndarray:
        """Scores from 0 to 1; NaN where there is no value."""
        share = (values.to_numpy(dtype=float) - self.bad) / (self.good - self.bad)
        return np.asarray(np.clip(share, 0.0, 1.0))

    def words(self, value: float) -> Words:
        """The reason with its value, in both languages."""
        shown = f"{value:.0%}" if self.percent else f"{value:.3g}"
        return Words(self.en.format(value=shown), self.zh.format(value=shown))


@cache
def limits() -> Limits:
    """Limits of the package."""
    table = _table()
    plot_m2 = planning_rules()["house_plot"].value
    return Limits(
        house_least_m2=table["house_least_m2"]["value"],
        house_most_m2=table["house_most_plots"]["value"] * plot_m2,
        member_most_m2=table["member_most_plots"]["value"] * plot_m2,
        **{
            key: table[key]["value"]
            for key in ("close_m", "join_m", "neighbours_least", "houses_least",
                        "coverage_least_ratio", "walk_m")
        },
    )  # fmt: skip


@cache
def reasons() -> Sequence[Reason]:
    """Reasons in the order in which they are told."""
    return tuple(Reason(**entry) for entry in _table()["reason"])


@cache
def _table() -> dict[str, Any]:
    with data_file("screening.toml").open("rb") as stream:
        return tomllib.load(stream)

"""Respondents that were never asked: made so that the shares of a printed table come out."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import numpy as np

from taobaogis.resources import data_file
from taobaogis.social.codebook import default_codebook

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = tomllib.loads(data_file("survey/table1.toml").read_text("utf-8"))


def respondents(seed: int = 0, villages: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """As many rows as Table 1 has respondents, in random order; needs are drawn."""
    random = np.random.default_rng(seed)
    n = TABLE["valid"]
    columns = {}
    for question, percents in TABLE["percent"].items():
        answered = TABLE["answered"][question]
        cells = [code for code, k in _counts(percents, answered).items() for _ in range(k)]
        cells += [""] * (n - len(cells))
        columns[question] = random.permutation(cells)
    codes = default_codebook().needs.codes
    shares = np.linspace(0.7, 0.1, len(codes))
    columns["needs"] = [
        ";".join(c for c, asked in zip(codes, random.random(len(codes)) < shares, strict=True)
                 if asked)
        for _ in range(n)
    ]  # fmt: skip
    if villages:
        columns["village"] = random.choice(villages, n)
    return [{name: str(column[i]) for name, column in columns.items()} for i in range(n)]


def _counts(percents: Mapping[str, float], n: int) -> dict[str, int]:
    counts = {code: round(percent * n / 100) for code, percent in percents.items()}
    assert sum(counts.values()) == n
    return counts

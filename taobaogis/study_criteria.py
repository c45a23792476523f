"""What a study judges by: ``[[criterion]]`` and ``[comparison]``, completed from the defaults."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from taobaogis.errors import StudyError, did_you_mean
from taobaogis.indicators import definitions
from taobaogis.resources import data_file
from taobaogis.study_spec import WEIGHINGS, ComparisonSpec, CriterionSpec, PairSpec
from taobaogis.study_table import array_of_tables, build, mapping, require_number
from taobaogis.texts import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["default_criteria", "read_comparison", "read_criterion"]

_LAYERS_OF_LIN = ("production", "social", "form")
_FLOORS = ("A", "B", "C", "D")
_MOST_DRAWS = 100_000


@cache
def default_criteria() -> tuple[CriterionSpec, ...]:
    """Criteria of a study that names none (``data/criteria.toml``)."""
    with data_file("criteria.toml").open("rb") as stream:
        entries: list[dict[str, Any]] = tomllib.load(stream)["criterion"]
    return tuple(build(CriterionSpec, entry, "criteria.toml") for entry in entries)


def read_criterion(entry: Mapping[str, Any]) -> CriterionSpec:
    """A ``[[criterion]]``; one of the defaults needs only its indicator and what differs.

    Parameters
    ----------
    entry
        The table.

    Returns
    -------
    criterion
        Keys that it leaves out are those of the default criterion of the same indicator. With
        other points, the basis of the default ones no longer holds and is left out.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    known = {criterion.indicator: criterion for criterion in default_criteria()}
    name = entry.get("indicator")
    if isinstance(name, str) and name not in definitions():
        hint = did_you_mean(name, definitions())
        message = f"criterion '{plain(name)}' is not an indicator. {hint}"
        raise StudyError(message)
    default = known.get(name) if isinstance(name, str) else None
    if default is not None:
        filled: dict[str, Any] = {"good": default.good, "bad": default.bad, "layer": default.layer}
        if not {"good", "bad"} & entry.keys():
            filled |= {"basis": default.basis, "basis_zh": default.basis_zh}
            filled |= {"verified": default.verified}
        entry = {**filled, **entry}
    spec = build(CriterionSpec, entry, f"criterion '{name}'" if default else "[[criterion]]")
    where = f"criterion '{spec.indicator}'"
    if spec.layer not in _LAYERS_OF_LIN:
        hint = did_you_mean(spec.layer, _LAYERS_OF_LIN)
        message = f"{where}: the layer '{spec.layer}' is not known. {hint}"
        raise StudyError(message)
    if spec.floor and spec.floor not in _FLOORS:
        message = f"{where}: the floor '{spec.floor}' is not a grade; write A, B, C or D."
        raise StudyError(message)
    if spec.good == spec.bad:
        message = f"{where}: good and bad are both {spec.good:g}; set them apart."
        raise StudyError(message)
    require_number(spec.weight, where, "weight", 0, 1e6)
    return spec


def read_comparison(table: Mapping[str, Any]) -> ComparisonSpec:
    """``[comparison]`` of a study, with its ``[[comparison.pair]]`` and ``[comparison.needs]``.

    Parameters
    ----------
    table
        The table; empty for the defaults.

    Returns
    -------
    comparison
        Checked; whether every pair is there shows when the criteria are known.

    Raises
    ------
    StudyError
        For anything in it that cannot be meant.
    """
    rest = {key: value for key, value in table.items() if key not in {"pair", "needs"}}
    if "pairs" in rest:
        message = "[comparison] has no key 'pairs'. Did you mean [[comparison.pair]]?"
        raise StudyError(message)
    spec = build(ComparisonSpec, rest, "[comparison]")
    if spec.weights not in WEIGHINGS:
        hint = did_you_mean(spec.weights, WEIGHINGS)
        message = f"[comparison] weights '{spec.weights}' is not a way to weigh. {hint}"
        raise StudyError(message)
    require_number(spec.weight_doubt, "[comparison]", "weight_doubt", 0, 1)
    require_number(spec.draws, "[comparison]", "draws", 100, _MOST_DRAWS)
    require_number(spec.seed, "[comparison]", "seed", 0, 2**32 - 1)
    pairs = tuple(_pair(entry) for entry in array_of_tables(table, "pair"))
    needs = _needs(mapping(table.get("needs", {}), "[comparison.needs]"))
    return ComparisonSpec(spec.weights, spec.weight_doubt, spec.draws, spec.seed, pairs, needs)


def _pair(entry: Mapping[str, Any]) -> PairSpec:
    pair = build(PairSpec, entry, "[[comparison.pair]]")
    for name in (pair.more, pair.than):
        _require_indicator(name, "[[comparison.pair]]")
    require_number(pair.by, f"[[comparison.pair]] '{pair.more}'", "by", 1 / 9, 9)
    return pair


def _needs(table: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    for name, share in table.items():
        _require_indicator(name, "[comparison.needs]")
        if isinstance(share, bool) or not isinstance(share, int | float):
            message = f"[comparison.needs] {name} is not a number; write a share from 0 to 1."
            raise StudyError(message)
        require_number(share, "[comparison.needs]", name, 0, 1)
    return tuple((name, float(share)) for name, share in table.items())


def _require_indicator(name: str, where: str) -> None:
    if name not in definitions():
        hint = did_you_mean(name, definitions())
        message = f"{where}: '{plain(name)}' is not an indicator. {hint}"
        raise StudyError(message)

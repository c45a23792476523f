"""Weights of the criteria: as given, all equal, from pairs (AHP), or from what people ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taobaogis.errors import StudyError, did_you_mean
from taobaogis.indicators import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from taobaogis.study import ComparisonSpec, CriterionSpec, PairSpec

__all__ = ["Weights", "ahp_weights", "criterion_weights", "needs_weights", "pair_matrix"]

# Mean consistency index of random matrices of 1 to 15 criteria, by Tummala and Ling (1998),
# Theory and Decision 44(3); read in pymcdm. Saaty's own, of fewer matrices, differ by up to 0.03.
_RANDOM_INDEX = (0.0, 0.0, 0.5799, 0.8921, 1.1159, 1.2358, 1.3322, 1.3952, 1.4537, 1.4882, 1.5117,
                 1.5356, 1.5571, 1.5714, 1.5831)  # fmt: skip
_CONSISTENT = 0.1


@dataclass(frozen=True)
class Weights:
    """Shares of the criteria, and where they come from.

    Attributes
    ----------
    shares
        One a criterion, each in [0, 1], summing to 1.
    basis
        How they came about, in words.
    consistency_ratio
        Of pairwise judgements (AHP); None for other weights. Above 0.1 the pairs contradict
        each other too much to be relied on (Saaty 1980).
    """

    shares: tuple[float, ...]
    basis: Words
    consistency_ratio: float | None = None


def criterion_weights(criteria: Sequence[CriterionSpec], spec: ComparisonSpec) -> Weights:
    """Weights of a study's criteria.

    Parameters
    ----------
    criteria
        What is judged, with a weight above 0 for at least one.
    spec
        ``[comparison]`` of the study.

    Returns
    -------
    weights
        A criterion whose own weight is 0 takes part in none of the ways.

    Raises
    ------
    StudyError
        If pairs are missing, or no need asks for any criterion.
    """
    given = np.array([criterion.weight for criterion in criteria], dtype=float)
    if spec.weights == "equal":
        basis = Words("all alike", "各准则相等")
        return Weights(_shares((given > 0).astype(float)), basis)
    if spec.weights == "ahp":
        return _from_pairs(criteria, spec.pairs)
    if spec.weights == "needs":
        return needs_weights(criteria, dict(spec.needs))
    return Weights(_shares(given), Words("as given", "采用给定值"))


def needs_weights(criteria: Sequence[CriterionSpec], asked: Mapping[str, float]) -> Weights:
    """Weights from the shares of respondents who ask for what each criterion measures.

    Parameters
    ----------
    criteria
        What is judged.
    asked
        Share of respondents in [0, 1] by indicator.

    Returns
    -------
    weights
        In proportion to the shares. A criterion that nobody was heard on weighs nothing, which
        the words say.

    Raises
    ------
    StudyError
        If no share above 0 belongs to a criterion with weight.

    Examples
    --------
    >>> from taobaogis.study import CriterionSpec
    >>> criteria = [CriterionSpec("stop_straight_m", 300, 1000),
    ...             CriterionSpec("market_straight_m", 2000, 15000)]
    >>> needs_weights(criteria, {"stop_straight_m": 0.4}).shares
    (1.0, 0.0)
    """
    raw = np.array([asked.get(c.indicator, 0.0) if c.weight > 0 else 0.0 for c in criteria])
    if raw.sum() <= 0:
        message = (
            '[comparison] weights = "needs": no need above 0 belongs to a criterion; add '
            "[comparison.needs] with the share of respondents by indicator."
        )  # fmt: skip
        raise StudyError(message)
    unheard = int((raw == 0).sum())
    left = (
        Words(
            f"; criteria that nobody asks for ({unheard}) weigh nothing",
            f"；无人提及的 {unheard} 项准则权重为零",
        )
        if unheard
        else Words("")
    )
    basis = Words(
        f"by the share of respondents who ask for it{left}",
        f"取提出该需求的受访者比例{left.zh}",
    )
    return Weights(_shares(raw), basis)


def pair_matrix(keys: Sequence[str], pairs: Sequence[PairSpec]) -> NDArray[np.float64]:
    """Matrix of pairwise judgements.

    Parameters
    ----------
    keys
        Criteria, in the order of rows and columns.
    pairs
        Each says how many times more one criterion weighs than another.

    Returns
    -------
    matrix
        Reciprocal, ones on the diagonal.

    Raises
    ------
    StudyError
        If a pair is missing, stands twice, or names something else.
    """
    place = {key: i for i, key in enumerate(keys)}
    matrix = np.full((len(keys), len(keys)), np.nan)
    np.fill_diagonal(matrix, 1.0)
    for pair in pairs:
        i, j = (_place(name, place) for name in (pair.more, pair.than))
        if not np.isnan(matrix[i, j]):
            what = "is held against itself" if i == j else f"and '{pair.than}' are paired twice"
            message = f"[[comparison.pair]]: '{pair.more}' {what}; remove one."
            raise StudyError(message)
        matrix[i, j], matrix[j, i] = pair.by, 1.0 / pair.by
    missing = np.argwhere(np.isnan(matrix))
    if len(missing):
        i, j = missing[0]
        message = (
            f"[[comparison.pair]]: no pair tells '{keys[i]}' from '{keys[j]}'; "
            f"{len(keys) * (len(keys) - 1) // 2} pairs are needed, {len(missing) // 2} are missing."
        )
        raise StudyError(message)
    return matrix


def ahp_weights(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Weights from pairwise judgements by the principal eigenvector.

    Parameters
    ----------
    matrix
        Reciprocal, of size n; n from 1 to 15.

    Returns
    -------
    weights, consistency_ratio
        Weights sum to 1. The ratio is ((λ - n) / (n - 1)) / RI, RI being the mean of random
        matrices; 0 up to two criteria, which cannot contradict each other.

    Raises
    ------
    StudyError
        If there are more criteria than the random index is known for.

    References
    ----------
    Saaty, T. L. (1980). The Analytic Hierarchy Process.

    Examples
    --------
    >>> weights, ratio = ahp_weights(np.array([[1.0, 3.0], [1 / 3, 1.0]]))
    >>> weights.round(2).tolist(), ratio
    ([0.75, 0.25], 0.0)
    """
    n = len(matrix)
    if n > len(_RANDOM_INDEX):
        message = (
            f"weights from pairs are for at most {len(_RANDOM_INDEX)} criteria, not {n}; "
            "give some the weight 0."
        )
        raise StudyError(message)
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    weights = np.abs(vectors[:, first].real)
    index = _RANDOM_INDEX[n - 1]
    ratio = (values[first].real - n) / (n - 1) / index if index else 0.0
    return weights / weights.sum(), max(float(ratio), 0.0)


def _from_pairs(criteria: Sequence[CriterionSpec], pairs: Sequence[PairSpec]) -> Weights:
    weighing = [i for i, criterion in enumerate(criteria) if criterion.weight > 0]
    found, ratio = ahp_weights(pair_matrix([criteria[i].indicator for i in weighing], pairs))
    shares = np.zeros(len(criteria))
    shares[weighing] = found
    doubtful = ratio > _CONSISTENT
    basis = Words(
        f"from pairwise judgements (AHP), consistency ratio {ratio:.2f}"
        + (": above 0.10, so the pairs contradict each other" if doubtful else ""),
        f"由两两比较得出（层次分析法），一致性比率 {ratio:.2f}"
        + ("，高于 0.10，判断相互矛盾" if doubtful else ""),
    )
    return Weights(_shares(shares), basis, ratio)


def _place(name: str, place: Mapping[str, int]) -> int:
    if name in place:
        return place[name]
    message = f"[[comparison.pair]]: '{name}' is not a criterion with weight. "
    raise StudyError(message + did_you_mean(name, place))


def _shares(raw: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(share) for share in raw / raw.sum())

"""Ripley's K and cross-K: do places of one kind keep near those of their own or another kind.

K(r) is the mean number of places within r of a place, over their density. For places strewn at
random it is pi r². Where all places keep to a few streets, that says little; then the question
is whether a kind keeps closer together than the other places of the same streets do, and chance
is dealing out the kinds anew among the same places (random labelling).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taobaogis.clusters.pairs import Pairs, in_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from taobaogis.clusters.window import Window

__all__ = ["KCurve", "against_shuffles", "against_strewn", "k_function"]

_LEVEL = (0.025, 0.975)
_MOST_NUMBERS = 20_000_000


@dataclass(frozen=True, eq=False)
class KCurve:
    """K of the places and of patterns made by chance.

    Attributes
    ----------
    radii_m
        Ascending.
    k
        Of the places: square metres in a window, metres along streets.
    expected
        Mean by chance.
    low, high
        Between which 95 % of the patterns by chance lie, radius by radius.
    p
        Chance of a pattern that strays so far from the mean at any radius: the greatest
        deviation of the root of K over all radii, ranked among those of all patterns.
    n_a, n_b
        Places of the two kinds; equal for one kind.
    """

    radii_m: NDArray[np.float64]
    k: NDArray[np.float64]
    expected: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    p: float
    n_a: int
    n_b: int


def k_function(
    pairs: Pairs,
    radii_m: Sequence[float],
    a: NDArray[np.bool_] | None = None,
    b: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """K or cross-K at some radii.

    Parameters
    ----------
    pairs
        From `taobaogis.clusters.pairs`, with a reach of the last radius or more.
    radii_m
        Ascending.
    a, b
        Which places are of the first kind and of the second; all without `a`, the same kind
        without `b`. The two kinds must not share places.

    Returns
    -------
    k
        extent / (n_a n_b) times the weighed number of pairs of an a and a b within each radius;
        n_a (n_a - 1) for one kind. NaN with too few places for any pair.

    References
    ----------
    Ripley 1976. Okabe and Yamada 2001, The K-function method on a network and its computational
    implementation, Geographical Analysis 33(3).

    Examples
    --------
    >>> from shapely import box
    >>> from taobaogis.clusters.window import Window
    >>> xy = np.array([[40.0, 50.0], [60.0, 50.0]])
    >>> pairs = in_window(xy, Window.of(box(0, 0, 100, 100), reach_m=30), reach_m=30)
    >>> k_function(pairs, [10, 30]).round().tolist()
    [0.0, 12500.0]
    """
    of_a = np.ones(pairs.n, dtype=bool) if a is None else a
    counts = _counts(pairs, radii_m, of_a[None], of_a[None] if b is None else b[None])
    return np.asarray(counts[0] * pairs.extent / _possible(of_a, b))


def against_shuffles(
    pairs: Pairs,
    radii_m: Sequence[float],
    a: NDArray[np.bool_],
    b: NDArray[np.bool_] | None = None,
    *,
    permutations: int = 199,
    seed: int = 1,
) -> KCurve:
    """K of a kind, or cross-K of two, against the kinds dealt out anew among the same places.

    Parameters
    ----------
    pairs, radii_m, a, b
        As in `k_function`; pairs are of all places.
    permutations, seed
        How many shuffles, and how the cards are shuffled.

    Returns
    -------
    curve
        See `KCurve`.
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(rng.random((permutations, pairs.n)), axis=1)
    dealt_a = a[order]
    dealt_b = dealt_a if b is None else b[order]
    shuffled = _counts(pairs, radii_m, dealt_a, dealt_b) * pairs.extent / _possible(a, b)
    return _curve(radii_m, k_function(pairs, radii_m, a, b), shuffled, (a, b))


def against_strewn(
    xy: NDArray[np.float64],
    window: Window,
    radii_m: Sequence[float],
    *,
    patterns: int = 99,
    seed: int = 1,
) -> KCurve:
    """K of places against as many places strewn at random over the window.

    Parameters
    ----------
    xy
        Places in metres, shape (n, 2), all within the window.
    window
        Its reach must be the last radius or more.
    radii_m
        Ascending.
    patterns, seed
        How many random patterns, and how they are drawn.

    Returns
    -------
    curve
        See `KCurve`; chance gives pi r² but for its own scatter.
    """
    rng = np.random.default_rng(seed)
    reach = float(radii_m[-1])
    everyone = np.ones(len(xy), dtype=bool)

    def k_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return k_function(in_window(points, window, reach_m=reach), radii_m)

    strewn = np.stack([k_of(window.strewn(len(xy), rng)) for _ in range(patterns)])
    return _curve(radii_m, k_of(xy), strewn, (everyone, None))


def _counts(
    pairs: Pairs,
    radii_m: Sequence[float],
    of_a: NDArray[np.bool_],
    of_b: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Weighed ordered pairs within each radius, one row for each dealing out of the kinds."""
    last = np.searchsorted(pairs.distance_m, radii_m, side="right")
    deals = len(of_a)
    counts = np.zeros((deals, len(last)))
    step = max(1, _MOST_NUMBERS // max(len(pairs.one), 1))
    for at in range(0, deals, step):
        a, b = of_a[at : at + step], of_b[at : at + step]
        hits = (a[:, pairs.one] & b[:, pairs.other]).astype(float)
        hits += b[:, pairs.one] & a[:, pairs.other]
        total = np.cumsum(hits * pairs.weight, axis=1)
        total = np.concatenate([np.zeros((len(total), 1)), total], axis=1)
        counts[at : at + step] = total[:, last]
    return counts


def _possible(a: NDArray[np.bool_], b: NDArray[np.bool_] | None) -> float:
    n_a = int(a.sum())
    possible = n_a * (n_a - 1) if b is None else n_a * int(b.sum())
    return float(possible) if possible else float("nan")


def _curve(
    radii_m: Sequence[float],
    observed: NDArray[np.float64],
    by_chance: NDArray[np.float64],
    kinds: tuple[NDArray[np.bool_], NDArray[np.bool_] | None],
) -> KCurve:
    a, b = kinds
    low, high = np.quantile(by_chance, _LEVEL, axis=0)
    # The root makes the scatter alike at all radii.
    roots = np.sqrt(np.vstack([observed[None], by_chance]))
    stray = np.abs(roots - roots.mean(axis=0)).max(axis=1)
    p = float((stray >= stray[0] * (1 - 1e-12)).mean())
    n_a = int(a.sum())
    return KCurve(
        radii_m=np.asarray(radii_m, dtype=float),
        k=observed,
        expected=by_chance.mean(axis=0),
        low=low,
        high=high,
        p=p,
        n_a=n_a,
        n_b=n_a if b is None else int(b.sum()),
    )

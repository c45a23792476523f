"""Whether places of one kind have those of another next door more often than chance would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from taobaogis.clusters.chance import adjusted, two_sided
from taobaogis.crs import require_metres

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["colocation_quotients"]

# Places as near as this count as equally near: a map tells no more.
_TIE_M = 0.01
_LEAST_PLACES = 3


def colocation_quotients(
    places: gpd.GeoDataFrame,
    *,
    column: str = "category",
    least: int = 5,
    permutations: int = 499,
    seed: int = 1,
) -> pd.DataFrame:
    """Colocation quotient of every ordered pair of kinds, with a permutation test.

    CLQ = (C_ab / N_a) / (N_b / (N - 1)), where C_ab is how many places of kind a have one of
    kind b as their nearest; several equally near share it. 1 is chance, 2 twice as often. For
    one kind with itself, N_b is one less, as no place is its own neighbour.

    Parameters
    ----------
    places
        Points in a metric CRS.
    column
        Holds the kind of each place.
    least
        Kinds with fewer places are neighbours of others but get no row.
    permutations, seed
        Times that the kinds are dealt out anew among the same places, and how the cards are
        shuffled.

    Returns
    -------
    quotients
        One row an ordered pair: ``a``, ``b``, ``n_a``, ``n_b``, ``clq``; ``low`` and ``high``,
        between which 95 % of the shuffles fall; ``p``, two-sided; ``q``, p with the false
        discoveries of all pairs controlled (Benjamini and Hochberg). No row if no kind is
        frequent enough or there are fewer than three places.

    Raises
    ------
    CRSError
        If `places` is not in metres.

    References
    ----------
    Leslie and Kronenfeld 2011, The colocation quotient, Geographical Analysis 43(3).
    """
    require_metres(places, "places")
    kinds, code = np.unique(places[column].to_numpy(dtype=str), return_inverse=True)
    count = np.bincount(code, minlength=len(kinds))
    shown = np.flatnonzero(count >= least)
    if len(places) < _LEAST_PLACES or len(shown) == 0:
        return pd.DataFrame(columns=["a", "b", "n_a", "n_b", "clq", "low", "high", "p", "q"])
    xy = np.column_stack([places.geometry.x, places.geometry.y])
    nearest = _nearest(xy)
    hot = np.eye(len(kinds))[code]
    n = len(code)
    chance = count[:, None] * (count[None, :] - np.eye(len(kinds))) / (n - 1)

    def quotients(of: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore", divide="ignore"):
            whole = np.asarray(of.T @ (nearest @ of)) / chance
        return np.asarray(whole[np.ix_(shown, shown)])

    observed = quotients(hot)
    rng = np.random.default_rng(seed)
    shuffled = np.stack([quotients(hot[rng.permutation(n)]) for _ in range(permutations)])
    low, high = np.quantile(shuffled, [0.025, 0.975], axis=0)
    p = two_sided(observed, shuffled)
    a, b = (axis.ravel() for axis in np.meshgrid(shown, shown, indexing="ij"))
    return pd.DataFrame(
        {
            "a": kinds[a],
            "b": kinds[b],
            "n_a": count[a],
            "n_b": count[b],
            "clq": observed.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "p": p.ravel(),
            "q": adjusted(p.ravel()),
        }
    )


def _nearest(xy: NDArray[np.float64]) -> csr_array:
    """Who is nearest to whom; rows sum to 1, shared among places equally near."""
    n = len(xy)
    tree = cKDTree(xy)
    reach = tree.query(xy, k=[2])[0][:, 0] + _TIE_M
    rows, columns = [], []
    for i, near in enumerate(tree.query_ball_point(xy, reach)):
        others = [j for j in near if j != i]
        rows += [i] * len(others)
        columns += others
    row = np.array(rows)
    share = 1.0 / np.bincount(row, minlength=n)[row]
    return csr_array((share, (row, np.array(columns))), shape=(n, n))

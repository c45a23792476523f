"""Which kinds of the production network keep company: K curves and quotients of one village."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from taobaogis.clusters.categories import TRANSIT, categories
from taobaogis.clusters.colocation import colocation_quotients
from taobaogis.clusters.few import too_few
from taobaogis.clusters.pairs import along_streets, in_window, places_xy
from taobaogis.clusters.ripley import against_shuffles
from taobaogis.clusters.window import Window
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, grade, limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from taobaogis.clusters.pairs import Pairs
    from taobaogis.village import Village

__all__ = ["COMPANY_COLUMNS", "REACH_M", "company_curves", "company_indicators"]

REACH_M = 150.0
_STEP_M = 10.0
_SHUFFLES = 99
COMPANY_COLUMNS = (
    "curve", "ground", "radius_m", "k", "expected", "low", "high", "p", "n_a", "n_b", "why",
    "why_zh",
)  # fmt: skip
_SHOPS = ("retail", "wholesale")


class _Question(NamedTuple):
    """Two kinds of places that may keep company; one kind with its own if `b` is empty.

    With stops, which are no places, they are asked about only in a straight line.
    """

    key: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    what_a: Words
    what_b: Words


def _questions() -> Sequence[_Question]:
    chain = tuple(key for key, category in categories().items() if category.chain)
    shops = Words("shops", "商铺")
    return (
        _Question("chain", chain, (), Words("places of the e-commerce chain", "电商链设施"),
                  Words("")),
        _Question("express_shops", ("express",), _SHOPS, Words("express points", "快递点"), shops),
        _Question("workshop_shops", ("workshop",), _SHOPS, Words("workshops", "作坊"), shops),
        _Question("shop_stops", _SHOPS, (TRANSIT,), shops, Words("stops", "公交地铁站点")),
    )  # fmt: skip


def company_curves(village: Village, places: gpd.GeoDataFrame, apart: pd.DataFrame) -> pd.DataFrame:
    """K of the e-commerce chain, cross-K of express points, workshops and stops with shops.

    Each is held against the kinds dealt out anew among the same places, in a straight line with
    edge correction (``ground`` = ``plane``) and, for two kinds of places, along the streets
    (``streets``).

    Parameters
    ----------
    village
        Its boundary is the window.
    places
        Places inside with the column ``category``.
    apart
        As in `taobaogis.clusters.whole.village_clusters`.

    Returns
    -------
    curves
        `COMPANY_COLUMNS`, one row a curve and radius; one row with ``why`` and no numbers for a
        curve that too few places can give.
    """
    rows: list[pd.DataFrame] = []
    window = Window.of(village.boundary, reach_m=REACH_M)
    with_stops = _with_stops(village, places)
    length_m = float(village.layers["streets"].length.sum())
    plane = in_window(places_xy(places), window, reach_m=REACH_M)
    streets = along_streets(apart, n=len(places), length_m=length_m)
    for question in _questions():
        asked, grounds = places, {"plane": plane}
        if question.b == (TRANSIT,):
            asked = with_stops
            grounds = {"plane": in_window(places_xy(asked), window, reach_m=REACH_M)}
        elif question.b:
            grounds["streets"] = streets
        kinds = asked["category"].to_numpy(dtype=str)
        a = np.isin(kinds, question.a)
        b = np.isin(kinds, question.b) if question.b else None
        for name, pairs in grounds.items():
            why = _why_not(village, a, b, question)
            if not why and not len(pairs.one):
                why = Words("no two places are so near to each other", "无相近设施")
            told = {"curve": question.key, "ground": name}
            rows.append(pd.DataFrame(told | _why_row(why) if why else told | _curve(pairs, a, b)))
    return pd.concat(rows, ignore_index=True).reindex(columns=list(COMPANY_COLUMNS))


def company_indicators(village: Village, places: gpd.GeoDataFrame) -> list[Indicator]:
    """Colocation quotient of express points with shops.

    Parameters
    ----------
    village
        Whose places they are.
    places
        As in `company_curves`.

    Returns
    -------
    indicators
        ``express_shop_clq``, with what 95 % of the shuffles give as the reason beside it.
    """
    key = "express_shop_clq"
    source = village.layers.source("pois")
    method = "nearest place of each express point; kinds dealt out anew 499 times, seed 1"
    merged = places.assign(category=places["category"].replace(dict.fromkeys(_SHOPS, "shop")))
    count = merged["category"].value_counts()
    names = (("express", Words("express points", "快递点")), ("shop", Words("shops", "商铺")))
    few = (too_few(int(count.get(k, 0)), "few_of_category", what=what) for k, what in names)
    why = village.outside or next(filter(None, few), None)
    if why:
        return [not_available(key, why, method=method, source=source)]
    table = colocation_quotients(merged, least=int(limit("few_of_category")))
    row = table[(table["a"] == "express") & (table["b"] == "shop")].iloc[0]
    low, high, p = row["low"], row["high"], row["p"]
    chance = Words(
        f"by chance {low:.2f} to {high:.2f}, p = {p:.2g}",
        f"随机情况下为 {low:.2f} 至 {high:.2f}，p = {p:.2g}",
    )
    level, reason = grade(boundary_doubts(village))
    told = Words(f"{chance}; {reason}", f"{chance.zh}；{reason.zh}") if reason else chance
    return [
        measured(key, float(row["clq"]), n=int(row["n_a"]), method=f"{method}; {told}",
                 source=source, grade=level, reason=reason)
    ]  # fmt: skip


def _with_stops(village: Village, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Places, and the stops of public transport as places of their kind."""
    stops = village.inside("stops")[["geometry"]].assign(category=TRANSIT)
    return gpd.GeoDataFrame(pd.concat([places[["category", "geometry"]], stops], ignore_index=True))


def _why_not(
    village: Village, a: NDArray[np.bool_], b: NDArray[np.bool_] | None, question: _Question
) -> Words:
    if village.outside:
        return village.outside
    few = too_few(int(a.sum()), "few_of_category", what=question.what_a)
    if few or b is None:
        return few
    return too_few(int(b.sum()), "few_of_category", what=question.what_b)


def _why_row(why: Words) -> dict[str, list[str]]:
    return {"why": [str(why)], "why_zh": [why.zh]}


def _curve(pairs: Pairs, a: NDArray[np.bool_], b: NDArray[np.bool_] | None) -> dict[str, object]:
    radii = list(np.arange(_STEP_M, REACH_M + _STEP_M / 2, _STEP_M))
    found = against_shuffles(pairs, radii, a, b, permutations=_SHUFFLES)
    return {
        "radius_m": radii, "k": found.k, "expected": found.expected, "low": found.low,
        "high": found.high, "p": found.p, "n_a": found.n_a, "n_b": found.n_b, "why": "",
        "why_zh": "",
    }  # fmt: skip

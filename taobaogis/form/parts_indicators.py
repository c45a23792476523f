"""Parts and block complexity of a village: columns of the buildings, a layer and indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from taobaogis.form.complexity import WIDEST_M, block_complexities
from taobaogis.form.judging import blocked, graded, house_doubts, not_mapped, sources
from taobaogis.form.parts import PARTS_SEE_M, PartsOfVillage, village_parts
from taobaogis.form.parts_evidence import SPACING_M
from taobaogis.geometry.contacts import facade_contacts
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import doubt

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from taobaogis.village import Village

__all__ = ["PARTS_KEYS", "PartsForm", "parts_form"]

PARTS_KEYS = (
    "core_area_share",
    "new_part_area_share",
    "k_complexity_mean",
    "k_complexity_max",
)
_SHARES = {"core_area_share": "old", "new_part_area_share": "new"}
# Houses that are told with less than this leave the share of ground open by theirs.
_SURE = 0.9
# Both cores and planned parts cover about half of their ground, or more.
_LEAST_COVERAGE = 0.5
# A fire engine or an ambulance comes along any other street.
_ON_FOOT = frozenset({"footway", "path", "steps", "cycleway", "bridleway", "corridor"})
_PARTS_METHOD = (
    "votes of each house by clear way, direction, size and building lines, smoothed over its "
    "neighbours; ground shared out midway between houses"
)
_K_METHODS = {
    "k_complexity_mean": "houses to pass from a mapped street that vehicles may use; deepest "
    "house of each block, mean over blocks weighted by their houses",
    "k_complexity_max": "houses to pass from a mapped street that vehicles may use; deepest "
    "house of all",
}


class PartsForm(NamedTuple):
    """What `parts_form` finds.

    Attributes
    ----------
    columns
        On the index of the village's buildings: ``part``, ``part_probability``,
        ``k_complexity``.
    parts
        As from `taobaogis.form.parts.village_parts`, with ``village``; empty where the source
        does not reach.
    indicators
        Every one of `PARTS_KEYS`.
    """

    columns: pd.DataFrame
    parts: gpd.GeoDataFrame
    indicators: list[Indicator]


def parts_form(village: Village, buildings: gpd.GeoDataFrame) -> PartsForm:
    """Old and new parts of a village, and how deep its houses stand behind others.

    Parameters
    ----------
    village
        Boundary and layers with their surroundings.
    buildings
        Of the village, from `taobaogis.form.measures.measured_buildings`.

    Returns
    -------
    form
        The bounds of a share of ground leave out houses of the part that are told with less
        than nine in ten, or take in those of other parts that may belong to it with more than
        one in ten. Those of k let footways and paths give access as well.
    """
    layer = village.layers["buildings"]
    near = layer[shapely.dwithin(layer.geometry.to_numpy(), village.boundary, PARTS_SEE_M)]
    inside = buildings.index
    contacts = facade_contacts(near.geometry.to_numpy(), spacing_m=SPACING_M, widest_m=WIDEST_M)
    found = village_parts(near, village.boundary, contacts=contacts)
    streets = village.layers["streets"]
    on_foot = streets["highway"].isin(_ON_FOOT)
    for_vehicles = streets[~on_foot]
    complexity, any_way = (
        frame.loc[inside]
        for frame in block_complexities(near, [for_vehicles, streets[on_foot]], contacts=contacts)
    )
    parts = found.parts.assign(village=village.id)
    columns = found.columns.loc[inside].assign(k_complexity=complexity["k_complexity"])
    indicators = [
        *_share_indicators(village, found, buildings),
        *_k_indicators(village, buildings, complexity, any_way, streets=len(for_vehicles)),
    ]
    return PartsForm(columns, parts.iloc[:0] if village.outside else parts, indicators)


def _share_indicators(
    village: Village, found: PartsOfVillage, buildings: gpd.GeoDataFrame
) -> list[Indicator]:
    source = sources(village, "buildings")
    parts = found.parts
    why = blocked(village, buildings)
    if not why and (parts["part"] == "").all():
        why = Words(str(parts["why"].iloc[0]), str(parts["why_zh"].iloc[0]))
    if why:
        return [not_available(key, why, method=_PARTS_METHOD, source=source) for key in _SHARES]
    indicators = []
    for key, part in _SHARES.items():
        chosen = parts[parts["part"] == part]
        share = float(chosen["area_ha"].sum() / parts["area_ha"].sum())
        low, high = _bounds(found, buildings.index, part, share)
        doubts = house_doubts(village, buildings)
        if len(chosen):
            told = np.average(chosen["probability"], weights=chosen["n_buildings"])
            doubts.append(doubt("parts_unsure", float(told)))
        indicators.append(
            measured(
                key, share, low=low, high=high, method=_PARTS_METHOD, source=source,
                n=int(chosen["n_buildings"].sum()), **graded(doubts),
            )
        )  # fmt: skip
    return indicators


def _bounds(
    found: PartsOfVillage, inside: pd.Index, part: str, share: float
) -> tuple[float, float]:
    """Share of ground without the houses that are unsure, and with those that may belong."""
    columns = found.columns.loc[inside]
    belief = found.belief.loc[inside, part]
    mine = columns["part"] == part
    # Every house of a piece stands for as much of its ground as of its footprints; one that
    # stands on open ground would not take all of that along.
    ground = found.belief.loc[inside, "ground_share"]
    fabric = found.belief.loc[inside, "footprint_share"] / _LEAST_COVERAGE
    unsure = float(ground[mine & (belief < _SURE)].sum())
    possible = float(np.minimum(ground, fabric)[~mine & (belief > 1 - _SURE)].sum())
    return max(share - unsure, 0.0), min(share + possible, 1.0)


def _k_indicators(
    village: Village,
    buildings: gpd.GeoDataFrame,
    complexity: pd.DataFrame,
    any_way: pd.DataFrame,
    *,
    streets: int,
) -> list[Indicator]:
    source = sources(village, "streets", "buildings")
    known = complexity["k_complexity"].notna()
    why = blocked(village, buildings)
    if not why and streets == 0:
        why = not_mapped(village, "streets that vehicles may use", "可通车街巷")
    if not why and not known.any():
        name_en, name_zh = village.spec.name_en, village.spec.name_zh
        why = Words(
            f"no mapped street reaches a building of {name_en}",
            f"{name_zh or name_en}没有建筑与已测绘街巷相通",
        )
    if why:
        return [
            not_available(key, why, method=method, source=source)
            for key, method in _K_METHODS.items()
        ]
    doubts = house_doubts(village, buildings)
    doubts.append(doubt("no_street_reaches", float((~known).mean())))
    indicators = []
    for key, method in _K_METHODS.items():
        value, low = (_k(frame, key) for frame in (complexity, any_way))
        indicators.append(
            measured(
                key, value, low=min(low, value), high=value, method=method, source=source,
                n=int(known.sum()), **graded(doubts),
            )
        )  # fmt: skip
    return indicators


def _k(complexity: pd.DataFrame, key: str) -> float:
    values = complexity["k_complexity"]
    if key == "k_complexity_max":
        return float(values.max())
    # Of the houses of the village, not of those around it that share a block with them.
    return float(np.nanmean(values.groupby(complexity["block"]).transform("max")))

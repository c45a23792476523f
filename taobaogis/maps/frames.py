"""What every layer of a map is made from: rows that can be drawn, and the trust they deserve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from taobaogis.indicators import Words
from taobaogis.maps.model import Label, Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taobaogis.results import StudyResult, VillageResult

__all__ = ["DRAWN_WITHIN_M", "drawable", "names_in", "trust_in", "why_not"]

# Derived lines and areas with many corners are drawn this exactly.
DRAWN_WITHIN_M = 0.2


def drawable(result: VillageResult, study: StudyResult, key: str, *needed: str) -> gpd.GeoDataFrame:
    """Layer without rows that cannot be drawn, and with the columns that decide colours.

    Parameters
    ----------
    result, study
        The village and the run it belongs to.
    key
        Name of the layer; one that the village lacks is empty.
    needed
        Columns that are added as unknown where they are missing.
    """
    frame = result.layers.get(key)
    if frame is None:
        frame = gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=study.crs)
    frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
    return frame.assign(**{column: None for column in needed if column not in frame})


def trust_in(result: VillageResult, indicator_key: str, kinds: Sequence[str]) -> Trust:
    """Trust in a layer.

    Parameters
    ----------
    result
        The village.
    indicator_key
        Indicator whose grade speaks for the layer.
    kinds
        Kinds of source data the layer was made from.
    """
    sources = (result.village.layers.source(kind) for kind in kinds)
    source = "; ".join(dict.fromkeys(s for s in sources if s))
    indicator = result.indicators.get(indicator_key)
    if indicator is None or indicator.value is None:
        return Trust(Label.same(source))
    return Trust(Label.same(source), indicator.grade)


def why_not(result: VillageResult, indicator_key: str, otherwise: Label) -> Label:
    """Why a layer is empty: the reason that its indicator gives for having no value, if it has one.

    Parameters
    ----------
    result
        The village.
    indicator_key
        Indicator that is measured on the layer.
    otherwise
        What to say where it has a value, or is not there.
    """
    indicator = result.indicators.get(indicator_key)
    if indicator is None or indicator.value is not None:
        return otherwise
    return Label(str(indicator.reason), Words.of(indicator.reason).zh)


def names_in(frame: gpd.GeoDataFrame) -> tuple[str, str] | None:
    """Columns that hold the English and the Chinese name of features; None if there are none."""
    if {"name_en", "name_zh"} <= set(frame.columns):
        return ("name_en", "name_zh")
    return ("name", "name") if "name" in frame else None

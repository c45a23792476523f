"""All layers, indicators and tables of what the land of a village is used for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from taobaogis.errors import InputError
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.landuse.cover import cover_of, disagreeing_cells, use_against_cover
from taobaogis.landuse.mix import hill_number
from taobaogis.landuse.parcels import landuse_parcels
from taobaogis.landuse.raster_measures import no_raster, raster_indicators, zonal_columns
from taobaogis.landuse.shares import landuse_indicators, landuse_pieces
from taobaogis.landuse.tenure import tenure_indicators, tenure_pieces
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from taobaogis.village import Village

__all__ = ["VillageLand", "measure_landuse"]


class VillageLand(NamedTuple):
    """What the land of one village is used for.

    Attributes
    ----------
    layers
        ``landuse`` and ``parcels``; ``tenure`` if the study tells it; with a land-cover raster
        ``cover_disagreement``.
    indicators
        Group ``landuse`` of the definitions.
    tables
        With a land-cover raster ``use_against_cover``.
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    indicators: Sequence[Indicator]
    tables: Mapping[str, pd.DataFrame]


def measure_landuse(village: Village) -> VillageLand:
    """Measure the land use of one village, from what is mapped and from its rasters.

    Parameters
    ----------
    village
        Boundary, layers, rasters and tenure.

    Raises
    ------
    InputError
        If its land-cover raster has classes that no table knows.
    """
    places = village.inside("pois")
    pieces = landuse_pieces(
        village.layers["landuse"], village.layers["buildings"], village.boundary, places=places
    )
    parcels = landuse_parcels(
        pieces, village.layers["streets"], village.boundary, tenure=village.tenure
    )
    parcels = parcels.join(zonal_columns(parcels, village))
    layers: dict[str, gpd.GeoDataFrame] = {"landuse": pieces, "parcels": parcels}
    if village.tenure is not None:
        layers["tenure"] = tenure_pieces(village)
    indicators = [
        *landuse_indicators(village, pieces),
        *_mix_indicators(village, pieces, places),
        *tenure_indicators(village),
        *raster_indicators(village),
    ]
    tables: dict[str, pd.DataFrame] = {}
    if "landcover" not in village.rasters:
        key, why = "landcover_agreement_share", village.outside or no_raster("landcover")
        indicators.append(not_available(key, why))
    else:
        try:
            cover = cover_of(village.rasters["landcover"])
        except InputError as error:
            message = f"{village.layers.source('landcover')}: {error}"
            raise InputError(message) from error
        tables["use_against_cover"] = use_against_cover(pieces, cover)
        layers["cover_disagreement"] = disagreeing_cells(pieces, cover)
        indicators += _agreement(village, tables["use_against_cover"])
    return VillageLand(layers, indicators, tables)


def _mix_indicators(
    village: Village, pieces: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> list[Indicator]:
    """Effective number of uses, and houses with a service in them."""
    sources = [village.layers.source(kind) for kind in ("landuse", "buildings")]
    source = "; ".join(dict.fromkeys(s for s in sources if s))
    method = "exp of Shannon's entropy of the known land by use"
    area = pieces[pieces["use"] != "unknown"].groupby("use")["area_m2"].sum().to_numpy()
    known_share = float(area.sum() / pieces["area_m2"].sum()) if len(pieces) else 0.0
    why = village.outside or doubt("land_use_unknown", known_share)
    level, reason = grade(boundary_doubts(village))
    if why:
        mix = not_available("landuse_mix_ratio", why, method=method, source=source)
    else:
        mix = measured(
            "landuse_mix_ratio", float(hill_number(area, order=1)), n=len(area),
            method=method, source=source, grade=level, reason=reason,
        )  # fmt: skip
    return [mix, _mixed_houses(village, places)]


def _mixed_houses(village: Village, places: gpd.GeoDataFrame) -> Indicator:
    key, method = "house_with_place_share", "footprints with a mapped place in them"
    source = "; ".join(filter(None, (village.layers.source(k) for k in ("buildings", "pois"))))
    houses = village.inside("buildings")
    why = village.outside
    if not why and houses.empty:
        why = Words("no buildings are mapped here", "此处未测绘建筑")
    if not why and places.empty:
        why = Words(
            "no place is mapped here, which is not to say that there is none",
            "此处未测绘设施点，并不表示没有",
        )
    if why:
        return not_available(key, why, method=method, source=source)
    house, _ = places.sindex.query(houses.geometry, predicate="intersects")
    doubts = [doubt("few_buildings", len(houses)), doubt("few_places", len(places))]
    level, reason = grade([*boundary_doubts(village), *doubts])
    return measured(
        key, len(np.unique(house)) / len(houses), n=len(houses), method=method, source=source,
        grade=level, reason=reason,
    )  # fmt: skip


def _agreement(village: Village, table: pd.DataFrame) -> list[Indicator]:
    key = "landcover_agreement_share"
    known = table[table["use"] != "unknown"]
    source = "; ".join(filter(None, (village.layers.source(k) for k in ("landuse", "landcover"))))
    method = "land whose ground in the raster does not speak against its mapped use"
    if known.empty:
        why = Words("no land is known from both the map and the raster", "地图与栅格均无已知土地")
        return [not_available(key, why, method=method, source=source)]
    share = float(known.loc[known["agrees"], "area_m2"].sum() / known["area_m2"].sum())
    level, reason = grade(boundary_doubts(village))
    return [
        measured(key, share, n=len(known), method=method, source=source, grade=level, reason=reason)
    ]

"""Proximity of a village to markets and stops, as indicators and as layers for maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from taobaogis.access.main_roads import main_roads
from taobaogis.access.market_ways import market_ways
from taobaogis.access.markets import market_access, market_indicators
from taobaogis.access.network import study_networks
from taobaogis.access.stops import stop_indicators
from taobaogis.access.transit.health import lines_near
from taobaogis.access.transit.lines import transit_lines
from taobaogis.access.transit.markets import market_trips, trip_indicators
from taobaogis.access.village_reach import (
    barriers_to_walk,
    reach_indicators,
    village_isochrones,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from taobaogis.access.network import Mode, Network
    from taobaogis.access.transit.lines import TransitLines
    from taobaogis.indicators import Indicator
    from taobaogis.study_spec import MarketSpec
    from taobaogis.village import Layers, Village

__all__ = ["VillageAccess", "access_indicators"]


class VillageAccess(NamedTuple):
    """Proximity of a village.

    Attributes
    ----------
    indicators
        One for each key of the group ``access``, those without value with their reason.
    layers
        ``markets`` from `taobaogis.access.markets.market_access` with the columns of
        `taobaogis.access.transit.markets.TRIP_COLUMNS`; ``market_ways`` along the streets to the
        right markets, from `taobaogis.access.market_ways.market_ways`; ``trips``, the legs of the
        trips to them; ``transit_lines`` near by, from
        `taobaogis.access.transit.health.lines_near`; ``main_roads`` around all of these;
        ``isochrones`` from
        `taobaogis.access.village_reach.village_isochrones`.
    """

    indicators: Sequence[Indicator]
    layers: Mapping[str, gpd.GeoDataFrame]


def access_indicators(
    village: Village,
    markets: Sequence[MarketSpec],
    layers: Layers,
    *,
    networks: Mapping[Mode, Network] | None = None,
    lines: TransitLines | None = None,
) -> VillageAccess:
    """Indicators of the group ``access``, and their layers.

    Parameters
    ----------
    village
        To measure.
    markets
        Of the study.
    layers
        Of the whole study: all its streets, stops and lines.
    networks, lines
        From `taobaogis.access.network.study_networks` and
        `taobaogis.access.transit.lines.transit_lines` on `layers`; building them once for all
        villages saves time.

    Returns
    -------
    access
        See `VillageAccess`.
    """
    if networks is None:
        networks = study_networks(layers["streets"])
    table = market_access(village, markets, layers, networks=networks)
    if lines is None:
        lines = transit_lines(layers["stops"], layers["routes"])
    columns, trips = market_trips(village, table, lines, networks["walk"])
    ways = market_ways(village, table, networks)
    table = table.join(columns)
    areas = village_isochrones(village, layers, networks, barriers=barriers_to_walk(layers))
    indicators = [
        *market_indicators(village, table, layers),
        *trip_indicators(village, table, lines, layers),
        *stop_indicators(village, layers, walk=networks["walk"]),
        *reach_indicators(village, layers, areas),
    ]
    seen = [village.boundary, *ways.geometry[ways["first"]], *trips.geometry[trips["first"]]]
    made = {
        "main_roads": main_roads(layers, seen),
        "markets": table,
        "market_ways": ways,
        "trips": trips,
        "transit_lines": lines_near(village, lines),
        "isochrones": areas,
    }
    return VillageAccess(indicators, made)

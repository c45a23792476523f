"""Proximity of a village to markets and stops, as indicators and as a layer for maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.access.markets import market_access, market_indicators
from taobaogis.access.network import study_networks
from taobaogis.access.stops import stop_indicators

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from taobaogis.access.network import Mode, Network
    from taobaogis.indicators import Indicator
    from taobaogis.study_spec import MarketSpec
    from taobaogis.village import Layers, Village

__all__ = ["access_indicators"]


def access_indicators(
    village: Village,
    markets: Sequence[MarketSpec],
    layers: Layers,
    *,
    networks: Mapping[Mode, Network] | None = None,
) -> tuple[list[Indicator], gpd.GeoDataFrame]:
    """Indicators of the group ``access``, and the markets as a layer.

    Parameters
    ----------
    village
        To measure.
    markets
        Of the study.
    layers
        Of the whole study: all its streets and stops.
    networks
        From `taobaogis.access.network.study_networks` on the streets of `layers`; building
        them once for all villages saves time.

    Returns
    -------
    indicators
        One for each key of the group, those without value with their reason.
    markets
        From `taobaogis.access.markets.market_access`.
    """
    if networks is None:
        networks = study_networks(layers["streets"])
    table = market_access(village, markets, layers, networks=networks)
    indicators = [
        *market_indicators(village, table, layers),
        *stop_indicators(village, layers, walk=networks["walk"]),
    ]
    return indicators, table

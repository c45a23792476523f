"""What main streets say of a village: how much of its services stands on how little street."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from taobaogis.clusters.few import too_few
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.trust.grades import boundary_doubts, doubt, grade
from taobaogis.trust.shares import wilson_interval

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.village import Village

__all__ = ["street_life_indicators"]

_METHOD = (
    "stretches whose density of places along the streets (quartic kernel of 100 m) is beyond "
    "what 95 % of random patterns reach anywhere, and on to half of it"
)
_KEYS = ("main_street_share", "main_street_km", "main_street_length_share")
_M_PER_KM = 1e3


def street_life_indicators(
    village: Village, places: gpd.GeoDataFrame, stretches: gpd.GeoDataFrame
) -> list[Indicator]:
    """Share of the places that stand on main streets, and how long those are.

    Parameters
    ----------
    village
        Whose they are.
    places
        Places inside the boundary with the column ``main_street``, -1 off the main streets.
    stretches
        From `taobaogis.clusters.main_streets.main_streets`.

    Returns
    -------
    indicators
        ``main_street_share`` with the Wilson interval of 95 %, ``main_street_km`` within the
        boundary, ``main_street_length_share`` of all mapped streets there. NA with fewer places
        than a gathering can be told from.
    """
    source = "; ".join(filter(None, (village.layers.source(k) for k in ("pois", "streets"))))
    why = _why_not(village, len(places))
    if why:
        return [not_available(key, why, method=_METHOD, source=source) for key in _KEYS]
    lines = village.layers["streets"].geometry.to_numpy()
    all_m = float(shapely.length(shapely.intersection(lines, village.boundary)).sum())
    found = shapely.intersection(stretches.geometry.to_numpy(), village.boundary)
    main_m = float(shapely.length(found).sum())
    on = int((places["main_street"] >= 0).sum())
    low, high = wilson_interval(on, len(places))
    level, reason = grade([*boundary_doubts(village), doubt("few_places", len(places))])
    values = (
        (on / len(places), low, high, len(places)),
        (main_m / _M_PER_KM, None, None, len(stretches)),
        (main_m / all_m if all_m else float("nan"), None, None, len(stretches)),
    )
    return [
        measured(key, value, low=low, high=high, n=n, method=_METHOD, source=source,
                 grade=level, reason=reason)
        for key, (value, low, high, n) in zip(_KEYS, values, strict=True)
    ]  # fmt: skip


def _why_not(village: Village, n: int) -> Words:
    if village.outside:
        return village.outside
    if village.layers["streets"].empty:
        return Words("no street is mapped here", "此处未测绘街巷")
    return too_few(n, "few_places_to_gather", what=Words("places", "设施点"))

"""How complete the layers of a village are: each as a share with bounds, and how it was found."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.geometry.arrays import geometries
from taobaogis.indicators import NO_WORDS, Words
from taobaogis.trust.grades import Reason, doubt
from taobaogis.trust.pattern import FEWEST_HOUSES, Share, pattern_share
from taobaogis.trust.reference import built_share, covered_share, reference_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from taobaogis.study_spec import Assumptions
    from taobaogis.village import Village

__all__ = [
    "OPEN_USES",
    "Completeness",
    "buildings_completeness",
    "pois_completeness",
    "streets_completeness",
    "village_completeness",
]

# Mapped land on which no village house stands.
OPEN_USES = ("green", "water", "rural", "construction", "transport")

# What is asked of a street that is mapped along a lane: the least width of the lanes that
# count, and how far from their middle it may run. Narrow, usual, wide.
_LANES = ((0.6, 2.0), (1.2, 3.0), (3.0, 5.0))
_SPACING_M = 4.0
_LEAST_SHARE = 1e-3
# A map that shows hardly anything built in a village says nothing of its houses.
_LEAST_BUILT = 0.02
# Built-up maps from satellites count yards and eaves, and miss small houses.
_BUILT_UP_LOW, _BUILT_UP_HIGH = 0.7, 1.4
_FROM_PATTERN = Words(
    "empty plots beside the houses, room for houses, streets without houses",
    "房屋旁的空缺宅位、可容房屋的空地、无房屋的街道",
)
_NO_REASON = Reason()


@dataclass(frozen=True)
class Completeness:
    """How much of a layer is on the map within one village.

    Attributes
    ----------
    layer
        ``buildings``, ``streets`` or ``pois``.
    source
        Where the data came from.
    share
        Mapped over all there are, with bounds; None if it cannot be told.
    checked
        True if a second source was asked, and not only the layer itself.
    n
        How many things it rests on.
    method
        How it was found.
    why
        What speaks against the share, or why there is none.
    """

    layer: str
    source: str
    _: KW_ONLY
    share: Share | None = None
    checked: bool = False
    n: int = 0
    method: Words = NO_WORDS
    why: Reason = _NO_REASON

    @property
    def is_stated(self) -> bool:
        """Whether the share is what the study says, and was not measured."""
        return doubt("as_stated") in self.why.doubts


def village_completeness(
    village: Village,
    lanes: gpd.GeoDataFrame,
    assumptions: Assumptions,
    houses: Completeness | None = None,
) -> Mapping[str, Completeness]:
    """Completeness of every layer that can be judged.

    Parameters
    ----------
    village
        Boundary and layers with their surroundings, maybe with a second source.
    lanes
        From `taobaogis.form.lanes.lanes`.
    assumptions
        For how many places a house has.
    houses
        From `buildings_completeness`, if at hand.

    Returns
    -------
    completeness
        By layer: ``buildings``, ``streets``, ``pois``.
    """
    houses = houses or buildings_completeness(village)
    return {
        "buildings": houses,
        "streets": streets_completeness(village, lanes),
        "pois": pois_completeness(village, houses, assumptions),
    }


def buildings_completeness(village: Village) -> Completeness:
    """Share of the houses that are mapped.

    Against a second set of footprints if there is one within the village, else against a
    built-up raster, else as the study states it, else from the pattern of the houses
    (`taobaogis.trust.pattern`).

    Parameters
    ----------
    village
        As in `village_completeness`.

    Returns
    -------
    completeness
        Without share where no house, or only a handful, is mapped and nothing else is known.
    """
    inside = geometries(village.inside("buildings"))
    source = village.layers.source("buildings")
    if village.outside:
        return Completeness("buildings", source, why=Reason.of(village.outside))
    if village.reference is not None:
        theirs = geometries(village.reference)
        theirs = theirs[shapely.intersects(village.boundary, shapely.point_on_surface(theirs))]
        if len(theirs) >= FEWEST_HOUSES:
            return _against_footprints(village, theirs, source)
    built = village.rasters.get("built")
    if built is not None:
        share = built_share(built, village.boundary, village.layers.crs)
        if share >= _LEAST_BUILT:
            return _against_built_up(village, inside, source, share)
    closed = village.layers["landuse"]
    judged = pattern_share(
        inside,
        geometries(village.layers["buildings"]),
        village.boundary,
        streets=geometries(village.layers["streets"]),
        closed=geometries(closed[closed["use"].isin(OPEN_USES)]),
    )
    if village.whole_buildings and len(inside):
        return _as_stated(source, len(inside), judged)
    return Completeness(
        "buildings",
        source,
        share=judged,
        n=len(inside),
        method=_FROM_PATTERN,
        why=Reason.joining([doubt("from_pattern" if judged else "buildings_unknown")]),
    )


def streets_completeness(village: Village, lanes: gpd.GeoDataFrame) -> Completeness:
    """Share of the lanes between the houses along which a street is mapped.

    Parameters
    ----------
    village
        With its streets.
    lanes
        From `taobaogis.form.lanes.lanes`. Open ground at their mouths does not count.

    Returns
    -------
    completeness
        The value counts lanes from 1.2 m, the width of a handcart, and streets within 3 m of
        their middle; the bounds take all lanes and nearer streets, or wide lanes and streets
        farther off.
    """
    source = village.layers.source("streets")
    method = Words(
        "length of the lanes between the houses along which a street is mapped",
        "房屋间巷道中沿线有街巷测绘的长度比例",
    )
    share = _along_lanes(lanes, geometries(village.layers["streets"]))
    why = village.outside or (NO_WORDS if share else doubt("no_lanes"))
    return Completeness(
        "streets",
        source,
        share=None if why else share,
        n=len(lanes),
        method=method,
        why=Reason.joining([why]),
    )


def pois_completeness(
    village: Village, houses: Completeness, assumptions: Assumptions
) -> Completeness:
    """Share of the places that are mapped, by how many so many houses would have.

    Parameters
    ----------
    village
        With its places.
    houses
        From `buildings_completeness`.
    assumptions
        ``places_per_house_low`` and ``places_per_house_high``.

    Returns
    -------
    completeness
        A weak sign: the bounds let every house have the fewest or the most places.
    """
    source = village.layers.source("pois")
    low, high = assumptions.places_per_house_low, assumptions.places_per_house_high
    method = Words(
        f"places mapped over {low:g} to {high:g} expected for each house, mapped or not",
        f"已测绘设施点与每栋房屋（含未测绘）预期 {low:g} 至 {high:g} 处之比",
    )
    n, mapped = len(village.inside("pois")), len(village.inside("buildings"))
    why = village.outside or (NO_WORDS if houses.share else doubt("buildings_unknown"))
    if why or houses.share is None:
        return Completeness("pois", source, n=n, method=method, why=Reason.of(why))
    fewest = low * mapped / houses.share.high
    most = high * mapped / max(houses.share.low, _LEAST_SHARE)
    middle = math.sqrt(low * high) * mapped / max(houses.share.value, _LEAST_SHARE)
    share = Share(*(min(n / expected, 1.0) for expected in (middle, most, fewest)))
    weak = Reason.joining([doubt("from_houses")])
    return Completeness("pois", source, share=share, n=n, method=method, why=weak)


def _as_stated(source: str, n: int, judged: Share | None) -> Completeness:
    """No house is missing, since the study says so; what the pattern says is told beside it."""
    en, zh = "as stated by the user", "系用户声明"
    if judged is not None:
        en = f"{en}; from the pattern of the houses alone {judged.value:.0%} would be on the map"
        zh = f"{zh}；仅据房屋格局推断则为 {judged.value:.0%}"
    return Completeness(
        "buildings",
        source,
        share=Share(1.0, 1.0, 1.0),
        n=n,
        method=Words(en, zh),
        why=Reason.joining([doubt("as_stated")]),
    )


def _against_footprints(village: Village, theirs: np.ndarray, source: str) -> Completeness:
    other = village.layers.source("reference_buildings")
    return Completeness(
        "buildings",
        source,
        share=reference_share(geometries(village.layers["buildings"]), theirs),
        checked=True,
        n=len(theirs),
        method=Words(
            f"{len(theirs)} footprints of {other} looked up on the map",
            f"以 {other} 的 {len(theirs)} 个建筑轮廓逐一比对",
        ),
    )


def _against_built_up(
    village: Village, inside: np.ndarray, source: str, built: float
) -> Completeness:
    ratio = covered_share(inside, village.boundary) / built
    other = village.layers.source("built")
    bounds = (min(ratio * factor, 1.0) for factor in (1.0, _BUILT_UP_LOW, _BUILT_UP_HIGH))
    return Completeness(
        "buildings",
        source,
        share=Share(*bounds),
        checked=True,
        n=len(inside),
        method=Words(
            f"footprint area over the built-up area of {other}",
            f"基底面积与 {other} 建成面积之比",
        ),
        why=Reason.joining([doubt("from_built_up")]),
    )


def _along_lanes(lanes: gpd.GeoDataFrame, streets: np.ndarray) -> Share | None:
    built = lanes[~lanes["open_ground"].astype(bool)] if len(lanes) else lanes
    lines = geometries(built)
    length_m = shapely.length(lines)
    count = np.maximum(np.ceil(length_m / _SPACING_M).astype(int), 1)
    line = np.repeat(np.arange(len(lines)), count)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    points = np.asarray(
        shapely.line_interpolate_point(lines[line], (nth + 0.5) / count[line], normalized=True),
        dtype=object,
    )
    stands_for = (length_m / count)[line]
    width = built["clear_width_m"].to_numpy(dtype=float)[line] if len(built) else np.empty(0)
    tree = shapely.STRtree(points)
    shares = []
    for least_m, apart_m in _LANES:
        near = np.zeros(len(points), dtype=bool)
        near[tree.query(streets, predicate="dwithin", distance=apart_m)[1]] = True
        chosen = width >= least_m
        if not chosen.any():
            continue
        shares.append(float(stands_for[chosen & near].sum() / stands_for[chosen].sum()))
    if not shares:
        return None
    # Narrow, usual and wide are found in this order; a village may lack the wider ones.
    return Share(shares[min(1, len(shares) - 1)], min(shares), max(shares))

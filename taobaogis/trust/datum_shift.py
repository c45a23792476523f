"""Whether a layer stands on WGS 84, GCJ-02 or BD-09, told from a reference known to be right.

Each datum is tried: the layer is converted as if it stood on it, and compared with the reference.
The datum is recognised if the layer then fits better than under any other shift by up to 1.5 km,
and clearly so; otherwise it is unknown. Layers that share names are compared name by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import shapely
from pyproj import Transformer

from taobaogis.crs import LONLAT, choose_metric_crs
from taobaogis.datums import to_wgs84
from taobaogis.errors import CRSError
from taobaogis.trust.agreement import (
    REACH_M,
    SPACING_M,
    Peak,
    Surface,
    agreement,
    best_peak,
    occupied,
    peak_near,
)
from taobaogis.trust.datum_finding import DatumFinding
from taobaogis.trust.datum_names import FEWEST_NAMES, common_places, shift_by_name
from taobaogis.trust.places import dense_places, kind_of, places

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from taobaogis.trust.datum_finding import Told
    from taobaogis.trust.places import Kind

__all__ = ["DatumFinding", "datum_shift"]

_SHIFTED: tuple[Told, ...] = ("gcj02", "bd09")
_SEED = 20
_MOST_PLACES = 1000
_FEWEST_PLACES = 8
# Places nearer to each other than this are no independent witnesses.
_APART_M = 25.0
# Degrees around the layer within which the reference can matter, shifts included.
_AROUND_DEG = 0.04

# Below these a peak is one of many; found by trials on real layers, see docs/datums.md.
_STRENGTH, _DOMINANCE = 5.0, 1.25
# A shift that no datum predicts may lie anywhere, so chance has more room: it needs more.
_FREE_STRENGTH, _FREE_DOMINANCE, _FREE_PLACES = 10.0, 2.5, 30
_HIGH_DOMINANCE = 2.0
# Names that agree leave no more than this between a layer and the reference.
_NAMED_NEAR_M = 60.0

_CHANCE_SHIFTS = 16
_CHANCE_M = 600.0
_TOLERANCE_M = {"alike": 25.0, "areas": 3.0, "mixed": 5.0}


class _Sample(NamedTuple):
    """Places of the layer as it stands, and as they lie if it stands on a datum; metres."""

    raw: np.ndarray
    converted: Mapping[Told, np.ndarray]


def datum_shift(
    layer: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, *, name_column: str = "name"
) -> DatumFinding:
    """Find out on which datum a layer stands.

    Parameters
    ----------
    layer
        Points, lines or areas in any CRS; what its coordinates claim is what is doubted.
    reference
        Points, lines or areas in any CRS that stand right, e.g. streets of OpenStreetMap.
        Streets serve for everything but scattered points; of those, stations fit best.
    name_column
        Column of either layer with names. Points and areas of which five or more share their
        names are compared by these; without the column only places are compared.

    Returns
    -------
    finding
        With datum ``unknown`` where the evidence is weak, and for empty layers. A layer that is
        off by up to 40 m still counts as standing on its datum. Outside mainland China all
        datums are one, and ``wgs84`` is said.

    Raises
    ------
    CRSError
        If a layer does not say its CRS.
    """
    here, here_names = _lonlat(layer, name_column, "layer")
    there, there_names = _lonlat(reference, name_column, "reference")
    if not len(here):
        return DatumFinding("unknown", reason="few")
    west, south, east, north = shapely.total_bounds(here)
    around = shapely.box(
        west - _AROUND_DEG, south - _AROUND_DEG, east + _AROUND_DEG, north + _AROUND_DEG
    )
    near = shapely.intersects(there, around)
    there, there_names = there[near], there_names[near]
    if not len(there):
        return DatumFinding("unknown", reason="apart")
    centre = np.median(shapely.get_coordinates(there), axis=0)
    to_metres = Transformer.from_crs(
        LONLAT, choose_metric_crs(float(centre[0]), float(centre[1])), always_xy=True
    )
    here, there = _metric(here, to_metres), _metric(there, to_metres)
    kinds = kind_of(here), kind_of(there)
    if "lines" not in kinds:
        finding = _from_names((here, here_names), (there, there_names), to_metres)
        if finding is not None:
            return finding
    return _from_places(here, there, kinds, to_metres)


def _from_names(
    layer: tuple[np.ndarray, np.ndarray],
    reference: tuple[np.ndarray, np.ndarray],
    to_metres: Transformer,
) -> DatumFinding | None:
    """Finding from places that share names; None if these do not decide."""
    raw, there = common_places(
        (layer[1], shapely.get_coordinates(shapely.centroid(layer[0]))),
        (reference[1], shapely.get_coordinates(shapely.centroid(reference[0]))),
    )
    if len(raw) < FEWEST_NAMES:
        return None
    sample = _sample(raw, to_metres)
    shifts = shift_by_name(sample.converted, there)
    datum = min(shifts, key=lambda d: shifts[d].distance_m)
    best = shifts[datum]
    if not best.agreed:
        return None
    fits = [d for d, shift in shifts.items() if shift.distance_m <= _NAMED_NEAR_M]
    if len(fits) > 1:
        return DatumFinding("unknown", n=len(raw), basis="names", reason="alike")
    east, north = _offset(sample, datum, best.east_m, best.north_m)
    return DatumFinding(
        datum if fits else "unknown",
        east,
        north,
        n=len(raw),
        share=best.share,
        confidence="high",
        basis="names",
    )


def _from_places(
    here: np.ndarray, there: np.ndarray, kinds: tuple[Kind, Kind], to_metres: Transformer
) -> DatumFinding:
    rng = np.random.default_rng(_SEED)
    low, high = np.split(shapely.total_bounds(there), 2)
    within = shapely.box(*(low - REACH_M / 2), *(high + REACH_M / 2))
    here = here[shapely.intersects(here, within)]
    if not len(here):
        return DatumFinding("unknown", reason="apart")
    sample = _sample(places(here, kinds[0], _MOST_PLACES, rng), to_metres)
    n = len(sample.raw)
    apart = len(np.unique(np.floor(sample.raw / _APART_M), axis=0))
    features = apart if kinds[0] == "lines" else len(here)
    if min(apart, features) < _FEWEST_PLACES:
        return DatumFinding("unknown", n=n, reason="few")
    cells = occupied(dense_places(there, kinds[1], SPACING_M, rng))
    mixed = "areas" in kinds and kinds[0] != kinds[1]
    surfaces = {
        datum: found
        for datum, points in sample.converted.items()
        if (found := agreement(points, cells, either_sign=mixed))
    }
    verdict = _judge(surfaces, n, free=kinds[0] == kinds[1])
    if isinstance(verdict, DatumFinding):
        return verdict
    datum, peak = verdict
    basis: Told = "wgs84" if datum == "unknown" else datum
    tolerance_m = _TOLERANCE_M["mixed" if mixed else "areas" if "areas" in kinds else "alike"]
    points = sample.converted[basis]
    if datum == "unknown":
        points = points + np.array([peak.east_m, peak.north_m])
    share, by_chance = _shares(points, there, tolerance_m, rng)
    # Buildings and streets fit in their gaps, which leaves a street's width of play.
    left = (0.0, 0.0) if mixed and datum != "unknown" else (peak.east_m, peak.north_m)
    east, north = _offset(sample, basis, *left)
    return DatumFinding(
        datum,
        east,
        north,
        n=n,
        share=share,
        share_by_chance=by_chance,
        tolerance_m=tolerance_m,
        strength=peak.strength,
        dominance=peak.dominance,
        confidence="high" if peak.dominance >= _HIGH_DOMINANCE else "fair",
    )


def _judge(
    surfaces: Mapping[Told, tuple[Surface, ...]], n: int, *, free: bool
) -> DatumFinding | tuple[Told | Literal["unknown"], Peak]:
    """Datum and its peak, or the finding that there is none."""
    peaks = {datum: peak_near(found, 0.0, 0.0) for datum, found in surfaces.items()}
    standing = [
        d for d, p in peaks.items() if p.strength >= _STRENGTH and p.dominance >= _DOMINANCE
    ]
    if len(standing) > 1:
        return DatumFinding("unknown", n=n, reason="alike")
    if standing:
        return standing[0], peaks[standing[0]]
    if free and n >= _FREE_PLACES and "wgs84" in surfaces:
        best = best_peak(surfaces["wgs84"])
        if best.strength >= _FREE_STRENGTH and best.dominance >= _FREE_DOMINANCE:
            return "unknown", best
    return DatumFinding("unknown", n=n, reason="undecided" if surfaces else "apart")


def _shares(
    points: np.ndarray, there: np.ndarray, tolerance_m: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Share of places that meet the reference, as they lie and under random shifts."""
    tree = shapely.STRtree(there)
    angles = rng.uniform(0.0, 2.0 * np.pi, _CHANCE_SHIFTS)
    shifts = [(0.0, 0.0), *zip(np.cos(angles), np.sin(angles), strict=True)]
    met = []
    for east, north in shifts:
        moved = shapely.points(points + np.array([east, north]) * _CHANCE_M)
        near = tree.query(moved, predicate="dwithin", distance=tolerance_m)[0]
        met.append(len(np.unique(near)) / len(points))
    return met[0], float(np.median(met[1:]))


def _offset(sample: _Sample, datum: Told, east_m: float, north_m: float) -> tuple[float, float]:
    """Where the layer as it stands lies, seen from the reference."""
    moved = np.median(sample.raw - sample.converted[datum], axis=0)
    return float(moved[0] - east_m), float(moved[1] - north_m)


def _sample(raw: np.ndarray, to_metres: Transformer) -> _Sample:
    """Places under each datum; a datum that would move them by nothing is left out."""
    lon, lat = to_metres.transform(raw[:, 0], raw[:, 1], direction="INVERSE")
    converted: dict[Told, np.ndarray] = {"wgs84": raw}
    for datum in _SHIFTED:
        moved = np.column_stack(to_metres.transform(*to_wgs84(lon, lat, datum)))
        if np.median(np.hypot(*(moved - raw).T)) > 1.0:
            converted[datum] = moved
    return _Sample(raw, converted)


def _lonlat(layer: gpd.GeoDataFrame, name_column: str, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Geometries in degrees that are there, and their names."""
    if layer.crs is None:
        message = f"the {what} has no CRS; say which it is with `set_crs(...)`."
        raise CRSError(message)
    names = layer[name_column] if name_column in layer else layer.geometry.map(lambda _: "")
    geometry = layer.geometry.to_crs(LONLAT).to_numpy()
    there = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    return geometry[there], names.to_numpy()[there]


def _metric(geometry: np.ndarray, to_metres: Transformer) -> np.ndarray:
    def project(degrees: np.ndarray) -> np.ndarray:
        return np.column_stack(to_metres.transform(degrees[:, 0], degrees[:, 1]))

    metric: np.ndarray = shapely.transform(shapely.force_2d(geometry), project)
    return metric

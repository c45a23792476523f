"""From a study to its villages: boundaries, the CRS they call for, and layers from every source."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.crs import LONLAT, choose_metric_crs, parse_metric_crs
from taobaogis.errors import InputError, SourceError, StudyError
from taobaogis.indicators import NO_WORDS, Words
from taobaogis.loaders import transit, vector
from taobaogis.loaders.grids import with_rasters
from taobaogis.loaders.questionnaire import study_answers
from taobaogis.loaders.second_source import with_reference
from taobaogis.loaders.tenure import with_tenure
from taobaogis.provenance import SYNTHETIC_ATTRIBUTION, Provenance, file_digest
from taobaogis.resources import data_file
from taobaogis.village import Layers, Village

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

    from taobaogis.datums import Datum
    from taobaogis.loaders.osm import LonLatBox
    from taobaogis.settings import Settings
    from taobaogis.social.answers import Answers
    from taobaogis.study import Study, VillageSpec

__all__ = ["Outline", "StudyData", "changed_data", "load_study_data", "village_outlines"]

# Routes to a market leave the box of the villages and markets by some way.
_WIDE_MARGIN_M = 2000.0
# Stops and places this far from a village still serve it.
_NEAR_MARGIN_M = 1500.0
_CIRCLE_SEGMENTS = 32
# Above this no study is meant, and no server would answer.
_LARGEST_BOX_KM = 400.0

_OVERRIDES = ("buildings", "streets", "pois", "landuse", "barriers")


@dataclass(frozen=True)
class Outline:
    """Where a village is, before its layers are known.

    Attributes
    ----------
    spec
        What the study says.
    lonlat
        Drawn boundary in WGS 84 degrees, or the point that a circle is drawn around.
    basis
        Who drew it, in words.
    is_circle
        True for a point.
    """

    spec: VillageSpec
    lonlat: BaseGeometry
    basis: str
    is_circle: bool


@dataclass(frozen=True)
class StudyData:
    """Everything a run measures.

    Attributes
    ----------
    layers
        All layers of the study.
    villages
        In the order of the study, each with the features on and around it.
    notes
        What a reader has to know of how the data were had, in words.
    read_on
        Day on which they were had; None if it does not matter.
    answers
        Answers to the questionnaire, by the id of each village that has one.
    """

    layers: Layers
    villages: tuple[Village, ...]
    notes: tuple[str, ...]
    read_on: dt.date | None = None
    answers: Mapping[str, Answers] = field(default_factory=dict)


def load_study_data(
    study: Study, settings: Settings, progress: Callable[[str], None] | None = None
) -> StudyData:
    """Layers and villages of a study, from its files, the cache or the network.

    Parameters
    ----------
    study
        As loaded.
    settings
        Cache, servers, and whether the network may be used.
    progress
        Told what is under way, one sentence each.

    Returns
    -------
    data
        In the study's CRS, or the one chosen by place.

    Raises
    ------
    InputError
        For a file or place of the study that cannot be meant.
    SourceError
        If a source fails.
    """
    tell = progress or (lambda _: None)
    answers = study_answers(study)
    sample = sample_files(study)
    outlines = village_outlines(study, settings, sample=sample)
    crs = _choose_crs(study, outlines)
    boundaries = _to_metres(outlines, crs)
    where = _boxes(study, boundaries, crs)
    if study.source.osm == "overpass":
        layers, notes = _read_overpass(settings, crs, where, tell)
    else:
        layers, notes = read_extract(study, settings, crs, where, sample=sample, tell=tell), []
    layers = with_own_files(study, layers, tell)
    ring = study.assumptions.context_ring_m
    villages = tuple(
        dataclasses.replace(
            _village(outline, boundary, layers, ring), whole_buildings=study.source.whole_buildings
        )
        for outline, boundary in zip(outlines, boundaries, strict=True)
    )
    cut = [_cut_note(village, layers) for village in villages]
    second = with_reference(study, villages, tell)
    rasters = with_rasters(study, with_tenure(study, second.villages), tell)
    origins = {**layers.provenance, **second.origins, **rasters.origins}
    return StudyData(
        dataclasses.replace(layers, provenance=origins),
        rasters.villages,
        (*study.notes, *notes, *filter(None, cut), *second.notes, *rasters.notes),
        read_on=dt.datetime.now(dt.UTC).date(),
        answers=answers,
    )


def changed_data(data: StudyData, layers: Layers, *, ring_m: float) -> StudyData:
    """The same villages on changed layers.

    Parameters
    ----------
    data
        As loaded.
    layers
        To take the place of its layers, in the same CRS.
    ring_m
        How far around a boundary features count as its context.

    Returns
    -------
    data
        With the features of each village taken anew.
    """
    villages = tuple(
        dataclasses.replace(v, layers=layers.within(v.boundary.buffer(ring_m)))
        for v in data.villages
    )
    return dataclasses.replace(data, layers=layers, villages=villages)


def village_outlines(
    study: Study, settings: Settings, *, sample: Mapping[str, Path] | None = None
) -> tuple[Outline, ...]:
    """Boundaries of a study's villages.

    Parameters
    ----------
    study
        As loaded.
    settings
        For boundaries that are looked up by name.
    sample
        Files of the sample study, if it is the one.

    Returns
    -------
    outlines
        One a village, in the order of the study.

    Raises
    ------
    InputError
        If a boundary file or a feature in it is missing.
    SourceError
        If a name cannot be looked up.
    """
    return tuple(_outline(study, spec, settings, sample or {}) for spec in study.villages)


def _outline(
    study: Study, spec: VillageSpec, settings: Settings, sample: Mapping[str, Path]
) -> Outline:
    if not spec.boundary:
        basis = f"circle of {spec.radius_m:g} m around a point; no boundary was given"
        return Outline(spec, shapely.Point(spec.lon, spec.lat), basis, is_circle=True)
    if spec.boundary.startswith("osm:"):
        from taobaogis.loaders.places import find_place  # noqa: PLC0415 - opens the network's door

        name = spec.boundary.removeprefix("osm:").strip()
        place = find_place(name, settings)
        if place.boundary is None:
            message = (
                f"OpenStreetMap knows '{name}' only as a point; "
                "give a boundary file, or lon and lat."
            )
            raise InputError(message)
        basis = f"OpenStreetMap boundary of {place.display_name}"
        return Outline(spec, place.boundary, basis, is_circle=False)
    name, _, feature = spec.boundary.partition("#")
    path = sample["boundaries"] if name == "sample" and sample else study.path(name)
    try:
        drawn = vector.read_boundary(path, feature)
    except InputError as error:
        message = f"village '{spec.id}': {error}"
        raise StudyError(message) from error
    return Outline(spec, drawn, f"boundary from {path.name}", is_circle=False)


def _choose_crs(study: Study, outlines: Sequence[Outline]) -> CRS:
    if study.crs:
        return parse_metric_crs(study.crs)
    centres = np.array([(o.lonlat.centroid.x, o.lonlat.centroid.y) for o in outlines])
    lon, lat = centres.mean(axis=0)
    return choose_metric_crs(float(lon), float(lat))


def _to_metres(outlines: Sequence[Outline], crs: CRS) -> list[BaseGeometry]:
    metric = gpd.GeoSeries([o.lonlat for o in outlines], crs=LONLAT).to_crs(crs)
    return [
        geometry.buffer(outline.spec.radius_m, quad_segs=_CIRCLE_SEGMENTS)
        if outline.is_circle
        else geometry
        for outline, geometry in zip(outlines, metric, strict=True)
    ]


class _Where(NamedTuple):
    """What of a source is wanted, in degrees: all streets in one box, the rest near villages."""

    wide: LonLatBox
    near: list[LonLatBox]


def _boxes(study: Study, boundaries: Sequence[BaseGeometry], crs: CRS) -> _Where:
    """Box around villages and markets, and one around each village, in degrees."""
    markets = gpd.GeoSeries(
        gpd.points_from_xy([m.lon for m in study.markets], [m.lat for m in study.markets]),
        crs=LONLAT,
    ).to_crs(crs)
    near_metric = [b.buffer(_NEAR_MARGIN_M).envelope for b in boundaries]
    right = [
        point
        for point, market in zip(markets, study.markets, strict=True)
        if any(not market.goods or set(market.goods) & set(v.goods) for v in study.villages)
    ]
    everything = shapely.union_all([*near_metric, *right]).envelope.buffer(_WIDE_MARGIN_M).envelope
    width, height = np.diff(np.reshape(everything.bounds, (2, 2)), axis=0)[0] / 1000.0
    if max(width, height) > _LARGEST_BOX_KM:
        message = (
            f"the villages and markets of the study span {max(width, height):,.0f} km; "
            f"split it into studies of at most {_LARGEST_BOX_KM:g} km, or check lon and lat."
        )
        raise StudyError(message)
    boxes = gpd.GeoSeries([everything, *near_metric], crs=crs).to_crs(LONLAT).bounds.to_numpy()
    wide, *near = (cast("LonLatBox", tuple(float(c) for c in row)) for row in boxes)
    return _Where(wide, near)


def sample_files(study: Study) -> Mapping[str, Path]:
    """Shipped files of the synthetic scene; none for another study."""
    if study.source.osm != "sample":
        return {}
    return {
        "osm": data_file("sample/sample.osm.pbf"),
        "boundaries": data_file("sample/sample-boundaries.geojson"),
    }


def read_extract(
    study: Study,
    settings: Settings,
    crs: CRS,
    where: _Where | None,
    *,
    sample: Mapping[str, Path],
    tell: Callable[[str], None],
) -> Layers:
    """Layers of the study's OSM file, or of the cache; all of it if `where` is None."""
    from taobaogis.loaders import cache, osm  # noqa: PLC0415 - Overpass does without osmium

    path = sample["osm"] if sample else study.path(study.source.osm)
    osm.require_file(path)
    digest = file_digest(path)
    key = f"{digest} {osm.parser_digest()} {crs.to_string()} {where}"
    cached = cache.load_layers(key, settings)
    if cached is not None:
        tell(f"taking {path.name} from the cache")
        return cached
    tell(f"reading {path.name}")
    origin = None
    if sample:
        origin = Provenance(
            source="SYNTHETIC sample",
            licence="MIT",
            attribution=SYNTHETIC_ATTRIBUTION,
            digest=digest,
        )
    wide, near = where or (None, [])
    layers = osm.read_osm_file(path, crs, wide=wide, near=near, origin=origin)
    cache.store_layers(key, layers, settings)
    return layers


def _read_overpass(
    settings: Settings, crs: CRS, where: _Where, tell: Callable[[str], None]
) -> tuple[Layers, list[str]]:
    from taobaogis.loaders import cache, osm, overpass  # noqa: PLC0415 - opens the network's door

    notes: list[str] = []
    answers = []
    for i, box in enumerate(where.near, start=1):
        tell(f"asking OpenStreetMap for village {i} of {len(where.near)}")
        answers.append(overpass.fetch_overpass(overpass.area_query(*box), settings, tell))
    tell("asking OpenStreetMap for the main roads between villages and markets")
    try:
        roads = overpass.fetch_overpass(overpass.main_roads_query(*where.wide), settings, tell)
    except SourceError as error:
        notes.append(f"main roads to the markets could not be fetched: {error}")
    else:
        answers.append(roads)
    origins = [answer.provenance for answer in answers]
    origin = dataclasses.replace(
        origins[0],
        query="\n".join(o.query for o in origins),
        as_of=min(o.as_of for o in origins),
        digest=" ".join(o.digest for o in origins),
    )
    key = f"{origin.digest} {osm.parser_digest()} {crs.to_string()} {where}"
    cached = cache.load_layers(key, settings)
    if cached is not None:
        tell("taking the layers from the cache")
        return cached, notes
    tell("reading the answers")
    xml = overpass.to_osm_xml([answer.body for answer in answers])
    layers = osm.read_osm_xml(xml, crs, provenance=origin, extent=where.wide, near=where.near)
    cache.store_layers(key, layers, settings)
    return layers, notes


def with_own_files(study: Study, layers: Layers, tell: Callable[[str], None]) -> Layers:
    """Layers in which the study's own files take the place of OpenStreetMap's."""
    frames, provenance = dict(layers.frames), dict(layers.provenance)
    for kind in _OVERRIDES:
        name = getattr(study.source, kind)
        if not name:
            continue
        tell(f"reading {kind} from {name}")
        datum = cast("Datum", study.source.datum)
        frames[kind], provenance[kind] = vector.read_layer(
            study.path(name), kind, layers.crs, datum=datum
        )
    if study.source.transit:
        tell(f"reading transit from {study.source.transit}")
        tracks = study.source.transit_tracks
        stops, routes, origin = transit.read_transit(
            study.path(study.source.transit),
            layers.crs,
            datum=cast("Datum", study.source.datum),
            tracks=study.path(tracks) if tracks else None,
        )
        _add_transit(frames, provenance, stops, routes, origin)
    if study.source.gtfs:
        from taobaogis.loaders import gtfs  # noqa: PLC0415 - an extra

        tell(f"reading the timetable {study.source.gtfs}")
        datum = cast("Datum", study.source.datum)
        feed = gtfs.read_gtfs(study.path(study.source.gtfs), layers.crs, datum=datum)
        _add_transit(frames, provenance, *feed)
    return Layers(layers.crs, frames, provenance, layers.extent)


def _add_transit(
    frames: dict[str, gpd.GeoDataFrame],
    provenance: dict[str, Provenance],
    stops: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame,
    origin: Provenance,
) -> None:
    """Put lines in the place of those of the same modes."""
    merged = transit.merge_transit((frames["stops"], frames["routes"]), (stops, routes))
    frames["stops"], frames["routes"] = merged
    for kind in ("stops", "routes"):
        provenance[kind] = _both(provenance.get(kind), origin)


def _both(old: Provenance | None, new: Provenance) -> Provenance:
    """Origin of a layer to which a file has added."""
    if old is None:
        return new
    joined = {
        name: mark.join(dict.fromkeys(filter(None, (getattr(old, name), getattr(new, name)))))
        for name, mark in (
            ("source", "; "),
            ("licence", "; "),
            ("attribution", " · "),
            ("note", "; "),
        )
    }
    return dataclasses.replace(old, **joined, digest=f"{old.digest} {new.digest}".strip())


def _cut_note(village: Village, layers: Layers) -> str:
    """What a reader has to know of a village that the source covers in part."""
    if village.outside or layers.extent is None or layers.extent.covers(village.boundary):
        return ""
    inside = layers.extent.intersection(village.boundary).area / village.boundary.area
    return (
        f"{village.spec.name_en} lies only to {inside:.0%} within {layers.source('streets')}; "
        "what is missing outside counts as not mapped"
    )


def _village(outline: Outline, boundary: BaseGeometry, layers: Layers, ring_m: float) -> Village:
    own = layers.within(boundary.buffer(ring_m))
    outside = NO_WORDS
    if layers.extent is not None and not layers.extent.intersects(boundary):
        away_km = layers.extent.distance(boundary) / 1000.0
        names, source = outline.spec, layers.source("streets")
        outside = Words(
            f"{names.name_en} lies {away_km:.1f} km outside {source}",
            f"{names.name_zh or names.name_en}位于 {source} 范围之外 {away_km:.1f} 公里",
        )
    doubt = outline.spec.radius_of_doubt_m if outline.is_circle else 0.0
    return Village(
        spec=outline.spec,
        boundary=boundary,
        boundary_basis=outline.basis,
        is_circle=outline.is_circle,
        position_doubt_m=0.0 if math.isnan(doubt) else doubt,
        layers=own,
        outside=outside,
    )

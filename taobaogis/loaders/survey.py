"""Someone's own files as a study of their own: no OpenStreetMap, no gazetteer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

import shapely

from taobaogis.crs import choose_metric_crs
from taobaogis.errors import InputError, did_you_mean
from taobaogis.loaders.assemble import StudyData
from taobaogis.loaders.vector import read_layer, read_lonlat
from taobaogis.study import (
    DATUMS,
    SourceSpec,
    Study,
    VillageSpec,
    default_criteria,
    default_vehicles,
)
from taobaogis.village import Layers, Village

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from taobaogis.datums import Datum

__all__ = ["load_survey_data"]

# Houses closer than twice this belong to one outline drawn round them.
_OUTLINE_REACH_M = 15.0


def load_survey_data(
    files: Mapping[str, Path],
    *,
    boundary: Path | None = None,
    datum: str = "wgs84",
    progress: Callable[[str], None] | None = None,
) -> tuple[Study, StudyData]:
    """Study and layers from vector files.

    Parameters
    ----------
    files
        File by kind: ``buildings``, and maybe ``streets``, ``pois``, ``landuse``, ``barriers``.
    boundary
        File of village outlines, one feature each, named by its column ``id`` or ``name``;
        without it one outline is drawn round the buildings.
    datum
        Datum of all files.
    progress
        Told what is under way.

    Returns
    -------
    study, data
        Ready for `taobaogis.pipeline.measure_data`.

    Raises
    ------
    InputError
        If a file or the datum cannot be meant.
    """
    tell = progress or (lambda _: None)
    if datum not in DATUMS:
        message = f"--datum '{datum}' is not known. {did_you_mean(datum, DATUMS)}"
        raise InputError(message)
    known_datum = cast("Datum", datum)
    buildings = read_lonlat(files["buildings"], datum=known_datum)
    if buildings.geometry.dropna().empty:
        message = f"'{files['buildings'].name}' holds no building; give a file with footprints."
        raise InputError(message)
    west, south, east, north = buildings.total_bounds
    crs = choose_metric_crs((west + east) / 2, (south + north) / 2)
    frames, provenance = {}, {}
    for kind, path in files.items():
        tell(f"reading {kind} from {path.name}")
        frames[kind], provenance[kind] = read_layer(path, kind, crs, datum=known_datum)
    layers = Layers(crs, frames, provenance)
    if boundary is None:
        tell("drawing an outline round the buildings")
        outlines = {"village": _outline_round(frames["buildings"])}
        basis = f"outline drawn round the buildings, {_OUTLINE_REACH_M:g} m away"
    else:
        outlines = _named_outlines(read_lonlat(boundary, datum=known_datum).to_crs(crs), boundary)
        basis = f"boundary from {boundary.name}"
    study = Study(
        id=_as_id(files["buildings"].stem, "measure"),
        title_en=files["buildings"].stem,
        title_zh=files["buildings"].stem,
        villages=tuple(VillageSpec(id=name, name_en=name, name_zh=name) for name in outlines),
        vehicles=default_vehicles(),
        criteria=default_criteria(),
        source=SourceSpec(osm="", **{kind: path.name for kind, path in files.items()}, datum=datum),
        folder=Path(),
    )
    ring_m = study.assumptions.context_ring_m
    villages = tuple(
        Village(spec, outline, basis, is_circle=False, position_doubt_m=0.0,
                layers=layers.within(outline.buffer(ring_m)))
        for spec, outline in zip(study.villages, outlines.values(), strict=True)
    )  # fmt: skip
    return study, StudyData(layers, villages, ())


def _outline_round(buildings: gpd.GeoDataFrame) -> BaseGeometry:
    """Outline of the buildings: grown together, shrunk back, holes filled."""
    grown = shapely.union_all(shapely.buffer(buildings.geometry.to_numpy(), _OUTLINE_REACH_M * 2))
    shrunk = shapely.buffer(grown, -_OUTLINE_REACH_M)
    parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(shrunk)]
    return shapely.union_all(parts)


def _named_outlines(frame: gpd.GeoDataFrame, path: Path) -> dict[str, BaseGeometry]:
    areas = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    if areas.empty:
        message = f"'{path.name}' holds no area; give closed outlines."
        raise InputError(message)
    column = next((c for c in ("id", "name_en", "name") if c in areas), None)
    labels = (
        areas[column].astype(str) if column else [f"village-{i + 1}" for i in range(len(areas))]
    )
    named: dict[str, BaseGeometry] = {}
    for i, (label, outline) in enumerate(zip(labels, areas.geometry, strict=True), start=1):
        name = _as_id(label, f"village-{i}")
        if name in named:
            message = f"'{path.name}' names two outlines '{label}'; give each its own."
            raise InputError(message)
        named[name] = shapely.make_valid(outline, method="structure")
    return named


def _as_id(label: str, fallback: str) -> str:
    """Label as a name for files."""
    cleaned = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:64]
    return cleaned or fallback

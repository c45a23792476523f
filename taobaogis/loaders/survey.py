"""Someone's own files as a study of their own: no OpenStreetMap, no gazetteer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import shapely

from taobaogis.crs import choose_metric_crs
from taobaogis.errors import InputError, did_you_mean
from taobaogis.loaders.assemble import StudyData
from taobaogis.loaders.columns import column_called, text_of
from taobaogis.loaders.vector import read_layer, read_lonlat
from taobaogis.study import (
    DATUMS,
    SourceSpec,
    Study,
    VillageSpec,
    default_criteria,
    default_vehicles,
)
from taobaogis.texts import plain, showable
from taobaogis.village import Layers, Village

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd
    import numpy as np
    from shapely.geometry.base import BaseGeometry

    from taobaogis.datums import Datum
    from taobaogis.study import CriterionSpec

__all__ = ["load_survey_data"]

# Houses closer than twice this belong to one outline drawn round them.
_OUTLINE_REACH_M = 15.0
# From here on a distance is told in kilometres.
_IN_KM_M = 10_000.0
# The file that a criterion rests on; no file tells of markets and transit.
_ASKS_FOR: Mapping[str, str] = {
    "street_width_median_m": "streets",
    "floor_space_index": "buildings",
    "production_place_count": "pois",
    "service_density_per_ha": "pois",
}
# Columns of outlines, as in a study and in the usual Chinese files; the first that is there.
_IDS = ("id", "name_en", "name")
_ENGLISH = ("name_en", "name:en", "name")
_CHINESE = ("name_zh", "name:zh", "名称", "村名", "name")


class _Outline(NamedTuple):
    id: str
    name_en: str
    name_zh: str
    area: BaseGeometry


def load_survey_data(
    files: Mapping[str, Path],
    *,
    boundary: Path | None = None,
    datum: str = "wgs84",
    whole: bool = False,
    progress: Callable[[str], None] | None = None,
) -> tuple[Study, StudyData]:
    """Study and layers from vector files.

    Parameters
    ----------
    files
        File by kind: ``buildings``, and maybe ``streets``, ``pois``, ``landuse``, ``barriers``.
    boundary
        File of village outlines, one feature each, told apart by the column ``id``, ``name_en``
        or ``name``, and called by ``name_en`` and ``name_zh`` (or ``名称``, ``村名``, ``name``);
        without it one outline is drawn round the buildings and called by their file.
    datum
        Datum of all files.
    whole
        Whether the buildings are a whole survey: no house is missing.
    progress
        Told what is under way.

    Returns
    -------
    study, data
        Ready for `taobaogis.pipeline.measure_data`. The criteria are those of the defaults that
        the files can speak to.

    Raises
    ------
    InputError
        If a file or the datum cannot be meant: no building lies within an outline, or all of a
        file lies far from every village.
    """
    tell = progress or (lambda _: None)
    if datum not in DATUMS:
        message = f"--datum '{datum}' is not known. {did_you_mean(datum, DATUMS)}"
        raise InputError(message)
    known_datum = cast("Datum", datum)
    buildings = read_lonlat(files["buildings"], datum=known_datum)
    if buildings.geometry.dropna().empty:
        message = (
            f"'{plain(files['buildings'].name)}' holds no building; give a file with footprints."
        )
        raise InputError(message)
    west, south, east, north = buildings.total_bounds
    crs = choose_metric_crs((west + east) / 2, (south + north) / 2)
    frames, provenance = {}, {}
    for kind, path in files.items():
        tell(f"reading {kind} from {path.name}")
        frames[kind], provenance[kind] = read_layer(path, kind, crs, datum=known_datum)
    layers = Layers(crs, frames, provenance)
    title = showable(files["buildings"].stem)
    if boundary is None:
        tell("drawing an outline round the buildings")
        outlines = [_Outline("village", title, title, _outline_round(frames["buildings"]))]
        basis = f"outline drawn round the buildings, {_OUTLINE_REACH_M:g} m away"
    else:
        drawn = read_lonlat(boundary, datum=known_datum).to_crs(crs)
        outlines = _named_outlines(drawn, boundary)
        basis = f"boundary from {showable(boundary.name)}"
        _require_buildings_within(frames["buildings"], outlines, files["buildings"], boundary)
    study = Study(
        id=_as_id(title, "measure"),
        title_en=title,
        title_zh=title,
        villages=tuple(VillageSpec(o.id, name_en=o.name_en, name_zh=o.name_zh) for o in outlines),
        vehicles=default_vehicles(),
        criteria=_criteria_for(files),
        source=SourceSpec(
            osm="",
            **{kind: path.name for kind, path in files.items()},
            datum=datum,
            whole_buildings=whole,
        ),
        folder=Path(),
    )
    ring_m = study.assumptions.context_ring_m
    villages = tuple(
        Village(spec, outline.area, basis, is_circle=False, position_doubt_m=0.0,
                whole_buildings=whole,
                layers=layers.within(outline.area.buffer(ring_m)))
        for spec, outline in zip(study.villages, outlines, strict=True)
    )  # fmt: skip
    for kind in files:
        _require_near(kind, files[kind], villages, layers, ring_m)
    notes = [
        f"'{showable(path.name)}' holds no feature, so no {kind} were measured"
        for kind, path in files.items()
        if layers[kind].empty
    ]
    notes += [
        f"'{origin.source}': {origin.note}"
        for kind, origin in provenance.items()
        if origin.note and len(layers[kind])
    ]
    return study, StudyData(layers, villages, tuple(notes))


def _criteria_for(files: Mapping[str, Path]) -> tuple[CriterionSpec, ...]:
    """Criteria that such files can speak to; the others would keep every village from its rank."""
    return tuple(c for c in default_criteria() if _ASKS_FOR.get(c.indicator) in files)


def _require_buildings_within(
    buildings: gpd.GeoDataFrame, outlines: Sequence[_Outline], path: Path, boundary: Path
) -> None:
    areas = shapely.union_all([outline.area for outline in outlines])
    inner = buildings.geometry.representative_point().to_numpy()
    if shapely.intersects(areas, inner).any():
        return
    message = (
        f"No building of '{plain(path.name)}' lies within an outline of '{plain(boundary.name)}'; "
        f"the nearest is {_away(areas, inner)} away. Give the outlines of these buildings, or "
        "leave --boundary out."
    )
    raise InputError(message)


def _require_near(
    kind: str, path: Path, villages: Sequence[Village], layers: Layers, ring_m: float
) -> None:
    if layers[kind].empty or any(len(village.layers[kind]) for village in villages):
        return
    areas = shapely.union_all([village.boundary for village in villages])
    message = (
        f"Nothing of '{plain(path.name)}' lies within {ring_m:g} m of a village; the nearest is "
        f"{_away(areas, layers[kind].geometry.to_numpy())} away. Give the {kind} of this place, "
        f"or leave --{kind} out."
    )
    raise InputError(message)


def _away(areas: BaseGeometry, shapes: np.ndarray) -> str:
    """Least distance in words."""
    distance_m = float(shapely.distance(areas, shapes).min())
    return f"{distance_m:,.0f} m" if distance_m < _IN_KM_M else f"{distance_m / 1e3:,.0f} km"


def _outline_round(buildings: gpd.GeoDataFrame) -> BaseGeometry:
    """Outline of the buildings: grown together, shrunk back, holes filled."""
    grown = shapely.union_all(shapely.buffer(buildings.geometry.to_numpy(), _OUTLINE_REACH_M * 2))
    shrunk = shapely.buffer(grown, -_OUTLINE_REACH_M)
    parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(shrunk)]
    return shapely.union_all(parts)


def _named_outlines(frame: gpd.GeoDataFrame, path: Path) -> list[_Outline]:
    areas = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    if areas.empty:
        message = f"'{plain(path.name)}' holds no area; give closed outlines."
        raise InputError(message)
    labels, english, chinese = (_texts(areas, columns) for columns in (_IDS, _ENGLISH, _CHINESE))
    found: dict[str, _Outline] = {}
    shapes = zip(labels, english, chinese, areas.geometry, strict=True)
    for i, (label, name_en, name_zh, shape) in enumerate(shapes, start=1):
        name = _as_id(label, f"village-{i}")
        if name in found:
            message = (
                f"'{plain(path.name)}' names two outlines '{plain(label or name)}'; give each "
                "its own."
            )
            raise InputError(message)
        shown = name_en or name_zh or label or name
        area = shapely.make_valid(shape, method="structure")
        found[name] = _Outline(name, shown, name_zh or shown, area)
    return list(found.values())


def _texts(frame: gpd.GeoDataFrame, columns: Sequence[str]) -> list[str]:
    """What stands in the first of some columns that there is; empty where nothing does."""
    column = column_called(frame, columns)
    if column is None:
        return [""] * len(frame)
    return [showable(text) for text in text_of(frame[column])]


def _as_id(label: str, fallback: str) -> str:
    """Label as a name for files."""
    cleaned = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:64]
    return cleaned or fallback

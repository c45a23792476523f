"""What is missing or wrong in a study or a file, in words, before any measuring."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import shapely
from pyproj import CRS

from taobaogis.crs import LONLAT
from taobaogis.errors import InputError
from taobaogis.loaders.assemble import load_study_data
from taobaogis.loaders.guards import coordinate_fault
from taobaogis.loaders.inspect_villages import inspect_age, inspect_villages
from taobaogis.loaders.questionnaire import study_answers
from taobaogis.loaders.remarks import Remark
from taobaogis.loaders.second_source import REFERENCE
from taobaogis.loaders.vector import read_raw
from taobaogis.loaders.vector_files import layers_with_shapes
from taobaogis.social.survey import survey_of
from taobaogis.study import load_study
from taobaogis.trust.datum_shift import datum_shift
from taobaogis.trust.datum_words import datum_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import geopandas as gpd

    from taobaogis.datums import Datum
    from taobaogis.loaders.assemble import StudyData
    from taobaogis.settings import Settings
    from taobaogis.study import Study
    from taobaogis.trust.datum_finding import DatumFinding

__all__ = ["inspect_file", "inspect_study"]

_OWN_FILES = ("buildings", "streets", "pois", "landuse", "barriers", REFERENCE)
# Against what a layer of the user's own is held, the most telling first.
_REFERENCES = {
    "buildings": ("buildings", "streets"),
    "streets": ("streets", "buildings"),
    "pois": ("pois", "buildings", "streets"),
    "landuse": ("streets",),
    "barriers": ("streets", "buildings"),
    REFERENCE: ("buildings", "streets"),
}
_REFERENCE_ZH = {"buildings": "建筑", "streets": "街道", "pois": "兴趣点"}
_FEWEST_REFERENCES = 30


def inspect_study(
    name: str, settings: Settings, progress: Callable[[str], None] | None = None
) -> list[Remark]:
    """Remarks on a study and the data it names.

    The study's own files come first; each is compared with OpenStreetMap to find out on which
    datum it stands. If one is refused, nothing else is looked at.

    Parameters
    ----------
    name
        As for `taobaogis.load_study`.
    settings
        Cache, servers, and whether the network may be used.
    progress
        Told what is under way.

    Returns
    -------
    remarks
        File by file, then village by village.

    Raises
    ------
    InputError, SourceError
        If the study cannot be read at all.
    """
    study = load_study(name)
    remarks = [*_inspect_own_files(study), *_inspect_questionnaires(study)]
    if any(remark.level == "error" for remark in remarks):
        return remarks
    data = load_study_data(study, settings, progress)
    remarks.append(Remark("crs", "fact", f"measured in {data.layers.crs.name}",
                          data={"crs": data.layers.crs.to_string()}))  # fmt: skip
    for kind, origin in data.layers.provenance.items():
        if origin.note and kind in {"streets", "buildings"}:
            remarks.append(Remark("source_note", "fact", f"{kind}: {origin.note}"))
    remarks += [Remark("note", "fact", f"note: {note}") for note in data.notes]
    remarks += _inspect_places(study, data)
    remarks += _inspect_datums(study, settings, progress)
    if not study.markets:
        remarks.append(
            Remark("no_market", "warning", "no market is named: no proximity to markets")
        )
    remarks += inspect_age(data)
    remarks += inspect_villages(data, study.assumptions)
    return remarks


def inspect_file(path: Path, *, near: tuple[float, float] | None = None) -> list[Remark]:
    """Remarks on one vector file.

    Parameters
    ----------
    path
        Anything `taobaogis.loaders.vector.read_raw` takes.
    near
        Longitude and latitude of where it should lie, if that is known.

    Returns
    -------
    remarks
        What it holds, what is broken in it, its CRS and where it lies; of a file with several
        layers, layer by layer.

    Raises
    ------
    InputError
        If it cannot be read at all.
    """
    layers = layers_with_shapes(path)
    if len(layers) <= 1:
        return _inspect_layer(read_raw(path), path.name, near)
    return [
        dataclasses.replace(
            remark,
            text=remark.text if remark.level == "error" else f"{layer}: {remark.text}",
            data={"layer": layer, **remark.data},
        )
        for layer in layers
        for remark in _inspect_layer(read_raw(path, layer), f"{path.name}, {layer}", near)
    ]


def _inspect_layer(
    frame: gpd.GeoDataFrame, name: str, near: tuple[float, float] | None
) -> list[Remark]:
    geometry = frame.geometry.to_numpy()
    kinds = {str(kind): int(n) for kind, n in frame.geom_type.value_counts().items()}
    said = ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "no geometry"
    remarks = [
        Remark("content", "fact", f"{len(frame)} features: {said}",
               data={"features": len(frame), "kinds": kinds}),
        *_inspect_shapes(geometry),
    ]  # fmt: skip
    crs = CRS.from_user_input(frame.crs)
    code = crs.to_epsg()
    called = f"CRS {crs.name} (EPSG:{code})" if code else f"CRS {crs.name}"
    remarks.append(Remark("crs", "fact", called, data={"crs": crs.to_string()}))
    fault = coordinate_fault(frame, name, near=near)
    if fault is not None:
        remarks.append(Remark(fault.code, "error", fault.message.removesuffix(".")))
    elif len(shapely.get_coordinates(geometry)):
        west, south, east, north = (float(c) for c in frame.to_crs(LONLAT).total_bounds)
        remarks.append(
            Remark("bounds", "fact",
                   f"from {west:.4f} E {south:.4f} N to {east:.4f} E {north:.4f} N",
                   data={"bounds": [west, south, east, north]})
        )  # fmt: skip
    return remarks


def _inspect_shapes(geometry: np.ndarray) -> Iterator[Remark]:
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    finite = np.isfinite(shapely.bounds(geometry)).all(axis=1)
    _, first = np.unique(shapely.to_wkb(geometry[present]), return_index=True)
    mended = "they are mended or left out when measured"
    for code, count, what, done in (
        ("missing_geometry", shapely.is_missing(geometry).sum(), "without geometry", mended),
        ("empty_geometry", shapely.is_empty(geometry).sum(), "with empty geometry", mended),
        ("invalid", (present & finite & ~shapely.is_valid(geometry)).sum(), "invalid", mended),
        ("duplicate", present.sum() - len(first), "standing twice",
         "of buildings one of each is measured, all else counts again"),
    ):  # fmt: skip
        if count:
            yield Remark(code, "warning", f"{count} {what}; {done}", data={"count": int(count)})


def _inspect_own_files(study: Study) -> list[Remark]:
    """Remarks on each file that the study brings, with its name in front."""
    places = [(v.lon, v.lat) for v in study.villages if np.isfinite([v.lon, v.lat]).all()]
    near = places[0] if places else None
    names = [getattr(study.source, kind) for kind in _OWN_FILES]
    names += [village.boundary.partition("#")[0] for village in study.villages]
    own = [n for n in dict.fromkeys(names) if n and n != "sample" and not n.startswith("osm:")]
    remarks = []
    for path in map(study.path, own):
        for remark in inspect_file(path, near=near):
            # An error names its file already.
            text = remark.text if remark.level == "error" else f"{path.name}: {remark.text}"
            data = {"file": path.name, **remark.data}
            remarks.append(dataclasses.replace(remark, text=text, data=data))
    return remarks


def _inspect_questionnaires(study: Study) -> list[Remark]:
    """How many answered in each village, or what is wrong in the answers."""
    if not any(village.survey for village in study.villages):
        return []
    try:
        survey = survey_of(study_answers(study))
    except InputError as error:
        return [Remark("survey", "error", str(error).removesuffix("."))]
    remarks = []
    for village, n in survey.respondents.items() if survey else ():
        where = f"{village}: " if village else ""
        told = "fewer than five respondents" if n is None else f"{n} respondents"
        remarks.append(
            Remark(
                "survey",
                "warning" if n is None and village else "fact",
                f"{where}questionnaire with {told}",
                data={"village": village, "n": n},
            )
        )
    return remarks


def _inspect_places(study: Study, data: StudyData) -> Iterator[Remark]:
    """Which of the study's own files hold nothing in or around any village."""
    kinds = (kind for kind in _OWN_FILES if kind != REFERENCE and getattr(study.source, kind))
    for kind in kinds:
        layer = data.layers[kind]
        if any(len(village.layers[kind]) for village in data.villages):
            continue
        name = study.path(getattr(study.source, kind)).name
        if layer.empty:
            text = f"{name} holds none of the {kind} it was given for; nothing is measured of it"
            yield Remark("empty", "warning", text, data={"file": name})
            continue
        away_km = min(layer.distance(v.boundary).min() for v in data.villages) / 1000.0
        text = (f"{name} holds nothing in or around any village, the nearest is {away_km:,.1f} km "
                "away; give the file of this place, or set the CRS it was drawn in")  # fmt: skip
        yield Remark("elsewhere", "warning", text, data={"file": name, "away_km": away_km})


def _inspect_datums(
    study: Study, settings: Settings, progress: Callable[[str], None] | None
) -> list[Remark]:
    """On which datum the study's own files stand, told from OpenStreetMap."""
    own = {kind: name for kind in _OWN_FILES if (name := getattr(study.source, kind))}
    if not own:
        return []
    none: dict[str, Any] = dict.fromkeys(own, "")
    bare = dataclasses.replace(study.source, **none)
    osm = load_study_data(dataclasses.replace(study, source=bare), settings, progress).layers
    remarks: list[Remark] = []
    told: dict[str, str] = {}
    for kind, name in own.items():
        references = {
            other: osm[other]
            for other in _REFERENCES[kind]
            if len(osm[other]) >= _FEWEST_REFERENCES
        }
        if not references:
            text = f"{name}: OpenStreetMap has too little here to tell on which datum it stands"
            remarks.append(Remark("datum_untold", "fact", text, data={"file": name}))
            continue
        finding, other = _most_telling(read_raw(study.path(name)), references)
        remarks.append(_datum_remark(finding, name, other, study))
        if finding.datum != "unknown":
            told[name] = finding.datum
    if len(set(told.values())) > 1:
        which = ", ".join(f"{name} on {datum}" for name, datum in told.items())
        text = f"the study has one datum for all its files, but they differ ({which}): bring all "
        text += "to WGS 84 first, e.g. with `taobaogis.datums.layer_to_wgs84`"
        remarks.append(Remark("datums_differ", "warning", text, data=told))
    return remarks


def _most_telling(
    layer: gpd.GeoDataFrame, references: Mapping[str, gpd.GeoDataFrame]
) -> tuple[DatumFinding, str]:
    """The surest finding, and the kind of layer it rests on."""
    tried: list[tuple[DatumFinding, str]] = []
    for kind, reference in references.items():
        tried.append((datum_shift(layer, reference), kind))
        if tried[-1][0].confidence == "high":
            break
    return max(tried, key=lambda each: ("none", "fair", "high").index(each[0].confidence))


def _datum_remark(finding: DatumFinding, name: str, other: str, study: Study) -> Remark:
    declared = cast("Datum", study.source.datum)
    english = datum_sentence(
        finding,
        layer=name,
        reference=f"OpenStreetMap's {other}",
        language="en",
        declared=declared,
    )
    chinese = datum_sentence(
        finding,
        layer=f" {name} ",
        reference=f" OpenStreetMap 的{_REFERENCE_ZH[other]}",
        language="zh",
        declared=declared,
    )
    right = finding.reason or finding.datum == ("wgs84" if declared == "cgcs2000" else declared)
    return Remark(
        "datum" if not finding.reason else "datum_untold",
        "fact" if right else "warning",
        english,
        chinese.strip(),
        {"file": name, "reference": other, "declared": declared, **finding.to_dict()},
    )

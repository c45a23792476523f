"""Candidate villages of a source as files: outlines, a study that is ready to run, a picture."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from taobaogis.crs import LONLAT
from taobaogis.loaders.whole import load_whole_layers
from taobaogis.maps.static import figure_bytes, font_family
from taobaogis.maps.static.candidates import draw_candidates
from taobaogis.provenance import file_digest
from taobaogis.reports.bundle import replacing_folder
from taobaogis.screening.candidates import LIKELY, screen_villages
from taobaogis.study import SourceSpec, Study

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from taobaogis.settings import Settings
    from taobaogis.village import Layers

__all__ = ["screen_source", "study_text", "write_candidates"]

_OSM_ENDINGS = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
_OUTLINES = "candidates.geojson"


def screen_source(
    path: Path,
    settings: Settings,
    progress: Callable[[str], None] | None = None,
    *,
    streets: Path | None = None,
    datum: str = "wgs84",
) -> tuple[Study, Layers, gpd.GeoDataFrame]:
    """Look for villages in an extract or in a file of footprints.

    Parameters
    ----------
    path
        OSM file, or any vector file of footprints.
    settings
        Names the cache.
    progress
        Told what is under way.
    streets
        Vector file of streets beside footprints.
    datum
        Of files that are not OpenStreetMap's.

    Returns
    -------
    study, layers, candidates
        A study without villages that names the source; its layers; and what
        `taobaogis.screening.candidates.screen_villages` finds in them.

    Raises
    ------
    InputError, SourceDataError
        As `taobaogis.loaders.whole.load_whole_layers`.
    """
    tell = progress or (lambda _: None)
    whole = str(Path(path).absolute())
    own = str(streets.absolute()) if streets else ""
    source = SourceSpec(osm="", buildings=whole, streets=own, datum=datum)
    if path.name.lower().endswith(_OSM_ENDINGS):
        source = replace(source, osm=whole, buildings="")
    study = Study(id="screening", villages=(), source=source)
    layers = load_whole_layers(study, settings, tell)
    tell(f"looking for villages among {len(layers['buildings']):,} buildings")
    return study, layers, screen_villages(layers["buildings"], layers["streets"])


def write_candidates(
    study: Study,
    layers: Layers,
    candidates: gpd.GeoDataFrame,
    out: Path,
    *,
    least_score: float = LIKELY,
) -> None:
    """Write what was found into a folder.

    Parameters
    ----------
    study, layers, candidates
        From `screen_source`.
    out
        Folder; an earlier one is replaced once all files are written.
    least_score
        Candidates below this stand among the outlines, but not in the study.

    Raises
    ------
    InputError
        If `out` holds something else.
    ExportError
        If a file cannot be written.
    """
    chosen = candidates[candidates["score"] >= least_score]
    with replacing_folder(out) as folder:
        lonlat = candidates.to_crs(LONLAT)
        record = json.loads(lonlat.to_json(drop_id=True, show_bbox=False))
        text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
        (folder / _OUTLINES).write_text(f"{text}\n", encoding="utf-8")
        (folder / "study.toml").write_text(study_text(chosen, study, out), encoding="utf-8")
        family = font_family()
        pictures = {
            "candidates.png": draw_candidates(
                layers["buildings"],
                candidates,
                family,
                attribution=layers.provenance["buildings"].attribution,
            )
        }
        for name, figure in pictures.items():
            (folder / name).write_bytes(figure_bytes(figure))
        _write_manifest(folder, layers)


def study_text(candidates: gpd.GeoDataFrame, study: Study, folder: Path) -> str:
    """Study file with a village a candidate, in the words of a planner.

    Parameters
    ----------
    candidates
        From `taobaogis.screening.candidates.screen_villages`.
    study
        Names the sources, by absolute paths.
    folder
        Where the file will lie, beside the outlines; paths in it start from there.

    Returns
    -------
    text
        TOML; a comment above each village tells why it is one.
    """
    lines = [
        "# Candidates for urban villages, found by footprints and streets alone. Look at each",
        "# before you believe it: give it its name and goods, and drop what is none.",
        "[study]",
        'id = "candidates"',
        'title_en = "Candidates for urban villages"',
        'title_zh = "疑似城中村"',
        "",
        "[source]",
    ]
    for key in ("osm", "buildings", "streets"):
        value = getattr(study.source, key)
        if value:
            lines.append(f"{key} = {_quoted(os.path.relpath(value, folder.absolute()))}")
    if study.source.datum != "wgs84":
        lines.append(f"datum = {_quoted(study.source.datum)}")
    told = candidates[["id", "score", "reasons_en"]].itertuples(index=False, name=None)
    for number, (name, score, why) in enumerate(told, start=1):
        said = f"score {score:.2f}"
        lines += [
            "",
            f"# {said}: {why}" if why else f"# {said}",
            "[[village]]",
            f"id = {_quoted(name)}",
            f"name_en = {_quoted(f'Candidate {number}')}",
            f"name_zh = {_quoted(f'候选 {number}')}",
            f"boundary = {_quoted(f'{_OUTLINES}#{name}')}",
        ]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """Text as TOML writes it; a JSON string is one, too."""
    return json.dumps(text, ensure_ascii=False)


def _write_manifest(folder: Path, layers: Layers) -> None:
    names = sorted(p.name for p in folder.iterdir() if p.is_file())
    record = {
        "kind": "screening",
        "crs": layers.crs.to_string(),
        "sources": {k: origin.to_dict() for k, origin in sorted(layers.provenance.items())},
        "files": [
            {"path": name, "bytes": (folder / name).stat().st_size,
             "digest": file_digest(folder / name)}
            for name in names
        ],
    }  # fmt: skip
    text = json.dumps(record, ensure_ascii=False, indent=2)
    (folder / "manifest.json").write_text(f"{text}\n", encoding="utf-8")

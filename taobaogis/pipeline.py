"""From a study to files on disk: what happens in which order, and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import geopandas as gpd

from taobaogis.access.indicators import access_indicators
from taobaogis.access.network import study_networks
from taobaogis.access.transit.lines import transit_lines
from taobaogis.access.village_facilities import village_facilities
from taobaogis.access.village_reach import with_houses
from taobaogis.access.within import pairs_within
from taobaogis.clusters.company import REACH_M
from taobaogis.clusters.surface import density_surface
from taobaogis.clusters.whole import StudyClusters, study_clusters, village_clusters
from taobaogis.compare.changes import apply_changes
from taobaogis.compare.ranking import Comparison, compare_villages
from taobaogis.compare.rule_book import judge_village
from taobaogis.compare.rule_indicators import rule_indicators
from taobaogis.compare.taobao_village import taobao_indicators, taobao_tests
from taobaogis.compare.weights import criterion_weights
from taobaogis.form.whole import VillageForm, measure_form
from taobaogis.indicators import definitions
from taobaogis.landuse.raster_measures import zonal_columns
from taobaogis.landuse.whole import measure_landuse
from taobaogis.loaders.assemble import StudyData, changed_data, load_study_data
from taobaogis.maps.output import Output
from taobaogis.maps.spec import village_maps
from taobaogis.maps.static import figure_batches, left_out, pictures
from taobaogis.maps.tiles import archives, is_tiled
from taobaogis.maps.web import render_tiled_page, render_village_page
from taobaogis.reports.bundle import replacing_folder
from taobaogis.reports.content import report_of
from taobaogis.reports.files import left_out_text, report_files
from taobaogis.reports.finished import FinishedRuns, finished_report
from taobaogis.reports.geopackage import write_geopackage
from taobaogis.reports.manifest import comparison_manifest_json, manifest_json
from taobaogis.reports.pdf import HOW_TO_GET_PDF, can_write_pdf
from taobaogis.reports.rule_table import rule_csv
from taobaogis.reports.surfaces import write_surface
from taobaogis.reports.survey_table import association_csv, survey_csv
from taobaogis.reports.tables import indicator_csv
from taobaogis.results import StudyResult, VillageResult, WhatIf
from taobaogis.rules import changed_rules
from taobaogis.social.survey import asked_shares, survey_indicators, survey_of
from taobaogis.trust.indicators import completeness_indicators, data_age_years
from taobaogis.trust.responses import carried
from taobaogis.workers import Each, here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from taobaogis.access.network import Mode, Network
    from taobaogis.access.transit.lines import TransitLines
    from taobaogis.maps.model import Label, MapSpec
    from taobaogis.rules import PlanningRule
    from taobaogis.settings import Settings
    from taobaogis.social.survey import Survey
    from taobaogis.study import Study
    from taobaogis.village import Layers, Village

    Progress = Callable[[str], None]

__all__ = ["measure_data", "measure_study", "write_comparison", "write_run"]

_PLAIN = Output()


def measure_study(
    study: Study, settings: Settings, progress: Progress | None = None, *, each: Each = here
) -> StudyResult:
    """Load and measure every village of a study.

    Parameters
    ----------
    study
        As loaded by `taobaogis.load_study`.
    settings
        Cache, servers, and whether the network may be used.
    progress
        Told what is under way, one sentence each.
    each
        Who does the work on each village: this process, or `taobaogis.workers.processes`. The
        result is the same.

    Returns
    -------
    result
        Measured layers and indicators.

    Raises
    ------
    InputError
        For something in the study that cannot be meant.
    SourceError
        If a source fails.
    """
    data = load_study_data(study, settings, progress)
    result = measure_data(study, data, progress, each=each)
    if not study.changes:
        return result
    layers, applied = apply_changes(data.layers, study.changes)
    changed = changed_data(data, layers, ring_m=study.assumptions.context_ring_m)
    if progress is not None:
        progress("measuring once more with the changes")
    after = measure_data(study, changed, progress, each=each)
    values = {v.village.id: v.indicators for v in after.villages}
    return replace(result, what_if=WhatIf(applied, values))


def measure_data(
    study: Study, data: StudyData, progress: Progress | None = None, *, each: Each = here
) -> StudyResult:
    """Measure villages whose layers are at hand.

    Parameters
    ----------
    study, progress, each
        As in `measure_study`.
    data
        Layers and villages.

    Returns
    -------
    result
        Measured layers and indicators.
    """
    tell = progress or (lambda _: None)
    survey = survey_of(data.answers)
    study = _heard(study, survey)
    criterion_weights(study.criteria, study.comparison)  # a mistake in them shows before the work
    assumptions = study.assumptions
    rules = changed_rules(study.rules)
    form = partial(measure_form, vehicles=study.vehicles, assumptions=assumptions, rules=rules)
    forms = each(form, data.villages)
    whole = _Whole(
        study=study,
        layers=data.layers,
        clusters=study_clusters(data.layers["pois"], assumptions),
        networks=study_networks(data.layers["streets"]),
        lines=transit_lines(data.layers["stops"], data.layers["routes"]),
        read_on=data.read_on,
        rules=rules,
        survey=survey,
    )
    measured = []
    for village in data.villages:
        tell(f"measuring {village.spec.name_en}")
        measured.append(_village_result(village, forms, whole))
    surfaces = [
        density_surface(
            data.layers["pois"],
            v.boundary,
            name=f"places-density-{v.id}",
            known=data.layers.extent,
        )
        for v in data.villages
        if not v.outside and len(data.layers["pois"])
    ]
    outside = [v.outside for v in data.villages if v.outside]
    return StudyResult(
        study=study,
        crs=data.layers.crs,
        villages=tuple(measured),
        provenance=data.layers.provenance,
        surfaces=tuple(surfaces),
        notes=(*data.notes, *outside),
        survey=survey,
    )


def _heard(study: Study, survey: Survey | None) -> Study:
    """The study with the needs of its questionnaire, if it weighs by them and names none."""
    comparison = study.comparison
    if comparison.weights != "needs" or comparison.needs:
        return study
    return replace(study, comparison=replace(comparison, needs=asked_shares(survey)))


def write_run(
    result: StudyResult,
    out: Path,
    progress: Progress | None = None,
    *,
    each: Each = here,
    output: Output = _PLAIN,
) -> Comparison:
    """Compare the villages and write everything a run hands over.

    Parameters
    ----------
    result
        From `measure_study`.
    out
        Folder; an earlier run in it is replaced once all files are written.
    progress, each
        As in `measure_study`.
    output
        Formats of figures, and the base map of the pages.

    Returns
    -------
    comparison
        As shown on the page.

    Raises
    ------
    InputError
        If `out` holds something else.
    ExportError
        If a file cannot be written; an earlier run stays whole.
    """
    tell = progress or (lambda _: None)
    comparison = compare_villages(
        {v.village.id: v.indicators for v in result.villages},
        result.study.criteria,
        result.study.comparison,
    )
    created = _now()
    with replacing_folder(out) as folder:
        for name in _written_files(result, comparison, folder, tell, each, output=output):
            tell(f"wrote {name}")
        names = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
        text = manifest_json(result, folder, names, created)
        (folder / "manifest.json").write_text(text, encoding="utf-8")
    return comparison


def write_comparison(
    runs: FinishedRuns, comparison: Comparison, folders: Sequence[Path], out: Path
) -> None:
    """Write the page and the tables that compare the villages of finished runs.

    Parameters
    ----------
    runs
        From `taobaogis.reports.finished.read_runs`.
    comparison
        Of its villages.
    folders
        Where the runs lie.
    out
        As for `write_run`; it takes ``index.html``, ``comparison.csv``, ``comparison.xlsx`` and
        a manifest.
    """
    created = _now()
    with replacing_folder(out) as folder:
        names = []
        for name, content in report_files(finished_report(runs, comparison), {}):
            (folder / name).write_bytes(content)
            names.append(name)
        text = comparison_manifest_json(folders, folder, names, created)
        (folder / "manifest.json").write_text(text, encoding="utf-8")


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class _Whole:
    """What all villages of a study share."""

    study: Study
    layers: Layers
    clusters: StudyClusters
    networks: Mapping[Mode, Network]
    lines: TransitLines
    read_on: dt.date | None
    rules: Mapping[str, PlanningRule]
    survey: Survey | None


def _village_result(village: Village, forms: Iterator[VillageForm], whole: _Whole) -> VillageResult:
    inside = village.inside("pois")
    apart = pairs_within(inside, inside, whole.networks["walk"], limit_m=REACH_M)
    clusters = village_clusters(village, whole.clusters, apart)
    land = measure_landuse(village)
    access = access_indicators(
        village, whole.study.markets, whole.layers, networks=whole.networks, lines=whole.lines
    )
    form = next(forms)  # made meanwhile, if others make it
    houses, parts = form.layers["buildings"], form.layers["parts"]
    needs = village_facilities(
        village,
        whole.layers,
        whole.networks,
        buildings=houses,
        completeness=form.completeness,
    )
    indicators = [
        *form.indicators,
        *access.indicators,
        *needs.indicators,
        *land.indicators,
        *clusters.indicators,
    ]
    indicators = [
        *carried(indicators, form.completeness, age_years=_age_years(village, whole)),
        *completeness_indicators(village, form.completeness, today=whole.read_on),
    ]
    by_key = {indicator.key: indicator for indicator in indicators}
    seen = {**form.layers, **needs.layers}
    judged = judge_village(village, seen, by_key, whole.study.assumptions, whole.rules)
    counted = carried(rule_indicators(village, judged), form.completeness)
    asked, gaps = survey_indicators(whole.survey, village.id, by_key)
    counted = [*counted, *asked, *taobao_indicators(village.spec)]
    by_key |= {indicator.key: indicator for indicator in counted}
    layers = {
        "boundary": _boundary_layer(village),
        **land.layers,
        **form.layers,
        **clusters.layers,
        "stops": village.layers["stops"],
        **access.layers,
        "rule_findings": judged.findings,
        **needs.layers,
        "buildings": houses.join(needs.columns),
        "parts": parts.join(zonal_columns(parts, village)),
        "isochrones": with_houses(access.layers["isochrones"], village, houses),
    }
    return VillageResult(
        village,
        layers,
        {key: by_key[key] for key in definitions() if key in by_key},
        tables={**land.tables, **clusters.tables},
        rules=judged,
        taobao=taobao_tests(village.spec),
        needs=gaps,
    )


def _age_years(village: Village, whole: _Whole) -> float | None:
    if whole.read_on is None:
        return None
    return data_age_years(village.layers.provenance, whole.read_on)


def _map_pages(
    maps: Iterable[MapSpec], output: Output, tell: Progress
) -> Iterator[tuple[str, str]]:
    """Page of each map, and beside it one of vector tiles where there are very many features."""
    for spec in maps:
        plain = f"map-{spec.key}.html"
        tiled = f"tiles-{spec.key}.html" if is_tiled(spec) else ""
        yield plain, render_village_page(spec, backdrop=output.backdrop, tiled=tiled)
        if tiled:
            tell(f"cutting the map of {spec.title.en} into tiles")
            yield tiled, render_tiled_page(spec, archives(spec), plain=plain)


def _written_files(
    result: StudyResult,
    comparison: Comparison,
    folder: Path,
    tell: Progress,
    each: Each,
    *,
    output: Output,
) -> Iterator[str]:
    def text(name: str, content: str) -> str:
        (folder / name).write_text(content, encoding="utf-8", newline="")
        return name

    maps = village_maps(result)
    drawn = each(partial(pictures, formats=output.figure_formats), figure_batches(maps))
    yield text("indicators.csv", indicator_csv(result))
    yield text("rules.csv", rule_csv(v.rules for v in result.villages))
    if result.survey is not None:
        yield text("survey.csv", survey_csv(result.survey))
        yield text("survey-associations.csv", association_csv(result.survey))
    tell("writing layers.gpkg")
    write_geopackage(result, folder / "layers.gpkg", maps)
    for name, page in _map_pages(maps, output, tell):
        yield text(name, page)
    shown: dict[str, bytes] = {}
    missing = left_out(maps)
    yield from _written_figures(drawn, missing, folder, shown, tell)
    if result.surfaces:
        (folder / "surfaces").mkdir()
    for surface in result.surfaces:
        name = f"surfaces/{surface.name}.tif"
        write_surface(surface, result.crs, result.attribution, folder / name)
        yield name
    report = report_of(result, comparison)
    for name, content in report_files(report, shown, left_out=missing, each=each):
        (folder / name).write_bytes(content)
        yield name
    if not can_write_pdf():
        tell(HOW_TO_GET_PDF)


def _written_figures(
    drawn: Iterable[Mapping[str, bytes]],
    missing: Mapping[str, Label],
    folder: Path,
    shown: dict[str, bytes],
    tell: Progress,
) -> Iterator[str]:
    """Write the figures, and why others are missing; those for the page are put into `shown`."""
    (folder / "figures").mkdir()
    for name, picture in chain.from_iterable(batch.items() for batch in drawn):
        if name.endswith(".png"):
            shown[name.removesuffix(".png")] = picture
        (folder / "figures" / name).write_bytes(picture)
        yield f"figures/{name}"
    if missing:
        tell(f"left out {len(missing)} figures that would show nothing")
        name = "figures/LEFT-OUT.txt"
        (folder / name).write_text(left_out_text(missing), encoding="utf-8", newline="")
        yield name


def _boundary_layer(village: Village) -> gpd.GeoDataFrame:
    spec = village.spec
    return gpd.GeoDataFrame(
        {
            "id": [spec.id],
            "name_en": [spec.name_en],
            "name_zh": [spec.name_zh],
            "basis": [village.boundary_basis],
            "area_ha": [village.area_ha],
        },
        geometry=[village.boundary],
        crs=village.layers.crs,
    )

"""All of a source at once, for what looks at a city and not at villages."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from taobaogis.crs import choose_metric_crs, parse_metric_crs
from taobaogis.errors import InputError
from taobaogis.loaders.assemble import read_extract, sample_files, with_own_files
from taobaogis.loaders.vector import read_lonlat
from taobaogis.schema import LAYERS, empty_layer
from taobaogis.village import Layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyproj import CRS

    from taobaogis.datums import Datum
    from taobaogis.settings import Settings
    from taobaogis.study import Study

__all__ = ["load_whole_layers"]


def load_whole_layers(
    study: Study, settings: Settings, progress: Callable[[str], None] | None = None
) -> Layers:
    """Every layer of a study as far as its sources reach.

    Parameters
    ----------
    study
        Names an OSM file, or files of its own with at least the buildings; what it says of
        villages does not matter.
    settings
        Names the cache.
    progress
        Told what is under way, one sentence each.

    Returns
    -------
    layers
        In the CRS of the study, or else that of the middle of the source.

    Raises
    ------
    InputError
        If the source is a server, which cannot be asked for a whole city.
    SourceDataError
        If a file is missing or broken.
    """
    tell = progress or (lambda _: None)
    sample = sample_files(study)
    if study.source.osm in {"", "overpass"}:
        if not study.source.buildings:
            message = (
                "a whole city cannot be asked of OpenStreetMap's servers; name an extract with "
                "--source FILE.osm.pbf, or footprints as [source] buildings."
            )
            raise InputError(message)
        crs = _crs_of_buildings(study)
        layers = Layers(crs, {kind: empty_layer(kind, crs) for kind in LAYERS})
    else:
        from taobaogis.loaders import osm  # noqa: PLC0415 - files of one's own do without osmium

        path = sample["osm"] if sample else study.path(study.source.osm)
        crs = parse_metric_crs(study.crs) if study.crs else choose_metric_crs(*osm.middle_of(path))
        layers = read_extract(study, settings, crs, None, sample=sample, tell=tell)
    return with_own_files(study, layers, tell)


def _crs_of_buildings(study: Study) -> CRS:
    if study.crs:
        return parse_metric_crs(study.crs)
    path = study.path(study.source.buildings)
    frame = read_lonlat(path, datum=cast("Datum", study.source.datum))
    west, south, east, north = frame.total_bounds
    if not west <= east:
        message = f"'{path.name}' holds no building; give a file with footprints."
        raise InputError(message)
    return choose_metric_crs((west + east) / 2, (south + north) / 2)

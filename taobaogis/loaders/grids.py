"""The rasters of a study, cut to its villages."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import geopandas as gpd

from taobaogis.errors import InputError, StudyError
from taobaogis.loaders.enriched import Enriched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from taobaogis.geometry.grid import Grid
    from taobaogis.provenance import Provenance
    from taobaogis.study import Study
    from taobaogis.village import Village

__all__ = ["with_rasters"]


def with_rasters(
    study: Study, villages: Sequence[Village], tell: Callable[[str], None]
) -> Enriched:
    """Cells of the study's rasters under each village and its surroundings.

    Parameters
    ----------
    study
        Names the files.
    villages
        All in one metric CRS.
    tell
        Told what is being read.

    Returns
    -------
    found
        The villages with ``rasters`` filled, or as they were if the study names none.

    Raises
    ------
    StudyError
        If a file is missing, cannot be read, or reaches none of the villages.
    """
    found = tuple(villages)
    origins: dict[str, Provenance] = {}
    notes: list[str] = []
    wanted = {k: name for k, name in dataclasses.asdict(study.raster).items() if name}
    for key, name in wanted.items():
        tell(f"reading {key} from {name}")
        grids, origins[key] = _cut(study, key, name, found)
        notes += [
            f"{study.path(name).name} does not reach {village.spec.name_en}"
            for village, grid in zip(found, grids, strict=True)
            if grid is None
        ]
        found = tuple(
            village if grid is None else _with(village, key, grid, origins[key])
            for village, grid in zip(found, grids, strict=True)
        )
    return Enriched(found, origins, tuple(notes))


def _cut(
    study: Study, key: str, name: str, villages: Sequence[Village]
) -> tuple[list[Grid | None], Provenance]:
    from taobaogis.loaders import raster  # noqa: PLC0415 - most studies have no raster

    path, ring_m = study.path(name), study.assumptions.context_ring_m
    try:
        grids = [
            raster.read_raster(
                path, gpd.GeoSeries([v.boundary], crs=v.layers.crs).buffer(ring_m).envelope
            )
            for v in villages
        ]
        origin = raster.raster_provenance(path)
    except InputError as error:
        message = f"[raster] {key}: {error}"
        raise StudyError(message) from error
    if not any(grid is not None for grid in grids):
        message = f"[raster] {key}: {path.name} reaches none of the villages; check the file."
        raise StudyError(message)
    return grids, dataclasses.replace(origin, digest=_digest(grids))


def _digest(grids: Sequence[Grid | None]) -> str:
    """Of the cells that were read: the whole file may be a country."""
    digest = hashlib.sha256()
    for grid in grids:
        if grid is not None:
            digest.update(grid.data.tobytes())
            digest.update(grid.valid.tobytes())
    return f"sha256:{digest.hexdigest()}"


def _with(village: Village, key: str, grid: Grid, origin: Provenance) -> Village:
    layers = village.layers
    layers = dataclasses.replace(layers, provenance={**layers.provenance, key: origin})
    return dataclasses.replace(village, layers=layers, rasters={**village.rasters, key: grid})

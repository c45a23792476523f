"""What is missing or wrong in a study or a file, in words, before any measuring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from taobaogis.loaders.assemble import load_study_data
from taobaogis.loaders.vector import read_lonlat
from taobaogis.study import load_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd

    from taobaogis.settings import Settings
    from taobaogis.village import Village

__all__ = ["inspect_file", "inspect_study"]

_MISSING = {
    "streets": "no street is mapped: no widths, no network distances",
    "buildings": "no building is mapped: no widths, no coverage, no floor space",
    "pois": "no place is mapped: no clusters",
    "landuse": "no land use is mapped: shares only from buildings of a known use",
    "stops": "no stop is mapped within reach, which is not to say that there is none",
}


def inspect_study(
    name: str, settings: Settings, progress: Callable[[str], None] | None = None
) -> list[str]:
    """Findings about a study and the data it names.

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
    findings
        One sentence each, village by village.

    Raises
    ------
    InputError, SourceError
        If the study cannot be read at all.
    """
    study = load_study(name)
    data = load_study_data(study, settings, progress)
    findings = [f"measured in {data.layers.crs.name}"]
    for kind, origin in data.layers.provenance.items():
        if origin.note and kind in {"streets", "buildings"}:
            findings.append(f"{kind}: {origin.note}")
    findings += [f"note: {note}" for note in data.notes]
    if not study.markets:
        findings.append("no market is named: no proximity to markets")
    for village in data.villages:
        findings += [f"{village.id}: {line}" for line in _inspect_village(village)]
    return findings


def inspect_file(path: Path) -> list[str]:
    """Findings about one vector file.

    Parameters
    ----------
    path
        Anything `taobaogis.loaders.vector.read_lonlat` takes.

    Returns
    -------
    findings
        One sentence each.

    Raises
    ------
    InputError
        If it cannot be read at all.
    """
    frame = read_lonlat(path)
    geometry = frame.geometry.to_numpy()
    kinds = ", ".join(f"{n} {kind}" for kind, n in frame.geom_type.value_counts().items())
    findings = [f"{len(frame)} features: {kinds or 'no geometry'}"]
    for count, what in (
        (int(shapely.is_missing(geometry).sum()), "without geometry"),
        (int(shapely.is_empty(geometry).sum()), "with empty geometry"),
        (int((~shapely.is_valid(geometry) & ~shapely.is_missing(geometry)).sum()), "invalid"),
        (int(frame.geometry.duplicated().sum()), "standing twice"),
    ):
        if count:
            findings.append(f"{count} {what}; they are mended or left out when measured")
    west, south, east, north = frame.total_bounds
    findings.append(f"from {west:.4f} E {south:.4f} N to {east:.4f} E {north:.4f} N")
    return findings


def _inspect_village(village: Village) -> list[str]:
    if village.outside:
        return [village.outside]
    lines = [village.boundary_basis]
    for kind, sentence in _MISSING.items():
        frame: gpd.GeoDataFrame = village.layers[kind] if kind == "stops" else village.inside(kind)
        lines.append(sentence if frame.empty else f"{len(frame)} {kind}")
    buildings = village.inside("buildings")
    if len(buildings):
        known = (buildings["levels_tag"].notna() | buildings["height_tag_m"].notna()).mean()
        lines.append(f"storeys or height of {known:.0%} of the buildings are known")
    return lines

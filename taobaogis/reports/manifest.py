"""What a run was made of: versions, study, sources and the digest of every file it wrote."""

from __future__ import annotations

import dataclasses
import json
import math
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taobaogis.provenance import file_digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from taobaogis.results import StudyResult

__all__ = ["comparison_manifest_json", "manifest_json"]

_PACKAGES = ("taobaogis", "geopandas", "shapely", "pyproj", "pyogrio", "osmium", "scipy", "numpy")


def manifest_json(result: StudyResult, folder: Path, files: Iterable[str], created: str) -> str:
    """Manifest of a run as JSON text.

    Parameters
    ----------
    result
        A finished run.
    folder
        Where its files lie.
    files
        Their paths below `folder`.
    created
        ISO time of the run; the only thing in it that differs between equal runs.

    Returns
    -------
    text
        Keys in a fixed order, indented.
    """
    sources = {kind: origin.to_dict() for kind, origin in sorted(result.provenance.items())}
    record = {
        "created": created,
        "synthetic": result.study.synthetic,
        "study": _plain(result.study),
        "crs": result.crs.to_string(),
        "attribution": result.attribution,
        "notes": list(result.notes),
        "villages": [
            {
                "id": v.village.id,
                "boundary": v.village.boundary_basis,
                "area_ha": round(v.village.area_ha, 4),
                "outside": v.village.outside,
            }
            for v in result.villages
        ],
        "sources": sources,
        "versions": _versions(),
        "files": _files(folder, files),
    }
    return _text(record)


def comparison_manifest_json(
    runs: Iterable[Path], folder: Path, files: Iterable[str], created: str
) -> str:
    """Manifest of a comparison of finished runs as JSON text.

    Parameters
    ----------
    runs
        Folders of the runs, each with its own manifest, whose digest is kept.
    folder, files, created
        As for `manifest_json`.
    """
    record = {
        "created": created,
        "runs": [
            {"folder": run.resolve().name, "digest": file_digest(run / "manifest.json")}
            for run in runs
        ],
        "versions": _versions(),
        "files": _files(folder, files),
    }
    return _text(record)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {n: metadata.version(n) for n in _PACKAGES}


def _files(folder: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    paths = {name: folder / name for name in sorted(names)}
    return [
        {"path": name, "bytes": path.stat().st_size, "digest": file_digest(path)}
        for name, path in paths.items()
    ]


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON is what it is
    """Study as plain data; a number that was not given is null, a folder keeps only its name."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return value.name
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

"""Things that are no vector files, and vector files whose bytes come to harm."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from hostile.kit.damage import DAMAGES, damaged
from hostile.kit.makers import CHINESE, saved, zipped
from hostile.kit.persons import as_nobody
from hostile.kit.shapes import GRID, case
from hostile.kit.verdicts import Case, Verdict

from taobaogis.loaders.vector import read_boundary, read_layer
from taobaogis.schema import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["damage_cases", "no_file_cases"]


def _fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _closed(path: Path) -> Path:
    saved("x.gpkg")(path.parent)
    path.chmod(0)
    return path


def _in_closed(path: Path) -> Path:
    (path.parent / "closed").mkdir()
    saved("x.gpkg")(path.parent / "closed")
    (path.parent / "closed").chmod(0)
    return path.parent / "closed" / "x.gpkg"


def _loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def _endless(path: Path) -> Path:
    path.symlink_to("/dev/zero")
    return path


NO_FILES: dict[str, Callable[[Path], Path]] = {
    "a pipe that nobody writes to": _fifo,
    "a device without end": lambda _: Path("/dev/zero"),
    "a device without end, called GeoPackage": _endless,
    "a device without end, called Parquet": lambda p: _endless(p.with_suffix(".parquet")),
    "an empty device": lambda _: Path("/dev/null"),
    "a link to itself": _loop,
    "a file that may not be read": _closed,
    "a file in a folder that may not be entered": _in_closed,
    "a name with a NUL": lambda p: p.with_name("a\x00b.gpkg"),
    "a name of 5,000 letters": lambda p: p.with_name("x" * 5000),
    "a name that moves the cursor": lambda p: p.with_name("\x1b[2J.gpkg"),
    "a name of half a surrogate": lambda p: p.with_name("\udcff.gpkg"),
    "a file below a file": lambda p: Path(__file__) / p.name,
    "a remote file": lambda _: Path("/vsicurl/http://127.0.0.1:9/x.gpkg"),
    "standard input": lambda _: Path("/vsistdin/"),
    "a database": lambda _: Path("PG:host=127.0.0.1"),
}  # fmt: skip


def read_no_file(name: str, what: str) -> Verdict:
    """Something that is no file, in the place of one; as somebody without rights."""
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        folder.chmod(0o777)
        path = NO_FILES[name](folder / "x.gpkg")
        with as_nobody():
            if what == "boundary":
                read_boundary(path, "")
            else:
                read_layer(path, "buildings", GRID)
    return Verdict("wrong", "it was read")


def no_file_cases() -> Iterator[Case]:
    """Everything as a layer and as a boundary."""
    for name in NO_FILES:
        for what in ("layer", "boundary"):
            yield case("no vector file", f"{name} as {what}", "vector_damage:read_no_file",
                       name, what, may="error")  # fmt: skip


# --- bytes


_FORMATS = ("houses.gpkg", "houses.geojson", "houses.fgb", "houses.parquet", "houses.zip",
            "houses.shp", "houses.dbf", "houses.shx")  # fmt: skip


_COLUMNS: dict[str, Any] = {
    "osm_id": ["w1", "w2", "w3"], "floors": [1, 2, 3], "name": list(CHINESE)
}  # fmt: skip


def _whole(folder: Path, name: str) -> Path:
    """File to be read; for a part of a shapefile that is the shapefile."""
    if name == "houses.zip":
        return zipped(folder)
    if name.endswith((".shp", ".dbf", ".shx")):
        return saved("houses.shp", **_COLUMNS)(folder)
    return saved(name, **_COLUMNS)(folder)


def read_damaged(name: str, kind: str, seed: int) -> Verdict:
    """A vector file with one harm done to it, or to one of its parts."""
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        path = _whole(folder, name)
        true, _ = read_layer(path, "buildings", GRID)
        part = folder / name
        part.write_bytes(damaged(part.read_bytes(), kind, seed))
        layer, origin = read_layer(path, "buildings", GRID)
    validate(layer, "buildings")
    if not np.isfinite(shapely.bounds(layer.geometry.to_numpy())).all():
        return Verdict("wrong", "coordinates that are no numbers")
    if not layer.geometry.is_valid.all():
        return Verdict("wrong", "invalid shapes")
    if layer.equals(true):
        return Verdict("unchanged", origin.note)
    if origin.note:
        return Verdict("repaired", origin.note)
    # What is left must be what was written: of a file cut short, every row that came back.
    if kind == "cut at any byte":
        return Verdict("silent", f"{len(layer)} rows of {len(true)}, nothing said")
    return Verdict("other", f"{len(layer)} rows of {len(true)}, not the same")


def damage_cases(count: int) -> Iterator[Case]:
    """Every damage to every format, each so many times."""
    for name in _FORMATS:
        # An archive carries checksums; of the rest, damage may make another valid file.
        other = "" if name == "houses.zip" else "other"
        for kind in DAMAGES:
            for seed in range(count):
                yield case(f"{name} damaged", f"{kind} {seed}", "vector_damage:read_damaged",
                           name, kind, seed, may=f"error unchanged repaired {other}")  # fmt: skip

"""Vector files opened with care: what a file claims is looked at before it is believed.

GDAL takes the first of several layers, Western letters where no encoding is named, and degrees
where a GeoJSON names a CRS that nobody knows. Here each of these is put right, said, or refused.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
import time
import warnings
import zipfile
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as UnknownCRSError

from taobaogis.errors import CRSError, InputError, TaobaoGISError
from taobaogis.loaders.dbf import Table, dbf_encoding, is_cut, table_beside
from taobaogis.loaders.quotes import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

__all__ = ["OpenedFile", "layers_with_shapes", "open_vector_file"]

_COLUMN_FILES = {".parquet", ".geoparquet"}
_SHAPEFILES = {".shp", ".dbf", ".zip"}
_LOOKED_AT_BYTES = 1 << 16
# A table of blanks packs well, shapes do not.
_LARGEST_UNPACKED_BYTES = 1 << 28
_MOST_TIMES_LARGER = 100
_LONGEST_COUNT_S = 5.0
_COUNTED_STEPS = 100_000
_MOST_REMARKS = 3
_JSON_CRS = re.compile(rb'"crs"\s*:\s*(\{.{0,1000}?\}\s*\}|[^{\s,}]+)', re.DOTALL)
_JSON_CRS_NAME = re.compile(r'"name"\s*:\s*"([^"]{1,500})"')
_POINTS_ELSEWHERE = (b"<OGRVRTDataSource", b"<OGRWFSDataSource", b"<OGRWMSDataSource")
# Whatever readers raise over a file is the file's fault.
_READER_ERRORS = (RuntimeError, OSError, ValueError, TypeError, LookupError, EOFError,
                  sqlite3.Error, zipfile.BadZipFile, zlib.error, NotImplementedError, OverflowError,
                  shapely.errors.ShapelyError)  # fmt: skip

_LOOK = "Check its name and folder; files of a study are looked for from the study's own folder on."
_NOTHING: tuple[str, ...] = ()


class OpenedFile(NamedTuple):
    """What a file holds, and what had to be put right to read it, in words.

    Attributes
    ----------
    frame
        In the CRS that the file claims, two-dimensional.
    notes
        Empty if nothing had to be.
    """

    frame: gpd.GeoDataFrame
    notes: tuple[str, ...]


def layers_with_shapes(path: Path) -> tuple[str, ...]:
    """Names of the layers of a file that hold shapes, in its order.

    Parameters
    ----------
    path
        As in `open_vector_file`; a file of a single layer may name it as it likes.

    Raises
    ------
    InputError
        If there is no such file, or it is no vector file.
    """
    name = plain(path.name)
    _require_file(path, name)
    if path.suffix.lower() in _COLUMN_FILES:
        return (path.stem,)
    try:
        _require_itself(path, name)
        _require_sound_archive(path, name)
        found = pyogrio.list_layers(path)
    except TaobaoGISError:
        raise
    except _READER_ERRORS as error:
        raise _unreadable(name, error) from error
    return tuple(str(layer) for layer, kind in found if kind is not None)


def open_vector_file(path: Path, layer: str | None = None) -> OpenedFile:
    """Vector file as it is: columns, CRS and coordinates, right or wrong.

    Parameters
    ----------
    path
        Anything pyogrio reads, or GeoParquet.
    layer
        Which of its layers; if none is named, the only one with shapes.

    Returns
    -------
    opened
        The frame and what had to be put right to read it.

    Raises
    ------
    InputError
        If there is no such file, it is no vector file, holds several layers, or is made to do
        harm.
    CRSError
        If it does not say its CRS, or names one that nobody knows.
    """
    name = plain(path.name)
    _require_file(path, name)
    frame: pd.DataFrame
    try:
        # Shapes without a number are judged by their coordinates, not by a library's warning.
        with np.errstate(invalid="ignore"):
            if path.suffix.lower() in _COLUMN_FILES:
                frame, notes = gpd.read_parquet(path), _NOTHING
            else:
                frame, notes = _read_with_gdal(path, name, layer)
    except TaobaoGISError:
        raise
    except _READER_ERRORS as error:
        raise _unreadable(name, error) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        message = (
            f"'{name}' holds a table without shapes; save the outlines, lines or points "
            "themselves, e.g. as GeoPackage."
        )
        raise InputError(message)
    if frame.crs is None:
        message = f"'{name}' does not say its CRS; save it with one, e.g. as GeoPackage."
        raise CRSError(message)
    flat = shapely.force_2d(frame.geometry.to_numpy())
    return OpenedFile(frame.set_geometry(flat, crs=frame.crs), notes)


def _unreadable(name: str, error: BaseException) -> InputError:
    # GDAL ends with advice to programmers.
    reason = str(error).partition("; It might help to")[0].removesuffix(".")
    return InputError(
        f"'{name}' cannot be read as a vector file ({plain(reason)}); save it as GeoPackage."
    )


def _require_file(path: Path, name: str) -> None:
    """Raise unless there is a regular file that may be read."""
    try:
        if path.is_file():
            with path.open("rb") as stream:
                if stream.read(1):
                    return
        there = path.exists()
        near = [] if there else [p.name for p in path.parent.glob("*")]
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"The file '{name}' cannot be opened ({reason}); check its name and its rights."
        raise InputError(message) from error
    if path.is_file():
        message = f"'{name}' is an empty file; save it anew."
        raise InputError(message)
    if there:
        message = f"'{name}' is a folder or a device; give a file, e.g. a GeoPackage."
        raise InputError(message)
    closest = difflib.get_close_matches(path.name[:200], near, n=1)
    hint = f"Did you mean '{plain(closest[0])}'?" if closest else _LOOK
    message = f"There is no file '{name}'. {hint}"
    raise InputError(message)


def _read_with_gdal(
    path: Path, name: str, wanted: str | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    _require_itself(path, name)
    _require_known_crs(path, name)
    _require_sound_archive(path, name)
    table = table_beside(path) if path.suffix.lower() in _SHAPEFILES else Table(b"", 0)
    if is_cut(table):
        message = "its attribute table is cut short"
        raise ValueError(message)
    # Byte for byte; what the letters of a shapefile are is told from all of them together.
    reading = {"ENCODING": "ISO-8859-1"} if table.start else {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # A text column that GDAL took for JSON stays text, which is all we want of it.
        warnings.filterwarnings("ignore", message="Could not parse column")
        layer, notes = (wanted, _NOTHING) if wanted else _only_layer(path, name)
        _require_end(path, name, layer)
        promised = pyogrio.read_info(path, layer=layer, **reading)["features"]
        frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layer, **reading)
    if promised > len(frame):
        message = f"it is cut short: {len(frame):,} of {promised:,} features are there"
        raise ValueError(message)
    said = tuple(dict.fromkeys(plain(str(warning.message)) for warning in caught))
    notes += tuple(f"the reader says: {text}" for text in said[:_MOST_REMARKS])
    return (_decoded(frame, dbf_encoding(table.start)) if table.start else frame), notes


def _require_itself(path: Path, name: str) -> None:
    """Raise if a file only points to data elsewhere, maybe on a server."""
    with path.open("rb") as stream:
        start = stream.read(_LOOKED_AT_BYTES)
    if any(mark in start for mark in _POINTS_ELSEWHERE):
        message = f"'{name}' only points to data elsewhere; save the layer itself as GeoPackage."
        raise InputError(message)


def _require_known_crs(path: Path, name: str) -> None:
    """Raise if a GeoJSON names a CRS that GDAL does not know and would take for WGS 84."""
    if path.suffix.lower() not in {".geojson", ".json"}:
        return
    with path.open("rb") as stream:
        start = stream.read(_LOOKED_AT_BYTES)
    said = _JSON_CRS.search(start.partition(b'"features"')[0])
    if said is None or said.group(1) == b"null":
        return
    text = said.group(1).decode("utf-8", "replace")
    called = _JSON_CRS_NAME.search(text)
    try:
        CRS.from_user_input(called.group(1) if called else "")
    except UnknownCRSError as error:
        message = (
            f"'{name}' names a CRS that is not known ({plain(called.group(1) if called else text)}"
            "); save it in WGS 84 degrees without naming one."
        )
        raise CRSError(message) from error


def _require_sound_archive(path: Path, name: str) -> None:
    """Raise if an archive is damaged, or unpacks to what no layer needs."""
    if path.suffix.lower() != ".zip":
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        is_small = unpacked <= max(
            _LARGEST_UNPACKED_BYTES, path.stat().st_size * _MOST_TIMES_LARGER
        )
        broken = archive.testzip() if is_small else None
    if broken is not None:
        message = f"'{plain(broken)}' in it is not what was packed"
        raise ValueError(message)
    if not is_small:
        message = (
            f"'{name}' unpacks to {unpacked / 1e9:.1f} GB, more than {_MOST_TIMES_LARGER} times "
            "its size; unpack it and give the layer itself."
        )
        raise InputError(message)


def _only_layer(path: Path, name: str) -> tuple[str | None, tuple[str, ...]]:
    """Layer with shapes, None for the first; what else there was, in words."""
    layers = [(str(layer), kind) for layer, kind in pyogrio.list_layers(path)]
    if not layers:
        message = "it holds no layer"
        raise ValueError(message)
    shaped = [layer for layer, kind in layers if kind is not None]
    if len(shaped) > 1:
        known = ", ".join(plain(layer) for layer in shaped[:8])
        message = (
            f"'{name}' holds {len(shaped)} layers ({known}); save the one that is meant in a file "
            "of its own."
        )
        raise InputError(message)
    if not shaped or len(layers) == 1:
        return None, ()
    others = len(layers) - 1
    return shaped[0], (f"{others} tables without shapes left out",)


def _require_end(path: Path, name: str, layer: str | None) -> None:
    """Raise if a layer of a database is a question that is not answered in sensible time."""
    with path.open("rb") as stream:
        if not stream.read(16).startswith(b"SQLite format 3"):
            return
    deadline = time.monotonic() + _LONGEST_COUNT_S
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.set_progress_handler(lambda: time.monotonic() > deadline, _COUNTED_STEPS)
        views = "SELECT name FROM sqlite_master WHERE type = 'view'"
        for (view,) in database.execute(views).fetchall():
            if layer not in {None, view}:
                continue
            quoted = str(view).replace('"', '""')
            try:
                database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608 - quoted
            except sqlite3.OperationalError as error:
                message = (
                    f"'{name}' asks for its rows by a view '{plain(view)}' that does not end or "
                    "fails; save it as a table."
                )
                raise InputError(message) from error


def _decoded(frame: pd.DataFrame, encoding: str) -> pd.DataFrame:
    """Frame whose texts, read byte for byte, are written in an encoding."""

    def decoded(text: object, errors: str = "replace") -> object:
        if not isinstance(text, str) or text.isascii():
            return text
        return text.encode("iso-8859-1").decode(encoding, errors)

    for position in _text_columns(frame):
        frame.isetitem(position, frame.iloc[:, position].map(decoded, na_action="ignore").array)
    # A name is cut where its ten bytes end, which may be inside a letter.
    names = [str(decoded(str(column), "ignore")) for column in frame.columns]
    frame.columns = [n if names.index(n) == i else f"{n}_{i}" for i, n in enumerate(names)]
    return frame


def _text_columns(frame: pd.DataFrame) -> Iterator[int]:
    for position, dtype in enumerate(frame.dtypes):
        if str(dtype) in {"object", "str", "string"}:
            yield position

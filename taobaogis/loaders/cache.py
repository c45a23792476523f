"""What was fetched or parsed once, kept on disk: by the question alone, whole or not at all.

An entry is a record (JSON) that names its content by digest. Content is written under a name of
its own before the record is put in place in one step, so two processes never mix their halves,
and whatever was cut short or altered since fails its digest and counts as absent. A cache that
cannot be written costs time but no result: it gives a `TaobaoGISWarning`, and work goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyarrow as pa
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjCRSError

from taobaogis.errors import InputError, TaobaoGISWarning
from taobaogis.provenance import Provenance
from taobaogis.village import Layers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from taobaogis.settings import Settings

__all__ = ["load_answer", "load_layers", "store_answer", "store_layers"]

_ANSWERS, _LAYERS = "answers", "layers"
_DIGEST_IN_NAME = 16
_PART = ".part-"
_ABANDONED_S = 24 * 3600.0


def store_answer(key: str, body: bytes, provenance: Provenance, settings: Settings) -> Provenance:
    """Keep the answer to a question.

    Parameters
    ----------
    key
        The question itself, word for word, and nothing else: not the server, so that another
        mirror's answer serves as well.
    body
        The answer as it was sent.
    provenance
        Its origin.
    settings
        Names the folder of the cache.

    Returns
    -------
    provenance
        The origin with the body's digest.

    Warns
    -----
    TaobaoGISWarning
        If it cannot be written, e.g. on a full disk; nothing is kept then.
    """
    folder = settings.cache_dir / _ANSWERS
    origin = replace(provenance, digest=_digest(body))
    _store(folder, key, {"body": (body, ".body")}, {"provenance": origin.to_dict()})
    return origin


def load_answer(key: str, settings: Settings) -> tuple[bytes, Provenance] | None:
    """Answer that was kept for a question.

    Parameters
    ----------
    key
        The question, as given to `store_answer`.
    settings
        Names the folder of the cache.

    Returns
    -------
    body, provenance
        As they were kept; None if there is no entry, or one that is cut short or altered.
    """
    found = _load(settings.cache_dir / _ANSWERS, key)
    if found is None:
        return None
    record, contents = found
    try:
        return contents["body"], Provenance.from_dict(record["provenance"])
    except (KeyError, AttributeError):
        return None


def store_layers(key: str, layers: Layers, settings: Settings) -> None:
    """Keep parsed layers as GeoParquet, one file a kind, with a bounding box a row.

    Parameters
    ----------
    key
        Everything the layers depend on, e.g. digest of the source, extent and code version.
    layers
        What to keep.
    settings
        Names the folder of the cache.

    Warns
    -----
    TaobaoGISWarning
        If they cannot be written, e.g. on a full disk; nothing is kept then.
    """
    record = {
        "crs": layers.crs.to_json_dict(),
        "extent": None if layers.extent is None else shapely.to_wkb(layers.extent, hex=True),
        "provenance": {kind: origin.to_dict() for kind, origin in layers.provenance.items()},
    }
    try:
        contents = {
            kind: (_to_parquet(frame), f".{kind}.parquet") for kind, frame in layers.frames.items()
        }
    except (pa.ArrowException, TypeError, ValueError) as error:
        _warn_not_kept(error)
        return
    _store(settings.cache_dir / _LAYERS, key, contents, record)


def load_layers(key: str, settings: Settings) -> Layers | None:
    """Layers that were kept.

    Parameters
    ----------
    key
        As given to `store_layers`.
    settings
        Names the folder of the cache.

    Returns
    -------
    layers
        Equal to what was kept, to the type of each column; None if there is no entry, one that
        is cut short or altered, or one that no longer keeps the contracts of the layers.
    """
    found = _load(settings.cache_dir / _LAYERS, key)
    if found is None:
        return None
    record, contents = found
    try:
        return Layers(
            crs=CRS.from_json_dict(record["crs"]),
            frames={kind: _from_parquet(body) for kind, body in contents.items()},
            provenance={k: Provenance.from_dict(v) for k, v in record["provenance"].items()},
            extent=_from_hex(record["extent"]),
        )
    except (KeyError, AttributeError, ValueError, TypeError, pa.ArrowException, ProjCRSError,
            shapely.errors.ShapelyError, InputError):  # fmt: skip
        return None


def _to_parquet(frame: gpd.GeoDataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, write_covering_bbox="bbox" not in frame)
    return buffer.getvalue()


def _from_parquet(body: bytes) -> gpd.GeoDataFrame:
    return gpd.read_parquet(io.BytesIO(body))  # type: ignore[arg-type] # any file will do


def _from_hex(wkb: str | None) -> BaseGeometry | None:
    return None if wkb is None else shapely.from_wkb(wkb)


def _store(
    folder: Path,
    key: str,
    contents: Mapping[str, tuple[bytes, str]],
    record: Mapping[str, Any],
) -> None:
    name = _name_of(key)
    files = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        for part, (body, suffix) in contents.items():
            digest = _digest(body)
            file = f"{name}.{digest.removeprefix('sha256:')[:_DIGEST_IN_NAME]}{suffix}"
            _put(folder / file, body)
            files[part] = {"file": file, "digest": digest}
        whole = {**record, "key": key, "files": files}
        sealed = {**whole, "seal": _seal(whole)}
        _put(folder / f"{name}.json", json.dumps(sealed, ensure_ascii=False, indent=1).encode())
    except (OSError, TypeError, ValueError) as error:
        _warn_not_kept(error)


def _load(folder: Path, key: str) -> tuple[dict[str, Any], dict[str, bytes]] | None:
    name = _name_of(key)
    try:
        record = json.loads(_bytes_of(folder / f"{name}.json"))
        seal = record.pop("seal")
        if seal != _seal(record) or record["key"] != key:
            return None
        contents = {}
        for part, entry in record["files"].items():
            body = _bytes_of(folder / entry["file"])
            if _digest(body) != entry["digest"]:
                return None
            contents[part] = body
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return record, contents


def _name_of(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def _bytes_of(path: Path) -> bytes:
    """Content of a regular file; a pipe in its place would be waited for without end."""
    if not path.is_file():
        raise FileNotFoundError(path.name)
    return path.read_bytes()


def _sweep(folder: Path) -> None:
    """Remove what writers that were killed left half-written."""
    long_ago = time.time() - _ABANDONED_S
    for left in folder.glob(f"{_PART}*"):
        with contextlib.suppress(OSError):  # another run may be sweeping, too
            if left.stat().st_mtime < long_ago:
                left.unlink()


def _put(path: Path, body: bytes) -> None:
    """Write a file in one step: whoever reads meanwhile sees the old one or the new one."""
    handle, part = tempfile.mkstemp(prefix=_PART, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(body)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _seal(record: Mapping[str, Any]) -> str:
    return _digest(json.dumps(record, sort_keys=True).encode())


def _warn_not_kept(error: Exception) -> None:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    message = (
        f"The cache could not be written ({reason}), so the next run starts anew; free some "
        "space, or let TAOBAOGIS_CACHE_DIR name another folder."
    )
    warnings.warn(message, TaobaoGISWarning, stacklevel=4)

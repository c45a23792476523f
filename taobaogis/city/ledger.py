"""Which tiles are done: on disk, so that a run that was stopped goes on where it was.

A tile's files are put in place one by one, each in one step, and its record last. What has a
record is done; what has none is done again, whatever of it is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from taobaogis.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from taobaogis.city.grid import Square
    from taobaogis.city.jobs import Results

__all__ = ["Ledger", "key_of", "work_folder"]

_DIGITS = 12
_FORGOTTEN_S = 14 * 24 * 3600.0


def key_of(parts: Mapping[str, object]) -> str:
    """Key of a run: equal only if all it depends on is equal."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def work_folder(out: Path, key: str) -> Path:
    """Where a run with this key works until it is done, beside its folder of results."""
    target = Path(os.path.abspath(out))  # noqa: PTH100 - resolve() would follow links above it
    return target.with_name(f".{target.name}.{key[:_DIGITS]}.tiles")


@dataclass(frozen=True)
class Ledger:
    """Tiles that are done, in a folder.

    Attributes
    ----------
    folder
        From `work_folder`; it need not be there yet.
    """

    folder: Path

    def done(self) -> dict[Square, dict[str, str]]:
        """Files by layer of each tile that is whole, by their names below `folder`."""
        found = {}
        for path in sorted((self.folder / "records").glob("*.json")):
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
                tile = (int(record["tile"][0]), int(record["tile"][1]))
                files = {str(k): dict(v) for k, v in record["files"].items()}
                whole = all(
                    (self.folder / entry["path"]).stat().st_size == entry["bytes"]
                    for entry in files.values()
                )
            except (OSError, ValueError, LookupError, TypeError):
                continue
            if whole:
                found[tile] = {name: str(entry["path"]) for name, entry in files.items()}
        return found

    def put(self, results: Results) -> None:
        """Put the files of a tile in place, then its record.

        Raises
        ------
        ExportError
            If they cannot be written; the tile counts as not done.
        """
        name = f"{results.tile[0]}_{results.tile[1]}"
        files = {}
        with _told(self.folder):
            for layer, body in results.files.items():
                path = f"{layer}/{name}.parquet"
                _put(self.folder / path, body)
                digest = hashlib.sha256(body).hexdigest()
                files[layer] = {"path": path, "bytes": len(body), "digest": f"sha256:{digest}"}
            record = {"tile": list(results.tile), "houses": results.houses, "files": files}
            _put(self.folder / "records" / f"{name}.json", json.dumps(record).encode())

    def forget(self) -> None:
        """Remove the folder, and those of runs that nobody has gone on with for two weeks."""
        shutil.rmtree(self.folder, ignore_errors=True)
        long_ago = time.time() - _FORGOTTEN_S
        stem = self.folder.name.removesuffix(".tiles")[: -_DIGITS - 1]
        for left in self.folder.parent.glob(f"{stem}.*.tiles"):
            if left.is_dir() and left.stat().st_mtime < long_ago:
                shutil.rmtree(left, ignore_errors=True)


def _put(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(body)
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = (
            f"a tile could not be written to '{folder.name}' ({error.strerror or error}); "
            "free some space and run again: what is done stays done."
        )
        raise ExportError(message) from error

"""Where a layer came from: source, query, date, licence and digest, carried to the manifest."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "OSM_ATTRIBUTION",
    "OSM_LICENCE",
    "SYNTHETIC_ATTRIBUTION",
    "Provenance",
    "file_digest",
]

OSM_LICENCE = "ODbL-1.0"
OSM_ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"
SYNTHETIC_ATTRIBUTION = "SYNTHETIC: made by taobaogis, no real place"

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Provenance:
    """Origin of one layer.

    Attributes
    ----------
    source
        Name of the file or the address of the server; never a machine's directory.
    query
        What was asked of the source, word for word; empty for a whole file.
    as_of
        ISO date or time of the data itself, empty if the source does not say.
    licence
        SPDX identifier, or the licence in words; empty if the source states none.
    attribution
        Line to print wherever the data are shown.
    digest
        ``sha256:…`` of the bytes that were read; empty if there were none.
    note
        Anything a reader has to know, e.g. repairs that were made.
    """

    source: str
    query: str = ""
    as_of: str = ""
    licence: str = ""
    attribution: str = ""
    digest: str = ""
    note: str = ""

    def to_dict(self) -> dict[str, str]:
        """Plain mapping for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Provenance:
        """Inverse of `to_dict`; unknown keys are left out, missing ones are empty."""
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(**{k: str(v) for k, v in record.items() if k in names})


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes.

    Parameters
    ----------
    path
        A readable file.

    Returns
    -------
    digest
        ``"sha256:"`` and 64 hexadecimal digits.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"

"""OpenStreetMap files that are cut, altered, or written to do harm."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import math
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import osmium
import shapely
from hostile.kit.damage import DAMAGES, damaged
from hostile.kit.pbf import repacked
from hostile.kit.verdicts import Case, Verdict
from pyproj import CRS
from support.osm_files import document, node, relation, way

from taobaogis.loaders.osm import read_osm_file
from taobaogis.schema import LAYERS, validate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taobaogis.village import Layers

__all__ = [
    "GRID", "damage_cases", "fingerprint", "note_of", "read", "repacked_cases", "small_document",
    "small_pbf", "square", "whole_files",
]  # fmt: skip

GRID = CRS.from_epsg(4547)


def square(first: int, lon: float, lat: float, size: float) -> list[str]:
    corners = [(0, 0), (size, 0), (size, size), (0, size)]
    return [node(first + i, lon + dx, lat + dy) for i, (dx, dy) in enumerate(corners)]


@cache
def small_document() -> bytes:
    """A few streets, houses, a courtyard, shops and a bus line: everything that is read."""
    rows, columns = 6, 6
    nodes = [
        node(100 + i * columns + j, 113.3 + j * 0.0005, 23.0 + i * 0.0005)
        for i in range(rows)
        for j in range(columns)
    ]
    streets = [
        way(1000 + i, [100 + i * columns + j for j in range(columns)], highway="residential",
            name=f"里仁洞{i}街", width="4 m")
        for i in range(rows)
    ] + [
        way(1100 + j, [100 + i * columns + j for i in range(rows)], highway="service")
        for j in range(columns)
    ]  # fmt: skip
    corners, houses = [], []
    for k in range(12):
        first = 2000 + 10 * k
        corners += square(first, 113.3001 + (k % 4) * 0.0005, 23.0001 + (k // 4) * 0.0005, 2e-4)
        houses.append(way(3000 + k, [first, first + 1, first + 2, first + 3, first],
                          building="residential", building__levels=str(3 + k % 4)))  # fmt: skip
    court = [*square(2500, 113.3021, 23.0021, 3e-4), *square(2510, 113.3022, 23.0022, 1e-4)]
    rings = [way(3500, [2500, 2501, 2502, 2503, 2500]), way(3501, [2510, 2511, 2512, 2513, 2510])]
    shops = [
        node(4000, 113.3002, 23.0004, shop="clothes", name="衣"),
        node(4001, 113.3012, 23.0004, office="courier"),
        node(4002, 113.3, 23.0, highway="bus_stop", name="里仁洞"),
    ]
    lines = [
        relation(5000, [("way", 3500, "outer"), ("way", 3501, "inner")], type="multipolygon",
                 building="yes"),
        relation(5001, [("node", 4002, "stop"), ("way", 1000, "")], type="route", route="bus",
                 ref="302"),
    ]  # fmt: skip
    return document(*nodes, *corners, *court, *shops, *streets, *houses, *rings, *lines)


@cache
def small_pbf() -> bytes:
    """The same as PBF, as osmium writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.osm.pbf"
        with osmium.SimpleWriter(str(path)) as writer:
            for item in osmium.FileProcessor(osmium.io.FileBuffer(small_document(), "osm")):
                writer.add(item)
        return path.read_bytes()


def whole_files(futian: Path | None) -> dict[str, tuple[str, bytes]]:
    """Sound files by name: suffix and bytes."""
    found = {
        "small .osm.pbf": (".osm.pbf", small_pbf()),
        "small .osm": (".osm", small_document()),
        "small .osm.gz": (".osm.gz", gzip.compress(small_document(), mtime=0)),
        "small .osm.bz2": (".osm.bz2", bz2.compress(small_document())),
    }
    if futian is not None:
        found["Futian .osm.pbf"] = (".osm.pbf", futian.read_bytes())
    return found


# --- reading


def fingerprint(layers: Layers) -> str:
    """Digest of all that was read, once it keeps every promise of a layer."""
    digest = hashlib.sha256()
    for kind in LAYERS:
        frame = layers[kind]
        validate(frame, kind)
        coordinates = shapely.get_coordinates(frame.geometry.to_numpy())
        if not bool((abs(coordinates) < math.inf).all()):
            message = f"{kind} holds coordinates that are no numbers"
            raise AssertionError(message)
        if kind in {"buildings", "landuse"} and not frame.geometry.is_valid.all():
            message = f"{kind} holds invalid shapes"
            raise AssertionError(message)
        digest.update(frame.drop(columns=frame.geometry.name).to_csv(index=False).encode())
        digest.update(b"".join(shapely.to_wkb(frame.geometry.to_numpy())))
    return digest.hexdigest()


def note_of(layers: Layers) -> str:
    return layers.provenance["streets"].note


def read(body: bytes, suffix: str = ".osm") -> Layers:
    """Layers of a file with these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"hurt{suffix}"
        path.write_bytes(body)
        return read_osm_file(path, GRID)


def read_damaged(path: str, suffix: str, kind: str, seed: int, truth: tuple[str, str]) -> Verdict:
    """A file with one harm done to it, against what the whole one holds and notes."""
    layers = read(damaged(Path(path).read_bytes(), kind, seed), suffix)
    if fingerprint(layers) == truth[0]:
        return Verdict("unchanged", note_of(layers))
    if note_of(layers) != truth[1]:
        return Verdict("repaired", note_of(layers))
    # Plain text carries no checksum: a letter or digit may become another valid one.
    return Verdict("other" if suffix == ".osm" else "silent", "other content, nothing said of it")


def read_repacked(seed: int) -> Verdict:
    """A PBF that is altered inside a block and packed again, so that its checksums are right."""
    layers = read(repacked(small_pbf(), seed), ".osm.pbf")
    fingerprint(layers)
    return Verdict("repaired" if note_of(layers) else "other", note_of(layers))


def damage_cases(folder: Path, futian: Path | None, count: int) -> Iterator[Case]:
    """Every damage to every file, each so many times; the whole files are put into a folder."""
    for name, (suffix, body) in whole_files(futian).items():
        path = folder / f"{name.split()[0]}{suffix}"
        path.write_bytes(body)
        layers = read(body, suffix)
        truth = fingerprint(layers), note_of(layers)
        for kind in DAMAGES:
            for seed in range(count):
                yield Case("OSM files", f"{name}: {kind}", str(seed),
                           "hostile.kit.osm_files:read_damaged",
                           (str(path), suffix, kind, seed, truth))  # fmt: skip


def repacked_cases(count: int) -> Iterator[Case]:
    """A block altered and packed again, so many times."""
    for seed in range(count):
        yield Case("OSM files", "small .osm.pbf: altered inside a block", str(seed),
                   "hostile.kit.osm_files:read_repacked", (seed,))  # fmt: skip

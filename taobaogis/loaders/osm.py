"""OpenStreetMap files (``.osm.pbf``, ``.osm``, or the XML of a fetched answer) into layers.

One parser for every way OSM data reaches us, so that a village measured live and one measured
from an extract cannot differ. It survives what real extracts are: members cut off at the edge,
rings that do not close, tags written by other tools; whatever falls away is counted.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import osmium

from taobaogis.loaders.osm_frames import Gathered, LonLatBox, extent_of, frames_of
from taobaogis.loaders.osm_taking import area_keys, is_place, take
from taobaogis.loaders.osm_whole import UnfitError, broken, require_file, require_readable
from taobaogis.provenance import OSM_ATTRIBUTION, OSM_LICENCE, Provenance, file_digest
from taobaogis.resources import data_file
from taobaogis.schema import LAYERS
from taobaogis.village import Layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyproj import CRS

__all__ = [
    "LonLatBox",
    "middle_of",
    "parser_digest",
    "read_osm_file",
    "read_osm_xml",
    "require_file",
]

_OsmSource = osmium.io.File | osmium.io.FileBuffer

_WKB = osmium.geom.WKBFactory()
_DATE = re.compile(r"\d{4}-\d\d-\d\d[0-9T:.Z+-]{0,24}")
# Whatever the parser throws; some of its errors have no kind of their own.
_PARSER_ERRORS = (
    RuntimeError, OSError, ValueError, LookupError, OverflowError, MemoryError, UnfitError,
    osmium.InvalidLocationError,
)  # fmt: skip
_PARTS = ("mending", "osm_frames", "osm_tags", "osm_taking", "osm_whole", "twins")
_MISSING_LOOKED_UP = 10_000
_POINTS_LOOKED_AT = 20_000
_CHANGES = "it is a history or a list of changes, not an extract"


def read_osm_file(
    path: Path,
    crs: CRS,
    *,
    wide: LonLatBox | None = None,
    near: Sequence[LonLatBox] = (),
    origin: Provenance | None = None,
) -> Layers:
    """Layers of an OpenStreetMap file.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    crs
        Metric CRS to bring everything to.
    wide
        West, south, east, north in degrees: streets and routes outside are left out.
    near
        Boxes of the same form: buildings, places, land use and stops outside all of them are
        left out. Without boxes nothing is.
    origin
        Provenance to give the layers if the file is not OpenStreetMap's own data.

    Returns
    -------
    layers
        Every kind of `taobaogis.schema.LAYERS`; `extent` is the file's stated box, or else
        the box of all streets, points and buildings in it.

    Raises
    ------
    SourceDataError
        If the file is missing, cut short or no OSM file.
    """
    require_file(path)
    origin = origin or Provenance(
        source=path.name,
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        digest=file_digest(path),
    )
    source = osmium.io.File(str(path), require_readable(path))
    try:
        as_of, stated = _head(source)
    except _PARSER_ERRORS as error:
        raise broken(path.name, error) from error
    dated = Provenance(**{**origin.to_dict(), "as_of": as_of})
    return _read(source, path.name, dated, crs, stated=stated, wide=wide, near=near)


def read_osm_xml(
    xml: bytes,
    crs: CRS,
    *,
    provenance: Provenance,
    extent: LonLatBox,
    near: Sequence[LonLatBox] = (),
) -> Layers:
    """Layers of OSM XML in memory, e.g. of a fetched answer.

    Parameters
    ----------
    xml
        An ``<osm>`` document.
    crs
        Metric CRS to bring everything to.
    provenance
        Where the document came from.
    extent
        West, south, east, north of the area that was asked for.
    near
        As in `read_osm_file`.

    Returns
    -------
    layers
        As in `read_osm_file`.

    Raises
    ------
    SourceDataError
        If the document is broken.
    """
    buffer = osmium.io.FileBuffer(xml, "osm")
    return _read(buffer, provenance.source, provenance, crs, stated=extent, wide=None, near=near)


def parser_digest() -> str:
    """Digest of this parser and its tables; layers parsed by another one are not the same."""
    here = Path(__file__)
    code = [here, *(here.with_name(f"{name}.py") for name in _PARTS)]
    names = ("poi_categories.toml", "landuse_classes.toml", "barriers.toml")
    tables = [data_file(name) for name in names]
    digests = "".join(file_digest(path) for path in (*code, *tables))
    return hashlib.sha256(digests.encode()).hexdigest()


def middle_of(path: Path) -> tuple[float, float]:
    """Longitude and latitude in the middle of an OpenStreetMap file, to choose a CRS by.

    Parameters
    ----------
    path
        As in `read_osm_file`.

    Returns
    -------
    lon, lat
        Middle of the box that the file states, or else the median of its first points.

    Raises
    ------
    SourceDataError
        If the file is missing, cut short, no OSM file, or holds no point.
    """
    require_file(path)
    source = osmium.io.File(str(path), require_readable(path))
    try:
        _, box = _head(source)
        if box is not None:
            return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        nodes = islice(osmium.FileProcessor(source, osmium.osm.NODE), _POINTS_LOOKED_AT)
        points = [node.location for node in nodes if isinstance(node, osmium.osm.Node)]
        places = [(point.lon, point.lat) for point in points if is_place(point)]
    except _PARSER_ERRORS as error:
        raise broken(path.name, error) from error
    if not places:
        raise broken(path.name, UnfitError("it holds no point"))
    lons, lats = zip(*places, strict=True)
    return median(lons), median(lats)


def _head(source: osmium.io.File) -> tuple[str, LonLatBox | None]:
    """Date of the data, empty if it is not told, and the box they are said to fill."""
    header = osmium.io.Reader(source, osmium.osm.NOTHING).header()
    if header.has_multiple_object_versions:
        raise UnfitError(_CHANGES)
    said = header.get("osmosis_replication_timestamp") or header.get("timestamp") or ""
    date = _DATE.match(said)
    box = header.box()
    stated = None
    if box.valid():
        stated = (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
    return (date.group() if date else ""), stated


def _read(
    source: _OsmSource,
    name: str,
    origin: Provenance,
    crs: CRS,
    *,
    stated: LonLatBox | None,
    wide: LonLatBox | None,
    near: Sequence[LonLatBox],
) -> Layers:
    try:
        gathered = _gather(source)
    except _PARSER_ERRORS as error:
        raise broken(name, error) from error
    frames = frames_of(gathered, crs, wide=wide, near=near)
    extent = extent_of(gathered, stated, crs, read=wide)
    note = "; ".join(part for part in (origin.note, gathered.note()) if part)
    noted = Provenance(**{**origin.to_dict(), "note": note})
    return Layers(crs, frames, dict.fromkeys(LAYERS, noted), extent)


def _gather(source: _OsmSource) -> Gathered:
    found = Gathered()
    wanted = osmium.filter.KeyFilter(
        "highway", "route", "public_transport", "railway", "barrier", *sorted(area_keys())
    )
    objects = (
        osmium.FileProcessor(source)
        .with_areas(osmium.filter.KeyFilter(*sorted(area_keys())))
        .with_filter(wanted)
    )
    for item in objects:
        if isinstance(item, osmium.osm.Changeset) or item.deleted:
            raise UnfitError(_CHANGES)
        take(found, item, _outline)
    _require_points(found, objects.node_location_storage)
    _require_lines(found, source)
    found.repairs += Counter(found.expected.values())
    members = {ref for route in found.routes for ref in route["ways"]}
    if members:
        _remember_lines(found, source, members)
    return found


def _require_points(found: Gathered, locations: osmium.index.LocationTable | None) -> None:
    """Raise if points were not at hand for their lines although the file holds them."""
    if locations is None:
        return
    for ref in islice(found.missing, _MISSING_LOOKED_UP):
        if ref < 0:
            reason = "it holds points that were never uploaded, with numbers below zero"
            raise UnfitError(reason, "renumber it, e.g. with `osmium renumber`")
        try:
            place = locations.get(ref)
        except KeyError:
            continue
        if is_place(place):
            reason = "lines stand before their points, out of order"
            raise UnfitError(reason)


def _require_lines(found: Gathered, source: _OsmSource) -> None:
    """Raise if there are points of lines but no line: what is left of a file cut short."""
    if found.streets or found.expected or any(found.areas.values()):
        return
    if any(True for _ in osmium.FileProcessor(source, osmium.osm.WAY)):
        return
    if any(not len(node.tags) for node in osmium.FileProcessor(source, osmium.osm.NODE)):
        reason = "it holds the points of lines but no line"
        raise UnfitError(reason)


def _outline(area: osmium.osm.Area) -> str:
    """Shape of an area as hexadecimal WKB; empty if it cannot be one."""
    try:
        return str(_WKB.create_multipolygon(area))
    except (RuntimeError, osmium.InvalidLocationError):
        return ""


def _remember_lines(found: Gathered, source: _OsmSource, members: set[int]) -> None:
    """Second look at the file for the lines of route members, which may lack tags of their own."""
    for way in osmium.FileProcessor(source).with_locations():
        if isinstance(way, osmium.osm.Way) and way.id in members:
            line = [(n.location.lon, n.location.lat) for n in way.nodes if is_place(n.location)]
            if len(line) > 1:
                found.way_line[way.id] = line

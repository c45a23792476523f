"""Any vector file as a layer: the caller's own survey in place of OpenStreetMap's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.clusters.categories import categories, category_of
from taobaogis.crs import LONLAT
from taobaogis.datums import Datum, layer_to_wgs84
from taobaogis.errors import InputError, SchemaError
from taobaogis.form.barrier_kinds import WATER, openings_m, thicknesses_m
from taobaogis.geometry.junctions import number_vertices, split_at_junctions
from taobaogis.landuse.classes import land_uses, use_of
from taobaogis.loaders import osm_tags
from taobaogis.loaders.columns import height_fault, renamed, text_of
from taobaogis.loaders.guards import require_plausible_coordinates
from taobaogis.loaders.mending import mended
from taobaogis.loaders.quotes import plain, showable
from taobaogis.loaders.vector_files import open_vector_file
from taobaogis.provenance import Provenance, file_digest
from taobaogis.schema import conform

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

__all__ = ["read_boundary", "read_layer", "read_lonlat", "read_raw"]

_ONEWAY = {"yes": 1, "true": 1, "1": 1, "f": 1, "ft": 1, "-1": -1, "reverse": -1, "t": -1, "tf": -1}
_TRUE = {"yes", "true", "1", "t", "viaduct"}


def read_raw(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Vector file as it is: columns, CRS and coordinates, right or wrong.

    Parameters
    ----------
    path, layer
        As in `taobaogis.loaders.vector_files.open_vector_file`.

    Returns
    -------
    frame
        In the CRS that the file claims, two-dimensional.

    Raises
    ------
    InputError
        If there is no such file, or it is no vector file.
    CRSError
        If it does not say its CRS.
    """
    return open_vector_file(path, layer).frame


def read_lonlat(path: Path, *, datum: Datum = "wgs84") -> gpd.GeoDataFrame:
    """Vector file in WGS 84 degrees, columns as they are.

    Parameters
    ----------
    path
        As in `read_raw`.
    datum
        Datum of the coordinates; a shifted one is put right.

    Returns
    -------
    frame
        In EPSG:4326, two-dimensional.

    Raises
    ------
    InputError
        As in `read_raw`.
    CRSError
        If it does not say its CRS, or its coordinates cannot be meant in it.
    """
    return _in_lonlat(read_raw(path), path, datum)


def read_layer(
    path: Path, kind: str, crs: CRS, *, datum: Datum = "wgs84"
) -> tuple[gpd.GeoDataFrame, Provenance]:
    """Vector file as a valid layer of a kind.

    Columns are found by their usual names in OpenStreetMap, Geofabrik, Overture and Chinese
    survey files; what is not found is unknown, not guessed.

    Parameters
    ----------
    path
        As in `read_lonlat`.
    kind
        ``buildings``, ``streets``, ``pois``, ``landuse`` or ``barriers``.
    crs
        Metric CRS to bring it to.
    datum
        As in `read_lonlat`.

    Returns
    -------
    layer, provenance
        A frame that keeps the contract of `taobaogis.schema.LAYERS`, and its origin.

    Raises
    ------
    InputError
        As in `read_lonlat`.
    SchemaError
        If the file holds no geometry of this kind, or heights of buildings that are not metres.
    """
    opened = open_vector_file(path)
    raw = _in_lonlat(opened.frame, path, datum)
    repairs: Counter[str] = Counter()
    builders = {
        "streets": _streets,
        "buildings": _buildings,
        "pois": _pois,
        "landuse": _landuse,
        "barriers": _barriers,
    }
    read = renamed(raw, kind, repairs)
    if kind == "buildings" and (fault := height_fault(raw, read)):
        message = f"'{plain(path.name)}' {fault}."
        raise SchemaError(message)
    drawn = _drawn(read.to_crs(crs), repairs)
    repairs["outlines that cross themselves mended"] += _crossed(drawn)
    layer, rows = builders[kind](drawn)
    if layer.empty and len(raw):
        found = ", ".join(sorted(set(raw.geom_type.dropna()))) or "nothing"
        message = (
            f"'{plain(path.name)}' was given as {kind} but holds {found}; give the right file."
        )
        raise SchemaError(message)
    repairs["rows without a usable shape or class left out"] += len(drawn) - rows
    repairs["file without any feature"] += not len(raw)
    layer = mended(layer, kind, repairs)
    counted = (f"{n} {what}" for what, n in sorted(repairs.items()) if n)
    name = showable(path.name)
    origin = Provenance(source=name, digest=file_digest(path),
                        note="; ".join((*opened.notes, *counted)),
                        attribution=f"Data: {name}")  # fmt: skip
    return layer, origin


def read_boundary(path: Path, feature: str) -> BaseGeometry:
    """Outline of one village.

    Parameters
    ----------
    path
        As in `read_lonlat`.
    feature
        Value of the column ``id`` of the wanted feature; empty if there is only one.

    Returns
    -------
    boundary
        Valid Polygon or MultiPolygon in WGS 84 degrees.

    Raises
    ------
    InputError
        If there is no such feature, or it is no area.
    """
    frame = read_lonlat(path)
    name = plain(path.name)
    if feature:
        if "id" not in frame:
            message = f"'{name}' has no column 'id' to find '{plain(feature)}' by; add one."
            raise InputError(message)
        names = frame["id"].astype(str)
        rows = frame[names == feature]
        if rows.empty:
            known = ", ".join(plain(known) for known in sorted(names)[:8])
            message = f"'{name}' has no feature with the id '{plain(feature)}'; it has: {known}."
            raise InputError(message)
    elif len(frame) == 1:
        rows = frame
    else:
        message = f"'{name}' holds {len(frame)} features; say which: \"{name}#id\"."
        raise InputError(message)
    shapes = shapely.make_valid(rows.geometry.to_numpy(), method="structure")
    outline = shapely.make_valid(shapely.union_all(shapes), method="structure")
    areas = [g for g in shapely.get_parts(outline) if g.geom_type == "Polygon" and g.area > 0]
    if not areas:
        message = f"'{name}#{feature}' is no area; give a closed outline."
        raise InputError(message)
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def _in_lonlat(frame: gpd.GeoDataFrame, path: Path, datum: Datum) -> gpd.GeoDataFrame:
    require_plausible_coordinates(frame, plain(path.name))
    return layer_to_wgs84(frame.to_crs(LONLAT), datum)


def _drawn(frame: gpd.GeoDataFrame, repairs: Counter[str]) -> gpd.GeoDataFrame:
    """Rows that the metric CRS can hold, and those without any shape."""
    geometry = frame.geometry.to_numpy()
    absent = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    far = ~absent & ~np.isfinite(shapely.bounds(geometry)).all(axis=1)
    repairs["rows too far away to be drawn left out"] += int(far.sum())
    kept: gpd.GeoDataFrame = frame[~far]
    return kept


def _buildings(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    building = text_of(frame["building"]) if "building" in frame else "yes"
    frame = frame.assign(building=building)
    frame["building"] = frame["building"].replace("", "yes")
    layer = conform(_valid_polygons(frame), "buildings")
    return layer, len(layer)


def _landuse(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    uses = _classified(frame, ("use", "fclass", "class", "landuse"), set(land_uses()), use_of)
    kept = frame.assign(use=uses[0], tag=uses[1])[uses[0].to_numpy() != ""]
    layer = conform(_valid_polygons(kept), "landuse")
    return layer, len(layer)


def _barriers(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Walls, openings in them, and water; lines without a known kind are walls."""
    kind = text_of(frame["barrier"]).str.lower() if "barrier" in frame else ""
    frame = frame.assign(barrier=kind)
    known = {*thicknesses_m(), *openings_m(), WATER}
    is_line = frame.geom_type.isin(["LineString", "MultiLineString"])
    frame.loc[is_line & ~frame["barrier"].isin(known), "barrier"] = "wall"
    frame = frame[frame["barrier"].isin(known)]
    layer = conform(_valid_polygons(frame), "barriers")
    return layer, len(layer)


def _pois(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    kinds = _classified(frame, ("category", "fclass", "class"), set(categories()), category_of)
    kept = frame.assign(category=kinds[0], tag=kinds[1])[kinds[0].to_numpy() != ""]
    geometry = kept.geometry.to_numpy()
    usable = kept[~(shapely.is_missing(geometry) | shapely.is_empty(geometry))]
    layer = conform(usable.set_geometry(usable.geometry.representative_point()), "pois")
    return layer, len(layer)


def _streets(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Stretches between junctions, and of how many rows they are."""
    numbered = frame.assign(row=np.arange(len(frame)))
    lines = numbered[frame.geom_type.isin(["LineString", "MultiLineString"])]
    lines = lines.explode(index_parts=False).reset_index(drop=True)
    coordinates, line = shapely.get_coordinates(lines.geometry.to_numpy(), return_index=True)
    vertices = number_vertices(coordinates)
    # A point that repeats the one before it would end a stretch of no length.
    moves = np.r_[True, (line[1:] != line[:-1]) | (vertices[1:] != vertices[:-1])][: len(line)]
    pieces = split_at_junctions(coordinates[moves], line[moves], vertices[moves])
    table = pd.DataFrame(lines.drop(columns=lines.geometry.name)).iloc[pieces.line]
    table = table.reset_index(drop=True).assign(u=pieces.u, v=pieces.v)
    rows = table.pop("row").nunique()
    if "highway" in table:
        table["highway"] = text_of(table["highway"]).map(osm_tags.street_class)
    if "oneway" in table:
        table["oneway"] = text_of(table["oneway"]).str.lower().map(_ONEWAY).fillna(0).astype(int)
    for column in ("bridge", "tunnel"):
        if column in table:
            table[column] = text_of(table[column]).str.lower().isin(_TRUE)
    if "access" in table:
        table["access"] = text_of(table["access"])
    drawn = gpd.GeoDataFrame(table, geometry=pieces.geometry, crs=frame.crs)
    return conform(drawn, "streets"), rows


def _classified(
    frame: gpd.GeoDataFrame, direct: Sequence[str], known: set[str], classify: object
) -> tuple[pd.Series, pd.Series]:
    """Class and deciding tag of each row, from a class column of ours or from OSM tags."""
    tag_columns = [c for c in frame.columns if c not in {frame.geometry.name, "name", "osm_id"}]
    records = frame[tag_columns].to_dict("records")
    found: list[tuple[str, str]] = []
    for record in records:
        tags = {str(k): str(v) for k, v in record.items() if isinstance(v, str) and v}
        own = next((tags[c] for c in direct if tags.get(c) in known), "")
        found.append((own, f"class={own}") if own else classify(tags))  # type: ignore[operator]
    columns = list(zip(*found, strict=True)) or [(), ()]
    return (
        pd.Series(columns[0], index=frame.index, dtype=str),
        pd.Series(columns[1], index=frame.index, dtype=str),
    )


def _crossed(frame: gpd.GeoDataFrame) -> int:
    areas = frame.geometry.to_numpy()[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    return int((~shapely.is_valid(areas)).sum())


def _valid_polygons(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    geometry = frame.geometry.to_numpy()
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    frame = frame[present]
    shapes = frame.geometry.to_numpy().copy()
    invalid = ~shapely.is_valid(shapes)
    shapes[invalid] = shapely.make_valid(shapes[invalid], method="structure")
    single = np.where(
        shapely.get_num_geometries(shapes) == 1, shapely.get_geometry(shapes, 0), shapes
    )
    return frame.set_geometry(gpd.GeoSeries(single, index=frame.index, crs=frame.crs))

"""Any vector file as a layer: the caller's own survey in place of OpenStreetMap's."""

from __future__ import annotations

import difflib
import warnings
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import shapely

from taobaogis.clusters.categories import categories, category_of
from taobaogis.crs import LONLAT
from taobaogis.datums import Datum, layer_to_wgs84
from taobaogis.errors import CRSError, InputError, SchemaError
from taobaogis.geometry.junctions import number_vertices, split_at_junctions
from taobaogis.landuse.classes import land_uses, use_of
from taobaogis.loaders import osm_tags
from taobaogis.loaders.guards import require_plausible_coordinates
from taobaogis.provenance import Provenance, file_digest
from taobaogis.schema import conform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

__all__ = ["read_boundary", "read_layer", "read_lonlat", "read_raw"]

# What columns of other people's files mean. First match wins; case does not count.
_ALIASES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "buildings": {
        "levels_tag": ("levels_tag", "building:levels", "levels", "floors", "floor", "storeys",
                       "stories", "num_floors", "层数", "楼层", "总层数"),
        "height_tag_m": ("height_tag_m", "height_m", "height", "bldg_height", "高度", "建筑高度"),
        "building": ("building", "type", "fclass", "class", "use", "用途"),
    },
    "streets": {
        "highway": ("highway", "fclass", "class", "type", "road_type", "道路等级"),
        "width_tag_m": ("width_tag_m", "width_m", "width", "宽度", "路宽"),
        "est_width_m": ("est_width_m", "est_width", "估计宽度"),
        "width_survey_m": ("width_survey_m", "surveyed_width_m", "实测宽度", "实测路宽"),
        "lanes": ("lanes", "车道数"),
        "oneway": ("oneway", "one_way", "单行"),
        "bridge": ("bridge", "桥"),
        "tunnel": ("tunnel", "隧道"),
        "access": ("access",),
    },
    "landuse": {},
    "pois": {},
}  # fmt: skip
_NAMES = ("name", "name:zh", "name_zh", "名称", "name:en", "name_en")
_IDS = ("osm_id", "id", "fid")
_ONEWAY = {"yes": 1, "true": 1, "1": 1, "f": 1, "ft": 1, "-1": -1, "reverse": -1, "t": -1, "tf": -1}
_TRUE = {"yes", "true", "1", "t", "viaduct"}


def read_raw(path: Path) -> gpd.GeoDataFrame:
    """Vector file as it is: columns, CRS and coordinates, right or wrong.

    Parameters
    ----------
    path
        Anything pyogrio reads, or GeoParquet. Of several layers the first is read.

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
    if not path.exists():
        folder = path.parent
        near = difflib.get_close_matches(path.name, [p.name for p in folder.glob("*")], n=1)
        hint = f"Did you mean '{near[0]}'?" if near else "Check the name and the folder."
        message = f"There is no file '{path.name}' beside the study. {hint}"
        raise InputError(message)
    frame: pd.DataFrame
    try:
        if path.suffix.lower() in {".parquet", ".geoparquet"}:
            frame = gpd.read_parquet(path)
        else:
            frame = _read_with_gdal(path)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        OSError,
        ValueError,
    ) as e:
        message = f"'{path.name}' cannot be read as a vector file ({e}); save it as GeoPackage."
        raise InputError(message) from e
    if not isinstance(frame, gpd.GeoDataFrame):
        message = f"'{path.name}' holds a table without geometry; give a layer with shapes."
        raise InputError(message)
    if frame.crs is None:
        message = f"'{path.name}' does not say its CRS; save it with one, e.g. as GeoPackage."
        raise CRSError(message)
    return frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)


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
    frame = read_raw(path)
    require_plausible_coordinates(frame, path.name)
    return layer_to_wgs84(frame.to_crs(LONLAT), datum)


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
        ``buildings``, ``streets``, ``pois`` or ``landuse``.
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
        If the file holds no geometry of this kind.
    """
    raw = read_lonlat(path, datum=datum)
    builders = {"streets": _streets, "buildings": _buildings, "pois": _pois, "landuse": _landuse}
    layer = builders[kind](_renamed(raw, kind).to_crs(crs))
    if layer.empty and len(raw):
        found = ", ".join(sorted(set(raw.geom_type.dropna()))) or "nothing"
        message = f"'{path.name}' was given as {kind} but holds {found}; give the right file."
        raise SchemaError(message)
    lost = len(raw) - len(layer) if kind != "streets" else 0
    note = f"{lost} rows without a usable shape or class left out" if lost else ""
    origin = Provenance(source=path.name, digest=file_digest(path), note=note,
                        attribution=f"Data: {path.name}")  # fmt: skip
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
    if feature:
        if "id" not in frame:
            message = f"'{path.name}' has no column 'id' to find '{feature}' by; add one."
            raise InputError(message)
        names = frame["id"].astype(str)
        rows = frame[names == feature]
        if rows.empty:
            known = ", ".join(sorted(names)[:8])
            message = f"'{path.name}' has no feature with the id '{feature}'; it has: {known}."
            raise InputError(message)
    elif len(frame) == 1:
        rows = frame
    else:
        message = f"'{path.name}' holds {len(frame)} features; say which: \"{path.name}#id\"."
        raise InputError(message)
    outline = shapely.make_valid(shapely.union_all(rows.geometry.to_numpy()), method="structure")
    areas = [g for g in shapely.get_parts(outline) if g.geom_type == "Polygon" and g.area > 0]
    if not areas:
        message = f"'{path.name}#{feature}' is no area; give a closed outline."
        raise InputError(message)
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def _read_with_gdal(path: Path) -> pd.DataFrame:
    with warnings.catch_warnings():
        # A text column that GDAL took for JSON stays text, which is all we want of it.
        warnings.filterwarnings("ignore", message="Could not parse column")
        frame: pd.DataFrame = pyogrio.read_dataframe(path)
    return frame


def _renamed(raw: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Frame whose columns bear the names of the contract."""
    by_folded = {str(column).lower(): column for column in reversed(raw.columns)}
    columns: dict[str, pd.Series] = {}
    for wanted, aliases in _ALIASES[kind].items():
        match = next((by_folded[a] for a in aliases if a in by_folded), None)
        if match is not None:
            columns[wanted] = raw[match]
    for wanted, aliases in (("name", _NAMES), ("osm_id", _IDS)):
        match = next((by_folded[a] for a in aliases if a in by_folded), None)
        if match is not None:
            columns[wanted] = _text(raw[match])
    if kind in {"pois", "landuse"}:
        columns |= {c: raw[c] for c in raw.columns if c != raw.geometry.name and c not in columns}
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=raw.index), geometry=raw.geometry,
                            crs=raw.crs)  # fmt: skip


def _buildings(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    building = _text(frame["building"]) if "building" in frame else "yes"
    frame = frame.assign(building=building)
    frame["building"] = frame["building"].replace("", "yes")
    return conform(_valid_polygons(frame), "buildings")


def _landuse(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    uses = _classified(frame, ("use", "fclass", "class", "landuse"), set(land_uses()), use_of)
    kept = frame.assign(use=uses[0], tag=uses[1])[uses[0].to_numpy() != ""]
    return conform(_valid_polygons(kept), "landuse")


def _pois(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kinds = _classified(frame, ("category", "fclass", "class"), set(categories()), category_of)
    kept = frame.assign(category=kinds[0], tag=kinds[1])[kinds[0].to_numpy() != ""]
    usable = kept[kept.geometry.notna() & ~kept.geometry.is_empty]
    return conform(usable.set_geometry(usable.geometry.representative_point()), "pois")


def _streets(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    lines = frame[frame.geom_type.isin(["LineString", "MultiLineString"])]
    lines = lines.explode(index_parts=False).reset_index(drop=True)
    lines = lines[lines.length > 0].reset_index(drop=True)
    coordinates, line = shapely.get_coordinates(lines.geometry.to_numpy(), return_index=True)
    pieces = split_at_junctions(coordinates, line, number_vertices(coordinates))
    table = pd.DataFrame(lines.drop(columns=lines.geometry.name)).iloc[pieces.line]
    table = table.reset_index(drop=True).assign(u=pieces.u, v=pieces.v)
    if "highway" in table:
        table["highway"] = _text(table["highway"]).map(osm_tags.street_class)
    if "oneway" in table:
        table["oneway"] = _text(table["oneway"]).str.lower().map(_ONEWAY).fillna(0).astype(int)
    for column in ("bridge", "tunnel"):
        if column in table:
            table[column] = _text(table[column]).str.lower().isin(_TRUE)
    if "access" in table:
        table["access"] = _text(table["access"])
    return conform(gpd.GeoDataFrame(table, geometry=pieces.geometry, crs=frame.crs), "streets")


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


def _valid_polygons(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    geometry = frame.geometry.to_numpy()
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    frame = frame[present]
    mended = shapely.make_valid(frame.geometry.to_numpy(), method="structure")
    single = np.where(
        shapely.get_num_geometries(mended) == 1, shapely.get_geometry(mended, 0), mended
    )
    return frame.set_geometry(gpd.GeoSeries(single, index=frame.index, crs=frame.crs))


def _text(values: pd.Series) -> pd.Series:
    return values.astype("object").where(values.notna(), "").astype(str)

"""Vector files of each kind, made to order."""

from __future__ import annotations

import json
import sqlite3
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
from hostile.kit.shapes import HOUSES, X, Y, frame
from shapely.geometry import Point

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "BOMB",
    "CHINESE",
    "KML",
    "OUTSIDE",
    "altered",
    "csv",
    "folder_of_shapefile",
    "geojson",
    "layers",
    "linked",
    "odd_parquet",
    "plain_parquet",
    "recursive_vrt",
    "remote_vrt",
    "saved",
    "shapefile",
    "text_file",
    "two_shapes",
    "view",
    "without",
    "zip_of",
    "zipped",
]


def saved(
    file: str, shapes: list[Any] | None = None, /, *, crs: int | None = 4547, **columns: Any
) -> Callable[[Path], Path]:
    """File of houses, or of these shapes, with these columns."""

    def make(folder: Path) -> Path:
        path = folder / file
        written = gpd.GeoDataFrame(columns, geometry=HOUSES if shapes is None else shapes, crs=crs)
        if file.endswith("parquet"):
            written.to_parquet(path)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a file without CRS is what is wanted
                pyogrio.write_dataframe(written, path)
        return path

    return make


CHINESE = ("里仁洞商铺", "犀牛角村委会", "渔沙坦")


def shapefile(
    encoding: str,
    *,
    says: str | None,
    field: str = "name",
    names: tuple[str, ...] = CHINESE,
    ldid: int | None = 0,
) -> Callable[[Path], Path]:
    """Shapefile in an encoding, with a .cpg that says another one, or none."""

    def make(folder: Path) -> Path:
        path = folder / "houses.shp"
        pyogrio.write_dataframe(
            gpd.GeoDataFrame({field: list(names)}, geometry=HOUSES, crs=4547),
            path,
            encoding=encoding,
        )
        path.with_suffix(".cpg").unlink(missing_ok=True)
        if says is not None:
            path.with_suffix(".cpg").write_text(says, encoding="ascii")
        if ldid is not None:
            table = bytearray(path.with_suffix(".dbf").read_bytes())
            table[29] = ldid
            path.with_suffix(".dbf").write_bytes(table)
        return path

    return make


def without(suffix: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = saved("houses.shp", floors=[1, 2, 3])(folder)
        path.with_suffix(suffix).unlink()
        return path

    return make


def zipped(folder: Path, *, twice: bool = False, inside: str = "") -> Path:
    saved("houses.shp", floors=[1, 2, 3])(folder)
    path = folder / "houses.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in folder.glob("houses.*"):
            if part != path:
                archive.write(part, f"{inside}{part.name}")
                if twice:
                    archive.write(part, f"other{part.suffix}")
    for part in folder.glob("houses.*"):
        if part != path:
            part.unlink()
    return path


def zip_of(name: str, body: bytes, times: int = 1) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / "x.zip"
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open(name, "w", force_zip64=True) as stream,
        ):
            for _ in range(times):
                stream.write(body)
        return path

    return make


def layers(*names: str, first_is_table: bool = False) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / "several.gpkg"
        if first_is_table:
            pyogrio.write_dataframe(pd.DataFrame({"a": [1]}), path, layer="notes")
        for i, name in enumerate(names):
            pyogrio.write_dataframe(frame(HOUSES[: i + 1]), path, layer=name, append=path.exists())
        return path

    return make


def text_file(name: str, text: str | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return make


RING = [[113.3, 23.0], [113.3001, 23.0], [113.3001, 23.0001], [113.3, 23.0]]


def geojson(**changes: Any) -> Callable[[Path], Path]:
    feature = {"type": "Feature", "properties": {"name": "a"},
               "geometry": {"type": "Polygon", "coordinates": [RING]}}  # fmt: skip
    return text_file("x.geojson", json.dumps({"type": "FeatureCollection", "features": [
        {**feature, **changes}]}))  # fmt: skip


def csv(text: str) -> Callable[[Path], Path]:
    return text_file("houses.csv", text)


def folder_of_shapefile(folder: Path) -> Path:
    (folder / "layer").mkdir()
    saved("houses.shp", floors=[1, 2, 3])(folder / "layer")
    return folder / "layer"


def linked(folder: Path) -> Path:
    (folder / "link.gpkg").symlink_to(saved("houses.gpkg")(folder))
    return folder / "link.gpkg"


def recursive_vrt(folder: Path) -> Path:
    text = ('<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource relativeToVRT="1">x.vrt'
            "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>")  # fmt: skip
    return text_file("x.vrt", text)(folder)


def remote_vrt(folder: Path) -> Path:
    text = ('<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/http://127.0.0.1:9/x'
            "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>")  # fmt: skip
    return text_file("x.vrt", text)(folder)


def view(folder: Path) -> Path:
    """GeoPackage whose layer is a view that never ends."""
    path = saved("houses.gpkg")(folder)
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIEW endless AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL "
                         "SELECT fid + 1 FROM n) SELECT fid, NULL AS geom FROM n")  # fmt: skip
        database.execute("UPDATE gpkg_contents SET table_name = 'endless'")
        database.execute("UPDATE gpkg_geometry_columns SET table_name = 'endless'")
    return path


def two_shapes(folder: Path) -> Path:
    written = frame(HOUSES, point=gpd.GeoSeries([Point(X, Y)] * 3, crs=4547))
    written.to_parquet(folder / "two.parquet")
    return folder / "two.parquet"


def plain_parquet(folder: Path) -> Path:
    pd.DataFrame({"a": [1]}).to_parquet(folder / "table.parquet")
    return folder / "table.parquet"


def odd_parquet(**columns: Any) -> Callable[[Path], Path]:
    return saved("odd.parquet", **columns)


BOMB = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "lollollollollollollol">'
for _before, _name in zip("abcdefghi", "bcdefghij", strict=True):
    BOMB += f'<!ENTITY {_name} "{f"&{_before};" * 10}">'
BOMB += "]>"
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
KML = (
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>{}</name><Polygon>'
    "<outerBoundaryIs><LinearRing><coordinates>113.3,23 113.301,23 113.301,23.001 113.3,23"
    "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"
)


def altered(path: Path, suffix: str, body: bytes) -> Path:
    path.with_suffix(suffix).write_bytes(body)
    return path

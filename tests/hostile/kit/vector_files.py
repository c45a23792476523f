"""Vector files with odd columns, wrong encodings, or that are something else."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from hostile.kit.makers import (
    BOMB,
    CHINESE,
    KML,
    OUTSIDE,
    altered,
    csv,
    folder_of_shapefile,
    geojson,
    layers,
    linked,
    odd_parquet,
    plain_parquet,
    recursive_vrt,
    remote_vrt,
    saved,
    shapefile,
    text_file,
    two_shapes,
    view,
    without,
    zip_of,
    zipped,
)
from hostile.kit.shapes import GRID, INF, NAN, STREETS, case
from hostile.kit.verdicts import Case, Verdict

from taobaogis.loaders.vector import read_layer
from taobaogis.schema import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["file_cases"]


@dataclass(frozen=True)
class File:
    """How a file is made, what it is read as, and what must come of it."""

    make: Callable[[Path], Path]
    kind: str = "buildings"
    may: str = "error repaired unchanged"
    rows: int | None = None
    names: tuple[str, ...] = ()
    column: tuple[str, tuple[Any, ...]] | None = None


FILES: dict[str, File] = {
    # encodings
    "GBK, no .cpg": File(shapefile("gbk", says=None), names=CHINESE, rows=3),
    "GBK, .cpg says UTF-8": File(shapefile("gbk", says="UTF-8"), names=CHINESE, rows=3),
    "GBK, .cpg says ISO-8859-1": File(shapefile("gbk", says="ISO-8859-1"), names=CHINESE, rows=3),
    "GBK, .cpg says GBK": File(shapefile("gbk", says="GBK"), names=CHINESE, rows=3),
    "GBK, .cpg says CP936": File(shapefile("gbk", says="936"), names=CHINESE, rows=3),
    "GBK, .cpg of nonsense": File(shapefile("gbk", says="KLINGON"), names=CHINESE, rows=3),
    "GBK, .dbf says 936": File(shapefile("gbk", says=None, ldid=0x4D), names=CHINESE, rows=3),
    "GBK, .dbf says Western": File(shapefile("gbk", says=None, ldid=0x57), names=CHINESE, rows=3),
    "GBK fields": File(shapefile("gbk", says=None, field="名称"), names=CHINESE, rows=3),
    "GBK fields, .cpg says UTF-8": File(shapefile("gbk", says="UTF-8", field="名称"),
                                        names=CHINESE, rows=3),
    "GB18030, rare letters": File(
        shapefile("gb18030", says=None, names=("㐂㐃村", "里仁洞", "沙坦")),
        names=("㐂㐃村", "里仁洞", "沙坦"), rows=3),
    "UTF-8, no .cpg": File(shapefile("utf-8", says=None), names=CHINESE, rows=3),
    "UTF-8, .cpg says GBK": File(shapefile("utf-8", says="GBK"), names=CHINESE, rows=3),
    "UTF-8, .cpg says UTF-8": File(shapefile("utf-8", says="UTF-8"), names=CHINESE, rows=3),
    "Western letters, no .cpg": File(
        shapefile("cp1252", says=None, names=("Café", "Straße", "Plaza")),
        names=("Café", "Straße", "Plaza"), rows=3),
    "letters of English only": File(shapefile("utf-8", says=None, names=("a", "b", "c")),
                                    names=("a", "b", "c"), rows=3),
    "Chinese fields": File(saved("f.gpkg", 层数=[4, 5, 6], 名称=list(CHINESE)), names=CHINESE,
                           column=("levels_tag", (4.0, 5.0, 6.0)), rows=3),
    # columns
    "the same field in two spellings": File(odd_parquet(Name=list(CHINESE), NAME=["x"] * 3),
                                            names=CHINESE, rows=3),
    "the same id for all": File(saved("f.gpkg", osm_id=["1"] * 3), rows=3),
    "no ids": File(saved("f.gpkg", osm_id=[None] * 3), rows=3),
    "no rows": File(saved("f.gpkg", []), may="error repaired", rows=0),
    "no columns": File(saved("f.gpkg"), rows=3),
    "1,000 columns": File(odd_parquet(**{f"c{i}": [1, 2, 3] for i in range(1000)}), rows=3),
    "storeys as text": File(saved("f.gpkg", levels=["4", "5层", "6F"]),
                            column=("levels_tag", (4.0, 5.0, 6.0)), rows=3),
    "storeys with words": File(saved("f.gpkg", levels=["4", "many", "约6"]), may="repaired",
                               column=("levels_tag", (4.0, NAN, NAN)), rows=3),
    "storeys below zero and beyond belief": File(
        saved("f.gpkg", levels=[-3, 9999, 5]), may="repaired",
        column=("levels_tag", (NAN, NAN, 5.0)), rows=3),
    "storeys of infinity": File(odd_parquet(levels=[INF, NAN, 5.0]), may="repaired",
                                column=("levels_tag", (NAN, NAN, 5.0)), rows=3),
    "storeys as true and false": File(odd_parquet(levels=[True, False, True]), rows=3),
    "storeys as dates": File(saved("f.gpkg", levels=pd.to_datetime(["2020-01-01"] * 3)),
                             may="repaired error", rows=3),
    "storeys as lists": File(odd_parquet(levels=[[4], [5, 6], []]), may="repaired error", rows=3),
    "storeys as bytes": File(odd_parquet(levels=[b"4", b"\xff", b""]), may="repaired error",
                             rows=3),
    "storeys as structures": File(odd_parquet(levels=[{"a": 1}, {"a": 2}, None]),
                                  may="repaired error", rows=3),
    "storeys of 10^30": File(saved("f.geojson", levels=["1" + "0" * 30] * 3), may="repaired",
                             rows=3),
    "heights with units": File(saved("f.gpkg", height=["12 m", "9,5", "40'"]),
                               column=("height_tag_m", (12.0, 9.5, 12.192)), rows=3),
    "names as lists": File(odd_parquet(name=[["a", "b"], ["c"], []]), rows=3),
    "names as bytes": File(odd_parquet(name=[b"a", b"\xff", b""]), rows=3),
    "names as dates": File(saved("f.gpkg", name=pd.to_datetime(["2020-01-01"] * 3)), rows=3),
    "names that are obeyed": File(odd_parquet(name=["a\x00b", "\x1b[2J", "\u202egnp.exe"]),
                                  may="repaired", names=("a b", "[2J", "gnp.exe"), rows=3),
    "names of 10,000 letters": File(odd_parquet(name=["里" * 10_000] * 3), rows=3),
    "a column called geometry, of text": File(
        saved("f.geojson", geom=["x"] * 3), rows=3),
    "a column with a blank name": File(odd_parquet(**{"": [1, 2, 3], " ": [4, 5, 6]}), rows=3),
    "two shape columns": File(two_shapes, rows=3),
    "categories": File(odd_parquet(building=pd.Categorical(["yes", None, "house"])), rows=3),
    "streets: true and false as text": File(
        saved("f.gpkg", STREETS, bridge=["T", "F"], oneway=["B", "F"]), "streets"),
    "streets: true and false": File(saved("s.parquet", STREETS, bridge=[True, False]), "streets",
                                    column=("bridge", (True, False))),
    "streets: lists of classes": File(
        saved("s.parquet", STREETS, highway=[["a", "b"], ["residential"]]), "streets"),
    # containers
    "a GeoPackage of three layers": File(layers("one", "two", "three"), may="repaired error"),
    "a GeoPackage whose first layer is a table": File(
        layers("houses", first_is_table=True), may="error repaired"),
    "a GeoPackage whose layer never ends": File(view, may="error"),
    "a zipped shapefile": File(zipped, may="unchanged", rows=3),
    "a zipped shapefile in a folder": File(lambda f: zipped(f, inside="a/b/"), rows=3),
    "a zip of two shapefiles": File(lambda f: zipped(f, twice=True), may="error repaired"),
    "a zip of a text": File(zip_of("x.txt", b"hello"), may="error"),
    "a zip of 640 MB of zeros": File(zip_of("x.shp", bytes(1 << 24), 40), may="error"),
    "a zip of a GeoJSON of 640 MB of blanks": File(zip_of("x.geojson", b" " * (1 << 24), 40),
                                                 may="error"),
    "an empty zip": File(text_file("x.zip", b"PK\x05\x06" + bytes(18)), may="error"),
    "a folder with a shapefile": File(folder_of_shapefile, may="unchanged error", rows=3),
    "an empty folder": File(lambda f: f, may="error"),
    "a link to a file": File(linked, may="unchanged", rows=3),
    "no .prj": File(without(".prj"), may="error"),
    "no .shx": File(without(".shx"), may="error unchanged repaired"),
    "no .dbf": File(without(".dbf"), may="error unchanged repaired"),
    "a nonsense .prj": File(lambda f: altered(saved("houses.shp")(f), ".prj", b"nonsense"),
                            may="error"),
    "a .prj of 10 MB": File(lambda f: altered(saved("houses.shp")(f), ".prj", b"[" * 10**7),
                            may="error"),
    "no CRS": File(saved("houses.fgb", crs=None), may="error"),
    "a CSV with WKT": File(csv('WKT,name\n"POLYGON((113.3 23,113.301 23,113.301 23.001,'
                                '113.3 23))",a\n'), may="error"),
    "a CSV with lon and lat": File(csv("lon,lat\n113.3,23\n"), "pois", may="error"),
    "a CSV of one 50 MB field": File(csv('WKT\n"' + "x" * (50 << 20)), may="error"),
    "a CSV with a million columns": File(csv("a," * 1_000_000 + "\n"), may="error"),
    "a table without shapes": File(plain_parquet, may="error"),
    "a spreadsheet": File(text_file("x.xlsx", b"PK\x03\x04" + bytes(500)), may="error"),
    "a picture": File(text_file("x.gpkg", b"\x89PNG\r\n\x1a\n" + bytes(500)), may="error"),
    "nothing": File(text_file("x.geojson", ""), may="error"),
    "nothing, called Parquet": File(text_file("x.parquet", ""), may="error"),
    "a text called Parquet": File(text_file("x.parquet", "hello" * 100), may="error"),
    "a GeoJSON": File(geojson(), may="unchanged", rows=1),
    "a GeoJSON without features": File(text_file("x.geojson", '{"type":"FeatureCollection",'
                                             '"features":[]}'), may="error repaired", rows=0),
    "a GeoJSON of a feature without shape": File(geojson(geometry=None), may="error repaired"),
    "a GeoJSON of nesting without end": File(text_file("x.geojson", '{"a":' + "[" * 10**6),
                                             may="error"),
    "a GeoJSON of a shape nested without end": File(
        text_file("x.geojson", '{"type":"Feature","properties":{},"geometry":{"type":"Polygon",'
              '"coordinates":' + "[" * 10**5 + "]" * 10**5 + "}}"), may="error repaired"),
    "a GeoJSON of NaN": File(text_file("x.geojson", '{"type":"Feature","properties":{},"geometry":'
                                   '{"type":"Polygon","coordinates":[[[NaN,23],[113,23],[113,24],'
                                   '[NaN,23]]]}}'), may="error repaired"),
    "a GeoJSON of words for numbers": File(
        geojson(geometry={"type": "Polygon", "coordinates": [[["a", "b"], ["c", "d"]]]}),
        may="error repaired"),
    "a GeoJSON of an unknown shape": File(geojson(geometry={"type": "Sphere"}),
                                          may="error repaired"),
    "a GeoJSON in UTF-16": File(text_file("x.geojson", '{"type":"FeatureCollection","features":[]}'
                                      .encode("utf-16")), may="error repaired"),
    "a GeoJSON that names another CRS": File(
        text_file("x.geojson", json.dumps({"type": "FeatureCollection", "features": [],
              "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::99999"}}})),
        may="error repaired"),
    "a GeoJSON linked to a server": File(
        text_file("x.geojson", json.dumps({"type": "FeatureCollection", "features": [], "crs": {
              "type": "link", "properties": {"href": "http://127.0.0.1:9/crs"}}})),
        may="error repaired"),
    "a KML": File(text_file("x.kml", KML.format("a")), may="unchanged repaired error"),
    "a KML with entities that grow": File(
        text_file("x.kml", BOMB + KML.format("&j;")), may="error"),
    "a KML with an entity from the machine": File(
        text_file("x.kml", OUTSIDE + KML.format("&x;")), may="error repaired unchanged"),
    "a GML with entities that grow": File(
        text_file("x.gml", BOMB.replace("kml", "gml") + "<gml>&j;</gml>"), may="error"),
    "a VRT of itself": File(recursive_vrt, may="error"),
    "a VRT of a server": File(remote_vrt, may="error"),
    "another layer in the name": File(text_file("a|layername=x.gpkg", "x"), may="error"),
}  # fmt: skip


def read_file(name: str) -> Verdict:
    """A file: refused, or read right."""
    given = FILES[name]
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at) / "data"
        folder.mkdir()
        layer, origin = read_layer(given.make(folder), given.kind, GRID)
    validate(layer, given.kind)
    if given.rows is not None and len(layer) != given.rows:
        return Verdict("wrong", f"{len(layer)} rows, not {given.rows}: {origin.note}")
    if given.names and tuple(layer["name"]) != given.names:
        return Verdict("wrong", f"names {list(layer['name'])}")
    if given.column is not None:
        column, wanted = given.column
        found = tuple(layer[column].iloc[: len(wanted)])
        same = all(a == b or (a != a and b != b) for a, b in zip(found, wanted, strict=True))  # noqa: PLR0124 - NaN
        if not same:
            return Verdict("wrong", f"{column}: {found}")
    return Verdict("repaired" if origin.note else "unchanged", origin.note)


def file_cases() -> Iterator[Case]:
    """Every file once."""
    for name, given in FILES.items():
        yield case("vector files made by hand", name, "vector_files:read_file", name, may=given.may)

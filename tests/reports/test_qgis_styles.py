from __future__ import annotations

import contextlib
import importlib.util
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from taobaogis.maps.spec import village_maps
from taobaogis.reports.geopackage import write_geopackage
from taobaogis.reports.qgis_styles import write_styles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taobaogis.maps.model import MapSpec
    from taobaogis.results import StudyResult


@pytest.fixture(scope="module")
def result() -> StudyResult:
    path = Path(__file__).parents[1] / "maps" / "scene.py"
    spec = importlib.util.spec_from_file_location("taobaogis_scene", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    found: StudyResult = made.scene()
    return found


@pytest.fixture(scope="module")
def maps(result: StudyResult) -> list[MapSpec]:
    return village_maps(result)


@pytest.fixture(scope="module")
def package(result: StudyResult, maps: list[MapSpec], tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("gpkg") / "layers.gpkg"
    write_geopackage(result, path, maps)
    return path


@pytest.fixture
def database(package: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(package)) as opened:
        yield opened


def style_of(database: sqlite3.Connection, layer: str) -> ET.Element:
    asked = "SELECT styleQML FROM layer_styles WHERE f_table_name = ? AND useAsDefault"
    found = database.execute(asked, (layer,)).fetchall()
    assert len(found) == 1
    return ET.fromstring(found[0][0])  # noqa: S314 - our own text


@pytest.mark.parametrize("layer", ["streets", "buildings", "landuse", "places", "clusters"])
def test_the_rules_tell_the_classes_of_the_map(
    database: sqlite3.Connection, maps: list[MapSpec], layer: str
) -> None:
    style = style_of(database, layer)
    rules = list(style.iter("rule"))
    conditions = [rule.get("filter", "1") for rule in rules]
    named = " OR ".join(f"({c})" for c in conditions if c != "ELSE") or "0"
    counts = {}
    for rule, condition in zip(rules, conditions, strict=True):
        where = f"coalesce(NOT ({named}), 1)" if condition == "ELSE" else condition
        (count,) = database.execute(f'SELECT count(*) FROM "{layer}" WHERE {where}').fetchone()  # noqa: S608
        counts[rule.get("label", "").split(" ")[0]] = count
    expected: dict[str, int] = {}
    for spec in maps:
        shown = spec.layer(layer)
        codes = shown.scale.codes(shown.features)
        numbers = np.bincount(codes, minlength=len(shown.scale.classes))
        for swatch, number in zip(shown.scale.classes, numbers, strict=True):
            key = swatch.label.en.split(" ")[0]
            expected[key] = expected.get(key, 0) + int(number)
    assert {k: v for k, v in counts.items() if v} == {k: v for k, v in expected.items() if v}


def test_every_rule_has_its_symbol_in_the_colour_of_the_map(
    database: sqlite3.Connection, maps: list[MapSpec]
) -> None:
    style = style_of(database, "streets")
    symbols = {s.get("name"): s for s in style.iter("symbol")}
    for rule, swatch in zip(
        style.iter("rule"), maps[0].layer("streets").scale.classes, strict=True
    ):
        options = {
            o.get("name"): o.get("value") for o in symbols[rule.get("symbol")].iter("Option")
        }
        red, green, blue, opacity = map(int, str(options["line_color"]).split(","))
        assert f"#{red:02x}{green:02x}{blue:02x}" == swatch.colour
        assert opacity == 255


def test_columns_are_named_in_both_languages(database: sqlite3.Connection) -> None:
    aliases = {a.get("field"): a.get("name") for a in style_of(database, "streets").iter("alias")}
    assert aliases["width_min_m"] == "Narrowest 最窄处 (m)"


def test_the_styles_name_the_geometry_column_and_are_known_to_the_package(
    database: sqlite3.Connection,
) -> None:
    rows = database.execute(
        "SELECT f_geometry_column = column_name FROM layer_styles "
        "JOIN gpkg_geometry_columns ON table_name = f_table_name"
    ).fetchall()
    assert rows
    assert all(row == (1,) for row in rows)
    asked = "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'"
    assert database.execute(asked).fetchall() == [("attributes",)]


def test_equal_runs_give_equal_bytes(
    result: StudyResult, maps: list[MapSpec], package: Path, tmp_path: Path
) -> None:
    write_geopackage(result, tmp_path / "again.gpkg", maps)
    assert (tmp_path / "again.gpkg").read_bytes() == package.read_bytes()


FRAMES = {
    "barriers": {"barrier": ["water", "wall"]},
    "isochrones": {"mode": ["walk", "drive"], "minutes": [5.0, 15.0]},
    "rule_findings": {"verdict": ["fail", "pass"]},
    "facility_coverage": {"facility": ["stop", "school"]},
    "facilities": {
        "facility": ["stop", "school"], "kind_en": ["Stop", "School"], "kind_zh": ["站点", "学校"],
    },
}  # fmt: skip


def test_tables_that_no_map_shows_as_they_are_open_in_colour_and_others_plain(
    tmp_path: Path,
) -> None:
    frames = {name: pd.DataFrame(content) for name, content in FRAMES.items()}
    frames["strange"] = pd.DataFrame({"a": [1, 2]})
    path = tmp_path / "all.gpkg"
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE gpkg_contents "
            "(table_name, data_type, identifier, description, last_change)"
        )
        database.execute("CREATE TABLE gpkg_geometry_columns (table_name, column_name)")
        for name, frame in frames.items():
            frame.to_sql(name, database, index=False)
            database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom')", (name,))
    shapes = {
        name: gpd.GeoDataFrame(frame, geometry=[None, None]) for name, frame in frames.items()
    }
    write_styles(path, shapes, (), stamp="1970-01-01T00:00:00.000Z")
    with contextlib.closing(sqlite3.connect(path)) as database:
        styled = {row[0] for row in database.execute("SELECT f_table_name FROM layer_styles")}
        assert styled == set(FRAMES)
        for name in FRAMES:
            for rule in style_of(database, name).iter("rule"):
                assert rule.get("label")
                condition = rule.get("filter", "1")
                if condition != "ELSE" and "undetermined" not in condition:
                    asked = f'SELECT count(*) FROM "{name}" WHERE {condition}'  # noqa: S608
                    assert database.execute(asked).fetchone()[0] >= 1, (name, condition)

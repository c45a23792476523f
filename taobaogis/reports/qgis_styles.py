"""Styles for QGIS, from the same descriptions as the pages: each layer opens in its colours.

QGIS reads the table ``layer_styles`` of a GeoPackage and takes the style marked ``useAsDefault``
for a layer when it is opened. A style is QML: classes as rules (whose bounds can be told exactly,
unlike graduated ones, which hold both their ends), and what the columns mean as aliases.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from taobaogis.reports.package_layers import package_layer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

    from taobaogis.maps.model import Label, MapLayer, MapSpec, Scale, Swatch

__all__ = ["layer_qml", "write_styles"]

# Screen pixels of the pages at 96 to the inch, in millimetres.
_MM_PER_PX = 25.4 / 96
_SHAPES = {"circle": "circle", "square": "square", "diamond": "diamond"}
# As QGIS itself makes it.
_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME
)"""
_CONTENTS = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)"""
_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
  styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)
SELECT '', '', table_name, column_name, 'taobaogis', ?2, '', 1, ?3, '', '', ?4
FROM gpkg_geometry_columns WHERE table_name = ?1"""


def write_styles(
    path: Path, frames: Mapping[str, gpd.GeoDataFrame], maps: Sequence[MapSpec], *, stamp: str
) -> None:
    """Add the styles of the layers of a GeoPackage that a map describes.

    Parameters
    ----------
    path
        GeoPackage that holds `frames`, without styles so far.
    frames
        Layers by name; one whose deciding column it lacks gets none.
    maps
        Of the villages; their classes are taken together.
    stamp
        Time to write, as ``YYYY-MM-DDThh:mm:ss.sssZ``.

    Raises
    ------
    sqlite3.Error
        If the file cannot be written.
    """
    rows = []
    for name, frame in frames.items():
        layer = _joined([m.layer(name) for m in maps if any(x.key == name for x in m.layers)])
        layer = layer or package_layer(name, frame)
        if layer is None or (layer.scale.column and layer.scale.column not in frame):
            continue
        shown = f"{layer.name.en} {layer.name.zh}"
        # As on the pages: an assumption is not drawn on one house as if it were a fact.
        assumed = {"levels", "height_m"} & {layer.scale.column} and "height_source" in frame
        known = "\"height_source\" <> 'assumed'" if assumed else ""
        rows.append((name, layer_qml(layer, known_if=known), shown, stamp))
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(_TABLE)
        database.execute(_CONTENTS, (stamp,))
        database.executemany(_STYLE, rows)


def layer_qml(layer: MapLayer, *, known_if: str = "") -> str:
    """Style of a layer as QML.

    Parameters
    ----------
    layer
        Its classes, colours and fields.
    known_if
        Condition without which a value counts as unknown.

    Returns
    -------
    qml
        Equal layers give equal text.
    """
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Fields")
    renderer = ET.SubElement(
        root, "renderer-v2", type="RuleRenderer", symbollevels="0", enableorderby="0"
    )
    rules = ET.SubElement(renderer, "rules", key="{0}")
    symbols = ET.SubElement(renderer, "symbols")
    for i, (swatch, rule) in enumerate(_rules(layer.scale, known_if)):
        what = {"key": f"{{{i + 1}}}", "symbol": str(i), "label": _both(swatch.label)}
        ET.SubElement(rules, "rule", what | ({"filter": rule} if rule else {}))
        _symbol(symbols, str(i), layer, swatch)
    aliases = ET.SubElement(root, "aliases")
    for i, field in enumerate(layer.fields):
        unit = f" ({_both(field.unit)})" if field.unit.en and field.factor == 1.0 else ""
        ET.SubElement(
            aliases, "alias", field=field.column, index=str(i), name=_both(field.name) + unit
        )
    ET.indent(root)
    return "<!DOCTYPE qgis>\n" + ET.tostring(root, encoding="unicode")


def _rules(scale: Scale, known_if: str) -> list[tuple[Swatch, str]]:
    """Classes with the condition of each; no condition if all features are alike."""
    column = '"' + scale.column.replace('"', '""') + '"'
    found: list[tuple[Swatch, str]] = []
    if not scale.column:
        return [(scale.swatches[0], "")]
    if scale.edges:
        bounds: list[float | None] = [None, *scale.edges, None]
        for swatch, low, high in zip(scale.swatches, bounds, bounds[1:], strict=False):
            parts = [f"{column} >= {low!r}"] if low is not None else []
            parts += [f"{column} < {high!r}"] if high is not None else []
            parts += [known_if] if known_if else []
            found.append((swatch, " AND ".join(parts)))
    else:
        for swatch, key in zip(scale.swatches, scale.keys, strict=True):
            word = key.replace("'", "''")
            # As the pages compare: true and false are words, too.
            truth = {"True": f"{column} = true", "False": f"{column} = false"}
            found.append((swatch, truth.get(key, f"{column} = '{word}'")))
    if scale.unknown is not None:
        found.append((scale.unknown, "ELSE"))
    return found


def _symbol(symbols: ET.Element, name: str, layer: MapLayer, swatch: Swatch) -> None:
    kind = {"area": "fill", "line": "line", "point": "marker"}[layer.kind]
    symbol = ET.SubElement(symbols, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1")
    edge_mm = f"{layer.stroke_px * _MM_PER_PX:.3f}"
    options: dict[str, str]
    if layer.kind == "line":
        what = "SimpleLine"
        options = {
            "line_color": _rgba(swatch.colour), "line_width": f"{swatch.size_px * _MM_PER_PX:.3f}",
            "line_width_unit": "MM", "capstyle": "round", "joinstyle": "round",
            "line_style": "dash" if layer.dashed else "solid",
        }  # fmt: skip
    elif layer.kind == "area":
        what = "SimpleFill"
        filled = layer.fill_opacity > 0
        options = {
            "color": _rgba(swatch.colour, layer.fill_opacity),
            "style": "solid" if filled else "no", "outline_color": _rgba(layer.stroke),
            "outline_width": edge_mm, "outline_width_unit": "MM",
            "outline_style": ("dash" if layer.dashed else "solid") if layer.stroke_px else "no",
            "joinstyle": "round",
        }  # fmt: skip
    else:
        what = "SimpleMarker"
        options = {
            "name": _SHAPES[swatch.shape], "color": _rgba(swatch.colour),
            "size": f"{2 * swatch.size_px * _MM_PER_PX:.3f}", "size_unit": "MM",
            "outline_color": _rgba(layer.stroke), "outline_width": edge_mm,
            "outline_width_unit": "MM", "outline_style": "solid",
        }  # fmt: skip
    drawn = {"class": what, "enabled": "1", "locked": "0", "pass": "0"}
    inside = ET.SubElement(ET.SubElement(symbol, "layer", drawn), "Option", type="Map")
    for key, value in options.items():
        ET.SubElement(inside, "Option", name=key, type="QString", value=value)


def _joined(layers: Sequence[MapLayer]) -> MapLayer | None:
    """Layer with the classes and fields of all villages, where those come from what is present."""
    full = [layer for layer in layers if len(layer.features)] or list(layers)
    if not full:
        return None
    first = full[0]
    fields = {f.column: f for layer in full for f in layer.fields}
    scale = first.scale
    if scale.keys:
        known = {
            key: swatch
            for layer in full
            if layer.scale.column == scale.column
            for key, swatch in zip(layer.scale.keys, layer.scale.swatches, strict=True)
        }
        scale = replace(scale, keys=tuple(known), swatches=tuple(known.values()))
    dashed = all(layer.dashed for layer in full)
    return replace(first, scale=scale, fields=tuple(fields.values()), dashed=dashed)


def _both(label: Label) -> str:
    return label.en if label.en == label.zh or not label.zh else f"{label.en} {label.zh}"


def _rgba(colour: str, opacity: float = 1.0) -> str:
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return ",".join(map(str, (*channels, round(255 * opacity))))

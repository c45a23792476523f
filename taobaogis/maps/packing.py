"""A map as compact text inside a page: whole numbers, differences, deflate, base64.

Coordinates are WGS 84 in ten-millionths of a degree (1.1 cm), each stored as the difference to the
one before. The compressed stream holds neither time nor machine, so equal maps give equal text.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from taobaogis.crs import LONLAT
from taobaogis.maps.themes import Level
from taobaogis.maps.values import name_pairs, numbers, value_pairs

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from taobaogis.maps.backdrops import Backdrop
    from taobaogis.maps.model import Field, Label, MapLayer, MapSpec, Swatch

__all__ = ["Packed", "columns", "deflated", "look", "pack", "payload"]

_PER_DEGREE = 1e7
_LEVEL = 9


class Packed(NamedTuple):
    """A map as two texts, so that a page stands before it has read what only a click asks for.

    Attributes
    ----------
    drawn
        Base64 of the zlib stream of the JSON of `payload`, without the fields of its layers.
    values
        The fields of each layer in order, packed alike.
    """

    drawn: str
    values: str


def pack(spec: MapSpec, backdrop: Backdrop | None = None) -> Packed:
    """Texts that the script of a page unpacks.

    Parameters
    ----------
    spec
        Map to pack.
    backdrop
        Map of others below it.

    Returns
    -------
    packed
        Equal maps give equal texts.
    """
    whole = {**payload(spec), "backdrop": None if backdrop is None else _backdrop(backdrop)}
    values = [layer.pop("fields") for layer in whole["layers"]]
    return Packed(deflated(whole), deflated(values))


def deflated(content: object) -> str:
    """Base64 of the zlib stream of the JSON of something; equal content gives equal text."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode(), _LEVEL)).decode("ascii")


def payload(spec: MapSpec) -> dict[str, Any]:
    """Everything the script of a page needs, as plain lists and mappings.

    Parameters
    ----------
    spec
        Map to describe; its geometry is brought to WGS 84 here.

    Returns
    -------
    payload
        ``boundary`` and ``layers``; see the modules of the page for how they are read.
    """
    outline = gpd.GeoSeries([spec.boundary], crs=spec.crs)
    return {
        "boundary": _geometry(outline, "area"),
        "layers": [_layer(layer) for layer in spec.layers],
    }


def _backdrop(backdrop: Backdrop) -> dict[str, Any]:
    return {
        "tiles": list(backdrop.tiles),
        "subdomains": backdrop.subdomains,
        "maxZoom": backdrop.max_zoom,
        "datum": backdrop.datum,
    }


def _layer(layer: MapLayer) -> dict[str, Any]:
    frame = layer.features
    return {
        **look(layer),
        "codes": layer.scale.codes(frame).tolist(),
        "names": _names(layer),
        "fields": columns(layer),
        "count": len(frame),
        "geometry": _geometry(frame.geometry, layer.kind),
    }


def look(layer: MapLayer) -> dict[str, Any]:
    """How a layer is called, drawn and classed, without its features."""
    return {
        "key": layer.key,
        "name": _words(layer.name),
        "noun": _words(layer.noun),
        "kind": layer.kind,
        "stroke": layer.stroke,
        "strokePx": layer.stroke_px,
        "fillOpacity": layer.fill_opacity,
        "dashed": layer.dashed,
        "visible": layer.visible,
        "lettered": layer.lettered,
        "aboveVeil": layer.level >= Level.OUTLINES,
        "source": _words(layer.trust.source),
        "grade": layer.trust.grade,
        "classes": [_swatch(swatch) for swatch in layer.scale.classes],
        "byWord": bool(layer.scale.keys),
    }


def columns(layer: MapLayer) -> list[dict[str, Any]]:
    """What the fields of a layer tell: name, unit, and of each feature a number or a text's place.

    Returns
    -------
    columns
        One a field. Numbers have ``decimals`` and ``values`` with None where there is none; words
        have ``texts``, pairs of English and Chinese, and ``values`` that are places in it or -1.
    """
    return [_column(line, layer.features[line.column]) for line in layer.fields]


def _words(label: Label) -> list[str]:
    return [label.en, label.zh]


def _swatch(swatch: Swatch) -> dict[str, Any]:
    return {
        "label": _words(swatch.label),
        "colour": swatch.colour,
        "size": swatch.size_px,
        "shape": swatch.shape,
    }


def _names(layer: MapLayer) -> dict[str, Any]:
    """Names that differ, and for each feature which one it bears (-1 for none)."""
    pairs = name_pairs(layer)
    known = {pair: i for i, pair in enumerate(dict.fromkeys(p for p in pairs if any(p)))}
    return {
        "texts": [list(pair) for pair in known],
        "values": [known.get(pair, -1) for pair in pairs] if known else [],
    }


def _column(line: Field, values: pd.Series) -> dict[str, Any]:
    column: dict[str, Any] = {"name": _words(line.name), "unit": _words(line.unit)}
    if line.decimals is not None:
        return {**column, "decimals": line.decimals, "values": numbers(line, values)}
    pairs = value_pairs(line, values)
    known = {pair: i for i, pair in enumerate(dict.fromkeys(p for p in pairs if any(p)))}
    column["texts"] = [list(pair) for pair in known]
    column["values"] = [known.get(pair, -1) for pair in pairs]
    return column


def _geometry(shapes: gpd.GeoSeries, kind: str) -> dict[str, Any]:
    """Coordinates as differences, and how many make a ring, a part and a feature."""
    lonlat = shapes.to_crs(LONLAT).to_numpy()
    parts, part_of = shapely.get_parts(lonlat, return_index=True)
    rings, ring_of = parts, np.arange(len(parts))
    if kind == "area":
        rings, ring_of = shapely.get_rings(parts, return_index=True)
    degrees, vertex_of = shapely.get_coordinates(rings, return_index=True)
    if kind == "area" and len(degrees):
        # The page closes rings by itself.
        last = np.append(np.diff(vertex_of) > 0, [True])
        degrees, vertex_of = degrees[~last], vertex_of[~last]
    whole = np.rint(degrees * _PER_DEGREE).astype(np.int64).reshape(-1, 2)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return {
        "x": steps[:, 0].tolist(),
        "y": steps[:, 1].tolist(),
        "rings": _counts(vertex_of, len(rings)),
        "parts": _counts(ring_of, len(parts)),
        "features": _counts(part_of, len(lonlat)),
    }


def _counts(owner: NDArray[np.int64], owners: int) -> list[int]:
    """How many each owner has; nothing if every one has exactly one."""
    counts = np.bincount(owner, minlength=owners)
    return [] if (counts == 1).all() else counts.tolist()

"""Contracts of the layers: which columns, units, geometry and index each has; checked at the door.

Loaders build frames by `conform`; measures may then rely on what stands here and stay short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import SchemaError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyproj import CRS

__all__ = ["LAYERS", "LayerContract", "conform", "empty_layer", "validate"]

_TEXT, _FLOAT, _INT, _BOOL = "str", "float64", "int64", "bool"
_FILL: Mapping[str, str | float | int | bool] = {
    _TEXT: "",
    _FLOAT: float("nan"),
    _INT: 0,
    _BOOL: False,
}


@dataclass(frozen=True)
class LayerContract:
    """What a layer of one kind looks like.

    Attributes
    ----------
    geometry
        Allowed geometry types.
    columns
        Type of each column that must be there. Text that is not known is empty, a number
        that is not known is NaN.
    """

    geometry: frozenset[str]
    columns: Mapping[str, str]


_POLYGON = frozenset({"Polygon", "MultiPolygon"})

LAYERS: Mapping[str, LayerContract] = {
    # One row a stretch between two junctions; `u` and `v` are the junctions' numbers, so
    # rows that share one are connected, and a bridge that crosses a street is not.
    "streets": LayerContract(
        frozenset({"LineString"}),
        {
            "osm_id": _TEXT,
            "u": _INT,
            "v": _INT,
            "highway": _TEXT,
            "name": _TEXT,
            "oneway": _INT,  # 1 along the line, -1 against it, 0 both ways
            "bridge": _BOOL,
            "tunnel": _BOOL,
            "width_tag_m": _FLOAT,
            "est_width_m": _FLOAT,
            "width_survey_m": _FLOAT,
            "lanes": _FLOAT,
            "access": _TEXT,
        },
    ),
    "buildings": LayerContract(
        _POLYGON,
        {
            "osm_id": _TEXT,
            "building": _TEXT,
            "name": _TEXT,
            "levels_tag": _FLOAT,
            "height_tag_m": _FLOAT,
        },
    ),
    # `category` is a key of data/poi_categories.toml, `tag` the OSM tag it was read from.
    "pois": LayerContract(
        frozenset({"Point"}), {"osm_id": _TEXT, "category": _TEXT, "tag": _TEXT, "name": _TEXT}
    ),
    # `use` is a key of data/landuse_classes.toml.
    "landuse": LayerContract(
        _POLYGON, {"osm_id": _TEXT, "use": _TEXT, "tag": _TEXT, "name": _TEXT}
    ),
    # `barrier` is a kind of data/barriers.toml or `water`; `width_tag_m` is how thick a wall or
    # how wide a gate is.
    "barriers": LayerContract(
        _POLYGON | {"Point", "LineString", "MultiLineString"},
        {"osm_id": _TEXT, "barrier": _TEXT, "tag": _TEXT, "width_tag_m": _FLOAT, "name": _TEXT},
    ),
    "stops": LayerContract(frozenset({"Point"}), {"osm_id": _TEXT, "mode": _TEXT, "name": _TEXT}),
    # `stops` holds the stops' osm_id in order of travel, separated by blanks.
    "routes": LayerContract(
        frozenset({"LineString", "MultiLineString"}),
        {"osm_id": _TEXT, "mode": _TEXT, "ref": _TEXT, "name": _TEXT, "stops": _TEXT},
    ),
}


def empty_layer(kind: str, crs: CRS) -> gpd.GeoDataFrame:
    """Layer of a kind with no rows.

    Parameters
    ----------
    kind
        A key of `LAYERS`.
    crs
        A metric CRS.

    Returns
    -------
    layer
        All columns of the contract, no rows.
    """
    return conform(gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=crs), kind)


def conform(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Bring a frame into the form of its contract.

    Missing columns are added as unknown, present ones are cast, further ones are kept at the
    end. Rows without a usable geometry or of another geometry type are dropped. The index
    becomes 0 … n-1.

    Parameters
    ----------
    frame
        Geometry in a metric CRS.
    kind
        A key of `LAYERS`.

    Returns
    -------
    layer
        A new frame that passes `validate`; ``attrs["dropped"]`` says how many rows fell away.

    Raises
    ------
    SchemaError
        If a column cannot be cast.
    CRSError
        If the CRS is not metric.
    """
    contract = _contract(kind)
    geometry = frame.geometry.to_numpy()
    usable = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    usable &= frame.geom_type.isin(contract.geometry).to_numpy(dtype=bool)
    kept = frame.loc[usable].reset_index(drop=True)
    columns: dict[str, pd.Series] = {}
    for name, dtype in contract.columns.items():
        values = kept[name] if name in kept else pd.Series(_FILL[dtype], index=kept.index)
        columns[name] = _cast(values, dtype, kind, name)
    extra = [c for c in kept.columns if c not in columns and c != kept.geometry.name]
    table = pd.DataFrame(columns, index=kept.index).join(kept[extra])
    layer = gpd.GeoDataFrame(table, geometry=kept.geometry.array, crs=frame.crs)
    layer.attrs["dropped"] = int(len(frame) - len(kept))
    validate(layer, kind)
    return layer


def validate(layer: gpd.GeoDataFrame, kind: str) -> None:
    """Raise unless a layer keeps its contract.

    Parameters
    ----------
    layer
        Frame to judge.
    kind
        A key of `LAYERS`.

    Raises
    ------
    SchemaError
        All that is wrong, in one message.
    CRSError
        If the CRS is not metric.
    """
    contract = _contract(kind)
    require_metres(layer, kind)
    wrong: list[str] = []
    missing = [c for c in contract.columns if c not in layer]
    if missing:
        wrong.append(f"lacks the columns {', '.join(missing)}")
    if not layer.index.is_unique:
        wrong.append("has an index with repeated labels")
    strange = set(layer.geom_type.dropna()) - contract.geometry
    if strange:
        wanted = " or ".join(sorted(contract.geometry))
        wrong.append(f"holds {', '.join(sorted(strange))} where {wanted} is needed")
    if layer.geometry.isna().any():
        wrong.append("has rows without geometry")
    if wrong:
        message = f"`{kind}` {'; it '.join(wrong)}. Build it with `taobaogis.schema.conform`."
        raise SchemaError(message)


def _contract(kind: str) -> LayerContract:
    try:
        return LAYERS[kind]
    except KeyError:
        message = f"'{kind}' is not a layer. {did_you_mean(kind, LAYERS)}"
        raise SchemaError(message) from None


def _cast(values: pd.Series, dtype: str, kind: str, name: str) -> pd.Series:
    try:
        if dtype == _FLOAT:
            return pd.to_numeric(values, errors="coerce").astype("float64")
        known = values.fillna(_FILL[dtype])
        if dtype == _INT:
            return known.astype("int64")
        return known.astype("bool") if dtype == _BOOL else known.astype("str")
    except (TypeError, ValueError) as error:
        message = f"`{kind}`: the column '{name}' cannot be read as {dtype} ({error})."
        raise SchemaError(message) from error

"""For those who go on with OSMnx: our streets as its graph, a fetched answer as its features.

Import this module only where it is used; OSMnx takes two seconds to load.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import shapely

from taobaogis.crs import LONLAT
from taobaogis.loaders.overpass import to_osm_xml
from taobaogis.schema import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["features_from_answer", "to_osmnx"]

_OWN_COLUMNS = ["osm_id", "u", "v", "oneway", "width_tag_m", "bridge", "tunnel"]
_TEXTS = ["highway", "name", "access"]


def to_osmnx(streets: gpd.GeoDataFrame) -> nx.MultiDiGraph:
    """Streets as a directed graph that every function of OSMnx takes.

    Parameters
    ----------
    streets
        Layer by `taobaogis.schema.LAYERS`, in a metric CRS. Further columns go with it.

    Returns
    -------
    graph
        In the CRS of `streets`. Nodes carry ``x``, ``y`` in metres and ``street_count``; edges
        ``length`` in metres, ``geometry`` in the direction of travel, ``oneway``, ``reversed``
        and ``osmid``, the number of the OSM way, or below 0 if the street is not from OSM.
        Both directions are there unless the street is one-way. Values that are not known are
        left out. Without streets the graph has no nodes.

    Raises
    ------
    SchemaError, CRSError
        If the layer does not keep its contract.
    """
    validate(streets, "streets")
    attributes = {"crs": streets.crs, "simplified": True}
    if streets.empty:
        return nx.MultiDiGraph(**attributes)
    edges = _edges(streets)
    graph = ox.convert.graph_from_gdfs(_nodes(edges), edges, graph_attrs=attributes)
    counts = ox.stats.count_streets_per_node(graph)
    nx.set_node_attributes(graph, counts, "street_count")
    return graph


def features_from_answer(
    body: bytes, tags: Mapping[str, bool | str | list[str]]
) -> gpd.GeoDataFrame:
    """Objects of a fetched answer as OSMnx describes them.

    Parameters
    ----------
    body
        Answer as from `taobaogis.loaders.overpass.fetch_overpass`.
    tags
        What to pick out, as in ``osmnx.features``: a key with ``True`` for any value, a value,
        or a list of values.

    Returns
    -------
    features
        EPSG:4326, by element type and OSM number, one column a tag; no rows if nothing has
        such a tag. Objects of which a part is missing are left out.

    Raises
    ------
    SourceDataError
        If the answer is not a whole one.
    """
    xml = to_osm_xml([body], only_whole=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.osm"
        path.write_bytes(xml)
        try:
            return ox.features.features_from_xml(path, tags=dict(tags))
        except ox._errors.InsufficientResponseError:  # noqa: SLF001 - public under no other name
            return gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=LONLAT)


def _edges(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    there = _directed(streets, streets["oneway"] >= 0, is_reversed=False)
    back = _directed(streets, streets["oneway"] <= 0, is_reversed=True)
    edges = pd.concat([there, back], ignore_index=True)
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    return edges.set_index(["u", "v", "key"])


def _directed(
    streets: gpd.GeoDataFrame, chosen: pd.Series, *, is_reversed: bool
) -> gpd.GeoDataFrame:
    part = streets[chosen]
    lines = part.geometry.to_numpy()
    lines = shapely.reverse(lines) if is_reversed else lines
    ends = ("v", "u") if is_reversed else ("u", "v")
    known = part.drop(columns=[*_OWN_COLUMNS, part.geometry.name])
    known[_TEXTS] = known[_TEXTS].mask(known[_TEXTS] == "", None)
    table = known.assign(
        u=part[ends[0]],
        v=part[ends[1]],
        osmid=_numbers(streets)[chosen],
        oneway=part["oneway"] != 0,
        reversed=is_reversed,
        length=shapely.length(lines),
        width=part["width_tag_m"],
        bridge=part["bridge"].map({True: "yes"}),
        tunnel=part["tunnel"].map({True: "yes"}),
    )
    return gpd.GeoDataFrame(table, geometry=lines, crs=streets.crs)


def _numbers(streets: gpd.GeoDataFrame) -> pd.Series:
    """Numbers by which OSMnx knows ways; below 0, as is usual for what OSM does not hold."""
    way = streets["osm_id"].str.extract(re.compile(r"^w(\d+)$"), expand=False)
    own = pd.Series(-1 - np.arange(len(streets)), index=streets.index)
    return pd.to_numeric(way, errors="coerce").astype("Int64").fillna(own).astype("int64")


def _nodes(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    first, last = (shapely.get_point(edges.geometry.to_numpy(), end) for end in (0, -1))
    points = np.concatenate([first, last])
    numbers = np.concatenate([edges.index.get_level_values(level) for level in ("u", "v")])
    nodes = gpd.GeoDataFrame(
        {"x": shapely.get_x(points), "y": shapely.get_y(points)},
        index=pd.Index(numbers, name="osmid"),
        geometry=points,
        crs=edges.crs,
    )
    return nodes[~nodes.index.duplicated()]

"""Random layers that stand right, or on a shifted datum, and what `datum_shift` says of them.

A few of them run with the tests, many in ``benchmarks/datums.py``.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from taobaogis.datums import from_wgs84, layer_to_wgs84
from taobaogis.loaders import osm
from taobaogis.loaders.sample import make_scene
from taobaogis.trust.datum_shift import DatumFinding, datum_shift

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LONLAT = CRS.from_epsg(4326)
METRES_PER_DEGREE = 111_320.0
SIZES = (8, 15, 40, 100, 400, 2000)
MOST_JITTER_M = 30.0

Pair = tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Trial:
    pair: str
    n: int
    truth: str
    finding: DatumFinding

    @property
    def verdict(self) -> str:
        """``right``, ``unknown``, or ``wrong`` if anything false is said of the layer."""
        if self.finding.datum == self.truth:
            return "right"
        accused = self.finding.datum != "unknown" or not self.finding.reason
        return "wrong" if accused else "unknown"


@functools.cache
def sample_pairs() -> dict[str, Pair]:
    """Every kind of layer of the sample scene against every kind."""
    scene = make_scene()
    layers = {
        "streets": scene.lines[scene.lines["tags"].map(lambda tags: "highway" in tags)],
        "buildings": scene.areas[scene.areas["tags"].map(lambda tags: "building" in tags)],
        "places": scene.points[scene.points["tags"].map(bool)],
    }
    plain = {kind: layer[["geometry"]].to_crs(LONLAT) for kind, layer in layers.items()}
    return {f"sample {a} on {b}": (plain[a], plain[b]) for a in plain for b in plain}


@functools.cache
def real_pairs(folder: Path) -> dict[str, Pair]:
    """Layers of the same ground from different hands, and of the same hand."""
    grid = CRS.from_epsg(4547)
    futian = _lonlat(osm.read_osm_file(folder / "futian.osm.pbf", grid))
    panyu = _lonlat(osm.read_osm_file(folder / "panyu.osm.pbf", grid))
    middle = panyu["streets"].cx[113.30:113.42, 22.93:23.03]
    older = gpd.read_parquet(folder / "shenzhen-buildings.parquet")
    older = older.cx[113.99:114.05, 22.51:22.56][["name", "geometry"]]
    stations = gpd.read_file(folder / "guangzhou-metro-stations.geojson")[["name", "geometry"]]
    tracks = gpd.read_file(folder / "guangzhou-metro-line-segments.geojson", columns=["line"])
    theirs = layer_to_wgs84(gcj02_stations(folder), "gcj02")
    pois = gpd.read_file(folder / "guangzhou-pois.gpkg")[["name", "geometry"]]
    named = gpd.read_parquet(folder / "guangzhou-named-features.parquet").to_crs(LONLAT)
    return {
        "Panyu streets on themselves": (middle, middle),
        "Futian streets on themselves": (futian["streets"], futian["streets"]),
        "Futian buildings on streets": (futian["buildings"], futian["streets"]),
        "Futian streets on buildings": (futian["streets"], futian["buildings"]),
        "Futian places on buildings": (futian["pois"], futian["buildings"]),
        "older buildings on newer ones": (older, futian["buildings"]),
        "older buildings on streets": (older, futian["streets"]),
        "stations on other provider's": (theirs, stations),
        "stations on tracks": (theirs, tracks),
        "stations on Panyu streets": (theirs, panyu["streets"]),
        "tracks on Panyu streets": (tracks, panyu["streets"]),
        "places on named places": (pois, named),
        "Panyu places on streets": (panyu["pois"], panyu["streets"]),
    }


def gcj02_stations(folder: Path) -> gpd.GeoDataFrame:
    """Stations as the other map provider publishes them."""
    published = json.loads((folder / "guangzhou-metro-gcj02.json").read_text(encoding="utf-8"))
    stations = published["stations"]
    return gpd.GeoDataFrame(
        {"name": [s["name"] for s in stations]},
        geometry=gpd.points_from_xy([s["lng"] for s in stations], [s["lat"] for s in stations]),
        crs=LONLAT,
    )


def run_trials(
    pairs: Mapping[str, Pair], n: int, datums: Sequence[str], seed: int
) -> Iterator[Trial]:
    """Random part of a random layer, up to 30 m careless, moved to a random one of the datums."""
    names = sorted(pairs)
    for number in range(n):
        rng = np.random.default_rng([seed, number])
        pair = names[rng.integers(len(names))]
        layer, reference = pairs[pair]
        size = min(int(rng.choice(SIZES)), len(layer))
        part = layer.iloc[np.sort(rng.choice(len(layer), size, replace=False))]
        datum = str(rng.choice(list(datums)))
        moved = shifted(careless(part, rng), datum)
        name_column = "name" if rng.random() < 0.5 else ""
        yield Trial(pair, size, datum, datum_shift(moved, reference, name_column=name_column))


def careless(layer: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Layer moved by up to 30 m: as a whole, or each feature for itself."""
    geometry = layer.geometry.to_numpy().copy()
    n = 1 if rng.random() < 0.5 else len(geometry)
    angle = rng.uniform(0, 2 * np.pi, n)
    off = rng.uniform(0, MOST_JITTER_M) * rng.random(n) / METRES_PER_DEGREE
    moves = np.column_stack([off * np.cos(angle) / 0.92, off * np.sin(angle)])
    xy, feature = shapely.get_coordinates(geometry, return_index=True)
    moved = xy + moves[feature if n > 1 else np.zeros_like(feature)]
    return layer.set_geometry(shapely.set_coordinates(geometry, moved))


def shifted(layer: gpd.GeoDataFrame, datum: str) -> gpd.GeoDataFrame:
    """Layer as it would be published on a datum."""
    moved = shapely.transform(
        layer.geometry.to_numpy(), lambda xy: np.column_stack(from_wgs84(*xy.T, datum))
    )
    return layer.set_geometry(moved)


def _lonlat(layers) -> dict[str, gpd.GeoDataFrame]:
    return {
        kind: layers[kind].to_crs(LONLAT)[["name", "geometry"]]
        for kind in ("streets", "buildings", "pois")
    }

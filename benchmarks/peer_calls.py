"""What the peers do, each job as a user of theirs would write it; nothing here imports taobaogis.

So it runs in an environment that holds the peers alone: ``python peer_calls.py JOB PEER SIZE``
prints the figures of one call. Inputs are made by `scenes` and `support.made_city`, or are files.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import scenes
import shapely
from measuring import Figures, measure, print_figures

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.made_city import made_city

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from support.made_city import MadeCity

SPACING_M, SIGHT_M = 2.0, 25.0
RADII_M = (500.0, 1000.0, 2000.0)
NEAREST, WITHIN_M, DECAY_M = 5, 5000.0, 500.0
BANDWIDTH_M, CELL_M = 50.0, 10.0
EPS_M, MIN_PLACES = 30.0, 5
SAMPLE = 40
_SHUFFLES = 999
_SHAPES = (
    "elongation", "convexity", "rectangularity", "equivalent_rectangular_index",
    "square_compactness", "circular_compactness", "courtyard_area", "orientation",
)  # fmt: skip


# Reading


def read_gdal(path: Path) -> object:
    """Streets, areas and places as GDAL tells them apart, one layer after the other."""
    import pyogrio  # noqa: PLC0415 - only of the peers

    layers = ("points", "lines", "multipolygons")
    return [pyogrio.read_dataframe(path, layer=name, on_invalid="ignore") for name in layers]


def read_pyosmium(path: Path) -> object:
    """Streets, buildings and places with their tags, in frames."""
    import osmium  # noqa: PLC0415 - only of the peers

    shapes, tags = [], []
    factory = osmium.geom.WKBFactory()
    keep = osmium.filter.KeyFilter("highway", "building", "amenity", "shop")
    for thing in osmium.FileProcessor(path).with_areas(keep).with_filter(keep):
        try:
            if thing.is_way() and "highway" in thing.tags:
                shapes.append(factory.create_linestring(thing))
            elif thing.is_area():
                shapes.append(factory.create_multipolygon(thing))
            elif thing.is_node():
                shapes.append(factory.create_point(thing))
            else:
                continue
        except (RuntimeError, osmium.InvalidLocationError):  # cut off at the edge
            continue
        tags.append(dict(thing.tags))
    return gpd.GeoDataFrame(tags, geometry=shapely.from_wkb(shapes), crs=4326)


def read_pyrosm(path: Path) -> object:
    """Streets, buildings and places by its three questions."""
    import pyrosm  # noqa: PLC0415 - only of the peers

    asked = pyrosm.OSM(str(path))
    return asked.get_network("all"), asked.get_buildings(), asked.get_pois()


# Form


def street_profile(scene: scenes.Scene) -> object:
    """Widths at the same stations with the same sight."""
    import momepy  # noqa: PLC0415 - heavy

    return momepy.street_profile(
        scene.streets, scene.buildings, distance=SPACING_M, tick_length=2 * SIGHT_M
    )


def interbuilding_distance(scene: scenes.Scene) -> object:
    """One mean distance a building, with the two graphs that it takes."""
    import momepy  # noqa: PLC0415 - heavy
    from libpysal.graph import Graph  # noqa: PLC0415

    buildings = scene.buildings
    touching = Graph.build_contiguity(buildings, rook=False)
    near = Graph.build_knn(buildings.centroid, k=15)
    return momepy.mean_interbuilding_distance(buildings, touching, near)


def building_shapes(scene: scenes.Scene) -> object:
    """Area, perimeter and eight measures of shape."""
    import momepy  # noqa: PLC0415 - heavy

    buildings = scene.buildings
    found = [getattr(momepy, name)(buildings) for name in _SHAPES]
    return buildings.area, buildings.length, *found


# Access


@dataclass(frozen=True)
class Net:
    """Streets as numbers: where crossings are, what each stretch joins, where places are."""

    xy: np.ndarray
    ends: np.ndarray
    length_m: np.ndarray
    places: np.ndarray


def net_of(city: MadeCity) -> Net:
    """Streets of a made-up city and its places."""
    ends = shapely.get_coordinates(city.streets.geometry.to_numpy()).reshape(-1, 2)
    xy, number = np.unique(ends, axis=0, return_inverse=True)
    places = shapely.get_coordinates(city.pois.geometry.to_numpy())
    return Net(xy, number.reshape(-1, 2), shapely.length(city.streets.geometry.to_numpy()), places)


def city_net(houses: int) -> Net:
    """Of a made-up city of so many houses."""
    return net_of(made_city(houses))


def pandana_built(net: Net, job: str) -> object:
    """Network of pandana with its hierarchies, and places on it."""
    import pandana  # noqa: PLC0415 - AGPL: only of the peers, never in this package
    import pandas as pd  # noqa: PLC0415

    network = pandana.Network(
        pd.Series(net.xy[:, 0]), pd.Series(net.xy[:, 1]),
        pd.Series(net.ends[:, 0]), pd.Series(net.ends[:, 1]),
        pd.DataFrame({"length_m": net.length_m}), twoway=True,
    )  # fmt: skip
    x, y = pd.Series(net.places[:, 0]), pd.Series(net.places[:, 1])
    if job == "nearest":
        network.precompute(WITHIN_M)
        network.set_pois("places", WITHIN_M, NEAREST, x, y)
    else:
        network.precompute(RADII_M[-1])
        network.set(network.get_node_ids(x, y), name="places")
    return network


def pandana_nearest(network: object) -> object:
    """Five nearest places of every crossing."""
    return network.nearest_pois(WITHIN_M, "places", num_pois=NEAREST)  # type: ignore[attr-defined]


def pandana_counts(network: object) -> object:
    """Places within three distances, and by how near they are."""
    ask = network.aggregate  # type: ignore[attr-defined]
    each = [ask(r, type="count", name="places", decay="flat") for r in RADII_M]
    return *each, ask(RADII_M[-1], type="sum", name="places", decay="exp")


def osmnx_graph(net: Net) -> tuple[object, list[int]]:
    """Graph as OSMnx has it, and the crossings nearest to the places."""
    import networkx as nx  # noqa: PLC0415 - slow to import
    import osmnx  # noqa: PLC0415

    graph = nx.MultiDiGraph(crs="EPSG:4547")
    graph.add_nodes_from((k, {"x": x, "y": y}) for k, (x, y) in enumerate(net.xy.tolist()))
    rows = zip(*net.ends.T.tolist(), net.length_m.tolist(), strict=True)
    graph.add_edges_from((a, b, {"length": m}) for u, v, m in rows for a, b in ((u, v), (v, u)))
    return graph, list(osmnx.nearest_nodes(graph, *net.places.T))


def networkx_nearest(built: tuple[object, list[int]]) -> object:
    """The one nearest place of every crossing, from all places at once."""
    import networkx as nx  # noqa: PLC0415 - slow to import

    graph, sources = built
    return nx.multi_source_dijkstra_path_length(
        graph, set(sources), cutoff=WITHIN_M, weight="length"
    )


def networkx_counts(built: tuple[object, list[int]]) -> object:
    """A search from each of a few crossings, as tutorials have it."""
    import networkx as nx  # noqa: PLC0415 - slow to import

    graph, sources = built
    places = np.bincount(sources, minlength=len(graph))  # type: ignore[arg-type]
    nodes = np.random.default_rng(1).choice(len(graph), SAMPLE).tolist()  # type: ignore[arg-type]
    found = []
    for node in nodes:
        near = nx.single_source_dijkstra_path_length(
            graph, node, cutoff=RADII_M[-1], weight="length"
        )
        metres = np.fromiter(near.values(), float)
        count = places[np.fromiter(near, np.int64)]
        found.append([count[metres <= r].sum() for r in RADII_M])
    return found


def cityseer_built(net: Net) -> tuple[object, object, gpd.GeoDataFrame]:
    """Nodes and structure as cityseer has them, and places with a class."""
    import networkx as nx  # noqa: PLC0415 - slow to import
    from cityseer.tools import io  # noqa: PLC0415 - AGPL: only of the peers

    graph = nx.MultiGraph(crs="EPSG:4547")
    for k, (x, y) in enumerate(net.xy.tolist()):
        graph.add_node(str(k), x=x, y=y)
    for u, v in net.ends.tolist():
        line = shapely.LineString(net.xy[[u, v]])
        graph.add_edge(str(u), str(v), geom=line)
    nodes, _, structure = io.network_structure_from_nx(graph)
    points = shapely.points(net.places)
    return nodes, structure, gpd.GeoDataFrame({"kind": "place"}, geometry=points, crs=4547,
                                              index=range(len(points)))  # fmt: skip


def cityseer_counts(built: tuple[object, object, gpd.GeoDataFrame]) -> object:
    """Places within three distances, flat and weighted by how near they are."""
    from cityseer.metrics import layers  # noqa: PLC0415 - AGPL: only of the peers

    nodes, structure, places = built
    return layers.compute_accessibilities(
        places, "kind", ["place"], nodes, structure, distances=[int(r) for r in RADII_M]
    )


# Places


def kernel_density(xy: np.ndarray) -> object:
    """Exact to 1 % of each value, on the same cells."""
    from sklearn.neighbors import KernelDensity  # noqa: PLC0415 - heavy

    return KernelDensity(bandwidth=BANDWIDTH_M, rtol=0.01).fit(xy).score_samples(
        scenes.cell_centres(CELL_M)
    )  # fmt: skip


def dbscan(xy: np.ndarray) -> object:
    """Clusters of scikit-learn."""
    from sklearn.cluster import DBSCAN  # noqa: PLC0415 - heavy

    return DBSCAN(eps=EPS_M, min_samples=MIN_PLACES).fit_predict(xy)


def local_g(scene: tuple[gpd.GeoDataFrame, np.ndarray]) -> object:
    """Local Moran and Gi* with 999 shuffles each, of cells that share a side."""
    import esda  # noqa: PLC0415 - heavy
    from libpysal.graph import Graph  # noqa: PLC0415

    cells, counts = scene
    near = Graph.build_contiguity(cells, rook=True)
    moran = esda.Moran_Local(counts, near, permutations=_SHUFFLES, seed=1)
    # The cell itself counts for Gi*.
    return moran, esda.G_Local(
        counts, near.assign_self_weight(1), star=None, transform="B", permutations=_SHUFFLES,
        seed=1,
    )  # fmt: skip


# Zones and pages


def exact_zones(scene: tuple[gpd.GeoDataFrame, np.ndarray, float]) -> object:
    """Sum of each footprint by the share of each cell."""
    from exactextract import exact_extract  # noqa: PLC0415 - only of the peers
    from exactextract.raster import NumPyRasterSource  # noqa: PLC0415

    frame, values, side_m = scene
    raster = NumPyRasterSource(values, 0, 0, side_m, side_m, srs_wkt=frame.crs.to_wkt())
    return exact_extract(raster, frame, ["sum"], output="pandas")


def mask_loop(scene: tuple[gpd.GeoDataFrame, np.ndarray, float]) -> object:
    """One window of rasterio.mask for each footprint, as tutorials have it."""
    import rasterio  # noqa: PLC0415 - the peer
    from rasterio.mask import mask  # noqa: PLC0415

    frame, values, side_m = scene
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "city.tif"
        rows, columns = values.shape
        with rasterio.open(
            path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float32",
            crs="EPSG:4547", nodata=-1,
            transform=rasterio.transform.from_origin(0.0, side_m, 10, 10),
        ) as raster:  # fmt: skip
            raster.write(values, 1)
        with rasterio.open(path) as raster:
            cut = (mask(raster, [s], crop=True, all_touched=True)[0] for s in frame.geometry)
            return [float(found[found != -1].sum()) for found in cut]


def folium_page(frame: gpd.GeoDataFrame) -> str:
    """Houses and columns by `GeoDataFrame.explore`, coloured by storeys, without tiles."""
    drawn = frame.explore(column="levels", tiles=None, legend=False, prefer_canvas=True)
    return str(drawn.get_root().render())


@dataclass(frozen=True)
class Call:
    """A job of a peer.

    Attributes
    ----------
    scene
        Makes the input from a size or a path.
    call
        What is measured.
    built
        What the peer wants built of the input beforehand; measured, and told by itself.
    small
        Size of the scene to warm up with; 0 to do without.
    sampled
        Whether the call does `SAMPLE` of all origins, so that its seconds are of a part.
    """

    scene: Callable[[int], object]
    call: Callable[[object], object]
    built: Callable[[object], object] | None = None
    small: int = 200
    sampled: bool = False


CALLS: dict[tuple[str, str], Call] = {
    ("width", "momepy"): Call(scenes.city, street_profile),
    ("gaps", "momepy"): Call(scenes.city, interbuilding_distance),
    ("shape", "momepy"): Call(scenes.city, building_shapes),
    ("nearest", "pandana"): Call(
        city_net, pandana_nearest, partial(pandana_built, job="nearest"), 400
    ),
    ("counts", "pandana"): Call(
        city_net, pandana_counts, partial(pandana_built, job="counts"), 400
    ),
    ("nearest-one", "osmnx + networkx"): Call(city_net, networkx_nearest, osmnx_graph, 400),
    ("counts", "osmnx + networkx"): Call(city_net, networkx_counts, osmnx_graph, 400, sampled=True),
    ("counts", "cityseer"): Call(city_net, cityseer_counts, cityseer_built, 400),
    ("density", "scikit-learn"): Call(scenes.gathered, kernel_density, small=50),
    ("clusters", "scikit-learn"): Call(scenes.strewn, dbscan),
    ("hot-spots", "esda"): Call(scenes.counted_hexagons, local_g),
    ("zones", "exactextract"): Call(scenes.footprints_on_raster, exact_zones),
    ("zones", "rasterio"): Call(scenes.footprints_on_raster, mask_loop),
    ("page", "folium"): Call(scenes.told_houses, folium_page),
}
READERS: dict[str, Callable[[Path], object]] = {
    "GDAL": read_gdal, "pyosmium": read_pyosmium, "pyrosm": read_pyrosm,
}  # fmt: skip


def figures_of(job: str, peer: str, size: str) -> Figures:
    """Figures of a job in this process; what is built beforehand stands in `before_s`."""
    if job == "read":
        path = Path(size)
        return measure(READERS[peer], path, count=path.stat().st_size, warm=path)
    call = CALLS[job, peer]
    scene, built_s = call.scene(int(size)), 0.0
    warm = call.scene(call.small) if call.small else None
    if call.built is not None:
        warm = call.built(warm)
        started = time.process_time()
        scene = call.built(scene)
        built_s = time.process_time() - started
    found = measure(call.call, scene, count=int(size), warm=warm)
    if call.sampled:
        found = of_all(found, len(scene[0]))  # type: ignore[index]
    return replace(found, built_s=built_s)


def of_all(found: Figures, origins: int) -> Figures:
    """Seconds of all origins by those of `SAMPLE`."""
    factor = origins / SAMPLE
    return replace(found, cpu_s=found.cpu_s * factor, wall_s=found.wall_s * factor)


def peers_of(job: str) -> Iterable[str]:
    """Peers that do a job."""
    return READERS if job == "read" else (peer for name, peer in CALLS if name == job)


if __name__ == "__main__":
    print_figures(figures_of(*sys.argv[1:4]))

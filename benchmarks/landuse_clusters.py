"""What land use and clusters cost beside their peers, and how the cost grows.

Run it with ``make bench-land``. Each figure comes from a process of its own; what is compared runs
in turn. Densities are of places in clusters on 500 x 500 cells; zones are footprints of a made city
on a raster of 10 m cells. Errors are against the exact kernel sum, and against a cell's exact
share of each zone.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from measuring import Figures, exponent, machine, measure, print_figures, ratio, run
from pyproj import CRS
from shapely import box

from taobaogis.clusters.network_density import along_streets_density
from taobaogis.clusters.pairs import in_window
from taobaogis.clusters.places import cluster_labels
from taobaogis.clusters.ripley import k_function
from taobaogis.clusters.surface import density_surface
from taobaogis.clusters.window import Window
from taobaogis.geometry.grid import Grid
from taobaogis.geometry.zonal import coverage

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__)
SIDE_M, CELL_M, BANDWIDTH_M = 5000.0, 10.0, 50.0
AREA = box(0, 0, SIDE_M, SIDE_M)
GROWING = (10_000, 100_000, 1_000_000)
ZONES = 33_000
METRES = CRS.from_epsg(4547)


def gathered(n: int) -> np.ndarray:
    """Places in 40 clusters and a fifth anywhere."""
    rng = np.random.default_rng(n)
    centre = rng.uniform(500, SIDE_M - 500, (40, 2))
    near = centre[rng.integers(0, 40, n - n // 5)] + rng.normal(0, 150, (n - n // 5, 2))
    return np.vstack([near, rng.uniform(0, SIDE_M, (n // 5, 2))]).clip(1, SIDE_M - 1)


def places(n: int) -> gpd.GeoDataFrame:
    """The same as points."""
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*gathered(n).T), crs=METRES)


def strewn(n: int) -> gpd.GeoDataFrame:
    """Places of even density, about as many to a hectare in any number."""
    side = 100 * np.sqrt(n / 5)
    xy = np.random.default_rng(n).uniform(0, side, (n, 2))
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=METRES)


def density(frame: gpd.GeoDataFrame) -> object:
    """As the package makes it."""
    return density_surface(frame, AREA, name="d", bandwidth_m=BANDWIDTH_M, cell_m=CELL_M)


def sklearn_density(frame: gpd.GeoDataFrame) -> object:
    """Exact to 1 % of each value, on the same cells."""
    from sklearn.neighbors import KernelDensity  # noqa: PLC0415 - only of the test group

    xy = np.column_stack([frame.geometry.x, frame.geometry.y])
    return KernelDensity(bandwidth=BANDWIDTH_M, rtol=0.01).fit(xy).score_samples(_cells())


def density_error() -> tuple[float, float]:
    """Greatest and root mean square error over cells drawn at random, in shares of the peak."""
    frame = places(20_000)
    found = density(frame).values  # type: ignore[attr-defined]
    xy = np.column_stack([frame.geometry.x, frame.geometry.y])
    drawn = np.random.default_rng(1).integers(0, found.size, 4000)
    at = _cells()[drawn]
    exact = np.array(
        [np.exp(-((xy - p) ** 2).sum(axis=1) / (2 * BANDWIDTH_M**2)).sum() for p in at]
    )
    exact *= 1e4 / (2 * np.pi * BANDWIDTH_M**2)
    error = (found.ravel()[drawn] - exact) / found.max()
    return float(np.abs(error).max()), float(np.sqrt((error**2).mean()))


def clusters(frame: gpd.GeoDataFrame) -> object:
    """DBSCAN as the package has it."""
    return cluster_labels(frame, eps_m=30.0, min_places=5)


def sklearn_clusters(frame: gpd.GeoDataFrame) -> object:
    """DBSCAN of scikit-learn."""
    from sklearn.cluster import DBSCAN  # noqa: PLC0415 - only of the test group

    xy = np.column_stack([frame.geometry.x, frame.geometry.y])
    return DBSCAN(eps=30.0, min_samples=5).fit_predict(xy)


def ripley(frame: gpd.GeoDataFrame) -> object:
    """K to 150 m with its edge correction."""
    west, south, east, north = frame.total_bounds
    window = Window.of(box(west, south, east, north), reach_m=150)
    xy = np.column_stack([frame.geometry.x, frame.geometry.y])
    return k_function(in_window(xy, window, reach_m=150), np.arange(10.0, 151, 10))


def along_streets(frame: gpd.GeoDataFrame) -> object:
    """Density along 505 km of streets, a grid of 50 m; it grows with these, not with places."""
    return along_streets_density(frame, street_grid(SIDE_M), bandwidth_m=100, reach_m=50)


def street_grid(side_m: float) -> gpd.GeoDataFrame:
    """Streets of a square town, cut at the corners."""
    n = int(side_m / 50) + 1
    i, j = (a.ravel() for a in np.indices((n, n)))
    xy, number = np.column_stack([i, j]) * 50.0, i * n + j
    east, north = i < n - 1, j < n - 1
    u = np.concatenate([number[east], number[north]])
    v = np.concatenate([number[east] + n, number[north] + 1])
    lines = shapely.linestrings(np.stack([xy[u], xy[v]], axis=1))
    return gpd.GeoDataFrame({"u": u, "v": v}, geometry=lines, crs=METRES)


def city(n: int) -> tuple[gpd.GeoDataFrame, Grid]:
    """Footprints turned every way, and a raster under them."""
    rng = np.random.default_rng(n)
    side = 10.0 * np.ceil(np.sqrt(n * 300) / 10)
    x, y = rng.uniform(20, side - 20, (2, n))
    wide, deep = rng.uniform(8, 30, (2, n)) / 2
    turn = rng.uniform(0, np.pi, n)
    corner = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    local = corner[None] * np.column_stack([wide, deep])[:, None, :]
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]).transpose(
        2, 0, 1
    )
    shapes = shapely.polygons(local @ spin + np.column_stack([x, y])[:, None, :])
    cells = int(side / 10)
    values = rng.uniform(0, 50, (cells, cells)).astype("float32")
    grid = Grid(values, np.ones_like(values, bool), 0.0, side, 10.0, 10.0, METRES)
    return gpd.GeoDataFrame(geometry=shapes, crs=METRES), grid


def zones(scene: tuple[gpd.GeoDataFrame, Grid]) -> object:
    """Sum of each footprint by the share of each cell."""
    return coverage(*scene).sums()


def mask_loop(scene: tuple[gpd.GeoDataFrame, Grid]) -> object:
    """One window of rasterio.mask for each footprint, as tutorials have it."""
    import rasterio  # noqa: PLC0415 - the peer
    from rasterio.mask import mask  # noqa: PLC0415

    frame, grid = scene
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "city.tif"
        rows, columns = grid.data.shape
        with rasterio.open(
            path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float32",
            crs="EPSG:4547", nodata=-1,
            transform=rasterio.transform.from_origin(grid.west, grid.north, 10, 10),
        ) as raster:  # fmt: skip
            raster.write(grid.data, 1)
        with rasterio.open(path) as raster:
            cut = (mask(raster, [s], crop=True, all_touched=True)[0] for s in frame.geometry)
            return [float(found[found != -1].sum()) for found in cut]


def zonal_error() -> tuple[float, float]:
    """Against cutting cells by hand: greatest error of a zone, and of the sum of a partition."""
    _, grid = city(4_000)
    rng = np.random.default_rng(0)
    west, south, east, north = grid.bounds
    points = rng.uniform((west, south), (east, north), (200, 2))
    drawn = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=box(*grid.bounds))
    parts = gpd.GeoSeries(list(drawn.geoms), crs=METRES).intersection(box(*grid.bounds))
    found = coverage(parts, grid).sums()
    row, column = (a.ravel() for a in np.indices(grid.data.shape))
    left, top = west + column * 10.0, north - row * 10.0
    cells = np.asarray(shapely.box(left, top - 10, left + 10, top))
    errors = []
    for part, value in list(zip(parts, found, strict=True))[:40]:
        exact = (shapely.area(shapely.intersection(cells, part)) / 100 * grid.data.ravel()).sum()
        errors.append(abs(value / exact - 1))
    return max(errors), abs(found.sum() / float(grid.data.astype(float).sum()) - 1)


def _cells() -> np.ndarray:
    centre = np.arange(CELL_M / 2, SIDE_M, CELL_M)
    x, y = np.meshgrid(centre, centre[::-1])
    return np.column_stack([x.ravel(), y.ravel()])


JOBS: dict[str, tuple[Callable[..., object], Callable[[int], object], int]] = {
    "density": (density, places, 1_000),
    "sklearn-density": (sklearn_density, places, 50),
    "clusters": (clusters, strewn, 1_000),
    "sklearn-clusters": (sklearn_clusters, strewn, 1_000),
    "ripley": (ripley, strewn, 1_000),
    "along-streets": (along_streets, places, 1_000),
    "zones": (zones, city, 200),
    "mask-loop": (mask_loop, city, 200),
}


def job(name: str, n: int) -> Figures:
    """Figures of one job in a process of its own."""
    return run(HERE, [name, n])


def main() -> None:
    """Measure everything, or one job named on the command line."""
    if len(sys.argv) > 1:
        name, n = sys.argv[1], int(sys.argv[2])
        call, scene, small = JOBS[name]
        warm = None if name == "sklearn-density" else scene(small)
        print_figures(measure(call, scene(n), count=n, warm=warm))
        return
    print(machine())
    for ours, peer, n, runs in (
        ("density", "sklearn-density", 100_000, 1),
        ("clusters", "sklearn-clusters", 100_000, 3),
        ("zones", "mask-loop", ZONES, 3),
    ):
        found = ratio(lambda o=ours, n=n: job(o, n), lambda p=peer, n=n: job(p, n), runs=runs)
        print(
            f"{ours}, {n:,}: {found.ours.cpu_s:.3f} s; {peer} {found.peer.cpu_s:.2f} s; "
            f"{found.times:.1f} times ({found.low:.1f}-{found.high:.1f}) {found.peer.note}"
        )
    print("density error, share of the peak: greatest {:.1e}, rms {:.1e}".format(*density_error()))
    print("zones error: greatest {:.1e}, sum of a partition {:.1e}".format(*zonal_error()))
    for name in ("density", "clusters", "ripley", "along-streets", "zones"):
        sizes = GROWING if name != "zones" else (10_000, 100_000)
        found = [job(name, n) for n in sizes]
        told = ", ".join(f"{f.count:,}: {f.cpu_s:.2f} s {f.peak_mb:.0f} MB{f.note}" for f in found)
        print(f"{name}: {told}; exponent {exponent(found):.2f}")


if __name__ == "__main__":
    main()

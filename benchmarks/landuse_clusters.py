"""What land use and clusters cost beside their peers, and how the cost grows.

Run it with ``make bench-land``, or a part with ``python benchmarks/landuse_clusters.py PART``: one
of `PARTS`, or a job of `JOBS` and its size. Each figure comes from a process of its own; what is
compared runs in turn. Densities are of places in clusters on 500 x 500 cells; zones are footprints
of a made city on a raster of 10 m cells. Errors are against the exact kernel sum, and against a
cell's exact share of each zone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import scenes
import shapely
from measuring import Figures, exponent, machine, measure, print_figures, ratio, run
from peer_calls import BANDWIDTH_M, CELL_M, dbscan, kernel_density, mask_loop
from pyproj import CRS
from scenes import SIDE_M
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
AREA = box(0, 0, SIDE_M, SIDE_M)
GROWING = (10_000, 100_000, 1_000_000)
ZONES = 33_000
METRES = CRS.from_epsg(4547)


def places(n: int) -> gpd.GeoDataFrame:
    """The same as points."""
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*scenes.gathered(n).T), crs=METRES)


def strewn(n: int) -> gpd.GeoDataFrame:
    """Places of even density as points."""
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*scenes.strewn(n).T), crs=METRES)


def xy_of(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Coordinates of points."""
    return np.column_stack([frame.geometry.x, frame.geometry.y])


def density(frame: gpd.GeoDataFrame) -> object:
    """As the package makes it."""
    return density_surface(frame, AREA, name="d", bandwidth_m=BANDWIDTH_M, cell_m=CELL_M)


def density_error() -> tuple[float, float]:
    """Greatest and root mean square error over cells drawn at random, in shares of the peak."""
    frame = places(20_000)
    found = density(frame).values  # type: ignore[attr-defined]
    xy = np.column_stack([frame.geometry.x, frame.geometry.y])
    drawn = np.random.default_rng(1).integers(0, found.size, 4000)
    at = scenes.cell_centres(CELL_M)[drawn]
    exact = np.array(
        [np.exp(-((xy - p) ** 2).sum(axis=1) / (2 * BANDWIDTH_M**2)).sum() for p in at]
    )
    exact *= 1e4 / (2 * np.pi * BANDWIDTH_M**2)
    error = (found.ravel()[drawn] - exact) / found.max()
    return float(np.abs(error).max()), float(np.sqrt((error**2).mean()))


def clusters(frame: gpd.GeoDataFrame) -> object:
    """DBSCAN as the package has it."""
    return cluster_labels(frame, eps_m=30.0, min_places=5)


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
    frame, values, side_m = scenes.footprints_on_raster(n)
    return frame, Grid(values, np.ones_like(values, bool), 0.0, side_m, 10.0, 10.0, METRES)


def zones(scene: tuple[gpd.GeoDataFrame, Grid]) -> object:
    """Sum of each footprint by the share of each cell."""
    return coverage(*scene).sums()


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


JOBS: dict[str, tuple[Callable[..., object], Callable[[int], object], int]] = {
    "density": (density, places, 1_000),
    "sklearn-density": (kernel_density, scenes.gathered, 50),
    "clusters": (clusters, strewn, 1_000),
    "sklearn-clusters": (dbscan, scenes.strewn, 1_000),
    "ripley": (ripley, strewn, 1_000),
    "along-streets": (along_streets, places, 1_000),
    "zones": (zones, city, 200),
    "mask-loop": (mask_loop, scenes.footprints_on_raster, 200),
}


def job(name: str, n: int) -> Figures:
    """Figures of one job in a process of its own."""
    return run(HERE, [name, n])


def beside(ours: str, peer: str, n: int, runs: int) -> None:
    """One job and its peer in turn, and how many times as long the peer takes."""
    found = ratio(lambda: job(ours, n), lambda: job(peer, n), runs=runs)
    print(
        f"{ours}, {n:,}: {found.ours.cpu_s:.3f} s; {peer} {found.peer.cpu_s:.2f} s; "
        f"{found.times:.1f} times ({found.low:.1f}-{found.high:.1f}) {found.peer.note}",
        flush=True,
    )


def errors() -> None:
    """How far densities and sums of zones are from the exact ones."""
    print("density error, share of the peak: greatest {:.1e}, rms {:.1e}".format(*density_error()))
    print(
        "zones error: greatest {:.1e}, sum of a partition {:.1e}".format(*zonal_error()), flush=True
    )


def growth(name: str) -> None:
    """What one job costs at each size."""
    found = [job(name, n) for n in (GROWING if name != "zones" else GROWING[:2])]
    told = ", ".join(f"{f.count:,}: {f.cpu_s:.2f} s {f.peak_mb:.0f} MB{f.note}" for f in found)
    print(f"{name}: {told}; exponent {exponent(found):.2f}", flush=True)


PARTS: dict[str, Callable[[], None]] = {
    "density-beside": lambda: beside("density", "sklearn-density", 100_000, 1),
    "clusters-beside": lambda: beside("clusters", "sklearn-clusters", 100_000, 3),
    "zones-beside": lambda: beside("zones", "mask-loop", ZONES, 3),
    "errors": errors,
    "density-growth": lambda: growth("density"),
    "clusters-growth": lambda: growth("clusters"),
    "ripley-growth": lambda: growth("ripley"),
    "along-streets-growth": lambda: growth("along-streets"),
    "zones-growth": lambda: growth("zones"),
}


def main() -> None:
    """Measure everything, or the parts or the one job named on the command line."""
    if len(sys.argv) == 3 and sys.argv[1] in JOBS:  # noqa: PLR2004 - a job and its size
        name, n = sys.argv[1], int(sys.argv[2])
        call, scene, small = JOBS[name]
        warm = None if name == "sklearn-density" else scene(small)
        print_figures(measure(call, scene(n), count=n, warm=warm))
        return
    strange = [part for part in sys.argv[1:] if part not in PARTS]
    if strange:
        sys.exit(f"no part '{strange[0]}'; there are {', '.join(PARTS)}.")
    print(machine(), flush=True)
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()

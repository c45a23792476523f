"""Every job beside the packages that do it, in one table of one run.

    python benchmarks/peers.py                   # make bench-peers: about an hour, one core of two
    python benchmarks/peers.py --quick           # sizes for trying, some ten minutes
    python benchmarks/peers.py --only width      # one job
    python benchmarks/peers.py --write           # and put the tables into README and docs

The peers are installed by pip into ``.venv-peers`` beside this package's own environment, which
holds none of them but those of the tests; pandana and cityseer are AGPL and no dependency of
anything here. Each figure comes from a process of its own, ours and theirs in turn, with inputs at
hand and after a small one; ratios are of CPU seconds of neighbours, and above 1 ours is faster.
Real extracts are left out, and said so, where they are not beside the checkout.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import peer_calls
import scenes
from measuring import Figures, Ratio, Told, exponent, machine, measure, print_figures, ratio, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
HOME = ROOT / ".venv-peers"
PEERS = ("momepy", "osmnx", "networkx", "pandana", "cityseer", "scikit-learn", "esda",
         "exactextract", "folium", "mapclassify", "pyogrio", "osmium", "pyrosm", "rasterio",
         "scipy")  # fmt: skip
RUNS = 3
PATIENCE_S = 900.0
SCALES, QUICK_SCALES = ("village", "town", "city"), ("small", "larger")
EXTRACTS = (ROOT / "data" / "sample" / "sample.osm.pbf", DATA / "futian.osm.pbf",
            DATA / "panyu.osm.pbf")  # fmt: skip
_MUCH = 10_000


# What this package does. Its modules are imported where they are used, as the peers are.


def _read(path: Path) -> object:
    from taobaogis.crs import choose_metric_crs  # noqa: PLC0415
    from taobaogis.loaders.osm import read_osm_file  # noqa: PLC0415

    return read_osm_file(path, choose_metric_crs(113.4, 22.95))


def _width(scene: scenes.Scene) -> object:
    from taobaogis.form.width import street_widths  # noqa: PLC0415

    return street_widths(
        scene.streets, scene.buildings,
        sight_line_m=peer_calls.SIGHT_M, spacing_m=peer_calls.SPACING_M,
    )  # fmt: skip


def _gaps(scene: scenes.Scene) -> object:
    from taobaogis.form.gaps import building_gaps  # noqa: PLC0415

    return building_gaps(scene.buildings)


def _shape(scene: scenes.Scene) -> object:
    from taobaogis.form import shape  # noqa: PLC0415

    names = ("area_m2", "perimeter_m", "elongation_ratio", "convexity_ratio",
             "rectangularity_ratio", "equivalent_rectangular_index", "square_compactness_ratio",
             "circular_compactness_ratio", "courtyard_area_m2", "orientation_deg")  # fmt: skip
    return [getattr(shape, name)(scene.buildings) for name in names]


def _network(houses: int) -> tuple[object, object, object]:
    """Crossings, places and network of a made-up city."""
    from support.made_city import made_city  # noqa: PLC0415 - `peer_calls` has made it known

    from taobaogis.access.network import street_network  # noqa: PLC0415
    from taobaogis.access.snapping import corners, snap  # noqa: PLC0415
    from taobaogis.schema import conform  # noqa: PLC0415

    city = made_city(houses)
    ends = peer_calls.net_of(city).ends
    streets = city.streets.assign(u=ends[:, 0], v=ends[:, 1])
    network = street_network(conform(streets, "streets"), mode="walk")
    return corners(network), snap(city.pois.geometry, network), network


def _nearest(scene: tuple[object, object, object], count: int) -> object:
    from taobaogis.access.nearest import nearest_places  # noqa: PLC0415

    return nearest_places(*scene, count=count, limit_m=peer_calls.WITHIN_M)  # type: ignore[arg-type]


def _counts(scene: tuple[object, object, object]) -> object:
    from taobaogis.access.within import Decay, counts_within  # noqa: PLC0415

    decay = Decay(scale_m=peer_calls.DECAY_M)
    return counts_within(*scene, radii_m=peer_calls.RADII_M, decay=decay)  # type: ignore[arg-type]


def _points(n: int, make: Callable[[int], object]) -> object:
    import geopandas as gpd  # noqa: PLC0415

    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*make(n).T), crs=scenes.CRS)  # type: ignore[attr-defined]


def _density(frame: object) -> object:
    import shapely  # noqa: PLC0415

    from taobaogis.clusters.surface import density_surface  # noqa: PLC0415

    area = shapely.box(0, 0, scenes.SIDE_M, scenes.SIDE_M)
    return density_surface(
        frame, area, name="d",  # type: ignore[arg-type]
        bandwidth_m=peer_calls.BANDWIDTH_M, cell_m=peer_calls.CELL_M,
    )  # fmt: skip


def _clusters(frame: object) -> object:
    from taobaogis.clusters.places import cluster_labels  # noqa: PLC0415

    return cluster_labels(frame, eps_m=peer_calls.EPS_M, min_places=peer_calls.MIN_PLACES)  # type: ignore[arg-type]


def _hot_spots(scene: tuple[object, object]) -> object:
    from taobaogis.clusters.hexagons import hexagon_neighbours, local_statistics  # noqa: PLC0415

    cells, counts = scene
    return local_statistics(counts, hexagon_neighbours(cells, width_m=scenes.HEXAGON_M))  # type: ignore[arg-type]


def _zones_scene(n: int) -> tuple[object, object]:
    import numpy as np  # noqa: PLC0415

    from taobaogis.geometry.grid import Grid  # noqa: PLC0415

    frame, values, side_m = scenes.footprints_on_raster(n)
    covered = np.ones_like(values, bool)
    return frame, Grid(values, covered, 0.0, side_m, 10.0, 10.0, frame.crs)


def _zones(scene: tuple[object, object]) -> object:
    from taobaogis.geometry.zonal import coverage  # noqa: PLC0415

    return coverage(*scene).sums()  # type: ignore[arg-type]


def _page(frame: object) -> object:
    from pages import our_map  # noqa: PLC0415

    from taobaogis.maps.web import render_village_page  # noqa: PLC0415

    return render_village_page(our_map(frame))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Job:
    """A job by size, as this package does it.

    Attributes
    ----------
    name, noun
        In words; what its sizes count.
    scene, call
        Makes the input; does the job.
    sizes, quick
        Of a village, a town and a city, and for trying.
    small
        Size to warm up with.
    """

    name: str
    noun: str
    scene: Callable[[int], object]
    call: Callable[..., object]
    sizes: tuple[int, ...]
    quick: tuple[int, ...]
    small: int = 200


_HOUSES = (2_000, 20_000, 100_000)
_QUICK = (500, 2_000)
JOBS: dict[str, Job] = {
    "width": Job("street width every 2 m", "houses", scenes.city, _width, _HOUSES, _QUICK),
    "gaps": Job("gaps between houses", "houses", scenes.city, _gaps, _HOUSES, _QUICK),
    "shape": Job("ten measures of shape", "houses", scenes.city, _shape, _HOUSES, _QUICK),
    "nearest": Job(
        "five nearest places of every crossing", "houses", _network,
        lambda scene: _nearest(scene, peer_calls.NEAREST), (2_000, 20_000, 500_000),
        (500, 5_000), 400,
    ),
    "nearest-one": Job(
        "nearest place of every crossing", "houses", _network,
        lambda scene: _nearest(scene, 1), (2_000, 20_000, 500_000), (500, 5_000), 400,
    ),
    "counts": Job(
        "places within 500, 1,000, 2,000 m, and gravity", "houses", _network, _counts,
        (2_000, 20_000, 500_000), (500, 5_000), 400,
    ),
    "density": Job(
        "density on 500 x 500 cells", "places", lambda n: _points(n, scenes.gathered), _density,
        (1_000, 10_000, 100_000), (500, 2_000),
    ),
    "clusters": Job(
        "clusters (DBSCAN)", "places", lambda n: _points(n, scenes.strewn), _clusters,
        (1_000, 10_000, 100_000), (500, 2_000),
    ),
    "hot-spots": Job(
        "local Moran and Gi* with their significance", "cells", scenes.counted_hexagons,
        _hot_spots, (400, 4_000, 40_000), (100, 900),
    ),
    "zones": Job(
        "sum of a raster by house", "houses", _zones_scene, _zones, (2_000, 20_000, 100_000),
        (500, 2_000),
    ),
    "page": Job(
        "page of a map", "houses", scenes.told_houses, _page, (2_000, 20_000, 50_000), _QUICK
    ),
}  # fmt: skip


def ours(job: str, size: str) -> Figures:
    """Figures of this package in this process."""
    if job == "read":
        path = Path(size)
        return measure(_read, path, count=path.stat().st_size, warm=path)  # type: ignore[arg-type]
    known = JOBS[job]
    if known.scene is scenes.city:
        from form import load_kernels  # noqa: PLC0415 - what is small does without them

        load_kernels()
    return measure(
        known.call, known.scene(int(size)), count=int(size), warm=known.scene(known.small)
    )


def installed() -> tuple[str, dict[str, str]]:
    """Interpreter of the peers' environment, made if it is not there, and what it lacks and why."""
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True)
    missing = {}
    for peer in PEERS:
        asked = subprocess.run([python, "-c", _ASK, peer], check=False, capture_output=True)
        if asked.returncode:
            command = [
                sys.executable, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode",
                "--python", python, peer,
            ]  # fmt: skip
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                missing[peer] = (done.stderr.strip().splitlines() or ["it does not install"])[-1]
    return str(python), missing


_ASK = "import sys; from importlib import metadata as m; m.version(sys.argv[1])"


def versions(python: str) -> str:
    """Versions of the peers."""
    ask = (
        "from importlib import metadata as m\n"
        f"print(', '.join(p + ' ' + m.version(p) for p in {PEERS!r} "
        "if any(d.name == p for d in m.distributions())))"
    )
    done = subprocess.run([python, "-c", ask], check=False, capture_output=True, text=True)
    return done.stdout.strip()


def cases(only: str, *, quick: bool) -> Iterator[tuple[str, str, str, list[str]]]:
    """Job, its name, what its sizes count, and the sizes or files."""
    if only in {"", "read"}:
        files = [path for path in (EXTRACTS[:2] if quick else EXTRACTS) if path.exists()]
        yield "read", "reading an OSM extract (PBF)", "kB", [str(path) for path in files]
    for key, job in JOBS.items():
        if only in {"", key}:
            yield key, job.name, job.noun, [str(n) for n in (job.quick if quick else job.sizes)]


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1 and sys.argv[1] == "ours":
        print_figures(ours(sys.argv[2], sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--only", default="", choices=["", "read", *JOBS], help="one job")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each, in turn")
    parser.add_argument("--write", action="store_true", help="put the tables into the pages")
    given = parser.parse_args()
    python, missing = installed()
    tell = Told()
    scales = QUICK_SCALES if given.quick else SCALES
    short = [f"| job | peer | {' | '.join(scales)} |", f"|---|---|{'--:|' * len(scales)}"]
    head = f"{machine()}, {os.cpu_count()} cores; CPU seconds, medians of {given.runs} in turn."
    tell(f"{head}\n\n{versions(python)}.\n")
    for peer, why in missing.items():
        tell(f"Left out: {peer} ({why}).\n")
    if not EXTRACTS[-1].exists():
        tell("Left out: the real extracts, which are not beside the checkout.\n")
    tell("| job | size | ours s | peer | peer s (built) | ratio | from-to | MB, ours : peer |")
    tell("|---|--:|--:|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as cache:
        place = {**os.environ, "TAOBAOGIS_CACHE_DIR": cache}
        turns = _Turns(python, place, given.runs)
        for key, name, noun, sizes in cases(given.only, quick=given.quick):
            for peer in peer_calls.peers_of(key):
                found = []
                for size in sizes:
                    found.append(turns.beside(key, peer, size))
                    tell(_row(name, noun, peer, found[-1]))
                if key in JOBS:
                    _tell_growth(tell, name, peer, found)
                ratios = [_times(beside.times) for beside in found] + [""] * len(scales)
                short.append(f"| {name} | {peer} | {' | '.join(ratios[: len(scales)])} |")
    if given.write:
        tell.put(ROOT / "docs" / "performance.md", "the table of peers")
        summary = Told()
        summary.lines = [head, "", *short]
        summary.put(ROOT / "README.md", "the table of peers")


@dataclass(frozen=True)
class _Turns:
    """Takes turns with the peers in their environment."""

    python: str
    place: dict[str, str]
    runs: int

    def beside(self, key: str, peer: str, size: str) -> Ratio:
        theirs, own, place = Path(peer_calls.__file__), Path(__file__), self.place
        return ratio(
            lambda: run(own, ["ours", key, size], patience_s=PATIENCE_S, environment=place),
            lambda: run(
                theirs, [key, peer, size],
                python=self.python, patience_s=PATIENCE_S, environment=place,
            ),
            runs=self.runs,
        )  # fmt: skip


def _row(name: str, noun: str, peer: str, beside: Ratio) -> str:
    own, other = beside.ours, beside.peer
    size = f"{own.count / 1024:,.0f}" if noun == "kB" else f"{own.count:,}"
    if own.note or other.note:
        mine = own.note or f"{own.cpu_s:.2f}"
        return f"| {name} | {size} {noun} | {mine} | {peer} | {other.note} | | | |"
    built = f" (+ {other.built_s:.2f})" if other.built_s > 0 else ""
    peaks = f"{own.peak_mb:,.0f} : {other.peak_mb:,.0f}"
    return (
        f"| {name} | {size} {noun} | {_seconds(own.cpu_s)} | {peer} "
        f"| {_seconds(other.cpu_s)}{built} | {_times(beside.times)} "
        f"| {_times(beside.low)}-{_times(beside.high)} | {peaks} |"
    )


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:,.2f}"


def _times(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:,.1f}" if value < _MUCH else "> 10,000"


def _tell_growth(tell: Told, name: str, peer: str, found: list[Ratio]) -> None:
    powers = [exponent([getattr(beside, side) for beside in found]) for side in ("ours", "peer")]
    if powers[0] == powers[0]:
        own, other = (f"{power:.2f}" for power in powers)
        tell(f"| {name}: power of the size it grows by | | {own} | {peer} | {other} | | | |")


if __name__ == "__main__":
    main()

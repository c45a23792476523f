"""Nearest places and counts for every corner of Panyu, beside pandana and networkx.

Run it with ``make bench-access``. pandana is AGPL: it is installed into the peers' environment of
``peers.py`` and is no dependency of the package.
Only its query is timed; building its contraction hierarchies is left out, and said beside it.
networkx searches once an origin, for a random sample; its seconds are extrapolated to all origins.
Each figure comes from a process of its own, in turn; ratios are of CPU seconds of neighbours.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import peer_calls
from measuring import Figures, machine, measure, print_figures, ratio, run
from peer_calls import DECAY_M, NEAREST, RADII_M, SAMPLE, Net
from peer_calls import WITHIN_M as NEAREST_WITHIN_M

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RUNS = 3
FOLDER = Path(tempfile.gettempdir()) / "taobaogis-benchmark-access"


def prepared() -> Path:
    """Streets and places of Panyu as plain arrays for all three, written once."""
    path = FOLDER / "panyu.npz"
    if path.exists():
        return path
    import shapely  # noqa: PLC0415 - not in pandana's environment

    network, points = _network()
    edges = network.edges
    lines = edges.geometry.to_numpy()
    xy, edge = shapely.get_coordinates(lines, return_index=True)
    # The corners as graph of their own: ends are junctions, bends nodes between them.
    opens, closes = np.diff(edge, prepend=-1) > 0, np.diff(edge, append=len(edges)) > 0
    node = np.empty(len(xy), dtype=np.int64)
    node[opens], node[closes] = edges["u"], edges["v"]
    bends = ~(opens | closes)
    node[bends] = network.size + np.arange(bends.sum())
    follows = ~opens[1:]
    places = np.empty((network.size + bends.sum(), 2))
    places[node] = xy
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.savez(
        path, xy=places, start=node[:-1][follows], end=node[1:][follows],
        length_m=np.hypot(*(xy[1:] - xy[:-1])[follows].T),
        pois=shapely.get_coordinates(points.geometry.to_numpy()),
    )  # fmt: skip
    return path


def _network():  # noqa: ANN202 - types that pandana's environment lacks
    """Walkable streets of Panyu and its places."""
    from taobaogis.access.network import street_network  # noqa: PLC0415
    from taobaogis.crs import choose_metric_crs  # noqa: PLC0415
    from taobaogis.loaders.osm import read_osm_file  # noqa: PLC0415

    layers = read_osm_file(DATA / "panyu.osm.pbf", choose_metric_crs(113.4, 22.95))
    return street_network(layers["streets"], mode="walk"), layers["pois"]


def ours(job: str) -> Figures:
    """Our functions, network and snapped places at hand."""
    from taobaogis.access.nearest import nearest_places  # noqa: PLC0415
    from taobaogis.access.snapping import corners, snap  # noqa: PLC0415
    from taobaogis.access.within import Decay, counts_within  # noqa: PLC0415

    network, points = _network()
    origins, places = corners(network), snap(points, network)

    def nearest(_: object) -> object:
        return nearest_places(origins, places, network, count=NEAREST, limit_m=NEAREST_WITHIN_M)

    def counts(_: object) -> object:
        return counts_within(
            origins, places, network, radii_m=RADII_M, decay=Decay(scale_m=DECAY_M)
        )

    call = {"nearest": nearest, "counts": counts}[job]
    return measure(call, None, count=len(origins))


def _net() -> Net:
    town = np.load(prepared())
    ends = np.column_stack([town["start"], town["end"]])
    return Net(town["xy"], ends, town["length_m"], town["pois"])


def pandana(job: str) -> Figures:
    """The same with pandana, its hierarchies built and places set beforehand."""
    net = _net()
    started = time.process_time()
    network = peer_calls.pandana_built(net, job)
    built_s = time.process_time() - started
    call = {"nearest": peer_calls.pandana_nearest, "counts": peer_calls.pandana_counts}[job]
    return replace(measure(call, network, count=len(net.xy)), built_s=built_s)


def networkx_sample(job: str) -> Figures:
    """One search an origin with networkx, for a sample; CPU seconds of all by extrapolation."""
    import networkx as nx  # noqa: PLC0415 - slow to import

    net = _net()
    graph = nx.Graph()
    order = np.argsort(-net.length_m)  # of parallel streets the shortest stays
    rows = zip(*net.ends[order].T.tolist(), net.length_m[order].tolist(), strict=True)
    graph.add_weighted_edges_from(rows)
    nodes = np.random.default_rng(1).choice(len(net.xy), SAMPLE, replace=False).tolist()
    cutoff = NEAREST_WITHIN_M if job == "nearest" else RADII_M[-1]

    def searches(_: object) -> object:
        return [
            len(nx.single_source_dijkstra_path_length(graph, node, cutoff=cutoff)) for node in nodes
        ]

    return peer_calls.of_all(measure(searches, None, count=len(net.xy)), len(net.xy))


def main() -> None:
    """Print the table of ``docs/performance.md``."""
    jobs = {"ours": ours, "pandana": pandana, "networkx": networkx_sample}
    if len(sys.argv) > 1:
        print_figures(jobs[sys.argv[1]](sys.argv[2]))
        return
    if not (DATA / "panyu.osm.pbf").exists():
        print("The real streets are not beside this checkout (../shared/data); nothing is timed.")
        return
    prepared()
    from peers import installed  # noqa: PLC0415 - not in the peers' environment

    python, script = installed()[0], Path(__file__)
    print(f"{machine()}; CPU seconds, {RUNS} runs in turn, median\n")
    print("| job | origins | ours | pandana, query (build) | ratio | networkx | ratio | memory |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for job in ("nearest", "counts"):
        beside = ratio(
            lambda job=job: run(script, ["ours", job]),
            lambda job=job: run(script, ["pandana", job], python=python),
            runs=RUNS,
        )
        naive = run(script, ["networkx", job])
        own, peer = beside.ours, beside.peer
        note = own.note or peer.note or naive.note
        print(
            f"| {job} | {own.count:,} | {own.cpu_s:.2f} s | {peer.cpu_s:.2f} s "
            f"({peer.built_s:.0f} s) | {beside.times:.1f} ({beside.low:.1f}-{beside.high:.1f}) "
            f"| about {naive.cpu_s:,.0f} s | about {naive.cpu_s / own.cpu_s:,.0f} "
            f"| +{own.peak_mb - own.before_mb:.0f} MB | {note}",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""A city in tiles: no value depends on how it is cut, or on who measures it."""

import json
import os
import signal
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import small_city, tile_work

from taobaogis.city.grid import Grid
from taobaogis.city.jobs import code_digest, measure_tile
from taobaogis.city.ledger import Ledger
from taobaogis.city.run import measure_city
from taobaogis.city.tiles import City
from taobaogis.city.whole import whole_columns
from taobaogis.errors import InputError, SourceUnavailableError, StudyError, TaobaoGISError
from taobaogis.study import parse_study
from taobaogis.study_entries import read_grid
from taobaogis.workers import here, patiently

CELL_M = 50.0


def grid(cells=0, block=2):
    """Blocks of two cells, so that a small city has many."""
    return Grid(CELL_M, cells, block)


def run(out, cut, engine=here, *, layers=None):
    told = []
    done = measure_city(
        small_city.study(), layers or small_city.layers(), cut, out, engine=engine,
        tell=told.append,
    )  # fmt: skip
    return done, told


def table(out, name, by):
    frame = gpd.read_parquet(out / name)
    return frame.sort_values(by).reset_index(drop=True)


def files(out):
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*.parquet"))}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Tiles of two cells, one after the other in this process."""
    out = tmp_path_factory.mktemp("plain") / "out"
    return run(out, grid()), out


def test_everything_is_measured_once(plain):
    (done, told), out = plain
    assert (done.houses, done.kept) == (192, 0)
    assert done.tiles > 4
    assert gpd.read_parquet(out / "buildings")["osm_id"].is_unique
    assert done.streets == len(small_city.layers()["streets"])
    assert any("left" in step for step in told)
    record = json.loads((out / "manifest.json").read_text())
    assert {"index.html", "summary.csv", "cells.parquet"} <= {f["path"] for f in record["files"]}


def test_the_map_of_a_city_is_one_page_with_vector_tiles_where_there_is_much(
    plain, tmp_path, monkeypatch
):
    page = (plain[1] / "map.html").read_text(encoding="utf-8")
    assert "leaflet-container" in page
    assert not (plain[1] / "tiles").exists()
    monkeypatch.setattr("taobaogis.maps.tiles.TILED_ABOVE", 300)
    for name in ("one", "other"):
        run(tmp_path / name, grid(5 if name == "one" else 0))
    assert "maplibregl" in (tmp_path / "one" / "map.html").read_text(encoding="utf-8")
    for path in ("map.html", "map-plain.html", "tiles/buildings.pmtiles", "tiles/streets.pmtiles"):
        one, other = ((tmp_path / name / path).read_bytes() for name in ("one", "other"))
        assert one == other, path
    record = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert "tiles/cells.pmtiles" in {f["path"] for f in record["files"]}


@pytest.mark.parametrize("cells", [5, 40])
def test_the_size_of_the_tiles_changes_no_bit(plain, tmp_path, cells):
    run(tmp_path / "other", grid(cells))
    for name, by in (("buildings", "osm_id"), ("streets", "osm_id"), ("cells.parquet", "cell")):
        one, other = table(plain[1], name, by), table(tmp_path / "other", name, by)
        pd.testing.assert_frame_equal(
            pd.DataFrame(one.drop(columns="geometry")),
            pd.DataFrame(other.drop(columns="geometry")),
            check_exact=True,
        )
        assert (one.geometry.to_wkb() == other.geometry.to_wkb()).all()


def test_the_surroundings_of_a_block_are_enough(plain, tmp_path):
    # In one block for all, every house sees the whole city; sums of another length round otherwise.
    run(tmp_path / "other", grid(block=40))
    for name, by in (("buildings", "osm_id"), ("streets", "osm_id"), ("cells.parquet", "cell")):
        one, other = table(plain[1], name, by), table(tmp_path / "other", name, by)
        pd.testing.assert_frame_equal(
            pd.DataFrame(one.drop(columns="geometry")),
            pd.DataFrame(other.drop(columns="geometry")),
            check_exact=False, rtol=1e-9, atol=1e-9,
        )  # fmt: skip


def test_the_order_of_the_tiles_changes_no_byte(plain, tmp_path):
    run(tmp_path / "other", grid(), tile_work.shuffled)
    assert files(tmp_path / "other") == files(plain[1])


def test_two_processes_write_the_same_bytes_though_one_is_killed(plain, tmp_path, monkeypatch):
    monkeypatch.setenv("TILE_WORK_KILL_ONCE", str(tmp_path / "killed"))

    def engine(_, jobs):
        return patiently(2, tile_work.measure_or_die, jobs)

    run(tmp_path / "other", grid(), engine)
    assert (tmp_path / "killed").exists()
    assert files(tmp_path / "other") == files(plain[1])


def test_a_process_that_dies_every_time_ends_in_a_sentence():
    with pytest.raises(TaobaoGISError, match="worker process has died"):
        list(patiently(2, tile_work.die, range(3)))


def test_a_dask_cluster_writes_the_same_bytes_though_a_worker_is_killed(plain, tmp_path):
    distributed = pytest.importorskip("distributed")
    from taobaogis.city.cluster import on_cluster  # noqa: PLC0415 - needs the extra

    killed = []

    def engine(function, jobs):
        for number, results in enumerate(on_cluster(address, function, jobs)):
            yield results
            if number == 1:
                pid = next(iter(cluster.workers.values())).process.process.pid
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
        silence_logs=50,
    ) as cluster:  # fmt: skip
        address = cluster.scheduler_address
        run(tmp_path / "other", grid(), engine)
    assert killed
    assert files(tmp_path / "other") == files(plain[1])


def test_where_no_scheduler_answers_that_is_said(monkeypatch):
    pytest.importorskip("distributed")
    from taobaogis.city import cluster  # noqa: PLC0415 - needs the extra

    monkeypatch.setattr(cluster, "_PATIENCE_S", 0.5)
    with pytest.raises(SourceUnavailableError, match="no Dask scheduler answers"):
        list(cluster.on_cluster("tcp://127.0.0.1:9", measure_tile, []))
    with pytest.raises(InputError, match="is no address"):
        list(cluster.on_cluster("carrier pigeon://x", measure_tile, []))


def test_a_run_that_was_stopped_goes_on_where_it_was(plain, tmp_path):
    out, done = tmp_path / "out", []

    def tired(function, jobs):
        for results in map(function, jobs):
            done.append(results.tile)
            yield results
            if len(done) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(out, grid(), tired)
    assert not out.exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".tiles")]
    again, told = run(out, grid())
    assert again.kept == 3
    assert "3 of" in told[0]
    assert files(out) == files(plain[1])
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".tiles")]


def test_a_tile_that_is_cut_short_or_of_other_data_is_done_again(tmp_path):
    city = City(small_city.layers(), {}, grid(4), small_city.study().assumptions, 6.0)
    ledger = Ledger(tmp_path / "work")
    columns = whole_columns(city.layers, small_city.study().markets)
    city = replace(city, columns=columns)
    first = next(iter(city.tiles))
    ledger.put(measure_tile(next(iter(city.jobs([first])))))
    assert list(ledger.done()) == [first]
    path = tmp_path / "work" / next(iter(ledger.done()[first].values()))
    path.write_bytes(path.read_bytes()[:-1])
    assert not ledger.done()
    run(tmp_path / "out", grid(4))
    other, _ = run(tmp_path / "out", grid(4), layers=small_city.layers(seed=8))
    assert other.kept == 0


def test_another_version_of_the_code_is_refused():
    layers = small_city.layers()
    city = City(layers, whole_columns(layers, ()), grid(4), small_city.study().assumptions, 6.0)
    job = next(iter(city.jobs(list(city.tiles)[:1])))
    older = replace(job, code="older")
    with pytest.raises(TaobaoGISError, match="another version"):
        measure_tile(older)
    assert code_digest() == code_digest()


def test_cells_hold_what_their_houses_add_up_to(plain):
    _, out = plain
    houses, cells = gpd.read_parquet(out / "buildings"), gpd.read_parquet(out / "cells.parquet")
    by_cell = houses.groupby("cell")
    cells = cells.set_index("cell")
    count = by_cell.size()
    assert (cells.loc[count.index, "building_count"] == count).all()
    medians = by_cell["gap_m"].median()
    np.testing.assert_array_equal(cells.loc[medians.index, "building_gap_median_m"], medians)
    built = houses.union_all()
    row = cells.iloc[len(cells) // 2]
    assert row["building_coverage_ratio"] == pytest.approx(
        built.intersection(row.geometry).area / CELL_M**2
    )
    length = small_city.layers()["streets"].intersection(row.geometry).length.sum()
    assert row["street_length_km"] == pytest.approx(length / 1e3)
    empty = cells[cells["building_count"] == 0]
    assert empty["building_gap_median_m"].isna().all()


def test_a_city_of_streets_alone_has_no_house_and_no_zero_gap(tmp_path):
    layers = small_city.layers()
    frames = {**layers.frames, "buildings": layers["buildings"].iloc[:0]}
    alone = type(layers)(layers.crs, frames, layers.provenance)
    done, _ = run(tmp_path / "out", grid(4), layers=alone)
    cells = gpd.read_parquet(tmp_path / "out" / "cells.parquet")
    assert done.houses == 0
    assert cells["building_gap_median_m"].isna().all()
    assert cells["street_length_km"].sum() > 0


@pytest.mark.parametrize("cell", [0, -5, 10, 1e9, float("nan")])
def test_cells_that_cannot_be_meant_are_refused(cell):
    with pytest.raises(InputError, match="50 to"):
        Grid(cell)


@given(cell_m=st.floats(allow_nan=True), tile_cells=st.integers(-5, 2000))
def test_a_grid_of_a_study_is_read_or_refused(cell_m, tile_cells):
    try:
        spec = read_grid({"cell_m": cell_m, "tile_cells": tile_cells})
    except StudyError:
        assert not (50 <= cell_m <= 20_000 and 0 <= tile_cells <= 1000)
    else:
        assert Grid(spec.cell_m, spec.tile_cells).tile_m >= spec.cell_m


def test_a_study_may_have_a_grid_instead_of_villages(tmp_path):
    study = parse_study("grid = {cell_m = 250}", folder=tmp_path)
    assert (study.grid.cell_m, study.villages) == (250, ())
    with pytest.raises(InputError, match="cell_m"):
        parse_study("grid = {cell_m = 1}", folder=tmp_path)
    with pytest.raises(InputError, match="a \\[grid\\]"):
        parse_study("", folder=tmp_path)

"""A city of any houses: nothing is lost between cells, tiles and files, wherever it lies."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from support import small_city

from taobaogis.city.candidates import screen_source, study_text, write_candidates
from taobaogis.city.cells import CELL_COLUMNS, Measured, cell_table
from taobaogis.city.cluster import on_cluster
from taobaogis.city.grid import Grid
from taobaogis.city.jobs import measure_tile, packed, unpacked
from taobaogis.city.ledger import key_of, work_folder
from taobaogis.city.map import city_map
from taobaogis.city.measures import SEES_M, house_columns
from taobaogis.city.run import measure_city, run_city
from taobaogis.city.summary import summary_table, write_summary
from taobaogis.city.surroundings import inner_points, squares_of, surroundings
from taobaogis.city.tiles import City
from taobaogis.city.whole import whole_columns
from taobaogis.errors import InputError
from taobaogis.form.profile import street_profile
from taobaogis.settings import Settings
from taobaogis.study import SourceSpec, Study, load_study
from taobaogis.village import Layers
from taobaogis.workers import here

pytestmark = pytest.mark.filterwarnings("ignore::taobaogis.errors.TaobaoGISWarning")

few, heavy = settings(max_examples=10), settings(max_examples=2)
seeds = st.integers(0, 2**31)
GRID = CRS.from_epsg(4547)
CELL_M, WIDE_M = 50.0, 250.0
STUDY = small_city.study()


def city(seed, columns=7, rows=5):
    return small_city.layers(columns=columns, rows=rows, seed=seed)


def moved(layers, dx, dy):
    frames = {k: f.set_geometry(f.translate(dx, dy)) for k, f in layers.frames.items()}
    return Layers(layers.crs, frames, layers.provenance)


# --- squares and what they see


@few
@given(
    boxes=st.lists(
        st.tuples(*[st.floats(-900, 900)] * 2, *[st.floats(0, 300)] * 2), max_size=6
    ),
    side=st.floats(20, 400),
)  # fmt: skip
def test_the_squares_of_boxes_are_all_that_they_touch_and_no_other(boxes, side):
    bounds = np.array([(x, y, x + w, y + h) for x, y, w, h in boxes]).reshape(-1, 4)
    found = squares_of(bounds, side)
    told = {tuple(square) for square in found}
    assert len(told) == len(found)
    reach = range(int(-1000 // side) - 1, int(1300 // side) + 2)
    for i, j in product(reach, reach):
        touched = any(
            i * side <= e and w < (i + 1) * side and j * side <= n and s < (j + 1) * side
            for w, s, e, n in bounds
        )
        assert ((i, j) in told) == touched
    assert [tuple(s[::-1]) for s in found] == sorted(tuple(s[::-1]) for s in found)
    assert squares_of(bounds[::-1], side).tolist() == found.tolist()


@few
@given(seed=seeds, x=st.floats(0, 60), y=st.floats(0, 60), sight=st.floats(5, 30))
def test_a_square_sees_all_that_its_houses_and_streets_do(seed, x, y, sight):
    layers = city(seed)
    points = inner_points(layers)
    for kind, xy in points.items():
        apart = shapely.distance(layers[kind].geometry.to_numpy(), shapely.points(xy))
        assert (apart < 1e-6).all(), "a feature is told where it is"
    west, south = small_city.ORIGIN + np.array([x, y])
    box = shapely.box(west, south, west + 60, south + 60)
    own = {kind: shapely.contains_xy(box, xy) for kind, xy in points.items()}
    rows = surroundings(layers, own, box, sight_line_m=sight)
    houses, streets = layers["buildings"].geometry, layers["streets"].geometry
    for kind, seen in rows.items():
        assert seen.tolist() == sorted(set(seen))
        assert set(np.flatnonzero(own[kind])) <= set(seen)
    assert rows["pois"].tolist() == np.flatnonzero(own["pois"]).tolist()
    assert set(np.flatnonzero(streets.intersects(box))) <= set(rows["streets"])
    needed = houses.intersects(box)
    if own["buildings"].any():
        needed |= houses.dwithin(houses[own["buildings"]].union_all(), SEES_M)
    if len(rows["streets"]):
        needed |= houses.dwithin(streets.iloc[rows["streets"]].union_all(), sight)
    assert set(np.flatnonzero(needed)) <= set(rows["buildings"])


@heavy
@given(seed=seeds)
def test_a_house_is_measured_alike_whoever_else_is(seed):
    around = city(seed)["buildings"]
    own = np.random.default_rng(seed).random(len(around)) < 0.4
    every = house_columns(around, np.ones(len(around), bool), STUDY.assumptions,
                          fire_separation_m=6.0)  # fmt: skip
    some = house_columns(around, own, STUDY.assumptions, fire_separation_m=6.0)
    pd.testing.assert_frame_equal(some, every[own])
    wider = house_columns(around, own, STUDY.assumptions, fire_separation_m=9.0)
    assert (wider["fire_neighbours"] >= some["fire_neighbours"]).all()
    assert wider["shared_walls"].equals(some["shared_walls"])
    near = some["fire_neighbours"] > 0
    assert (some.loc[near, "fire_gap_m"] < 6).all()
    assert some.loc[~near, "fire_gap_m"].isna().all()


@heavy
@given(seed=seeds, stops=st.integers(0, 2))
def test_no_stop_is_nearer_on_foot_than_straight_and_order_does_not_matter(seed, stops):
    layers = city(seed)
    frames = dict(layers.frames) | {"stops": layers["stops"].iloc[:stops]}
    layers = Layers(layers.crs, frames, layers.provenance)
    found = whole_columns(layers, STUDY.markets)
    order = np.random.default_rng(seed).permutation(len(layers["buildings"]))
    frames["buildings"] = frames["buildings"].iloc[order]
    again = whole_columns(Layers(layers.crs, frames, layers.provenance), STUDY.markets)
    for name, values in found.items():
        assert again[name] == pytest.approx(values[order], nan_ok=True), name
    inner = layers["buildings"].representative_point()
    if not stops:
        assert np.isnan(found["stop_walk_m"]).all()
        return
    straight = inner.distance(layers["stops"].union_all()).to_numpy()
    known = np.isfinite(found["stop_walk_m"])
    assert known.any()
    assert (found["stop_walk_m"][known] >= straight[known] - 1e-6).all()


# --- cells


@heavy
@given(seed=seeds)
def test_cells_add_up_to_the_city(seed):
    layers = city(seed)
    grid = Grid(CELL_M, 0, 8)
    everywhere = np.ones(len(layers["buildings"]), bool)
    columns = house_columns(layers["buildings"], everywhere, STUDY.assumptions,
                            fire_separation_m=6.0)  # fmt: skip
    merged = whole_columns(layers, ())
    houses = layers["buildings"].join(columns).assign(**merged)
    profile = street_profile(layers["streets"], layers["buildings"])
    measured = Measured(houses, layers["buildings"], layers["streets"], profile, layers["pois"])
    blocks = squares_of(
        np.concatenate([layers[k].bounds for k in ("buildings", "streets", "pois")]), grid.block_m
    )
    cells = pd.concat(
        [cell_table(grid, tuple(block), measured, STUDY.assumptions) for block in blocks.tolist()],
        ignore_index=True,
    )
    assert cells["cell"].is_unique
    assert cells["building_count"].sum() == len(houses)
    assert cells["poi_count"].sum() == len(layers["pois"])
    assert cells["street_length_km"].sum() == pytest.approx(
        layers["streets"].length.sum() / 1e3, rel=1e-9
    )
    ground = layers["buildings"].union_all().area
    covered = (cells["building_coverage_ratio"] * CELL_M**2).sum()
    assert covered == pytest.approx(ground)
    shares = [name for name in CELL_COLUMNS if name.endswith("_share")]
    assert ((cells[shares] >= 0) & (cells[shares] <= 1 + 1e-9) | cells[shares].isna()).all(
        axis=None
    )
    low, middle, high = (
        cells[f"floor_space_index{side}"].fillna(0) for side in ("_low", "", "_high")
    )
    assert (low <= middle + 1e-9).all()
    assert (middle <= high + 1e-9).all()
    table = summary_table(cells).set_index("indicator")
    assert (table["cells"] == cells[list(table.index)].notna().sum()).all()
    spread = table[["min", "p10", "median", "p90", "max"]].dropna()
    assert (np.diff(spread.to_numpy(), axis=1) >= -1e-12).all()
    assert summary_table(cells[::-1]).equals(table.reset_index())
    assert (summary_table(cells.iloc[:0])["cells"] == 0).all()
    spec = city_map(STUDY, layers, cells, houses, layers["streets"])
    drawn = {layer.key: len(layer.features) for layer in spec.layers}
    assert drawn == {"cells": len(cells), "buildings": len(houses),
                     "streets": len(layers["streets"])}  # fmt: skip
    assert spec.boundary.covers(shapely.box(*cells.total_bounds))


def run(layers, out, grid):
    return measure_city(STUDY, layers, grid, out, engine=here, tell=lambda _: None)


@settings(max_examples=2)
@given(seed=seeds, east=st.integers(-9, 9), north=st.integers(-9, 9), block=st.integers(1, 5))
def test_a_city_that_is_moved_by_cells_and_cut_otherwise_has_the_same_numbers(
    tmp_path_factory, seed, east, north, block
):
    folder = tmp_path_factory.mktemp("cities")
    layers = city(seed, 5, 5)
    one = run(layers, folder / "one", Grid(WIDE_M, 0, 4))
    two = run(moved(layers, east * WIDE_M, north * WIDE_M), folder / "two", Grid(WIDE_M, 0, block))
    assert (one.houses, one.streets, one.cells) == (two.houses, two.streets, two.cells)
    tables = [
        gpd.read_parquet(folder / name / "buildings").sort_values("osm_id")
        for name in ("one", "two")
    ]
    # Walks to the market depend on where the city lies; the rest is its own.
    numbers = tables[0].select_dtypes("number").columns.drop("market_walk_m")
    assert tables[1][numbers].to_numpy(dtype=float) == pytest.approx(
        tables[0][numbers].to_numpy(dtype=float), rel=1e-5, abs=1e-5, nan_ok=True
    )
    shifted = [tuple(map(int, name.split("_"))) for name in tables[0]["cell"]]
    assert tables[1]["cell"].tolist() == [f"{i + east}_{j + north}" for i, j in shifted]
    # What is there can be summed up again, and comes to the same.
    again = folder / "again"
    for part in ("buildings", "streets", "cells"):
        shutil.copytree(folder / "one" / part, again / part)
    assert write_summary(again, STUDY, layers, Grid(WIDE_M, 0, 4)) == one[2:]
    for name in ("cells.parquet", "summary.csv", "index.html", "map.html"):
        assert (again / name).read_bytes() == (folder / "one" / name).read_bytes(), name


@settings(max_examples=1)
@given(seed=seeds)
def test_a_source_of_files_is_measured_as_its_layers_are(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("source")
    layers = city(seed, 5, 5)
    houses = layers["buildings"].assign(levels=layers["buildings"]["levels_tag"])
    houses[["levels", "geometry"]].to_file(folder / "houses.gpkg")
    study = Study(id="small", villages=(), source=SourceSpec(
        osm="", buildings=str(folder / "houses.gpkg")))  # fmt: skip
    done = run_city(study, Grid(WIDE_M), Settings(cache_dir=folder / "cache", offline=True),
                    folder / "out")  # fmt: skip
    assert done.houses == len(houses)
    found = gpd.read_parquet(folder / "out" / "buildings")
    assert found["area_m2"].sum() == pytest.approx(houses.area.sum(), rel=1e-3)
    assert sorted(found["levels_tag"].dropna()) == sorted(houses["levels"].dropna())


# --- tiles as work that travels


@heavy
@given(seed=seeds)
def test_tiles_tell_every_house_and_street_once_in_equal_bytes(seed):
    layers = city(seed)
    grid = Grid(WIDE_M, 0, 2)
    work = City(layers, whole_columns(layers, ()), grid, STUDY.assumptions, 6.0)
    done = [measure_tile(job) for job in work.jobs(list(work.tiles))]
    for kind in ("buildings", "streets"):
        parts = [unpacked(r.files[kind]) for r in done if kind in r.files]
        assert sorted(pd.concat(parts)["osm_id"]) == sorted(layers[kind]["osm_id"])
    assert sum(result.houses for result in done) == len(layers["buildings"])
    job = next(iter(work.jobs(list(work.tiles)[:1])))
    assert measure_tile(job) == measure_tile(job)


@few
@given(seed=seeds, n=st.integers(0, 12))
def test_a_frame_travels_whole_and_in_equal_bytes(seed, n):
    random = np.random.default_rng(seed)
    frame = gpd.GeoDataFrame(
        {"a": random.normal(size=n), "b": [f"村{i}" for i in range(n)]},
        index=random.permutation(n),
        geometry=[shapely.Point(*p).buffer(3) for p in random.uniform(0, 1e6, (n, 2))], crs=GRID,
    )  # fmt: skip
    body = packed(frame)
    back = unpacked(body)
    pd.testing.assert_frame_equal(
        pd.DataFrame(back.drop(columns="geometry")), pd.DataFrame(frame.drop(columns="geometry"))
    )
    assert back.geometry.geom_equals(frame.geometry).all()
    assert back.crs == frame.crs
    assert packed(frame) == body


parts = st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=5)),
                        max_size=5)  # fmt: skip


@given(one=parts, other=parts)
def test_runs_share_a_key_and_a_folder_only_if_all_is_equal(tmp_path_factory, one, other):
    assert key_of(dict(reversed(one.items()))) == key_of(one)
    assert (key_of(one) == key_of(other)) == (one == other)
    out = tmp_path_factory.getbasetemp() / "out"
    folders = [work_folder(out, key_of(p)) for p in (one, other)]
    assert (folders[0] == folders[1]) == (one == other)
    for folder in folders:
        assert folder.parent == out.parent
        assert folder.name.startswith(".out.")


@settings(max_examples=5)
@given(scheme=st.text("bcdfg", min_size=4, max_size=8), rest=st.text("xyz.:", max_size=6))
def test_what_is_no_address_of_a_scheduler_is_refused_in_one_sentence(scheme, rest):
    with pytest.raises(InputError) as refused:
        list(on_cluster(f"{scheme}://{rest}", str, []))
    assert "\n" not in str(refused.value)
    assert "--scheduler" in str(refused.value)


# --- candidates

file_names = st.text(
    # What cannot be shown is refused in a study file, as everywhere.
    st.characters(
        exclude_characters="/", exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"]
    ),
    min_size=1,
    max_size=12,
).filter(lambda name: name.strip(". ") and len(name.encode()) < 100)

ids_of_villages = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True)


@few
@given(
    name=file_names, folder=file_names, ids=st.lists(ids_of_villages, max_size=4, unique=True),
    datum=st.sampled_from(["wgs84", "gcj02"]),
)  # fmt: skip
def test_the_study_of_candidates_can_be_read_whatever_the_files_are_called(
    tmp_path_factory, name, folder, ids, datum
):
    base = tmp_path_factory.mktemp("named")
    out = base / folder
    source = SourceSpec(osm="", buildings=str(base / "data" / name), datum=datum)
    found = pd.DataFrame({"id": ids, "score": 0.5, "reasons_en": "dense"})
    text = study_text(found, Study(id="s", villages=(), source=source), out)
    out.mkdir()
    (out / "study.toml").write_text(text, encoding="utf-8", newline="")
    if not ids:
        with pytest.raises(InputError):
            load_study(str(out / "study.toml"))
        return
    study = load_study(str(out / "study.toml"))
    assert [village.id for village in study.villages] == ids
    assert study.source.datum == datum
    assert study.path(study.source.buildings).resolve() == (base / "data" / name).resolve()


@heavy
@given(columns=st.integers(6, 9), least=st.floats(0, 1), dx=st.integers(-3000, 3000))
def test_what_is_screened_is_written_and_read_again(tmp_path_factory, columns, least, dx):
    folder = tmp_path_factory.mktemp("screened")
    shapes = [shapely.box(12 * i, 12 * j, 12 * i + 10, 12 * j + 10)
              for i in range(columns) for j in range(8)]  # fmt: skip
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes).translate(430_000 + dx, 2_550_000),
                             crs=4547)  # fmt: skip
    frame.to_file(folder / "houses.gpkg")
    told = []
    study, layers, found = screen_source(
        folder / "houses.gpkg", Settings(cache_dir=folder / "cache", offline=True), told.append
    )
    assert len(layers["buildings"]) == len(frame)
    assert found["score"].between(0, 1).all()
    assert any(f"{len(frame)} buildings" in line for line in told)
    write_candidates(study, layers, found, folder / "out", least_score=least)
    outlines = gpd.read_file(folder / "out" / "candidates.geojson")
    assert outlines["id"].tolist() == found["id"].tolist()
    assert outlines.to_crs(found.crs).area.to_numpy() == pytest.approx(
        found.area.to_numpy(), rel=1e-3
    )
    text = (folder / "out" / "study.toml").read_text(encoding="utf-8")
    assert text.count("[[village]]") == (found["score"] >= least).sum()
    assert replace(study, villages=()).source.buildings == str(folder / "houses.gpkg")

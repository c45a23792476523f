"""Whole studies of a few houses: what is read, said, measured and written of any of them."""

import dataclasses
import json
import tempfile
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.small_studies import GRID, small_towns

from taobaogis.loaders.assemble import (
    StudyData,
    changed_data,
    load_study_data,
    village_outlines,
)
from taobaogis.loaders.inspect import inspect_study
from taobaogis.loaders.whole import load_whole_layers
from taobaogis.pipeline import measure_data, write_run
from taobaogis.provenance import file_digest
from taobaogis.settings import Settings
from taobaogis.study import load_study
from taobaogis.village import Layers

KINDS = ("buildings", "streets", "pois", "stops")
RING_M = 60.0


def loaded(town, folder, *, shuffle=0, source='osm = "town.osm"', ring_m=RING_M):
    """Study and its data, from files in a folder of their own."""
    at = Path(folder) / f"{shuffle}"
    study = load_study(str(town.write(at, source=source, shuffle=shuffle)))
    assumptions = dataclasses.replace(study.assumptions, context_ring_m=ring_m)
    study = dataclasses.replace(study, assumptions=assumptions)
    return study, load_study_data(study, Settings(at / "cache", offline=True))


def same_layers(one, other):
    """Whether every object of a name has one shape; in files of another order it has a number."""
    for kind in KINDS:
        a, b = (frame[kind].sort_values("name") for frame in (one, other))
        assert a["name"].tolist() == b["name"].tolist()
        shapes = (shapely.normalize(frame.geometry.to_numpy()) for frame in (a, b))
        assert shapely.equals_exact(*shapes, 1e-6).all()


@settings(max_examples=8)
@given(town=small_towns())
def test_a_study_holds_what_its_files_hold_in_whatever_order_they_tell_it(town):
    with tempfile.TemporaryDirectory() as folder:
        study, data = loaded(town, folder)
        _, again = loaded(town, folder, shuffle=1)
        outlines = village_outlines(study, Settings(Path(folder), offline=True))
    for kind in ("buildings", "pois", "stops"):
        assert len(data.layers[kind]) == town.count(kind)
    assert data.layers["streets"].length.sum() == pytest.approx(210 * len(town.lanes), abs=0.1)
    drawn = data.layers["buildings"].geometry
    assert sorted(drawn.area) == pytest.approx(sorted(town.shapes().area), abs=0.4)
    assert drawn.union_all().symmetric_difference(town.shapes().union_all()).area < len(drawn) + 0.1
    same_layers(data.layers, again.layers)
    assert [o.spec.id for o in outlines] == [v.id for v in data.villages]
    assert [v.id for v in data.villages] == [name for name, *_ in town.villages]
    for village, outline, (_, x, y, half) in zip(
        data.villages, outlines, town.villages, strict=True
    ):
        assert outline.lonlat.is_valid
        assert outline.is_circle == village.is_circle == (not town.drawn)
        area_m2 = 4 * half**2 if town.drawn else np.pi * half**2
        assert village.boundary.is_valid
        assert village.boundary.area == pytest.approx(area_m2, rel=0.01)
        middle = np.array([430_000 + x, 2_550_000 + y])
        assert shapely.get_coordinates(village.boundary.centroid)[0] == pytest.approx(middle)
        near = village.boundary.buffer(RING_M)
        for kind in KINDS:
            whole = data.layers[kind]
            assert set(village.layers[kind].index) == set(whole.index[whole.intersects(near)])


@settings(max_examples=8)
@given(town=small_towns(), seed=st.integers(0, 99), ring_m=st.sampled_from([0.0, 30.0, 500.0]))
def test_a_change_of_a_layer_changes_that_layer_alone(town, seed, ring_m):
    with tempfile.TemporaryDirectory() as folder:
        _, data = loaded(town, folder)
    whole = data.layers["buildings"]
    kept = whole[np.random.default_rng(seed).random(len(whole)) < 0.6]
    frames = {**data.layers.frames, "buildings": kept}
    changed = changed_data(data, dataclasses.replace(data.layers, frames=frames), ring_m=ring_m)
    assert (changed.notes, changed.read_on) == (data.notes, data.read_on)
    for before, after in zip(data.villages, changed.villages, strict=True):
        assert dataclasses.replace(after, layers=before.layers) == before
        near = before.boundary.buffer(ring_m)
        assert list(after.layers["buildings"].index) == list(kept.index[kept.intersects(near)])
    for kind in ("streets", "pois", "stops"):
        assert changed.layers[kind] is data.layers[kind]
    unchanged = changed_data(data, data.layers, ring_m=RING_M)
    for before, after in zip(data.villages, unchanged.villages, strict=True):
        for kind in KINDS:
            assert after.layers[kind].equals(before.layers[kind])


@settings(max_examples=8)
@given(town=small_towns(least_houses=1), own=st.booleans())
def test_a_whole_source_is_read_whatever_villages_a_study_names(town, own):
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        source = 'osm = "overpass"\nbuildings = "own.parquet"' if own else 'osm = "town.osm"'
        study = load_study(str(town.write(folder, source=source)))
        town.shapes().to_frame("geometry").to_parquet(folder / "own.parquet")
        settings_ = Settings(folder / "cache", offline=True)
        layers = load_whole_layers(study, settings_)
        away = dataclasses.replace(study.villages[0], boundary="", lon=114.2, lat=22.6)
        elsewhere = load_whole_layers(dataclasses.replace(study, villages=(away,)), settings_)
        placed = load_whole_layers(dataclasses.replace(study, crs=""), settings_)
    for kind in KINDS:
        assert len(layers[kind]) >= (0 if own and kind != "buildings" else town.count(kind))
        assert not (own and kind != "buildings" and len(layers[kind]))
    assert layers["buildings"].area.sum() == pytest.approx(town.shapes().area.sum(), rel=0.005)
    same_layers(layers, elsewhere)
    same_layers(layers, placed)
    assert placed.crs.to_epsg() == GRID, "by the middle of the source"


@settings(max_examples=8)
@given(
    town=small_towns(), empty=st.integers(0, 2), twice=st.integers(0, 2), bow=st.integers(0, 2),
    fault=st.sampled_from(["", "swapped", "web"]),
)  # fmt: skip
def test_a_check_counts_what_is_wrong_in_a_file_and_then_in_each_village(
    town, empty, twice, bow, fault
):
    shapes = [*town.shapes()] or [shapely.box(430_000, 2_550_000, 430_009, 2_550_009)]
    x, y = 430_100.0, 2_550_100.0
    bows = [shapely.Polygon([(x + 20 * i, y), (x + 20 * i + 9, y + 9), (x + 20 * i + 9, y),
                             (x + 20 * i, y + 9)]) for i in range(bow)]  # fmt: skip
    rows = [*shapes, *bows, *[shapes[0]] * twice, *[shapely.Polygon()] * empty]
    frame = gpd.GeoDataFrame(geometry=rows, crs=GRID).to_crs(4326)
    if fault:
        frame = frame.to_crs(3857) if fault == "web" else frame.set_geometry(
            shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]))  # fmt: skip
        frame = frame.set_crs(4326, allow_override=True)
    source = 'osm = "town.osm"\nbuildings = "own.parquet"'
    with tempfile.TemporaryDirectory() as folder:
        path = town.write(Path(folder), source=source)
        frame.to_parquet(Path(folder) / "own.parquet")
        remarks = inspect_study(str(path), Settings(Path(folder) / "cache", offline=True))
    by_code = Counter(remark.code for remark in remarks)
    found = {r.code: r.data.get("count") for r in remarks if r.data.get("file") == "own.parquet"}
    assert found.get("empty_geometry", 0) == empty
    assert found.get("duplicate", 0) == twice
    assert found.get("invalid", 0) == bow
    assert all("\n" not in r.text and r.text for r in remarks)
    errors = [remark for remark in remarks if remark.level == "error"]
    if fault:
        assert len(errors) == 1
        assert "own.parquet" in errors[0].text
        assert "boundary" not in by_code, "nothing else is looked at"
        return
    assert errors == []
    assert by_code["boundary"] + by_code["outside"] == len(town.villages)
    for name, *_ in town.villages:
        own = {r.code: r for r in remarks if r.data.get("village") == name}
        if "outside" in own:
            continue
        assert ("no_streets" in own) != ("streets" in own)
        assert ("no_buildings" in own) != ("buildings" in own)


# --- measuring


def reordered(data, seed):
    """The same features in another order, under other numbers of rows."""
    rng = np.random.default_rng(seed)
    frames = {
        kind: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for kind, frame in data.layers.frames.items()
    }
    return changed_data(data, dataclasses.replace(data.layers, frames=frames), ring_m=RING_M)


def moved(data, east, north):
    """Everything so many whole metres away."""

    def there(shape):
        return shapely.transform(shape, lambda xy: xy + np.array([east, north]))

    frames = {
        kind: frame.set_geometry(there(frame.geometry.to_numpy()), crs=frame.crs)
        for kind, frame in data.layers.frames.items()
    }
    layers = Layers(data.layers.crs, frames, data.layers.provenance, there(data.layers.extent))
    villages = tuple(
        dataclasses.replace(
            v, boundary=there(v.boundary), layers=layers.within(there(v.boundary).buffer(RING_M))
        )
        for v in data.villages
    )
    return StudyData(layers, villages, data.notes, data.read_on)


def without(data, kind):
    frames = {k: frame for k, frame in data.layers.frames.items() if k != kind}
    layers = Layers(data.layers.crs, frames, data.layers.provenance, data.layers.extent)
    return changed_data(data, layers, ring_m=RING_M)


def told(result):
    """Value, bounds and grade by village and indicator."""
    return {
        (v.village.id, key): (i.value, i.low, i.high, i.grade)
        for v in result.villages
        for key, i in v.indicators.items()
    }


def same_values(one, other):
    assert one.keys() == other.keys()
    for key, (*numbers, grade) in one.items():
        *others, its_grade = other[key]
        assert grade == its_grade, key
        for number, its in zip(numbers, others, strict=True):
            assert (number is None) == (its is None), key
            assert number is None or number == pytest.approx(its, rel=1e-6, abs=1e-6), key


@settings(max_examples=3)
@given(
    town=small_towns(), seed=st.integers(0, 99), lost=st.sampled_from(["buildings", "pois"]),
    east=st.integers(-3000, 3000), north=st.integers(-3000, 3000),
)  # fmt: skip
def test_neither_order_nor_place_changes_a_value_and_what_is_not_mapped_has_none(
    town, seed, lost, east, north
):
    with tempfile.TemporaryDirectory() as folder:
        study, data = loaded(town, folder)
    result = measure_data(study, data)
    here = told(result)
    same_values(here, told(measure_data(study, moved(reordered(data, seed), east, north))))
    bare = measure_data(study, without(data, lost))
    for measured in [*result.villages, *bare.villages]:
        for key, found in measured.indicators.items():
            if found.value is None:
                assert str(found.reason), key
                assert found.reason.zh, key
            elif found.low is not None:
                assert found.low <= found.value <= found.high, key
    for measured in bare.villages:
        found = measured.indicators
        dry = {
            "buildings": ("building_coverage_ratio", "building_gap_median_m", "storeys_mean",
                          "served_van_share", "street_width_median_m"),
            "pois": ("clustered_share", "hdbscan_share", "main_street_share"),
        }[lost]  # fmt: skip
        assert {found[key].grade for key in dry} == {"NA"}


@settings(max_examples=2)
@given(town=small_towns(least_houses=2))
def test_a_run_is_written_whole_and_twice_the_same(town):
    with tempfile.TemporaryDirectory() as folder:
        study, data = loaded(town, folder)
        result = measure_data(study, data)
        outs = [Path(folder) / "one", Path(folder) / "another"]
        scores = [write_run(result, out) for out in outs]
        files = [
            {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
            for out in outs
        ]
        records = [json.loads(found.pop("manifest.json")) for found in files]
        digests = {entry["path"]: file_digest(outs[0] / entry["path"])
                   for entry in records[0]["files"]}  # fmt: skip
    assert scores[0] == scores[1]
    assert files[0].keys() == files[1].keys() == digests.keys()
    assert [name for name in files[0] if files[0][name] != files[1][name]] == []
    assert digests == {entry["path"]: entry["digest"] for entry in records[0]["files"]}
    for record in records:
        record.pop("created")
    assert records[0] == records[1]
    maps = {f"map-{v.id}.html" for v in data.villages if not v.outside}
    assert {name for name in files[0] if name.startswith("map-")} == maps
    table = files[0]["indicators.csv"].decode("utf-8-sig").splitlines()
    assert len(table) == 1 + sum(len(v.indicators) for v in result.villages)

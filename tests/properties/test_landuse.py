"""Land of any cut, any uses and any cells: nothing is lost, made, or said without ground."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import LineString, box
from support.form_villages import no_bound_is_crossed

from taobaogis.clusters.categories import categories
from taobaogis.geometry.grid import Grid
from taobaogis.indicators import Words
from taobaogis.landuse.classes import land_uses, use_of_place
from taobaogis.landuse.cover import cover_kinds, cover_of, disagreeing_cells, use_against_cover
from taobaogis.landuse.mix import shannon
from taobaogis.landuse.parcels import landuse_parcels
from taobaogis.landuse.raster_measures import no_raster, raster_indicators, zonal_columns
from taobaogis.landuse.shares import landuse_indicators, landuse_pieces
from taobaogis.landuse.tenure import TENURES, tenure_indicators, tenure_of, tenure_pieces
from taobaogis.landuse.whole import measure_landuse
from taobaogis.schema import conform, empty_layer
from taobaogis.study import VillageSpec
from taobaogis.village import Layers, Village

GRID = CRS.from_epsg(4547)
LAND = box(0, 0, 120, 90)
USES = [use for use in land_uses() if use != "unknown"]

corners = st.tuples(
    st.integers(-20, 110), st.integers(-20, 80), st.integers(1, 80), st.integers(1, 80)
)
mapped = st.lists(st.tuples(st.sampled_from(USES), corners), max_size=5)
lines = st.lists(
    st.tuples(st.integers(-10, 130), st.integers(-10, 100), st.integers(-10, 130),
              st.integers(-10, 100)).filter(lambda e: e[:2] != e[2:]),
    max_size=4,
)  # fmt: skip
cells = st.lists(st.sampled_from([10, 30, 40, 50, 60, 80, 255]), min_size=108, max_size=108)


def layer(kind, column, rows):
    frame = gpd.GeoDataFrame(
        {column: [r[0] for r in rows]}, geometry=[r[1] for r in rows], crs=GRID
    )
    return conform(frame, kind)


def areas(rows):
    return layer("landuse", "use", [(u, box(x, y, x + w, y + h)) for u, (x, y, w, h) in rows])


def streets(rows):
    drawn = [("residential", LineString([(a, b), (c, d)])) for a, b, c, d in rows]
    return layer("streets", "highway", drawn)


def grid(values):
    values = np.array(values).reshape(9, 12)
    return Grid(values, values != 255, 0.0, 90.0, 10.0, 10.0, GRID)


def village(frames, rasters=None, tenure=None):
    return Village(VillageSpec("v"), LAND, "drawn", is_circle=False, position_doubt_m=0,
                   layers=Layers(GRID, frames), rasters=rasters or {}, tenure=tenure)  # fmt: skip


@settings(max_examples=30)
@given(mapped, lines)
def test_parcels_share_out_all_land_and_all_uses(rows, drawn):
    pieces = landuse_pieces(areas(rows), empty_layer("buildings", GRID), LAND)
    parcels = landuse_parcels(pieces, streets(drawn), LAND)
    assert parcels["area_m2"].sum() == pytest.approx(LAND.area, abs=15)
    known = (parcels["known_share"] * parcels["area_m2"]).sum()
    assert known == pytest.approx(pieces.loc[pieces["use"] != "unknown", "area_m2"].sum(), abs=20)
    shares = parcels[[f"{use}_share" for use in USES]].sum(axis=1)
    assert shares[parcels["known_share"] > 1e-6].to_numpy() == pytest.approx(1.0)
    entropy = shannon(parcels[[f"{use}_share" for use in USES]].fillna(0).to_numpy())
    assert entropy == pytest.approx(parcels["shannon"].to_numpy(), nan_ok=True)


@settings(max_examples=15)
@given(mapped, st.sampled_from(["", "no data reach here"]))
def test_shares_of_land_are_sums_of_its_pieces_and_unknown_land_bounds_them(rows, outside):
    here = village({"landuse": areas(rows)})
    here = Village(**{**vars(here), "outside": Words(outside, outside)})
    pieces = landuse_pieces(here.layers["landuse"], here.layers["buildings"], LAND)
    found = {i.key: i for i in landuse_indicators(here, pieces)}
    known = pieces[pieces["use"] != "unknown"]
    if outside or known.empty:
        assert all(i.value is None and i.reason for i in found.values())
        return
    assert no_bound_is_crossed(found.values())
    known_share = known["area_m2"].sum() / pieces["area_m2"].sum()
    assert found["landuse_known_share"].value == pytest.approx(known_share)
    told = [i for key, i in found.items() if key != "landuse_known_share"]
    assert sum(i.value for i in told if i.value is not None) <= 1 + 1e-9
    homes = found["residential_share"]
    if homes.value is None:
        return
    m2 = known.loc[known["use"] == "residential", "area_m2"].sum()
    assert homes.value == pytest.approx(m2 / known["area_m2"].sum())
    unknown_share = 1 - known_share
    low, high = homes.low, homes.high
    if low is not None:
        assert high - low == pytest.approx(unknown_share, abs=1e-9)
        assert low == pytest.approx(homes.value * known_share)


@settings(max_examples=30)
@given(mapped, cells)
def test_the_table_and_the_map_of_disagreement_tell_the_same_ground(rows, values):
    pieces = landuse_pieces(areas(rows), empty_layer("buildings", GRID), LAND)
    cover = cover_of(grid(values))
    table = use_against_cover(pieces, cover)
    known_m2 = 100.0 * grid(values).valid.sum()
    assert table["area_m2"].sum() == pytest.approx(known_m2, rel=1e-3, abs=20)
    against = disagreeing_cells(pieces, cover)
    told = {(row.use, row.cover) for row in table.itertuples() if not row.agrees}
    assert set(zip(against["use"], against["cover"], strict=True)) <= told
    assert against["area_m2"].sum() <= LAND.area + 1e-6
    assert set(against["cover"]) <= set(cover_kinds())


@settings(max_examples=25)
@given(cells, lines, st.sampled_from(["population", "built", "height", "elevation"]))
def test_zones_of_a_raster_are_within_its_values_and_people_are_conserved(values, drawn, key):
    pieces = landuse_pieces(empty_layer("landuse", GRID), empty_layer("buildings", GRID), LAND)
    parcels = landuse_parcels(pieces, streets(drawn), LAND)
    here = village({}, {key: grid(values)})
    column = zonal_columns(parcels, here).iloc[:, 0].dropna()
    valid = np.array(values)[np.array(values) != 255]
    if key == "population":
        assert column.sum() == pytest.approx(valid.sum(), rel=1e-3)
    elif key == "built":
        assert column.between(0, 1 + 1e-6).all()
    elif len(column):
        assert column.between(valid.min() - 1e-3, valid.max() + 1e-3).all()
    assert f"[raster] {key}" in no_raster(key).zh
    told = [i for i in raster_indicators(here) if "[raster]" not in i.reason]
    for indicator in told:
        empty = key == "height" and not (valid > 0).any()
        assert (indicator.value is None) == (len(valid) < 54 or empty)
    assert len(told) == (2 if key == "population" else 1)


@settings(max_examples=15)
@given(mapped, lines, cells)
def test_the_land_of_any_village_is_measured_or_says_why_not(rows, drawn, values):
    frames = {"landuse": areas(rows), "streets": streets(drawn)}
    found = measure_landuse(village(frames, {"landcover": grid(values)}))
    assert {"landuse", "parcels", "cover_disagreement"} == set(found.layers)
    for indicator in found.indicators:
        assert (indicator.value is None) == (indicator.grade == "NA")
        if indicator.definition.unit == "share" and indicator.value is not None:
            assert 0 <= indicator.value <= 1 + 1e-9


@given(st.text(max_size=10) | st.sampled_from([w for words in TENURES.values() for w in words]))
def test_any_word_is_a_tenure_or_none(word):
    kind = tenure_of(word)
    assert kind in {"", *TENURES}
    if kind:
        whole = gpd.GeoDataFrame({"tenure": [kind]}, geometry=[LAND], crs=GRID)
        (share,) = tenure_indicators(village({}, tenure=whole))
        assert share.value == (kind == "collective")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*TENURES, ""]),
            st.floats(-60, 160), st.floats(-60, 160), st.floats(1, 90), st.floats(1, 90),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_land_of_a_tenure_lies_in_the_village_and_counts_once(rows):
    outlines = [box(x, y, x + wide, y + high) for _, x, y, wide, high in rows]
    told = gpd.GeoDataFrame({"tenure": [r[0] for r in rows]}, geometry=outlines, crs=GRID)
    pieces = tenure_pieces(village({}, tenure=told))
    again = tenure_pieces(village({}, tenure=told.iloc[::-1]))
    assert pieces["tenure"].tolist() == [k for k in TENURES if k in set(pieces["tenure"])]
    assert pieces["area_m2"].tolist() == pytest.approx(again["area_m2"].tolist())
    for kind in TENURES:
        own = told.geometry[told["tenure"] == kind]
        expected = own.union_all().intersection(LAND).area if len(own) else 0.0
        found = pieces.loc[pieces["tenure"] == kind, "area_m2"].sum()
        assert found == pytest.approx(expected, abs=1e-6)
    assert (pieces["area_m2"] > 0).all()
    assert tenure_pieces(village({})).empty


@given(st.text(max_size=12) | st.sampled_from(list(categories())))
def test_any_place_tells_a_use_or_nothing(category):
    use = use_of_place(category)
    assert use in {"", *land_uses()}
    assert use != "unknown"
    if category not in categories():
        assert not use

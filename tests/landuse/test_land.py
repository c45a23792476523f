"""Parcels, mix, tenure, and what rasters say, on land whose truth is known."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import LineString, Point, box

from taobaogis.errors import CRSError, InputError, StudyError
from taobaogis.geometry.grid import Grid
from taobaogis.landuse.classes import land_uses, use_of_place
from taobaogis.landuse.cover import cover_kinds, cover_of, disagreeing_cells, use_against_cover
from taobaogis.landuse.mix import hill_number, shannon
from taobaogis.landuse.parcels import landuse_parcels
from taobaogis.landuse.raster_measures import raster_indicators, zonal_columns
from taobaogis.landuse.shares import landuse_pieces
from taobaogis.landuse.tenure import tenure_indicators
from taobaogis.landuse.whole import measure_landuse
from taobaogis.loaders.tenure import with_tenure
from taobaogis.provenance import Provenance
from taobaogis.schema import conform, empty_layer
from taobaogis.study import VillageSpec, parse_study
from taobaogis.village import Layers, Village

GRID = CRS.from_epsg(4547)
HECTARE = box(0, 0, 100, 100)


def layer(kind, column, *rows):
    frame = gpd.GeoDataFrame({column: [r[0] for r in rows]}, geometry=[r[1] for r in rows],
                             crs=GRID)  # fmt: skip
    return conform(frame, kind)


def village(frames=None, rasters=None, tenure=None, spec=None):
    layers = Layers(GRID, frames or {}, {"landuse": Provenance("city.osm.pbf")})
    return Village(spec or VillageSpec("v"), HECTARE, "drawn", is_circle=False,
                   position_doubt_m=0, layers=layers, rasters=rasters or {},
                   tenure=tenure)  # fmt: skip


def grid(values, cell=10.0, west=0.0, north=100.0, crs=GRID, nodata=None):
    values = np.asarray(values)
    valid = np.ones(values.shape, bool) if nodata is None else values != nodata
    return Grid(values, valid, west, north, cell, cell, crs)


HALVES = layer("landuse", "use", ("residential", box(0, 0, 100, 50)),
               ("commercial", box(0, 50, 40, 100)))  # fmt: skip
NO_HOUSES = empty_layer("buildings", GRID)


def halves():
    return landuse_pieces(HALVES, NO_HOUSES, HECTARE)


# --- mix


@given(st.lists(st.just(0.0) | st.floats(1e-2, 1e4), min_size=1, max_size=8), st.floats(0.1, 9))
def test_hill_numbers_fall_with_their_order_and_do_not_care_for_units(amounts, scale):
    found = np.array(amounts)
    if found.sum() == 0:
        assert np.isnan(hill_number(found, order=0))
        return
    q0, q1, q2 = (float(hill_number(found, order=q)) for q in (0, 1, 2))
    assert q0 == (found > 0).sum()
    assert 1 - 1e-9 <= q2 <= q1 + 1e-9 <= q0 + 2e-9
    assert hill_number(found * scale, order=2) == pytest.approx(q2)


def test_hill_numbers_by_hand():
    even = np.full(4, 2.5)
    assert [float(hill_number(even, order=q)) for q in (0, 1, 2)] == pytest.approx([4, 4, 4])
    skew = np.array([0.5, 0.25, 0.25])
    assert shannon(skew) == pytest.approx(1.5 * np.log(2))
    assert hill_number(skew, order=2) == pytest.approx(1 / 0.375)


# --- parcels


def test_parcels_know_their_main_use_its_share_and_what_is_not_known():
    street = layer("streets", "highway", ("residential", LineString([(50, -5), (50, 105)])))
    found = landuse_parcels(halves(), street, HECTARE)
    west, east = found.iloc[0], found.iloc[1]
    assert (west["use"], east["use"]) == ("residential", "residential")
    assert west["known_share"] == pytest.approx(0.9)
    assert east["known_share"] == pytest.approx(0.5)
    assert west["commercial_share"] == pytest.approx(2000 / 4500)
    assert west["hill_q2"] == pytest.approx(1 / ((4 / 9) ** 2 + (5 / 9) ** 2))
    assert east["hill_q1"] == pytest.approx(1)
    assert found["area_m2"].sum() == pytest.approx(1e4)


def test_a_parcel_of_which_little_is_known_is_unknown_not_what_the_little_is():
    cross = layer("streets", "highway", ("residential", LineString([(-5, 50), (105, 50)])))
    found = landuse_parcels(halves(), cross, HECTARE)
    north = found.iloc[1]
    assert north["known_share"] == pytest.approx(0.4)
    thin = landuse_pieces(
        layer("landuse", "use", ("public", box(0, 0, 20, 100))), NO_HOUSES, HECTARE
    )
    alone = landuse_parcels(thin, empty_layer("streets", GRID), HECTARE).iloc[0]
    assert (alone["use"], alone["known_share"]) == ("unknown", pytest.approx(0.2))
    nothing = landuse_pieces(empty_layer("landuse", GRID), NO_HOUSES, HECTARE)
    blank = landuse_parcels(nothing, empty_layer("streets", GRID), HECTARE).iloc[0]
    assert blank["use"] == "unknown"
    assert np.isnan(blank["hill_q1"])


def test_a_house_without_a_use_tells_it_by_the_places_in_it_and_a_known_one_does_not():
    houses = layer("buildings", "building", ("yes", box(0, 0, 10, 10)),
                   ("residential", box(20, 0, 30, 10)))  # fmt: skip
    places = layer("pois", "category", ("retail", Point(5, 5)), ("food", Point(6, 6)),
                   ("workshop", Point(4, 4)), ("retail", Point(25, 5)))  # fmt: skip
    pieces = landuse_pieces(empty_layer("landuse", GRID), houses, HECTARE, places=places)
    area = pieces.groupby(["use", "origin"])["area_m2"].sum()
    assert area["commercial", "place"] == pytest.approx(100)
    assert area["residential", "building"] == pytest.approx(100)
    assert use_of_place("nonsense") == ""
    assert all(use_of_place(kind) in {"", *land_uses()} for kind in ("retail", "express"))
    found = {i.key: i for i in measure_landuse(village({"buildings": houses, "pois": places}))
             .indicators}  # fmt: skip
    assert found["house_with_place_share"].value == 1.0


# --- tenure


def test_tenure_of_the_study_is_a_share_and_a_column(tmp_path):
    outlines = gpd.GeoDataFrame(
        {"tenure": ["集体", "State", None]},
        geometry=[box(0, 0, 100, 60), box(0, 60, 100, 80), box(0, 80, 1, 81)], crs=GRID,
    )  # fmt: skip
    outlines.to_crs(4326).to_file(tmp_path / "tenure.geojson")
    text = "[[village]]\nid='v'\nlon=114\nlat=22\nland_tenure='{}'\n"
    study = parse_study(text.format("tenure.geojson"), folder=tmp_path)
    (mine,) = with_tenure(study, [village(spec=study.villages[0])])
    (share,) = tenure_indicators(mine)
    assert share.value == pytest.approx(0.75, abs=1e-3)
    assert (share.low, share.high) == (pytest.approx(0.6, abs=1e-3), pytest.approx(0.8, abs=1e-3))
    street = layer("streets", "highway", ("residential", LineString([(-5, 60), (105, 60)])))
    parcels = landuse_parcels(halves(), street, HECTARE, tenure=mine.tenure)
    assert parcels["tenure"].tolist() == ["collective", "state"]
    assert mine.layers.source("tenure") == "tenure.geojson"
    pieces = measure_landuse(mine).layers["tenure"]
    assert pieces["tenure"].tolist() == ["collective", "state"]
    assert pieces["area_m2"].tolist() == pytest.approx([6000, 2000], abs=10)
    assert "tenure" not in measure_landuse(village()).layers

    whole = parse_study(text.format("国有"), folder=tmp_path)
    (state,) = with_tenure(whole, [village(spec=whole.villages[0])])
    assert tenure_indicators(state)[0].value == 0
    assert "whose land" in tenure_indicators(village())[0].reason


@pytest.mark.parametrize(
    ("told", "words"),
    [("leased", "neither 'collective' nor 'state'"), ("none.geojson", "column 'tenure'"),
     ("odd.geojson", "'rented' in the column tenure")],
)  # fmt: skip
def test_a_tenure_that_cannot_be_meant_is_refused(tmp_path, told, words):
    frame = gpd.GeoDataFrame({"tenure": ["rented"]}, geometry=[HECTARE], crs=GRID).to_crs(4326)
    frame.to_file(tmp_path / "odd.geojson")
    frame.drop(columns="tenure").to_file(tmp_path / "none.geojson")
    study = parse_study(f"[[village]]\nid='v'\nlon=114\nlat=22\nland_tenure='{told}'\n",
                        folder=tmp_path)  # fmt: skip
    with pytest.raises(StudyError, match=words):
        with_tenure(study, [village(spec=study.villages[0])])


@settings(max_examples=8)
@given(split=st.integers(5, 95))
def test_tenure_shares_follow_the_outlines(tmp_path_factory, split):
    folder = tmp_path_factory.mktemp("tenure")
    gpd.GeoDataFrame({"tenure": ["collective", "state"]},
                     geometry=[box(0, 0, split, 100), box(split, 0, 100, 100)],
                     crs=GRID).to_crs(4326).to_file(folder / "t.gpkg")  # fmt: skip
    study = parse_study("[[village]]\nid='v'\nlon=114\nlat=22\nland_tenure='t.gpkg'\n",
                        folder=folder)  # fmt: skip
    (mine,) = with_tenure(study, [village(spec=study.villages[0])])
    assert tenure_indicators(mine)[0].value == pytest.approx(split / 100, abs=1e-3)


# --- rasters


def test_classes_of_worldcover_and_clcd_are_told_by_their_numbers():
    world, china = cover_of(grid([[50, 10], [80, 40]])), cover_of(grid([[8, 2], [5, 1]]))
    assert (world.scheme, china.scheme) == ("worldcover", "clcd")
    assert world.kind.tolist() == china.kind.tolist()
    kinds = list(cover_kinds())
    assert [kinds[i] for i in world.kind.ravel()] == ["built", "green", "water", "crops"]
    assert cover_of(grid([[0, 50]])).kind.tolist() == [[-1, 0]], "0 is no class"
    with pytest.raises(InputError, match="holds the classes 50, 51"):
        cover_of(grid([[50, 51]]))


def test_where_raster_and_map_disagree_is_told_in_hectares_and_on_the_map():
    cells = np.full((10, 10), 50)
    cells[8:, :] = 10  # trees over 20 m of the residential south
    cover = cover_of(grid(cells))
    table = use_against_cover(halves(), cover).set_index(["use", "cover"])
    assert table.loc[("residential", "green"), "area_m2"] == pytest.approx(2000)
    assert not table.loc[("residential", "green"), "agrees"]
    assert table.loc[("commercial", "built"), "agrees"]
    assert table["area_m2"].sum() == pytest.approx(1e4)
    against = disagreeing_cells(halves(), cover)
    assert against[["use", "cover"]].to_numpy().tolist() == [["residential", "green"]]
    assert against["area_m2"].sum() == pytest.approx(2000)
    assert against.union_all().equals(box(0, 0, 100, 20))
    found = measure_landuse(village({"landuse": HALVES}, {"landcover": grid(cells)}))
    agreement = next(i for i in found.indicators if i.key == "landcover_agreement_share")
    assert agreement.value == pytest.approx(5000 / 7000)
    assert found.layers["cover_disagreement"]["area_m2"].sum() == pytest.approx(2000)
    assert "cover_green_share" in found.layers["parcels"]


def test_people_built_height_and_relief_by_hand():
    people = grid(np.full((10, 10), 3.0))
    built = grid(np.full((1, 1), 4000.0), cell=100)
    heights = np.zeros((10, 10))
    heights[:5] = 12.0
    slope = grid(np.repeat(np.arange(10.0)[:, None], 10, axis=1))
    rasters = {"population": people, "built": built, "height": grid(heights), "elevation": slope}
    found = {i.key: i for i in raster_indicators(village(rasters=rasters))}
    assert "[raster] height" in raster_indicators(village())[3].reason
    assert found["population_count"].value == pytest.approx(300)
    assert found["population_per_ha"].value == pytest.approx(300)
    assert found["built_raster_share"].value == pytest.approx(0.4)
    assert found["built_raster_share"].grade == "C", "a single cell"
    assert found["height_raster_m"].value == pytest.approx(12), "of the cells with buildings"
    assert found["ground_relief_m"].value == pytest.approx(9)
    quarters = gpd.GeoDataFrame(geometry=[box(0, 0, 50, 50), box(0, 50, 5, 55)], crs=GRID)
    columns = zonal_columns(quarters, village(rasters=rasters))
    assert columns["population"].tolist() == pytest.approx([75, 0.75])
    assert columns["built_raster_share"].tolist() == pytest.approx([0.4, 0.4])
    assert np.isnan(columns["height_raster_m"][0])
    assert columns["height_raster_m"][1] == pytest.approx(12)


def test_a_raster_that_knows_little_of_the_village_gives_nothing_and_says_why():
    holes = np.full((10, 10), 3.0)
    holes[:6] = -1
    found = raster_indicators(village(rasters={"population": grid(holes, nodata=-1)}))
    assert [i.value for i in found[:2]] == [None, None]
    assert "only 40%" in found[0].reason
    part = np.full((10, 10), 3.0)
    part[:4] = -1
    people = raster_indicators(village(rasters={"population": grid(part, nodata=-1)}))[0]
    assert people.value == pytest.approx(300), "cells without data are as dense as the rest"


def test_a_raster_in_degrees_gives_what_one_in_metres_gives():
    frame = gpd.GeoSeries([HECTARE.buffer(50)], crs=GRID).to_crs(4326).total_bounds
    west, south, east, north = frame
    cells = np.full((40, 40), 2.0)
    degrees = Grid(cells, np.ones((40, 40), bool), west, north, (east - west) / 40,
                   (north - south) / 40, CRS.from_epsg(4326))  # fmt: skip
    found = raster_indicators(village(rasters={"population": degrees}))[0]
    assert found.value == pytest.approx(3200 * 1e4 / 200**2, rel=0.02)


def test_land_of_a_village_that_nothing_reaches_is_na_throughout():
    nowhere = dataclasses.replace(village(), outside="v lies outside")
    found = measure_landuse(nowhere)
    assert all(i.grade == "NA" for i in found.indicators)


def test_layers_in_degrees_are_refused():
    with pytest.raises(CRSError):
        landuse_parcels(halves(), empty_layer("streets", GRID).to_crs(4326), HECTARE)

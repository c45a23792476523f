"""Every measure of single houses on the footprints of a whole city, as mappers drew them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS

from taobaogis.form import shape
from taobaogis.form.buildings import storeys
from taobaogis.form.gaps import building_gaps
from taobaogis.form.merged import merged_footprints
from taobaogis.form.orientation import neighbour_turn_deg
from taobaogis.form.pairs import close_pairs, fire_columns, joined_columns
from taobaogis.form.pattern import frontages
from taobaogis.loaders.vector import read_layer

pytestmark = pytest.mark.shared_data
COUNT, TWICE = 109_050, 8


@pytest.fixture(scope="module")
def city(shared_data):
    return read_layer(shared_data / "shenzhen-buildings.parquet", "buildings", CRS.from_epsg(4547))


@pytest.fixture(scope="module")
def houses(city):
    return city[0]


def test_every_footprint_of_the_city_is_read_and_the_invalid_ones_are_counted(city):
    houses, origin = city
    assert len(houses) == COUNT - TWICE
    assert f"{TWICE} buildings that stand twice left out" in origin.note
    assert houses.geometry.is_valid.all()
    assert "4 outlines that cross themselves mended" in origin.note


def test_every_house_of_the_city_has_a_size_a_shape_and_a_front(houses):
    columns = [getattr(shape, name)(houses) for name in shape.__all__]
    assert all(column.notna().all() for column in columns)
    ratios = [c for c in columns if c.name in {"elongation_ratio", "convexity_ratio"}]
    assert all(c.between(0, 1 + 1e-6).all() for c in ratios)
    assert frontages(houses).gt(0).all(axis=None)
    assert storeys(houses)["levels"].gt(0).all()


def test_pairs_of_the_city_are_below_the_distance_and_its_groups_add_up(houses):
    pairs = close_pairs(houses, closer_than_m=6)
    assert len(pairs) > 50_000
    assert (pairs["joined"] | (pairs["distance_m"] < 6)).all()
    joined = joined_columns(pairs, houses.index)
    grouped = joined.loc[joined["joined_group"] > 0].groupby("joined_group")["joined_houses"]
    assert (grouped.size() == grouped.first()).all()
    fire = fire_columns(pairs, houses.index, houses["osm_id"], separation_m=6)
    assert fire["fire_neighbours"].sum() == 2 * (~pairs["joined"]).sum()


def test_few_footprints_of_a_city_are_suspected_to_be_several_houses(houses):
    merged = merged_footprints(houses)
    assert 0.0005 < merged["merged_suspect"].mean() < 0.005
    assert houses.area[merged["merged_suspect"]].min() > 300


def test_gaps_and_turns_of_a_district_are_within_their_range(houses):
    # A square around the middle of the city; these measures see one neighbourhood at a time.
    east, north = shapely.get_coordinates(shapely.centroid(houses.geometry.to_numpy())).T
    middle = np.median(east), np.median(north)
    near = houses[(abs(east - middle[0]) < 4_000) & (abs(north - middle[1]) < 4_000)]
    near = gpd.GeoDataFrame(near)
    assert len(near) > 1_000
    gaps = building_gaps(near)
    assert gaps["gap_m"].dropna().between(0, 15).all()
    assert gaps["facing_share"].between(0, 1 + 1e-9).all()
    assert neighbour_turn_deg(near).dropna().between(0, 45).all()

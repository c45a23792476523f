"""Villages are found by how their houses stand, whatever they are called."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import box

from taobaogis.errors import CRSError
from taobaogis.loaders.osm import read_osm_file
from taobaogis.screening.candidates import LIKELY, screen_villages
from taobaogis.screening.criteria import limits, reasons

AT = np.array([430_000.0, 2_550_000.0])


def houses(columns, rows, *, size=10.0, lane=2.0, at=(0.0, 0.0)):
    pitch = size + lane
    return [
        box(
            at[0] + pitch * i, at[1] + pitch * j, at[0] + pitch * i + size, at[1] + pitch * j + size
        )
        for i in range(columns)
        for j in range(rows)
    ]


def layer(shapes, move=AT):
    return gpd.GeoSeries(shapely.transform(np.array(shapes), lambda xy: xy + move), crs=4547)


VILLAGE = houses(8, 8)
BLOCKS = [box(300 + 40 * i, 90 * j, 315 + 40 * i, 90 * j + 60) for i in range(8) for j in range(4)]
VILLAS = houses(8, 8, size=11, lane=9, at=(0, 400))
GREAT = houses(8, 8, size=22, lane=3, at=(400, 600))


def test_a_village_is_found_among_blocks_villas_and_great_houses():
    found = screen_villages(layer([*VILLAGE, *BLOCKS, *VILLAS, *GREAT]))
    assert found[["id", "n_houses"]].to_numpy().tolist() == [["candidate-001", 64]]
    assert found["score"].iloc[0] > LIKELY
    ground = found.geometry.iloc[0]
    assert ground.contains(shapely.union_all(layer(VILLAGE).to_numpy()))
    assert ground.area < layer(VILLAGE).union_all().convex_hull.buffer(15).area


def test_too_few_houses_are_no_village():
    assert screen_villages(layer(houses(4, 4))).empty


def test_no_buildings_give_no_candidates_with_all_columns():
    found = screen_villages(gpd.GeoSeries([], crs=4547))
    assert found.empty
    assert {"score", "reasons_zh", "geometry"} <= set(found.columns)


def test_degrees_are_refused():
    with pytest.raises(CRSError):
        screen_villages(gpd.GeoSeries([box(113, 22, 114, 23)], crs=4326))


def test_a_settlement_wider_than_a_walk_is_parted_without_gap_or_overlap():
    whole = houses(60, 12)
    found = screen_villages(layer(whole))
    assert len(found) >= 2
    assert found["settlement"].nunique() == 1
    assert found["n_houses"].sum() == len(whole)
    grounds = found.geometry.to_numpy()
    together = shapely.union_all(grounds)
    assert shapely.area(grounds).sum() == pytest.approx(together.area, rel=1e-6)
    assert all(shapely.minimum_bounding_radius(grounds) < limits().walk_m + 50)


def test_two_settlements_farther_apart_than_a_street_are_two():
    found = screen_villages(layer([*VILLAGE, *houses(8, 8, at=(150, 0))]))
    assert found["settlement"].nunique() == 2


def test_houses_off_the_streets_are_told_where_streets_are_mapped():
    buildings = layer(VILLAGE)
    around = buildings.union_all().envelope.buffer(6).exterior
    streets = gpd.GeoDataFrame({"highway": ["residential"]}, geometry=[around], crs=4547)
    found = screen_villages(buildings, streets)
    # Two rows all round stand within ten metres of the ring: the outer one only.
    assert found["off_street_share"].iloc[0] == pytest.approx(36 / 64)
    assert "no street for cars" in found["reasons_en"].iloc[0]
    assert "机动车道" in found["reasons_zh"].iloc[0]
    assert screen_villages(buildings)["off_street_share"].isna().all()
    footway = streets.assign(highway="footway")
    assert screen_villages(buildings, footway)["off_street_share"].isna().all()


@settings(max_examples=8)
@given(
    seed=st.integers(0, 1000),
    move=st.tuples(st.integers(-9000, 9000), st.integers(-9000, 9000)),
)
def test_neither_order_nor_place_matters(seed, move):
    shapes = np.array([*VILLAGE, *BLOCKS], dtype=object)
    shuffled = np.random.default_rng(seed).permutation(shapes)
    one, other = screen_villages(layer(shapes)), screen_villages(layer(shuffled, AT + move))
    columns = [c for c in one if c not in {"geometry", "reasons_en", "reasons_zh", "id"}]
    np.testing.assert_allclose(
        one[columns].to_numpy(float), other[columns].to_numpy(float), rtol=1e-6, atol=1e-6
    )
    back = shapely.transform(other.geometry.iloc[0], lambda xy: xy - move)
    assert one.geometry.iloc[0].symmetric_difference(back).area < 1e-3


def test_each_reason_scores_between_its_ends():
    for reason in reasons():
        assert reason.bad != reason.good
        middle = (reason.bad + reason.good) / 2
        scores = reason.score(gpd.pd.Series([reason.bad, middle, reason.good]))
        np.testing.assert_allclose(scores, [0, 0.5, 1])
        assert reason.words(middle).zh


@pytest.mark.shared_data
@pytest.mark.parametrize("with_streets", [True, False])
def test_the_villages_of_futian_are_found_and_no_estate(shared_data, with_streets):
    layers = read_osm_file(shared_data / "futian.osm.pbf", CRS.from_epsg(4547))
    known = gpd.read_file(shared_data / "futian-villages.geojson").to_crs(4547)
    streets = layers["streets"] if with_streets else None
    found = screen_villages(layers["buildings"], streets).geometry.to_numpy()
    for village in known.geometry:
        overlap = shapely.area(shapely.intersection(found, village))
        assert (overlap / shapely.area(shapely.union(found, village))).max() >= 0.6
    estates = [c for c in found if not known.intersects(c).any()]
    assert len(estates) <= 1

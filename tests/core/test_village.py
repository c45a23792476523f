import geopandas as gpd
import pytest
from pyproj import CRS
from shapely.geometry import LineString, Point, box

from taobaogis.errors import CRSError
from taobaogis.provenance import Provenance
from taobaogis.schema import LAYERS, conform
from taobaogis.study import VillageSpec
from taobaogis.village import Layers, Village

CRS_4547 = CRS.from_epsg(4547)


def layers():
    houses = gpd.GeoDataFrame(
        geometry=[
            box(0, 0, 10, 10),
            box(95, 0, 107, 10),
            box(94, 20, 104, 30),
            box(500, 0, 510, 9),
        ],
        crs=CRS_4547,
    )
    lane = gpd.GeoDataFrame(geometry=[LineString([(50, 5), (200, 5)])], crs=CRS_4547)
    frames = {"buildings": conform(houses, "buildings"), "streets": conform(lane, "streets")}
    return Layers(CRS_4547, frames, {"buildings": Provenance("f.pbf", as_of="2026")})


def village():
    return Village(VillageSpec("a"), box(0, 0, 100, 100), "drawn", is_circle=False,
                   position_doubt_m=0.0, layers=layers())  # fmt: skip


def test_every_kind_is_there_even_if_no_source_has_it():
    assert set(layers().frames) == set(LAYERS)
    assert layers()["stops"].empty


def test_a_layer_in_another_crs_is_refused():
    frames = {"buildings": layers()["buildings"].to_crs(32649)}
    with pytest.raises(CRSError, match="`buildings` is in"):
        Layers(CRS_4547, frames)


def test_a_house_on_the_border_belongs_to_where_its_middle_lies():
    assert village().inside("buildings").index.tolist() == [0, 2]


def test_a_street_belongs_to_every_village_it_enters():
    assert len(village().inside("streets")) == 1


def test_features_near_an_area_keep_their_index_and_shape():
    near = layers().within(box(480, 0, 600, 50))
    assert near["buildings"].index.tolist() == [3]
    assert near["streets"].empty


def test_the_source_is_named_with_its_date():
    assert layers().source("buildings") == "f.pbf (2026)"
    assert layers().source("stops") == ""


def test_the_area_is_given_in_hectares():
    assert village().area_ha == pytest.approx(1.0)


def test_an_empty_layer_has_nothing_inside():
    assert village().inside("pois").empty
    assert Point(0, 0).within(village().boundary) is False

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely import affinity
from shapely.geometry import Polygon, box

from taobaogis.errors import CRSError
from taobaogis.landuse.classes import land_uses, use_of, use_of_building
from taobaogis.landuse.shares import landuse_indicators, landuse_pieces
from taobaogis.provenance import Provenance
from taobaogis.schema import conform, empty_layer
from taobaogis.study import VillageSpec
from taobaogis.village import Layers, Village

GRID = CRS.from_epsg(4547)
HECTARE = box(0, 0, 100, 100)


def areas(*rows):
    return conform(
        gpd.GeoDataFrame({"use": [r[0] for r in rows]}, geometry=[r[1] for r in rows], crs=GRID),
        "landuse",
    )


def houses(*rows):
    frame = gpd.GeoDataFrame(
        {"building": [r[0] for r in rows]}, geometry=[r[1] for r in rows], crs=GRID
    )
    return conform(frame, "buildings")


NO_AREAS, NO_HOUSES = empty_layer("landuse", GRID), empty_layer("buildings", GRID)


def by_use(pieces):
    return pieces.groupby("use")["area_m2"].sum().to_dict()


def test_a_school_inside_a_residential_area_counts_as_school():
    pieces = landuse_pieces(
        areas(("residential", box(0, 0, 100, 60)), ("public", box(10, 10, 30, 30))),
        NO_HOUSES, HECTARE,
    )  # fmt: skip
    assert by_use(pieces) == pytest.approx({"residential": 5600, "public": 400, "unknown": 4000})


def test_houses_of_a_known_use_fill_in_only_where_no_area_is_mapped():
    pieces = landuse_pieces(
        areas(("residential", box(0, 0, 50, 100))),
        houses(("retail", box(40, 0, 60, 10)), ("yes", box(70, 0, 80, 10))),
        HECTARE,
    )
    assert by_use(pieces) == pytest.approx(
        {"residential": 5000, "commercial": 100, "unknown": 4900}
    )
    assert set(pieces.loc[pieces["use"] == "commercial", "origin"]) == {"building"}


rectangles = st.tuples(
    st.sampled_from([u for u in land_uses() if u != "unknown"]),
    st.tuples(st.integers(-20, 90), st.integers(-20, 90), st.integers(1, 80), st.integers(1, 80)),
)


@given(rows=st.lists(rectangles, max_size=8), turn=st.floats(0, 90))
def test_pieces_never_overlap_and_always_fill_the_village_however_it_is_turned(rows, turn):
    drawn = [(use, box(x, y, x + w, y + h)) for use, (x, y, w, h) in rows]
    turned = [(use, affinity.rotate(g, turn, origin=(0, 0))) for use, g in drawn]
    straight = landuse_pieces(areas(*drawn), NO_HOUSES, HECTARE)
    pieces = landuse_pieces(
        areas(*turned), NO_HOUSES, affinity.rotate(HECTARE, turn, origin=(0, 0))
    )
    assert pieces["area_m2"].sum() == pytest.approx(1e4, abs=8)
    for use, area_m2 in by_use(straight).items():
        assert by_use(pieces).get(use, 0) == pytest.approx(area_m2, abs=4)


def test_an_unmapped_village_is_unknown_not_zero():
    pieces = landuse_pieces(NO_AREAS, NO_HOUSES, HECTARE)
    assert by_use(pieces) == {"unknown": pytest.approx(1e4)}


def test_layers_in_degrees_are_refused():
    with pytest.raises(CRSError, match="`landuse`"):
        landuse_pieces(NO_AREAS.to_crs(4326), NO_HOUSES, HECTARE)


def village(boundary: Polygon = HECTARE, outside=""):
    layers = Layers(GRID, {}, {"landuse": Provenance("city.osm.pbf")})
    return Village(VillageSpec("v"), boundary, "drawn", is_circle=False, position_doubt_m=0,
                   layers=layers, outside=outside)  # fmt: skip


def test_shares_are_of_the_known_land_and_their_bounds_of_all_land():
    pieces = landuse_pieces(
        areas(("residential", box(0, 0, 100, 40)), ("industrial", box(0, 40, 100, 50))),
        NO_HOUSES, HECTARE,
    )  # fmt: skip
    found = {i.key: i for i in landuse_indicators(village(), pieces)}
    assert found["landuse_known_share"].value == pytest.approx(0.5)
    share = found["residential_share"]
    assert (share.value, share.low, share.high) == pytest.approx((0.8, 0.4, 0.9))
    assert found["commercial_share"].value == 0
    assert share.source == "city.osm.pbf"


def test_too_little_known_land_gives_no_shares_and_says_how_little():
    pieces = landuse_pieces(areas(("residential", box(0, 0, 100, 10))), NO_HOUSES, HECTARE)
    share = next(i for i in landuse_indicators(village(), pieces) if i.key == "residential_share")
    assert share.value is None
    assert "only 10%" in share.reason


def test_nothing_mapped_is_na_with_a_reason():
    for indicator in landuse_indicators(village(), landuse_pieces(NO_AREAS, NO_HOUSES, HECTARE)):
        assert indicator.grade == "NA"
        assert "mapped" in indicator.reason


def test_a_village_outside_the_data_says_so():
    pieces = landuse_pieces(NO_AREAS, NO_HOUSES, HECTARE)
    for indicator in landuse_indicators(village(outside="v lies 9 km outside x"), pieces):
        assert indicator.reason == "v lies 9 km outside x"


def test_the_key_landuse_goes_before_all_others():
    assert use_of({"leisure": "park", "landuse": "retail"}) == ("commercial", "landuse=retail")
    assert use_of({"leisure": "park"}) == ("green", "leisure=park")
    assert use_of({"highway": "residential"}) == ("", "")


def test_a_building_without_a_telling_tag_has_no_use():
    assert use_of_building("yes") == ""
    assert use_of_building("dormitory") == "residential"


def test_every_class_has_both_names_and_a_colour():
    for use in land_uses().values():
        assert use.name_en
        assert use.name_zh
        assert use.colour.startswith("#")
    assert list(land_uses())[-1] == "unknown"

import dataclasses

import pytest
from pyproj import CRS
from shapely.geometry import LineString, box
from support.lane_villages import PITCH_M, house_grid, lane_grid, layer

from taobaogis.form.building_pattern import PATTERN_KEYS
from taobaogis.form.indicators import form_indicators
from taobaogis.form.lane_indicators import LANE_KEYS
from taobaogis.form.measures import measured_buildings, measured_streets
from taobaogis.form.parts_indicators import PARTS_KEYS
from taobaogis.form.passing_indicators import PASSING_KEYS
from taobaogis.form.spacematrix import SPACEMATRIX_KEYS
from taobaogis.form.street_indicators import STREET_FORM_KEYS
from taobaogis.geometry.junctions import number_vertices
from taobaogis.indicators import definitions
from taobaogis.provenance import Provenance
from taobaogis.schema import conform
from taobaogis.study import Assumptions, VillageSpec
from taobaogis.trust.completeness import Completeness
from taobaogis.trust.pattern import Share
from taobaogis.village import Layers, Village

GRID = CRS.from_epsg(4547)
SIDE_M = 12 * PITCH_M
KEYS = {k for k, d in definitions().items() if d.group in {"data", "form"}} - {
    "poi_count",
    "data_age_years",
    *(k for k in definitions() if k.endswith("_completeness_share")),
    *PASSING_KEYS,
    *PARTS_KEYS,
    *PATTERN_KEYS,
    *LANE_KEYS,
    *STREET_FORM_KEYS,
    *SPACEMATRIX_KEYS,
}


def village(*, streets=None, buildings=None, **changes):
    frames = {}
    if streets is not None:
        frames["streets"] = conform(streets, "streets")
    if buildings is not None:
        frames["buildings"] = conform(buildings, "buildings")
    origin = {"streets": Provenance("a.pbf", as_of="2026-01"), "buildings": Provenance("b.gpkg")}
    made = Village(
        VillageSpec("v", "Lane Village"), box(0, 0, SIDE_M, SIDE_M), "drawn by hand",
        is_circle=False, position_doubt_m=0.0, layers=Layers(GRID, frames, origin),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def indicators(place, assumptions=None):
    assumptions = assumptions or Assumptions()
    found = form_indicators(
        place, measured_streets(place, assumptions), measured_buildings(place, assumptions),
        assumptions,
    )  # fmt: skip
    assert len({i.key for i in found}) == len(found)
    return {i.key: i for i in found}


def numbered(streets):
    """Give the ends of streets numbers by their place."""
    vertices = streets.get_coordinates()
    number = number_vertices(vertices.to_numpy())
    return streets.assign(u=number[::2], v=number[1::2])


@pytest.fixture(scope="module")
def lanes():
    return indicators(village(streets=numbered(lane_grid()), buildings=house_grid()))


def test_every_indicator_of_the_groups_is_there(lanes):
    assert set(lanes) == KEYS


def test_values_of_a_lane_village_are_those_added_up_by_hand(lanes):
    hectares = SIDE_M**2 / 1e4
    expected = {
        "area_ha": hectares,
        "street_length_km": 22 * SIDE_M / 1e3,
        "building_count": 144,
        "levels_known_share": 0,
        "street_open_share": 1.5 / 11.5,
        "street_density_km_per_km2": 22 * SIDE_M / 10 / hectares,
        "junction_density_per_ha": 121 / hectares,
        "dead_end_share": 0,
        "building_coverage_ratio": 14400 / SIDE_M**2,
        "floor_space_index": 5 * 14400 / SIDE_M**2,
        "building_area_median_m2": 100,
    }
    assert {k: i.value for k, i in lanes.items()} == pytest.approx(expected, abs=2e-3)


def test_bounds_enclose_the_value(lanes):
    bounded = [i for i in lanes.values() if i.low is not None]
    # All lanes of this village are equally wide, so drawing them again shows no doubt.
    assert {i.key for i in bounded} >= {"floor_space_index"}
    assert all(i.low <= i.value <= i.high for i in bounded)


def test_floor_space_ranges_over_the_assumed_storeys_and_says_so(lanes):
    index = lanes["floor_space_index"]
    assert (index.low, index.high) == pytest.approx((index.value * 3 / 5, index.value * 7 / 5))
    assert index.grade == "C"
    assert "3 to 7 are assumed" in index.reason


def test_sources_name_the_file_and_its_date(lanes):
    assert lanes["street_open_share"].source == "a.pbf (2026-01); b.gpkg"
    assert lanes["building_count"].source == "b.gpkg"


def test_without_buildings_open_sides_are_not_available_and_the_reason_names_the_village():
    found = indicators(village(streets=lane_grid()))
    assert found["street_length_km"].value > 0
    for key in ("street_open_share", "building_count", "building_coverage_ratio",
                "floor_space_index"):  # fmt: skip
        assert found[key].value is None
        assert found[key].reason.startswith("no buildings are mapped in Lane Village")


def test_without_streets_densities_are_not_available_but_buildings_are_counted():
    found = indicators(village(buildings=house_grid()))
    assert found["building_count"].value == 144
    assert found["street_length_km"].grade == "NA"
    assert "no streets are mapped" in found["street_open_share"].reason


def test_an_empty_village_has_an_area_and_reasons():
    found = indicators(village())
    assert set(found) == KEYS
    assert {k for k, i in found.items() if i.value is not None} == {"area_ha"}


def test_streets_built_on_one_side_are_open():
    street = layer([LineString([(0, 50), (100, 50)])])
    found = indicators(village(streets=street, buildings=layer([box(0, 55, 100, 70)])))
    assert found["street_open_share"].value == 1


def test_the_open_share_is_bounded_by_missing_houses_and_by_lanes_without_a_street():
    # Twenty houses of 100 m of street: 60 m built on both sides, 40 m on one.
    street = layer([LineString([(0, 50), (100, 50)])])
    houses = layer(
        [box(10 * i, 53, 10 * i + 10, 63) for i in range(10)]
        + [box(10 * i, 37, 10 * i + 10, 47) for i in range(6)]
    )
    place = village(streets=street, buildings=houses)
    assumptions = Assumptions()
    layers = measured_streets(place, assumptions), measured_buildings(place, assumptions)

    def open_share(mapped, lanes=None):
        share = Completeness("buildings", "", share=Share(mapped, mapped, 1.0))
        found = form_indicators(place, *layers, assumptions, lanes=lanes, houses=share)
        return next(i for i in found if i.key == "street_open_share")

    whole = open_share(1.0)
    assert whole.value == pytest.approx(0.4, abs=0.01)
    assert whole.low is None or whole.low == pytest.approx(whole.value)
    # With nine houses in ten mapped, 0.6 / 0.81 of it may be built.
    assert open_share(0.9).low == pytest.approx(1 - (1 - whole.value) / 0.81)
    assert open_share(0.7).low == 0
    lane = layer([LineString([(0, 30), (300, 30)])], length_m=[300.0], open_ground=[False])
    assert open_share(0.9, lane).low == pytest.approx(open_share(0.9).low / 4)
    assert open_share(0.9, lane).value == whole.value


def test_a_village_that_the_source_does_not_cover_says_so():
    found = indicators(village(streets=lane_grid(), buildings=house_grid(), outside="elsewhere"))
    assert {i.reason for k, i in found.items() if k != "area_ha"} == {"elsewhere"}


def test_a_circle_lowers_every_grade(lanes):
    place = village(streets=numbered(lane_grid()), buildings=house_grid(), is_circle=True)
    circle = indicators(place)
    assert lanes["building_count"].grade == "B"
    assert {i.grade for i in circle.values()} <= {"C", "D", "NA"}


def test_buildings_beyond_the_boundary_are_seen_but_not_counted():
    street = layer([LineString([(0, 2), (100, 2)])])
    houses = layer([box(0, 5, 100, 15), box(0, -15, 100, -1)])
    found = indicators(village(streets=street, buildings=houses))
    assert found["street_open_share"].value == 0
    assert found["building_count"].value == 1


def test_a_footprint_that_may_be_several_houses_is_said_and_counted_as_a_bound():
    houses = [*house_grid(houses=6).geometry, box(0, 100, 100, 110)]
    found = indicators(village(buildings=layer(houses)))
    count = found["building_count"]
    assert (count.value, count.low, count.high) == (37, 37, 46)
    assert count.grade == "C"
    assert "1 footprints with 22% of the built area look like several houses" in count.reason
    assert found["building_area_median_m2"].grade == "C"
    assert found["building_coverage_ratio"].grade == "B"


def test_results_are_the_same_in_every_run(lanes):
    again = indicators(village(streets=numbered(lane_grid()), buildings=house_grid()))
    assert again == lanes

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box
from support.lane_villages import LANE_M, house_grid, lane_grid, lane_lines, layer

from taobaogis.errors import CRSError, InputError, SchemaError
from taobaogis.form.width import street_widths

STREET = LineString([(0, 0), (100, 0)])
NORTH, SOUTH = box(0, 4, 100, 14), box(0, -13, 100, -3)
CROSSING_SHARE = 1.5 / 11.5


def one(street, *houses, **options):
    return street_widths(layer([street]), layer(houses), **options).iloc[0]


def by_length(widths, column, streets):
    return np.average(widths[column], weights=streets.length)


def test_the_width_is_the_distance_between_the_facades_wherever_the_line_lies_between():
    row = one(STREET, NORTH, SOUTH)
    assert (
        row[["facade_width_m", "width_min_m", "width_p10_m", "width_p90_m"]].tolist() == [7.0] * 4
    )
    assert row["open_share"] == 0
    assert (row["width_m"], row["width_source"], row["width_grade"]) == (7.0, "measured", "B")
    assert row["built_length_m"] == pytest.approx(100)


def test_a_side_without_building_is_open_and_has_no_width():
    row = one(STREET, NORTH)
    assert (row["left_open_share"], row["right_open_share"], row["open_share"]) == (0, 1, 1)
    assert np.isnan(row["facade_width_m"])
    assert row["width_source"] == ""


def test_a_facade_beyond_the_line_of_sight_is_not_seen():
    far = box(0, 26, 100, 40)
    assert np.isnan(one(STREET, far, SOUTH)["facade_width_m"])
    assert one(STREET, far, SOUTH, sight_line_m=30)["facade_width_m"] == pytest.approx(29)


def test_one_metre_lanes_cut_at_crossings_have_their_width_and_the_crossings_are_open():
    streets = lane_grid()
    widths = street_widths(streets, house_grid())
    assert widths["facade_width_m"].to_numpy() == pytest.approx(LANE_M, abs=1e-9)
    assert by_length(widths, "open_share", streets) == pytest.approx(CROSSING_SHARE, abs=1e-3)


def test_lanes_cut_into_pieces_of_eight_metres_have_the_same_width_and_openness():
    streets = lane_grid(piece_m=8.0)
    widths = street_widths(streets, house_grid())
    assert widths["facade_width_m"].to_numpy() == pytest.approx(LANE_M, abs=1e-9)
    assert by_length(widths, "open_share", streets) == pytest.approx(CROSSING_SHARE, abs=1e-3)


def test_lines_that_run_inside_the_houses_still_measure_the_lane():
    streets = lane_grid()
    moved = streets.set_geometry(streets.translate(1, 1))
    widths = street_widths(moved, house_grid())
    assert widths["facade_width_m"].to_numpy() == pytest.approx(LANE_M, abs=1e-9)
    assert widths["covered_share"].max() == 0
    assert by_length(widths, "open_share", moved) == pytest.approx(CROSSING_SHARE, abs=0.01)


@pytest.mark.parametrize("spacing_m", [0.5, 1.0, 3.0, 10.0])
def test_openness_does_not_depend_on_the_spacing(spacing_m):
    streets = lane_grid()
    widths = street_widths(streets, house_grid(), spacing_m=spacing_m)
    assert by_length(widths, "open_share", streets) == pytest.approx(CROSSING_SHARE, abs=1e-3)


def test_a_walled_lane_is_not_open_at_its_ends():
    row = one(LineString([(0, 0), (15, 0)]), box(-1, 1.5, 16, 9), box(-1, -9, 16, -1.5))
    assert row["open_share"] == 0
    assert row["facade_width_m"] == pytest.approx(3)


def test_a_side_street_with_a_house_at_its_end_is_open_and_not_width():
    left, right = box(0, 2, 40, 30), box(44, 2, 100, 30)
    row = one(STREET, left, right, box(38, 20, 46, 24), box(0, -12, 100, -2))
    assert row["width_p90_m"] == pytest.approx(4)
    assert row["left_open_share"] == pytest.approx(0.04, abs=1e-3)


def test_a_forecourt_wider_than_deep_is_width():
    set_back = [box(0, 2, 40, 30), box(40, 5, 60, 30), box(60, 2, 100, 30)]
    row = one(STREET, *set_back, box(0, -12, 100, -2))
    assert row["open_share"] == 0
    assert row["facade_width_m"] == pytest.approx(4)
    assert row["width_p90_m"] == pytest.approx(7)


def test_a_narrow_place_shorter_than_the_spacing_is_found_where_its_house_is_seen():
    row = one(STREET, NORTH, SOUTH, box(50.2, 1, 51.6, 4))
    assert row["width_min_m"] == pytest.approx(4)


def test_a_line_deep_inside_a_building_is_covered_and_no_open_street():
    row = one(STREET, box(-50, -60, 150, 60))
    assert row["covered_share"] == 1
    assert np.isnan(row["open_share"])
    assert np.isnan(row["facade_width_m"])


def test_a_passage_under_a_building_does_not_widen_the_street():
    row = one(STREET, NORTH, SOUTH, box(40, -13, 60, 14))
    assert row["facade_width_m"] == pytest.approx(7)
    assert row["covered_share"] == pytest.approx(0.2, abs=1e-3)


def test_touching_and_overlapping_houses_are_left_in_one_go():
    rows = [box(0, -9, 100, 3), box(0, 3, 100, 4), box(0, 3.5, 100, 4.5), box(0, 6, 100, 9)]
    assert one(STREET, *rows)["facade_width_m"] == pytest.approx(1.5)


def test_a_sliver_between_two_houses_is_not_taken_for_the_lane():
    row = one(STREET, box(0, -3, 100, 1), box(0, 1.2, 100, 2), box(0, 4, 100, 9))
    assert row["facade_width_m"] == pytest.approx(2)


def ring(radius, segments=360):
    angles = np.linspace(0, np.pi, segments)
    return [(radius * np.cos(a), radius * np.sin(a)) for a in angles]


@pytest.mark.parametrize("vertices", [5, 9, 30])
def test_a_curved_lane_drawn_with_few_vertices_has_its_width(vertices):
    inner = Polygon([*ring(18), *ring(10)[::-1]])
    outer = Polygon([*ring(30), *ring(21)[::-1]])
    row = one(LineString(ring(19.5, vertices)), inner, outer)
    assert row["facade_width_m"] == pytest.approx(3, rel=0.03)


@pytest.mark.parametrize("angle", [17, 45, 90, 123])
def test_widths_turn_and_move_with_the_village(angle):
    streets, houses = lane_grid(piece_m=8.0), house_grid()
    houses = houses.drop(index=[20, 21, 60])
    still = street_widths(streets, houses)
    turned = street_widths(
        streets.set_geometry(streets.rotate(angle, origin=(0, 0)).translate(5e5, 2.5e6)),
        houses.set_geometry(houses.rotate(angle, origin=(0, 0)).translate(5e5, 2.5e6)),
    )
    assert turned["facade_width_m"].to_numpy() == pytest.approx(
        still["facade_width_m"].to_numpy(), abs=1e-6, nan_ok=True
    )
    assert turned["open_share"].to_numpy() == pytest.approx(
        still["open_share"].to_numpy(), abs=1e-2
    )


def test_the_order_of_streets_and_houses_does_not_matter():
    streets, houses = lane_grid(), house_grid()
    widths = street_widths(streets, houses)
    mixed = street_widths(
        streets.sample(frac=1, random_state=1), houses.sample(frac=1, random_state=2)
    )
    pd.testing.assert_frame_equal(mixed.loc[streets.index], widths)


def test_a_street_drawn_the_other_way_swaps_left_and_right():
    forth, back = one(STREET, NORTH), one(STREET.reverse(), NORTH)
    assert (forth["left_open_share"], forth["right_open_share"]) == (0, 1)
    assert (back["left_open_share"], back["right_open_share"]) == (1, 0)


@given(
    width=st.floats(1, 30),
    aside=st.floats(-0.9, 0.9),
    angle=st.floats(0, 360),
    length=st.floats(4, 80),
)
@hypothesis_settings(max_examples=60)
def test_a_straight_lane_has_its_width_at_any_angle(width, aside, angle, length):
    half = width / 2
    houses = [
        box(-5, half, length + 5, half + 9),
        box(-5, -half - 9, length + 5, -half),
    ]
    line = translate(LineString([(0, 0), (length, 0)]), 0, aside * half)
    turned = [rotate(shape, angle, origin=(0, 0)) for shape in (line, *houses)]
    row = one(*turned, sight_line_m=40)
    assert row["facade_width_m"] == pytest.approx(width, abs=1e-6)
    assert row["open_share"] == 0


def test_a_tagged_width_is_the_width_and_the_measured_one_stands_beside_it():
    streets = layer([STREET, translate(STREET, 0, 300)], width_tag_m=[5.0, 5.0])
    widths = street_widths(streets, layer([NORTH, SOUTH]))
    assert widths["width_m"].tolist() == [5, 5]
    assert widths["width_source"].tolist() == ["tagged", "tagged"]
    assert widths["facade_width_m"].iloc[0] == 7
    assert widths[["facade_width_m", "width_p10_m"]].iloc[1].isna().all()


def test_without_any_building_on_the_map_nothing_is_known_of_openness():
    widths = street_widths(layer([STREET]), layer([]))
    assert widths[["facade_width_m", "open_share", "left_open_share"]].isna().all(axis=None)


def test_missing_empty_and_pointlike_streets_have_nothing():
    strange = [None, LineString(), LineString([(5, 5), (5, 5)]), STREET]
    widths = street_widths(layer(strange), layer([NORTH, SOUTH, None]))
    assert widths["n_samples"].tolist()[:3] == [0, 0, 0]
    assert widths["facade_width_m"].isna().tolist() == [True, True, True, False]


def test_an_empty_layer_of_streets_gives_an_empty_table():
    widths = street_widths(layer([]), layer([NORTH]))
    assert len(widths) == 0
    assert "facade_width_m" in widths


def test_the_parts_of_a_multiline_count_together():
    parts = MultiLineString([[(0, 0), (50, 0)], [(50, 0), (100, 0)]])
    row = one(parts, NORTH, SOUTH)
    assert row["facade_width_m"] == pytest.approx(7)
    assert row["built_length_m"] == pytest.approx(100)


def test_labels_of_any_kind_are_kept():
    streets = layer([STREET, STREET]).set_index(pd.Index(["b", "a"]))
    assert street_widths(streets, layer([NORTH, SOUTH])).index.tolist() == ["b", "a"]


def test_inputs_are_left_as_they_were():
    streets, houses = lane_grid(), house_grid()
    before = streets.copy(), houses.copy()
    street_widths(streets, houses)
    assert streets.equals(before[0])
    assert houses.equals(before[1])


def test_layers_in_two_crs_are_refused():
    with pytest.raises(CRSError, match="`buildings` is in"):
        street_widths(layer([STREET]), layer([NORTH]).to_crs(32649))


def test_points_are_no_streets():
    with pytest.raises(SchemaError, match="`streets` holds a Point"):
        street_widths(layer([Point(0, 0)]), layer([NORTH]))


def test_distances_that_cannot_be_meant_are_refused():
    with pytest.raises(InputError, match="spacing_m is 0"):
        street_widths(layer([STREET]), layer([NORTH]), spacing_m=0)


def test_a_bent_lane_has_the_same_width_in_one_line_as_in_two():
    corner = LineString([(0, 0), (50, 0), (50, 50)])
    houses = [
        Polygon([(-5, 1), (49, 1), (49, 55), (40, 55), (40, 9), (-5, 9)]),
        Polygon([(-5, -1), (51, -1), (51, 55), (60, 55), (60, -9), (-5, -9)]),
    ]
    assert one(corner, *houses)["facade_width_m"] == pytest.approx(2, abs=1e-6)


def test_whole_lanes_are_measured_like_their_pieces():
    widths = street_widths(layer(lane_lines()), house_grid())
    assert widths["facade_width_m"].to_numpy() == pytest.approx(LANE_M, abs=1e-9)
    assert widths["open_share"].to_numpy() == pytest.approx(CROSSING_SHARE, abs=1e-3)

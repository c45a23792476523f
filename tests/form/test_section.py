import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from shapely.affinity import rotate
from shapely.geometry import LineString, box
from support.form_villages import form_village
from support.lane_villages import layer

from taobaogis.form.profile import street_profile
from taobaogis.form.section import (
    HEIGHT_TO_WIDTH,
    section_pieces,
    street_sections,
    summarise_sections,
)
from taobaogis.study import Assumptions

STREET = LineString([(0, 0), (40, 0)])
NORTH, SOUTH = box(0, 2, 40, 12), box(0, -11, 40, -1)


def houses(*shapes, levels=None, height=None):
    nothing = [np.nan] * len(shapes)
    return layer(shapes, levels_tag=levels or nothing, height_tag_m=height or nothing)


def ratios(street, buildings, **options):
    streets = layer([street])
    pieces = section_pieces(street_profile(streets, buildings), buildings, **options)
    return summarise_sections(pieces, streets.index).iloc[0].tolist()


def test_the_ratio_is_the_mean_height_of_both_sides_over_the_width():
    # 4 and 6 storeys of 3 m across 3 m.
    assert ratios(STREET, houses(NORTH, SOUTH, levels=[4, 6])) == pytest.approx([5, 5, 5])


def test_storeys_that_are_not_mapped_make_bounds_and_not_a_fact():
    found = ratios(STREET, houses(NORTH, SOUTH, levels=[4, np.nan]))
    assert found == pytest.approx([(12 + 15) / 6, (12 + 9) / 6, (12 + 21) / 6])
    narrower = ratios(STREET, houses(NORTH, SOUTH), storeys_low=5, storeys_high=5)
    assert narrower == pytest.approx([5, 5, 5])


def test_a_mapped_height_goes_before_storeys():
    assert ratios(STREET, houses(NORTH, SOUTH, height=[9.0, 9.0], levels=[6, 6]))[0] == 3


def test_how_much_is_assumed_is_told_piece_by_piece():
    buildings = houses(NORTH, SOUTH, levels=[4, np.nan])
    pieces = section_pieces(street_profile(layer([STREET]), buildings), buildings)
    assert set(pieces["assumed_share"]) == {0.5}


def test_each_house_counts_with_its_length_along_the_street():
    low, high = box(0, 2, 30, 12), box(30, 2, 40, 12)
    found = ratios(STREET, houses(low, high, SOUTH, levels=[1, 9, 1]))
    assert found[0] == pytest.approx(1)


def test_a_side_without_house_has_no_ratio():
    assert np.isnan(ratios(STREET, houses(NORTH, levels=[4]))).all()
    assert np.isnan(ratios(STREET, houses(levels=[]))).all()


def test_an_empty_layer_of_streets_gives_no_rows():
    buildings = houses(NORTH, SOUTH, levels=[4, 6])
    pieces = section_pieces(street_profile(layer([]), buildings), buildings)
    assert pieces.empty
    assert list(summarise_sections(pieces, pd.RangeIndex(0)).columns) == list(HEIGHT_TO_WIDTH)


def test_a_street_drawn_inside_a_house_still_finds_both_facades():
    astray = LineString([(0, 3), (40, 3)])
    assert ratios(astray, houses(NORTH, SOUTH, levels=[4, 6])) == pytest.approx([5, 5, 5])


@given(angle=st.floats(0, 360))
@hypothesis_settings(max_examples=15)
def test_the_ratio_turns_with_the_village(angle):
    street, north, south = (rotate(s, angle, origin=(7, 9)) for s in (STREET, NORTH, SOUTH))
    found = ratios(street, houses(north, south, levels=[4, 6]))
    assert found == pytest.approx([5, 5, 5], rel=1e-6)


def test_the_order_of_houses_does_not_matter():
    one = ratios(STREET, houses(NORTH, SOUTH, levels=[4, 9]))
    assert ratios(STREET, houses(SOUTH, NORTH, levels=[9, 4])) == one


def test_the_sections_of_a_village_keep_every_piece_and_its_profile():
    buildings = houses(NORTH, SOUTH, levels=[4, 6])
    beyond = LineString([(0, 0), (80, 0)])
    village = form_village(streets=layer([beyond]), buildings=buildings, boundary=box(0, -9, 80, 9))
    sections = street_sections(village, Assumptions())
    whole = street_profile(layer([beyond]), buildings)
    pd.testing.assert_frame_equal(sections[whole.columns], whole)
    built = sections["width_m"].notna()
    assert sections.loc[built, HEIGHT_TO_WIDTH[0]].to_numpy() == pytest.approx(5)
    assert sections.loc[~built, [*HEIGHT_TO_WIDTH, "assumed_share"]].isna().all(axis=None)
    assert (~built).any()
    assert built.any()

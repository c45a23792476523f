import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from shapely import union_all
from shapely.affinity import rotate, translate
from shapely.geometry import Polygon, box
from support.lane_villages import house_grid, layer

from taobaogis.errors import CRSError
from taobaogis.form.merged import merged_footprints

VILLAGE = house_grid(houses=6, lane_m=2.0).geometry.tolist()
ROW = box(0, 100, 70, 110)
# Twelve houses that touch here and there, drawn as one: lanes between them are notches.
ROOFSCAPE = union_all(
    [box(100 + 12 * i, 12 * j, 110 + 12 * i, 10 + 12 * j) for i in range(4) for j in range(3)]
    + [box(100, 4, 146, 6), box(104, 0, 106, 34), box(140, 0, 142, 34), box(128, 0, 129, 34)]
)
SHAPES = {
    "row": ROW,
    "courtyards": Polygon(
        box(100, 0, 131, 30).exterior,
        [box(105, 5, 110, 10).exterior, box(115, 15, 120, 20).exterior],
    ),
    "ragged": union_all(
        [box(100, 0, 140, 12), *[box(100 + 4 * i, 12, 102 + 4 * i, 22) for i in range(10)]]
    ),
}


def last(*houses, **columns):
    return merged_footprints(layer([*VILLAGE, *houses], **columns)).iloc[-1]


def tags(**values):
    count = len(VILLAGE)
    return {key: [*[other] * count, value] for key, (other, value) in values.items()}


@pytest.mark.parametrize("reason", SHAPES)
def test_a_large_outline_with_the_shape_of_several_houses_is_suspected(reason):
    found = last(SHAPES[reason])
    assert found["merged_suspect"]
    assert found["merged_reason"] == reason
    assert found["merged_houses"] == round(SHAPES[reason].area / 100)


def test_a_roofscape_with_blind_lanes_is_suspected():
    assert last(ROOFSCAPE)["merged_suspect"]


def test_houses_of_a_village_are_no_suspects():
    found = merged_footprints(layer(VILLAGE))
    assert not found["merged_suspect"].any()
    assert found["merged_houses"].isna().all()
    assert (found["merged_reason"] == "").all()


def test_a_large_plain_hall_is_no_suspect():
    assert not last(box(100, 0, 130, 25))["merged_suspect"]


@pytest.mark.parametrize("kind", ["school", "apartments", "industrial", "temple"])
def test_a_building_that_is_large_by_nature_is_no_suspect(kind):
    assert not last(ROW, **tags(building=("house", kind)))["merged_suspect"]
    assert last(ROW, **tags(building=("house", "yes")))["merged_suspect"]


def test_a_tower_is_no_suspect():
    assert not last(ROW, **tags(levels_tag=(5.0, 18.0)))["merged_suspect"]
    assert not last(ROW, **tags(height_tag_m=(15.0, 54.0)))["merged_suspect"]
    assert last(ROW, **tags(levels_tag=(np.nan, 6.0)))["merged_suspect"]


def test_among_large_buildings_a_long_one_is_no_suspect():
    slabs = [translate(box(0, 0, 60, 12), 0, 30 * i) for i in range(20)]
    assert not merged_footprints(layer(slabs))["merged_suspect"].any()


def test_what_is_called_a_house_and_covers_ten_plots_is_suspected_anywhere():
    halls = [translate(box(0, 0, 40, 40), 60 * i, 0) for i in range(8)]
    kinds = ["house", *["yes"] * 7]
    found = merged_footprints(layer(halls, building=kinds))
    assert found["merged_reason"].tolist() == ["large", *[""] * 7]


def test_missing_footprints_and_houses_alone_are_no_suspects():
    found = merged_footprints(layer([None, Polygon(), ROW]))
    assert not found["merged_suspect"].any()
    assert merged_footprints(layer([])).empty


@given(angle=st.floats(0, 360))
@hypothesis_settings(max_examples=10)
def test_suspicion_turns_and_moves_with_the_village(angle):
    def changed(house):
        return translate(rotate(house, angle, origin=(0, 0)), 4e5, 2.5e6)

    houses = [*VILLAGE, *SHAPES.values(), box(300, 0, 330, 25)]
    one = merged_footprints(layer(houses))
    assert merged_footprints(layer([changed(h) for h in houses])).equals(one)


def test_the_order_of_houses_does_not_matter():
    houses = layer([*VILLAGE, *SHAPES.values()])
    mixed = houses.sample(frac=1, random_state=4)
    assert merged_footprints(mixed).sort_index().equals(merged_footprints(houses))


def test_degrees_are_refused():
    with pytest.raises(CRSError, match="`buildings` is in 'WGS 84'"):
        merged_footprints(layer(VILLAGE).set_crs(4326, allow_override=True))

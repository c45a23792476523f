import numpy as np
import pytest
from shapely.affinity import translate
from shapely.geometry import LineString, box
from support.form_villages import by_key, form_village, measured_layers, no_bound_is_crossed
from support.lane_villages import layer

from taobaogis.form.indicators import form_indicators
from taobaogis.form.ladder import class_widths
from taobaogis.form.spacematrix import SPACEMATRIX_KEYS, spacematrix
from taobaogis.form.street_indicators import STREET_FORM_KEYS, street_form
from taobaogis.indicators import measured, not_available
from taobaogis.study import Assumptions

STREET = LineString([(0, 50), (138, 50)])
NORTH, SOUTH = box(0, 53, 138, 70), box(0, 30, 138, 47)


def found(streets=None, buildings=None, assumptions=None, **changes):
    assumptions = assumptions or Assumptions()
    place = form_village(streets=streets, buildings=buildings, **changes)
    return by_key(street_form(place, *measured_layers(place, assumptions), assumptions))


def streets(*, count=1, **columns):
    lines = [translate(STREET, 0, i * 0.001) for i in range(count)]
    return layer(lines, **{key: [value] * count for key, value in columns.items()})


def houses(**columns):
    return layer([NORTH, SOUTH], **columns)


def test_the_ladder_gives_every_street_a_width_and_says_how_much_is_assumed():
    both = layer(
        [STREET, translate(STREET, 0, 60)], highway=["residential"] * 2, width_tag_m=[4.0, np.nan]
    )
    indicators = found(both)
    assert tuple(indicators) == STREET_FORM_KEYS
    assert indicators["street_width_assumed_share"].value == pytest.approx(0.5)
    width = indicators["street_width_ladder_m"]
    assert width.value == pytest.approx((4 + class_widths()["residential"].width_m) / 2)
    assert width.low < width.value < width.high


def test_a_number_about_defaults_is_an_indication_only():
    width = found(streets(count=40, highway="residential"))["street_width_ladder_m"]
    assert width.grade == "D"
    assert "of 100% of the street length only the class is known" in width.reason
    default = class_widths()["residential"]
    assert (width.low, width.value, width.high) == (default.low_m, default.width_m, default.high_m)


def test_measured_widths_are_no_default():
    indicators = found(streets(count=40, highway="residential"), houses())
    assert indicators["street_width_ladder_m"].value == pytest.approx(6, abs=0.01)
    assert indicators["street_width_ladder_m"].grade == "B"
    assert indicators["street_width_assumed_share"].value == 0


def test_streets_of_no_known_class_have_no_width_to_report():
    width = found(streets(highway="road"))["street_width_ladder_m"]
    assert width.value is None
    assert "no street has a class" in width.reason


def test_height_to_width_ranges_over_the_storeys_that_are_not_mapped():
    ratio = found(streets(), houses())["height_to_width_ratio"]
    assert (ratio.low, ratio.value, ratio.high) == pytest.approx((9 / 6, 15 / 6, 21 / 6))
    assert "storeys are mapped for 0% of the façades" in ratio.reason
    known = found(streets(), houses(levels_tag=[4, 6]))["height_to_width_ratio"]
    assert known.value == pytest.approx(15 / 6)
    assert known.low is None
    assert "storeys" not in known.reason


def lanes(*lines, width_m=1.5, open_ground=False):
    return layer(
        list(lines), clear_width_median_m=[width_m] * len(lines), open_ground=open_ground,
        length_m=[line.length for line in lines],
    )  # fmt: skip


def section(between, **columns):
    place, assumptions = form_village(streets=streets(), buildings=houses(**columns)), Assumptions()
    measured = measured_layers(place, assumptions)
    return by_key(street_form(place, *measured, assumptions, lanes=between))[
        "height_to_width_ratio"
    ]


def test_lanes_without_a_street_are_within_the_bounds_of_height_to_width():
    long = LineString([(0, 10), (300, 10)])
    ratio = section(lanes(long), levels_tag=[5, 5])
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((15 / 6, 15 / 6, 15 / 1.5))
    # Storeys that nobody mapped: the most of them stand along the lanes.
    ratio = section(lanes(long))
    assert (ratio.low, ratio.high) == pytest.approx((9 / 6, 21 / 1.5))
    # Shorter than the street, lanes do not turn the median over.
    assert section(lanes(LineString([(0, 10), (100, 10)])), levels_tag=[5, 5]).low is None


def test_lanes_with_a_street_and_open_ground_do_not_widen_the_bounds():
    along = translate(STREET, 0, 2.5)
    assert section(lanes(along, along, along), levels_tag=[5, 5]).low is None
    far = translate(STREET, 0, 3.5)
    assert section(lanes(far, far, far), levels_tag=[5, 5]).high == pytest.approx(10)
    assert section(lanes(far, far, far, open_ground=True), levels_tag=[5, 5]).low is None
    assert section(lanes(), levels_tag=[5, 5]).low is None


def test_where_nothing_stands_on_both_sides_the_reason_is_said():
    ratio = found(streets(), layer([NORTH]))["height_to_width_ratio"]
    assert ratio.value is None
    assert "no street in Lane Village has mapped buildings on both sides" in ratio.reason


def test_without_streets_or_buildings_the_reason_names_what_is_missing():
    assert {i.grade for i in found().values()} == {"NA"}
    indicators = found(streets(highway="residential"))
    assert indicators["street_width_ladder_m"].value > 0
    assert "no buildings are mapped" in indicators["height_to_width_ratio"].reason
    outside = found(streets(), houses(), outside="elsewhere")
    assert {i.reason for i in outside.values()} == {"elsewhere"}


def test_bounds_enclose_the_value():
    pair = layer([STREET, LineString([(0, 90), (138, 90)])], lanes=[2, 1], highway=["primary"] * 2)
    assert no_bound_is_crossed(found(pair, houses()).values())


def test_spacematrix_follows_from_coverage_and_floor_space():
    place = form_village(buildings=houses(levels_tag=[4, np.nan]))
    assumptions = Assumptions()
    form = form_indicators(place, *measured_layers(place, assumptions), assumptions)
    made, known = by_key(spacematrix(form)), by_key(form)
    assert tuple(made) == SPACEMATRIX_KEYS
    ground, floors = known["building_coverage_ratio"].value, known["floor_space_index"]
    assert made["open_space_ratio"].value == pytest.approx((1 - ground) / floors.value)
    assert made["storeys_mean"].value == pytest.approx(4.5)
    # The unknown house has 3 to 7 storeys; more floor makes less open space for each of it.
    assert (made["storeys_mean"].low, made["storeys_mean"].high) == pytest.approx((3.5, 5.5))
    assert made["open_space_ratio"].low == pytest.approx((1 - ground) / floors.high)


def test_spacematrix_is_missing_for_the_reason_that_floor_space_is():
    found = spacematrix(
        [
            measured("building_coverage_ratio", 0.4, method="m", source="s", n=3),
            not_available("floor_space_index", "nobody counted"),
        ]
    )
    assert {(i.value, i.reason) for i in found} == {(None, "nobody counted")}


def test_ground_that_is_all_built_has_no_open_space():
    found = by_key(
        spacematrix(
            [
                measured("building_coverage_ratio", 1.0, method="m", source="s", n=3),
                measured("floor_space_index", 5.0, method="m", source="s", n=3),
            ]
        )
    )
    assert found["open_space_ratio"].value == 0
    assert found["storeys_mean"].value == 5

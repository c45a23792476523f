import numpy as np
import pandas as pd
import pytest

from taobaogis.form.ladder import WIDTH_GRADES, class_widths, width_ladder

KNOWN = {
    "width_survey_m": 3.0, "width_tag_m": 4.0, "facade_width_m": 5.0, "est_width_m": 6.0,
    "lanes": 2.0, "highway": "residential",
}  # fmt: skip
ORDER = [*WIDTH_GRADES][:-1]


def ladder(**columns):
    streets = pd.DataFrame({k: [v] for k, v in columns.items() if k != "facade_width_m"}, index=[7])
    facade = pd.Series(columns.get("facade_width_m", np.nan), index=[7])
    return width_ladder(streets, facade).loc[7]


@pytest.mark.parametrize(("rung", "source"), list(enumerate(ORDER)))
def test_the_first_rung_that_is_known_counts(rung, source):
    found = ladder(**dict(list(KNOWN.items())[rung:]))
    assert found["width_source"] == source
    assert found["width_m"] == [3, 4, 5, 6, 6.5, 6][rung]


def test_grades_fall_along_the_ladder():
    grades = [WIDTH_GRADES[source] for source in ORDER]
    assert grades == sorted(grades)
    assert (grades[0], grades[-1], WIDTH_GRADES[""]) == ("A", "D", "NA")


@pytest.mark.parametrize("nothing", [0.0, -3.0, np.nan, np.inf, None, "wide"])
def test_a_number_that_is_no_width_is_passed_over(nothing):
    found = ladder(**KNOWN | {"width_survey_m": nothing, "width_tag_m": nothing})
    assert (found["width_m"], found["width_source"]) == (5, "measured")


def test_only_guesses_have_bounds_apart():
    two_lanes = ladder(lanes=2)
    assert (two_lanes["width_low_m"], two_lanes["width_high_m"]) == (5.5, 7.5)
    tagged = ladder(width_tag_m=4.0)
    assert tagged["width_low_m"] == tagged["width_m"] == tagged["width_high_m"]


def test_a_class_that_nobody_knows_has_no_default():
    for street in (
        {"highway": "road"},
        {"highway": ""},
        {"highway": "link"},
        {"highway": "lane"},
        {},
    ):
        found = ladder(**{"lanes": np.nan} | street)
        assert np.isnan(found["width_m"])
        assert (found["width_source"], found["width_grade"]) == ("", "NA")


def test_links_of_all_classes_share_one_default():
    assert ladder(highway="primary_link")["width_m"] == class_widths()["link"].width_m


def test_every_default_lies_within_its_range_and_admits_to_be_a_convention():
    for name, width in class_widths().items():
        assert 0 < width.low_m <= width.width_m <= width.high_m, name
        assert width.status in {"convention", "secondary"}, name
        assert width.source, name


def test_wider_classes_have_wider_defaults():
    classes = ["motorway", "primary", "secondary", "tertiary", "residential", "service", "footway"]
    widths = [class_widths()[name].width_m for name in classes]
    assert widths == sorted(widths, reverse=True)


def test_an_empty_layer_has_the_columns_and_no_rows():
    found = width_ladder(pd.DataFrame({"highway": []}), pd.Series([], dtype=float))
    assert found.empty
    assert "width_source" in found


def test_the_order_of_streets_does_not_matter():
    streets = pd.DataFrame({"width_tag_m": [4, np.nan, np.nan], "highway": ["path", "steps", ""]})
    facade = pd.Series([5.0, np.nan, 2.0])
    mixed = [2, 0, 1]
    again = width_ladder(streets.loc[mixed], facade.loc[mixed])
    pd.testing.assert_frame_equal(again.loc[[0, 1, 2]], width_ladder(streets, facade))

import geopandas as gpd
import pytest
from shapely.geometry import box
from support.form_villages import by_key, form_village, measured_layers, no_bound_is_crossed
from support.street_layers import streets as street_layer

from taobaogis.form.parts_indicators import PARTS_KEYS, parts_form

GRID = 4547


def plots(columns=8, rows=8):
    shapes = [
        box(16 * x, 14 * y, 16 * x + 10, 14 * y + 12) for x in range(columns) for y in range(rows)
    ]
    return gpd.GeoDataFrame(geometry=shapes, crs=GRID)


def form(**layers):
    village = form_village(boundary=box(-3, -3, 125, 113), **layers)
    found = parts_form(village, measured_layers(village)[1])
    return found, by_key(found.indicators)


def streets(highway="residential"):
    return street_layer({"line": [(-20, -3), (140, -3)], "highway": highway})


def test_a_planned_village_is_new_all_over():
    found, by = form(buildings=plots(), streets=streets())
    assert set(by) == set(PARTS_KEYS)
    assert by["new_part_area_share"].value == pytest.approx(1.0)
    assert by["core_area_share"].value == 0
    assert found.parts["village"].tolist() == ["v"]
    assert found.columns.columns.tolist() == ["part", "part_probability", "k_complexity"]
    assert no_bound_is_crossed(found.indicators)


def test_k_is_counted_from_the_only_street():
    _, by = form(buildings=plots(), streets=streets())
    assert by["k_complexity_max"].value == 8, "eight rows behind one street"
    assert by["k_complexity_mean"].value == 8, "one block, as deep as its deepest house"


def test_footpaths_are_no_access_but_lower_the_bound():
    both = street_layer(
        {"line": [(-20, -3), (140, -3)]},
        {"line": [(-20, 113), (140, 113)], "highway": "footway"},
    )
    _, by = form(buildings=plots(), streets=both)
    assert (by["k_complexity_max"].low, by["k_complexity_max"].value) == (4, 8)


def test_without_streets_for_vehicles_k_says_why_it_is_missing():
    for given in (None, streets("footway")):
        _, by = form(buildings=plots(), streets=given)
        assert by["k_complexity_mean"].grade == "NA"
        assert "no streets that vehicles may use are mapped" in by["k_complexity_mean"].reason
        assert by["new_part_area_share"].value == pytest.approx(1.0), "parts need no street"


def test_too_few_buildings_are_told_in_both_languages():
    found, by = form(buildings=plots(4, 4), streets=streets())
    reason = by["core_area_share"].reason
    assert "only 16 of the 30 buildings" in reason
    assert "仅测绘 16 栋" in reason.zh
    assert found.parts["part"].tolist() == [""]
    assert by["k_complexity_max"].value == 4


def test_a_village_without_buildings_has_no_shares_and_no_k():
    found, by = form(streets=streets())
    assert {i.grade for i in by.values()} == {"NA"}
    assert "no buildings are mapped" in by["core_area_share"].reason
    assert found.columns.empty


def test_a_village_outside_the_data_has_no_parts():
    found, by = form(outside="the extract ends before this village")
    assert {i.reason for i in by.values()} == {"the extract ends before this village"}
    assert found.parts.empty

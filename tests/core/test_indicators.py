import math

import pytest

from taobaogis.indicators import Indicator, definitions, measured, not_available


def test_every_definition_is_complete_in_both_languages():
    for key, entry in definitions().items():
        groups = {"data", "form", "access", "facilities", "landuse", "clusters", "rules", "social"}
        assert entry.group in groups, key
        for text in (entry.name_en, entry.name_zh, entry.definition_en, entry.definition_zh):
            assert text.strip(), key
        assert any("\u4e00" <= ch <= "\u9fff" for ch in entry.name_zh), key


def test_units_stand_in_the_names_of_dimensional_indicators():
    suffix = {"m": "_m", "ha": "_ha", "km": "_km", "m²": "_m2", "share": "_share"}
    for key, entry in definitions().items():
        if entry.unit in suffix:
            assert key.endswith(suffix[entry.unit]), key


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_becomes_na_with_a_reason(value):
    indicator = measured("area_ha", value, method="m", source="s", n=0)
    assert indicator.value is None
    assert indicator.grade == "NA"
    assert indicator.reason


def test_na_without_a_reason_cannot_be_held():
    with pytest.raises(ValueError, match="NA needs a reason"):
        not_available("area_ha", "")


def test_a_value_with_grade_na_cannot_be_held():
    with pytest.raises(ValueError, match="go together"):
        Indicator("area_ha", 1.0, None, None, "NA", 1, "m", "s", "why")


def test_an_indicator_without_definition_cannot_be_held():
    with pytest.raises(ValueError, match=r"no entry in data/indicators\.toml"):
        not_available("happiness", "nobody asked")


def test_bounds_without_width_state_no_doubt():
    indicator = measured("area_ha", 2.0, low=2.0, high=2.0, method="m", source="s", n=1)
    assert (indicator.low, indicator.high) == (None, None)
    wide = measured("area_ha", 2.0, low=2.0, high=3.0, method="m", source="s", n=1)
    assert (wide.low, wide.high) == (2.0, 3.0)

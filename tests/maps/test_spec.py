from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from taobaogis.maps.spec import village_map
from taobaogis.maps.values import value_pairs
from taobaogis.maps.words import SYNTHETIC

if TYPE_CHECKING:
    from types import ModuleType

    from taobaogis.results import StudyResult


def test_streets_are_classed_by_their_width(result: StudyResult) -> None:
    streets = village_map(result.villages[0], result).layer("streets")
    labels = [streets.scale.classes[c].label.en for c in streets.scale.codes(streets.features)]
    assert labels == [
        "< 1.5", "1.5–2.5", "2.5–4", "4–6", "6–10", "≥ 10", "Open or not measured",
    ]  # fmt: skip


def test_buildings_without_storeys_or_height_are_plain(result: StudyResult) -> None:
    village = result.villages[0]
    houses = village.layers["buildings"].drop(columns=["levels", "height_m"])
    layers = {**village.layers, "buildings": houses}
    spec = village_map(dataclasses.replace(village, layers=layers), result)
    assert spec.layer("buildings").scale.column == ""


def test_buildings_with_heights_only_are_classed_by_height(result: StudyResult) -> None:
    village = result.villages[0]
    houses = village.layers["buildings"].assign(levels=np.nan)
    layers = {**village.layers, "buildings": houses}
    spec = village_map(dataclasses.replace(village, layers=layers), result)
    assert spec.layer("buildings").scale.column == "height_m"


def test_a_circle_is_dashed_and_said_to_be_one(result: StudyResult) -> None:
    drawn, circle, _ = (village_map(v, result) for v in result.villages)
    assert circle.layer("boundary").dashed
    assert not drawn.layer("boundary").dashed
    notes = " ".join(note.en for note in circle.notes)
    assert "circle stands in" in notes
    assert "600 m" in notes


def test_a_layer_that_is_missing_altogether_is_empty(result: StudyResult) -> None:
    village = result.villages[1]
    assert "markets" not in village.layers
    assert len(village_map(village, result).layer("markets").features) == 0


def test_a_layer_without_value_bears_no_grade(result: StudyResult) -> None:
    spec = village_map(result.villages[1], result)
    assert spec.layer("buildings").trust.grade == ""
    assert spec.layer("markets").trust.grade == "B"


def test_null_and_empty_geometry_is_left_out(result: StudyResult, made: ModuleType) -> None:
    village = result.villages[0]
    places = village.layers["places"].copy()
    places.loc[0, "geometry"] = None
    spec = village_map(
        dataclasses.replace(village, layers={**village.layers, "places": places}), result
    )
    assert len(spec.layer("places").features) == len(places) - 1
    assert made.scene().villages[0].layers["places"].geometry.notna().all()


def test_only_vehicles_of_the_study_stand_in_the_popup(result: StudyResult) -> None:
    spec = village_map(result.villages[0], result)
    names = {f.column: f.name for f in spec.layer("buildings").fields}
    assert names["served_fire_engine"].zh == "消防车可达"
    assert "served_walker" not in names


def test_a_column_that_is_null_throughout_gives_no_line(result: StudyResult) -> None:
    village = result.villages[0]
    houses = village.layers["buildings"].assign(gap_m=np.nan)
    layers = {**village.layers, "buildings": houses}
    spec = village_map(dataclasses.replace(village, layers=layers), result)
    assert "gap_m" not in {f.column for f in spec.layer("buildings").fields}


@pytest.mark.parametrize("synthetic", [True, False])
def test_made_up_data_are_marked_and_others_are_not(made: ModuleType, synthetic: bool) -> None:
    result = made.scene(synthetic=synthetic)
    spec = village_map(result.villages[0], result)
    assert spec.banner == (SYNTHETIC if synthetic else None)


def test_assumed_storeys_are_not_drawn_as_if_they_were_known(
    result: StudyResult, made: ModuleType
) -> None:
    village = result.villages[0]
    houses = village.layers["buildings"].assign(levels=5.0, height_m=15.0, height_source="assumed")
    houses.loc[3, "height_source"] = "levels"
    layer = village_map(made.replaced(village, buildings=houses), result).layer("buildings")
    codes = layer.scale.codes(layer.features)
    assert [layer.scale.classes[c].label.en for c in codes[:5]] == [
        "Not mapped", "Not mapped", "Not mapped", "4–6", "Not mapped",
    ]  # fmt: skip
    assert layer.features["height_m"].notna().sum() == 1
    assert houses["levels"].notna().all(), "the measured layer itself stays as it is"


def test_houses_across_less_than_two_metres_are_a_layer_by_how_near_they_stand(
    made: ModuleType, result: StudyResult
) -> None:
    village = result.villages[0]
    houses = village.layers["buildings"]
    gaps = [0.5, 1.2, 1.8, 2.0, None]
    some = houses.head(5).assign(gap_facing_m=gaps)
    layer = village_map(made.replaced(village, buildings=some), result).layer("handshake")
    assert layer.scale.codes(layer.features).tolist() == [0, 1, 2]
    assert not layer.visible


def test_without_measured_gaps_close_pairs_or_dead_ends_the_layers_say_that_there_are_none(
    result: StudyResult,
) -> None:
    spec = village_map(result.villages[0], result)
    for key in ("handshake", "fire_pairs", "dead_ends"):
        assert spec.layer(key).features.empty
        assert spec.layer(key).if_empty.zh


def test_land_use_lies_over_the_buildings_that_may_tell_it(result: StudyResult) -> None:
    keys = [layer.key for layer in village_map(result.villages[0], result).layers]
    assert keys.index("buildings") < keys.index("landuse") < keys.index("streets")


def test_goods_are_named_in_both_languages_and_other_words_stay(
    result: StudyResult, made: ModuleType
) -> None:
    alder = result.villages[0]
    markets = alder.layers["markets"].assign(goods="clothing, auto_parts, kites")
    spec = village_map(made.replaced(alder, markets=markets), result)
    layer = spec.layer("markets")
    (line,) = (field for field in layer.fields if field.name.en == "Goods")
    assert value_pairs(line, layer.features[line.column]) == [
        ("clothing, auto parts, kites", "服装、汽车配件、kites")
    ]


def test_every_entry_of_a_legend_and_every_line_of_a_pop_up_begins_alike(
    result: StudyResult, made: ModuleType
) -> None:
    spec = village_map(made.whole(result).villages[0], result)
    told = [
        label
        for layer in spec.layers
        for label in (
            layer.name, layer.noun, layer.scale.title,
            *(swatch.label for swatch in layer.scale.classes),
            *(field.name for field in layer.fields),
        )
    ]  # fmt: skip
    assert len(told) > 100
    assert [label.en for label in told if label.en[:1].islower()] == []

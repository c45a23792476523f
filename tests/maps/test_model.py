from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from taobaogis.maps import palette
from taobaogis.maps.model import Label, Scale, Swatch
from taobaogis.maps.spec import village_map

if TYPE_CHECKING:
    from types import ModuleType

    from taobaogis.results import StudyResult

GREY = Swatch(Label("none", "无"), "#cccccc")


def swatches(count: int) -> tuple[Swatch, ...]:
    return tuple(Swatch(Label.same(str(i)), "#000000") for i in range(count))


def table(values: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"v": pd.Series(values, dtype=object), "geometry": [None] * len(values)}
    )


def test_a_number_on_a_bound_belongs_to_the_class_above() -> None:
    scale = Scale(swatches(3), GREY, column="v", edges=(1.0, 2.0))
    assert scale.codes(table([0.5, 1.0, 1.999, 2.0, 9.0])).tolist() == [0, 1, 1, 2, 2]


def test_a_missing_number_has_the_class_of_its_own() -> None:
    scale = Scale(swatches(3), GREY, column="v", edges=(1.0, 2.0))
    codes = scale.codes(table([None, np.nan, np.inf, "much"]))
    assert [scale.classes[c] for c in codes] == [GREY] * 4


def test_a_word_that_is_no_key_has_the_class_without_value() -> None:
    scale = Scale(swatches(2), GREY, column="v", keys=("a", "b"))
    assert scale.codes(table(["b", "a", "c", None])).tolist() == [1, 0, 2, 2]


def test_a_scale_without_any_key_leaves_all_unknown() -> None:
    assert Scale((), GREY, column="v").codes(table(["a", 3])).tolist() == [0, 0]


def test_without_a_column_all_features_are_alike() -> None:
    assert Scale(swatches(1)).codes(table([1, None])).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("scale", "words"),
    [
        ({"swatches": swatches(2), "edges": (1.0, 2.0)}, "2 colours for 3 classes"),
        ({"swatches": swatches(1), "keys": ("a", "b")}, "1 colours for 2 classes"),
        ({"swatches": swatches(3), "edges": (2.0, 1.0)}, "do not ascend"),
        ({"swatches": swatches(3), "edges": (1.0, 2.0), "unknown": None}, "missing value"),
    ],
)
def test_a_scale_that_contradicts_itself_is_refused(scale: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Scale(**{"unknown": GREY, "column": "v", **scale})


def test_a_map_refuses_two_layers_of_one_name(result: StudyResult) -> None:
    spec = village_map(result.villages[0], result)
    with pytest.raises(ValueError, match="two layers share a name"):
        dataclasses.replace(spec, layers=(*spec.layers, spec.layers[0]))


def test_a_map_refuses_a_layer_in_another_crs(result: StudyResult) -> None:
    spec = village_map(result.villages[0], result)
    lonlat = spec.layers[0].features.to_crs(4326)
    moved = dataclasses.replace(spec.layers[0], key="moved", features=lonlat)
    with pytest.raises(ValueError, match="'moved' is in another CRS"):
        dataclasses.replace(spec, layers=(*spec.layers, moved))


def lightness(colour: str) -> float:
    """CIE L* of ``#rrggbb``."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    y = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 116 * y ** (1 / 3) - 16


def test_width_colours_grow_lighter_and_lines_thicker_with_width() -> None:
    classes = palette.width_scale().swatches
    light = [lightness(s.colour) for s in classes]
    # Six steps of lightness apart are told apart in grey print and by the colour-blind.
    assert min(np.diff(light)[:-1]) > 3
    assert np.diff(light)[-1] > 3
    assert light[-1] < 85, "the lightest must still stand out from white paper"
    assert (np.diff([s.size_px for s in classes]) > 0).all()


def test_the_change_from_warm_to_cool_falls_on_four_metres() -> None:
    scale = palette.width_scale()
    for edge, swatch in zip((*scale.edges, 99.0), scale.swatches, strict=True):
        red, blue = int(swatch.colour[1:3], 16), int(swatch.colour[5:7], 16)
        assert (red > blue) == (edge <= 4.0), swatch


def test_land_use_is_listed_in_the_customary_order_and_only_what_occurs() -> None:
    scale = palette.landuse_scale(["green", "residential", "residential", "unknown", "odd"])
    assert scale.keys == ("residential", "green")


def test_the_scene_is_no_real_place(made: ModuleType) -> None:
    assert made.scene().study.synthetic

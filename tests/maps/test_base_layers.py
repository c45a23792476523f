"""Water, walls and classes on whatever shapes and limits there are."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taobaogis.maps.base_layers import walls_layer, water_layer
from taobaogis.maps.isochrone_layers import minutes_scale
from taobaogis.maps.rule_layers import verdict_scale
from taobaogis.reports.package_layers import package_layer

if TYPE_CHECKING:
    from taobaogis.results import StudyResult

SQUARE = shapely.box(0, 0, 10, 10)
SHAPES = {
    "area": SQUARE,
    "areas": shapely.MultiPolygon([SQUARE, shapely.box(20, 0, 30, 10)]),
    "line": shapely.LineString([(0, 0), (10, 0)]),
    "lines": shapely.MultiLineString([[(0, 0), (10, 0)], [(0, 5), (10, 5)]]),
    "point": shapely.Point(3, 3),
}
ROWS = st.lists(
    st.tuples(st.sampled_from(["water", "wall", "ditch"]), st.sampled_from(sorted(SHAPES))),
    max_size=8,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_every_barrier_with_an_extent_is_drawn_once(result: StudyResult, rows: list) -> None:
    frame = gpd.GeoDataFrame(
        {"barrier": [kind for kind, _ in rows], "name": ""},
        geometry=[SHAPES[shape] for _, shape in rows], crs=result.crs,
    )  # fmt: skip
    village = dataclasses.replace(result.villages[0], layers={"barriers": frame})
    water, walls = water_layer(village, result), walls_layer(village, result)
    drawn = [*water.features.index, *walls.features.index]
    assert sorted(drawn) == [i for i, (_, shape) in enumerate(rows) if shape != "point"]
    assert all(rows[i][0] == "water" and "area" in rows[i][1] for i in water.features.index)
    assert set(walls.features.geom_type) <= {"LineString", "MultiLineString"}


@given(limits=st.lists(st.integers(1, 90), min_size=1, max_size=6, unique=True).map(sorted))
def test_each_limit_is_a_class_of_its_own(limits: list[int]) -> None:
    scale = minutes_scale([float(limit) for limit in limits])
    frame = gpd.GeoDataFrame(
        {"minutes": [float(limit) for limit in limits]}, geometry=[SQUARE] * len(limits)
    )
    assert scale.codes(frame).tolist() == list(range(len(limits)))


@given(size=st.floats(0.5, 9))
def test_a_verdict_is_drawn_as_wide_as_asked(size: float) -> None:
    scale = verdict_scale(size)
    assert {swatch.size_px for swatch in scale.classes} == {size}
    frame = gpd.GeoDataFrame({"verdict": ["undetermined", "fail", "pass"]}, geometry=[SQUARE] * 3)
    assert scale.codes(frame).tolist() == [1, 0, 2]


@given(kinds=st.lists(st.text("abcdef", min_size=1), min_size=1, max_size=25))
def test_each_kind_of_facility_has_its_own_class(kinds: list[str]) -> None:
    frame = gpd.GeoDataFrame(
        {"facility": kinds, "kind_en": kinds, "kind_zh": kinds}, geometry=[SQUARE] * len(kinds)
    )
    layer = package_layer("facilities", frame)
    assert layer is not None
    codes = layer.scale.codes(frame)
    names = [layer.scale.classes[code].label.en for code in codes]
    assert names == kinds


def test_other_tables_are_not_described() -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[SQUARE])
    assert package_layer("strange", frame) is None
    for name in ("barriers", "rule_findings", "facility_coverage"):
        assert package_layer(name, frame) is not None


@pytest.mark.parametrize("layer", [water_layer, walls_layer])
def test_a_village_without_barriers_says_so(result: StudyResult, layer) -> None:
    made = layer(dataclasses.replace(result.villages[0], layers={}), result)
    assert made.features.empty
    assert "no " in made.if_empty.en

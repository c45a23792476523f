"""What the plots are made from, on streets and times that a hand can follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely

from taobaogis.maps.spec import village_map
from taobaogis.maps.static.clustering import draw_clustering
from taobaogis.maps.static.minutes import soonest
from taobaogis.maps.static.street_rose import length_by_direction
from taobaogis.maps.static.travel_times import draw_travel_times
from taobaogis.maps.static.vehicle_reach import draw_vehicle_reach

if TYPE_CHECKING:
    from types import ModuleType

    import geopandas as gpd
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec
    from taobaogis.results import StudyResult


def texts(figure: Figure) -> str:
    return " | ".join(t.get_text() for t in figure.findobj() if hasattr(t, "get_text"))


def with_layer(spec: MapSpec, key: str, frame: gpd.GeoDataFrame) -> MapSpec:
    layers = tuple(
        replace(layer, features=frame) if layer.key == key else layer for layer in spec.layers
    )
    return replace(spec, layers=layers)


@pytest.fixture
def spec(result: StudyResult) -> MapSpec:
    return village_map(result.villages[0], result)


def streets(made: ModuleType, *lines: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    moved = [shapely.LineString([(made.X0 + x, made.Y0 + y) for x, y in line]) for line in lines]
    return made.frame([{"facade_width_m": 3.0, "geometry": line} for line in moved])


def test_a_street_counts_by_its_length_and_in_both_directions(
    spec: MapSpec, made: ModuleType
) -> None:
    # 30 m north, 10 m east, and 10 m to the north-east by way of a bend of no length.
    frame = streets(
        made, [(10, 10), (10, 40)], [(20, 20), (30, 20)],
        [(40, 40), (40, 40), (40 + 50**0.5, 40 + 50**0.5)],
    )  # fmt: skip
    shares = length_by_direction(with_layer(spec, "streets", frame), bins=8)
    np.testing.assert_allclose(shares, [0.3, 0.1, 0.1, 0, 0.3, 0.1, 0.1, 0], atol=1e-12)


def test_only_what_lies_in_the_village_counts_and_turning_turns_the_rose(
    spec: MapSpec, made: ModuleType
) -> None:
    frame = streets(made, [(10, 10), (10, 40)], [(-900, 20), (-100, 20)])
    shares = length_by_direction(with_layer(spec, "streets", frame))
    assert shares[0] == shares[18] == 0.5
    turned = frame.iloc[:1].rotate(-30, origin=(made.X0 + 30, made.Y0 + 30))
    again = length_by_direction(with_layer(spec, "streets", turned.to_frame("geometry")))
    assert again[3] == again[21] == pytest.approx(0.5)


def test_a_village_without_streets_has_an_empty_rose(spec: MapSpec, made: ModuleType) -> None:
    frame = streets(made, [(0, 0), (1, 0)]).iloc[:0]
    assert not length_by_direction(with_layer(spec, "streets", frame)).any()


def test_the_right_market_that_is_reached_first_counts(spec: MapSpec, made: ModuleType) -> None:
    point = shapely.Point(made.X0, made.Y0)
    rows = [("far", True, 40.0), ("wrong", False, 5.0), ("near", True, 12.0), ("blank", True, None)]
    frame = made.frame(
        [
            {
                "name_en": name, "name_zh": name, "right_goods": right, "drive_min": minutes,
                "transit_min": 25.0, "transit_low_min": 20.0, "transit_high_min": 33.0,
                "geometry": point,
            }
            for name, right, minutes in rows
        ]
    )  # fmt: skip
    known = with_layer(spec, "markets", frame)
    found = soonest(known, "drive_min")
    assert found is not None
    assert found["name_en"] == "near"
    assert soonest(known, "walk_min") is None
    said = texts(draw_travel_times([known], None))
    assert "| 12 | near |" in said
    assert "25 (20–33)" in said
    assert "Not known" in said


def test_the_share_of_houses_stands_beside_each_vehicle(spec: MapSpec, made: ModuleType) -> None:
    area = shapely.box(made.X0, made.Y0, made.X0 + 50, made.Y0 + 50)
    frame = made.frame(
        [
            {"vehicle": "ebike", "served_share": 0.9, "geometry": area},
            {"vehicle": "fire_engine", "served_share": 0.25, "geometry": area.buffer(-10)},
        ]
    )
    said = texts(draw_vehicle_reach(with_layer(spec, "reach", frame), None))
    assert "90%" in said
    assert "25%" in said
    assert "Fire engine, 4 m" in said


def company(curve: str, ground: str, why: str = "") -> pd.DataFrame:
    rows = {"curve": curve, "ground": ground, "why": why, "why_zh": why and "数量过少"}
    if why:
        return pd.DataFrame([rows])
    curves = {"radius_m": [10.0, 20.0], "k": [400.0, 900.0], "expected": [314.0, 1257.0],
              "low": [200.0, 900.0], "high": [500.0, 1500.0]}  # fmt: skip
    return pd.DataFrame(rows | curves | {"p": 0.2, "n_a": 6, "n_b": 9})


def test_only_curves_that_tell_something_have_a_panel_and_the_rest_is_said_once(
    spec: MapSpec,
) -> None:
    few = "too few to say: 3 express points are mapped, 5 are needed"
    pairs = [("chain", "plane", ""), ("express_shops", "plane", few),
             ("express_shops", "streets", few), ("workshop_shops", "plane", ""),
             ("workshop_shops", "streets", "no two places are so near to each other")]  # fmt: skip
    reach = pd.DataFrame(
        {"curve_m": [3.0, 5.0, 40.0], "k": 4, "eps_m": 5.0, "why": "", "why_zh": ""}
    )
    tables = {"company": pd.concat([company(*p) for p in pairs]), "reach": reach}
    figure = draw_clustering([replace(spec, tables=tables)], None)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Reach of a cluster", "Chain among all places", "Workshops and shops"]
    said = texts(figure)
    assert said.count(few) == 1
    assert "Workshops and shops, along streets – no two places" in said


def test_a_study_of_villages_with_few_places_has_words_and_no_panels(spec: MapSpec) -> None:
    few = "too few to say: 2 places are mapped, 10 are needed"
    reach = pd.DataFrame({"why": [few], "why_zh": ["数量过少"]})
    figure = draw_clustering([replace(spec, tables={"reach": reach})] * 3, None)
    assert not figure.axes
    assert texts(figure).count(few) == 3
    assert figure.get_size_inches()[1] < 6, "no room is kept for panels that are not there"

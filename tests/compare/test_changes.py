"""What-if changes on a cross of two streets with four houses, in metres a reader can add up."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from taobaogis.compare.changes import apply_change, apply_changes
from taobaogis.compare.differences import differences
from taobaogis.compare.new_street import with_street
from taobaogis.crs import LONLAT
from taobaogis.indicators import Words, measured, not_available
from taobaogis.reports.what_if import WhatIfReport, change_text, changes_csv, changes_record
from taobaogis.results import Applied
from taobaogis.schema import conform
from taobaogis.study import ChangeSpec
from taobaogis.study_changes import read_change
from taobaogis.village import Layers

METRES = CRS.from_epsg(4547)
X, Y = 432_000.0, 2_543_000.0


def at(x, y):
    return X + x, Y + y


def lonlat(*points):
    frame = gpd.GeoSeries([shapely.Point(at(*p)) for p in points], crs=METRES).to_crs(LONLAT)
    return tuple((p.x, p.y) for p in frame)


def layers():
    # A street from west to east and one from south to north that meet at the origin.
    ends = [(-100, 0), (0, 0), (100, 0), (0, -100), (0, 100)]
    lines = [(0, 1), (1, 2), (3, 1), (1, 4)]
    streets = gpd.GeoDataFrame(
        {"osm_id": [f"way/{i}" for i in range(4)], "u": [a for a, _ in lines],
         "v": [b for _, b in lines], "highway": "residential"},
        geometry=[shapely.LineString([at(*ends[a]), at(*ends[b])]) for a, b in lines],
        crs=METRES,
    )  # fmt: skip
    houses = [shapely.box(*at(x, y), *at(x + 10, y + 10)) for x in (-20, 10) for y in (2, 20)]
    buildings = gpd.GeoDataFrame(
        {"osm_id": ["a", "b", "c", "d"]}, geometry=houses, crs=METRES
    )  # fmt: skip
    return Layers(
        METRES,
        {"streets": conform(streets, "streets"), "buildings": conform(buildings, "buildings")},
    )


def graph(streets):
    return {frozenset(pair) for pair in zip(streets["u"], streets["v"], strict=True)}


def test_a_stop_and_a_place_are_added_where_they_were_pointed_at():
    (lon, lat), before = lonlat((5, 7))[0], layers()
    changes = [
        ChangeSpec("add_stop", lon=lon, lat=lat, mode="bus", name="New stop"),
        ChangeSpec("add_place", lon=lon, lat=lat, category="express"),
    ]
    after, applied = apply_changes(before, changes)
    assert [len(after[k]) for k in ("stops", "pois")] == [1, 1]
    point = after["stops"].geometry.iloc[0]
    assert (point.x - X, point.y - Y) == pytest.approx((5, 7), abs=1e-3)
    assert after["pois"]["category"].tolist() == ["express"]
    assert [a.touched for a in applied] == [1, 1]
    assert applied[0].said == "New stop: a new stop (bus)"
    assert applied[0].said.zh.endswith("新增站点（公交）")
    assert applied[1].said.zh == "新增设施（快递邮政）"
    assert before["stops"].empty, "the layers given are left as they are"


def test_a_house_is_removed_where_it_stands_and_nothing_where_none_stands():
    inside, far = lonlat((12, 5), (70, 70))
    after, applied = apply_change(
        layers(), ChangeSpec("remove_house", lon=inside[0], lat=inside[1])
    )
    assert after["buildings"]["osm_id"].tolist() == ["a", "b", "d"]
    assert applied.said == "a house of 100 m² removed"
    same, nothing = apply_change(layers(), ChangeSpec("remove_house", lon=far[0], lat=far[1]))
    assert len(same["buildings"]) == 4
    assert nothing.touched == 0
    assert "nothing changes" in nothing.said
    assert "无变化" in nothing.said.zh


def test_a_lane_is_widened_by_setting_houses_back():
    # Houses begin 2 m north of the street: 10 m wide takes 3 m of each of the two along it.
    line = lonlat((-50, 0), (50, 0))
    after, applied = apply_change(layers(), ChangeSpec("widen_lane", line=line, width_m=10))
    areas = dict(zip(after["buildings"]["osm_id"], after["buildings"].area, strict=True))
    assert areas == pytest.approx({"a": 70, "b": 100, "c": 70, "d": 100}, abs=0.01)
    assert applied.touched == 2
    assert "2 houses set back and 0 removed for 10 m, 60 m² of ground" in applied.said


def test_a_house_of_which_little_would_be_left_is_removed():
    line = lonlat((-50, 0), (50, 0))
    after, applied = apply_change(layers(), ChangeSpec("widen_lane", line=line, width_m=22))
    assert after["buildings"]["osm_id"].tolist() == ["b", "d"]
    assert "0 houses set back and 2 removed" in applied.said


def test_a_lane_that_is_wide_enough_changes_nothing():
    line = lonlat((-50, 0), (50, 0))
    same, applied = apply_change(layers(), ChangeSpec("widen_lane", line=line, width_m=3.9))
    assert applied.touched == 0
    assert same["buildings"].geometry.equals(layers()["buildings"].geometry)


def test_a_new_street_splits_those_it_meets_and_can_be_turned_into():
    # From the west arm to the north arm, led 5 m further to each.
    line = lonlat((-50, 5), (-5, 50))
    change = ChangeSpec("add_street", line=line, width_m=4, name="Cut")
    after, applied = apply_change(layers(), change)
    streets = after["streets"]
    assert "joins the others at 2 places" in applied.said
    assert len(streets) == 4 + 2 + 1
    new = streets[streets["name"] == "Cut"].iloc[0]
    assert new["width_tag_m"] == 4
    edges = graph(streets)
    west = next(n for e in edges for n in e if frozenset({n, 0}) in edges and n != 1)
    assert {frozenset({0, west}), frozenset({west, 1}), frozenset({new["u"], new["v"]})} <= edges
    assert west in {new["u"], new["v"]}
    assert streets.length.sum() == pytest.approx(400 + new.geometry.length)


def test_a_street_across_a_bridge_does_not_meet_it():
    streets = layers()["streets"].assign(bridge=[True, True, False, False])
    line = shapely.LineString([at(-50, -50), at(-50, 50)])
    after, joined = with_street(streets, line, osm_id="new", highway="residential")
    assert joined == 0
    assert len(after) == 5


def test_a_street_through_a_crossing_meets_it_once():
    line = shapely.LineString([at(-70, -70), at(70, 70)])
    after, joined = with_street(layers()["streets"], line, osm_id="new", highway="service")
    assert joined == 1
    new = after[after["osm_id"] == "new"]
    assert len(new) == 2
    assert set(new["u"]) & set(new["v"]) == {1}


@settings(max_examples=15)
@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-90, 90)), min_size=2, max_size=4,
                unique_by=lambda p: (round(p[0]), round(p[1]))))  # fmt: skip
def test_no_street_is_lost_and_every_piece_has_its_two_junctions(points):
    line = shapely.LineString([at(*p) for p in points])
    before = layers()["streets"]
    after, joined = with_street(before, line, osm_id="new", highway="residential")
    old = after[after["osm_id"] != "new"]
    assert old.length.sum() == pytest.approx(before.length.sum(), abs=1e-6)
    assert after[after["osm_id"] == "new"].length.sum() >= line.length - 1e-6
    assert after.length.min() > 0
    places: dict[int, tuple[float, float]] = {}
    for row in after.itertuples():
        for number, place in ((row.u, row.geometry.coords[0]), (row.v, row.geometry.coords[-1])):
            assert np.hypot(*(np.array(places.setdefault(number, place)) - place)) < 0.6
    assert joined >= 0


kinds = st.sampled_from(["add_stop", "add_place", "remove_house", "widen_lane", "add_street"])


@settings(max_examples=15)
@given(kinds, st.floats(-120, 120), st.floats(-120, 120), st.floats(1, 30))
def test_a_change_leaves_valid_layers_and_the_given_ones_alone(do, x, y, width_m):
    here, there = lonlat((x, y), (x + 30, y + 10))
    change = ChangeSpec(do, line=(here, there), width_m=width_m, category="express")
    if do in {"add_stop", "add_place", "remove_house"}:
        change = ChangeSpec(do, lon=here[0], lat=here[1], category="express")
    before = layers()
    after, applied = apply_changes(before, [change, change])
    assert apply_change(before, change)[1] == applied[0]
    assert len(applied) == 2
    assert shapely.is_valid(after["buildings"].geometry.to_numpy()).all()
    for kind, frame in layers().frames.items():
        assert before[kind].geometry.equals(frame.geometry)


def value(number, **more):
    return {"floor_space_index": measured("floor_space_index", number, method="", source="", n=9,
                                          **more)}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (value(2.0, low=1.5, high=2.5), value(2.6), "beyond"),
        (value(2.0, low=1.5, high=2.5), value(2.4), "within"),
        (value(2.0), value(2.4), "no bounds"),
        (value(2.0), {"floor_space_index": not_available("floor_space_index", "none")}, "lost"),
        ({"floor_space_index": not_available("floor_space_index", "none")}, value(2.0), "gained"),
    ],
)
def test_a_difference_says_whether_it_exceeds_the_doubt(before, after, verdict):
    (found,) = differences({"v": before}, {"v": after})
    assert found.verdict == verdict
    if verdict in {"beyond", "within", "no bounds"}:
        assert found.change == pytest.approx(after["floor_space_index"].value - 2.0)
    else:
        assert found.change is None


@given(st.floats(0.1, 9), st.floats(0.1, 9))
def test_a_difference_is_told_with_its_sign_in_tables_and_for_programs(old, new):
    found = differences({"v": value(old)}, {"v": value(new)})
    report = WhatIfReport((Applied("add_stop", 1, Words("a stop", "站点")),), found, {})
    rows = changes_csv(report).strip().splitlines()
    assert len(rows) == 1 + len(found)
    record = changes_record(report)
    assert record["changes"] == [{"do": "add_stop", "touched": 1, "said": "a stop"}]
    for difference, told in zip(found, record["differences"], strict=True):
        assert told["change"] == pytest.approx(new - old)
        assert change_text(difference)[0] == ("+" if new > old else "\u2212")


@given(st.floats(0.1, 9))
def test_what_stays_the_same_is_no_difference(number):
    assert differences({"v": value(number)}, {"v": value(number)}) == ()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"do": "add_stopp", "lon": 113.0, "lat": 23.0}, "Did you mean 'add_stop'"),
        ({"do": "add_stop", "lon": 113.0}, "lacks lon or lat"),
        ({"do": "add_stop", "lon": 23.0, "lat": 113.0}, "exchange them"),
        ({"do": "add_stop", "lon": 113.0, "lat": 23.0, "mode": "buss"}, "Did you mean 'bus'"),
        ({"do": "add_place", "lon": 113.0, "lat": 23.0}, "category is missing"),
        ({"do": "add_place", "lon": 113.0, "lat": 23.0, "category": "expres"}, "'express'"),
        ({"do": "widen_lane", "line": [[113.0, 23.0], [113.1, 23.0]]}, "width_m is missing"),
        ({"do": "add_street", "line": [[113.0, 23.0]]}, "two points or more"),
        ({"do": "add_street", "line": "here"}, "two points or more"),
        ({"do": "add_street", "lon": 113.0, "lat": 23.0, "line": [[113, 23], [114, 23]]},
         "runs along a line"),
        ({"do": "remove_house", "line": [[113.0, 23.0], [113.1, 23.0]]}, "is at a point"),
        ({"do": "add_stop", "lan": 3}, "Did you mean 'lat'|Did you mean 'lon'"),
        ({"lon": 1.0}, "lacks 'do'"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_meant_is_refused(entry, says):
    with pytest.raises(ValueError, match=says):
        read_change(entry)


@given(st.dictionaries(
    st.sampled_from(["do", "lon", "lat", "line", "width_m", "mode"]),
    st.one_of(st.integers(), st.floats(), st.text(max_size=4), st.lists(st.lists(st.floats()))),
))  # fmt: skip
def test_any_table_is_read_or_refused(entry):
    said = ""
    try:
        read_change({"do": "add_street", **entry})
    except ValueError as error:
        said = str(error)
    assert "\n" not in said
